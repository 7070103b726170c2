"""Which pages does an evaluation have, from acceptance to closing?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations import actions, forms, offers, transitions
from evaluations.enums import Status
from evaluations.filters import EvaluationFilter
from evaluations.instrument import form_of
from evaluations.models import Evaluation, Reflection, SafetyAlert
from evaluations.reading import attributed, header, reading, with_rights
from evaluations.task_list import task_list
from workflow import access
from workflow.exceptions import Conflict, Stale
from workflow.machine import Transition
from workflow.views import ListPage, RecordPage, StepPage

WITH_EVALUATOR = (Status.ALLOCATED, Status.ACCEPTED, Status.IN_PROGRESS)
PEOPLE = ("child", "cycle", "instrument", "practitioner", "evaluator", "team", "service_area")


class EvaluationList(ListPage):
    """Every evaluation this person may know of, behind the filters that the API has too."""

    model = Evaluation
    filterset_class = EvaluationFilter
    template_name = "evaluations/list.html"
    heading = "Evaluations"

    def get_queryset(self):
        visible = super().get_queryset().select_related(*PEOPLE).order_by("-cycle__starts_on", "pk")
        return with_rights(visible, self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        today = timezone.localdate()
        context["rows"] = [row_of(one, today) for one in context["object_list"]]
        context["heading"] = self.heading_for(self.request.user)
        return context

    def heading_for(self, user) -> str:
        held = user.role_names
        if held & {"hub_officer", "hub_lead"}:
            return "Evaluations"
        if "evaluator" in held:
            return "My evaluations"
        if "manager" in held:
            return "My team’s evaluations"
        return "Evaluations of my work" if "practitioner" in held else "Evaluations"


def row_of(evaluation: Evaluation, today) -> dict[str, Any]:
    """One line of the list: what `header` lets this person see, and what is due next."""
    row = header(evaluation, sees_status=evaluation.sees_status, sees_people=evaluation.sees_people)
    row["url"] = evaluation.get_absolute_url()
    row["due_on"] = None
    if evaluation.sees_status:
        row["due_on"] = {
            Status.ALLOCATED: evaluation.accept_by,
            Status.ACCEPTED: evaluation.submit_by,
            Status.IN_PROGRESS: evaluation.submit_by,
            Status.FINALISED: evaluation.share_by,
        }.get(Status(evaluation.status))
    return row


class Detail(RecordPage):
    """One evaluation, as this person may see it now."""

    model = Evaluation

    def get_queryset(self):
        return super().get_queryset().select_related(*PEOPLE, "team__manager")

    def get_template_names(self):
        return [f"evaluations/detail_{self.kind}.html"]

    @property
    def kind(self) -> str:
        """Working, reading, waiting for it to be shared, or reading what was shared."""
        user, evaluation = self.request.user, self.record
        if evaluation.evaluator_id == user.pk and evaluation.practitioner_id != user.pk:
            return "working" if evaluation.status in WITH_EVALUATOR else "read"
        if access.may(user, "evaluation.view_status", evaluation):
            return "read"
        return "shared" if evaluation.status in (Status.SHARED, Status.CLOSED) else "waiting"

    def get_context_data(self, **kwargs):
        user, evaluation = self.request.user, self.record
        page = reading(evaluation, for_user=user)
        context = super().get_context_data(**kwargs) | {
            "page": page,
            "offers": offers.for_evaluation(evaluation, user),
            "alerts": SafetyAlert.objects.visible_to(user).filter(evaluation=evaluation),
            "recommendations": evaluation.recommendations.visible_to(user).select_related("owner"),
            "safety_url": f"{reverse('safety')}?evaluation={evaluation.pk}",
            "is_the_practitioner": evaluation.practitioner_id == user.pk,
            "may_reflect": access.may(user, "reflection.edit", evaluation),
            "third_party_note": evaluation.third_party_note
            if access.may(user, "release.check_third_party", evaluation)
            else "",
            "history": history(evaluation, user),
            "sees_attribution_with_reason": evaluation.evaluator_id != user.pk
            and access.may(user, "feedback.view_attribution", evaluation),
        }
        if self.kind == "working":
            context["tasks"] = task_list(evaluation, user)
        if self.kind == "shared":
            context["reply_form"] = forms.ReplyForm()
            context["may_reply"] = access.may(user, "reply.create", evaluation)
            context["mine"] = [one for one in context["recommendations"] if one.owner_id == user.pk]
        return context


def history(evaluation: Evaluation, user) -> list[dict[str, Any]]:
    """What happened to this record: actions and people, no content. Empty without the right."""
    if not access.may(user, "audit.view_record_history"):
        return []
    entries = TrailEntry.objects.for_record(evaluation).select_related("by")[:100]
    return [
        {
            "title": entry.action.replace("_", " ").capitalize(),
            "by": entry.by.name if entry.by else "the service",
            "when": entry.at,
        }
        for entry in entries
    ]


# Steps --------------------------------------------------------------------------------------------


class EvaluationStep(StepPage):
    """A page for one step of an evaluation: before the form is shown, who (403) and from where
    (409, said in words); afterwards every refusal stands beside its field."""

    model: Any = Evaluation
    form_class = forms.EmptyForm
    template_name = "evaluations/step.html"
    step: Transition
    lede = ""

    @property
    def action(self):
        return self.step.action

    def get_queryset(self):
        return super().get_queryset().select_related(*PEOPLE)

    def check(self) -> None:
        """Raise NotPermitted or Conflict unless this person may take the step now."""
        self.step.check(self.record, self.request.user)

    def get(self, request, *args, **kwargs) -> HttpResponse:
        try:
            self.check()
        except Conflict as refusal:
            context = self.get_context_data(refusal=str(refusal))
            return self.render_to_response(context, status=409)
        return super().get(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except ValidationError as wrong:
            form.add_error(None, wrong)
            return self.form_invalid(form)

    def get_context_data(self, **kwargs):
        back = self.record.get_absolute_url()
        return super().get_context_data(
            **{"refusal": "", "lede": self.lede, "back": back, **kwargs}
        )


class Accept(EvaluationStep):
    step = transitions.ACCEPT
    heading = "Can you take this evaluation on?"
    lede = (
        "You sit alongside the worker, look at the record together and agree what would help. "
        "If you know the child, the family or the worker too well, declare a conflict instead."
    )
    button = "Accept this evaluation"
    done = "You have accepted this evaluation."

    def take(self, form):
        return actions.accept(self.record, by=self.request.user)


class DeclareConflict(EvaluationStep):
    form_class = forms.ConflictForm
    heading = "Declare a conflict"
    lede = "The Practice Hub is told. If you have not begun, they find another evaluator."
    button = "Declare this conflict"
    done = "Thank you. The Practice Hub has been told."

    @property
    def step(self):
        early = self.record.status in transitions.STEP_ASIDE.sources
        mine = self.record.evaluator_id == self.request.user.pk
        return transitions.STEP_ASIDE if early and mine else transitions.NOTE_CONFLICT

    def take(self, form):
        return actions.declare_conflict(self.record, by=self.request.user, **form.cleaned_data)

    def get_success_url(self):
        # Whoever steps aside may no longer know that it exists.
        if self.get_queryset().filter(pk=self.record.pk).exists():
            return self.record.get_absolute_url()
        return reverse("evaluations:list")


class RecordConversation(EvaluationStep):
    step = transitions.RECORD_CONVERSATION
    form_class = forms.ConversationForm
    heading = "Record the conversation"
    button = "Save"
    done = "The conversation is recorded."

    def get_initial(self):
        return {"conversation_on": self.record.conversation_on}

    def take(self, form):
        return actions.record_conversation(self.record, by=self.request.user, **form.cleaned_data)


class InviteToReflect(EvaluationStep):
    step = transitions.INVITE_TO_REFLECT
    heading = "Invite the worker to write their own words"
    lede = (
        "They are asked what they are proudest of, what they would do differently, what got in "
        "the way and what would help. Only they can change what they write."
    )
    button = "Send the invitation"
    done = "The worker has been invited."

    def take(self, form):
        return actions.invite_to_reflect(self.record, by=self.request.user)


class Extend(EvaluationStep):
    step = transitions.EXTEND
    form_class = forms.ExtendForm
    heading = "Change the date"
    button = "Change the date"
    done = "The date is changed. The evaluator has been told."

    def take(self, form):
        return actions.extend(self.record, by=self.request.user, **form.cleaned_data)


class ReturnToDraft(EvaluationStep):
    step = transitions.RETURN_TO_DRAFT
    form_class = forms.ReturnForm
    heading = "Return this to the evaluator"
    button = "Return it"
    done = "Returned to the evaluator."

    def take(self, form):
        return actions.return_to_draft(self.record, by=self.request.user, **form.cleaned_data)


class AcceptUnmoderated(EvaluationStep):
    step = transitions.ACCEPT_UNMODERATED
    heading = "Accept these grades without moderation"
    lede = (
        "This evaluation was not chosen for moderation. The evaluator’s grades become final, and "
        "it waits to be checked and released."
    )
    button = "Accept these grades"
    done = "The grades are final. It can now be checked and released."

    def take(self, form):
        return actions.accept_unmoderated(self.record, by=self.request.user)


class CheckThirdParty(EvaluationStep):
    step = transitions.CHECK_THIRD_PARTY
    form_class = forms.ThirdPartyForm
    heading = "Check for words about other people"
    lede = "You check; somebody else releases."
    button = "I have checked it"
    done = "Checked. Somebody else can now release it."

    def take(self, form):
        return actions.check_third_party(self.record, by=self.request.user, **form.cleaned_data)


class ApproveShare(EvaluationStep):
    step = transitions.APPROVE_SHARE
    heading = "Release this evaluation"
    lede = "The practitioner and their manager are told at the same time, and can read all of it."
    button = "Release it"
    done = "Released. The practitioner and their manager have been told."

    def take(self, form):
        return actions.approve_share(self.record, by=self.request.user)


class Reply(EvaluationStep):
    step = transitions.REPLY
    form_class = forms.ReplyForm
    heading = "Your view"
    button = "Save your view"
    done = "Your view is saved beside the evaluation."

    def take(self, form):
        return actions.reply(self.record, by=self.request.user, **form.cleaned_data)


class TableInSupervision(EvaluationStep):
    step = transitions.TABLE_IN_SUPERVISION
    form_class = forms.SupervisionForm
    heading = "Talk about it in supervision"
    button = "Save"
    done = "Supervision is recorded."

    def take(self, form):
        return actions.table_in_supervision(self.record, by=self.request.user, **form.cleaned_data)


class Close(EvaluationStep):
    step = transitions.CLOSE
    heading = "Close this evaluation"
    lede = "Every recommendation has ended: its loop is closed, or it was withdrawn."
    button = "Close it"
    done = "This evaluation is closed."

    def take(self, form):
        return actions.close(self.record, by=self.request.user)


# The practitioner's own words ---------------------------------------------------------------------


class OwnWords(EvaluationStep):
    """A page of the practitioner's reflection: a newer version elsewhere is shown beside theirs."""

    template_name = "evaluations/own_words.html"
    action = "reflection.edit"

    def check(self) -> None:
        actions.check_may_reflect(self.record, self.request.user, invited=False)

    @property
    def kept(self) -> Reflection:
        return Reflection.objects.filter(evaluation=self.record).first() or Reflection()

    def words(self, form) -> dict[str, Any]:
        raise NotImplementedError

    def take(self, form):
        return actions.write_reflection(
            self.record,
            by=self.request.user,
            version=form.cleaned_data["version"],
            words=self.words(form),
        )

    def form_valid(self, form):
        try:
            self.check()
            self.take(form)
        except Stale as stale:
            form.add_error(None, str(stale))
            form.data = form.data.copy()
            form.data["version"] = self.kept.version  # saving again is then a choice
            context = self.get_context_data(form=form, theirs=self.shown(self.kept))
            return self.render_to_response(context, status=409)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
            return self.render_to_response(self.get_context_data(form=form), status=409)
        return self.saved()

    def saved(self) -> HttpResponse:
        messages.success(self.request, self.done)
        return redirect(self.get_success_url())

    def shown(self, kept: Reflection) -> list[dict[str, str]]:
        """What was saved elsewhere, as text beside what was typed here."""
        raise NotImplementedError

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"theirs": [], **kwargs})


