"""Do the pages of cycles and children work for people, and refuse whom they must?"""

import re

import pytest
from django.urls import reverse

from audit_trail.models import TrailEntry
from cycles import actions
from cycles.models import Cycle, Sample
from evaluations.models import Evaluation
from tests.factories import make_child, make_cycle, make_evaluation


def plan_data(page, **changes):
    """What a browser would post: every field as it stands, with some changed."""
    form = page.context["form"]
    data = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    data = {name: value for name, value in data.items() if value is not False}
    return data | changes


WHEN = {"label": "2031-32 Q2", "starts_on": "2031-07-01", "ends_on": "2031-09-30", "size": "12"}


def test_the_hub_plans_draws_opens_and_allocates_through_pages(trust, browse):
    for _ in range(8):
        make_child(trust.team, trust.practitioner)
    hub = browse(trust.hub)
    page = hub.get(reverse("cycles:plan"))
    data = plan_data(page, label="2031-32 Q2", starts_on="2031-07-01", ends_on="2031-09-30")

    hub.post(reverse("cycles:plan"), data | {"size": "3", "submit_by": "12", "due_high": "8"})
    cycle = Cycle.objects.get(label="2031-32 Q2")
    assert (cycle.policy.submit_by, cycle.policy.due_working_days["high"]) == (12, 8)

    hub.post(reverse("cycles:draw_sample", args=[cycle.pk]))
    shown = hub.get(reverse("cycles:sample", args=[cycle.pk])).content.decode()
    assert "Does the sample look like our children?" in shown
    assert cycle.sample.seed in shown

    hub.post(reverse("planning:create", args=[cycle.pk]))
    hub.post(reverse("cycles:open", args=[cycle.pk]))
    allocation = reverse("planning:allocation", args=[cycle.pk])
    page = hub.get(allocation, {"suggest": "1"})
    assert "3 proposed. Nothing is saved" in page.content.decode()
    assert Evaluation.objects.filter(status="planned").count() == 3

    chosen = {bound.html_name: bound.value() for bound in page.context["form"]}
    assert hub.post(allocation, chosen).status_code == 302

    assert Evaluation.objects.filter(status="allocated").count() == 3
    assert "All 3 have an evaluator." in hub.get(allocation).content.decode()
    out = Evaluation.objects.first()
    take_out = reverse("planning:eliminate", args=[cycle.pk, out.pk])
    assert "Next in reserve: C-" in hub.get(take_out).content.decode()
    hub.post(take_out, {"reason_code": "moved", "replace": "on"})
    assert Evaluation.objects.filter(status="planned").count() == 1
    page = hub.get(cycle.get_absolute_url())
    assert [row["count"] for row in page.context["funnel"]] == [1, 2, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"label": ""}, "Enter the quarter."),
        ({"label": "Spring"}, "Write the quarter like this: 2026-27 Q3."),
        ({"label": "2026-27 Q3"}, "There is a cycle for this quarter already."),
        ({"label": "x" * 300}, "20 characters"),
        ({"label": "2031\x00"}, "haracters"),
        ({"starts_on": "31/02/2031"}, "Enter a real first day."),
        ({"starts_on": "0001-01-01"}, "Enter a year from 2015 to 2100."),
        ({"ends_on": "2031-06-01"}, "The last day must be after the first."),
        ({"size": "0"}, "“How many evaluations” must be 1 or more"),
        ({"size": "9" * 40}, "Choose at most 500 evaluations."),
        ({"size": "many"}, "Enter how many evaluations as a whole number."),
        ({"submit_by": "0"}, "“Send in by” must be 1 or more"),
        ({"due_low": "soon"}, "Low: due within: enter a whole number from 1 to 250."),
    ],
)
def test_what_cannot_be_planned_is_said_beside_the_field(changes, sentence, trust, browse):
    hub = browse(trust.hub)
    data = plan_data(hub.get(reverse("cycles:plan"))) | WHEN | {"table_within": "33"} | changes

    page = hub.post(reverse("cycles:plan"), data)

    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert 'value="33"' in page.content.decode()
    assert Cycle.objects.count() == 1


def test_an_open_cycles_rules_answer_409_and_stay(trust, browse):
    hub = browse(trust.hub)
    address = reverse("cycles:edit", args=[trust.cycle.pk])

    page = hub.post(address, plan_data(hub.get(address), submit_by="3"))

    assert page.status_code == 409
    assert "You cannot change this cycle now" in page.content.decode()
    trust.cycle.refresh_from_db()
    assert trust.cycle.policy.submit_by == 15


PAGES = ["edit", "open", "start_moderating", "sample", "draw_sample", "add_to_sample"]


