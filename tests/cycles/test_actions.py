"""Do cycles move as agreed, and does the draw keep its rules?"""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit_trail.models import TrailEntry
from cycles import actions
from cycles.enums import CycleStatus
from cycles.frame import build_frame, mix, months_before
from cycles.models import Cycle, Sample, SampleEntry
from tests.factories import make_child, make_cycle, make_evaluation, make_user
from workflow.exceptions import Conflict, NotPermitted

STEPS = {
    "open": actions.open_cycle,
    "start_moderating": actions.start_moderating,
    "close": actions.close_cycle,
}
# from state, step, what it becomes; any pair not here is refused.
LAWFUL = {
    ("planned", "open"): "open",
    ("open", "start_moderating"): "moderating",
    ("moderating", "close"): "closed",
}


def drawn(cycle, child):
    """A sample that holds one child."""
    sample = Sample.objects.create(
        cycle=cycle, seed="s", size=1, frame_digest="d", frame_count=1, rules={}
    )
    return SampleEntry.objects.create(
        sample=sample, child=child, stratum="child_protection · Safeguarding", draw_order=1
    )


@pytest.mark.parametrize("status", CycleStatus.values)
@pytest.mark.parametrize("step", STEPS)
def test_a_cycle_takes_only_lawful_steps(status, step, trust):
    cycle = make_cycle(label="2030-31 Q1", status=status)
    drawn(cycle, trust.child)
    by = trust.hub_lead if step == "close" else trust.hub

    if (status, step) in LAWFUL:
        assert STEPS[step](cycle, by=by).status == LAWFUL[status, step]
        entry = TrailEntry.objects.get(action=step)
        assert (entry.by, entry.before, entry.after) == (
            by,
            status,
            LAWFUL[status, step],
        )
    else:
        with pytest.raises(Conflict):
            STEPS[step](cycle, by=by)
        cycle.refresh_from_db()
        assert cycle.status == status
        assert TrailEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("step", "who"),
    [
        ("draw_sample", {"hub", "hub2", "hub_lead"}),
        ("open", {"hub", "hub2", "hub_lead"}),
        ("start_moderating", {"hub", "hub2", "hub_lead"}),
        ("close", {"hub_lead"}),
    ],
)
def test_only_the_practice_hub_moves_a_cycle(step, who, trust):
    move = STEPS.get(step, actions.draw_sample)
    before = {"open": "planned", "start_moderating": "open", "close": "moderating"}
    allowed = set()
    for number, (name, person) in enumerate(vars(trust).items()):
        if not hasattr(person, "role_names"):
            continue
        cycle = make_cycle(label=f"{2030 + number}", status=before.get(step, "planned"))
        if step != "draw_sample":
            drawn(cycle, trust.child)
        try:
            move(cycle, by=person)
            allowed.add(name)
        except NotPermitted:
            pass

    assert allowed == who


def test_a_cycle_does_not_open_without_a_sample(trust):
    cycle = make_cycle(label="2030-31 Q1", status="planned")

    with pytest.raises(Conflict, match="Draw the sample first"):
        actions.open_cycle(cycle, by=trust.hub)


@pytest.mark.parametrize(
    ("status", "closes"),
    [
        ("planned", False),
        ("allocated", False),
        ("in_progress", False),
        ("submitted", False),
        ("in_moderation", False),
        ("finalised", True),
        ("shared", True),
        ("closed", True),
        ("eliminated", True),
    ],
)
def test_closing_needs_every_evaluation_final_or_eliminated(status, closes, trust):
    cycle = make_cycle(label="2030-31 Q1", status="moderating")
    now = timezone.now()
    make_evaluation(
        cycle,
        trust.child,
        status=status,
        evaluator=trust.evaluator,
        submitted_at=now,
        submitted_by=trust.evaluator,
        shared_at=now,
        shared_by=trust.hub,
        eliminated_reason="moved",
    )

    if closes:
        assert actions.close_cycle(cycle, by=trust.hub_lead).status == "closed"
    else:
        with pytest.raises(Conflict, match="1 evaluation is neither final nor eliminated"):
            actions.close_cycle(cycle, by=trust.hub_lead)


