import csv
import io
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cycles.annex_a import FileProblem, IgnoredSheet, Problem, read_file
from cycles.annex_a.columns import list_number
from tests.annex_a_workbook import CANARY, Planted, make_workbook

TODAY = date(2026, 11, 23)
HEADINGS = [
    "Child Unique ID",
    "Gender",
    "Ethnicity",
    "Date of Birth",
    "Does the Child have a Disability",
    "Allocated Team",
    "Allocated Worker",
]
CHILD = ["00123", "Male", "WBRI", "17/03/2016", "No", "North", "Smith, Jane"]


@pytest.fixture(scope="module")
def made():
    return make_workbook(3000, today=TODAY)


@pytest.fixture(scope="module")
def read(made):
    return read_file(made.file(), "extract.xlsx", today=TODAY)


def workbook(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written


def csv_file(rows, delimiter=",", encoding="utf-8"):
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    return io.BytesIO(text.encode(encoding))


def read_rows(rows, name="children.csv", **options):
    return read_file(csv_file(rows, **options), name, today=TODAY)


def test_every_planted_fault_is_reported_where_it_stands_and_nothing_else(made, read):
    found = sorted(Planted(p.sheet, p.row, p.column, p.severity) for p in read.problems)
    assert len(found) == 39
    assert found == made.planted


def test_each_child_has_the_plan_of_highest_need(made, read):
    assert {row.identifier: row.plan_type for row in read.rows if row.is_open} == made.plans
    assert {row.identifier for row in read.rows if not row.is_open} == made.closed


def test_every_row_is_counted_once(read):
    for count in read.lists:
        assert count.rows_read == count.used + count.closed + sum(count.left_out.values())
    assert [count.rows_read for count in read.lists] == [360, 480, 2430, 420, 600, 300]


def test_the_lists_that_are_not_used_are_named(read):
    assert read.ignored == [
        *(IgnoredSheet(f"List {n}", f"List {n} is not used.") for n in (1, 2, 3, 10, 11)),
        IgnoredSheet("Notes", "It is not one of lists 1 to 11."),
    ]


def test_no_column_that_is_not_used_comes_out(made, read):
    assert CANARY.encode() in b"".join(
        zipfile.ZipFile(made.file()).read(n) for n in zipfile.ZipFile(made.file()).namelist()
    )
    assert CANARY not in repr(read)


def test_what_was_found_is_short(read):
    assert max(len(problem.found) for problem in read.problems) == 60


def test_a_mended_workbook_has_no_errors():
    made = make_workbook(300, today=TODAY, errors=False)
    result = read_file(made.file(), "extract.xlsx", today=TODAY)
    assert result.errors == []
    assert {row.identifier: row.plan_type for row in result.rows if row.is_open} == made.plans


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("List 6", 6),
        ("list_6", 6),
        ("LIST-06", 6),
        ("6 CIN", 6),
        ("List 6 - Children in Need", 6),
        ("Annex A List 8 CLA", 8),
        ("8", 8),
        ("Care leavers", 9),
        ("Early Help Assessments", 2),
        ("List 11", 11),
        ("List 12", None),
        ("11 November", None),
        ("6 months of data", None),
        ("Sheet1", None),
    ],
)
def test_a_list_is_known_by_its_sheets_name(name, number):
    assert list_number(name) == number


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_plain_csv_is_read_in_any_dialect(delimiter, encoding):
    child = [*CHILD[:-1], "Müller, Zoë"]
    result = read_rows([HEADINGS, child], delimiter=delimiter, encoding=encoding)
    (row,) = result.rows
    assert (row.identifier, row.birth_month, row.gender) == ("00123", date(2016, 3, 1), "boy")
    assert (row.team_name, row.worker_name, row.plan_type) == (
        "North",
        "Müller, Zoë",
        "child_in_need",
    )
    assert [(p.column, p.found) for p in result.problems] == [("Plan Type", "no such column")]


def test_a_plain_file_may_say_plan_area_and_dates():
    rows = [
        [*HEADINGS, "Plan Type", "Service Area", "Locality", "Start Date", "End Date"],
        [*CHILD, "Short breaks", "Children with disabilities", "West", "1 May 2026", ""],
        ["7", *CHILD[1:], "Early help", "Early help", "East", "2 May 2026", "3 June 2026"],
    ]
    result = read_rows(rows)
    assert result.problems == []
    assert [
        (r.plan_type, r.service_area, r.locality, r.opened_on, r.closed_on, r.is_open)
        for r in result.rows
    ] == [
        (
            "short_breaks",
            "Children with disabilities",
            "West",
            date(2026, 5, 1),
            None,
            True,
        ),
        ("early_help", "Early help", "East", date(2026, 5, 2), date(2026, 6, 3), False),
    ]


def test_a_zip_of_csv_lists_is_read_as_one_extract():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, heading in (
            ("List 6.csv", "CIN Start Date"),
            ("List 8.csv", "Date Started to be Looked After"),
        ):
            rows = [[*HEADINGS, heading], [*CHILD, "01/02/2026"]]
            archive.writestr(f"extract/{name}", csv_file(rows).getvalue())
    result = read_file(written, "extract.zip", today=TODAY)
    assert [(row.plan_type, row.sheet, row.row) for row in result.rows] == [
        ("child_in_care", "List 8", 2)
    ]


def test_a_column_that_must_be_there_is_missed_once():
    result = read_file(
        workbook({"List 9": [HEADINGS[:3] + HEADINGS[4:], CHILD[:3] + CHILD[4:]]}),
        "x.xlsx",
        today=TODAY,
    )
    assert result.problems == [
        Problem("List 9", 1, "Date of Birth", "no such column", "this column", "error")
    ]


