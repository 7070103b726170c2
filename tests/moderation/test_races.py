"""When two press at once, does exactly one lawful thing happen? PostgreSQL only: row locks."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from moderation import actions, panels
from moderation.models import Decision
from tests.factories import make_trust
from tests.moderation.scenes import grades, grading, referred, send, sitting, words
from workflow.exceptions import Conflict

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def town():
    if connection.vendor != "postgresql":
        pytest.skip("Rival transactions need PostgreSQL.")
    return make_trust()


def at_once(*presses) -> list:
    """What each press gave or raised, all let go at the same moment."""
    gate = threading.Barrier(len(presses))
    results: list = [None] * len(presses)

    def run(index, press):
        try:
            gate.wait(10)
            results[index] = press()
        except Exception as problem:  # noqa: BLE001  every outcome is looked at by the test
            results[index] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(presses)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def refusals(results) -> list[type]:
    return [type(result) for result in results if isinstance(result, Exception)]


def test_of_two_decisions_on_one_judgement_one_wins(town):
    case = referred(town)
    sitting(town, case)
    change = {"reason_code": "severity", "reason": "Why."}

    results = at_once(
        lambda: panels.decide(case, by=town.chair, key="planning", grade="good"),
        lambda: panels.decide(case, by=town.chair, key="planning", grade="inadequate", **change),
    )

    assert refusals(results) == [Conflict]
    assert Decision.objects.filter(case=case, key="planning").count() == 1
    case.refresh_from_db()
    assert case.status == "decided"


def test_two_last_moderators_sending_at_once_reveal_once(town):
    case = grading(town)
    for person in (town.moderator, town.moderator2):
        actions.save_grades(case, by=person, version=0, grades=words(grades()))

    results = at_once(
        lambda: actions.lock_grades(case, by=town.moderator),
        lambda: actions.lock_grades(case, by=town.moderator2),
    )

    assert refusals(results) == []
    case.refresh_from_db()
    assert case.status == "agreed"
    assert case.decisions.count() == 6


def test_sending_and_being_replaced_at_once_have_one_outcome(town):
    case = grading(town)
    send(case, town.moderator2, grades())
    actions.save_grades(case, by=town.moderator, version=0, grades=words(grades()))

    results = at_once(
        lambda: actions.lock_grades(case, by=town.moderator),
        lambda: actions.replace_moderator(
            case, by=town.hub, old=town.moderator, new=town.chair, reason="Away."
        ),
    )

    assert len(refusals(results)) == 1
    case.refresh_from_db()
    replaced = case.assignments.get(moderator=town.moderator).replaced_at is not None
    assert case.status == ("grading" if replaced else "agreed")


def test_two_windows_saving_at_once_lose_nothing_unsaid(town):
    case = grading(town)

    results = at_once(
        *(
            lambda grade=grade: actions.save_grades(
                case, by=town.moderator, version=0, grades=words(grades(grade))
            )
            for grade in ("good", "inadequate")
        )
    )

    assert len(refusals(results)) == 1
    seat = case.assignments.get(moderator=town.moderator)
    assert (seat.version, len({g.grade for g in seat.grades.all()})) == (1, 1)
