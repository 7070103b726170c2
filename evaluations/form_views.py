"""How does the evaluator fill in the form, page by page?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from evaluations import actions, limits, saving, sections, versions
from evaluations.descriptors import descriptors
from evaluations.enums import EXPERIENCE, OVERALL, RECORD_SHOWS_WORK
from evaluations.form_forms import (
    AnswerForm,
    AttemptForm,
    EvidenceForm,
    ExtentForm,
    GlanceForm,
    JudgementForm,
    MessageForm,
    PillarJudgementForm,
    StrengthForm,
    rows_of,
)
from evaluations.instrument import Question, form_of
from evaluations.models import Evaluation
from evaluations.task_list import task_list
from workflow.exceptions import Conflict, Incomplete
from workflow.views import RecordMixin

ANCHOR = re.compile(r"[A-Za-z][\w-]{0,80}", re.ASCII)
NOT_KEPT = {"csrfmiddlewaretoken", "version", "resolve"}


class FormPage(RecordMixin, TemplateView):
    """A page of the form: 404, then 403 (not the evaluator), then 409 (not now)."""

    model = Evaluation
    key = ""
    title = ""

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related(
                "instrument", "child", "cycle", "practitioner", "service_area", "team__locality"
            )
        )

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            try:
                saving.check_may_write(self.record, request.user)
            except Conflict as refusal:
                return self.refuse(str(refusal))
        return super().dispatch(request, *args, **kwargs)

    def refuse(self, sentence: str) -> HttpResponse:
        context = {"record": self.record, "sentence": sentence}
        return render(self.request, "evaluations/form/closed.html", context, status=409)

    @cached_property
    def form(self):
        return form_of(self.record)

    @cached_property
    def worker(self) -> str:
        return self.record.practitioner.get_short_name()

    @cached_property
    def saved_sections(self) -> dict[str, Any]:
        return {row.key: row for row in self.record.sections.all()}

    def get_context_data(self, **kwargs):
        saved_at = max((row.saved_at for row in self.saved_sections.values()), default=None)
        return super().get_context_data(
            **{
                "title": self.title,
                "instrument": self.form,
                "they": self.form.pronoun,
                "worker": self.worker,
                "saved_at": saved_at,
                **kwargs,
            }
        )


class SectionPage(FormPage):
    """A page that is kept as one section. Subclasses say which pieces it has."""

    dock = "You do not have to finish in one go."

    @cached_property
    def page(self) -> sections.Page:
        return sections.page(self.form, self.key)

    @cached_property
    def kept(self) -> dict[str, Any]:
        return sections.contents(self.record, self.form, self.key)

    @property
    def version(self) -> int:
        row = self.saved_sections.get(self.key)
        return row.version if row else 0

    def pieces(self, typed=None) -> dict[str, Any]:
        """The forms of the page by name, bound when something was typed."""
        raise NotImplementedError

    def data_of(self, pieces: dict[str, Any]) -> dict[str, Any]:
        """What valid pieces say, in the shape of `sections.contents`."""
        raise NotImplementedError

    def forms_in(self, pieces: dict[str, Any]) -> Iterable[Any]:
        return pieces.values()

    def get(self, request, *args, **kwargs):
        return self.render_to_response(self.get_context_data(pieces=self.pieces()))

    def post(self, request, *args, **kwargs):
        pieces = self.pieces(request.POST)
        valid = [piece.is_valid() for piece in self.forms_in(pieces)]  # all of them, for all errors
        if not all(valid):
            return self.render_to_response(
                self.get_context_data(
                    pieces=pieces, version=request.POST.get("version", ""), has_errors=True
                )
            )
        data = self.data_of(pieces)
        if "resolve" in request.POST:
            found = versions.differences(self.form, self.key, data, self.kept)
            chosen = versions.joined(data, self.kept, found, request.POST.dict())
            if chosen is None:
                return self.two_versions(data, self.kept, self.version, unanswered=True)
            data = chosen
        version = request.POST.get("version", "")
        try:
            saving.save_section(
                self.record,
                self.key,
                data,
                version=int(version) if version.isascii() and version.isdigit() else -1,
                by=request.user,
            )
        except saving.StaleSection as stale:
            return self.two_versions(data, stale.theirs, stale.section.version, stale.section)
        except Conflict as refusal:
            return self.refuse(str(refusal))
        return HttpResponseRedirect(self.next_url(request.POST.get("then", "")))

    def next_url(self, then: str) -> str:
        if then == "later":
            return self.record.get_absolute_url()
        word, _, anchor = then.partition(":")
        if word == "stay":
            here = self.page.url(self.record)
            return f"{here}#{anchor}" if ANCHOR.fullmatch(anchor) else here
        if following := sections.page_after(self.form, self.key):
            return following.url(self.record)
        return sections.address("evaluations:check", self.record)

    def two_versions(self, mine, theirs, version, section=None, *, unanswered=False):
        """409: both texts side by side, and everything typed carried along."""
        found = versions.differences(self.form, self.key, mine, theirs)
        typed = [
            (name, value)
            for name, values in self.request.POST.lists()
            for value in values
            if name not in NOT_KEPT and not name.startswith("keep-")
        ]
        context = self.get_context_data(
            differences=[(d, self.request.POST.get(d.name, d.suggested)) for d in found],
            typed=typed,
            version=version,
            section=section or self.saved_sections.get(self.key),
            unanswered=unanswered,
            has_errors=unanswered,
        )
        return render(self.request, "evaluations/form/two_versions.html", context, status=409)

    def get_context_data(self, **kwargs):
        following = sections.page_after(self.form, self.key)
        if pieces := kwargs.get("pieces"):
            kwargs["errors_in"] = list(self.forms_in(pieces))
        return super().get_context_data(
            **{
                "title": self.page.title,
                "version": self.version,
                "here": self.page.url(self.record),
                "next_title": following.title if following else "Check and send",
                "dock": self.dock,
                **kwargs,
            }
        )


class GlancePage(SectionPage):
    key = sections.GLANCE
    template_name = "evaluations/form/glance.html"
    dock = "Never a name, a date of birth, a school or an address."

    def pieces(self, typed=None):
        return {"glance": GlanceForm(typed, form=self.form, initial=self.kept)}

    def data_of(self, pieces):
        return pieces["glance"].data_out()


@dataclass
class Block:
    """One question as the page draws it."""

    question: Question
    answer: Any
    evidence: Any
    suggested: str

    @property
    def anchor(self) -> str:
        return f"q-{self.question.key}"

    @property
    def status(self) -> str:
        value = self.answer["finding"].value()
        if value:
            return "Answered"
        written = self.answer["tell"].value() or self.answer["show"].value()
        return "Started" if written else "To do"

    @property
    def rows(self):
        return [form for form in self.evidence.forms if form.initial]

    @property
    def new_rows(self):
        return [form for form in self.evidence.forms if not form.initial]


class PillarPage(SectionPage):
    template_name = "evaluations/form/pillar.html"

    @property
    def key(self) -> str:
        return self.kwargs["pillar"]

    @cached_property
    def pillar(self):
        return self.form.pillar(self.key)

    def pieces(self, typed=None):
        evidence = rows_of(EvidenceForm)
        return {
            "blocks": [
                Block(
                    question,
                    AnswerForm(
                        typed,
                        question=question,
                        worker=self.worker,
                        initial=self.kept["answers"][question.key],
                    ),
                    evidence(
                        typed,
                        prefix=f"{question.key}-evidence",
                        initial=self.kept["evidence"][question.key],
                    ),
                    sections.suggested_on_record(
                        self.kept["evidence"][question.key],
                        self.kept["answers"][question.key]["not_found"],
                    ),
                )
                for question in self.pillar.questions
            ],
            "judgement": PillarJudgementForm(
                typed, worker=self.worker, initial=self.kept["judgement"]
            ),
        }

    def forms_in(self, pieces):
        for block in pieces["blocks"]:
            yield block.answer
            yield block.evidence
        yield pieces["judgement"]

    def data_of(self, pieces):
        answers, evidence = {}, {}
        for block in pieces["blocks"]:
            rows = block.evidence.rows_out()
            answer = block.answer.data_out()
            # Left open, it is what the evidence says; the person can always say otherwise.
            if not answer["on_record"]:
                answer["on_record"] = sections.suggested_on_record(rows, answer["not_found"])
            answers[block.question.key], evidence[block.question.key] = answer, rows
        judgement = pieces["judgement"].data_out()
        return {"answers": answers, "evidence": evidence, "judgement": judgement}

    def get_context_data(self, **kwargs):
        kept = {row.key: row for row in self.record.judgements.all()}
        others = [
            {
                "title": pillar.title,
                "url": sections.page(self.form, pillar.key).url(self.record),
                "row": kept.get(pillar.key),
                "status": "In progress" if pillar.key in self.saved_sections else "Not started",
            }
            for pillar in self.form.pillars
            if pillar.key != self.key
        ]
        facts = limits.facts_of(self.record, self.form)
        done = sum(bool(answer["finding"]) for answer in self.kept["answers"].values())
        return super().get_context_data(
            **{
                "pillar": self.pillar,
                "others": others,
                "descriptors": descriptors(self.form, self.key),
                "advice": limits.advice_by(self.form, facts, self.key),
                "judgement_row": kept.get(self.key),
                "dock": f"{done} of {len(self.pillar.questions)} questions answered. "
                "You do not have to finish in one go.",
                **kwargs,
            }
        )


class FeedbackPage(SectionPage):
    template_name = "evaluations/form/feedback.html"
    dock = "Several tries are fine. “Could not reach them” is an answer too."

    @property
    def key(self) -> str:
        return f"feedback-{self.kwargs['voice']}"

    def pieces(self, typed=None):
        rows = self.kept["attempts"]
        extra = 0 if rows and "another" not in self.request.GET else 1
        attempts = rows_of(AttemptForm, extra=extra)(
            typed,
            prefix="attempt",
            initial=[AttemptForm.initial_of(row) for row in rows],
            form_kwargs={"form": self.form, "voice": self.kwargs["voice"]},
        )
        return {"attempts": attempts}

    def data_of(self, pieces):
        return {"attempts": pieces["attempts"].rows_out()}

    def next_url(self, then):
        if then == "another":
            return f"{self.page.url(self.record)}?another=1#another"
        return super().next_url(then)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"voice": self.kwargs["voice"], **kwargs})


class ExperiencePage(SectionPage):
    key = sections.EXPERIENCE_PAGE
    template_name = "evaluations/form/experience.html"

    def pieces(self, typed=None):
        suggested = ""
        if typed is None:
            told = self.record.answers.exclude(on_record="").values_list("on_record", flat=True)
            suggested = sections.suggested_extent(list(told))
        found: dict[str, Any] = {
            item.key: ExtentForm(
                typed,
                item=item,
                suggested=suggested if item.key == RECORD_SHOWS_WORK else "",
                initial=self.kept[item.key],
            )
            for item in self.form.judgements
            if not item.is_grade
        }
        found[EXPERIENCE] = JudgementForm(
            typed, worker=self.worker, prefix=EXPERIENCE, initial=self.kept[EXPERIENCE]
        )
        return found

    def data_of(self, pieces):
        return {name: piece.data_out() for name, piece in pieces.items()}

    def get_context_data(self, **kwargs):
        facts, pieces = limits.facts_of(self.record, self.form), kwargs.get("pieces", {})
        return super().get_context_data(
            **{
                "extents": [piece for name, piece in pieces.items() if name != EXPERIENCE],
                "judgement": pieces.get(EXPERIENCE),
                "grade_title": self.form.title_of(EXPERIENCE),
                "descriptors": descriptors(self.form, EXPERIENCE),
                "advice": limits.advice_by(self.form, facts, EXPERIENCE),
                **kwargs,
            }
        )


class StrengthsPage(SectionPage):
    key = sections.STRENGTHS
    template_name = "evaluations/form/strengths.html"
    dock = "One is enough. The worker reads this first."

    def pieces(self, typed=None):
        rows = [{"words": words} for words in self.kept[self.key]]
        extra = max(1, 3 - len(rows))
        return {
            "strengths": rows_of(StrengthForm, extra=extra)(typed, prefix="strength", initial=rows)
        }

    def data_of(self, pieces):
        return {self.key: [row["words"] for row in pieces["strengths"].rows_out()]}


class MessagePage(SectionPage):
    key = sections.MESSAGE
    template_name = "evaluations/form/message.html"
    dock = "Optional. Three to six sentences are plenty."

    def pieces(self, typed=None):
        return {"message": MessageForm(typed, form=self.form, initial=self.kept)}

    def data_of(self, pieces):
        return pieces["message"].data_out()


class OverallPage(SectionPage):
    key = OVERALL
    template_name = "evaluations/form/overall.html"

    def get(self, request, *args, **kwargs):
        if not saving.pillars_are_graded(self.record, self.form):
            return self.refuse("You can choose the overall grade once all four pillars are graded.")
        return super().get(request, *args, **kwargs)

    def pieces(self, typed=None):
        return {
            OVERALL: JudgementForm(
                typed, worker=self.worker, prefix=OVERALL, initial=self.kept[OVERALL]
            )
        }

    def data_of(self, pieces):
        return {OVERALL: pieces[OVERALL].data_out()}

    def get_context_data(self, **kwargs):
        facts = limits.facts_of(self.record, self.form)
        kept = {row.key: row for row in self.record.judgements.all()}
        return super().get_context_data(
            **{
                "judgement": kwargs.get("pieces", {}).get(OVERALL),
                "graded": [
                    (self.form.title_of(key), kept[key])
                    for key in (*(p.key for p in self.form.pillars), EXPERIENCE)
                    if key in kept and kept[key].grade
                ],
                "limits": limits.reached_by(self.form, facts),
                "advice": limits.advice_by(self.form, facts),
                **kwargs,
            }
        )


class CheckPage(FormPage):
    """Everything at once, what is missing, and the button that sends it."""

    key = "check"
    title = "Check and send"
    template_name = "evaluations/form/check.html"

    def post(self, request, *args, **kwargs):
        try:
            actions.submit(self.record, by=request.user)
        except Incomplete as refusal:
            context = self.get_context_data(missing=refusal.missing, has_errors=True)
            return self.render_to_response(context, status=409)
        except Conflict as refusal:
            return self.refuse(str(refusal))
        messages.success(
            request, "Sent. It is locked now, and you can still read what you wrote here."
        )
        return HttpResponseRedirect(self.record.get_absolute_url())

    def get_context_data(self, **kwargs):
        tasks = task_list(self.record, self.request.user)
        facts = limits.facts_of(self.record, self.form)
        return super().get_context_data(
            **{
                "tasks": tasks,
                "missing": tasks.missing,
                "advice": limits.advice_by(self.form, facts),
                "strengths": [words for words in self.record.strengths if str(words).strip()],
                **kwargs,
            }
        )
