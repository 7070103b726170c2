"""What can be done to an evaluation?

Every function takes the evaluation and, by name, the acting person; changes all or nothing; writes
the trail; and returns the changed record. All raise NotPermitted (who), Conflict (from where, what
is missing) and, where somebody typed something, ValidationError (what is wrong with it).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit_trail.models import TrailEntry
from evaluations import transitions
from evaluations.enums import GRADED, ConflictKind
from evaluations.instrument import form_of
from evaluations.models import (
    DeclaredConflict,
    Evaluation,
    Extension,
    Feedback,
    Reflection,
    Reply,
    SupervisionDiscussion,
)
from notifications.outbox import notify, stop
from workflow import access
from workflow.exceptions import Conflict, Stale
from workflow.machine import locked, perform
from workflow.working_days import add_working_days

FinalGrade = tuple[str, bool, str]  # grade, elements of Outstanding, why it was changed


def required(**said: str) -> None:
    """Refuse blank words: a reason that says nothing is no reason."""
    blank = {name: "Write a few words here." for name, words in said.items() if not words.strip()}
    if blank:
        raise ValidationError(blank)


def _not_in_the_future(field: str, day: date) -> None:
    if day > timezone.localdate():
        raise ValidationError({field: "The date must be today or in the past."})


def _hub() -> list[User]:
    return list(User.objects.holding(Role.HUB_OFFICER, Role.HUB_LEAD))


# Before and during the conversation ---------------------------------------------------------------


def accept(evaluation: Evaluation, *, by) -> Evaluation:
    """Take it on: the evaluator says yes."""
    changes = {"accepted_at": timezone.now()}
    evaluation = perform(transitions.ACCEPT, evaluation, by=by, changes=changes)
    stop(evaluation, "evaluation_allocated", "evaluation_not_accepted")
    return evaluation


@transaction.atomic
def declare_conflict(evaluation: Evaluation, *, by, kind: str, note: str = "") -> Evaluation:
    """Say why this person should have no part in it; the declaration is kept, the Hub is told.

    An evaluator who has not begun is taken off, and it waits for another. For anybody else, or once
    work has begun, nothing changes until the Hub acts.
    """
    if kind == ConflictKind.OTHER:
        required(note=note)
    evaluation = locked(evaluation)
    before_work = evaluation.status in transitions.STEP_ASIDE.sources
    if evaluation.evaluator_id == by.pk and before_work:
        nobody = dict.fromkeys(
            ("evaluator", "allocated_at", "accepted_at", "accept_by", "conversation_by")
        )
        stop(evaluation)
        evaluation = perform(
            transitions.STEP_ASIDE,
            evaluation,
            by=by,
            changes={**nobody, "submit_by": None},
            detail={"kind": kind},
        )
    else:
        evaluation = perform(transitions.NOTE_CONFLICT, evaluation, by=by, detail={"kind": kind})
    declared = DeclaredConflict.objects.create(
        evaluation=evaluation, person=by, kind=kind, note=note
    )
    for person in _hub():
        notify("conflict_declared", person, about=evaluation, occasion=f"conflict {declared.pk}")
    return evaluation


def start(evaluation: Evaluation, *, by) -> Evaluation:
    """Begin: the first save of the form."""
    return perform(transitions.START, evaluation, by=by, changes={"started_at": timezone.now()})


def record_conversation(evaluation: Evaluation, *, by, conversation_on: date) -> Evaluation:
    """Say on which day evaluator and worker sat together. May be corrected until submission."""
    _not_in_the_future("conversation_on", conversation_on)
    planned = timezone.localdate(evaluation.planned_at)
    if conversation_on < planned:
        raise ValidationError(
            {"conversation_on": "This is before the evaluation was planned. Check the date."}
        )
    return perform(
        transitions.RECORD_CONVERSATION,
        evaluation,
        by=by,
        changes={"conversation_on": conversation_on},
    )


@transaction.atomic
def invite_to_reflect(evaluation: Evaluation, *, by) -> Evaluation:
    """Ask the worker for their own words; the days of silence count from now."""
    changes = {"reflection_invited_at": timezone.now()}
    evaluation = perform(transitions.INVITE_TO_REFLECT, evaluation, by=by, changes=changes)
    notify(
        "reflection_invited",
        evaluation.practitioner,
        about=evaluation,
        occasion="invited",
        due_on=add_working_days(timezone.localdate(), evaluation.cycle.policy.reflection_silence),
    )
    return evaluation


@transaction.atomic
def extend(evaluation: Evaluation, *, by, new_date: date, reason: str) -> Evaluation:
    """Give it a later date; the old one is kept with the reason."""
    required(reason=reason)
    evaluation = locked(evaluation)
    transitions.EXTEND.check(evaluation, by)
    old = evaluation.submit_by or timezone.localdate()
    if new_date < timezone.localdate():
        raise ValidationError({"new_date": "The new date must be today or later."})
    if new_date <= old:
        raise ValidationError({"new_date": "The new date must be later than the one it has now."})
    if new_date > evaluation.cycle.ends_on:
        raise ValidationError({"new_date": f"The cycle ends on {evaluation.cycle.ends_on:%-d %B}."})
    evaluation = perform(
        transitions.EXTEND,
        evaluation,
        by=by,
        reason=reason,
        changes={"submit_by": new_date},
        detail={"from": f"{old}", "to": f"{new_date}"},
    )
    Extension.objects.create(
        evaluation=evaluation, old_date=old, new_date=new_date, reason=reason, by=by
    )
    stop(evaluation, "evaluation_due", "evaluation_late", "evaluation_late_hub")
    notify(
        "evaluation_extended",
        evaluation.evaluator,
        about=evaluation,
        occasion=f"{new_date}",
        due_on=new_date,
    )
    return evaluation


# The worker's own words ---------------------------------------------------------------------------


def check_may_reflect(evaluation: Evaluation, by, *, invited: bool) -> None:
    """Raise NotPermitted or Conflict unless this person may write their own words now.

    The questions for afterwards (`invited`) open with the evaluator's invitation.
    """
    access.check(by, "reflection.edit", evaluation)
    if invited and evaluation.reflection_invited_at is None:
        raise Conflict(
            "The evaluator invites you to write this after you have sat together. "
            "Until then you can write a note."
        )


@transaction.atomic
def write_reflection(
    evaluation: Evaluation, *, by, version: int, words: dict[str, Any]
) -> Reflection:
    """Keep the practitioner's own words: `prepare`, or `answers` and `agrees` once invited.

    Only the practitioner edits them. Raises Stale when somebody saved since `version` was read.
    """
    evaluation = locked(evaluation)
    check_may_reflect(evaluation, by, invited="answers" in words)
    asked = {item["key"] for item in form_of(evaluation).worker.get("after", [])}
    if unknown := set(words.get("answers", {})) - asked:
        raise ValidationError({"answers": f"Nobody asked “{sorted(unknown)[0][:60]}”."})
    Reflection.objects.get_or_create(evaluation=evaluation)
    mine = Reflection.objects.select_for_update().get(evaluation=evaluation)
    if mine.version != version:
        raise Stale(
            "These words were changed somewhere else after you opened this page. What you have "
            "typed is still here; what was saved is shown below it."
        )
    for field, value in words.items():
        setattr(mine, field, value)
    if "prepare" in words:
        mine.prepared_at = timezone.now()
    if "answers" in words:
        mine.replied_at = timezone.now()
        stop(evaluation, "reflection_invited")
    mine.version += 1
    mine.save()
    TrailEntry.objects.record(
        "write_reflection", evaluation, by=by, detail={"version": mine.version}
    )
    return mine


# Submission and grades ----------------------------------------------------------------------------


@transaction.atomic
def submit(evaluation: Evaluation, *, by) -> Evaluation:
    """Send it in: text and grades are locked. Raises Incomplete with all that is missing."""
    stop(evaluation, "evaluation_due", "evaluation_late", "evaluation_late_hub")
    changes = {"submitted_at": timezone.now(), "submitted_by": by}
    evaluation = perform(transitions.SUBMIT, evaluation, by=by, changes=changes)
    for person in _hub():
        notify(
            "evaluation_submitted",
            person,
            about=evaluation,
            occasion=f"submitted {evaluation.submitted_at:%Y-%m-%d %H:%M:%S}",
        )
    return evaluation


@transaction.atomic
def return_to_draft(evaluation: Evaluation, *, by, reason: str) -> Evaluation:
    """Send it back to the evaluator, saying why; only before moderation."""
    required(reason=reason)
    evaluation = perform(
        transitions.RETURN_TO_DRAFT,
        evaluation,
        by=by,
        reason=reason,
        changes={"returned_at": timezone.now(), "returned_reason": reason},
    )
    notify(
        "evaluation_returned",
        evaluation.evaluator,
        about=evaluation,
        occasion=f"returned {evaluation.returned_at:%Y-%m-%d %H:%M:%S}",
    )
    return evaluation


def into_moderation(evaluation: Evaluation, *, by=None) -> Evaluation:
    """The evaluation was chosen: its grades are tested before they are final."""
    return perform(transitions.INTO_MODERATION, evaluation, by=by)


def reveal(evaluation: Evaluation, *, by=None) -> Evaluation:
    """Every moderator has locked: from now on the grades stand beside each other."""
    return perform(transitions.REVEAL, evaluation, by=by, changes={"revealed_at": timezone.now()})


def finalise(
    evaluation: Evaluation, *, final_grades: dict[str, FinalGrade] | None = None, by=None
) -> Evaluation:
    """Moderation is over. `final_grades` by judgement key; the others keep the evaluator's."""
    return _make_final(transitions.FINALISE, evaluation, final_grades or {}, by)


