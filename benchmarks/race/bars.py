"""Left out, repeats and same-team pairs of each contestant as bars, in the case where rules are hardest to keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.race.figures import Played, played
from benchmarks.race.svg import WIDTH, frame, mark, short, text
from benchmarks.race.words import percent

ROW, LABEL, VALUE = 19, 118, 48
MEASURES = {"left_out": "Left out", "repeats": "Meet somebody again", "same_team": "Pairs inside a team"}


def bars(results: Sequence[dict[str, Any]]) -> str:
    """The whole picture: three groups of bars on one scale."""
    case, those = hardest(results)
    if not those:
        return frame(60, "No figures yet", "No figures yet.", [text(16, 34, "No figures yet")])
    most = max(getattr(one, name) for one in those for name in MEASURES) or 1.0
    parts, y = [text(12, 20, case)], 30.0
    for name, words in MEASURES.items():
        least = max(one.least_same_team for one in those) if name == "same_team" else 0.0
        heading = f"{words} (line: the least possible, {percent(least)})" if least else words
        parts.append(text(12, y + 18, heading))
        for place, one in enumerate(those):
            parts += _bar(one, getattr(one, name), (least, most), y + 26 + ROW * place)
        if least:
            parts.append(_bound(least / most, y + 24, ROW * len(those)))
        y += 34 + ROW * len(those)
    return frame(y + 6, f"Left out, repeats, same team: {case}", told(those), parts)


def hardest(results: Sequence[dict[str, Any]]) -> tuple[str, list[Played]]:
    """The case with the biggest team; the first one when no team is too big."""
    cases = played(results)
    if not cases:
        return "", []
    return max(cases.items(), key=lambda item: max(one.least_same_team for one in item[1]))


def told(those: Sequence[Played]) -> str:
    """The picture in words."""
    measures = (("left_out", "left out"), ("repeats", "repeats"), ("same_team", "same team"))
    return " ".join(
        f"{one.contestant}: {', '.join(f'{percent(getattr(one, name))} {words}' for name, words in measures)}."
        for one in those
    )


def _bound(share: float, y: float, height: float) -> str:
    x = LABEL + (WIDTH - LABEL - VALUE) * share
    return f'<path class="bound" d="M{x:.1f} {y:.1f}v{height:.1f}" stroke-width="1.5" stroke-dasharray="3 3"/>'


def _bar(one: Played, share: float, scale: tuple[float, float], y: float) -> list[str]:
    """A bar with its figure behind it, or behind the line of the bound where the two would touch."""
    least, most = scale
    length, bound = ((WIDTH - LABEL - VALUE) * value / most for value in (share, least))
    size = f'width="{max(length, 1):.1f}" height="{ROW - 6}"'
    after = bound if length < bound < length + VALUE else length
    return [
        text(LABEL - 6, y + 12, short(one.contestant), "end", "small"),
        f'<rect class="{mark(one.contestant)}" x="{LABEL}" y="{y + 2:.1f}" {size} rx="2" fill="currentColor"/>',
        text(LABEL + after + 5, y + 12, percent(share), "start", "small"),
    ]
