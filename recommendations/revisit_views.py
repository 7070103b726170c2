"""Which pages draw, give out, record and show the second looks?"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView, View

from cycles.models import Cycle
from recommendations import forms, revisit_transitions, revisits
from recommendations.enums import RevisitKind, RevisitStatus
from recommendations.filters import RevisitFilter
from recommendations.models import Revisit
from workflow import access
from workflow.exceptions import Conflict
from workflow.views import ListPage, RecordMixin, StepPage
from workflow.views import RecordPage as ShowPage

RELATED = (
    "cycle",
    "reviewer",
    "evaluation__child",
    "evaluation__practitioner__team",
    "evaluation__team",
    "evaluation__service_area",
    "evaluation__instrument",
    "evaluation__evaluator",
    "recommendation__owner",
    "recommendation__service_area",
    "recommendation__team",
)


class RevisitList(ListPage):
    """The second looks of this cycle, or of the one chosen."""

    model = Revisit
    filterset_class = RevisitFilter
    template_name = "revisits/list.html"

    def get_queryset(self):
        return super().get_queryset().select_related(*RELATED)

    @cached_property
    def cycle(self):
        return Cycle.objects.current().first()

    def get_filterset_kwargs(self, filterset_class):
        kwargs = super().get_filterset_kwargs(filterset_class)
        data = self.request.GET.copy()
        if "cycle" not in data and self.cycle is not None:
            data["cycle"] = str(self.cycle.pk)
        return kwargs | {"data": data}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        today = timezone.localdate()
        still = ~Q(status=RevisitStatus.COMPLETED)
        counts = self.object_list.order_by().aggregate(
            total=Count("pk"),
            to_allocate=Count("pk", filter=Q(status=RevisitStatus.DUE)),
            late=Count("pk", filter=still & Q(due_on__lt=today)),
            completed=Count("pk", filter=Q(status=RevisitStatus.COMPLETED)),
        )
        return context | {
            "counts": counts,
            "may_draw": access.may(self.request.user, "revisit.schedule"),
            "today": today,
        }


class DrawPage(FormView):
    """Draw the cohort: which evaluations are looked at again, and how closely."""

    form_class = forms.DrawForm
    template_name = "revisits/draw.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            access.check(request.user, "revisit.schedule")
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {"cycle": Cycle.objects.current().first()}

    def form_valid(self, form):
        cycle = form.cleaned_data["cycle"]
        try:
            counts = revisits.draw(cycle, by=self.request.user, seed=form.cleaned_data["seed"])
        except Conflict as refusal:
            form.add_error(None, str(refusal))
            response = self.form_invalid(form)
            response.status_code = 409
            return response
        words = ", ".join(f"{RevisitKind(kind).label}: {n}" for kind, n in counts.items())
        messages.success(self.request, f"Drawn for {cycle}. {words}.")
        return HttpResponseRedirect(f"{reverse('revisits:list')}?cycle={cycle.pk}")


class RevisitPage(ShowPage):
    """One revisit: what is looked at, by whom, and what was found."""

    model = Revisit
    template_name = "revisits/detail.html"
    actions = ("revisit.schedule", "revisit.record")

    def get_queryset(self):
        return super().get_queryset().select_related(*RELATED)

    def get_context_data(self, **kwargs):
        record, user = self.record, self.request.user
        old = old_grades(record)
        titles = dict(record.pillars())
        return super().get_context_data(
            live=list(record.live_recommendations().select_related("owner")),
            findings=list(record.findings.select_related("recommendation__owner", "by")),
            regrades=[
                {"title": titles.get(one.key, one.key), "old": old.get(one.key), "new": one}
                for one in record.regrades.order_by("pk")
            ],
            may_allocate=not revisit_transitions.ALLOCATE.refusal(record, user),
            may_start=not revisit_transitions.START.refusal(record, user),
            may_record=not revisit_transitions.COMPLETE.refusal(record, user)
            or _only_waits_for_findings(record, user),
            old=list(old.values()),
            **kwargs,
        )


def _only_waits_for_findings(revisit: Revisit, user) -> bool:
    return revisit.status == RevisitStatus.IN_PROGRESS and revisit.reviewer_id == user.pk


def old_grades(revisit: Revisit) -> dict:
    """The final judgements of the evaluation that is looked at again, by key."""
    if revisit.evaluation is None:
        return {}
    titles = {one["key"]: one["title"] for one in revisit.evaluation.instrument.content["pillars"]}
    found = {}
    for one in revisit.evaluation.judgements.order_by("pk"):
        if one.key in titles:
            one.title = titles[one.key]
            one.shown_grade = one.final_grade or one.grade
            one.shown_reason = one.final_reason or one.reason
            found[one.key] = one
    return found


class AllocatePage(StepPage):
    model = Revisit
    action = "revisit.schedule"
    form_class = forms.ReviewerForm
    template_name = "revisits/allocate.html"
    heading, button, done = "Choose a reviewer", "Save the reviewer", "The reviewer has been told."

    def get_queryset(self):
        return super().get_queryset().select_related(*RELATED)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"revisit": self.record}

    def take(self, form):
        revisits.allocate(self.record, by=self.request.user, **form.cleaned_data)


class StartPage(RecordMixin, View):
    """The reviewer's first press: the revisit is under way."""

    model = Revisit
    http_method_names = ["post"]

    def post(self, request, *args, **kwargs):
        try:
            revisits.start(self.record, by=request.user)
        except Conflict as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.record.get_absolute_url())
        return HttpResponseRedirect(reverse("revisits:record", args=[self.record.pk]))


