"""Random pools as columns, at any size in seconds: a million people cost some numpy calls and no objects.

`random_columns(n, seed)` is the instance of our figures: power-law teams, 8 rounds of history, blocks, languages.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matching.columns import NO_TEAM, Columns, Int32, Int64, Lists, UInt64, pair_keys
from matching.rules import age_cost

Teams = Literal["powerlaw", "giant", "single", "two", "none"]
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
LANGUAGES = (0.90, 0.04, 0.03, 0.02, 0.009, 0.001)  # share of people for whom this is the first language


def random_columns(
    n: int,
    seed: int,
    teams: Teams = "powerlaw",
    topics: int = 300,
    per_person: int = 4,
    history_rounds: int = 8,
    block_share: float = 0.1,
    languages: bool = True,
    times: bool = False,
    apart_rounds: int = 0,
    trios: int = 1,
) -> Columns:
    """`n` people. `per_person` interests each, half as many asks and offers; `block_share` blocks a person; `trios` and
    `sat_out` lie between 0 and `trios`; `apart_rounds` rounds of random pairs to keep apart. Costs O(n log n).
    """
    dice = np.random.default_rng([seed, n])
    team, names = _teams(n, teams, dice)
    met, age = _history(n, history_rounds, dice)
    half = max(per_person // 2, 1) if per_person else 0
    count = round(n * block_share)
    return Columns(
        ids=np.arange(n),
        team=_still(team),
        teams=names,
        languages=_still(_languages(n, dice) if languages else np.full((n, 1), ALL)),
        times=_still(_times(n, dice) if times else np.full((n, 1), ALL)),
        interests=_lists(n, topics, per_person, dice),
        asks=_lists(n, topics, half, dice),
        offers=_lists(n, topics, half, dice),
        topics=topics,
        size=_still(dice.choice(np.array([0, 0, 0, 2, 3], dtype=np.int8), n)),
        trios=_still(dice.integers(0, trios + 1, n, dtype=np.int32)),
        sat_out=_still(dice.integers(0, trios + 1, n, dtype=np.int32)),
        blocks=_pairs(dice.integers(0, max(n, 1), count), dice.integers(0, max(n, 1), count), n),
        met=met,
        age=age,
        apart=_history(n, apart_rounds, dice)[0],
    )


def plain_columns(n: int, **changes: Any) -> Columns:
    """`n` people without any facts: no teams, topics, history or rules; `changes` replace single columns."""
    empty = Lists(_still(np.zeros(n + 1, dtype=np.int64)), _still(np.zeros(0, dtype=np.int32)))
    none = _still(np.zeros(0, dtype=np.int64))
    columns: dict[str, Any] = {
        "ids": np.arange(n),
        "team": _still(np.full(n, NO_TEAM, dtype=np.int32)),
        "teams": (),
        "languages": _still(np.full((n, 1), ALL)),
        "times": _still(np.full((n, 1), ALL)),
        "interests": empty,
        "asks": empty,
        "offers": empty,
        "topics": 0,
        "size": _still(np.zeros(n, dtype=np.int8)),
        "trios": _still(np.zeros(n, dtype=np.int32)),
        "sat_out": _still(np.zeros(n, dtype=np.int32)),
        "blocks": none,
        "met": none,
        "age": _still(np.zeros(0, dtype=np.int32)),
        "apart": none,
    }
    return Columns(**{**columns, **changes})


def _teams(n: int, kind: Teams, dice: np.random.Generator) -> tuple[Int32, tuple[str, ...]]:
    if kind == "none":
        return np.full(n, NO_TEAM, dtype=np.int32), ()
    if kind == "single":
        team = np.zeros(n, dtype=np.int32)
    elif kind == "two":
        team = (dice.permutation(n) // 2).astype(np.int32)
    else:
        count = max(4, round(n**0.5))
        weight = 1.0 / np.arange(1, count + 1)
        team = dice.choice(count, n, p=weight / weight.sum()).astype(np.int32)
        if kind == "giant":
            team[dice.permutation(n)[: round(0.6 * n)]] = 0
        team[dice.random(n) < 0.02] = NO_TEAM
    return team, tuple(f"team {number}" for number in range(int(team.max(initial=-1)) + 1))


def _history(n: int, rounds: int, dice: np.random.Generator) -> tuple[Int64, Int32]:
    """Random pairings, the newest first, so that the youngest meeting of a pair is the one that counts."""
    if not rounds or n < 2:
        return _still(np.zeros(0, dtype=np.int64)), _still(np.zeros(0, dtype=np.int32))
    half = n // 2
    orders = [dice.permutation(n) for _ in range(rounds)]
    keys = np.concatenate([pair_keys(order[:half], order[half : 2 * half], n) for order in orders])
    ages = np.repeat(np.array([age_cost(ago) for ago in range(1, rounds + 1)], dtype=np.int32), half)
    met, first = np.unique(keys, return_index=True)
    return _still(met), _still(ages[first])


def _languages(n: int, dice: np.random.Generator) -> UInt64:
    """Most people speak the first language, some only another one, and some two."""
    share = np.array(LANGUAGES) / sum(LANGUAGES)
    first = np.uint64(1) << dice.choice(len(share), n, p=share).astype(np.uint64)
    second = np.uint64(1) << dice.integers(0, len(share), n, dtype=np.uint64)
    spoken = np.where(dice.random(n) < 0.3, first | second, first)
    return np.where(dice.random(n) < 0.02, ALL, spoken).reshape(n, 1)


def _times(n: int, dice: np.random.Generator) -> UInt64:
    """About half of ten hours a week each."""
    hours: UInt64 = dice.integers(0, 1 << 10, n, dtype=np.uint64)
    return np.where(hours == 0, ALL, hours).reshape(n, 1)


def _lists(n: int, topics: int, each: int, dice: np.random.Generator) -> Lists:
    """Up to `each` topics a person, popular ones more often; sorted, each once."""
    if not topics or not each:
        return Lists(_still(np.zeros(n + 1, dtype=np.int64)), _still(np.zeros(0, dtype=np.int32)))
    words = np.sort((topics * dice.random((n, each)) ** 1.5).astype(np.int32), axis=1)
    fresh = np.ones((n, each), dtype=bool)
    fresh[:, 1:] = words[:, 1:] != words[:, :-1]
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(fresh.sum(axis=1), out=start[1:])
    return Lists(_still(start), _still(words[fresh]))


def _pairs(a: Int64, b: Int64, n: int) -> Int64:
    return _still(np.unique(pair_keys(a[a != b], b[a != b], n)))


def _still(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
