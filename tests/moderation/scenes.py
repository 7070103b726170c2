"""Moderation cases, brought to where a test begins by the real actions."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from evaluations import actions as evaluation_actions
from evaluations.enums import GRADED
from moderation import actions, panels
from moderation.models import ModerationCase
from tests.evaluations.drafts import make_complete
from tests.evaluations.stages import recommend

EVALUATOR_REASON = "EVALUATOR-REASON-CANARY"


def grades(default: str = "good", **others: str) -> dict[str, str]:
    """Judgement → grade, all the same but for some."""
    return dict.fromkeys(GRADED, default) | others


def words(given: dict[str, str], reason: str = "Seen in the record.") -> dict[str, dict[str, str]]:
    """Grades with a reason each, as a moderator gives them."""
    return {key: {"grade": g, "reason": reason, "confidence": "sure"} for key, g in given.items()}


def queued(trust, given: dict[str, str] | None = None, **fields) -> ModerationCase:
    """A case that waits for moderators, chosen because it is one of Ruth's first."""
    trust.cycle.policy_data["first_evaluations_moderated"] = 1000
    trust.cycle.save()
    evaluation = make_complete(trust, **fields)
    recommend(trust, evaluation, status="draft")
    for key, grade in (given or grades()).items():
        evaluation.judgements.filter(key=key).update(grade=grade, reason=EVALUATOR_REASON)
    evaluation_actions.submit(evaluation, by=trust.evaluator)
    return ModerationCase.objects.get(evaluation=evaluation)


def grading(trust, given=None, **fields) -> ModerationCase:
    """A case that Liam and Tom grade."""
    case = queued(trust, given, **fields)
    return actions.assign(case, by=trust.hub, people=[trust.moderator, trust.moderator2])


def send(case, person, given, reason="Seen in the record.") -> ModerationCase:
    """This moderator grades and sends."""
    seat = case.assignments.get(moderator=person, replaced_at=None)
    actions.save_grades(case, by=person, version=seat.version, grades=words(given, reason))
    return actions.lock_grades(case, by=person)


def graded(trust, own=None, first=None, second=None) -> ModerationCase:
    """A case that both have graded."""
    case = grading(trust, own)
    send(case, trust.moderator, first or grades())
    return send(case, trust.moderator2, second or grades())


def revealed(trust) -> ModerationCase:
    """A case on which Liam alone stands one step apart, on planning."""
    return graded(trust, first=grades(planning="requires_improvement"))


def referred(trust) -> ModerationCase:
    """A case that only a panel can decide: planning is two steps apart."""
    return graded(trust, first=grades(planning="inadequate"))


def panel_for(trust, *cases, members=None):
    """A panel that Helen Marsh chairs, with these cases on its agenda."""
    panel = panels.schedule(
        by=trust.hub,
        cycle=trust.cycle,
        meets_at=timezone.now() + timedelta(days=3),
        chair=trust.chair,
        members=members or [trust.moderator, trust.moderator2],
    )
    for case in cases:
        panels.put_on_panel(case, by=trust.hub, panel=panel)
    return panel


def sitting(trust, *cases):
    """That panel, opened with everybody there."""
    panel = panel_for(trust, *cases)
    return panels.open_panel(
        panel, by=trust.chair, present=[trust.chair, trust.moderator, trust.moderator2]
    )


def proposal(grade="requires_improvement", **others) -> dict:
    """What was talked through about planning."""
    return {
        "planning": {
            "grade": grade,
            "elements": False,
            "reason_code": "evidence_missed",
            "reason": "The plan has no dates.",
        }
        | others
    }