def plan(trust, **changes):
    fields = {
        "label": "2031-32 Q2",
        "starts_on": date(2031, 7, 1),
        "ends_on": date(2031, 9, 30),
        "size": 20,
    } | changes
    return actions.plan_cycle(by=trust.hub, **fields)


def test_a_planned_cycle_carries_its_own_copy_of_the_rules(trust):
    cycle = plan(trust, policy={"submit_by": 12})

    assert cycle.policy.submit_by == 12
    assert cycle.policy.accept_within == 2
    assert (cycle.status, cycle.planned_by, cycle.code) == ("planned", trust.hub, "3132Q2")
    assert TrailEntry.objects.get().action == "plan"


def test_rules_are_editable_only_while_planned(trust):
    cycle = plan(trust)
    changed = actions.edit_cycle(cycle, by=trust.hub, policy={"submit_by": 10}, size=30)
    assert (changed.policy.submit_by, changed.size) == (10, 30)

    drawn(cycle, trust.child)
    actions.open_cycle(cycle, by=trust.hub)
    with pytest.raises(Conflict, match="You cannot change this cycle now: it is “Open”"):
        actions.edit_cycle(cycle, by=trust.hub, policy={"submit_by": 5})
    cycle.refresh_from_db()
    assert cycle.policy.submit_by == 10


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": "2031-33 Q2"}, "label"),
        ({"label": "2031-32 Q5"}, "label"),
        ({"label": "Spring"}, "label"),
        ({"label": "2026-27 Q3"}, "label"),  # the cast's own
        ({"ends_on": date(2031, 7, 1)}, "ends_on"),
        ({"ends_on": date(2033, 7, 1)}, "ends_on"),
        ({"starts_on": date(1, 1, 1), "ends_on": date(1, 3, 1)}, "starts_on ends_on"),
        ({"size": 0}, "size"),
        ({"size": 501}, "size"),
        ({"policy": {"colour": 3}}, "policy"),
    ],
)
def test_what_cannot_be_a_cycle_is_refused(changes, field, trust):
    with pytest.raises(ValidationError) as refusal:
        plan(trust, **changes)

    assert set(refusal.value.message_dict) == set(field.split())
    assert Cycle.objects.count() == 1


def test_the_frame_leaves_out_whom_the_rules_leave_out(trust):
    cycle, today = trust.cycle, timezone.localdate()
    jo, team = trust.practitioner, trust.team
    make_child(team, None)
    make_child(team, jo, opened_on=cycle.starts_on - timedelta(weeks=8) + timedelta(days=1))
    on_the_day = make_child(team, jo, opened_on=cycle.starts_on - timedelta(weeks=8))
    make_child(team, jo, opened_on=None)
    make_child(team, jo, is_open=False, closed_on=today)
    make_child(team, jo, is_restricted=True)
    recent, eliminated, long_ago = (make_child(team, jo) for _ in range(3))
    before = make_cycle(label="2025-26 Q4", status="closed")
    year_ago = timezone.now().replace(year=cycle.starts_on.year - 1)
    submitted = {"submitted_by": trust.evaluator, "evaluator": trust.evaluator}
    make_evaluation(
        before,
        recent,
        status="shared",
        submitted_at=timezone.now(),
        **submitted,
        shared_at=timezone.now(),
        shared_by=trust.hub,
    )
    make_evaluation(before, eliminated, status="eliminated", eliminated_reason="moved")
    make_evaluation(
        before,
        long_ago,
        status="shared",
        **submitted,
        submitted_at=year_ago - timedelta(days=60),
        shared_at=timezone.now(),
        shared_by=trust.hub,
    )

    frame = build_frame(cycle)

    assert set(frame.ids.values()) == {trust.child.pk, on_the_day.pk, eliminated.pk, long_ago.pk}
    assert frame.left_out == {
        "Chosen on purpose already": 0,
        "No worker or team on the record": 1,
        "Evaluated too recently": 1,
        "Open too short a time, or since an unknown date": 2,
    }
    assert frame.open_count == 8


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 10, 1), 12, date(2025, 10, 1)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
    ],
)
def test_months_before(day, months, expected):
    assert months_before(day, months) == expected


