"""Compile everything that large rounds need, so that no organiser waits for it: `python -m matching.warm`.

Run at install and when an image is built. Tiny rounds go through every engine, which compiles each kernel for the types
that all rounds have; about half a minute, and less than a second when it has been done before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from matching import engines
from matching.jit import compiled
from matching.pool import Pool
from matching.rng import Lot
from matching.types import Met, Person, Policy

PEOPLE = 33  # odd, so that a trio is dealt with, and few
MANY = 310  # for kernels that groups of three and more need only when people are many
Task = tuple[str, Pool, Policy]


def warm() -> Iterator[str]:
    """Draw a tiny round in every way there is, and name each."""
    for engine, pool, policy in tasks():
        yield f"{engine}, groups of {policy.size}, {policy.interests}, quality {policy.quality}"
        engines.draw_with(engine, pool.columns, policy, Lot(1), lambda _word, _share: None)


def tasks() -> Iterator[Task]:
    """Pools with a bit of everything: topics, teams, blocks, languages, history, repeats that are forced."""
    for people in (PEOPLE, PEOPLE + 1):
        for hard in (False, True):
            pool = _pool(people, hard)
            for quality in (1.0, 0.5, 0.0):
                yield "large", pool, Policy(quality=quality)
            yield "exact", pool, Policy()
            yield "golf", pool, Policy(size=4, quality=0.5)
    yield "golf", _pool(MANY, hard=False), Policy(size=4, quality=0.5)
    for mode in ("one-in-common", "jaccard"):
        pool = _pool(PEOPLE, hard=False)
        for engine in ("large", "exact"):
            yield engine, pool, Policy(interests=mode)


def _pool(count: int, hard: bool) -> Pool:
    words = ["chess", "tea", "rust", "piano", "gardens"]
    people = [
        Person(
            f"p{number}",
            team="AABCD"[number % 5],
            interests=frozenset(words[number % 3 :][:2]),
            asks=frozenset({words[number % 5]}),
            offers=frozenset({words[number % 4]}),
            languages=frozenset({"en"} if number % 9 else {"fr", "en"}),
        )
        for number in range(count)
    ]
    met = [Met(1 + (a + b) % 4, f"p{a}", f"p{b}") for a in range(count) for b in range(a) if hard or (a * b) % 7 == 1]
    return Pool(tuple(people), tuple(met), blocks=(("p0", "p1"), ("p0", "p2"), ("p3", "p9")))


def main() -> int:
    if not compiled():
        print("coffee: numba is not installed here; large rounds will be slow", file=sys.stderr)
        return 0
    for _ in warm():
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
