"""What does the API say and take about recommendations and revisits?"""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import User
from cycles.models import Cycle
from evaluations.enums import Grade
from evaluations.models import Evaluation
from recommendations.enums import OPEN, Difference, Level, Priority, Theme
from recommendations.forms import people_of
from recommendations.models import (
    WORDS,
    Finding,
    Recommendation,
    Regrade,
    Revisit,
    Update,
)


def text(*, required: bool = True, most: int = WORDS) -> serializers.CharField:
    """Words that are refused when empty, if they are needed."""
    if required:
        return serializers.CharField(max_length=most)
    return serializers.CharField(max_length=most, required=False, allow_blank=True, default="")


class UpdateSerializer(serializers.ModelSerializer):
    by: serializers.StringRelatedField = serializers.StringRelatedField()

    class Meta:
        model = Update
        fields = ["what", "by", "at", "before", "after", "note", "evidence"]
        fields += ["old_due_on", "new_due_on"]


class RecommendationListSerializer(serializers.ModelSerializer):
    child = serializers.CharField(source="trail_child_reference", read_only=True)
    owner_name = serializers.CharField(source="owner.name", read_only=True)

    class Meta:
        model = Recommendation
        fields = [
            "id",
            "reference",
            "evaluation",
            "child",
            "cycle",
            "service_area",
            "team",
            "level",
            "pillar",
            "theme",
            "action",
            "priority",
            "status",
            "owner",
            "owner_name",
            "accountable_manager",
            "due_on",
            "due_at",
            "agreed_at",
            "done_at",
            "check_by",
            "checked_at",
            "closed_at",
            "times_reopened",
            "times_extended",
        ]
        read_only_fields = fields


class RecommendationSerializer(RecommendationListSerializer):
    updates = UpdateSerializer(many=True, read_only=True)

    class Meta(RecommendationListSerializer.Meta):
        fields = [
            *RecommendationListSerializer.Meta.fields,
            "problem",
            "difference",
            "evidence_wanted",
            "agreed_with",
            "checked_by",
            "superseded_by",
            "updates",
        ]
        read_only_fields = fields


class Body(serializers.Serializer):
    """The body of a POST verb; `context` has the user and the record."""

    @property
    def user(self):
        return self.context["request"].user

    def create(self, validated_data):
        raise NotImplementedError

    def update(self, instance, validated_data):
        raise NotImplementedError


class ChangeableWords(Body):
    action = text(required=False, most=300)
    problem = text(required=False)
    difference = text(required=False)
    evidence_wanted = text(required=False)
    pillar = text(required=False, most=40)
    theme = serializers.ChoiceField(choices=Theme.choices, required=False)
    level = serializers.ChoiceField(choices=Level.choices, required=False)
    agreed_with = text(required=False, most=200)
    reason = text(required=False, most=2000)

    def validate(self, data):
        # Only what was sent changes; an empty word is refused where it is needed.
        sent = {name: value for name, value in data.items() if name in self.initial_data}
        empty = {
            name: ["This cannot be empty."]
            for name in ("action", "problem", "difference")
            if name in sent and not sent[name].strip()
        }
        record = self.context.get("record")
        if record is not None and record.evaluation_id and "pillar" in sent:
            empty |= _pillar_errors(record.evaluation, sent["pillar"])
        if empty:
            raise serializers.ValidationError(empty)
        return sent


def _pillar_errors(evaluation, pillar: str) -> dict[str, list[str]]:
    keys = [one["key"] for one in evaluation.instrument.content["pillars"]]
    return {} if pillar in keys else {"pillar": [f"Choose one of {', '.join(keys)}."]}


