"""What does the API take and give for evaluations and safety alerts?"""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import User
from cycles.enums import EliminationReason
from evaluations.enums import ConflictKind, SeesItTheSame
from evaluations.models import WORDS, SafetyAlert

# Given --------------------------------------------------------------------------------------------


class PersonSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class EvaluationRowSerializer(serializers.Serializer):
    """A line of the list. Practitioners and managers are given the coarse status; people and
    dates are there only for those who may see them."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    cycle = serializers.CharField()
    status = serializers.CharField()
    status_words = serializers.CharField()
    is_training = serializers.BooleanField()
    child = serializers.CharField()
    plan_type = serializers.CharField()
    plan_type_words = serializers.CharField()
    service_area = serializers.CharField()
    conversation_on = serializers.DateField(allow_null=True)
    shared_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    practitioner = PersonSerializer(required=False)
    evaluator = PersonSerializer(required=False, allow_null=True)
    team = serializers.CharField(required=False)
    accept_by = serializers.DateField(required=False, allow_null=True)
    conversation_by = serializers.DateField(required=False, allow_null=True)
    submit_by = serializers.DateField(required=False, allow_null=True)
    accepted_at = serializers.DateTimeField(required=False, allow_null=True)
    started_at = serializers.DateTimeField(required=False, allow_null=True)
    reflection_invited_at = serializers.DateTimeField(required=False, allow_null=True)
    submitted_at = serializers.DateTimeField(required=False, allow_null=True)
    returned_at = serializers.DateTimeField(required=False, allow_null=True)
    finalised_at = serializers.DateTimeField(required=False, allow_null=True)
    share_by = serializers.DateField(required=False, allow_null=True)
    third_party_checked_at = serializers.DateTimeField(required=False, allow_null=True)


class EvaluationSerializer(EvaluationRowSerializer):
    """Everything that this person may read now; hidden parts are not there at all."""

    allowed = serializers.ListField(child=serializers.CharField(), help_text="Verbs open to you")
    glance = serializers.ListField(child=serializers.DictField(), required=False)
    pillars = serializers.ListField(child=serializers.DictField(), required=False)
    judgements = serializers.ListField(child=serializers.DictField(), required=False)
    strengths = serializers.ListField(child=serializers.CharField(), required=False)
    message = serializers.CharField(required=False)
    feedback = serializers.DictField(required=False)
    reflection = serializers.DictField(required=False, allow_null=True)
    replies = serializers.ListField(child=serializers.DictField(), required=False)
    supervision = serializers.ListField(child=serializers.DictField(), required=False)


class SectionSerializer(serializers.Serializer):
    """One page of the form and the version it stands at."""

    key = serializers.CharField(read_only=True)
    version = serializers.IntegerField(min_value=0, max_value=2_000_000_000)
    # The stub takes it for the property of that name; a declared field does not touch it.
    data = serializers.DictField()  # type: ignore[assignment]


class SafetyAlertSerializer(serializers.ModelSerializer):
    reference = serializers.CharField(read_only=True)
    evaluation = serializers.IntegerField(source="evaluation_id", read_only=True)
    raised_by = PersonSerializer(read_only=True)
    acknowledged_by = PersonSerializer(read_only=True, allow_null=True)
    action_by = PersonSerializer(read_only=True, allow_null=True)
    closed_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = SafetyAlert
        fields = [
            "id",
            "reference",
            "evaluation",
            "status",
            "worry",
            "not_safe_now",
            "whom_phoned",
            "phoned_at",
            "raised_by",
            "raised_at",
            "acknowledged_by",
            "acknowledged_at",
            "action",
            "action_by",
            "action_at",
            "closed_by",
            "closed_at",
        ]
        read_only_fields = fields


# Taken --------------------------------------------------------------------------------------------


class NothingSerializer(serializers.Serializer):
    """The verb needs nothing more."""


class ConflictSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(ConflictKind.choices)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ConversationSerializer(serializers.Serializer):
    conversation_on = serializers.DateField()


class WhySerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class ExtendSerializer(serializers.Serializer):
    new_date = serializers.DateField()
    reason = serializers.CharField(max_length=500)


class AllocateSerializer(serializers.Serializer):
    evaluator = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    override_reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default=""
    )


class EliminateSerializer(serializers.Serializer):
    reason_code = serializers.ChoiceField(EliminationReason.choices)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ThirdPartySerializer(serializers.Serializer):
    note = serializers.CharField(max_length=2000)


class ReplySerializer(serializers.Serializer):
    words = serializers.CharField(max_length=WORDS)
    sees_it_differently = serializers.BooleanField(default=False)


class SupervisionSerializer(serializers.Serializer):
    tabled_on = serializers.DateField()
    note = serializers.CharField(max_length=WORDS, required=False, allow_blank=True, default="")


class PrepareSerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=0, max_value=2_000_000_000)
    prepare = serializers.CharField(max_length=WORDS, allow_blank=True)


class ReflectSerializer(serializers.Serializer):
    """`answers` by the keys of the instrument's questions: proud, differently, in_the_way …"""

    version = serializers.IntegerField(min_value=0, max_value=2_000_000_000)
    answers = serializers.DictField(child=serializers.CharField(max_length=WORDS, allow_blank=True))
    agrees = serializers.ChoiceField(SeesItTheSame.choices)


class RaiseAlertSerializer(serializers.Serializer):
    worry = serializers.CharField(max_length=WORDS)
    not_safe_now = serializers.BooleanField(default=True)
    whom_phoned = serializers.CharField(max_length=200)
    phoned_at = serializers.DateTimeField()


class AlertActionSerializer(serializers.Serializer):
    action = serializers.CharField(max_length=WORDS)
