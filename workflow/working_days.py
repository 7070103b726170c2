"""Which days does the Trust work, and when is something due?

A working day in England: Monday to Friday, no bank holiday (the `holidays` library), none of the
Trust's own closure days (setting TRUST_CLOSURE_DAYS).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays
from django.conf import settings


@cache
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG")


def is_working_day(day: date) -> bool:
    """Whether the Trust works on this day."""
    return (
        day.weekday() < 5
        and day not in _bank_holidays()
        and day.isoformat() not in settings.TRUST_CLOSURE_DAYS
    )


def add_working_days(day: date, count: int) -> date:
    """The date `count` working days after (or, below zero, before) `day`; 0 gives `day` itself."""
    step = 1 if count >= 0 else -1
    left = abs(count)
    while left:
        day += timedelta(days=step)
        if is_working_day(day):
            left -= 1
    return day


def working_day_on_or_after(day: date) -> date:
    """This day when the Trust works on it, else the next working day."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_days_between(first: date, last: date) -> int:
    """How many working days lie after `first`, up to and including `last`; negative when before."""
    if last < first:
        return -working_days_between(last, first)
    count, day = 0, first
    while day < last:
        day += timedelta(days=1)
        count += is_working_day(day)
    return count
