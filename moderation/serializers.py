"""How are cases and panels read and written over the API?"""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import User
from cycles.models import Cycle
from evaluations.enums import GRADED, Grade
from moderation.enums import CaseStatus, Confidence, ReasonCode
from moderation.models import WORDS, ModerationCase, Panel
from moderation.showing import why_words


class CaseRowSerializer(serializers.ModelSerializer):
    """A row of the list: nothing that would tell a grade to somebody who may not know it."""

    reference = serializers.CharField(read_only=True)
    status_words = serializers.CharField(source="get_status_display", read_only=True)
    why = serializers.SerializerMethodField()

    class Meta:
        model = ModerationCase
        fields = [
            "id",
            "reference",
            "status",
            "status_words",
            "why",
            "queued_at",
            "grade_by",
            "reconcile_by",
            "panel_by",
            "panel",
            "revealed_at",
            "decided_at",
        ]
        read_only_fields = fields

    def get_why(self, case) -> list[str] | None:
        return list(why_words(case)) if case.grades_open else None


class GivenSerializer(serializers.Serializer):
    name = serializers.CharField()
    is_evaluator = serializers.BooleanField()
    grade = serializers.CharField()
    elements = serializers.BooleanField()
    reason = serializers.CharField()
    confidence = serializers.CharField()


class DecisionSerializer(serializers.Serializer):
    final_grade = serializers.CharField()
    final_elements = serializers.BooleanField()
    outcome = serializers.CharField()
    reason_code = serializers.CharField()
    reason = serializers.CharField()
    dissent = serializers.CharField()
    dissent_by = serializers.CharField(allow_null=True)
    by_panel = serializers.BooleanField()
    decided_at = serializers.DateTimeField()


class RowSerializer(serializers.Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    standing = serializers.CharField()
    given = GivenSerializer(many=True)
    proposed = serializers.DictField()
    decision = DecisionSerializer(allow_null=True)


class SeatSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    moderator = serializers.IntegerField(source="moderator_id")
    name = serializers.CharField(source="moderator.name")
    sent = serializers.SerializerMethodField()
    agreed = serializers.SerializerMethodField()

    def get_sent(self, seat) -> bool:
        return seat.locked_at is not None

    def get_agreed(self, seat) -> bool:
        return seat.agreed_at is not None


class OwnGradeSerializer(serializers.Serializer):
    key = serializers.ChoiceField(choices=[(key, key) for key in GRADED])
    grade = serializers.ChoiceField(choices=Grade.choices, allow_blank=True, required=False)
    reason = serializers.CharField(
        max_length=WORDS, allow_blank=True, required=False, trim_whitespace=False
    )
    confidence = serializers.ChoiceField(
        choices=Confidence.choices, allow_blank=True, required=False
    )


class MySeatSerializer(serializers.Serializer):
    """One's own seat and draft: nobody else's."""

    version = serializers.IntegerField()
    recognised = serializers.BooleanField()
    sent_at = serializers.DateTimeField(source="locked_at", allow_null=True)
    grades = OwnGradeSerializer(many=True, source="grades.all")


class CaseSerializer(serializers.Serializer):
    """Made from a `Showing`: what this person may see, and no more."""

    id = serializers.IntegerField(source="case.pk")
    reference = serializers.CharField(source="case.reference")
    status = serializers.ChoiceField(source="case.status", choices=CaseStatus.choices)
    status_words = serializers.CharField(source="case.get_status_display")
    plan_type = serializers.CharField(source="case.evaluation.plan_type")
    why = serializers.ListField(child=serializers.CharField())
    grade_by = serializers.DateField(source="case.grade_by", allow_null=True)
    reconcile_by = serializers.DateField(source="case.reconcile_by", allow_null=True)
    panel_by = serializers.DateField(source="case.panel_by", allow_null=True)
    panel = serializers.IntegerField(source="case.panel_id", allow_null=True)
    revealed_at = serializers.DateTimeField(source="case.revealed_at", allow_null=True)
    evaluator = serializers.SerializerMethodField()
    practitioner = serializers.SerializerMethodField()
    moderators = SeatSerializer(many=True, source="seats")
    my_seat = MySeatSerializer(source="seat", allow_null=True)
    rows = RowSerializer(many=True)
    proposal_version = serializers.SerializerMethodField()

    def get_evaluator(self, shown) -> str | None:
        return str(shown.case.evaluation.evaluator) if shown.named else None

    def get_practitioner(self, shown) -> str | None:
        return str(shown.case.evaluation.practitioner) if shown.named else None

    def get_proposal_version(self, shown) -> int | None:
        return shown.case.proposal_version if shown.rows else None


# What is sent ------------------------------------------------------------------------------------


class SaveGradesSerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=0)
    recognised = serializers.BooleanField(required=False)
    grades = OwnGradeSerializer(many=True)


