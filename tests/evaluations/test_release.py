"""What does each person read, and what never leaves the server?"""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from evaluations import actions
from evaluations.enums import Status
from evaluations.models import Evaluation
from evaluations.reading import reading
from moderation.models import ModerationCase, ModeratorAssignment
from tests.evaluations.stages import fill_with_canaries, make_at, recommend

ANYBODY = ("practitioner", "manager", "head", "director")
CONTENT = ("TELL-CANARY", "SHOW-CANARY", "STRENGTH-CANARY", "MESSAGE-CANARY")
VOICES = ("MUM-WHO-CANARY", "CHILD-WHO-CANARY", "SCHOOL-WHO-CANARY", "OUTCOME-REASON-CANARY")


def seen_by(person, evaluation, browse, api) -> str:
    """The page and the reply of the API, as one text."""
    page = browse(person).get(evaluation.get_absolute_url())
    reply = api(person).get(f"/api/v1/evaluations/{evaluation.pk}/")
    assert (page.status_code, reply.status_code) == (200, 200)
    return page.content.decode() + reply.content.decode()


def seat(evaluation, moderator, locked=False):
    case = ModerationCase.objects.get_or_create(
        evaluation=evaluation, defaults={"status": "grading"}
    )[0]
    return ModeratorAssignment.objects.create(
        case=case, moderator=moderator, locked_at=timezone.now() if locked else None
    )


# Parts of a reading, by persona and state. Written out by hand from permissions.csv.
PEOPLE_AND_STATUS = {"practitioner", "team", "submit_by"}
WHOLE = {
    "glance", "pillars", "judgements", "strengths", "message", "feedback", "reflection",
}  # fmt: skip
PARTS = {
    ("practitioner", "in_progress"): {"practitioner", "team", "reflection"},
    ("practitioner", "finalised"): {"practitioner", "team", "reflection"},
    ("practitioner", "shared"): {"practitioner", "team", *WHOLE, "replies", "supervision"},
    ("manager", "in_progress"): {"practitioner", "team"},
    ("manager", "finalised"): {"practitioner", "team"},
    ("manager", "shared"): {"practitioner", "team", *WHOLE, "replies", "supervision"},
    ("evaluator", "accepted"): PEOPLE_AND_STATUS,
    ("evaluator", "in_progress"): PEOPLE_AND_STATUS | WHOLE,
    ("evaluator", "shared"): PEOPLE_AND_STATUS | WHOLE | {"replies", "supervision"},
    ("hub", "in_progress"): PEOPLE_AND_STATUS,
    ("hub", "submitted"): PEOPLE_AND_STATUS,
    ("hub", "finalised"): PEOPLE_AND_STATUS | WHOLE,
    ("hub_lead", "in_progress"): PEOPLE_AND_STATUS,
    ("hub_lead", "submitted"): PEOPLE_AND_STATUS | WHOLE,
    ("hub_lead", "shared"): PEOPLE_AND_STATUS | WHOLE | {"replies", "supervision"},
}
ASKED = PEOPLE_AND_STATUS | WHOLE | {"replies", "supervision"}


@pytest.mark.parametrize(("name", "status"), PARTS)
def test_a_reading_holds_the_parts_that_person_may_see(trust, name, status):
    page = reading(make_at(trust, status), for_user=getattr(trust, name))

    assert set(page) & ASKED == PARTS[name, status]


def test_a_moderator_reads_blind_until_their_own_grades_are_locked(trust, browse, api):
    evaluation = make_at(trust, "in_moderation")
    fill_with_canaries(evaluation)
    place = seat(evaluation, trust.moderator)

    page = reading(evaluation, for_user=trust.moderator)
    blind = json.dumps(page, default=str)
    assert "TELL-CANARY" in blind
    for hidden in (
        "REASON-CANARY",
        "STRENGTH-CANARY",
        trust.evaluator.name,
        trust.practitioner.name,
        trust.team.name,
        '"grade"',
        '"agrees"',
        *VOICES,
    ):
        assert hidden not in blind
        assert hidden not in seen_by(trust.moderator, evaluation, browse, api)

    place.locked_at = timezone.now()
    place.save()
    page = reading(evaluation, for_user=trust.moderator)
    assert page["evaluator"]["name"] == trust.evaluator.name
    assert {one["grade"] for one in page["judgements"] if "grade" in one} == {"good"}


BEFORE_SHARING = [
    "planned",
    "allocated",
    "accepted",
    "in_progress",
    "submitted",
    "in_moderation",
    "finalised",
]


