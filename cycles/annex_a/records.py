"""What comes out of reading an extract?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Severity = Literal["error", "warning"]

LONGEST_FOUND = 60


class FileProblem(Exception):
    """The file as a whole can't be read. The message is a sentence for the person who chose it."""


@dataclass(frozen=True)
class Problem:
    """One thing in the file that is not as expected, and where.

    An error means that the row can't be used; a warning means that it can, with something missing.
    """

    sheet: str
    row: int
    column: str
    found: str
    expected: str
    severity: Severity


@dataclass(frozen=True)
class ChildRow:
    """One child, from the one row that speaks for them."""

    identifier: str
    birth_month: date | None
    gender: str
    ethnicity: str
    disability: bool | None
    plan_type: str
    need: str
    team_name: str
    worker_name: str
    service_area: str
    locality: str
    opened_on: date | None
    closed_on: date | None
    is_open: bool
    sheet: str
    row: int


@dataclass
class ListCount:
    """What became of the rows of one list: read is used, closed and left out together."""

    sheet: str
    number: int | None
    rows_read: int = 0
    used: int = 0
    closed: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1


@dataclass(frozen=True)
class IgnoredSheet:
    """A sheet that was not read, and why."""

    name: str
    why: str


@dataclass
class ReadResult:
    """Everything that one file says."""

    rows: list[ChildRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lists: list[ListCount] = field(default_factory=list)
    ignored: list[IgnoredSheet] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "warning"]
