"""What does the form ask, in which words?

An instrument is data. This is the one place that knows how that data is laid out: everything else
reads a `Form`, whose words already carry the child's pronouns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations.enums import PILLARS, Grade
from evaluations.models import Instrument
from workflow import access
from workflow.exceptions import Conflict

PRONOUNS = {
    "she": {"they": "she", "them": "her", "their": "her"},
    "he": {"they": "he", "them": "him", "their": "his"},
    "they": {"they": "they", "them": "them", "their": "their"},
}
# “what they tell us” is “what she tells us”: the verbs that follow {they} in an instrument.
VERBS = {"are": "is", "were": "was", "have": "has", "do": "does", "go": "goes"} | {
    verb: f"{verb}s"
    for verb in [
        "tell",
        "live",
        "say",
        "need",
        "want",
        "know",
        "feel",
        "like",
        "see",
        "get",
        "think",
        "show",
        "say",
        "ask",
        "hear",
    ]
}
# After these the verb keeps its form: “can she see”, “does she know”.
AUXILIARIES = "can|could|did|do|does|may|might|must|should|will|would|to"
LETTERS = re.compile(r"[^a-z0-9]+")


def option_key(words: str) -> str:
    """How a chosen option is stored: “child protection” as child_protection."""
    return LETTERS.sub("_", str(words).lower()).strip("_")


def with_pronouns(text: str, pronouns: str = "they") -> str:
    """The text with {they}, {them}, {their} and {them}self in this child's pronouns.

    Unknown or missing pronouns read as “they”.
    """
    words = PRONOUNS.get(pronouns, PRONOUNS["they"])
    text = text.replace("{them}self", "themselves" if words["them"] == "them" else "{them}self")
    if words["they"] != "they":
        text = re.sub(
            rf"(?i)(?:\b({AUXILIARIES}) )?\{{they\}} ({'|'.join(VERBS)})\b",
            lambda m: (
                m.group(0) if m.group(1) else f"{m.group(0)[: -len(m.group(2))]}{VERBS[m.group(2)]}"
            ),
            text,
        )
    begins = text.startswith("{")
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text[:1].upper() + text[1:] if begins else text


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen: as stored and as read."""

    key: str
    words: str


def options_of(words: list[str]) -> tuple[Option, ...]:
    return tuple(Option(option_key(w), str(w)[:1].upper() + str(w)[1:]) for w in words)


@dataclass(frozen=True)
class ContextItem:
    """One line of the child and family at a glance. Kinds: one, many, number, date."""

    key: str
    kind: str
    options: tuple[Option, ...]
    prefilled: bool


@dataclass(frozen=True)
class Question:
    """A pair: Tell me beside Show me."""

    key: str
    number: int
    text: str
    why: str
    listen_for: tuple[str, ...]
    core: bool

    @property
    def short(self) -> str:
        """A few words for the list of questions: the key, as words."""
        words = self.key.removeprefix("her_").removeprefix("their_")
        return words.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Pillar:
    key: str
    title: str
    question: str
    questions: tuple[Question, ...]

    def get(self, key: str) -> Question | None:
        return next((q for q in self.questions if q.key == key), None)


@dataclass(frozen=True)
class JudgementItem:
    """A judgement after the pillars: a grade, or how far (yes, mostly, in part, no)."""

    key: str
    title: str
    is_grade: bool
    options: tuple[Option, ...]
    suggested_from: str


@dataclass(frozen=True)
class Limit:
    """A grade above this is refused at submission."""

    when: str
    overall_at_most: str


@dataclass(frozen=True)
class Form:
    """A whole instrument in one child's pronouns."""

    title: str
    context: tuple[ContextItem, ...]
    pillars: tuple[Pillar, ...]
    judgements: tuple[JudgementItem, ...]
    closing: dict[str, str]
    help: dict[str, str]  # why, of the closing questions
    strengths_at_least: int
    statements: dict[str, str]
    partner_statements: dict[str, str]
    open_questions: tuple[str, ...]
    statement_options: tuple[Option, ...]
    descriptors: dict[str, dict[str, tuple[str, ...]]]
    limits: tuple[Limit, ...]
    advice: tuple[str, ...]
    worker: dict[str, Any]
    pronoun: dict[str, str] = field(default_factory=dict)  # they, them, their

    def pillar(self, key: str) -> Pillar | None:
        return next((p for p in self.pillars if p.key == key), None)

    def judgement(self, key: str) -> JudgementItem | None:
        return next((j for j in self.judgements if j.key == key), None)

    def title_of(self, key: str) -> str:
        """The title of a pillar or of a judgement."""
        item = self.pillar(key) or self.judgement(key)
        return item.title if item else key

    def statements_for(self, voice: str) -> dict[str, str]:
        extra = self.partner_statements if voice == "partner" else {}
        return {**self.statements, **extra}


STATEMENT_OPTIONS = options_of(["yes", "mostly", "not really", "no", "not asked"])


def form_of(evaluation) -> Form:
    """The form of this evaluation: its own instrument version, in its child's pronouns."""
    return read(evaluation.instrument, (evaluation.glance or {}).get("pronouns") or "they")


