"""Are the rules about grades the agreed ones? The tables are written by hand."""

import pytest

from moderation.standing import crosses_a_boundary, outcome, problems, standing

O, G, R, I = "outstanding", "good", "requires_improvement", "inadequate"  # noqa: E741


@pytest.mark.parametrize(
    ("evaluator", "moderators", "expected"),
    [
        (G, [G, G], "same"),
        (I, [I, I], "same"),
        (O, [O, O], "same"),
        (G, [G, O], "talk"),
        (G, [O, G], "talk"),
        (O, [G, G], "talk"),  # the evaluator alone
        (G, [G, R], "talk"),  # across good / requires improvement: they may still talk
        (G, [R, R], "talk"),
        (R, [R, I], "talk"),  # across inadequate
        (R, [G, G], "talk"),
        (I, [R, R], "talk"),
        (G, [G, I], "panel"),  # two steps
        (O, [R, O], "panel"),
        (O, [O, I], "panel"),  # three steps
        (O, [G, R], "panel"),  # one step each, two between the ends
        (R, [G, I], "panel"),
        (G, [R], "talk"),  # one moderator
        (G, [I], "panel"),
        (G, [G, R, R], "panel"),  # two against two
        (G, [G, G, R], "talk"),
    ],
)
def test_where_people_stand_is_as_agreed(evaluator, moderators, expected):
    assert standing(evaluator, moderators) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([O, G], False),
        ([G, R], True),
        ([R, I], True),
        ([O, I], True),
        ([R, R], False),
    ],
)
def test_the_boundaries_are_good_and_inadequate(given, expected):
    assert crosses_a_boundary(given) is expected


@pytest.mark.parametrize(
    ("evaluator", "final", "expected"),
    [(G, G, "upheld"), (G, O, "raised"), (G, R, "lowered"), (I, R, "raised"), (O, I, "lowered")],
)
def test_an_outcome_is_told_from_the_evaluators_grade(evaluator, final, expected):
    assert outcome(evaluator, final) == expected


@pytest.mark.parametrize(
    ("decision", "fields"),
    [
        ({"grade": G}, set()),
        ({"grade": G, "elements": True}, set()),
        ({"grade": R, "reason_code": "severity", "reason": "Why."}, set()),
        ({"grade": ""}, {"grade"}),
        ({"grade": "excellent"}, {"grade"}),
        ({"grade": R}, {"reason_code", "reason"}),
        ({"grade": R, "reason_code": "severity", "reason": "  "}, {"reason"}),
        ({"grade": R, "reason_code": "mood", "reason": "Why."}, {"reason_code"}),
        (
            {"grade": R, "elements": True, "reason_code": "severity", "reason": "Why."},
            {"elements"},
        ),
        ({"grade": I, "reason_code": "severity", "reason": "Why."}, {"grade"}),
    ],
)
def test_what_is_wrong_with_a_decision_is_said_by_field(decision, fields):
    assert set(problems(G, decision, among=[G, R])) == fields


def test_a_panel_may_choose_a_grade_that_nobody_gave():
    assert problems(G, {"grade": I, "reason_code": "severity", "reason": "Why."}) == {}