@pytest.mark.parametrize("name", [*PAGES, "close", "allocation", "create"])
def test_doors_of_the_pages_of_a_cycle(name, trust, browse, client):
    space = "planning" if name in {"allocation", "create"} else "cycles"
    address = reverse(f"{space}:{name}", args=[trust.cycle.pk])

    assert client.get(address).status_code == 302
    assert browse(trust.evaluator).get(address).status_code == 403
    assert browse(trust.leader).get(address).status_code == 403
    assert browse(trust.hub_lead).get(address).status_code == 200
    gone = address.replace(f"/{trust.cycle.pk}/", "/99999/")
    assert browse(trust.hub_lead).get(gone).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the child’s reference."),
        ("C-NOBODY", "There is no child with this reference."),
        ("C-\x00", "haracters"),
        ("x" * 99, "20 characters"),
    ],
)
def test_a_child_added_on_purpose_has_to_exist(typed, sentence, trust, browse):
    actions.draw_sample(trust.cycle, by=trust.hub)
    address = reverse("cycles:add_to_sample", args=[trust.cycle.pk])

    page = browse(trust.hub).post(address, {"child": typed, "note": "My own words"})

    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert "My own words" in page.content.decode()


def test_a_conflict_on_the_table_is_said_in_words_and_nothing_is_saved(trust, browse):
    trust.team.manager = trust.evaluator
    trust.team.save()
    evaluation = make_evaluation(trust.cycle, trust.child)
    address = reverse("planning:allocation", args=[trust.cycle.pk])
    name = f"evaluator_{evaluation.pk}"

    page = browse(trust.hub).post(address, {name: trust.evaluator.pk})
    assert page.status_code == 409
    assert "Ruth Adeleke manages Jo Bennett. Choose somebody else." in page.content.decode()
    for typed in ("", "0", "x\x00", "999999999999999999999"):
        assert browse(trust.hub).post(address, {name: typed}).status_code == 200
    evaluation.refresh_from_db()
    assert evaluation.status == "planned"


def test_a_hub_lead_overrides_on_the_page_of_one_evaluation(trust, browse):
    trust.evaluator.team = trust.team
    trust.evaluator.save()
    evaluation = make_evaluation(trust.cycle, trust.child)
    address = reverse("planning:allocate", args=[trust.cycle.pk, evaluation.pk])
    assert "override_reason" not in browse(trust.hub).get(address).content.decode()

    lead = browse(trust.hub_lead)
    refused = lead.post(address, {"evaluator": trust.evaluator.pk})
    assert refused.status_code == 409
    assert "Ruth Adeleke is in the same team." in refused.content.decode()
    lead.post(address, {"evaluator": trust.evaluator.pk, "override_reason": "Nobody else"})

    evaluation.refresh_from_db()
    assert evaluation.evaluator == trust.evaluator
    other = make_cycle(label="2030-31 Q1")
    wrong = reverse("planning:allocate", args=[other.pk, evaluation.pk])
    assert lead.get(wrong).status_code == 404


# Children ----------------------------------------------------------------------------------------


def test_who_sees_the_page_of_a_child_and_each_look_is_in_the_trail(trust, browse):
    address = trust.child.get_absolute_url()
    seen = {
        name
        for name, person in vars(trust).items()
        if hasattr(person, "role_names") and browse(person).get(address).status_code == 200
    }

    assert seen == {"practitioner", "manager", "head", "director", "hub", "hub2", "hub_lead"}
    looks = TrailEntry.objects.filter(action="view", record_reference=trust.child.reference)
    assert looks.count() == len(seen)


def test_no_page_shows_the_identifier_until_it_is_revealed(trust, browse):
    hub = browse(trust.hub)
    for address in (trust.child.get_absolute_url(), reverse("cycles:children")):
        assert trust.child.identifier not in hub.get(address).content.decode()
    reveal = reverse("cycles:reveal", args=[trust.child.pk])
    assert trust.child.identifier not in hub.get(reveal).content.decode()
    assert "Say why you need to see it." in hub.post(reveal, {"reason": ""}).content.decode()

    page = hub.post(reveal, {"reason": "To open the record"})

    assert trust.child.identifier in page.content.decode()
    entry = TrailEntry.objects.get(action="reveal_identifier")
    assert (entry.by, entry.reason) == (trust.hub, "To open the record")
    assert trust.child.identifier not in str(entry.detail)
    assert trust.child.identifier not in hub.get(trust.child.get_absolute_url()).content.decode()


def test_a_look_up_answers_alike_for_absent_and_out_of_scope(trust, browse):
    person = browse(trust.other_manager)
    typed = (trust.child.identifier, "EC999999")

    answers = [
        re.sub(
            r"nonce=\"[^\"]+\"|csrfmiddlewaretoken\" value=\"[^\"]+\"|" + one,
            "",
            person.post(reverse("cycles:look_up"), {"identifier": one}).content.decode(),
        )
        for one in typed
    ]

    assert answers[0] == answers[1]
    assert "We hold no child with this identifier" in answers[0]
    found = browse(trust.manager).post(reverse("cycles:look_up"), {"identifier": typed[0]})
    assert found.url == trust.child.get_absolute_url()


