"""What do all pages share: finding the record, checking the person, showing a refusal in place?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import DetailView, FormView, ListView
from django_filters.views import FilterView

from audit_trail.models import TrailEntry
from workflow import access
from workflow.exceptions import Conflict


class RecordMixin:
    """A page about one record: 404 unless it is visible, and the look is written in the trail."""

    model: Any = None
    actions: tuple[str, ...] = ()  # rows of permissions.csv that the page may offer
    trail_view = True

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)

    @cached_property
    def record(self):
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    @cached_property
    def allowed(self) -> frozenset[str]:
        """The actions this person may take on the record now, for the template's buttons."""
        return access.permitted_actions(self.request.user, self.record, self.actions)

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        record = self.record
        if self.trail_view and request.method == "GET":
            TrailEntry.objects.seen([record], by=request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **kwargs,
            record=self.record,
            allowed={name.replace(".", "_") for name in self.allowed},
        )


class RecordPage(RecordMixin, DetailView):
    """A page that shows one record. The template gets `record` and `allowed`."""

    def get_object(self, queryset=None):
        return self.record


class StepPage(RecordMixin, FormView):
    """A page that takes one step on one record: 404, then 403 before the form is shown, then 409
    shown above the form with everything typed still there."""

    action = ""  # the row of permissions.csv
    done = ""  # what the green banner says
    template_name = "includes/step.html"
    heading = button = lede = ""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and self.action:
            record = self.record
            access_cells = access.cells_for(request.user, self.action)
            if not access_cells:
                access.check(request.user, self.action, record)
        return super().dispatch(request, *args, **kwargs)

    def take(self, form) -> Any:
        """Call the action with the cleaned form. Subclasses write this one line."""
        raise NotImplementedError

    def get_success_url(self) -> str:
        return self.record.get_absolute_url()

    def form_valid(self, form):
        try:
            self.take(form)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
            response = self.form_invalid(form)
            response.status_code = 409
            return response
        except ValidationError as problem:
            form.add_error(None, problem.messages)
            return self.form_invalid(form)
        if self.done:
            messages.success(self.request, self.done)
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs):
        shown = {
            "heading": self.heading,
            "button": self.button,
            "lede": self.lede,
            "eyebrow": getattr(self.record, "reference", ""),
            "back": self.record.get_absolute_url(),
        }
        return super().get_context_data(**shown | kwargs)


class ListPage(FilterView, ListView):
    """A list behind a filter: scoped, paged, and its child-level rows written in the trail."""

    paginate_by = 50
    strict = False
    trail_view = True

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if self.trail_view:
            TrailEntry.objects.seen(context["object_list"], by=self.request.user)
        return context
