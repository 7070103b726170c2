"""Does the API keep the pages' rules: 404, 403, 409, 400?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations.models import Answer, SafetyAlert
from tests.evaluations.stages import make_at, queries_of

BASE = "/api/v1/evaluations/"


def in_days(count):
    return (timezone.localdate() + timedelta(days=count)).isoformat()


# Verb → (from, who, body, status afterwards as that person sees it)
VERBS = {
    "accept": ("allocated", "evaluator", {}, "accepted"),
    "record-conversation": (
        "in_progress",
        "evaluator",
        {"conversation_on": in_days(0)},
        "in_progress",
    ),
    "submit": ("in_progress", "evaluator", {}, "in_moderation"),
    "return-to-draft": ("submitted", "hub_lead", {"reason": "More."}, "in_progress"),
    "extend": (
        "in_progress",
        "hub",
        {"new_date": in_days(20), "reason": "Leave"},
        "in_progress",
    ),
    "accept-unmoderated": ("submitted", "hub_lead", {}, "finalised"),
    "check-third-party": ("finalised", "hub", {"note": "Nothing."}, "finalised"),
    "reply": ("shared", "practitioner", {"words": "Thank you."}, "shared"),
    "table-in-supervision": ("shared", "manager", {"tabled_on": in_days(3)}, "shared"),
    "close": ("shared", "hub", {}, "closed"),
    "eliminate": ("allocated", "hub", {"reason_code": "moved"}, "eliminated"),
    "prepare": ("in_progress", "practitioner", {"version": 0, "prepare": "Hm."}, "in_progress"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_does_what_the_page_does(trust, api, verb):
    status, who, body, target = VERBS[verb]
    evaluation = make_at(trust, status)

    reply = api(getattr(trust, who)).post(f"{BASE}{evaluation.pk}/{verb}/", body, format="json")

    assert (reply.status_code, reply.json()["status"]) == (200, target)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_refuses_in_the_same_words(trust, api, verb):
    status, who, body, _ = VERBS[verb]
    evaluation = make_at(trust, status)
    url = f"{BASE}{evaluation.pk}/{verb}/"
    wrong = trust.manager if who in ("evaluator", "hub", "hub_lead") else trust.hub
    if verb == "extend":
        wrong = trust.practitioner

    assert api(trust.outsider).post(url, body, format="json").status_code == 404
    refused = api(wrong).post(url, body, format="json")
    assert refused.status_code == 403
    assert refused.json()["detail"].endswith(".")

    type(evaluation).objects.filter(pk=evaluation.pk).update(status="closed")
    late = api(getattr(trust, who)).post(url, body, format="json")
    expected = {"table-in-supervision": 200, "prepare": 403}.get(verb, 409)
    assert late.status_code == expected


def test_an_evaluator_who_steps_aside_is_given_nothing_more(trust, api):
    evaluation = make_at(trust, "allocated")

    reply = api(trust.evaluator).post(
        f"{BASE}{evaluation.pk}/declare-conflict/", {"kind": "same_team"}, format="json"
    )

    assert reply.status_code == 204
    assert api(trust.evaluator).get(f"{BASE}{evaluation.pk}/").status_code == 404


def test_what_is_missing_is_listed_with_addresses(trust, api):
    evaluation = make_at(trust, "in_progress", conversation_on=None, strengths=[])

    reply = api(trust.evaluator).post(f"{BASE}{evaluation.pk}/submit/", format="json")

    assert reply.status_code == 409
    assert len(reply.json()["missing"]) == 2
    assert all(item["sentence"] and item["url"] for item in reply.json()["missing"])


@pytest.mark.parametrize(
    ("verb", "status", "who", "body", "fields"),
    [
        ("extend", "in_progress", "hub", {}, {"new_date", "reason"}),
        ("extend", "in_progress", "hub", {"new_date": "2020-01-01", "reason": "x"}, {"new_date"}),
        ("extend", "in_progress", "hub", {"new_date": "2026-02-31", "reason": "x"}, {"new_date"}),
        ("return-to-draft", "submitted", "hub_lead", {"reason": "a\x00b"}, {"reason"}),
        ("reply", "shared", "practitioner", {"words": "x" * 8001}, {"words"}),
        ("declare-conflict", "allocated", "evaluator", {"kind": "spite"}, {"kind"}),
        ("declare-conflict", "allocated", "evaluator", {"kind": "other"}, {"note"}),
        (
            "raise-alert",
            "shared",
            "practitioner",
            {},
            {"worry", "whom_phoned", "phoned_at"},
        ),
        ("eliminate", "planned", "hub", {"reason_code": "spite"}, {"reason_code"}),
    ],
)
def test_every_field_that_is_wrong_is_named(trust, api, verb, status, who, body, fields):
    evaluation = make_at(trust, status)

    reply = api(getattr(trust, who)).post(f"{BASE}{evaluation.pk}/{verb}/", body, format="json")

    assert (reply.status_code, set(reply.json())) == (400, fields)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("return-to-draft/", r'{"reason": "\ud800"}'),
        ("eliminate/", r'{"reason_code": "\ud800"}'),
        ("reply/", r'{"\ud800": 1}'),
        ("reply/", "{not json"),
        ("reply/", "[1, 2]"),
        ("reply/", '"words"'),
    ],
)
def test_broken_json_is_refused_and_never_a_crash(trust, api, path, body):
    evaluation = make_at(trust, "submitted")

    reply = api(trust.hub_lead).post(
        f"{BASE}{evaluation.pk}/{path}", body, content_type="application/json"
    )

    assert reply.status_code == 400


# A page of the form -------------------------------------------------------------------------------


def test_a_section_is_saved_with_its_version_and_a_stale_save_overwrites_nothing(trust, api):
    evaluation = make_at(trust, "accepted")
    client, url = api(trust.evaluator), f"{BASE}{evaluation.pk}/sections/child_voice/"
    body = {"version": 0, "data": {"answers": {"her_life": {"tell": "First."}}}}

    assert client.get(url).json()["version"] == 0
    saved = client.put(url, body, format="json")
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    body["data"]["answers"]["her_life"]["tell"] = "Second."
    stale = client.put(url, body, format="json")

    assert stale.status_code == 409
    assert stale.json()["now"]["data"]["answers"]["her_life"]["tell"] == "First."
    kept = Answer.objects.get(evaluation=evaluation, pillar="child_voice", question="her_life")
    assert kept.tell == "First."
    evaluation.refresh_from_db()
    assert evaluation.status == "in_progress"


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("child_voice", {"answers": {"her_life": {"tell": 5, "finding": "perhaps"}}}),
        ("child_voice", {"answers": {"nobody_asked": {}}}),
        ("child_voice", {"answers": "text"}),
        ("child_voice", {"evidence": {"her_life": [{}]}}),
        ("child_voice", {"judgement": {"grade": "inadequate", "elements_of_outstanding": True}}),
        ("child_voice", {"answers": {"her_life": {"tell": "\x00"}}}),
        ("glance", {"pronouns": "it"}),
        ("glance", {"last_seen": "2026-02-31"}),
        ("glance", {"cohort_tags": "re_referral"}),
        ("strengths", {"strengths": "one"}),
        ("message", {"message": "x" * 8001}),
        ("feedback-child", {"attempts": [{"outcome": "vanished"}]}),
        ("feedback-child", {"attempts": [{"statements": {"my_actions": "yes"}}]}),
        ("experience", {"help_is_right": {"extent": "very"}}),
    ],
)
def test_a_section_that_is_not_well_formed_is_refused_by_field(trust, api, key, data):
    evaluation = make_at(trust, "in_progress")

    reply = api(trust.evaluator).put(
        f"{BASE}{evaluation.pk}/sections/{key}/", {"version": 0, "data": data}, format="json"
    )

    assert (reply.status_code, set(reply.json())) == (400, {"data"})
    assert not evaluation.sections.exists()


GOOD_SECTIONS = {
    "glance": {"pronouns": "she", "last_seen": "2026-03-01", "workers_in_12_months": 3},
    "assessment": {
        "answers": {"curious": {"tell": "Yes.", "finding": "yes"}},
        "evidence": {"curious": [{"what": "Visit of 3 March", "dated": "2026-03-03"}]},
        "judgement": {"grade": "good", "elements_of_outstanding": True, "reason": "Curious."},
    },
    "feedback-parent": {
        "attempts": [
            {"who": "Mum", "attempted_on": "2026-03-04", "outcome": "spoken_with",
             "statements": {"understood": "mostly"}}
        ]
    },
    "experience": {"help_is_right": {"extent": "yes", "reason": "It fits."}},
    "strengths": {"strengths": ["She is heard."]},
    "message": {"message": "You were brave."},
    "overall": {"overall": {"grade": "good", "reason": "Best fit."}},
}  # fmt: skip


@pytest.mark.parametrize("key", GOOD_SECTIONS)
def test_every_page_of_the_form_can_be_saved(trust, api, key):
    evaluation = make_at(trust, "in_progress")

    reply = api(trust.evaluator).put(
        f"{BASE}{evaluation.pk}/sections/{key}/",
        {"version": 0, "data": GOOD_SECTIONS[key]},
        format="json",
    )

    assert (reply.status_code, reply.json()["version"]) == (200, 1)


def test_only_the_evaluator_reads_and_writes_the_form(trust, api):
    evaluation = make_at(trust, "in_progress")
    url = f"{BASE}{evaluation.pk}/sections/overall/"

    for name, code in {
        "practitioner": 403,
        "manager": 403,
        "hub_lead": 403,
        "moderator": 404,
    }.items():
        client = api(getattr(trust, name))
        assert client.get(url).status_code == code
        assert client.put(url, {"version": 0, "data": {}}, format="json").status_code == code
    assert api(trust.evaluator).get(f"{BASE}{evaluation.pk}/sections/other/").status_code == 404


# Safety alerts and lists --------------------------------------------------------------------------


def test_an_alert_goes_its_whole_way(trust, api):
    evaluation = make_at(trust, "in_moderation")
    raised = api(trust.practitioner).post(
        f"{BASE}{evaluation.pk}/raise-alert/",
        {"worry": "Not safe.", "whom_phoned": "Carl", "phoned_at": timezone.now().isoformat()},
        format="json",
    )
    assert raised.status_code == 201
    url = f"/api/v1/safety-alerts/{raised.json()['id']}/"

    assert api(trust.manager).post(f"{url}acknowledge/").status_code == 403
    assert api(trust.head).post(f"{url}acknowledge/").json()["status"] == "acknowledged"
    assert api(trust.head).post(f"{url}acknowledge/").status_code == 409
    assert api(trust.manager).post(f"{url}record-action/", {}, format="json").status_code == 400
    acted = api(trust.manager).post(f"{url}record-action/", {"action": "Seen."}, format="json")
    assert acted.json()["status"] == "action_recorded"
    assert api(trust.director).post(f"{url}close/").json()["status"] == "closed"
    assert SafetyAlert.objects.get().closed_by == trust.director


def test_a_list_of_evaluations_is_in_the_trail(trust, api):
    one, two = make_at(trust, "in_progress"), make_at(trust, "shared")

    api(trust.hub).get(BASE)

    entry = TrailEntry.objects.get()
    assert (entry.action, sorted(entry.detail["records"])) == ("view_list", [one.pk, two.pk])


def test_a_list_asks_the_same_for_one_and_three(trust, api):
    people = (trust.hub, trust.manager, trust.practitioner, trust.evaluator)
    assert all(person.role_names for person in people)  # read once, before counting
    make_at(trust, "in_progress")
    one = [queries_of(lambda p=p: api(p).get(BASE)) for p in people]
    make_at(trust, "shared")
    make_at(trust, "accepted")

    assert [queries_of(lambda p=p: api(p).get(BASE)) for p in people] == one
