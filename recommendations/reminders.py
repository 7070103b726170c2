"""Which occasions does the clock bring for actions and revisits?

The table of domain.md §5. For each recipient only the latest rung reached is offered, so that a
service that slept for days sends one message and not five. The occasion names the due date: a new
date starts the ladder anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

from django.db.models import Q
from django.utils import timezone

from notifications.ladders import Occasion, ladder
from recommendations.actions import at_once
from recommendations.enums import Priority, RevisitStatus, Status
from recommendations.models import Recommendation, Revisit
from recommendations.revisits import months_after
from workflow.working_days import add_working_days, is_working_day, working_day_on_or_after

OWNER, MANAGER = "owner", "manager"
HEAD, DIRECTOR = "head of service", "assistant director"

# Working days from the due date at which each recipient is told; minus is before it.
RUNGS: dict[str, dict[str, tuple[int, ...]]] = {
    Priority.HIGH: {OWNER: (-5, -1, 0), MANAGER: (1,), HEAD: (5,), DIRECTOR: (10,)},
    Priority.MEDIUM: {OWNER: (-10, -3, 0), MANAGER: (5,), HEAD: (10,)},
    Priority.LOW: {OWNER: (0,), MANAGER: (10,), HEAD: (20,)},
}
# A critical action, in hours since it became live.
CRITICAL_EVERY = 4  # working hours, to the owner
CRITICAL_HOURS = {HEAD: 24, DIRECTOR: 48}
WORKING_FROM, WORKING_TO = time(9), time(17)
REVISIT_BEFORE, REVISIT_AFTER = (-5, 0), (1, 5)


def latest_rung(due_on: date, rungs: tuple[int, ...], today: date) -> int | None:
    """The last of these working days around the due date that has come; None before the first."""
    reached = [rung for rung in rungs if rung_day(due_on, rung) <= today]
    return max(reached) if reached else None


@cache
def rung_day(due_on: date, rung: int) -> date:
    """The day of one rung; “on the day” of a day off is the next working day."""
    return add_working_days(due_on, rung) if rung else working_day_on_or_after(due_on)


def working_hours_between(first: datetime, last: datetime) -> float:
    """Hours of working time between two moments: 9 to 5 on the days the Trust works."""
    first, last = timezone.localtime(first), timezone.localtime(last)
    total, day = timedelta(), first.date()
    while day <= last.date():
        if is_working_day(day):
            opens = timezone.make_aware(datetime.combine(day, WORKING_FROM))
            closes = timezone.make_aware(datetime.combine(day, WORKING_TO))
            total += max(min(last, closes) - max(first, opens), timedelta())
        day += timedelta(days=1)
    return total / timedelta(hours=1)


@ladder
def actions_waiting(now: datetime) -> Iterator[Occasion]:
    """Actions with their owner: to the owner, then upwards. One query, whatever their number."""
    today = timezone.localdate(now)
    soon = {
        priority: add_working_days(today, -min(rungs[OWNER]))
        for priority, rungs in RUNGS.items()
        if min(rungs[OWNER]) < 0
    }
    due = Q(priority__in=[Priority.CRITICAL, Priority.LOW])
    for priority, until in soon.items():
        due |= Q(priority=priority, due_on__lte=until)
    # While an evaluation is back with its evaluator only what is critical goes on.
    at_hand = (
        Q(priority=Priority.CRITICAL)
        | Q(evaluation=None)
        | ~Q(evaluation__status__in=["in_progress", "eliminated", "closed"])
    )
    waiting = (
        Recommendation.objects.with_owner()
        .filter(due, at_hand)
        .select_related("service_area", "cycle")
        .order_by("pk")
    )
    for recommendation in waiting.iterator(chunk_size=2000):
        if recommendation.priority == Priority.CRITICAL:
            yield from _critical(recommendation, now)
        else:
            yield from _by_working_days(recommendation, today)


def _people(recommendation: Recommendation) -> dict[str, int]:
    """Who stands on the ladder; nobody is told twice about one action, the owner least of all."""
    area = recommendation.service_area
    people = {
        OWNER: recommendation.owner_id,
        MANAGER: recommendation.accountable_manager_id,
        HEAD: area.head_of_service_id if area else None,
        DIRECTOR: area.assistant_director_id if area else None,
    }
    return {
        name: person
        for name, person in people.items()
        if person and (name == OWNER or person != people[OWNER])
    }


def _critical(recommendation: Recommendation, now: datetime) -> Iterator[Occasion]:
    hours = recommendation.cycle.policy.due_hours[Priority.CRITICAL]
    due_at = recommendation.due_at
    assert due_at is not None  # the rows were chosen by it
    live_since = due_at - timedelta(hours=hours)
    people = _people(recommendation)
    due = f"{due_at:%Y-%m-%dT%H:%M}"

    def tell(kind: str, name: str, occasion: str) -> Iterator[Occasion]:
        if name in people:
            yield Occasion(
                kind, people[name], recommendation, occasion, recommendation.due_on, urgent=True
            )

    if now < live_since:
        return
    times = int(working_hours_between(live_since, now) // CRITICAL_EVERY)
    first = at_once(recommendation)
    yield from tell("recommendation_critical", OWNER, f"{due}:every-4h-{times}" if times else first)
    yield from tell("recommendation_critical_manager", MANAGER, first)
    for name, after in CRITICAL_HOURS.items():
        if now >= live_since + timedelta(hours=after):
            yield from tell("recommendation_escalated", name, f"{due}:{after}h")


def _by_working_days(recommendation: Recommendation, today: date) -> Iterator[Occasion]:
    due_on = recommendation.due_on
    assert due_on is not None  # a live action has one: the database sees to it
    people = _people(recommendation)
    for name, rungs in RUNGS[recommendation.priority].items():
        if name not in people:
            continue
        rung = latest_rung(due_on, rungs, today)
        occasion = "" if rung is None else f"{due_on}:{rung:+d}"
        # The kind hangs on the rung and not on today: it is part of the ledger's key.
        kind = "recommendation_due" if name == OWNER else "recommendation_escalated"
        if name == OWNER and recommendation.priority == Priority.LOW:
            month = _latest_month(recommendation, today)
            if month and (rung is None or month[1] > rung_day(due_on, rung)):
                occasion = f"{due_on}:month-{month[0]}"
                kind = "recommendation_overdue" if month[1] > due_on else kind
        if occasion:
            yield Occasion(kind, people[name], recommendation, occasion, due_on)


def _latest_month(recommendation: Recommendation, today: date) -> tuple[int, date] | None:
    """The latest of the monthly days since it was agreed, with its number; None before any."""
    agreed_on = timezone.localdate(recommendation.agreed_at)
    months = (today.year - agreed_on.year) * 12 + today.month - agreed_on.month
    months -= months_after(agreed_on, months) > today
    return (months, months_after(agreed_on, months)) if months >= 1 else None


@ladder
def checks_waiting(now: datetime) -> Iterator[Occasion]:
    """Done, and not checked by the day it should be: to the accountable manager."""
    today = timezone.localdate(now)
    waiting = Recommendation.objects.filter(status=Status.DONE, check_by__lte=today).order_by("pk")
    for recommendation in waiting.iterator(chunk_size=2000):
        yield Occasion(
            "recommendation_check_due",
            recommendation.accountable_manager_id,
            recommendation,
            f"{recommendation.check_by}",
            recommendation.check_by,
        )


@ladder
def revisits_waiting(now: datetime) -> Iterator[Occasion]:
    """Revisits due soon, due and late: to the reviewer."""
    today = timezone.localdate(now)
    waiting = (
        Revisit.objects.filter(
            status__in=[RevisitStatus.ALLOCATED, RevisitStatus.IN_PROGRESS],
            due_on__lte=add_working_days(today, -min(REVISIT_BEFORE)),
        )
        .select_related("evaluation", "recommendation")
        .order_by("pk")
    )
    for revisit in waiting.iterator(chunk_size=2000):
        rung = latest_rung(revisit.due_on, REVISIT_BEFORE + REVISIT_AFTER, today)
        if rung is not None and revisit.reviewer_id is not None:
            yield Occasion(
                "revisit_late" if rung > 0 else "revisit_due",
                revisit.reviewer_id,
                revisit,
                f"{revisit.due_on}:{rung:+d}",
                revisit.due_on,
            )
