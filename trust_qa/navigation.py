"""Which places are in the menu for this person, and which one are they in?

The menu offers; it does not permit. Every page asks its own rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from moderation.querysets import waiting_for

HUB = frozenset({"hub_officer", "hub_lead"})
REVIEWERS = frozenset({"evaluator", "moderator"})


@dataclass(frozen=True)
class Place:
    """A menu item: its words, where it goes and for whom.

    `count` says how much waits for this person: a number that falls only when they act.
    """

    words: str
    url_name: str
    roles: frozenset[str]
    count: Callable[[Any], int] | None = None


@dataclass(frozen=True)
class Link:
    """A menu item as drawn: `current` is "page" on that very page, "true" inside its part."""

    words: str
    url: str
    count: int = 0
    current: str = ""


def places() -> tuple[Place, ...]:
    """The whole menu, in order. Of two with one address, a person gets the first of theirs."""
    everybody = frozenset({"practitioner", "manager", "evaluator", "moderator"}) | HUB
    return (
        Place("Home", "home", everybody | {"information_governance", "system_administrator"}),
        Place("Dashboard", "reports:dashboard", frozenset({"senior_leader"})),
        Place("Cycles", "cycles:list", HUB),
        Place("Children", "cycles:children", HUB),
        Place("Evaluations", "evaluations:list", HUB),
        Place("My evaluations", "evaluations:list", frozenset({"evaluator"})),
        Place("My team’s evaluations", "evaluations:shared", frozenset({"manager"})),
        Place("Evaluations shared with me", "evaluations:shared", frozenset({"practitioner"})),
        Place("Moderation", "moderation:list", REVIEWERS | HUB, count=waiting_for),
        Place("Recommendations", "recommendations:list", REVIEWERS | HUB | {"senior_leader"}),
        Place("To check", "recommendations:to_check", frozenset({"manager"})),
        Place("My team’s actions", "recommendations:list", frozenset({"manager"})),
        Place("My actions", "recommendations:mine", frozenset({"practitioner", "manager"})),
        Place("Revisits", "revisits:list", HUB | {"evaluator"}),
        Place("Dashboard", "reports:dashboard", HUB),
        Place("Users and roles", "accounts:people", frozenset({"system_administrator"}) | HUB),
        Place("Imports", "cycles:imports", HUB),
        Place("E-mails", "notifications:outbox", frozenset({"system_administrator"}) | HUB),
    )


def menu(request: HttpRequest) -> list[Link]:
    """The menu of the signed-in person; empty for anybody else.

    Somebody with several roles gets one merged bar. A place whose address does not exist is left
    out.
    """
    user = request.user
    if not user.is_authenticated:
        return []
    held = user.role_names
    found: dict[str, Place] = {}
    for place in places():
        if place.roles & held:
            try:
                found.setdefault(reverse(place.url_name), place)
            except NoReverseMatch:
                continue
    here = _current(request.path, list(found))
    return [
        Link(
            words=place.words,
            url=url,
            count=place.count(user) if place.count else 0,
            current=("page" if url == request.path else "true") if url == here else "",
        )
        for url, place in found.items()
    ]


def _current(path: str, urls: list[str]) -> str:
    """The item this page belongs to: the longest address it lies under, else its neighbour."""
    under = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    if under:
        return max(under, key=len)
    part = path.split("/")[1]
    return next((url for url in urls if part and url.split("/")[1] == part), "")
