"""The menu offers each person their own places, once, and says where they are."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.test import override_settings
from django.urls import include, path

from trust_qa import navigation
from trust_qa.navigation import menu


def page(request):
    raise AssertionError("not opened here")


def part(*names):
    return [path("" if name == "list" else f"{name}/", page, name=name) for name in names]


urlpatterns = [
    path("", page, name="home"),
    path("evaluations/", include((part("list", "shared"), "evaluations"))),
    path("moderation/", include((part("list"), "moderation"))),
    path("recommendations/", include((part("list", "mine"), "recommendations"))),
    path("cycles/", include((part("list", "children"), "cycles"))),
]


@pytest.fixture(autouse=True)
def _no_counts(monkeypatch):
    """These people are not in the database: only the places are looked at here."""
    places = tuple(replace(place, count=None) for place in navigation.places())
    monkeypatch.setattr(navigation, "places", lambda: places)


def menu_of(*roles, at="/"):
    user = SimpleNamespace(is_authenticated=True, role_names=frozenset(roles))
    with override_settings(ROOT_URLCONF=__name__):
        return menu(SimpleNamespace(user=user, path=at))


def words(links):
    return [link.words for link in links]


@pytest.mark.parametrize(
    ("roles", "shown"),
    [
        (["practitioner"], ["Home", "Evaluations shared with me", "My actions"]),
        (["evaluator"], ["Home", "My evaluations", "Moderation", "Recommendations"]),
        (["moderator"], ["Home", "Moderation", "Recommendations"]),
        (["manager"], ["Home", "My team’s evaluations", "My team’s actions", "My actions"]),
        (
            ["hub_lead"],
            ["Home", "Cycles", "Children", "Evaluations", "Moderation", "Recommendations"],
        ),
        (["senior_leader"], ["Recommendations"]),
        (["system_administrator"], ["Home"]),
        (
            ["evaluator", "practitioner"],
            [
                "Home",
                "My evaluations",
                "Evaluations shared with me",
                "Moderation",
                "Recommendations",
                "My actions",
            ],
        ),
        ([], []),
    ],
)
def test_each_role_gets_its_places_and_none_that_do_not_exist(roles, shown):
    assert words(menu_of(*roles)) == shown


def test_one_address_is_offered_once_under_the_widest_words():
    links = menu_of("hub_officer", "evaluator")
    urls = [link.url for link in links]
    assert len(urls) == len(set(urls))
    assert "Evaluations" in words(links)
    assert "My evaluations" not in words(links)


@pytest.mark.parametrize(
    ("at", "current"),
    [
        ("/", {"Home": "page"}),
        ("/evaluations/", {"My evaluations": "page"}),
        ("/evaluations/shared/", {"Evaluations shared with me": "page"}),
        ("/evaluations/7c2/planning/", {"My evaluations": "true"}),
        ("/recommendations/mine/", {"My actions": "page"}),
        ("/recommendations/9/", {"Recommendations": "true"}),
        ("/help/", {}),
    ],
)
def test_the_menu_says_where_you_are(at, current):
    links = menu_of("evaluator", "practitioner", at=at)
    assert {link.words: link.current for link in links if link.current} == current


def test_a_neighbour_is_current_when_the_list_itself_is_not_yours():
    links = menu_of("practitioner", at="/recommendations/9/")
    assert [link.words for link in links if link.current] == ["My actions"]


def test_nobody_has_no_menu():
    user = SimpleNamespace(is_authenticated=False)
    assert menu(SimpleNamespace(user=user, path="/")) == []


def test_a_number_says_what_waits_and_nothing_waiting_says_nothing(monkeypatch):
    home = navigation.Place("Home", "home", frozenset({"moderator"}), count=lambda user: 2)
    cases = navigation.Place("Moderation", "moderation:list", frozenset({"moderator"}))
    monkeypatch.setattr(navigation, "places", lambda: (home, cases))
    assert [(link.words, link.count) for link in menu_of("moderator")] == [
        ("Home", 2),
        ("Moderation", 0),
    ]
