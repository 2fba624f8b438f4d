"""What both pictures share: colours for light and dark, and a frame that says in words what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from benchmarks.race.contestants import BEANS, BEANS_OPEN, EVERYBODY, NETWORKX, RUSTWORKX

WIDTH = 360  # so that letters can be read when the picture is 320 wide
LIGHT = ("#0B5C63", "#8A5A00", "#A3262F", "#5B3FA8", "#2F6B1E", "#2F6B1E", "#5B534B", "#5B534B")
DARK = ("#6CCDD3", "#E5B65A", "#F2949A", "#BBA7F5", "#9AD387", "#9AD387", "#BDB4A9", "#BDB4A9")


def colours() -> str:
    """Classes k0, k1, ... one for each contestant, and the ink of everything else, in light and dark."""

    def rules(inks: Sequence[str], paper: str, ink: str, faint: str) -> str:
        marks = "".join(f" .k{place} {{ color: {colour}; }}" for place, colour in enumerate(inks))
        basics = f".paper {{ fill: {paper}; }} text {{ fill: {ink}; }} .grid {{ stroke: {faint}; }}"
        return f"{basics} .bound {{ stroke: {ink}; }}{marks}"

    return (
        "text { font: 12px system-ui, sans-serif; } .small { font-size: 11px; } "
        f"{rules(LIGHT, '#FFFFFF', '#231F1B', '#DDD6CC')} "
        f"@media (prefers-color-scheme: dark) {{ {rules(DARK, '#1B1917', '#F3EEE7', '#453F39')} }}"
    )


def frame(height: float, title: str, told: str, parts: Sequence[str]) -> str:
    """The whole picture. `told` says in a sentence or more what somebody sees who cannot look."""
    box = f'viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-labelledby="t d"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
            f'<title id="t">{escape(title)}</title><desc id="d">{escape(told)}</desc><style>{colours()}</style>',
            f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="6"/>',
            *parts,
            "</svg>\n",
        ]
    )


SHORT = {
    NETWORKX: "NetworkX",
    RUSTWORKX: "rustworkx",
    BEANS: "Beans' rule",
    BEANS_OPEN: "Beans', no depts",
}


def short(name: str) -> str:
    """A name that fits beside a bar."""
    return SHORT.get(name, name)


def mark(name: str) -> str:
    """The class of a contestant."""
    return f"k{EVERYBODY.index(name)}"


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    """Words at a place."""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'
