"""An evaluation in each of its states, as the database allows it, with words that could leak."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.models import Answer, Evaluation, Feedback, Judgement, Reflection
from recommendations.models import Recommendation
from tests.evaluations.drafts import make_complete

BEFORE = ("planned", "allocated", "accepted")
AFTER_SUBMISSION = ("submitted", "in_moderation", "finalised", "shared", "closed")
AFTER_MODERATION = ("finalised", "shared", "closed")
RELEASED = ("shared", "closed")


def make_at(trust, status: str, **fields) -> Evaluation:
    """A whole evaluation of Jo's work by Ruth, in this status."""
    now = timezone.now()
    today = timezone.localdate()
    given = {
        "submit_by": today + timedelta(days=10),
        "accept_by": today + timedelta(days=1),
        "conversation_by": today + timedelta(days=5),
        "strengths": ["STRENGTH-CANARY"],
        "message": "MESSAGE-CANARY",
    }
    if status == "planned":
        given |= {"evaluator": None}
    if status in AFTER_SUBMISSION:
        given |= {"submitted_at": now, "submitted_by": trust.evaluator}
    if status in AFTER_MODERATION:
        given |= {"finalised_at": now, "share_by": today + timedelta(days=2)}
    if status in RELEASED:
        given |= {
            "third_party_checked_at": now,
            "third_party_checked_by": trust.hub,
            "third_party_note": "CHECK-CANARY",
            "shared_at": now,
            "shared_by": trust.hub_lead,
        }
    if status == "eliminated":
        given |= {"eliminated_reason": "closed", "eliminated_at": now}
    evaluation = make_complete(trust, status=status, **(given | fields))
    if status in AFTER_MODERATION:
        for judgement in evaluation.judgements.exclude(grade=""):
            judgement.final_grade = judgement.grade
            judgement.save()
    return evaluation


def fill_with_canaries(evaluation: Evaluation) -> None:
    """Words in every hidden place, each of which says where it came from."""
    Answer.objects.filter(evaluation=evaluation).update(tell="TELL-CANARY", show="SHOW-CANARY")
    Judgement.objects.filter(evaluation=evaluation).update(reason="REASON-CANARY")
    Reflection.objects.filter(evaluation=evaluation).update(
        prepare="PREPARE-CANARY", answers={"proud": "PROUD-CANARY"}, agrees="no"
    )
    Feedback.objects.filter(evaluation=evaluation).delete()
    said = {"outcome": "spoken_with", "attempted_on": timezone.localdate(), "how": "by_phone"}
    for voice, who, quoted in (
        ("parent", "MUM-WHO-CANARY", True),
        ("child", "CHILD-WHO-CANARY", True),
        ("partner", "SCHOOL-WHO-CANARY", False),
    ):
        Feedback.objects.create(
            evaluation=evaluation,
            voice=voice,
            who=who,
            may_quote=quoted,
            helped_most=f"{voice.upper()}-WORDS-CANARY",
            outcome_reason="OUTCOME-REASON-CANARY",
            statements={"understood": "yes"} | ({"my_actions": "no"} if voice == "partner" else {}),
            **said,
        )


def recommend(trust, evaluation: Evaluation, **fields) -> Recommendation:
    """A recommendation of this evaluation that Jo owns."""
    number = evaluation.recommendations.count() + 1
    given = {
        "status": "agreed",
        "due_on": timezone.localdate() + timedelta(days=20),
        "priority": "medium",
        "theme": "visits",
        "action": "See her alone at school",
        "owner": trust.practitioner,
        "accountable_manager": trust.manager,
    }
    return Recommendation.objects.create(
        reference=f"{evaluation.reference}-R{number}",
        evaluation=evaluation,
        cycle=evaluation.cycle,
        service_area=evaluation.service_area,
        team=evaluation.team,
        problem="PROBLEM",
        difference="She has somebody to tell.",
        created_by=trust.evaluator,
        **(given | fields),
    )


def queries_of(ask) -> int:
    """How often the database is asked while this page is shown."""
    with CaptureQueriesContext(connection) as asked:
        reply = ask()
    assert reply.status_code == 200
    return len(asked)
