"""Which numbers does the service give? Read-only aggregates, each with one definition."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from cycles.enums import CycleStatus
from cycles.models import Cycle
from evaluations.enums import OVERALL, Grade, Status
from evaluations.models import Judgement
from recommendations.enums import Status as Stage
from recommendations.models import Recommendation

FEW = 5  # counts from 1 to 4 are not shown to those who see figures only


@dataclass(frozen=True)
class CycleFigures:
    """One closed cycle: how many evaluations by overall grade, and how far the loop has come."""

    label: str
    grades: list[tuple[str, str]]  # grade, count as words
    total: int
    recommendations: int
    loop_closed: str


def suppressed(counts: list[int]) -> list[str]:
    """Counts as words: 1 to 4 hidden, and a second cell where the first could be worked out.

    Source: domain.md §6. The second cell is the smallest of the others that is not 0, else a 0.
    """
    hidden = {index for index, count in enumerate(counts) if 0 < count < FEW}
    if len(hidden) == 1 and len(counts) > 1:
        others = [i for i in range(len(counts)) if i not in hidden]
        hidden.add(min(others, key=lambda i: (counts[i] == 0, counts[i])))
    return [
        "fewer than 5" if i in hidden and 0 < c < FEW else "not shown" if i in hidden else str(c)
        for i, c in enumerate(counts)
    ]


def closed_cycles_at_a_glance(*, at_most: int = 4) -> list[CycleFigures]:
    """Final overall grades and closed loops of the latest closed cycles, newest first.

    Random entries only, as in every headline (domain.md §3); three queries however many rows.
    """
    cycles = list(Cycle.objects.filter(status=CycleStatus.CLOSED).order_by("-starts_on")[:at_most])
    grades = {
        (row["evaluation__cycle"], row["final_grade"]): row["n"]
        for row in Judgement.objects.filter(
            key=OVERALL,
            evaluation__cycle__in=cycles,
            evaluation__is_training=False,
            evaluation__status__in=[Status.FINALISED, Status.SHARED, Status.CLOSED],
        )
        .exclude(evaluation__entry__kind="purposive")
        .values("evaluation__cycle", "final_grade")
        .annotate(n=Count("pk"))
        .order_by()
    }
    loops = {
        row["cycle"]: row
        for row in Recommendation.objects.filter(cycle__in=cycles)
        .exclude(status__in=[Stage.DRAFT, Stage.WITHDRAWN, Stage.SUPERSEDED])
        .values("cycle")
        .annotate(n=Count("pk"), closed=Count("pk", filter=Q(status=Stage.LOOP_CLOSED)))
        .order_by()
    }
    figures = []
    for cycle in cycles:
        counts = [grades.get((cycle.pk, grade.value), 0) for grade in Grade]
        made = loops.get(cycle.pk, {"n": 0, "closed": 0})
        closed, left = made["closed"], made["n"] - made["closed"]
        figures.append(
            CycleFigures(
                cycle.label,
                list(zip([grade.value for grade in Grade], suppressed(counts), strict=True)),
                sum(counts),
                made["n"],
                suppressed([closed, left])[0],
            )
        )
    return figures
