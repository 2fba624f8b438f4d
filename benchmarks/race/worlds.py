"""The communities that play: made from a seed, so that every contestant meets the same people on the same days."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.race.scene import Pair, Scene, Wishes, couple

TOPICS, LANGUAGES, PAST = 300, 3, 8


@dataclass(frozen=True)
class Case:
    """Many rounds of one community. A share of it is there each round; members leave and others come."""

    name: str
    people: int
    rounds: int
    present: float = 1.0
    teams: int = 8
    biggest: float = 0.3
    leave: float = 0.0


CASES = (
    Case("12 people, everybody there", 12, 20, teams=4),
    Case("30 people, 70 % there", 30, 26, present=0.7),
    Case("30 people, 3 % leave and join, 10 % skip", 30, 29, present=0.9, leave=0.03),
    Case("60 people, 80 % there, one team of 60 %", 60, 20, present=0.8, teams=6, biggest=0.6),
    Case("100 people, 70 % there", 100, 20, present=0.7),
    Case("300 people, 70 % there", 300, 8, present=0.7),
    Case("500 people, 70 % there", 500, 3, present=0.7),
    Case("1000 people, 70 % there", 1000, 3, present=0.7),
)


@dataclass(frozen=True)
class World:
    """Everybody's team, and who is there in each round."""

    teams: list[int]
    there: list[list[int]]


def world(case: Case, seed: int) -> World:
    """The community of a case. Costs O(people * rounds)."""
    dice = random.Random(f"{case.name} {seed}")
    teams = shares(case.people, case.teams, case.biggest)
    members, there = list(range(case.people)), []
    for number in range(case.rounds):
        if number:
            members = _move(members, teams, case, dice)
        there.append(_present(members, case.present, dice))
    return World(teams, there)


def _move(members: list[int], teams: list[int], case: Case, dice: random.Random) -> list[int]:
    """Some leave, as many come; newcomers get a number and a team of their own."""
    staying = [one for one in members if dice.random() >= case.leave]
    coming = range(len(teams), len(teams) + len(members) - len(staying))
    teams += [dice.randrange(case.teams) for _ in coming]
    return [*staying, *coming]


def _present(members: Sequence[int], share: float, dice: random.Random) -> list[int]:
    return [one for one in members if share >= 1 or dice.random() < share]


def shares(people: int, teams: int, biggest: float) -> list[int]:
    """Team numbers: the first team has its share, the others are of equal size."""
    first = round(people * biggest)
    return [0] * first + [1 + place % (teams - 1) for place in range(people - first)]


def fixed(people: int, teams: int, seed: int) -> Scene:
    """The first round of a community that stays as it is, of equal teams; 1 means that everybody is their own team."""
    lot = random.Random(f"fixed {people} {teams} {seed}")
    several = teams if teams > 1 else people
    return Scene(1, list(range(people)), [place % several for place in range(people)], lot, window=people)


def single(people: int, seed: int) -> Scene:
    """One round with everything in it: power-law teams, eight rounds of history, topics, languages, blocks."""
    dice = random.Random(f"single {people} {seed}")
    sizes = [1 / rank**0.8 for rank in range(1, 41)]
    teams = dice.choices(range(40), sizes, k=people)
    scene = Scene(1, list(range(people)), teams, dice)
    for _ in range(PAST):
        order = dice.sample(scene.active, people)
        scene.store(couple(*two) for two in zip(order[::2], order[1::2], strict=False))
        scene.number += 1
    scene.wishes = wishes(people, dice)
    return scene


def wishes(people: int, dice: random.Random) -> Wishes:
    """Four topics of each sort; one person in fifty speaks another language, one in fifty has blocked somebody."""
    interests, asks, offers = ([frozenset(dice.sample(range(TOPICS), 4)) for _ in range(people)] for _ in range(3))
    languages = [frozenset({1} if dice.random() < 0.02 else {0, dice.randrange(1, LANGUAGES)}) for _ in range(people)]
    blocks: set[Pair] = {couple(*dice.sample(range(people), 2)) for _ in range(people // 50)}
    return Wishes(interests, asks, offers, languages, frozenset(blocks))
