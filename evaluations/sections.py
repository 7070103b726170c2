"""Which pages does the form have, and what does each of them hold now?

A page of the form is a section with a key: `glance`, the key of a pillar, `feedback-child`,
`experience`, `strengths`, `message`, `overall`. What a section holds is plain data, in the same
shape whether it is read (`contents`), typed by a person or saved (`saving.save_section`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from evaluations.enums import EXPERIENCE, EXTENTS, OVERALL, Clarity, OnRecord, Voice
from evaluations.instrument import Form

GLANCE, MESSAGE, STRENGTHS, EXPERIENCE_PAGE = "glance", "message", "strengths", "experience"
ANSWER_FIELDS = ("tell", "show", "not_found", "finding", "on_record")
EVIDENCE_FIELDS = ("what", "dated", "where", "clarity")
ATTEMPT_FIELDS = (
    "who",
    "attempted_on",
    "how",
    "outcome",
    "outcome_reason",
    "may_quote",
    "statements",
    "helped_most",
    "do_better",
)
GRADE_FIELDS = ("grade", "elements_of_outstanding", "reason")
EXTENT_FIELDS = ("extent", "reason")
PILLAR_FIELDS = (*GRADE_FIELDS, "sees_it_the_same", "would_add")
VOICE_TITLES = {Voice.CHILD: "The child", Voice.PARENT: "Parent or carer", Voice.PARTNER: "Partner"}


@dataclass(frozen=True)
class Page:
    """One page of the form. `actions` are the rows of permissions.csv that saving it needs."""

    key: str
    title: str
    url_name: str
    args: tuple[str, ...] = ()
    actions: tuple[str, ...] = ("evidence.edit",)

    def url(self, evaluation) -> str:
        return reverse(self.url_name, args=[evaluation.pk, *self.args])


def pages(form: Form) -> list[Page]:
    """The pages of the form in the order in which people work through them."""
    graded = ("eval_grade.set",)
    experience = "Experience and progress"
    if form.pronoun["they"] != "they":
        experience = f"{form.pronoun['their'].capitalize()} experience and progress"
    return [
        Page(GLANCE, "The child and family at a glance", "evaluations:glance"),
        *(
            Page(p.key, p.title, "evaluations:pillar", (p.key,), ("evidence.edit", *graded))
            for p in form.pillars
        ),
        *(
            Page(
                f"feedback-{voice}",
                VOICE_TITLES[voice],
                "evaluations:feedback",
                (voice,),
                ("feedback.record",),
            )
            for voice in Voice
        ),
        Page(EXPERIENCE_PAGE, experience, "evaluations:experience", actions=graded),
        Page(STRENGTHS, "What is strong", "evaluations:strengths"),
        Page(MESSAGE, form.closing[MESSAGE], "evaluations:message"),
        Page(OVERALL, "Overall grade", "evaluations:overall", actions=graded),
    ]


def page(form: Form, key: str) -> Page:
    """One page by its key. Raises KeyError for a key that the form does not have."""
    for found in pages(form):
        if found.key == key:
            return found
    raise KeyError(key)


def page_after(form: Form, key: str) -> Page | None:
    """The page that follows, or None after the last."""
    all_pages = pages(form)
    place = [p.key for p in all_pages].index(key)
    return all_pages[place + 1] if place + 1 < len(all_pages) else None


def address(name: str, evaluation, *args, anchor: str = "") -> str:
    """The address of a page that may be written elsewhere, or the evaluation's own page."""
    try:
        found = reverse(name, args=[*(args or [evaluation.pk])])
    except NoReverseMatch:
        return evaluation.get_absolute_url()
    return f"{found}#{anchor}" if anchor else found


# What a section holds ----------------------------------------------------------------------------


