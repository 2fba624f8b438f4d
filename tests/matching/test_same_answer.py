"""Same input, same seed, same answer: whatever the order of the input, the process or its hash seed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from matching import Policy, Pool, engines, fingerprint, match
from matching.rng import Lot
from tests.matching.instances import community, friendships, meetings
from tests.matching.kinds import many_teams

ROOT = Path(__file__).parents[2]
GOLDEN_ROUNDS = {
    "small": "65205b67c3b56286",
    "exact": "5ec76d039de6adf8",
    "large": "b3ac7017d7395617",
    "golf": "e91be93312adecaf",
}
GOLDEN_NUMBER = 9716597163846066552
SCRIPT = """
import json, random, sys
from matching import Policy, engines, match
from tests.matching.kinds import many_teams
engines.SMALL, engines.EXACT, engines.HANDED = int(sys.argv[1]), int(sys.argv[2]), 0
pool = many_teams(41, random.Random(41))
answers = [match(pool, Policy(size=int(sys.argv[3]), shadows=1, quality=q), 11).as_dict() for q in (1.0, 0.5)]
print(json.dumps(answers))
"""


def mixed(pool: Pool, seed: int) -> Pool:
    """The same pool with every line in another place and every pair the other way round."""
    dice = random.Random(seed)
    people, history, blocks = list(pool.people), list(pool.history), [(b, a) for a, b in pool.blocks]
    for lines in (people, history, blocks):
        dice.shuffle(lines)
    return Pool(tuple(people), tuple(history), tuple(blocks), pool.knows, pool.round)


WAYS = {"small": ("1000", "0", "2"), "exact": ("0", "5000", "2"), "large": ("0", "0", "2"), "golf": ("0", "0", "3")}


@pytest.mark.parametrize("way", WAYS)
def test_the_order_of_the_lines_does_not_matter(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small, exact, size = map(int, WAYS[way])
    monkeypatch.setattr(engines, "SMALL", small)
    monkeypatch.setattr(engines, "EXACT", exact)
    monkeypatch.setattr(engines, "HANDED", 0)
    pool, policy = many_teams(41, random.Random(41)), Policy(size=size, shadows=1, quality=0.7)
    assert match(pool, policy, 9) == match(mixed(pool, 1), policy, 9)
    assert fingerprint(pool, policy) == fingerprint(mixed(pool, 2), policy)


@pytest.mark.parametrize("way", WAYS)
def test_another_process_with_another_hash_seed_gives_the_same_answer(way: str) -> None:
    def run(hash_seed: str) -> object:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", SCRIPT, *WAYS[way]]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True, text=True)
        return json.loads(done.stdout)

    assert run("1") == run("2")


@pytest.mark.parametrize("way", WAYS)
def test_a_round_of_today_is_the_round_of_tomorrow(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen answers: a change here means that stored seeds no longer replay."""
    small, exact, size = map(int, WAYS[way])
    monkeypatch.setattr(engines, "SMALL", small)
    monkeypatch.setattr(engines, "EXACT", exact)
    monkeypatch.setattr(engines, "HANDED", 0)
    pool = many_teams(41, random.Random(41))
    rounds = [match(pool, Policy(size=size, quality=quality), 7).groups for quality in (0.0, 0.5, 1.0)]
    assert hashlib.sha256(repr(rounds).encode()).hexdigest()[:16] == GOLDEN_ROUNDS[way]


def test_the_lot_of_today_is_the_lot_of_tomorrow() -> None:
    assert Lot(7).stream("golden").next() == GOLDEN_NUMBER


def test_another_seed_gives_another_round() -> None:
    people = community(40)
    rounds = {match(Pool(people), Policy(quality=0), seed).groups for seed in range(10)}
    assert len(rounds) == 10


def test_numbers_in_bulk_are_the_numbers_one_by_one() -> None:
    one, other = Lot(3), Lot(3)
    assert [one.next() for _ in range(50)] == [*other.numbers(20).tolist(), *other.numbers(30).tolist()]


def test_the_fingerprint_changes_with_anything_that_could_change_the_round() -> None:
    people = community(6)
    pools = [
        Pool(people),
        Pool(people[1:]),
        Pool(people, round=9),
        Pool(people, blocks=((people[0].id, people[1].id),)),
        Pool(people, knows=friendships(people, 1)),
        Pool(people, history=meetings(((people[0].id, people[1].id),), 1)),
    ]
    prints = {fingerprint(pool, Policy()) for pool in pools} | {fingerprint(pools[0], Policy(quality=0.5))}
    assert len(prints) == 7
    assert all(len(one) == 64 for one in prints)
