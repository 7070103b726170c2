"""Does the whole loop go round through the API alone, with tokens made by the command?"""

import io
from datetime import date

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from cycles.models import ChildRecord
from evaluations.enums import GRADED, PILLARS
from evaluations.models import Evaluation
from moderation.models import ModerationCase, Panel
from recommendations.models import Recommendation, Revisit
from tests.journeys import loop

BASE = "/api/v1"


class Caller:
    """Somebody's programme: it holds a token and speaks JSON."""

    def __init__(self, person):
        token = io.StringIO()
        call_command("create_api_token", person.email, days=200, stdout=token, stderr=io.StringIO())
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.getvalue().strip()}")

    def get(self, path, status=200):
        reply = self.client.get(f"{BASE}/{path}")
        assert reply.status_code == status, (path, reply.status_code, reply.content)
        return reply.json()

    def post(self, path, body=None, status=200):
        reply = self.client.post(f"{BASE}/{path}", body or {}, format="json")
        assert reply.status_code == status, (path, reply.status_code, reply.content)
        return reply.json() if reply.content else {}

    def save(self, evaluation, section, data):
        """Save one page of the form on the version that stands there."""
        path = f"{BASE}/evaluations/{evaluation}/sections/{section}/"
        version = self.client.get(path).json()["version"]
        body = {"version": version, "data": data}
        reply = self.client.put(path, body, format="json")
        assert reply.status_code == 200, (section, reply.content)
        assert reply.json()["version"] == version + 1


@pytest.fixture
def call():
    """`call(person)` gives that person's programme; one token each."""
    held = {}

    def of(person):
        if person.pk not in held:
            held[person.pk] = Caller(person)
        return held[person.pk]

    return of


def strangers_are_shut_out(trust, call, *paths):
    for person in loop.strangers(trust):
        for path in paths:
            call(person).get(path, status=404)


def test_the_whole_loop_through_the_api(db, call, post_office, tmp_path):
    with loop.at("2026-10-05 09:00"):
        trust = loop.set_the_stage()
        children_come_in(trust, call, tmp_path)
        cycle = a_cycle_is_planned(trust, call, "2026-27 Q3", "2026-10-01", "2026-12-31")
        evaluation = it_is_allocated(trust, call, cycle)
        loop.sweep()
    with loop.at("2026-10-06 10:00"):
        the_form_is_filled_in(trust, call, evaluation)
        loop.sweep()
    with loop.at("2026-10-07 10:00"):
        case = words_are_added_and_it_is_sent(trust, call, evaluation)
        loop.sweep()
    with loop.at("2026-10-08 10:00"):
        it_is_graded_blind(trust, call, case)
        panel = it_is_referred(trust, call, case, cycle)
        loop.sweep()
    with loop.at("2026-10-14 08:30"):
        loop.sweep()
    with loop.at("2026-10-15 10:00"):
        the_action_is_done(trust, call)
        loop.sweep()
    with loop.at("2026-10-19 10:30"):
        the_panel_decides(trust, call, case, panel, evaluation)
        loop.sweep()
    with loop.at("2026-10-20 10:00"):
        it_is_released(trust, call, evaluation)
        the_action_is_checked(trust, call)
        loop.sweep()
    with loop.at("2027-01-04 10:00"):
        call(trust.hub).post(f"cycles/{cycle}/start_moderating/")
        call(trust.hub_lead).post(f"cycles/{cycle}/close/")
        following = a_cycle_is_planned(trust, call, "2026-27 Q4", "2027-01-01", "2027-03-31")
        revisit = a_revisit_is_drawn(trust, call, following)
        loop.sweep()
    with loop.at("2027-01-11 10:00"):
        it_is_found_to_have_helped(trust, call, revisit)
        loop.sweep()
        loop.sweep()  # again: nothing is told twice

    with loop.at("2027-01-11 12:00"):
        loop.assert_final_states()
        loop.assert_trail(trust)
        loop.assert_letters(trust, post_office)
        the_ledger_is_read(trust, call, post_office)
        strangers_are_shut_out(
            trust,
            call,
            f"evaluations/{evaluation}/",
            f"moderation-cases/{case}/",
            f"panels/{panel}/",
            f"revisits/{revisit}/",
        )