class AssignSerializer(serializers.Serializer):
    """Without `moderators`: to those the service suggests."""

    moderators = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), many=True, required=False
    )


class ReplaceSerializer(serializers.Serializer):
    old = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    new = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    reason = serializers.CharField(max_length=500)


class AgreedGradeSerializer(serializers.Serializer):
    grade = serializers.ChoiceField(choices=Grade.choices)
    elements = serializers.BooleanField(default=False)
    reason_code = serializers.ChoiceField(choices=ReasonCode.choices, allow_blank=True, default="")
    reason = serializers.CharField(max_length=WORDS, allow_blank=True, default="")


class TalkedGradeSerializer(AgreedGradeSerializer):
    key = serializers.ChoiceField(choices=[(key, key) for key in GRADED])


class AgreeSerializer(serializers.Serializer):
    """Say yes to this version; with `grades`, write them down anew."""

    version = serializers.IntegerField(min_value=0)
    grades = TalkedGradeSerializer(many=True, required=False)


class ReferSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class PutOnPanelSerializer(serializers.Serializer):
    panel = serializers.PrimaryKeyRelatedField(queryset=Panel.objects.all())


class DecideSerializer(AgreedGradeSerializer):
    case = serializers.IntegerField(min_value=1)
    key = serializers.ChoiceField(choices=[(key, key) for key in GRADED])
    dissent = serializers.CharField(max_length=WORDS, allow_blank=True, default="")
    dissent_by = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), allow_null=True, default=None
    )


class PanelMemberSerializer(serializers.Serializer):
    member = serializers.IntegerField(source="member_id")
    name = serializers.CharField(source="member.name")
    attended = serializers.BooleanField()
    recused = serializers.BooleanField()


class PanelSerializer(serializers.ModelSerializer):
    reference = serializers.CharField(read_only=True)
    chair_name = serializers.CharField(source="chair.name", read_only=True)
    members = PanelMemberSerializer(many=True, read_only=True)
    cases = serializers.SerializerMethodField()
    minutes = serializers.SerializerMethodField()

    class Meta:
        model = Panel
        fields = [
            "id",
            "reference",
            "cycle",
            "meets_at",
            "status",
            "chair",
            "chair_name",
            "members",
            "cases",
            "opened_at",
            "signed_at",
            "minutes",
        ]
        read_only_fields = fields

    def get_cases(self, panel) -> list[int]:
        return [case.pk for case in panel.visible_cases]

    def get_minutes(self, panel) -> str:
        return panel.minutes if panel.minutes_open else ""


class ScheduleSerializer(serializers.Serializer):
    cycle = serializers.PrimaryKeyRelatedField(queryset=Cycle.objects.exclude(status="closed"))
    meets_at = serializers.DateTimeField()
    chair = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    members = serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), many=True)


class OpenSerializer(serializers.Serializer):
    present = serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), many=True)
    recused = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), many=True, default=list
    )


class SignSerializer(serializers.Serializer):
    minutes = serializers.CharField(max_length=20000, allow_blank=True, default="")


class LockSerializer(serializers.Serializer):
    """Nothing to send: the grades are those saved."""
