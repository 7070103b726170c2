"""How is an evaluation moderated: chosen, given to moderators, graded blind, revealed, agreed?"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit_trail.models import TrailEntry
from evaluations import actions as evaluation_actions
from evaluations.enums import GRADED, Grade
from evaluations.instrument import form_of
from moderation import selection, transitions

# Every step of a case is found here, whichever file holds it.
from moderation.assigning import (  # noqa: F401
    assign,
    candidates,
    replace_moderator,
    suggest,
)
from moderation.enums import CaseStatus, Confidence, Standing
from moderation.models import (
    WORDS,
    Decision,
    ModerationCase,
    ModeratorAssignment,
    ModeratorGrade,
)
from moderation.standing import outcome, problems, standing, titles
from notifications.outbox import notify, stop
from workflow.exceptions import Conflict, Incomplete, Stale
from workflow.machine import follows, locked, perform
from workflow.working_days import add_working_days

# Choosing ----------------------------------------------------------------------------------------


@follows("evaluations.Evaluation", "submit")
def choose(evaluation, by) -> ModerationCase | None:
    """Start moderation of an evaluation just submitted, when a rule or chance chooses it.

    One that is not chosen stays submitted, for the Practice Hub to accept as it is.
    """
    choice = selection.choose(evaluation)
    if choice is None:
        return None
    case = ModerationCase.objects.create(
        evaluation=evaluation,
        reasons=list(choice.reasons),
        is_random=choice.is_random,
        seed=choice.seed,
    )
    TrailEntry.objects.record("choose", case, by=None, after=case.status)
    evaluation_actions.into_moderation(evaluation, by=None)
    return case


# Grading blind -----------------------------------------------------------------------------------


@transaction.atomic
def save_grades(
    case: ModerationCase,
    *,
    by: User,
    version: int,
    grades: dict[str, dict[str, str]],
    recognised: bool | None = None,
) -> ModeratorAssignment:
    """Keep a moderator's grades as a draft: judgement key → grade, reason, confidence.

    What is not in `grades` stays as it is. Raises NotPermitted, Conflict (sent already), Stale (the
    same person saved in another window since `version`) and ValidationError (an unknown judgement
    or word, a text too long).
    """
    case = locked(case)
    transitions.LOCK_GRADES.check(case, by)
    _check_words(grades)
    seat = transitions.seat_of(case, by)
    assert seat is not None  # the step was just checked, and it needs a seat
    if seat.version != version:
        raise Stale("You saved newer grades in another window. Read them, then save again.")
    for key, given in grades.items():
        ModeratorGrade.objects.update_or_create(
            assignment=seat,
            key=key,
            defaults={f: given.get(f, "") for f in ("grade", "reason", "confidence")},
        )
    if recognised is not None:
        seat.recognised = recognised
    seat.version += 1
    seat.saved_at = timezone.now()
    seat.save()
    return seat


def _check_words(grades: dict[str, dict[str, str]]) -> None:
    wrong = {}
    for key, given in grades.items():
        if key not in GRADED:
            wrong["key"] = ["This is not a judgement of the form."]
            continue
        if given.get("grade", "") not in {"", *Grade.values}:
            wrong[f"{key}-grade"] = ["Choose one of the four grades."]
        if given.get("confidence", "") not in {"", *Confidence.values}:
            wrong[f"{key}-confidence"] = ["Choose how sure you are."]
        reason = given.get("reason", "")
        if len(reason) > WORDS or "\x00" in reason:
            wrong[f"{key}-reason"] = [f"Shorten it to {WORDS} characters of plain text."]
    if wrong:
        raise ValidationError(wrong)


def missing_grades(case: ModerationCase, seat: ModeratorAssignment) -> list[transitions.Missing]:
    """What a moderator still has to give before sending, in the order of the form."""
    given = {grade.key: grade for grade in seat.grades.all()}
    found = []
    for key, title in titles(form_of(case.evaluation)).items():
        grade = given.get(key)
        address = transitions.grade_url(case, key)
        if grade is None or not grade.grade:
            found.append(
                transitions.Missing(f"Give a grade for {title}.", f"{key}-grade", f"{address}_0")
            )
        if grade is None or not grade.reason.strip():
            found.append(
                transitions.Missing(
                    f"Give a reason for {title}.",
                    f"{key}-reason",
                    address.replace("-grade", "-reason"),
                )
            )
    return found


@transaction.atomic
def lock_grades(case: ModerationCase, *, by: User) -> ModerationCase:
    """Send a moderator's grades: they never change again. The last one to send reveals them all.

    Raises NotPermitted, Conflict (sent already) and Incomplete (everything missing, at once).
    """
    case = locked(case)
    transitions.LOCK_GRADES.check(case, by)
    seat = transitions.seat_of(case, by)
    assert seat is not None  # the step was just checked, and it needs a seat
    if missing := missing_grades(case, seat):
        raise Incomplete(missing)
    case = perform(transitions.LOCK_GRADES, case, by=by)
    seat.locked_at = timezone.now()
    seat.save()
    if not case.assignments.filter(replaced_at=None, locked_at=None).exists():
        case = _reveal(case)
    return case


# After the reveal --------------------------------------------------------------------------------


def grades_given(case: ModerationCase) -> dict[str, dict[str, Any]]:
    """Judgement → the evaluator's grade and elements, and the moderators' (seats in order)."""
    seats = list(
        case.assignments.filter(replaced_at=None)
        .select_related("moderator")
        .prefetch_related("grades")
    )
    own = {j.key: j for j in case.evaluation.judgements.filter(key__in=GRADED)}
    return {
        key: {
            "evaluator": own[key].grade,
            "elements": own[key].elements_of_outstanding,
            "moderators": [
                {"moderator": seat.moderator_id, "name": seat.moderator.name, "grade": g.grade}
                for seat in seats
                for g in seat.grades.all()
                if g.key == key
            ],
        }
        for key in GRADED
    }


def standings(case: ModerationCase) -> dict[str, Standing]:
    """Where people stand on each judgement. Only for after the reveal."""
    return {
        key: standing(given["evaluator"], [m["grade"] for m in given["moderators"]])
        for key, given in grades_given(case).items()
    }


def _reveal(case: ModerationCase) -> ModerationCase:
    """Show everybody's grades and do what follows by rule. Inside the last one's transaction."""
    policy = case.evaluation.cycle.policy
    today = timezone.localdate()
    sent = timezone.localtime(case.evaluation.submitted_at or case.queued_at).date()
    case = perform(
        transitions.REVEAL,
        case,
        by=None,
        changes={
            "revealed_at": timezone.now(),
            "reconcile_by": add_working_days(today, policy.reconcile_within),
            "panel_by": add_working_days(sent, policy.panel_within),
        },
    )
    evaluation_actions.reveal(case.evaluation)
    stop(case, "moderation_assigned", "moderation_due", "moderation_late", "moderation_late_hub")
    given = grades_given(case)
    stands = standings(case)
    for key, where in stands.items():
        if where == Standing.SAME:
            own = given[key]
            write_decision(
                case, key, {"grade": own["evaluator"], "elements": own["elements"]}, given[key]
            )
    if all(where == Standing.SAME for where in stands.values()):
        return _settle(case, by=None)
    if Standing.PANEL in stands.values():
        case = perform(transitions.REFER_BY_RULE, case, by=None)
        _tell_the_hub(case)
        return case
    for person in _talkers(case):
        notify(
            "moderation_revealed", person, about=case, occasion="reveal", due_on=case.reconcile_by
        )
    return case


def _talkers(case: ModerationCase) -> list[User]:
    seats = case.assignments.filter(replaced_at=None).select_related("moderator")
    people = [case.evaluation.evaluator, *(seat.moderator for seat in seats)]
    return [person for person in people if person is not None]


def _tell_the_hub(case: ModerationCase) -> None:
    for person in User.objects.holding(Role.HUB_OFFICER, Role.HUB_LEAD):
        notify("moderation_referred", person, about=case, occasion="referred", due_on=case.panel_by)


def write_decision(
    case: ModerationCase,
    key: str,
    decision: dict[str, Any],
    given: dict[str, Any],
    *,
    by: User | None = None,
    by_panel: bool = False,
) -> Decision:
    """Keep what was agreed or decided for one judgement, with the first grades beside it."""
    return Decision.objects.create(
        case=case,
        key=key,
        evaluator_grade=given["evaluator"],
        moderator_grades=[
            {"moderator": m["moderator"], "grade": m["grade"]} for m in given["moderators"]
        ],
        final_grade=decision["grade"],
        final_elements=bool(decision.get("elements")),
        outcome=outcome(given["evaluator"], decision["grade"]),
        reason_code=decision.get("reason_code") or "",
        reason=decision.get("reason") or "",
        dissent=decision.get("dissent") or "",
        dissent_by=decision.get("dissent_by"),
        by_panel=by_panel,
        decided_by=by,
    )


def finalise(case: ModerationCase, *, by: User | None) -> None:
    """Hand the final grades to the evaluation."""
    evaluation_actions.finalise(
        case.evaluation,
        final_grades={
            d.key: (d.final_grade, d.final_elements, d.reason) for d in case.decisions.all()
        },
        by=by,
    )


def _settle(case: ModerationCase, *, by: User | None) -> ModerationCase:
    case = perform(transitions.SETTLE, case, by=None, changes={"decided_at": timezone.now()})
    stop(case)
    finalise(case, by=by)
    case.refresh_from_db()
    return case


def to_talk_through(case: ModerationCase) -> list[str]:
    """The judgements on which one person stands one step apart."""
    return [key for key, where in standings(case).items() if where == Standing.TALK]


def check_proposal(case: ModerationCase, grades: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The grades talked through, in full and in one shape. Raises ValidationError by field."""
    given = grades_given(case)
    wrong: dict[str, list[str]] = {}
    clean = {}
    keys = to_talk_through(case)
    if set(grades) - set(keys):
        wrong["key"] = ["Only judgements on which one of you differs are talked through."]
    for key in keys:
        decision = grades.get(key, {})
        own = given[key]
        among = {own["evaluator"], *(m["grade"] for m in own["moderators"])}
        for field, sentence in problems(own["evaluator"], decision, among).items():
            wrong[f"{key}-{field}"] = [sentence]
        reason = (decision.get("reason") or "").strip()
        clean[key] = {
            "grade": decision.get("grade") or "",
            "elements": bool(decision.get("elements")),
            "reason_code": decision.get("reason_code") or "",
            "reason": reason,
        }
        if len(reason) > WORDS or "\x00" in reason:
            wrong[f"{key}-reason"] = [f"Shorten it to {WORDS} characters of plain text."]
    if wrong:
        raise ValidationError(wrong)
    return clean


