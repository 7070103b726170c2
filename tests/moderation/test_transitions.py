"""Which moves are lawful? Written by hand: this table is the agreed process."""

import pytest

from audit_trail.models import TrailEntry
from moderation import transitions
from moderation.enums import CaseStatus, PanelStatus
from moderation.models import ModerationCase, Panel
from tests.moderation.scenes import panel_for, queued
from workflow.exceptions import Conflict, NotPermitted
from workflow.machine import Transition, perform

pytestmark = pytest.mark.django_db

LAWFUL_FOR_A_CASE = {
    ("queued", "assign"): "grading",
    ("grading", "replace_moderator"): "grading",
    ("grading", "lock_grades"): "grading",
    ("grading", "reveal"): "revealed",
    ("revealed", "agree"): "revealed",
    ("revealed", "settle"): "agreed",
    ("revealed", "refer"): "referred",
    ("revealed", "refer_by_rule"): "referred",
    ("referred", "put_on_panel"): "referred",
    ("referred", "record_decision"): "referred",
    ("referred", "decide"): "decided",
}
LAWFUL_FOR_A_PANEL = {
    ("scheduled", "set_members"): "scheduled",
    ("scheduled", "open"): "sitting",
    ("sitting", "sign"): "closed",
}


def bare(step: Transition) -> Transition:
    """The step's states alone: who and what must be true first have tests of their own."""
    return Transition(name=step.name, sources=step.sources, target=step.target, words=step.words)


@pytest.mark.parametrize("step", transitions.CASE_STEPS, ids=lambda step: step.name)
@pytest.mark.parametrize("status", CaseStatus)
def test_a_case_takes_only_the_agreed_steps(trust, status, step):
    case = queued(trust)
    ModerationCase.objects.update(status=status)
    before = TrailEntry.objects.count()

    if target := LAWFUL_FOR_A_CASE.get((status.value, step.name)):
        assert perform(bare(step), case, by=None).status == target
        entry = TrailEntry.objects.first()
        assert (entry.action, entry.before, entry.after) == (step.name, status, target)
    else:
        with pytest.raises(Conflict):
            perform(bare(step), case, by=None)
        case.refresh_from_db()
        assert (case.status, TrailEntry.objects.count()) == (status, before)


@pytest.mark.parametrize("step", transitions.PANEL_STEPS, ids=lambda step: step.name)
@pytest.mark.parametrize("status", PanelStatus)
def test_a_panel_takes_only_the_agreed_steps(trust, status, step):
    panel = panel_for(trust)
    changes = {"signed_at": panel.meets_at, "signed_by": trust.chair}
    Panel.objects.update(status=status, **changes)
    panel.refresh_from_db()

    if target := LAWFUL_FOR_A_PANEL.get((status.value, step.name)):
        assert perform(bare(step), panel, by=None).status == target
    else:
        with pytest.raises(Conflict):
            perform(bare(step), panel, by=None)
        panel.refresh_from_db()
        assert panel.status == status


# Who may take a step, with the case in the state where it is taken.
WHO = {
    "assign": {"hub", "hub2", "hub_lead"},
    "replace_moderator": {"hub", "hub2", "hub_lead"},
    "lock_grades": {"moderator", "moderator2"},
    "agree": {"evaluator", "moderator", "moderator2"},
    "refer": {"evaluator", "moderator", "moderator2"},
    "put_on_panel": {"hub", "hub2", "hub_lead"},
    "record_decision": {"chair"},
}


@pytest.mark.parametrize("name", WHO)
def test_only_these_people_may_take_a_step(trust, name):
    from tests.moderation import scenes

    step = next(s for s in transitions.CASE_STEPS if s.name == name)
    made = {"queued": scenes.queued, "grading": scenes.grading, "revealed": scenes.revealed}
    source = next(iter(step.sources)).value
    if source == "referred":
        case = scenes.referred(trust)
        scenes.sitting(trust, case)
        case.refresh_from_db()
    else:
        case = made[source](trust)

    def may(person) -> bool:
        try:
            step.check(case, person)
        except NotPermitted:
            return False
        return True

    people = {n: p for n, p in vars(trust).items() if hasattr(p, "role_names")}
    assert {n for n, person in people.items() if may(person)} == WHO[name]