def many_children(trust, count=30):
    return [
        make_child(
            trust.team if n % 3 else trust.other_team,
            trust.practitioner if n % 3 else trust.other_practitioner,
            identifier=f"GOLD{n:03}",
            plan_type="child_protection" if n % 2 else "child_in_need",
        )
        for n in range(count)
    ]


def test_the_draw_is_stored_with_its_seed_and_is_the_same_on_both_databases(trust):
    many_children(trust)
    trust.child.delete()
    cycle = trust.cycle
    cycle.size = 6
    cycle.save()

    sample = actions.draw_sample(cycle, by=trust.hub, seed="golden")

    first = [entry.child.identifier for entry in sample.entries.first_choices()]
    assert first == GOLDEN
    assert sample.entries.filter(is_reserve=True).count() == 4
    entry = TrailEntry.objects.get(action="draw_sample")
    assert entry.detail["seed"] == "golden"
    assert entry.detail["frame_digest"] == sample.frame_digest
    assert entry.detail["drawn"] == 6


GOLDEN = ["GOLD024", "GOLD020", "GOLD028", "GOLD003", "GOLD007", "GOLD019"]


def test_a_sample_is_drawn_again_only_while_no_evaluation_is_planned(trust):
    many_children(trust)
    first = actions.draw_sample(trust.cycle, by=trust.hub)
    second = actions.draw_sample(trust.cycle, by=trust.hub)
    assert first.seed != second.seed
    assert Sample.objects.get() == second

    make_evaluation(trust.cycle, trust.child)
    with pytest.raises(Conflict, match="drawn again only while no evaluation"):
        actions.draw_sample(trust.cycle, by=trust.hub)
    assert Sample.objects.get() == second


def test_nobody_to_draw_is_said_in_words(trust):
    trust.child.delete()

    with pytest.raises(Conflict, match="Upload this month’s list"):
        actions.draw_sample(trust.cycle, by=trust.hub)


def test_a_child_added_on_purpose_is_marked_and_survives_another_draw(trust):
    many_children(trust, 6)
    trust.cycle.size = 2
    trust.cycle.save()
    sample = actions.draw_sample(trust.cycle, by=trust.hub, seed="one")
    outside = make_child(trust.other_team, trust.other_practitioner, plan_type="adoption")
    entry = actions.add_to_sample(
        trust.cycle, child=outside, note="Newly qualified, not covered", by=trust.hub
    )
    assert (entry.kind, entry.is_reserve, entry.stratum) == (
        "purposive",
        False,
        "adoption · Children in care",
    )
    with pytest.raises(ValidationError, match="already in the sample"):
        actions.add_to_sample(trust.cycle, child=outside, note="Again", by=trust.hub)

    again = actions.draw_sample(trust.cycle, by=trust.hub, seed="two")
    assert again != sample
    kept = again.entries.get(child=outside)
    assert (kept.kind, kept.note) == ("purposive", "Newly qualified, not covered")
    assert again.rules["left_out"]["Chosen on purpose already"] == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"is_open": False}, "is closed"), ({"practitioner": None}, "has no worker or team")],
)
def test_a_child_who_cannot_be_evaluated_is_not_added(fields, sentence, trust):
    actions.draw_sample(trust.cycle, by=trust.hub)
    child = make_child(**({"team": trust.team, "practitioner": trust.practitioner} | fields))

    with pytest.raises(ValidationError, match=sentence):
        actions.add_to_sample(trust.cycle, child=child, note="Why", by=trust.hub)


