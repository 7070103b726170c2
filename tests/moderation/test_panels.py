"""Does a panel decide as agreed: quorum, chair, reasons, minutes?"""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from moderation import panels
from moderation.models import Decision
from tests.factories import make_user
from tests.moderation.scenes import panel_for, queued, referred, revealed, sitting
from workflow.exceptions import Conflict, NotPermitted

pytestmark = pytest.mark.django_db

CHANGE = {
    "key": "planning",
    "grade": "requires_improvement",
    "reason_code": "severity",
    "reason": "No contingency.",
}


def test_a_panel_is_called_by_the_hub_with_its_chair_among_the_members(trust):
    panel = panel_for(trust)

    assert panel.status == "scheduled"
    assert {place.member for place in panel.members.all()} == {
        trust.chair,
        trust.moderator,
        trust.moderator2,
    }


@pytest.mark.parametrize("who", ["moderator", "evaluator", "leader", "administrator", "manager"])
def test_nobody_else_calls_a_panel(trust, who):
    with pytest.raises(NotPermitted):
        panels.schedule(
            by=getattr(trust, who),
            cycle=trust.cycle,
            meets_at=timezone.now() + timedelta(days=1),
            chair=trust.chair,
            members=[],
        )


def test_a_panel_of_people_without_the_role_or_in_the_past_is_refused(trust):
    with pytest.raises(ValidationError) as refusal:
        panels.schedule(
            by=trust.hub,
            cycle=trust.cycle,
            meets_at=timezone.now() - timedelta(days=1),
            chair=trust.leader,
            members=[trust.outsider],
        )

    assert refusal.value.message_dict == {
        "chair": ["Lena Leader is not a moderator, so cannot chair a panel."],
        "members": ["Not a moderator: Otto Outsider."],
        "meets_at": ["Choose a day and time still to come."],
    }


def test_only_referred_cases_go_on_an_agenda(trust):
    panel = panel_for(trust)

    for case in (queued(trust), revealed(trust)):
        with pytest.raises(Conflict):
            panels.put_on_panel(case, by=trust.hub, panel=panel)


def test_a_case_of_a_members_own_worker_is_refused(trust):
    trust.manager.grants.create(role="moderator", starts="2020-01-01")
    trust.manager = type(trust.manager).objects.get(pk=trust.manager.pk)
    panel = panel_for(trust, members=[trust.manager, trust.moderator])

    with pytest.raises(Conflict) as refusal:
        panels.put_on_panel(referred(trust), by=trust.hub, panel=panel)

    assert str(refusal.value) == (
        "Carl Hughes manages the worker. Take them off the panel first, or choose another."
    )


@pytest.mark.parametrize(
    ("present", "recused", "opens"),
    [
        (["chair", "moderator", "moderator2"], [], True),
        (["chair", "moderator"], [], False),  # two are no quorum
        (["moderator", "moderator2", "extra"], [], False),  # the chair is missing
        (["chair", "moderator", "moderator2"], ["moderator2"], False),  # one takes no part
        (["chair", "moderator", "extra"], ["moderator2"], True),
    ],
)
def test_a_panel_opens_only_with_a_quorum(trust, present, recused, opens):
    trust.extra = make_user("Eve Extra", "moderator")
    panel = panel_for(trust, members=[trust.moderator, trust.moderator2, trust.extra])
    people = {name: getattr(trust, name) for name in {*present, *recused}}

    def open_it():
        return panels.open_panel(
            panel,
            by=trust.chair,
            present=[people[n] for n in present],
            recused=[people[n] for n in recused],
        )

    if opens:
        assert open_it().status == "sitting"
    else:
        with pytest.raises(Conflict):
            open_it()
        panel.refresh_from_db()
        assert panel.status == "scheduled"
        assert not panel.members.filter(attended=True).exists()


def test_one_present_must_come_from_outside_the_service_area(trust):
    case = referred(trust)
    inside = [make_user(f"In Side {n}", "moderator", team=trust.sister_team) for n in (1, 2)]
    trust.chair.team = trust.sister_team
    trust.chair.save()
    panel = panel_for(trust, case, members=[*inside, trust.moderator2])

    with pytest.raises(Conflict) as refusal:
        panels.open_panel(panel, by=trust.chair, present=[trust.chair, *inside])

    assert str(refusal.value) == (
        f"{case.reference} needs somebody from outside Safeguarding on the panel."
    )


