"""What does each grade look like, and what would make it the next one up or down?"""

from __future__ import annotations

from dataclasses import dataclass

from evaluations.enums import Grade
from evaluations.instrument import Form


@dataclass(frozen=True)
class Descriptor:
    """What a grade looks like here, and what would make it the next one up or down."""

    grade: Grade
    lines: tuple[str, ...]
    above: Grade | None
    above_lines: tuple[str, ...]
    below: Grade | None
    below_lines: tuple[str, ...]


def descriptors(form: Form, key: str) -> list[Descriptor]:
    """The grades of one judgement, best first, each with its neighbours."""
    words = form.descriptors.get(key)
    if not words:
        return []
    order, found = list(Grade), []
    for place, grade in enumerate(order):
        above = order[place - 1] if place else None
        below = order[place + 1] if place + 1 < len(order) else None
        found.append(
            Descriptor(
                grade,
                words[grade],
                above,
                words[above] if above else (),
                below,
                words[below] if below else (),
            )
        )
    return found