def contents(evaluation, form: Form, key: str) -> dict[str, Any]:
    """What this section holds now, every field present. Raises KeyError for an unknown key."""
    page(form, key)
    if key == GLANCE:
        return glance_of(evaluation, form)
    if key == MESSAGE:
        return {MESSAGE: evaluation.message}
    if key == STRENGTHS:
        return {STRENGTHS: list(evaluation.strengths)}
    if key.startswith("feedback-"):
        rows = evaluation.feedback.filter(voice=key.removeprefix("feedback-"))
        return {"attempts": [_row(row, ATTEMPT_FIELDS) for row in rows]}
    kept = {row.key: row for row in evaluation.judgements.all()}
    if key == OVERALL:
        return {OVERALL: _judgement(kept.get(OVERALL), GRADE_FIELDS)}
    if key == EXPERIENCE_PAGE:
        return {
            **{name: _judgement(kept.get(name), EXTENT_FIELDS) for name in EXTENTS},
            EXPERIENCE: _judgement(kept.get(EXPERIENCE), GRADE_FIELDS),
        }
    return _pillar(evaluation, form, key, kept.get(key))


def _pillar(evaluation, form: Form, key: str, judgement) -> dict[str, Any]:
    pillar = form.pillar(key)
    assert pillar is not None
    answers = {row.question: row for row in evaluation.answers.filter(pillar=key)}
    evidence: dict[str, list[dict[str, Any]]] = {q.key: [] for q in pillar.questions}
    for row in evaluation.evidence.filter(pillar=key):
        evidence.setdefault(row.question, []).append(_row(row, EVIDENCE_FIELDS))
    return {
        "answers": {q.key: _answer(answers.get(q.key)) for q in pillar.questions},
        "evidence": evidence,
        "judgement": _judgement(judgement, PILLAR_FIELDS),
    }


def _row(row, fields: Iterable[str]) -> dict[str, Any]:
    return {"id": row.pk, **{name: getattr(row, name) for name in fields}}


def _answer(row) -> dict[str, Any]:
    empty = {"not_found": False}
    return {name: getattr(row, name) if row else empty.get(name, "") for name in ANSWER_FIELDS}


def _judgement(row, fields: Iterable[str]) -> dict[str, Any]:
    empty = {"elements_of_outstanding": False}
    return {name: getattr(row, name) if row else empty.get(name, "") for name in fields}


# Suggestions -------------------------------------------------------------------------------------


def age_band(born: date | None, today: date | None = None) -> str:
    """The age band of a child of whom only the month of birth is known. Unknown gives nothing."""
    if born is None:
        return ""
    today = today or timezone.localdate()
    if born > today:
        return "unborn"
    years = today.year - born.year - (today.month < born.month)
    for limit, band in ((1, "under_1"), (5, "1_to_4"), (10, "5_to_9"), (16, "10_to_15")):
        if years < limit:
            return band
    return "16_to_17" if years < 18 else "18_and_over"


def glance_of(evaluation, form: Form) -> dict[str, Any]:
    """The glance page as saved; before that, with what the child's record already says."""
    kept = dict(evaluation.glance or {})
    known = {"plan_type": evaluation.plan_type, "age_band": age_band(evaluation.child.birth_month)}
    empty = {item.key: [] if item.kind == "many" else "" for item in form.context}
    prefilled = {item.key: known.get(item.key, "") for item in form.context if item.prefilled}
    return empty | prefilled | {key: value for key, value in kept.items() if key in empty}


def suggested_on_record(evidence: list[dict[str, Any]], not_found: bool) -> str:
    """Whether the record shows it, as the evidence listed suggests; empty when nothing is."""
    if evidence:
        whole = all(row["clarity"] == Clarity.CLEAR for row in evidence) and not not_found
        return OnRecord.CLEAR.value if whole else OnRecord.IN_PART.value
    return OnRecord.NOT_FOUND.value if not_found else ""


def suggested_extent(on_record: list[str]) -> str:
    """How far the record shows the work, as the answers suggest: yes, mostly, in part, no."""
    worth = {OnRecord.CLEAR: 2, OnRecord.IN_PART: 1, OnRecord.NOT_FOUND: 0}
    told = [worth[OnRecord(value)] for value in on_record if value]
    if not told:
        return ""
    share = sum(told) / (2 * len(told))
    for least, extent in ((0.9, "yes"), (0.65, "mostly"), (0.25, "in_part")):
        if share >= least:
            return extent
    return "no"
