"""What may this person be shown of a moderation case?

Page and API both show a `Showing` and nothing else: what one hides, the other hides.
Whoever grades a case is blind until everybody has sent: whatever other roles they hold, they get no
name, team, grade or reason, nor why it was chosen (that would tell a grade).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cycles.enums import PlanType
from evaluations.enums import GRADED, Grade
from evaluations.instrument import form_of
from moderation import actions
from moderation.enums import CaseStatus, Chosen, Standing
from moderation.models import Decision, ModerationCase, ModeratorAssignment
from moderation.standing import titles
from workflow import access

RULES = (
    "evaluation.view_people",
    "evidence.view",
    "eval_grade.view",
    "mod_grade.set_own",
    "mod_grade.view_own",
    "mod_grade.view_others",
    "mod_grade.view_completion",
    "mod_grade.replace_moderator",
    "final_grade.view",
    "panel.schedule",
    "panel.set_members",
    "panel.record_decision",
    "moderation_case.agree",
    "moderation_case.refer",
)
BY_RULE = {Chosen.RANDOM: "Chosen at random, so that we know how we do overall."}


@dataclass(frozen=True)
class Given:
    """One person's grade for one judgement."""

    name: str
    initials: str
    is_evaluator: bool
    grade: str
    elements: bool = False
    reason: str = ""
    confidence: str = ""

    @property
    def mark(self) -> str:
        return "Evaluator" if self.is_evaluator else self.initials


@dataclass(frozen=True)
class Row:
    """One judgement: who chose what, where people stand, what was settled."""

    key: str
    title: str
    given: tuple[Given, ...]
    standing: str = ""
    decision: Decision | None = None
    proposed: dict[str, Any] = field(default_factory=dict)

    @property
    def cells(self) -> list[tuple[str, str, list[Given]]]:
        """One cell a grade, best first, with those who chose it."""
        return [
            (grade.value, grade.label, [one for one in self.given if one.grade == grade])
            for grade in Grade
        ]

    @property
    def standing_words(self) -> str:
        return Standing(self.standing).label if self.standing else ""

    @property
    def due_kind(self) -> str:
        return {"same": "done", "talk": "ok", "panel": "soon"}.get(self.standing, "wait")


@dataclass(frozen=True)
class Showing:
    """Everything about a case that one person may see now."""

    case: ModerationCase
    blind: bool
    seat: ModeratorAssignment | None
    allowed: frozenset[str]
    why: tuple[str, ...]  # why it was chosen, in words; empty when that would tell a grade
    named: bool  # whether evaluator, practitioner and team may be named
    seats: tuple[ModeratorAssignment, ...]  # who moderates it
    rows: tuple[Row, ...]
    is_evaluator: bool

    @property
    def child_words(self) -> str:
        return PlanType(self.case.evaluation.plan_type).label

    @property
    def has_standing(self) -> bool:
        return any(row.standing for row in self.rows)

    @property
    def may_read(self) -> bool:
        return "evidence.view" in self.allowed

    @property
    def same_count(self) -> int:
        return sum(row.standing == Standing.SAME for row in self.rows)

    @property
    def to_talk(self) -> list[Row]:
        return [row for row in self.rows if row.standing == Standing.TALK]

    @property
    def people(self) -> list[Given]:
        """Each person once, for the key under the table."""
        return list({one.name: one for row in self.rows for one in row.given}.values())

    @property
    def said_yes(self) -> list[dict[str, Any]]:
        """Who has said yes to the grades talked through."""
        people = [
            {
                "name": str(self.case.evaluation.evaluator),
                "part": "Evaluator",
                "at": self.case.evaluator_agreed_at,
            }
        ]
        return people + [
            {"name": str(s.moderator), "part": "Moderator", "at": s.agreed_at} for s in self.seats
        ]

    @property
    def i_said_yes(self) -> bool:
        if self.is_evaluator:
            return self.case.evaluator_agreed_at is not None
        return self.seat is not None and self.seat.agreed_at is not None


