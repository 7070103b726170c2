"""Does a case go the agreed way, and is the rest refused with nothing changed?"""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations import actions as evaluation_actions
from moderation import actions
from moderation.models import Decision, ModerationCase
from notifications.models import Reminder
from tests.evaluations.drafts import make_complete
from tests.factories import make_user
from tests.moderation.scenes import (
    graded,
    grades,
    grading,
    proposal,
    queued,
    referred,
    revealed,
    send,
    words,
)
from workflow.exceptions import Conflict, Incomplete, NotPermitted, Stale
from workflow.working_days import add_working_days

pytestmark = pytest.mark.django_db


def test_a_chosen_evaluation_goes_into_moderation_as_it_is_submitted(trust):
    case = queued(trust)

    assert (case.status, case.reasons, case.is_random) == ("queued", ["first_evaluations"], False)
    assert case.evaluation.status == "in_moderation"


def test_one_that_is_not_chosen_waits_for_the_practice_hub(trust):
    trust.cycle.policy_data["first_evaluations_moderated"] = 0
    trust.cycle.policy_data["moderation_percent"] = 0
    trust.cycle.save()
    # Another of this area is still to come, with a lower number in the lottery than one of these.
    evaluations = sorted(
        (make_complete(trust) for _ in range(2)),
        key=lambda e: actions.selection.lot(trust.cycle.label, e.reference),
    )
    last = evaluations[1]
    last = evaluation_actions.submit(last, by=trust.evaluator)
    last.refresh_from_db()

    assert last.status == "submitted"
    assert not ModerationCase.objects.exists()


def test_assigning_starts_the_clock_and_tells_both(trust):
    case = grading(trust)

    assert case.status == "grading"
    assert case.grade_by == add_working_days(timezone.localdate(), 5)
    told = Reminder.objects.filter(kind="moderation_assigned").values_list("recipient", "due_on")
    assert set(told) == {(trust.moderator.pk, case.grade_by), (trust.moderator2.pk, case.grade_by)}


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        (["moderator"], "Choose 2 moderators. You have chosen 1."),
        (["moderator", "outsider"], "Otto Outsider is not a moderator."),
        (["moderator", "practitioner"], "Jo Bennett is not a moderator."),
    ],
)
def test_who_may_not_moderate_is_refused_with_a_sentence(trust, who, sentence):
    case = queued(trust)

    with pytest.raises(ValidationError) as refusal:
        actions.assign(case, by=trust.hub, people=[getattr(trust, name) for name in who])

    assert refusal.value.message_dict == {"moderators": [sentence]}
    case.refresh_from_db()
    assert (case.status, case.assignments.count()) == ("queued", 0)


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("evaluator", "Ruth Adeleke made this evaluation."),
        ("practitioner", "Jo Bennett did the work that was evaluated."),
        ("manager", "Carl Hughes manages the worker."),
        ("head", "Helen Head manages the worker."),
        ("director", "Asif Director manages the worker."),
    ],
)
def test_nobody_too_close_moderates_even_with_the_role(trust, who, sentence):
    case = queued(trust)
    person = getattr(trust, who)
    person.grants.create(role="moderator", starts="2020-01-01")
    person = type(person).objects.get(pk=person.pk)

    with pytest.raises(ValidationError) as refusal:
        actions.assign(case, by=trust.hub, people=[trust.moderator, person])

    assert refusal.value.message_dict == {"moderators": [sentence]}
    assert person not in actions.candidates(case)


def test_somebody_away_is_not_suggested_and_not_accepted(trust):
    case = queued(trust)
    trust.moderator.away_from = timezone.localdate()
    trust.moderator.save()

    with pytest.raises(ValidationError) as refusal:
        actions.assign(case, by=trust.hub, people=[trust.moderator, trust.moderator2])

    assert refusal.value.message_dict == {"moderators": ["Liam Foster is away."]}
    assert set(actions.suggest(case)) == {trust.moderator2, trust.chair}


def test_one_moderator_at_least_comes_from_another_service_area(trust):
    inside = [make_user(f"In Side {n}", "moderator", team=trust.sister_team) for n in (1, 2)]
    case = queued(trust)

    with pytest.raises(ValidationError) as refusal:
        actions.assign(case, by=trust.hub, people=inside)

    assert refusal.value.message_dict == {
        "moderators": ["Choose one at least from outside Safeguarding."]
    }


