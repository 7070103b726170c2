"""How far apart are people on a judgement, and what follows from it?

Same grade: it is agreed. One person one step away: they talk, and agree or refer. Anything further:
only a panel. Grades are never averaged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evaluations.enums import GRADED, Grade
from evaluations.instrument import Form
from moderation.enums import Outcome, ReasonCode, Standing


def rank(grade: str) -> int:
    """1 is worst, 4 is best."""
    return Grade(grade).rank


def standing(evaluator: str, moderators: Iterable[str]) -> Standing:
    """Where evaluator and moderators stand on one judgement."""
    ranks = [rank(evaluator), *map(rank, moderators)]
    low, high = min(ranks), max(ranks)
    if low == high:
        return Standing.SAME
    if high - low == 1 and 1 in (ranks.count(low), ranks.count(high)):
        return Standing.TALK
    return Standing.PANEL


def crosses_a_boundary(grades: Iterable[str]) -> bool:
    """Whether some say Good or better and others not, or some say Inadequate and others not."""
    ranks = set(map(rank, grades))
    return any(min(ranks) <= edge < max(ranks) for edge in (1, 2))


def outcome(evaluator: str, final: str) -> Outcome:
    """What a final grade does to the evaluator's."""
    if rank(final) == rank(evaluator):
        return Outcome.UPHELD
    return Outcome.RAISED if rank(final) > rank(evaluator) else Outcome.LOWERED


def problems(
    evaluator: str, decision: dict[str, Any], among: Iterable[str] | None = None
) -> dict[str, str]:
    """What is wrong with a grade to be agreed or decided: field → sentence; empty when nothing is.

    `among` are the grades that may be chosen (people who talk choose one that somebody gave; a
    panel may choose any).
    """
    found: dict[str, str] = {}
    grade = decision.get("grade") or ""
    if grade not in Grade.values:
        return {"grade": "Choose a grade."}
    if among is not None and grade not in set(among):
        found["grade"] = "Choose a grade that one of you gave. For another, refer it to the panel."
    if decision.get("elements") and grade != Grade.GOOD:
        found["elements"] = "“Elements of Outstanding” goes with Good. Choose Good, or untick it."
    code = decision.get("reason_code") or ""
    if code and code not in ReasonCode.values:
        found["reason_code"] = "Choose one of the reason codes."
    if grade != evaluator:
        if not code:
            found["reason_code"] = "Choose what the change rests on."
        if not str(decision.get("reason") or "").strip():
            found["reason"] = "Say why the grade was changed."
    return found


def titles(form: Form) -> dict[str, str]:
    """The graded judgements of a form, in order, with their titles."""
    return {key: form.title_of(key) for key in GRADED}
