"""Which one row speaks for a child who is on several lists, or several rows of one?

The highest need among the open rows; then the latest start. A child whose rows have all ended is
closed. Facts that differ between the rows are reported at the row that was not chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from cycles.annex_a.records import ChildRow, ListCount, Problem, ReadResult, Severity
from cycles.annex_a.rows import ReadRow
from cycles.annex_a.values import NOT_KNOWN

# Highest need first, as agreed: in care, protection plan, in need, care leaver, assessment. The
# plan types that only a plain file names stand beside their nearest.
BY_NEED = (
    "child_in_care",
    "adoption",
    "custody",
    "child_protection",
    "child_in_need",
    "short_breaks",
    "care_leaver",
    "assessment",
    "early_help",
)
RANK = {plan: len(BY_NEED) - place for place, plan in enumerate(BY_NEED)}

HAS_ERROR = "has an error"
HIGHER_NEED = "the child is on a list of higher need"
SAME_LIST = "the child is on another row of this list"

GENDER_WORDS = {"girl": "female", "boy": "male", "other": "neither"}


def merge(read: Iterable[ReadRow], result: ReadResult, *, today: date) -> None:
    """Add one ChildRow for each child to the result, and count what became of every row."""
    counts = {count.sheet: count for count in result.lists}
    children: dict[str, list[ReadRow]] = defaultdict(list)
    for row in read:
        if row.has_error:
            counts[row.sheet].leave_out(HAS_ERROR)
        else:
            children[row.key].append(row)
    _report_clashes(children, result)
    for rows in children.values():
        _end_old_enquiries(rows)
        live = [row for row in rows if not row.is_closed]
        chosen = max(live or rows, key=_weight)
        for row in rows:
            if row.is_closed:
                counts[row.sheet].closed += 1
            elif row is chosen:
                counts[row.sheet].used += 1
            elif _differs(row, chosen, result):
                counts[row.sheet].leave_out(HAS_ERROR)
            else:
                _count_left_out(counts[row.sheet], row, chosen)
        result.rows.append(_child(chosen, live or rows, is_open=bool(live)))


def _weight(row: ReadRow) -> tuple:
    since = row.opened_on or date.min
    return (row.closed_on or date.min, RANK[row.plan_type], since, -row.row)


def _end_old_enquiries(rows: list[ReadRow]) -> None:
    """A section 47 enquiry has no end date: it ended when the work it led to ended.

    Without this a child whose help stopped months ago would be open for ever by list 5.
    """
    ended = [row.closed_on for row in rows if row.closed_on]
    for row in rows:
        if row.number == 5 and not row.is_closed and row.opened_on:
            later = [day for day in ended if day >= row.opened_on]
            if later:
                row.is_closed, row.closed_on = True, max(later)


def _count_left_out(count: ListCount, row: ReadRow, chosen: ReadRow) -> None:
    count.leave_out(SAME_LIST if row.sheet == chosen.sheet else HIGHER_NEED)


def _differs(row: ReadRow, chosen: ReadRow, result: ReadResult) -> bool:
    """Report the facts on which two rows of a child disagree. True when one is an error."""

    def report(name: str, found: str, wanted: str, severity: Severity) -> None:
        result.problems.append(
            Problem(
                row.sheet,
                row.row,
                row.headings[name],
                found,
                f"{wanted}, as in {chosen.place}",
                severity,
            )
        )

    for name in ("gender", "ethnicity"):
        here, there = getattr(row, name), getattr(chosen, name)
        if here != there and NOT_KNOWN not in (here, there):
            report(
                name,
                GENDER_WORDS.get(here, here),
                GENDER_WORDS.get(there, there),
                "warning",
            )
    if None not in (row.disability, chosen.disability) and row.disability != chosen.disability:
        words = ("no", "yes")
        report("disability", words[bool(row.disability)], words[bool(chosen.disability)], "warning")
    if row.birth_month and chosen.birth_month and row.birth_month != chosen.birth_month:
        # Two children under one identifier would become one record.
        report(
            "birth_date",
            f"{row.birth_month:%B %Y}",
            f"{chosen.birth_month:%B %Y}",
            "error",
        )
        return True
    return False


def _report_clashes(children: dict[str, list[ReadRow]], result: ReadResult) -> None:
    """00123 and 123 may be one child twice: a spreadsheet drops the zeros of a number."""
    first: dict[str, str] = {}
    for key, rows in children.items():
        bare = key.lstrip("0")
        if bare not in first:
            first[bare] = key
            continue
        other = children[first[bare]][0]
        result.problems.append(
            Problem(
                rows[0].sheet,
                rows[0].row,
                rows[0].headings["identifier"],
                f"other leading zeros than in {other.place}"[:60],
                "one child’s identifier written in one way, with its leading zeros",
                "error",
            )
        )


def _child(chosen: ReadRow, rows: list[ReadRow], *, is_open: bool) -> ChildRow:
    def known(name: str, blank: object) -> object:
        """The chosen row's fact or, where it has none, the first of another row."""
        found = [getattr(row, name) for row in (chosen, *rows)]
        return next((fact for fact in found if fact != blank), blank)

    return ChildRow(
        identifier=chosen.identifier,
        birth_month=known("birth_month", None),  # type: ignore[arg-type]
        gender=str(known("gender", NOT_KNOWN)),
        ethnicity=str(known("ethnicity", NOT_KNOWN)),
        disability=known("disability", None),  # type: ignore[arg-type]
        plan_type=chosen.plan_type,
        need=str(known("need", "")),
        team_name=chosen.team_name,
        worker_name=chosen.worker_name,
        service_area=chosen.service_area,
        locality=chosen.locality,
        opened_on=chosen.opened_on,
        closed_on=None if is_open else chosen.closed_on,
        is_open=is_open,
        sheet=chosen.sheet,
        row=chosen.row,
    )
