"""Which pages are there about cycles, and what does each show?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView

from audit_trail.models import TrailEntry
from cycles import actions, transitions
from cycles.enums import EntryKind
from cycles.filters import CycleFilter
from cycles.forms import AddToSampleForm, NothingToFillInForm, PlanForm, rules_in_words
from cycles.frame import build_frame, mix
from cycles.models import Cycle
from cycles.sampling import precision_sentence
from workflow import access
from workflow.exceptions import Conflict
from workflow.machine import Transition
from workflow.views import ListPage, RecordPage, StepPage

# The funnel, in the order of the work: words and the evaluations' statuses behind them.
FUNNEL = {
    "Planned": ["planned"],
    "With an evaluator": ["allocated", "accepted", "in_progress"],
    "Sent in": ["submitted"],
    "In moderation": ["in_moderation"],
    "Final": ["finalised"],
    "Shared": ["shared"],
    "Closed": ["closed"],
    "Eliminated": ["eliminated"],
}
# A cycle's next step: transition, page, words of its button.
STEPS: tuple[tuple[Transition, str, str], ...] = (
    (transitions.OPEN, "cycles:open", "Open this cycle"),
    (transitions.START_MODERATING, "cycles:start_moderating", "Start moderating"),
    (transitions.CLOSE, "cycles:close", "Close this cycle"),
)


def show_refusal(form, refusal: Conflict | ValidationError) -> None:
    """Put an action's refusal on the form, beside its field where it has one."""
    if isinstance(refusal, Conflict):
        form.add_error(None, str(refusal))
    elif hasattr(refusal, "error_dict"):
        for name, errors in refusal.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, refusal)


class CycleList(ListPage):
    """All cycles, the newest first."""

    model = Cycle
    filterset_class = CycleFilter
    template_name = "cycles/cycle_list.html"
    trail_view = False

    def get_queryset(self):
        counted = Q(evaluations__is_training=False) & ~Q(evaluations__status="eliminated")
        return (
            super()
            .get_queryset()
            .order_by("-starts_on", "pk")
            .annotate(
                evaluation_count=Count("evaluations", filter=counted),
                settled_count=Count(
                    "evaluations",
                    filter=counted & Q(evaluations__status__in=transitions.SETTLED),
                ),
            )
        )

    def get_context_data(self, **kwargs):
        user = self.request.user
        return super().get_context_data(
            **kwargs,
            may_plan=access.may(user, "cycle.create_edit"),
            may_count=access.may(user, "cycle.draw_sample"),
        )


class CyclePage(RecordPage):
    """One cycle: its dates and rules for everybody, its work for the Practice Hub."""

    model = Cycle
    template_name = "cycles/cycle.html"
    actions = (
        "cycle.create_edit",
        "cycle.draw_sample",
        "cycle.close",
        "allocation.assign_evaluator",
    )
    trail_view = False

    def get_queryset(self):
        return super().get_queryset().select_related("instrument", "sample")

    def get_context_data(self, **kwargs):
        cycle, user = self.record, self.request.user
        funnel: list[dict[str, Any]] = []
        late = 0
        if "cycle.draw_sample" in self.allowed:
            funnel, late = _funnel(cycle)
        steps = [
            {"url": reverse(page, args=[cycle.pk]), "words": words, "blocked": refusal}
            for step, page, words in STEPS
            if cycle.status in step.sources and access.cells_for(user, step.action)
            for refusal in [step.refusal(cycle, user)]
        ]
        return super().get_context_data(
            **kwargs,
            funnel=funnel,
            late=late,
            steps=steps,
            rules=rules_in_words(cycle.policy),
            sample=getattr(cycle, "sample", None),
            may_edit=not transitions.EDIT.refusal(cycle, user),
        )


def _funnel(cycle: Cycle) -> tuple[list[dict[str, Any]], int]:
    """How many evaluations are at each stage, and how many are late: one query."""
    evaluations = cycle.evaluations.filter(is_training=False)
    counts = evaluations.order_by().aggregate(
        late=Count(
            "pk",
            filter=Q(
                status__in=["allocated", "accepted", "in_progress"],
                submit_by__lt=timezone.localdate(),
            ),
        ),
        **{
            f"stage_{place}": Count("pk", filter=Q(status__in=statuses))
            for place, statuses in enumerate(FUNNEL.values())
        },
    )
    rows = [
        {
            "words": words,
            "count": counts[f"stage_{place}"],
            "query": "&".join(f"status={status}" for status in statuses),
        }
        for place, (words, statuses) in enumerate(FUNNEL.items())
    ]
    return rows, counts["late"]


class PlanCycle(FormView):
    """Plan a new cycle."""

    form_class = PlanForm
    template_name = "cycles/plan.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            access.check(request.user, "cycle.create_edit")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            cycle = actions.plan_cycle(by=self.request.user, **form.values())
        except (Conflict, ValidationError) as refusal:
            show_refusal(form, refusal)
            return self.form_invalid(form)
        messages.success(self.request, f"{cycle} is planned. Draw its sample next.")
        return HttpResponseRedirect(cycle.get_absolute_url())


