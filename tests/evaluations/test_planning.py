"""Do evaluations come from the sample, find an evaluator without a conflict, and get replaced?"""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Team
from audit_trail.models import TrailEntry
from cycles import actions as cycle_actions
from cycles.models import SampleEntry
from evaluations import planning
from evaluations.conflicts import Conflicts
from evaluations.enums import Status
from evaluations.models import DeclaredConflict, Evaluation
from notifications.models import Reminder
from tests.factories import make_child, make_cycle, make_evaluation, make_user
from workflow.exceptions import Conflict, NotPermitted
from workflow.working_days import add_working_days

TRAINED = {
    "evaluator_trained_on": date(2024, 1, 10),
    "evaluator_refresher_due_on": date(2035, 1, 10),
}


@pytest.fixture
def planned(trust):
    """The cast, with an evaluation that waits for an evaluator."""
    trust.evaluation = make_evaluation(trust.cycle, trust.child)
    return trust


@pytest.fixture
def drawn(trust):
    """The cast, with six more children and a sample of three, the rest in reserve."""
    for _ in range(6):
        make_child(trust.team, trust.practitioner)
    trust.cycle.size = 3
    trust.cycle.policy_data["oversample_percent"] = 100
    trust.cycle.save()
    trust.sample = cycle_actions.draw_sample(trust.cycle, by=trust.hub, seed="s")
    return trust


# Planning ----------------------------------------------------------------------------------------


def test_every_first_choice_gets_an_evaluation_as_things_stand_today(drawn):
    made = planning.create_from_sample(drawn.cycle, by=drawn.hub)

    assert [evaluation.reference for evaluation in made] == [
        "PE-2627Q3-0001",
        "PE-2627Q3-0002",
        "PE-2627Q3-0003",
    ]
    assert {(e.status, e.practitioner, e.team, e.service_area) for e in made} == {
        ("planned", drawn.practitioner, drawn.team, drawn.safeguarding)
    }
    assert {e.entry_id for e in made} == set(
        drawn.sample.entries.first_choices().values_list("pk", flat=True)
    )
    assert TrailEntry.objects.filter(action="plan", by=drawn.hub).count() == 3
    with pytest.raises(Conflict, match="has an evaluation already"):
        planning.create_from_sample(drawn.cycle, by=drawn.hub)
    assert Evaluation.objects.count() == 3


def test_numbers_go_on_from_the_highest(drawn):
    make_evaluation(drawn.cycle, drawn.child, reference="PE-2627Q3-0041")

    made = planning.create_from_sample(drawn.cycle, by=drawn.hub)

    assert made[0].reference == "PE-2627Q3-0042"


def test_only_the_hub_plans_from_a_sample(drawn):
    for person in (drawn.evaluator, drawn.manager, drawn.leader, drawn.administrator):
        with pytest.raises(NotPermitted):
            planning.create_from_sample(drawn.cycle, by=person)
    assert Evaluation.objects.count() == 0


# Conflicts ---------------------------------------------------------------------------------------


def away(t):
    today = timezone.localdate()
    t.evaluator.away_from, t.evaluator.away_until = today, today + timedelta(days=30)
    t.evaluator.save()


def set_on(who, **fields):
    def arrange(t):
        person = getattr(t, who)
        for name, value in fields.items():
            setattr(person, name, value(t) if callable(value) else value)
        person.save()

    return arrange


def heads_the_area(t):
    t.safeguarding.head_of_service = t.evaluator
    t.safeguarding.save()


def directs_the_area(t):
    t.safeguarding.assistant_director = t.evaluator
    t.safeguarding.save()


def manages_the_team(t):
    t.team.manager = t.evaluator
    t.team.save()


def is_managed_by_the_worker(t):
    t.other_team.manager = t.practitioner
    t.other_team.save()


def worked_with_the_child(months):
    def arrange(t):
        before = make_cycle(label="2024-25 Q1", starts_on=date(2020, 1, 1), status="closed")
        then = timezone.now() - timedelta(days=30 * months)
        make_evaluation(
            before, t.child, practitioner=t.evaluator, status="planned", planned_at=then
        )

    return arrange


