"""Who may do what, to which record, in which state?

The whole answer is `permissions.csv` beside this file: a row per action, a column per role, a cell
such as `team[A-C]+r`. A model says what the scope words (`own`, `team`, `asg` …) and the state
letters mean for its rows; everything else (lists, single records, buttons, the API) is read from
the same cells, so that they cannot disagree.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import models
from django.db.models import Case, Q, Value, When

from workflow.exceptions import NotPermitted

STATES = "ADBMNGSCW"
COLUMNS = {
    "P": "practitioner",
    "TM": "manager",
    "E": "evaluator",
    "MO": "moderator",
    "CH": "chair",
    "HO": "hub_officer",
    "HL": "hub_lead",
    "SL": "senior_leader",
    "SA": "system_administrator",
    "IG": "information_governance",
    "API": "api_client",
}
# Whoever holds one of these roles holds it for the whole Trust; "chair" is a place on a panel,
# held by a moderator, and is decided by the record's own `chr` scope.
ROLE_OF_COLUMN = {role: ("moderator" if role == "chair" else role) for role in COLUMNS.values()}
EVERYWHERE = {"all", "cfg"}
# Not Q(): joined to the rows of other roles by "or", an empty condition is dropped, not true.
EVERY_ROW = ~Q(pk__in=[])
ALWAYS_OUT = {"agg", "feed", "grant"}  # figures only, the feed, a time-boxed grant: never a row


@dataclass(frozen=True)
class Cell:
    """What one role may do: the scope word, the states it holds in, and the conditions."""

    scope: str
    states: str = STATES
    flags: frozenset[str] = frozenset()
    after_own_lock: str = ""  # states marked `*`: only once one's own grade is locked


def parse_cell(text: str) -> Cell | None:
    """Read a cell of the table. Empty means denied. Raises ValueError on anything unknown."""
    text = text.strip()
    if not text:
        return None
    match = re.fullmatch(r"([a-z]+)(?:\[([A-Z,*-]+)\])?((?:\+(?:r|2|mfa))*)", text)
    if not match:
        raise ValueError(f"permissions.csv: “{text}” is not a cell.")
    scope, states, flags = match.groups()
    letters, starred = ("", "") if states else (STATES, "")
    for part in (states or "").split(",") if states else ():
        star, part = part.endswith("*"), part.rstrip("*")
        first, _, last = part.partition("-")
        span = STATES[STATES.index(first) : STATES.index(last or first) + 1]
        letters += span
        starred += span if star else ""
    return Cell(scope, letters, frozenset(flags.split("+")[1:]), starred)


@cache
def matrix() -> dict[str, dict[str, Cell]]:
    """The table: {"evaluation.submit": {"evaluator": Cell(…)}}."""
    table: dict[str, dict[str, Cell]] = {}
    with (Path(__file__).parent / "permissions.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cells = {role: parse_cell(row[column] or "") for column, role in COLUMNS.items()}
            table[f"{row['resource']}.{row['action']}"] = {r: c for r, c in cells.items() if c}
    return table


def cells_for(user, action: str) -> dict[str, Cell]:
    """The cells that this person's roles give for an action. Unknown actions raise KeyError."""
    row = matrix()[action]
    if not user.is_authenticated or not user.is_active:
        return {}
    return {role: cell for role, cell in row.items() if ROLE_OF_COLUMN[role] in user.role_names}


def needs_reason(user, action: str) -> bool:
    """Whether this action must come with a reason for this person."""
    cells = cells_for(user, action)
    return bool(cells) and all("r" in cell.flags for cell in cells.values())


class ScopedQuerySet(models.QuerySet):
    """Rows behind the table. A model's queryset says what scope words and letters mean for it.

    Scope conditions must not join to many rows (use `pk__in` or Exists), so that no row doubles.
    """

    view_action = ""  # the action that means "may know that it exists"

    def scope_q(self, scope: str, user) -> Q | None:
        """Rows that are this person's in that sense; None when the word means nothing here."""
        raise NotImplementedError

    def state_q(self, letters: str) -> Q:
        """Rows in one of the states. A model without states takes every row."""
        return Q()

    def subject_q(self, user) -> Q | None:
        """Rows about this person's own work: there only a practitioner's rights count."""
        return None

    def withheld_q(self, user) -> Q | None:
        """Rows in a starred state that wait for this person's own grade to be locked."""
        return None

    def permitted(self, user, action: str):
        """Rows on which this person may take this action now."""
        subject = self.subject_q(user)
        chosen = Q(pk__in=[])
        for role, cell in cells_for(user, action).items():
            if cell.scope in ALWAYS_OUT:
                continue
            scope = EVERY_ROW if cell.scope in EVERYWHERE else self.scope_q(cell.scope, user)
            if scope is None:
                continue
            rows = scope
            if cell.states != STATES:
                rows &= self.state_q(cell.states)
            if cell.after_own_lock and (withheld := self.withheld_q(user)) is not None:
                rows &= ~(self.state_q(cell.after_own_lock) & withheld)
            if subject is not None and role != "practitioner":
                rows &= ~subject
            chosen |= rows
        return self.filter(chosen)

    def visible_to(self, user):
        """The only door to a record: what this person may know exists."""
        return self.permitted(user, self.view_action)


def permitted_actions(user, record, actions: Iterable[str]) -> frozenset[str]:
    """Which of these actions this person may take on this record now: one query for them all."""
    actions = [action for action in actions if cells_for(user, action)]
    if not actions:
        return frozenset()
    queryset = type(record)._default_manager.filter(pk=record.pk)
    flags = {
        f"_may_{index}": Case(
            When(pk__in=queryset.permitted(user, action).values("pk"), then=Value(True)),
            default=Value(False),
        )
        for index, action in enumerate(actions)
    }
    row = queryset.order_by().annotate(**flags).values(*flags).first() or {}
    return frozenset(a for i, a in enumerate(actions) if row.get(f"_may_{i}"))


def may(user, action: str, record=None) -> bool:
    """Whether this person may take this action (on this record, when one is given)."""
    if record is None:
        return any(cell.scope not in ALWAYS_OUT for cell in cells_for(user, action).values())
    return action in permitted_actions(user, record, [action])


def check(user, action: str, record=None) -> None:
    """Raise NotPermitted, with a sentence, unless this person may take this action now."""
    if may(user, action, record):
        return
    words = action.split(".")[1].replace("_", " ")
    if record is None or not cells_for(user, action):
        raise NotPermitted(f"Your role does not let you do this ({words}).")
    raise NotPermitted(
        f"You cannot do this here ({words}): it is not yours to do, or not at this stage."
    )
