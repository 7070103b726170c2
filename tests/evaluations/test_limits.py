from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from evaluations import instrument, limits
from evaluations.enums import Grade
from evaluations.models import Answer, Feedback, SafetyAlert
from tests.evaluations.drafts import make_complete, make_draft
from tests.factories import make_instrument

PILLAR = "The overall grade can be Requires improvement at most, because a pillar is Inadequate."
UNSAFE = (
    "The overall grade can be Inadequate at most, "
    "because an open safety alert says the child is not safe now."
)


def give(evaluation, **grades):
    for key, grade in grades.items():
        evaluation.judgements.filter(key=key).update(grade=grade)


def alert(evaluation, **fields):
    return SafetyAlert.objects.create(
        **{
            "evaluation": evaluation,
            "worry": "w",
            "whom_phoned": "Duty",
            "phoned_at": timezone.now() - timedelta(hours=1),
            "raised_by": evaluation.evaluator,
            **fields,
        }
    )


def sentences(found):
    return [item.sentence for item in found]


def test_no_limit_is_reached_by_a_good_evaluation(trust):
    assert limits.reached(make_complete(trust)) == []


@pytest.mark.parametrize("pillar", ["child_voice", "assessment", "planning", "oversight"])
def test_one_inadequate_pillar_holds_the_overall_grade_down(trust, pillar):
    evaluation = make_complete(trust)
    give(evaluation, **{pillar: "inadequate"})

    assert sentences(limits.reached(evaluation)) == [PILLAR]


def test_an_inadequate_experience_is_not_a_pillar(trust):
    evaluation = make_complete(trust)
    give(evaluation, experience_and_progress="inadequate")

    assert limits.reached(evaluation) == []


@pytest.mark.parametrize(
    ("status", "not_safe_now", "reached"),
    [
        ("raised", True, [UNSAFE]),
        ("acknowledged", True, [UNSAFE]),
        ("action_recorded", True, [UNSAFE]),
        ("closed", True, []),
        ("raised", False, []),
    ],
)
def test_an_open_alert_that_says_not_safe_now_is_a_limit(trust, status, not_safe_now, reached):
    evaluation = make_complete(trust)
    alert(evaluation, status=status, not_safe_now=not_safe_now)

    assert sentences(limits.reached(evaluation)) == reached


def test_the_lowest_limit_comes_first(trust):
    evaluation = make_complete(trust)
    give(evaluation, planning="inadequate")
    alert(evaluation)

    assert sentences(limits.reached(evaluation)) == [UNSAFE, PILLAR]


@pytest.mark.parametrize(
    ("overall", "broken"),
    [("outstanding", 1), ("good", 1), ("requires_improvement", 0), ("inadequate", 0)],
)
def test_only_a_grade_above_its_limit_breaks_it(trust, overall, broken):
    evaluation = make_complete(trust)
    give(evaluation, planning="inadequate", overall=overall)
    form = instrument.form_of(evaluation)

    assert len(limits.broken_by(form, limits.facts_of(evaluation, form))) == broken


def facts(**grades):
    noes = grades.pop("noes", {})
    kept = {
        key: Grade(value) for key, value in grades.items() if key not in ("heard", "recommended")
    }
    return limits.Facts(
        grades=kept,
        core_noes=Counter(noes),
        heard=grades.get("heard", True),
        recommended=grades.get("recommended", True),
    )


GOOD_PILLARS = {
    "child_voice": "good",
    "assessment": "good",
    "planning": "requires_improvement",
    "oversight": "good",
}


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({}, []),
        ({**GOOD_PILLARS, "overall": "good"}, []),
        ({**GOOD_PILLARS, "overall": "outstanding"}, ["The overall grade is above every pillar."]),
        ({"planning": "good", "noes": {"planning": 2}}, []),
        ({"planning": "requires_improvement", "noes": {"planning": 3}}, []),
        (
            {"planning": "good", "noes": {"planning": 3}},
            ["Planning is Good, and 3 of its main questions were answered “no”."],
        ),
        (
            {"overall": "outstanding", "noes": {"planning": 2, "assessment": 2}},
            ["Overall grade is Outstanding, and 4 of its main questions were answered “no”."],
        ),
        (
            {"planning": "inadequate", "recommended": False},
            ["Planning is Inadequate, and there is no recommendation yet."],
        ),
        ({"planning": "inadequate", "recommended": True}, []),
        ({"heard": False}, ["Nobody has been heard from yet."]),
    ],
)
def test_advice_points_at_what_sits_oddly(db, given, advice):
    form = instrument.read(make_instrument())

    assert sentences(limits.advice_by(form, facts(**given))) == advice


def test_advice_for_one_pillar_says_nothing_of_the_others(db):
    form = instrument.read(make_instrument())
    told = facts(planning="inadequate", assessment="inadequate", recommended=False, heard=False)

    assert sentences(limits.advice_by(form, told, "planning")) == [
        "Planning is Inadequate, and there is no recommendation yet."
    ]


def test_the_facts_are_read_from_the_evaluation(trust):
    evaluation = make_draft(trust)
    for question in ("what_happened", "curious", "whole_child"):  # the last is no core question
        Answer.objects.create(
            evaluation=evaluation, pillar="assessment", question=question, finding="no"
        )
    Feedback.objects.create(evaluation=evaluation, voice="child", outcome="declined")
    form = instrument.form_of(evaluation)

    found = limits.facts_of(evaluation, form)

    assert found == limits.Facts(core_noes=Counter({"assessment": 2}))


def test_the_facts_take_five_queries_however_much_is_written(trust, django_assert_num_queries):
    for evaluation in (make_draft(trust), make_complete(trust)):
        form = instrument.form_of(evaluation)
        with django_assert_num_queries(5):
            limits.facts_of(evaluation, form)
