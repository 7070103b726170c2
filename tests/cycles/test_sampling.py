"""Is a draw fair, and the same everywhere?"""

import random

import pytest

from cycles.sampling import (
    FrameChild,
    Rules,
    draw,
    frame_digest,
    precision,
    precision_sentence,
    shares,
)

RULES = Rules(size=40, oversample_percent=30, stratum_minimum=1, by_locality=False)


def synthetic_frame(count=500):
    """Always the same children, in strata of very different sizes."""
    plans = ["child_protection"] * 5 + ["child_in_need"] * 3 + ["care_leaver"]
    areas = ["Safeguarding"] * 7 + ["Children in care"] * 2 + ["Adoption"]
    return [
        FrameChild(f"key-{n:04}", plans[n % 9], areas[n % 10], ["East", "West", ""][n % 3])
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "size", "minimum", "expected"),
    [
        ({"a": 50, "b": 30, "c": 20}, 10, 0, {"a": 5, "b": 3, "c": 2}),
        ({"a": 50, "b": 30, "c": 20}, 11, 0, {"a": 6, "b": 3, "c": 2}),  # remainders .5 .3 .2
        ({"a": 96, "b": 3, "c": 1}, 10, 0, {"a": 10, "b": 0, "c": 0}),
        ({"a": 96, "b": 3, "c": 1}, 10, 1, {"a": 8, "b": 1, "c": 1}),
        ({"a": 96, "b": 3, "c": 1}, 10, 2, {"a": 7, "b": 2, "c": 1}),  # c has only one
        ({"a": 3, "b": 2, "c": 1}, 2, 1, {"a": 1, "b": 1, "c": 0}),  # too few for the minimums
        ({"a": 3, "b": 2}, 40, 1, {"a": 3, "b": 2}),  # the whole frame
        ({"a": 5, "b": 5, "c": 5}, 4, 0, {"a": 2, "b": 1, "c": 1}),  # a tie goes by name
        ({"a": 5, "b": 0}, 3, 1, {"a": 3}),
        ({}, 10, 1, {}),
    ],
)
def test_shares_are_proportional_with_minimums(counts, size, minimum, expected):
    assert shares(counts, size, minimum) == expected


def test_shares_keep_their_promises_for_many_frames():
    dice = random.Random(4)
    for _ in range(400):
        counts = {f"s{n}": dice.randint(1, 200) for n in range(dice.randint(1, 25))}
        size, minimum = dice.randint(1, 120), dice.randint(0, 4)

        chosen = shares(counts, size, minimum)

        assert sum(chosen.values()) == min(size, sum(counts.values()))
        assert all(0 <= chosen[name] <= counts[name] for name in counts)
        floors = {name: min(minimum, counts[name]) for name in counts}
        if sum(floors.values()) <= size:
            assert [n for n in counts if chosen[n] < min(floors[n], counts[n])] == []


def test_the_draw_holds_the_shares_and_a_reserve_of_a_third_rounded_up():
    frame = synthetic_frame()
    drawn = draw(frame, RULES, "seed")

    strata = {child.stratum(False) for child in frame}
    counts = {s: sum(child.stratum(False) == s for child in frame) for s in strata}
    first = {s: sum(d.stratum == s and not d.is_reserve for d in drawn) for s in strata}
    spare = {s: sum(d.stratum == s and d.is_reserve for d in drawn) for s in strata}

    assert first == shares(counts, 40, 1)
    assert spare == {s: min(-(-first[s] * 30 // 100), counts[s] - first[s]) for s in strata}
    assert len({d.key for d in drawn}) == len(drawn)
    for stratum in strata:
        orders = [d.draw_order for d in drawn if d.stratum == stratum]
        assert orders == list(range(1, len(orders) + 1))


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_rows():
    frame = synthetic_frame()
    shuffled = frame[:]
    random.Random(1).shuffle(shuffled)

    assert draw(frame, RULES, "seed") == draw(shuffled, RULES, "seed")
    assert frame_digest(frame) == frame_digest(shuffled)


def test_another_seed_draws_other_children():
    frame = synthetic_frame()

    assert draw(frame, RULES, "seed") != draw(frame, RULES, "another seed")


def test_over_many_seeds_every_child_has_a_like_chance():
    frame = synthetic_frame(60)
    rules = Rules(size=20, oversample_percent=0, stratum_minimum=0, by_locality=False)
    plain = [FrameChild(child.key, "child_protection", "Safeguarding") for child in frame]
    times = dict.fromkeys((child.key for child in plain), 0)

    for seed in range(600):
        for one in draw(plain, rules, str(seed)):
            times[one.key] += 1

    # 600 draws of a third: 200 expected, standard deviation under 12.
    assert min(times.values()) > 200 - 5 * 12
    assert max(times.values()) < 200 + 5 * 12


def test_the_draw_of_a_fixed_frame_is_the_same_on_every_machine():
    """Written down once: any other interpreter, system or database has to give these."""
    frame = synthetic_frame()
    drawn = draw(frame, RULES, "2026-27 Q3")

    assert frame_digest(frame) == GOLDEN_FRAME
    assert [d.key for d in drawn if d.stratum == "care_leaver · Adoption"] == GOLDEN_KEYS
    assert frame_digest(FrameChild(d.key, d.stratum, str(d.draw_order)) for d in drawn) == (
        GOLDEN_DRAW
    )


GOLDEN_FRAME = "451b9ec183a912eadf1b2969907c8713232e0ad17db1ac104c3ab62ffe930e0e"
GOLDEN_KEYS = ["key-0269", "key-0449"]
GOLDEN_DRAW = "ddb01e09e972abc52feb4f706f96e9af0a821748f08bd7314d93806a8c9a12da"


def test_localities_make_finer_strata():
    rules = Rules(size=40, oversample_percent=0, stratum_minimum=0, by_locality=True)
    strata = {one.stratum for one in draw(synthetic_frame(), rules, "seed")}

    assert {name.count(" · ") for name in strata} == {2}


@pytest.mark.parametrize(
    ("size", "interval"), [(40, (35, 65)), (100, (40, 60)), (1, (5, 95)), (0, (0, 100))]
)
def test_precision_is_the_wilson_interval(size, interval):
    assert precision(size) == interval


def test_precision_in_words():
    assert precision_sentence(40) == (
        "With 40 evaluations, a finding in half of them (50%) means about 35 to 65% of "
        "all children."
    )
