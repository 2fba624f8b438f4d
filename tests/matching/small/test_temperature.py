"""The one formula for chance between the lottery and the best score."""

from __future__ import annotations

import math

import pytest

from matching.temperature import DIGIT, STEPS, accepted, temperature

LOSSES = (1, 999, 142_857, 200_000, 400_000, 1_000_000, 2_000_000, 4_000_000, (1 << 24) - 1)


@pytest.mark.parametrize("quality", [1e-300, 0.001, 0.1, 0.5, 0.73, 0.9, 0.999, 1 - 1e-15])
def test_a_loss_is_taken_with_the_probability_of_the_formula(quality: float) -> None:
    table = temperature(quality)
    for loss in LOSSES:
        chance = int(table[loss & STEPS - 1]) * int(table[STEPS + (loss >> DIGIT)]) / 2**62
        assert chance == pytest.approx(math.exp(-loss / 1e6 * quality / (1 - quality)), abs=2**-30)


def test_the_lottery_takes_everything_and_the_best_score_no_loss() -> None:
    largest = (1 << 64) - 1
    assert all(accepted(temperature(0), loss, largest) for loss in LOSSES)
    assert not any(accepted(temperature(1), loss, 0) for loss in LOSSES)
    assert accepted(temperature(1), 0, largest)
    assert accepted(temperature(0.5), -5, largest)


def test_the_numbers_are_the_same_on_every_machine() -> None:
    table = temperature(0.37).tolist()
    assert [table[one] for one in (0, 1, 4095, STEPS, STEPS + 1, STEPS + 400)] == [
        2147483648,
        2147482386,
        2142325155,
        2147483648,
        2142323897,
        820420586,
    ]
