"""Which work does the worker do for the ledger?"""


def wake(reminder_id: int) -> None:
    """Ask the worker to deliver one reminder; a dead broker changes nothing."""
