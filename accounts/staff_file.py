"""How is the Trust's staff list read?

A CSV with a header row. Columns: email, name, job title, staff number, team, service area,
locality, manager email, roles (separated by ;), newly qualified (yes/no). It applies whole or not
at all; the same file again changes nothing.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.models import Locality, RoleGrant, ServiceArea, Team, User
from accounts.roles import PRIVILEGED, Role
from audit_trail.models import TrailEntry
from workflow import access
from workflow.exceptions import Conflict

COLUMNS = (
    "email",
    "name",
    "job title",
    "staff number",
    "team",
    "service area",
    "locality",
    "manager email",
    "roles",
    "newly qualified",
)
NEEDED = ("email", "name")
ROWS_AT_MOST = 20_000
BYTES_AT_MOST = 5 * 1024 * 1024


@dataclass
class StaffFile:
    """What was read: rows by column name, and every problem as (row, column, sentence)."""

    rows: list[dict[str, str]] = field(default_factory=list)
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def read(file) -> StaffFile:
    """Read and check a staff list. Every problem is listed; nothing is stored."""
    result = StaffFile()
    raw = file.read(BYTES_AT_MOST + 1)
    if len(raw) > BYTES_AT_MOST:
        result.problems.append((0, "file", "The file is larger than 5 MB. Split it."))
        return result
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\0" in text or raw[:2] == b"PK":
        result.problems.append((0, "file", "This is not a CSV file. Save the list as CSV first."))
        return result
    try:
        table = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error:
        result.problems.append((0, "file", "The file cannot be read as CSV. Save it again."))
        return result
    if not table:
        result.problems.append((0, "file", "The file is empty."))
        return result
    header = [" ".join(cell.lower().replace("_", " ").split()) for cell in table[0]]
    for column in NEEDED:
        if column not in header:
            result.problems.append((1, column, f"The column “{column}” is missing."))
    if result.problems:
        return result
    if len(table) > ROWS_AT_MOST:
        result.problems.append((0, "file", "The file has more than 20,000 rows. Split it."))
        return result
    seen: dict[str, int] = {}
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = {
            name: " ".join(cell.split())
            for name, cell in zip(header, cells, strict=False)
            if name in COLUMNS
        }
        row["email"] = row.get("email", "").lower()
        _check(row, number, seen, result)
        result.rows.append(row)
    return result


def _check(row: dict[str, str], number: int, seen: dict[str, int], result: StaffFile) -> None:
    def problem(column: str, sentence: str) -> None:
        result.problems.append((number, column, sentence))

    email = row["email"]
    try:
        validate_email(email)
    except ValidationError:
        problem("email", "Enter an e-mail address, such as jo.bennett@trust.example.")
    if email in seen:
        problem("email", f"This e-mail address stands in row {seen[email]} too.")
    seen.setdefault(email, number)
    if not row.get("name"):
        problem("name", "Enter the person’s name.")
    for column in ("name", "job title", "team", "service area", "locality"):
        if len(row.get(column, "")) > 80:
            problem(column, "Use 80 characters at most.")
    if len(row.get("staff number", "")) > 40:
        problem("staff number", "Use 40 characters at most.")
    known = {role.label.lower(): role.value for role in Role} | {r.value: r.value for r in Role}
    for role in filter(None, (part.strip().lower() for part in row.get("roles", "").split(";"))):
        if role not in known:
            problem("roles", f"“{role[:40]}” is not a role we know.")
        elif known[role] in PRIVILEGED:
            problem("roles", f"“{role}” cannot be given by a file. Give it on the person’s page.")
    if row.get("newly qualified", "").lower() not in {"", "yes", "no", "y", "n"}:
        problem("newly qualified", "Enter yes or no.")
    if (
        row.get("team")
        and not row.get("service area")
        and not Team.objects.filter(name__iexact=row["team"]).exists()
    ):
        problem("service area", "This team is new: say which service area it belongs to.")


@transaction.atomic
def apply(staff: StaffFile, *, by) -> dict[str, int]:
    """Add and change people and teams from a file without problems; returns counts.

    Refuses (Conflict) a file with problems. Ordinary roles in the file are added, none is ended.
    """
    access.check(by, "user.create_disable")
    if staff.problems:
        raise Conflict("The file has problems. Mend them and upload it again.")
    known = {role.label.lower(): role.value for role in Role} | {r.value: r.value for r in Role}
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    areas = {area.name.lower(): area for area in ServiceArea.objects.all()}
    places = {place.name.lower(): place for place in Locality.objects.all()}
    teams = {team.name.lower(): team for team in Team.objects.all()}
    people = {person.email: person for person in User.objects.all()}
    held = set(RoleGrant.objects.in_force().values_list("user__email", "role"))
    for row in staff.rows:
        team = None
        if name := row.get("team"):
            if name.lower() not in teams:
                area_name, place_name = row["service area"], row.get("locality", "")
                area = areas.get(area_name.lower()) or ServiceArea.objects.create(name=area_name)
                areas[area_name.lower()] = area
                place = None
                if place_name:
                    place = places.get(place_name.lower()) or Locality.objects.create(
                        name=place_name
                    )
                    places[place_name.lower()] = place
                teams[name.lower()] = Team.objects.create(
                    name=name, service_area=area, locality=place
                )
            team = teams[name.lower()]
        facts: dict[str, Any] = {
            "name": row["name"],
            "job_title": row.get("job title", ""),
            "staff_number": row.get("staff number", ""),
            "team": team,
            "newly_qualified": row.get("newly qualified", "").lower() in {"yes", "y"},
        }
        person = people.get(row["email"])
        if person is None:
            person = people[row["email"]] = User.objects.create_user(email=row["email"], **facts)
            counts["added"] += 1
        elif any(getattr(person, key) != value for key, value in facts.items()):
            for key, value in facts.items():
                setattr(person, key, value)
            person.save()
            counts["changed"] += 1
        else:
            counts["unchanged"] += 1
        for word in filter(None, (p.strip().lower() for p in row.get("roles", "").split(";"))):
            if (person.email, known[word]) not in held:
                held.add((person.email, known[word]))
                RoleGrant.objects.create(
                    user=person, role=known[word], starts=timezone.localdate(), granted_by=by
                )
    for row in staff.rows:
        manager = people.get(row.get("manager email", "").lower())
        team = teams.get(row.get("team", "").lower())
        if manager and team and team.manager_id != manager.pk:
            team.manager = manager
            team.save(update_fields=["manager"])
    TrailEntry.objects.record("import_staff", by=by, detail=counts)
    return counts
