"""Who looks again, and what do their findings do?"""

import pytest
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations.models import Judgement
from notifications.models import Reminder
from recommendations import actions, revisits
from recommendations.models import Recommendation, Revisit, RevisitDraw
from tests.recommendations.records import (
    another_child,
    evaluation_in,
    find,
    last_cycle,
    put,
    recommendation_at,
    revisit_of,
)
from workflow.exceptions import Conflict, NotPermitted, Stale
from workflow.working_days import add_working_days

pytestmark = pytest.mark.django_db

# (stage before, difference, done, on the record) → (stage after, opened again, checked by)
FINDINGS = {
    ("checked", "better", True, True): ("loop_closed", 0, "manager"),
    ("done", "better", True, True): ("loop_closed", 0, "other_evaluator"),
    ("under_way", "better", True, True): ("loop_closed", 0, "other_evaluator"),
    ("agreed", "better", True, True): ("loop_closed", 0, "other_evaluator"),
    ("checked", "better", False, True): ("under_way", 1, None),
    ("checked", "better", True, False): ("under_way", 1, None),
    ("checked", "too_soon", True, True): ("checked", 0, "manager"),
    ("done", "too_soon", True, True): ("checked", 0, "other_evaluator"),
    ("under_way", "too_soon", False, False): ("under_way", 1, None),
    ("checked", "same", True, True): ("under_way", 1, None),
    ("checked", "worse", True, True): ("under_way", 1, None),
    ("under_way", "same", False, False): ("under_way", 1, None),
    ("checked", "not_applicable", True, True): ("withdrawn", 0, "manager"),
    ("under_way", "not_applicable", False, False): ("withdrawn", 0, None),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_what_a_finding_does(trust, case):
    before, difference, done, on_record = case
    after, reopened, checked_by = FINDINGS[case]
    record = recommendation_at(trust, before)

    finding = find(trust, record, difference, done=done, on_record=on_record)

    record.refresh_from_db()
    assert (record.status, record.times_reopened) == (after, reopened)
    assert record.checked_by == (getattr(trust, checked_by) if checked_by else None)
    assert record.closing_finding == (finding if after == "loop_closed" else None)
    if reopened:
        assert record.due_on == add_working_days(timezone.localdate(), 10)
        assert record.updates.first().note == finding.note
    if after in {"loop_closed", "withdrawn"}:
        assert record.evaluation.status == "closed"
    else:
        assert record.evaluation.status == "shared"


def test_the_owner_of_an_action_opened_again_is_told(trust):
    record = recommendation_at(trust, "checked")

    find(trust, record, "same")

    reminder = Reminder.objects.get(kind="recommendation_reopened")
    assert reminder.recipient == trust.practitioner


def test_an_evaluation_with_one_action_still_open_is_not_closed(trust):
    evaluation = evaluation_in(trust, "shared")
    closed = recommendation_at(trust, "checked", evaluation=evaluation)
    again = recommendation_at(trust, "checked", evaluation=evaluation)
    revisit = revisit_of(trust, evaluation)
    said = {"done": True, "on_record": True, "note": "She told me"}

    revisits.record(
        revisit,
        by=trust.other_evaluator,
        findings=[
            {"recommendation": closed, "difference": "better", **said},
            {"recommendation": again, "difference": "same", **said},
        ],
    )

    evaluation.refresh_from_db()
    assert evaluation.status == "shared"


def test_every_action_needs_a_finding_and_nothing_is_kept_without(trust):
    record = recommendation_at(trust, "checked")
    revisit = revisit_of(trust, record.evaluation)

    with pytest.raises(Conflict, match=f"Say what you found about {record.reference}"):
        revisits.record(revisit, by=trust.other_evaluator, findings=[])

    revisit.refresh_from_db()
    assert (revisit.status, revisit.findings.count()) == ("allocated", 0)


def test_a_full_revisit_needs_its_grades(trust):
    record = recommendation_at(trust, "checked")
    revisit = revisit_of(trust, record.evaluation, kind="full")
    finding = {
        "recommendation": record,
        "done": True,
        "on_record": True,
        "difference": "better",
        "note": "Seen",
    }

    with pytest.raises(Conflict, match="again"):
        revisits.record(revisit, by=trust.other_evaluator, findings=[finding])

    record.refresh_from_db()
    assert record.status == "checked"


def test_a_completed_revisit_is_locked(trust):
    record = recommendation_at(trust, "checked")
    find(trust, record, "too_soon")
    revisit = Revisit.objects.get()

    with pytest.raises(Conflict):
        revisits.record(revisit, by=trust.other_evaluator, findings=[])
    with pytest.raises(Conflict):
        revisits.allocate(revisit, by=trust.hub, reviewer=trust.other_evaluator)


def test_only_the_reviewer_records_and_an_old_form_is_refused(trust):
    record = recommendation_at(trust, "checked")
    revisit = revisit_of(trust, record.evaluation)

    with pytest.raises(NotPermitted):
        revisits.record(revisit, by=trust.evaluator, findings=[])
    with pytest.raises(Stale):
        revisits.record(revisit, by=trust.other_evaluator, findings=[], version=7)


@pytest.mark.parametrize(
    ("kind", "who", "sentence"),
    [
        ("full", "evaluator", "They made the evaluation"),
        ("full", "practitioner", "own work"),
        ("full", "manager", "manage the practitioner"),
        ("file_check", "practitioner", "own work"),
        ("file_check", "outsider", "not an evaluator"),
    ],
)
def test_who_cannot_look_again(trust, kind, who, sentence):
    evaluation = evaluation_in(trust, "shared")
    revisit = Revisit.objects.create(
        evaluation=evaluation, cycle=trust.cycle, kind=kind, due_on=timezone.localdate()
    )

    with pytest.raises(Conflict, match=sentence):
        revisits.allocate(revisit, by=trust.hub, reviewer=getattr(trust, who))


def test_the_original_evaluator_may_do_a_file_check_but_an_owner_may_not(trust):
    record = recommendation_at(trust, "agreed")
    revisit = Revisit.objects.create(
        evaluation=record.evaluation,
        cycle=trust.cycle,
        kind="file_check",
        due_on=timezone.localdate(),
    )
    Recommendation.objects.filter(pk=record.pk).update(owner=trust.other_evaluator)

    with pytest.raises(Conflict, match="They own one of its actions"):
        revisits.allocate(revisit, by=trust.hub, reviewer=trust.other_evaluator)
    assert revisits.allocate(revisit, by=trust.hub, reviewer=trust.evaluator).status == "allocated"


def test_a_finding_by_the_owner_is_refused_whole(trust):
    record = recommendation_at(trust, "checked")
    revisit = revisit_of(trust, record.evaluation)
    Recommendation.objects.filter(pk=record.pk).update(owner=trust.other_evaluator)
    finding = {"done": True, "on_record": True, "difference": "better", "note": "Seen"}

    with pytest.raises(NotPermitted):
        revisits.record(
            revisit, by=trust.other_evaluator, findings=[{"recommendation": record, **finding}]
        )

    revisit.refresh_from_db()
    assert (revisit.status, revisit.findings.count()) == ("allocated", 0)


# Drawing -----------------------------------------------------------------------------------------


def earlier(trust, count: int, grade: str, cycle, live=True):
    made = []
    for number in range(count):
        evaluation = evaluation_in(
            trust,
            "shared",
            child=another_child(trust),
            cycle=cycle,
            reference=f"PE-2627Q2-{grade[:3]}{number:02}",
        )
        Judgement.objects.create(evaluation=evaluation, key="overall", final_grade=grade)
        if live:
            recommendation_at(trust, "agreed", evaluation=evaluation)
        made.append(evaluation)
    return made


def test_the_cohort_of_the_last_cycle_is_drawn_into_this_one(trust):
    cycle = last_cycle(trust)
    earlier(trust, 1, "inadequate", cycle)
    earlier(trust, 4, "requires_improvement", cycle)
    earlier(trust, 2, "good", cycle, live=False)
    Recommendation.objects.create(
        reference="SYS-R1",
        cycle=cycle,
        level="team",
        theme="drift",
        problem="p",
        action="a",
        difference="d",
        priority="low",
        status="agreed",
        due_on=timezone.localdate(),
        owner=trust.manager,
        accountable_manager=trust.head,
        created_by=trust.hub,
    )

    counts = revisits.draw(trust.cycle, by=trust.hub, seed="one")

    # Full: 1 inadequate, 25% of 4, 10% of 2 rounded up. The other three are file checks.
    assert counts == {"full": 3, "file_check": 3, "impact_review": 1}
    assert {one.due_on for one in Revisit.objects.all()} == {trust.cycle.ends_on}
    entry = TrailEntry.objects.get(action="draw_revisits")
    assert entry.detail["seed"] == "one"


def test_drawing_again_changes_nothing_and_keeps_the_seed(trust):
    cycle = last_cycle(trust)
    earlier(trust, 3, "requires_improvement", cycle)
    revisits.draw(trust.cycle, by=trust.hub, seed="one")
    first = set(Revisit.objects.values_list("evaluation__reference", "kind"))

    again = revisits.draw(trust.cycle, by=trust.hub_lead, seed="another")

    assert again == {"full": 0, "file_check": 0, "impact_review": 0}
    assert set(Revisit.objects.values_list("evaluation__reference", "kind")) == first
    assert RevisitDraw.objects.get().seed == "one"


def test_too_soon_is_looked_at_again_next_cycle(trust):
    cycle = last_cycle(trust)
    (evaluation,) = earlier(trust, 1, "good", cycle, live=False)
    record = recommendation_at(trust, "checked", evaluation=evaluation)
    older = revisit_of(trust, evaluation, cycle=cycle)
    revisits.record(
        older,
        by=trust.other_evaluator,
        findings=[
            {
                "recommendation": record,
                "done": True,
                "on_record": True,
                "difference": "too_soon",
                "note": "It began last week",
            }
        ],
    )

    revisits.draw(trust.cycle, by=trust.hub)

    assert Revisit.objects.filter(evaluation=evaluation, cycle=trust.cycle).count() == 1


def test_an_overdue_high_action_of_any_cycle_gets_a_full_revisit(trust):
    cycle = last_cycle(trust)
    earlier(trust, 6, "good", cycle)
    late = Recommendation.objects.order_by("pk").last()
    Recommendation.objects.filter(pk=late.pk).update(due_on=timezone.localdate().replace(year=2020))

    revisits.draw(trust.cycle, by=trust.hub)

    assert Revisit.objects.get(evaluation=late.evaluation).kind == "full"


def test_only_the_hub_draws_and_only_for_an_open_cycle(trust):
    with pytest.raises(NotPermitted):
        revisits.draw(trust.cycle, by=trust.manager)
    with pytest.raises(Conflict):
        revisits.draw(last_cycle(trust), by=trust.hub)

    assert Revisit.objects.count() == 0


def test_after_a_finding_the_action_can_go_the_whole_way_again(trust):
    record = recommendation_at(trust, "checked")
    put(record.evaluation, "shared")
    find(trust, record, "worse")
    record.refresh_from_db()

    record = actions.claim_done(record, by=trust.practitioner, evidence="Plan, 1 June")
    record = actions.check(record, by=trust.manager)
    find(trust, record, "better")

    record.refresh_from_db()
    assert (record.status, record.times_reopened, record.findings.count()) == ("loop_closed", 1, 2)
