"""Which moderation cases and panels?"""

from __future__ import annotations

from datetime import date

from django.apps import apps
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from moderation.enums import CaseStatus
from workflow.access import ScopedQuerySet


class ModerationCaseQuerySet(ScopedQuerySet):
    """Cases share the scope words and states of their evaluation."""

    view_action = "mod_grade.view_completion"

    def permitted(self, user, action):
        evaluations = apps.get_model("evaluations", "Evaluation").objects
        return self.filter(evaluation__in=evaluations.permitted(user, action).values("pk"))

    def visible_to(self, user):
        """One's own seats and panels, and everything for those who run moderation.

        The person whose work was evaluated, and the evaluator before the reveal, have no business
        with the case: for them it does not exist.
        """
        seats = apps.get_model("moderation", "ModeratorAssignment").objects
        members = apps.get_model("moderation", "PanelMember").objects
        mine = (
            Q(pk__in=seats.filter(moderator=user, replaced_at=None).values("case"))
            | Q(pk__in=members.filter(member=user, recused=False).values("panel__cases"))
            | Q(panel__chair=user)
            | Q(evaluation__evaluator=user, evaluation__revealed_at__isnull=False)
        )
        if user.role_names & {"hub_officer", "hub_lead"}:
            mine |= ~Q(pk__in=[])
        elif not user.role_names & {"moderator", "evaluator"}:
            return self.none()
        # Holding a second role changes nothing: before the reveal it is no case of its evaluator.
        too_early = Q(evaluation__evaluator=user, evaluation__revealed_at=None)
        return self.filter(mine).exclude(evaluation__practitioner=user).exclude(too_early)

    def as_seen_by(self, user):
        """Each row with `has_seat` (this person grades it) and `grades_open` (they may know grades,
        and with them why it was chosen: never while their own seat is blind)."""
        seats = apps.get_model("moderation", "ModeratorAssignment").objects
        mine = seats.filter(moderator=user, replaced_at=None, case=OuterRef("pk"))
        shown = self.model.objects.permitted(user, "eval_grade.view").values("pk")
        return self.annotate(
            has_seat=Exists(mine),
            sent=Exists(mine.filter(locked_at__isnull=False)),
            grades_open=Case(
                When(Q(Exists(mine), revealed_at=None), then=Value(False)),
                When(pk__in=shown, then=Value(True)),
                default=Value(False),
            ),
        )

    def to_grade(self, user):
        """Cases that wait for this person's grades."""
        seats = apps.get_model("moderation", "ModeratorAssignment").objects
        waiting = seats.filter(moderator=user, replaced_at=None, locked_at=None)
        return self.filter(status=CaseStatus.GRADING, pk__in=waiting.values("case"))

    def to_talk_about(self, user):
        """Revealed cases that wait for this person's yes, as moderator or as evaluator."""
        seats = apps.get_model("moderation", "ModeratorAssignment").objects
        waiting = seats.filter(moderator=user, replaced_at=None, agreed_at=None)
        return self.filter(status=CaseStatus.REVEALED).filter(
            Q(pk__in=waiting.values("case"))
            | Q(evaluation__evaluator=user, evaluator_agreed_at=None)
        )

    def overdue(self, today: date):
        """Cases whose blind grading, talk or panel is past its day."""
        return self.filter(
            Q(status=CaseStatus.GRADING, grade_by__lt=today)
            | Q(status=CaseStatus.REVEALED, reconcile_by__lt=today)
            | Q(status=CaseStatus.REFERRED, panel_by__lt=today)
        )

    def for_pages(self):
        """With all that a list row or a trail entry reads, so that rows cost no further queries."""
        return self.select_related(
            "evaluation__child", "evaluation__service_area", "evaluation__cycle", "panel"
        )


class PanelQuerySet(ScopedQuerySet):
    view_action = "panel.schedule"

    def scope_q(self, scope, user):
        if scope == "chr":
            return Q(chair=user)
        if scope == "pan":
            members = apps.get_model("moderation", "PanelMember").objects
            return Q(pk__in=members.filter(member=user).values("panel"))
        return None

    def visible_to(self, user):
        """The panels one sits on, and all of them for the Practice Hub."""
        if user.role_names & {"hub_officer", "hub_lead"}:
            return self
        return self.filter(self.scope_q("chr", user) | self.scope_q("pan", user))


def waiting_for(user) -> int:
    """How many cases wait for this person in the menu: to grade, or to say yes to."""
    cases = apps.get_model("moderation", "ModerationCase").objects.visible_to(user)
    return (cases.to_grade(user) | cases.to_talk_about(user)).distinct().count()
