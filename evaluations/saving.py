"""How is one page of the form kept, so that no word is ever overwritten unseen?

Every save names the version it was built on. A newer one refuses the save and hands back what is
there now, so that the caller can show both. Nothing here asks whether the page is complete: a
draft may hold anything that is well formed.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations import actions, sections
from evaluations.enums import OVERALL, Status
from evaluations.instrument import Form, form_of
from evaluations.models import Answer, Evaluation, Evidence, Feedback, Judgement, Section
from workflow import access
from workflow.exceptions import Conflict, NotPermitted, Stale
from workflow.machine import locked

WRITABLE = (Status.ACCEPTED, Status.IN_PROGRESS)


class StaleSection(Stale):
    """This page was saved elsewhere first. `theirs` is what it holds now, `section` its version."""

    def __init__(self, section: Section, theirs: dict[str, Any]):
        self.section, self.theirs = section, theirs
        super().__init__("This page was also changed somewhere else. Nothing is lost.")


def check_may_write(evaluation: Evaluation, by) -> None:
    """Raise NotPermitted (not the evaluator) or Conflict (not now) unless this person may write."""
    if not access.cells_for(by, "evidence.edit"):
        raise NotPermitted("Only an evaluator can fill in an evaluation.")
    if evaluation.evaluator_id != by.pk or evaluation.practitioner_id == by.pk:
        raise NotPermitted("Only the evaluator of this child’s evaluation can fill it in.")
    if evaluation.status in (Status.PLANNED, Status.ALLOCATED):
        raise Conflict("Accept this evaluation first. Then you can start to fill it in.")
    if evaluation.status not in WRITABLE:
        raise Conflict(
            f"This evaluation is “{evaluation.get_status_display()}”, so it can be read "
            "but no longer changed."
        )


@transaction.atomic
def save_section(
    evaluation: Evaluation, key: str, data: dict[str, Any], *, version: int, by
) -> Section:
    """Keep one page of the form and return its new version.

    `data` has the shape of `sections.contents`; parts that are left out stay as they are. The first
    save of all starts the evaluation. Saving again what is there already changes nothing, so a
    repeated request is safe. Raises StaleSection, NotPermitted, Conflict, and KeyError for a page
    that the form does not have.
    """
    form = form_of(evaluation)
    page = sections.page(form, key)
    evaluation = locked(evaluation)
    check_may_write(evaluation, by)
    if evaluation.status == Status.ACCEPTED:
        evaluation = actions.start(evaluation, by=by)
    for action in page.actions:
        access.check(by, action, evaluation)
    if key == OVERALL and not pillars_are_graded(evaluation, form):
        raise Conflict("Grade all four pillars first. Then you can choose the overall grade.")

    section = Section.objects.filter(evaluation=evaluation, key=key).first()
    now = sections.contents(evaluation, form, key)
    wanted = merged(now, data)
    if section is not None and without_ids(wanted) == without_ids(now):
        return section
    current = section or Section(evaluation=evaluation, key=key, saved_by=by)
    if version != current.version:
        raise StaleSection(current, now)

    _write(evaluation, form, key, wanted)
    current.version += 1
    current.saved_at = timezone.now()
    current.saved_by = by
    current.save()
    Evaluation.objects.filter(pk=evaluation.pk).update(last_section=key)
    TrailEntry.objects.record(
        "save_section", evaluation, by=by, detail={"section": key, "version": current.version}
    )
    return current


def pillars_are_graded(evaluation: Evaluation, form: Form) -> bool:
    """The overall grade opens when each pillar has its grade."""
    keys = [pillar.key for pillar in form.pillars]
    graded = evaluation.judgements.filter(key__in=keys).exclude(grade="").count()
    return graded == len(keys)


def merged(now: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The section with these changes in it; lists (evidence, attempts) are taken whole."""
    result = dict(now)
    for name, value in changes.items():
        both_deep = isinstance(value, dict) and isinstance(now.get(name), dict)
        result[name] = merged(now[name], value) if both_deep else value
    return result


def without_ids(value: Any) -> Any:
    """The same data without row numbers, to tell whether two versions say the same."""
    if isinstance(value, dict):
        return {name: without_ids(inner) for name, inner in value.items() if name != "id"}
    if isinstance(value, list):
        return [without_ids(inner) for inner in value]
    return value


# Writing: a fixed number of queries for a page, however much it holds ----------------------------


def _write(evaluation: Evaluation, form: Form, key: str, data: dict[str, Any]) -> None:
    if key == sections.GLANCE:
        Evaluation.objects.filter(pk=evaluation.pk).update(glance=data)
    elif key in (sections.MESSAGE, sections.STRENGTHS):
        Evaluation.objects.filter(pk=evaluation.pk).update(**{key: data[key]})
    elif key.startswith("feedback-"):
        voice = key.removeprefix("feedback-")
        _keep_rows(
            Feedback, sections.ATTEMPT_FIELDS, data["attempts"], evaluation=evaluation, voice=voice
        )
    elif pillar := form.pillar(key):
        _keep_answers(evaluation, key, data["answers"])
        rows = [
            {"question": question.key, **row}
            for question in pillar.questions
            for row in data["evidence"].get(question.key, [])
        ]
        columns = ("question", *sections.EVIDENCE_FIELDS)
        _keep_rows(Evidence, columns, rows, evaluation=evaluation, pillar=key)
        _keep_judgements(evaluation, {key: data["judgement"]}, sections.PILLAR_FIELDS)
    else:
        for fields in (sections.GRADE_FIELDS, sections.EXTENT_FIELDS):
            chosen = {name: value for name, value in data.items() if fields[0] in value}
            _keep_judgements(evaluation, chosen, fields)


def _keep_answers(evaluation: Evaluation, pillar: str, answers: dict[str, Any]) -> None:
    Answer.objects.bulk_create(
        [
            Answer(evaluation=evaluation, pillar=pillar, question=question, **values)
            for question, values in answers.items()
        ],
        update_conflicts=True,
        unique_fields=["evaluation", "pillar", "question"],
        update_fields=list(sections.ANSWER_FIELDS),
    )


def _keep_judgements(evaluation: Evaluation, chosen: dict[str, Any], fields) -> None:
    """Only the evaluator's own fields: a final grade beside them is never touched."""
    if not chosen:
        return
    Judgement.objects.bulk_create(
        [Judgement(evaluation=evaluation, key=key, **values) for key, values in chosen.items()],
        update_conflicts=True,
        unique_fields=["evaluation", "key"],
        update_fields=list(fields),
    )


def _keep_rows(model, fields, rows: list[dict[str, Any]], **belongs_to) -> None:
    """Make the stored rows these rows. A row keeps its number when it names one of this page."""
    stored = {row.pk: row for row in model.objects.filter(**belongs_to)}
    kept, new = {}, []
    for values in rows:
        row = stored.get(values.get("id"))
        if row is None or row.pk in kept:
            row = model(**belongs_to)
            new.append(row)
        else:
            kept[row.pk] = row
        for name in fields:
            setattr(row, name, values[name])
    if gone := stored.keys() - kept.keys():
        model.objects.filter(pk__in=gone).delete()
    if kept:
        model.objects.bulk_update(kept.values(), list(fields))
    model.objects.bulk_create(new)
