"""Which work does the worker do for the ledger? Thin: the work itself is in sweep and delivery."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from kombu.exceptions import OperationalError

from notifications import delivery
from notifications import sweep as sweeping

logger = logging.getLogger(__name__)
_asleep_until = 0.0  # no more tries at a dead broker until then; the sweep will find the rows
REST = 30.0


@shared_task
def sweep() -> dict[str, int]:
    """One sweep; beat asks for it every minute."""
    return sweeping.sweep()


@shared_task
def deliver(reminder_id: int) -> str:
    """Send one promised message now instead of at the next sweep."""
    try:
        return delivery.deliver(reminder_id)
    except delivery.MailServerDown:
        return "mail server down"


def wake(reminder_id: int) -> None:
    """Ask the worker to deliver one reminder now. A dead broker delays it, and nobody waits."""
    global _asleep_until
    if time.monotonic() < _asleep_until:
        return
    try:
        deliver.apply_async((reminder_id,), retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        _asleep_until = time.monotonic() + REST
        logger.warning("The broker does not answer (%s).", type(error).__name__)
