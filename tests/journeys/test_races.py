"""Of two people who press at the same moment, does exactly one win?

Real rows, real locks, two connections. On SQLite there is one writer at a time, so there is no race
to lose; these run on PostgreSQL.
"""

from collections import Counter
from threading import Barrier, Thread

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.roles import Role
from audit_trail.models import TrailEntry
from evaluations import actions as evaluation_actions
from evaluations import planning
from moderation import actions as moderation_actions
from moderation import panels
from recommendations import actions as recommendation_actions
from recommendations import revisits
from tests.evaluations.stages import make_at
from tests.factories import make_user
from tests.moderation import scenes
from tests.recommendations.records import recommendation_at, revisit_of
from workflow.exceptions import Conflict

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="SQLite lets one writer in at a time; the race needs PostgreSQL (DATABASE_URL)",
    ),
]


def at_once(*presses):
    """Run these together, each on its own connection; gives "won" or the refusal of each."""
    start = Barrier(len(presses))
    outcomes: list = [None] * len(presses)

    def press(place, action):
        try:
            connection.ensure_connection()
            start.wait(10)
            action()
            outcomes[place] = "won"
        except Exception as error:  # noqa: BLE001  a thread's failure must reach the test
            outcomes[place] = error
        finally:
            connection.close()

    threads = [Thread(target=press, args=pair) for pair in enumerate(presses)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def second_lead():
    return make_user("Hana Lead", Role.HUB_LEAD)


def two_eliminate(trust):
    evaluation = make_at(trust, "allocated")
    return (
        evaluation,
        "eliminate",
        [
            lambda by=by: planning.eliminate(evaluation, reason_code="moved", by=by)
            for by in (trust.hub, trust.hub2)
        ],
    )


def two_allocate(trust):
    evaluation = make_at(trust, "planned", evaluator=None)
    return (
        evaluation,
        "allocate",
        [
            lambda by=by, to=to: planning.allocate(evaluation, evaluator=to, by=by)
            for by, to in (
                (trust.hub, trust.evaluator),
                (trust.hub2, trust.other_evaluator),
            )
        ],
    )


def two_submit(trust):
    evaluation = make_at(trust, "in_progress")
    return (
        evaluation,
        "submit",
        [lambda: evaluation_actions.submit(evaluation, by=trust.evaluator)] * 2,
    )


def two_return_or_accept(trust):
    evaluation = make_at(trust, "submitted")
    second = second_lead()
    return (
        evaluation,
        None,
        [
            lambda: evaluation_actions.return_to_draft(
                evaluation, by=trust.hub_lead, reason="More."
            ),
            lambda: evaluation_actions.accept_unmoderated(evaluation, by=second),
        ],
    )


def two_release(trust):
    evaluation = released_next(trust)
    second = second_lead()
    return (
        evaluation,
        "approve_share",
        [
            lambda by=by: evaluation_actions.approve_share(evaluation, by=by)
            for by in (trust.hub_lead, second)
        ],
    )


def released_next(trust):
    evaluation = make_at(trust, "finalised")
    return evaluation_actions.check_third_party(evaluation, by=trust.hub, note="Nothing found.")


def two_check(trust):
    recommendation = recommendation_at(trust, "done")
    return (
        recommendation,
        "check",
        [
            lambda by=by: recommendation_actions.check(recommendation, by=by)
            for by in (trust.manager, trust.hub)
        ],
    )


def check_or_ask_for_more(trust):
    recommendation = recommendation_at(trust, "done")
    return (
        recommendation,
        None,
        [
            lambda: recommendation_actions.check(recommendation, by=trust.manager),
            lambda: recommendation_actions.ask_for_more(
                recommendation, by=trust.hub, reason="Her own words."
            ),
        ],
    )


def two_decide(trust):
    """The chair at two windows, with two minds."""
    case = scenes.referred(trust)
    scenes.sitting(trust, case)
    case.refresh_from_db()
    changed = {"reason_code": "severity", "reason": "There is no plan."}
    return (
        case,
        "record_decision",
        [
            lambda: panels.decide(case, by=trust.chair, key="planning", grade="good"),
            lambda: panels.decide(
                case, by=trust.chair, key="planning", grade="requires_improvement", **changed
            ),
        ],
    )


def two_open(trust):
    panel = scenes.panel_for(trust, scenes.referred(trust))
    present = [trust.chair, trust.moderator, trust.moderator2]
    return panel, "open", [lambda: panels.open_panel(panel, by=trust.chair, present=present)] * 2


def two_assign(trust):
    case = scenes.queued(trust)
    people = [trust.moderator, trust.moderator2]
    return (
        case,
        "assign",
        [
            lambda by=by: moderation_actions.assign(case, by=by, people=people)
            for by in (trust.hub, trust.hub2)
        ],
    )


def two_lock(trust):
    """One moderator at two windows."""
    case = scenes.grading(trust)
    moderation_actions.save_grades(
        case, by=trust.moderator, version=0, grades=scenes.words(scenes.grades())
    )
    return (
        case,
        "lock_grades",
        [lambda: moderation_actions.lock_grades(case, by=trust.moderator)] * 2,
    )


def two_record(trust):
    """The reviewer at two windows."""
    recommendation = recommendation_at(trust, "checked")
    revisit = revisit_of(trust, recommendation.evaluation)
    finding = {
        "recommendation": recommendation,
        "done": True,
        "on_record": True,
        "difference": "better",
        "note": "She told me.",
    }
    return (
        revisit,
        "complete",
        [lambda: revisits.record(revisit, by=trust.other_evaluator, findings=[finding])] * 2,
    )


RIVALS = [
    two_allocate,
    two_eliminate,
    two_submit,
    two_return_or_accept,
    two_release,
    two_check,
    check_or_ask_for_more,
    two_assign,
    two_lock,
    two_open,
    two_decide,
    two_record,
]


@pytest.mark.parametrize("rivals", RIVALS)
def test_of_two_rivals_one_wins_and_the_other_is_told(trust, rivals):
    record, verb, presses = rivals(trust)
    before = TrailEntry.objects.for_record(record).count()

    outcomes = at_once(*presses)

    assert outcomes.count("won") == 1, outcomes
    (lost,) = [outcome for outcome in outcomes if outcome != "won"]
    assert isinstance(lost, Conflict), repr(lost)
    assert str(lost)
    if verb:  # written once, whatever followed from it
        assert TrailEntry.objects.for_record(record).filter(action=verb).count() == 1
    assert TrailEntry.objects.for_record(record).count() > before


def test_taking_out_beats_accepting_or_follows_it(trust):
    evaluation = make_at(trust, "allocated")

    out, accepted = at_once(
        lambda: planning.eliminate(evaluation, reason_code="moved", by=trust.hub),
        lambda: evaluation_actions.accept(evaluation, by=trust.evaluator),
    )

    steps = list(
        TrailEntry.objects.for_record(evaluation)
        .order_by("pk")
        .values_list("action", "before", "after")
    )
    assert out == "won"
    if accepted == "won":  # first she said yes, then it was taken out
        assert steps == [
            ("accept", "allocated", "accepted"),
            ("eliminate", "accepted", "eliminated"),
        ]
    else:
        assert isinstance(accepted, Conflict)
        assert steps == [("eliminate", "allocated", "eliminated")]
    evaluation.refresh_from_db()
    assert evaluation.status == "eliminated"


def test_two_moderators_who_send_together_reveal_once(trust):
    case = scenes.grading(trust)
    for person in (trust.moderator, trust.moderator2):
        moderation_actions.save_grades(
            case, by=person, version=0, grades=scenes.words(scenes.grades())
        )

    outcomes = at_once(
        *(
            lambda by=by: moderation_actions.lock_grades(case, by=by)
            for by in (trust.moderator, trust.moderator2)
        )
    )

    assert outcomes == ["won", "won"]
    verbs = Counter(TrailEntry.objects.for_record(case).values_list("action", flat=True))
    assert (verbs["lock_grades"], verbs["reveal"], verbs["settle"]) == (2, 1, 1)
    case.evaluation.refresh_from_db()
    assert case.evaluation.status == "finalised"


def test_through_the_api_one_gets_200_and_the_other_409(trust):
    evaluation = released_next(trust)
    replies = []

    def press(person):
        client = APIClient()
        client.force_authenticate(person)
        address = f"/api/v1/evaluations/{evaluation.pk}/approve-share/"
        replies.append(client.post(address, {}, format="json"))

    second = second_lead()
    outcomes = at_once(lambda: press(trust.hub_lead), lambda: press(second))

    assert outcomes == ["won", "won"]
    replies.sort(key=lambda reply: reply.status_code)
    assert [reply.status_code for reply in replies] == [200, 409]
    assert replies[0].json()["status"] == "shared"
    assert replies[1].json() == {
        "detail": "You cannot release this evaluation now: it is “Shared”."
    }
    released = TrailEntry.objects.for_record(evaluation).filter(action="approve_share")
    assert released.count() == 1
