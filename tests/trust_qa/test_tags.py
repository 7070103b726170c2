"""Marks say their words, escape what people typed, and count days as people do."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
import time_machine
from django.core.paginator import Paginator
from django.template import Context, Template
from django.utils.html import strip_tags

from trust_qa.templatetags import alongside as tags

TODAY = date(2026, 3, 12)  # a Thursday


def words(html) -> str:
    return strip_tags(str(html)).strip()


@pytest.mark.parametrize(
    ("value", "elements", "symbol", "said"),
    [
        ("outstanding", False, "gm-4", "Outstanding"),
        ("good", False, "gm-3", "Good"),
        ("good", True, "gm-3p", "Good, elements of Outstanding"),
        ("requires_improvement", False, "gm-2", "Requires improvement"),
        ("requires_improvement", True, "gm-2", "Requires improvement"),
        ("inadequate", False, "gm-1", "Inadequate"),
        ("", False, "gm-0", "Not graded yet"),
        (None, False, "gm-0", "Not graded yet"),
        ("no such grade", False, "gm-0", "Not graded yet"),
    ],
)
def test_a_grade_has_its_mark_and_its_words(value, elements, symbol, said):
    html = tags.grade(value, elements)
    assert words(html) == said
    assert f'href="#{symbol}"' in html


def test_a_chip_says_the_elements_in_full():
    assert words(tags.grade_chip("good", True)) == "Good, with elements of Outstanding"


@pytest.mark.parametrize(
    ("when", "tone", "said"),
    [
        (date(2026, 3, 6), "late", "Overdue 6 days"),
        (date(2026, 3, 11), "late", "Overdue 1 day"),
        (date(2026, 3, 12), "soon", "Due today"),
        (date(2026, 3, 13), "soon", "Due tomorrow"),
        (date(2026, 3, 16), "soon", "Due in 4 days"),
        (date(2026, 3, 26), "soon", "Due in 14 days"),
        (date(2026, 3, 27), "ok", "Due Fri 27 March"),
        (date(2027, 1, 4), "ok", "Due Mon 4 January 2027"),
    ],
)
def test_a_due_date_says_how_it_stands(when, tone, said):
    html = tags.due_on(when, today=TODAY)
    assert words(html) == said
    assert f"tr-due--{tone}" in html


def test_no_due_date_says_nothing():
    assert tags.due_on(None) == ""


@time_machine.travel(datetime(2026, 3, 12, 15, 0, tzinfo=UTC), tick=False)
def test_a_moment_that_has_passed_today_is_overdue_since_its_time():
    assert words(tags.due_on(datetime(2026, 3, 12, 14, 32, tzinfo=UTC))) == "Overdue since 2:32pm"
    assert words(tags.due_on(datetime(2026, 3, 12, 16, 0, tzinfo=UTC))) == "Due today"


@pytest.mark.parametrize(
    ("stage", "symbol", "said"),
    [
        ("draft", "lp-0", "Draft"),
        ("agreed", "lp-1", "Stage 1 of 5: Agreed"),
        ("under_way", "lp-2", "Stage 2 of 5: Under way"),
        ("done", "lp-3", "Stage 3 of 5: Done"),
        ("checked", "lp-4", "Stage 4 of 5: Checked"),
        ("loop_closed", "lp-5", "Stage 5 of 5: Loop closed"),
    ],
)
def test_the_loop_shows_its_stage(stage, symbol, said):
    html = tags.loop_mark(stage)
    assert words(html) == said
    assert f'href="#{symbol}"' in html


@pytest.mark.parametrize(
    ("stage", "said"), [("withdrawn", "Withdrawn"), ("superseded", "Replaced by another")]
)
def test_a_recommendation_that_ended_early_has_no_mark(stage, said):
    assert tags.loop_mark(stage) == f'<span class="tr-loop">{said}</span>'


@pytest.mark.parametrize(
    ("clarity", "said"), [("clear", "Clear"), ("part", "In part"), ("none", "Not found")]
)
def test_evidence_says_how_clear_it_is(clarity, said):
    assert words(tags.evidence_mark(clarity)) == said


@pytest.mark.parametrize(
    "html",
    [
        tags.grade("good", text="<script>"),
        tags.grade_chip("good", text="<script>"),
        tags.due("late", "<script>"),
        tags.loop_mark("done", "<script>"),
        tags.loop_mark("withdrawn", "<script>"),
        tags.stacked_bar([(1, "good", "<script>")]),
    ],
)
def test_what_people_typed_is_never_markup(html):
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_bar_shares_its_width_and_numbers_only_what_is_wide_enough():
    html = tags.stacked_bar([(3, "outstanding"), (0, "good"), (96, "good"), (1, "inadequate")])
    assert html.count("<rect") == 3
    assert [part.split("<")[0] for part in html.split(">") if part.split("<")[0]] == ["96"]
    assert "style=" not in html


def test_an_empty_bar_is_drawn_as_nothing():
    assert "<rect" not in tags.stacked_bar([])
    assert "<rect" not in tags.stacked_bar([(0, "good")])


def test_days_and_moments_are_written_as_people_say_them():
    # British summer time: the clock on the wall is an hour ahead of UTC.
    moment = datetime(2026, 6, 17, 13, 32, tzinfo=UTC)
    assert tags.long_date(date(2026, 3, 17)) == "17 March 2026"
    assert tags.full_date(date(2026, 3, 17)) == "Tuesday 17 March 2026"
    assert tags.moment(moment) == "Wednesday 17 June 2026 at 2:32pm"
    assert [tags.long_date(None), tags.full_date(None), tags.moment(None), tags.clock(None)] == (
        ["", "", "", ""]
    )


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [(0, 0, "midnight"), (0, 5, "12:05am"), (9, 0, "9am"), (12, 0, "noon"), (12, 30, "12:30pm")],
)
def test_clock_times(hour, minute, said):
    assert tags.clock(datetime(2026, 1, 5, hour, minute, tzinfo=UTC)) == said


def test_counts_come_first_and_a_share_of_nothing_has_no_percentage():
    assert tags.of(11, 17) == "11 of 17 (65%)"
    assert tags.of(0, 0) == "0 of 0"


def test_a_person_is_named():
    assert tags.person(SimpleNamespace(name="Jo Bennett", email="jo@demo.example")) == "Jo Bennett"
    assert tags.person(None) == "Nobody yet"


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (1, [1, 2, 0, 18]),
        (4, [1, 2, 3, 4, 5, 0, 18]),
        (9, [1, 0, 8, 9, 10, 0, 18]),
        (18, [1, 0, 17, 18]),
    ],
)
def test_pages_offer_the_ends_and_the_neighbours(page, shown):
    assert tags.page_numbers(Paginator(range(430), 25).page(page)) == shown


def test_a_timeline_keeps_what_was_typed_as_words():
    items = [{"title": "Done", "by": "Jo", "when": date(2026, 3, 17), "text": "<b>Yes</b>"}]
    html = Template("{% include 'includes/timeline.html' %}").render(Context({"items": items}))
    assert "&lt;b&gt;Yes&lt;/b&gt;" in html
    assert "Tuesday 17 March 2026" in html
