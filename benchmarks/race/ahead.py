"""Where another contestant beats us, found in the results and not picked by hand; each with what it costs there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.race.contestants import OURS
from benchmarks.race.figures import Played, of, played, singles
from benchmarks.race.words import percent, seconds

SHARES = {"left_out": "left out", "repeats": "repeats", "lately": "repeats in ten rounds", "same_team": "same team"}
FASTER = 0.9  # of our seconds; nearer than that is noise
TOLD_APART = 0.0005  # of 1


def ahead(results: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence each."""
    return [*_faster(results), *_better(results), *_longer(results)]


def _faster(results: Sequence[dict[str, Any]]) -> list[str]:
    """Equal tiers and score in less time."""
    found = singles(results)
    lines = []
    for (name, people), one in found.items():
        ours = found.get((OURS, people))
        if name == OURS or ours is None or not one.seconds or not ours.seconds or one.worse or one.share is None:
            continue
        if one.share >= (ours.share or 0) and one.seconds < FASTER * ours.seconds:
            with_graph = seconds(one.seconds + one.build)
            against = f"{seconds(one.seconds)} against our {seconds(ours.seconds)}"
            lines.append(
                f"One round of {people:,} people: {name} is as good in {against} ({with_graph} with its graph)."
            )
    return lines


def _better(results: Sequence[dict[str, Any]]) -> list[str]:
    """A lower share of something over many rounds."""
    return [
        f"{case}: {one.contestant} has {text}"
        for case, those in played(results).items()
        for ours in those
        if ours.contestant == OURS
        for one in those
        if (text := _lower(one, ours))
    ]


def _lower(one: Played, ours: Played) -> str:
    better, worse = [], []
    for name, words in SHARES.items():
        theirs, mine = getattr(one, name), getattr(ours, name)
        text = f"{words} {percent(theirs)} against our {percent(mine)}"
        if percent(theirs) == percent(mine):
            continue
        if theirs < mine - TOLD_APART:
            better.append(text)
        elif theirs > mine + TOLD_APART:
            worse.append(text)
    if one.worst_sat_out < ours.worst_sat_out:
        better.append(f"worst sit-outs {one.worst_sat_out} against our {ours.worst_sat_out}")
    if not better:
        return ""
    return f"{', '.join(better)}; but {', '.join(worse)}." if worse else f"{', '.join(better)}."


def _longer(results: Sequence[dict[str, Any]]) -> list[str]:
    """More rounds without a repeat."""
    goods: dict[tuple[int, int], dict[str, int]] = {}
    for one in of(results, "horizon"):
        if "good" in one:
            names = goods.setdefault((one["people"], one["teams"]), {})
            names[one["contestant"]] = min(one["good"], names.get(one["contestant"], one["good"]))
    return [
        f"{people} people, {'no' if teams == 1 else teams} teams: {name} lasts {good} rounds, we {names[OURS]}."
        for (people, teams), names in sorted(goods.items())
        for name, good in names.items()
        if OURS in names and good > names[OURS]
    ]
