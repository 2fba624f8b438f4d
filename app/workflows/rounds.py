"""Drawing a round, as steps that may each run twice."""

import time

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.crashpoints import crashpoint
from app.errors import PoolChanged
from app.models import Programme, Round
from app.queries import rounds as queries
from app.services import odd_one, redraws, rounds
from app.services.drawing import Progress
from app.workflows import redrawing
from app.workflows.work import Work

log = structlog.get_logger(__name__)
REDRAWS = 5
TELL_SECONDS = 1.0


def claim_draw(work: Work, round_id: str, claim: str) -> bool:
    """Take the draw for a while, so that no other worker begins the same. False when it is drawn, or another's."""
    with work.database.writing("draw: claim") as session:
        return rounds.claim_draw(session, round_id, claim, work.clock())


def draw_round(work: Work, round_id: str, claim: str, progress: Progress | None = None) -> bool:
    """Draw a round that was claimed under this name, or draw it again, and write it down. False when it is drawn, or
    another's by now.

    1. Read the pool once.
    2. Match and check, with no transaction open.
    3. Write everything in one transaction, guarded by the round's state. Somebody left meanwhile: begin again at 1.
    A failure is kept in the round, in words, and the draw is tried again later.
    """
    if not _still_ours(work, round_id, claim):
        return False
    tell = progress or _shown(work, round_id, claim)
    try:
        again = redrawing.wished(work, round_id)
        if again is not None:
            return redrawing.redraw(work, round_id, again, tell)
        return _draw_until_true(work, round_id, tell)
    except Exception as error:
        with work.database.writing("draw: failed") as session:
            rounds.draw_failed(session, round_id, claim, f"{type(error).__name__}: {error}", work.clock())
        log.exception("round.draw_failed", round=round_id)
        raise


def _shown(work: Work, round_id: str, claim: str) -> Progress:
    """Keeps how far a draw is where the pages read it, at most once a second; most draws are over before."""
    told = time.monotonic()

    def tell(stage: str, share: float) -> None:
        nonlocal told
        if time.monotonic() - told < TELL_SECONDS:
            return
        try:
            with work.database.writing("draw: progress") as session:
                redraws.tell(session, round_id, claim, stage, share)
        except DBAPIError:
            log.warning("round.progress_not_kept", round=round_id)  # only to be looked at: the draw goes on
        told = time.monotonic()

    return tell


def _still_ours(work: Work, round_id: str, claim: str) -> bool:
    with work.database.reading() as session:
        return session.exec(select(Round.drawn_by).where(Round.id == round_id)).one_or_none() == claim


def _draw_until_true(work: Work, round_id: str, progress: Progress) -> bool:
    for remaining in reversed(range(REDRAWS)):
        with work.database.reading() as session:
            round_ = session.exec(select(Round).where(Round.id == round_id)).one()
            programme = session.exec(select(Programme).where(Programme.id == round_.programme_id)).one()
            rows = rounds.load_for_draw(session, programme, round_.number, round_.policy, work.clock())
        crashpoint("draw: read")
        drawn = odd_one.draw(rows, queries.as_policy(round_.policy), round_.seed, progress)
        crashpoint("draw: matched")
        try:
            with work.database.writing("draw: record") as session:
                written = rounds.record(
                    session,
                    round_id,
                    drawn,
                    now=work.clock(),
                    secret_key=work.settings.secret,
                    actor=work.actor,
                )
            log.info("round.matched", round=round_id, people=len(rows.ids), groups=len(drawn.matching.groups))
            return written
        except PoolChanged:
            if not remaining:
                raise
            log.info("round.redrawn", round=round_id)
    return False
