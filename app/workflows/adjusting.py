"""Changes of a round by hand, draws included: looked at first, drawn with no transaction open, and written in one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session

from app.db import Database
from app.errors import ChangedSince, PoolChanged
from app.models import Programme, Round
from app.queries import changes as queries
from app.services import adjusted
from app.services.adjusted import By, Outcome
from app.services.drawing import Draw, Progress
from app.services.moves import Change, Do, NeedsDraw

TRIES = 5
Answer = TypeVar("Answer")
Find = Callable[[Session, bool], tuple[Programme, Round]]
Show = Callable[[Session, Outcome], Answer]
Seen = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, of what they have seen: fingerprints, one of which must be that of now, or None."""

    changes: Sequence[Change]
    dry_run: bool = False
    seen: Seen = None


def require_seen(session: Session, round_: Round, seen: Seen) -> None:
    """Raises ChangedSince unless somebody has seen the groups as they are now, or does not say what they have seen."""
    if seen is not None and "*" not in seen and queries.fingerprint(session, round_) not in seen:
        raise ChangedSince


def adjust(
    database: Database, find: Find, wish: Wish, by: By, show: Show[Answer], progress: Progress | None = None
) -> Answer:
    """Make the changes, or only say what they would come to, and show the outcome while it can still be read.

    1. Where something is to be drawn, look at the round without changing it, and find out from what.
    2. Draw with no transaction open.
    3. Write everything in one transaction; somebody changed the people meanwhile: begin again at 2.
    `find` looks the round up, locked where it is told to; `progress` is told how far a draw is. Raises what
    `adjusted.adjust` does, ChangedSince, and PoolChanged when the people never stay the same for long enough.
    """
    changes = adjusted.with_seeds(wish.changes)
    drawn: dict[str, Draw] = {}
    only_look = wish.dry_run or any(change.do == Do.DRAW_AGAIN for change in changes)
    for _ in range(TRIES):
        try:
            if only_look:
                with database.reading() as session:
                    programme, round_ = find(session, False)
                    require_seen(session, round_, wish.seen)
                    outcome = adjusted.look(session, programme, round_, changes, drawn, by)
                    if wish.dry_run:
                        return show(session, outcome)
            with database.writing("round: adjust") as session:
                programme, round_ = find(session, True)
                require_seen(session, round_, wish.seen)
                return show(session, adjusted.adjust(session, programme, round_, changes, drawn, by))
        except NeedsDraw as needs:
            drawn[needs.wanted.key] = needs.wanted.draw(progress)
            only_look = wish.dry_run
    raise PoolChanged