def test_the_mix_counts_the_sample_beside_all_open_children(trust):
    make_child(trust.other_team, trust.other_practitioner, gender="boy", ethnicity="black")
    drawn(trust.cycle, trust.child)

    tables = {
        table.title: {r.words: (r.sample, r.everyone) for r in table.rows}
        for table in mix(trust.cycle)
    }

    assert tables["Service area"] == {"Children in care": (0, 1), "Safeguarding": (1, 1)}
    assert tables["Gender"] == {"Girl": (1, 1), "Boy": (0, 1)}
    assert tables["Ethnicity"] == {"Black": (0, 1), "Not known": (1, 1)}
    assert tables["Disability"] == {"Not known": (1, 2)}
    assert set(tables) == {"Service area", "Plan", "Age", "Gender", "Ethnicity", "Disability"}


# One child ---------------------------------------------------------------------------------------


def test_who_may_see_an_identifier_and_who_must_say_why(trust):
    evaluation = make_evaluation(trust.cycle, trust.child)
    evaluation.evaluator, evaluation.status = trust.evaluator, "allocated"
    evaluation.save()
    answers = {}
    for name, person in vars(trust).items():
        if not hasattr(person, "role_names"):
            continue
        try:
            actions.reveal_identifier(trust.child, by=person)
            answers[name] = "shown"
        except ValidationError:
            actions.reveal_identifier(trust.child, by=person, reason="A good reason")
            answers[name] = "with a reason"
        except NotPermitted:
            pass

    assert answers == {
        "practitioner": "shown",
        "manager": "shown",
        "head": "shown",
        "director": "shown",
        "evaluator": "shown",
        "hub": "with a reason",
        "hub2": "with a reason",
        "hub_lead": "with a reason",
    }
    assert TrailEntry.objects.filter(action="reveal_identifier").count() == len(answers)
    assert set(TrailEntry.objects.values_list("record_reference", flat=True)) == {
        trust.child.reference
    }


@pytest.mark.parametrize(
    ("status", "seen"),
    [("allocated", True), ("accepted", True), ("in_progress", True), ("submitted", False)],
)
def test_an_evaluator_sees_the_identifier_until_they_have_sent_it_in(status, seen, trust):
    make_evaluation(
        trust.cycle,
        trust.child,
        status=status,
        evaluator=trust.evaluator,
        submitted_at=timezone.now(),
        submitted_by=trust.evaluator,
    )

    if seen:
        assert actions.reveal_identifier(trust.child, by=trust.evaluator)
    else:
        with pytest.raises(NotPermitted):
            actions.reveal_identifier(trust.child, by=trust.evaluator)


def test_a_hub_officer_with_another_role_still_says_why(trust):
    both = make_user("Both Roles", "evaluator", "hub_officer")

    with pytest.raises(ValidationError):
        actions.reveal_identifier(trust.child, by=both)
    with pytest.raises(ValidationError):
        actions.reveal_identifier(trust.child, by=both, reason="   ")


def test_a_restricted_child_does_not_exist_for_others(trust):
    trust.child.is_restricted = True
    trust.child.save()

    with pytest.raises(NotPermitted):
        actions.reveal_identifier(trust.child, by=trust.hub_lead, reason="A good reason")
    assert actions.look_up(trust.child.identifier, by=trust.hub_lead) is None


def test_a_look_up_finds_exactly_and_only_ones_own(trust):
    identifier = trust.child.identifier
    spaced = f" {identifier[:3].lower()} {identifier[3:]} "

    assert actions.look_up(spaced, by=trust.manager) == trust.child
    assert actions.look_up(identifier, by=trust.other_manager) is None
    assert actions.look_up(identifier[:-1], by=trust.manager) is None
    with pytest.raises(NotPermitted):
        actions.look_up(identifier, by=trust.practitioner)
    assert [
        (entry.by, entry.detail) for entry in TrailEntry.objects.filter(action="look_up").reverse()
    ] == [
        (trust.manager, {"found": True}),
        (trust.other_manager, {"found": False}),
        (trust.manager, {"found": False}),
    ]


def test_thirty_look_ups_an_hour_for_each_person(trust):
    for _ in range(30):
        actions.look_up("NOBODY", by=trust.hub)

    with pytest.raises(actions.TooManyLookUps):
        actions.look_up(trust.child.identifier, by=trust.hub)
    assert actions.look_up(trust.child.identifier, by=trust.hub2) == trust.child
