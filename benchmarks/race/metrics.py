"""What a round costs, counted from its groups alone and for everybody alike; no contestant's own word is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.race.scene import Group, Scene, couples

WINDOW = 10  # rounds that count as lately


class Broken(Exception):
    """The round is not one: somebody sits twice, is not there, or meets somebody they may not meet."""


@dataclass
class Tally:
    """Sums over rounds; `sat_out` counts each person."""

    rounds: int = 0
    seats: int = 0
    left_out: int = 0
    pairs: int = 0
    repeats: int = 0
    lately: int = 0
    same_team: int = 0
    least_same_team: int = 0
    least_pairs: int = 0
    sat_out: Counter[int] = field(default_factory=Counter)

    def add(self, scene: Scene, groups: Sequence[Group]) -> None:
        """Count one round, before it is stored. Costs O(people)."""
        verify(scene, groups)
        placed = {one for group in groups for one in group}
        met = couples(groups)
        ages = [scene.number - scene.last[pair] for pair in met if pair in scene.last]
        self.rounds += 1
        self.seats += len(scene.active)
        self.left_out += len(scene.active) - len(placed)
        self.pairs += len(met)
        self.repeats += len(ages)
        self.lately += sum(age <= WINDOW for age in ages)
        self.same_team += sum(scene.same_team(a, b) for a, b in met)
        self.least_same_team += least_same_team(scene)
        self.least_pairs += full_pairs(len(scene.active))
        self.sat_out.update(one for one in scene.active if one not in placed)

    def as_dict(self) -> dict[str, int]:
        names = ("rounds", "seats", "left_out", "pairs", "repeats", "lately", "same_team", "least_same_team")
        counts = {name: getattr(self, name) for name in (*names, "least_pairs")}
        return counts | {"worst_sat_out": max(self.sat_out.values(), default=0)}


def verify(scene: Scene, groups: Iterable[Group]) -> None:
    """Raise Broken unless the groups could be sent out."""
    seats = Counter(one for group in groups for one in group)
    if seats and seats.most_common(1)[0][1] > 1:
        raise Broken("somebody sits in two groups")
    if seats.keys() - set(scene.active):
        raise Broken("somebody sits who is not there")
    if scene.wishes and not all(scene.wishes.allowed(a, b) for a, b in couples(groups)):
        raise Broken("a couple that may not meet")


def least_same_team(scene: Scene) -> int:
    """Pairs that must stay inside the biggest team when everybody sits: half of what it has more than the rest.

    With an odd number there is one trio, and the half is rounded up. History may force more; this is a lower bound.
    """
    biggest = max(Counter(scene.teams[one] for one in scene.active).values(), default=0)
    return max(0, (2 * biggest - len(scene.active) + 1) // 2)


def full_pairs(people: int) -> int:
    """The couples of a round in which everybody sits; a trio is three of them."""
    return people // 2 + 2 * (people % 2) if people > 1 else 0


def tiers(scene: Scene, groups: Sequence[Group]) -> list[int]:
    """Left out, repeats, their age, same team: compared in this order."""
    met = couples(groups)
    ages = [scene.number - scene.last[pair] for pair in met if pair in scene.last]
    placed = sum(map(len, groups))
    same = sum(scene.same_team(a, b) for a, b in met)
    return [len(scene.active) - placed, len(ages), sum(1000 // age for age in ages), same]


def score(scene: Scene, groups: Iterable[Group]) -> int:
    """The sum over people of the mean score with the others of their group, in millionths."""
    wanted = scene.wishes
    if wanted is None:
        return 0
    return sum(2 * sum(wanted.score(a, b) for a, b in couples([group])) // (len(group) - 1) for group in groups)
