"""Which children does an extract name, and what is wrong in it?

Sheets are found, then headings, then each row is read by itself (`rows`), and at the end the rows
of one child are brought together (`merging`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import BinaryIO

from cycles.annex_a.columns import (
    HEADINGS_WITHIN,
    OPTIONAL_IN_A_PLAIN_FILE,
    READ_LISTS,
    Headings,
    columns_of,
    find_headings,
    list_number,
)
from cycles.annex_a.merging import merge
from cycles.annex_a.opening import Row, Sheet, open_sheets
from cycles.annex_a.records import (
    FileProblem,
    IgnoredSheet,
    ListCount,
    Problem,
    ReadResult,
)
from cycles.annex_a.rows import ReadRow, read_row
from cycles.annex_a.values import is_blank

MOST_ROWS = 20_000
NEEDED = (
    "Child Unique ID, Gender, Ethnicity, Date of Birth, Does the Child have a Disability, "
    "Allocated Team and Allocated Worker"
)
# Columns whose absence changes nothing that a person would look for.
NOT_MISSED = {"age", "closure_reason"} | OPTIONAL_IN_A_PLAIN_FILE - {"plan_type"}


def read_file(file: str | os.PathLike[str] | BinaryIO, filename: str, *, today: date) -> ReadResult:
    """Read an Annex A workbook, or a plain CSV or XLSX file with the same columns.

    Gives one row for each child, every problem with its place, and the counts of each list.
    Raises FileProblem when the file as a whole can't be used.
    """
    result = ReadResult()
    read: list[ReadRow] = []
    for sheet, number in _chosen(open_sheets(file, filename), result):
        count = ListCount(sheet.name, number)
        result.lists.append(count)
        for row in _read_sheet(sheet, number, count, result, today=today):
            read.append(row)
            if len(read) > MOST_ROWS:
                raise FileProblem(
                    f"This file has more than {MOST_ROWS:,} rows. Split it into smaller files."
                )
    if not read and not result.problems:
        raise FileProblem("There are no children in this file.")
    merge(read, result, today=today)
    order = {count.sheet: place for place, count in enumerate(result.lists)}
    result.problems.sort(key=lambda problem: (order[problem.sheet], problem.row))
    return result


def _chosen(sheets: list[Sheet], result: ReadResult) -> Iterator[tuple[Sheet, int | None]]:
    """The sheets to read, each with its list's number; the others are named as ignored."""
    numbered = [(sheet, list_number(sheet.name)) for sheet in sheets]
    if any(number in READ_LISTS for _, number in numbered):
        for sheet, number in numbered:
            if number in READ_LISTS:
                yield sheet, number
            elif number is None:
                result.ignored.append(IgnoredSheet(sheet.name, "It is not one of lists 1 to 11."))
            else:
                result.ignored.append(IgnoredSheet(sheet.name, f"List {number} is not used."))
        return
    any_read = False
    for sheet, number in numbered:
        if number is not None:
            result.ignored.append(IgnoredSheet(sheet.name, f"List {number} is not used."))
            continue
        top, rest = _split_top(sheet.rows)
        if find_headings(top, None) is None:
            result.ignored.append(
                IgnoredSheet(sheet.name, "It has no row of the headings we look for.")
            )
            continue
        any_read = True
        yield Sheet(sheet.name, chain(top, rest), sheet.epoch), None
    if not any_read:
        raise FileProblem(
            "This file holds none of lists 4 to 9, and no row with the headings of a plain file: "
            f"{NEEDED}."
        )


def _split_top(rows: Iterator[Row]) -> tuple[list[Row], Iterator[Row]]:
    """The first rows that hold anything, and the rows after them."""
    top: list[Row] = []
    for number, cells in rows:
        if not all(is_blank(cell) for cell in cells):
            top.append((number, cells))
        if len(top) == HEADINGS_WITHIN:
            break
    return top, rows


def _read_sheet(
    sheet: Sheet,
    number: int | None,
    count: ListCount,
    result: ReadResult,
    *,
    today: date,
) -> Iterator[ReadRow]:
    top, rest = _split_top(sheet.rows)
    headings = find_headings(top, number)
    if headings is None:
        if top:
            result.problems.append(
                Problem(
                    sheet.name,
                    top[0][0],
                    "",
                    "no row of headings",
                    f"a row with the headings {NEEDED}",
                    "error",
                )
            )
        return
    result.problems.extend(_heading_problems(sheet.name, headings))
    if "identifier" not in headings.positions:
        return
    for row_number, cells in _data(chain(top, rest), headings):
        count.rows_read += 1
        yield read_row(
            sheet,
            number,
            row_number,
            cells,
            headings,
            columns_of(number),
            result,
            today=today,
        )


def _data(rows: Iterable[Row], headings: Headings) -> Iterator[Row]:
    """The rows below the headings that say anything in a column that we use."""
    positions = sorted(headings.positions.values())
    for number, cells in rows:
        if number <= headings.row or headings.repeated_in(cells):
            continue
        if all(is_blank(cells[place]) for place in positions if place < len(cells)):
            continue
        yield number, cells


def _heading_problems(sheet: str, headings: Headings) -> Iterator[Problem]:
    for column in headings.missing:
        if column.required:
            yield Problem(
                sheet,
                headings.row,
                column.heading,
                "no such column",
                "this column",
                "error",
            )
        elif column.field not in NOT_MISSED:
            expected = {
                "plan_type": "this column, without which each child is read as a child in need",
                "closed_on": "this column, without which each child is read as open",
            }.get(column.field, "this column")
            yield Problem(
                sheet,
                headings.row,
                column.heading,
                "no such column",
                expected,
                "warning",
            )
    for column in headings.repeated:
        yield Problem(
            sheet,
            headings.row,
            column.heading,
            "two columns with this heading",
            "one column, so only the first is read",
            "warning",
        )
