"""Which list is this sheet, which row holds its headings, and which column is which?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

READ_LISTS = range(4, 10)
HEADINGS_WITHIN = 20  # a title, a date and a logo row at most stand above the headings


@dataclass(frozen=True)
class Column:
    """One column that we use: our name for it, its usual heading, and its other headings."""

    field: str
    heading: str
    others: tuple[str, ...] = ()
    required: bool = False


COMMON = (
    Column(
        "identifier",
        "Child Unique ID",
        (
            "Child ID",
            "Unique ID",
            "Child Unique Identifier",
            "Unique Child ID",
            "Child Unique ID Number",
            "LA Child ID",
            "Child Reference",
            "Person ID",
        ),
        required=True,
    ),
    Column("gender", "Gender", ("Sex", "Gender of Child", "Child Gender"), required=True),
    Column(
        "ethnicity",
        "Ethnicity",
        ("Ethnic Origin", "Ethnic Group", "Ethnicity Code", "Child Ethnicity"),
        required=True,
    ),
    Column(
        "birth_date",
        "Date of Birth",
        ("DOB", "D O B", "Birth Date", "Date of Birth of Child", "Child Date of Birth"),
        required=True,
    ),
    Column(
        "age",
        "Age of Child",
        ("Age", "Age of Child Years", "Child Age", "Age in Years"),
    ),
    Column(
        "disability",
        "Does the Child have a Disability",
        ("Disability", "Disabled", "Child has a Disability", "Has a Disability"),
        required=True,
    ),
    Column(
        "team_name",
        "Allocated Team",
        ("Team", "Team Name", "Allocated Team Name"),
        required=True,
    ),
    Column(
        "worker_name",
        "Allocated Worker",
        ("Worker", "Allocated Social Worker", "Social Worker", "Allocated Worker Name"),
        required=True,
    ),
)

OF_A_LIST: dict[int, tuple[Column, ...]] = {
    4: (
        Column(
            "opened_on",
            "Continuous Assessment Start Date",
            ("Assessment Start Date", "CA Start Date"),
        ),
        Column(
            "closed_on",
            "Continuous Assessment Date of Authorisation",
            (
                "Date of Authorisation",
                "Assessment Date of Authorisation",
                "Assessment Authorisation Date",
            ),
        ),
    ),
    5: (
        Column(
            "opened_on",
            "Strategy discussion initiating Section 47 Enquiry Start Date",
            (
                "Strategy discussion initiating S47 Enquiry Start Date",
                "Section 47 Enquiry Start Date",
                "S47 Start Date",
            ),
        ),
    ),
    6: (
        Column("opened_on", "CIN Start Date", ("Child in Need Start Date",)),
        Column("need", "Primary Need Code", ("Primary Need",)),
        Column(
            "closed_on",
            "CIN Closure Date",
            ("Child in Need Closure Date", "CIN End Date"),
        ),
        Column("closure_reason", "Reason for Closure", ("CIN Reason for Closure",)),
        Column("status", "Case Status", ("Status",)),
    ),
    7: (
        Column(
            "opened_on",
            "Child Protection Plan Start Date",
            ("CPP Start Date", "CP Start Date"),
        ),
        Column("need", "Latest Category of Abuse", ("Current Category of Abuse",)),
        Column(
            "closed_on",
            "Child Protection Plan End Date",
            ("CPP End Date", "CP End Date"),
        ),
    ),
    8: (
        Column(
            "opened_on",
            "Date Started to be Looked After",
            ("Date Became Looked After", "Looked After Start Date"),
        ),
        Column("need", "Child's Category of Need", ("Category of Need",)),
        Column(
            "closed_on",
            "Date Ceased to be Looked After",
            ("Date Ceased Looked After", "Looked After End Date"),
        ),
    ),
    9: (),
}

# A plain file may also say what a list's name would have said.
OF_A_PLAIN_FILE = (
    Column("plan_type", "Plan Type", ("Plan",)),
    Column("need", "Need", ("Primary Need Code", "Primary Need", "Category of Need")),
    Column("opened_on", "Start Date", ("Opened On", "Date Opened", "Plan Start Date")),
    Column(
        "closed_on",
        "End Date",
        ("Closed On", "Date Closed", "Closure Date", "Plan End Date"),
    ),
    Column("service_area", "Service Area"),
    Column("locality", "Locality", ("Area",)),
)
OPTIONAL_IN_A_PLAIN_FILE = {column.field for column in OF_A_PLAIN_FILE}

LIST_WORDS: dict[int, frozenset[str]] = {
    number: frozenset(names)
    for number, names in {
        1: ("contacts", "contact"),
        2: ("early help", "early help assessments"),
        3: ("referrals", "referral"),
        4: ("assessments", "assessment", "continuous assessments", "open assessments"),
        5: (
            "section 47",
            "section 47 enquiries",
            "s47",
            "s47 enquiries",
            "sec47 and icpc",
        ),
        6: ("children in need", "child in need", "cin"),
        7: ("child protection", "child protection plans", "cp", "cpp", "cp plans"),
        8: (
            "children in care",
            "looked after children",
            "looked after",
            "cla",
            "lac",
            "cic",
        ),
        9: ("care leavers", "care leaver", "leaving care"),
        10: ("adoption", "children adoption", "adopted children"),
        11: ("adopters", "prospective adopters"),
    }.items()
}


def columns_of(number: int | None) -> tuple[Column, ...]:
    """The columns that we use in a list, or in a plain file (None)."""
    return COMMON + (OF_A_PLAIN_FILE if number is None else OF_A_LIST[number])


def normalise(heading: Any) -> str:
    """A heading in its plainest form: case, spaces, line breaks and marks taken out."""
    if not isinstance(heading, str):
        return ""
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = re.sub(r"['’‘`]", "", text)
    text = re.sub(r"[\W_]+", " ", text).strip()
    return re.sub(r"^\d{1,2} (?=\D)", "", text)


def forms_of(heading: Any) -> tuple[str, ...]:
    """The plain forms a heading may be known by: with its brackets' words, then without."""
    if not isinstance(heading, str):
        return ()
    whole, without = (
        normalise(heading),
        normalise(re.sub(r"[(\[].*?[)\]]", " ", heading)),
    )
    return (whole,) if whole == without else (whole, without)


