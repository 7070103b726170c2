"""How is a worry about a child's safety raised, answered and closed?

Nothing here waits for anything: no grade, no form, no broker, no mail server. The alert and the
promised messages are rows of one transaction; the sweep sends them when the worker is back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit_trail.models import TrailEntry
from evaluations import transitions
from evaluations.models import Evaluation, SafetyAlert
from notifications.outbox import notify, stop
from workflow import access
from workflow.machine import locked, perform

PRESSED_TWICE = timedelta(minutes=10)


@transaction.atomic
def raise_alert(
    evaluation: Evaluation,
    *,
    by,
    worry: str,
    whom_phoned: str,
    phoned_at: datetime,
    not_safe_now: bool = True,
) -> SafetyAlert:
    """Say that a child may not be safe, and tell those who answer for it at once.

    Told, urgently: the team's manager, the head of service, and everybody in the Practice Hub. The
    same words pressed twice are one alert. Raises NotPermitted, and ValidationError for a time of
    the telephone call that has not come yet.
    """
    access.check(by, "evaluation.escalate_immediate_concern", evaluation)
    if phoned_at > timezone.now() + timedelta(minutes=1):
        raise ValidationError({"phoned_at": "The time you phoned cannot be in the future."})
    evaluation = locked(evaluation)
    said = {
        "evaluation": evaluation,
        "raised_by": by,
        "worry": worry,
        "whom_phoned": whom_phoned,
        "phoned_at": phoned_at,
    }
    recent = timezone.now() - PRESSED_TWICE
    if before := SafetyAlert.objects.filter(**said, raised_at__gte=recent).first():
        return before
    alert = SafetyAlert.objects.create(**said, not_safe_now=not_safe_now)
    TrailEntry.objects.record("raise_alert", alert, by=by, after=alert.status)
    for person in answerable_for(evaluation):
        notify("safety_alert", person, about=alert, occasion="raised", urgent=True)
    return alert


def answerable_for(evaluation: Evaluation) -> list[User]:
    """Whom a safety alert is for: manager of the team, head of service, Practice Hub."""
    heads = {evaluation.team.manager_id, evaluation.service_area.head_of_service_id} - {None}
    hub = User.objects.holding(Role.HUB_OFFICER, Role.HUB_LEAD)
    return list(User.objects.filter(pk__in=[*heads, *hub.values_list("pk", flat=True)]))


@transaction.atomic
def acknowledge(alert: SafetyAlert, *, by) -> SafetyAlert:
    """Say that it has been seen and is being acted on."""
    now = timezone.now()
    changes = {"acknowledged_by": by, "acknowledged_at": now}
    alert = perform(transitions.ACKNOWLEDGE, alert, by=by, changes=changes)
    stop(alert, "safety_alert", "safety_alert_waiting")
    if alert.raised_by_id != by.pk:
        notify(
            "safety_alert_acknowledged",
            alert.raised_by,
            about=alert,
            occasion="acknowledged",
            urgent=True,
        )
    return alert


@transaction.atomic
def record_action(alert: SafetyAlert, *, by, action: str) -> SafetyAlert:
    """Say what was done for the child."""
    changes = {"action": action, "action_by": by, "action_at": timezone.now()}
    alert = perform(transitions.RECORD_ACTION, alert, by=by, changes=changes)
    stop(alert, "safety_alert_action_due")
    return alert


@transaction.atomic
def close(alert: SafetyAlert, *, by) -> SafetyAlert:
    """Say that no more is needed."""
    changes = {"closed_by": by, "closed_at": timezone.now()}
    alert = perform(transitions.CLOSE_ALERT, alert, by=by, changes=changes)
    stop(alert)
    return alert


def times(alert: SafetyAlert) -> dict[str, datetime]:
    """By when it should be acknowledged and acted on, by the rules of its cycle."""
    policy = alert.evaluation.cycle.policy
    return {
        "acknowledge_by": alert.raised_at + timedelta(hours=policy.alert_acknowledge_hours),
        "act_by": alert.raised_at + timedelta(hours=policy.alert_action_hours),
    }
