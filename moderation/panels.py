"""How does a panel decide: scheduled, opened with a quorum, decided, minuted and signed?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit_trail.models import TrailEntry
from evaluations.enums import GRADED, Grade
from evaluations.instrument import form_of
from moderation import transitions
from moderation.actions import finalise, grades_given, write_decision
from moderation.conflicts import Closeness
from moderation.enums import PanelStatus, ReasonCode
from moderation.models import WORDS, Decision, ModerationCase, Panel, PanelMember
from moderation.standing import problems
from notifications.outbox import notify, stop
from workflow import access
from workflow.exceptions import Conflict
from workflow.machine import locked, perform


@transaction.atomic
def schedule(*, by: User, cycle, meets_at: datetime, chair: User, members: Iterable[User]) -> Panel:
    """Call a panel: when, its chair and members (the chair is one of them).

    Raises NotPermitted, and ValidationError (`meets_at` in the past, somebody who is no moderator).
    """
    access.check(by, "panel.schedule")
    people = list(dict.fromkeys([chair, *members]))
    wrong = _wrong_members(chair, people)
    if meets_at <= timezone.now():
        wrong["meets_at"] = ["Choose a day and time still to come."]
    if wrong:
        raise ValidationError(wrong)
    panel = Panel.objects.create(cycle=cycle, meets_at=meets_at, chair=chair)
    PanelMember.objects.bulk_create(PanelMember(panel=panel, member=person) for person in people)
    TrailEntry.objects.record(
        "schedule", panel, by=by, after=panel.status, detail={"members": [p.pk for p in people]}
    )
    _tell(panel, people)
    return panel


def _wrong_members(chair: User, people: list[User]) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not _is_moderator(chair):
        wrong["chair"] = [f"{chair} is not a moderator, so cannot chair a panel."]
    outsiders = [str(p) for p in people if p != chair and not _is_moderator(p)]
    if outsiders:
        wrong["members"] = [f"Not a moderator: {', '.join(outsiders)}."]
    return wrong


def _is_moderator(person: User) -> bool:
    return person.is_active and Role.MODERATOR in person.role_names


def _tell(panel: Panel, people: Iterable[User]) -> None:
    for person in people:
        notify(
            "panel_scheduled",
            person,
            about=panel,
            occasion=panel.meets_at.isoformat(),
            due_on=timezone.localtime(panel.meets_at).date(),
        )


@transaction.atomic
def set_members(
    panel: Panel, *, by: User, chair: User, members: Iterable[User], meets_at: datetime
) -> Panel:
    """Change who sits on a panel and when, before it opens. Conflict rules run for its cases.

    Raises NotPermitted, Conflict (open or closed) and ValidationError.
    """
    panel = locked(panel)
    transitions.SET_MEMBERS.check(panel, by)
    people = list(dict.fromkeys([chair, *members]))
    wrong = _wrong_members(chair, people)
    if meets_at != panel.meets_at and meets_at <= timezone.now():
        wrong["meets_at"] = ["Choose a day and time still to come."]
    for case in panel.cases.select_related("evaluation__practitioner"):
        if too_close := _too_close(case, people):
            wrong.setdefault("members", []).append(f"{case.reference}: {' '.join(too_close)}")
    if wrong:
        raise ValidationError(wrong)
    panel.members.exclude(member__in=people).delete()
    kept = set(panel.members.values_list("member", flat=True))
    new = [person for person in people if person.pk not in kept]
    PanelMember.objects.bulk_create(PanelMember(panel=panel, member=person) for person in new)
    moved = meets_at != panel.meets_at
    panel = perform(
        transitions.SET_MEMBERS,
        panel,
        by=by,
        changes={"chair": chair, "meets_at": meets_at},
        detail={"members": [person.pk for person in people]},
    )
    _tell(panel, people if moved else new)
    return panel


def _too_close(case: ModerationCase, people: Iterable[User]) -> list[str]:
    closeness = Closeness(case.evaluation)
    return [reason for person in people if (reason := closeness.why_not(person))]


@transaction.atomic
def put_on_panel(case: ModerationCase, *, by: User, panel: Panel) -> ModerationCase:
    """Put a referred case on a panel's agenda, or move it to another.

    Nobody decides about their own work, their own evaluation or somebody they manage: raises
    Conflict with the names until they are taken off the panel or recused. Also raises NotPermitted
    and Conflict (not referred, the panel has opened, decisions begun).
    """
    case = locked(case)
    transitions.PUT_ON_PANEL.check(case, by)
    panel = locked(panel)
    if panel.status != PanelStatus.SCHEDULED:
        raise Conflict("That panel has opened. Choose one still to come.")
    if panel.cycle_id != case.evaluation.cycle_id:
        raise Conflict(f"That panel is for {panel.cycle}. Choose one of this cycle.")
    if case.decisions.filter(by_panel=True).exists():
        raise Conflict("A panel has begun to decide it, so it stays there.")
    sitting = [place.member for place in panel.members.select_related("member__team")]
    if too_close := _too_close(case, sitting):
        raise Conflict(f"{' '.join(too_close)} Take them off the panel first, or choose another.")
    return perform(
        transitions.PUT_ON_PANEL,
        case,
        by=by,
        changes={"panel": panel},
        detail={"panel": panel.pk},
    )


@transaction.atomic
def open_panel(
    panel: Panel, *, by: User, present: Iterable[User], recused: Iterable[User] = ()
) -> Panel:
    """Open a panel with those present: a quorum, one from outside the service area of each case.

    `recused` members take no part from here on, and see nothing. Raises NotPermitted and Conflict.
    """
    panel = locked(panel)
    here, out = {p.pk for p in present}, {p.pk for p in recused}
    for place in panel.members.all():
        place.recused = place.member_id in out
        place.attended = place.member_id in here and not place.recused
        place.save()
    panel = perform(transitions.OPEN, panel, by=by, changes={"opened_at": timezone.now()})
    stop(panel)
    return panel


def left_to_decide(case: ModerationCase) -> list[str]:
    """The judgements that the panel still has to decide, in the order of the form."""
    decided = set(case.decisions.values_list("key", flat=True))
    return [key for key in GRADED if key not in decided]


@transaction.atomic
def decide(
    case: ModerationCase,
    *,
    by: User,
    key: str,
    grade: str,
    elements: bool = False,
    reason_code: str = "",
    reason: str = "",
    dissent: str = "",
    dissent_by: User | None = None,
) -> ModerationCase:
    """Record the panel's grade for one judgement; the last one finalises the evaluation.

    Raises NotPermitted (not the chair), Conflict (not sitting, or decided already: of two at once
    one wins) and ValidationError (a change without reason and code, a dissent without a name).
    """
    case = locked(case)
    if key not in GRADED:
        raise ValidationError({"key": ["This is not a judgement of the form."]})
    transitions.RECORD_DECISION.check(case, by)
    if done := case.decisions.filter(key=key).select_related("decided_by").first():
        title = form_of(case.evaluation).title_of(key)
        who = f" by {done.decided_by}" if done.decided_by else ""
        raise Conflict(f"{title} is decided already: {done.get_final_grade_display()}{who}.")
    given = grades_given(case)[key]
    decision: dict[str, Any] = {
        "grade": grade,
        "elements": elements,
        "reason_code": reason_code,
        "reason": reason.strip(),
        "dissent": dissent.strip(),
        "dissent_by": dissent_by,
    }
    wrong = problems(given["evaluator"], decision)
    wrong |= _wrong_dissent(case, decision)
    for name in ("reason", "dissent"):
        if len(decision[name]) > WORDS or "\x00" in decision[name]:
            wrong[name] = f"Shorten it to {WORDS} characters of plain text."
    if wrong:
        raise ValidationError({name: [sentence] for name, sentence in wrong.items()})
    decision_row = write_decision(case, key, decision, given, by=by, by_panel=True)
    case = perform(
        transitions.RECORD_DECISION,
        case,
        by=by,
        detail={"judgement": key, "outcome": decision_row.outcome},
    )
    if not left_to_decide(case):
        case = perform(transitions.DECIDE, case, by=None, changes={"decided_at": timezone.now()})
        stop(case)
        finalise(case, by=by)
        case.refresh_from_db()
    return case


def _wrong_dissent(case: ModerationCase, decision: dict[str, Any]) -> dict[str, str]:
    person, words = decision["dissent_by"], decision["dissent"]
    if words and person is None:
        return {"dissent_by": "Choose whose different view this is."}
    if person is not None and not words:
        return {"dissent": "Write down the different view."}
    assert case.panel is not None  # it is the panel that decides
    if person is not None and not (
        case.panel.members.filter(member=person, attended=True, recused=False).exists()
    ):
        return {"dissent_by": f"{person} is not at this panel."}
    return {}


def draft_minutes(panel: Panel) -> str:
    """Minutes made from what was decided: references and judgements, never a child or worker."""
    places = list(panel.members.select_related("member"))
    lines = [
        f"{panel} ({panel.cycle}). Chair: {panel.chair}.",
        f"Present: {', '.join(str(p.member) for p in places if p.attended)}.",
    ]
    recused = [str(p.member) for p in places if p.recused]
    if recused:
        lines.append(f"Recused: {', '.join(recused)}.")
    cases = panel.cases.select_related("evaluation__instrument").prefetch_related(
        "decisions__dissent_by"
    )
    for case in sorted(cases, key=lambda case: case.reference):
        lines += ["", case.reference]
        form = form_of(case.evaluation)
        by_key = {d.key: d for d in case.decisions.all() if d.by_panel}
        lines += [_minute(form, by_key[key]) for key in GRADED if key in by_key]
    return "\n".join(lines)


def _minute(form, decision: Decision) -> str:
    elements = ", with elements of Outstanding" if decision.final_elements else ""
    line = (
        f"{form.title_of(decision.key)}: {Grade(decision.final_grade).label}{elements} "
        f"({decision.get_outcome_display().lower()})."
    )
    if decision.reason_code:
        line += f" {ReasonCode(decision.reason_code).label}."
    if decision.reason:
        line += f" {decision.reason}"
    if decision.dissent:
        line += f" A different view, {decision.dissent_by}: {decision.dissent}"
    return line


@transaction.atomic
def sign(panel: Panel, *, by: User, minutes: str = "") -> Panel:
    """Sign the minutes and close the panel; without words of the chair's own, as drafted.

    Raises NotPermitted, Conflict (not sitting, something undecided) and ValidationError (too long).
    """
    panel = locked(panel)
    transitions.SIGN.check(panel, by)
    words = minutes.strip() or draft_minutes(panel)
    if len(words) > 20000 or "\x00" in words:
        raise ValidationError({"minutes": ["Shorten them to 20,000 characters of plain text."]})
    return perform(
        transitions.SIGN,
        panel,
        by=by,
        changes={"minutes": words, "signed_at": timezone.now(), "signed_by": by},
    )
