"""The rounds of a quarter side by side, as columns: a picture for those who see it, beside the table that says all."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.queries.reports import OfRound

WIDTH, HEIGHT = 320, 150
LEFT, TOP, FLOOR = 28, 10, 130
"""Where the columns begin, where the highest ends, and where all of them stand."""
WIDEST = 22.0
WHAT = ("people", "answered", "met")


@dataclass(frozen=True, slots=True)
class Column:
    """One of the figures of one round, in units of the picture."""

    what: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Place:
    """The columns of one round, the middle of them, and the number of the round beneath."""

    number: int
    middle: float
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """The picture: as high as the largest figure, which stands at its side."""

    most: int
    places: tuple[Place, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top: int = TOP
    floor: int = FLOOR


def trend(rounds: Sequence[OfRound]) -> Trend | None:
    """The picture of these rounds; None where there is nothing in it to see."""
    most = max((one.people for one in rounds), default=0)
    if most == 0:
        return None
    share = (WIDTH - LEFT) / len(rounds)
    return Trend(most, tuple(_place(one, number, share, most) for number, one in enumerate(rounds)))


def _place(one: OfRound, number: int, share: float, most: int) -> Place:
    wide = min(WIDEST, share * 0.8 / len(WHAT))
    middle = LEFT + share * (number + 0.5)
    columns = []
    for place, what in enumerate(WHAT):
        high = (FLOOR - TOP) * getattr(one, what) / most
        x = middle + wide * (place - len(WHAT) / 2)
        if high:
            columns.append(Column(what, round(x, 1), round(FLOOR - high, 1), round(wide * 0.86, 1), round(high, 1)))
    return Place(one.number, round(middle, 1), tuple(columns))
