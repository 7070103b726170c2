"""Which pages do the Practice Hub and a panel see of a panel?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import FormView

from accounts.models import User
from audit_trail.models import TrailEntry
from evaluations.enums import GRADED, Grade
from evaluations.instrument import form_of
from moderation import panels, transitions
from moderation.enums import CaseStatus, PanelStatus
from moderation.filters import PanelFilter
from moderation.forms import DecideForm, MinutesForm, OpenForm, PanelForm
from moderation.models import ModerationCase, Panel
from moderation.showing import next_words, showing
from moderation.views import CaseStep, FieldStep
from workflow import access
from workflow.views import ListPage, RecordPage


class PanelMixin:
    model = Panel

    def get_queryset(self):
        return Panel.objects.visible_to(self.request.user).select_related(
            "chair", "cycle", "signed_by"
        )


class PanelList(ListPage):
    """Every panel that one sits on; for the Practice Hub, all of them."""

    model = Panel
    filterset_class = PanelFilter
    template_name = "moderation/panels.html"
    trail_view = False

    def get_queryset(self):
        return (
            Panel.objects.visible_to(self.request.user)
            .select_related("chair", "cycle")
            .order_by("-meets_at")
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "may_schedule": access.may(self.request.user, "panel.schedule")
        }


class PanelPage(PanelMixin, RecordPage):
    """The agenda, who sits, and the minutes."""

    template_name = "moderation/panel.html"
    actions = (
        "panel.schedule",
        "panel.set_members",
        "panel.record_decision",
        "panel.view_minutes",
    )

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        user = self.request.user
        cases = (
            ModerationCase.objects.visible_to(user)
            .for_pages()
            .filter(panel=self.record)
            .prefetch_related("decisions")
            .order_by("pk")
        )
        TrailEntry.objects.seen(cases, by=user)
        chairs = self.record.chair_id == user.pk
        status = self.record.status
        may = "panel.record_decision" in self.allowed
        return context | {
            "agenda": [
                {"case": case, "next": next_words(case), "first": _first_left(case)}
                for case in cases
            ],
            "places": self.record.members.select_related("member__team"),
            "chairs": chairs,
            "may_open": may and status == PanelStatus.SCHEDULED,
            "may_decide": may and status == PanelStatus.SITTING,
            "may_change": "panel.set_members" in self.allowed and status == PanelStatus.SCHEDULED,
            "minutes": self.record.minutes if "panel.view_minutes" in self.allowed else "",
            "undecided": sum(case.status == CaseStatus.REFERRED for case in cases),
        }


def _first_left(case: ModerationCase) -> str:
    """The first judgement to decide, from decisions already read."""
    decided = {decision.key for decision in case.decisions.all()}
    return next((key for key in GRADED if key not in decided), GRADED[0])


def _when(form) -> datetime:
    return timezone.make_aware(
        datetime.combine(form.cleaned_data["meets_on"], form.cleaned_data["meets_time"])
    )


WHEN_FIELDS = {"meets_at": "meets_on"}


class SchedulePage(FormView):
    """Call a panel."""

    template_name = "moderation/schedule.html"
    form_class = PanelForm

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            access.check(request.user, "panel.schedule")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        data = form.cleaned_data
        try:
            panel = panels.schedule(
                by=self.request.user,
                cycle=data["cycle"],
                meets_at=_when(form),
                chair=data["chair"],
                members=data["members"],
            )
        except ValidationError as problem:
            for name, errors in problem.message_dict.items():
                form.add_error(WHEN_FIELDS.get(name, name), errors)
            return self.form_invalid(form)
        return redirect(panel)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "heading": "Schedule a panel",
            "button": "Schedule it",
            "back": reverse("moderation:list"),
        }


class ChangePanelPage(PanelMixin, FieldStep):
    action = "panel.set_members"
    form_class = PanelForm
    template_name = "moderation/schedule.html"
    heading = "Change the panel"
    button = "Save"
    done = "Saved. Anybody new has been told."

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"panel": self.record}

    def get_initial(self):
        meets = timezone.localtime(self.record.meets_at)
        return {
            "meets_on": meets.date(),
            "meets_time": meets.time(),
            "chair": self.record.chair_id,
            "members": list(
                self.record.members.exclude(member=self.record.chair_id).values_list(
                    "member", flat=True
                )
            ),
        }

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"back": self.record.get_absolute_url()}

    def take(self, form):
        panels.set_members(
            self.record,
            by=self.request.user,
            chair=form.cleaned_data["chair"],
            members=form.cleaned_data["members"],
            meets_at=_when(form),
        )


class ChairsStep(PanelMixin, FieldStep):
    """A step that only the chair takes."""

    action = "panel.record_decision"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            access.check(request.user, self.action, self.record)
        return super().dispatch(request, *args, **kwargs)


class OpenPage(ChairsStep):
    form_class = OpenForm
    heading = "Open the panel"
    button = "Open the panel"
    done = "The panel is open."

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"panel": self.record}

    def take(self, form):
        panels.open_panel(
            self.record,
            by=self.request.user,
            present=form.cleaned_data["present"],
            recused=form.cleaned_data["recused"],
        )


class SignPage(ChairsStep):
    form_class = MinutesForm
    heading = "Sign the minutes"
    button = "Sign and close the panel"
    done = "Signed. The panel is closed."

    def get_initial(self):
        return {"minutes": panels.draft_minutes(self.record)}

    def take(self, form):
        panels.sign(self.record, by=self.request.user, minutes=form.cleaned_data["minutes"])


class DecidePage(CaseStep):
    """One judgement: where people stand, their reasons side by side, the panel's grade."""

    step = transitions.RECORD_DECISION
    action = "panel.record_decision"
    form_class = DecideForm
    template_name = "moderation/decide.html"
    done = "Recorded."

    @cached_property
    def key(self) -> str:
        if self.kwargs["key"] not in GRADED:
            raise Http404
        return self.kwargs["key"]

    @cached_property
    def words(self):
        return form_of(self.record.evaluation)

    def get_form_kwargs(self):
        present = User.objects.filter(
            panel_places__panel=self.record.panel_id,
            panel_places__attended=True,
            panel_places__recused=False,
        )
        return super().get_form_kwargs() | {
            "title": self.words.title_of(self.key),
            "present": present,
        }

    def get_context_data(self, **kwargs):
        shown = showing(self.record, self.request.user)
        row = next((row for row in shown.rows if row.key == self.key), None)
        standard = self.words.descriptors.get(self.key, {})
        return super().get_context_data(**kwargs) | {
            "shown": shown,
            "row": row,
            "title": self.words.title_of(self.key),
            "standard": [(g.value, g.label, standard[g]) for g in Grade if g in standard],
            "heading": self.words.title_of(self.key),
            "left": panels.left_to_decide(self.record),
        }

    def take(self, form):
        data: dict[str, Any] = dict(form.cleaned_data)
        panels.decide(self.record, by=self.request.user, key=self.key, **data)

    def get_success_url(self):
        case = get_object_or_404(ModerationCase, pk=self.record.pk)
        left = panels.left_to_decide(case)
        if left:
            return reverse("moderation:decide", args=[case.pk, left[0]])
        return reverse("moderation:panel", args=[case.panel_id])
