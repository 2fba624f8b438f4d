"""From raw results to the figures that are shown: medians of seconds, shares over all rounds and seeds, worst cases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.race.contestants import NETWORKX, OURS, RUSTWORKX

Result = dict[str, Any]
TIERS = ("left out", "repeats", "age of repeats", "same team")


@dataclass(frozen=True)
class Single:
    """One contestant at one size. `share` is its worst score of all seeds, 1 the exact one; `worse` a tier it loses."""

    people: int
    seconds: float | None
    build: float
    first: float
    peak_mb: float
    share: float | None
    worse: str
    stopped: float | None
    skipped: int | None


@dataclass(frozen=True)
class Played:
    """One contestant in one case. Shares are of 1."""

    contestant: str
    rounds: int
    planned: int
    left_out: float
    repeats: float
    lately: float
    same_team: float
    least_same_team: float
    worst_sat_out: int
    seconds: float
    slowest: float
    unproven: int
    peak_mb: float
    seeds: int


def of(results: Iterable[Result], part: str) -> list[Result]:
    """The results of a part that are not failures."""
    return [result for result in results if result["part"] == part and "failed" not in result]


def singles(results: Sequence[Result]) -> dict[tuple[str, int], Single]:
    """By contestant and size."""
    found = of(results, "single")
    exact = _exact(found)
    grouped: dict[tuple[str, int], list[Result]] = {}
    for result in found:
        grouped.setdefault((result["contestant"], result["people"]), []).append(result)
    return {key: _single(key[1], those, exact) for key, those in grouped.items()}


def _exact(found: list[Result]) -> dict[tuple[int, int], Result]:
    """The optimum of each instance, by rustworkx or NetworkX."""
    exact: dict[tuple[int, int], Result] = {}
    for name in (NETWORKX, RUSTWORKX):
        exact |= {(one["people"], one["seed"]): one for one in found if one["contestant"] == name and "tiers" in one}
    return exact


def _single(people: int, those: list[Result], exact: dict[tuple[int, int], Result]) -> Single:
    done = [one for one in those if "seconds" in one]
    judged = [(one, exact[one["people"], one["seed"]]) for one in done if (one["people"], one["seed"]) in exact]
    shares = [one["score"] / best["score"] for one, best in judged if best["score"]]
    worse = [text for one, best in judged if (text := loses(one["tiers"], best["tiers"]))]
    return Single(
        people=people,
        seconds=median(second for one in done for second in one["seconds"]) if done else None,
        build=median(second for one in done for second in one["build"]) if done else 0.0,
        first=median(one["first"] for one in done) if done else 0.0,
        peak_mb=max((one.get("peak_mb", 0.0) for one in done), default=0.0),
        share=min(shares, default=None),
        worse=worse[0] if worse else "" if judged else "?",
        stopped=next((one["stopped"] for one in those if "stopped" in one), None),
        skipped=next((one["skipped"] for one in those if "skipped" in one), None),
    )


def loses(tiers: Sequence[int], best: Sequence[int]) -> str:
    """The first tier that costs more than in the exact round, in words; nothing when all are equal."""
    for name, cost, least in zip(TIERS, tiers, best, strict=True):
        if cost != least:
            return name if name == "age of repeats" else f"{cost - least:+} {name}"
    return ""


def played(results: Sequence[Result]) -> dict[str, list[Played]]:
    """By case, in the order of the results."""
    grouped: dict[str, dict[str, list[Result]]] = {}
    for result in of(results, "rounds"):
        if result.get("seats"):
            grouped.setdefault(result["case"], {}).setdefault(result["contestant"], []).append(result)
    return {case: [_played(name, those) for name, those in names.items()] for case, names in grouped.items()}


def _played(contestant: str, those: list[Result]) -> Played:
    def share(name: str, whole: str) -> float:
        return float(sum(one[name] for one in those) / max(1, sum(one[whole] for one in those)))

    seconds = [second for one in those for second in one["seconds"]]
    return Played(
        contestant=contestant,
        rounds=min(len(one["seconds"]) for one in those),
        planned=those[0]["planned"],
        left_out=share("left_out", "seats"),
        repeats=share("repeats", "pairs"),
        lately=share("lately", "pairs"),
        same_team=share("same_team", "pairs"),
        least_same_team=share("least_same_team", "least_pairs"),
        worst_sat_out=max(one["worst_sat_out"] for one in those),
        seconds=median(seconds),
        slowest=max(seconds),
        unproven=sum(one["unproven"] for one in those),
        peak_mb=max(one["peak_mb"] for one in those),
        seeds=len(those),
    )


def speed_up(results: Sequence[Result], contestant: str) -> tuple[int, float] | None:
    """The largest size that the other one finished, and how many times our seconds it took."""
    all_of_them = singles(results)
    sizes = [people for (name, people), one in all_of_them.items() if name == contestant and one.seconds]
    both = [people for people in sizes if (OURS, people) in all_of_them and all_of_them[OURS, people].seconds]
    if not both:
        return None
    size = max(both)
    theirs, ours = all_of_them[contestant, size].seconds, all_of_them[OURS, size].seconds
    return (size, theirs / ours) if theirs and ours else None


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """The power of n with which seconds grow between the first and the last point."""
    if len(points) < 2:
        return None
    (n, seconds), (more, longer) = points[0], points[-1]
    return math.log(longer / seconds) / math.log(more / n)
