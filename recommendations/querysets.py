"""Which recommendations and revisits?"""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from evaluations.querysets import LETTERS
from recommendations.enums import OPEN, WITH_OWNER, Priority, Status
from workflow.access import ScopedQuerySet


def through_evaluation(condition: Q) -> Q:
    """The same condition, asked of the evaluation that a row belongs to."""
    moved = Q()
    moved.connector, moved.negated = condition.connector, condition.negated
    for child in condition.children:
        if isinstance(child, Q):
            moved.children.append(through_evaluation(child))
        else:
            assert isinstance(child, tuple), "a lookup is a name and a value"
            name, value = child
            moved.children.append((f"evaluation__{name}", value))
    return moved


class RecommendationQuerySet(ScopedQuerySet):
    """Recommendations take the state of their evaluation; system-level ones count as shared.

    A critical one is live from the moment it is saved: for it, D counts as B.
    """

    view_action = "recommendation.view"

    def scope_q(self, scope, user):
        if scope == "own":
            return Q(owner=user) | Q(evaluation__practitioner=user)
        if scope == "team":
            teams = user.teams_in_charge().values("pk")
            return (
                Q(owner=user)
                | Q(accountable_manager=user)
                | Q(team__in=teams)
                | Q(evaluation__practitioner__team__in=teams)
            )
        if scope in {"asg", "pan", "chr"}:
            from evaluations.models import Evaluation

            condition = Evaluation.objects.all().scope_q(scope, user)
            return Q(evaluation__in=Evaluation.objects.filter(condition).values("pk"))
        return None

    def state_q(self, letters):
        chosen = Q(pk__in=[])
        for letter in letters:
            chosen |= through_evaluation(LETTERS[letter])
        if "S" in letters:
            chosen |= Q(evaluation=None)
        if "B" in letters and "D" not in letters:
            chosen |= Q(priority=Priority.CRITICAL) & through_evaluation(LETTERS["D"])
        return chosen

    def subject_q(self, user):
        return Q(evaluation__practitioner=user) & ~Q(owner=user) & ~Q(accountable_manager=user)

    def visible_to(self, user):
        """What this person may know exists: drafts only for those who write or run them."""
        seen = super().visible_to(user)
        if user.role_names & {"hub_officer", "hub_lead"}:
            return seen
        return seen.filter(~Q(status=Status.DRAFT) | Q(evaluation__evaluator=user))

    def open(self):
        """Live and not yet through the loop."""
        return self.filter(status__in=OPEN)

    def with_owner(self):
        """Waiting for their owner to act."""
        return self.filter(status__in=WITH_OWNER)

    def overdue(self, today: date):
        """With the owner, and past the due date. Derived, never a status."""
        return self.with_owner().filter(due_on__lt=today)


class RevisitQuerySet(ScopedQuerySet):
    view_action = "revisit.view"

    def scope_q(self, scope, user):
        if scope == "own":
            return Q(evaluation__practitioner=user) | Q(recommendation__owner=user)
        if scope == "team":
            teams = user.teams_in_charge().values("pk")
            return (
                Q(evaluation__team__in=teams)
                | Q(evaluation__practitioner__team__in=teams)
                | Q(recommendation__accountable_manager=user)
            )
        if scope == "asg":
            return Q(reviewer=user)
        return None

    def state_q(self, letters):
        """A revisit exists only for shared or closed work."""
        return Q() if set(letters) & {"S", "C"} else Q(pk__in=[])

    def open(self):
        return self.exclude(status="completed")
