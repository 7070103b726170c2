from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cycles.annex_a import dates, values
from cycles.annex_a.values import NotUnderstood

TODAY = date(2026, 11, 23)
# A busy machine is not a fault in the reading.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
EPOCH = date(1899, 12, 30)

# What a spreadsheet cell can be once it is read.
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@pytest.mark.parametrize(
    ("cell", "identifier"),
    [
        ("00123", "00123"),
        (123, "123"),
        (123.0, "123"),
        (" AB 12\u00a0", "AB 12"),
        ("9\u200b01", "901"),
        (1234567890123, "1234567890123"),
    ],
)
def test_an_identifier_is_kept_as_text(cell, identifier):
    assert values.identifier(cell) == identifier


@pytest.mark.parametrize(
    "cell",
    [None, "", "#N/A", "-", 12.5, "1.23E+10", True, date(2026, 1, 1), "x" * 41, "a\x00b", "???"],
)
def test_what_is_no_identifier_is_refused(cell):
    with pytest.raises(NotUnderstood):
        values.identifier(cell)


@pytest.mark.parametrize(
    ("cell", "gender"),
    [
        ("a) Male", "boy"),
        ("MALE ", "boy"),
        ("m", "boy"),
        (1, "boy"),
        ("b) Female", "girl"),
        ("F", "girl"),
        (2.0, "girl"),
        ("c) Not stated/recorded (or unborn)", "not_known"),
        ("Unborn", "not_known"),
        ("d) Neither", "other"),
        (9, "other"),
    ],
)
def test_a_gender_is_read_from_codes_and_words(cell, gender):
    assert values.gender(cell) == gender


@pytest.mark.parametrize(
    ("cell", "group"),
    [
        ("WBRI", "white"),
        ("a) WBRI", "white"),
        ("a)WBRI", "white"),
        ("WBRI - White British", "white"),
        ("White British", "white"),
        ("Any other White background", "white"),
        ("Gypsy / Roma", "white"),
        ("MWBC", "mixed"),
        ("White and Black Caribbean", "mixed"),
        ("Any other mixed background", "mixed"),
        ("f) AIND", "asian"),
        ("Chinese", "asian"),
        ("Any other Asian background", "asian"),
        ("BAFR", "black"),
        ("Black or Black British", "black"),
        ("OOTH", "other"),
        ("Any other ethnic group", "other"),
        ("Arab", "other"),
        ("REFU", "not_known"),
        ("NOBT", "not_known"),
        ("Information not yet obtained", "not_known"),
    ],
)
def test_an_ethnicity_is_read_as_its_group(cell, group):
    assert values.ethnicity(cell) == group


@pytest.mark.parametrize("cell", ["Martian", "XXXX", "", None, "#N/A", 7, "Male"])
def test_an_unknown_ethnicity_is_not_guessed(cell):
    with pytest.raises(NotUnderstood):
        values.ethnicity(cell)


@pytest.mark.parametrize(
    ("cell", "disability"),
    [
        ("a) Yes", True),
        ("Y", True),
        (True, True),
        ("Yes - autism", True),
        ("AUT", True),
        ("b) No", False),
        ("NONE", False),
        (False, False),
        (0, False),
        ("c) Unknown", None),
    ],
)
def test_a_disability_is_yes_no_or_not_known(cell, disability):
    assert values.disability(cell) is disability


@pytest.mark.parametrize("cell", ["", None, "perhaps", "#REF!"])
def test_what_is_not_a_disability_is_reported(cell):
    with pytest.raises(NotUnderstood):
        values.disability(cell)


@pytest.mark.parametrize(
    ("cell", "need"),
    [
        ("N1", "Abuse or neglect"),
        ("a) N1", "Abuse or neglect"),
        ("n4 - Family in acute stress", "Family in acute stress"),
        ("Abuse or Neglect", "Abuse or neglect"),
        ("NEG", "Neglect"),
        ("b) Physical abuse", "Physical abuse"),
        ("Sexual Abuse", "Sexual abuse"),
        ("Multiple", "More than one kind of abuse"),
        ("Child's disability", "Child’s disability or illness"),
        ("Parental illness/disability", "Parent’s disability or illness"),
        ("", ""),
    ],
)
def test_a_need_is_read_from_codes_and_words(cell, need):
    assert values.need(cell) == need


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("a) Looked after child", "child_in_care"),
        ("b) Child Protection Plan", "child_protection"),
        ("CPP", "child_protection"),
        ("c) Child in need plan", "child_in_need"),
        ("CIN", "child_in_need"),
        ("d) Open Assessment", "assessment"),
        ("Care leaver", "care_leaver"),
        ("e) Closed episode", "closed"),
        ("", ""),
    ],
)
def test_a_case_status_names_the_plan(cell, status):
    assert values.case_status(cell) == status


