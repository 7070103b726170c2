"""What may happen to an evaluation before its evaluator says yes, and how may it be taken out?"""

from __future__ import annotations

from evaluations.enums import Status
from workflow.exceptions import Conflict
from workflow.machine import Transition


def cycle_is_under_way(evaluation) -> None:
    if evaluation.cycle.status not in {"open", "moderating"}:
        raise Conflict(
            f"The cycle is “{evaluation.cycle.get_status_display()}”. Evaluators can be chosen "
            "while it is open."
        )


ALLOCATE = Transition(
    name="allocate",
    sources=frozenset({Status.PLANNED}),
    target=Status.ALLOCATED,
    action="allocation.assign_evaluator",
    ready=(cycle_is_under_way,),
    words="choose an evaluator",
)
REALLOCATE = Transition(  # before any work on the form
    name="reallocate",
    sources=frozenset({Status.ALLOCATED, Status.ACCEPTED}),
    target=Status.ALLOCATED,
    action="allocation.assign_evaluator",
    ready=(cycle_is_under_way,),
    words="choose another evaluator",
)
REASSIGN = Transition(  # work has begun: the lead's decision; what was written stays on the form
    name="reallocate",
    sources=frozenset({Status.IN_PROGRESS}),
    target=Status.ALLOCATED,
    action="allocation.reassign_evaluator",
    ready=(cycle_is_under_way,),
    words="choose another evaluator",
)
ELIMINATE = Transition(
    name="eliminate",
    sources=frozenset({Status.PLANNED, Status.ALLOCATED, Status.ACCEPTED, Status.IN_PROGRESS}),
    target=Status.ELIMINATED,
    action="evaluation.eliminate",
    words="take this evaluation out",
)
