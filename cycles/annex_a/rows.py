"""What does one row of a list say about a child?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cycles.annex_a import dates, values
from cycles.annex_a.columns import Column, Headings
from cycles.annex_a.opening import Sheet
from cycles.annex_a.records import Problem, ReadResult, Severity
from cycles.annex_a.values import NOT_KNOWN, NotUnderstood
from cycles.identifiers import normalise

PLAN_OF_LIST = {
    4: "assessment",
    5: "assessment",
    6: "child_in_need",
    7: "child_protection",
    8: "child_in_care",
    9: "care_leaver",
    None: "child_in_need",
}
UNBORN_EXPECTED = {4, 5, 6, 7, None}


@dataclass
class ReadRow:
    """One row as read: what is not understood has its neutral value, and `has_error` is kept."""

    sheet: str
    number: int | None
    row: int
    identifier: str = ""
    key: str = ""  # the identifier as it is compared
    birth_month: date | None = None
    gender: str = NOT_KNOWN
    ethnicity: str = NOT_KNOWN
    disability: bool | None = None
    age: int | None = None
    plan_type: str = ""
    need: str = ""
    team_name: str = ""
    worker_name: str = ""
    service_area: str = ""
    locality: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    is_closed: bool = False
    has_error: bool = False
    headings: dict[str, str] = field(default_factory=dict)  # field to its column's usual heading

    @property
    def place(self) -> str:
        return f"{self.sheet}, row {self.row}"


class _Cells:
    """The cells of one row by field, and the problems found in them."""

    def __init__(self, sheet: Sheet, row: int, cells: Sequence[Any], headings: Headings, names):
        self.sheet, self.row, self.cells = sheet, row, cells
        self.positions, self.names = headings.positions, names
        self.problems: dict[str, list[Problem]] = {}

    def has(self, name: str) -> bool:
        return name in self.positions

    def __getitem__(self, name: str) -> Any:
        place = self.positions.get(name)
        return self.cells[place] if place is not None and place < len(self.cells) else None

    def report(self, name: str, expected: str, severity: Severity) -> None:
        self.problems.setdefault(name, []).append(
            Problem(
                self.sheet.name,
                self.row,
                self.names[name],
                values.shown(self[name]),
                expected,
                severity,
            )
        )

    def read(
        self,
        name: str,
        parse: Callable[[Any], Any],
        otherwise: Any,
        severity: Severity = "warning",
    ) -> Any:
        """What a cell means, or `otherwise`. A missing column is told of once, at the headings."""
        if not self.has(name):
            return otherwise
        try:
            return parse(self[name])
        except NotUnderstood as problem:
            self.report(name, problem.expected, severity)
            return otherwise


def read_row(
    sheet: Sheet,
    number: int | None,
    row: int,
    cells: Sequence[Any],
    headings: Headings,
    columns: Sequence[Column],
    result: ReadResult,
    *,
    today: date,
) -> ReadRow:
    """Read one row and add its problems to the result.

    Of a row that has ended only who it is about and when it ended are looked at closely.
    """
    names = {column.field: column.heading for column in columns}
    cell = _Cells(sheet, row, cells, headings, names)
    read = ReadRow(sheet.name, number, row, headings=names)

    def day(value: Any) -> date | None:
        return dates.day(value, today=today, epoch=sheet.epoch)

    read.identifier = cell.read("identifier", values.identifier, "", "error")
    read.key = normalise(read.identifier)
    read.closed_on = cell.read("closed_on", day, None, "error")
    read.plan_type = _plan_type(cell, number, read)
    if read.closed_on:
        read.is_closed = True
        if read.closed_on > today:
            cell.report(
                "closed_on",
                "a date up to today, so the child is read as open",
                "warning",
            )
            read.closed_on, read.is_closed = None, False
    must_hold = {"identifier", "closed_on"}

    read.birth_month = cell.read(
        "birth_date",
        lambda value: dates.birth_month(
            value,
            today=today,
            gender_cell=cell["gender"],
            unborn_expected=number in UNBORN_EXPECTED,
            epoch=sheet.epoch,
        ),
        None,
        "error",
    )
    read.gender = cell.read("gender", values.gender, NOT_KNOWN)
    read.ethnicity = cell.read("ethnicity", values.ethnicity, NOT_KNOWN)
    read.disability = cell.read("disability", values.disability, None)
    read.need = cell.read("need", values.need, "")
    read.service_area = cell.read("service_area", values.name, "")
    read.locality = cell.read("locality", values.name, "")
    read.age = values.age(cell["age"])
    for name, parse, expected in (
        ("team_name", values.name, "the name of the child’s team"),
        ("worker_name", values.worker, "the name of the child’s worker"),
    ):
        text = cell.read(name, parse, "")
        if not text and cell.has(name) and name not in cell.problems:
            cell.report(name, expected, "warning")
        setattr(read, name, text)

    read.opened_on = cell.read("opened_on", day, None)
    _check_dates(cell, read, today)

    kept = [
        problem
        for name, problems in cell.problems.items()
        if not read.is_closed or name in must_hold
        for problem in problems
    ]
    read.has_error = any(problem.severity == "error" for problem in kept)
    result.problems.extend(kept)
    return read


def _plan_type(cell: _Cells, number: int | None, read: ReadRow) -> str:
    plan = PLAN_OF_LIST[number]
    if number == 6:
        status = cell.read("status", values.case_status, "")
        if status == values.CLOSED:
            read.is_closed = True
        elif status:
            plan = status
    if number is None and cell.has("plan_type"):
        stated = cell.read("plan_type", values.plan_type, "")
        if stated:
            plan = stated
        elif "plan_type" not in cell.problems:
            cell.report("plan_type", "a plan type, so the child is read as in need", "warning")
    return plan


def _check_dates(cell: _Cells, read: ReadRow, today: date) -> None:
    """Dates and facts that cannot all be true."""
    if cell.has("opened_on") and read.opened_on is None and "opened_on" not in cell.problems:
        cell.report("opened_on", dates.DATE_EXPECTED, "warning")
    if read.opened_on and read.opened_on > today:
        cell.report("opened_on", "a date up to today", "warning")
        read.opened_on = None
    if read.opened_on and read.birth_month and read.opened_on.year < read.birth_month.year - 1:
        cell.report("opened_on", "a date after the child was born", "warning")
        read.opened_on = None
    if read.age is not None and read.birth_month:
        by_birth = (today - read.birth_month).days // 365
        if abs(by_birth - read.age) > 1:
            cell.report("age", f"about {by_birth}, by the date of birth", "warning")
    reason = cell["closure_reason"]
    has_reason = not values.is_blank(reason) and not values.is_error(reason)
    may_lack_date = cell.has("closed_on") and "closed_on" not in cell.problems
    if has_reason and may_lack_date and not read.is_closed:
        cell.report("closed_on", "a date, because a reason for closure is given", "warning")
