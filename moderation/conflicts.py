"""Who is too close to an evaluation to moderate it or to sit on its panel?"""

from __future__ import annotations

from accounts.models import Team, User
from accounts.roles import Role
from evaluations.models import DeclaredConflict, Evaluation


class Closeness:
    """The people around one evaluation, read once, and why each of them is too close."""

    def __init__(self, evaluation: Evaluation):
        self.evaluation = evaluation
        teams = Team.objects.filter(
            pk__in=[evaluation.team_id, evaluation.practitioner.team_id]
        ).select_related("service_area")
        self.leads = {
            person
            for team in teams
            for person in (
                team.manager_id,
                team.service_area.head_of_service_id,
                team.service_area.assistant_director_id,
            )
            if person
        }
        self.declared = set(
            DeclaredConflict.objects.filter(evaluation=evaluation, overridden_by=None).values_list(
                "person", flat=True
            )
        )

    def why_not(self, person: User) -> str:
        """A sentence that says why this person may have no part in it; empty when they may."""
        if person.pk == self.evaluation.evaluator_id:
            return f"{person} made this evaluation."
        if person.pk == self.evaluation.practitioner_id:
            return f"{person} did the work that was evaluated."
        if person.pk in self.leads:
            return f"{person} manages the worker."
        if person.pk in self.declared:
            return f"{person} has a conflict of interest with this evaluation."
        return ""

    def is_from_outside(self, person: User) -> bool:
        """Whether this person works outside the evaluation's service area."""
        team = person.team
        return team is None or team.service_area_id != self.evaluation.service_area_id


def moderators():
    """People who can be given something to moderate today: they hold the role and are at work."""
    return User.objects.holding(Role.MODERATOR).at_work().select_related("team")
