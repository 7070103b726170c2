"""Which pages does a safety alert have? Raising one is the link in every page's header."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from evaluations import alerts, forms, offers, transitions
from evaluations.filters import SafetyAlertFilter
from evaluations.models import Evaluation, SafetyAlert
from evaluations.views import EvaluationStep
from workflow import access
from workflow.views import ListPage, RecordPage


class RaiseAlert(FormView):
    """Worried about a child's safety? About the evaluation one comes from, or one chosen here."""

    form_class = forms.AlertForm
    template_name = "evaluations/safety.html"

    @cached_property
    def choices(self):
        return Evaluation.objects.permitted(
            self.request.user, "evaluation.escalate_immediate_concern"
        ).order_by("-cycle__starts_on", "reference")

    @cached_property
    def about(self) -> Evaluation | None:
        number = self.request.GET.get("evaluation", "")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        return self.choices.filter(pk=int(number)).first()

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"evaluations": self.choices, "about": self.about}

    def form_valid(self, form):
        said = dict(form.cleaned_data)
        evaluation = said.pop("evaluation", None) or self.about
        try:
            alert = alerts.raise_alert(evaluation, by=self.request.user, **said)
        except ValidationError as wrong:
            form.add_error(None, wrong)
            return self.form_invalid(form)
        messages.success(
            self.request,
            "Your concern has been raised. The team’s manager, the head of service and the "
            "Practice Hub are being told now.",
        )
        return HttpResponseRedirect(alert.get_absolute_url())

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **kwargs, about=self.about, has_any=self.about or self.choices.exists()
        )


class AlertList(ListPage):
    model = SafetyAlert
    filterset_class = SafetyAlertFilter
    template_name = "evaluations/alerts.html"

    def get_queryset(self):
        people = ("evaluation__child", "evaluation__service_area", "evaluation__cycle", "raised_by")
        return super().get_queryset().select_related(*people).order_by("-pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["rows"] = [
            {"alert": alert, "waits_until": waits_until(alert)} for alert in context["object_list"]
        ]
        return context


def waits_until(alert: SafetyAlert):
    """The moment by which the next step is due; None when nothing is waited for."""
    times = alerts.times(alert)
    return {"raised": times["acknowledge_by"], "acknowledged": times["act_by"]}.get(alert.status)


class AlertDetail(RecordPage):
    model = SafetyAlert
    template_name = "evaluations/alert.html"

    def get_queryset(self):
        people = ("raised_by", "acknowledged_by", "action_by", "closed_by")
        about = ("evaluation__child", "evaluation__cycle", "evaluation__service_area")
        return super().get_queryset().select_related(*people, *about)

    def get_context_data(self, **kwargs):
        alert, user = self.record, self.request.user
        return super().get_context_data(**kwargs) | {
            "offers": offers.for_alert(alert, user),
            "waits_until": waits_until(alert),
            "evaluation_is_visible": Evaluation.objects.visible_to(user)
            .filter(pk=alert.evaluation_id)
            .exists(),
        }


class AlertStep(EvaluationStep):
    model = SafetyAlert

    def get_queryset(self):
        return SafetyAlert.objects.visible_to(self.request.user).select_related(
            "evaluation__child", "evaluation__service_area"
        )

    def check(self) -> None:
        if not access.cells_for(self.request.user, self.action):
            access.check(self.request.user, self.action)
        super().check()


class Acknowledge(AlertStep):
    step = transitions.ACKNOWLEDGE
    heading = "Acknowledge this safety concern"
    lede = "You have read it and are acting on it. Whoever raised it is told."
    button = "Acknowledge"
    done = "Acknowledged. Now record what is done for the child."

    def take(self, form):
        return alerts.acknowledge(self.record, by=self.request.user)


class RecordAction(AlertStep):
    step = transitions.RECORD_ACTION
    form_class = forms.AlertActionForm
    heading = "Record what was done"
    button = "Save"
    done = "What was done is recorded."

    def take(self, form):
        return alerts.record_action(self.record, by=self.request.user, **form.cleaned_data)


class CloseAlert(AlertStep):
    step = transitions.CLOSE_ALERT
    heading = "Close this safety concern"
    lede = "The child is safe and nothing more is needed."
    button = "Close it"
    done = "The safety concern is closed."

    def take(self, form):
        return alerts.close(self.record, by=self.request.user)