@pytest.mark.parametrize(
    "cell",
    [
        date(2016, 3, 17),
        datetime(2016, 3, 17, 23, 59),
        "17/03/2016",
        "17-3-16",
        "17.03.2016",
        "2016-03-17",
        "2016-03-17T00:00:00",
        "2016-03-17 23:30:00+01:00",
        "17 Mar 2016",
        "17-Mar-16",
        "17th March 2016",
        "Thu 17 March 2016",
        "March 17, 2016",
        "17/03/2016 00:00",
        "17\u00a0March\u00a02016",
        "20160317",
        42446,
        42446.75,
        "42446",
    ],
)
def test_a_date_is_read_however_it_is_written(cell):
    assert dates.day(cell, today=TODAY) == date(2016, 3, 17)


@pytest.mark.parametrize(
    "cell",
    [
        "31/02/2016",
        "03/25/2016",
        "2016-13-01",
        "#N/A",
        "tomorrow",
        "17/03",
        0,
        99999,
        123,
        True,
        time(9, 30),
        timedelta(days=3),
        "29/02/2015",
        "00/00/0000",
    ],
)
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(NotUnderstood):
        dates.day(cell, today=TODAY)


def test_a_workbook_of_1904_counts_its_days_from_1904():
    assert dates.day(40984, today=TODAY, epoch=date(1904, 1, 1)) == date(2016, 3, 17)


def birth(cell, gender="Male", unborn_expected=True):
    return dates.birth_month(
        cell, today=TODAY, gender_cell=gender, unborn_expected=unborn_expected, epoch=EPOCH
    )


def test_only_the_month_of_birth_is_kept():
    assert birth("17/03/2016") == date(2016, 3, 1)


@pytest.mark.parametrize(
    ("cell", "gender"),
    [
        (None, "Unborn"),
        ("unborn", None),
        ("EDD 04/04/2027", "c) Not stated/recorded (or unborn)"),
        (date(2027, 4, 4), "Unknown"),
    ],
)
def test_a_child_may_be_unborn_where_that_can_be(cell, gender):
    assert birth(cell, gender) is None
    with pytest.raises(NotUnderstood):
        birth(cell, gender, unborn_expected=False)


@pytest.mark.parametrize(
    ("cell", "gender"),
    [
        (date(2027, 4, 4), "Female"),
        (date(2028, 4, 4), "Unborn"),
        (None, "Male"),
        (None, None),
        ("#N/A", "Unborn"),
        (date(1990, 1, 1), "Male"),
        ("30/02/2016", "Male"),
    ],
)
def test_a_birth_that_cannot_be_is_refused(cell, gender):
    with pytest.raises(NotUnderstood):
        birth(cell, gender)


@unhurried
@given(CELLS)
def test_any_cell_is_understood_or_refused_and_nothing_else(cell):
    for parse in (
        values.identifier,
        values.name,
        values.worker,
        values.gender,
        values.ethnicity,
        values.disability,
        values.need,
        values.plan_type,
        values.case_status,
        values.age,
        lambda cell: dates.day(cell, today=TODAY),
        birth,
    ):
        try:
            parse(cell)
        except NotUnderstood as refusal:
            assert refusal.expected


@unhurried
@given(CELLS)
def test_what_was_found_is_shown_in_one_short_line(cell):
    text = values.shown(cell)
    assert 0 < len(text) <= 60
    assert text.isprintable()


@unhurried
@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2031, 11, 23)))
def test_a_date_reads_the_same_in_every_form(day):
    forms = [
        f"{day:%d/%m/%Y}",
        f"{day:%Y-%m-%d}",
        f"{day:%d-%b-%Y}",
        f"{day:%d %B %Y}",
        f"{day:%d/%m/%Y} 00:00:00",
        f"{day:%Y%m%d}",
    ]
    if 20000 <= (day - EPOCH).days < 60000:
        forms.append((day - EPOCH).days)
    assert {dates.day(form, today=TODAY) for form in forms} == {day}


@unhurried
@given(
    st.text(alphabet="0123456789", min_size=1, max_size=12), st.sampled_from(["", " ", "\u00a0"])
)
def test_an_identifier_of_digits_keeps_every_digit(digits, around):
    assert values.identifier(around + digits + around) == digits
