"""Which steps may a revisit take next?"""

from __future__ import annotations

from recommendations.enums import RevisitKind, RevisitStatus
from workflow.exceptions import Conflict, NotPermitted
from workflow.machine import Transition


def is_the_reviewer(user, revisit) -> None:
    """Only the person who was asked to look again."""
    if revisit.reviewer_id != user.pk:
        raise NotPermitted("Only the reviewer of this revisit can do this.")


def every_action_has_a_finding(revisit) -> None:
    """A revisit ends when it has said something about every action that is open."""
    found = set(revisit.findings.values_list("recommendation", flat=True))
    missing = [r.reference for r in revisit.live_recommendations() if r.pk not in found]
    if missing:
        raise Conflict(f"Say what you found about {', '.join(missing)}.")


def a_full_one_grades_again(revisit) -> None:
    """A full revisit grades every pillar of the evaluation again."""
    if revisit.kind != RevisitKind.FULL:
        return
    graded = set(revisit.regrades.values_list("key", flat=True))
    missing = [title for key, title in revisit.pillars() if key not in graded]
    if missing:
        raise Conflict(f"Grade {', '.join(missing)} again.")


ALLOCATE = Transition(
    name="allocate",
    sources=frozenset({RevisitStatus.DUE, RevisitStatus.ALLOCATED}),
    target=RevisitStatus.ALLOCATED,
    action="revisit.schedule",
    words="allocate this revisit",
)
START = Transition(
    name="start",
    sources=frozenset({RevisitStatus.ALLOCATED}),
    target=RevisitStatus.IN_PROGRESS,
    action="revisit.record",
    permitted=(is_the_reviewer,),
    words="start this revisit",
)
COMPLETE = Transition(
    name="complete",
    sources=frozenset({RevisitStatus.IN_PROGRESS}),
    target=RevisitStatus.COMPLETED,
    action="revisit.record",
    permitted=(is_the_reviewer,),
    ready=(every_action_has_a_finding, a_full_one_grades_again),
    words="record this revisit",
)

TRANSITIONS = (ALLOCATE, START, COMPLETE)
