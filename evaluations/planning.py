"""From a sample to evaluations with evaluators: plan, suggest, allocate, take out, replace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit_trail.models import TrailEntry
from cycles.enums import EliminationReason, EntryKind
from cycles.models import Cycle, SampleEntry
from evaluations import planning_transitions as transitions
from evaluations.conflicts import Conflicts, Obstacle
from evaluations.enums import ConflictKind, Status
from evaluations.models import DeclaredConflict, Evaluation
from notifications.outbox import notify, stop
from workflow import access
from workflow.exceptions import Conflict
from workflow.machine import locked, perform
from workflow.working_days import add_working_days

# Planning ----------------------------------------------------------------------------------------


@transaction.atomic
def create_from_sample(cycle: Cycle, *, by) -> list[Evaluation]:
    """Plan an evaluation for every first choice that has none yet. Safe to repeat.

    Children who have lost their worker or team since the draw are passed over: eliminate or mend
    their record. Raises NotPermitted, and Conflict when there is nothing to plan.
    """
    access.check(by, "evaluation.create_from_sample")
    cycle = locked(cycle)
    if cycle.status not in {"planned", "open"}:
        raise Conflict(f"The cycle is “{cycle.get_status_display()}”: its sample is settled.")
    entries = list(
        SampleEntry.objects.filter(sample__cycle=cycle, evaluation=None, eliminated_reason="")
        .first_choices()
        .filter(child__practitioner__isnull=False, child__team__isnull=False)
        .select_related("child__team")
    )
    if not entries:
        raise Conflict("Every child in the sample has an evaluation already.")
    number = _last_number(cycle)
    return [
        _plan(cycle, entry, number + place, by=by) for place, entry in enumerate(entries, start=1)
    ]


def _last_number(cycle: Cycle) -> int:
    """The highest number given in this cycle. Call with the cycle's row locked."""
    references = Evaluation.objects.filter(reference__startswith=f"PE-{cycle.code}-")
    return max(
        (
            int(reference.rsplit("-", 1)[1])
            for reference in references.values_list("reference", flat=True)
        ),
        default=0,
    )


def _plan(cycle: Cycle, entry: SampleEntry, number: int, *, by) -> Evaluation:
    """One evaluation, with the worker, team and service area as they are today."""
    child = entry.child
    assert child.team is not None and child.practitioner_id is not None  # callers chose such
    evaluation = Evaluation.objects.create(
        reference=f"PE-{cycle.code}-{number:04}",
        cycle=cycle,
        instrument_id=cycle.instrument_id,
        entry=entry,
        child=child,
        plan_type=child.plan_type,
        practitioner_id=child.practitioner_id,
        team=child.team,
        service_area_id=child.team.service_area_id,
    )
    TrailEntry.objects.record("plan", evaluation, by=by, after=evaluation.status)
    return evaluation


# Allocating --------------------------------------------------------------------------------------


@transaction.atomic
def allocate(
    evaluation: Evaluation, *, evaluator: User, by, override_reason: str = ""
) -> Evaluation:
    """Give a planned evaluation to an evaluator, and tell them and the worker.

    Raises NotPermitted; Conflict when it is not planned any more, the cycle is not open, or
    something stands between the two that may not be, or has not been, overridden.
    """
    evaluation = locked(evaluation)
    transitions.ALLOCATE.check(evaluation, by)
    return _give(transitions.ALLOCATE, evaluation, evaluator, by, override_reason, reason="")


@transaction.atomic
def reallocate(
    evaluation: Evaluation, *, evaluator: User, by, reason: str, override_reason: str = ""
) -> Evaluation:
    """Give an evaluation to somebody else, with a reason.

    Once work has begun only the Hub lead may; what was written stays on the form. Raises as
    `allocate`, and ValidationError without a reason or for the same evaluator.
    """
    evaluation = locked(evaluation)
    begun = evaluation.status == Status.IN_PROGRESS
    step = transitions.REASSIGN if begun else transitions.REALLOCATE
    step.check(evaluation, by)
    if not reason.strip():
        raise ValidationError({"reason": "Say why somebody else takes it on."})
    before = evaluation.evaluator
    if before == evaluator:
        raise ValidationError({"evaluator": f"{evaluator} has this evaluation already."})
    stop(evaluation)
    changed = _give(step, evaluation, evaluator, by, override_reason, reason=reason.strip())
    notify(
        "evaluation_reallocated",
        before,
        about=changed,
        occasion=f"{changed.allocated_at}",
    )
    return changed