def why_words(case: ModerationCase) -> tuple[str, ...]:
    """Why a case was chosen, in words. For those who may know its grades only."""
    return tuple(BY_RULE.get(reason) or Chosen(reason).label for reason in case.reasons)


def initials(name: str) -> str:
    """LF for Liam Foster."""
    return "".join(part[0] for part in name.split()[:3]).upper()


def showing(case: ModerationCase, user) -> Showing:
    """What this person may be shown of this case; they may know that it exists already."""
    evaluation = case.evaluation
    allowed = access.permitted_actions(user, case, RULES)
    active = list(
        case.assignments.filter(replaced_at=None)
        .select_related("moderator")
        .prefetch_related("grades")
    )
    seat = next((s for s in active if s.moderator_id == user.pk), None)
    revealed = case.revealed_at is not None
    blind = seat is not None and not revealed
    is_evaluator = evaluation.evaluator_id == user.pk
    hub = "panel.set_members" in allowed
    shows_grades = "eval_grade.view" in allowed and not blind
    shows_others = "mod_grade.view_others" in allowed and revealed
    return Showing(
        case=case,
        blind=blind,
        seat=seat,
        allowed=allowed,
        why=why_words(case) if shows_grades else (),
        named="evaluation.view_people" in allowed and not blind,
        seats=tuple(active) if not blind and (hub or revealed) else (),
        rows=_rows(case, active, seat, allowed, shows_grades, shows_others)
        if revealed or shows_grades
        else (),
        is_evaluator=is_evaluator,
    )


def _rows(case, active, seat, allowed, shows_grades, shows_others) -> tuple[Row, ...]:
    evaluation = case.evaluation
    own = {j.key: j for j in evaluation.judgements.all() if j.key in GRADED}
    decisions = {d.key: d for d in case.decisions.select_related("decided_by", "dissent_by")}
    revealed = case.revealed_at is not None
    takes_part = shows_others or evaluation.evaluator_id and "moderation_case.agree" in allowed
    stands = actions.standings(case) if revealed and takes_part else {}
    shows_final = shows_others or "final_grade.view" in allowed
    rows = []
    for key, title in titles(form_of(evaluation)).items():
        given = []
        if shows_grades and key in own:
            given.append(_evaluators(evaluation, own[key]))
        for one in active:
            if shows_others or (one is seat and "mod_grade.view_own" in allowed):
                given += [_moderators(one, g) for g in one.grades.all() if g.key == key]
        rows.append(
            Row(
                key=key,
                title=title,
                given=tuple(given),
                standing=stands.get(key, ""),
                decision=decisions.get(key) if shows_final else None,
                proposed=case.proposal.get(key, {}) if takes_part else {},
            )
        )
    return tuple(rows)


def _evaluators(evaluation, judgement) -> Given:
    name = str(evaluation.evaluator)
    return Given(
        name=name,
        initials=initials(name),
        is_evaluator=True,
        grade=judgement.grade,
        elements=judgement.elements_of_outstanding,
        reason=judgement.reason,
    )


def _moderators(seat: ModeratorAssignment, grade) -> Given:
    name = str(seat.moderator)
    return Given(
        name=name,
        initials=initials(name),
        is_evaluator=False,
        grade=grade.grade,
        reason=grade.reason,
        confidence=grade.get_confidence_display() if grade.confidence else "",
    )


def next_words(case: ModerationCase) -> str:
    """What has to happen next, for a row of a list. The same whatever the grades are."""
    return {
        CaseStatus.QUEUED: "Choose moderators",
        CaseStatus.GRADING: "Moderators grade on their own",
        CaseStatus.REVEALED: "Evaluator and moderators talk",
        CaseStatus.REFERRED: "A panel decides",
        CaseStatus.AGREED: "Agreed",
        CaseStatus.DECIDED: "Decided by the panel",
    }[CaseStatus(case.status)]