@pytest.mark.parametrize("typed", ["", "   ", "x" * 100, "EC\x00", "\ud800"])
def test_what_cannot_be_looked_up_keeps_the_page(typed, trust, browse):
    data = {"identifier": typed.encode("utf-8", "replace").decode()}
    page = browse(trust.hub).post(reverse("cycles:look_up"), data)

    assert page.status_code == 200
    assert "govuk-error-message" in page.content.decode()


def test_the_thirty_first_look_up_answers_429(trust, browse):
    for _ in range(30):
        actions.look_up("NOBODY", by=trust.hub)

    assert browse(trust.hub).post(reverse("cycles:look_up"), {"identifier": "A"}).status_code == 429


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"mine", "closed", "care"}),
        ("is_open=true", {"mine", "care"}),
        ("is_open=false", {"closed"}),
        ("plan_type=care_leaver", {"closed"}),
        ("plan_type=care_leaver&plan_type=adoption", {"closed", "care"}),
        ("team={care_team}", {"care"}),
        ("service_area={safeguarding}", {"mine", "closed"}),
        ("reference={mine}", {"mine"}),
        ("team=x&plan_type=y&is_open=z&service_area=99999999999999999999", None),
        ("reference=%00&page=1", None),
    ],
)
def test_children_are_filtered(query, expected, trust, browse):
    children = {
        "mine": trust.child,
        "closed": make_child(
            trust.team, trust.practitioner, is_open=False, plan_type="care_leaver"
        ),
        "care": make_child(trust.other_team, trust.other_practitioner, plan_type="adoption"),
    }
    query = query.format(
        care_team=trust.other_team.pk,
        safeguarding=trust.safeguarding.pk,
        mine=trust.child.reference,
    )

    page = browse(trust.hub).get(f"{reverse('cycles:children')}?{query}")

    assert page.status_code == 200
    if expected is not None:
        assert set(page.context["object_list"]) == {children[name] for name in expected}


def three_more(trust, what):
    for n in range(2):
        child = make_child(trust.team, trust.practitioner)
        if what == "cycles":
            make_cycle(label=f"203{n}-3{n + 1} Q1")
        if what in {"allocation", "child"}:
            make_evaluation(
                trust.cycle if what == "allocation" else make_cycle(label=f"203{n}-3{n + 1} Q1"),
                child if what == "allocation" else trust.child,
            )
        if what == "sample":
            actions.add_to_sample(trust.cycle, child=child, note="Why", by=trust.hub)


@pytest.mark.parametrize("what", ["cycles", "children", "child", "sample", "allocation", "suggest"])
def test_lists_ask_as_many_questions_for_three_rows_as_for_one(
    what, trust, browse, django_assert_num_queries
):
    if what == "sample":
        actions.draw_sample(trust.cycle, by=trust.hub)
    else:
        make_evaluation(trust.cycle, trust.child)
    address = {
        "cycles": reverse("cycles:list"),
        "children": reverse("cycles:children"),
        "child": trust.child.get_absolute_url(),
        "sample": reverse("cycles:sample", args=[trust.cycle.pk]),
        "allocation": reverse("planning:allocation", args=[trust.cycle.pk]),
        "suggest": reverse("planning:allocation", args=[trust.cycle.pk]) + "?suggest=1",
    }[what]
    hub = browse(trust.hub)
    hub.get(address)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as one:
        assert hub.get(address).status_code == 200
    three_more(trust, "allocation" if what == "suggest" else what)

    with django_assert_num_queries(len(one)):
        assert hub.get(address).status_code == 200


def test_a_moderator_is_told_no_worker_or_team(trust, browse):
    from moderation.models import ModerationCase, ModeratorAssignment

    evaluation = make_evaluation(trust.cycle, trust.child)
    now = evaluation.planned_at
    Evaluation.objects.filter(pk=evaluation.pk).update(
        status="in_moderation",
        evaluator=trust.evaluator,
        submitted_at=now,
        submitted_by=trust.evaluator,
    )
    case = ModerationCase.objects.create(evaluation=evaluation)
    ModeratorAssignment.objects.create(case=case, moderator=trust.moderator)
    person = browse(trust.moderator)

    for address in (
        trust.child.get_absolute_url(),
        reverse("cycles:children"),
    ):
        shown = person.get(address).content.decode()
        assert trust.child.reference in shown
        assert "Jo Bennett" not in shown
    for team, count in ((trust.team, 0), (trust.other_team, 0)):
        page = person.get(f"{reverse('cycles:children')}?team={team.pk}")
        assert len(page.context["object_list"]) == count
    assert Sample.objects.count() == 0
