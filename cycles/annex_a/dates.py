"""Which day does a cell mean, and in which month was a child born?

Days come first, as in England: 03/25/2015 is no date here, and nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from cycles.annex_a.values import (
    NotUnderstood,
    is_blank,
    is_error,
    may_be_unborn,
    plain_text,
)

OLDEST_IN_YEARS = 30  # care leavers are helped to 25, and records are kept open a little longer
LONGEST_PREGNANCY = timedelta(days=300)
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
DATE_EXPECTED = "a date, such as 17/03/2026"


def _month(word: str) -> int:
    word = word.casefold()
    for number, full in enumerate(MONTHS, start=1):
        if word in (full, full[:3]) or (full == "september" and word == "sept"):
            return number
    raise NotUnderstood(DATE_EXPECTED)


def _year(digits: str, today: date) -> int:
    """A year of two digits is the last such year that is not more than five years ahead."""
    if len(digits) != 2:
        return int(digits)
    year = today.year // 100 * 100 + int(digits)
    return year if year <= today.year + 5 else year - 100


_TIME = r"(?:[T ,]+\d{1,2}[:.]\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]m)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_DAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s+)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.IGNORECASE)
_DAY_FIRST = re.compile(
    rf"{_DAY}(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE
)
_WORDS = re.compile(
    rf"{_DAY}(\d{{1,2}})(?:st|nd|rd|th)?[-/., ]*(?:of )?([a-z]{{3,9}})[-/., ]*"
    rf"(\d{{4}}|\d{{2}}){_TIME}",
    re.IGNORECASE,
)
_WORDS_MONTH_FIRST = re.compile(
    rf"{_DAY}([a-z]{{3,9}})[-/. ]+(\d{{1,2}})(?:st|nd|rd|th)?,?[ ]+(\d{{4}}){_TIME}",
    re.IGNORECASE,
)


def day(cell: Any, *, today: date, epoch: date = date(1899, 12, 30)) -> date | None:
    """A date from a date cell, a spreadsheet's day number, or text with the day first."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if is_blank(cell):
        return None
    if isinstance(cell, (bool, time, timedelta)) or is_error(cell):
        raise NotUnderstood(DATE_EXPECTED)
    text = plain_text(cell)
    try:
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            return _from_day_number(int(float(text)), epoch)
        if re.fullmatch(r"(19|20)\d{6}", text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if found := _YEAR_FIRST.fullmatch(text):
            year, month, number = found.groups()
            return date(int(year), int(month), int(number))
        if found := _DAY_FIRST.fullmatch(text):
            number, month, year = found.groups()
            return date(_year(year, today), int(month), int(number))
        if found := _WORDS.fullmatch(text):
            number, month, year = found.groups()
            return date(_year(year, today), _month(month), int(number))
        if found := _WORDS_MONTH_FIRST.fullmatch(text):
            month, number, year = found.groups()
            return date(int(year), _month(month), int(number))
    except NotUnderstood:
        raise
    except (ValueError, OverflowError):
        pass  # the 31st of February
    raise NotUnderstood(DATE_EXPECTED)


def _from_day_number(number: int, epoch: date) -> date:
    # Outside 1954 to 2063 a five-figure number is somebody's reference, not a day.
    if not 20000 <= number < 60000:
        raise NotUnderstood(DATE_EXPECTED)
    return epoch + timedelta(days=number)


UNBORN_WORDS = re.compile(r"unborn|edd\b|expected|due\b", re.IGNORECASE)


def birth_month(
    cell: Any, *, today: date, gender_cell: Any, unborn_expected: bool, epoch: date
) -> date | None:
    """The first day of the month of birth, or None for a child who is not born yet.

    A child may be unborn only where `unborn_expected` (no unborn child is in care or has left
    it), and only with a blank, "unborn" or expected date beside a gender that leaves room for it.
    """
    unborn_possible = unborn_expected and may_be_unborn(gender_cell)
    expected = "a date of birth, such as 17/03/2016"
    if is_blank(cell):
        if unborn_possible and not is_blank(gender_cell):
            return None
        raise NotUnderstood(expected)
    if isinstance(cell, str) and UNBORN_WORDS.search(cell) and not is_error(cell):
        if unborn_possible:
            return None
        raise NotUnderstood(f"{expected}: a child on this list with this gender has been born")
    try:
        born = day(cell, today=today, epoch=epoch)
    except NotUnderstood:
        raise NotUnderstood(expected) from None
    if born is None:
        raise NotUnderstood(expected)
    if born > today:
        if unborn_possible and born - today <= LONGEST_PREGNANCY:
            return None
        raise NotUnderstood(f"{expected}, not after today")
    if born.year < today.year - OLDEST_IN_YEARS:
        raise NotUnderstood(f"{expected}, in the last {OLDEST_IN_YEARS} years")
    return born.replace(day=1)
