"""What does each person see first: what is theirs to do, most urgent at the top?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from audit_trail.models import TrailEntry
from cycles.models import Cycle, Import
from evaluations.enums import AlertStatus, Status
from evaluations.models import Evaluation, SafetyAlert
from moderation.enums import CaseStatus, PanelStatus
from moderation.models import ModerationCase, ModeratorAssignment, Panel
from notifications.models import Heartbeat, Reminder
from recommendations import enums as loop
from recommendations.models import Recommendation, Revisit
from reports.figures import closed_cycles_at_a_glance
from workflow import access

AT_MOST = 8  # rows of each section; the list behind it has the rest


@dataclass
class Item:
    """One thing to do: a link, what it is, and when it is due."""

    words: str
    url: str
    sub: str = ""
    due_on: date | None = None
    child_record: Any = None  # the record shown, for the trail


@dataclass
class Group:
    """Things to do of one kind, with the list behind them."""

    title: str
    items: list[Item] = field(default_factory=list)
    more: str = ""
    more_words: str = "See all"
    nothing: str = ""


class Home(TemplateView):
    """Each role's first page. Somebody with several roles sees all of it, most urgent first."""

    template_name = "home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, today = self.request.user, timezone.localdate()
        assert user.is_authenticated  # LoginRequiredMiddleware turns everybody else away
        groups = list(_groups(user, today))
        shown = [item.child_record for g in groups for item in g.items if item.child_record]
        TrailEntry.objects.seen(shown, by=user)
        roles = user.role_names
        leads = roles & {"senior_leader", "hub_lead", "hub_officer"}
        return super().get_context_data(
            **kwargs,
            today=today,
            cycle=Cycle.objects.current().first(),
            resume=_left_off(user),
            groups=[group for group in groups if group.items],
            quiet=[group for group in groups if not group.items and group.nothing],
            waiting=sum(len(group.items) for group in groups),
            figures=closed_cycles_at_a_glance() if leads else [],
            unread=Reminder.objects.inbox_of(user).filter(read_at=None).count(),
            no_role=not roles,
        )


def _left_off(user) -> Evaluation | None:
    """The evaluation this person was writing last."""
    return (
        Evaluation.objects.filter(evaluator=user, status=Status.IN_PROGRESS)
        .select_related("child", "practitioner")
        .order_by("-sections__saved_at")
        .first()
    )


def _groups(user, today: date) -> Iterator[Group]:
    roles = user.role_names
    if roles & {"manager", "hub_officer", "hub_lead"}:
        yield _alerts(user)
    if "evaluator" in roles:
        yield _evaluations_to_finish(user)
    if "moderator" in roles:
        yield _to_grade(user)
        yield _panels(user)
    if "practitioner" in roles:
        yield _my_evaluations(user)
    if roles & {"practitioner", "manager"}:
        yield _my_actions(user)
    if "manager" in roles:
        yield _to_check(user)
        yield _to_table(user)
    if "evaluator" in roles:
        yield _revisits(user)
    if roles & {"hub_officer", "hub_lead"}:
        yield from _hub(user, today)
    if "information_governance" in roles:
        yield _looks(user)
    if "system_administrator" in roles:
        yield from _service(user)


def _about(evaluation: Evaluation) -> str:
    return f"{evaluation.child.reference}, {evaluation.get_plan_type_display().lower()}"


def _alerts(user) -> Group:
    alerts = (
        SafetyAlert.objects.visible_to(user)
        .exclude(status=AlertStatus.CLOSED)
        .select_related("evaluation__child", "evaluation__service_area")
        .order_by("raised_at")[:AT_MOST]
    )
    return Group(
        "Safety concerns to act on",
        [
            Item(
                f"Safety concern, {alert.evaluation.reference}",
                alert.get_absolute_url(),
                f"{alert.get_status_display()}. {alert.evaluation.service_area}",
                child_record=alert,
            )
            for alert in alerts
        ],
    )


