"""What is still missing before an evaluation can be sent?

Everything is named at once, each item with the address of the field that mends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils import timezone

from evaluations import limits, sections
from evaluations.enums import (
    EXPERIENCE,
    OVERALL,
    AlertStatus,
    FeedbackOutcome,
    FindingWord,
    Grade,
    Voice,
)
from evaluations.instrument import Form, Pillar, form_of
from workflow.working_days import add_working_days

NEEDS_WORDS = (FindingWord.IN_PART, FindingWord.NO)
CONVERSATION, REFLECTION, ALERTS = "conversation", "reflection", "alerts"
RECOMMENDATIONS = "recommendations"
WHOM = {
    Voice.CHILD: "the child",
    Voice.PARENT: "a parent or carer",
    Voice.PARTNER: "a partner",
}
WHY_NOT = {
    FeedbackOutcome.DECLINED: "say why {who} declined",
    FeedbackOutcome.COULD_NOT_REACH: "say why you could not reach {who}",
    FeedbackOutcome.NOT_APPROPRIATE: "say why it was not right to ask {who}",
}


@dataclass(frozen=True)
class Missing:
    """One thing to do before sending: a sentence, where to do it, and the section it belongs to."""

    sentence: str
    url: str
    section: str


@dataclass
class Draft:
    """Everything written so far, read in a fixed number of queries."""

    evaluation: Any
    form: Form
    today: date
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    judgements: dict[str, Any] = field(default_factory=dict)
    feedback: dict[str, list[Any]] = field(default_factory=dict)
    recommendations: int = 0
    facts: limits.Facts = field(default_factory=limits.Facts)

    @classmethod
    def of(cls, evaluation, today: date | None = None) -> Draft:
        form = form_of(evaluation)
        heard: dict[str, list[Any]] = {voice: [] for voice in Voice.values}
        for row in evaluation.feedback.all():
            heard[row.voice].append(row)
        return cls(
            evaluation=evaluation,
            form=form,
            today=today or timezone.localdate(),
            answers={(row.pillar, row.question): row for row in evaluation.answers.all()},
            judgements={row.key: row for row in evaluation.judgements.all()},
            feedback=heard,
            recommendations=evaluation.recommendations.exclude(
                status__in=["withdrawn", "superseded"]
            ).count(),
            facts=limits.facts_of(evaluation, form),
        )

    def at(self, key: str, anchor: str) -> str:
        return f"{sections.page(self.form, key).url(self.evaluation)}#{anchor}"


def missing(evaluation, *, today: date | None = None) -> list[Missing]:
    """All that stands between this evaluation and sending it; empty when it is ready."""
    return missing_in(Draft.of(evaluation, today))


def missing_in(draft: Draft) -> list[Missing]:
    """The same for a draft that has been read already."""
    found = [*_conversation(draft), *_reflection(draft)]
    for pillar in draft.form.pillars:
        found += _pillar(draft, pillar)
    for voice in Voice:
        found += _voice(draft, voice)
    return [
        *found,
        *_experience(draft),
        *_recommendations(draft),
        *_strengths(draft),
        *_overall(draft),
        *_alerts(draft),
    ]


def _conversation(draft: Draft) -> list[Missing]:
    evaluation, held = draft.evaluation, draft.evaluation.conversation_on
    url = sections.address("evaluations:conversation", evaluation, anchor="id_conversation_on")
    worker = evaluation.practitioner.get_short_name()
    if held is None:
        sentence = f"Say on which day you sat alongside {worker}"
    elif held > draft.today:
        sentence = f"Sit alongside {worker} first: the day you gave has not come yet"
    else:
        return []
    return [Missing(sentence, url, CONVERSATION)]


def _reflection(draft: Draft) -> list[Missing]:
    evaluation = draft.evaluation
    worker = evaluation.practitioner.get_short_name()
    url = sections.address("evaluations:invite_reflection", evaluation)
    invited = evaluation.reflection_invited_at
    if invited is None:
        return [Missing(f"Invite {worker} to write down their own view", url, REFLECTION)]
    url = evaluation.get_absolute_url()  # the rest is the worker's to do
    reflection = getattr(evaluation, "reflection", None)
    if reflection is not None and reflection.replied_at is not None:
        return []
    silence = evaluation.cycle.policy.reflection_silence
    until = add_working_days(timezone.localdate(invited), silence)
    if draft.today >= until:
        return []
    sentence = (
        f"Wait for {worker}’s own view. You can send without it from {until.day} {until:%B %Y}"
    )
    return [Missing(sentence, url, REFLECTION)]


def _pillar(draft: Draft, pillar: Pillar) -> list[Missing]:
    found = []
    for question in pillar.questions:
        answer = draft.answers.get((pillar.key, question.key))
        finding = answer.finding if answer else ""
        where = f"{pillar.title}, question {question.number}"
        if not finding and question.core:
            found.append(
                Missing(
                    f"{where}: choose what you found",
                    draft.at(pillar.key, f"id_{question.key}-finding_0"),
                    pillar.key,
                )
            )
        says = answer is not None and bool(answer.tell.strip() or answer.show.strip())
        if finding in NEEDS_WORDS and not says:
            found.append(
                Missing(
                    f"{where}: say in a few words why you chose “{FindingWord(finding).label}”",
                    draft.at(pillar.key, f"id_{question.key}-show"),
                    pillar.key,
                )
            )
    return found + _grade(draft, pillar.key, pillar.title, pillar.key, "judgement")


def _grade(draft: Draft, key: str, title: str, section: str, prefix: str) -> list[Missing]:
    row = draft.judgements.get(key)
    grade = row.grade if row else ""
    found = []
    if not grade:
        found.append(
            Missing(f"{title}: choose a grade", draft.at(section, f"id_{prefix}-grade_0"), section)
        )
    if not (row and row.reason.strip()):
        chose = f"you chose {Grade(grade).label}" if grade else "you chose this grade"
        found.append(
            Missing(f"{title}: say why {chose}", draft.at(section, f"id_{prefix}-reason"), section)
        )
    return found


def _voice(draft: Draft, voice: Voice) -> list[Missing]:
    key, title = f"feedback-{voice}", sections.VOICE_TITLES[voice]
    attempts = draft.feedback[voice]
    if not attempts:
        sentence = (
            f"{title}: record at least one try to hear {WHOM[voice]}, or why it was not right to"
        )
        return [Missing(sentence, draft.at(key, "id_attempt-0-outcome_0"), key)]
    found = []
    for place, attempt in enumerate(attempts):
        prefix = f"id_attempt-{place}"
        which = title if len(attempts) == 1 else f"{title}, try {place + 1}"
        if attempt.attempted_on is None:
            found.append(
                Missing(f"{which}: say on which day", draft.at(key, f"{prefix}-attempted_on"), key)
            )
        if not attempt.outcome:
            found.append(
                Missing(f"{which}: say what came of it", draft.at(key, f"{prefix}-outcome_0"), key)
            )
        elif attempt.outcome in WHY_NOT and not attempt.outcome_reason.strip():
            words = WHY_NOT[FeedbackOutcome(attempt.outcome)].format(who=WHOM[voice])
            found.append(
                Missing(f"{which}: {words}", draft.at(key, f"{prefix}-outcome_reason"), key)
            )
    return found


def _experience(draft: Draft) -> list[Missing]:
    found, section = [], sections.EXPERIENCE_PAGE
    for item in draft.form.judgements:
        if item.key == OVERALL:
            continue
        if item.is_grade:
            found += _grade(draft, item.key, item.title, section, EXPERIENCE)
            continue
        row = draft.judgements.get(item.key)
        if not (row and row.extent):
            found.append(
                Missing(
                    f"Answer “{item.title}”",
                    draft.at(section, f"id_{item.key}-extent_0"),
                    section,
                )
            )
        if not (row and row.reason.strip()):
            found.append(
                Missing(
                    f"Give your reason for “{item.title}”",
                    draft.at(section, f"id_{item.key}-reason"),
                    section,
                )
            )
    return found


def _recommendations(draft: Draft) -> list[Missing]:
    evaluation, count = draft.evaluation, draft.recommendations
    most = evaluation.cycle.policy.recommendations_at_most
    url = sections.address("recommendations:write", evaluation)
    overall = draft.facts.grades.get(OVERALL)
    if count > most:
        sentence = f"Keep the {most} recommendations that matter most. There are {count}"
        return [Missing(sentence, url, RECOMMENDATIONS)]
    if overall is not None and overall.rank < Grade.GOOD.rank and not count:
        sentence = (
            f"Write at least one recommendation, because the overall grade is {overall.label}"
        )
        return [Missing(sentence, url, RECOMMENDATIONS)]
    return []


def _strengths(draft: Draft) -> list[Missing]:
    written = [words for words in draft.evaluation.strengths if str(words).strip()]
    if len(written) >= draft.form.strengths_at_least:
        return []
    key = sections.STRENGTHS
    return [Missing("Name at least one strength", draft.at(key, "id_strength-0-words"), key)]


def _overall(draft: Draft) -> list[Missing]:
    form, key = draft.form, OVERALL
    found = _grade(draft, key, "Overall grade", key, OVERALL)
    for limit in limits.broken_by(form, draft.facts):
        found.append(Missing(limit.sentence.rstrip("."), draft.at(key, "id_overall-grade_0"), key))
    graded = {key for key, row in draft.judgements.items() if row.grade}
    if left := [pillar.key for pillar in form.pillars if pillar.key not in graded]:
        # The page opens once the pillars are graded: the way there leads over the next of them.
        url = draft.at(left[0], "id_judgement-grade_0")
        found = [replace(item, url=url) for item in found]
    return found


def _alerts(draft: Draft) -> list[Missing]:
    return [
        Missing(
            "A safety alert is waiting for the head of service to acknowledge it",
            sections.address("evaluations:alert", draft.evaluation, alert.pk),
            ALERTS,
        )
        for alert in draft.evaluation.alerts.filter(status=AlertStatus.RAISED)
    ]
