"""Do pages and API take what people type, refuse in words, and stay quick as rows grow?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations.enums import GRADED
from moderation.models import ModerationCase, Panel
from tests.moderation.scenes import (
    graded,
    grades,
    grading,
    panel_for,
    proposal,
    queued,
    referred,
    revealed,
    send,
    sitting,
    words,
)

pytestmark = pytest.mark.django_db


def at(name, *args):
    return reverse(f"moderation:{name}", args=args)


def typed(given, version=0, **more):
    form = {"version": version, "then": "save"}
    for key, one in words(given).items():
        form |= {f"{key}-{name}": value for name, value in one.items()}
    return form | more


def test_every_page_of_a_case_opens_for_those_who_work_with_it(trust, browse):
    case = queued(trust)
    hub, lead = browse(trust.hub), browse(trust.hub_lead)
    assert hub.get(at("list")).status_code == 200
    assert hub.get(case.get_absolute_url()).status_code == 200
    assert hub.get(at("assign", case.pk)).status_code == 200

    people = [trust.moderator.pk, trust.moderator2.pk]
    reply = hub.post(at("assign", case.pk), {"moderators": people})
    assert reply.status_code == 302
    seat = case.assignments.get(moderator=trust.moderator)
    assert hub.get(at("replace", case.pk, seat.pk)).status_code == 200
    assert lead.get(case.get_absolute_url()).status_code == 200
    assert browse(trust.moderator).get(at("list")).status_code == 200


def test_grading_by_page_saves_checks_asks_and_sends(trust, browse):
    case = grading(trust)
    me = browse(trust.moderator)
    assert me.get(at("grade", case.pk)).status_code == 200

    given = grades(overall="")
    reply = me.post(at("grade", case.pk), typed(given, then="send"))
    assert reply.status_code == 200
    assert "Give a grade for Overall grade." in reply.content.decode()
    assert 'href="#id_overall-grade_0"' in reply.content.decode()

    reply = me.post(at("grade", case.pk), typed(grades(), version=1, then="send"))
    assert (reply.status_code, reply.url) == (302, at("send", case.pk))
    assert me.get(at("send", case.pk)).status_code == 200
    reply = me.post(at("send", case.pk))
    assert (reply.status_code, reply.url) == (302, case.get_absolute_url())
    assert me.get(case.get_absolute_url()).status_code == 200
    assert me.get(at("grade", case.pk)).status_code == 302


def test_sending_too_early_lists_everything_with_links(trust, browse):
    case = grading(trust)

    reply = browse(trust.moderator).post(at("send", case.pk))

    assert reply.status_code == 409
    assert reply.content.decode().count(f'href="{at("grade", case.pk)}#id_') == 2 * len(GRADED)


def test_a_stale_save_keeps_both_texts(trust, browse):
    case = grading(trust)
    me = browse(trust.moderator)
    first = typed(grades(), **{"planning-reason": "Saved in one window."})
    assert me.post(at("grade", case.pk), first).status_code == 302

    second = typed(grades(), **{"planning-reason": "Typed in the other."})
    reply = me.post(at("grade", case.pk), second)

    text = reply.content.decode()
    assert reply.status_code == 409
    assert ("Saved in one window." in text, "Typed in the other." in text) == (True, True)
    assert 'name="version" value="1"' in text


@pytest.mark.parametrize(
    "change",
    [
        {"planning-grade": "splendid"},
        {"planning-reason": "a\x00b"},
        {"planning-reason": "a" * 9000},
        {"planning-confidence": "very"},
        {"version": "x"},
        {"version": ""},
        {"version": "9" * 40},
    ],
)
def test_bad_grades_are_refused_in_words_with_everything_kept(trust, browse, change):
    case = grading(trust)
    form = typed(grades(), **{"overall-reason": "Keep these words."}) | change

    reply = browse(trust.moderator).post(at("grade", case.pk), form)

    assert reply.status_code in {200, 409}
    assert "Keep these words." in reply.content.decode()
    assert "There is a problem" in reply.content.decode()
    assert not case.assignments.filter(version__gt=0).exists()


def test_talking_agreeing_and_referring_by_page(trust, browse):
    case = revealed(trust)
    liam, tom, ruth = browse(trust.moderator), browse(trust.moderator2), browse(trust.evaluator)
    for person in (liam, tom, ruth):
        assert person.get(case.get_absolute_url()).status_code == 200
        assert person.get(at("talk", case.pk)).status_code == 200
        assert person.get(at("refer", case.pk)).status_code == 200

    talked = {f"planning-{k}": v for k, v in proposal()["planning"].items() if v}
    bad = liam.post(at("talk", case.pk), {"version": 0, "planning-grade": "requires_improvement"})
    assert "Say why the grade was changed." in bad.content.decode()
    assert liam.post(at("talk", case.pk), {"version": 0} | talked).status_code == 302
    assert tom.post(at("agree", case.pk), {"version": "1"}).status_code == 302
    assert ruth.post(at("agree", case.pk), {"version": "\u0661"}).status_code == 302
    assert ModerationCase.objects.get().status == "revealed"
    assert ruth.post(at("agree", case.pk), {"version": "1"}).status_code == 302

    assert ModerationCase.objects.get().status == "agreed"
    assert ruth.get(case.get_absolute_url()).status_code == 200


def test_a_panel_by_page_from_call_to_signature(trust, browse):
    case = referred(trust)
    hub, chair = browse(trust.hub), browse(trust.chair)
    day = timezone.localdate() + timedelta(days=4)
    form = {
        "cycle": trust.cycle.pk,
        "meets_on": day.isoformat(),
        "meets_time": "10:00",
        "chair": trust.chair.pk,
        "members": [trust.moderator.pk, trust.moderator2.pk],
    }
    assert hub.get(at("schedule")).status_code == 200
    assert hub.post(at("schedule"), form).status_code == 302
    panel = Panel.objects.get()
    assert hub.get(at("panels")).status_code == 200
    assert hub.get(at("change_panel", panel.pk)).status_code == 200
    assert hub.get(at("agenda", case.pk)).status_code == 200
    assert hub.post(at("agenda", case.pk), {"panel": panel.pk}).status_code == 302
    assert chair.get(at("panel", panel.pk)).status_code == 200
    assert chair.get(at("open", panel.pk)).status_code == 200
    present = [trust.chair.pk, trust.moderator.pk, trust.moderator2.pk]
    too_few = chair.post(at("open", panel.pk), {"present": present[:2]})
    assert (too_few.status_code, "A panel needs 3 members" in too_few.content.decode()) == (
        409,
        True,
    )
    assert chair.post(at("open", panel.pk), {"present": present}).status_code == 302
    decide = at("decide", case.pk, "planning")
    assert chair.get(decide).status_code == 200
    bad = chair.post(decide, {"grade": "inadequate", "reason": "Because."})
    assert (bad.status_code, "Choose what the change rests on." in bad.content.decode()) == (
        200,
        True,
    )
    good = {"grade": "inadequate", "reason": "No plan.", "reason_code": "severity"}
    assert chair.post(decide, good).status_code == 302
    again = chair.post(decide, good)
    assert again.status_code == 409
    assert chair.get(at("sign", panel.pk)).status_code == 200
    assert chair.post(at("sign", panel.pk), {"minutes": "As decided."}).status_code == 302
    assert chair.get(at("panel", panel.pk)).status_code == 200
    panel.refresh_from_db()
    assert (panel.status, panel.minutes) == ("closed", "As decided.")


@pytest.mark.parametrize(
    "change",
    [
        {"meets_on": "31/02/2027"},
        {"meets_on": "2020-01-01"},
        {"meets_time": "25:99"},
        {"chair": "999999"},
        {"chair": "x"},
        {"members": ["\x00"]},
        {"cycle": "0"},
    ],
)
def test_a_bad_panel_is_refused_in_words(trust, browse, change):
    form = {
        "cycle": trust.cycle.pk,
        "meets_on": (timezone.localdate() + timedelta(days=4)).isoformat(),
        "meets_time": "10:00",
        "chair": trust.chair.pk,
        "members": [trust.moderator.pk],
    }

    reply = browse(trust.hub).post(at("schedule"), form | change)

    assert (reply.status_code, "There is a problem" in reply.content.decode()) == (200, True)
    assert not Panel.objects.exists()


def test_the_same_by_the_api_alone(trust, api):
    case = queued(trust)
    root = f"/api/v1/moderation-cases/{case.pk}/"
    hub, liam, tom = api(trust.hub), api(trust.moderator), api(trust.moderator2)
    people = [trust.moderator.pk, trust.moderator2.pk]
    assert hub.post(f"{root}assign/", {"moderators": people}, format="json").status_code == 200
    for person, planning in ((liam, "inadequate"), (tom, "good")):
        rows = [{"key": k} | v for k, v in words(grades(planning=planning)).items()]
        body = {"version": 0, "grades": rows}
        early = person.post(f"{root}lock-grades/", {}, format="json")
        assert (early.status_code, len(early.json()["missing"])) == (409, 12)
        assert person.post(f"{root}save-grades/", body, format="json").status_code == 200
        assert person.post(f"{root}save-grades/", body, format="json").status_code == 409
        assert person.post(f"{root}lock-grades/", {}, format="json").status_code == 200
    assert hub.get(root).json()["status"] == "referred"
    body = {
        "cycle": trust.cycle.pk,
        "meets_at": (timezone.now() + timedelta(days=3)).isoformat(),
        "chair": trust.chair.pk,
        "members": people,
    }
    assert liam.post("/api/v1/panels/schedule/", body, format="json").status_code == 403
    panel = hub.post("/api/v1/panels/schedule/", body, format="json").json()
    place = f"/api/v1/panels/{panel['id']}/"
    reply = hub.post(f"{root}put-on-panel/", {"panel": panel["id"]}, format="json")
    assert reply.status_code == 200
    chair = api(trust.chair)
    present = {"present": [trust.chair.pk, *people]}
    assert chair.post(f"{place}open/", present, format="json").status_code == 200
    assert chair.post(f"{place}open/", present, format="json").status_code == 409
    decision = {"case": case.pk, "key": "planning", "grade": "good"}
    bad = chair.post(f"{place}decide/", decision | {"grade": "inadequate"}, format="json")
    assert (bad.status_code, set(bad.json())) == (400, {"reason", "reason_code"})
    assert liam.post(f"{place}decide/", decision, format="json").status_code == 403
    assert chair.post(f"{place}decide/", decision, format="json").status_code == 200
    assert chair.post(f"{place}decide/", decision, format="json").status_code == 409
    assert chair.post(f"{place}sign/", {}, format="json").json()["status"] == "closed"
    assert api(trust.hub_lead).get(root).json()["status"] == "decided"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("assign", {"moderators": ["x", 999999]}),
        ("replace-moderator", {"old": 1}),
        ("save-grades", {"version": -1, "grades": "none"}),
        ("save-grades", {"version": 0, "grades": [{"key": "weather"}]}),
        ("save-grades", {"version": 0, "grades": [{"key": "planning", "reason": "a\x00"}]}),
        ("agree", {}),
        ("refer", {"reason": "x" * 3000}),
        ("put-on-panel", {"panel": 999999}),
    ],
)
def test_bad_bodies_are_400(trust, api, verb, body):
    case = grading(trust)

    reply = api(trust.moderator).post(
        f"/api/v1/moderation-cases/{case.pk}/{verb}/", body, format="json"
    )

    assert reply.status_code == 400


@pytest.mark.parametrize(
    "address",
    ["/moderation/", "/moderation/panels/", "/api/v1/moderation-cases/", "/api/v1/panels/"],
)
@pytest.mark.parametrize("who", ["hub", "hub_lead", "moderator"])
def test_lists_ask_as_often_for_three_rows_as_for_one(trust, browse, address, who):
    person = browse(getattr(trust, who))

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert person.get(address).status_code == 200
        return len(asked)

    grading(trust)
    panel_for(trust, referred(trust))
    person.get(address)
    one = queries()
    for _ in range(2):
        grading(trust)
        panel_for(trust, referred(trust))

    assert queries() == one


def test_looking_at_a_case_is_in_the_trail(trust, browse, api):
    case = graded(trust)
    before = TrailEntry.objects.for_record(case).filter(action="view").count()

    browse(trust.hub_lead).get(case.get_absolute_url())
    api(trust.hub_lead).get(f"/api/v1/moderation-cases/{case.pk}/")

    assert TrailEntry.objects.for_record(case).filter(action="view").count() == before + 2


def test_a_panel_page_costs_the_same_with_more_on_its_agenda(trust, browse):
    panel = sitting(trust, referred(trust))
    chair = browse(trust.chair)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert chair.get(at("panel", panel.pk)).status_code == 200
        return len(asked)

    queries()
    one = queries()
    for _ in range(2):
        ModerationCase.objects.filter(pk=referred(trust).pk).update(panel=panel)

    assert queries() == one


def test_a_moderator_whose_seat_was_given_away_finds_nothing(trust, browse, api):
    case = grading(trust)
    send(case, trust.moderator2, grades())
    case.assignments.filter(moderator=trust.moderator).update(replaced_at=timezone.now())

    assert browse(trust.moderator).get(at("grade", case.pk)).status_code == 404
    assert api(trust.moderator).get("/api/v1/moderation-cases/").json()["count"] == 0