@transaction.atomic
def agree(
    case: ModerationCase,
    *,
    by: User,
    version: int,
    grades: dict[str, dict[str, Any]] | None = None,
) -> ModerationCase:
    """Say yes to the grades talked through; with `grades`, write them down anew and say yes.

    New words ask everybody again. When evaluator and moderators have all said yes to the same
    version, the decisions are written and the evaluation is finalised. Raises NotPermitted,
    Conflict, Stale (written anew since `version`) and ValidationError.
    """
    case = locked(case)
    transitions.AGREE.check(case, by)
    if case.proposal_version != version:
        raise Stale("Somebody changed the grades you talked through. Read them, then say yes.")
    if grades is not None:
        clean = check_proposal(case, grades)
        if clean != case.proposal:
            case.proposal = clean
            case.proposal_version += 1
            case.proposed_at, case.proposed_by = timezone.now(), by
            case.evaluator_agreed_at = None
            case.save()
            case.assignments.update(agreed_at=None)
    if not case.proposal:
        raise Conflict("Nobody has written down the grades you talked through. Do that first.")
    seat = transitions.seat_of(case, by)
    changes = {}
    if seat is not None:
        seat.agreed_at = timezone.now()
        seat.save()
    else:
        changes["evaluator_agreed_at"] = timezone.now()
    case = perform(
        transitions.AGREE,
        case,
        by=by,
        changes=changes,
        detail={"version": case.proposal_version},
    )
    waiting = case.assignments.filter(replaced_at=None, agreed_at=None).exists()
    if waiting or case.evaluator_agreed_at is None:
        return case
    given = grades_given(case)
    for key, decision in case.proposal.items():
        write_decision(case, key, decision, given[key], by=by)
    return _settle(case, by=by)


@transaction.atomic
def refer(case: ModerationCase, *, by: User, reason: str) -> ModerationCase:
    """Send a case to a panel: those who talked do not agree. Raises NotPermitted and Conflict, and
    ValidationError without a reason."""
    if not reason.strip():
        raise ValidationError({"reason": ["Say what you do not agree on."]})
    case = perform(
        transitions.REFER, case, by=by, reason=reason, changes={"referred_reason": reason}
    )
    stop(case, "moderation_revealed")
    _tell_the_hub(case)
    return case


def is_finished(case: ModerationCase) -> bool:
    """Whether the final grades are known."""
    return case.status in {CaseStatus.AGREED, CaseStatus.DECIDED}
