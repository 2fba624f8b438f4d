"""What one pair costs in the tiers, as one number, without a matrix: for engines that look at few of all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from matching.rng import mix
from matching.rules import UNIT
from matching.table import Places, Table


@dataclass(frozen=True, slots=True)
class Costs:
    """Tiers in mixed radix: forbidden, pairs to keep apart, repeats, age of repeats, same team."""

    table: Table
    avoid: frozenset[int]
    radix: int
    share: int  # thousandths of true score in `good`
    salt: int

    @property
    def forbidden(self) -> int:
        """More than any round of allowed pairs can cost."""
        return self.radix**4 * 1000

    def pair(self, a: int, b: int) -> int:
        """The cost of two people in one group, blocks included; languages and times belong to the group."""
        key = self.table.key(a, b)
        if key in self.table.blocked:
            return self.forbidden
        age = self.table.met.get(key)
        cost = (key in self.avoid) * self.radix + (age is not None)
        cost = cost * 1000 * self.radix + (age or 0)
        return cost * self.radix + int(self.table.team[a] == self.table.team[b])

    def group(self, members: Sequence[int]) -> int:
        """The cost of one group; a group that may not meet costs more than any that may."""
        cost = sum(self.pair(a, b) for a, b in combinations(members, 2))
        return cost if self.table.share(members) else cost + self.forbidden

    def good(self, a: int, b: int) -> int:
        """The score to climb: the interest score and a random one, mixed by the policy's quality."""
        score = self.table.score(a, b) if self.share else 0
        if self.share == 1000:
            return score
        chance = mix(self.salt ^ self.table.key(a, b)) % (UNIT + 1)
        return (score * self.share + chance * (1000 - self.share)) // 1000

    def group_good(self, members: Sequence[int]) -> int:
        return 2 * sum(self.good(a, b) for a, b in combinations(members, 2)) // max(len(members) - 1, 1)


def pair_costs(table: Table, quality: float, avoid: frozenset[int], salt: int, size: int = 2) -> Costs:
    """Costs for a round of groups of about this size."""
    return Costs(table, avoid, table.n * (size + 1) + 3, round(quality * 1000), salt)


def total(costs: Costs, groups: Sequence[Places]) -> int:
    return sum(costs.group(group) for group in groups)
