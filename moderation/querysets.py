"""Which moderation cases and panels?"""

from __future__ import annotations

from django.apps import apps
from django.db.models import Q

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
        return self.filter(mine).exclude(evaluation__practitioner=user)


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
