"""What was recommended in the fictional Trust, and which loops are closed?"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from django.utils import timezone

from cycles.enums import CycleStatus
from cycles.models import Cycle
from demonstration import words
from demonstration.evaluations import moment
from demonstration.people import Cast
from evaluations.enums import Status as EvaluationStatus
from evaluations.models import Evaluation
from recommendations.enums import Status
from recommendations.models import Finding, Recommendation, Regrade, Revisit, Update
from workflow.working_days import add_working_days

# Of each cycle, oldest first: how its recommendations have fared, in parts of 100.
FARED = (
    {"loop_closed": 78, "withdrawn": 6, "superseded": 2, "reopened": 8, "too_soon": 6},
    {"loop_closed": 55, "withdrawn": 5, "superseded": 0, "reopened": 18, "too_soon": 22},
    {"agreed": 14, "under_way": 36, "done": 22, "checked": 28},
    {"draft": 100},
)
DRAFTS = {EvaluationStatus.IN_PROGRESS}
DAYS = {"high": 10, "medium": 30, "low": 60}


def make_loop(cast: Cast, cycles: list[Cycle], evaluations: list[Evaluation]) -> None:
    """Recommendations in every state, with their history, and revisits due and done."""
    random = Random("alongside loop")
    for number, cycle in enumerate(cycles):
        later = cycles[min(number + 1, len(cycles) - 1)]
        for evaluation in evaluations:
            if evaluation.cycle_id != cycle.pk or evaluation.status in {
                "planned",
                "allocated",
                "accepted",
                "eliminated",
            }:
                continue
            made = _recommend(cast, random, cycle, evaluation, FARED[number])
            if cycle.status == CycleStatus.CLOSED:
                _look_again(cast, random, evaluation, made, later)
    _systemwide(cast, cycles)


def _recommend(cast, random: Random, cycle, evaluation, fared) -> list[Recommendation]:
    made = []
    written = evaluation.submitted_at or moment(cast.today - timedelta(days=2))
    day = timezone.localdate(written)
    for place, theme in enumerate(
        random.sample(list(words.ACTIONS), random.randint(1, 3)), start=1
    ):
        pillar, problem, action, difference = words.ACTIONS[theme]
        priority = random.choices(["high", "medium", "low"], [25, 55, 20])[0]
        fate = random.choices(list(fared), list(fared.values()))[0]
        if fate == "draft" and evaluation.status not in DRAFTS:
            fate = random.choice(["agreed", "under_way"])
        status = {"reopened": "under_way", "too_soon": "checked"}.get(fate, fate)
        owner = evaluation.practitioner if random.random() < 0.85 else evaluation.team.manager
        manager = evaluation.team.manager
        if owner.pk == manager.pk:
            manager = evaluation.service_area.head_of_service
        due = add_working_days(day, DAYS[priority])
        if status in {"agreed", "under_way"} and fate != "reopened" and due < cast.today:
            due = cast.today + timedelta(days=random.choice([-9, -4, -1, 2, 6, 13, 20, 30]))
        done = min(cast.today, due - timedelta(days=2))
        passed = status in {"done", "checked", "loop_closed"}
        recommendation = Recommendation(
            reference=f"{evaluation.reference}-R{place}",
            evaluation=evaluation,
            cycle=cycle,
            service_area=evaluation.service_area,
            team=evaluation.team,
            pillar=pillar,
            theme=theme,
            problem=problem,
            action=action,
            difference=difference,
            evidence_wanted="Two visits or meetings that show it.",
            priority=priority,
            owner=owner,
            accountable_manager=manager,
            agreed_with="The worker and their manager",
            status="draft" if status == "draft" else "agreed",
            due_on=None if status == "draft" else due,
            created_by=evaluation.evaluator,
            created_at=written,
            agreed_at=None if status == "draft" else written,
            done_at=moment(done) if passed else None,
            check_by=add_working_days(done, 10) if passed else None,
            times_reopened=1 if fate == "reopened" else 0,
        )
        if status in {"checked", "loop_closed"}:
            recommendation.checked_at = moment(min(cast.today, done + timedelta(days=4)))
            recommendation.checked_by = manager
        if status != "loop_closed":
            recommendation.status = status
        recommendation.save()
        recommendation.fate = fate
        _history(cast, recommendation, written, done, manager)
        made.append(recommendation)
    return made


def _history(cast, recommendation, written, done, manager) -> None:
    if recommendation.fate == "draft":
        return
    owner = recommendation.owner
    path = [("agree", None, written, "draft", "agreed", "", "")]
    if recommendation.fate != "agreed":
        start = min(moment(cast.today), written + timedelta(days=4))
        path.append(("start", owner, start, "agreed", "under_way", words.NOTES["under_way"], ""))
    if recommendation.fate in {"done", "checked", "loop_closed", "too_soon", "reopened"}:
        where = "Plans, updated version of the month"
        path.append(
            ("claim_done", owner, moment(done), "under_way", "done", words.NOTES["done"], where)
        )
    if recommendation.fate in {"checked", "loop_closed", "too_soon", "reopened"}:
        at = moment(min(cast.today, done + timedelta(days=4)))
        path.append(("check", manager, at, "done", "checked", words.NOTES["checked"], ""))
    if recommendation.fate in {"withdrawn", "superseded"}:
        at = moment(min(cast.today, done))
        note = words.FINDINGS["not_applicable"]
        path.append(("withdraw", cast.hublead, at, "under_way", recommendation.fate, note, ""))
    Update.objects.bulk_create(
        Update(
            recommendation=recommendation,
            what=what,
            by=by,
            at=at,
            before=before,
            after=after,
            note=note,
            evidence=evidence,
        )
        for what, by, at, before, after, note, evidence in path
    )


def _look_again(cast, random: Random, evaluation, made, later: Cycle) -> None:
    """The revisit of an evaluation: done in cycles gone by, due or under way in the open one."""
    live = [r for r in made if r.fate not in {"withdrawn", "superseded"}]
    if not live:
        _close_if_finished(evaluation, moment(later.starts_on))
        return
    past = (
        later.status == CycleStatus.CLOSED
        or evaluation.cycle_id != later.pk
        and live[0].fate
        in {
            "loop_closed",
            "reopened",
            "too_soon",
        }
    )
    full = random.random() < 0.25
    reviewer = random.choice(
        [
            e
            for e in cast.evaluators
            if e.pk not in {evaluation.evaluator_id, *(r.owner_id for r in live)}
        ]  # fmt: skip
    )
    due = min(later.ends_on, later.starts_on + timedelta(days=random.randint(35, 70)))
    looked = moment(min(due, cast.today) - timedelta(days=random.randint(2, 9)))
    if past:
        status = "completed"
    else:
        status = random.choices(["due", "allocated", "in_progress"], [45, 40, 15])[0]
        if status != "due" and random.random() < 0.4:
            own = evaluation.evaluator_id == cast.evaluator.pk
            reviewer = cast.evaluator2 if own else cast.evaluator
    revisit = Revisit.objects.create(
        evaluation=evaluation,
        cycle=later,
        kind="full" if full else "file_check",
        why="Drawn at random, with a seed" if full else "",
        status=status,
        reviewer=None if status == "due" else reviewer,
        due_on=due,
        drawn_at=moment(later.starts_on),
        allocated_at=None if status == "due" else moment(later.starts_on + timedelta(days=3)),
        started_at=looked if status in {"in_progress", "completed"} else None,
        completed_at=looked if status == "completed" else None,
    )
    if status != "completed":
        return
    for recommendation in live:
        _find(random, recommendation, revisit, reviewer, looked, cast.today)
    if full:
        Regrade.objects.bulk_create(
            Regrade(revisit=revisit, key=key, grade=grade, reason="Looked at again together.")
            for key, grade in zip(
                ("child_voice", "assessment", "planning", "oversight"),
                random.choices(["good", "requires_improvement", "outstanding"], [60, 30, 10], k=4),
                strict=True,
            )
        )
    _close_if_finished(evaluation, looked)


def _find(random, recommendation, revisit, reviewer, looked, today) -> None:
    fate = recommendation.fate
    difference = {
        "loop_closed": "better",
        "too_soon": "too_soon",
        "reopened": random.choice(["same", "same", "worse"]),
    }.get(fate, "too_soon")
    finding = Finding.objects.create(
        revisit=revisit,
        recommendation=recommendation,
        done=True,
        on_record=True,
        difference=difference,
        note=words.FINDINGS[difference],
        by=reviewer,
        at=looked,
    )
    after = {"loop_closed": "loop_closed", "reopened": "under_way"}.get(fate, "checked")
    Update.objects.create(
        recommendation=recommendation,
        what={"loop_closed": "close_loop", "reopened": "reopen"}.get(fate, "look_again"),
        by=reviewer,
        at=looked,
        before="checked",
        after=after,
        note=finding.note,
    )
    if fate == "loop_closed":
        recommendation.status = Status.LOOP_CLOSED
        recommendation.closed_at = looked
        recommendation.closing_finding = finding
    elif fate == "reopened":
        recommendation.due_on = today + timedelta(days=random.choice([-12, -3, 5, 12, 25, 40]))
        recommendation.done_at = recommendation.checked_at = recommendation.checked_by = None
        recommendation.check_by = None
    recommendation.save()


def _close_if_finished(evaluation: Evaluation, at) -> None:
    live = evaluation.recommendations.open().exists()
    if not live:
        Evaluation.objects.filter(pk=evaluation.pk).update(
            status=EvaluationStatus.CLOSED, closed_at=at
        )


def _systemwide(cast: Cast, cycles: list[Cycle]) -> None:
    """One theme that recurs became a recommendation for a whole service area."""
    cycle = cycles[-2]
    area = next(a for a in cast.areas if a.name == "Safeguarding")
    made = Recommendation.objects.create(
        reference=f"SYS-{cycle.code}-R1",
        cycle=cycle,
        service_area=area,
        level="service",
        pillar="assessment",
        theme="fathers",
        problem="Fathers are missing from one assessment in three, in three cycles running.",
        action="Bring fathers and absent adults into every assessment in Safeguarding",
        difference="Children’s whole families are part of the plan.",
        priority="medium",
        owner=cast.manager,
        accountable_manager=cast.head,
        agreed_with="The service area’s managers",
        status="under_way",
        due_on=cast.today + timedelta(days=10),
        created_by=cast.hublead,
        created_at=moment(cycle.ends_on),
        agreed_at=moment(cycle.ends_on),
    )
    Update.objects.create(
        recommendation=made,
        what="start",
        by=cast.manager,
        at=moment(cycle.ends_on + timedelta(days=5)),
        before="agreed",
        after="under_way",
        note="A practice forum is booked.",
    )