@pytest.mark.parametrize("status", BEFORE_SHARING)
def test_before_sharing_practitioner_and_manager_see_no_grade_and_no_content(
    trust, browse, api, status
):
    evaluation = make_at(trust, status)
    fill_with_canaries(evaluation)
    coarse = "planned" if status in ("planned", "allocated", "accepted") else "in_progress"

    for name in ANYBODY:
        text = seen_by(getattr(trust, name), evaluation, browse, api)
        for hidden in (*CONTENT, *VOICES, "REASON-CANARY", "WORDS-CANARY", "tr-grade", "Good"):
            assert hidden not in text
        assert f'"status":"{coarse}"' in text
        assert ("PREPARE-CANARY" in text) == (name == "practitioner")


def test_before_sharing_the_page_is_the_same_whatever_the_grade(trust, browse, api):
    evaluation = make_at(trust, "finalised")

    def replies():
        return [
            api(getattr(trust, name)).get(f"/api/v1/evaluations/{evaluation.pk}/").content
            for name in ANYBODY
        ]

    before = replies()
    evaluation.judgements.exclude(grade="").update(grade="inadequate", final_grade="inadequate")

    assert replies() == before


def test_after_sharing_everybody_of_the_team_reads_it_and_nobody_who_said_what(trust, browse, api):
    evaluation = make_at(trust, "shared")
    fill_with_canaries(evaluation)

    for name in ANYBODY:
        text = seen_by(getattr(trust, name), evaluation, browse, api)
        for shown in (*CONTENT, "REASON-CANARY", "PARENT-WORDS-CANARY", "CHILD-WORDS-CANARY"):
            assert shown in text
        for hidden in (*VOICES, "PARTNER-WORDS-CANARY", '"voice"', "Parent or carer"):
            assert hidden not in text  # nor words whose speaker did not agree to be quoted


def test_the_order_of_words_does_not_tell_who_said_them(trust):
    evaluation = make_at(trust, "shared")
    fill_with_canaries(evaluation)
    page = reading(evaluation, for_user=trust.practitioner)

    words = [one["words"] for one in page["feedback"]["words"]]
    assert words == ["CHILD-WORDS-CANARY", "PARENT-WORDS-CANARY"]  # by themselves, not as heard
    texts = {one["text"] for one in page["feedback"]["statements"]}
    assert texts == {"The worker understands me and my family."}  # none that only a partner has


def test_a_grade_changed_in_moderation_is_explained_and_the_first_stays_hidden(trust, browse, api):
    evaluation = make_at(trust, "in_moderation")
    evaluation.judgements.filter(key="planning").update(
        grade="outstanding", reason="FIRST-REASON-CANARY"
    )
    evaluation = actions.finalise(
        evaluation, final_grades={"planning": ("good", False, "The plan has no dates.")}
    )
    actions.check_third_party(evaluation, by=trust.hub, note="CHECK-CANARY")
    actions.approve_share(evaluation, by=trust.hub_lead)

    text = seen_by(trust.practitioner, evaluation, browse, api)
    assert "Changed in moderation" in text and "The plan has no dates." in text
    for hidden in ("Outstanding</span>", '"outstanding"', "FIRST-REASON-CANARY", "CHECK-CANARY"):
        assert hidden not in text


# What lists and filters tell ----------------------------------------------------------------------


@pytest.mark.parametrize("status", Status.values)
def test_a_filter_tells_no_more_than_the_row(trust, api, status):
    """Asking for each status finds the row only under the status that is shown."""
    evaluation = make_at(trust, status)
    for name in ("practitioner", "manager", "hub", "hub_lead"):
        client = api(getattr(trust, name))
        if not Evaluation.objects.visible_to(getattr(trust, name)).exists():
            continue
        shown = client.get(f"/api/v1/evaluations/{evaluation.pk}/").json()["status"]
        found = {
            value
            for value in Status.values
            if client.get("/api/v1/evaluations/", {"status": value}).json()["count"]
        }
        assert found == {shown}


def test_a_blind_moderator_cannot_search_by_evaluator(trust, api):
    evaluation = make_at(trust, "in_moderation")
    seat(evaluation, trust.moderator)
    client = api(trust.moderator)

    row = client.get("/api/v1/evaluations/").json()["results"][0]
    assert {"practitioner", "evaluator", "team"} & set(row) == set()
    assert client.get("/api/v1/evaluations/", {"evaluator": trust.evaluator.pk}).status_code == 400


def test_lateness_is_told_only_to_those_who_see_the_dates(trust, api):
    make_at(trust, "in_progress", submit_by=timezone.localdate() - timedelta(days=1))

    assert api(trust.hub).get("/api/v1/evaluations/", {"late": "true"}).json()["count"] == 1
    assert api(trust.manager).get("/api/v1/evaluations/", {"late": "true"}).json()["count"] == 0


def test_a_critical_action_is_seen_before_the_grade(trust, browse, api):
    evaluation = make_at(trust, "in_progress")
    recommend(trust, evaluation, priority="critical")

    text = seen_by(trust.practitioner, evaluation, browse, api)

    assert "See her alone at school" in text and "tr-grade" not in text