def accept_unmoderated(evaluation: Evaluation, *, by) -> Evaluation:
    """The evaluation was not chosen for moderation: the evaluator's grades become final."""
    return _make_final(transitions.ACCEPT_UNMODERATED, evaluation, {}, by)


@transaction.atomic
def _make_final(step, evaluation, final_grades: dict[str, FinalGrade], by) -> Evaluation:
    now = timezone.now()
    share_by = add_working_days(timezone.localdate(now), evaluation.cycle.policy.share_within)
    evaluation = locked(evaluation)
    step.check(evaluation, by)
    # The grades first: work that follows the step reads them.
    for judgement in evaluation.judgements.filter(key__in=GRADED):
        grade, elements, reason = final_grades.get(
            judgement.key, (judgement.grade, judgement.elements_of_outstanding, "")
        )
        judgement.final_grade = grade
        judgement.final_elements = bool(elements) and grade == "good"
        judgement.final_reason = reason
        judgement.save(update_fields=["final_grade", "final_elements", "final_reason"])
    changes = {"finalised_at": now, "share_by": share_by}
    evaluation = perform(step, evaluation, by=by, changes=changes)
    for person in _hub():
        notify(
            "evaluation_finalised", person, about=evaluation, occasion="finalised", due_on=share_by
        )
    return evaluation


