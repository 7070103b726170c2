"""Given a frame of children, a size and a seed: who is drawn, and in which order?

Nothing here touches the database, a clock or a random number generator. Order within a stratum
comes from SHA-256 of the seed and the child's key, and shares from exact fractions, so the same
frame, rules and seed give the same draw on any machine and any database.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

SEPARATOR = " · "
Z = 1.959963984540054  # 95%


@dataclass(frozen=True, order=True)
class FrameChild:
    """One child who may be drawn. The key is the same in every database, unlike a row's number."""

    key: str
    plan_type: str
    service_area: str
    locality: str = ""

    def stratum(self, by_locality: bool) -> str:
        """The group this child is drawn from."""
        parts = [self.plan_type, self.service_area]
        if by_locality:
            parts.append(self.locality or "no locality")
        return SEPARATOR.join(parts)


@dataclass(frozen=True)
class Rules:
    """What a draw obeys besides its seed."""

    size: int
    oversample_percent: int
    stratum_minimum: int
    by_locality: bool

    def as_dict(self) -> dict[str, int | str]:
        return {
            "size": self.size,
            "oversample_percent": self.oversample_percent,
            "stratum_minimum": self.stratum_minimum,
            "by_locality": self.by_locality,
            "order": "sha256(seed|key)",
        }


@dataclass(frozen=True)
class Drawn:
    """One child drawn: their place in the stratum, first choice or kept in reserve."""

    key: str
    stratum: str
    draw_order: int
    is_reserve: bool


def frame_digest(frame: Iterable[FrameChild]) -> str:
    """SHA-256 of the frame, whatever order its rows came in."""
    digest = hashlib.sha256()
    for child in sorted(frame):
        line = "\t".join((child.key, child.plan_type, child.service_area, child.locality))
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def shares(counts: dict[str, int], size: int, minimum: int) -> dict[str, int]:
    """How many to choose from each stratum: in proportion, largest remainder, at least `minimum`.

    A stratum that holds fewer children than the minimum gives all it has. When the minimums alone
    would need more than the size, the largest strata come first. Never more than a stratum holds;
    the shares add up to the size, or to the whole frame when that is smaller.
    """
    counts = {name: count for name, count in counts.items() if count > 0}
    size = min(size, sum(counts.values()))
    by_size = sorted(counts, key=lambda name: (-counts[name], name))
    floor = {name: min(minimum, counts[name]) for name in counts}
    if sum(floor.values()) >= size:
        chosen = dict.fromkeys(by_size, 0)
        left = size
        while left:
            for name in by_size:
                if left and chosen[name] < floor[name]:
                    chosen[name] += 1
                    left -= 1
        return chosen

    # Strata whose fair share lies under the minimum get the minimum; the others share the rest,
    # which may push a further one under, so repeat until none is.
    chosen = {}
    while True:
        free = [name for name in by_size if name not in chosen]
        left = size - sum(chosen.values())
        whole = sum(counts[name] for name in free)
        quota = {name: Fraction(left * counts[name], whole) for name in free}
        under = [name for name in free if quota[name] < floor[name]]
        if not under:
            break
        chosen |= {name: floor[name] for name in under}
    base = {name: math.floor(quota[name]) for name in free}
    over = left - sum(base.values())
    by_remainder = sorted(free, key=lambda name: (base[name] - quota[name], -counts[name], name))
    for name in by_remainder[:over]:
        base[name] += 1
    return chosen | base


def draw(frame: Iterable[FrameChild], rules: Rules, seed: str) -> list[Drawn]:
    """The children drawn, by stratum and draw order: first choices, then the reserve.

    The reserve of a stratum is `oversample_percent` of its first choices, rounded up, as far as it
    has children left.
    """
    strata: dict[str, list[str]] = defaultdict(list)
    for child in frame:
        strata[child.stratum(rules.by_locality)].append(child.key)
    share = shares(
        {name: len(keys) for name, keys in strata.items()}, rules.size, rules.stratum_minimum
    )
    drawn = []
    for name in sorted(share):
        ordered = sorted(strata[name], key=lambda key: (_place(seed, key), key))
        first = share[name]
        spare = -(-first * rules.oversample_percent // 100)
        for order, key in enumerate(ordered[: first + spare], start=1):
            drawn.append(Drawn(key, name, order, is_reserve=order > first))
    return drawn


def _place(seed: str, key: str) -> str:
    return hashlib.sha256(f"{seed}|{key}".encode()).hexdigest()


def precision(size: int, share: float = 0.5) -> tuple[int, int]:
    """The 95% Wilson interval, in whole per cent, around a share found in a sample of this size."""
    if size <= 0:
        return 0, 100
    square = Z * Z
    centre = (share + square / (2 * size)) / (1 + square / size)
    half = (
        Z * math.sqrt(share * (1 - share) / size + square / (4 * size * size)) / (1 + square / size)
    )
    return round(100 * (centre - half)), round(100 * (centre + half))


def precision_sentence(size: int) -> str:
    """What a sample of this size buys, in words."""
    low, high = precision(size)
    return (
        f"With {size} evaluations, a finding in half of them (50%) means about {low} to {high}% of "
        "all children."
    )
