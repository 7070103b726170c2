"""How does any part of the service promise a message?"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial

from django.db import models, transaction
from django.utils import timezone

from notifications.models import Reminder
from workflow.working_days import is_working_day, working_day_on_or_after

MORNING = time(8, 0)


def first_moment(now: datetime, *, urgent: bool) -> datetime:
    """When a mail promised now may go out: at once, or at 8 on the next working day.

    Nothing is sent on a day the Trust does not work, safety alerts and critical ones excepted.
    """
    today = timezone.localdate(now)
    if urgent or is_working_day(today):
        return now
    return timezone.make_aware(datetime.combine(working_day_on_or_after(today), MORNING))


def key_of(kind: str, about: models.Model, occasion: str, recipient_id: int) -> str:
    """The ledger's unique key: this kind, record, occasion and person are told once."""
    return f"{kind}:{about._meta.label_lower}:{about.pk}:{occasion}:{recipient_id}"


def entry(
    kind: str,
    recipient_id: int,
    *,
    about: models.Model,
    occasion: str,
    now: datetime,
    due_on: date | None = None,
    urgent: bool = False,
    link: str = "",
) -> Reminder:
    """A row for the ledger, not yet stored."""
    return Reminder(
        key=key_of(kind, about, occasion, recipient_id),
        kind=kind,
        recipient_id=recipient_id,
        record_type=about._meta.label_lower,
        record_id=about.pk,
        reference=str(getattr(about, "reference", "") or "")[:60],
        link=link or about.get_absolute_url(),  # type: ignore[attr-defined]  # each record has one
        due_on=due_on,
        urgent=urgent,
        created_at=now,
        send_after=first_moment(now, urgent=urgent),
    )


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
    record, occasion and person are never told twice (returns None then, and for no recipient).
    Wakes the worker after commit; if the broker is down the sweep finds the row within a minute.
    Urgent ones go out on any day.
    """
    if recipient is None:
        return None
    row = entry(
        kind,
        recipient.pk,
        about=about,
        occasion=occasion,
        due_on=due_on,
        urgent=urgent,
        link=link,
        now=now or timezone.now(),
    )
    if Reminder.objects.filter(key=row.key).exists():
        return None
    Reminder.objects.bulk_create([row], ignore_conflicts=True)
    reminder = Reminder.objects.get(key=row.key)
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
