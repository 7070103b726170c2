"""How does an extract of the case system become children's records?

Read and held against what we have (`preview`), looked at, then applied whole or discarded. Between
the two its rows are kept encrypted, and wiped either way.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import PurePath
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actions import add_person, add_team, make_practitioner
from accounts.models import Locality, RoleGrant, ServiceArea, User
from accounts.roles import Role
from audit_trail.models import TrailEntry
from cycles.annex_a import read_file
from cycles.identifiers import new_reference, normalise
from cycles.import_comparison import (
    CHANGED,
    CLOSED,
    FACTS,
    NEW,
    Child,
    Comparison,
    ListFigures,
    compare,
)
from cycles.import_staging import TEAM, WORKER, Staged
from cycles.models import ChildRecord, Import
from workflow import access
from workflow.exceptions import Conflict, Stale
from workflow.machine import Transition, locked, perform

WRITTEN_AT_ONCE = 500


def has_no_errors(import_: Import) -> None:
    """A file with a row that can't be used is not applied in part."""
    errors = import_.summary["totals"]["errors"]
    if errors:
        rows = "1 problem has" if errors == 1 else f"{errors} problems have"
        raise Conflict(
            f"{rows} to be mended first. Mend them in the case system, export again "
            "and upload the new file. Nothing has been stored."
        )


APPLY = Transition(
    name="apply",
    sources=frozenset({Import.Status.PREVIEWED}),
    target=Import.Status.APPLIED,
    action="import.apply",
    ready=(has_no_errors,),
    words="apply this import",
)
DISCARD = Transition(
    name="discard",
    sources=frozenset({Import.Status.PREVIEWED}),
    target=Import.Status.DISCARDED,
    action="import.upload_validate",
    words="discard this import",
)
TRANSITIONS = (APPLY, DISCARD)


def read(file: str | os.PathLike[str] | BinaryIO, filename: str) -> tuple[Staged, Comparison]:
    """Read a file and hold it against the records, keeping nothing. Raises FileProblem."""
    today = timezone.localdate()
    staged = Staged.from_reading(read_file(file, filename, today=today))
    return staged, compare(staged, today=today)


def preview(file: BinaryIO, *, filename: str, by) -> Import:
    """Read a file and keep it, encrypted, for a person to look at. No child's record changes.

    Raises NotPermitted, or FileProblem for a file that can't be read at all.
    """
    access.check(by, "import.upload_validate")
    staged, comparison = read(file, filename)
    file.seek(0)
    kept: Any = staged.as_data()
    with transaction.atomic():
        import_ = Import.objects.create(
            filename="".join(c for c in PurePath(filename).name if c.isprintable())[:200],
            digest=hashlib.file_digest(file, "sha256").hexdigest(),  # type: ignore[arg-type]
            uploaded_by=by,
            summary=_summary(comparison),
            staged=kept,
        )
        TrailEntry.objects.record(
            "upload", import_, by=by, after=import_.status, detail=comparison.totals()
        )
    return import_


def comparison_of(import_: Import, *, lock: bool = False) -> Comparison:
    """What applying an import would change now. Raises Conflict once its rows are wiped."""
    return compare(staged_of(import_), today=timezone.localdate(), lock=lock)


def staged_of(import_: Import) -> Staged:
    """The rows kept of an import. Raises Conflict once they are wiped."""
    if import_.status != Import.Status.PREVIEWED or import_.staged is None:
        raise Conflict(f"This import is “{import_.get_status_display()}”: its rows are not kept.")
    kept: Any = import_.staged
    return Staged.from_data(kept)


@transaction.atomic
def choose(import_: Import, *, kind: str, name: str, key: int, by) -> Import:
    """Say whom a worker's or team's name in the file means (NOBODY: leave it empty).

    Raises NotPermitted, or Conflict when the name is not in the file or the import is over.
    """
    import_ = locked(import_)
    access.check(by, "import.upload_validate")
    staged = staged_of(import_)
    if name not in staged.names(kind):
        raise Conflict("This name is not in the file.")
    staged.choices[kind][name] = key
    kept: Any = staged.as_data()
    import_.staged = kept
    import_.summary = _summary(compare(staged, today=timezone.localdate()))
    import_.save(update_fields=["staged", "summary"])
    TrailEntry.objects.record(f"match_{kind}", import_, by=by, detail={kind: key})
    return import_


@transaction.atomic
def add_worker(import_: Import, *, called: str, name: str, email: str, by) -> Import:
    """Add the person whom a worker's name in the file means, and choose them for it."""
    try:
        with transaction.atomic():
            person = add_person(by=by, email=email, name=name)
    except IntegrityError:
        raise Conflict(
            "Somebody with this e-mail address was added a moment ago. "
            "Choose them from the staff list."
        ) from None
    return choose(import_, kind=WORKER, name=called, key=person.pk, by=by)


