"""What is kept, encrypted, of an extract between its preview and its being applied?"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, astuple, dataclass, field, fields
from datetime import date
from typing import Any

from cycles.annex_a import ChildRow, IgnoredSheet, ListCount, Problem, ReadResult

WORKER, TEAM = "worker", "team"
NOBODY = 0  # a person chose to leave the children of this name without a practitioner or team

DATES = {"birth_month", "opened_on", "closed_on"}
ROW_FIELDS = tuple(f.name for f in fields(ChildRow))


@dataclass
class Staged:
    """The children, problems and counts of one file, and what a person chose for its names."""

    rows: list[ChildRow]
    problems: list[Problem]
    lists: list[ListCount]
    ignored: list[IgnoredSheet]
    choices: dict[str, dict[str, int]] = field(default_factory=lambda: {WORKER: {}, TEAM: {}})

    @classmethod
    def from_reading(cls, result: ReadResult) -> Staged:
        return cls(result.rows, result.problems, result.lists, result.ignored)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Staged:
        """What `as_data` gave."""
        return cls(
            rows=[_row(values) for values in data["rows"]],
            problems=[Problem(*values) for values in data["problems"]],
            lists=[ListCount(**values) for values in data["lists"]],
            ignored=[IgnoredSheet(*values) for values in data["ignored"]],
            choices=data["choices"],
        )

    def as_data(self) -> dict[str, Any]:
        """Plain data, small: a row is its values in order."""
        return {
            "rows": [[_plain(getattr(row, name)) for name in ROW_FIELDS] for row in self.rows],
            "problems": [astuple(problem) for problem in self.problems],
            "lists": [asdict(count) for count in self.lists],
            "ignored": [astuple(sheet) for sheet in self.ignored],
            "choices": self.choices,
        }

    def names(self, kind: str) -> Counter[str]:
        """The workers or teams that open children have in the file, and how many children each."""
        names = (row.worker_name if kind == WORKER else row.team_name for row in self.open_rows())
        return Counter(name for name in names if name)

    def open_rows(self) -> list[ChildRow]:
        return [row for row in self.rows if row.is_open]

    def area_of(self, team: str) -> tuple[str, str]:
        """The service area and locality that the file gives most often beside a team."""
        found = Counter(
            (row.service_area, row.locality) for row in self.open_rows() if row.team_name == team
        )
        return found.most_common(1)[0][0] if found else ("", "")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _row(values: list[Any]) -> ChildRow:
    known = dict(zip(ROW_FIELDS, values, strict=True))
    for name in DATES:
        if known[name]:
            known[name] = date.fromisoformat(known[name])
    return ChildRow(**known)
