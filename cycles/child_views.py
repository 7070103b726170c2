"""Which pages are there about children, and what does each show?"""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.generic import FormView

from cycles import actions
from cycles.filters import ChildFilter
from cycles.forms import LookUpForm, RevealForm
from cycles.models import ChildRecord
from cycles.views import show_refusal
from workflow import access
from workflow.views import ListPage, RecordPage, StepPage

# The state as somebody who may not know the exact one is told it.
COARSE = {
    "planned": "Planned",
    "allocated": "Planned",
    "accepted": "Planned",
    "shared": "Shared",
    "closed": "Closed",
    "eliminated": "Eliminated",
}


class ChildList(ListPage):
    """Children's records, by our own reference."""

    model = ChildRecord
    filterset_class = ChildFilter
    template_name = "cycles/child_list.html"

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related("team__service_area", "practitioner")
            .with_worker_known_to(self.request.user)
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **kwargs,
            may_look_up=access.may(self.request.user, "child.lookup_exact_id"),
        )


class ChildPage(RecordPage):
    """One child's record: what a fair sample needs to know, and their evaluations."""

    model = ChildRecord
    template_name = "cycles/child.html"
    actions = ("child.reveal_identifier", "child.view_worker")

    def get_queryset(self):
        return super().get_queryset().select_related("team__service_area", "practitioner")

    def get_context_data(self, **kwargs):
        user = self.request.user
        evaluations = apps.get_model("evaluations", "Evaluation").objects.filter(child=self.record)
        exact = set(
            evaluations.permitted(user, "evaluation.view_status").values_list("pk", flat=True)
        )
        return super().get_context_data(
            **kwargs,
            evaluations=[
                {
                    "record": evaluation,
                    "state": evaluation.get_status_display()
                    if evaluation.pk in exact
                    else COARSE.get(evaluation.status, "In progress"),
                }
                for evaluation in evaluations.visible_to(user)
                .select_related("cycle")
                .order_by("-cycle__starts_on", "-pk")
            ],
        )


class RevealIdentifier(StepPage):
    """Ask why, then show the identifier once. It is in no address and on no other page."""

    model = ChildRecord
    form_class = RevealForm
    template_name = "cycles/reveal.html"
    action = "child.reveal_identifier"
    trail_view = False

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            access.check(request.user, self.action, self.record)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        needed = actions.reveal_needs_reason(self.record, by=self.request.user)
        return super().get_form_kwargs() | {"needs_reason": needed}

    def form_valid(self, form):
        identifier = actions.reveal_identifier(
            self.record, by=self.request.user, reason=form.cleaned_data.get("reason", "")
        )
        return self.render_to_response(self.get_context_data(form=form, identifier=identifier))

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"identifier": "", **kwargs})


class LookUp(FormView):
    """Find a child by the whole identifier. Posted, so that it is in no address or log."""

    form_class = LookUpForm
    template_name = "cycles/look_up.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            access.check(request.user, "child.lookup_exact_id")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            child = actions.look_up(form.cleaned_data["identifier"], by=self.request.user)
        except actions.TooManyLookUps as refusal:
            show_refusal(form, refusal)
            response = self.form_invalid(form)
            response.status_code = 429
            return response
        except ValidationError as refusal:
            show_refusal(form, refusal)
            return self.form_invalid(form)
        if child is None:
            form.add_error("identifier", "We hold no child with this identifier for you to see.")
            return self.form_invalid(form)
        return HttpResponseRedirect(reverse("cycles:child", args=[child.pk]))
