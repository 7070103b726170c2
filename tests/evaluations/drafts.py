"""Evaluations that are being written: as the evaluator finds them, and with nothing missing."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from evaluations.enums import PILLARS
from evaluations.models import Answer, Feedback, Judgement, Reflection
from tests.factories import make_child, make_evaluation

EVALUATOR_WORDS = "You can hear her in this record."


def make_draft(trust, status: str = "in_progress", **fields):
    """An evaluation of Jo's work, given to Ruth."""
    fields.setdefault("evaluator", trust.evaluator)
    child = make_child(team=trust.team, practitioner=trust.practitioner)
    fields.setdefault("started_at", timezone.now() if status == "in_progress" else None)
    return make_evaluation(trust.cycle, child, status=status, **fields)


def make_complete(trust, grade: str = "good", **fields):
    """An evaluation that lacks nothing: every test takes one thing away."""
    now = timezone.now()
    fields.setdefault("conversation_on", timezone.localdate())
    fields.setdefault("reflection_invited_at", now - timedelta(days=20))
    fields.setdefault("strengths", ["Her words led to a change in the plan."])
    evaluation = make_draft(trust, **fields)
    Reflection.objects.create(evaluation=evaluation, replied_at=now)
    Answer.objects.bulk_create(
        Answer(
            evaluation=evaluation,
            pillar=pillar["key"],
            question=question["key"],
            tell="Jo said so.",
            finding="yes",
            on_record="clear",
        )
        for pillar in evaluation.instrument.content["pillars"]
        for question in pillar["questions"]
    )
    Judgement.objects.bulk_create(
        Judgement(evaluation=evaluation, key=key, grade=grade, reason=EVALUATOR_WORDS)
        for key in (*PILLARS, "experience_and_progress", "overall")
    )
    Judgement.objects.bulk_create(
        Judgement(evaluation=evaluation, key=key, extent="mostly", reason=EVALUATOR_WORDS)
        for key in ("help_is_right", "record_shows_work")
    )
    Feedback.objects.bulk_create(
        Feedback(
            evaluation=evaluation,
            voice=voice,
            attempted_on=timezone.localdate(),
            outcome="spoken_with",
            how="by_phone",
        )
        for voice in ("child", "parent", "partner")
    )
    return evaluation
