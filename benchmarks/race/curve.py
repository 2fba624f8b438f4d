"""Seconds of a round against the number of people on logarithmic axes: a line with marks of its own for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.race.contestants import BEANS, COLETTE, NETWORKX, OURS, RUSTWORKX
from benchmarks.race.figures import of, singles
from benchmarks.race.svg import WIDTH, frame, mark, short, text
from benchmarks.race.words import seconds

LEFT, RIGHT, TOP, HEIGHT = 58, 14, 30, 270
TIERS = "Coffee Trial, tiers alone"
SHOWN = (OURS, RUSTWORKX, NETWORKX, COLETTE, BEANS)
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "ring")

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """Points (people, seconds) of one contestant; `stopped` is where it was ended, if it was."""

    name: str
    kind: str
    points: list[Point]
    stopped: Point | None = None


def curve(results: Sequence[dict[str, Any]]) -> str:
    """The whole picture."""
    drawn = [line for line in lines(results) if line.points]
    points = [point for line in drawn for point in [*line.points, *([line.stopped] if line.stopped else [])]]
    if not points:
        return frame(60, "No figures yet", "No figures yet.", [text(16, 34, "No figures yet")])
    axes = Axes(points)
    parts = [text(LEFT - 46, 18, "seconds for one round"), *axes.grid()]
    for place, line in enumerate(drawn):
        parts += _line(axes, line, SHAPES[place])
        parts += _legend(line, SHAPES[place], TOP + HEIGHT + 54 + 19 * place)
    height = TOP + HEIGHT + 54 + 19 * len(drawn)
    return frame(height, "Seconds for one round by number of people", told(drawn), parts)


def lines(results: Sequence[dict[str, Any]]) -> list[Line]:
    """What is drawn: the single rounds of everybody, and our own large ones."""
    found = singles(results)
    drawn = []
    for name in SHOWN:
        mine = sorted((one for (who, _), one in found.items() if who == name), key=lambda one: one.people)
        points: list[Point] = [(one.people, one.seconds) for one in mine if one.seconds]
        ended = next(((one.people, one.stopped) for one in mine if one.stopped and not one.skipped), None)
        drawn.append(Line(name, mark(name), points, ended))
    large = sorted((one for one in of(results, "scale") if one.get("seconds")), key=lambda one: one["people"])
    drawn[0].points.extend((one["people"], median(one["seconds"])) for one in large)
    tiers = [(one["people"], one["tiers_seconds"]) for one in large if one.get("tiers_seconds")]
    return [drawn[0], Line(TIERS, mark(OURS), tiers), *drawn[1:]]


def told(drawn: Sequence[Line]) -> str:
    """The picture in words."""
    said = []
    for line in drawn:
        (n, first), (more, last) = line.points[0], line.points[-1]
        end = f", stopped at {line.stopped[0]:,} after {line.stopped[1]:.0f} s" if line.stopped else ""
        said.append(f"{line.name}: {seconds(first)} for {n:,.0f} people, {seconds(last)} for {more:,.0f}{end}.")
    return " ".join(said)


class Axes:
    """From people and seconds to places in the picture."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.people = _decades(point[0] for point in points)
        self.seconds = _decades(point[1] for point in points)

    def at(self, point: Point) -> Point:
        x = _share(point[0], self.people) * (WIDTH - LEFT - RIGHT) + LEFT
        return x, TOP + HEIGHT - _share(point[1], self.seconds) * HEIGHT

    def grid(self) -> list[str]:
        """A line and a word for each power of ten."""
        parts = []
        for power in range(self.people[0], self.people[1] + 1):
            x = self.at((10.0**power, 10.0 ** self.seconds[0]))[0]
            parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{TOP + HEIGHT}"/>')
            parts.append(text(x, TOP + HEIGHT + 16, _people(power), "middle", "small"))
        for power in range(self.seconds[0], self.seconds[1] + 1):
            y = self.at((10.0 ** self.people[0], 10.0**power))[1]
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(text(LEFT - 6, y + 4, _power(power), "end", "small"))
        return [*parts, text((WIDTH + LEFT) / 2, TOP + HEIGHT + 33, "people", "middle")]


def _decades(values: Any) -> tuple[int, int]:
    known = list(values)
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    return low, max(high, low + 1)


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _people(power: int) -> str:
    """10, 100, 1 k, ... 1 M: in full the last two would touch."""
    thousands = power // 3
    return f"{10 ** (power - 3 * thousands)}{('', ' k', ' M')[thousands]}"


def _power(power: int) -> str:
    return f"{10**power:,} s" if power >= 0 else f"{10 ** (power + 3):g} ms"


def _line(axes: Axes, line: Line, shape: str) -> list[str]:
    points = [axes.at(point) for point in line.points]
    dashes = ' stroke-dasharray="4 4"' if line.name == TIERS else ""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    parts = [f'<path d="M{path}" fill="none" stroke="currentColor" stroke-width="2"{dashes}/>']
    parts += [_shape(shape, *point) for point in points]
    if line.stopped:
        parts += _ended(points[-1], axes.at(line.stopped))
    return [f'<g class="{line.kind}">', *parts, "</g>"]


def _ended(last: Point, end: Point) -> list[str]:
    """Dots to where it was stopped, and an arrow up: how much further nobody knows."""
    (x, y), (end_x, end_y) = last, end
    arrow = f"M{end_x - 4:.1f} {end_y + 4:.1f}l4 -6 4 6"
    return [
        f'<path d="M{x:.1f} {y:.1f}L{end_x:.1f} {end_y:.1f}" stroke="currentColor" stroke-dasharray="2 4"/>',
        f'<path d="{arrow}" fill="none" stroke="currentColor" stroke-width="2"/>',
    ]


def _legend(line: Line, shape: str, y: float) -> list[str]:
    last = line.points[-1]
    words = f"{short(line.name)}: {seconds(last[1])} at {last[0]:,.0f}"
    if line.stopped:
        words += f"; stopped at {line.stopped[0]:,}"
    dash = f'<path d="M12 {y - 4}h20" stroke="currentColor" stroke-width="2"/>'
    key = f'<g class="{line.kind}">{dash}{_shape(shape, 22, y - 4)}</g>'
    return [key, text(40, y, words)]


def _shape(shape: str, x: float, y: float) -> str:
    """Marks that differ in form, for those who do not see the colours apart."""
    forms = {
        "circle": '<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor"/>',
        "ring": '<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="none" stroke="currentColor" stroke-width="2"/>',
    }
    paths = {
        "square": "m-3.5 -3.5h7v7h-7z",
        "triangle": "m0 -4.5l4.5 8h-9z",
        "diamond": "m0 -5l5 5 -5 5 -5 -5z",
        "cross": "m-3.5 -3.5l7 7m0 -7l-7 7",
    }
    if shape in forms:
        return forms[shape].format(x=x, y=y)
    stroke = ' stroke="currentColor" stroke-width="2"' if shape == "cross" else ""
    return f'<path d="M{x:.1f} {y:.1f}{paths[shape]}" fill="currentColor"{stroke}/>'