def is_the_childs_worker_now(t):
    t.child.practitioner = t.evaluator
    t.child.save()


def declared(**fields):
    def arrange(t):
        DeclaredConflict.objects.create(
            evaluation=t.evaluation, person=t.evaluator, **({"kind": "other"} | fields)
        )

    return arrange


def evaluated(evaluator, practitioner, cycles_back):
    def arrange(t):
        start = t.cycle.starts_on
        cycles = [t.cycle]
        for n in range(1, 4):
            starts = start - timedelta(days=91 * n)
            cycles.append(
                make_cycle(label=f"back {n}", starts_on=starts, ends_on=starts + timedelta(days=90))
            )
        child = make_child(t.other_team, getattr(t, practitioner))
        make_evaluation(
            cycles[cycles_back], child, evaluator=getattr(t, evaluator), status="allocated"
        )

    return arrange


YESTERDAY = timezone.localdate() - timedelta(days=1)
# what is so → the kinds that stand against Ruth, and whether the Hub lead may let it pass
CONFLICTS = [
    (lambda t: None, [], None),
    (manages_the_team, ["manages"], False),
    (heads_the_area, ["manages"], False),
    (directs_the_area, ["manages"], False),
    (is_managed_by_the_worker, ["manages"], False),
    (set_on("evaluator", team=lambda t: t.team), ["same_team"], True),
    (set_on("evaluator", team=lambda t: t.sister_team), [], None),
    (is_the_childs_worker_now, ["worked_with_child"], False),
    (worked_with_the_child(23), ["worked_with_child"], False),
    (worked_with_the_child(26), [], None),
    (declared(), ["other"], False),
    (declared(kind="same_team"), ["other"], False),
    (declared(overridden_by_id=None), ["other"], False),
    (evaluated("practitioner", "evaluator", 0), ["evaluated_each_other"], True),
    (evaluated("practitioner", "evaluator", 2), ["evaluated_each_other"], True),
    (evaluated("practitioner", "evaluator", 3), [], None),
    (away, ["away"], False),
    (set_on("evaluator", evaluator_trained_on=None), ["not_trained"], False),
    (set_on("evaluator", evaluator_refresher_due_on=YESTERDAY), ["not_trained"], False),
]


@pytest.mark.parametrize(("arrange", "kinds", "can_pass"), CONFLICTS)
def test_what_stands_between_an_evaluator_and_an_evaluation(arrange, kinds, can_pass, planned):
    arrange(planned)
    evaluation, ruth = Evaluation.objects.get(pk=planned.evaluation.pk), planned.evaluator
    ruth = type(ruth).objects.get(pk=ruth.pk)

    refusals = Conflicts([evaluation]).refusals(ruth, evaluation)

    assert [str(refusal.kind) for refusal in refusals] == kinds
    if not kinds:
        assert planning.allocate(evaluation, evaluator=ruth, by=planned.hub).evaluator == ruth
        return
    for by, reason in (
        (planned.hub, ""),
        (planned.hub, "Nobody else is free"),
        (planned.hub_lead, ""),
    ):
        with pytest.raises(Conflict) as refusal:
            planning.allocate(evaluation, evaluator=ruth, by=by, override_reason=reason)
        assert refusals[0].sentence in str(refusal.value)
    if can_pass:
        given = planning.allocate(
            evaluation, evaluator=ruth, by=planned.hub_lead, override_reason="Nobody else is free"
        )
        kept = DeclaredConflict.objects.get(overridden_by=planned.hub_lead)
        assert given.evaluator == ruth
        assert (kept.kind, kept.overridden_reason) == (kinds[0], "Nobody else is free")
        assert TrailEntry.objects.filter(action="override_conflict").count() == 1
    else:
        with pytest.raises(Conflict):
            planning.allocate(
                evaluation, evaluator=ruth, by=planned.hub_lead, override_reason="Please"
            )
        evaluation.refresh_from_db()
        assert (evaluation.status, evaluation.evaluator) == ("planned", None)


