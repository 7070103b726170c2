"""How does a promised message reach its person, once and only once?

The row is claimed and committed as `sending` before anything leaves, and committed as `sent` after.
A worker that dies in between leaves `sending`; the sweep makes that `unknown`, never a resend.
"""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F
from django.utils import timezone

from notifications import kinds
from notifications.models import Reminder

Status = Reminder.Status
STALE_AFTER = timedelta(minutes=10)  # longer than a worker may run one task
LONGEST_WAIT = 60  # minutes between tries while the mail server is down


class MailServerDown(Exception):
    """No connection to the mail server: nothing was sent, everything waits."""


def deliver(reminder_id: int, *, now: datetime | None = None, connection=None) -> str:
    """Send one promised message; safe to call from anywhere, any number of times.

    Returns the status the row has now. Raises MailServerDown when no connection could be made
    (the row is promised again, for later).
    """
    now = now or timezone.now()
    claimed = Reminder.objects.filter(
        pk=reminder_id, status=Status.PROMISED, send_after__lte=now
    ).update(status=Status.SENDING, claimed_at=now, attempts=F("attempts") + 1)
    reminder = (
        Reminder.objects.select_related(
            "recipient__delegate", "recipient__team__manager", "instead_of"
        )
        .filter(pk=reminder_id)
        .first()
    )
    if not claimed or reminder is None:
        return reminder.status if reminder else ""

    person = stand_in_for(reminder, now)
    if not person.is_active:
        return _settle(reminder, Status.FAILED, problem="This person no longer works here.")
    message = compose(reminder, person)
    if connection is not None:
        return _send(reminder, message, connection, now)
    connection = get_connection()
    try:
        return _send(reminder, message, connection, now)
    finally:
        connection.close()


def _send(reminder: Reminder, message: EmailMessage, connection, now: datetime) -> str:
    message.connection = connection
    try:
        _open(connection)
    except (OSError, smtplib.SMTPException) as error:
        _postpone(reminder, now, error)
        raise MailServerDown from error
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused:
        return _settle(reminder, Status.FAILED, problem="The mail server refused this address.")
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500:
            return _settle(
                reminder, Status.FAILED, problem=f"The mail server refused it ({error.smtp_code})."
            )
        return _postpone(reminder, now, error)
    except (OSError, smtplib.SMTPException):
        # It broke while the message was on its way: it may have arrived.
        connection.close()
        return _settle(reminder, Status.UNKNOWN, problem="The connection broke while sending.")
    return _settle(reminder, Status.SENT, sent_at=timezone.now())


def stand_in_for(reminder: Reminder, now: datetime):
    """The person who gets it: the recipient or, while they are away, their delegate or manager."""
    person = reminder.recipient
    today = timezone.localdate(now)
    if not person.is_away(today):
        return person
    manager = person.team.manager if person.team else None
    for other in (person.delegate, manager):
        if other and other.is_active and not other.is_away(today):
            Reminder.objects.filter(pk=reminder.pk).update(recipient=other, instead_of=person)
            reminder.recipient, reminder.instead_of = other, person
            return other
    return person


def compose(reminder: Reminder, person) -> EmailMessage:
    """The mail: the kind of thing, its reference and a link; nothing of a child or a grade."""
    subject, body = kinds.text(reminder, person)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return EmailMessage(
        subject,
        body,
        to=[person.email],
        headers={"Message-ID": f"<reminder-{reminder.pk}@{domain}>", "Auto-Submitted": "yes"},
    )


def deliver_due(*, now: datetime | None = None, at_most: int = 500) -> dict[str, int]:
    """Send what is due, urgent first, over one connection; stops when the mail server is down."""
    now = now or timezone.now()
    due = Reminder.objects.due_for_delivery(now).order_by("-urgent", "send_after", "pk")
    counts: dict[str, int] = {}
    connection = get_connection()
    try:
        for pk in list(due.values_list("pk", flat=True)[:at_most]):
            status = deliver(pk, now=now, connection=connection)
            counts[status] = counts.get(status, 0) + 1
    except MailServerDown:
        counts["mail_server_down"] = 1
    finally:
        connection.close()
    return counts


def give_up_on_stale(now: datetime) -> int:
    """Rows left `sending` by a worker that died: nobody knows whether they arrived."""
    return Reminder.objects.filter(status=Status.SENDING, claimed_at__lt=now - STALE_AFTER).update(
        status=Status.UNKNOWN, problem="The worker stopped while sending."
    )


def _open(connection) -> None:
    """Connect, or find that an open connection still answers; nothing has been sent by then."""
    smtp = getattr(connection, "connection", None)
    if smtp is not None:
        try:
            if smtp.noop()[0] == 250:
                return
        except (OSError, smtplib.SMTPException):
            pass
        connection.close()
    connection.open()


def _settle(reminder: Reminder, status: str, **fields) -> str:
    Reminder.objects.filter(pk=reminder.pk, status=Status.SENDING).update(status=status, **fields)
    return status


def _postpone(reminder: Reminder, now: datetime, error: Exception) -> str:
    wait = min(2 ** min(reminder.attempts - 1, 6), LONGEST_WAIT)
    return _settle(
        reminder,
        Status.PROMISED,
        send_after=now + timedelta(minutes=wait),
        problem=f"Not sent yet: {type(error).__name__}.",
    )
