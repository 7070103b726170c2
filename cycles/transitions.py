"""What may happen to a cycle next?"""

from __future__ import annotations

from cycles.enums import CycleStatus
from workflow.exceptions import Conflict
from workflow.machine import Transition

# Statuses of an evaluation in which nothing more is owed before its cycle can close.
SETTLED = ("finalised", "shared", "closed", "eliminated")


def has_a_sample(cycle) -> None:
    if not hasattr(cycle, "sample"):
        raise Conflict("Draw the sample first.")


def has_no_evaluation(cycle) -> None:
    if cycle.evaluations.exists():
        raise Conflict(
            "The sample can be drawn again only while no evaluation has been planned from it."
        )


def every_evaluation_is_settled(cycle) -> None:
    waiting = cycle.evaluations.filter(is_training=False).exclude(status__in=SETTLED).count()
    if waiting:
        what = "1 evaluation is" if waiting == 1 else f"{waiting} evaluations are"
        raise Conflict(f"{what} neither final nor eliminated yet. Finish those first.")


EDIT = Transition(
    name="edit",
    sources=frozenset({CycleStatus.PLANNED}),
    target=None,
    action="cycle.create_edit",
    words="change this cycle",
)
DRAW_SAMPLE = Transition(
    name="draw_sample",
    sources=frozenset({CycleStatus.PLANNED, CycleStatus.OPEN}),
    target=None,
    action="cycle.draw_sample",
    ready=(has_no_evaluation,),
    words="draw a sample",
)
ADD_TO_SAMPLE = Transition(
    name="add_to_sample",
    sources=frozenset({CycleStatus.PLANNED, CycleStatus.OPEN}),
    target=None,
    action="cycle.draw_sample",
    ready=(has_a_sample,),
    words="add a child to the sample",
)
OPEN = Transition(
    name="open",
    sources=frozenset({CycleStatus.PLANNED}),
    target=CycleStatus.OPEN,
    action="cycle.create_edit",
    ready=(has_a_sample,),
    words="open this cycle",
)
START_MODERATING = Transition(
    name="start_moderating",
    sources=frozenset({CycleStatus.OPEN}),
    target=CycleStatus.MODERATING,
    action="cycle.create_edit",
    words="start moderating",
)
CLOSE = Transition(
    name="close",
    sources=frozenset({CycleStatus.MODERATING}),
    target=CycleStatus.CLOSED,
    action="cycle.close",
    ready=(every_evaluation_is_settled,),
    words="close this cycle",
)