@transaction.atomic
def add_team_of_file(
    import_: Import,
    *,
    called: str,
    name: str,
    service_area: ServiceArea,
    locality: Locality | None,
    by,
) -> Import:
    """Add the team that a team's name in the file means, and choose it for it."""
    try:
        with transaction.atomic():
            team = add_team(by=by, name=name, service_area=service_area, locality=locality)
    except (IntegrityError, ValidationError):
        raise Conflict(
            "A team of this name was added a moment ago. Choose it from the teams we have."
        ) from None
    return choose(import_, kind=TEAM, name=called, key=team.pk, by=by)


@transaction.atomic
def apply(import_: Import, *, by, seen: str = "") -> Import:
    """Write everything that the preview showed, or nothing, and wipe the rows that were kept.

    `seen` is the digest of the figures that the person looked at (without it, those of the
    preview). Raises NotPermitted; Conflict when there are errors or the import is over; Stale when
    the records have changed since, so that other figures would come about.
    """
    # One import at a time: two would each add the same new child.
    list(Import.objects.select_for_update().filter(status=Import.Status.PREVIEWED).order_by("pk"))
    import_ = locked(import_)
    APPLY.check(import_, by)
    comparison = comparison_of(import_, lock=True)
    if comparison.errors:
        import_.summary = _summary(comparison)
        has_no_errors(import_)
    if comparison.digest != (seen or import_.summary["digest"]):
        raise Stale(
            "The children’s records have changed since these figures were made. "
            "Look at the new figures, then apply."
        )
    children = comparison.of(NEW, CHANGED, CLOSED)
    references = _write(children, import_)
    people = _make_practitioners(comparison, by=by)
    totals = comparison.totals() | {"practitioners": people}
    import_ = perform(
        APPLY,
        import_,
        by=by,
        changes={
            "applied_by": by,
            "applied_at": timezone.now(),
            "summary": _summary(comparison) | {"totals": totals},
            "staged": None,
        },
        detail=totals,
    )
    if references:
        TrailEntry.objects.record("import_children", import_, by=by, children=references)
    return import_


def discard(import_: Import, *, by) -> Import:
    """Wipe a preview without storing anything of it."""
    return perform(DISCARD, import_, by=by, changes={"staged": None})


def _summary(comparison: Comparison) -> dict[str, Any]:
    """Counts only: they stay when the rows are wiped."""
    return {
        "lists": [vars(figures) for figures in comparison.lists],
        "totals": comparison.totals(),
        "digest": comparison.digest,
    }


def lists_of(import_: Import) -> list[ListFigures]:
    """The counts of each list as they were when the import was previewed or applied."""
    return [ListFigures(**figures) for figures in import_.summary["lists"]]


def _write(children: list[Child], import_: Import) -> list[str]:
    """Add and change records in a few statements, and give their references."""
    now = timezone.now()
    taken = set(ChildRecord.objects.order_by().values_list("reference", flat=True))
    records = [
        ChildRecord(
            # A known child keeps its own: this one is only for the insert that gives way.
            reference=_free_reference(taken),
            identifier=normalise(child.row.identifier),
            identifier_hash=child.hash,
            imported_from=import_,
            imported_at=now,
            **child.values,
        )
        for child in children
    ]
    changed = [name.removesuffix("_id") for name in FACTS]
    new = [r for r, child in zip(records, children, strict=True) if child.verdict == NEW]
    old = [r for r, child in zip(records, children, strict=True) if child.verdict != NEW]
    ChildRecord.objects.bulk_create(new, batch_size=WRITTEN_AT_ONCE)
    ChildRecord.objects.bulk_create(
        old,
        batch_size=WRITTEN_AT_ONCE,
        update_conflicts=True,
        unique_fields=["identifier_hash"],
        update_fields=[*changed, "imported_from", "imported_at"],
    )
    return sorted([r.reference for r in new] + [c.reference for c in children if c.reference])


def _free_reference(taken: set[str]) -> str:
    while (reference := new_reference()) in taken:
        pass
    taken.add(reference)
    return reference


def _make_practitioners(comparison: Comparison, *, by) -> int:
    """Give the role to the workers of open children who do not hold it, and count them."""
    workers = {
        child.values["practitioner_id"]
        for child in comparison.of(NEW, CHANGED)
        if child.values["practitioner_id"]
    }
    holds = RoleGrant.objects.filter(
        Q(until=None) | Q(until__gte=timezone.localdate()), role=Role.PRACTITIONER
    )
    lacking = list(
        User.objects.filter(pk__in=workers).exclude(pk__in=holds.values("user")).order_by("pk")
    )
    for person in lacking:
        make_practitioner(person, by=by)
    return len(lacking)


__all__ = [
    "TEAM",
    "TRANSITIONS",
    "WORKER",
    "add_team_of_file",
    "add_worker",
    "apply",
    "choose",
    "comparison_of",
    "discard",
    "lists_of",
    "preview",
    "read",
    "staged_of",
]