# Planning ----------------------------------------------------------------------------------------


def children_come_in(trust, call, folder):
    """Extracts come in by page or command; the API then shows the children."""
    extract = folder / "october.csv"
    extract.write_bytes(loop.EXTRACT)
    by = ["--apply", "--by", trust.hub.email]
    call_command("import_children", str(extract), *by, stdout=io.StringIO())
    found = call(trust.hub).get("children/")
    assert found["count"] == 3
    assert {row["practitioner"] for row in found["results"]} == {trust.practitioner.pk}
    assert ChildRecord.objects.first().identifier not in str(found)
    looked_up = call(trust.hub).post("children/look_up/", {"identifier": loop.IDENTIFIERS[0]})
    assert looked_up["reference"] in {row["reference"] for row in found["results"]}
    strangers_are_shut_out(trust, call, *(f"children/{row['id']}/" for row in found["results"]))


def a_cycle_is_planned(trust, call, label, starts_on, ends_on):
    hub = call(trust.hub)
    body = {"label": label, "starts_on": starts_on, "ends_on": ends_on, "size": 1}
    cycle = hub.post("cycles/", body, status=201)["id"]
    assert hub.post(f"cycles/{cycle}/draw_sample/")["size"] == 1
    assert hub.post(f"cycles/{cycle}/open/")["status"] == "open"
    return cycle


def it_is_allocated(trust, call, cycle):
    hub = call(trust.hub)
    (made,) = hub.post(f"planning/{cycle}/create_from_sample/", status=201)
    assert made["reference"] == loop.REFERENCE
    evaluation = made["id"]
    given = hub.post(f"evaluations/{evaluation}/allocate/", {"evaluator": trust.evaluator.pk})
    assert given["status"] == "allocated"
    again = hub.post(f"evaluations/{evaluation}/allocate/", {"evaluator": trust.evaluator.pk}, 409)
    assert again["detail"] == "You cannot choose an evaluator now: it is “Allocated”."
    strangers_are_shut_out(trust, call, f"evaluations/{evaluation}/")
    return evaluation


# The evaluation ----------------------------------------------------------------------------------


def the_form_is_filled_in(trust, call, evaluation):
    ruth = call(trust.evaluator)
    one = f"evaluations/{evaluation}"
    assert ruth.post(f"{one}/accept/")["status"] == "accepted"
    ruth.save(evaluation, "glance", {"pronouns": "she", "last_seen": "2026-10-01"})
    ruth.post(f"{one}/record-conversation/", {"conversation_on": "2026-10-06"})
    for pillar in Evaluation.objects.get().instrument.content["pillars"]:
        keys = [question["key"] for question in pillar["questions"]]
        pointer = {"what": "Visit record", "dated": "2026-09-21", "where": "Case notes"}
        answer = {"tell": loop.TOLD, "finding": "yes", "on_record": "clear"}
        ruth.save(
            evaluation,
            pillar["key"],
            {
                "answers": dict.fromkeys(keys, answer),
                "evidence": dict.fromkeys(keys, [pointer]),
                "judgement": {
                    "grade": loop.EVALUATOR_GRADES[pillar["key"]],
                    "reason": loop.REASON,
                    "sees_it_the_same": "yes",
                },
            },
        )
    attempt = {
        "who": "Somebody who knows",
        "attempted_on": "2026-10-06",
        "how": "by_phone",
        "outcome": "spoken_with",
        "may_quote": True,
        "statements": {"understood": "yes"},
        "helped_most": loop.TOLD,
    }
    for voice in loop.VOICES:
        ruth.save(evaluation, f"feedback-{voice}", {"attempts": [attempt]})
    ruth.save(
        evaluation,
        "experience",
        {
            "help_is_right": {"extent": "yes", "reason": loop.REASON},
            "record_shows_work": {"extent": "mostly", "reason": loop.REASON},
            "experience_and_progress": {"grade": "good", "reason": loop.REASON},
        },
    )
    ruth.save(evaluation, "strengths", {"strengths": [loop.TOLD]})
    ruth.save(evaluation, "message", {"message": loop.TOLD})
    ruth.save(evaluation, "overall", {"overall": {"grade": "good", "reason": loop.REASON}})
    people = {"owner": trust.practitioner.pk, "accountable_manager": trust.manager.pk}
    draft = ruth.post(
        "recommendations/", loop.RECOMMENDATION | people | {"evaluation": evaluation}, status=201
    )
    assert (draft["reference"], draft["status"]) == (f"{loop.REFERENCE}-R1", "draft")
    too_early = ruth.post(f"{one}/submit/", status=409)
    assert [item["section"] for item in too_early["missing"]] == ["reflection"]
    ruth.post(f"{one}/invite-to-reflect/")
    strangers_are_shut_out(trust, call, f"{one}/", f"recommendations/{draft['id']}/")
    call(trust.practitioner).get(f"recommendations/{draft['id']}/", status=404)  # not live yet


