"""What may this person read of an evaluation?

The one door to its content: pages and API show what `reading` returns and nothing else, so that a
hidden grade, name or voice never leaves the server. What may be read is a row of permissions.csv
for each part; a part that may not be read is not in the answer at all.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When

from evaluations.enums import GRADED, Extent, FeedbackOutcome, FindingWord, OnRecord, Status
from evaluations.instrument import Form, form_of
from evaluations.models import Evaluation, Feedback
from workflow import access

# The status that a practitioner and a manager see: how far, and nothing of what goes on inside.
COARSE = {
    Status.PLANNED: Status.PLANNED,
    Status.ALLOCATED: Status.PLANNED,
    Status.ACCEPTED: Status.PLANNED,
    Status.IN_PROGRESS: Status.IN_PROGRESS,
    Status.SUBMITTED: Status.IN_PROGRESS,
    Status.IN_MODERATION: Status.IN_PROGRESS,
    Status.FINALISED: Status.IN_PROGRESS,
    Status.SHARED: Status.SHARED,
    Status.CLOSED: Status.CLOSED,
    Status.ELIMINATED: Status.ELIMINATED,
}
PARTS = (
    "evaluation.view_status",
    "evaluation.view_people",
    "evidence.view",
    "eval_grade.view",
    "final_grade.view",
    "feedback.view",
    "feedback.view_attribution",
    "feedback.view_unquoted",
    "reflection.view",
    "reply.view",
    "supervision.view",
)
DATES = (
    "accept_by",
    "conversation_by",
    "submit_by",
    "accepted_at",
    "started_at",
    "reflection_invited_at",
    "submitted_at",
    "returned_at",
    "finalised_at",
    "share_by",
    "third_party_checked_at",
)
RIGHTS_OF_A_ROW = {
    "sees_status": "evaluation.view_status",
    "sees_people": "evaluation.view_people",
}


def with_rights(evaluations: QuerySet, user) -> QuerySet:
    """Each row with `sees_status` and `sees_people` for this person: one query for all rows."""
    everything = Evaluation.objects.all()
    return evaluations.annotate(
        **{
            name: Case(
                When(pk__in=everything.permitted(user, action).values("pk"), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
            for name, action in RIGHTS_OF_A_ROW.items()
        }
    )


def in_status(status: str, user) -> Q:
    """Rows that this person sees in this status, exact or coarse as they are shown it."""
    exact = Evaluation.objects.all().permitted(user, "evaluation.view_status").values("pk")
    members = [one for one, coarse in COARSE.items() if coarse == status]
    return (Q(pk__in=exact) & Q(status=status)) | (~Q(pk__in=exact) & Q(status__in=members))


def status_shown(evaluation: Evaluation, *, exact: bool) -> Status:
    """The status in the words this person may read."""
    status = Status(evaluation.status)
    return status if exact else COARSE[status]


def header(evaluation: Evaluation, *, sees_status: bool, sees_people: bool) -> dict[str, Any]:
    """The first lines: what a list shows of one row, and a page at its top."""
    status = status_shown(evaluation, exact=sees_status)
    found: dict[str, Any] = {
        "id": evaluation.pk,
        "reference": evaluation.reference,
        "cycle": evaluation.cycle.label,
        "status": status.value,
        "status_words": status.label,
        "is_training": evaluation.is_training,
        "child": evaluation.child.reference,
        "plan_type": evaluation.plan_type,
        "plan_type_words": evaluation.get_plan_type_display(),
        "service_area": evaluation.service_area.name,
        "conversation_on": evaluation.conversation_on,
        "shared_at": evaluation.shared_at,
        "closed_at": evaluation.closed_at,
    }
    if sees_people:
        found |= {
            "practitioner": _person(evaluation.practitioner),
            "evaluator": _person(evaluation.evaluator),
            "team": evaluation.team.name,
        }
    if sees_status:
        found |= {name: getattr(evaluation, name) for name in DATES}
    return found


def reading(evaluation: Evaluation, *, for_user) -> dict[str, Any]:
    """Everything of this evaluation that this person may read now; absent parts are hidden ones.

    Parts: `glance`, `pillars` (answers and evidence), `judgements`, `strengths`, `message`,
    `feedback`, `reflection`, `replies`, `supervision`.
    """
    rights = access.permitted_actions(for_user, evaluation, PARTS)
    form = form_of(evaluation)
    found = header(
        evaluation,
        sees_status="evaluation.view_status" in rights,
        sees_people="evaluation.view_people" in rights,
    )
    if "evidence.view" in rights:
        found |= {"glance": _glance(evaluation, form), "pillars": _pillars(evaluation, form)}
    own, final = "eval_grade.view" in rights, "final_grade.view" in rights
    if own or final:
        found |= {
            "judgements": _judgements(evaluation, form, own=own, final=final),
            "strengths": [words for words in evaluation.strengths if str(words).strip()],
            "message": evaluation.message,
        }
    if "feedback.view" in rights:
        # The Hub lead's right needs a reason each time: actions.view_attribution.
        named = "feedback.view_attribution" in rights and evaluation.evaluator_id == for_user.pk
        rows = list(evaluation.feedback.all())
        found["feedback"] = (
            attributed(rows, form)
            if named
            else unattributed(rows, form, unquoted="feedback.view_unquoted" in rights)
        )
    if "reflection.view" in rights:
        mine = evaluation.practitioner_id == for_user.pk
        found["reflection"] = _reflection(evaluation, form, view=mine or own or final)
    if "reply.view" in rights:
        found["replies"] = [
            {
                "at": reply.at,
                "by": _person(reply.by) if "evaluation.view_people" in rights else None,
                "words": reply.words,
                "sees_it_differently": reply.sees_it_differently,
            }
            for reply in evaluation.replies.select_related("by")
        ]
    if "supervision.view" in rights:
        found["supervision"] = [
            {"tabled_on": talk.tabled_on, "by": _person(talk.by), "note": talk.note}
            for talk in evaluation.supervision_discussions.select_related("by")
        ]
    return found


def _person(user) -> dict[str, Any] | None:
    return None if user is None else {"id": user.pk, "name": user.name}


def _glance(evaluation: Evaluation, form: Form) -> list[dict[str, Any]]:
    lines = []
    for item in form.context:
        value = (evaluation.glance or {}).get(item.key)
        if value in (None, "", []):
            continue
        words = {option.key: option.words for option in item.options}
        chosen = value if isinstance(value, list) else [value]
        lines.append(
            {
                "key": item.key,
                "title": item.key.replace("_", " ").capitalize(),
                "words": ", ".join(str(words.get(one, one)) for one in chosen),
            }
        )
    return lines


def _pillars(evaluation: Evaluation, form: Form) -> list[dict[str, Any]]:
    answers = {(row.pillar, row.question): row for row in evaluation.answers.all()}
    pointers: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in evaluation.evidence.all():
        pointers.setdefault((row.pillar, row.question), []).append(
            {"what": row.what, "dated": row.dated, "where": row.where, "clarity": row.clarity}
        )
    pillars = []
    for pillar in form.pillars:
        questions = []
        for question in pillar.questions:
            row = answers.get((pillar.key, question.key))
            questions.append(
                {
                    "key": question.key,
                    "number": question.number,
                    "text": question.text,
                    "core": question.core,
                    "tell": row.tell if row else "",
                    "show": row.show if row else "",
                    "not_found": bool(row and row.not_found),
                    "finding": row.finding if row else "",
                    "finding_words": _words(FindingWord, row.finding if row else ""),
                    "on_record": row.on_record if row else "",
                    "on_record_words": _words(OnRecord, row.on_record if row else ""),
                    "evidence": pointers.get((pillar.key, question.key), []),
                }
            )
        pillars.append(
            {
                "key": pillar.key,
                "title": pillar.title,
                "question": pillar.question,
                "questions": questions,
            }
        )
    return pillars


def _words(choices, value: str) -> str:
    return choices(value).label if value in choices.values else ""


def _judgements(
    evaluation: Evaluation, form: Form, *, own: bool, final: bool
) -> list[dict[str, Any]]:
    """The judgements in the form's order. Without `own`, the evaluator's grade stays hidden: only
    the final one is there, why it is so, and whether moderation changed it."""
    kept = {row.key: row for row in evaluation.judgements.all()}
    order = [p.key for p in form.pillars] + [item.key for item in form.judgements]
    shown = []
    for key in order:
        row = kept.get(key)
        if row is None:
            continue
        one: dict[str, Any] = {"key": key, "title": form.title_of(key)}
        if key not in GRADED:
            one |= {
                "extent": row.extent,
                "extent_words": _words(Extent, row.extent),
                "why": row.reason,
            }
            shown.append(one)
            continue
        if own:
            one |= {
                "grade": row.grade,
                "elements_of_outstanding": row.elements_of_outstanding,
                "reason": row.reason,
            }
        if final and row.final_grade:
            changed = row.final_grade != row.grade or row.final_elements != (
                row.elements_of_outstanding
            )
            one |= {
                "final_grade": row.final_grade,
                "final_elements": row.final_elements,
                "changed": changed,
                "why": row.final_reason if changed else row.reason,
            }
        one |= {"sees_it_the_same": row.sees_it_the_same, "would_add": row.would_add}
        shown.append(one)
    return shown


# What people said ---------------------------------------------------------------------------------


def attributed(rows: list[Feedback], form: Form) -> dict[str, Any]:
    """Every attempt with who it was: for the evaluator, and for a Hub lead with a reason."""
    return {
        "attributed": True,
        "attempts": [
            {
                "voice": row.voice,
                "voice_words": row.get_voice_display(),
                "who": row.who,
                "attempted_on": row.attempted_on,
                "outcome": row.outcome,
                "outcome_words": row.get_outcome_display(),
                "outcome_reason": row.outcome_reason,
                "may_quote": row.may_quote,
                "statements": [
                    {"text": text, "answer": row.statements[key].replace("_", " ")}
                    for key, text in form.statements_for(row.voice).items()
                    if row.statements.get(key)
                ],
                "words": [words for words in (row.helped_most, row.do_better) if words],
            }
            for row in rows
        ],
    }


def unattributed(rows: list[Feedback], form: Form, *, unquoted: bool) -> dict[str, Any]:
    """What was said, and never by whom: no voice, no date, no order that would tell.

    Words are sorted by themselves. Statements that only a partner is asked are left out: their
    presence alone would say who answered. `unquoted` also gives words that may not be quoted.
    """
    heard = [row for row in rows if row.outcome == FeedbackOutcome.SPOKEN_WITH]
    quotable = [row for row in heard if unquoted or row.may_quote]
    helped, better = form.open_questions[:2]
    said = [(helped, row.helped_most) for row in quotable if row.helped_most.strip()]
    said += [(better, row.do_better) for row in quotable if row.do_better.strip()]
    counts = {
        key: Counter(row.statements.get(key) for row in heard if row.statements.get(key))
        for key in form.statements
    }
    options = [option for option in form.statement_options if option.key != "not_asked"]
    return {
        "attributed": False,
        "heard": len(heard),
        "statements": [
            {
                "text": text,
                "counts": [
                    {"words": option.words, "count": counts[key][option.key]}
                    for option in options
                    if counts[key][option.key]
                ],
            }
            for key, text in form.statements.items()
            if any(counts[key][option.key] for option in options)
        ],
        "words": [{"question": question, "words": words} for question, words in sorted(said)],
    }


def _reflection(evaluation: Evaluation, form: Form, *, view: bool) -> dict[str, Any] | None:
    mine = getattr(evaluation, "reflection", None)
    if mine is None:
        return None
    found: dict[str, Any] = {
        "prepare": mine.prepare,
        "answers": [
            {"key": item["key"], "text": item["text"], "words": mine.answers[item["key"]]}
            for item in form.worker.get("after", [])
            if str(mine.answers.get(item["key"], "")).strip()
        ],
        "replied_at": mine.replied_at,
    }
    if view:  # whether they agree says something about the grade
        found["agrees"] = mine.agrees
    return found
