"""How does any part of the service promise a message?"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.db import models, transaction
from django.utils import timezone

from notifications.models import Reminder


def notify(
    kind: str,
    recipient,
    *,
    about: models.Model,
    occasion: str,
    due_on: date | None = None,
    urgent: bool = False,
    link: str = "",
    now: datetime | None = None,
) -> Reminder | None:
    """Promise one message, in the transaction of the change it is about.

    `kind` names a text in notifications/kinds.py. `occasion` makes the key unique: the same kind,
    record, occasion and person are never told twice (returns None then). Away people's mail goes to
    their delegate or manager at delivery. Wakes the worker after commit; if the broker is down the
    sweep finds the row within a minute. Urgent ones go out at any hour.
    """
    if recipient is None:
        return None
    key = f"{kind}:{about._meta.label_lower}:{about.pk}:{occasion}:{recipient.pk}"
    reminder, is_new = Reminder.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "recipient": recipient,
            "record_type": about._meta.label_lower,
            "record_id": about.pk,
            "reference": str(getattr(about, "reference", "") or ""),
            "link": link or about.get_absolute_url(),
            "due_on": due_on,
            "urgent": urgent,
            "send_after": now or timezone.now(),
        },
    )
    if not is_new:
        return None
    from notifications import tasks

    transaction.on_commit(partial(tasks.wake, reminder.pk))
    return reminder


def stop(about: models.Model, *kinds: str) -> int:
    """Stop promised messages about a record whose state has changed; returns how many."""
    waiting = Reminder.objects.filter(
        record_type=about._meta.label_lower, record_id=about.pk, status=Reminder.Status.PROMISED
    )
    if kinds:
        waiting = waiting.filter(kind__in=kinds)
    return waiting.update(status=Reminder.Status.STOPPED)
