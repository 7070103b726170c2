"""How is a recommendation written, worked on, checked and, in the end, found to have helped?

Every step writes an `Update` that never changes, the trail, and the messages, in one transaction.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations.models import Evaluation
from notifications.outbox import notify, stop
from recommendations import transitions
from recommendations.enums import OPEN, Difference, Priority, Status
from recommendations.models import Finding, Recommendation, Update
from workflow import access
from workflow.exceptions import Conflict, NotPermitted
from workflow.machine import Transition, follows, locked, perform
from workflow.working_days import add_working_days

WORDS = ("level", "pillar", "theme", "problem", "action", "difference", "evidence_wanted")
PEOPLE = ("owner", "accountable_manager", "agreed_with")
WRITTEN = (*WORDS, "priority", *PEOPLE)
# Messages that chase the owner, and those that chase the manager: stopped once the stage is over.
CHASES_OWNER = (
    "recommendation_agreed",
    "recommendation_critical",
    "recommendation_critical_manager",
    "recommendation_due",
    "recommendation_overdue",
    "recommendation_escalated",
    "recommendation_more_wanted",
)
CHASES_MANAGER = ("recommendation_done", "recommendation_check_due")
ALIKE = 0.75  # how alike two actions for one child are before it is pointed out


def due_by(priority: str, policy, start: datetime) -> tuple[date, datetime | None]:
    """When an action of this priority that starts now is due: the day and, if critical, hour."""
    if priority in policy.due_hours:
        due_at = start + timedelta(hours=policy.due_hours[priority])
        return timezone.localdate(due_at), due_at
    days = policy.due_working_days[priority]
    return add_working_days(timezone.localdate(start), days), None


def near_duplicates(child, action: str, *, apart_from: Recommendation | None = None) -> list:
    """Open recommendations for the same child whose action reads much like this one."""
    others = Recommendation.objects.filter(
        evaluation__child=child, status__in=[Status.DRAFT, *OPEN]
    )
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    words = _plain(action)
    return [
        other
        for other in others
        if SequenceMatcher(None, words, _plain(other.action)).ratio() >= ALIKE
    ]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())[:300]


def _owner_is_not_the_manager(owner, manager) -> None:
    if owner.pk == manager.pk:
        raise Conflict(
            "The accountable manager checks the work, so it cannot be the owner. "
            "Choose somebody else."
        )


@transaction.atomic
def create(evaluation: Evaluation, *, by, **words: Any) -> Recommendation:
    """Write one draft for an evaluation; a critical one is live at once.

    The evaluation is locked, so that two at once get two numbers and five stay five. Raises
    NotPermitted (not its evaluator, or not at this stage) or Conflict (five are there already).
    """
    evaluation = locked(evaluation)
    access.check(by, "recommendation.create", evaluation)
    _owner_is_not_the_manager(words["owner"], words["accountable_manager"])
    references = list(
        Recommendation.objects.filter(evaluation=evaluation).values_list("reference", flat=True)
    )
    most = evaluation.cycle.policy.recommendations_at_most
    if len(references) >= most:
        raise Conflict(
            f"An evaluation has at most {most} recommendations. Keep the ones that will make the "
            "biggest difference for the child."
        )
    number = 1 + max((int(reference.rpartition("-R")[2]) for reference in references), default=0)
    recommendation = Recommendation(
        reference=f"{evaluation.reference}-R{number}",
        evaluation=evaluation,
        cycle=evaluation.cycle,
        service_area=evaluation.service_area,
        team=evaluation.team,
        created_by=by,
        **{name: words[name] for name in WRITTEN if name in words},
    )
    recommendation.clean_fields(
        exclude=[f.name for f in Recommendation._meta.fields if f.name not in WRITTEN]
    )
    recommendation.save()
    TrailEntry.objects.record("create", recommendation, by=by, after=recommendation.status)
    if recommendation.priority == Priority.CRITICAL:
        recommendation = agree(recommendation, by=by)
    elif evaluation.status != "in_progress":
        recommendation = agree(recommendation, by=by)  # written by a panel: no submission follows
    return recommendation


@transaction.atomic
def edit(recommendation: Recommendation, *, by, reason: str = "", **words: Any) -> Recommendation:
    """Change the words, and of a draft the rest too. Live words keep a line in the history.

    Raises NotPermitted or Conflict. The Hub must give a reason.
    """
    if access.needs_reason(by, "recommendation.edit_wording") and not reason.strip():
        raise Conflict("Say why the wording changes.")
    current = locked(recommendation)
    names = WRITTEN if current.status == Status.DRAFT else (*WORDS, "agreed_with")
    changes = {name: words[name] for name in names if name in words}
    owner = changes.get("owner", current.owner)
    _owner_is_not_the_manager(
        owner, changes.get("accountable_manager", current.accountable_manager)
    )
    changed = [name for name, value in changes.items() if getattr(current, name) != value]
    recommendation = _take(
        transitions.EDIT_WORDING,
        current,
        by=by,
        note=reason,
        changes=changes,
        quiet=current.status == Status.DRAFT,
        detail={"changed": changed},
    )
    if recommendation.status == Status.DRAFT and recommendation.priority == Priority.CRITICAL:
        recommendation = agree(recommendation, by=by)
    return recommendation


@transaction.atomic
def remove(recommendation: Recommendation, *, by) -> None:
    """Take a draft away. What is live is withdrawn with a reason, never removed."""
    recommendation = locked(recommendation)
    access.check(by, "recommendation.edit_wording", recommendation)
    if recommendation.status != Status.DRAFT:
        raise Conflict("This action is live already. Only the Practice Hub can withdraw it.")
    TrailEntry.objects.record("remove", recommendation, by=by, before=recommendation.status)
    recommendation.delete()


@transaction.atomic
def agree(recommendation: Recommendation, *, by) -> Recommendation:
    """Make a draft live: its dates start now, its owner is told. Called by the steps that may."""
    now = timezone.now()
    due_on, due_at = due_by(recommendation.priority, recommendation.cycle.policy, now)
    recommendation = _take(
        transitions.AGREE,
        recommendation,
        by=by,
        changes={"agreed_at": now, "due_on": due_on, "due_at": due_at},
        new_due_on=due_on,
    )
    _tell_owner(recommendation)
    return recommendation


@follows("evaluations.Evaluation", "submit")
def agree_with_the_evaluation(evaluation: Evaluation, by) -> None:
    """At submission every draft goes live: work for the child never waits for a grade."""
    drafts = Recommendation.objects.filter(evaluation=evaluation, status=Status.DRAFT)
    for draft in drafts.order_by("pk"):
        agree(draft, by=by)


@transaction.atomic
def start(recommendation: Recommendation, *, by, note: str = "") -> Recommendation:
    """The owner says yes."""
    recommendation = _take(transitions.START, recommendation, by=by, note=note)
    stop(recommendation, "recommendation_agreed")
    return recommendation


@transaction.atomic
def update_progress(
    recommendation: Recommendation, *, by, note: str, evidence: str = ""
) -> Recommendation:
    """The owner says how it is going; the first update also starts it."""
    if not note.strip():
        raise Conflict("Say how it is going.")
    if recommendation.status == Status.AGREED:
        recommendation = start(recommendation, by=by)
    return _take(transitions.UPDATE_PROGRESS, recommendation, by=by, note=note, evidence=evidence)


@transaction.atomic
def claim_done(
    recommendation: Recommendation, *, by, evidence: str, note: str = ""
) -> Recommendation:
    """The owner marks it as done and says where in the record it can be seen."""
    if not evidence.strip():
        raise Conflict("Say where in the record it can be seen.")
    if recommendation.status == Status.AGREED:
        recommendation = start(recommendation, by=by)
    now = timezone.now()
    check_by = add_working_days(timezone.localdate(now), recommendation.cycle.policy.check_within)
    recommendation = _take(
        transitions.CLAIM_DONE,
        recommendation,
        by=by,
        note=note,
        evidence=evidence,
        changes={"done_at": now, "check_by": check_by},
    )
    stop(recommendation, *CHASES_OWNER)
    notify(
        "recommendation_done",
        recommendation.accountable_manager,
        about=recommendation,
        occasion=f"done:{_latest(recommendation)}",
        due_on=check_by,
    )
    return recommendation


@transaction.atomic
def check(recommendation: Recommendation, *, by, note: str = "") -> Recommendation:
    """Somebody else has looked at the record and agrees that it is done."""
    recommendation = _take(
        transitions.CHECK,
        recommendation,
        by=by,
        note=note,
        changes={"checked_at": timezone.now(), "checked_by": by},
    )
    stop(recommendation, *CHASES_MANAGER)
    _tell("recommendation_checked", recommendation)
    return recommendation


@transaction.atomic
def ask_for_more(recommendation: Recommendation, *, by, reason: str) -> Recommendation:
    """It is not there yet: back to the owner, with what is still needed."""
    _needs(reason, "Say what is still needed.")
    recommendation = _take(
        transitions.ASK_FOR_MORE,
        recommendation,
        by=by,
        note=reason,
        changes={"done_at": None, "check_by": None},
    )
    stop(recommendation, *CHASES_MANAGER)
    _tell("recommendation_more_wanted", recommendation)
    return recommendation


@transaction.atomic
def assign_owner(
    recommendation: Recommendation, *, by, owner, accountable_manager=None, reason: str = ""
) -> Recommendation:
    """Give it to somebody else; both are told."""
    current = locked(recommendation)
    old_owner = current.owner
    manager = accountable_manager or current.accountable_manager
    _owner_is_not_the_manager(owner, manager)
    if owner == old_owner and manager == current.accountable_manager:
        raise Conflict("Choose somebody other than the owner it has now.")
    recommendation = _take(
        transitions.ASSIGN_OWNER,
        current,
        by=by,
        note=f"{old_owner} to {owner}. {reason}".strip(),
        reason=reason,
        changes={"owner": owner, "accountable_manager": manager},
        detail={"old_owner": old_owner.pk, "new_owner": owner.pk},
    )
    if owner != old_owner:
        stop(recommendation, *CHASES_OWNER)
        _tell("recommendation_owner", recommendation)
    return recommendation


@transaction.atomic
def change_due_date(
    recommendation: Recommendation, *, by, due_on: date, reason: str
) -> Recommendation:
    """Agree another date; the old one stays in the history and the moves are counted."""
    _needs(reason, "Say why the date changes.")
    current = locked(recommendation)
    if due_on < timezone.localdate():
        raise Conflict("The new date must be today or later.")
    if due_on == current.due_on:
        raise Conflict("That is the date it has now. Choose another.")
    due_at = None
    if current.due_at is not None:
        end_of_day = datetime.combine(due_on, datetime.min.time()) + timedelta(hours=17)
        due_at = timezone.make_aware(end_of_day)
    recommendation = _take(
        transitions.CHANGE_DUE_DATE,
        current,
        by=by,
        note=reason,
        reason=reason,
        changes={
            "due_on": due_on,
            "due_at": due_at,
            "times_extended": current.times_extended + 1,
        },
        old_due_on=current.due_on,
        new_due_on=due_on,
        detail={"old_due_on": f"{current.due_on}", "new_due_on": f"{due_on}"},
    )
    stop(recommendation, *CHASES_OWNER)
    _tell("recommendation_extended", recommendation)
    return recommendation


@transaction.atomic
def withdraw(recommendation: Recommendation, *, by, reason: str) -> Recommendation:
    """It is no longer wanted: kept, with the reason."""
    _needs(reason, "Say why it is withdrawn.")
    return _end(transitions.WITHDRAW, recommendation, by=by, reason=reason)


@transaction.atomic
def supersede(
    recommendation: Recommendation, *, by, superseded_by: Recommendation, reason: str
) -> Recommendation:
    """Another recommendation takes its place."""
    _needs(reason, "Say why it is replaced.")
    if superseded_by.pk == recommendation.pk or superseded_by.status not in OPEN:
        raise Conflict("Choose another recommendation that is open to take its place.")
    return _end(
        transitions.SUPERSEDE,
        recommendation,
        by=by,
        reason=reason,
        changes={"superseded_by": superseded_by},
    )


@transaction.atomic
def reopen(recommendation: Recommendation, *, by, reason: str) -> Recommendation:
    """The Hub opens it again. A finding that does so uses `apply_finding`."""
    _needs(reason, "Say why it is opened again.")
    return _open_again(transitions.REOPEN, recommendation, by=by, note=reason)


@transaction.atomic
def apply_finding(finding: Finding) -> Recommendation:
    """Do what a completed revisit found: close the loop, look again, open again or withdraw.

    Better, done and on the record closes it: the reviewer is the somebody independent when nobody
    checked before. Too soon keeps it, when done and on the record. What no longer applies is
    withdrawn. All else goes back to its owner. Safe to call once for each finding.
    """
    recommendation = locked(finding.recommendation)
    if finding.by_id == recommendation.owner_id:
        raise NotPermitted("The owner of an action cannot be the one who looks again.")
    if finding.difference == Difference.NOT_APPLICABLE:
        return _end(
            transitions.NO_LONGER_APPLIES, recommendation, by=finding.by, reason=finding.note
        )
    seen = finding.done and finding.on_record
    if seen and finding.difference in {Difference.BETTER, Difference.TOO_SOON}:
        changes: dict[str, Any] = {"done_at": recommendation.done_at or finding.at}
        if recommendation.checked_by_id is None:
            changes |= {"checked_by": finding.by, "checked_at": finding.at}
        if finding.difference == Difference.TOO_SOON:
            step = transitions.LOOK_AGAIN
        else:
            step = transitions.CLOSE_LOOP
            changes |= {"closing_finding": finding, "closed_at": finding.at}
        recommendation = _take(
            step, recommendation, by=finding.by, note=finding.note, changes=changes
        )
        stop(recommendation, *CHASES_OWNER, *CHASES_MANAGER)
        if step is transitions.CLOSE_LOOP:
            _tell("recommendation_closed", recommendation)
        return recommendation
    return _open_again(
        transitions.REOPEN_BY_FINDING, recommendation, by=finding.by, note=finding.note
    )


def _open_again(step: Transition, recommendation, *, by, note: str) -> Recommendation:
    """Back to the owner with a new date counted from today; its history stays."""
    now = timezone.now()
    current = locked(recommendation)
    due_on, due_at = due_by(current.priority, current.cycle.policy, now)
    recommendation = _take(
        step,
        current,
        by=by,
        note=note,
        changes={
            "due_on": due_on,
            "due_at": due_at,
            "done_at": None,
            "check_by": None,
            "checked_at": None,
            "checked_by": None,
            "closed_at": None,
            "closing_finding": None,
            "times_reopened": current.times_reopened + 1,
        },
        old_due_on=current.due_on,
        new_due_on=due_on,
    )
    stop(recommendation, *CHASES_OWNER, *CHASES_MANAGER)
    _tell("recommendation_reopened", recommendation)
    return recommendation


def _end(step: Transition, recommendation, *, by, reason: str, changes=None) -> Recommendation:
    recommendation = _take(step, recommendation, by=by, note=reason, reason=reason, changes=changes)
    stop(recommendation, *CHASES_OWNER, *CHASES_MANAGER)
    _tell("recommendation_withdrawn", recommendation)
    return recommendation


def _take(
    step: Transition,
    recommendation: Recommendation,
    *,
    by,
    note: str = "",
    evidence: str = "",
    reason: str = "",
    changes: dict[str, Any] | None = None,
    detail: dict[str, Any] | None = None,
    old_due_on: date | None = None,
    new_due_on: date | None = None,
    quiet: bool = False,
) -> Recommendation:
    """Take a step and keep its line in the history."""
    before = locked(recommendation).status
    recommendation = perform(
        step, recommendation, by=by, reason=reason, changes=changes, detail=detail
    )
    if not quiet:
        Update.objects.create(
            recommendation=recommendation,
            what=step.name,
            by=by,
            before=before,
            after=recommendation.status if step.target is not None else "",
            note=note.strip(),
            evidence=evidence.strip(),
            old_due_on=old_due_on,
            new_due_on=new_due_on,
        )
    return recommendation


def _needs(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise Conflict(sentence)


def _latest(recommendation: Recommendation) -> int:
    """The number of the newest line: each occasion of the same kind gets its own key."""
    return recommendation.updates.values_list("pk", flat=True).order_by("-pk")[0]


def _tell(kind: str, recommendation: Recommendation) -> None:
    notify(
        kind,
        recommendation.owner,
        about=recommendation,
        occasion=f"{_latest(recommendation)}",
        due_on=recommendation.due_on,
        urgent=recommendation.priority == Priority.CRITICAL,
    )


def _tell_owner(recommendation: Recommendation) -> None:
    """It is live: a critical one urgently, and to the manager too (the ladder's first rung)."""
    if recommendation.priority != Priority.CRITICAL:
        _tell("recommendation_agreed", recommendation)
        return
    occasion = at_once(recommendation)
    for kind, person in (
        ("recommendation_critical", recommendation.owner),
        ("recommendation_critical_manager", recommendation.accountable_manager),
    ):
        notify(
            kind,
            person,
            about=recommendation,
            occasion=occasion,
            due_on=recommendation.due_on,
            urgent=True,
        )


def at_once(recommendation: Recommendation) -> str:
    """The occasion of a critical action's first message: the ladder uses the same words."""
    return f"{recommendation.due_at:%Y-%m-%dT%H:%M}:at-once"
