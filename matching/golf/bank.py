"""Schedules without a repeat: the most rounds we know for g groups of k.

Definition: a schedule is an array (rounds, g, k) of people 0 .. g * k - 1 in which each round holds everybody once and
no two people share a group twice. It comes from the formula, or from a line of `bank.txt`, whichever has more rounds:

    g k m  * people of a base round ...   adds m rounds: 1 is added to everybody modulo m within the copies of m people
           = people of a round ...        adds this round as it is
           o people of one group ...      adds the round of the m groups into which this one turns

The lines were found by `hunt.py`, `hunt_extras.py` and `hunt_space.py`; the tests check every schedule pair by pair.
Cost: O(rounds * people).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from matching.columns import Int64
from matching.golf.formulas import inside_copies, transversal_rounds

BANK = Path(__file__).with_name("bank.txt")
MOST_PEOPLE = 400  # beyond, nobody plays so many rounds that it matters


@lru_cache(maxsize=32)
def schedule(g: int, k: int) -> Int64:
    """The longest schedule for g groups of k, k >= 3; no rounds when g * k is too large or nothing is known.

    The same array at every call, read-only: continuing a schedule relies on it.
    """
    found = _only_round(g, k)
    if g > 1 and g * k <= MOST_PEOPLE:
        found = max((found, by_formula(g, k), from_bank(g, k)), key=len)
    found.setflags(write=False)
    return found


def _only_round(g: int, k: int) -> Int64:
    return np.arange(g * k, dtype=np.int64).reshape(1, g, k)


def by_formula(g: int, k: int) -> Int64:
    """Transversal rounds, and then those that the copies play by themselves."""
    rounds = transversal_rounds(g, k)
    if not len(rounds) or g % k:
        return rounds
    return np.concatenate([rounds, inside_copies(schedule(g // k, k), g, k)])


def from_bank(g: int, k: int) -> Int64:
    """The schedule of the bank's line, if it has one."""
    words = _lines().get((g, k))
    if words is None:
        return np.zeros((0, g, k), dtype=np.int64)
    return develop(g, k, int(words[0]), " ".join(words[1:]))


@lru_cache(maxsize=1)
def _lines() -> dict[tuple[int, int], list[str]]:
    lines = [line.split() for line in BANK.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    return {(int(words[0]), int(words[1])): words[2:] for words in lines}


def develop(g: int, k: int, m: int, text: str) -> Int64:
    """The rounds of a line: `text` is what stands behind g, k and m."""
    rounds: list[Int64] = []
    words = text.split()
    starts = [place for place, word in enumerate(words) if word in ("*", "=", "o")]
    for start, stop in zip(starts, [*starts[1:], len(words)], strict=True):
        people = np.array(words[start + 1 : stop], dtype=np.int64)
        turned = [added(people, step, g * k, m) for step in range(m)]
        if words[start] == "*":
            rounds += [one.reshape(g, k) for one in turned]
        else:
            rounds.append(people.reshape(g, k) if words[start] == "=" else np.stack(turned))
    return np.stack(rounds)


def added(people: Int64, step: int, n: int, m: int) -> Int64:
    """`step` added modulo m within each copy; the last n mod m people stay where they are."""
    return np.where(people < n - n % m, people - people % m + (people + step) % m, people)


def repeats(rounds: Int64) -> int:
    """How many times pairs meet again in a schedule; -1 when a round does not hold everybody once."""
    _, g, k = rounds.shape
    n = g * k
    met = np.zeros((n, n), dtype=np.int64)
    for groups in rounds:
        if not np.array_equal(np.sort(groups, axis=None), np.arange(n)):
            return -1
        for one in range(k):
            for two in range(one):
                np.add.at(met, (groups[:, one], groups[:, two]), 1)
    met += met.T
    return int(np.maximum(met - 1, 0).sum()) // 2