def words_are_added_and_it_is_sent(trust, call, evaluation):
    one = f"evaluations/{evaluation}"
    words = {"version": 0, "answers": {"proud": loop.TOLD}, "agrees": "yes"}
    call(trust.practitioner).post(f"{one}/reflect/", words)
    assert call(trust.evaluator).post(f"{one}/submit/")["status"] == "in_moderation"
    case = ModerationCase.objects.get()
    assert case.reasons == ["outstanding", "first_evaluations"]
    live = Recommendation.objects.get()
    assert (live.status, live.due_on) == ("agreed", date(2026, 10, 21))
    jo = call(trust.practitioner)
    seen = jo.get(f"recommendations/{live.pk}/")
    assert seen["action"] == loop.RECOMMENDATION["action"]
    assert "judgements" not in jo.get(f"{one}/")
    strangers_are_shut_out(trust, call, f"{one}/", f"moderation-cases/{case.pk}/")
    return case.pk


# Moderation --------------------------------------------------------------------------------------


def it_is_graded_blind(trust, call, case):
    one = f"moderation-cases/{case}"
    people = [trust.moderator.pk, trust.moderator2.pk]
    given = call(trust.hub).post(f"{one}/assign/", {"moderators": people})
    assert given["status"] == "grading"
    loop.sweep()
    for name, grades in loop.MODERATOR_GRADES.items():
        moderator = call(getattr(trust, name))
        seen = moderator.get(f"{one}/")
        assert (seen["evaluator"], seen["practitioner"], seen["rows"]) == (None, None, [])
        whole = str(moderator.get(f"evaluations/{Evaluation.objects.get().pk}/"))
        assert loop.TOLD in whole
        for hidden in (trust.evaluator.name, trust.practitioner.name, loop.REASON):
            assert hidden not in whole
        own = [
            {"key": key, "grade": grades[key], "reason": "My own reason.", "confidence": "sure"}
            for key in GRADED
        ]
        moderator.post(f"{one}/save-grades/", {"version": 0, "grades": own})
        sent = moderator.post(f"{one}/lock-grades/")
    assert sent["status"] == "revealed"
    moderator.post(f"{one}/lock-grades/", status=409)
    loop.sweep()


def it_is_referred(trust, call, case, cycle):
    one = f"moderation-cases/{case}"
    talked = [{"key": "child_voice", "grade": "outstanding"}]
    call(trust.moderator2).post(f"{one}/agree/", {"version": 0, "grades": talked})
    call(trust.evaluator).post(f"{one}/refer/", {"reason": loop.REFER_REASON})
    panel = call(trust.hub).post(
        "panels/schedule/",
        {
            "cycle": cycle,
            "meets_at": "2026-10-19T10:00:00+01:00",
            "chair": trust.chair.pk,
            "members": [trust.moderator.pk, trust.moderator2.pk],
        },
        status=201,
    )["id"]
    placed = call(trust.hub).post(f"{one}/put-on-panel/", {"panel": panel})
    assert (placed["status"], placed["panel"]) == ("referred", panel)
    strangers_are_shut_out(trust, call, f"{one}/", f"panels/{panel}/")
    return panel