def test_only_the_chair_opens_decides_and_signs(trust):
    case = referred(trust)
    panel = panel_for(trust, case)

    for person in (trust.moderator, trust.hub_lead, trust.hub, trust.evaluator):
        with pytest.raises(NotPermitted):
            panels.open_panel(panel, by=person, present=[trust.chair])
        with pytest.raises(NotPermitted):
            panels.decide(case, by=person, **CHANGE)


def test_nothing_is_decided_before_the_panel_sits(trust):
    case = referred(trust)
    panel_for(trust, case)

    with pytest.raises(Conflict):
        panels.decide(case, by=trust.chair, **CHANGE)


def test_the_last_decision_makes_the_grades_final(trust):
    case = referred(trust)
    sitting(trust, case)

    case = panels.decide(
        case,
        by=trust.chair,
        dissent="Good: the family had a copy.",
        dissent_by=trust.moderator,
        **CHANGE,
    )

    assert case.status == "decided"
    decision = Decision.objects.get(case=case, key="planning")
    assert (
        decision.outcome,
        decision.evaluator_grade,
        decision.final_grade,
        decision.by_panel,
        decision.decided_by,
        decision.dissent_by,
    ) == ("lowered", "good", "requires_improvement", True, trust.chair, trust.moderator)
    case.evaluation.refresh_from_db()
    judgement = case.evaluation.judgements.get(key="planning")
    assert case.evaluation.status == "finalised"
    assert (judgement.grade, judgement.final_grade, judgement.final_reason) == (
        "good",
        "requires_improvement",
        "No contingency.",
    )


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"reason": ""}, {"reason"}),
        ({"reason_code": ""}, {"reason_code"}),
        ({"grade": "splendid"}, {"grade"}),
        ({"grade": ""}, {"grade"}),
        ({"elements": True}, {"elements"}),
        ({"dissent": "I disagree."}, {"dissent_by"}),
        ({"reason": "a\x00b"}, {"reason"}),
        ({"reason": "a" * 8001}, {"reason"}),
        ({"key": "weather"}, {"key"}),
    ],
)
def test_a_bad_decision_is_refused_by_field(trust, change, fields):
    case = referred(trust)
    sitting(trust, case)

    with pytest.raises(ValidationError) as refusal:
        panels.decide(case, by=trust.chair, **CHANGE | change)

    assert set(refusal.value.message_dict) == fields
    assert not case.decisions.filter(by_panel=True).exists()


def test_a_dissent_is_of_somebody_present(trust):
    case = referred(trust)
    sitting(trust, case)

    with pytest.raises(ValidationError) as refusal:
        panels.decide(case, by=trust.chair, dissent="No.", dissent_by=trust.hub, **CHANGE)

    assert refusal.value.message_dict == {"dissent_by": ["Sunita Bhatt is not at this panel."]}


def test_a_judgement_is_decided_once(trust):
    case = referred(trust)
    sitting(trust, case)

    with pytest.raises(Conflict) as refusal:
        panels.decide(case, by=trust.chair, key="overall", grade="good")

    assert str(refusal.value) == "Overall grade is decided already: Good."


def test_minutes_are_drafted_signed_and_name_no_child_or_worker(trust):
    case = referred(trust)
    panel = sitting(trust, case)
    with pytest.raises(Conflict):
        panels.sign(panel, by=trust.chair)
    panels.decide(case, by=trust.chair, **CHANGE)

    panel = panels.sign(panel, by=trust.chair)

    assert panel.status == "closed"
    assert (panel.signed_by, panel.signed_at is not None) == (trust.chair, True)
    assert (
        "Planning: Requires improvement (lowered). Severity. No contingency."
        in panel.minutes.splitlines()
    )
    assert trust.practitioner.name not in panel.minutes
    assert case.evaluation.child.reference not in panel.minutes


def test_an_undecided_case_can_move_to_another_panel(trust):
    case = referred(trust)
    first = sitting(trust, case)
    second = panel_for(trust)

    panels.put_on_panel(case, by=trust.hub, panel=second)

    assert panels.sign(first, by=trust.chair).status == "closed"
    case.refresh_from_db()
    assert case.panel == second


def test_changing_members_runs_the_conflict_rules_again(trust):
    panel = panel_for(trust, referred(trust))
    trust.manager.grants.create(role="moderator", starts="2020-01-01")
    trust.manager = type(trust.manager).objects.get(pk=trust.manager.pk)

    with pytest.raises(ValidationError):
        panels.set_members(
            panel,
            by=trust.hub,
            chair=trust.chair,
            members=[trust.manager],
            meets_at=panel.meets_at,
        )

    assert panel.members.count() == 3