def test_nobody_evaluates_their_own_work_and_only_evaluators_evaluate(planned):
    facts = Conflicts([planned.evaluation])

    own = facts.refusals(planned.practitioner, planned.evaluation)
    assert [one.kind for one in own] == [
        "own_work",
        "not_an_evaluator",
        "same_team",
        "worked_with_child",
        "not_trained",
    ]
    assert [o.kind for o in facts.refusals(planned.moderator, planned.evaluation)] == [
        "not_an_evaluator",
        "not_trained",
    ]


def test_the_same_worker_as_last_cycle_is_only_pointed_out(planned):
    evaluated("evaluator", "practitioner", 1)(planned)
    evaluation = planned.evaluation

    found = Conflicts([evaluation]).between(planned.evaluator, evaluation)

    assert [(one.kind, one.refuses) for one in found] == [("same_worker", False)]


def test_conflicts_take_as_many_questions_for_many_rows_as_for_one(
    planned, django_assert_num_queries
):
    rows = [planned.evaluation]
    rows += [
        make_evaluation(planned.cycle, make_child(planned.team, planned.practitioner))
        for _ in range(3)
    ]
    rows = list(Evaluation.objects.select_related("cycle", "practitioner"))
    for chosen in (rows[:1], rows):
        with django_assert_num_queries(8):
            facts = Conflicts(chosen)
            for evaluation in chosen:
                for person in facts.evaluators.values():
                    facts.between(person, evaluation)


# Allocating --------------------------------------------------------------------------------------


def test_allocating_sets_the_dates_and_tells_both(planned):
    today = timezone.localdate()

    given = planning.allocate(planned.evaluation, evaluator=planned.evaluator, by=planned.hub)

    assert (given.status, given.evaluator) == ("allocated", planned.evaluator)
    assert given.accept_by == add_working_days(today, 2)
    assert given.conversation_by == add_working_days(today, 10)
    assert given.submit_by == add_working_days(today, 15)
    assert set(Reminder.objects.values_list("kind", "recipient", "due_on")) == {
        ("evaluation_allocated", planned.evaluator.pk, given.accept_by),
        ("evaluation_chosen", planned.practitioner.pk, None),
    }
    entry = TrailEntry.objects.get(action="allocate")
    assert (entry.by, entry.before, entry.after) == (planned.hub, "planned", "allocated")


@pytest.mark.parametrize("status", ["planned", "closed"])
def test_nothing_is_allocated_in_a_cycle_that_is_not_under_way(status, planned):
    planned.cycle.status = status
    planned.cycle.save()

    with pytest.raises(Conflict, match="Evaluators can be chosen while it is open"):
        planning.allocate(planned.evaluation, evaluator=planned.evaluator, by=planned.hub)
    assert Reminder.objects.count() == 0


def put_at(evaluation, status, by):
    """The evaluation at a state, written straight: only the next step is looked at."""
    now = timezone.now()
    Evaluation.objects.filter(pk=evaluation.pk).update(
        status=status,
        evaluator=None if status == "planned" else by,
        submitted_at=now,
        submitted_by=by,
        shared_at=now,
        shared_by=evaluation.practitioner,
        eliminated_reason="moved" if status == "eliminated" else "",
    )
    evaluation.refresh_from_db()
    return evaluation