def test_a_sheet_of_prose_is_a_problem_of_that_sheet_only():
    result = read_file(
        workbook({"List 6": [["There were none"]], "List 9": [HEADINGS, CHILD]}),
        "x.xlsx",
        today=TODAY,
    )
    assert [(p.sheet, p.row, p.found) for p in result.problems] == [
        ("List 6", 1, "no row of headings")
    ]
    assert len(result.rows) == 1


def test_a_list_may_be_empty():
    result = read_file(workbook({"List 6": [], "List 9": [HEADINGS, CHILD]}), "x.xlsx", today=TODAY)
    assert [(count.sheet, count.rows_read) for count in result.lists] == [
        ("List 6", 0),
        ("List 9", 1),
    ]
    assert result.problems == []


def test_headings_twice_are_reported_and_the_first_is_read():
    rows = [[*HEADINGS, "Plan Type", "Team"], [*CHILD, "CIN", "South"]]
    result = read_rows(rows)
    assert [(p.column, p.severity) for p in result.problems] == [("Allocated Team", "warning")]
    assert result.rows[0].team_name == "North"


def test_an_open_row_is_not_ended_by_an_older_ended_one():
    heads = [*HEADINGS, "CIN Start Date", "CIN Closure Date", "Case Status", "Primary Need Code"]
    result = read_file(
        workbook(
            {
                "List 6": [
                    heads,
                    [*CHILD, "01/02/2026", None, "CIN", "N1"],
                    [*CHILD, "01/02/2025", "01/03/2025", "Closed", "N1"],
                ]
            }
        ),
        "x.xlsx",
        today=TODAY,
    )
    assert [(row.is_open, row.opened_on, row.row) for row in result.rows] == [
        (True, date(2026, 2, 1), 2)
    ]


def refusal(file, name="extract.xlsx"):
    with pytest.raises(FileProblem) as problem:
        read_file(file, name, today=TODAY)
    return str(problem.value)


def test_an_empty_file_is_refused():
    assert refusal(io.BytesIO(b"")) == "This file is empty."


def test_a_file_over_five_megabytes_is_refused():
    assert refusal(io.BytesIO(b"x" * (5 * 1024 * 1024 + 1))).startswith(
        "This file is larger than 5 MB."
    )


def test_a_workbook_with_a_password_is_refused():
    assert refusal(io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)).startswith(
        "This workbook has a password"
    )


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 ...", b"<html><table></table>", b"\xef\xbb\xbf<?xml?>", b'{"a": 1}']
)
def test_another_kind_of_file_is_refused(data):
    assert refusal(io.BytesIO(data)).startswith("This is not an Excel workbook")


def test_a_zip_of_something_else_is_refused():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(written).startswith("This is not an Excel workbook")


def test_a_broken_zip_is_refused():
    assert refusal(io.BytesIO(b"PK\x03\x04" + b"junk" * 50)).startswith("This workbook is damaged")


def test_a_bomb_is_refused_before_it_is_unpacked():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (51 * 1024 * 1024))
    assert len(written.getvalue()) < 100_000
    assert refusal(written).startswith("This file unpacks to more than 50 MB.")


def changed(data, name, change):
    written = io.BytesIO()
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(written, "w") as new:
        for item in old.namelist():
            new.writestr(item, change(old.read(item)) if item == name else old.read(item))
    return written


def test_a_part_with_a_document_type_is_refused():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    file = changed(
        workbook({"List 9": [HEADINGS, CHILD]}),
        "xl/worksheets/sheet1.xml",
        lambda text: bomb + text,
    )
    assert refusal(file).startswith("This workbook is damaged")


def test_a_workbook_cut_short_is_refused():
    file = changed(
        workbook({"List 9": [HEADINGS, CHILD]}),
        "xl/worksheets/sheet1.xml",
        lambda text: text[: len(text) - 60],
    )
    assert refusal(file).startswith("This workbook is damaged")


def test_a_csv_with_a_nul_is_refused():
    assert refusal(io.BytesIO(b"Child Unique ID,Gender\n1,\x00\n"), "x.csv").startswith(
        "This file holds characters"
    )


def test_a_file_without_our_headings_says_which_they_are():
    assert refusal(csv_file([["a", "b"], ["1", "2"]]), "x.csv").startswith(
        "This file holds none of lists 4 to 9"
    )


def test_headings_without_children_are_refused():
    file = workbook({"List 9": [HEADINGS]})
    assert refusal(file) == "There are no children in this file."


def test_more_than_twenty_thousand_rows_are_refused():
    rows = [HEADINGS, *([str(n), *CHILD[1:]] for n in range(20_001))]
    assert refusal(csv_file(rows), "x.csv").startswith("This file has more than 20,000 rows.")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"Child Unique ID,Gender,Age\n"])
)
def test_any_bytes_are_read_or_refused(data, start):
    try:
        read_file(io.BytesIO(start + data), "x.csv", today=TODAY)
    except FileProblem as problem:
        assert str(problem).endswith(".")


CELL = st.text(alphabet=st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELL, max_size=9), max_size=6))
def test_any_cells_below_the_headings_are_read_or_reported(rows):
    written = io.StringIO()
    csv.writer(written).writerows([HEADINGS, CHILD, *rows])
    result = read_file(io.BytesIO(written.getvalue().encode()), "x.csv", today=TODAY)
    (count,) = result.lists
    assert count.rows_read == count.used + count.closed + sum(count.left_out.values())
    assert all(len(problem.found) <= 60 for problem in result.problems)
