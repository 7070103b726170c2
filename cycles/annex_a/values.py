"""What does one cell say?

Each function takes a cell as it was read and gives what it means, `None` or an empty text where
the cell is blank, and raises `NotUnderstood`, with what was expected, where it makes no sense.
Dates are read in `dates`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

from cycles.annex_a.records import LONGEST_FOUND

BLANK = {"", "-", "--", "n/a", "null", "none", "nan", "nat", "(blank)"}
ERRORS = {
    "#n/a",
    "#ref!",
    "#value!",
    "#name?",
    "#div/0!",
    "#num!",
    "#null!",
    "#spill!",
    "#calc!",
}

LONGEST_IDENTIFIER = 40
LONGEST_NAME = 150

NOT_KNOWN = "not_known"

# Zero-width marks, and marks that turn the direction of the text after them.
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


class NotUnderstood(ValueError):
    """A cell that makes no sense as what its column should hold."""

    def __init__(self, expected: str):
        super().__init__(expected)
        self.expected = expected


def shown(cell: Any) -> str:
    """A cell as it may be shown to the person who mends the file: one short line."""
    if cell is None:
        return "nothing"
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    text = f"{cell.day} {cell:%B %Y}" if type(cell) is date else str(cell)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split()) or "nothing"
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"


def plain_text(cell: Any) -> str:
    """A cell's text: no-break and doubled spaces made single, a whole number without its .0."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    return " ".join(UNSEEN.sub("", str(cell)).split())


def is_blank(cell: Any) -> bool:
    """Is there nothing in this cell, or only a mark that stands for nothing?"""
    return plain_text(cell).casefold() in BLANK


def is_error(cell: Any) -> bool:
    """Does this cell hold a spreadsheet's own error?"""
    return isinstance(cell, str) and cell.strip().casefold() in ERRORS


def _has_control(text: str) -> bool:
    return any(unicodedata.category(letter) in ("Cc", "Cs", "Cn") for letter in text)


def identifier(cell: Any) -> str:
    """The case system's own identifier, as text: leading zeros kept, 123.0 read as 123."""
    expected = "the child’s identifier, as the case system shows it"
    if is_blank(cell) or is_error(cell) or isinstance(cell, (bool, date, time, timedelta)):
        raise NotUnderstood(expected)
    text = plain_text(cell)
    if isinstance(cell, float) and not cell.is_integer():
        raise NotUnderstood(expected)
    if re.fullmatch(r"\d+(\.\d+)?[eE]\+?\d+", text):
        raise NotUnderstood(f"{expected}: the spreadsheet has shortened it, so format it as text")
    if len(text) > LONGEST_IDENTIFIER:
        raise NotUnderstood(f"{expected}, at most {LONGEST_IDENTIFIER} letters and numbers")
    if _has_control(text) or not any(letter.isalnum() for letter in text):
        raise NotUnderstood(expected)
    return text


def name(cell: Any) -> str:
    """A worker's, team's or place's name."""
    expected = "a name"
    if is_error(cell) or isinstance(cell, (bool, date, time, timedelta)):
        raise NotUnderstood(expected)
    if is_blank(cell):
        return ""
    text = plain_text(cell)
    if len(text) > LONGEST_NAME:
        raise NotUnderstood(f"a name of at most {LONGEST_NAME} letters")
    if _has_control(text):
        raise NotUnderstood("a name in letters")
    return text


NOBODY = {
    "unallocated",
    "not allocated",
    "no allocated worker",
    "to be allocated",
    "tbc",
    "tba",
    "unknown",
    "vacant",
    "vacancy",
}


def worker(cell: Any) -> str:
    """The allocated worker's name; a word that means nobody is nobody."""
    text = name(cell)
    return "" if text.casefold() in NOBODY else text


# Codes and words -----------------------------------------------------------------------------


def _code(cell: Any) -> str:
    """A coded cell in its plainest form: "a) Male", " MALE " and "Male." are all "male"."""
    text = unicodedata.normalize("NFKC", plain_text(cell)).casefold()
    text = re.sub(r"^[a-z0-9]{1,2}[).:]\s*(?=\S)", "", text)
    text = re.sub(r"['’‘`]", "", text)
    return re.sub(r"[\W_]+", " ", text).strip()


GENDERS = {
    **dict.fromkeys(("male", "m", "1", "boy"), "boy"),
    **dict.fromkeys(("female", "f", "2", "girl"), "girl"),
    **dict.fromkeys(
        ("neither", "indeterminate", "other", "9", "non binary", "i", "transgender"),
        "other",
    ),
    **dict.fromkeys(
        (
            "unborn",
            "not stated recorded or unborn",
            "not stated recorded",
            "not stated",
            "not recorded",
            "not stated or recorded",
            "not known",
            "unknown",
            "u",
            "0",
            "x",
        ),
        NOT_KNOWN,
    ),
}


