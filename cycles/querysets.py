"""Which children, cycles and drawn children?"""

from __future__ import annotations

from django.apps import apps
from django.db import models
from django.db.models import Q

from workflow.access import ScopedQuerySet


class ChildRecordQuerySet(ScopedQuerySet):
    """Children; scope words as for the evaluations of that child."""

    view_action = "child.view_ref"

    def scope_q(self, scope, user):
        evaluations = apps.get_model("evaluations", "Evaluation").objects
        if scope == "own":
            return Q(practitioner=user)
        if scope == "team":
            return Q(team__in=user.teams_in_charge().values("pk"))
        if scope in {"asg", "pan", "chr"}:
            scoped = evaluations.filter(evaluations.all().scope_q(scope, user))
            return Q(pk__in=scoped.values("child"))
        return None

    def permitted(self, user, action):
        """A restricted record is for its named list only; nobody else may know that it exists."""
        return super().permitted(user, action).filter(Q(is_restricted=False) | Q(practitioner=user))

    def state_q(self, letters):
        """A child without an evaluation can be seen by whoever may see one at any stage."""
        return Q()

    def with_identifier(self, identifier: str):
        """The child with exactly this identifier in the case system, if we hold one."""
        from cycles.identifiers import lookup_hash

        return self.filter(identifier_hash=lookup_hash(identifier))


class CycleQuerySet(ScopedQuerySet):
    view_action = "cycle.view"

    def scope_q(self, scope, user):
        return None

    def current(self):
        """Cycles in which work is going on."""
        return self.filter(status__in=["open", "moderating"])


class SampleEntryQuerySet(models.QuerySet):
    def first_choices(self):
        return self.filter(is_reserve=False)

    def in_reserve(self):
        """Replacements not used yet, in draw order."""
        return self.filter(is_reserve=True, eliminated_reason="").order_by("draw_order")
