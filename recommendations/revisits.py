"""Who looks again at what, and what happens to the actions once they have?"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit_trail.models import TrailEntry
from cycles.models import Cycle
from evaluations.actions import close
from evaluations.enums import OVERALL
from evaluations.enums import Status as EvaluationStatus
from evaluations.models import Evaluation, Judgement, SafetyAlert
from notifications.outbox import notify, stop
from recommendations import revisit_transitions
from recommendations.actions import apply_finding
from recommendations.cohort import Candidate, choose, frame_digest
from recommendations.enums import OPEN, Priority, RevisitKind, RevisitStatus, Status
from recommendations.models import Finding, Recommendation, Regrade, Revisit, RevisitDraw
from workflow import access
from workflow.exceptions import Conflict, Stale
from workflow.machine import locked, perform
from workflow.working_days import working_day_on_or_after

REVIEWER_MESSAGES = ("revisit_allocated", "revisit_due", "revisit_late")
SYSTEM_LEVEL = "An action for a team, a service area or the Trust"


# Drawing -----------------------------------------------------------------------------------------


def earlier_evaluations(cycle: Cycle, today: date):
    """Shared evaluations of earlier cycles with the facts that the rules look at."""
    live = Recommendation.objects.filter(evaluation=OuterRef("pk"), status__in=OPEN)
    overdue = Recommendation.objects.overdue(today).filter(
        evaluation=OuterRef("pk"), priority__in=[Priority.CRITICAL, Priority.HIGH]
    )
    overall = Judgement.objects.filter(evaluation=OuterRef("pk"), key=OVERALL)
    revisits = Revisit.objects.filter(evaluation=OuterRef("pk"))
    return (
        Evaluation.objects.filter(
            status=EvaluationStatus.SHARED,
            is_training=False,
            cycle__starts_on__lt=cycle.starts_on,
        )
        .annotate(
            is_alerted=Exists(SafetyAlert.objects.filter(evaluation=OuterRef("pk"))),
            is_overdue=Exists(overdue),
            is_live=Exists(live),
            had_full=Exists(
                revisits.filter(kind=RevisitKind.FULL, status=RevisitStatus.COMPLETED).exclude(
                    cycle=cycle
                )
            ),
            overall=Subquery(
                overall.values(grade_=Coalesce(NullIf("final_grade", Value("")), F("grade")))[:1]
            ),
        )
        .order_by("reference")
    )


@transaction.atomic
def draw(cycle: Cycle, *, by, seed: str = "") -> dict[str, int]:
    """Draw the revisits of a cycle from the earlier ones; returns how many of each kind are new.

    Repeatable: the first draw keeps its seed, and drawing again only adds what has become due
    since. Raises NotPermitted, or Conflict when the cycle is not open.
    """
    access.check(by, "revisit.schedule")
    cycle = locked(cycle)
    if cycle.status not in {"open", "moderating"}:
        raise Conflict("Revisits are drawn for a cycle that is open.")
    today = timezone.localdate()
    last = Cycle.objects.filter(starts_on__lt=cycle.starts_on).order_by("-starts_on").first()
    evaluations = list(earlier_evaluations(cycle, today))
    candidates = [
        Candidate(
            reference=one.reference,
            grade=one.overall or "",
            is_last_cycle=last is not None and one.cycle_id == last.pk,
            is_alerted=one.is_alerted,
            is_overdue=one.is_overdue,
            is_live=one.is_live,
            had_full=one.had_full,
        )
        for one in evaluations
    ]
    drawn, _ = RevisitDraw.objects.get_or_create(
        cycle=cycle,
        defaults={
            "seed": seed.strip() or f"revisits {cycle.label}",
            "frame_digest": frame_digest(candidates),
            "drawn_by": by,
        },
    )
    size = Evaluation.objects.counted().filter(
        cycle=last, status__in=[EvaluationStatus.SHARED, EvaluationStatus.CLOSED]
    )
    cohort = choose(
        candidates,
        seed=drawn.seed,
        policy=cycle.policy,
        last_cycle_size=size.count() if last else 0,
    )
    held = Revisit.objects.filter(cycle=cycle) | Revisit.objects.open()
    held_evaluations = set(held.values_list("evaluation", flat=True))
    held_recommendations = set(held.values_list("recommendation", flat=True))
    new = [
        Revisit(
            evaluation=one,
            cycle=cycle,
            kind=cohort[one.reference][0],
            why=cohort[one.reference][1],
            due_on=_due_on(cycle, timezone.localdate(one.shared_at), today),
        )
        for one in evaluations
        if one.reference in cohort and one.pk not in held_evaluations
    ]
    system_level = Recommendation.objects.open().filter(
        evaluation=None, cycle__starts_on__lt=cycle.starts_on
    )
    new += [
        Revisit(
            recommendation=one,
            cycle=cycle,
            kind=RevisitKind.IMPACT_REVIEW,
            why=SYSTEM_LEVEL,
            due_on=_due_on(cycle, timezone.localdate(one.created_at), today),
        )
        for one in system_level.order_by("reference")
        if one.pk not in held_recommendations
    ]
    Revisit.objects.bulk_create(new)
    counts = {str(kind): sum(one.kind == kind for one in new) for kind in RevisitKind}
    TrailEntry.objects.record(
        "draw_revisits",
        cycle,
        by=by,
        detail={"seed": drawn.seed, "frame": drawn.frame_digest, "new": counts},
    )
    return counts


def _due_on(cycle: Cycle, seen_on: date, today: date) -> date:
    """Within the cycle, at most so many months after it was shared, and never in the past."""
    latest = months_after(seen_on, cycle.policy.revisit_within_months)
    return max(min(cycle.ends_on, latest), working_day_on_or_after(today))


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# Allocating --------------------------------------------------------------------------------------


def why_not(revisit: Revisit, person) -> str:
    """Why this person cannot be the reviewer, as a sentence; empty when they can."""
    return refusals(revisit).get(person.pk, "")


def refusals(revisit: Revisit) -> dict[int, str]:
    """Everybody who cannot look again at this one, each with the reason."""
    found: dict[int, str] = {}

    def refuse(person_id: int | None, sentence: str) -> None:
        if person_id:
            found.setdefault(person_id, sentence)

    evaluation = revisit.evaluation
    if evaluation is not None:
        refuse(evaluation.practitioner_id, "It is their own work.")
        teams = [evaluation.team, evaluation.practitioner.team]
        for team in filter(None, teams):
            refuse(team.manager_id, "They manage the practitioner.")
        if revisit.kind == RevisitKind.FULL:
            refuse(evaluation.evaluator_id, "They made the evaluation that is looked at again.")
    for recommendation in revisit.live_recommendations():
        refuse(recommendation.owner_id, "They own one of its actions.")
    return found


def possible_reviewers(revisit: Revisit):
    """Evaluators who can be given this revisit."""
    return User.objects.holding(Role.EVALUATOR).exclude(pk__in=refusals(revisit))


@transaction.atomic
def allocate(revisit: Revisit, *, by, reviewer) -> Revisit:
    """Give a revisit to a reviewer; the one before is told nothing more.

    Raises NotPermitted (not the Hub) or Conflict (this person cannot look again, or too late).
    """
    current = locked(revisit)
    if not possible_reviewers(current).filter(pk=reviewer.pk).exists():
        why = why_not(current, reviewer) or "They are not an evaluator."
        raise Conflict(f"{reviewer} cannot be the reviewer. {why}")
    revisit = perform(
        revisit_transitions.ALLOCATE,
        current,
        by=by,
        changes={"reviewer": reviewer, "allocated_at": timezone.now()},
        detail={"reviewer": reviewer.pk},
    )
    stop(revisit, *REVIEWER_MESSAGES)
    occasion = f"{revisit.allocated_at:%Y-%m-%dT%H:%M:%S.%f}"
    notify("revisit_allocated", reviewer, about=revisit, occasion=occasion, due_on=revisit.due_on)
    if revisit.evaluation is not None and revisit.kind == RevisitKind.FULL:
        notify(
            "revisit_booked",
            revisit.evaluation.practitioner,
            about=revisit,
            occasion="booked",
            due_on=revisit.due_on,
        )
    return revisit


@transaction.atomic
def start(revisit: Revisit, *, by) -> Revisit:
    """The reviewer begins to look again."""
    return perform(
        revisit_transitions.START, revisit, by=by, changes={"started_at": timezone.now()}
    )


# Recording ---------------------------------------------------------------------------------------


@transaction.atomic
def record(
    revisit: Revisit,
    *,
    by,
    findings: list[dict[str, Any]],
    regrades: Sequence[dict[str, Any]] = (),
    version: int | None = None,
) -> Revisit:
    """Keep what was found and act on it: every open action moves by its finding, all at once.

    A finding has `recommendation`, `done`, `on_record`, `difference` and `note`; a regrade has
    `key`, `grade` and `reason`. Raises NotPermitted (not the reviewer, or the owner of an action),
    Conflict (something is missing, or it is recorded already) or Stale.
    """
    current = locked(revisit)
    if current.status == RevisitStatus.ALLOCATED:
        current = start(current, by=by)
    if current.status != RevisitStatus.IN_PROGRESS:
        revisit_transitions.COMPLETE.check(current, by)
    revisit_transitions.is_the_reviewer(by, current)
    if version is not None and version != current.version:
        raise Stale("Somebody saved this revisit before you. Open it again to see what is there.")
    live = {one.pk for one in current.live_recommendations()}
    keys = dict(current.pillars())
    for one in findings:
        if one["recommendation"].pk not in live:
            raise Conflict(f"{one['recommendation']} is not one of the open actions looked at.")
        if not one["note"].strip():
            raise Conflict(f"Say how you know, for {one['recommendation']}.")
    for one in regrades:
        if one["key"] not in keys:
            raise Conflict("Only the pillars of a full revisit are graded again.")
        if not one["reason"].strip():
            raise Conflict(f"Give a reason for the grade of {keys[one['key']]}.")
    now = timezone.now()
    made = [
        Finding.objects.get_or_create(
            revisit=current,
            recommendation=one["recommendation"],
            defaults={
                **{name: one[name] for name in ("done", "on_record", "difference", "note")},
                "by": by,
                "at": now,
            },
        )[0]
        for one in findings
    ]
    for one in regrades:
        Regrade.objects.get_or_create(
            revisit=current,
            key=one["key"],
            defaults={"grade": one["grade"], "reason": one["reason"]},
        )
    revisit = perform(
        revisit_transitions.COMPLETE,
        current,
        by=by,
        changes={"completed_at": now, "version": current.version + 1},
        detail={"findings": {one.recommendation.reference: one.difference for one in made}},
    )
    for finding in made:
        apply_finding(finding)
    stop(revisit, *REVIEWER_MESSAGES)
    if revisit.evaluation is not None:
        _close_when_nothing_is_live(revisit.evaluation)
    return revisit


def _close_when_nothing_is_live(evaluation: Evaluation) -> None:
    """An evaluation is closed once each of its actions is through the loop or withdrawn."""
    still_open = Recommendation.objects.filter(
        evaluation=evaluation, status__in=[Status.DRAFT, *OPEN]
    )
    if not still_open.exists():
        close(evaluation)
