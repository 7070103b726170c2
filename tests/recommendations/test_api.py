"""Does the API take the same steps, and refuse in the same words, as the pages?"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recommendations.models import Recommendation, Revisit
from tests.recommendations.records import (
    another_child,
    evaluation_in,
    recommendation_at,
    revisit_of,
    written,
)

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


def said(trust, evaluation, **changes) -> dict:
    body = written(trust, **changes)
    return body | {
        "evaluation": evaluation.pk,
        "owner": body["owner"].pk,
        "accountable_manager": body["accountable_manager"].pk,
    }


def test_the_whole_way_through_the_api_alone(trust, api):
    evaluation = evaluation_in(trust, "in_progress")
    evaluator, owner, manager = api(trust.evaluator), api(trust.practitioner), api(trust.manager)
    hub, reviewer = api(trust.hub), api(trust.other_evaluator)

    made = evaluator.post(
        f"{ROOT}/recommendations/", said(trust, evaluation, priority="critical"), format="json"
    )
    assert (made.status_code, made.json()["status"]) == (201, "agreed")
    one = f"{ROOT}/recommendations/{made.json()['id']}"
    assert owner.post(f"{one}/start/").json()["status"] == "under_way"
    assert owner.post(f"{one}/claim_done/", {}, format="json").status_code == 400
    done = owner.post(f"{one}/claim_done/", {"evidence": "Plan, 3 May"}, format="json")
    assert done.json()["status"] == "done"
    assert owner.post(f"{one}/check/").status_code == 403
    type(evaluation).objects.filter(pk=evaluation.pk).update(
        status="shared",
        submitted_at=timezone.now(),
        submitted_by=trust.evaluator,
        shared_at=timezone.now(),
        shared_by=trust.hub,
    )
    assert manager.post(f"{one}/check/").json()["status"] == "checked"
    assert manager.post(f"{one}/check/").status_code == 409

    revisit = Revisit.objects.create(
        evaluation=evaluation, cycle=trust.cycle, kind="file_check", due_on=timezone.localdate()
    )
    look = f"{ROOT}/revisits/{revisit.pk}"
    assert (
        hub.post(
            f"{look}/allocate/", {"reviewer": trust.practitioner.pk}, format="json"
        ).status_code
        == 409
    )
    given = hub.post(f"{look}/allocate/", {"reviewer": trust.other_evaluator.pk}, format="json")
    assert given.json()["status"] == "allocated"
    assert reviewer.post(f"{look}/start/").json()["status"] == "in_progress"
    finding = {
        "recommendation": made.json()["id"],
        "done": True,
        "on_record": True,
        "difference": "better",
        "note": "She told me",
    }
    assert reviewer.post(f"{look}/record/", {"findings": [{}]}, format="json").status_code == 400
    recorded = reviewer.post(f"{look}/record/", {"findings": [finding]}, format="json")
    assert recorded.json()["status"] == "completed"
    assert Recommendation.objects.get().status == "loop_closed"
    assert reviewer.post(f"{look}/record/", {"findings": []}, format="json").status_code == 409


BAD = [
    ({"action": ""}, "action"),
    ({"action": "a" * 301}, "action"),
    ({"problem": "a\x00b"}, "problem"),
    ({"pillar": "nonsense"}, "pillar"),
    ({"theme": "nonsense"}, "theme"),
    ({"owner": 999999}, "owner"),
    ({"evaluation": 999999}, "evaluation"),
    ({"priority": None}, "priority"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_bad_words_are_said_field_by_field(trust, api, changes, field):
    evaluation = evaluation_in(trust, "in_progress")

    response = api(trust.evaluator).post(
        f"{ROOT}/recommendations/", said(trust, evaluation) | changes, format="json"
    )

    assert (response.status_code, list(response.json())) == (400, [field])


def test_what_may_not_be_seen_is_not_there(trust, api):
    record = recommendation_at(trust, "under_way")
    one = f"{ROOT}/recommendations/{record.pk}/"

    assert api(trust.outsider).get(one).status_code == 404
    assert api(trust.outsider).get(f"{ROOT}/recommendations/").json()["results"] == []
    assert api(trust.outsider).post(f"{one}start/").status_code == 404
    assert api(trust.practitioner).get(one).json()["reference"] == record.reference
    assert (
        api(trust.manager).post(f"{one}withdraw/", {"reason": "No"}, format="json").status_code
        == 403
    )


@pytest.mark.parametrize(
    ("verb", "who", "body"),
    [
        ("change_due_date", "manager", {"due_on": "2026-02-31", "reason": "x"}),
        ("change_due_date", "manager", {"due_on": "2030-02-01"}),
        ("withdraw", "hub_lead", {"reason": ""}),
        ("assign_owner", "manager", {"owner": "nobody"}),
        ("supersede", "hub_lead", {"superseded_by": 999999, "reason": "x"}),
        ("update_progress", "practitioner", {"note": "\x00"}),
    ],
)
def test_a_bad_body_is_400(trust, api, verb, who, body):
    record = recommendation_at(trust, "under_way")

    response = api(getattr(trust, who)).post(
        f"{ROOT}/recommendations/{record.pk}/{verb}/", body, format="json"
    )

    assert response.status_code == 400


@pytest.mark.parametrize("name", ["recommendations", "revisits"])
def test_a_list_asks_the_database_as_often_for_three_as_for_one(trust, api, name):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            evaluation = evaluation_in(trust, "shared", child=another_child(trust))
            recommendation_at(trust, "under_way", evaluation=evaluation)
            revisit_of(trust, evaluation)
        with CaptureQueriesContext(connection) as queries:
            response = api(trust.hub).get(f"{ROOT}/{name}/")
        counts.append(len(queries))

    assert len(response.json()["results"]) == 3
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "query", ["text=%00", "owner=nobody", "cycle=99999999999999999999", "view=nowhere"]
)
def test_a_filter_that_makes_no_sense_is_400(trust, api, query):
    assert api(trust.hub).get(f"{ROOT}/recommendations/?{query}").status_code == 400