# Release and after --------------------------------------------------------------------------------


def check_third_party(evaluation: Evaluation, *, by, note: str) -> Evaluation:
    """First of two: say that it was read for words about other people, and what was found."""
    required(note=note)
    changes = {
        "third_party_checked_at": timezone.now(),
        "third_party_checked_by": by,
        "third_party_note": note,
    }
    return perform(transitions.CHECK_THIRD_PARTY, evaluation, by=by, changes=changes)


@transaction.atomic
def approve_share(evaluation: Evaluation, *, by) -> Evaluation:
    """Second of two: release it. Practitioner and manager are told at the same time."""
    changes = {"shared_at": timezone.now(), "shared_by": by}
    evaluation = perform(transitions.APPROVE_SHARE, evaluation, by=by, changes=changes)
    stop(evaluation, "evaluation_finalised", "share_due")
    for person in (evaluation.practitioner, evaluation.team.manager):
        notify("evaluation_shared", person, about=evaluation, occasion="shared")
    return evaluation


@transaction.atomic
def reply(evaluation: Evaluation, *, by, words: str, sees_it_differently: bool = False) -> Reply:
    """The practitioner's right of reply: it stands beside the evaluation and changes nothing in it.

    The same words pressed twice are one reply. Seeing it differently is told to the Hub.
    """
    required(words=words)
    evaluation = locked(evaluation)
    said = {
        "evaluation": evaluation,
        "by": by,
        "words": words,
        "sees_it_differently": sees_it_differently,
    }
    if before := Reply.objects.filter(**said).first():
        return before
    perform(transitions.REPLY, evaluation, by=by)
    answer = Reply.objects.create(**said)
    if sees_it_differently:
        for person in _hub():
            notify("reply_received", person, about=evaluation, occasion=f"reply {answer.pk}")
    return answer


@transaction.atomic
def table_in_supervision(
    evaluation: Evaluation, *, by, tabled_on: date, note: str = ""
) -> SupervisionDiscussion:
    """The manager says when it was talked about, or will be, and what came of it."""
    evaluation = locked(evaluation)
    transitions.TABLE_IN_SUPERVISION.check(evaluation, by)
    if tabled_on < timezone.localdate(evaluation.shared_at):
        raise ValidationError({"tabled_on": "This is before the evaluation was shared."})
    if (tabled_on - timezone.localdate()).days > 92:
        raise ValidationError({"tabled_on": "Choose a date within the next three months."})
    said = {"evaluation": evaluation, "by": by, "tabled_on": tabled_on, "note": note}
    if before := SupervisionDiscussion.objects.filter(**said).first():
        return before
    perform(
        transitions.TABLE_IN_SUPERVISION, evaluation, by=by, detail={"tabled_on": f"{tabled_on}"}
    )
    stop(evaluation, "supervision_not_tabled")
    return SupervisionDiscussion.objects.create(**said)


def close(evaluation: Evaluation, *, by=None) -> Evaluation:
    """Every recommendation is over. Without a person it is the service's own step."""
    step = transitions.CLOSE if by is not None else transitions.CLOSE_BY_ITSELF
    return perform(step, evaluation, by=by, changes={"closed_at": timezone.now()})


def view_attribution(evaluation: Evaluation, *, by, reason: str) -> list[Feedback]:
    """Show who in a family said what. The reason is kept in the trail with the look."""
    access.check(by, "feedback.view_attribution", evaluation)
    required(reason=reason)
    TrailEntry.objects.record("view_attribution", evaluation, by=by, reason=reason)
    return list(evaluation.feedback.all())
