"""Which pages do moderators, evaluators and the Practice Hub see of a case?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from accounts.models import User
from evaluations.instrument import form_of
from evaluations.reading import reading
from moderation import actions, transitions
from moderation.enums import CaseStatus
from moderation.filters import CaseFilter
from moderation.forms import AgendaForm, AssignForm, GradeForm, ProposalForm, ReferForm, ReplaceForm
from moderation.models import ModerationCase, Panel
from moderation.panels import put_on_panel
from moderation.showing import next_words, showing, why_words
from moderation.standing import titles
from workflow import access
from workflow.exceptions import Conflict, Stale
from workflow.machine import Transition
from workflow.views import ListPage, RecordMixin, RecordPage, StepPage

HUB = {"hub_officer", "hub_lead"}
# What a moderator reads until the reveal, even when their own grades are sent.
BLIND_PARTS = ("plan_type_words", "glance", "pillars", "feedback", "reflection")


def cases():
    """Cases with everything that a page about one of them reads."""
    return ModerationCase.objects.for_pages().select_related(
        "evaluation__instrument",
        "evaluation__evaluator",
        "evaluation__practitioner__team",
        "evaluation__team",
        "panel__chair",
    )


class FieldStep(StepPage):
    """A step whose refusals of what was typed stand beside their fields."""

    def form_valid(self, form):
        try:
            self.take(form)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
            response = self.form_invalid(form)
            response.status_code = 409
            return response
        except ValidationError as problem:
            for name, errors in problem.message_dict.items():
                form.add_error(name if name in form.fields else None, errors)
            return self.form_invalid(form)
        if self.done:
            messages.success(self.request, self.done)
        return HttpResponseRedirect(self.get_success_url())


class CaseMixin:
    model = ModerationCase

    def get_queryset(self):
        return cases().visible_to(self.request.user)


class CaseStep(CaseMixin, FieldStep):
    """A step on a case: who may take it is asked before the form is shown."""

    step: Transition

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and self.step.action:
            # At the wrong stage the form may still be shown: pressing it says where things stand.
            at_stage = self.record.status in self.step.sources
            if at_stage or not access.cells_for(request.user, self.step.action):
                access.check(request.user, self.step.action, self.record)
        return super().dispatch(request, *args, **kwargs)


# Lists -------------------------------------------------------------------------------------------


class CaseList(ListPage):
    """My work in moderation; for the Practice Hub, every case behind a filter."""

    model = ModerationCase
    filterset_class = CaseFilter
    template_name = "moderation/list.html"

    def get_queryset(self):
        user = self.request.user
        return ModerationCase.objects.visible_to(user).as_seen_by(user).for_pages().order_by("-pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        user = self.request.user
        own = ModerationCase.objects.visible_to(user).for_pages()
        return context | {
            "is_hub": bool(user.role_names & HUB),
            "to_grade": own.to_grade(user).order_by("grade_by", "pk")[:50],
            "to_talk": own.to_talk_about(user).order_by("reconcile_by", "pk")[:50],
            "panels": Panel.objects.visible_to(user)
            .exclude(status="closed")
            .select_related("chair", "cycle")
            .order_by("meets_at")[:20],
            "may_schedule": access.may(user, "panel.schedule"),
            "rows": [row_of(case) for case in context["object_list"]],
        }


def row_of(case: ModerationCase) -> dict[str, Any]:
    """A row of the list: nothing in it depends on what this reader may not see."""
    blind = case.has_seat and case.revealed_at is None
    return {
        "case": case,
        "area": "" if blind else case.evaluation.service_area,
        "next": next_words(case),
        "due": {
            CaseStatus.GRADING: case.grade_by,
            CaseStatus.REVEALED: case.reconcile_by,
            CaseStatus.REFERRED: case.panel_by,
        }.get(CaseStatus(case.status)),
        "why": why_words(case) if case.grades_open else (),
        "mine": "Sent" if case.sent else "",
    }


# One case ----------------------------------------------------------------------------------------


class CasePage(CaseMixin, RecordPage):
    """A case: who moderates it, where people stand, what was agreed."""

    template_name = "moderation/case.html"

    def get_context_data(self, **kwargs):
        shown = showing(self.record, self.request.user)
        self.__dict__["allowed"] = shown.allowed
        status = self.record.status
        return super().get_context_data(**kwargs) | {
            "shown": shown,
            "next_words": next_words(self.record),
            "may_assign": "panel.set_members" in shown.allowed and status == CaseStatus.QUEUED,
            "may_replace": "mod_grade.replace_moderator" in shown.allowed
            and status == CaseStatus.GRADING,
            "may_talk": status == CaseStatus.REVEALED
            and "moderation_case.agree" in shown.allowed
            and (shown.is_evaluator or shown.seat is not None),
            "may_place": status == CaseStatus.REFERRED and "panel.schedule" in shown.allowed,
        }


class EvidencePage(CaseMixin, RecordPage):
    """What was asked, said and found; no grade, no name. Only for those who moderate or decide."""

    template_name = "moderation/evidence.html"

    def get_context_data(self, **kwargs):
        access.check(self.request.user, "evidence.view", self.record)
        shown = showing(self.record, self.request.user)
        words = reading(self.record.evaluation, for_user=self.request.user)
        if shown.blind:
            words = {part: words[part] for part in BLIND_PARTS if part in words}
            words["reflection"] = {**(words.get("reflection") or {}), "agrees": ""}
        return super().get_context_data(**kwargs) | {"shown": shown, "reading": words}


class GradePage(CaseMixin, RecordMixin, FormView):
    """Grade on one's own: every press saves; sending is a page of its own."""

    template_name = "moderation/grade.html"
    form_class = GradeForm
    saved_elsewhere: list[dict[str, str]] = []

    @cached_property
    def seat(self):
        return transitions.seat_of(self.record, self.request.user)

    @cached_property
    def form_words(self):
        return form_of(self.record.evaluation)

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            transitions.holds_a_seat(request.user, self.record)
            if self.seat.locked_at or self.record.status != CaseStatus.GRADING:
                return redirect(self.record)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"titles": titles(self.form_words)}

    def get_initial(self):
        first: dict[str, Any] = {"version": self.seat.version, "recognised": self.seat.recognised}
        for grade in self.seat.grades.all():
            for name in ("grade", "reason", "confidence"):
                first[f"{grade.key}-{name}"] = getattr(grade, name)
        return first

    def form_valid(self, form):
        try:
            actions.save_grades(
                self.record,
                by=self.request.user,
                version=form.cleaned_data["version"],
                grades=form.grades(),
                recognised=form.cleaned_data["recognised"],
            )
        except Stale as refusal:
            return self._stale(form, refusal)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
            return self.render_to_response(self.get_context_data(form=form), status=409)
        if self.request.POST.get("then") != "send":
            messages.success(self.request, "Saved. Nobody else can see these grades.")
            return redirect("moderation:grade", pk=self.record.pk)
        if missing := actions.missing_grades(self.record, self._fresh_seat()):
            form = self._with_newest_version(form)
            for item in missing:
                form.add_error(item.field, item.sentence)
            return self.render_to_response(self.get_context_data(form=form))
        return redirect("moderation:send", pk=self.record.pk)

    def _fresh_seat(self):
        del self.__dict__["seat"]
        return self.seat

    def _with_newest_version(self, form):
        data = form.data.copy()
        data["version"] = str(self.seat.version)
        again = GradeForm(data, titles=titles(self.form_words))
        again.is_valid()
        return again

    def _stale(self, form, refusal):
        """Both texts: what was typed stays in its fields, what was saved stands above them."""
        self._fresh_seat()
        typed = form.grades()
        for grade in self.seat.grades.all():
            mine = typed.get(grade.key, {})
            if (mine.get("grade"), mine.get("reason")) != (grade.grade, grade.reason):
                self.saved_elsewhere = [
                    *self.saved_elsewhere,
                    {
                        "title": self.form_words.title_of(grade.key),
                        "grade": grade.grade,
                        "reason": grade.reason,
                    },
                ]
        again = self._with_newest_version(form)
        again.add_error(None, str(refusal))
        return self.render_to_response(self.get_context_data(form=again), status=409)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        words = self.form_words
        given = {g.key for g in self.seat.grades.all() if g.grade and g.reason.strip()}
        names = titles(words)
        return context | {
            "seat": self.seat,
            "parts": context["form"].parts({p.key: p.question for p in words.pillars}, names),
            "graded": len(given),
            "wanted": len(names),
            "saved_elsewhere": self.saved_elsewhere,
            "shown": showing(self.record, self.request.user),
        }