def list_number(name: str) -> int | None:
    """Which of the eleven lists a sheet's name means, or None where it names none of them.

    "List 6", "list_6", "6 CIN", "List 6 - Children in Need" and "Children in need" are all 6. A
    bare number at the start is believed only with that list's own words behind it, because
    "11 November" is not list 11.
    """
    text = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()
    if found := re.search(r"\blist ?0?(\d{1,2})\b", text):
        number = int(found.group(1))
        return number if number in LIST_WORDS else None
    if found := re.match(r"0?(\d{1,2})(?: (.+))?$", text):
        number, words = int(found.group(1)), found.group(2)
        if number in LIST_WORDS and (words is None or words in LIST_WORDS[number]):
            return number
    return next((number for number, words in LIST_WORDS.items() if text in words), None)


@dataclass(frozen=True)
class Headings:
    """Where each column that we use stands in a sheet."""

    row: int
    positions: dict[str, int]
    missing: tuple[Column, ...]
    repeated: tuple[Column, ...]

    @property
    def missing_required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.missing if column.required)

    def repeated_in(self, cells: Sequence[Any]) -> bool:
        """Is this row the headings once more, as where a report starts a new page?"""
        position = self.positions.get("identifier")
        if position is None or position >= len(cells):
            return False
        return any(form in IDENTIFIER_FORMS for form in forms_of(cells[position]))


IDENTIFIER_FORMS = {normalise(name) for name in (COMMON[0].heading, *COMMON[0].others)}


def read_headings(row: int, cells: Sequence[Any], columns: Iterable[Column]) -> Headings:
    """See which of these columns a row names."""
    columns = tuple(columns)
    # A usual heading is believed before another column's second-best name for itself.
    known = {normalise(name): c for c in columns for name in c.others}
    known |= {normalise(c.heading): c for c in columns}
    positions: dict[str, int] = {}
    repeated = []
    for position, cell in enumerate(cells):
        column = next((known[form] for form in forms_of(cell) if form in known), None)
        if column is None:
            continue
        if column.field in positions:
            repeated.append(column)
        else:
            positions[column.field] = position
    missing = tuple(column for column in columns if column.field not in positions)
    return Headings(row, positions, missing, tuple(repeated))


def find_headings(
    first_rows: Iterable[tuple[int, Sequence[Any]]], number: int | None
) -> Headings | None:
    """The row of headings among a sheet's first rows, or None.

    It is the row that names the most of our columns, and at least three of them, so that a title
    such as "Children in need, gender and team" above the headings is not taken for them.
    """
    columns = columns_of(number)
    best: Headings | None = None
    for row, cells in first_rows:
        headings = read_headings(row, cells, columns)
        if len(headings.positions) >= 3 and (
            best is None or len(headings.positions) > len(best.positions)
        ):
            best = headings
    return best
