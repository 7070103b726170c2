"""Which steps may a recommendation take next?

The five stages are agreed, under way, done, checked and loop closed. Only a revisit's finding takes
the last one: `CLOSE_LOOP` asks for a finding that shows all four facts, and the database asks too.
"""

from __future__ import annotations

from recommendations.enums import OPEN, WITH_OWNER, Difference, RevisitStatus, Status
from workflow.exceptions import Conflict, NotPermitted
from workflow.machine import Transition

HUB = frozenset({"hub_officer", "hub_lead"})


def is_the_owner(user, recommendation) -> None:
    """Only the owner says what they have done."""
    if recommendation.owner_id != user.pk:
        raise NotPermitted("Only the owner of this action can do this.")


def is_not_the_owner(user, recommendation) -> None:
    """Nobody checks their own work."""
    if recommendation.owner_id == user.pk:
        raise NotPermitted("You own this action, so somebody else checks it.")


def answers_for_it(user, recommendation) -> None:
    """The accountable manager checks, or the Practice Hub for them."""
    if recommendation.accountable_manager_id != user.pk and not user.role_names & HUB:
        raise NotPermitted("Only the accountable manager or the Practice Hub can do this.")


def says_the_difference(recommendation) -> None:
    """The difference wanted for the child is stated before anything else."""
    if not recommendation.difference.strip():
        raise Conflict("Say what should be different for the child.")


def last_finding(recommendation):
    """The newest finding of a completed revisit, or None."""
    return (
        recommendation.findings.filter(revisit__status=RevisitStatus.COMPLETED)
        .order_by("-pk")
        .first()
    )


def a_finding_shows_the_difference(recommendation) -> None:
    """Done, on the record, seen by somebody independent, and life is better: all four."""
    finding = last_finding(recommendation)
    if (
        finding is None
        or not finding.done
        or not finding.on_record
        or finding.difference != Difference.BETTER
        or finding.by_id == recommendation.owner_id
        or not finding.note.strip()
    ):
        raise Conflict(
            "Only a revisit can close the loop: it has to find the action done, on the record and "
            "better for the child, and be made by somebody who does not own it."
        )


def a_finding_looked_at_it(recommendation) -> None:
    """A completed revisit has made a finding about it."""
    if last_finding(recommendation) is None:
        raise Conflict("Only a revisit can do this, and none has looked at it yet.")


def its_evaluation_is_not_closed(recommendation) -> None:
    """In a closed evaluation nobody could act on it."""
    if recommendation.evaluation_id and recommendation.evaluation.status == "closed":
        raise Conflict("The evaluation is closed, so its actions cannot be opened again.")


AGREE = Transition(
    name="agree",
    sources=frozenset({Status.DRAFT}),
    target=Status.AGREED,
    ready=(says_the_difference,),
    words="agree this recommendation",
)
START = Transition(
    name="start",
    sources=frozenset({Status.AGREED}),
    target=Status.UNDER_WAY,
    action="recommendation.update_progress",
    permitted=(is_the_owner,),
    words="say yes to this action",
)
UPDATE_PROGRESS = Transition(
    name="update_progress",
    sources=frozenset({Status.UNDER_WAY}),
    target=None,
    action="recommendation.update_progress",
    permitted=(is_the_owner,),
    words="add an update",
)
CLAIM_DONE = Transition(
    name="claim_done",
    sources=frozenset({Status.UNDER_WAY}),
    target=Status.DONE,
    action="recommendation.claim_done",
    permitted=(is_the_owner,),
    words="mark this as done",
)
CHECK = Transition(
    name="check",
    sources=frozenset({Status.DONE}),
    target=Status.CHECKED,
    action="recommendation.check",
    permitted=(is_not_the_owner, answers_for_it),
    words="check this",
)
ASK_FOR_MORE = Transition(
    name="ask_for_more",
    sources=frozenset({Status.DONE}),
    target=Status.UNDER_WAY,
    action="recommendation.ask_for_more",
    permitted=(answers_for_it,),
    words="ask for more",
)
ASSIGN_OWNER = Transition(
    name="assign_owner",
    sources=frozenset(WITH_OWNER),
    target=None,
    action="recommendation.assign_owner",
    words="change the owner",
)
CHANGE_DUE_DATE = Transition(
    name="change_due_date",
    sources=frozenset(WITH_OWNER),
    target=None,
    action="recommendation.change_due_date",
    words="change the due date",
)
EDIT_WORDING = Transition(
    name="edit_wording",
    sources=frozenset({Status.DRAFT, *WITH_OWNER}),
    target=None,
    action="recommendation.edit_wording",
    ready=(says_the_difference,),
    words="change the wording",
)
WITHDRAW = Transition(
    name="withdraw",
    sources=frozenset(OPEN),
    target=Status.WITHDRAWN,
    action="recommendation.withdraw",
    words="withdraw this",
)
SUPERSEDE = Transition(
    name="supersede",
    sources=frozenset(OPEN),
    target=Status.SUPERSEDED,
    action="recommendation.withdraw",
    words="replace this by another",
)
REOPEN = Transition(
    name="reopen",
    sources=frozenset({Status.CHECKED, Status.LOOP_CLOSED, Status.WITHDRAWN}),
    target=Status.UNDER_WAY,
    action="recommendation.reopen",
    ready=(its_evaluation_is_not_closed,),
    words="open this again",
)

# Taken by a revisit when it is completed: the reviewer's right was checked there.
CLOSE_LOOP = Transition(
    name="close_loop",
    sources=frozenset(OPEN),
    target=Status.LOOP_CLOSED,
    ready=(a_finding_shows_the_difference,),
    words="close the loop",
)
LOOK_AGAIN = Transition(
    name="look_again",
    sources=frozenset(OPEN),
    target=Status.CHECKED,
    ready=(a_finding_looked_at_it,),
    words="look at this again next cycle",
)
REOPEN_BY_FINDING = Transition(
    name="reopen_by_finding",
    sources=frozenset(OPEN),
    target=Status.UNDER_WAY,
    ready=(a_finding_looked_at_it,),
    words="open this again",
)
NO_LONGER_APPLIES = Transition(
    name="no_longer_applies",
    sources=frozenset(OPEN),
    target=Status.WITHDRAWN,
    ready=(a_finding_looked_at_it,),
    words="withdraw this",
)

TRANSITIONS = (
    AGREE,
    START,
    UPDATE_PROGRESS,
    CLAIM_DONE,
    CHECK,
    ASK_FOR_MORE,
    ASSIGN_OWNER,
    CHANGE_DUE_DATE,
    EDIT_WORDING,
    WITHDRAW,
    SUPERSEDE,
    REOPEN,
    CLOSE_LOOP,
    LOOK_AGAIN,
    REOPEN_BY_FINDING,
    NO_LONGER_APPLIES,
)
