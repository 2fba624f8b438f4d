"""`check` sees every broken promise: an answer that kept them all, broken in one place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matching import LeftOut, Matching, Met, Person, Policy, Pool, check, match

PEOPLE = tuple(
    Person(f"p{number}", "AB"[number // 3], ["chess"], languages=["en"] if number else ["en", "fr"])  # type: ignore[arg-type]
    for number in range(6)
)
POOL = Pool(PEOPLE, (Met(1, "p0", "p3"),), (("p1", "p4"),))
GOOD: Matching = match(POOL, Policy(), 1)


def with_groups(*groups: str) -> dict[str, Any]:
    return {"groups": tuple(tuple(f"p{one}" for one in group) for group in groups)}


def test_an_honest_answer_keeps_every_promise() -> None:
    assert check(POOL, Policy(), GOOD) == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (with_groups("05", "13"), "p2 is neither in a group nor left out"),
        (with_groups("05", "13", "24", "05"), "p0 appears 2 times"),
        (with_groups("05", "14", "23"), "group p1, p4: p1 and p4 are blocked"),
        (with_groups("05", "1", "234"), "group p1 has 1 people"),
        (with_groups("052", "134"), "2 trios, where one is enough"),
        (with_groups("05", "13", "29"), "p9 is not in the pool"),
        ({"left_out": (LeftOut("p0", "alone", "x"),)}, "p0 appears 2 times"),
        ({"left_out": (LeftOut("p7", "alone", ""),)}, "p7 is left out without a reason"),
        ({"size": 3}, "the matching says size 3, the policy 2"),
        ({"shadows": ((("p1", "p4"),),)}, "shadow 1: group p1, p4: p1 and p4 are blocked"),
    ],
)
def test_a_broken_answer_is_named(change: dict[str, Any], says: str) -> None:
    assert says in check(POOL, Policy(), replace(GOOD, **change))


@pytest.mark.parametrize(
    ("figure", "value", "says"),
    [
        ("people", 7, "certificate: people is 7, counted 6"),
        ("left_out", 1, "certificate: left_out is 1, counted 0"),
        ("repeats", 1, "certificate: repeats is 1, counted 0"),
        ("repeat_cost", 9, "certificate: repeat_cost is 9, counted 0"),
        ("same_team", 2, "certificate: same_team is 2, counted 0"),
        ("score", 1.0, "certificate: score is 1.0, counted 1.2"),
        ("score_bound", 0.1, "certificate: score 1.2 is above its bound 0.1"),
        ("repeats_bound", 1, "certificate: repeats is 0, below its bound 1"),
    ],
)
def test_a_false_figure_is_named(figure: str, value: Any, says: str) -> None:
    forged = replace(GOOD, certificate=replace(GOOD.certificate, **{figure: value}))
    assert says in check(POOL, Policy(), forged)


def test_a_pair_without_a_common_language_or_time_is_named() -> None:
    people = (Person("a", languages=["en"], times=["mo"]), Person("b", languages=["fr"], times=["tu"]))  # type: ignore[arg-type]
    pool = Pool(people)
    forged = replace(match(pool, Policy(), 1), groups=(("a", "b"),), left_out=())
    assert check(pool, Policy(), forged) == ("group a, b: no common language", "group a, b: no common time")
