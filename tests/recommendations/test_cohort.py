"""Who is looked at again? The quotas of domain.md §3, worked out by hand."""

from collections import Counter

import pytest

from cycles.policy import Policy
from recommendations.cohort import Candidate, choose, frame_digest


def frame(**groups) -> list[Candidate]:
    """Evaluations of the last cycle by grade, each with an open action."""
    return [
        Candidate(f"PE-{grade}-{number:03}", grade, is_last_cycle=True, is_live=True)
        for grade, count in groups.items()
        for number in range(count)
    ]


def full(chosen) -> Counter:
    return Counter(
        reference.split("-")[1] for reference, (kind, _) in chosen.items() if kind == "full"
    )


def draw(candidates, seed="one", size=None):
    return choose(candidates, seed=seed, policy=Policy(), last_cycle_size=size or len(candidates))


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        # 25% of 8 is 2, 10% of 10 is 1, all 3 inadequate: 6 of 21, above a fifth.
        (
            {"inadequate": 3, "requires_improvement": 8, "good": 10},
            {"inadequate": 3, "requires_improvement": 2, "good": 1},
        ),
        # Parts are rounded up: 25% of 5 is 2.
        (
            {"inadequate": 4, "requires_improvement": 5},
            {"inadequate": 4, "requires_improvement": 2},
        ),
        # 10% of good or better together: of 20 it is 2, made up to a fifth, 4.
        ({"good": 20}, {"good": 4}),
        ({"outstanding": 1}, {"outstanding": 1}),
    ],
)
def test_how_many_of_each_grade_get_a_full_revisit(groups, expected):
    candidates = frame(**groups)

    chosen = draw(candidates)

    assert full(chosen) == expected
    assert len(chosen) == len(candidates)  # all others get a file check


def test_a_safety_alert_and_an_overdue_high_action_are_always_looked_at_again():
    candidates = [
        *frame(good=30),
        Candidate("PE-alert-1", "good", is_last_cycle=True, is_alerted=True),
        Candidate("PE-late-1", "good", is_last_cycle=False, is_overdue=True, is_live=True),
    ]

    for seed in ("one", "two", "three"):
        chosen = draw(candidates, seed)
        assert chosen["PE-alert-1"] == ("full", "A safety alert was raised")
        assert chosen["PE-late-1"] == ("full", "A critical or high action is overdue")


def test_the_same_seed_gives_the_same_cohort_and_another_seed_another():
    candidates = frame(inadequate=2, requires_improvement=20, good=40)

    assert draw(candidates, "a") == draw(list(reversed(candidates)), "a")
    assert draw(candidates, "a") != draw(candidates, "b")
    assert frame_digest(candidates) == frame_digest(reversed(candidates))


def test_the_draw_is_the_same_on_any_machine():
    chosen = draw(frame(requires_improvement=8), "2026-27 Q3")

    assert sorted(ref for ref, (kind, _) in chosen.items() if kind == "full") == PINNED


PINNED = ["PE-requires_improvement-001", "PE-requires_improvement-006"]


def test_an_older_evaluation_with_open_actions_gets_a_file_check():
    older = Candidate("PE-old-1", "good", is_last_cycle=False, is_live=True)
    over = Candidate("PE-old-2", "good", is_last_cycle=False)
    seen = Candidate("PE-old-3", "inadequate", is_last_cycle=False, is_live=True, had_full=True)

    assert draw([older, over, seen], size=1) == {
        "PE-old-1": ("file_check", "Actions are still open"),
        "PE-old-3": ("file_check", "Actions are still open"),
    }
