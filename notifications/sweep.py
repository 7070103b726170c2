"""What does the clock find due, and what does it do about it?"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from notifications.delivery import deliver_due, give_up_on_stale
from notifications.ladders import LADDERS
from notifications.models import Heartbeat, Reminder
from notifications.outbox import entry
from workflow.working_days import is_working_day


def sweep(now: datetime | None = None) -> dict[str, int]:
    """Write what has fallen due, settle what a dead worker left, send what is promised.

    Safe to run twice at once and to miss for days: each occasion has one row. Returns counts.
    """
    now = now or timezone.now()
    counts = {"promised": promise_due(now), "unknown_now": give_up_on_stale(now)}
    counts |= deliver_due(now=now)
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": timezone.now()})
    return counts


def promise_due(now: datetime) -> int:
    """Write the occasions that every ladder yields and the ledger does not hold; returns how many.

    On days the Trust does not work only urgent ones are written: a rung that falls on such a day
    is found on the next working day.
    """
    working = is_working_day(timezone.localdate(now))
    rows = {}
    for ladder in LADDERS:
        for occasion in ladder(now):
            if working or occasion.urgent:
                row = entry(
                    occasion.kind,
                    occasion.recipient_id,
                    about=occasion.about,
                    occasion=occasion.occasion,
                    now=now,
                    due_on=occasion.due_on,
                    urgent=occasion.urgent,
                    link=occasion.link,
                )
                rows[row.key] = row
    held: set[str] = set()
    keys = list(rows)
    for start in range(0, len(keys), 500):
        held |= set(
            Reminder.objects.filter(key__in=keys[start : start + 500]).values_list("key", flat=True)
        )
    new = [row for key, row in rows.items() if key not in held]
    Reminder.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return len(new)