# state → who may allocate, give to somebody else, take out: officer (o), lead (l)
STEPS_FROM = {
    "planned": ("ol", "", "ol"),
    "allocated": ("", "ol", "ol"),
    "accepted": ("", "ol", "ol"),
    "in_progress": ("", "l", "ol"),
    "submitted": ("", "", ""),
    "in_moderation": ("", "", ""),
    "finalised": ("", "", ""),
    "shared": ("", "", ""),
    "closed": ("", "", ""),
    "eliminated": ("", "", ""),
}


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("step", ["allocate", "reallocate", "eliminate"])
@pytest.mark.parametrize("who", ["hub", "hub_lead", "manager", "evaluator"])
def test_lawful_and_unlawful_steps(status, step, who, planned):
    evaluation = put_at(planned.evaluation, status, planned.evaluator)
    by, other = getattr(planned, who), planned.other_evaluator
    letter = {"hub": "o", "hub_lead": "l"}.get(who, "-")
    lawful = letter in STEPS_FROM[status][["allocate", "reallocate", "eliminate"].index(step)]

    def take():
        if step == "allocate":
            return planning.allocate(evaluation, evaluator=other, by=by)
        if step == "reallocate":
            return planning.reallocate(evaluation, evaluator=other, by=by, reason="Away for long")
        return planning.eliminate(evaluation, reason_code="moved", by=by)

    if lawful:
        assert take().status == {"eliminate": "eliminated"}.get(step, "allocated")
        assert TrailEntry.objects.get(action=step).before == status
    else:
        with pytest.raises((NotPermitted, Conflict)):
            take()
        evaluation.refresh_from_db()
        assert evaluation.status == status
        assert TrailEntry.objects.count() == 0
        assert Reminder.objects.count() == 0


def test_giving_to_somebody_else_needs_a_reason_and_tells_everybody(planned):
    given = planning.allocate(planned.evaluation, evaluator=planned.evaluator, by=planned.hub)
    with pytest.raises(ValidationError, match="Say why"):
        planning.reallocate(given, evaluator=planned.other_evaluator, by=planned.hub, reason=" ")
    with pytest.raises(ValidationError, match="has this evaluation already"):
        planning.reallocate(given, evaluator=planned.evaluator, by=planned.hub, reason="Swap")

    again = planning.reallocate(
        given, evaluator=planned.other_evaluator, by=planned.hub, reason="Ruth is ill"
    )

    assert (again.evaluator, again.status) == (planned.other_evaluator, "allocated")
    assert TrailEntry.objects.get(action="reallocate").reason == "Ruth is ill"
    kinds = [
        (r.kind, r.recipient, r.status)
        for r in Reminder.objects.exclude(kind="evaluation_chosen").order_by("pk")
    ]
    assert kinds == [
        ("evaluation_allocated", planned.evaluator, "stopped"),
        ("evaluation_allocated", planned.other_evaluator, "promised"),
        ("evaluation_reallocated", planned.evaluator, "promised"),
    ]


def test_several_are_given_out_together_or_not_at_all(planned):
    second = make_evaluation(planned.cycle, make_child(planned.team, planned.practitioner))
    planned.team.manager = planned.other_evaluator
    planned.team.save()

    with pytest.raises(ValidationError) as refusal:
        planning.allocate_all(
            {planned.evaluation: planned.evaluator, second: planned.other_evaluator},
            by=planned.hub,
        )

    assert refusal.value.message_dict == {
        f"evaluator_{second.pk}": [
            f"{second.reference}: Farah Siddiqui manages Jo Bennett. Choose somebody else."
        ]
    }
    assert Evaluation.objects.filter(status="planned").count() == 2
    assert Reminder.objects.count() == 0


# Suggesting --------------------------------------------------------------------------------------


def suggested(trust):
    return {s.evaluation: s.evaluator for s in planning.suggest(trust.cycle)}


def test_suggestions_balance_load_and_store_nothing(planned):
    for _ in range(5):
        make_evaluation(planned.cycle, make_child(planned.team, planned.practitioner))

    proposed = list(suggested(planned).values())

    assert proposed.count(planned.evaluator) == 3
    assert proposed.count(planned.other_evaluator) == 3
    assert Evaluation.objects.filter(status="planned").count() == 6


