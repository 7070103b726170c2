"""When is whom told? The table of domain.md §5, day by day, by hand.

December 2026: 25 December and (for Boxing Day, a Saturday) 28 December are bank holidays, and so is
1 January 2027. Monday 7 December 2026 is the due day of most tables.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Reminder
from notifications.sweep import promise_due
from recommendations import reminders
from recommendations.models import Recommendation, Revisit
from tests.recommendations.records import (
    another_child,
    evaluation_in,
    recommendation_at,
    revisit_of,
)

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")


def at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00").replace(tzinfo=LONDON)


def waiting(trust, priority: str, due: str, **fields) -> Recommendation:
    record = recommendation_at(trust, "under_way", priority=priority)
    fields.setdefault("agreed_at", at("2026-10-26"))
    Recommendation.objects.filter(pk=record.pk).update(due_on=date.fromisoformat(due), **fields)
    record.refresh_from_db()
    return record


def told(trust, day: str, hour: int = 10) -> dict[str, str]:
    """Who is offered what at a moment: the short name of the person and the rung."""
    names = {
        trust.practitioner.pk: "owner",
        trust.manager.pk: "manager",
        trust.head.pk: "head",
        trust.director.pk: "director",
    }
    return {
        names[one.recipient_id]: one.occasion.split(":", 1)[1]
        if "T" not in one.occasion
        else one.occasion.split(":", 2)[2]
        for one in reminders.actions_waiting(at(day, hour))
    }


HIGH = [
    ("2026-11-27", {}),  # Friday, 6 working days before
    ("2026-11-30", {"owner": "-5"}),
    ("2026-12-03", {"owner": "-5"}),
    ("2026-12-04", {"owner": "-1"}),
    ("2026-12-06", {"owner": "-1"}),
    ("2026-12-07", {"owner": "+0"}),
    ("2026-12-08", {"owner": "+0", "manager": "+1"}),
    ("2026-12-11", {"owner": "+0", "manager": "+1"}),
    ("2026-12-14", {"owner": "+0", "manager": "+1", "head": "+5"}),
    ("2026-12-18", {"owner": "+0", "manager": "+1", "head": "+5"}),
    ("2026-12-21", {"owner": "+0", "manager": "+1", "head": "+5", "director": "+10"}),
]


@pytest.mark.parametrize(("day", "expected"), HIGH)
def test_high(trust, day, expected):
    waiting(trust, "high", "2026-12-07")

    assert told(trust, day) == expected


MEDIUM = [
    ("2026-11-20", {}),
    ("2026-11-23", {"owner": "-10"}),
    ("2026-12-02", {"owner": "-3"}),
    ("2026-12-07", {"owner": "+0"}),
    ("2026-12-11", {"owner": "+0"}),
    ("2026-12-14", {"owner": "+0", "manager": "+5"}),
    ("2026-12-21", {"owner": "+0", "manager": "+5", "head": "+10"}),
    ("2027-02-01", {"owner": "+0", "manager": "+5", "head": "+10"}),
]


@pytest.mark.parametrize(("day", "expected"), MEDIUM)
def test_medium(trust, day, expected):
    waiting(trust, "medium", "2026-12-07")

    assert told(trust, day) == expected


LOW = [
    ("2026-11-25", {}),  # agreed on 26 October
    ("2026-11-26", {"owner": "month-1"}),
    ("2026-12-07", {"owner": "+0"}),
    ("2026-12-18", {"owner": "+0"}),
    ("2026-12-21", {"owner": "+0", "manager": "+10"}),
    ("2026-12-26", {"owner": "month-2", "manager": "+10"}),
    # 20 working days, with Christmas, Boxing Day and New Year out: 7 January
    ("2027-01-06", {"owner": "month-2", "manager": "+10"}),
    ("2027-01-07", {"owner": "month-2", "manager": "+10", "head": "+20"}),
]


@pytest.mark.parametrize(("day", "expected"), LOW)
def test_low(trust, day, expected):
    waiting(trust, "low", "2026-12-07")

    assert told(trust, day) == expected


CHRISTMAS = [  # due on Tuesday 29 December: 24 is one day before, for 25 and 28 are holidays
    ("2026-12-23", {"owner": "-5"}),
    ("2026-12-24", {"owner": "-1"}),
    ("2026-12-28", {"owner": "-1"}),
    ("2026-12-29", {"owner": "+0"}),
    ("2026-12-30", {"owner": "+0", "manager": "+1"}),
    ("2027-01-05", {"owner": "+0", "manager": "+1"}),
    ("2027-01-06", {"owner": "+0", "manager": "+1", "head": "+5"}),
]


@pytest.mark.parametrize(("day", "expected"), CHRISTMAS)
def test_bank_holidays_are_not_counted(trust, day, expected):
    waiting(trust, "high", "2026-12-29")

    assert told(trust, day) == expected


# Live since Thursday 3 December, 3pm: two working hours that day, eight each day after.
CRITICAL = [
    ("2026-12-03", 14, {}),
    ("2026-12-03", 15, {"owner": "at-once", "manager": "at-once"}),
    ("2026-12-03", 23, {"owner": "at-once", "manager": "at-once"}),
    ("2026-12-04", 11, {"owner": "every-4h-1", "manager": "at-once"}),
    ("2026-12-04", 15, {"owner": "every-4h-2", "manager": "at-once", "head": "24h"}),
    ("2026-12-05", 12, {"owner": "every-4h-2", "manager": "at-once", "head": "24h"}),
    (
        "2026-12-05",
        15,
        {"owner": "every-4h-2", "manager": "at-once", "head": "24h", "director": "48h"},
    ),
    (
        "2026-12-07",
        11,
        {"owner": "every-4h-3", "manager": "at-once", "head": "24h", "director": "48h"},
    ),
]


@pytest.mark.parametrize(("day", "hour", "expected"), CRITICAL)
def test_critical(trust, day, hour, expected):
    live = at("2026-12-03", 15)
    waiting(trust, "critical", "2026-12-04", agreed_at=live, due_at=live + timedelta(hours=24))

    assert told(trust, day, hour) == expected


@pytest.mark.parametrize("status", ["done", "checked", "withdrawn"])
def test_a_stage_that_has_passed_is_not_chased(trust, status):
    record = recommendation_at(trust, status)
    Recommendation.objects.filter(pk=record.pk).update(due_on=date(2026, 11, 2))

    assert told(trust, "2026-12-07") == {}


def test_a_new_date_starts_the_ladder_anew(trust):
    record = waiting(trust, "high", "2026-12-07")
    promise_due(at("2026-12-08"))
    Recommendation.objects.filter(pk=record.pk).update(due_on=date(2026, 12, 21))
    again = promise_due(at("2026-12-21"))

    owners = Reminder.objects.filter(recipient=trust.practitioner, kind="recommendation_due")
    assert again == 1
    assert sorted(key.split(":", 3)[3] for key in owners.values_list("key", flat=True)) == [
        f"2026-12-07:+0:{trust.practitioner.pk}",
        f"2026-12-21:+0:{trust.practitioner.pk}",
    ]


def test_days_of_sweeps_tell_each_rung_once(trust):
    waiting(trust, "high", "2026-12-07")
    Reminder.objects.all().delete()

    for day in range(1, 24):
        promise_due(at(f"2026-12-{day:02}"))
        promise_due(at(f"2026-12-{day:02}", 11))

    # 5 before, 1 before and on the day to the owner; then manager, head, director.
    assert Reminder.objects.filter(kind__startswith="recommendation").count() == 6


def test_a_service_that_slept_sends_the_last_one_only(trust):
    waiting(trust, "high", "2026-12-07")
    Reminder.objects.all().delete()

    assert promise_due(at("2026-12-07")) == 1


def test_what_is_told_at_once_is_not_told_again_by_the_ladder(trust):
    recommendation_at(trust, "agreed", priority="critical")
    kinds = Reminder.objects.filter(kind__startswith="recommendation_critical")
    before = set(kinds.values_list("key", flat=True))

    promise_due(Recommendation.objects.get().agreed_at + timedelta(seconds=1))

    assert set(kinds.values_list("key", flat=True)) == before
    assert {key.rsplit(":", 1)[1] for key in before} == {
        f"{trust.practitioner.pk}",
        f"{trust.manager.pk}",
    }


def test_a_check_that_waits_is_told_to_the_manager(trust):
    record = recommendation_at(trust, "done")
    Recommendation.objects.filter(pk=record.pk).update(check_by=date(2026, 12, 7))

    early = list(reminders.checks_waiting(at("2026-12-06")))
    (one,) = reminders.checks_waiting(at("2026-12-07"))

    assert early == []
    assert (one.kind, one.recipient_id) == ("recommendation_check_due", trust.manager.pk)


REVISIT = [
    ("2026-11-27", []),
    ("2026-11-30", [("revisit_due", "-5")]),
    ("2026-12-07", [("revisit_due", "+0")]),
    ("2026-12-08", [("revisit_late", "+1")]),
    ("2026-12-14", [("revisit_late", "+5")]),
]


@pytest.mark.parametrize(("day", "expected"), REVISIT)
def test_a_revisit_due_and_late_is_told_to_its_reviewer(trust, day, expected):
    revisit = revisit_of(trust, evaluation_in(trust, "shared"))
    Revisit.objects.filter(pk=revisit.pk).update(due_on=date(2026, 12, 7))

    found = [(one.kind, one.occasion.split(":")[1]) for one in reminders.revisits_waiting(at(day))]

    assert found == expected


def test_the_ladders_ask_the_database_as_often_for_three_as_for_one(trust):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            evaluation = evaluation_in(trust, "shared", child=another_child(trust))
            recommendation_at(trust, "under_way", evaluation=evaluation)
            done = evaluation_in(trust, "shared", child=another_child(trust))
            recommendation_at(trust, "done", evaluation=done)
            revisit_of(trust, done)
        Recommendation.objects.update(due_on=date(2026, 12, 7), check_by=date(2026, 12, 7))
        Revisit.objects.update(due_on=date(2026, 12, 7))
        with CaptureQueriesContext(connection) as queries:
            for ladder in (
                reminders.actions_waiting,
                reminders.checks_waiting,
                reminders.revisits_waiting,
            ):
                assert list(ladder(at("2026-12-21"))) != []
        counts.append(len(queries))

    assert counts[0] == counts[1]
