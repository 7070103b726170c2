"""Plan a cycle, draw its sample, take its steps; find a child and show who it is: do it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from audit_trail.models import TrailEntry
from cycles import transitions
from cycles.enums import EntryKind
from cycles.frame import build_frame
from cycles.identifiers import normalise
from cycles.models import ChildRecord, Cycle, Sample, SampleEntry
from cycles.policy import Policy
from cycles.sampling import FrameChild, Rules, draw, frame_digest
from workflow import access
from workflow.exceptions import Conflict
from workflow.machine import locked, perform

LOOK_UPS_AN_HOUR = 30


class TooManyLookUps(Conflict):
    """This person has looked up as many identifiers as one hour allows (429)."""


# Cycles ------------------------------------------------------------------------------------------


@transaction.atomic
def plan_cycle(*, by, policy: dict[str, Any] | None = None, **fields) -> Cycle:
    """Plan a cycle with today's policy, some numbers of it changed, copied onto it.

    Takes label, starts_on, ends_on, size. Raises ValidationError by field, NotPermitted, and
    Conflict when no instrument has been published.
    """
    access.check(by, "cycle.create_edit")
    instruments = apps.get_model("evaluations", "Instrument").objects
    instrument = instruments.exclude(published_at=None).order_by("-published_at", "-pk").first()
    if instrument is None:
        raise Conflict("Publish the evaluation form first: a cycle works with one version of it.")
    cycle = Cycle(
        **fields,
        instrument=instrument,
        policy_data=_policy(Policy().as_dict(), policy),
        planned_by=by,
    )
    cycle.full_clean()
    cycle.save()
    TrailEntry.objects.record("plan", cycle, by=by, after=cycle.status)
    return cycle


@transaction.atomic
def edit_cycle(cycle: Cycle, *, by, policy: dict[str, Any] | None = None, **fields) -> Cycle:
    """Change a cycle's dates, size or rules while it is planned. Raises as `plan_cycle`."""
    cycle = locked(cycle)
    transitions.EDIT.check(cycle, by)
    if fields.get("label", cycle.label) != cycle.label and cycle.evaluations.exists():
        raise ValidationError(
            {"label": "Evaluations already carry this quarter in their reference."}
        )
    fields["policy_data"] = _policy(cycle.policy.as_dict(), policy)
    changed = sorted(name for name, value in fields.items() if getattr(cycle, name) != value)
    for name, value in fields.items():
        setattr(cycle, name, value)
    cycle.full_clean()
    return perform(transitions.EDIT, cycle, by=by, changes=fields, detail={"changed": changed})


def _policy(old: dict[str, Any], changes: dict[str, Any] | None) -> dict[str, Any]:
    """The rules with some numbers changed. Raises ValidationError on one that does not exist."""
    unknown = sorted(set(changes or {}) - set(old))
    if unknown:
        raise ValidationError({"policy": f"There is no rule called “{unknown[0]}”."})
    return old | (changes or {})


def open_cycle(cycle: Cycle, *, by) -> Cycle:
    """Open a planned cycle, so that its evaluations can be allocated."""
    return perform(transitions.OPEN, cycle, by=by)


def start_moderating(cycle: Cycle, *, by) -> Cycle:
    """Say that the cycle's panels have begun."""
    return perform(transitions.START_MODERATING, cycle, by=by)


def close_cycle(cycle: Cycle, *, by) -> Cycle:
    """Close a cycle whose evaluations are all final or eliminated."""
    return perform(transitions.CLOSE, cycle, by=by)


# The sample --------------------------------------------------------------------------------------


@transaction.atomic
def draw_sample(cycle: Cycle, *, by, seed: str = "") -> Sample:
    """Draw the sample, or draw it again with a new seed while no evaluation has been planned.

    Children chosen on purpose stay. Raises NotPermitted, and Conflict when evaluations exist or
    nobody can be drawn.
    """
    cycle = locked(cycle)
    transitions.DRAW_SAMPLE.check(cycle, by)
    frame = build_frame(cycle)
    if not frame.children:
        raise Conflict(
            "No child can be drawn. Upload this month’s list of open children, then draw again."
        )
    policy = cycle.policy
    rules = Rules(cycle.size, policy.oversample_percent, policy.stratum_minimum, policy.by_locality)
    seed = seed or secrets.token_hex(8)
    drawn = draw(frame.children, rules, seed)

    before = Sample.objects.filter(cycle=cycle)
    kept = list(SampleEntry.objects.filter(sample__in=before, kind=EntryKind.PURPOSIVE))
    before.delete()
    sample = Sample.objects.create(
        cycle=cycle,
        seed=seed,
        size=cycle.size,
        frame_digest=frame_digest(frame.children),
        frame_count=len(frame.children),
        rules=rules.as_dict() | {"left_out": frame.left_out},
        drawn_by=by,
    )
    SampleEntry.objects.bulk_create(
        SampleEntry(
            sample=sample,
            child_id=frame.ids[one.key],
            stratum=one.stratum,
            draw_order=one.draw_order,
            is_reserve=one.is_reserve,
        )
        for one in drawn
    )
    for entry in kept:
        _add_purposive(sample, entry.child, entry.note)
    first = sum(not one.is_reserve for one in drawn)
    detail = {
        "seed": seed,
        "frame_digest": sample.frame_digest,
        "frame": sample.frame_count,
        "drawn": first,
        "reserve": len(drawn) - first,
    }
    perform(transitions.DRAW_SAMPLE, cycle, by=by, detail=detail)
    return sample