def _give(step, evaluation, evaluator, by, override_reason, *, reason) -> Evaluation:
    override_reason = override_reason.strip()
    refusals = Conflicts([evaluation]).refusals(evaluator, evaluation)
    overridden = _override(refusals, evaluation, evaluator, by, override_reason)
    now = timezone.now()
    today = timezone.localdate(now)
    policy = evaluation.cycle.policy
    changed = perform(
        step,
        evaluation,
        by=by,
        reason=reason or override_reason,
        changes={
            "evaluator": evaluator,
            "allocated_at": now,
            "accepted_at": None,
            "accept_by": add_working_days(today, policy.accept_within),
            "conversation_by": add_working_days(today, policy.conversation_by),
            "submit_by": add_working_days(today, policy.submit_by),
        },
        detail={"evaluator": evaluator.pk, "overridden": overridden},
    )
    occasion = f"{now.isoformat()}"
    due_on = changed.accept_by
    notify("evaluation_allocated", evaluator, about=changed, occasion=occasion, due_on=due_on)
    notify("evaluation_chosen", changed.practitioner, about=changed, occasion="chosen")
    return changed


def _override(refusals: list[Obstacle], evaluation, evaluator, by, reason: str) -> list[str]:
    """Let two kinds of conflict pass for a Hub lead with a reason; raise Conflict for the rest."""
    firm = [obstacle for obstacle in refusals if not obstacle.can_be_overridden]
    if firm:
        raise Conflict(" ".join(o.sentence for o in firm) + " Choose somebody else.")
    if not refusals:
        return []
    if not access.may(by, "conflict.override", evaluation):
        raise Conflict(" ".join(o.sentence for o in refusals) + " Choose somebody else.")
    if not reason:
        raise Conflict(
            " ".join(o.sentence for o in refusals)
            + " Choose somebody else, or say why it should be this person all the same."
        )
    kinds = [str(ConflictKind(obstacle.kind)) for obstacle in refusals]
    for kind in kinds:
        DeclaredConflict.objects.create(
            evaluation=evaluation,
            person=evaluator,
            kind=kind,
            overridden_by=by,
            overridden_reason=reason,
        )
    TrailEntry.objects.record(
        "override_conflict",
        evaluation,
        by=by,
        reason=reason,
        detail={"evaluator": evaluator.pk, "kinds": kinds},
    )
    return kinds


@dataclass(frozen=True)
class Suggestion:
    """A proposal: nothing is stored until a person confirms it."""

    evaluation: Evaluation
    evaluator: User | None


def waiting(cycle: Cycle):
    """Evaluations of a cycle that have no evaluator yet."""
    return Evaluation.objects.filter(cycle=cycle, status=Status.PLANNED, is_training=False)


def suggest(cycle: Cycle, conflicts: Conflicts | None = None) -> list[Suggestion]:
    """An evaluator for each evaluation that waits, none where nobody fits.

    The hardest to place come first. Of those who fit, the one with the most room is proposed, never
    beyond what a person takes on at once and never somebody away.
    """
    evaluations = list(waiting(cycle).select_related("cycle", "practitioner"))
    conflicts = conflicts or Conflicts(evaluations)
    load = dict(conflicts.load)
    people = sorted(conflicts.evaluators.values(), key=lambda person: (person.name, person.pk))
    fitting: dict[int, list[tuple[int, User]]] = {}
    for evaluation in evaluations:
        fitting[evaluation.pk] = []
        for person in people:
            obstacles = conflicts.between(person, evaluation)
            if not any(obstacle.refuses for obstacle in obstacles):
                fitting[evaluation.pk].append((len(obstacles), person))
    chosen: dict[int, User | None] = {}
    for evaluation in sorted(evaluations, key=lambda e: (len(fitting[e.pk]), e.reference)):
        room = [
            (warnings, load.get(person.pk, 0) / person.evaluations_at_once, place, person)
            for place, (warnings, person) in enumerate(fitting[evaluation.pk])
            if load.get(person.pk, 0) < person.evaluations_at_once
        ]
        best = min(room, key=lambda one: one[:3])[3] if room else None
        chosen[evaluation.pk] = best
        if best:
            load[best.pk] = load.get(best.pk, 0) + 1
    return [Suggestion(evaluation, chosen[evaluation.pk]) for evaluation in evaluations]