class SendPage(CaseMixin, RecordMixin, FormView):
    """Are you sure? Once sent, grades do not change."""

    template_name = "moderation/send.html"
    form_class = None

    def get_form(self, form_class=None):
        return None

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            transitions.holds_a_seat(request.user, self.record)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        seat = transitions.seat_of(self.record, request.user)
        if seat.locked_at:
            return redirect(self.record)
        return self._show(actions.missing_grades(self.record, seat))

    def _show(self, missing, status=200):
        problems = [{"text": item.sentence, "url": item.url} for item in missing]
        return self.render_to_response(
            self.get_context_data(problems=problems, has_errors=bool(problems)), status=status
        )

    def post(self, request, *args, **kwargs):
        try:
            case = actions.lock_grades(self.record, by=request.user)
        except Conflict as refusal:
            missing = getattr(refusal, "missing", None)
            if missing is None:
                messages.info(request, str(refusal))
                return redirect(self.record)
            return self._show(missing, status=409)
        messages.success(
            request,
            "Your grades are sent. "
            + (
                "You will see everyone’s when they are all in."
                if case.revealed_at is None
                else "Everyone’s are in, so you can see them now."
            ),
        )
        return redirect(case)


# Moderators --------------------------------------------------------------------------------------


class AssignPage(CaseStep):
    step = transitions.ASSIGN
    action = "panel.set_members"
    form_class = AssignForm
    heading = "Choose moderators"
    button = "Give it to them"
    done = "The moderators have been told."

    @cached_property
    def people(self):
        return actions.candidates(self.record)

    def get_initial(self):
        try:
            return {"moderators": [person.pk for person in actions.suggest(self.record)]}
        except Conflict:
            return {}

    def get_form_kwargs(self):
        evaluation = self.record.evaluation
        return super().get_form_kwargs() | {
            "people": self.people,
            "needed": evaluation.cycle.policy.moderators_per_case,
            "outside": str(evaluation.service_area),
        }

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "lede": "Ticked: those we suggest, with the least to grade. Left out: people away, and "
            "anybody too close to this evaluation."
        }

    def take(self, form):
        people = form.cleaned_data["moderators"].select_related("team")
        actions.assign(self.record, by=self.request.user, people=people)


