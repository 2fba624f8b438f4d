"""The odd one of a round: drawn with a host more, or with a volunteer less, where a programme wants that.

The matcher knows neither hosts nor volunteers: it is given the people who are drawn, and its certificate is about them.
Whoever has taken the odd place least often goes first, between equals the lot decides. What comes of it is looked at:
some cannot meet anybody, so that numbers alone do not tell who is odd.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import matching
from app.models import OddOne
from app.queries.pools import RoundPool
from app.queries.reserves import Reserve
from app.services import drawing
from app.services.drawing import Draw, Progress
from matching import Matching, Policy

T = TypeVar("T")
MOST_DRAWS = 4
"""So many choices of who takes the odd place are drawn; of larger rounds one takes seconds."""


def draw(rows: RoundPool, policy: Policy, seed: int, progress: Progress | None = None) -> Draw:
    """As `drawing.draw`, and `rows` are those who were drawn; `stood_back` are volunteers who sit out."""
    drawn, out = _best(
        rows, policy, seed, lambda some: drawing.draw(some, policy, seed, progress), lambda one: one.matching
    )
    drawn = replace(drawn, matching=_as_proven(rows, drawn.matching, out))
    # a host who is not drawn is not in the round at all
    return drawn if rows.reserve.odd_one == OddOne.HOST else replace(drawn, stood_back=tuple(sorted(out)))


def match(rows: RoundPool, policy: Policy, seed: int) -> Matching:
    """The groups alone, by the same choice."""
    return _best(rows, policy, seed, lambda some: matching.match(some.pool, policy, seed), lambda one: one)[0]


def _best(
    rows: RoundPool, policy: Policy, seed: int, attempt: Callable[[RoundPool], T], said: Callable[[T], Matching]
) -> tuple[T, frozenset[str]]:
    """The first choice that leaves nobody out, repeats nobody and has only groups of the usual size; else the best of a
    few, in the order of the tiers, and of those the one that needs the fewest of the reserve. With who is not drawn.
    """
    found: list[tuple[tuple[int, ...], int, T, frozenset[str]]] = []
    for out in islice(_choices(rows, policy.size, seed), MOST_DRAWS):
        made = attempt(_rest(rows, out))
        cost = _cost(rows.reserve, said(made), out)
        found.append((cost, len(found), made, out))
        if not any(cost[:-1]) and not said(made).left_out:
            break
    _, _, made, out = min(found, key=lambda one: one[:2])
    return made, out


def _as_proven(rows: RoundPool, result: Matching, out: frozenset[str]) -> Matching:
    """With a certificate that claims no more than is so: it is about those who are drawn, and where somebody of the
    reserve has a place for others of it, another choice might be better. Nothing is better than what costs nothing.
    """
    found, reserve = result.certificate, rows.reserve
    host = reserve.odd_one == OddOne.HOST
    taken = reserve.so_far.keys() - out if host else out
    asked = bool((len(rows.ids) - (len(reserve.so_far) if host else 0)) % result.size) or bool(taken)
    costs = result.left_out or found.repeats or found.repeat_cost or found.same_team
    if not (costs and asked) or len(taken) == len(reserve.so_far):
        return result
    return replace(
        result,
        certificate=replace(found, left_out_bound=0, repeats_bound=0, same_team_bound=0, optimal_tiers=False),
    )


def _cost(reserve: Reserve, result: Matching, out: frozenset[str]) -> tuple[int, int, int, int]:
    """Left out against their will, repeats, groups of another size, and how many of the reserve are needed."""
    host = reserve.odd_one == OddOne.HOST
    left = sum(not (host and one.id in reserve.so_far) for one in result.left_out)
    uneven = sum(len(group) != result.size for group in result.groups)
    return left, result.certificate.repeats, uneven, len(reserve.so_far) - len(out) if host else len(out)


def _choices(rows: RoundPool, size: int, seed: int) -> Iterator[frozenset[str]]:
    """Who is not drawn: what the numbers say first, then nobody of the reserve, then others of it in their turn."""
    reserve = rows.reserve
    order = _in_turn(rows, seed)
    usual = len(rows.ids) - (len(order) if reserve.odd_one == OddOne.HOST else 0)
    if not order or not usual:
        yield frozenset()
        return
    host = reserve.odd_one == OddOne.HOST
    need = (-usual if host else usual) % size
    taken = [tuple(order[:need]), (), *_others(order, need, size)]
    # where hosts are too few to even the groups out, all of them are still more company than none
    for some in dict.fromkeys(one for one in taken if host or need <= len(order) or not one):
        out = frozenset(order) - frozenset(some) if host else frozenset(some)
        if len(rows.ids) - len(out) >= 2 or not out:
            yield out


def _others(order: Sequence[str], need: int, size: int) -> Iterator[tuple[str, ...]]:
    """The next in turn, where the first do not fit; of twos also one although the number is even: among those who can
    meet at all it may be odd.
    """
    step = need or (1 if size == 2 else 0)
    for first in range(len(order) - step + 1 if step else 0):
        yield tuple(order[first : first + step])


def _in_turn(rows: RoundPool, seed: int) -> list[str]:
    """The reserve: whoever has taken the place least often first, between equals by lot."""
    so_far = rows.reserve.so_far
    lot = matching.Lot(seed).stream("odd one")
    return sorted(lot.shuffled(sorted(so_far)), key=so_far.__getitem__)


def _rest(rows: RoundPool, out: frozenset[str]) -> RoundPool:
    if not out:
        return rows
    people = tuple(one for one in rows.pool.people if one.id not in out)
    ids = {key: one for key, one in rows.ids.items() if key not in out}
    return replace(rows, pool=replace(rows.pool, people=people), ids=ids)
