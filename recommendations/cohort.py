"""Which evaluations are looked at again, and how closely? Plain data in, plain data out.

The same candidates, seed and policy give the same cohort on any machine (domain.md §3, Revisits).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from math import ceil

from cycles.policy import Policy
from evaluations.enums import Grade
from recommendations.enums import RevisitKind

INADEQUATE = "Inadequate in the last cycle"
ALERTED = "A safety alert was raised"
OVERDUE = "A critical or high action is overdue"
REQUIRES_IMPROVEMENT = "Drawn from requires improvement"
GOOD_OR_BETTER = "Drawn from good or better"
SHARE_OF_CYCLE = "Drawn to reach the share of the cycle"
LIVE = "Actions are still open"


@dataclass(frozen=True)
class Candidate:
    """A shared evaluation of an earlier cycle, as far as the rules look at it."""

    reference: str
    grade: str  # overall, final
    is_last_cycle: bool
    is_alerted: bool = False
    is_overdue: bool = False  # a critical or high action is past its date
    is_live: bool = False  # an action is open
    had_full: bool = False  # a full revisit was completed in an earlier cycle


def frame_digest(candidates: Iterable[Candidate]) -> str:
    """A fingerprint of who could be drawn, kept with the seed."""
    lines = sorted(repr(candidate) for candidate in candidates)
    return sha256("\n".join(lines).encode()).hexdigest()


def choose(
    candidates: Iterable[Candidate], *, seed: str, policy: Policy, last_cycle_size: int
) -> dict[str, tuple[str, str]]:
    """Say for each reference which kind of revisit it gets, and why; absent means none."""
    candidates = sorted(candidates, key=lambda one: _place(seed, one.reference))
    full: dict[str, str] = {}
    for one in candidates:
        first_look = one.is_last_cycle or (one.is_live and not one.had_full)
        if one.grade == Grade.INADEQUATE and first_look:
            full[one.reference] = INADEQUATE
        elif one.is_alerted and first_look:
            full[one.reference] = ALERTED
        elif one.is_overdue:
            full[one.reference] = OVERDUE

    last = [one for one in candidates if one.is_last_cycle]
    for grades, percent, why in (
        (
            {Grade.REQUIRES_IMPROVEMENT},
            policy.revisit_percent_requires_improvement,
            REQUIRES_IMPROVEMENT,
        ),
        ({Grade.GOOD, Grade.OUTSTANDING}, policy.revisit_percent_good_or_better, GOOD_OR_BETTER),
    ):
        group = [one for one in last if one.grade in grades]
        for one in group[: ceil(len(group) * percent / 100)]:
            full.setdefault(one.reference, why)

    wanted = ceil(last_cycle_size * policy.revisit_percent_at_least / 100)
    missing = wanted - sum(one.reference in full for one in last)
    rest = [one for one in last if one.reference not in full]
    for one in rest[: max(missing, 0)]:
        full[one.reference] = SHARE_OF_CYCLE

    chosen = {reference: (str(RevisitKind.FULL), why) for reference, why in full.items()}
    for one in candidates:
        if one.is_live and one.reference not in full:
            chosen[one.reference] = (str(RevisitKind.FILE_CHECK), LIVE)
    return chosen


def _place(seed: str, reference: str) -> str:
    return sha256(f"{seed}:{reference}".encode()).hexdigest()