def _evaluations_to_finish(user) -> Group:
    mine = (
        Evaluation.objects.filter(evaluator=user)
        .unfinished()
        .select_related("child", "practitioner")
        .order_by("submit_by")[:AT_MOST]
    )
    return Group(
        "Evaluations to finish",
        [
            Item(
                evaluation.reference,
                evaluation.get_absolute_url(),
                f"{_about(evaluation)}. With {evaluation.practitioner}. "
                f"{evaluation.get_status_display()}",
                evaluation.submit_by,
                evaluation,
            )
            for evaluation in mine
        ],
        reverse("evaluations:list"),
        "See all your evaluations",
        "You have no evaluations to finish.",
    )


def _to_grade(user) -> Group:
    seats = (
        ModeratorAssignment.objects.filter(
            moderator=user,
            replaced_at=None,
            locked_at=None,
            case__status=CaseStatus.GRADING,
        )
        .select_related("case__evaluation__child")
        .order_by("case__grade_by")[:AT_MOST]
    )
    return Group(
        "Grade these on your own",
        [
            Item(
                seat.case.reference,
                seat.case.get_absolute_url(),
                "You will not see anyone else’s grades until everyone has sent theirs",
                seat.case.grade_by,
                seat.case,
            )
            for seat in seats
        ],
        reverse("moderation:list"),
        "See all your moderation",
        "You have nothing to grade.",
    )


def _panels(user) -> Group:
    panels = (
        Panel.objects.visible_to(user)
        .exclude(status=PanelStatus.CLOSED)
        .order_by("meets_at")[:AT_MOST]
    )
    return Group(
        "Panels",
        [
            Item(
                str(panel),
                panel.get_absolute_url(),
                "You are the chair" if panel.chair_id == user.pk else "You are a member",
            )
            for panel in panels
        ],
    )


def _my_evaluations(user) -> Group:
    mine = (
        Evaluation.objects.visible_to(user)
        .filter(practitioner=user)
        .exclude(status=Status.ELIMINATED)
        .select_related("child", "evaluator")
        .order_by("-planned_at")[:AT_MOST]
    )
    words = {Status.SHARED: "Ready to read", Status.CLOSED: "Closed", Status.PLANNED: "Planned"}
    return Group(
        "Evaluations of your work",
        [
            Item(
                evaluation.reference,
                evaluation.get_absolute_url(),
                f"{_about(evaluation)}. {words.get(evaluation.status, 'In progress')}",
                child_record=evaluation,
            )
            for evaluation in mine
        ],
        reverse("evaluations:list"),
        "See all of them",
        "Nothing has been shared with you yet.",
    )


def _recommendation(item: Recommendation, sub: str, due_on: date | None) -> Item:
    return Item(item.action, item.get_absolute_url(), sub, due_on, item)


def _my_actions(user) -> Group:
    mine = (
        Recommendation.objects.visible_to(user)
        .with_owner()
        .filter(owner=user)
        .select_related("evaluation__child")
        .order_by("due_on")[:AT_MOST]
    )
    return Group(
        "Your actions",
        [_recommendation(r, f"{r.reference}. You own it", r.due_on) for r in mine],
        reverse("recommendations:mine"),
        "See all your actions",
        "No action is waiting for you.",
    )


def _to_check(user) -> Group:
    done = (
        Recommendation.objects.permitted(user, "recommendation.check")
        .filter(status=loop.Status.DONE)
        .exclude(owner=user)
        .select_related("evaluation__child", "owner")
        .order_by("check_by")[:AT_MOST]
    )
    return Group(
        "Done, for you to check",
        [_recommendation(r, f"{r.reference}. {r.owner} says it is done", r.check_by) for r in done],
        reverse("recommendations:mine"),
        "See all of them",
        "Nothing is waiting for your check.",
    )


