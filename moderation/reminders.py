"""Whom does the clock tell about moderation, and when?

A moderator on the day their grades are due and one working day after; the Practice Hub one working
day after; a panel's members five working days before it, when the papers are ready.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from moderation.enums import CaseStatus, PanelStatus
from moderation.models import ModeratorAssignment, PanelMember
from notifications.ladders import Occasion, ladder
from workflow.working_days import add_working_days


@ladder
def grades_due(now: datetime) -> Iterator[Occasion]:
    """Grades due today or late. An occasion is of one seat and one date: a new date starts anew."""
    today = timezone.localtime(now).date()
    seats = ModeratorAssignment.objects.filter(
        case__status=CaseStatus.GRADING,
        case__grade_by__lte=today,
        replaced_at=None,
        locked_at=None,
    ).select_related("case__evaluation")
    hub: list[int] | None = None
    for seat in seats:
        case, grade_by = seat.case, seat.case.grade_by
        assert grade_by is not None  # the rows were chosen by it
        occasion = f"{seat.pk}:{grade_by.isoformat()}"
        yield Occasion("moderation_due", seat.moderator_id, case, f"{occasion}:0", due_on=grade_by)
        if today < add_working_days(grade_by, 1):
            continue
        yield Occasion("moderation_late", seat.moderator_id, case, f"{occasion}:1", due_on=grade_by)
        if hub is None:
            hub = list(
                User.objects.holding(Role.HUB_OFFICER, Role.HUB_LEAD).values_list("pk", flat=True)
            )
        for person in hub:
            yield Occasion(
                "moderation_late_hub",
                person,
                case,
                f"{grade_by.isoformat()}:1",
                due_on=grade_by,
            )


@ladder
def panel_papers(now: datetime) -> Iterator[Occasion]:
    """Papers to read for a panel that meets within the working days its policy says."""
    today = timezone.localtime(now).date()
    places = PanelMember.objects.filter(
        panel__status=PanelStatus.SCHEDULED, panel__meets_at__gte=now, recused=False
    ).select_related("panel__cycle")
    for place in places:
        panel = place.panel
        day = timezone.localtime(panel.meets_at).date()
        if today >= add_working_days(day, -panel.cycle.policy.papers_before):
            yield Occasion(
                "panel_papers", place.member_id, panel, panel.meets_at.isoformat(), due_on=day
            )
