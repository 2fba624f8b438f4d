"""The pool as matrices, for proofs: built from incidence products, apart from the arrays that `solve` works on.

Rows are people in order of id. Memory is n^2; for at most about 2,500 people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.pool import Pool
from matching.rules import HELP, SHARED, UNIT, age_cost, topics
from matching.types import Interests, Person

Matrix = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Facts:
    """Who may meet, who has met and at what cost, who shares a team."""

    people: tuple[Person, ...]
    allowed: Mask
    met: Mask
    age: Matrix
    same: Mask


def gather(pool: Pool) -> Facts:
    people = tuple(sorted(pool.people, key=lambda person: person.id))
    row = {person.id: number for number, person in enumerate(people)}
    allowed = _agree([p.languages for p in people]) & _agree([p.times for p in people])
    for a, b in pool.blocks:
        if a in row and b in row:
            allowed[row[a], row[b]] = allowed[row[b], row[a]] = False
    np.fill_diagonal(allowed, False)
    met, age = _met(pool, row)
    teams = np.array([person.team for person in people], dtype=object)
    same = (teams[:, None] == teams[None, :]) & (teams != "")[:, None]
    return Facts(people, allowed, met, age, same.astype(bool))


def _met(pool: Pool, row: dict[str, int]) -> tuple[Mask, Matrix]:
    last = np.full((len(row), len(row)), np.iinfo(np.int64).min)
    this, known = pool.this_round, pool.known_since
    lines = [(known, a, b) for a, b in pool.knows]
    lines += [(met.round, met.a, met.b) for met in pool.history]
    for number, a, b in sorted(lines):
        if a in row and b in row:
            last[row[a], row[b]] = last[row[b], row[a]] = number
    met = last > np.iinfo(np.int64).min
    age = np.zeros_like(last)
    age[met] = [age_cost(this - int(number)) for number in last[met]]
    return met, age


def incidence(lists: Sequence[Iterable[str]], words: Sequence[str]) -> NDArray[np.float32]:
    """One row a person, one column a word."""
    column = {word: number for number, word in enumerate(words)}
    matrix = np.zeros((len(lists), max(len(words), 1)), dtype=np.float32)
    for number, texts in enumerate(lists):
        matrix[number, [column[word] for word in topics(texts)]] = 1
    return matrix


def _agree(choices: Sequence[frozenset[str]]) -> Mask:
    words = sorted({word for choice in choices for word in topics(choice)})
    given = incidence(choices, words)
    anything = given.sum(axis=1) == 0
    agree: Mask = (given @ given.T > 0) | anything[:, None] | anything[None, :]
    return agree


def score_matrix(people: Sequence[Person], mode: Interests) -> Matrix:
    """Pair scores in millionths for every pair."""
    words = sorted({word for p in people for word in topics(p.interests | p.asks | p.offers)})
    likes = incidence([p.interests for p in people], words)
    shared: Matrix = np.rint(likes @ likes.T).astype(np.int64)
    if mode == "one-in-common":
        return (shared > 0) * np.int64(UNIT)
    if mode == "ask-offer":
        asks, offers = incidence([p.asks for p in people], words), incidence([p.offers for p in people], words)
        helped = asks @ offers.T > 0
        return (helped.astype(np.int64) + helped.T) * HELP + (shared > 0) * SHARED
    size: Matrix = np.rint(likes.sum(axis=1)).astype(np.int64)
    together = np.maximum(size[:, None] + size[None, :] - shared, 1)
    rounded: Matrix = (2 * UNIT * shared + together) // (2 * together)
    return rounded


def three_agree(people: Sequence[Person]) -> bool:
    """Whether three people share one language and one time together."""
    return _overlap([p.languages for p in people]) and _overlap([p.times for p in people])


def _overlap(choices: Sequence[frozenset[str]]) -> bool:
    given = [topics(choice) for choice in choices if topics(choice)]
    return not given or bool(frozenset.intersection(*given))