class RecordPage(RecordMixin, TemplateView):
    """Old judgement, answers and actions beside the new: one page, recorded whole."""

    model = Revisit
    template_name = "revisits/record.html"

    def get_queryset(self):
        return super().get_queryset().select_related(*RELATED)

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and self.record.reviewer_id != request.user.pk:
            raise PermissionDenied("Only the reviewer of this revisit can record it.")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        if self.record.status == RevisitStatus.COMPLETED:
            return HttpResponseRedirect(self.record.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def finding_forms(self, data=None) -> list:
        live = self.record.live_recommendations().select_related("owner").order_by("pk")
        return [forms.FindingForm(data, prefix=f"r{one.pk}", recommendation=one) for one in live]

    def regrade_forms(self, data=None) -> list:
        old = old_grades(self.record)
        return [
            forms.RegradeForm(data, prefix=key, key=key, title=title, old=old.get(key))
            for key, title in self.record.pillars()
        ]

    def post(self, request, *args, **kwargs):
        findings, regrades = self.finding_forms(request.POST), self.regrade_forms(request.POST)
        refusal, status = "", 400
        sound = [form.is_valid() for form in [*findings, *regrades]]  # each one, to show each error
        if all(sound):
            version = request.POST.get("version", "")
            try:
                revisits.record(
                    self.record,
                    by=request.user,
                    findings=[form.finding() for form in findings],
                    regrades=[form.regrade() for form in regrades],
                    version=int(version) if version.isdecimal() and len(version) < 9 else None,
                )
                messages.success(request, "Saved. Each action has moved by what you found.")
                return HttpResponseRedirect(self.record.get_absolute_url())
            except Conflict as conflict:
                refusal, status = str(conflict), 409
        context = self.get_context_data(findings=findings, regrades=regrades, refusal=refusal)
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs):
        record = self.record
        kwargs.setdefault("refusal", "")
        kwargs.setdefault("findings", self.finding_forms() if "findings" not in kwargs else [])
        kwargs.setdefault("regrades", self.regrade_forms() if "regrades" not in kwargs else [])
        every = [*kwargs["findings"], *kwargs["regrades"]]
        return super().get_context_data(
            every=every,
            has_errors=any(form.is_bound and form.errors for form in every),
            problems=[{"text": kwargs["refusal"], "url": ""}] if kwargs["refusal"] else [],
            answers=answers_summary(record),
            **kwargs,
        )


def answers_summary(revisit: Revisit) -> list[dict]:
    """What was answered then, pillar by pillar: how many questions came to what."""
    if revisit.evaluation is None:
        return []
    answers = list(revisit.evaluation.answers.all())
    summary = []
    for pillar in revisit.evaluation.instrument.content["pillars"]:
        mine = [one for one in answers if one.pillar == pillar["key"] and one.finding]
        texts = {question["key"]: question["text"] for question in pillar["questions"]}
        summary.append(
            {
                "title": pillar["title"],
                "answers": [
                    {
                        "question": _without_pronouns(texts.get(one.question, one.question)),
                        "finding": one.get_finding_display(),
                        "tell": one.tell,
                        "show": one.show,
                    }
                    for one in mine
                ],
            }
        )
    return [one for one in summary if one["answers"]]


def _without_pronouns(text: str) -> str:
    return text.replace("{their}", "their").replace("{them}", "them").replace("{they}", "they")