def read(instrument: Instrument, pronouns: str = "they") -> Form:
    """An instrument as a typed form. A published version never changes, so it is read once."""
    pronouns = pronouns if pronouns in PRONOUNS else "they"
    if instrument.published_at is None:
        return _read(instrument.content, pronouns)
    return _read_published(instrument.key, instrument.version, _Content(instrument), pronouns)


class _Content:
    """The content of a published version, hashed by its identity so that it can be cached."""

    def __init__(self, instrument: Instrument):
        self.content = instrument.content
        self.stamp = (instrument.pk, instrument.published_at)

    def __hash__(self) -> int:
        return hash(self.stamp)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and other.stamp == self.stamp


@lru_cache(maxsize=24)
def _read_published(key: str, version: int, content: _Content, pronouns: str) -> Form:
    return _read(content.content, pronouns)


def _read(content: dict[str, Any], pronouns: str) -> Form:
    def say(text: str) -> str:
        return with_pronouns(str(text), pronouns)

    closing = {item["key"]: item for item in content["closing"]}
    feedback = content["feedback"]
    return Form(
        title=content["title"],
        context=tuple(
            ContextItem(
                key=item["key"],
                kind=item.get("kind", "one"),
                options=options_of(item.get("options", [])),
                prefilled=item.get("prefilled", False),
            )
            for item in content["context"]
        ),
        pillars=tuple(
            Pillar(
                key=pillar["key"],
                title=pillar["title"],
                question=say(pillar["question"]),
                questions=tuple(
                    Question(
                        key=q["key"],
                        number=number,
                        text=say(q["text"]),
                        why=say(q.get("why", "")),
                        listen_for=tuple(say(hint) for hint in q.get("listen_for", [])),
                        core=q.get("core", False),
                    )
                    for number, q in enumerate(pillar["questions"], 1)
                ),
            )
            for pillar in content["pillars"]
        ),
        judgements=tuple(
            JudgementItem(
                key=item["key"],
                title=say(item["title"]),
                is_grade=item["kind"] == "grade",
                options=options_of(item.get("options", [])),
                suggested_from=item.get("suggested_from", ""),
            )
            for item in content["judgements"]
        ),
        closing={key: say(item["text"]) for key, item in closing.items()},
        help={key: say(item.get("why", "")) for key, item in closing.items()},
        strengths_at_least=closing.get("strengths", {}).get("at_least", 0),
        statements={s["key"]: s["text"] for s in feedback["statements"]["all"]},
        partner_statements={s["key"]: s["text"] for s in feedback["statements"]["partner"]},
        open_questions=tuple(feedback["open"]),
        statement_options=STATEMENT_OPTIONS,
        descriptors={
            key: {grade: tuple(lines) for grade, lines in grades.items()}
            for key, grades in content["descriptors"].items()
        },
        limits=tuple(Limit(item["when"], item["overall_at_most"]) for item in content["limits"]),
        advice=tuple(content.get("advice", [])),
        worker=content.get("worker", {}),
        pronoun=PRONOUNS[pronouns],
    )


def problems(content: Any) -> list[str]:
    """What stops this content from being published, as sentences; empty when nothing does."""
    from evaluations import limits  # it reads forms, so it lies above this file

    if not isinstance(content, dict):
        return ["The file does not hold a form."]
    wanted = "key version title context pillars judgements closing feedback descriptors limits"
    lacking = [part for part in wanted.split() if part not in content]
    if lacking:
        return [f"The form has no {part}." for part in lacking]
    try:
        form = _read(content, "they")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return [f"The form is not laid out as expected near {error}."]
    found = []
    if tuple(p.key for p in form.pillars) != PILLARS:
        found.append(f"The pillars must be {', '.join(PILLARS)}, in that order.")
    for pillar in form.pillars:
        keys = [q.key for q in pillar.questions]
        found += [f"{pillar.key} asks {k} twice." for k in sorted(set(keys)) if keys.count(k) > 1]
        if set(form.descriptors.get(pillar.key, {})) != set(Grade.values):
            found.append(f"{pillar.key} needs words for each of the four grades.")
    found += [f"No rule of the service is called “{w}”." for w in limits.unknown(form)]
    return found


@transaction.atomic
def publish(content: dict[str, Any], *, by=None) -> tuple[Instrument, bool]:
    """Publish one version of the form. Gives it, and whether anything was done.

    Safe to repeat: the same content again changes nothing. `by` is None for the service itself
    (a new installation). Raises NotPermitted, and Conflict for content that is not a form or that
    differs from a version already published.
    """
    if by is not None:
        access.check(by, "instrument.publish")
    if found := problems(content):
        raise Conflict(" ".join(found))
    key, version = content["key"], content["version"]
    instrument = Instrument.objects.select_for_update().filter(
        key=key, version=version
    ).first() or Instrument(key=key, version=version)
    if instrument.published_at is not None:
        if instrument.content == content:
            return instrument, False
        raise Conflict(
            f"Version {version} of {key} is published, and a published version never changes. "
            "Give the changed form a new version number."
        )
    instrument.title = content["title"]
    instrument.content = content
    instrument.published_at = timezone.now()
    instrument.published_by = by
    instrument.save()
    TrailEntry.objects.record("publish", instrument, by=by, children=[])
    return instrument, True
