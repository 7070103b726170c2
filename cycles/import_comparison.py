"""What would an extract change in the children's records that we hold?

Reads the database in a fixed number of queries, however many children there are. Writes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.models import Team, User
from cycles.annex_a import ChildRow, Problem
from cycles.annex_a.matching import Candidate, Match, match_people, match_teams
from cycles.enums import Ethnicity, Gender
from cycles.identifiers import lookup_hash, normalise
from cycles.import_staging import TEAM, WORKER, Staged
from cycles.models import ChildRecord

NEW, CHANGED, UNCHANGED, CLOSED, ENDED = "new", "changed", "unchanged", "closed", "ended"

# What an extract may set. A known fact about the child is never replaced by "not known".
FACTS = (
    "birth_month",
    "gender",
    "ethnicity",
    "disability",
    "plan_type",
    "need",
    "team_id",
    "practitioner_id",
    "opened_on",
    "is_open",
    "closed_on",
)
NOT_KNOWN: dict[str, Any] = {
    "birth_month": None,
    "gender": Gender.NOT_KNOWN,
    "ethnicity": Ethnicity.NOT_KNOWN,
    "disability": None,
    "need": "",
    "opened_on": None,
}
LONGEST_IDENTIFIER_WITH_ZEROS = 12


@dataclass(frozen=True)
class Child:
    """One child of the file: what we hold, what it would become, and the word for that."""

    row: ChildRow
    hash: str
    reference: str
    verdict: str
    values: dict[str, Any]


@dataclass
class ListFigures:
    """One list: its rows are new, changed, unchanged, closed and left out together."""

    sheet: str
    number: int | None
    rows_read: int
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def left_out_in_all(self) -> int:
        return sum(self.left_out.values())


@dataclass(frozen=True)
class Name:
    """A worker or team in the file, how many children it has, and whom it means."""

    kind: str
    name: str
    children: int
    match: Match
    chosen: int | None  # a person's choice: a key, NOBODY, or None for not chosen yet

    @property
    def is_settled(self) -> bool:
        return self.match.found is not None or self.chosen is not None

    @property
    def key(self) -> int | None:
        """The user or team that the children get, if any."""
        if self.chosen is not None:
            return self.chosen or None
        return self.match.found.key if self.match.found else None  # type: ignore[return-value]


@dataclass
class Comparison:
    """Everything that the preview shows and that applying writes."""

    lists: list[ListFigures]
    children: list[Child]
    names: dict[str, list[Name]]
    not_in_file: list[str]  # references of open children whom the file does not name
    problems: list[Problem]
    digest: str

    def of(self, *verdicts: str) -> list[Child]:
        return [child for child in self.children if child.verdict in verdicts]

    def unsettled(self, kind: str) -> list[Name]:
        return [name for name in self.names[kind] if not name.is_settled]

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    def totals(self) -> dict[str, int]:
        """The counts that are kept when everything else is wiped."""
        counts = Counter(child.verdict for child in self.children)
        return {
            **{verdict: counts[verdict] for verdict in (NEW, CHANGED, UNCHANGED, CLOSED, ENDED)},
            "not_in_file": len(self.not_in_file),
            "errors": len(self.errors),
            "warnings": len(self.problems) - len(self.errors),
            "workers_unmatched": len(self.unsettled(WORKER)),
            "teams_unmatched": len(self.unsettled(TEAM)),
        }


def compare(staged: Staged, *, today: date, lock: bool = False) -> Comparison:
    """Hold an extract against the records. With `lock` their rows stay locked until the end of
    the transaction."""
    names = {kind: _names(staged, kind) for kind in (WORKER, TEAM)}
    keys = {kind: {name.name: name.key for name in names[kind]} for kind in names}
    held = _held(lock)
    children = [_child(row, held, keys, today) for row in staged.rows]
    in_file = {child.hash for child in children}
    return Comparison(
        lists=_lists(staged, children),
        children=children,
        names=names,
        not_in_file=sorted(
            record["reference"]
            for key, record in held.items()
            if record["is_open"] and key not in in_file
        ),
        problems=[*staged.problems, *_clashes(children, held)],
        digest=_digest(children),
    )


def _names(staged: Staged, kind: str) -> list[Name]:
    counts = staged.names(kind)
    if kind == WORKER:
        people = User.objects.filter(is_active=True).values_list(
            "pk", "name", "email", "staff_number"
        )
        matches = match_people(counts, [Candidate(*person) for person in people])
    else:
        teams = Team.objects.order_by("pk").values_list("pk", "name")
        matches = match_teams(counts, [Candidate(*team) for team in teams])
    chosen = staged.choices[kind]
    return [
        Name(kind, name, count, matches[name], chosen.get(name))
        for name, count in sorted(counts.items())
    ]


def _held(lock: bool) -> dict[str, dict[str, Any]]:
    """What we hold of every child, by the hash of the identifier, without the identifier itself."""
    records = ChildRecord.objects.order_by()
    if lock:
        records = records.select_for_update()
    return {
        record.pop("identifier_hash"): record
        for record in records.values("identifier_hash", "reference", *FACTS)
    }


def _child(
    row: ChildRow,
    held: dict[str, dict[str, Any]],
    keys: dict[str, dict[str, int | None]],
    today: date,
) -> Child:
    key = lookup_hash(row.identifier)
    record = held.get(key)
    if not row.is_open:
        if record is None or not record["is_open"]:
            return Child(row, key, record["reference"] if record else "", ENDED, {})
        values = {name: record[name] for name in FACTS}
        values |= {"is_open": False, "closed_on": row.closed_on or today}
        return Child(row, key, record["reference"], CLOSED, values)
    values = {
        "birth_month": row.birth_month,
        "gender": row.gender,
        "ethnicity": row.ethnicity,
        "disability": row.disability,
        "plan_type": row.plan_type,
        "need": row.need,
        "team_id": keys[TEAM].get(row.team_name),
        "practitioner_id": keys[WORKER].get(row.worker_name),
        "opened_on": row.opened_on,
        "is_open": True,
        "closed_on": None,
    }
    if record is None:
        return Child(row, key, "", NEW, values)
    for name, unknown in NOT_KNOWN.items():
        if values[name] == unknown:
            values[name] = record[name]
    same = all(values[name] == record[name] for name in FACTS)
    return Child(row, key, record["reference"], UNCHANGED if same else CHANGED, values)


def _lists(staged: Staged, children: list[Child]) -> list[ListFigures]:
    counts = Counter((child.row.sheet, child.verdict) for child in children)
    figures = []
    for count in staged.lists:
        closed = counts[count.sheet, CLOSED]
        left_out = dict(count.left_out)
        if count.closed > closed:
            left_out["has ended, with nothing to close"] = count.closed - closed
        figures.append(
            ListFigures(
                sheet=count.sheet,
                number=count.number,
                rows_read=count.rows_read,
                new=counts[count.sheet, NEW],
                changed=counts[count.sheet, CHANGED],
                unchanged=counts[count.sheet, UNCHANGED],
                closed=closed,
                left_out=left_out,
            )
        )
    return figures


def _clashes(children: Iterable[Child], held: dict[str, Any]) -> list[Problem]:
    """New children who differ from one we hold only by leading zeros: one child, twice."""
    problems = []
    for child in children:
        identifier = normalise(child.row.identifier)
        if child.verdict != NEW or not identifier.isdecimal():
            continue
        bare = identifier.lstrip("0")
        forms = (bare.zfill(n) for n in range(len(bare), LONGEST_IDENTIFIER_WITH_ZEROS + 1))
        if any(form != identifier and lookup_hash(form) in held for form in forms):
            problems.append(
                Problem(
                    child.row.sheet,
                    child.row.row,
                    "Child Unique ID",
                    "other leading zeros than in an earlier import",
                    "one child’s identifier written in one way, with its leading zeros",
                    "error",
                )
            )
    return problems


def _digest(children: list[Child]) -> str:
    """Changes whenever applying would write something else."""
    digest = hashlib.sha256()
    for child in sorted(children, key=lambda child: child.hash):
        if child.verdict not in (UNCHANGED, ENDED):
            facts = [str(child.values[name]) for name in FACTS]
            digest.update("|".join([child.hash, child.verdict, *facts]).encode())
    return digest.hexdigest()