def gender(cell: Any) -> str:
    """girl, boy, other or not_known."""
    code = _code(cell)
    if is_blank(cell) or is_error(cell) or code not in GENDERS:
        raise NotUnderstood("male, female, neither, or not stated")
    return GENDERS[code]


def may_be_unborn(cell: Any) -> bool:
    """Does a gender cell leave room for a child who is not born yet?"""
    return is_blank(cell) or GENDERS.get(_code(cell)) == NOT_KNOWN


# The school census codes, main and extended, by their group.
ETHNICITY_CODES = {
    "white": "wbri wiri wirt wrom woth weng wcor wsco wwel wowb wnir walb wbos wcro wgre wgrk wgrc "
    "wita wkos wpor wser wtur wtuk wtuc weur weeu wweu wotw wror wroo wroma",
    "mixed": "mwbc mwba mwas moth mwap mwai mwao mbca mabl mach mboe mbch mcoe mwoe mwch motm",
    "asian": "aind apkn aban aoth chne akpa ampk aopk aafr akao anep asnl aslt asro aota chkc cmal "
    "csng ctwn coch",
    "black": "bcrb bafr both bann bcon bgha bngn bsln bsom bsud baof beur bnam botb",
    "other": "ooth oafg oara oegy ofil oirn oirq ojpn okor okrd olam oleb olib omal omrc opol otha "
    "ovie oyem ooeg",
    NOT_KNOWN: "nobt refu nots unkn",
}
ETHNICITIES = {code: group for group, codes in ETHNICITY_CODES.items() for code in codes.split()}

# Tried in this order: "white and black Caribbean" is mixed before it is white or black, and "any
# other Asian background" is Asian before it is other.
ETHNICITY_WORDS = (
    (
        NOT_KNOWN,
        r"not (yet )?(obtained|stated|known|recorded|provided)|unknown|refused|declined|unborn",
    ),
    ("mixed", r"\bmixed\b|\bmultiple\b|white (and|&) (black|asian)|\bdual heritage\b"),
    ("white", r"\bwhite\b|\birish\b|\bgypsy\b|\broma\b|\btravellers?\b"),
    (
        "black",
        r"\bblack\b|\bafrican\b|\bcaribbean\b|\bsomali\b|\bnigerian\b|\bghanaian\b",
    ),
    (
        "asian",
        r"\basian\b|\bindian\b|\bpakistani\b|\bbangladeshi\b|\bchinese\b|\bsri lankan\b",
    ),
    (
        "other",
        r"\barab\b|\bany other\b|\bother ethnic\b|^other$|\bkurdish\b|\bafghan\b",
    ),
)


def ethnicity(cell: Any) -> str:
    """white, mixed, asian, black, other or not_known, from a code or from words."""
    expected = "an ethnicity code such as WBRI, or its words"
    if is_blank(cell) or is_error(cell):
        raise NotUnderstood(expected)
    code = _code(cell)
    first = code.split(" ", 1)[0]
    if first in ETHNICITIES and (first == code or len(first) == 4):
        return ETHNICITIES[first]
    for group, pattern in ETHNICITY_WORDS:
        if re.search(pattern, code):
            return group
    raise NotUnderstood(expected)


# The children in need census has its own codes for a disability; "none" is one of them.
DISABILITY_CODES = (
    "aut",
    "beh",
    "con",
    "dda",
    "hand",
    "hear",
    "inc",
    "ld",
    "mob",
    "pc",
    "vis",
)
DISABILITIES: dict[str, bool | None] = {
    **dict.fromkeys(("yes", "y", "true", "1", "disabled", "comm", *DISABILITY_CODES), True),
    **dict.fromkeys(("no", "n", "false", "0", "none", "no disability"), False),
    **dict.fromkeys(("unknown", "not known", "not stated", "not recorded", "u"), None),
}


def disability(cell: Any) -> bool | None:
    """Yes, no, or None for not known."""
    expected = "yes, no or unknown"
    code = _code(cell)
    if code in DISABILITIES:
        return DISABILITIES[code]
    if is_blank(cell) or is_error(cell):
        raise NotUnderstood(expected)
    if code.startswith("yes "):
        return True
    if code.startswith("no "):
        return False
    raise NotUnderstood(expected)


