"""Who moderates a case: who may, who is suggested, and who takes another's seat?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from moderation import transitions
from moderation.conflicts import Closeness, moderators
from moderation.models import ModerationCase, ModeratorAssignment
from notifications.outbox import notify
from workflow.exceptions import Conflict
from workflow.machine import locked, perform
from workflow.working_days import add_working_days


def candidates(case: ModerationCase) -> list[User]:
    """People who may moderate this case, those with least to grade first.

    Of people with equally much the order is a draw by the case's reference, so that it is the same
    when asked again and does not favour a name.
    """
    closeness = Closeness(case.evaluation)
    people = (
        moderators()
        .annotate(
            load=Count(
                "moderations",
                filter=Q(moderations__replaced_at=None, moderations__locked_at=None),
            )
        )
        .exclude(moderations__in=case.assignments.filter(replaced_at=None))
    )
    fit = [person for person in people if not closeness.why_not(person)]
    return sorted(fit, key=lambda person: (person.load, _lot(case, person)))


def _lot(case: ModerationCase, person: User) -> str:
    return hashlib.sha256(f"{case.reference} {person.pk}".encode()).hexdigest()


def suggest(case: ModerationCase) -> list[User]:
    """Moderators for a case: the least busy, one at least from outside its service area.

    Raises Conflict when there are not enough people.
    """
    needed = case.evaluation.cycle.policy.moderators_per_case
    fit = candidates(case)
    closeness = Closeness(case.evaluation)
    outside = [person for person in fit if closeness.is_from_outside(person)]
    if len(fit) < needed or not outside:
        raise Conflict(
            f"There are not {needed} moderators without a conflict, one of them from outside "
            f"{case.evaluation.service_area}. Give more people the role, or wait until they are "
            "back."
        )
    chosen = fit[:needed]
    if not any(map(closeness.is_from_outside, chosen)):
        chosen[-1] = outside[0]
    return chosen


@transaction.atomic
def assign(
    case: ModerationCase, *, by: User, people: Iterable[User] | None = None
) -> ModerationCase:
    """Give a case to its moderators and start the clock; without `people`, to those suggested.

    Raises NotPermitted, Conflict (not waiting any more, too few people), and ValidationError
    (`moderators`: somebody who may not moderate it).
    """
    case = locked(case)
    transitions.ASSIGN.check(case, by)
    chosen = suggest(case) if people is None else list(dict.fromkeys(people))
    _check_moderators(case, chosen)
    today = timezone.localdate()
    grade_by = add_working_days(today, case.evaluation.cycle.policy.blind_within)
    case = perform(
        transitions.ASSIGN,
        case,
        by=by,
        changes={"grade_by": grade_by},
        detail={"moderators": [person.pk for person in chosen]},
    )
    for person in chosen:
        _seat(case, person)
    return case


def _check_moderators(case: ModerationCase, chosen: list[User]) -> None:
    needed = case.evaluation.cycle.policy.moderators_per_case
    closeness = Closeness(case.evaluation)
    today = timezone.localdate()
    wrong = []
    if len(chosen) != needed:
        wrong.append(f"Choose {needed} moderators. You have chosen {len(chosen)}.")
    for person in chosen:
        wrong += filter(None, [_why_not_now(person, today) or closeness.why_not(person)])
    if not wrong and not any(map(closeness.is_from_outside, chosen)):
        wrong.append(f"Choose one at least from outside {case.evaluation.service_area}.")
    if wrong:
        raise ValidationError({"moderators": wrong})


def _why_not_now(person: User, today) -> str:
    if not person.is_active or Role.MODERATOR not in person.role_names:
        return f"{person} is not a moderator."
    return f"{person} is away." if person.is_away(today) else ""


def _seat(case: ModerationCase, person: User) -> ModeratorAssignment:
    seat = ModeratorAssignment.objects.create(case=case, moderator=person)
    notify("moderation_assigned", person, about=case, occasion=str(seat.pk), due_on=case.grade_by)
    return seat


@transaction.atomic
def replace_moderator(
    case: ModerationCase, *, by: User, old: User, new: User, reason: str
) -> ModerationCase:
    """Give somebody's seat to another moderator; what was given so far stays on file.

    Raises NotPermitted, Conflict (the old one has sent their grades, or has no seat), and
    ValidationError (`new`: may not moderate it; `reason`: none given).
    """
    case = locked(case)
    transitions.REPLACE_MODERATOR.check(case, by)
    seat = transitions.seat_of(case, old)
    if seat is None:
        raise Conflict(f"{old} is not a moderator of this evaluation any more.")
    if seat.locked_at:
        raise Conflict(f"{old} has sent their grades, so they stay.")
    wrong = {}
    closeness = Closeness(case.evaluation)
    problem = _why_not_now(new, timezone.localdate()) or closeness.why_not(new)
    if not problem and transitions.seat_of(case, new):
        problem = f"{new} moderates it already."
    others = [
        s.moderator
        for s in case.assignments.filter(replaced_at=None)
        .exclude(pk=seat.pk)
        .select_related("moderator__team")
    ]
    if not problem and not any(map(closeness.is_from_outside, [*others, new])):
        problem = f"Choose somebody from outside {case.evaluation.service_area}."
    if problem:
        wrong["new"] = [problem]
    if not reason.strip():
        wrong["reason"] = ["Say why."]
    if wrong:
        raise ValidationError(wrong)
    seat.replaced_at = timezone.now()
    seat.replaced_reason = reason[:500]
    seat.save()
    grade_by = add_working_days(timezone.localdate(), case.evaluation.cycle.policy.blind_within)
    case = perform(
        transitions.REPLACE_MODERATOR,
        case,
        by=by,
        reason=reason,
        changes={"grade_by": max(case.grade_by or grade_by, grade_by)},
        detail={"from": old.pk, "to": new.pk},
    )
    _seat(case, new)
    return case
