"""What goes in and out where a round is changed by hand."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.api.answers import Answer, CautionAnswer, GroupAnswer, LeftOut
from app.api.schemas import Body
from app.api.values import Cell, Seed, Whole, Yes
from app.models import RoundState
from app.services.moves import Change, Do

Person = Annotated[Cell, Field(min_length=1, description="Somebody's id, or their address.")]
Where = Annotated[
    Annotated[Whole, Field(ge=1, le=1_000_000)] | Cell,
    Field(description="A group's id, or its number: one more than its position."),
]


class Swap(Body):
    """Two people take each other's place; one of them may have no group."""

    do: Literal["swap"]
    a: Person
    b: Person

    def change(self) -> Change:
        return Change(Do.SWAP, (self.a, self.b))


class Move(Body):
    """Somebody goes into another group, or into one at all."""

    do: Literal["move"]
    person: Person
    to: Where

    def change(self) -> Change:
        return Change(Do.MOVE, (self.person,), self.to)


class MakeGroup(Body):
    """These people become a new group."""

    do: Literal["group"]
    people: Annotated[list[Person], Field(min_length=2, max_length=7)]

    def change(self) -> Change:
        return Change(Do.GROUP, tuple(self.people))


class Split(Body):
    """A group is taken apart; its people have none, until they are put into others or drawn again."""

    do: Literal["split"]
    group: Where

    def change(self) -> Change:
        return Change(Do.SPLIT, group=self.group)


class Exclude(Body):
    """Somebody is left out of this round, and first in line in the next."""

    do: Literal["exclude"]
    person: Person

    def change(self) -> Change:
        return Change(Do.EXCLUDE, (self.person,))


class Add(Body):
    """Somebody who takes part today and was not drawn; without `to` they wait for a group, or for a draw."""

    do: Literal["add"]
    person: Person
    to: Where | None = None

    def change(self) -> Change:
        return Change(Do.ADD, (self.person,), self.to)


class Lock(Body):
    """A group stays as it is."""

    do: Literal["lock", "unlock"]
    group: Where

    def change(self) -> Change:
        return Change(Do(self.do), group=self.group)


class DrawAgain(Body):
    """Everybody is drawn again who is in no locked group and was not excluded; a seed says by which lot."""

    do: Literal["draw_again"]
    seed: Seed | None = None
    rest_only: Yes = Field(False, description="All groups stay; only those without one are drawn.")

    def change(self) -> Change:
        return Change(Do.DRAW_AGAIN, seed=self.seed, rest_only=self.rest_only)


class Undo(Body):
    """The last change that was not undone yet is taken back. Stands alone."""

    do: Literal["undo"]

    def change(self) -> Change:
        return Change(Do.UNDO)


OneChange = Annotated[
    Swap | Move | MakeGroup | Split | Exclude | Add | Lock | DrawAgain | Undo, Field(discriminator="do")
]


class GroupsChange(Body):
    """Changes of a round that is drawn and not approved, in their order; all are made, or none."""

    changes: Annotated[list[OneChange], Field(min_length=1, max_length=200)]
    dry_run: Yes = Field(False, description="Say what they would come to, and write nothing.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"changes": [{"do": "swap", "a": "ana@example.org", "b": "bo@example.org"}], "dry_run": True}]
        }
    )


class Against(Answer):
    """One figure of the round: before these changes, now, and the least (of the score: the most) that can be proven."""

    before: float | None
    now: float
    bound: float


class Adjusted(Answer):
    """What changes came to. `groups` are those that were changed; the others are as they were. `fingerprint` is that of
    the round as it is written now.
    """

    round: str
    state: RoundState
    fingerprint: str
    dry_run: bool
    number: Annotated[int | None, Field(description="Of this change, for the list; empty where nothing was written.")]
    words: list[str]
    seed: int
    redraws: int
    groups: list[GroupAnswer]
    gone: Annotated[list[str], Field(description="Ids of groups that are no more.")]
    left_out: list[LeftOut]
    warnings: list[CautionAnswer]
    certificate: dict[str, Any]
    cost: dict[str, Against]


class ChangeAnswer(Answer):
    """One change, in words with the names of today."""

    number: int
    at: datetime
    actor: str
    words: list[str]
    undone_at: datetime | None


class ChangeList(Answer):
    round: str
    redraws: int
    changes: list[ChangeAnswer]
    next_cursor: str | None
