"""Who may take which step? Persona by action, written out by hand."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations import actions
from evaluations.models import Reflection
from notifications.models import Reminder
from tests.evaluations.stages import make_at
from tests.evaluations.test_transitions import VERBS
from workflow.exceptions import Conflict, NotPermitted, Stale

EVERYBODY = [
    "practitioner",
    "other_practitioner",
    "manager",
    "other_manager",
    "head",
    "director",
    "other_head",
    "evaluator",
    "other_evaluator",
    "moderator",
    "chair",
    "hub",
    "hub2",
    "hub_lead",
    "leader",
    "governance",
    "administrator",
    "outsider",
]
# Verb → (from, who may). Everybody else is refused.
MAY = {
    "accept": ("allocated", {"evaluator"}),
    "start": ("accepted", {"evaluator"}),
    "record_conversation": ("in_progress", {"evaluator"}),
    "submit": ("in_progress", {"evaluator"}),
    "return_to_draft": ("submitted", {"hub_lead"}),
    "extend": ("in_progress", {"manager", "head", "director", "hub", "hub2", "hub_lead"}),
    "accept_unmoderated": ("submitted", {"hub_lead"}),
    "check_third_party": ("finalised", {"hub", "hub2", "hub_lead"}),
    "reply": ("shared", {"practitioner"}),
    "table_in_supervision": ("shared", {"manager", "head", "director"}),
    "close": ("shared", {"hub", "hub2", "hub_lead"}),
    "declare_conflict": (
        "in_progress",
        {"practitioner", "manager", "head", "director", "evaluator", "hub", "hub2", "hub_lead"},
    ),
}


@pytest.mark.parametrize("verb", MAY)
def test_who_may_take_each_step(trust, verb):
    status, allowed = MAY[verb]
    press = VERBS[verb][1]
    took = set()
    for name in EVERYBODY:
        evaluation = make_at(trust, status)
        try:
            press(evaluation, getattr(trust, name))
        except NotPermitted:
            evaluation.refresh_from_db()
            assert evaluation.status == status
            assert not TrailEntry.objects.for_record(evaluation).exists()
        else:
            took.add(name)

    assert took == allowed


# Release is two people's work ---------------------------------------------------------------------


def test_one_checks_another_releases_and_both_readers_are_told_together(trust):
    evaluation = actions.check_third_party(
        make_at(trust, "finalised"), by=trust.hub, note="Nothing about other people."
    )

    evaluation = actions.approve_share(evaluation, by=trust.hub_lead)

    assert (evaluation.status, evaluation.shared_by) == ("shared", trust.hub_lead)
    told = Reminder.objects.filter(kind="evaluation_shared").order_by("recipient")
    assert [one.recipient for one in told] == sorted(
        [trust.practitioner, trust.manager], key=lambda person: person.pk
    )


def test_the_checker_does_not_release(trust):
    evaluation = actions.check_third_party(
        make_at(trust, "finalised"), by=trust.hub_lead, note="Nothing."
    )

    with pytest.raises(NotPermitted, match="You checked this one"):
        actions.approve_share(evaluation, by=trust.hub_lead)


def test_nothing_is_released_unchecked(trust):
    with pytest.raises(Conflict, match="Nobody has checked"):
        actions.approve_share(make_at(trust, "finalised"), by=trust.hub_lead)


def test_the_evaluator_neither_checks_nor_releases_their_own(trust):
    evaluation = make_at(
        trust,
        "finalised",
        evaluator=trust.hub_lead,
        third_party_checked_at=timezone.now(),
        third_party_checked_by=trust.hub,
    )

    with pytest.raises(NotPermitted, match="You evaluated this"):
        actions.check_third_party(evaluation, by=trust.hub_lead, note="Nothing.")
    with pytest.raises(NotPermitted, match="You evaluated this"):
        actions.approve_share(evaluation, by=trust.hub_lead)


def test_a_moderator_of_it_does_not_release_it(trust):
    from moderation.models import ModerationCase, ModeratorAssignment

    evaluation = make_at(trust, "finalised")
    case = ModerationCase.objects.create(evaluation=evaluation)
    ModeratorAssignment.objects.create(case=case, moderator=trust.hub)

    with pytest.raises(NotPermitted, match="You moderated this"):
        actions.check_third_party(evaluation, by=trust.hub, note="Nothing.")


# The practitioner's words -------------------------------------------------------------------------


def test_only_the_practitioner_writes_their_own_words(trust):
    evaluation = make_at(trust, "in_progress")
    wrote = set()
    for name in EVERYBODY:
        version = Reflection.objects.get(evaluation=evaluation).version
        try:
            actions.write_reflection(
                evaluation, by=getattr(trust, name), version=version, words={"prepare": name}
            )
        except NotPermitted:
            continue
        wrote.add(name)

    assert wrote == {"practitioner"}
    assert Reflection.objects.get(evaluation=evaluation).prepare == "practitioner"


def test_a_stale_save_overwrites_nothing(trust):
    evaluation = make_at(trust, "in_progress")
    actions.write_reflection(
        evaluation, by=trust.practitioner, version=0, words={"prepare": "First."}
    )

    with pytest.raises(Stale):
        actions.write_reflection(
            evaluation, by=trust.practitioner, version=0, words={"prepare": "Second."}
        )

    assert Reflection.objects.get(evaluation=evaluation).prepare == "First."


@pytest.mark.parametrize("status", ["submitted", "in_moderation", "finalised", "shared"])
def test_own_words_are_closed_after_submission(trust, status):
    with pytest.raises(NotPermitted):
        actions.write_reflection(
            make_at(trust, status), by=trust.practitioner, version=0, words={"prepare": "Late."}
        )


def test_the_questions_for_afterwards_wait_for_the_invitation(trust):
    evaluation = make_at(trust, "in_progress", reflection_invited_at=None)

    with pytest.raises(Conflict, match="invites you"):
        actions.write_reflection(
            evaluation,
            by=trust.practitioner,
            version=0,
            words={"answers": {"proud": "Her drawings."}, "agrees": "yes"},
        )


def test_an_answer_to_a_question_nobody_asked_is_refused(trust):
    with pytest.raises(ValidationError):
        actions.write_reflection(
            make_at(trust, "in_progress"),
            by=trust.practitioner,
            version=0,
            words={"answers": {"salary": "More."}, "agrees": "yes"},
        )


def test_a_reply_pressed_twice_is_one_reply_and_a_different_view_is_told_to_the_hub(trust):
    evaluation = make_at(trust, "shared")

    for _ in range(2):
        actions.reply(
            evaluation, by=trust.practitioner, words="The plan was newer.", sees_it_differently=True
        )

    assert evaluation.replies.count() == 1
    assert Reminder.objects.filter(kind="reply_received").count() == 3


@pytest.mark.parametrize(
    ("days", "problem"), [(-1, "before"), (0, ""), (30, ""), (200, "three months")]
)
def test_supervision_lies_between_sharing_and_three_months_ahead(trust, days, problem):
    evaluation = make_at(trust, "shared")
    day = timezone.localdate() + timedelta(days=days)

    if problem:
        with pytest.raises(ValidationError, match=problem):
            actions.table_in_supervision(evaluation, by=trust.manager, tabled_on=day)
    else:
        actions.table_in_supervision(evaluation, by=trust.manager, tabled_on=day)
    assert evaluation.supervision_discussions.count() == (0 if problem else 1)


def test_who_said_what_is_shown_to_the_hub_lead_with_a_reason_that_is_kept(trust):
    evaluation = make_at(trust, "finalised")

    rows = actions.view_attribution(evaluation, by=trust.hub_lead, reason="A complaint.")

    assert {row.voice for row in rows} == {"child", "parent", "partner"}
    entry = TrailEntry.objects.for_record(evaluation).get()
    assert (entry.action, entry.reason) == ("view_attribution", "A complaint.")
    for name in ("hub", "manager", "practitioner", "head"):
        with pytest.raises(NotPermitted):
            actions.view_attribution(evaluation, by=getattr(trust, name), reason="Because.")
