"""Recommendations and revisits at each stage, reached by the real steps."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from evaluations.models import Evaluation
from recommendations import actions, revisits
from recommendations.models import Finding, Recommendation, Revisit
from tests.factories import make_child, make_cycle, make_evaluation

WORDS = {
    "problem": "Family time was written down as dates and times.",
    "action": "Agree a family time plan that she has helped to write",
    "difference": "She knows who she is seeing and when.",
    "evidence_wanted": "Her words in the plan",
    "pillar": "planning",
    "theme": "plans",
    "level": "child",
    "priority": "high",
}


def written(trust, **changes) -> dict:
    """What an evaluator writes, with its people."""
    return {
        **WORDS,
        "owner": trust.practitioner,
        "accountable_manager": trust.manager,
        **changes,
    }


def evaluation_in(trust, status: str, child=None, cycle=None, **fields) -> Evaluation:
    """An evaluation that stands at a stage; the steps of evaluations are tested elsewhere."""
    now = timezone.now()
    times = {
        "submitted_at": now,
        "submitted_by": trust.evaluator,
        "shared_at": now,
        "shared_by": trust.hub,
        "third_party_checked_by": trust.hub2,
    }
    if status in {"in_progress", "allocated"}:
        times = {}
    return make_evaluation(
        cycle or trust.cycle,
        child or trust.child,
        status=status,
        evaluator=trust.evaluator,
        **{**times, **fields},
    )


def put(evaluation: Evaluation, status: str) -> Evaluation:
    """Move the evaluation on, as its own steps would."""
    now = timezone.now()
    Evaluation.objects.filter(pk=evaluation.pk).update(
        status=status,
        submitted_at=now,
        submitted_by=evaluation.evaluator,
        shared_at=now,
        shared_by=evaluation.practitioner.team.manager,
    )
    evaluation.refresh_from_db()
    return evaluation


def recommendation_at(trust, status: str, evaluation=None, **changes) -> Recommendation:
    """A recommendation of a shared evaluation that has come to this stage by real steps."""
    evaluation = evaluation or evaluation_in(trust, "in_progress")
    rest = evaluation.status
    Evaluation.objects.filter(pk=evaluation.pk).update(status="in_progress")
    evaluation.refresh_from_db()
    made = actions.create(evaluation, by=trust.evaluator, **written(trust, **changes))
    if status == "draft":
        return made
    put(evaluation, "shared" if rest == "in_progress" else rest)
    made.refresh_from_db()
    if made.status == "draft":
        made = actions.agree(made, by=trust.evaluator)
    if status == "agreed":
        return made
    if status == "withdrawn":
        return actions.withdraw(made, by=trust.hub_lead, reason="The child has moved away")
    if status == "superseded":
        other = recommendation_at(trust, "agreed", action="Something quite different instead")
        return actions.supersede(
            made, by=trust.hub_lead, superseded_by=other, reason="The other one says it better"
        )
    owner = made.owner
    made = actions.start(made, by=owner)
    if status == "under_way":
        return made
    made = actions.claim_done(made, by=owner, evidence="Eclipse, plans, 20 January")
    if status == "done":
        return made
    made = actions.check(made, by=trust.manager, note="I have read the plan")
    if status == "checked":
        return made
    find(trust, made, "better")
    made.refresh_from_db()
    return made


def revisit_of(trust, evaluation, kind="file_check", reviewer=None, cycle=None) -> Revisit:
    """A revisit that is allocated."""
    made = Revisit.objects.create(
        evaluation=evaluation,
        cycle=cycle or trust.cycle,
        kind=kind,
        due_on=timezone.localdate() + timedelta(days=20),
    )
    return revisits.allocate(made, by=trust.hub, reviewer=reviewer or trust.other_evaluator)


def find(
    trust, recommendation: Recommendation, difference: str, done=True, on_record=True
) -> Finding:
    """A completed revisit that found this."""
    revisit = revisit_of(trust, recommendation.evaluation)
    live = list(revisit.live_recommendations())
    revisits.record(
        revisit,
        by=trust.other_evaluator,
        findings=[
            {
                "recommendation": one,
                "done": done,
                "on_record": on_record,
                "difference": difference,
                "note": "Her carer showed me the plan on the fridge.",
            }
            for one in live
        ],
    )
    return Finding.objects.get(revisit=revisit, recommendation=recommendation)


def last_cycle(trust):
    """The cycle before the open one."""
    today = timezone.localdate()
    return make_cycle(
        label="2026-27 Q2",
        starts_on=today - timedelta(days=121),
        ends_on=today - timedelta(days=31),
        status="closed",
    )


def another_child(trust, team=None, practitioner=None):
    """Another open child's record of the same team."""
    return make_child(team=team or trust.team, practitioner=practitioner or trust.practitioner)