class Prepare(OwnWords):
    form_class = forms.PrepareForm
    heading = "Before you sit alongside"
    lede = "A note for yourself and the evaluator. Nobody else sees it before it is all shared."
    button = "Save my note"
    done = "Your note is saved."

    def get_initial(self):
        return {"version": self.kept.version, "prepare": self.kept.prepare}

    def words(self, form):
        return {"prepare": form.cleaned_data["prepare"]}

    def shown(self, kept):
        return [{"text": "Your note", "words": kept.prepare}]


class Reflect(OwnWords):
    form_class = forms.ReflectForm
    heading = "Your own words"
    lede = "What you write stands beside the evaluation. Only you can change it."
    button = "Save my words"
    done = "Your words are saved."

    @property
    def questions(self) -> list[dict[str, str]]:
        return form_of(self.record).worker["after"]

    def check(self) -> None:
        actions.check_may_reflect(self.record, self.request.user, invited=True)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"questions": self.questions}

    def get_initial(self):
        kept = self.kept
        return {"version": kept.version, "agrees": kept.agrees, **kept.answers}

    def words(self, form):
        return form.words()

    def shown(self, kept):
        return [
            {"text": item["text"], "words": kept.answers.get(item["key"], "")}
            for item in self.questions
        ]


class Attribution(EvaluationStep):
    """Who said what: shown once, on this reply, with the reason kept."""

    form_class = forms.AttributionForm
    action = "feedback.view_attribution"
    heading = "See who said what"
    lede = "Practitioners and managers never see this. Your look and your reason are kept."
    button = "Show me"

    def check(self) -> None:
        access.check(self.request.user, self.action, self.record)

    def form_valid(self, form):
        try:
            rows = actions.view_attribution(self.record, by=self.request.user, **form.cleaned_data)
        except ValidationError as wrong:
            form.add_error(None, wrong)
            return self.form_invalid(form)
        context = self.get_context_data(form=form)
        context["feedback"] = attributed(rows, form_of(self.record))
        return self.response_class(
            request=self.request,
            template=["evaluations/attribution.html"],
            context=context,
            using=self.template_engine,
        )
