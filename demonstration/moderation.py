"""Which grades of the fictional Trust were tested, and how?"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from cycles.enums import CycleStatus
from cycles.models import Cycle
from demonstration.evaluations import GRADES, moment
from demonstration.people import Cast
from evaluations.enums import GRADED, Status
from evaluations.models import Evaluation, Judgement
from moderation.enums import CaseStatus, Chosen
from moderation.models import (
    Decision,
    ModerationCase,
    ModeratorAssignment,
    ModeratorGrade,
    Panel,
    PanelMember,
)
from workflow.working_days import add_working_days, working_day_on_or_after

OPEN_CASES = [
    *[CaseStatus.GRADING] * 4,
    CaseStatus.REVEALED,
    *[CaseStatus.REFERRED] * 2,
    CaseStatus.QUEUED,
]


def make_moderation(cast: Cast, cycles: list[Cycle], evaluations: list[Evaluation]) -> None:
    """Cases in every state, a panel to come for the chair, and panels of earlier cycles."""
    random = Random("alongside moderation")
    grades: dict[int, dict[str, Judgement]] = {}
    for judgement in Judgement.objects.filter(key__in=GRADED):
        grades.setdefault(judgement.evaluation_id, {})[judgement.key] = judgement
    for cycle in cycles:
        mine = [e for e in evaluations if e.cycle_id == cycle.pk]
        is_open = cycle.status == CycleStatus.OPEN
        panel = _panel(cast, cycle, is_open)
        if is_open:
            chosen = [e for e in mine if e.status == Status.IN_MODERATION]
            states = OPEN_CASES[: len(chosen)]
        else:
            done = [e for e in mine if e.status == Status.SHARED]
            chosen = random.sample(done, 16)
            states = [CaseStatus.AGREED] * 12 + [CaseStatus.DECIDED] * 4
        for evaluation, state in zip(chosen, states, strict=True):
            _case(cast, random, evaluation, state, panel, grades[evaluation.pk])


def _panel(cast: Cast, cycle: Cycle, is_open: bool) -> Panel:
    day = add_working_days(cast.today, 6) if is_open else working_day_on_or_after(cycle.ends_on)
    at = timezone.make_aware(datetime.combine(day, time(10, 0)))
    panel = Panel.objects.create(
        cycle=cycle,
        meets_at=at,
        chair=cast.chair,
        status="scheduled" if is_open else "closed",
        opened_at=None if is_open else at,
        minutes="" if is_open else "The panel read the papers, heard each view and decided.",
        signed_at=None if is_open else at + timedelta(days=2),
        signed_by=None if is_open else cast.chair,
    )
    members = [cast.chair, *cast.moderators[:4]]
    PanelMember.objects.bulk_create(
        PanelMember(panel=panel, member=member, attended=not is_open) for member in members
    )
    return panel


def _case(cast, random, evaluation, state, panel, judgements) -> None:
    sent = evaluation.submitted_at
    policy = evaluation.cycle.policy
    begun = timezone.localdate(sent)
    found = {j.grade for j in judgements.values()}
    reasons = [
        reason
        for reason, holds in (
            (Chosen.INADEQUATE, "inadequate" in found),
            (Chosen.OUTSTANDING, "outstanding" in found),
        )
        if holds
    ] or [Chosen.RANDOM]
    revealed = state not in {CaseStatus.QUEUED, CaseStatus.GRADING}
    final = state in {CaseStatus.AGREED, CaseStatus.DECIDED}
    case = ModerationCase.objects.create(
        evaluation=evaluation,
        status=state,
        reasons=reasons,
        is_random=reasons == [Chosen.RANDOM],
        seed=evaluation.cycle.sample.seed,
        panel=panel if state in {CaseStatus.REFERRED, CaseStatus.DECIDED} else None,
        queued_at=sent,
        grade_by=add_working_days(begun, policy.blind_within)
        if state != CaseStatus.GRADING
        else add_working_days(cast.today, 3),
        revealed_at=sent + timedelta(days=5) if revealed else None,
        reconcile_by=add_working_days(begun, policy.blind_within + policy.reconcile_within)
        if revealed
        else None,
        panel_by=add_working_days(begun, policy.panel_within),
        referred_reason="Two steps apart on planning." if state == CaseStatus.REFERRED else "",
        decided_at=evaluation.finalised_at if final else None,
    )
    if revealed:
        Evaluation.objects.filter(pk=evaluation.pk).update(revealed_at=case.revealed_at)
    if state == CaseStatus.QUEUED:
        return
    seats = random.sample(cast.moderators, 2)
    if state in {CaseStatus.GRADING, CaseStatus.REVEALED} and cast.moderator not in seats:
        seats[0] = cast.moderator
    if state == CaseStatus.GRADING and cast.moderator2 not in seats and random.random() < 0.8:
        seats[1] = cast.moderator2
    rows: list[ModeratorGrade] = []
    marks: dict[str, list[str]] = {}
    for place, moderator in enumerate(seats):
        locked = revealed or (state == CaseStatus.GRADING and place == 1 and random.random() < 0.3)
        seat = ModeratorAssignment.objects.create(
            case=case,
            moderator=moderator,
            assigned_at=sent,
            locked_at=min(moment(cast.today), sent + timedelta(days=4)) if locked else None,
        )
        if not locked:
            continue
        for key, judgement in judgements.items():
            step = 0
            if state == CaseStatus.REVEALED and key == "planning":
                step = 0 if place else 1
            elif state in {CaseStatus.REFERRED, CaseStatus.DECIDED} and key == "planning":
                step = 2
            grade = GRADES[min(3, max(0, GRADES.index(judgement.grade) + step))]
            if step and grade == judgement.grade:
                grade = GRADES[GRADES.index(judgement.grade) - step]
            marks.setdefault(key, []).append(grade)
            rows.append(
                ModeratorGrade(
                    assignment=seat,
                    key=key,
                    grade=grade,
                    reason="Read from the evidence and answers on their own.",
                    confidence=random.choice(["sure", "fairly_sure"]),
                )
            )
    ModeratorGrade.objects.bulk_create(rows)
    if final:
        _decide(cast, case, judgements, marks)


def _decide(cast, case: ModerationCase, judgements, marks) -> None:
    decisions = []
    for key, judgement in judgements.items():
        changed = case.status == CaseStatus.DECIDED and key == "planning"
        grade = marks[key][0] if changed else judgement.grade
        before, after = GRADES.index(judgement.grade), GRADES.index(grade)
        outcome = "upheld" if before == after else "raised" if after < before else "lowered"
        decisions.append(
            Decision(
                case=case,
                key=key,
                evaluator_grade=judgement.grade,
                moderator_grades=marks[key],
                final_grade=grade,
                final_elements=judgement.elements_of_outstanding and grade == "good",
                outcome=outcome,
                reason_code="evidence_missed" if outcome != "upheld" else "",
                reason="The updated plan was on the record, filed under meetings."
                if outcome != "upheld"
                else "",
                by_panel=case.status == CaseStatus.DECIDED,
                decided_by=cast.chair if case.status == CaseStatus.DECIDED else None,
                decided_at=case.decided_at,
            )
        )
        if outcome != "upheld":
            Judgement.objects.filter(pk=judgement.pk).update(
                final_grade=grade,
                final_elements=judgement.elements_of_outstanding and grade == "good",
                final_reason=decisions[-1].reason,
            )
    Decision.objects.bulk_create(decisions)
