"""Time zones to choose from without scripts: where people live, by continent, the programme's own continent first.

The places are those of `zone.tab` of the tz database, one at least for each country. What somebody has chosen before is
always among them.
"""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from emails import Phrase, Zone, phrase, together

PARTS = {
    "Africa": phrase("Africa"),
    "America": phrase("America"),
    "Antarctica": phrase("Antarctica"),
    "Arctic": phrase("Arctic"),
    "Asia": phrase("Asia"),
    "Atlantic": phrase("Atlantic Ocean"),
    "Australia": phrase("Australia"),
    "Europe": phrase("Europe"),
    "Indian": phrase("Indian Ocean"),
    "Pacific": phrase("Pacific Ocean"),
}
Group = tuple[str, tuple[tuple[str, str], ...]]
"""A part of the world, and its zones: the IANA name, and the words for it."""


def offered(programme_zone: str, chosen: str = "") -> list[Group]:
    """Groups for a select. `chosen` gets a group of its own where it is none of the usual ones."""
    groups = sorted(_usual().items(), key=lambda group: (not programme_zone.startswith(f"{group[0]}/"), group[0]))
    own = [(phrase("Yours so far"), ((chosen, in_words(chosen)),))] if chosen and not is_usual(chosen) else []
    return own + [(PARTS.get(part, part), zones) for part, zones in groups]


def is_usual(name: str) -> bool:
    """Whether it is one of those that everybody is offered."""
    return any(name == known for zones in _usual().values() for known, _ in zones)


def is_known(name: str) -> bool:
    """Whether there is a zone by that name, usual or not."""
    try:
        return ZoneInfo(name).key == name
    except (KeyError, ValueError, OSError):
        return False


def in_words(name: str) -> Phrase:
    """`Europe/London` as London, in the reader's language."""
    return together(Zone(name))


@cache
def _usual() -> dict[str, tuple[tuple[str, str], ...]]:
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("ascii").splitlines()
    names = sorted({line.split("\t")[2] for line in lines if line and not line.startswith("#")}, key=in_words)
    parts = sorted({name.partition("/")[0] for name in names})
    return {part: tuple((name, in_words(name)) for name in names if name.startswith(f"{part}/")) for part in parts}
