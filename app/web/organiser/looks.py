"""What the page of a round shows of it: figures beside the least that is possible, and its groups, worries first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query
from sqlmodel import Session

from app.models import Programme, Round
from app.queries import participants as people_queries
from app.queries import preview as queries
from app.queries import rounds as round_queries
from app.queries.preview import Outline
from app.queries.rounds import GroupRow
from app.services import figures
from app.services.figures import Caution
from emails import Phrase, from_json, phrase, together

ON_A_PAGE = 48

Show = Literal["look", "larger", "locked", "hand"]
SHOWS: Mapping[Show, str] = {
    "look": phrase("To look at"),
    "larger": phrase("Larger than usual"),
    "locked": phrase("Locked"),
    "hand": phrase("Changed by hand"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which groups of a round are looked at, and how. `done` is the number of a change that was just made."""

    show: Show | None = None
    q: Annotated[str, Query(max_length=100)] = ""
    view: Literal["cards", "table"] = "cards"
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    still: bool = False
    done: Annotated[str, Query(pattern=r"^[a-z0-9]{0,20}$")] = ""

    def query(self, **changes: object) -> str:
        """The query of this look with something else in it, or nothing."""
        view = self.view if self.view != "cards" else None
        page = self.page if self.page > 1 else None
        given: dict[str, object] = {"show": self.show, "q": self.q, "view": view, "page": page} | changes
        found = urlencode({name: value for name, value in given.items() if value})
        return f"?{found}" if found else ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: what it counts, how many, and what that means. `good` when no round can be better in it."""

    title: str
    number: int | Phrase
    words: str
    good: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """A group as it is shown."""

    row: GroupRow
    facts: Sequence[str]
    cautions: Sequence[Caution]
    larger: bool

    @property
    def number(self) -> int:
        """What people call it by."""
        return self.row.group.position + 1


@dataclass(frozen=True, slots=True)
class Shelf:
    """Some of the groups of a round: `counts` of each way to choose, `found` of those chosen, and this page of them."""

    counts: Mapping[Show, int]
    all: int
    found: int
    pages: int
    cards: Sequence[Card]
    teams: Mapping[str, str]


def shelf(session: Session, programme: Programme, round_: Round, asked: Asked) -> Shelf:
    """The groups that are asked for, those with something to look at first."""
    every = queries.outlines(session, round_)
    usual = int(round_.policy["size"])
    chosen = [one for one in every if asked.show is None or _belongs(one, asked.show, usual)]
    if asked.q.strip():
        named = queries.found_in(session, round_, asked.q.strip())
        chosen = [one for one in chosen if one.group.id in named or asked.q.strip() == str(one.group.position + 1)]
    chosen.sort(key=lambda one: not _belongs(one, "look", usual))
    start = (asked.page - 1) * ON_A_PAGE
    rows = round_queries.groups_of(session, round_, [one.group for one in chosen[start : start + ON_A_PAGE]])
    return Shelf(
        counts={show: sum(_belongs(one, show, usual) for one in every) for show in SHOWS},
        all=len(every),
        found=len(chosen),
        pages=-(-len(chosen) // ON_A_PAGE),
        cards=[card(row, usual) for row in rows],
        teams=people_queries.teams_of(session, programme),
    )


def card(row: GroupRow, usual: int) -> Card:
    """A group with its words."""
    return Card(row, from_json(row.group.facts), figures.now(row), len(row.members) > usual)


def _belongs(one: Outline, show: Show, usual: int) -> bool:
    match show:
        case "look":
            return one.people != one.group.size or bool(one.group.cautions)
        case "larger":
            return one.people > usual
        case "locked":
            return one.group.locked
        case "hand":
            return one.group.by_hand


def tiles(session: Session, round_: Round, shelf: Shelf, without: int) -> list[Tile]:
    """The figures of a drawn round, each beside what is possible."""
    said, known = round_.certificate or {}, round_.figures or {}
    return [
        _beside_least(
            phrase("Without a group"), phrase("Everybody has a group."), without, said.get("left_out_bound", 0)
        ),
        _beside_least(
            phrase("Pairs who meet again"),
            phrase("Nobody meets anybody again."),
            said.get("repeats", 0),
            said.get("repeats_bound", 0),
        ),
        _same_team(session, round_, said),
        *_asks(known),
        Tile(phrase("Larger groups"), shelf.counts["larger"], phrase("Where the number does not come out even.")),
        *_rounds_left(known),
    ]


def _beside_least(title: str, none: str, number: int, least: int) -> Tile:
    if not number:
        return Tile(title, 0, none)
    if number <= least:
        return Tile(title, number, phrase("No round under these rules can have fewer."))
    if not least:
        return Tile(title, number, phrase("The rules would allow none."), good=False)
    return Tile(title, number, phrase("The least that is proven to be needed: %(least)s.", least=least), good=False)


def _same_team(session: Session, round_: Round, said: Mapping[str, Any]) -> Tile:
    """The least, beside what mere chance would give for people of these teams."""
    number, least = said.get("same_team", 0), said.get("same_team_bound", 0)
    found = _beside_least(phrase("Pairs of one team"), phrase("Every pair crosses a team boundary."), number, least)
    seated, pairs = queries.seated(session, round_)
    chance = round(by_chance(queries.by_team(session, round_).values(), seated, pairs))
    if not chance:
        return found
    return replace(found, words=together(found.words, phrase("Mere chance would give about %(count)s.", count=chance)))


def by_chance(teams: Iterable[int], people: int, pairs: int) -> float:
    """How many of so many pairs are of one team, on average, when `people` of teams so large are seated blindly."""
    if people < 2:
        return 0.0
    return pairs * sum(size * (size - 1) for size in teams) / (people * (people - 1))


def _asks(known: Mapping[str, Any]) -> list[Tile]:
    if not known.get("asks"):
        return []
    number = phrase("%(met)s of %(asks)s", met=known["asks_met"], asks=known["asks"])
    return [Tile(phrase("Asks met"), number, phrase("They would like help, and somebody of their group offers it."))]


def _rounds_left(known: Mapping[str, Any]) -> list[Tile]:
    low, high = known.get("at_least"), known.get("at_most")
    if low is None or high is None:
        return []
    number = low if low == high else phrase("%(low)s to %(high)s", low=low, high=high)
    words = phrase("Before anybody must meet again, if exactly these people go on.")
    return [Tile(phrase("Rounds left"), number, words, good=high > 0)]
