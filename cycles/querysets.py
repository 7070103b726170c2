"""Which children, cycles and drawn children?"""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from workflow.access import EVERYWHERE, Cell, ScopedQuerySet, cells_for

THROUGH_AN_EVALUATION = {"asg", "pan", "chr"}
OPEN_TO_ALL = Q(is_restricted=False)


class ChildRecordQuerySet(ScopedQuerySet):
    """Children; scope words as for the evaluations of that child."""

    view_action = "child.view_ref"

    def scope_q(self, scope, user):
        if scope == "own":
            return Q(practitioner=user)
        if scope == "team":
            return Q(team__in=user.teams_in_charge().values("pk"))
        return None

    def permitted(self, user, action):
        """Rows on which this person may take this action.

        A restricted record is for its own worker only; nobody else may know that it exists.
        """
        return self._within(user, cells_for(user, action).values())

    def permitted_without_reason(self, user, action):
        """Rows on which this person may do it without saying why."""
        cells = cells_for(user, action).values()
        return self._within(user, (cell for cell in cells if "r" not in cell.flags))

    def _within(self, user, cells: Iterable[Cell]):
        chosen = Q(pk__in=[])
        for cell in cells:
            if cell.scope in EVERYWHERE:
                return self.filter(OPEN_TO_ALL | Q(practitioner=user))
            if cell.scope in THROUGH_AN_EVALUATION:
                chosen |= Q(pk__in=self._of_evaluations(user, cell))
            elif (scope := self.scope_q(cell.scope, user)) is not None:
                chosen |= scope
        return self.filter(chosen).filter(OPEN_TO_ALL | Q(practitioner=user))

    def _of_evaluations(self, user, cell: Cell):
        """Children whose evaluation, at one of the cell's stages, is this person's to work on.

        The letters count here alone: a child in one's own team has no stage.
        """
        evaluations = apps.get_model("evaluations", "Evaluation").objects.all()
        rows = evaluations.filter(evaluations.scope_q(cell.scope, user))
        return rows.filter(evaluations.state_q(cell.states)).values("child")

    def with_worker_known_to(self, user):
        """Mark each row `worker_known`: whether this person may be told its worker and team."""
        known = self.model.objects.permitted(user, "child.view_worker").filter(pk=OuterRef("pk"))
        return self.annotate(worker_known=Exists(known))

    def with_identifier(self, identifier: str):
        """The child with exactly this identifier in the case system, if we hold one."""
        from cycles.identifiers import lookup_hash

        return self.filter(identifier_hash=lookup_hash(identifier))


class ImportQuerySet(ScopedQuerySet):
    """Extracts: their own for a Practice Hub officer, everybody's for the lead."""

    view_action = "import.view_errors"

    def scope_q(self, scope, user):
        return Q(uploaded_by=user) if scope == "me" else None


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