def test_suggestions_stop_at_what_a_person_takes_on_at_once(planned):
    planned.other_evaluator.evaluations_at_once = 1
    planned.other_evaluator.save()
    for _ in range(6):
        make_evaluation(planned.cycle, make_child(planned.team, planned.practitioner))

    proposed = list(suggested(planned).values())

    assert proposed.count(planned.evaluator) == 4
    assert proposed.count(planned.other_evaluator) == 1
    assert proposed.count(None) == 2


def test_nobody_away_or_in_conflict_is_suggested(planned):
    away(planned)
    assert suggested(planned) == {planned.evaluation: planned.other_evaluator}

    planned.team.manager = planned.other_evaluator
    planned.team.save()
    assert suggested(planned) == {planned.evaluation: None}


def test_the_hardest_to_place_comes_first(planned):
    """Farah fits both and Ruth only one: each gets theirs."""
    for person in (planned.evaluator, planned.other_evaluator):
        person.evaluations_at_once = 1
        person.save()
    ruths = Team.objects.create(name="Ruth’s", service_area=planned.care, manager=planned.evaluator)
    worker = make_user("Wes Worker", "practitioner", team=ruths)
    hard = make_evaluation(planned.cycle, make_child(ruths, worker))

    assert suggested(planned) == {
        planned.evaluation: planned.evaluator,
        hard: planned.other_evaluator,
    }


# Taking out --------------------------------------------------------------------------------------


def test_taken_out_with_a_reason_and_replaced_from_the_same_group(drawn):
    first, *_ = planning.create_from_sample(drawn.cycle, by=drawn.hub)
    given = planning.allocate(first, evaluator=drawn.evaluator, by=drawn.hub)
    reserve = list(drawn.sample.entries.in_reserve())

    out = planning.eliminate(given, reason_code="moved", note="Told today", by=drawn.hub)

    assert (out.status, out.eliminated_reason) == ("eliminated", "moved")
    assert out.entry.eliminated_reason == "moved"
    entry = TrailEntry.objects.get(action="eliminate")
    assert entry.reason == "Moved to another authority. Told today"
    told = Reminder.objects.filter(kind="evaluation_eliminated")
    assert {r.recipient for r in told} == {drawn.evaluator, drawn.practitioner}

    new = planning.replace(out, by=drawn.hub)

    assert (new.reference, new.status) == ("PE-2627Q3-0004", "planned")
    assert new.entry == reserve[0]
    assert (new.entry.replaces, new.entry.stratum) == (out.entry, out.entry.stratum)
    with pytest.raises(Conflict, match="has taken its place already"):
        planning.replace(out, by=drawn.hub)
    assert Evaluation.objects.count() == 4


def test_a_replacement_who_is_closed_by_now_is_passed_over(drawn):
    first, *_ = planning.create_from_sample(drawn.cycle, by=drawn.hub)
    reserve = list(drawn.sample.entries.in_reserve())
    reserve[0].child.is_open = False
    reserve[0].child.save()

    out = planning.eliminate(first, reason_code="court", by=drawn.hub)

    assert planning.replace(out, by=drawn.hub).entry == reserve[1]


def test_no_replacement_is_left(drawn):
    first, *_ = planning.create_from_sample(drawn.cycle, by=drawn.hub)
    SampleEntry.objects.filter(is_reserve=True).delete()
    out = planning.eliminate(first, reason_code="court", by=drawn.hub)

    with pytest.raises(Conflict, match="No replacement is left"):
        planning.replace(out, by=drawn.hub)


def test_only_a_taken_out_evaluation_is_replaced(drawn):
    first, *_ = planning.create_from_sample(drawn.cycle, by=drawn.hub)

    with pytest.raises(Conflict, match="Take this evaluation out first"):
        planning.replace(first, by=drawn.hub)
    with pytest.raises(NotPermitted):
        planning.replace(first, by=drawn.manager)


def test_an_unknown_reason_is_refused(planned):
    with pytest.raises(ValidationError, match="Choose a reason"):
        planning.eliminate(planned.evaluation, reason_code="tired", by=planned.hub)
    planned.evaluation.refresh_from_db()
    assert planned.evaluation.status == "planned"
