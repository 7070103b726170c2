"""Which steps does a page or the API offer this person now?

An offer is a button or a link, never a permission: the step itself asks again.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from evaluations import transitions as steps
from evaluations.models import Evaluation, SafetyAlert
from workflow import access
from workflow.exceptions import NotPermitted
from workflow.machine import Transition


@dataclass(frozen=True)
class Offer:
    """A step that may be taken: its verb, the words on the button, and where it leads."""

    verb: str
    words: str
    url: str


# Step, words on the button, name of the page. In the order in which pages show them.
EVALUATION: tuple[tuple[Transition, str, str], ...] = (
    (steps.ACCEPT, "Accept this evaluation", "accept"),
    (steps.STEP_ASIDE, "Declare a conflict", "declare_conflict"),
    (steps.RECORD_CONVERSATION, "Record the conversation", "conversation"),
    (steps.INVITE_TO_REFLECT, "Invite the worker to reflect", "invite_reflection"),
    (steps.ACCEPT_UNMODERATED, "Accept these grades", "accept_unmoderated"),
    (steps.CHECK_THIRD_PARTY, "Check for words about other people", "check_third_party"),
    (steps.APPROVE_SHARE, "Release this evaluation", "approve_share"),
    (steps.TABLE_IN_SUPERVISION, "Record the supervision", "table_in_supervision"),
    (steps.EXTEND, "Change the date", "extend"),
    (steps.RETURN_TO_DRAFT, "Return to the evaluator", "return_to_draft"),
    (steps.CLOSE, "Close this evaluation", "close"),
    (steps.NOTE_CONFLICT, "Declare a conflict", "declare_conflict"),
)
ALERT: tuple[tuple[Transition, str, str], ...] = (
    (steps.ACKNOWLEDGE, "Acknowledge", "alert_acknowledge"),
    (steps.RECORD_ACTION, "Record what was done", "alert_record_action"),
    (steps.CLOSE_ALERT, "Close this alert", "alert_close"),
)


def for_evaluation(evaluation: Evaluation, user) -> list[Offer]:
    """The steps on an evaluation that are open to this person now: one query for the rights."""
    return _open_to(user, evaluation, EVALUATION)


def for_alert(alert: SafetyAlert, user) -> list[Offer]:
    """The steps on a safety alert that are open to this person now."""
    return _open_to(user, alert, ALERT)


def _open_to(user, record, offered) -> list[Offer]:
    allowed = access.permitted_actions(user, record, {step.action for step, _, _ in offered})
    found: dict[str, Offer] = {}
    for step, words, page in offered:
        if (
            step.action in allowed
            and record.status in step.sources
            and step.name not in found
            and _is_for(step, user, record)
        ):
            url = reverse(f"evaluations:{page}", args=[record.pk])
            found[step.name] = Offer(step.name, words, url)
    if "invite_to_reflect" in found and record.reflection_invited_at:
        del found["invite_to_reflect"]
    if "approve_share" in found and not record.third_party_checked_at:
        del found["approve_share"]
    return list(found.values())


def _is_for(step: Transition, user, record) -> bool:
    try:
        for rule in step.permitted:
            rule(user, record)
    except NotPermitted:
        return False
    return True
