"""Some groups are fixed, the rest is drawn again as if those people were not there."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Met, Person, Policy, Pool, check, match
from tests.matching import brute
from tests.matching.instances import plain, pools
from tests.matching.kinds import many_teams


@settings(max_examples=150, deadline=None)
@given(pool=pools(most=8, least=3), data=st.data(), size=st.sampled_from((2, 3)))
def test_the_free_part_is_as_good_as_if_the_locked_were_not_there(pool: Pool, data: st.DataObject, size: int) -> None:
    policy = Policy(size=size)
    drawn = match(pool, policy, 1)
    locked = data.draw(st.lists(st.sampled_from(drawn.groups), unique=True)) if drawn.groups else []
    again = match(pool, policy, 2, locked=locked)
    taken = {one for group in locked for one in group}
    free = replace(pool, people=tuple(one for one in pool.people if one.id not in taken), round=pool.this_round)
    free = replace(free, knows=(), history=(*pool.history, *_known(pool)))
    alone = match(free, policy, 2)
    assert check(pool, policy, again) == ()
    assert set(locked) <= set(again.groups)
    assert again.locked == tuple(sorted(locked))
    people = {one.id: one for one in pool.people}
    kept = tuple(tuple(people[one] for one in group) for group in again.groups if group not in set(locked))
    figures = alone.certificate
    best = (figures.left_out, figures.repeats, figures.repeat_cost, figures.same_team)
    assert brute.tiers(free, kept) == best
    assert size > 2 or best == brute.best_tiers(free, policy)


def _known(pool: Pool) -> list[Met]:
    """Acquaintance as a meeting, so that it does not move when history is looked at without some of the people."""
    return [Met(pool.known_since, a, b) for a, b in pool.knows]


def test_figures_are_those_of_the_whole_round_with_its_locks() -> None:
    people = (Person("a", "X"), Person("b", "X"), *plain(6, team=""))
    matching = match(Pool(people), Policy(), 3, locked=[("b", "a")])
    figures = matching.certificate
    assert ("a", "b") in matching.groups
    assert (figures.people, figures.same_team, figures.same_team_bound, figures.optimal_tiers) == (8, 1, 1, True)


def test_a_late_joiner_is_drawn_among_those_who_are_free() -> None:
    pool = many_teams(20, random.Random(1))
    first = match(pool, Policy(), 1)
    late = replace(pool, people=(*pool.people, Person("late", "T1"), Person("later", "T2")))
    second = match(late, Policy(), 2, locked=first.groups[:8])
    assert set(first.groups[:8]) <= set(second.groups)
    assert not second.left_out
    assert check(late, Policy(), second) == ()


def test_a_locked_trio_does_not_cost_the_others_theirs() -> None:
    matching = match(Pool(plain(8)), Policy(), 1, locked=[("p0000", "p0001", "p0002")])
    assert sorted(map(len, matching.groups)) == [2, 3, 3]
    assert check(Pool(plain(8)), Policy(), matching) == ()


def test_shadows_leave_locked_people_out() -> None:
    matching = match(Pool(plain(10)), Policy(shadows=1), 1, locked=[("p0000", "p0001")])
    (shadow,) = matching.shadows
    assert {one for group in shadow for one in group} == {f"p{number:04}" for number in range(2, 10)}


def test_a_changed_lock_is_a_broken_promise() -> None:
    pool = Pool(plain(4))
    matching = match(pool, Policy(), 1, locked=[("p0000", "p0001")])
    moved = replace(matching, groups=(("p0000", "p0002"), ("p0001", "p0003")))
    assert "locked group p0000, p0001 was changed" in check(pool, Policy(), moved)


@pytest.mark.parametrize(
    ("locked", "says"),
    [
        ([("p0000", "zoe")], "zoe: locked, but not in the pool"),
        ([("p0000",)], "p0000: a locked group of 1, but groups have 2 to 3 people"),
        ([("p0000", "p0001"), ("p0001", "p0002")], "p0001 is in two locked places: unlock one of them"),
        ([("p0002", "p0003")], "p0002 and p0003 may not meet: unlock this group"),
    ],
)
def test_locks_that_cannot_be_are_refused_with_the_names(locked: list[tuple[str, ...]], says: str) -> None:
    pool = Pool(plain(6), blocks=(("p0003", "p0002"),))
    with pytest.raises(ValueError, match=says):
        match(pool, Policy(), 1, locked=locked)
