"""Drawing a round again because an organiser wishes it, as a step that may run twice."""

from collections.abc import Callable

import structlog
from sqlmodel import Session

from app.errors import BadInput, ChangedSince, Conflict, PoolChanged
from app.models import Programme, Round
from app.queries import rounds as queries
from app.services import redraws
from app.services.adjusted import By, Outcome
from app.services.redraws import Redraw
from app.workflows import adjusting
from app.workflows.adjusting import Wish
from app.workflows.work import Work

log = structlog.get_logger(__name__)


def wished(work: Work, round_id: str) -> Redraw | None:
    """What is to be drawn again, if anything."""
    with work.database.reading() as session:
        return redraws.of(queries.round_by_id(session, round_id)[1])


def redraw(work: Work, round_id: str, wish: Redraw, progress: Callable[[str, float], None]) -> bool:
    """Draw again and write it down, all or nothing; False where that cannot be, and the round says why."""

    def find(session: Session, lock: bool) -> tuple[Programme, Round]:
        programme, round_ = queries.round_by_id(session, round_id, lock=lock)
        if redraws.of(round_) != wish:
            raise ChangedSince
        return programme, round_

    def done(session: Session, outcome: Outcome) -> None:
        redraws.done(session, outcome.board.round)

    try:
        by = By(wish.actor, work.clock(), work.settings.secret)
        one = Wish([wish.change], seen=frozenset({wish.seen}))
        adjusting.adjust(work.database, find, one, by, done, progress)
    except (BadInput, ChangedSince, Conflict, PoolChanged) as refused:
        with work.database.writing("draw: refused") as session:
            redraws.refuse(session, queries.round_by_id(session, round_id, lock=True)[1], wish, str(refused))
        log.info("round.not_redrawn", round=round_id, why=type(refused).__name__)
        return False
    log.info("round.redrawn_by_hand", round=round_id)
    return True
