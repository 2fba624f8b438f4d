"""Figures as they are written: two digits that count, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def seconds(value: float | None) -> str:
    """0.00042 is 0.42 ms, 0.084 is 84 ms, 18.3 is 18 s."""
    if value is None:
        return "–"
    if value < 1e-5:
        return "< 0.01 ms"
    return f"{significant(value)} s" if value >= 0.9995 else f"{significant(1000 * value)} ms"


def significant(value: float) -> str:
    """Two digits, three from 100 on; never in powers of ten."""
    if value >= 99.5:
        return f"{value:,.0f}"
    return f"{value:.1f}" if 1 <= value < 9.95 else f"{value:.0f}" if value >= 1 else f"{value:.2g}"


def percent(share: float, digits: int = 1) -> str:
    """0.2063 is 20.6 %; none at all is 0, so that it is told from nearly none."""
    return "0 %" if share == 0 else f"{100 * share:.{digits}f} %"


def floor_percent(share: float) -> str:
    """A share of the exact score, never rounded up to 100."""
    return "100 %" if share >= 1 else f"{int(share * 10_000) / 100:.2f} %"


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table in Markdown; the first column is words, the others are figures."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return [_row(head), _row(marks), *map(_row, rows)]


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