@transaction.atomic
def allocate_all(choices: dict[Evaluation, User], *, by) -> list[Evaluation]:
    """Give out several evaluations at once: all of them, or none.

    Raises ValidationError with a sentence for each evaluation (by its number) that cannot go.
    """
    problems: dict[str, Any] = {}
    done = []
    for evaluation, evaluator in choices.items():
        try:
            with transaction.atomic():
                done.append(allocate(evaluation, evaluator=evaluator, by=by))
        except Conflict as refusal:
            problems[f"evaluator_{evaluation.pk}"] = f"{evaluation.reference}: {refusal}"
    if problems:
        raise ValidationError(problems)
    return done


# Taking out --------------------------------------------------------------------------------------


@transaction.atomic
def eliminate(evaluation: Evaluation, *, reason_code: str, by, note: str = "") -> Evaluation:
    """Take an evaluation out of its cycle, with a reason from the list.

    Raises NotPermitted, Conflict, and ValidationError for an unknown reason.
    """
    if reason_code not in EliminationReason:
        raise ValidationError({"reason_code": "Choose a reason from the list."})
    evaluation = locked(evaluation)
    transitions.ELIMINATE.check(evaluation, by)
    stop(evaluation)
    words = EliminationReason(reason_code).label
    evaluation = perform(
        transitions.ELIMINATE,
        evaluation,
        by=by,
        reason=f"{words}. {note.strip()}".strip(),
        changes={"eliminated_at": timezone.now(), "eliminated_reason": reason_code},
        detail={"reason_code": reason_code},
    )
    if evaluation.entry:
        evaluation.entry.eliminated_reason = reason_code
        evaluation.entry.save(update_fields=["eliminated_reason"])
    if evaluation.evaluator:  # nobody was told before there was one
        for person in (evaluation.evaluator, evaluation.practitioner):
            notify("evaluation_eliminated", person, about=evaluation, occasion="eliminated")
    return evaluation


def next_replacement(evaluation: Evaluation) -> SampleEntry | None:
    """The next child kept in reserve in the same stratum who can still be evaluated."""
    entry = evaluation.entry
    if entry is None or entry.kind != EntryKind.RANDOM:
        return None
    return (
        SampleEntry.objects.filter(
            sample=entry.sample_id,
            stratum=entry.stratum,
            child__is_open=True,
            child__is_restricted=False,
            child__practitioner__isnull=False,
            child__team__isnull=False,
        )
        .in_reserve()
        .select_related("child__team")
        .first()
    )


@transaction.atomic
def replace(evaluation: Evaluation, *, by) -> Evaluation:
    """Plan an evaluation of the next child in reserve in place of an eliminated one.

    Raises NotPermitted, and Conflict when it is not eliminated, has been replaced, or when the
    stratum's reserve is used up.
    """
    access.check(by, "cycle.replace_sampled_case", evaluation.cycle)
    cycle = locked(evaluation.cycle)
    evaluation = locked(evaluation)
    if evaluation.status != Status.ELIMINATED:
        raise Conflict("Take this evaluation out first: only then can another take its place.")
    if SampleEntry.objects.filter(replaces=evaluation.entry).exclude(replaces=None).exists():
        raise Conflict("Another child has taken its place already.")
    if cycle.status == "closed":
        raise Conflict("The cycle is closed.")
    entry = next_replacement(evaluation)
    if entry is None:
        raise Conflict("No replacement is left in this group of the sample.")
    entry.is_reserve = False
    entry.replaces = evaluation.entry
    entry.save(update_fields=["is_reserve", "replaces"])
    new = _plan(cycle, entry, _last_number(cycle) + 1, by=by)
    TrailEntry.objects.record("replace", evaluation, by=by, detail={"replaced_by": new.reference})
    return new
