"""Which evaluations are moderated, and why this one?

Always: an Inadequate or Outstanding judgement, a safety alert, the practitioner's disagreement, a
grade limit reached, an evaluator's first two. Of the rest about 20%, and one in each service area.

The random share is a lottery settled when an evaluation is submitted, so that nobody waits for the
end of the cycle. Each evaluation has one number between 0 and 1, made from the cycle's seed and its
reference: the same on every machine, and not to be guessed without the seed. It is drawn when the
number is below the share. So that each service area has one, it is also drawn when nothing has
been drawn at random in its area yet and no evaluation still to come there has a lower number. The
seed is kept on the case. The share is therefore met on average; the draw that meets a quota exactly
replaces `is_drawn` when it comes.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from evaluations import limits
from evaluations.enums import GRADED, Grade, SeesItTheSame, Status
from evaluations.models import Evaluation
from moderation.enums import Chosen
from moderation.models import ModerationCase

TO_COME = [Status.PLANNED, Status.ALLOCATED, Status.ACCEPTED, Status.IN_PROGRESS]


@dataclass(frozen=True)
class Choice:
    """That an evaluation is moderated: why, and with which seed the draw was made."""

    reasons: tuple[str, ...]
    seed: str

    @property
    def is_random(self) -> bool:
        return self.reasons == (Chosen.RANDOM,)


def choose(evaluation: Evaluation) -> Choice | None:
    """Why this evaluation is to be moderated; None when it is not (or only counts as training)."""
    if evaluation.is_training:
        return None
    seed = seed_of(evaluation.cycle)
    reasons = by_rule(evaluation)
    if not reasons and is_drawn(evaluation, seed):
        reasons = (Chosen.RANDOM,)
    return Choice(reasons, seed) if reasons else None


def by_rule(evaluation: Evaluation) -> tuple[str, ...]:
    """The rules that choose this evaluation, in the order they are told."""
    judgements = list(evaluation.judgements.all())
    grades = {j.grade for j in judgements if j.key in GRADED}
    reflection = getattr(evaluation, "reflection", None)
    facts = {
        Chosen.INADEQUATE: Grade.INADEQUATE in grades,
        Chosen.OUTSTANDING: Grade.OUTSTANDING in grades,
        Chosen.SAFETY_ALERT: evaluation.alerts.exists(),
        Chosen.DISAGREEMENT: (reflection is not None and reflection.agrees == SeesItTheSame.NO)
        or any(j.sees_it_the_same == SeesItTheSame.NO for j in judgements),
        Chosen.LIMIT_REACHED: bool(limits.reached(evaluation)),
        Chosen.FIRST_EVALUATIONS: _submitted_before(evaluation)
        < evaluation.cycle.policy.first_evaluations_moderated,
    }
    return tuple(reason for reason, holds in facts.items() if holds)


def _submitted_before(evaluation: Evaluation) -> int:
    """How many evaluations their evaluator had submitted before this one."""
    return (
        Evaluation.objects.counted()
        .filter(evaluator=evaluation.evaluator_id, submitted_at__isnull=False)
        .exclude(pk=evaluation.pk)
        .count()
    )


def seed_of(cycle) -> str:
    """What the random share is drawn with: the sample's seed, or without one the cycle's label."""
    sample = getattr(cycle, "sample", None)
    return sample.seed if sample is not None else cycle.label


def lot(seed: str, reference: str) -> float:
    """An evaluation's number in the lottery, from 0 up to 1."""
    digest = hmac.new(seed.encode(), f"moderation {reference}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def is_drawn(evaluation: Evaluation, seed: str) -> bool:
    """Whether chance takes this evaluation (none of the rules did)."""
    own = lot(seed, evaluation.reference)
    if own < evaluation.cycle.policy.moderation_percent / 100:
        return True
    in_area = Evaluation.objects.counted().filter(
        cycle=evaluation.cycle_id, service_area=evaluation.service_area_id
    )
    if ModerationCase.objects.filter(is_random=True, evaluation__in=in_area).exists():
        return False
    to_come = in_area.filter(status__in=TO_COME).exclude(pk=evaluation.pk)
    return all(own < lot(seed, other) for other in to_come.values_list("reference", flat=True))
