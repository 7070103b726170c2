"""Which steps are lawful, and who may take them? Written by hand: this is the agreed process."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from audit_trail.models import TrailEntry
from recommendations import actions, revisit_transitions, revisits, transitions
from recommendations.enums import RevisitStatus, Status
from recommendations.models import Finding, Recommendation, Revisit, Update
from tests.recommendations.records import (
    evaluation_in,
    find,
    put,
    recommendation_at,
    revisit_of,
    written,
)
from workflow.exceptions import Conflict, NotPermitted
from workflow.machine import perform

pytestmark = pytest.mark.django_db

LAWFUL = {
    ("draft", "agree"): "agreed",
    ("agreed", "start"): "under_way",
    ("under_way", "update_progress"): "under_way",
    ("under_way", "claim_done"): "done",
    ("done", "check"): "checked",
    ("done", "ask_for_more"): "under_way",
    ("agreed", "assign_owner"): "agreed",
    ("under_way", "assign_owner"): "under_way",
    ("agreed", "change_due_date"): "agreed",
    ("under_way", "change_due_date"): "under_way",
    ("agreed", "withdraw"): "withdrawn",
    ("under_way", "withdraw"): "withdrawn",
    ("done", "withdraw"): "withdrawn",
    ("checked", "withdraw"): "withdrawn",
    ("agreed", "supersede"): "superseded",
    ("under_way", "supersede"): "superseded",
    ("done", "supersede"): "superseded",
    ("checked", "supersede"): "superseded",
    ("checked", "reopen"): "under_way",
    ("loop_closed", "reopen"): "under_way",
    ("withdrawn", "reopen"): "under_way",
}
TAKERS = {
    "agree": "evaluator",
    "start": "practitioner",
    "update_progress": "practitioner",
    "claim_done": "practitioner",
    "check": "manager",
    "ask_for_more": "manager",
    "assign_owner": "manager",
    "change_due_date": "manager",
    "withdraw": "hub_lead",
    "supersede": "hub_lead",
    "reopen": "hub",
}
STATES = [
    "draft",
    "agreed",
    "under_way",
    "done",
    "checked",
    "loop_closed",
    "withdrawn",
    "superseded",
]
STEPS = {step.name: step for step in transitions.TRANSITIONS}


def changes_for(name: str) -> dict:
    return {"due_on": timezone.localdate()} if name == "agree" else {}


def test_the_table_has_every_state():
    assert set(STATES) == set(Status.values)


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize("status", STATES)
def test_only_the_agreed_steps_can_be_taken(trust, status, name):
    record = recommendation_at(trust, status)
    if record.status == "loop_closed":
        put(record.evaluation, "shared")  # as if another action of it were still open
    person = getattr(trust, TAKERS[name])
    changes = changes_for(name)
    if name == "check":
        changes = {"checked_by": person, "checked_at": timezone.now()}
    if name == "reopen":
        changes = {"closing_finding": None, "closed_at": None}
    seen = TrailEntry.objects.for_record(record).count()

    if target := LAWFUL.get((status, name)):
        assert perform(STEPS[name], record, by=person, changes=changes).status == target
        entry = TrailEntry.objects.for_record(record).first()
        assert (entry.action, entry.by, entry.before, entry.after) == (
            name,
            person,
            status,
            target,
        )
    else:
        with pytest.raises((Conflict, NotPermitted)):
            perform(STEPS[name], record, by=person, changes=changes)
        record.refresh_from_db()
        assert record.status == status
        assert TrailEntry.objects.for_record(record).count() == seen


# Who may, at the stage where the step is lawful and the evaluation is shared.
MAY = {
    "start": {"practitioner"},
    "claim_done": {"practitioner"},
    "check": {"manager", "hub", "hub2", "hub_lead"},
    "ask_for_more": {"manager", "hub", "hub2", "hub_lead"},
    "assign_owner": {"manager", "head", "director", "hub", "hub2"},
    "change_due_date": {"manager", "head", "director", "hub", "hub2", "hub_lead"},
    "withdraw": {"hub_lead"},
    "reopen": {"hub", "hub2", "hub_lead"},
}
AT = {"start": "agreed", "claim_done": "under_way", "check": "done", "ask_for_more": "done"}


@pytest.mark.parametrize("name", MAY)
def test_who_may_take_each_step(trust, name):
    record = recommendation_at(trust, AT.get(name, "checked" if name == "reopen" else "under_way"))

    may = {
        who
        for who, person in vars(trust).items()
        if hasattr(person, "role_names") and not STEPS[name].refusal(record, person)
    }

    assert may == MAY[name]


def test_the_owner_never_checks_even_when_they_are_the_hub(trust):
    record = recommendation_at(trust, "done")
    Recommendation.objects.filter(pk=record.pk).update(owner=trust.hub)

    with pytest.raises(NotPermitted, match="You own this action"):
        actions.check(record, by=trust.hub)


@pytest.mark.parametrize("status", ["agreed", "under_way", "done", "checked"])
def test_code_refuses_to_close_the_loop_without_a_finding(trust, status):
    record = recommendation_at(trust, status)

    with pytest.raises(Conflict, match="Only a revisit can close the loop"):
        perform(transitions.CLOSE_LOOP, record, by=trust.hub_lead)

    record.refresh_from_db()
    assert record.status == status


def test_code_refuses_to_close_the_loop_on_a_finding_that_is_not_better(trust):
    record = recommendation_at(trust, "checked")
    finding = find(trust, record, "too_soon")

    with pytest.raises(Conflict, match="Only a revisit can close the loop"):
        perform(
            transitions.CLOSE_LOOP,
            record,
            by=trust.hub_lead,
            changes={"closing_finding": finding, "closed_at": timezone.now()},
        )


def test_the_database_refuses_to_close_the_loop_without_a_finding(trust):
    record = recommendation_at(trust, "checked")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recommendations_recommendation SET status = 'loop_closed' WHERE id = %s",
            [record.pk],
        )

    record.refresh_from_db()
    assert record.status == "checked"


def test_the_database_refuses_an_owner_who_checks(trust):
    record = recommendation_at(trust, "done")

    with pytest.raises(IntegrityError), transaction.atomic():
        Recommendation.objects.filter(pk=record.pk).update(
            status="checked", checked_by=record.owner
        )


def test_the_database_refuses_done_without_evidence(trust):
    record = recommendation_at(trust, "under_way")

    with pytest.raises(IntegrityError), transaction.atomic():
        Update.objects.create(recommendation=record, what="claim_done", after="done")


def test_a_line_of_the_history_never_changes(trust):
    record = recommendation_at(trust, "checked")
    line = record.updates.first()

    line.note = "Something else"
    with pytest.raises(TypeError):
        line.save()
    with pytest.raises(TypeError):
        line.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Update.objects.filter(pk=line.pk).update(note="Something else")

    line.refresh_from_db()
    assert line.note == "I have read the plan"


def test_a_finding_never_changes(trust):
    record = recommendation_at(trust, "loop_closed")

    with pytest.raises(DatabaseError), transaction.atomic():
        Finding.objects.filter(recommendation=record).update(difference="worse")

    assert Finding.objects.get(recommendation=record).difference == "better"


def test_in_a_closed_evaluation_nothing_is_opened_again(trust):
    record = recommendation_at(trust, "loop_closed")
    assert record.evaluation.status == "closed"

    with pytest.raises(Conflict, match="The evaluation is closed"):
        actions.reopen(record, by=trust.hub, reason="We heard otherwise")


# Revisits ----------------------------------------------------------------------------------------

REVISIT_LAWFUL = {
    ("due", "allocate"): "allocated",
    ("allocated", "allocate"): "allocated",
    ("allocated", "start"): "in_progress",
    ("in_progress", "complete"): "completed",
}
REVISIT_TAKERS = {"allocate": "hub", "start": "other_evaluator", "complete": "other_evaluator"}
REVISIT_STEPS = {step.name: step for step in revisit_transitions.TRANSITIONS}


def revisit_at(trust, status: str) -> Revisit:
    evaluation = evaluation_in(trust, "shared")
    if status == "due":
        return Revisit.objects.create(
            evaluation=evaluation,
            cycle=trust.cycle,
            kind="file_check",
            due_on=timezone.localdate(),
            reviewer=trust.other_evaluator,
        )
    revisit = revisit_of(trust, evaluation)
    if status == "allocated":
        return revisit
    revisit = revisits.start(revisit, by=trust.other_evaluator)
    if status == "in_progress":
        return revisit
    return perform(
        revisit_transitions.COMPLETE,
        revisit,
        by=trust.other_evaluator,
        changes={"completed_at": timezone.now()},
    )


@pytest.mark.parametrize("name", REVISIT_TAKERS)
@pytest.mark.parametrize("status", ["due", "allocated", "in_progress", "completed"])
def test_only_the_agreed_steps_of_a_revisit_can_be_taken(trust, status, name):
    assert set(RevisitStatus.values) == {"due", "allocated", "in_progress", "completed"}
    revisit = revisit_at(trust, status)
    person = getattr(trust, REVISIT_TAKERS[name])
    changes = {"completed_at": timezone.now()} if name == "complete" else {}

    if target := REVISIT_LAWFUL.get((status, name)):
        step = REVISIT_STEPS[name]
        assert perform(step, revisit, by=person, changes=changes).status == target
    else:
        with pytest.raises(Conflict):
            perform(REVISIT_STEPS[name], revisit, by=person, changes=changes)
        revisit.refresh_from_db()
        assert revisit.status == status


REVISIT_MAY = {
    ("due", "allocate"): {"hub", "hub2", "hub_lead"},
    ("allocated", "start"): {"other_evaluator"},
    ("in_progress", "complete"): {"other_evaluator"},
}


@pytest.mark.parametrize("at", REVISIT_MAY)
def test_who_may_take_each_step_of_a_revisit(trust, at):
    status, name = at
    revisit = revisit_at(trust, status)

    may = {
        who
        for who, person in vars(trust).items()
        if hasattr(person, "role_names") and not REVISIT_STEPS[name].refusal(revisit, person)
    }

    assert may == REVISIT_MAY[at]


def test_a_practitioner_cannot_write_recommendations(trust):
    evaluation = evaluation_in(trust, "in_progress")

    with pytest.raises(NotPermitted):
        actions.create(evaluation, by=trust.practitioner, **written(trust))

    assert Recommendation.objects.count() == 0
