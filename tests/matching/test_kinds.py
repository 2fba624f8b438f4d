"""The kinds of pools that break matchers, against an oracle of their own, by every engine for pairs."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import ModuleType

import pytest

from matching import Matching, Policy, Pool, check, engines, match
from tests.matching import big_oracle
from tests.matching.kinds import KINDS

Kind = Callable[[int, random.Random], Pool]
LIMITS = {"small": (1_000, 0), "exact": (0, 5_000), "large": (0, 0)}


def only(engine: str, monkeypatch: pytest.MonkeyPatch, module: ModuleType = engines) -> None:
    """Draw with this engine whatever the size."""
    small, exact = LIMITS[engine]
    monkeypatch.setattr(module, "SMALL", small)
    monkeypatch.setattr(module, "EXACT", exact)
    monkeypatch.setattr(module, "HANDED", exact)


def tiers(matching: Matching) -> big_oracle.Tiers:
    figures = matching.certificate
    return figures.left_out, figures.repeats, figures.repeat_cost, figures.same_team


def compare(pool: Pool, matching: Matching) -> None:
    """Figures, tiers and score as the oracle sees them; a trio may let one more in than the oracle's pairs."""
    counted, score = big_oracle.tiers_of(pool, matching.groups)
    assert check(pool, Policy(), matching) == ()
    assert counted == tiers(matching)
    assert score == pytest.approx(1e6 * matching.certificate.score, abs=10)
    assert matching.certificate.optimal_tiers
    if any(len(group) == 3 for group in matching.groups):
        assert counted >= big_oracle.bound_odd(pool)
        return
    best, best_score = big_oracle.best_even(pool)
    assert counted == best
    assert score == best_score


@pytest.mark.parametrize("engine", ["small", "exact"])
@pytest.mark.parametrize("n", [50, 61])
@pytest.mark.parametrize("kind", KINDS)
def test_tiers_and_score_are_those_of_the_oracle(
    kind: Kind, n: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(engine, monkeypatch)
    pool = kind(n, random.Random(n))
    matching = match(pool, Policy(), seed=3)
    assert matching.certificate.engine.startswith(engine)
    compare(pool, matching)


@pytest.mark.parametrize("n", [250, 251])
@pytest.mark.parametrize("kind", KINDS)
def test_rounds_of_middle_size_are_those_of_the_oracle(kind: Kind, n: int) -> None:
    pool = kind(n, random.Random(n))
    compare(pool, match(pool, Policy(), seed=3))


@pytest.mark.long
@pytest.mark.parametrize("n", [400, 401, 800, 801, 1_200, 1_600, 2_000])
@pytest.mark.parametrize("kind", KINDS)
def test_rounds_of_up_to_two_thousand_are_those_of_the_oracle(kind: Kind, n: int) -> None:
    pool = kind(n, random.Random(n))
    compare(pool, match(pool, Policy(), seed=3))


@pytest.mark.parametrize("kind", KINDS)
def test_both_exact_engines_reach_the_same_score(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Odd numbers too, where the oracle only has a bound."""
    pool, found = kind(81, random.Random(81)), []
    for engine in ("small", "exact"):
        only(engine, monkeypatch)
        found.append(match(pool, Policy(), seed=5))
    assert tiers(found[0]) == tiers(found[1])
    assert found[0].certificate.score == pytest.approx(found[1].certificate.score, abs=1e-5)


@pytest.mark.parametrize("n", [60, 61])
@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_for_large_rounds_keeps_every_rule_and_claims_nothing_false(
    kind: Kind, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = kind(n, random.Random(n))
    only("exact", monkeypatch)
    best = match(pool, Policy(), seed=3)
    only("large", monkeypatch)
    found = match(pool, Policy(), seed=3)
    assert check(pool, Policy(), found) == ()
    assert tiers(found) >= tiers(best)
    assert tiers(found) == tiers(best) or not found.certificate.optimal_tiers


@pytest.mark.parametrize("quality", [0.0, 0.6])
@pytest.mark.parametrize("n", [60, 61, 230])
@pytest.mark.parametrize("kind", KINDS)
def test_the_lottery_stays_within_the_best_tiers(kind: Kind, n: int, quality: float) -> None:
    pool = kind(n, random.Random(n))
    best, drawn = match(pool, Policy(), seed=3), match(pool, Policy(quality=quality), seed=4)
    assert check(pool, Policy(quality=quality), drawn) == ()
    assert tiers(drawn) == tiers(best)
    assert drawn.certificate.score <= best.certificate.score + 1e-5
