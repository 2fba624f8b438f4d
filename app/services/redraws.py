"""The wish to draw a round again, kept in its row: a worker draws, and whoever looks on sees how far it is.

A small round is drawn again in a moment and a large one in minutes, so no page waits for it. The wish says of which
groups it was said, by their fingerprint: have they changed by then, nothing is drawn and the round says why.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, col, update

from app.errors import Conflict
from app.models import Programme, Round, RoundState
from app.security import new_seed
from app.services import audit
from app.services.moves import Change, Do
from app.services.rounds import check_asked
from emails import phrase

REFUSED = "NotByHand"
"""What the trouble of a round begins with that could not be drawn again."""
NOT_SENT = "NotSent"
"""What the trouble of a round begins with that was not sent at its moment."""
TELLING = (REFUSED, NOT_SENT, "PoolChanged", "InvalidPolicy", "TeamsTooLarge")
"""Kinds of trouble whose words are for organisers. What others say may name people or blocks; it is in the log."""


@dataclass(frozen=True, slots=True)
class Redraw:
    """Who wants what: by which seed, whether all groups stay, and the fingerprint of the groups that they saw."""

    seed: int
    rest_only: bool
    seen: str
    actor: str

    @property
    def change(self) -> Change:
        """As a change of the round."""
        return Change(Do.DRAW_AGAIN, seed=self.seed, rest_only=self.rest_only)


def ask(
    session: Session,
    programme: Programme,
    round_: Round,
    *,
    seen: str,
    seed: int | None,
    rest_only: bool,
    now: datetime,
    actor: str,
) -> Redraw:
    """Have the round drawn again. Raises Conflict unless it is drawn and waits for nothing, BadInput for the seed."""
    check_asked(round_.period, seed)
    if round_.state != RoundState.MATCHED:
        raise Conflict(phrase("Only a round that is drawn and not approved can be drawn again."))
    if round_.redraw is not None:
        raise Conflict(phrase("This round is being drawn again already."))
    wish = Redraw(new_seed() if seed is None else seed, rest_only, seen, actor)
    round_.redraw, round_.trouble, round_.progress = asdict(wish), None, None
    round_.tries, round_.drawn_by, round_.not_before = 0, None, None
    session.add(round_)
    audit.note(session, programme, now=now, actor=actor, action="round.redraw", subject=round_.id, seed=wish.seed)
    return wish


def of(round_: Round) -> Redraw | None:
    """What is wished for, if anything."""
    return Redraw(**round_.redraw) if round_.redraw is not None else None


def trouble_of(round_: Round) -> str | None:
    """What stands in the way of a draw, in words for organisers; empty where only the log may say it."""
    if not round_.trouble:
        return None
    kind, _, words = round_.trouble.partition(": ")
    return words if kind in TELLING else ""


def stop(session: Session, programme: Programme, round_: Round, *, now: datetime, actor: str) -> None:
    """Nobody wants it any more: the groups stay as they are. A second word changes nothing."""
    if round_.redraw is not None:
        done(session, round_)
        audit.note(session, programme, now=now, actor=actor, action="round.redraw_stop", subject=round_.id)


def done(session: Session, round_: Round) -> None:
    """It has come true, or nobody wants it any more."""
    round_.redraw = round_.progress = round_.drawn_by = round_.not_before = round_.trouble = None
    session.add(round_)


def refuse(session: Session, round_: Round, wish: Redraw, words: str) -> None:
    """It cannot be: the round stays as it is, and says why; unless it was given up, or something else is wished for,
    since. The caller holds the round's lock.
    """
    if of(round_) != wish:
        return
    done(session, round_)
    round_.trouble = f"{REFUSED}: {words}"[:500]


def tell(session: Session, round_id: str, claim: str, stage: str, share: float) -> None:
    """How far a draw is, for who looks on: `stage` in a word of the matcher's, `share` from 0 to 1."""
    session.exec(
        update(Round)
        .where(col(Round.id) == round_id)
        .where(col(Round.drawn_by) == claim)
        .values(progress={"stage": stage, "share": share})
    )
