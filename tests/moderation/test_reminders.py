"""Does the clock tell the right people on the right days, and each of them once?"""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from moderation import reminders
from tests.moderation.scenes import grades, grading, panel_for, send
from workflow.working_days import add_working_days

pytestmark = pytest.mark.django_db


def at_nine(day):
    return timezone.make_aware(datetime.combine(day, time(9)))


def told(ladder, day) -> set:
    return {(one.kind, one.recipient_id) for one in ladder(at_nine(day))}


def test_grades_are_asked_for_on_the_day_and_one_working_day_later(trust):
    case = grading(trust)
    send(case, trust.moderator2, grades())
    due = case.grade_by
    liam = trust.moderator.pk
    hub = {trust.hub.pk, trust.hub2.pk, trust.hub_lead.pk}

    assert told(reminders.grades_due, due - timedelta(days=1)) == set()
    assert told(reminders.grades_due, due) == {("moderation_due", liam)}
    assert told(reminders.grades_due, add_working_days(due, 1)) == {
        ("moderation_due", liam),
        ("moderation_late", liam),
        *(("moderation_late_hub", person) for person in hub),
    }


def test_a_case_all_have_graded_is_no_longer_asked_for(trust):
    case = grading(trust)
    send(case, trust.moderator, grades())
    send(case, trust.moderator2, grades())

    assert told(reminders.grades_due, add_working_days(case.grade_by, 5)) == set()


def test_papers_are_told_of_five_working_days_before(trust):
    panel = panel_for(trust)
    panel.meets_at = at_nine(add_working_days(timezone.localdate(), 12)) + timedelta(hours=1)
    panel.save()
    day = timezone.localdate(panel.meets_at)
    everyone = {
        ("panel_papers", person.pk) for person in (trust.chair, trust.moderator, trust.moderator2)
    }

    assert told(reminders.panel_papers, add_working_days(day, -6)) == set()
    assert told(reminders.panel_papers, add_working_days(day, -5)) == everyone
    assert told(reminders.panel_papers, day + timedelta(days=1)) == set()


def test_asking_again_names_the_same_occasions(trust):
    case = grading(trust)
    day = add_working_days(case.grade_by, 1)

    first = [(o.kind, o.occasion) for o in reminders.grades_due(at_nine(day))]
    again = [
        (o.kind, o.occasion) for o in reminders.grades_due(at_nine(day) + timedelta(minutes=1))
    ]

    assert first == again
    assert len(set(first)) == 5
