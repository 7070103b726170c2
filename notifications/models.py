"""What was sent, or is about to be sent, to whom and about what?

A `Reminder` is one occasion: written, with a unique key, before anything is sent. The ledger is the
truth; the broker only carries a wake-up.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from notifications.querysets import ReminderQuerySet


class Reminder(models.Model):
    """One occasion on which one person is told that something is due: the ledger's row."""

    class Status(models.TextChoices):
        PROMISED = "promised", "Promised"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        UNKNOWN = "unknown", "Not known whether it arrived"
        FAILED = "failed", "Could not be sent"
        STOPPED = "stopped", "No longer needed"

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60, db_index=True)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reminders"
    )
    instead_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    record_type = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    reference = models.CharField(max_length=60)
    link = models.CharField(max_length=200)
    due_on = models.DateField(null=True)
    urgent = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROMISED)
    created_at = models.DateTimeField(default=timezone.now)
    send_after = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["send_after"], condition=Q(status="promised"), name="reminder_promised"
            ),
            models.Index(fields=["record_type", "record_id"], name="reminder_record"),
            models.Index(fields=["recipient", "-id"], name="reminder_inbox"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False),
                name="reminder_sent_has_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        return reverse("notifications:outbox")

    @property
    def kind_words(self) -> str:
        """The kind as words: “evaluation due”."""
        return self.kind.replace("_", " ").capitalize()


class Heartbeat(models.Model):
    """When a clock-driven job last finished; its age is the health of worker and beat."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