class CycleStep(StepPage):
    """A step on a cycle that asks for a yes."""

    model = Cycle
    form_class: type[forms.BaseForm] = NothingToFillInForm
    trail_view = False
    action = "cycle.create_edit"
    lede = ""

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except ValidationError as refusal:
            show_refusal(form, refusal)
            return self.form_invalid(form)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, lede=self.lede)


class EditCycle(CycleStep):
    """Change a planned cycle."""

    form_class = PlanForm
    template_name = "cycles/plan.html"
    done = "Saved."

    def get_form_kwargs(self):
        # A copy: the form writes what was typed onto it, and the page shows the real one.
        return super().get_form_kwargs() | {"instance": Cycle.objects.get(pk=self.record.pk)}

    def take(self, form):
        return actions.edit_cycle(self.record, by=self.request.user, **form.values())


class OpenCycle(CycleStep):
    heading = button = "Open this cycle"
    lede = "Evaluators can be given evaluations from now on. Its rules can no longer be changed."
    done = "The cycle is open."

    def take(self, form):
        return actions.open_cycle(self.record, by=self.request.user)


class StartModerating(CycleStep):
    heading = button = "Start moderating"
    lede = "Say that panels have begun. Evaluations not finished yet go on as they are."
    done = "The cycle is being moderated."

    def take(self, form):
        return actions.start_moderating(self.record, by=self.request.user)


class CloseCycle(CycleStep):
    action = "cycle.close"
    heading = button = "Close this cycle"
    lede = "Every evaluation must be final or eliminated. Its figures stand from then on."
    done = "The cycle is closed."

    def take(self, form):
        return actions.close_cycle(self.record, by=self.request.user)


class SamplePage(RecordPage):
    """Who was drawn, how, and whether they look like our children."""

    model = Cycle
    template_name = "cycles/sample.html"
    actions = ("cycle.draw_sample", "evaluation.create_from_sample")
    trail_view = False

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            access.check(request.user, "cycle.draw_sample", self.record)
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        return super().get_queryset().select_related("sample__drawn_by")

    def get_context_data(self, **kwargs):
        cycle = self.record
        sample = getattr(cycle, "sample", None)
        entries = []
        if sample:
            entries = list(
                sample.entries.select_related(
                    "child__practitioner", "child__team__service_area", "replaces", "evaluation"
                )
            )
            TrailEntry.objects.seen(entries, by=self.request.user)
            left_out = sample.rules.get("left_out", {})
            frame_count = sample.frame_count
        else:
            frame = build_frame(cycle)
            left_out, frame_count = frame.left_out, len(frame.children)
        return super().get_context_data(
            **kwargs,
            sample=sample,
            strata=_by_stratum(entries),
            first_count=sum(not entry.is_reserve for entry in entries),
            purposive_count=sum(entry.kind == EntryKind.PURPOSIVE for entry in entries),
            without_evaluation=sum(
                not entry.is_reserve
                and not entry.eliminated_reason
                and not hasattr(entry, "evaluation")
                for entry in entries
            ),
            left_out=[(words, count) for words, count in left_out.items() if count],
            frame_count=frame_count,
            open_count=frame_count + sum(left_out.values()),
            mix=mix(cycle) if sample else [],
            precision=precision_sentence(sample.size if sample else cycle.size),
            size_changed=bool(sample and sample.size != cycle.size),
            may_draw=not transitions.DRAW_SAMPLE.refusal(cycle, self.request.user),
            may_add=not transitions.ADD_TO_SAMPLE.refusal(cycle, self.request.user),
        )


def _by_stratum(entries: list) -> list[dict[str, Any]]:
    strata: dict[str, dict[str, Any]] = {}
    for entry in entries:
        group = strata.setdefault(
            entry.stratum, {"words": entry.stratum_words, "entries": [], "first": 0, "reserve": 0}
        )
        group["entries"].append(entry)
        group["reserve" if entry.is_reserve else "first"] += 1
    return list(strata.values())


class DrawSample(CycleStep):
    """Draw, or draw again."""

    action = "cycle.draw_sample"
    heading = button = "Draw the sample"
    lede = (
        "The service draws by chance, in proportion to plan and service area, and keeps how it was "
        "done so that anybody can draw the same again. A sample drawn before is put aside."
    )
    done = "The sample is drawn. Look whether it is like your children."

    def take(self, form):
        return actions.draw_sample(self.record, by=self.request.user)

    def get_success_url(self):
        return reverse("cycles:sample", args=[self.record.pk])

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, back=self.get_success_url())


class AddToSample(CycleStep):
    """Add a child on purpose."""

    action = "cycle.draw_sample"
    form_class = AddToSampleForm
    heading = "Add a child on purpose"
    button = "Add this child"
    lede = "Marked as chosen on purpose, and left out of headline percentages."
    done = "Added to the sample."

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"by": self.request.user}

    def take(self, form):
        return actions.add_to_sample(self.record, by=self.request.user, **form.cleaned_data)

    def get_success_url(self):
        return reverse("cycles:sample", args=[self.record.pk])

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, back=self.get_success_url())
