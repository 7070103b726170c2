"""What does the API show of cycles and children, and what does it take?"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cycles.models import ChildRecord, Cycle, Sample


class SampleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Sample
        fields = ["seed", "size", "frame_digest", "frame_count", "rules", "drawn_at"]


class CycleSerializer(serializers.ModelSerializer):
    """A cycle; the state moves through the named actions only."""

    policy = serializers.DictField(source="policy_data", read_only=True)

    class Meta:
        model = Cycle
        fields = ["id", "label", "starts_on", "ends_on", "status", "size", "policy"]
        read_only_fields = ["status"]


class ChildSerializer(serializers.ModelSerializer):
    """A child's record by our own reference; worker and team only for whoever may know them."""

    age_band = serializers.CharField(read_only=True)
    service_area = serializers.SerializerMethodField()
    team = serializers.SerializerMethodField()
    practitioner = serializers.SerializerMethodField()

    class Meta:
        model = ChildRecord
        fields = [
            "id",
            "reference",
            "age_band",
            "gender",
            "plan_type",
            "service_area",
            "team",
            "practitioner",
            "is_open",
        ]

    def get_service_area(self, child) -> int | None:
        return child.team.service_area_id if child.team else None

    def get_team(self, child) -> int | None:
        return child.team_id if child.worker_known else None

    def get_practitioner(self, child) -> int | None:
        return child.practitioner_id if child.worker_known else None


class RevealSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class LookUpSerializer(serializers.Serializer):
    identifier = serializers.CharField(max_length=60)


class AddToSampleSerializer(serializers.Serializer):
    """The reference of a child to add on purpose, and why."""

    child = serializers.CharField(max_length=20)
    note = serializers.CharField(max_length=200)

    def validate_child(self, reference: str) -> ChildRecord:
        found = ChildRecord.objects.visible_to(self.context["request"].user)
        child = (
            found.filter(reference=reference.strip().upper())
            .select_related("team__service_area", "team__locality")
            .first()
        )
        if child is None:
            raise serializers.ValidationError("There is no child with this reference.")
        return child


class NothingSerializer(serializers.Serializer):
    """A step without a body."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {}
