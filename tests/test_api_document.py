"""Can the API describe itself, and does it answer with the agreed refusals?"""

import io

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from evaluations.models import Evaluation
from tests.factories import make_evaluation


def test_the_document_is_made_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_every_promised_part_is_there(db, trust, api):
    listed = api(trust.hub_lead).get("/api/v1/").json()

    promised = {
        "cycles",
        "children",
        "evaluations",
        "moderation-cases",
        "panels",
        "recommendations",
        "revisits",
        "reminders",
    }
    assert promised - set(listed) == set()


@pytest.mark.django_db
def test_a_token_made_by_command_opens_the_api_and_a_wrong_one_does_not(trust):
    said = io.StringIO()
    call_command("create_api_token", trust.hub.email, stdout=said, stderr=io.StringIO())
    right, wrong = APIClient(), APIClient()
    right.credentials(HTTP_AUTHORIZATION=f"Bearer {said.getvalue().strip()}")
    wrong.credentials(HTTP_AUTHORIZATION="Bearer " + "0" * 64)

    assert right.get("/api/v1/cycles/").status_code == 200
    assert wrong.get("/api/v1/cycles/").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "days"), [("nobody@trust.example", 90), ("", 90)])
def test_a_token_for_nobody_is_refused(email, days):
    with pytest.raises(CommandError):
        call_command("create_api_token", email, days=days)


@pytest.mark.django_db
def test_unseen_is_404_forbidden_is_403_wrong_state_is_409_and_bad_input_is_400(trust, api):
    evaluation = make_evaluation(trust.cycle, trust.child)
    at = f"/api/v1/evaluations/{evaluation.pk}"

    assert api(trust.outsider).get(f"{at}/").status_code == 404
    assert api(trust.outsider).get("/api/v1/evaluations/999999/").status_code == 404
    assert api(trust.practitioner).post(f"{at}/accept-unmoderated/").status_code == 403
    assert api(trust.hub_lead).post(f"{at}/accept-unmoderated/").status_code == 409
    assert (
        api(trust.hub).post(f"{at}/allocate/", {"evaluator": "x"}, format="json").status_code == 400
    )
    assert Evaluation.objects.get().status == "planned"


@pytest.mark.django_db
def test_readiness_says_what_is_not_well(client):
    reply = client.get("/readyz/")

    assert reply.status_code == 503
    assert reply.json()["database"] == "ok"
    assert reply.json()["sweep"] == "late"
    assert client.get("/healthz/").json() == {"status": "ok"}


@pytest.mark.django_db
def test_the_document_and_its_page_need_a_sign_in(trust, browse, client):
    assert client.get("/api/schema/").status_code in {401, 403}
    assert browse(trust.hub).get("/api/schema/").status_code == 200
    assert browse(trust.hub).get("/api/docs/").status_code == 200
