"""Which evaluations?"""

from __future__ import annotations

from datetime import date

from django.apps import apps
from django.db.models import Q

from evaluations.enums import Status
from workflow.access import ScopedQuerySet

# The letters of permissions.csv. M and N are one status, told apart by the reveal.
LETTERS = {
    "A": Q(status__in=[Status.PLANNED, Status.ALLOCATED, Status.ACCEPTED]),
    "D": Q(status=Status.IN_PROGRESS),
    "B": Q(status=Status.SUBMITTED),
    "M": Q(status=Status.IN_MODERATION, revealed_at=None),
    "N": Q(status=Status.IN_MODERATION, revealed_at__isnull=False),
    "G": Q(status=Status.FINALISED),
    "S": Q(status=Status.SHARED),
    "C": Q(status=Status.CLOSED),
    "W": Q(status=Status.ELIMINATED),
}


class EvaluationQuerySet(ScopedQuerySet):
    """Evaluations, and what the words of permissions.csv mean for them."""

    view_action = "evaluation.view_header"

    def scope_q(self, scope, user):
        if scope == "own":
            return Q(practitioner=user)
        if scope == "team":
            teams = user.teams_in_charge().values("pk")
            return Q(team__in=teams) | Q(practitioner__team__in=teams)
        if scope == "asg":
            return Q(evaluator=user)
        if scope == "pan":
            seats = apps.get_model("moderation", "ModeratorAssignment").objects
            panels = apps.get_model("moderation", "PanelMember").objects
            return Q(
                pk__in=seats.filter(moderator=user, replaced_at=None).values("case__evaluation")
            ) | Q(
                pk__in=panels.filter(member=user, recused=False).values("panel__cases__evaluation")
            )
        if scope == "chr":
            panels = apps.get_model("moderation", "Panel").objects
            return Q(pk__in=panels.filter(chair=user).values("cases__evaluation"))
        if scope == "me":
            return Q(evaluator=user)
        return None

    def state_q(self, letters):
        chosen = Q(pk__in=[])
        for letter in letters:
            chosen |= LETTERS[letter]
        return chosen

    def subject_q(self, user):
        return Q(practitioner=user)

    def withheld_q(self, user):
        """Cases this person grades and has not locked yet."""
        seats = apps.get_model("moderation", "ModeratorAssignment").objects
        locked = seats.filter(moderator=user, replaced_at=None, locked_at__isnull=False)
        return ~Q(pk__in=locked.values("case__evaluation"))

    def counted(self):
        """Evaluations that count in figures: no training ones, none eliminated."""
        return self.filter(is_training=False).exclude(status=Status.ELIMINATED)

    def unfinished(self):
        """Evaluations that still wait for their evaluator."""
        return self.filter(status__in=[Status.ALLOCATED, Status.ACCEPTED, Status.IN_PROGRESS])

    def overdue(self, today: date):
        """Evaluations past the day by which they should be submitted."""
        return self.unfinished().filter(submit_by__lt=today)


class EvaluationPartQuerySet(ScopedQuerySet):
    """Rows that belong to one evaluation and share its scope words and states."""

    view_action = "evidence.view"

    def permitted(self, user, action):
        evaluations = apps.get_model("evaluations", "Evaluation").objects
        return self.filter(evaluation__in=evaluations.permitted(user, action).values("pk"))


class SafetyAlertQuerySet(EvaluationPartQuerySet):
    view_action = "safety_alert.view"

    def unacknowledged(self):
        return self.filter(status="raised")

    def visible_to(self, user):
        """Those of one's evaluations, and whoever raised it too."""
        return self.filter(
            Q(pk__in=self.permitted(user, self.view_action).values("pk")) | Q(raised_by=user)
        )
