"""Does the API of cycles and children keep the pages' rules?"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit_trail.models import TrailEntry
from cycles import actions
from cycles.models import Cycle
from tests.factories import make_child, make_cycle, make_evaluation

CYCLES, CHILDREN = "/api/v1/cycles/", "/api/v1/children/"
PLAN = {"label": "2031-32 Q2", "starts_on": "2031-07-01", "ends_on": "2031-09-30", "size": 12}


def test_the_hub_takes_a_cycle_from_plan_to_closed(trust, api):
    hub, lead = api(trust.hub), api(trust.hub_lead)

    planned = hub.post(CYCLES, PLAN, format="json")
    assert (planned.status_code, planned.data["status"]) == (201, "planned")
    one = f"{CYCLES}{planned.data['id']}/"

    drawn = hub.post(f"{one}draw_sample/")
    assert (drawn.status_code, drawn.data["frame_count"]) == (200, 1)
    for client, step, status in (
        (hub, "open", "open"),
        (hub, "start_moderating", "moderating"),
        (lead, "close", "closed"),
    ):
        assert client.post(f"{one}{step}/").data["status"] == status
        assert client.post(f"{one}{step}/").status_code == 409
    assert hub.get(CYCLES, {"status": "closed"}).data["count"] == 1


def test_what_cannot_be_a_cycle_answers_400_by_field(trust, api):
    for changes, field in (
        ({"label": "Spring"}, "label"),
        ({"label": "2031\x00"}, "label"),
        ({"label": "2026-27 Q3"}, "label"),
        ({"starts_on": "2031-02-31"}, "starts_on"),
        ({"ends_on": "2031-07-01"}, "ends_on"),
        ({"size": 10**30}, "size"),
        ({"size": None}, "size"),
    ):
        answer = api(trust.hub).post(CYCLES, PLAN | changes, format="json")
        assert (answer.status_code, set(answer.data)) == (400, {field})
    assert Cycle.objects.count() == 1


@pytest.mark.parametrize("step", ["open", "start_moderating", "close", "draw_sample"])
def test_steps_are_refused_to_others_and_for_what_is_not_there(step, trust, api):
    for person in (trust.evaluator, trust.manager, trust.leader):
        assert api(person).post(f"{CYCLES}{trust.cycle.pk}/{step}/").status_code == 403
    assert api(trust.hub_lead).post(f"{CYCLES}99999/{step}/").status_code == 404
    assert api(trust.hub_lead).post(f"{CYCLES}x/{step}/").status_code == 404
    assert TrailEntry.objects.filter(action=step).count() == 0


def test_only_the_hub_plans(trust, api):
    assert api(trust.manager).post(CYCLES, PLAN, format="json").status_code == 403
    assert api(trust.manager).post(CYCLES, {}, format="json").status_code == 403


def test_a_child_is_added_on_purpose(trust, api):
    child = make_child(trust.other_team, trust.other_practitioner)
    actions.draw_sample(trust.cycle, by=trust.hub, seed="s")
    trust.cycle.sample.entries.filter(child=child).delete()
    address = f"{CYCLES}{trust.cycle.pk}/add_to_sample/"
    body = {"child": child.reference, "note": "A line of enquiry"}

    assert api(trust.manager).post(address, body, format="json").status_code == 403
    assert api(trust.hub).post(address, body, format="json").status_code == 201
    again = api(trust.hub).post(address, body, format="json")
    assert (again.status_code, set(again.data)) == (400, {"child"})
    unknown = api(trust.hub).post(address, body | {"child": "C-NOBODY"}, format="json")
    assert (unknown.status_code, set(unknown.data)) == (400, {"child"})


def test_children_are_shown_to_those_who_may_and_the_look_is_in_the_trail(trust, api):
    one = f"{CHILDREN}{trust.child.pk}/"
    shown = api(trust.manager).get(one)

    assert shown.status_code == 200
    assert {**shown.data} == {
        "id": trust.child.pk,
        "reference": trust.child.reference,
        "age_band": shown.data["age_band"],
        "gender": "girl",
        "plan_type": "child_protection",
        "service_area": trust.safeguarding.pk,
        "team": trust.team.pk,
        "practitioner": trust.practitioner.pk,
        "is_open": True,
    }
    assert TrailEntry.objects.get().action == "view"
    hidden, missing = (api(trust.other_manager).get(a) for a in (one, f"{CHILDREN}99999/"))
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert api(trust.leader).get(CHILDREN).data["count"] == 0


def test_an_identifier_is_revealed_with_a_reason(trust, api):
    address = f"{CHILDREN}{trust.child.pk}/reveal_identifier/"

    refused = api(trust.hub).post(address, {}, format="json")
    assert (refused.status_code, set(refused.data)) == (400, {"reason"})
    shown = api(trust.hub).post(address, {"reason": "To open the record"}, format="json")
    assert shown.data == {"identifier": trust.child.identifier}
    assert api(trust.manager).post(address, {}, format="json").status_code == 200
    assert api(trust.other_manager).post(address, {}, format="json").status_code == 404


def test_a_look_up_answers_alike_for_absent_and_out_of_scope(trust, api):
    address = f"{CHILDREN}look_up/"
    known = {"identifier": trust.child.identifier}

    found = api(trust.manager).post(address, known, format="json")
    assert found.data["reference"] == trust.child.reference
    hidden = api(trust.other_manager).post(address, known, format="json")
    absent = api(trust.other_manager).post(address, {"identifier": "EC999999"}, format="json")
    assert (hidden.status_code, hidden.content) == (404, absent.content)
    assert api(trust.practitioner).post(address, known, format="json").status_code == 403
    for typed in ("", "  ", "x" * 99, "EC\x00"):
        bad = api(trust.hub).post(address, {"identifier": typed}, format="json")
        assert (bad.status_code, set(bad.data)) == (400, {"identifier"})


@pytest.mark.parametrize("address", [CYCLES, CHILDREN])
def test_lists_ask_as_many_questions_for_three_rows_as_for_one(
    address, trust, api, django_assert_num_queries
):
    hub = api(trust.hub)
    hub.get(address)
    with CaptureQueriesContext(connection) as one:
        assert hub.get(address).data["count"] == 1
    for n in range(2):
        make_cycle(label=f"203{n}-3{n + 1} Q1")
        make_evaluation(trust.cycle, make_child(trust.team, trust.practitioner))

    with django_assert_num_queries(len(one)):
        assert hub.get(address).data["count"] == 3
