"""Which pages bring an extract in: upload, look, mend the names, apply or discard?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, ListView

from accounts.models import Team, User
from audit_trail.models import TrailEntry
from cycles import importing
from cycles.annex_a import FileProblem
from cycles.import_comparison import Comparison, Name
from cycles.import_forms import ADD, ApplyForm, TeamForm, UploadForm, WorkerForm
from cycles.import_staging import TEAM, WORKER, Staged
from cycles.models import Import
from workflow import access
from workflow.views import RecordMixin, RecordPage, StepPage

ACTIONS = ("import.apply", "import.upload_validate")
PROBLEMS_ON_A_PAGE = 100
REFERENCES_SHOWN = 50


class Imports(ListView):
    """Every extract that this person may see, newest first."""

    template_name = "cycles/imports.html"
    paginate_by = 25

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            access.check(request.user, "import.view_errors")
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Import]:
        seen = Import.objects.visible_to(self.request.user)
        return seen.defer("staged").select_related("uploaded_by", "applied_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = access.may(self.request.user, "import.upload_validate")
        return super().get_context_data(**kwargs, may_upload=may)


class Upload(FormView):
    """Choose a file; it is read at once and its preview shown."""

    template_name = "cycles/import_upload.html"
    form_class = UploadForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            access.check(request.user, "import.upload_validate")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: UploadForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        try:
            import_ = importing.preview(file, filename=file.name, by=self.request.user)
        except FileProblem as problem:
            form.add_error("file", str(problem))
            return self.form_invalid(form)
        return HttpResponseRedirect(import_.get_absolute_url())


class ImportMixin(RecordMixin):
    """What the pages about one import share: its rows, held against the records, read once."""

    model = Import
    actions = ACTIONS
    needs_rows = True

    @cached_property
    def staged(self) -> Staged:
        return importing.staged_of(self.record)

    @cached_property
    def comparison(self) -> Comparison:
        return importing.comparison_of(self.record)

    @property
    def is_open(self) -> bool:
        return self.record.status == Import.Status.PREVIEWED

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A page of rows that are wiped leads to what remains of them.
        if request.user.is_authenticated and self.needs_rows and not self.is_open:
            return HttpResponseRedirect(self.record.get_absolute_url())
        return super().dispatch(request, *args, **kwargs)


class ImportDetail(ImportMixin, RecordPage):
    """The preview, with what would change and what is wrong; later the result."""

    template_name = "cycles/import_detail.html"
    needs_rows = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self.is_open:
            return context | {
                "lists": importing.lists_of(self.record),
                "totals": self.record.summary["totals"],
                "comparison": None,
                "ignored": [],
                "first_problems": [],
                "unsettled": [],
                "not_in_file": [],
            }
        comparison = self.comparison
        unsettled = [*comparison.unsettled(TEAM), *comparison.unsettled(WORKER)]
        shown = comparison.not_in_file[:REFERENCES_SHOWN]
        if shown:
            TrailEntry.objects.record(
                "view_list", self.record, by=self.request.user, children=shown
            )
        return context | {
            "lists": comparison.lists,
            "totals": comparison.totals(),
            "comparison": comparison,
            "ignored": self.staged.ignored,
            "first_problems": sorted(comparison.problems, key=lambda p: p.severity)[:10],
            "unsettled": unsettled[:8],
            "unsettled_count": len(unsettled),
            "not_in_file": shown,
            "more_not_in_file": len(comparison.not_in_file) - len(shown),
        }


class ImportProblems(ImportMixin, RecordPage):
    """Every problem, by sheet, row and column; what must be mended first."""

    template_name = "cycles/import_problems.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The sort keeps the file's order within what must be mended and what can be left.
        problems = sorted(self.comparison.problems, key=lambda problem: problem.severity)
        page = Paginator(problems, PROBLEMS_ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs, page_obj=page, totals=self.comparison.totals())


class ImportNames(ImportMixin, RecordPage):
    """The workers and teams in the file that match nobody, with the nearest match of each."""

    template_name = "cycles/import_names.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        groups = []
        for kind, words in ((WORKER, "Workers"), (TEAM, "Teams")):
            names = [
                {"place": place, "name": name, "chosen": self.chosen(name)}
                for place, name in enumerate(self.comparison.names[kind])
                if name.match.found is None
            ]
            groups.append({"kind": kind, "words": words, "names": names})
        return super().get_context_data(**kwargs, groups=groups)

    @cached_property
    def known(self) -> dict[str, dict[int, str]]:
        chosen = self.staged.choices
        return {
            WORKER: dict(
                User.objects.filter(pk__in=chosen[WORKER].values()).values_list("pk", "name")
            ),
            TEAM: dict(Team.objects.filter(pk__in=chosen[TEAM].values()).values_list("pk", "name")),
        }

    def chosen(self, name: Name) -> str:
        """The words for what a person chose for a name."""
        if name.chosen is None:
            return "Not yet"
        return self.known[name.kind].get(name.chosen, "Nobody")


class ImportName(ImportMixin, StepPage):
    """Say whom one name means: the nearest, another, a new one, or nobody."""

    action = "import.upload_validate"
    template_name = "cycles/import_name.html"

    @property
    def kind(self) -> str:
        return self.kwargs["kind"]

    @cached_property
    def name(self) -> Name:
        names = self.comparison.names[self.kind]
        try:
            return names[int(self.kwargs["place"])]
        except IndexError:
            raise Http404 from None

    def get_form_class(self) -> type[WorkerForm] | type[TeamForm]:
        return WorkerForm if self.kind == WORKER else TeamForm

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs() | {"name": self.name, "staged": self.staged}
        if self.kind == TEAM:
            kwargs["may_add"] = access.may(self.request.user, "team.edit")
        return kwargs

    def take(self, form: WorkerForm | TeamForm) -> None:
        data, called, by = form.cleaned_data, self.name.name, self.request.user
        if data["answer"] != ADD:
            importing.choose(self.record, kind=self.kind, name=called, key=form.key, by=by)
        elif self.kind == WORKER:
            importing.add_worker(
                self.record, called=called, name=data["new_name"], email=data["email"], by=by
            )
        else:
            importing.add_team_of_file(
                self.record,
                called=called,
                name=data["new_name"],
                service_area=data["service_area"],
                locality=data["locality"],
                by=by,
            )
        messages.success(self.request, f"“{called}” is settled.")

    def get_success_url(self) -> str:
        return reverse("cycles:import_names", args=[self.record.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, name=self.name, is_worker=self.kind == WORKER)


class ImportApply(ImportMixin, StepPage):
    """Store everything that the preview shows, after one look at the figures."""

    action = "import.apply"
    template_name = "cycles/import_apply.html"
    form_class = ApplyForm
    done = "The children’s records are up to date."

    def take(self, form: ApplyForm) -> None:
        importing.apply(self.record, by=self.request.user, seen=form.cleaned_data["seen"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        comparison = self.comparison
        return super().get_context_data(
            **kwargs, totals=comparison.totals(), digest=comparison.digest
        )


class ImportDiscard(ImportMixin, StepPage):
    """Wipe a preview."""

    action = "import.upload_validate"
    template_name = "cycles/import_discard.html"
    form_class = ApplyForm
    done = "The import is discarded. Nothing of it was stored."

    def take(self, form: ApplyForm) -> None:
        importing.discard(self.record, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("cycles:imports")
