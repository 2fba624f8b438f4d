"""What changes of a round are made with: the words for them, and a board on which they are made one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.errors import BadInput, Fault, NotByHand
from app.queries.pools import RoundPool
from app.security import new_id
from app.services import drawing
from app.services.board import Board, Seat, Table, address_key
from app.services.drawing import Draw, Progress
from matching import Policy
from matching.types import Groups


class Do(StrEnum):
    """The words."""

    SWAP = "swap"
    MOVE = "move"
    GROUP = "group"
    SPLIT = "split"
    EXCLUDE = "exclude"
    ADD = "add"
    LOCK = "lock"
    UNLOCK = "unlock"
    DRAW_AGAIN = "draw_again"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Change:
    """One of them. People by id or address; a group by its id, or by its number as it is shown.

    `rest_only`: of a draw, every group stays and only those without one are drawn.
    """

    do: Do
    people: tuple[str, ...] = ()
    group: str | int | None = None
    seed: int | None = None
    rest_only: bool = False


EXCLUDED, BY_HAND, LATE, PARTED = "excluded", "by_hand", "late", "parted"
OUT = (EXCLUDED, drawing.STOOD_BACK)
"""Who sits out by somebody's word, their own or an organiser's, and in no draw of this round."""
REASONS = {
    EXCLUDED: "an organiser left this person out of this round",
    BY_HAND: "an organiser changed the groups, and this person has none yet",
    LATE: "joined after the draw and has no group yet",
    PARTED: "the group came apart before the introduction went out",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A draw that the changes need: made outside of any transaction, and found again by what it was made from."""

    key: str
    rows: RoundPool
    policy: Policy
    seed: int
    locked: Groups

    def draw(self, progress: Progress | None = None) -> Draw:
        """Make it."""
        return drawing.draw(self.rows, self.policy, self.seed, progress, self.locked)


class NeedsDraw(Exception):
    """Not an error: let go of the database, draw, and come back with it."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted.key)
        self.wanted = wanted


@dataclass(slots=True)
class Moves:
    """Changes as they are made: the board, what was said of each, and which of them touched a group last."""

    board: Board
    drawn: Mapping[str, Draw]
    said: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[str, int] = field(default_factory=dict)
    may_part: set[str] = field(default_factory=set)

    @property
    def at(self) -> int:
        """Which change it is."""
        return len(self.said)

    def place(self, name: str) -> str:
        """Where in the call something is wrong."""
        return f"#/changes/{self.at}/{name}"

    def person(self, word: str, name: str) -> str:
        """Somebody of the round. Raises BadInput for a stranger, NotByHand for who is outside of it."""
        found = self.anybody(word, name)
        if found not in self.board.now.seats:
            who = self.board.outside[found].name
            raise NotByHand(Fault(self.place(name), f"{who} is not in this round.", f"Add {who} to it first."))
        return found

    def anybody(self, word: str, name: str) -> str:
        """Somebody of the programme. Raises BadInput."""
        board = self.board
        if word in board.people or word in board.outside:
            return word
        if "@" in word:
            key = address_key(word)
            everyone = (*board.people.values(), *board.outside.values())
            if found := next((person.id for person in everyone if person.email_key == key), None):
                return found
        raise BadInput(Fault(self.place(name), "That is nobody of this programme.", "Give an id or an address."))

    def group(self, word: str | int | None, name: str = "group") -> str:
        """A group that may be changed. Raises BadInput, NotByHand for one that is locked."""
        found = self.any_group(word, name)
        table = self.board.now.tables[found]
        if table.locked:
            raise NotByHand(Fault(self.place(name), f"Group {table.number} is locked.", "Unlock it first."))
        return found

    def any_group(self, word: str | int | None, name: str = "group") -> str:
        """A group of the round, locked or not. Raises BadInput."""
        tables, members = self.board.now.tables, self.board.now.members
        for group, table in tables.items():
            if word in (group, table.number) and members.get(group):
                return group
        raise BadInput(Fault(self.place(name), "There is no such group in this round.", "Give its number, or its id."))

    def leave_seat(self, person: str, name: str) -> Seat:
        """Where somebody sits who may get up. Raises NotByHand in a locked group."""
        seat = self.board.now.seats[person]
        if seat.group is not None:
            self.group(seat.group, name)
        return seat

    def put(self, person: str, seat: Seat | None) -> None:
        """Seat somebody, and remember which groups that touches."""
        was = self.board.now.seats.get(person)
        self.board.now.put(person, seat)
        for one in (was, seat):
            if one is not None and one.group is not None:
                self.touched[one.group] = self.at

    def out(self, person: str, code: str) -> None:
        """Leave somebody out."""
        self.put(person, Seat(code=code, reason=REASONS[code]))

    def new_table(self) -> str:
        """An empty group with a number that no group of this round has or had a moment ago."""
        tables = (*self.board.now.tables.values(), *self.board.was.tables.values())
        made = new_id("grp")
        self.board.now.tables[made] = Table(max((one.position for one in tables), default=-1) + 1, 0)
        return made

    def number(self, group: str) -> int:
        return self.board.now.tables[group].number