@transaction.atomic
def add_to_sample(cycle: Cycle, *, child: ChildRecord, note: str, by) -> SampleEntry:
    """Add a child on purpose: marked, with the reason, and outside headline percentages.

    Raises NotPermitted, Conflict without a sample, ValidationError when the child cannot be added.
    """
    cycle = locked(cycle)
    transitions.ADD_TO_SAMPLE.check(cycle, by)
    if not child.is_open:
        raise ValidationError({"child": f"{child.reference} is closed. Choose an open record."})
    if child.practitioner_id is None or child.team_id is None:
        raise ValidationError({"child": f"{child.reference} has no worker or team on the record."})
    if cycle.sample.entries.filter(child=child).exists():
        raise ValidationError({"child": f"{child.reference} is already in the sample."})
    entry = _add_purposive(cycle.sample, child, note)
    perform(transitions.ADD_TO_SAMPLE, cycle, by=by, reason=note, detail={"child": child.reference})
    return entry


def _add_purposive(sample: Sample, child: ChildRecord, note: str) -> SampleEntry:
    assert child.team is not None  # the callers have seen to it
    stratum = FrameChild(
        key=child.identifier_hash,
        plan_type=child.plan_type,
        service_area=child.team.service_area.name,
        locality=child.team.locality.name if child.team.locality else "",
    ).stratum(sample.cycle.policy.by_locality)
    last = sample.entries.filter(stratum=stratum).aggregate(last=Max("draw_order"))["last"] or 0
    return sample.entries.create(
        child=child,
        stratum=stratum,
        draw_order=last + 1,
        kind=EntryKind.PURPOSIVE,
        note=note,
    )


# One child ---------------------------------------------------------------------------------------


def reveal_needs_reason(child: ChildRecord, *, by) -> bool:
    """Whether this person must say why before they see this child's identifier."""
    free = ChildRecord.objects.filter(pk=child.pk)
    return not free.permitted_without_reason(by, "child.reveal_identifier").exists()


@transaction.atomic
def reveal_identifier(child: ChildRecord, *, by, reason: str = "") -> str:
    """The child's identifier in the case system, with one trail entry for each time it is shown.

    Raises NotPermitted, and ValidationError when a reason is needed and missing.
    """
    access.check(by, "child.reveal_identifier", child)
    if not reason.strip() and reveal_needs_reason(child, by=by):
        raise ValidationError({"reason": "Say why you need to see it."})
    TrailEntry.objects.record("reveal_identifier", child, by=by, reason=reason.strip())
    return child.identifier


@transaction.atomic
def look_up(identifier: str, *, by) -> ChildRecord | None:
    """The child with exactly this identifier; None when there is none or it is not theirs to see.

    Every try is in the trail, and the trail is what is counted: 30 an hour. Raises NotPermitted,
    TooManyLookUps, and ValidationError when nothing was typed.
    """
    access.check(by, "child.lookup_exact_id")
    if not normalise(identifier):
        raise ValidationError({"identifier": "Enter the identifier."})
    an_hour_ago = timezone.now() - timedelta(hours=1)
    tries = TrailEntry.objects.filter(by=by, action="look_up", at__gt=an_hour_ago).count()
    if tries >= LOOK_UPS_AN_HOUR:
        raise TooManyLookUps(
            f"You can look up {LOOK_UPS_AN_HOUR} identifiers in an hour. Try again later."
        )
    children = ChildRecord.objects.with_identifier(identifier)
    child = children.permitted(by, "child.lookup_exact_id").first()
    TrailEntry.objects.record("look_up", child, by=by, detail={"found": child is not None})
    return child