class ReplacePage(CaseStep):
    step = transitions.REPLACE_MODERATOR
    action = "mod_grade.replace_moderator"
    form_class = ReplaceForm
    button = "Replace"
    done = "Replaced. The new moderator has been told."

    @cached_property
    def old(self) -> User:
        seat = (
            self.record.assignments.filter(pk=self.kwargs["seat"])
            .select_related("moderator")
            .first()
        )
        if seat is None:
            raise Http404
        return seat.moderator

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"people": actions.candidates(self.record)}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "heading": f"Who grades instead of {self.old}?"
        }

    def take(self, form):
        actions.replace_moderator(
            self.record,
            by=self.request.user,
            old=self.old,
            new=form.cleaned_data["new"],
            reason=form.cleaned_data["reason"],
        )


# Agreeing ----------------------------------------------------------------------------------------


class TalkPage(CaseStep):
    """Write down the grades that evaluator and moderators talked through."""

    step = transitions.AGREE
    action = "moderation_case.agree"
    form_class = ProposalForm
    template_name = "moderation/talk.html"
    heading = "Write down what you agreed"
    button = "Save and ask the others"
    done = "Saved, with your yes. The others can now say theirs."

    @cached_property
    def keys(self) -> list[str]:
        return actions.to_talk_through(self.record) if self.record.revealed_at else []

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            transitions.takes_part_in_the_talk(request.user, self.record)
            if self.record.status != CaseStatus.REVEALED:
                return redirect(self.record)
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        first: dict[str, Any] = {"version": self.record.proposal_version}
        given = actions.grades_given(self.record)
        for key in self.keys:
            kept = self.record.proposal.get(key) or {"elements": given[key]["elements"]}
            first |= {f"{key}-{name}": value for name, value in kept.items()}
        return first

    def get_form_kwargs(self):
        names = titles(form_of(self.record.evaluation))
        given = actions.grades_given(self.record)
        return super().get_form_kwargs() | {
            "titles": {key: names[key] for key in self.keys},
            "among": {
                key: [given[key]["evaluator"], *(m["grade"] for m in given[key]["moderators"])]
                for key in self.keys
            },
        }

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        shown = showing(self.record, self.request.user)
        rows = {row.key: row for row in shown.rows}
        parts = [part | {"row": rows[part["key"]]} for part in context["form"].parts()]
        return context | {"shown": shown, "parts": parts}

    def take(self, form):
        actions.agree(
            self.record,
            by=self.request.user,
            version=form.cleaned_data["version"],
            grades=form.grades(),
        )


class AgreePage(CaseMixin, RecordMixin, FormView):
    """Say yes to what was written down. A press only: the words stand on the case's page."""

    http_method_names = ["post"]
    trail_view = False

    def post(self, request, *args, **kwargs):
        version = request.POST.get("version", "")
        try:
            case = actions.agree(
                self.record,
                by=request.user,
                version=int(version) if version.isascii() and version.isdigit() else -1,
            )
        except Conflict as refusal:
            messages.error(request, str(refusal))
            return redirect(self.record)
        done = actions.is_finished(case)
        messages.success(
            request, "Everybody agrees, so the grades are final." if done else "You said yes."
        )
        return redirect(case)


class ReferPage(CaseStep):
    step = transitions.REFER
    action = "moderation_case.refer"
    form_class = ReferForm
    heading = "Refer it to a panel"
    button = "Refer it"
    done = "Referred. The Practice Hub will put it on an agenda."

    def take(self, form):
        actions.refer(self.record, by=self.request.user, reason=form.cleaned_data["reason"])


class AgendaPage(CaseStep):
    step = transitions.PUT_ON_PANEL
    action = "panel.schedule"
    form_class = AgendaForm
    heading = "Put it on an agenda"
    button = "Put it on the agenda"
    done = "It is on the agenda."

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"cycle": self.record.evaluation.cycle}

    def take(self, form):
        put_on_panel(self.record, by=self.request.user, panel=form.cleaned_data["panel"])

    def get_success_url(self):
        return reverse("moderation:case", args=[self.record.pk])
