"""How does a record move from one state to the next?

Every change of state is one `Transition`, taken by `perform`: lock the row, check who and from
where, write the new state, the trail and the follow-on work, all in one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from audit_trail.models import TrailEntry
from workflow import access
from workflow.exceptions import Conflict, NotPermitted


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One lawful step in a record's life.

    `action` is the row of permissions.csv that says who may take it; `permitted` are further
    rules about the person (each raises NotPermitted); `ready` are facts that must hold first
    (each raises Conflict). A step of the service itself (`by=None`) has no `action`.
    """

    name: str
    sources: frozenset[str]
    target: str | None  # None: the record keeps its state (an extension, a note)
    action: str = ""
    permitted: tuple[Callable[[Any, Any], None], ...] = ()
    ready: tuple[Callable[[Any], None], ...] = ()
    words: str = ""  # the verb as a person reads it: “submit this evaluation”

    def refusal(self, record, by) -> str:
        """Why this person cannot take this step now, as a sentence; empty when they can."""
        try:
            self.check(record, by)
        except (NotPermitted, Conflict) as refusal:
            return str(refusal)
        return ""

    def check(self, record, by) -> None:
        """Raise NotPermitted or Conflict unless this person may take this step now."""
        for rule in self.permitted:
            rule(by, record)
        if record.status not in self.sources:
            if self.action and not access.cells_for(by, self.action):
                raise NotPermitted("Your role does not let you do this.")
            raise Conflict(
                f"You cannot {self.words or self.name.replace('_', ' ')} now: "
                f"it is “{record.get_status_display()}”."
            )
        if self.action:
            access.check(by, self.action, record)
        for fact in self.ready:
            fact(record)


_followers: dict[tuple[str, str], list[Callable]] = defaultdict(list)


def follows(model_label: str, step_name: str):
    """Register work that a lower layer adds to a step, in the same transaction.

    The function takes `(record, by)`. Example: `@follows("evaluations.Evaluation", "submit")`.
    Register in the app's `ready()`, by importing the module that holds it.
    """

    def register(function):
        if function not in _followers[model_label, step_name]:
            _followers[model_label, step_name].append(function)
        return function

    return register


@transaction.atomic
def perform(
    step: Transition,
    record,
    *,
    by,
    reason: str = "",
    changes: dict[str, Any] | None = None,
    detail: dict[str, Any] | None = None,
):
    """Take one step and return the changed record, or raise and change nothing.

    `changes` are fields set together with the state (dates, people). The row is locked before it
    is checked, so that two people pressing the same button cannot both succeed. Raises
    NotPermitted (who) or Conflict (from where, what is missing).
    """
    record = locked(record)
    step.check(record, by)

    before = record.status
    if step.target is not None:
        record.status = step.target
    for field, value in (changes or {}).items():
        setattr(record, field, value)
    record.save()
    TrailEntry.objects.record(
        step.name, record, by=by, before=before, after=record.status, reason=reason, detail=detail
    )
    for follow in _followers[record._meta.label, step.name]:
        follow(record, by)
    record.refresh_from_db()
    return record


def locked(record: models.Model):
    """The same row, read again under a lock; call inside a transaction."""
    return type(record)._default_manager.select_for_update(of=("self",)).get(pk=record.pk)