def _to_table(user) -> Group:
    shared = (
        Evaluation.objects.permitted(user, "supervision.table")
        .filter(status=Status.SHARED, supervision_discussions=None)
        .select_related("child", "practitioner")
        .order_by("shared_at")[:AT_MOST]
    )
    return Group(
        "To talk about in supervision",
        [
            Item(
                e.reference,
                e.get_absolute_url(),
                f"{_about(e)}. With {e.practitioner}",
                child_record=e,
            )
            for e in shared
        ],
    )


def _revisits(user) -> Group:
    mine = (
        Revisit.objects.open()
        .filter(reviewer=user)
        .select_related("evaluation__child", "recommendation")
        .order_by("due_on")[:AT_MOST]
    )
    return Group(
        "Look again",
        [Item(r.reference, r.get_absolute_url(), r.get_kind_display(), r.due_on, r) for r in mine],
        reverse("revisits:list"),
        "See all revisits",
    )


def _hub(user, today: date) -> Iterator[Group]:
    """The Practice Hub's desk: each line is a number of things and the list behind it."""
    lists, tracker = reverse("evaluations:list"), reverse("recommendations:list")
    cases, sent = reverse("moderation:list"), reverse("notifications:outbox")
    evaluations = Evaluation.objects.visible_to(user)
    states = Counter(
        evaluations.filter(cycle__in=Cycle.objects.current()).values_list("status", flat=True)
    )
    moderated = Counter(ModerationCase.objects.values_list("status", flat=True))
    overdue = Recommendation.objects.visible_to(user).overdue(today).count()
    due = Revisit.objects.filter(status=loop.RevisitStatus.DUE).count()
    previews = Import.objects.filter(status=Import.Status.PREVIEWED).count()
    lost = Reminder.objects.filter(status__in=["failed", "unknown"]).count()
    lines = (
        (states[Status.PLANNED], "to allocate", f"{lists}?status=planned"),
        (states[Status.SUBMITTED], "submitted, to accept", f"{lists}?status=submitted"),
        (states[Status.FINALISED], "final, to check and release", f"{lists}?status=finalised"),
        (evaluations.overdue(today).count(), "late", f"{lists}?late=true"),
        (moderated[CaseStatus.QUEUED], "waiting for moderators", f"{cases}?status=queued"),
        (moderated[CaseStatus.REFERRED], "referred to a panel", f"{cases}?status=referred"),
        (overdue, "recommendations overdue", f"{tracker}?view=overdue"),
        (due, "revisits to allocate", reverse("revisits:list")),
        (previews, "imports to apply", reverse("cycles:imports")),
        (lost, "messages that may not have arrived", sent),
    )
    yield Group(
        "Waiting for the Practice Hub",
        [Item(f"{number} {words}", url) for number, words, url in lines if number],
        nothing="Nothing is waiting for the Practice Hub.",
    )


def _looks(user) -> Group:
    looked = TrailEntry.objects.exclude(children=[]).select_related("by").order_by("-pk")[:AT_MOST]
    return Group(
        "Looks at children’s records, newest first",
        [
            Item(
                f"{entry.by or 'The service'}: {entry.action.replace('_', ' ')}",
                reverse("trail"),
                f"{', '.join(entry.children[:3])}. {timezone.localtime(entry.at):%d %B %Y, %H:%M}",
            )
            for entry in looked
        ],
        reverse("trail"),
        "Open the trail",
    )


def _service(user) -> Iterator[Group]:
    beat = Heartbeat.objects.filter(name="sweep").first()
    age = int((timezone.now() - beat.at).total_seconds()) if beat else None
    words = "The sweep has not run yet" if age is None else f"The last sweep ran {age} s ago"
    problems = Reminder.objects.filter(status__in=["failed", "unknown"]).count()
    yield Group(
        "The service",
        [
            Item(words, reverse("readyz"), "Worker and beat are well under three minutes"),
            Item(f"{problems} messages that may not have arrived", reverse("notifications:outbox")),
            Item("People, roles and leave", reverse("accounts:people")),
            Item("Import the staff list", reverse("accounts:import")),
        ]
        if access.may(user, "user.create_disable")
        else [],
    )