NEEDS = {
    "abuse_or_neglect": "Abuse or neglect",
    "child_disability": "Child’s disability or illness",
    "parental_illness": "Parent’s disability or illness",
    "acute_stress": "Family in acute stress",
    "family_dysfunction": "Family dysfunction",
    "unacceptable_behaviour": "Socially unacceptable behaviour",
    "low_income": "Low income",
    "absent_parenting": "Absent parenting",
    "other_than_need": "Cases other than children in need",
    "not_stated": "Not stated",
    "neglect": "Neglect",
    "physical_abuse": "Physical abuse",
    "sexual_abuse": "Sexual abuse",
    "emotional_abuse": "Emotional abuse",
    "multiple": "More than one kind of abuse",
}
NEED_CODES = {
    "n0": "not_stated",
    "n1": "abuse_or_neglect",
    "n2": "child_disability",
    "n3": "parental_illness",
    "n4": "acute_stress",
    "n5": "family_dysfunction",
    "n6": "unacceptable_behaviour",
    "n7": "low_income",
    "n8": "absent_parenting",
    "n9": "other_than_need",
    "neg": "neglect",
    "phy": "physical_abuse",
    "sab": "sexual_abuse",
    "emo": "emotional_abuse",
    "mul": "multiple",
}
NEED_WORDS = (
    ("multiple", r"\bmultiple\b|more than one"),
    ("abuse_or_neglect", r"abuse (or|and|of) neglect|abuse neglect"),
    ("neglect", r"neglect"),
    ("physical_abuse", r"physical"),
    ("sexual_abuse", r"^sexual"),
    ("emotional_abuse", r"emotional"),
    ("parental_illness", r"^parent\w*( \w+)? (illness|disability)"),
    ("child_disability", r"^(childs )?(disability|illness)"),
    ("acute_stress", r"acute stress"),
    ("family_dysfunction", r"dysfunction"),
    ("unacceptable_behaviour", r"unacceptable"),
    ("low_income", r"low income"),
    ("absent_parenting", r"absent parent"),
    ("other_than_need", r"other than (children|child) in need"),
    ("not_stated", r"not (stated|known|recorded)"),
)


def need(cell: Any) -> str:
    """The words of the main need, from a census code or from words; empty where blank."""
    expected = "a need code N0 to N9, a category of abuse, or its words"
    if is_blank(cell):
        return ""
    if is_error(cell):
        raise NotUnderstood(expected)
    code = _code(cell)
    first = code.split(" ", 1)[0]
    if first in NEED_CODES and (first == code or first[1:].isdigit()):
        return NEEDS[NEED_CODES[first]]
    for key, pattern in NEED_WORDS:
        if re.search(pattern, code):
            return NEEDS[key]
    raise NotUnderstood(expected)


PLAN_WORDS = (
    ("early_help", r"^early help|^eh$"),
    ("child_protection", r"child protection|^cpp?$|^cp plan"),
    (
        "child_in_care",
        r"looked after|child(ren)? in care|^in care|^cla$|^lac$|^cic$|accommodated|section 20",
    ),
    (
        "care_leaver",
        r"care leav|leaving care|pathway plan|former relevant|^relevant child",
    ),
    ("adoption", r"adopt"),
    ("short_breaks", r"short break|respite"),
    ("custody", r"custody|remand|secure"),
    ("child_in_need", r"child(ren)? in need|^cin$|^cin plan"),
    ("assessment", r"assessment|section 47|^s47|enquir"),
)


def plan_type(cell: Any) -> str:
    """A plan type's key from its words; empty where blank."""
    expected = "a plan type, such as child in need or child protection"
    if is_blank(cell):
        return ""
    if is_error(cell):
        raise NotUnderstood(expected)
    code = _code(cell)
    for key, pattern in PLAN_WORDS:
        if re.search(pattern, code):
            return key
    raise NotUnderstood(expected)


CLOSED = "closed"


def case_status(cell: Any) -> str:
    """List 6's case status: a plan type's key, `closed`, or empty where blank."""
    if re.match(r"closed?\b|ended\b|ceased\b", _code(cell)):
        return CLOSED
    try:
        return plan_type(cell)
    except NotUnderstood:
        raise NotUnderstood(
            "a case status, such as child in need plan, child protection plan, "
            "looked after child, care leaver or closed"
        ) from None


def age(cell: Any) -> int | None:
    """A whole number of years, or None where blank or not a number: it only checks a birth date."""
    found = re.match(r"(\d{1,2})(\.\d+)?\b", plain_text(cell))
    return int(found.group(1)) if found else None
