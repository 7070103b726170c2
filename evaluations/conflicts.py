"""Why should, or must, this person not evaluate this work?

Read once for a set of evaluations and people, then asked for every pair without another query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Team, User
from accounts.roles import Role
from cycles.models import ChildRecord, Cycle
from evaluations.enums import ConflictKind, Status
from evaluations.models import DeclaredConflict, Evaluation
from workflow.working_days import add_working_days

WORKED_WITH_WITHIN = timedelta(days=731)  # 24 months
CYCLES_BACK = 2
OVERRIDABLE = frozenset({ConflictKind.SAME_TEAM, ConflictKind.EVALUATED_EACH_OTHER})
# Not conflicts of interest, but they refuse as firmly.
OWN_WORK = "own_work"
NOT_AN_EVALUATOR = "not_an_evaluator"
NOT_TRAINED = "not_trained"
AWAY = "away"
# Only pointed out.
SAME_WORKER = "same_worker"
FULL = "full"
WARNINGS = frozenset({SAME_WORKER, FULL})


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands between a person and an evaluation, as a sentence."""

    kind: str
    sentence: str

    @property
    def refuses(self) -> bool:
        return self.kind not in WARNINGS

    @property
    def can_be_overridden(self) -> bool:
        """By a Hub lead with a reason; never line management, the child or what was declared."""
        return self.kind in OVERRIDABLE


class Conflicts:
    """The facts about a set of evaluations: eight queries, however many rows or people."""

    def __init__(self, evaluations: Iterable[Evaluation], *, today: date | None = None):
        self.today = today or timezone.localdate()
        evaluations = list(evaluations)
        self.evaluators = {
            person.pk: person
            for person in User.objects.holding(Role.EVALUATOR, on=self.today).select_related(
                "team__service_area"
            )
        }
        self.leads = {
            team.pk: {
                lead
                for lead in (
                    team.manager_id,
                    team.service_area.head_of_service_id,
                    team.service_area.assistant_director_id,
                )
                if lead
            }
            for team in Team.objects.select_related("service_area")
        }
        self.load = _load(self.evaluators)
        children = {evaluation.child_id for evaluation in evaluations}
        self.worked_with = _worked_with(children, self.today)
        self.declared = _declared(evaluations, children)
        self.pairs = _pairs(evaluations)

    def between(self, person: User, evaluation: Evaluation) -> list[Obstacle]:
        """Everything that stands against giving this evaluation to this person, refusals first."""
        worker = evaluation.practitioner
        found: list[Obstacle] = []

        def say(kind: str, sentence: str) -> None:
            found.append(Obstacle(kind, sentence))

        if person.pk == worker.pk:
            say(OWN_WORK, f"This is {person}’s own work.")
        if person.pk not in self.evaluators:
            say(NOT_AN_EVALUATOR, f"{person} is not an evaluator.")
        if person.pk in self._leads_of(evaluation.team_id) | self._leads_of(worker.team_id):
            say(ConflictKind.MANAGES, f"{person} manages {worker}.")
        elif worker.pk in self._leads_of(person.team_id):
            say(ConflictKind.MANAGES, f"{worker} manages {person}.")
        if person.team_id and person.team_id in {evaluation.team_id, worker.team_id}:
            say(ConflictKind.SAME_TEAM, f"{person} is in the same team.")
        if (person.pk, evaluation.child_id) in self.worked_with:
            say(
                ConflictKind.WORKED_WITH_CHILD,
                f"{person} worked with this child in the last 24 months.",
            )
        if self.declared.stand(person.pk, evaluation.pk, evaluation.child_id):
            say(ConflictKind.OTHER, f"{person} has declared a conflict.")
        since = self.pairs.cycles_back[evaluation.cycle_id]
        if self.pairs.met(worker.pk, person.pk, since, evaluation.pk):
            say(
                ConflictKind.EVALUATED_EACH_OTHER,
                f"{worker} evaluated {person}’s work within two cycles.",
            )
        if sentence := self._training(person):
            say(NOT_TRAINED, sentence)
        accept_by = add_working_days(self.today, evaluation.cycle.policy.accept_within)
        if person.is_away(self.today) or person.is_away(accept_by):
            say(AWAY, f"{person} is away.")
        if self.pairs.met(person.pk, worker.pk, since, evaluation.pk):
            say(SAME_WORKER, f"{person} evaluated {worker}’s work within two cycles.")
        if self.load[person.pk] >= person.evaluations_at_once:
            say(
                FULL,
                f"{person} has {self.load[person.pk]} of {person.evaluations_at_once} at once.",
            )
        return found

    def refusals(self, person: User, evaluation: Evaluation) -> list[Obstacle]:
        """What refuses; a warning does not."""
        return [obstacle for obstacle in self.between(person, evaluation) if obstacle.refuses]

    def _leads_of(self, team_id: int | None) -> set[int]:
        return self.leads.get(team_id, set()) if team_id else set()

    def _training(self, person: User) -> str:
        trained, due = person.evaluator_trained_on, person.evaluator_refresher_due_on
        if trained is None or trained > self.today:
            return f"{person} has not been trained yet."
        if due is not None and due < self.today:
            return f"{person}’s training has run out. A refresher comes first."
        return ""


