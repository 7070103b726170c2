"""What happens to a recommendation, and who is told?"""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from audit_trail.models import TrailEntry
from notifications.models import Reminder
from recommendations import actions
from recommendations.models import Recommendation
from tests.factories import make_trust
from tests.recommendations.records import (
    evaluation_in,
    put,
    recommendation_at,
    written,
)
from workflow import machine
from workflow.exceptions import Conflict, NotPermitted
from workflow.working_days import add_working_days


def told(record) -> set[tuple[str, str]]:
    rows = Reminder.objects.filter(
        record_type="recommendations.recommendation", record_id=record.pk
    ).exclude(status="stopped")
    return {(row.kind, row.recipient.name) for row in rows.select_related("recipient")}


@pytest.mark.django_db
def test_references_count_on_and_a_removed_one_leaves_a_gap_only_at_the_end(trust):
    evaluation = evaluation_in(trust, "in_progress")
    first = actions.create(evaluation, by=trust.evaluator, **written(trust))
    second = actions.create(evaluation, by=trust.evaluator, **written(trust))
    actions.remove(first, by=trust.evaluator)
    third = actions.create(evaluation, by=trust.evaluator, **written(trust))

    assert [second.reference, third.reference] == [
        f"{evaluation.reference}-R2",
        f"{evaluation.reference}-R3",
    ]


@pytest.mark.django_db
def test_a_critical_one_is_live_the_moment_it_is_saved(trust):
    evaluation = evaluation_in(trust, "in_progress")

    record = actions.create(evaluation, by=trust.evaluator, **written(trust, priority="critical"))

    assert record.status == "agreed"
    assert record.due_at - record.agreed_at == timedelta(hours=24)
    assert told(record) == {
        ("recommendation_critical", "Jo Bennett"),
        ("recommendation_critical_manager", "Carl Hughes"),
    }
    assert set(Reminder.objects.values_list("urgent", flat=True)) == {True}
    assert Recommendation.objects.visible_to(trust.practitioner).get() == record


@pytest.mark.django_db
def test_the_rest_go_live_with_the_submission(trust):
    evaluation = evaluation_in(trust, "in_progress")
    record = actions.create(evaluation, by=trust.evaluator, **written(trust))
    assert (record.status, told(record)) == ("draft", set())
    assert (
        actions.agree_with_the_evaluation in machine._followers["evaluations.Evaluation", "submit"]
    )

    actions.agree_with_the_evaluation(put(evaluation, "submitted"), trust.evaluator)

    record.refresh_from_db()
    assert record.status == "agreed"
    assert record.due_on == add_working_days(timezone.localdate(), 10)
    assert told(record) == {("recommendation_agreed", "Jo Bennett")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("priority", "due_on"),
    [
        ("critical", date(2026, 12, 24)),
        ("high", date(2027, 1, 11)),
        ("medium", date(2027, 2, 8)),
        ("low", date(2027, 3, 22)),
    ],
)
def test_when_each_priority_is_due(trust, priority, due_on):
    start = timezone.make_aware(timezone.datetime(2026, 12, 23, 12))

    assert actions.due_by(priority, trust.cycle.policy, start)[0] == due_on


@pytest.mark.django_db
def test_the_whole_way_and_what_each_step_leaves(trust):
    record = recommendation_at(trust, "checked")

    assert [line.what for line in record.updates.order_by("pk")] == [
        "agree",
        "start",
        "claim_done",
        "check",
    ]
    assert told(record) == {("recommendation_checked", "Jo Bennett")}
    assert list(
        TrailEntry.objects.for_record(record).order_by("pk").values_list("action", flat=True)
    ) == ["create", "agree", "start", "claim_done", "check"]


@pytest.mark.django_db
def test_done_in_one_go_from_agreed_passes_under_way(trust):
    record = recommendation_at(trust, "agreed")

    record = actions.claim_done(record, by=trust.practitioner, evidence="Plan, 3 May")

    assert [line.after for line in record.updates.order_by("pk")] == [
        "agreed",
        "under_way",
        "done",
    ]
    assert told(record) == {("recommendation_done", "Carl Hughes")}
    assert record.check_by == add_working_days(timezone.localdate(), 10)


@pytest.mark.django_db
def test_a_new_date_keeps_the_old_one_and_counts_the_move(trust):
    record = recommendation_at(trust, "under_way")
    old, new = record.due_on, record.due_on + timedelta(days=14)

    record = actions.change_due_date(
        record, by=trust.manager, due_on=new, reason="Grandad was in hospital"
    )

    line = record.updates.first()
    assert (record.due_on, record.times_extended) == (new, 1)
    assert (line.old_due_on, line.new_due_on, line.note) == (old, new, "Grandad was in hospital")


@pytest.mark.django_db
def test_a_new_owner_is_told_and_the_old_one_is_chased_no_more(trust):
    record = recommendation_at(trust, "agreed")

    record = actions.assign_owner(record, by=trust.manager, owner=trust.head, reason="Jo is away")

    assert told(record) == {("recommendation_owner", "Helen Head")}


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "   "])
def test_reasons_are_needed(trust, reason):
    record = recommendation_at(trust, "done")

    with pytest.raises(Conflict):
        actions.ask_for_more(record, by=trust.manager, reason=reason)
    with pytest.raises(Conflict):
        actions.withdraw(record, by=trust.hub_lead, reason=reason)

    record.refresh_from_db()
    assert record.status == "done"


@pytest.mark.django_db
def test_a_refused_step_leaves_nothing_behind(trust):
    record = recommendation_at(trust, "agreed")
    lines, entries, mails = (
        record.updates.count(),
        TrailEntry.objects.count(),
        Reminder.objects.count(),
    )

    with pytest.raises(NotPermitted):
        actions.claim_done(record, by=trust.manager, evidence="Plan")

    assert (record.updates.count(), TrailEntry.objects.count(), Reminder.objects.count()) == (
        lines,
        entries,
        mails,
    )


@pytest.mark.django_db
def test_near_duplicates_are_those_of_the_same_child(trust):
    record = recommendation_at(trust, "agreed")
    child = record.evaluation.child

    assert actions.near_duplicates(child, "agree a family time plan she has helped to write") == [
        record
    ]
    assert actions.near_duplicates(child, "Write the chronology") == []
    assert actions.near_duplicates(child, record.action, apart_from=record) == []


# Rivals ------------------------------------------------------------------------------------------


def race(*functions) -> list[str]:
    """Run these at the same moment; says what came of each."""
    barrier, results = threading.Barrier(len(functions)), []

    def run(function):
        barrier.wait()
        try:
            function()
            results.append("won")
        except (Conflict, NotPermitted) as refusal:
            results.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row locks")
def test_of_two_rival_steps_one_wins_and_one_conflicts():
    trust = make_trust()
    record = recommendation_at(trust, "done")

    results = race(
        lambda: actions.check(record, by=trust.manager),
        lambda: actions.ask_for_more(record, by=trust.hub, reason="Not there yet"),
    )

    assert results == ["Conflict", "won"]
    assert record.updates.filter(what__in=["check", "ask_for_more"]).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row locks")
def test_two_written_at_once_get_two_references_and_five_stay_five():
    trust = make_trust()
    evaluation = evaluation_in(trust, "in_progress")
    for _ in range(4):
        actions.create(evaluation, by=trust.evaluator, **written(trust))

    results = race(*[lambda: actions.create(evaluation, by=trust.evaluator, **written(trust))] * 3)

    assert results == ["Conflict", "Conflict", "won"]
    assert Recommendation.objects.count() == 5
