"""Which addresses does the ledger have under /api/v1/?"""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from notifications import actions
from notifications.filters import ReminderFilter
from notifications.models import Reminder


class ReminderSerializer(serializers.ModelSerializer):
    """Metadata only: no body, no names."""

    recipient = serializers.IntegerField(source="recipient_id", read_only=True)

    class Meta:
        model = Reminder
        fields = [
            "id",
            "kind",
            "recipient",
            "record_type",
            "record_id",
            "reference",
            "link",
            "due_on",
            "urgent",
            "status",
            "problem",
            "created_at",
            "send_after",
            "sent_at",
            "read_at",
        ]
        read_only_fields = fields


class ResendSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class ReminderViewSet(ReadOnlyModelViewSet):
    """One's own reminders and, for those who run the service, the whole ledger."""

    queryset = Reminder.objects.none()
    serializer_class = ReminderSerializer
    filterset_class = ReminderFilter

    def get_queryset(self):
        return Reminder.objects.visible_to(self.request.user).order_by("-pk")

    @action(detail=True, methods=["post"], serializer_class=ResendSerializer)
    def resend(self, request, pk=None):
        """Send again a message that failed or may not have arrived."""
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        again = actions.resend(self.get_object(), by=request.user, **body.validated_data)
        return Response(ReminderSerializer(again).data, status=201)


def register(router) -> None:
    """Add this part of the API to the router."""
    router.register("reminders", ReminderViewSet, basename="reminder")
