"""How high may the overall grade go, and what sits oddly beside the answers?

The instrument names its limits and its advice in words; each wording has one rule here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from evaluations.enums import (
    EXPERIENCE,
    OVERALL,
    PILLARS,
    AlertStatus,
    FeedbackOutcome,
    FindingWord,
    Grade,
)
from evaluations.instrument import Form, Limit, form_of


@dataclass(frozen=True)
class Facts:
    """What the rules look at."""

    grades: dict[str, Grade] = field(default_factory=dict)
    core_noes: Counter = field(default_factory=Counter)  # pillar → core questions found “no”
    unsafe_now: bool = False
    recommended: bool = False
    heard: bool = False

    @property
    def pillar_grades(self) -> dict[str, Grade]:
        return {key: self.grades[key] for key in PILLARS if key in self.grades}


def facts_of(evaluation, form: Form) -> Facts:
    """Read the facts of one evaluation: five queries, however much has been written."""
    noes: Counter = Counter()
    for pillar, question in evaluation.answers.filter(finding=FindingWord.NO).values_list(
        "pillar", "question"
    ):
        asked = form.pillar(pillar)
        if asked and (item := asked.get(question)) and item.core:
            noes[pillar] += 1
    return Facts(
        grades={
            key: Grade(grade)
            for key, grade in evaluation.judgements.exclude(grade="").values_list("key", "grade")
        },
        core_noes=noes,
        unsafe_now=evaluation.alerts.filter(not_safe_now=True)
        .exclude(status=AlertStatus.CLOSED)
        .exists(),
        recommended=evaluation.recommendations.exclude(
            status__in=["withdrawn", "superseded"]
        ).exists(),
        heard=evaluation.feedback.filter(outcome=FeedbackOutcome.SPOKEN_WITH).exists(),
    )


def _any_pillar_inadequate(facts: Facts) -> bool:
    return Grade.INADEQUATE in facts.pillar_grades.values()


def _not_safe_now(facts: Facts) -> bool:
    return facts.unsafe_now


# The instrument's wording → (the rule, why in the words of a page).
LIMITS: dict[str, tuple[Callable[[Facts], bool], str]] = {
    "any pillar is inadequate": (_any_pillar_inadequate, "a pillar is Inadequate"),
    "an open safety alert says the child is not safe now": (
        _not_safe_now,
        "an open safety alert says the child is not safe now",
    ),
}


@dataclass(frozen=True)
class Reached:
    """A limit whose condition holds."""

    when: str
    at_most: Grade
    why: str

    @property
    def sentence(self) -> str:
        return f"The overall grade can be {self.at_most.label} at most, because {self.why}."


def reached(evaluation) -> list[Reached]:
    """The limits whose condition holds for this evaluation, lowest first."""
    form = form_of(evaluation)
    return reached_by(form, facts_of(evaluation, form))


def reached_by(form: Form, facts: Facts) -> list[Reached]:
    """The limits that these facts reach, lowest first."""
    found = [
        Reached(limit.when, Grade(limit.overall_at_most), LIMITS[limit.when][1])
        for limit in form.limits
        if LIMITS[limit.when][0](facts)
    ]
    return sorted(found, key=lambda limit: limit.at_most.rank)


def broken_by(form: Form, facts: Facts) -> list[Reached]:
    """The limits that the overall grade goes beyond."""
    overall = facts.grades.get(OVERALL)
    if overall is None:
        return []
    return [limit for limit in reached_by(form, facts) if overall.rank > limit.at_most.rank]


@dataclass(frozen=True)
class Advice:
    """Something to think about again. It never blocks."""

    sentence: str
    key: str  # the judgement it is about


def _overall_above_every_pillar(facts: Facts, form: Form) -> list[Advice]:
    overall, pillars = facts.grades.get(OVERALL), facts.pillar_grades
    if overall and pillars and all(overall.rank > grade.rank for grade in pillars.values()):
        return [Advice("The overall grade is above every pillar.", OVERALL)]
    return []


def _good_with_three_noes(facts: Facts, form: Form) -> list[Advice]:
    counts = dict(facts.core_noes) | {OVERALL: sum(facts.core_noes.values())}
    return [
        Advice(
            f"{form.title_of(key)} is {grade.label}, "
            f"and {counts[key]} of its main questions were answered “no”.",
            key,
        )
        for key, grade in facts.grades.items()
        if counts.get(key, 0) >= 3 and grade.rank >= Grade.GOOD.rank
    ]


def _inadequate_without_recommendation(facts: Facts, form: Form) -> list[Advice]:
    if facts.recommended:
        return []
    return [
        Advice(f"{form.title_of(key)} is Inadequate, and there is no recommendation yet.", key)
        for key in (*PILLARS, EXPERIENCE, OVERALL)
        if facts.grades.get(key) == Grade.INADEQUATE
    ]


def _nobody_heard(facts: Facts, form: Form) -> list[Advice]:
    return [] if facts.heard else [Advice("Nobody has been heard from yet.", OVERALL)]


ADVICE: dict[str, Callable[[Facts, Form], list[Advice]]] = {
    "overall is above every pillar": _overall_above_every_pillar,
    'good or better with three or more core findings of "no"': _good_with_three_noes,
    "inadequate without a recommendation": _inadequate_without_recommendation,
    "nobody was heard from": _nobody_heard,
}


def advice_by(form: Form, facts: Facts, key: str = "") -> list[Advice]:
    """What to think about again: for one judgement, or (without a key) for the whole."""
    found = [advice for words in form.advice for advice in ADVICE[words](facts, form)]
    return [advice for advice in found if key in ("", advice.key)]


def unknown(form: Form) -> list[str]:
    """Limits and advice of a form that no rule here knows; they stop it from being published."""
    wanted: list[Limit] = list(form.limits)
    known = {*LIMITS, *ADVICE}
    return [
        words for words in (*[limit.when for limit in wanted], *form.advice) if words not in known
    ]
