"""A made-up Annex A workbook with everything in it that real ones have, and a list of its faults.

The same arguments give the same bytes. Nobody in it exists.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

# Stands in columns that we do not use: none of it may come out of the reader.
CANARY = "Zebedee Canary-Postcode"

FIRST_NAMES = ("Amina", "Beth", "Carl", "Dilys", "Ewan", "Fatima", "Grace", "Harun", "Ines")
SURNAMES = ("Adeyemi", "Brook", "Clarke", "Dhillon", "Evans", "Farah", "Gill", "Hughes", "Iqbal")
# Not a multiple of three, so that each worker is written in each of the three forms.
WORKERS = [f"{first} {last}" for first in FIRST_NAMES for last in SURNAMES][:80]
TEAMS = [
    f"{area} {place}"
    for area in ("Assessment", "Safeguarding", "Family Support", "Children in Care")
    for place in ("North", "South", "East", "West", "Central")
]
ETHNICITIES = ["WBRI", "a) WBRI", "MWBC", "b) AIND", "White British", "BAFR", "Chinese", "OOTH"]
GENDERS = ["a) Male", "b) Female", "Male", "FEMALE", "m", "F"]
DISABILITIES = ["a) Yes", "b) No", "No", "N", "Yes", "c) Unknown"]

COMMON = {
    "identifier": "Child Unique ID",
    "gender": "Gender",
    "ethnicity": "Ethnicity",
    "birth_date": "Date of Birth",
    "age": "Age of Child",
    "disability": "Does the Child have a Disability",
    "team_name": "Allocated Team",
    "worker_name": "Allocated Worker",
}
HEADINGS = {
    4: COMMON
    | {
        "opened_on": "Continuous Assessment Start Date",
        "closed_on": "Continuous Assessment Date of Authorisation",
    },
    5: COMMON | {"opened_on": "Strategy discussion initiating Section 47 Enquiry Start Date"},
    6: COMMON
    | {
        "opened_on": "CIN Start Date",
        "need": "Primary Need Code",
        "closed_on": "CIN Closure Date",
        "closure_reason": "Reason for Closure",
        "status": "Case Status",
    },
    7: COMMON
    | {
        "opened_on": "Child Protection Plan Start Date",
        "need": "Latest Category of Abuse",
        "closed_on": "Child Protection Plan End Date",
    },
    8: COMMON
    | {
        "opened_on": "Date Started to be Looked After",
        "need": "Child's Category of Need",
        "closed_on": "Date Ceased to be Looked After",
    },
    9: COMMON,
}
# How each sheet is named, and what its headings have been through.
NAMES = {4: "List 4", 5: "list_5", 6: "List 6 - Children in Need", 7: "7 CPP", 8: "LIST 8", 9: "9"}
DRESSED = {
    4: str.upper,
    5: lambda heading: heading.replace(" ", "  "),
    6: lambda heading: heading.replace(" ", "\n", 1),
    7: lambda heading: f" {heading} (see guidance)",
    8: lambda heading: heading.replace(" ", "\u00a0").replace("'", "’"),
    9: lambda heading: heading.lower() + ":",
}
ABOVE = {6: [["Children in need at 30 September"], [], ["Run by the performance team"]]}


@dataclass(frozen=True, order=True)
class Planted:
    """One fault, and where it stands."""

    sheet: str
    row: int
    column: str
    severity: str


@dataclass
class Made:
    """The workbook, its faults, and what a right reading of it gives."""

    data: bytes
    planted: list[Planted]
    plans: dict[str, str]  # identifier of each open child to the plan type
    closed: set[str]

    def file(self) -> io.BytesIO:
        return io.BytesIO(self.data)


@dataclass
class Line:
    """One row: its cells by field, and the faults in them."""

    cells: dict[str, Any]
    faults: list[tuple[str, str]] = field(default_factory=list)

    def plant(self, name: str, value: Any, severity: str) -> None:
        self.cells[name] = value
        self.faults.append((name, severity))


def make_workbook(children: int = 3000, *, today: date, errors: bool = True) -> Made:
    """A workbook of so many children on lists 1 to 11. Without `errors` it has warnings only."""
    maker = _Maker(children, today)
    maker.fill()
    maker.plant_warnings()
    if errors:
        maker.plant_errors()
    return maker.write()


class _Maker:
    def __init__(self, children: int, today: date):
        if children < 200:
            raise ValueError("Every fault needs a child of its own: ask for 200 or more.")
        self.children, self.today = children, today
        self.chance = random.Random(20261123)
        self.lines: dict[int, list[Line]] = {number: [] for number in HEADINGS}
        self.plans: dict[str, str] = {}
        self.closed: set[str] = set()
        # Children who stand on one list only, to plant faults on.
        self.alone: dict[int, list[tuple[str, Line]]] = {number: [] for number in HEADINGS}

    # The sound part ------------------------------------------------------------------------

    def fill(self) -> None:
        for number in range(self.children):
            self.child(number)

    def child(self, number: int) -> None:
        key = f"{100000 + number}" if number % 7 else f"00{1000 + number}"
        facts = {
            "gender": GENDERS[number % len(GENDERS)],
            "ethnicity": ETHNICITIES[number % len(ETHNICITIES)],
            "disability": DISABILITIES[number % len(DISABILITIES)],
            "team_name": self.team(number),
            "worker_name": self.worker(number),
        }
        share = number % 100
        born = self.today - timedelta(days=400 + self.chance.randrange(5500))
        if 82 <= share < 92:
            born = self.today - timedelta(days=6800 + self.chance.randrange(2000))
        start = self.today - timedelta(days=20 + self.chance.randrange(350))

        def line(on: int, **more: Any) -> Line:
            made = Line(
                {
                    "identifier": int(key) if key[0] != "0" and (number + on) % 3 == 0 else key,
                    **facts,
                    "birth_date": self.as_cell(born, number + on),
                    "age": (self.today - born).days // 365,
                    "opened_on": self.as_cell(start, number + on + 1),
                    **more,
                }
            )
            self.lines[on].append(made)
            return made

        ended = start + timedelta(days=10)
        if share < 18:  # in care, and on list 6 too
            line(6, status="a) Looked after child", need="N1")
            line(8, need="N1 - Abuse or neglect")
            self.plans[key] = "child_in_care"
        elif share < 20:  # has left care, still helped
            line(6, status="c) Child in need plan", need="N5")
            line(8, need="N5", closed_on=ended)
            self.plans[key] = "child_in_need"
        elif share < 34:  # plan, list 6 and the enquiry that led to it
            line(5)
            line(6, status="Child Protection Plan", need="a) N1")
            line(7, need=["NEG", "Emotional abuse", "PHY", "MUL"][number % 4])
            self.plans[key] = "child_protection"
        elif share < 36:  # everything ended, but an enquiry has no end date of its own
            line(4, closed_on=ended)
            line(5)
            self.closed.add(key)
        elif share < 40:  # ended
            line(6, status="Closed episode", need="N4", closed_on=ended, closure_reason="RC8")
            self.closed.add(key)
        elif share < 42:  # unborn
            unborn = line(6, status="CIN", need="N0", gender="Unborn", birth_date=None, age=None)
            if share == 41:
                due = self.today + timedelta(days=60)
                unborn.cells |= {"birth_date": due, "gender": "c) Not stated/recorded (or unborn)"}
            self.plans[key] = "child_in_need"
        elif share < 80:
            if share == 45:  # an earlier episode above
                line(6, status="Closed", need="N6", closed_on=ended)
            if share == 46:
                line(4)
            made = line(6, status=["Child in need plan", "CIN", "c) CIN plan"][number % 3])
            made.cells["need"] = ["N1", "n2", "N3", "N4 - Family in acute stress", "b) N8"][
                number % 5
            ]
            self.plans[key] = "child_in_need"
            if share > 46:
                self.alone[6].append((key, made))
        elif share < 82:
            line(6, status="Care leaver", need="N1")
            self.plans[key] = "care_leaver"
        elif share < 92:
            made = line(9)
            self.plans[key] = "care_leaver"
            self.alone[9].append((key, made))
        else:
            if share == 99:  # an earlier assessment, authorised
                line(4, closed_on=ended)
            made = line(4)
            self.plans[key] = "assessment"
            if share < 99:
                self.alone[4].append((key, made))

    def worker(self, number: int) -> str:
        first, last = WORKERS[number % len(WORKERS)].split()
        return [f"{first} {last}", f"{last.upper()},  {first}", f"{first}\u00a0{last}"][number % 3]

    def team(self, number: int) -> str:
        name = TEAMS[number % len(TEAMS)]
        return [name, f"{name} Team", name.upper(), f" {name}\u00a0"][number % 4]

    def as_cell(self, day: date, form: int) -> Any:
        return [
            day,
            datetime(day.year, day.month, day.day),
            f"{day:%d/%m/%Y}",
            f"{day:%d %B %Y}",
            f"{day:%Y-%m-%d}",
            (day - date(1899, 12, 30)).days,
            Formula(day),
        ][form % 7]

    # The faults ----------------------------------------------------------------------------

    def spoil(self, on: int, name: str, value: Any, severity: str) -> None:
        key, line = self.alone[on].pop(0)
        line.plant(name, value, severity)
        if severity == "error":
            self.plans.pop(key)

    def plant_warnings(self) -> None:
        ahead = self.today + timedelta(days=40)
        for on, name, value in (
            (6, "gender", "Z"),
            (4, "gender", None),
            (6, "ethnicity", "Martian"),
            (9, "ethnicity", "#N/A"),
            (6, "disability", "perhaps"),
            (4, "disability", None),
            (6, "team_name", None),
            (9, "team_name", "#REF!"),
            (6, "worker_name", "#N/A"),
            (4, "worker_name", "Unallocated"),
            (9, "worker_name", " "),
            (6, "worker_name", "W" * 200),
            (6, "opened_on", "31/02/2026"),
            (4, "opened_on", None),
            (6, "opened_on", ahead),
            (4, "opened_on", "#VALUE!"),
            (6, "closed_on", ahead),
            (6, "need", "N99"),
            (6, "status", "Pending"),
            (6, "age", 40),
        ):
            self.spoil(on, name, value, "warning")
        # A reason without a date is a fault of the date.
        key, line = self.alone[6].pop(0)
        line.cells["closure_reason"] = "RC1"
        line.plant("closed_on", None, "warning")
        # Facts that differ from the list that counts.
        in_need = self.on_both(6, 8)
        in_need[0][0].plant("gender", self.other(in_need[0][1].cells["gender"]), "warning")
        in_need[1][0].cells["ethnicity"] = in_need[1][1].cells["ethnicity"] = "WBRI"
        in_need[1][0].plant("ethnicity", "BCRB", "warning")
        in_need[2][0].cells["disability"] = in_need[2][1].cells["disability"] = "No"
        in_need[2][0].plant("disability", "a) Yes", "warning")

    def plant_errors(self) -> None:
        ahead = self.today + timedelta(days=40)
        for on, name, value in (
            (6, "identifier", None),
            (4, "identifier", "#N/A"),
            (6, "identifier", "1.23E+10"),
            (9, "identifier", 12.5),
            (6, "birth_date", None),
            (4, "birth_date", "#N/A"),
            (6, "birth_date", "31/02/2016"),
            (9, "birth_date", "Unborn"),
            (6, "birth_date", date(1901, 1, 1)),
            (4, "birth_date", "03/25/2016"),
            (6, "closed_on", "#N/A"),
            (4, "closed_on", "next week"),
        ):
            self.spoil(on, name, value, "error")
        key, line = self.alone[6].pop(0)
        line.cells["gender"] = "Female"
        line.plant("birth_date", ahead, "error")
        self.plans.pop(key)
        # One child's identifier with and without its zeros, further down.
        key, line = next(pair for pair in self.alone[4] if pair[0].startswith("00"))
        self.alone[4].remove((key, line))
        twin, clash = self.alone[6].pop()
        self.plans[key.lstrip("0")] = self.plans.pop(twin)
        clash.plant("identifier", int(key), "error")
        # Two months of birth for one child: the row on list 6 is the one not chosen.
        line, chosen = self.on_both(6, 8)[3]
        line.plant("birth_date", self.today - timedelta(days=200), "error")
        line.cells["age"] = None

    def on_both(self, one: int, other: int) -> list[tuple[Line, Line]]:
        """Rows of children who are open on both lists."""
        second = {
            str(line.cells["identifier"]): line
            for line in self.lines[other]
            if "closed_on" not in line.cells
        }
        return [
            (line, second[str(line.cells["identifier"])])
            for line in self.lines[one]
            if str(line.cells["identifier"]) in second
        ]

    def other(self, gender: str) -> str:
        return "Male" if gender.lower().endswith(("female", "f")) else "Female"

    # Writing -------------------------------------------------------------------------------

    def write(self) -> Made:
        book = openpyxl.Workbook()
        book.remove(book.active)
        planted: list[Planted] = []
        formulas: dict[int, list[str]] = {}
        for place, (title, number) in enumerate(self.titles(), start=1):
            sheet = book.create_sheet(title)
            if number in HEADINGS:
                formulas[place] = self.write_list(sheet, number, planted)
            elif number is not None:
                sheet.append(["Child Unique ID", "Child's Name", "Date of Birth", "Gender"])
                sheet.append(["999", CANARY, date(2015, 1, 1), "Male"])
        written = io.BytesIO()
        book.save(written)
        data = with_formulas(written.getvalue(), formulas)
        return Made(data, sorted(planted), self.plans, self.closed)

    def titles(self) -> list[tuple[str, int | None]]:
        titles: list[tuple[str, int | None]] = [
            (NAMES.get(number, f"List {number}"), number) for number in range(1, 12)
        ]
        return [*titles, ("Notes", None)]

    def write_list(self, sheet: Any, number: int, planted: list[Planted]) -> list[str]:
        headings = HEADINGS[number]
        dressed = ["Child's Name", *(DRESSED[number](heading) for heading in headings.values())]
        for above in ABOVE.get(number, []):
            sheet.append(above)
        sheet.append([*dressed, "Home postcode"])
        row = sheet.max_row
        formulas = []
        for count, line in enumerate(self.lines[number]):
            row += 1
            if count == 20 or count % 500 == 499:  # nothing, then the headings once more
                row += 1
                for place, heading in enumerate(dressed, start=1):
                    sheet.cell(row, place, heading)
                row += 1
            for place, name in enumerate(headings, start=2):
                value = line.cells.get(name)
                if isinstance(value, Formula):
                    formulas.append(f"{get_column_letter(place)}{row}")
                    value = value.day
                if value is not None:
                    sheet.cell(row, place, value)
            sheet.cell(row, 1, CANARY)
            sheet.cell(row, len(headings) + 2, CANARY)
            for name, severity in line.faults:
                planted.append(Planted(sheet.title, row, headings[name], severity))
        return formulas


@dataclass(frozen=True)
class Formula:
    """A date that a formula gives, kept in the file as Excel keeps it: with its last value."""

    day: date


def with_formulas(data: bytes, places: dict[int, list[str]]) -> bytes:
    """The workbook with these cells' values made the cached values of formulas."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "docProps/core.xml":  # the moment of saving
                text = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-01-01T00:00:00Z", text)
            found = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if found and (cells := set(places.get(int(found.group(1)), []))):

                def formula(match: re.Match[bytes], cells: set[str] = cells) -> bytes:
                    if match.group(2).decode() not in cells:
                        return match.group(0)
                    return match.group(1) + b"<f>TODAY()-1</f><v>"

                text = re.sub(rb'(<c r="([A-Z]+\d+)"[^>]*>)<v>', formula, text)
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, text)
    return written.getvalue()
