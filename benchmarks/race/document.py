"""docs/benchmark.md from stored results. Every sentence with a figure is computed from them, praise and blame alike."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.race import notes
from benchmarks.race.ahead import ahead
from benchmarks.race.contestants import EVERYBODY, NETWORKX, RUSTWORKX
from benchmarks.race.figures import Played, Single, exponent, of, played, singles, speed_up
from benchmarks.race.words import floor_percent, percent, seconds, significant, table

Results = Sequence[dict[str, Any]]


def document(outcome: dict[str, Any]) -> str:
    """The whole page."""
    results = outcome["results"]
    note = [f"**{outcome['note']}**", ""] if "note" in outcome else []
    head = [*note, *headline(results), "", *_pictures(results), "", notes.HOW, "", *_machine(outcome)]
    lines = ["# The race", "", *head, ""]
    return "\n".join([*lines, *tables(outcome), "", *_ahead(results), notes.NOT_MEASURED]) + "\n"


def tables(outcome: dict[str, Any]) -> list[str]:
    """The four parts, without those that were not run."""
    results = outcome["results"]
    parts = (_single(results), _rounds(results), _horizon(results), _scale(results))
    lines: list[str] = []
    for part in parts:
        lines += [*part, ""] if part else []
    return lines[:-1]


def headline(results: Results) -> list[str]:
    """What the README may quote."""
    said = []
    for name in (NETWORKX, RUSTWORKX):
        if found := speed_up(results, name):
            times = f"{significant(found[1])} times" if found[1] >= 1 else f"{significant(found[1])} of"
            said.append(f"{times} the speed of {name} at {found[0]:,} people")
    text = [f"A round of Coffee Trial is drawn at {' and '.join(said)}, certificate included."] if said else []
    if largest := max(_scaled(results), key=lambda one: one["people"], default=None):
        took = seconds(median(largest["seconds"]))
        tiers = f"the tiers after {seconds(largest['tiers_seconds'])}, " if largest.get("tiers_seconds") else ""
        text.append(
            f"{largest['people']:,} people take {tiers}everything after {took}, at {largest['peak_mb']:,.0f} MB."
        )
    return text or ["No figures yet."]


def _pictures(results: Results) -> list[str]:
    """Both pictures with what they show in words."""
    worst = max(played(results).items(), key=lambda item: item[1][0].least_same_team, default=None)
    bars = (
        f"Left out, repeats and same-team pairs of each contestant over {worst[0]}; the tables say the same"
        if worst
        else ""
    )
    return [
        '<img src="benchmark-time.svg" width="480" alt="Seconds of one round against the number of people, both on '
        'logarithmic axes, for each contestant; the table of section 1 has the figures">',
        "",
        f'<img src="benchmark-rounds.svg" width="480" alt="{bars}">',
    ]


def _machine(outcome: dict[str, Any]) -> list[str]:
    told = ", ".join(f"{name} {value}" for name, value in outcome["machine"].items())
    seeds = ", ".join(map(str, outcome["seeds"]))
    lines = [f"Run on {outcome['made']} with `{outcome['command']}`; seeds {seeds}; {told}."]
    starts = [one["start"] for one in outcome["results"] if "start" in one]
    return [*lines, f"Of colette's seconds, {seconds(median(starts))} are its start."] if starts else lines


# One round


def _single(results: Results) -> list[str]:
    found = singles(results)
    sizes = sorted({people for _, people in found})
    if not sizes:
        return []
    names = [name for name in EVERYBODY if any((name, people) in found for people in sizes)]
    head = ["", *(f"{people:,}" for people in sizes)]

    def rows(cell: Any) -> list[list[str]]:
        return [[name, *(cell(found[name, n]) if (name, n) in found else "–" for n in sizes)] for name in names]

    return [
        *("## 1. One round, the same for everybody", "", notes.SINGLE, ""),
        *("Seconds by number of people:", "", *table(head, rows(_time)), ""),
        *(
            "Share of the exact interest score (worst seed), and the first tier that is worse than in the exact round:",
            "",
        ),
        *table(head, rows(_quality)),
        *("", "Stating the problem (pool and columns, or graph and weights), not in the seconds above:", ""),
        *table(head, rows(lambda one: seconds(one.build) if one.seconds is not None else "–")),
        *(
            "",
            "First round of a fresh process, with what is loaded or compiled then, and peak memory of the process:",
            "",
        ),
        *table(
            head, rows(lambda one: f"{seconds(one.first)}, {one.peak_mb:.0f} MB" if one.seconds is not None else "–")
        ),
    ]


def _time(one: Single) -> str:
    if one.skipped:
        return "not tried"
    if one.stopped:
        return f"> {one.stopped:.0f} s, stopped"
    return seconds(one.seconds)


def _quality(one: Single) -> str:
    if one.seconds is None or one.worse == "?":
        return "–"
    share = "–" if one.share is None else floor_percent(one.share)
    return f"{share}, tiers equal" if not one.worse else f"{share}, {one.worse}"


# Many rounds


def _rounds(results: Results) -> list[str]:
    cases = played(results)
    if not cases:
        return []
    lines = ["## 2. Many rounds, people come and go", "", notes.ROUNDS]
    head = (
        "",
        "left out",
        "repeats ever",
        "repeats in ten rounds",
        "same team",
        "worst sit-outs",
        "median",
        "slowest",
        "memory",
    )
    for case, those in cases.items():
        least = max(one.least_same_team for one in those)
        about = (
            f"{those[0].planned} rounds. With everybody seated, {percent(least)} of all pairs must stay inside a team."
        )
        lines += ["", f"### {case}", "", about, "", *table(head, [*map(_played_row, those), *_never(results, case)])]
    return lines


def _never(results: Results, case: str) -> list[list[str]]:
    """Rows of those who did not end one round."""
    ended = [one for one in of(results, "rounds") if one["case"] == case and "stopped" in one and not one.get("seats")]
    stopped = {one["contestant"]: one["stopped"] for one in ended}
    return [[f"{name} (stopped after {limit:.0f} s)", *["–"] * 8] for name, limit in stopped.items()]


def _played_row(one: Played) -> list[str]:
    notes = []
    if one.rounds < one.planned:
        notes.append(f"stopped after {one.rounds} rounds")
    if one.unproven:
        notes.append(f"{one.unproven} rounds not proven")
    shares = (one.left_out, one.repeats, one.lately, one.same_team)
    name = f"{one.contestant} ({'; '.join(notes)})" if notes else one.contestant
    times = (seconds(one.seconds), seconds(one.slowest))
    return [name, *map(percent, shares), str(one.worst_sat_out), *times, f"{one.peak_mb:.0f} MB"]


def _horizon(results: Results) -> list[str]:
    found = of(results, "horizon")
    if not found:
        return []
    kinds = sorted({(one["teams"], one["people"]) for one in found})
    names = [name for name in EVERYBODY if any(one["contestant"] == name for one in found)]
    head = ["", *(f"{people}, {'no' if teams == 1 else teams} teams" for teams, people in kinds)]
    rows = [[name, *(_horizon_cell(found, name, *kind) for kind in kinds)] for name in names]
    return ["## 3. Rounds until the first repeat", "", notes.HORIZON, "", *table(head, rows)]


def _horizon_cell(found: Results, name: str, teams: int, people: int) -> str:
    those = [one for one in found if (one["contestant"], one["teams"], one["people"]) == (name, teams, people)]
    done = [one for one in those if "good" in one]
    if not done:
        return "–"
    worst = min(done, key=lambda one: one["good"])
    return f"{worst['good']} of {worst['possible']}{', stopped' if worst['ran_out'] else ''}"


# Ourselves at scale


def _scale(results: Results) -> list[str]:
    found = sorted(_scaled(results), key=lambda one: one["people"])
    if not found:
        return []
    head = (
        "people",
        "loading",
        "tiers",
        "everything",
        "first round",
        "peak memory",
        "left out",
        "repeats",
        "same team",
        "score",
    )
    lines = [
        *(
            "## 4. Very many people",
            "",
            notes.SCALE,
        ),
        *("", *table(head, map(_scale_row, found))),
    ]
    powers = _powers(found)
    return [*lines, "", powers] if powers else lines


def _scaled(results: Results) -> list[dict[str, Any]]:
    return [one for one in of(results, "scale") if "seconds" in one]


def _scale_row(one: dict[str, Any]) -> list[str]:
    said = one["certificate"]
    tiers = [f"{said[name]} / {said[f'{name}_bound']}" for name in ("left_out", "repeats", "same_team")]
    share = said["score"] / said["score_bound"] if said["score_bound"] else 1.0
    times = (one["load_seconds"], one["tiers_seconds"], median(one["seconds"]), one["first"])
    return [
        f"{one['people']:,}",
        *map(seconds, times),
        f"{one['peak_mb']:,.0f} MB",
        *tiers,
        f"{floor_percent(share)} of its bound",
    ]


def _powers(found: Results) -> str:
    """How seconds grow with the number of people."""
    whole = exponent([(one["people"], median(one["seconds"])) for one in found])
    tiers = exponent([(one["people"], one["tiers_seconds"]) for one in found if one["tiers_seconds"]])
    if whole is None:
        return ""
    sizes = f"From {found[0]['people']:,} to {found[-1]['people']:,} people"
    text = f"{sizes} everything grows with n to the power of {whole:.2f}"
    return f"{text}, the tiers {tiers:.2f}." if tiers is not None else f"{text}."


def _ahead(results: Results) -> list[str]:
    """Where somebody else is better, without being asked."""
    found = ahead(results)
    lines = found or ["Nobody, in these figures."]
    return ["## Where others are ahead", "", *(f"- {line}" for line in lines), ""]
