"""Where do two versions of a page differ, and what is kept of each?"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from evaluations.instrument import Form
from evaluations.saving import without_ids

MINE, THEIRS, BOTH = "mine", "theirs", "both"
FIELDS = {
    "tell": "Tell me",
    "show": "Show me",
    "not_found": "We did not find this",
    "finding": "What you found",
    "on_record": "Does the record show it?",
    "grade": "Grade",
    "elements_of_outstanding": "Elements of Outstanding",
    "reason": "Why this grade?",
    "sees_it_the_same": "Does the worker see it the same way?",
    "would_add": "What the worker would add",
    "extent": "How far?",
    "attempts": "Tries to hear them",
    "strengths": "What is strong",
    "message": "The message",
}


@dataclass(frozen=True)
class Difference:
    """One field that holds different things in two versions."""

    path: tuple[str, ...]
    label: str
    mine: str
    theirs: str
    can_join: bool

    @property
    def name(self) -> str:
        return f"keep-{'-'.join(self.path)}"

    @property
    def suggested(self) -> str:
        """What loses nothing. A choice between two answers is left to the person."""
        if not self.mine:
            return THEIRS
        if not self.theirs:
            return MINE
        return BOTH if self.can_join else ""


def differences(form: Form, key: str, mine: dict[str, Any], theirs: dict[str, Any]):
    """Every field in which what was just written differs from what is kept."""
    return list(_walk(form, key, (), mine, theirs))


def _walk(form, key, path, mine, theirs):
    for name, ours in mine.items():
        other, here = theirs.get(name), (*path, name)
        if isinstance(ours, dict):
            yield from _walk(form, key, here, ours, other or {})
        elif without_ids(ours) != without_ids(other) and (ours or other):
            yield Difference(
                here,
                _label(form, key, here),
                _words(ours),
                _words(other),
                isinstance(ours, list) or here[-1] in TEXTS,
            )


TEXTS = {"tell", "show", "reason", "would_add", "message"}


def _label(form: Form, key: str, path: tuple[str, ...]) -> str:
    pillar = form.pillar(key)
    if pillar and path[0] in ("answers", "evidence") and (question := pillar.get(path[1])):
        what = FIELDS.get(path[-1], "") if path[0] == "answers" else "Where you saw it"
        return f"Question {question.number}, “{what}”"
    last = FIELDS.get(path[-1], path[-1].replace("_", " ").capitalize())
    return f"{form.title_of(path[0])}: {last}" if form.judgement(path[0]) else last


def _words(value: Any) -> str:
    """A value as a person reads it."""
    if value is True or value is False:
        return "Ticked" if value else "Not ticked"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, list):
        return "\n".join(_words(inner) for inner in value)
    if isinstance(value, dict):
        told = [_words(inner) for name, inner in value.items() if name != "id" and inner]
        return ", ".join(told)
    text = str(value or "")
    is_key = text.isascii() and text.islower() and " " not in text
    return text.replace("_", " ").capitalize() if is_key else text


def joined(
    mine: dict[str, Any], theirs: dict[str, Any], found: list[Difference], choices: dict[str, str]
) -> dict[str, Any] | None:
    """One version out of two, as chosen; None while a choice is missing."""
    result = deepcopy(mine)
    for difference in found:
        choice = choices.get(difference.name)
        if choice not in (MINE, THEIRS, BOTH) or (choice == BOTH and not difference.can_join):
            return None
        ours, other = result, theirs
        for name in difference.path[:-1]:
            ours, other = ours[name], other.get(name, {})
        last = difference.path[-1]
        if choice == THEIRS:
            ours[last] = other.get(last)
        elif choice == BOTH:
            ours[last] = _both(ours[last], other.get(last))
    return result


def _both(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, list):
        known = without_ids(theirs or [])
        return [*(theirs or []), *(row for row in mine if without_ids(row) not in known)]
    return f"{theirs}\n\n{mine}" if theirs and mine else theirs or mine
