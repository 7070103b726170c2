"""Are the right evaluations moderated, for reasons kept, and the same ones each time?"""

import pytest
from django.utils import timezone

from evaluations.models import SafetyAlert
from moderation import selection
from tests.evaluations.drafts import make_complete

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_newcomer(trust):
    """Nobody's first two, so that one rule can be looked at alone."""
    trust.cycle.policy_data["first_evaluations_moderated"] = 0
    trust.cycle.save()
    return trust


def outstanding(evaluation):
    evaluation.judgements.filter(key="planning").update(grade="outstanding")


def inadequate(evaluation):
    evaluation.judgements.filter(key="planning").update(grade="inadequate")


def disagrees(evaluation):
    evaluation.reflection.agrees = "no"
    evaluation.reflection.save()


def sees_one_differently(evaluation):
    evaluation.judgements.filter(key="planning").update(sees_it_the_same="no")


def agrees_in_part(evaluation):
    evaluation.reflection.agrees = "in_part"
    evaluation.reflection.save()


def has_an_alert(evaluation):
    SafetyAlert.objects.create(
        evaluation=evaluation,
        worry="Unsafe now.",
        not_safe_now=False,
        whom_phoned="Duty",
        phoned_at=timezone.now(),
        raised_by=evaluation.evaluator,
        status="closed",
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda e: None, set()),
        (outstanding, {"outstanding"}),
        (inadequate, {"inadequate"}),
        (disagrees, {"disagreement"}),
        (sees_one_differently, {"disagreement"}),
        (agrees_in_part, set()),
        (has_an_alert, {"safety_alert"}),
    ],
)
def test_each_rule_chooses_with_its_reason(no_newcomer, change, expected):
    evaluation = make_complete(no_newcomer)
    change(evaluation)

    assert set(selection.by_rule(evaluation)) - {"limit_reached"} == expected


def test_a_grade_at_its_limit_is_chosen(no_newcomer):
    evaluation = make_complete(no_newcomer, "requires_improvement")
    evaluation.judgements.filter(key="planning").update(grade="inadequate")

    assert set(selection.by_rule(evaluation)) == {"inadequate", "limit_reached"}


def test_the_first_two_of_an_evaluator_are_chosen_and_the_third_is_not(trust):
    reasons = []
    for _ in range(3):
        evaluation = make_complete(trust)
        reasons.append(selection.by_rule(evaluation))
        type(evaluation).objects.filter(pk=evaluation.pk).update(
            status="submitted", submitted_at=timezone.now(), submitted_by=trust.evaluator
        )

    assert reasons == [("first_evaluations",), ("first_evaluations",), ()]


def test_training_is_never_moderated(trust):
    assert selection.choose(make_complete(trust, "inadequate", is_training=True)) is None


def test_a_number_in_the_lottery_is_the_same_on_every_machine():
    assert round(selection.lot("seed", "PE-2627Q3-0042"), 6) == 0.541922
    assert selection.lot("seed", "PE-2627Q3-0042") != selection.lot("other", "PE-2627Q3-0042")


def test_about_a_fifth_has_a_number_below_a_fifth():
    below = sum(selection.lot("seed", f"PE-2627Q3-{n:05}") < 0.2 for n in range(10_000))

    assert 1_900 < below < 2_100


@pytest.mark.parametrize("order", [1, -1])
def test_each_service_area_has_one_whatever_the_order_of_submission(no_newcomer, order):
    no_newcomer.cycle.policy_data["moderation_percent"] = 0
    no_newcomer.cycle.save()
    drawn = []
    for evaluation in [make_complete(no_newcomer) for _ in range(4)][::order]:
        evaluation.refresh_from_db()
        if selection.choose(evaluation):
            drawn.append(evaluation.reference)
            selection.ModerationCase.objects.create(
                evaluation=evaluation, reasons=["random"], is_random=True
            )
        type(evaluation).objects.filter(pk=evaluation.pk).update(
            status="submitted", submitted_at=timezone.now(), submitted_by=no_newcomer.evaluator
        )

    assert len(drawn) == 1


def test_the_draw_is_repeatable(no_newcomer):
    evaluation = make_complete(no_newcomer)

    first = selection.choose(evaluation)

    assert first == selection.choose(evaluation)
    assert (first.reasons, first.seed, first.is_random) == (("random",), "2026-27 Q3", True)
