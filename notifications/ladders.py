"""Which occasions has the clock made due?

An app registers a ladder: a function that, given the time, yields every occasion that should have
been told by now. The sweep writes those the ledger does not hold yet; the key makes it safe to ask
again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models


@dataclass(frozen=True)
class Occasion:
    """One thing to tell one person: `occasion` is unique for this kind, record and person."""

    kind: str
    recipient_id: int
    about: models.Model
    occasion: str
    due_on: date | None = None
    urgent: bool = False
    link: str = ""


Ladder = Callable[[datetime], Iterable[Occasion]]
LADDERS: list[Ladder] = []


def ladder(function: Ladder) -> Ladder:
    """Register a ladder. Import its module in the app's `ready()`."""
    if function not in LADDERS:
        LADDERS.append(function)
    return function
