"""Do the pages do what their buttons say, refuse in words, and keep what was typed?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations.models import Evaluation, Reflection
from tests.evaluations.stages import make_at, queries_of, recommend

# Page → (from, who, what they send, to)
STEPS = {
    "accept": ("allocated", "evaluator", {}, "accepted"),
    "declare-conflict": ("allocated", "evaluator", {"kind": "same_team"}, "planned"),
    "conversation": ("in_progress", "evaluator", {"conversation_on": "TODAY"}, "in_progress"),
    "extend": ("accepted", "manager", {"new_date": "LATER", "reason": "Leave"}, "accepted"),
    "return": ("submitted", "hub_lead", {"reason": "Say more."}, "in_progress"),
    "accept-unmoderated": ("submitted", "hub_lead", {}, "finalised"),
    "check-third-party": ("finalised", "hub", {"note": "Nothing."}, "finalised"),
    "reply": ("shared", "practitioner", {"words": "Thank you."}, "shared"),
    "supervision": ("shared", "manager", {"tabled_on": "LATER"}, "shared"),
    "close": ("shared", "hub", {}, "closed"),
}


def filled(given):
    days = {"TODAY": 0, "LATER": 20}
    return {
        name: f"{timezone.localdate() + timedelta(days=days[value]):%d/%m/%Y}"
        if value in days
        else value
        for name, value in given.items()
    }


@pytest.mark.parametrize("page", STEPS)
def test_a_page_takes_its_step(trust, browse, page):
    status, who, given, target = STEPS[page]
    evaluation = make_at(trust, status)
    client = browse(getattr(trust, who))
    url = f"/evaluations/{evaluation.pk}/{page}/"

    assert client.get(url).status_code == 200
    reply = client.post(url, filled(given))

    assert reply.status_code == 302
    assert client.get(reply.url).status_code == 200
    evaluation.refresh_from_db()
    assert evaluation.status == target


@pytest.mark.parametrize("page", STEPS)
def test_a_page_says_why_when_it_is_too_late(trust, browse, page):
    evaluation = make_at(trust, "closed")
    client = browse(getattr(trust, STEPS[page][1]))
    if page == "supervision":
        return  # a closed evaluation can still be talked about

    reply = client.get(f"/evaluations/{evaluation.pk}/{page}/")
    assert reply.status_code == 409
    assert "now: it is “Closed”" in reply.content.decode()
    assert (
        client.post(f"/evaluations/{evaluation.pk}/{page}/", filled(STEPS[page][2])).status_code
        == 409
    )
    evaluation.refresh_from_db()
    assert evaluation.status == "closed"


def test_release_through_the_pages_needs_two(trust, browse):
    evaluation = make_at(trust, "finalised")
    url = f"/evaluations/{evaluation.pk}/"

    assert browse(trust.hub_lead).get(f"{url}release/").status_code == 409
    browse(trust.hub).post(f"{url}check-third-party/", {"note": "Nothing."})
    assert browse(trust.hub).post(f"{url}release/").status_code == 403
    assert browse(trust.hub_lead).post(f"{url}release/").status_code == 302

    assert browse(trust.practitioner).get(url).status_code == 200
    assert "What we found together" in browse(trust.manager).get(url).content.decode()


@pytest.mark.parametrize(
    ("page", "status", "who", "given", "sentence"),
    [
        ("return", "submitted", "hub_lead", {"reason": ""}, "Say what needs to change."),
        ("return", "submitted", "hub_lead", {"reason": "a\x00b"}, "cannot be shown"),
        ("return", "submitted", "hub_lead", {"reason": "x" * 2001}, "2,000 characters at most"),
        ("conversation", "in_progress", "evaluator", {"conversation_on": "31/2/2026"}, "exists"),
        (
            "conversation",
            "in_progress",
            "evaluator",
            {"conversation_on": "2999-01-01"},
            "The date must be today or in the past.",
        ),
        ("extend", "in_progress", "hub", {"new_date": "2020-01-01", "reason": "KEPT"}, "later"),
        ("declare-conflict", "allocated", "evaluator", {"kind": "spite"}, "Choose"),
        ("declare-conflict", "allocated", "evaluator", {"kind": "other"}, "Write a few words"),
        ("check-third-party", "finalised", "hub", {"note": "  "}, "Say what you checked"),
        ("reply", "shared", "practitioner", {"words": "x" * 8001}, "8,000 characters at most"),
        ("supervision", "shared", "manager", {"tabled_on": "2999-01-01"}, "three months"),
        ("supervision", "shared", "manager", {"tabled_on": "2001-01-01"}, "before"),
    ],
)
def test_bad_input_gets_a_sentence(trust, browse, page, status, who, given, sentence):
    evaluation = make_at(trust, status)

    reply = browse(getattr(trust, who)).post(f"/evaluations/{evaluation.pk}/{page}/", given)

    assert reply.status_code == 200
    assert sentence in reply.content.decode()
    for name, typed in given.items():
        assert name == "kind" or "\x00" in typed or typed in reply.content.decode()
    evaluation.refresh_from_db()
    assert evaluation.status == status


def test_what_one_may_not_see_does_not_exist(trust, browse):
    evaluation = make_at(trust, "in_progress")
    client = browse(trust.outsider)

    for page in ("", "accept/", "extend/", "prepare/", "who-said-what/", "release/"):
        assert client.get(f"/evaluations/{evaluation.pk}/{page}").status_code == 404
        assert client.get(f"/evaluations/999999/{page}").status_code == 404


def test_every_look_at_an_evaluation_is_in_the_trail(trust, browse):
    evaluation = make_at(trust, "in_progress")

    browse(trust.manager).get(evaluation.get_absolute_url())

    entry = TrailEntry.objects.get()
    assert (entry.action, entry.by, entry.children) == (
        "view",
        trust.manager,
        [evaluation.child.reference],
    )


def test_a_stale_reflection_keeps_both_texts(trust, browse):
    evaluation = make_at(trust, "in_progress")
    client = browse(trust.practitioner)
    url = f"/evaluations/{evaluation.pk}/prepare/"

    client.post(url, {"version": 0, "prepare": "FIRST-TEXT"})
    reply = client.post(url, {"version": 0, "prepare": "SECOND-TEXT"})

    page = reply.content.decode()
    assert reply.status_code == 409
    assert "FIRST-TEXT" in page and "SECOND-TEXT" in page
    assert Reflection.objects.get(evaluation=evaluation).prepare == "FIRST-TEXT"
    assert 'name="version" value="1"' in page  # saving again is then a choice


def test_the_practitioner_answers_the_questions_after_the_invitation(trust, browse):
    evaluation = make_at(trust, "in_progress")
    url = f"/evaluations/{evaluation.pk}/reflect/"
    client = browse(trust.practitioner)

    empty = client.post(url, {"version": 0, "agrees": "yes"})
    assert "Answer at least one of the questions." in empty.content.decode()
    client.post(url, {"version": 0, "agrees": "in_part", "proud": "Her drawings."})

    mine = Reflection.objects.get(evaluation=evaluation)
    assert (mine.agrees, mine.answers["proud"], mine.version) == ("in_part", "Her drawings.", 1)


def test_the_evaluator_is_shown_the_task_list_and_the_way_to_raise_a_concern(trust, browse):
    evaluation = make_at(trust, "in_progress")
    page = browse(trust.evaluator).get(evaluation.get_absolute_url()).content.decode()

    assert "govuk-task-list" in page
    assert f"/safety/?evaluation={evaluation.pk}" in page


def test_the_history_shows_actions_and_no_content_to_the_hub_lead_alone(trust, browse):
    evaluation = make_at(trust, "submitted")
    browse(trust.hub_lead).post(
        f"/evaluations/{evaluation.pk}/return/", {"reason": "RETURN-REASON-CANARY"}
    )
    url = evaluation.get_absolute_url()

    lead = browse(trust.hub_lead).get(url).content.decode()
    assert "Return to draft" in lead and "RETURN-REASON-CANARY" not in lead
    assert "Return to draft" not in browse(trust.hub).get(url).content.decode()
    assert "RETURN-REASON-CANARY" in browse(trust.evaluator).get(url).content.decode()


def test_who_said_what_is_asked_for_with_a_reason(trust, browse):
    evaluation = make_at(trust, "shared")
    evaluation.feedback.filter(voice="parent").update(who="MUM-WHO-CANARY")
    client, url = browse(trust.hub_lead), f"/evaluations/{evaluation.pk}/who-said-what/"

    assert "MUM-WHO-CANARY" not in client.get(evaluation.get_absolute_url()).content.decode()
    assert "MUM-WHO-CANARY" not in client.post(url, {"reason": ""}).content.decode()
    assert "MUM-WHO-CANARY" in client.post(url, {"reason": "A complaint."}).content.decode()
    assert browse(trust.manager).post(url, {"reason": "Why not."}).status_code == 403


def test_the_list_and_the_shared_page_ask_the_same_for_one_and_three(trust, browse):
    people = {"hub": trust.hub, "manager": trust.manager, "evaluator": trust.evaluator}
    evaluation = make_at(trust, "shared")
    recommend(trust, evaluation)

    def counts():
        lists = {
            name: queries_of(lambda one=one: browse(one).get("/evaluations/"))
            for name, one in people.items()
        }
        url = evaluation.get_absolute_url()
        return lists | {"shared": queries_of(lambda: browse(trust.practitioner).get(url))}

    one = counts()
    for _ in range(2):
        make_at(trust, "in_progress")
        recommend(trust, evaluation)

    assert counts() == one


def test_an_empty_list_says_what_will_be_here(trust, browse):
    assert not Evaluation.objects.exists()
    page = browse(trust.hub).get("/evaluations/?status=banana&cycle=%00")

    assert page.status_code == 200
    assert "No evaluations here." in page.content.decode()
