"""Which pages show recommendations, and which take the next step on one?"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from audit_trail.models import TrailEntry
from evaluations.enums import OVERALL
from recommendations import actions, forms, listing, story, transitions
from recommendations.enums import RevisitStatus, Status
from recommendations.filters import VIEWS, RecommendationFilter
from recommendations.models import Recommendation
from workflow import access
from workflow.exceptions import Conflict
from workflow.views import ListPage, RecordPage, StepPage


class RecommendationList(ListPage):
    """The central record: everything this person may see, until the loop is closed."""

    model = Recommendation
    filterset_class = RecommendationFilter
    template_name = "recommendations/list.html"
    trail_view = False  # written below, for the rows that are shown
    paginate_by = 50

    @cached_property
    def today(self):
        return timezone.localdate()

    def get_queryset(self):
        return super().get_queryset().exclude(status=Status.DRAFT)

    def get_filterset_kwargs(self, filterset_class):
        kwargs = super().get_filterset_kwargs(filterset_class)
        data = self.request.GET.copy()
        if not data.get("status"):
            data.setdefault("view", "open")
        return kwargs | {"data": data}

    @property
    def is_short(self) -> bool:
        """Whether to show only the most urgent of each group."""
        view = self.filterset.form.cleaned_data.get("view")
        return view == "open" and "list" not in self.request.GET

    def get_paginate_by(self, queryset):
        return None if self.is_short else self.paginate_by

    def get_context_data(self, **kwargs):
        rows = listing.with_rows(kwargs["object_list"], self.today)
        counts = listing.counts_of(self._without_view(), self.today)
        if self.is_short:
            rows = listing.most_urgent(rows)
        context = super().get_context_data(**{**kwargs, "object_list": rows})
        shown = list(context["object_list"])
        TrailEntry.objects.seen(shown, by=self.request.user)
        current = self.filterset.form.cleaned_data.get("view") or ""
        query = self.request.GET.copy()
        for name in ("page", "list", "view", "status"):
            query.pop(name, None)
        return context | {
            "groups": listing.grouped(shown, counts, self.today),
            "counts": counts,
            "is_short": self.is_short,
            "shown": len(shown),
            "total": counts["open"] if self.is_short else context["paginator"].count,
            "current": current,
            "heading": VIEWS.get(current, "On track" if current else "All stages"),
            "query": query.urlencode(),
            "tabs": [
                {"name": name, "words": words, "count": counts[name]}
                for name, words in VIEWS.items()
            ],
        }

    def _without_view(self):
        """The same filters, over every view and stage: what the counts count."""
        data = self.filterset.data.copy()
        for name in ("view", "status"):
            data.pop(name, None)
        return RecommendationFilter(
            data, queryset=self.get_queryset(), request=self.request
        ).qs.order_by()


class Mine(TemplateView):
    """What one person owns, and what waits for their check."""

    template_name = "recommendations/mine.html"

    def get_context_data(self, **kwargs):
        user, today = self.request.user, timezone.localdate()
        visible = Recommendation.objects.visible_to(user)
        own = list(
            listing.with_rows(visible.filter(owner=user).exclude(status=Status.DRAFT), today)
        )
        to_check = list(
            listing.with_rows(visible.filter(accountable_manager=user, status=Status.DONE), today)
        )
        TrailEntry.objects.seen([*own, *to_check], by=user)
        return super().get_context_data(
            groups=listing.grouped(own, {}, today),
            to_check=listing.grouped(to_check, {}, today),
            **kwargs,
        )


class ToCheck(Mine):
    template_name = "recommendations/to_check.html"


class RecommendationPage(RecordPage):
    """The whole story of one, and the one next move for this person."""

    model = Recommendation
    template_name = "recommendations/detail.html"
    actions = (
        "recommendation.update_progress",
        "recommendation.check",
        "recommendation.change_due_date",
        "recommendation.assign_owner",
        "recommendation.withdraw",
        "recommendation.reopen",
        "recommendation.edit_wording",
    )

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related(
                "owner",
                "accountable_manager",
                "checked_by",
                "service_area",
                "team",
                "cycle",
                "superseded_by",
                "evaluation__child",
                "evaluation__instrument",
            )
        )

    def can(self, step) -> bool:
        return not step.refusal(self.record, self.request.user)

    def next_move(self, revisit) -> dict:
        """The one thing this person can do about it now."""
        user, record = self.request.user, self.record
        if self.can(transitions.START) or self.can(transitions.UPDATE_PROGRESS):
            return {"name": "update", "form": forms.UpdateForm()}
        if self.can(transitions.CHECK):
            return {"name": "check", "form": forms.CheckForm()}
        if revisit is not None and revisit.reviewer_id == user.pk:
            return {"name": "revisit", "url": reverse("revisits:record", args=[revisit.pk])}
        waits = revisit is not None and revisit.status == RevisitStatus.DUE
        if waits and access.may(user, "revisit.schedule", revisit):
            return {"name": "allocate", "url": reverse("revisits:allocate", args=[revisit.pk])}
        return {"name": "wait", "words": _waits_for(record, revisit)}

    def get_context_data(self, **kwargs):
        record, user = self.record, self.request.user
        revisit = story.open_revisit(record)
        updates = list(record.updates.select_related("by"))
        grade = None
        if record.evaluation_id and access.may(user, "final_grade.view", record.evaluation):
            grade = record.evaluation.judgements.filter(key=OVERALL).first()
        links = [
            (transitions.ASSIGN_OWNER, "assign_owner", "Change the owner"),
            (transitions.CHANGE_DUE_DATE, "change_due_date", "Change the due date"),
            (transitions.SUPERSEDE, "supersede", "Replace it by another"),
            (transitions.WITHDRAW, "withdraw", "Withdraw it"),
            (transitions.REOPEN, "reopen", "Open it again"),
        ]
        return super().get_context_data(
            move=kwargs.pop("move", None) or self.next_move(revisit),
            stages=story.stages(record, updates, revisit),
            items=story.timeline(record, updates, revisit),
            revisit=revisit,
            grade=grade,
            pillar=_pillar_title(record),
            sees_evaluation=bool(record.evaluation_id)
            and access.may(user, "evaluation.view_header", record.evaluation),
            days_open=listing.days_open(record, timezone.localdate()),
            links=[
                {"url": reverse(f"recommendations:{name}", args=[record.pk]), "words": words}
                for step, name, words in links
                if self.can(step)
            ],
            **kwargs,
        )


def _pillar_title(record) -> str:
    if not record.evaluation_id:
        return ""
    pillars = record.evaluation.instrument.content["pillars"]
    return next((one["title"] for one in pillars if one["key"] == record.pillar), "")


def _waits_for(record, revisit) -> str:
    """What happens next, for somebody who has nothing to do now."""
    if record.status in {Status.AGREED, Status.UNDER_WAY}:
        return f"{record.owner} is working on this. You will see each update here."
    if record.status == Status.DONE:
        return f"{record.accountable_manager} looks at the record next."
    if record.status == Status.CHECKED and revisit is None:
        return "It is looked at again next cycle, to see whether life is better for the child."
    if record.status == Status.CHECKED:
        return "A revisit will look at whether life is better for the child."
    if record.status == Status.LOOP_CLOSED:
        return "Loop closed: it made a difference. Nothing more is needed."
    if record.status == Status.DRAFT:
        return "It goes live when the evaluation is sent."
    return "It is no longer open. Nothing more is needed."


class AsideForm(RecommendationPage):
    """The form in the aside of the detail page: errors come back on that same page."""

    http_method_names = ["post"]
    trail_view = False
    name = ""
    form_class: type
    steps: tuple = ()

    def take(self, form) -> str:
        """Take the step; returns what the green banner says."""
        raise NotImplementedError

    def post(self, request, *args, **kwargs):
        form = self.form_class(request.POST)
        status = 400
        if form.is_valid():
            try:
                messages.success(request, self.take(form))
                return HttpResponseRedirect(self.record.get_absolute_url())
            except Conflict as refusal:
                form.add_error(None, str(refusal))
                status = 409
        elif not any(self.can(step) for step in self.steps):
            raise PermissionDenied(self.steps[0].refusal(self.record, request.user))
        self.object = self.record
        context = self.get_context_data(move={"name": self.name, "form": form}, form=form)
        return self.render_to_response(context, status=status)


class UpdatePage(AsideForm):
    name = "update"
    form_class = forms.UpdateForm
    steps = (transitions.START, transitions.UPDATE_PROGRESS)

    def take(self, form):
        said = form.cleaned_data
        if said["is_done"]:
            actions.claim_done(
                self.record, by=self.request.user, evidence=said["evidence"], note=said["note"]
            )
            return f"Marked as done. {self.record.accountable_manager} checks it next."
        actions.update_progress(
            self.record, by=self.request.user, note=said["note"], evidence=said["evidence"]
        )
        return "Your update is saved."


class CheckPage(AsideForm):
    name = "check"
    form_class = forms.CheckForm
    steps = (transitions.CHECK,)

    def take(self, form):
        said = form.cleaned_data
        if said["outcome"] == "check":
            actions.check(self.record, by=self.request.user, note=said["note"])
            return "Checked. A revisit looks at whether life is better for the child."
        actions.ask_for_more(self.record, by=self.request.user, reason=said["note"])
        return f"{self.record.owner} sees what is still needed."


class Step(StepPage):
    model = Recommendation
    action = ""


class AssignOwner(Step):
    action = "recommendation.assign_owner"
    form_class = forms.OwnerForm
    heading, button, done = "Change the owner", "Change the owner", "The new owner has been told."

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"recommendation": self.record}

    def take(self, form):
        actions.assign_owner(self.record, by=self.request.user, **form.cleaned_data)


class ChangeDueDate(Step):
    action = "recommendation.change_due_date"
    form_class = forms.DueDateForm
    heading, button = "Change the due date", "Save the new date"
    done = "The new date is saved. The old one stays in the history."

    def take(self, form):
        actions.change_due_date(self.record, by=self.request.user, **form.cleaned_data)


class Withdraw(Step):
    action = "recommendation.withdraw"
    form_class = forms.ReasonForm
    heading, button, done = "Withdraw this action", "Withdraw it", "Withdrawn. The reason is kept."

    def take(self, form):
        actions.withdraw(self.record, by=self.request.user, **form.cleaned_data)


class Supersede(Step):
    action = "recommendation.withdraw"
    form_class = forms.SupersedeForm
    heading, button, done = "Replace it by another", "Replace it", "Replaced. The reason is kept."

    def get_form_kwargs(self):
        kwargs = {"recommendation": self.record, "user": self.request.user}
        return super().get_form_kwargs() | kwargs

    def take(self, form):
        actions.supersede(self.record, by=self.request.user, **form.cleaned_data)


class Reopen(Step):
    action = "recommendation.reopen"
    form_class = forms.ReasonForm
    heading, button, done = "Open it again", "Open it again", "Open again. The owner has been told."

    def take(self, form):
        actions.reopen(self.record, by=self.request.user, **form.cleaned_data)
