"""Which member of staff, and which team, does an extract mean by a name?

"SMITH,  José (Agency)" and "Jose Smith" are one name: marks, case, titles, brackets and the order
of surname and first name don't count. Only an exact match in that sense is a match; for the rest
the nearest name is offered, and a person decides.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev"}
NEAR_ENOUGH = 0.72


@dataclass(frozen=True)
class Candidate:
    """Somebody or something that a name in the file could mean."""

    key: Hashable
    name: str
    email: str = ""
    staff_number: str = ""


@dataclass(frozen=True)
class Match:
    """Whom a name means, or else the nearest, or those who share the name."""

    name: str
    found: Candidate | None = None
    nearest: Candidate | None = None
    shared_by: tuple[Candidate, ...] = ()


def plain_name(text: str) -> str:
    """A person's name as compared: "O’Brien-Lee, Mrs Zoë (AYSE)" is "zoe obrien lee"."""
    text = _plain(re.sub(r"[(\[].*?[)\]]", " ", text))
    surname, comma, first = text.partition(",")
    words = f"{first} {surname}" if comma else text
    return " ".join(word for word in _words(words) if word not in TITLES)


def plain_team(text: str) -> str:
    """A team's name as compared: "The Care & Support Team 1" is "care and support 1"."""
    words = _words(_plain(text).replace("&", " and "))
    return " ".join(word for word in words if word not in ("team", "the")) or " ".join(words)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _words(text: str) -> list[str]:
    return re.sub(r"[\W_]+", " ", re.sub(r"['’‘`.]", "", text)).split()


def match_people(names: Iterable[str], staff: Iterable[Candidate]) -> dict[str, Match]:
    """For each name in the file, the member of staff it means; by e-mail or staff number too."""
    staff = list(staff)
    by_number = {person.staff_number.casefold(): person for person in staff if person.staff_number}
    by_email = {person.email.casefold(): person for person in staff if person.email}

    def directly(name: str) -> Candidate | None:
        return by_email.get(name.casefold()) or by_number.get(name.casefold())

    # Last, the same words in another order: "Smith Jane" without its comma.
    keys = (plain_name, lambda name: " ".join(sorted(plain_name(name).split())))
    return _match(names, staff, keys, directly)


def match_teams(names: Iterable[str], teams: Iterable[Candidate]) -> dict[str, Match]:
    """For each team's name in the file, the team it means."""
    return _match(names, list(teams), (plain_team,), lambda name: None)


def _match(names, candidates: list[Candidate], keys, directly) -> dict[str, Match]:
    indexes = []
    for key in keys:
        index: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            index[key(candidate.name)].append(candidate)
        indexes.append((key, index))
    first_key, first_index = indexes[0]
    plain_names = [plain for plain in first_index if plain]

    def match(name: str) -> Match:
        if found := directly(name):
            return Match(name, found)
        for key, index in indexes:
            sharing = index.get(key(name)) if key(name) else None
            if sharing and len(sharing) == 1:
                return Match(name, sharing[0])
            if sharing:
                return Match(name, shared_by=tuple(sharing))
        near = difflib.get_close_matches(first_key(name), plain_names, 1, NEAR_ENOUGH)
        return Match(name, nearest=first_index[near[0]][0] if near else None)

    return {name: match(name) for name in dict.fromkeys(names)}
