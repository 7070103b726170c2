"""Does a worry about a child reach people, whatever else is broken?"""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from evaluations import alerts
from evaluations.models import Evaluation, SafetyAlert
from notifications.models import Reminder
from tests.evaluations.stages import make_at, queries_of
from tests.evaluations.test_transitions import make_alert
from workflow.exceptions import NotPermitted


def raise_it(evaluation, by, **fields):
    said = {
        "worry": "WORRY-CANARY",
        "whom_phoned": "Carl Hughes",
        "phoned_at": timezone.now() - timedelta(minutes=5),
    }
    return alerts.raise_alert(evaluation, by=by, **(said | fields))


STAGES = "planned allocated accepted in_progress submitted in_moderation finalised shared closed"


@pytest.mark.parametrize("status", STAGES.split())
def test_an_alert_can_be_raised_at_every_stage(trust, status):
    alert = raise_it(make_at(trust, status), trust.practitioner)

    assert alert.status == "raised"
    told = Reminder.objects.filter(kind="safety_alert", urgent=True)
    assert {one.recipient for one in told} == {
        trust.manager,
        trust.head,
        trust.hub,
        trust.hub2,
        trust.hub_lead,
    }


def test_who_may_raise_and_who_may_acknowledge(trust):
    evaluation = make_at(trust, "in_progress")
    people = {name: one for name, one in vars(trust).items() if hasattr(one, "role_names")}
    raised, acknowledged = set(), set()
    for name, person in people.items():
        try:
            raise_it(evaluation, person)
        except NotPermitted:
            continue
        raised.add(name)
    for name, person in people.items():
        try:
            alerts.acknowledge(make_alert(trust), by=person)
        except NotPermitted:
            continue
        acknowledged.add(name)

    assert raised == {
        "practitioner",
        "manager",
        "head",
        "director",
        "evaluator",
        "hub",
        "hub2",
        "hub_lead",
    }
    assert acknowledged == {"head", "hub_lead"}


def test_pressed_twice_it_is_one_alert(trust):
    evaluation, phoned = make_at(trust, "in_progress"), timezone.now()

    first = raise_it(evaluation, trust.evaluator, phoned_at=phoned)
    second = raise_it(evaluation, trust.evaluator, phoned_at=phoned)

    assert first == second
    assert SafetyAlert.objects.count() == 1


def test_a_call_that_has_not_been_made_yet_is_refused(trust):
    with pytest.raises(ValidationError, match="future"):
        raise_it(
            make_at(trust, "in_progress"),
            trust.evaluator,
            phoned_at=timezone.now() + timedelta(hours=1),
        )


@pytest.mark.django_db(transaction=True)
def test_it_works_with_broker_and_mail_server_down(settings, browse):
    from tests.factories import make_trust
    from trust_qa.celery import app

    trust = make_trust()
    evaluation = make_at(trust, "in_progress")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    was = app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:9/0"
    try:
        reply = browse(trust.evaluator).post(
            f"/safety/?evaluation={evaluation.pk}",
            {
                "worry": "She is not safe tonight.",
                "not_safe_now": "not_safe",
                "whom_phoned": "Carl Hughes",
                "phoned_at": "2020-01-02T10:00",
            },
        )
    finally:
        app.conf.broker_url = was

    alert = SafetyAlert.objects.get()
    assert (reply.status_code, reply.url) == (302, alert.get_absolute_url())
    assert Reminder.objects.filter(kind="safety_alert", status="promised").count() == 5


def test_the_page_offers_the_evaluations_one_is_part_of(trust, browse):
    mine = make_at(trust, "shared")
    other = make_at(trust, "in_progress", practitioner=trust.other_practitioner)

    page = browse(trust.practitioner).get("/safety/").content.decode()

    assert mine.reference in page
    assert other.reference not in page
    assert "999" in page


def test_somebody_without_an_evaluation_is_told_whom_to_phone(trust, browse):
    page = browse(trust.outsider).get("/safety/")

    assert page.status_code == 200
    assert "Phone the child’s team manager" in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("worry", "", "Say what you are worried about."),
        ("worry", "a\x00b", "Take out the characters that cannot be shown"),
        ("worry", "x" * 8001, "can have 8,000 characters at most"),
        ("phoned_at", "31/02/2026 10:00", "Enter a date and time that exist"),
        ("phoned_at", "2999-01-01T10:00", "cannot be in the future"),
        ("whom_phoned", "x" * 201, "can have 200 characters at most"),
        ("evaluation", "PE-\x00", "no evaluation with this reference"),
        ("evaluation", "PE-0000", "no evaluation with this reference"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(trust, browse, field, value, sentence):
    evaluation = make_at(trust, "in_progress")
    given = {
        "evaluation": evaluation.reference,
        "worry": "KEPT-WORDS",
        "not_safe_now": "not_safe",
        "whom_phoned": "Carl",
        "phoned_at": "2026-01-02T10:00",
    }

    page = browse(trust.evaluator).post("/safety/", given | {field: value})

    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert ("KEPT-WORDS" in page.content.decode()) == (field != "worry")
    assert not SafetyAlert.objects.exists()


def test_the_whole_way_through_the_pages(trust, browse):
    alert = raise_it(make_at(trust, "in_progress"), trust.evaluator)
    url = alert.get_absolute_url()

    assert browse(trust.head).post(f"{url}acknowledge/").status_code == 302
    assert (
        browse(trust.manager).post(f"{url}record-action/", {"action": "Seen."}).status_code == 302
    )
    assert browse(trust.director).post(f"{url}close/").status_code == 302

    alert.refresh_from_db()
    assert (alert.status, alert.action, alert.closed_by) == ("closed", "Seen.", trust.director)
    for person in (trust.head, trust.evaluator, trust.hub_lead):
        assert browse(person).get(url).status_code == 200


def test_an_alert_one_may_not_see_does_not_exist(trust, browse, api):
    alert = raise_it(make_at(trust, "in_progress"), trust.evaluator)

    for name in ("moderator", "other_manager", "practitioner", "outsider", "leader"):
        person = getattr(trust, name)
        assert browse(person).get(alert.get_absolute_url()).status_code == 404
        assert api(person).get(f"/api/v1/safety-alerts/{alert.pk}/").status_code == 404


def test_an_alert_carries_no_grade(trust, browse):
    evaluation = make_at(trust, "in_progress")
    evaluation.judgements.exclude(grade="").update(grade="inadequate")
    alert = raise_it(evaluation, trust.evaluator)

    for person in (trust.head, trust.manager, trust.evaluator):
        page = browse(person).get(alert.get_absolute_url()).content.decode()
        assert "tr-grade" not in page and "nadequate" not in page


def test_the_list_asks_the_database_the_same_for_one_and_three(trust, browse, api):
    pages = {
        "page": lambda: browse(trust.hub_lead).get("/evaluations/alerts/"),
        "endpoint": lambda: api(trust.hub_lead).get("/api/v1/safety-alerts/"),
    }
    make_alert(trust)
    assert trust.hub_lead.role_names == {"hub_lead"}  # read once, before anything is counted
    one = {name: queries_of(ask) for name, ask in pages.items()}
    make_alert(trust)
    make_alert(trust)

    assert {name: queries_of(ask) for name, ask in pages.items()} == one


def test_everybody_in_the_hub_sees_the_worry_whatever_the_stage(trust):
    for status in Evaluation._meta.get_field("status").choices:
        alert = make_alert(trust, stage=status[0])
        seen = SafetyAlert.objects.visible_to(trust.hub_lead).filter(pk=alert.pk)
        assert seen.exists()
