"""Is each occasion told once, whatever stops in between?"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.conf import settings as django_settings
from django.db import connection

from notifications import kinds, tasks
from notifications.delivery import deliver, deliver_due
from notifications.models import Heartbeat, Reminder
from notifications.outbox import entry, notify, stop
from notifications.sweep import sweep
from tests.factories import make_evaluation
from tests.mail_server import free_port, smtp_settings

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def promise(trust, *, now=MONDAY, kind="evaluation_due", urgent=False, occasion="one"):
    evaluation = trust.evaluation = getattr(trust, "evaluation", None) or make_evaluation(
        trust.cycle, trust.child
    )
    row = entry(
        kind,
        trust.evaluator.pk,
        about=evaluation,
        occasion=occasion,
        now=now,
        urgent=urgent,
        due_on=now.date(),
    )
    row.save()
    return row


def status(row):
    row.refresh_from_db()
    return row.status


def test_a_mail_arrives_and_says_nothing_of_the_child(trust, post_office):
    row = promise(trust)

    assert deliver(row.pk, now=MONDAY) == "sent"

    letter = post_office.letters[0]
    text = letter.get_payload(decode=True).decode()
    assert (letter["To"], letter["Subject"]) == (
        trust.evaluator.email,
        f"{trust.evaluation.reference} is due on 23 November 2026",
    )
    assert f"{django_settings.SITE_ADDRESS}/evaluations/{trust.evaluation.pk}/" in text
    assert trust.child.reference not in text
    assert trust.practitioner.name not in text


def test_delivering_twice_sends_once(trust, post_office):
    row = promise(trust)

    assert [deliver(row.pk, now=MONDAY) for _ in range(3)] == ["sent"] * 3
    assert len(post_office.letters) == 1


def test_a_mail_server_that_is_down_delays_and_loses_nothing(trust, post_office, settings):
    rows = [promise(trust, occasion=str(number)) for number in range(3)]
    for name, value in smtp_settings(free_port()).items():
        setattr(settings, name, value)

    for hour in range(24):
        counts = deliver_due(now=MONDAY + timedelta(hours=hour))
        assert counts == {"mail_server_down": 1}
    assert {status(row) for row in rows} == {"promised"}

    for name, value in smtp_settings(post_office.port).items():
        setattr(settings, name, value)
    assert deliver_due(now=MONDAY + timedelta(hours=30)) == {"sent": 3}
    assert len(post_office.letters) == 3


def test_an_address_the_server_refuses_is_shown_as_failed(trust, post_office):
    row = promise(trust)
    post_office.refuse = {trust.evaluator.email}

    assert deliver(row.pk, now=MONDAY) == "failed"
    assert status(row) == "failed"
    assert row.problem == "The mail server refused this address."


def test_a_worker_that_died_while_sending_leaves_unknown_and_no_second_mail(trust, post_office):
    row = promise(trust)
    Reminder.objects.filter(pk=row.pk).update(status="sending", claimed_at=MONDAY)

    sweep(MONDAY + timedelta(minutes=5))
    assert status(row) == "sending"

    sweep(MONDAY + timedelta(minutes=11))
    assert status(row) == "unknown"
    assert post_office.letters == []


def test_no_mail_on_days_off_but_urgent_ones(trust, post_office):
    quiet = promise(trust, now=SATURDAY, occasion="quiet")
    urgent = promise(trust, now=SATURDAY, occasion="urgent", urgent=True)

    deliver_due(now=SATURDAY)
    assert (status(quiet), status(urgent)) == ("promised", "sent")

    deliver_due(now=MONDAY)
    assert status(quiet) == "sent"


@pytest.mark.parametrize(
    ("delegate", "expected"), [("other_evaluator", "other_evaluator"), (None, "other_manager")]
)
def test_somebody_away_is_stood_in_for(trust, post_office, delegate, expected):
    row = promise(trust)
    trust.evaluator.away_from, trust.evaluator.away_until = MONDAY.date(), MONDAY.date()
    trust.evaluator.delegate = getattr(trust, delegate) if delegate else None
    trust.evaluator.save()

    deliver(row.pk, now=MONDAY)

    row.refresh_from_db()
    assert (row.recipient, row.instead_of) == (getattr(trust, expected), trust.evaluator)
    assert [letter["To"] for letter in post_office.letters] == [getattr(trust, expected).email]


def test_a_stopped_message_is_not_sent(trust, post_office):
    row = promise(trust)

    assert stop(trust.evaluation) == 1
    deliver_due(now=MONDAY)
    assert (status(row), post_office.letters) == ("stopped", [])


def test_a_dead_broker_holds_up_nobody(trust, settings, django_capture_on_commit_callbacks):
    from trust_qa.celery import app

    old = app.conf.broker_url
    app.conf.broker_url = f"redis://127.0.0.1:{free_port()}/0"
    tasks._asleep_until = 0.0
    try:
        with django_capture_on_commit_callbacks(execute=True):
            row = notify(
                "safety_alert",
                trust.head,
                about=make_evaluation(trust.cycle, trust.child),
                occasion="now",
                urgent=True,
            )
        assert row.status == "promised"
    finally:
        app.conf.broker_url = old
        tasks._asleep_until = 0.0


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_message_once(trust, post_office):
    for number in range(20):
        promise(trust, occasion=str(number))
    start = Barrier(2)
    failures = []

    def one_sweep():
        try:
            start.wait()
            sweep(MONDAY)
        except Exception as error:  # noqa: BLE001  a thread's failure must reach the test
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=one_sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(post_office.letters) == 20
    assert len({letter["Message-ID"] for letter in post_office.letters}) == 20
    assert set(Reminder.objects.values_list("status", flat=True)) == {"sent"}
    assert Heartbeat.objects.filter(name="sweep").count() == 1


def test_every_kind_that_the_service_uses_has_its_words():
    used = set()
    for path in Path(django_settings.BASE_DIR).glob("*/*.py"):
        if path.parts[-2] in {"tests", "demonstration", "bin"}:
            continue
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"(?:notify|tell|Occasion)\(\s*\"([a-z_]+)\"", text))

    assert used - set(kinds.KINDS) == set()


def test_every_kind_can_be_composed(trust):
    row = promise(trust)
    for kind in kinds.KINDS:
        row.kind = kind
        subject, body = kinds.text(row, trust.evaluator)
        assert subject and "{" not in subject + body