def the_panel_decides(trust, call, case, panel, evaluation):
    chair = call(trust.chair)
    two = [trust.chair.pk, trust.moderator.pk]
    short = chair.post(f"panels/{panel}/open/", {"present": two}, status=409)
    assert short["detail"].startswith("A panel needs 3 members present. You have 2")
    chair.post(f"panels/{panel}/open/", {"present": [*two, trust.moderator2.pk]})
    decision = {"case": case, "key": "child_voice", "grade": "good"}
    unsaid = chair.post(f"panels/{panel}/decide/", decision, status=400)
    assert set(unsaid) == {"reason_code", "reason"}
    decision |= {"reason_code": "descriptor_misread", "reason": loop.DECIDED_REASON}
    chair.post(f"panels/{panel}/decide/", decision)
    assert chair.post(f"panels/{panel}/sign/")["status"] == "closed"
    assert call(trust.hub).get(f"evaluations/{evaluation}/")["status"] == "finalised"
    assert Panel.objects.get().signed_by == trust.chair


# Release -----------------------------------------------------------------------------------------


def it_is_released(trust, call, evaluation):
    one = f"evaluations/{evaluation}"
    assert loop.REASON not in str(call(trust.practitioner).get(f"{one}/"))
    call(trust.hub2).post(f"{one}/check-third-party/", {"note": loop.NOTE})
    call(trust.hub2).post(f"{one}/approve-share/", status=403)
    assert call(trust.hub_lead).post(f"{one}/approve-share/")["status"] == "shared"
    for person in (trust.practitioner, trust.manager):
        assert loop.REASON in str(call(person).get(f"{one}/"))
    call(trust.practitioner).post(f"{one}/reply/", {"words": loop.REPLY})
    call(trust.manager).post(
        f"{one}/table-in-supervision/",
        {"tabled_on": "2026-10-27", "note": "Talk about drawing."},
    )
    strangers_are_shut_out(trust, call, f"{one}/")


# Recommendations ---------------------------------------------------------------------------------


def the_action_is_done(trust, call):
    one = f"recommendations/{Recommendation.objects.get().pk}"
    jo = call(trust.practitioner)
    assert jo.post(f"{one}/start/")["status"] == "under_way"
    jo.post(f"{one}/update_progress/", {"note": "I have seen her at school once."})
    unsaid = jo.post(f"{one}/claim_done/", {"note": "Done."}, status=400)
    assert list(unsaid) == ["evidence"]
    done = jo.post(f"{one}/claim_done/", {"note": "Twice now.", "evidence": loop.EVIDENCE})
    assert done["status"] == "done"
    jo.post(f"{one}/check/", status=403)  # nobody checks their own work
    strangers_are_shut_out(trust, call, f"{one}/")


def the_action_is_checked(trust, call):
    one = f"recommendations/{Recommendation.objects.get().pk}"
    checked = call(trust.manager).post(f"{one}/check/", {"note": "I read it."})
    assert (checked["status"], checked["checked_by"]) == ("checked", trust.manager.pk)


def a_revisit_is_drawn(trust, call, cycle):
    hub = call(trust.hub)
    drawn = hub.post("revisits/draw/", {"cycle": cycle})
    assert drawn == {"full": 1, "file_check": 0, "impact_review": 0}
    revisit = Revisit.objects.get().pk
    same = hub.post(f"revisits/{revisit}/allocate/", {"reviewer": trust.evaluator.pk}, status=409)
    assert "They made the evaluation that is looked at again." in same["detail"]
    given = hub.post(f"revisits/{revisit}/allocate/", {"reviewer": trust.other_evaluator.pk})
    assert (given["kind"], given["status"]) == ("full", "allocated")
    strangers_are_shut_out(trust, call, f"revisits/{revisit}/")
    return revisit


def it_is_found_to_have_helped(trust, call, revisit):
    farah = call(trust.other_evaluator)
    version = farah.post(f"revisits/{revisit}/start/")["version"]
    finding = {
        "recommendation": Recommendation.objects.get().pk,
        "done": True,
        "on_record": True,
        "difference": "better",
        "note": loop.FOUND,
    }
    again = [{"key": key, "grade": "good", "reason": "Seen again."} for key in PILLARS]
    body = {"findings": [finding], "regrades": again, "version": version}
    assert farah.post(f"revisits/{revisit}/record/", body)["status"] == "completed"


def the_ledger_is_read(trust, call, box):
    sent = call(trust.hub).get("reminders/?status=sent")
    assert sent["count"] == len(box.letters)
    mine = call(trust.practitioner).get("reminders/")
    assert {row["recipient"] for row in mine["results"]} == {trust.practitioner.pk}
