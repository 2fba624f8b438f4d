"""What one participant said about one group. Secret: nobody but the writer sees a row, reports show sums over many."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from app.models.base import within, words


class Met(StrEnum):
    """The answer to "did you meet?"."""

    YES = "yes"
    BOOKED = "booked"
    NO = "no"


class Helped(StrEnum):
    """The answer to "did you get or give help?"."""

    GOT = "got"
    GAVE = "gave"
    BOTH = "both"
    NEITHER = "neither"


class Feedback(SQLModel, table=True):
    """One row per person and group: the last answer wins.

    `known`: they had met before. `learnt` and `will_try` are the writer's own log; `share` says that both may be shown
    to others, without a name.
    """

    __table_args__ = (
        within("meeting_group", "group_id", ondelete="CASCADE"),
        within("participant", "participant_id", ondelete="CASCADE"),
        CheckConstraint("worth between 1 and 5", name="worth"),
    )

    group_id: str = Field(primary_key=True, max_length=40)
    participant_id: str = Field(primary_key=True, max_length=40)
    programme_id: str = Field(max_length=40)
    met: Met = Field(sa_type=words(Met))
    worth: int | None = None
    known: bool | None = None
    helped: Helped | None = Field(default=None, sa_type=words(Helped))
    learnt: str = Field(default="", max_length=2000)
    will_try: str = Field(default="", max_length=2000)
    share: bool = False
    created_at: datetime
    updated_at: datetime


class Came(StrEnum):
    """The answer to "did anything come of it?"."""

    SPOKE = "spoke"
    USED = "used"
    CHANGED = "changed"
    STARTED = "started"
    NOT_YET = "not_yet"


class Outcome(SQLModel, table=True):
    """What came of a conversation some weeks later: one row per person and group, the last answer wins. `line` is the
    writer's own.
    """

    __table_args__ = (
        within("meeting_group", "group_id", ondelete="CASCADE"),
        within("participant", "participant_id", ondelete="CASCADE"),
    )

    group_id: str = Field(primary_key=True, max_length=40)
    participant_id: str = Field(primary_key=True, max_length=40)
    programme_id: str = Field(max_length=40)
    came: Came = Field(sa_type=words(Came))
    line: str = Field(default="", max_length=500)
    created_at: datetime
    updated_at: datetime
