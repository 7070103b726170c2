"""What is the whole story of one recommendation, and what comes next?"""

from __future__ import annotations

from django.utils import timezone

from notifications.models import Reminder
from recommendations.enums import RevisitStatus, Status
from recommendations.listing import EVENTS
from recommendations.models import Recommendation, Revisit

STAGES = (
    (Status.AGREED, "Agreed"),
    (Status.UNDER_WAY, "Under way"),
    (Status.DONE, "Done"),
    (Status.CHECKED, "Checked"),
    (Status.LOOP_CLOSED, "Loop closed"),
)
WORDS = EVENTS | {
    "claim_done": "Marked as done",
    "check": "Checked in the record",
    "close_loop": "Looked at again: life is better",
    "look_again": "Looked at again: too soon to tell",
    "reopen_by_finding": "Looked at again: opened again",
    "no_longer_applies": "Looked at again: it no longer applies",
    "agree": "Agreed",
}


def open_revisit(recommendation: Recommendation) -> Revisit | None:
    """The revisit that will look at it, if one is drawn."""
    revisits = Revisit.objects.open().select_related("reviewer", "evaluation", "recommendation")
    if recommendation.evaluation_id:
        revisits = revisits.filter(evaluation=recommendation.evaluation_id)
    else:
        revisits = revisits.filter(recommendation=recommendation.pk)
    return revisits.first()


def stages(recommendation: Recommendation, updates: list, revisit: Revisit | None) -> list[dict]:
    """The five-stage bar, each with the last date on which it was reached."""
    reached = {update.after: update.at for update in reversed(updates) if update.after}
    order: list[str] = [status for status, _ in STAGES]
    at = order.index(recommendation.status) if recommendation.status in order else -1
    dates = {
        Status.AGREED: recommendation.agreed_at,
        Status.UNDER_WAY: reached.get(Status.UNDER_WAY),
        Status.DONE: recommendation.done_at,
        Status.CHECKED: recommendation.checked_at,
        Status.LOOP_CLOSED: recommendation.closed_at,
    }
    shown = []
    for index, (status, words) in enumerate(STAGES):
        state = "done" if index <= at else ""
        when = dates[status] if index <= at else None
        note = _short(when) if when else ""
        if index == at + 1 and at >= 0:
            state, note = "now", _next_note(recommendation, status, revisit)
            if status == Status.LOOP_CLOSED and revisit is not None:
                state = "booked"
        shown.append({"words": words, "note": note, "state": state})
    return shown


def _short(when) -> str:
    day = timezone.localdate(when)
    return f"{day.day} {day:%b %Y}"


def _next_note(recommendation: Recommendation, status: str, revisit: Revisit | None) -> str:
    if status == Status.CHECKED:
        return f"With {recommendation.accountable_manager}"
    if status == Status.LOOP_CLOSED:
        if revisit is None:
            return "Waiting for a revisit"
        return f"Revisit by {revisit.due_on.day} {revisit.due_on:%b %Y}"
    return f"With {recommendation.owner}"


def timeline(recommendation: Recommendation, updates: list, revisit: Revisit | None) -> list[dict]:
    """Everything that has happened, newest first; a booked revisit stands on top."""
    items = []
    for update in updates:
        title = WORDS.get(update.what, update.what.replace("_", " ").capitalize())
        if update.what == "change_due_date":
            title = f"New due date: {_day(update.old_due_on)} to {_day(update.new_due_on)}"
        items.append(
            {
                "title": title,
                "by": update.by.name if update.by else "",
                "when": update.at,
                "text": update.note,
                "where": update.evidence,
            }
        )
    sent = Reminder.objects.filter(
        record_type=recommendation._meta.label_lower,
        record_id=recommendation.pk,
        status=Reminder.Status.SENT,
        kind__in=[
            "recommendation_due",
            "recommendation_overdue",
            "recommendation_critical",
            "recommendation_escalated",
            "recommendation_check_due",
        ],
    ).select_related("recipient")
    for reminder in sent:
        raised = reminder.kind == "recommendation_escalated"
        items.append(
            {
                "title": f"{'Raised with' if raised else 'Reminder sent to'} {reminder.recipient}",
                "by": "the service",
                "when": reminder.sent_at,
            }
        )
    items.sort(key=lambda item: item["when"], reverse=True)
    if revisit is not None:
        who = f"{revisit.reviewer} will look again." if revisit.reviewer else ""
        booked = revisit.status != RevisitStatus.DUE
        items.insert(
            0,
            {
                "title": "Revisit booked" if booked else "Revisit drawn",
                "when": revisit.due_on,
                "text": who,
                "next": True,
            },
        )
    return [{"by": "", "text": "", "where": "", "link": "", "next": False} | item for item in items]


def _day(day) -> str:
    return f"{day.day} {day:%B}" if day else "no date"