def _load(people: Iterable[int]) -> dict[int, int]:
    """How many unfinished evaluations each person has, in any cycle."""
    load: dict[int, int] = defaultdict(int)
    unfinished = Evaluation.objects.unfinished().filter(evaluator__in=people)
    for evaluator in unfinished.values_list("evaluator", flat=True):
        load[evaluator] += 1
    return load


def _worked_with(children: set[int], today: date) -> set[tuple[int, int]]:
    """(worker, child): now, or on an evaluation of the child planned in the last 24 months."""
    now = ChildRecord.objects.filter(pk__in=children).values_list("practitioner", "pk")
    then = Evaluation.objects.filter(
        child__in=children, planned_at__date__gte=today - WORKED_WITH_WITHIN
    ).values_list("practitioner", "child")
    return set(now) | set(then)


class _Declared(set):
    """Declarations that stand: on this evaluation, or about this child on another one."""

    def stand(self, person: int, evaluation: int, child: int) -> bool:
        return (person, "evaluation", evaluation) in self or (person, "child", child) in self


def _declared(evaluations: list[Evaluation], children: set[int]) -> _Declared:
    rows = DeclaredConflict.objects.filter(
        Q(evaluation__in=[evaluation.pk for evaluation in evaluations])
        | Q(evaluation__child__in=children, kind=ConflictKind.WORKED_WITH_CHILD),
        overridden_by=None,
    ).values_list("person", "evaluation", "evaluation__child", "kind")
    found = _Declared()
    for person, evaluation, child, kind in rows:
        found.add((person, "evaluation", evaluation))
        if kind == ConflictKind.WORKED_WITH_CHILD:
            found.add((person, "child", child))
    return found


class _Pairs:
    """Who evaluated whose work, and in which cycle."""

    def __init__(self, cycles_back: dict[int, set[int]], rows) -> None:
        self.cycles_back = cycles_back  # cycle → itself and the two before it
        self.rows = rows  # (evaluator, practitioner) → {(cycle, evaluation)}

    def met(self, evaluator: int, practitioner: int, cycles: set[int], leaving_out: int) -> bool:
        return any(
            cycle in cycles and evaluation != leaving_out
            for cycle, evaluation in self.rows.get((evaluator, practitioner), ())
        )


def _pairs(evaluations: list[Evaluation]) -> _Pairs:
    in_order = list(Cycle.objects.order_by("starts_on", "pk").values_list("pk", flat=True))
    back = {}
    for cycle in {evaluation.cycle_id for evaluation in evaluations}:
        place = in_order.index(cycle)
        back[cycle] = set(in_order[max(0, place - CYCLES_BACK) : place + 1])
    rows: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
    concerned = Evaluation.objects.filter(
        cycle__in=set().union(*back.values()), evaluator__isnull=False, is_training=False
    ).exclude(status=Status.ELIMINATED)
    for evaluator, practitioner, cycle, pk in concerned.values_list(
        "evaluator", "practitioner", "cycle", "pk"
    ):
        rows[evaluator, practitioner].add((cycle, pk))
    return _Pairs(back, rows)
