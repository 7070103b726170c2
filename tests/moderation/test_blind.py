"""Is a moderator blind until everybody has sent? Each world holds data that could leak."""

import json
import re

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from moderation import actions
from tests.moderation.scenes import EVALUATOR_REASON, grades, grading, send, words

pytestmark = pytest.mark.django_db

PAGES = ["case", "grade", "send", "evidence"]
FIRST_REASON = "OTHER-MODERATOR-CANARY"


def pages_of(case):
    return [
        reverse("moderation:list"),
        *(reverse(f"moderation:{name}", args=[case.pk]) for name in PAGES),
        "/moderation/?why=inadequate&why=outstanding&why=first_evaluations",
        f"/moderation/?service_area={case.evaluation.service_area_id}",
    ]


def addresses_of(case):
    return [
        "/api/v1/moderation-cases/",
        f"/api/v1/moderation-cases/{case.pk}/",
        "/api/v1/moderation-cases/?why=inadequate",
        "/api/v1/panels/",
    ]


def everything_shown(case, person, browse, api) -> str:
    shown = [browse(person).get(address).content.decode() for address in pages_of(case)]
    shown += [
        json.dumps(api(person).get(address).json(), default=str) for address in addresses_of(case)
    ]
    return "\n".join(shown)


def secrets_of(case) -> list[str]:
    evaluation = case.evaluation
    return [
        evaluation.evaluator.name,
        evaluation.practitioner.name,
        evaluation.team.name,
        EVALUATOR_REASON,
        FIRST_REASON,
        "One of the evaluator",
        "An Inadequate judgement",
    ]


@pytest.mark.parametrize("sent", [False, True])
def test_a_moderator_is_shown_no_name_grade_or_reason_before_the_reveal(trust, sent, browse, api):
    case = grading(trust, grades(planning="inadequate", overall="requires_improvement"))
    send(case, trust.moderator2, grades("outstanding"), FIRST_REASON)
    if sent:  # and a third is still to send
        actions.ModeratorAssignment.objects.create(case=case, moderator=trust.chair)
        send(case, trust.moderator, grades(), "My own words.")

    shown = everything_shown(case, trust.moderator, browse, api)

    assert case.evaluation.reference in shown
    assert "Jo said so." in shown  # the evidence is there to be read
    assert [secret for secret in secrets_of(case) if secret in shown] == []


def test_after_the_reveal_the_same_pages_do_show_them(trust, browse, api):
    case = grading(trust, grades(planning="inadequate", overall="requires_improvement"))
    send(case, trust.moderator2, grades(), FIRST_REASON)
    case = send(case, trust.moderator, grades(), "My own words.")

    shown = everything_shown(case, trust.moderator, browse, api)

    assert [secret for secret in secrets_of(case) if secret not in shown] == []


@pytest.mark.parametrize("role", ["hub_officer", "hub_lead"])
def test_a_second_role_makes_nobody_see_more(trust, role, browse, api):
    case = grading(trust, grades(planning="inadequate", overall="requires_improvement"))
    trust.moderator.grants.create(role=role, starts="2020-01-01")
    person = User.objects.get(pk=trust.moderator.pk)

    shown = everything_shown(case, person, browse, api)
    rows = api(person).get("/api/v1/moderation-cases/").json()["results"]

    # The Practice Hub's filter offers every team's area and every reason; no row may tell one.
    assert [secret for secret in secrets_of(case)[:5] if secret in shown] == []
    assert [row["why"] for row in rows] == [None]
    assert browse(person).get("/moderation/").context["rows"][0]["why"] == ()


def stripped(content: str) -> str:
    """Without what differs between any two requests: tokens, nonces and times of the clock."""
    content = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", content)
    content = re.sub(r"PE-2627Q3-\d+|/cases/\d+|moderation-cases/\d+", "REF", content)
    return re.sub(r'"(id|queued_at)": ?[^,}]+', "", content)


def one_world(trust, hidden, others, browse, api) -> list[str]:
    """What Liam is shown of one case, in a world that is taken back afterwards."""
    with transaction.atomic():
        case = grading(trust, hidden)
        send(case, trust.moderator2, others, FIRST_REASON)
        actions.save_grades(case, by=trust.moderator, version=0, grades=words(grades()))
        me, machine = browse(trust.moderator), api(trust.moderator)
        texts = [stripped(me.get(one).content.decode()) for one in pages_of(case)]
        texts += [stripped(machine.get(one).content.decode()) for one in addresses_of(case)]
        transaction.set_rollback(True)
    return texts


def test_two_worlds_that_differ_in_hidden_grades_look_the_same(trust, browse, api):
    with time_machine.travel("2026-11-23 10:00:00+00:00", tick=False):
        first = one_world(trust, grades(), grades(), browse, api)
        second = one_world(trust, grades("inadequate"), grades("outstanding"), browse, api)

    assert [one for one, other in zip(first, second, strict=True) if one != other] == []


def test_the_hub_officer_is_told_no_grade_by_the_reason_or_the_filter(trust, browse, api):
    case = grading(trust, grades(planning="inadequate", overall="requires_improvement"))

    page = browse(trust.hub).get("/moderation/").content.decode()
    rows = api(trust.hub).get("/api/v1/moderation-cases/").json()["results"]
    found = api(trust.hub).get("/api/v1/moderation-cases/?why=inadequate").json()

    assert case.evaluation.reference in page
    assert [row["why"] for row in rows] == [None]
    assert found["count"] == 0


def test_the_hub_lead_is_told_why(trust, api):
    grading(trust, grades(planning="inadequate", overall="requires_improvement"))

    found = api(trust.hub_lead).get("/api/v1/moderation-cases/?why=inadequate").json()

    assert [row["why"] for row in found["results"]] == [
        [
            "An Inadequate judgement",
            "A grade limit was reached",
            "One of the evaluator’s first",
        ]
    ]


@pytest.mark.parametrize(
    "who", ["practitioner", "manager", "head", "evaluator", "leader", "administrator", "chair"]
)
def test_for_everybody_else_it_does_not_exist(trust, who, browse, api):
    case = grading(trust)
    person = getattr(trust, who)

    codes = {browse(person).get(address).status_code for address in pages_of(case)[1:5]}
    codes.add(api(person).get(f"/api/v1/moderation-cases/{case.pk}/").status_code)

    assert codes == {404}


def test_the_evaluator_sees_no_moderators_grade_before_the_reveal_nor_their_words_after(
    trust, browse
):
    """permissions.csv gives the evaluator no view of other people's grades at any stage."""
    case = grading(trust)
    send(case, trust.moderator2, grades(), FIRST_REASON)
    case = send(case, trust.moderator, grades(planning="requires_improvement"))

    page = browse(trust.evaluator).get(case.get_absolute_url())

    assert page.status_code == 200
    assert FIRST_REASON not in page.content.decode()
