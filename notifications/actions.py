"""What can a person do with the ledger?"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from audit_trail.models import TrailEntry
from notifications.models import Reminder
from workflow import access
from workflow.exceptions import Conflict
from workflow.machine import locked


@transaction.atomic
def mark_read(reminder: Reminder, *, by) -> Reminder:
    """Note that its person has opened a notice. Safe to repeat. Refuses other people's notices."""
    access.check(by, "notification.view_own_inbox")
    reminder = locked(reminder)
    if reminder.recipient_id == by.pk and reminder.read_at is None:
        reminder.read_at = timezone.now()
        reminder.save(update_fields=["read_at"])
    return reminder


@transaction.atomic
def resend(reminder: Reminder, *, by, reason: str) -> Reminder:
    """Promise a message again that failed or may not have arrived: a new row with its own key.

    Raises NotPermitted unless the Hub asks, Conflict unless it failed or is unknown.
    """
    access.check(by, "notification.resend")
    reminder = locked(reminder)
    if reminder.status not in {Reminder.Status.FAILED, Reminder.Status.UNKNOWN}:
        raise Conflict(f"This message is “{reminder.get_status_display()}”: no need to send again.")
    key = f"{reminder.key}:again"[:200]
    if Reminder.objects.filter(key=key).exists():
        raise Conflict("This message has been sent again already.")
    again = Reminder.objects.create(
        key=key,
        **{
            name: getattr(reminder, name)
            for name in (
                "kind",
                "recipient_id",
                "record_type",
                "record_id",
                "reference",
                "link",
                "due_on",
                "urgent",
            )
        },
    )
    TrailEntry.objects.record("resend", reminder, by=by, reason=reason, detail={"new": again.pk})
    return again
