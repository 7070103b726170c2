"""Which pages does an evaluator write recommendations on?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.views.generic import FormView

from evaluations.models import Evaluation
from recommendations import actions
from recommendations.enums import Priority, Status
from recommendations.forms import RecommendationForm, words
from recommendations.models import Recommendation
from workflow import access
from workflow.exceptions import Conflict
from workflow.views import RecordMixin


def due_words(evaluation) -> dict[str, str]:
    """Each priority with the date it would be due, were it to go live now."""
    policy, now = evaluation.cycle.policy, timezone.now()
    shown = {}
    for priority in Priority:
        due_on, due_at = actions.due_by(priority, policy, now)
        if due_at:
            limit = f"within {policy.due_hours[priority]} hours"
        else:
            day = formats.date_format(due_on, "j F Y")
            limit = f"{policy.due_working_days[priority]} working days: {day}"
        shown[str(priority)] = f"{priority.label}, {limit}"
    return shown


class WritingPage(RecordMixin, FormView):
    """The list of an evaluation's recommendations, above the form for one more."""

    model = Evaluation
    form_class = RecommendationForm
    template_name = "recommendations/write.html"
    editing: Recommendation | None = None

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related(
                "cycle", "instrument", "child", "team", "service_area", "practitioner__team"
            )
        )

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.kwargs["pk"] = kwargs.get("evaluation_pk", kwargs.get("pk"))

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            self.check_right()
        return super().dispatch(request, *args, **kwargs)

    def check_right(self) -> None:
        access.check(self.request.user, "recommendation.create", self.record)

    @cached_property
    def written(self) -> list[Recommendation]:
        return list(
            Recommendation.objects.filter(evaluation=self.record)
            .select_related("owner", "accountable_manager")
            .order_by("pk")
        )

    @property
    def address(self) -> str:
        return reverse("recommendations:write", args=[self.record.pk])

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {
            "evaluation": self.record,
            "due_words": due_words(self.record),
        }

    def save(self, form) -> Recommendation:
        return actions.create(self.record, by=self.request.user, **form.cleaned_data)

    def form_valid(self, form):
        try:
            saved = self.save(form)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
            response = self.form_invalid(form)
            response.status_code = 409
            return response
        alike = actions.near_duplicates(self.record.child, saved.action, apart_from=saved)
        if alike:
            names = ", ".join(one.reference for one in alike)
            messages.info(
                self.request,
                f"This reads much like {names}, for the same child. Keep both only if both help.",
            )
        live = saved.status != Status.DRAFT
        messages.success(
            self.request,
            f"{saved.reference} is live now: {saved.owner} has been told." if live else "Saved.",
        )
        return HttpResponseRedirect(self.address)

    def get_context_data(self, **kwargs):
        most = self.record.cycle.policy.recommendations_at_most
        return super().get_context_data(
            written=self.written,
            most=most,
            is_full=len(self.written) >= most,
            editing=self.editing,
            address=self.address,
            **kwargs,
        )


class EditPage(WritingPage):
    """One draft again, with everything that was typed."""

    @cached_property
    def editing(self) -> Recommendation:
        return get_object_or_404(
            Recommendation.objects.visible_to(self.request.user).filter(evaluation=self.record),
            pk=self.kwargs["recommendation_pk"],
        )

    def check_right(self) -> None:
        access.check(self.request.user, "recommendation.edit_wording", self.editing)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.editing}

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        if self.editing.status != Status.DRAFT:
            for name in ("priority", "owner", "accountable_manager"):
                del form.fields[name]  # live: these move by steps of their own
        if access.needs_reason(self.request.user, "recommendation.edit_wording"):
            form.fields["reason"] = words("Why?", "Say why the wording changes.", rows=2, most=2000)
        return form

    def save(self, form):
        self.editing.refresh_from_db()  # the form has written on it; the action compares
        return actions.edit(self.editing, by=self.request.user, **form.cleaned_data)


class Remove(EditPage):
    """Take a draft away, after asking."""

    template_name = "recommendations/remove.html"

    def post(self, request, *args, **kwargs):
        try:
            actions.remove(self.editing, by=request.user)
        except Conflict as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Removed.")
        return HttpResponseRedirect(self.address)
