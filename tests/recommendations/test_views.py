"""What do the pages show, to whom, and what do they say when something will not do?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluations.models import Judgement
from recommendations import actions
from recommendations.models import Recommendation, Revisit
from tests.recommendations.records import (
    another_child,
    evaluation_in,
    last_cycle,
    recommendation_at,
    revisit_of,
    written,
)

pytestmark = pytest.mark.django_db


def page(client, name, *args, **query):
    return client.get(reverse(name, args=args), query)


def form_of(trust, **changes) -> dict:
    said = written(trust, **changes)
    return {
        **said,
        "owner": said["owner"].pk if said["owner"] else "",
        "accountable_manager": said["accountable_manager"].pk,
        "agreed_with": "",
    }


# The central record ------------------------------------------------------------------------------

LISTS = ["recommendations:list", "recommendations:mine", "recommendations:to_check"]


@pytest.mark.parametrize("name", [*LISTS, "revisits:list"])
@pytest.mark.parametrize("who", ["practitioner", "manager", "hub"])
def test_a_list_asks_the_database_as_often_for_three_as_for_one(trust, browse, name, who):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            evaluation = evaluation_in(trust, "shared", child=another_child(trust))
            recommendation_at(trust, "under_way", evaluation=evaluation)
            evaluation = evaluation_in(trust, "shared", child=another_child(trust))
            done = recommendation_at(trust, "done", evaluation=evaluation)
            revisit_of(trust, done.evaluation)
        client = browse(getattr(trust, who))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert page(client, name).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


SEES = {
    "practitioner": 200,
    "manager": 200,
    "head": 200,
    "director": 200,
    "evaluator": 200,
    "hub": 200,
    "hub_lead": 200,
    "other_practitioner": 404,
    "other_evaluator": 404,
    "moderator": 404,
    "leader": 404,
    "administrator": 404,
    "outsider": 404,
}


@pytest.mark.parametrize("who", SEES)
def test_who_may_read_the_page_of_one(trust, browse, who):
    record = recommendation_at(trust, "under_way")

    assert (
        page(browse(getattr(trust, who)), "recommendations:detail", record.pk).status_code
        == (SEES[who])
    )


def test_a_draft_is_for_those_who_write_it(trust, browse):
    record = recommendation_at(trust, "draft")

    statuses = {
        who: page(browse(getattr(trust, who)), "recommendations:detail", record.pk).status_code
        for who in ("practitioner", "manager", "evaluator")
    }

    assert statuses == {"practitioner": 404, "manager": 404, "evaluator": 200}


@pytest.mark.parametrize(
    "status",
    ["agreed", "under_way", "done", "checked", "loop_closed", "withdrawn", "superseded"],
)
def test_every_stage_has_a_page(trust, browse, status):
    record = recommendation_at(trust, status)

    for who in (trust.practitioner, trust.manager, trust.hub, trust.hub_lead):
        response = page(browse(who), "recommendations:detail", record.pk)
        assert response.status_code == 200
        assert record.action in response.content.decode()


def test_the_owner_sees_the_action_at_submission_and_the_grade_only_when_shared(trust, browse):
    evaluation = evaluation_in(trust, "submitted")
    record = recommendation_at(trust, "agreed", evaluation=evaluation)
    Judgement.objects.create(
        evaluation=evaluation, key="overall", grade="inadequate", final_grade="inadequate"
    )
    client = browse(trust.practitioner)

    before = page(client, "recommendations:detail", record.pk).content.decode()
    listed = page(client, "recommendations:list").content.decode()
    type(evaluation).objects.filter(pk=evaluation.pk).update(status="shared")
    after = page(client, "recommendations:detail", record.pk).content.decode()

    assert record.action in before
    assert ("Inadequate" in before, "Inadequate" in listed, "Inadequate" in after) == (
        False,
        False,
        True,
    )


def test_the_counts_follow_the_filters(trust, browse):
    recommendation_at(trust, "agreed")
    late = recommendation_at(
        trust, "agreed", evaluation=evaluation_in(trust, "shared", child=another_child(trust))
    )
    Recommendation.objects.filter(pk=late.pk).update(
        due_on=timezone.localdate() - timedelta(days=3), theme="drift"
    )
    client = browse(trust.hub)

    everything = page(client, "recommendations:list").context["counts"]
    some = page(client, "recommendations:list", theme="drift").context["counts"]

    assert (everything["open"], everything["overdue"], everything["children"]) == (2, 1, 2)
    assert (some["open"], some["overdue"], some["oldest_days"]) == (1, 1, 3)


@pytest.mark.parametrize("view", ["open", "overdue", "soon", "to_check", "revisit", "closed"])
def test_each_saved_view_opens(trust, browse, view):
    recommendation_at(trust, "loop_closed")
    recommendation_at(trust, "checked")

    assert page(browse(trust.hub), "recommendations:list", view=view).status_code == 200
    assert page(browse(trust.hub), "recommendations:list", view=view, list="all").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"text": "\x00"},
        {"text": "x" * 5000},
        {"owner": "nobody"},
        {"cycle": "99999999999999999999"},
        {"view": "nowhere"},
        {"age": "-1", "theme": "none", "page": "last"},
        {"service_area": "\x00"},
    ],
)
@pytest.mark.parametrize("name", ["recommendations:list", "revisits:list"])
def test_a_filter_that_makes_no_sense_is_never_an_error_of_ours(trust, browse, name, query):
    recommendation_at(trust, "agreed")

    assert page(browse(trust.hub), name, **query).status_code == 200


# Writing -----------------------------------------------------------------------------------------


def test_the_evaluator_writes_changes_and_removes_drafts(trust, browse):
    evaluation = evaluation_in(trust, "in_progress")
    client = browse(trust.evaluator)
    address = reverse("recommendations:write", args=[evaluation.pk])

    assert client.get(address).status_code == 200
    response = client.post(address, form_of(trust))
    assert response.status_code == 302
    record = Recommendation.objects.get()
    assert (record.reference, record.status) == (f"{evaluation.reference}-R1", "draft")

    edit = reverse("recommendations:edit", args=[evaluation.pk, record.pk])
    assert client.get(edit).status_code == 200
    assert client.post(edit, form_of(trust, action="Ask her first")).status_code == 302
    record.refresh_from_db()
    assert record.action == "Ask her first"

    remove = reverse("recommendations:remove", args=[evaluation.pk, record.pk])
    assert client.get(remove).status_code == 200
    assert client.post(remove).status_code == 302
    assert Recommendation.objects.count() == 0


BAD = [
    ({"difference": ""}, "difference", "Say what will be different for the child."),
    ({"action": ""}, "action", "Say what should happen."),
    (
        {"action": "a" * 301},
        "action",
        "Use 300 characters or fewer. You have 301.",
    ),
    ({"problem": "a\x00b"}, "problem", "Null characters are not allowed."),
    ({"theme": "nonsense"}, "theme", "Choose a theme shown."),
    ({"priority": ""}, "priority", "Say how soon."),
    ({"owner": 999999}, "owner", "Choose somebody from the list."),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD)
def test_what_will_not_do_is_said_beside_the_field_and_kept(
    trust, browse, changes, field, sentence
):
    evaluation = evaluation_in(trust, "in_progress")
    address = reverse("recommendations:write", args=[evaluation.pk])

    response = browse(trust.evaluator).post(address, form_of(trust) | changes)

    assert response.status_code == 200
    assert response.context["form"].errors == {field: [sentence]}
    assert "Her words in the plan" in response.content.decode()
    assert Recommendation.objects.count() == 0


def test_the_owner_cannot_be_the_one_who_checks(trust, browse):
    evaluation = evaluation_in(trust, "in_progress")
    address = reverse("recommendations:write", args=[evaluation.pk])

    response = browse(trust.evaluator).post(address, form_of(trust, owner=trust.manager))

    assert response.context["form"].errors == {
        "accountable_manager": [
            "Somebody other than the owner checks the work. Choose another person."
        ]
    }


def test_a_sixth_recommendation_is_refused_with_a_sentence(trust, browse):
    evaluation = evaluation_in(trust, "in_progress")
    for number in range(5):
        actions.create(evaluation, by=trust.evaluator, **written(trust, action=f"Action {number}"))
    address = reverse("recommendations:write", args=[evaluation.pk])

    response = browse(trust.evaluator).post(address, form_of(trust))

    assert response.status_code == 409
    assert "An evaluation has at most 5 recommendations." in response.content.decode()


def test_only_the_evaluator_may_open_the_writing_page(trust, browse):
    evaluation = evaluation_in(trust, "in_progress")
    address = reverse("recommendations:write", args=[evaluation.pk])

    statuses = {
        who: browse(getattr(trust, who)).get(address).status_code
        for who in ("evaluator", "practitioner", "manager", "hub", "other_evaluator", "outsider")
    }

    assert statuses == {
        "evaluator": 200,
        "practitioner": 403,
        "manager": 403,
        "hub": 403,
        "other_evaluator": 404,
        "outsider": 404,
    }


def test_a_near_duplicate_is_pointed_out_and_kept(trust, browse):
    evaluation = evaluation_in(trust, "in_progress")
    actions.create(evaluation, by=trust.evaluator, **written(trust))
    address = reverse("recommendations:write", args=[evaluation.pk])

    response = browse(trust.evaluator).post(
        address,
        form_of(trust, action="Agree a family time plan that he has helped to write"),
        follow=True,
    )

    assert Recommendation.objects.count() == 2
    assert "This reads much like" in response.content.decode()


# Steps -------------------------------------------------------------------------------------------


def test_owner_and_manager_take_it_to_checked_through_pages(trust, browse):
    record = recommendation_at(trust, "agreed")
    owner, manager = browse(trust.practitioner), browse(trust.manager)
    update = reverse("recommendations:update", args=[record.pk])
    check = reverse("recommendations:check", args=[record.pk])

    assert owner.post(update, {"note": "We have begun"}).status_code == 302
    response = owner.post(update, {"is_done": "on", "note": "Finished"})
    assert response.status_code == 400
    assert response.context["form"].errors == {
        "evidence": ["Say where in the record it can be seen."]
    }
    assert "Finished" in response.content.decode()
    assert owner.post(update, {"is_done": "on", "evidence": "Plan, 3 May"}).status_code == 302
    assert owner.post(check, {"outcome": "check"}).status_code == 403
    assert manager.post(check, {"outcome": "ask_for_more"}).context["form"].errors == {
        "note": ["Say what is still needed."]
    }
    assert manager.post(check, {"outcome": "check", "note": "Seen"}).status_code == 302
    record.refresh_from_db()
    assert (record.status, record.checked_by) == ("checked", trust.manager)
    assert manager.post(check, {"outcome": "check"}).status_code == 409


@pytest.mark.parametrize(
    ("due_on", "sentence"),
    [
        ("31/02/2027", "Enter a real date, such as 27 3 2026."),
        ("2020-01-01", "The new date must be today or later."),
        ("9999-12-31", "Choose a date within the next two years."),
        ("", "Enter the new date."),
    ],
)
def test_a_date_that_cannot_be_is_said_beside_the_field(trust, browse, due_on, sentence):
    record = recommendation_at(trust, "agreed")
    address = reverse("recommendations:change_due_date", args=[record.pk])

    response = browse(trust.manager).post(address, {"due_on": due_on, "reason": "In hospital"})

    assert response.context["form"].errors == {"due_on": [sentence]}
    assert "In hospital" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "who", "said"),
    [
        ("assign_owner", "manager", lambda t: {"owner": t.head.pk, "reason": "Away"}),
        (
            "change_due_date",
            "manager",
            lambda t: {
                "due_on": f"{timezone.localdate() + timedelta(days=40)}",
                "reason": "Away",
            },
        ),
        ("withdraw", "hub_lead", lambda t: {"reason": "The child has moved away"}),
    ],
)
def test_each_step_has_a_page(trust, browse, name, who, said):
    record = recommendation_at(trust, "under_way")
    client = browse(getattr(trust, who))
    address = reverse(f"recommendations:{name}", args=[record.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, said(trust)).status_code == 302
    assert client.get(record.get_absolute_url()).status_code == 200
    assert browse(trust.practitioner).get(address).status_code == 403


# Revisits ----------------------------------------------------------------------------------------


def test_hub_and_reviewer_take_a_full_revisit_through_pages(trust, browse):
    evaluation = evaluation_in(trust, "shared", cycle=last_cycle(trust), reference="PE-2627Q2-0001")
    record = recommendation_at(trust, "checked", evaluation=evaluation)
    Judgement.objects.create(evaluation=evaluation, key="overall", grade="inadequate")
    Judgement.objects.create(
        evaluation=evaluation, key="planning", grade="inadequate", reason="No plan"
    )
    hub, reviewer = browse(trust.hub), browse(trust.other_evaluator)

    assert hub.get(reverse("revisits:draw")).status_code == 200
    assert hub.post(reverse("revisits:draw"), {"cycle": trust.cycle.pk}).status_code == 302
    revisit = Revisit.objects.get()
    assert revisit.kind == "full"
    allocate = reverse("revisits:allocate", args=[revisit.pk])
    assert hub.get(allocate).status_code == 200
    refused = hub.post(allocate, {"reviewer": trust.evaluator.pk})
    assert refused.context["form"].errors == {
        "reviewer": ["This person cannot look again here. Choose somebody from the list."]
    }
    assert hub.post(allocate, {"reviewer": trust.other_evaluator.pk}).status_code == 302
    assert reviewer.get(revisit.get_absolute_url()).status_code == 200
    assert reviewer.post(reverse("revisits:start", args=[revisit.pk])).status_code == 302
    address = reverse("revisits:record", args=[revisit.pk])
    assert "No plan" in reviewer.get(address).content.decode()
    assert hub.get(address).status_code == 403

    said = {
        f"r{record.pk}-done": "yes",
        f"r{record.pk}-on_record": "yes",
        f"r{record.pk}-difference": "better",
        "version": "0",
    }
    for key in ("child_voice", "assessment", "planning", "oversight"):
        said |= {f"{key}-grade": "good", f"{key}-reason": "It has changed"}
    response = reviewer.post(address, said)
    assert response.status_code == 400
    assert "Say how you know." in response.content.decode()
    said[f"r{record.pk}-note"] = "She told me so"
    assert reviewer.post(address, said).status_code == 302

    record.refresh_from_db()
    revisit.refresh_from_db()
    evaluation.refresh_from_db()
    assert (record.status, revisit.status, evaluation.status) == (
        "loop_closed",
        "completed",
        "closed",
    )
    assert reviewer.get(address).status_code == 302
    assert reviewer.post(address, said).status_code == 409
    assert hub.get(revisit.get_absolute_url()).status_code == 200
    assert reviewer.get(revisit.get_absolute_url()).status_code == 200