def test_the_least_busy_are_suggested(trust):
    grading(trust)  # Liam and Tom have one each
    other = make_user("Nia Next", "moderator")

    assert set(actions.suggest(queued(trust))) == {trust.chair, other}


def test_too_few_moderators_is_said(trust):
    for person in (trust.moderator, trust.chair):
        person.is_active = False
        person.save()

    with pytest.raises(Conflict):
        actions.assign(queued(trust), by=trust.hub)


def test_a_replaced_moderator_is_out_and_the_new_one_is_told(trust):
    case = grading(trust)

    actions.replace_moderator(
        case, by=trust.hub, old=trust.moderator, new=trust.chair, reason="Off sick."
    )

    seats = case.assignments.filter(replaced_at=None)
    assert {seat.moderator for seat in seats} == {trust.moderator2, trust.chair}
    assert not ModerationCase.objects.visible_to(trust.moderator).exists()
    entry = TrailEntry.objects.filter(action="replace_moderator").get()
    assert (entry.reason, entry.detail) == (
        "Off sick.",
        {"from": trust.moderator.pk, "to": trust.chair.pk},
    )


def test_whoever_has_sent_cannot_be_replaced(trust):
    case = grading(trust)
    send(case, trust.moderator, grades())

    with pytest.raises(Conflict):
        actions.replace_moderator(
            case, by=trust.hub, old=trust.moderator, new=trust.chair, reason="No."
        )


def test_a_replacement_needs_a_reason(trust):
    with pytest.raises(ValidationError) as refusal:
        actions.replace_moderator(
            grading(trust), by=trust.hub, old=trust.moderator, new=trust.chair, reason=" "
        )

    assert refusal.value.message_dict == {"reason": ["Say why."]}


def test_the_same_moderator_in_two_windows_loses_nothing(trust):
    case = grading(trust)
    actions.save_grades(case, by=trust.moderator, version=0, grades=words(grades("good")))

    with pytest.raises(Stale):
        actions.save_grades(case, by=trust.moderator, version=0, grades=words(grades("inadequate")))

    seat = case.assignments.get(moderator=trust.moderator)
    assert {g.grade for g in seat.grades.all()} == {"good"}


def test_everything_missing_is_said_at_once(trust):
    case = grading(trust)
    given = words(grades())
    given["planning"]["grade"] = ""
    given["overall"]["reason"] = "  "
    actions.save_grades(case, by=trust.moderator, version=0, grades=given)

    with pytest.raises(Incomplete) as refusal:
        actions.lock_grades(case, by=trust.moderator)

    assert [(item.field, item.sentence) for item in refusal.value.missing] == [
        ("planning-grade", "Give a grade for Planning."),
        ("overall-reason", "Give a reason for Overall grade."),
    ]
    assert case.assignments.get(moderator=trust.moderator).locked_at is None


def test_sent_grades_never_change(trust):
    case = grading(trust)
    send(case, trust.moderator, grades())

    with pytest.raises(Conflict):
        actions.save_grades(case, by=trust.moderator, version=1, grades=words(grades("inadequate")))
    with pytest.raises(Conflict):
        actions.lock_grades(case, by=trust.moderator)


def test_nobody_else_can_grade(trust):
    case = grading(trust)

    for person in (trust.chair, trust.evaluator, trust.hub_lead, trust.practitioner):
        with pytest.raises(NotPermitted):
            actions.save_grades(case, by=person, version=0, grades=words(grades()))


def test_grades_are_revealed_only_when_the_last_has_sent(trust):
    case = grading(trust)

    case = send(case, trust.moderator, grades(planning="requires_improvement"))
    assert (case.status, case.evaluation.revealed_at) == ("grading", None)

    case = send(case, trust.moderator2, grades())
    assert case.status == "revealed"
    case.evaluation.refresh_from_db()
    assert case.evaluation.revealed_at is not None


def test_when_all_chose_the_same_the_grades_are_final_at_once(trust):
    case = graded(trust)

    assert case.status == "agreed"
    case.evaluation.refresh_from_db()
    assert case.evaluation.status == "finalised"
    assert set(case.evaluation.judgements.exclude(final_grade="").values_list("final_grade")) == {
        ("good",)
    }
    assert set(case.decisions.values_list("outcome", "by_panel")) == {("upheld", False)}


