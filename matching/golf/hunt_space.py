"""The search that found 10-4-13 of `bank.txt`: a parallelism of the projective space of 40 points over GF(3).

Definition: people are the 40 points of PG(3, 3), a group of four is one of its 130 lines, a round is a spread (10
lines that hold every point once), and 13 spreads that share no line let everybody meet everybody exactly once. A
generator of GF(81) numbers the points so that adding 1 modulo 40 is a collineation; we look for parallelisms that are
kept by adding 8, which has order 5: three spreads that stay and two that are turned into five each. Every line lies in
one of 26 orbits under this addition, so two exact covers do it. Cost: seconds. (Denniston, Some packings of projective
spaces, 1972; Prince, Parallelisms of PG(3, 3) invariant under a collineation of order 5, 1997.)

    python -m matching.golf.hunt_space         # prints the line of bank.txt
"""

from __future__ import annotations

from collections.abc import Iterator

from matching.golf.rings import field

POINTS, TURN = 40, 8
Line = frozenset[int]
Spread = frozenset[Line]


def lines_of_space() -> list[Line]:
    """The 130 lines as sets of points; point i is the i-th power of a generator, up to a factor of GF(3)."""
    numbers = field(81, 3)
    generator = next(one for one in range(2, 81) if _order(one, numbers.times) == 80)
    powers = [1]
    for _ in range(79):
        powers.append(int(numbers.times[powers[-1], generator]))
    place = {element: power % POINTS for power, element in enumerate(powers)}
    found = set()
    for a in range(POINTS):
        for b in range(a):
            x, y = powers[a], powers[b]
            found.add(
                frozenset((a, b, place[int(numbers.plus[x, y])], place[int(numbers.plus[x, powers[b + POINTS]])]))
            )
    return sorted(found, key=sorted)


def _order(element: int, times: object) -> int:
    power, count = element, 1
    while power != 1:
        power, count = int(times[power, element]), count + 1  # type: ignore[index]
    return count


def turned(line: Line, by: int) -> Line:
    return frozenset((point + by) % POINTS for point in line)


def orbit(line: Line) -> tuple[Line, ...]:
    return tuple(turned(line, TURN * step) for step in range(5))


def parallelism() -> tuple[list[Spread], list[Spread]]:
    """Two spreads that turn and three that stay: together 2 * 5 + 3 spreads with every line once."""
    lines = lines_of_space()
    number: dict[Line, int] = {}
    for line in lines:
        for turned_line in orbit(line):
            number.setdefault(turned_line, len(number) // 5)
    staying = [frozenset(orbit(a) + orbit(b)) for a, b in _staying(lines, number)]
    turning: dict[frozenset[int], Spread] = {}
    for spread in _spreads(lines, number):
        turning.setdefault(frozenset(number[line] for line in spread), spread)
    for first, one in turning.items():
        for second, two in turning.items():
            if not first & second:
                rest = _cover(set(range(26)) - first - second, staying, number)
                if rest is not None:
                    return [one, two], rest
    raise ValueError("no parallelism of PG(3, 3) is kept by this collineation")


def _staying(lines: list[Line], number: dict[Line, int]) -> Iterator[tuple[Line, Line]]:
    """Pairs of orbits whose ten lines hold every point once."""
    for a in lines:
        for b in lines:
            if number[a] < number[b] and len(frozenset().union(*orbit(a), *orbit(b))) == POINTS:
                yield a, b


def _spreads(lines: list[Line], number: dict[Line, int]) -> Iterator[Spread]:
    """All spreads with ten lines of ten different orbits."""
    through = [[line for line in lines if point in line] for point in range(POINTS)]

    def grow(chosen: list[Line], points: frozenset[int], orbits: frozenset[int]) -> Iterator[Spread]:
        if len(points) == POINTS:
            yield frozenset(chosen)
            return
        for line in through[min(set(range(POINTS)) - points)]:
            if not line & points and number[line] not in orbits:
                yield from grow([*chosen, line], points | line, orbits | {number[line]})

    yield from grow([], frozenset(), frozenset())


def _cover(orbits: set[int], staying: list[Spread], number: dict[Line, int]) -> list[Spread] | None:
    """Spreads that stay and together use exactly these orbits."""
    if not orbits:
        return []
    for spread in staying:
        mine = {number[line] for line in spread}
        if min(orbits) in mine and mine <= orbits:
            rest = _cover(orbits - mine, staying, number)
            if rest is not None:
                return [spread, *rest]
    return None


def bank_line() -> str:
    """People renumbered so that adding 8 to a point is adding 1 modulo 5 in one of eight copies."""
    turn, stay = parallelism()
    place = {point: point % TURN * 5 + point // TURN for point in range(POINTS)}
    rounds = [[place[point] for line in sorted(spread, key=sorted) for point in sorted(line)] for spread in turn + stay]
    words = [mark + " " + " ".join(map(str, people)) for mark, people in zip("**===", rounds, strict=True)]
    return "10 4 5 " + " ".join(words)


if __name__ == "__main__":
    print(bank_line())
