"""The search that found 8-4-10 of `bank.txt`: ten rounds for 32 people that eight translations leave as they are.

Definition: person (i, x) is element x of copy i, for four copies of V = GF(2)^3, whose addition is XOR. Three kinds of
rounds stay when an element of V is added to everybody:

    six rounds   the eight translates of a transversal {(i, a_i)}: uses the difference a_i + a_j between copies i and j
    three rounds translates of {(i, 0), (i, s), (j, y), (j, y + s)}, for two pairs of copies: uses y and y + s between
                 them, and s within both
    one round    both translates of a plane in every copy: uses three differences within it

Between each two copies the transversals must use six of eight differences; the two that are left are y and y + s, and
their sum s is the sum of the six. So all follows from six transversals whose sums A_i are affinely independent: s_ij =
A_i + A_j, and the plane of copy i is the one that holds none of the s_ij. Cost: a moment.

    python -m matching.golf.hunt_eight         # prints the line of bank.txt
"""

from __future__ import annotations

from itertools import combinations, product

COPIES, SIZE = 4, 8
Groups = list[tuple[int, ...]]
Transversal = tuple[int, ...]
MATCHINGS = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))


def transversals(chosen: list[Transversal]) -> list[Transversal] | None:
    """Six transversals with all differences distinct for each two copies and affinely independent sums."""
    if len(chosen) == SIZE - 2:
        return chosen if _independent(sums(chosen)) else None
    for rest in product(range(SIZE), repeat=COPIES - 1):
        one = (0, *rest)
        if (not chosen or one > chosen[-1]) and not any(_share(one, other) for other in chosen):
            found = transversals([*chosen, one])
            if found:
                return found
    return None


def _share(one: Transversal, other: Transversal) -> bool:
    return any(one[i] ^ one[j] == other[i] ^ other[j] for i, j in combinations(range(COPIES), 2))


def sums(chosen: list[Transversal]) -> list[int]:
    totals = [0] * COPIES
    for one in chosen:
        totals = [total ^ part for total, part in zip(totals, one, strict=True)]
    return totals


def _independent(totals: list[int]) -> bool:
    a, b, c = (total ^ totals[0] for total in totals[1:])
    return 0 not in (a, b, c, a ^ b, a ^ c, b ^ c, a ^ b ^ c)


def person(copy: int, x: int) -> int:
    return copy * SIZE + x


def ten_rounds() -> list[Groups]:
    chosen = transversals([])
    if chosen is None:
        raise ValueError("no six transversals fit")
    rounds = [[tuple(person(i, part ^ x) for i, part in enumerate(one)) for x in range(SIZE)] for one in chosen]
    rounds += [[group for i, j in pairs for group in _two_copies(chosen, i, j)] for pairs in MATCHINGS]
    return [*rounds, [group for i in range(COPIES) for group in _planes(chosen, i)]]


def _two_copies(chosen: list[Transversal], i: int, j: int) -> Groups:
    """Translates of {(i, 0), (i, s), (j, y), (j, y + s)} for the two differences that the transversals leave."""
    y, z = set(range(SIZE)) - {one[i] ^ one[j] for one in chosen}
    s = y ^ z
    return [(person(i, x), person(i, x ^ s), person(j, x ^ y), person(j, x ^ z)) for x in range(SIZE) if x < x ^ s]


def _planes(chosen: list[Transversal], i: int) -> Groups:
    """The plane of this copy that holds no difference used within it, and its translate."""
    totals = sums(chosen)
    used = {totals[i] ^ totals[j] for j in range(COPIES) if j != i}
    for a, b in combinations(range(1, SIZE), 2):
        plane = {0, a, b, a ^ b}
        if not plane & used:
            return [tuple(person(i, x) for x in sorted(half)) for half in (plane, set(range(SIZE)) - plane)]
    raise ValueError(f"every plane of copy {i} holds a difference that is used")


def bank_line() -> str:
    rounds = (" = " + " ".join(str(one) for group in groups for one in group) for groups in ten_rounds())
    return f"8 4 1{''.join(rounds)}"


if __name__ == "__main__":
    print(bank_line())