def test_one_step_apart_waits_for_a_talk(trust):
    case = revealed(trust)

    assert actions.to_talk_through(case) == ["planning"]
    assert case.decisions.count() == 5
    assert case.reconcile_by == add_working_days(timezone.localdate(), 5)


def test_two_steps_apart_goes_to_a_panel_by_itself(trust):
    assert referred(trust).status == "referred"
    assert Reminder.objects.filter(kind="moderation_referred").count() == 3


def test_they_agree_when_everybody_has_said_yes_to_the_same_words(trust):
    case = revealed(trust)

    case = actions.agree(case, by=trust.moderator, version=0, grades=proposal())
    assert (case.status, case.proposal_version) == ("revealed", 1)
    case = actions.agree(case, by=trust.moderator2, version=1)
    assert case.status == "revealed"
    case = actions.agree(case, by=trust.evaluator, version=1)

    assert case.status == "agreed"
    decision = Decision.objects.get(case=case, key="planning")
    assert (
        decision.evaluator_grade,
        decision.final_grade,
        decision.outcome,
        decision.reason_code,
        [m["grade"] for m in decision.moderator_grades],
    ) == (
        "good",
        "requires_improvement",
        "lowered",
        "evidence_missed",
        ["requires_improvement", "good"],
    )
    judgement = case.evaluation.judgements.get(key="planning")
    assert (judgement.grade, judgement.final_grade) == ("good", "requires_improvement")


def test_new_words_ask_everybody_again(trust):
    case = revealed(trust)
    actions.agree(case, by=trust.moderator, version=0, grades=proposal())
    actions.agree(case, by=trust.moderator2, version=1)

    case = actions.agree(case, by=trust.evaluator, version=1, grades=proposal("good"))

    assert (case.status, case.proposal_version) == ("revealed", 2)
    assert not case.assignments.filter(agreed_at__isnull=False).exists()


def test_nobody_says_yes_to_words_they_have_not_seen(trust):
    case = revealed(trust)
    actions.agree(case, by=trust.moderator, version=0, grades=proposal())

    with pytest.raises(Stale):
        actions.agree(case, by=trust.evaluator, version=0)


def test_there_must_be_words_to_say_yes_to(trust):
    with pytest.raises(Conflict):
        actions.agree(revealed(trust), by=trust.evaluator, version=0)


@pytest.mark.parametrize(
    ("grades_sent", "fields"),
    [
        ({}, {"planning-grade"}),
        (proposal("outstanding"), {"planning-grade"}),
        (proposal(reason=""), {"planning-reason"}),
        (proposal(reason_code=""), {"planning-reason_code"}),
        (proposal(elements=True), {"planning-elements"}),
        (proposal() | {"overall": {"grade": "inadequate"}}, {"key"}),
    ],
)
def test_what_is_talked_through_is_checked(trust, grades_sent, fields):
    case = revealed(trust)

    with pytest.raises(ValidationError) as refusal:
        actions.agree(case, by=trust.moderator, version=0, grades=grades_sent)

    assert set(refusal.value.message_dict) == fields
    case.refresh_from_db()
    assert case.proposal_version == 0


@pytest.mark.parametrize("who", ["evaluator", "moderator", "moderator2"])
def test_either_side_can_refer(trust, who):
    case = actions.refer(revealed(trust), by=getattr(trust, who), reason="We see risk differently.")

    assert (case.status, case.referred_reason) == ("referred", "We see risk differently.")


def test_a_failing_trail_leaves_nothing_half_done(trust, monkeypatch):
    case = grading(trust)
    send(case, trust.moderator, grades())
    seat = case.assignments.get(moderator=trust.moderator2)
    actions.save_grades(case, by=trust.moderator2, version=seat.version, grades=words(grades()))

    def broken(*args, **kwargs):
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr(type(TrailEntry.objects.all()), "record", broken)
    with pytest.raises(RuntimeError):
        actions.lock_grades(case, by=trust.moderator2)

    case.refresh_from_db()
    seat.refresh_from_db()
    assert (case.status, seat.locked_at) == ("grading", None)