class NewRecommendation(Body):
    evaluation = serializers.PrimaryKeyRelatedField(queryset=Evaluation.objects.none())
    action = text(most=300)
    problem = text()
    difference = text()
    evidence_wanted = text(required=False)
    pillar = text(most=40)
    theme = serializers.ChoiceField(choices=Theme.choices)
    level = serializers.ChoiceField(choices=Level.choices, default=Level.CHILD)
    priority = serializers.ChoiceField(choices=Priority.choices)
    owner = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    accountable_manager = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True), required=False
    )
    agreed_with = text(required=False, most=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "request" in self.context:
            self.fields["evaluation"].queryset = Evaluation.objects.visible_to(self.user)

    def validate(self, data):
        evaluation = data["evaluation"]
        errors = _pillar_errors(evaluation, data["pillar"])
        manager = data.setdefault("accountable_manager", evaluation.team.manager)
        owners, managers = people_of(evaluation)
        if not owners.filter(pk=data["owner"].pk).exists():
            errors["owner"] = ["Choose somebody of the team, or who leads it."]
        if manager is None or not managers.filter(pk=manager.pk).exists():
            errors["accountable_manager"] = ["Choose a manager of this service area."]
        elif manager == data["owner"]:
            errors["accountable_manager"] = ["Somebody other than the owner checks the work."]
        if errors:
            raise serializers.ValidationError(errors)
        return data


class Note(Body):
    note = text(required=False)


class Progress(Body):
    note = text()
    evidence = text(required=False, most=300)


class Done(Body):
    evidence = text(most=300)
    note = text(required=False)


class Reason(Body):
    reason = text(most=2000)


class NewDueDate(Reason):
    due_on = serializers.DateField()


class NewOwner(Body):
    owner = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    reason = text(required=False, most=2000)

    def validate_owner(self, owner):
        record = self.context["record"]
        if record.evaluation_id:
            owners, _ = people_of(record.evaluation)
            if not owners.filter(pk=owner.pk).exists():
                raise serializers.ValidationError("Choose somebody of the team, or who leads it.")
        return owner


class Replacement(Reason):
    superseded_by = serializers.PrimaryKeyRelatedField(queryset=Recommendation.objects.none())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "request" in self.context:
            self.fields["superseded_by"].queryset = Recommendation.objects.visible_to(
                self.user
            ).filter(status__in=OPEN)


# Revisits ----------------------------------------------------------------------------------------


class FindingSerializer(serializers.ModelSerializer):
    reference = serializers.CharField(source="recommendation.reference", read_only=True)
    by: serializers.StringRelatedField = serializers.StringRelatedField()

    class Meta:
        model = Finding
        fields = ["recommendation", "reference", "done", "on_record", "difference", "note"]
        fields += ["by", "at"]


class RegradeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Regrade
        fields = ["key", "grade", "reason"]


class RevisitListSerializer(serializers.ModelSerializer):
    reference = serializers.CharField(read_only=True)
    child = serializers.CharField(source="trail_child_reference", read_only=True)
    reviewer_name = serializers.CharField(source="reviewer.name", default="", read_only=True)

    class Meta:
        model = Revisit
        fields = ["id", "reference", "child", "evaluation", "recommendation", "cycle", "kind"]
        fields += ["status", "why", "reviewer", "reviewer_name", "due_on", "drawn_at"]
        fields += ["allocated_at", "started_at", "completed_at", "version"]
        read_only_fields = fields


class RevisitSerializer(RevisitListSerializer):
    findings = FindingSerializer(many=True, read_only=True)
    regrades = RegradeSerializer(many=True, read_only=True)

    class Meta(RevisitListSerializer.Meta):
        fields = [*RevisitListSerializer.Meta.fields, "findings", "regrades"]
        read_only_fields = fields


class Draw(Body):
    cycle = serializers.PrimaryKeyRelatedField(queryset=Cycle.objects.all())
    seed = text(required=False, most=40)


class Drawn(serializers.Serializer):
    full = serializers.IntegerField()
    file_check = serializers.IntegerField()
    impact_review = serializers.IntegerField()


class Reviewer(Body):
    reviewer = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))


class NewFinding(Body):
    recommendation = serializers.PrimaryKeyRelatedField(queryset=Recommendation.objects.none())
    done = serializers.BooleanField()
    on_record = serializers.BooleanField()
    difference = serializers.ChoiceField(choices=Difference.choices)
    note = text()

    def get_fields(self):
        fields = super().get_fields()
        if "record" in self.context:
            live = self.context["record"].live_recommendations()
            fields["recommendation"].queryset = live
        return fields


class NewRegrade(Body):
    key = text(most=40)
    grade = serializers.ChoiceField(choices=Grade.choices)
    reason = text()


class Record(Body):
    findings = NewFinding(many=True)
    regrades = NewRegrade(many=True, required=False, default=list)
    version = serializers.IntegerField(required=False, min_value=0, max_value=2_000_000_000)
