"""Which pages turn a sample into evaluations with evaluators?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from audit_trail.models import TrailEntry
from cycles.models import Cycle
from cycles.views import CycleStep, show_refusal
from evaluations import planning
from evaluations import planning_transitions as transitions
from evaluations.conflicts import Conflicts
from evaluations.enums import Status
from evaluations.models import Evaluation
from evaluations.planning_forms import AllocationForm, EliminateForm, OneAllocationForm
from workflow import access
from workflow.views import StepPage

ROWS = 50


class CreateFromSample(CycleStep):
    """Plan an evaluation for each child in the sample."""

    action = "evaluation.create_from_sample"
    heading = button = "Plan the evaluations"
    lede = (
        "One evaluation for each child drawn first, with the worker and team they have today. The "
        "sample cannot be drawn again after this."
    )

    def take(self, form):
        made = planning.create_from_sample(self.record, by=self.request.user)
        count = "1 evaluation is" if len(made) == 1 else f"{len(made)} evaluations are"
        messages.success(self.request, f"{count} planned. Choose their evaluators next.")

    def get_success_url(self):
        return reverse("planning:allocation", args=[self.record.pk])

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **kwargs, back=reverse("cycles:sample", args=[self.record.pk])
        )


class Allocation(StepPage):
    """Every evaluation of the cycle, those that need a decision first, with a select for each."""

    model = Cycle
    template_name = "cycles/allocation.html"
    form_class = AllocationForm
    action = "allocation.assign_evaluator"
    trail_view = False

    @cached_property
    def page(self):
        """The evaluations on this page of the table."""
        rows = (
            Evaluation.objects.visible_to(self.request.user)
            .filter(cycle=self.record, is_training=False)
            .exclude(status=Status.ELIMINATED)
            .select_related(
                "cycle",
                "child",
                "practitioner",
                "team__service_area",
                "team__locality",
                "evaluator",
            )
            .order_by(
                Case(
                    When(status=Status.PLANNED, then=Value(0)),
                    When(status=Status.ALLOCATED, then=Value(1)),
                    default=Value(2),
                    output_field=IntegerField(),
                ),
                "reference",
            )
        )
        return Paginator(rows, ROWS).get_page(self.request.GET.get("page"))

    @cached_property
    def conflicts(self) -> Conflicts:
        return Conflicts(self.rows)

    @cached_property
    def rows(self) -> list[Evaluation]:
        return list(self.page.object_list)

    @cached_property
    def proposed(self) -> dict[int, Any]:
        if "suggest" not in self.request.GET or self.request.method == "POST":
            return {}
        suggestions = planning.suggest(self.record)
        return {one.evaluation.pk: one.evaluator for one in suggestions if one.evaluator}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {
            "evaluations": self.rows,
            "conflicts": self.conflicts,
            "proposed": self.proposed,
        }

    def form_valid(self, form):
        chosen = form.chosen()
        try:
            planning.allocate_all(chosen, by=self.request.user)
        except ValidationError as refusal:
            show_refusal(form, refusal)
            response = self.form_invalid(form)
            response.status_code = 409
            return response
        count = "1 evaluation has" if len(chosen) == 1 else f"{len(chosen)} evaluations have"
        messages.success(self.request, f"{count} an evaluator now. They have been told.")
        return HttpResponseRedirect(self.request.path)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        TrailEntry.objects.seen(self.rows, by=self.request.user)
        form = context["form"]
        everything = Evaluation.objects.filter(cycle=self.record, is_training=False).exclude(
            status=Status.ELIMINATED
        )
        statuses = list(everything.values_list("status", "evaluator"))
        in_cycle: dict[int, int] = {}
        for _, evaluator in statuses:
            if evaluator:
                in_cycle[evaluator] = in_cycle.get(evaluator, 0) + 1
        people = self.conflicts.evaluators.values()
        return context | {
            "page_obj": self.page,
            "rows": [
                {
                    "evaluation": evaluation,
                    "field": form[f"evaluator_{evaluation.pk}"]
                    if evaluation.status == Status.PLANNED
                    else None,
                    "proposed": self.proposed.get(evaluation.pk),
                    "warnings": self._warnings(evaluation),
                }
                for evaluation in self.rows
            ],
            "waiting_count": sum(status == Status.PLANNED for status, _ in statuses),
            "total": len(statuses),
            "proposing": "suggest" in self.request.GET and self.request.method == "GET",
            "proposed_count": len(self.proposed),
            "is_open": self.record.status in {"open", "moderating"},
            "evaluators": [
                {
                    "person": person,
                    "area": person.team.service_area if person.team else "",
                    "count": in_cycle.get(person.pk, 0),
                    "load": self.conflicts.load.get(person.pk, 0),
                    "away": person.is_away(self.conflicts.today),
                }
                for person in people
            ],
        }

    def _warnings(self, evaluation: Evaluation) -> list[str]:
        """What now stands between a chosen evaluator and the work: circumstances change."""
        if evaluation.evaluator is None or evaluation.status not in {
            Status.ALLOCATED,
            Status.ACCEPTED,
        }:
            return []
        obstacles = self.conflicts.refusals(evaluation.evaluator, evaluation)
        overridden = {"same_team", "evaluated_each_other"}  # passed when it was allocated
        return [obstacle.sentence for obstacle in obstacles if obstacle.kind not in overridden]


class OneEvaluation(StepPage):
    """A step on one evaluation of a cycle, before its evaluator has finished."""

    model = Evaluation

    def get_queryset(self):
        get_object_or_404(Cycle.objects.visible_to(self.request.user), pk=self.kwargs["cycle_pk"])
        return (
            super()
            .get_queryset()
            .filter(cycle=self.kwargs["cycle_pk"])
            .select_related("cycle", "child", "practitioner", "team", "entry", "evaluator")
        )

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except ValidationError as refusal:
            show_refusal(form, refusal)
            return self.form_invalid(form)

    def get_success_url(self):
        return reverse("planning:allocation", args=[self.record.cycle_id])

    def get_context_data(self, **kwargs):
        return super().get_context_data(back=self.get_success_url(), **kwargs)


class AllocateOne(OneEvaluation):
    """Choose an evaluator, or another one, with every conflict in words."""

    template_name = "cycles/allocate_one.html"
    form_class = OneAllocationForm
    action = "allocation.assign_evaluator"

    @cached_property
    def conflicts(self) -> Conflicts:
        return Conflicts([self.record])

    button = "Choose this evaluator"
    done = "Saved. They have been told."

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {
            "evaluation": self.record,
            "conflicts": self.conflicts,
            "may_override": access.may(self.request.user, "conflict.override", self.record),
        }

    def take(self, form):
        step = planning.reallocate if self.record.evaluator else planning.allocate
        return step(self.record, by=self.request.user, **form.cleaned_data)

    def get_context_data(self, **kwargs):
        people = [
            {
                "person": person,
                "obstacles": self.conflicts.between(person, self.record),
                "load": self.conflicts.load.get(person.pk, 0),
            }
            for person in self.conflicts.evaluators.values()
        ]
        heading = "Choose another evaluator" if self.record.evaluator else "Choose an evaluator"
        return super().get_context_data(**kwargs, people=people, heading=heading)


class Eliminate(OneEvaluation):
    """Take an evaluation out, and offer the next child in reserve."""

    template_name = "cycles/eliminate.html"
    form_class = EliminateForm
    action = "evaluation.eliminate"
    heading = button = "Take this evaluation out"

    @cached_property
    def replacement(self):
        if not access.may(self.request.user, "cycle.replace_sampled_case"):
            return None
        return planning.next_replacement(self.record)

    def get_initial(self):
        return {"replace": True}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"has_replacement": self.replacement is not None}

    @transaction.atomic
    def take(self, form):
        cleaned = form.cleaned_data
        out = planning.eliminate(
            self.record,
            reason_code=cleaned["reason_code"],
            note=cleaned["note"],
            by=self.request.user,
        )
        words = f"{out.reference} has been taken out."
        if cleaned.get("replace"):
            words += f" {planning.replace(out, by=self.request.user).reference} takes its place."
        messages.success(self.request, words)

    def get_context_data(self, **kwargs):
        user = self.request.user
        return super().get_context_data(
            **kwargs,
            replacement=self.replacement,
            blocked=transitions.ELIMINATE.refusal(self.record, user),
        )


class Replace(OneEvaluation):
    """Plan the next child in reserve in place of one taken out earlier."""

    form_class = CycleStep.form_class
    action = "cycle.replace_sampled_case"
    heading = button = "Take the next child in reserve"

    def take(self, form):
        new = planning.replace(self.record, by=self.request.user)
        messages.success(self.request, f"{new.reference} takes the place of {self.record}.")
