"""Which occasions does the clock bring for evaluations?

Timings from domain.md §2 and §5: not accepted, due, late, share due, supervision not tabled, and a
safety alert that waits. Only the latest rung reached is offered for each person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from evaluations.enums import AlertStatus, Status
from evaluations.models import Evaluation, SafetyAlert
from notifications.ladders import Occasion, ladder
from workflow.working_days import add_working_days, working_days_between

DUE_SOON = (5, 1, 0)  # working days before the date
LATE_AT = (1, 5)  # working days after it


def rung_reached(due_on, today, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """The latest rung reached by today: "before-5", "after-1", or "" when none is."""
    days = working_days_between(due_on, today)
    late = [step for step in after if today > due_on and days >= step]
    if late:
        return f"after-{max(late)}"
    soon = [step for step in before if today <= due_on and -days <= step]
    return f"before-{min(soon)}" if soon else ""


@ladder
def evaluations_waiting(now: datetime) -> Iterator[Occasion]:
    """Not accepted in time, due soon, late: to the evaluator; late by five days: to the Hub too."""
    today = timezone.localdate(now)
    hub = list(User.objects.holding(Role.HUB_OFFICER, on=today).values_list("pk", flat=True))
    for evaluation in Evaluation.objects.unfinished().exclude(submit_by=None):
        evaluator = evaluation.evaluator_id
        if evaluation.status == Status.ALLOCATED and evaluation.accept_by < today:
            yield Occasion(
                "evaluation_not_accepted",
                evaluator,
                evaluation,
                f"{evaluation.accept_by}",
                evaluation.accept_by,
            )
            continue
        rung = rung_reached(evaluation.submit_by, today, DUE_SOON, LATE_AT)
        if not rung:
            continue
        kind = "evaluation_late" if rung.startswith("after") else "evaluation_due"
        occasion = f"{evaluation.submit_by}:{rung}"
        yield Occasion(kind, evaluator, evaluation, occasion, evaluation.submit_by)
        if rung == "after-5":
            for person in hub:
                yield Occasion(
                    "evaluation_late_hub", person, evaluation, occasion, evaluation.submit_by
                )


@ladder
def releases_waiting(now: datetime) -> Iterator[Occasion]:
    """Final, and past the day by which it should be shared: to the Hub."""
    today = timezone.localdate(now)
    hub = list(User.objects.holding(Role.HUB_OFFICER, on=today).values_list("pk", flat=True))
    for evaluation in Evaluation.objects.filter(status=Status.FINALISED, share_by__lt=today):
        for person in hub:
            yield Occasion(
                "share_due", person, evaluation, f"{evaluation.share_by}", evaluation.share_by
            )


@ladder
def supervision_waiting(now: datetime) -> Iterator[Occasion]:
    """Shared, and not talked about in supervision in time: to the team's manager."""
    today = timezone.localdate(now)
    shared = Evaluation.objects.filter(
        status=Status.SHARED, supervision_discussions=None
    ).select_related("cycle", "practitioner", "team")
    for evaluation in shared:
        policy = evaluation.cycle.policy
        limit = (
            policy.table_within_newly_qualified
            if evaluation.practitioner.newly_qualified
            else policy.table_within
        )
        due = add_working_days(timezone.localdate(evaluation.shared_at), limit)
        if due < today and evaluation.team.manager_id:
            yield Occasion(
                "supervision_not_tabled",
                evaluation.team.manager_id,
                evaluation,
                f"{due}",
                due,
            )


@ladder
def alerts_waiting(now: datetime) -> Iterator[Occasion]:
    """A safety alert past its limit: urgent, to the heads and the Hub, on any day."""
    waiting = SafetyAlert.objects.filter(
        status__in=[AlertStatus.RAISED, AlertStatus.ACKNOWLEDGED]
    ).select_related("evaluation__cycle", "evaluation__service_area")
    leads = None
    for alert in waiting:
        policy = alert.evaluation.cycle.policy
        area = alert.evaluation.service_area
        raised = alert.status == AlertStatus.RAISED
        hours = policy.alert_acknowledge_hours if raised else policy.alert_action_hours
        if alert.raised_at + timedelta(hours=hours) > now:
            continue
        if leads is None:
            leads = list(User.objects.holding(Role.HUB_LEAD).values_list("pk", flat=True))
        people = {area.head_of_service_id, area.assistant_director_id, *leads} - {None}
        for person in sorted(people):
            yield Occasion(
                "safety_alert_waiting" if raised else "safety_alert_action_due",
                person,
                alert,
                alert.status,
                urgent=True,
            )
