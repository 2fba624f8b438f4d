"""The guard at the start of a worker: is this database the one that sent the last mail, or an older copy of it?

A copy would send again what went out after it was made. So sending rests, an organiser sees why, and says whether what
waits goes or is skipped. Whoever was erased after the copy was made is erased again. Source: our research, 4.5.

Two signs: the place (the file's inode, the database's number in its server), which every copy changes, and a witness
outside the database, which has seen more mails handed over than an older copy knows of.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, func, select, update

from app.errors import Conflict
from app.models import (
    Instance,
    MailedLink,
    MailState,
    OutgoingMail,
    Participant,
    Programme,
    Purpose,
    Round,
    RoundState,
)
from app.security import derive_key, keyed_hash, new_id
from app.services import organiser_links, organiser_sessions, privacy, second_tries
from app.settings import Settings
from app.witness import Seen, Witness

SKIPPED = "Skipped on an organiser's word: it may have gone out before this copy was restored."
_GOING = (
    col(OutgoingMail.state).in_((MailState.READY, MailState.SENDING)),
    col(OutgoingMail.released_at).is_not(None),
)

_TABLE = SQLModel.metadata.tables["instance"]
_ONE_MORE = update(_TABLE).values(accepted=_TABLE.c.accepted + 1).returning(_TABLE.c.instance_id, _TABLE.c.accepted)


def instance(session: Session) -> Instance:
    """The row of this database, made when it is first asked for."""
    only = select(Instance).where(Instance.id == 1).with_for_update()
    row = session.exec(only).one_or_none()
    if row is None:
        with suppress(IntegrityError), session.begin_nested():  # two workers that begin at once: one of them makes it
            session.add(Instance(instance_id=new_id("ins")))
        row = session.exec(only).one()
    return row


def count_handed_over(session: Session) -> Seen:
    """One more mail is about to be handed over: the number goes up with the mark of its dot, whatever the answer."""
    found = session.connection().execute(_ONE_MORE).one_or_none()
    if found is None:
        instance(session)
        found = session.connection().execute(_ONE_MORE).one()
    return Seen(found[0], found[1])


def look(session: Session, seen: Seen | None, place: str, now: datetime, *, restored: bool = False) -> Seen:
    """Compare with what the witness saw and with the place in which this database was, and rest when it is an older
    copy, a second one, or `restored` this moment. Returns what the witness is to remember.
    """
    row = instance(session)
    told = _doubt(row, seen, place, lived=_lived(session), restored=restored)
    if told is None and row.paused_since is None:
        row.place = place
    elif told is not None and row.paused_since is None:
        row.paused_since, row.reason, row.waiting_then = now, told, waiting(session)
        session.exec(  # whoever held a session then need not hold it now
            update(MailedLink)
            .where(col(MailedLink.purpose) == Purpose.SESSION)
            .where(col(MailedLink.cancelled_at).is_(None))
            .values(cancelled_at=now)
        )
        organiser_sessions.forget_all(session)
        organiser_links.cancel_all(session, now)
    session.add(row)
    session.flush()
    return Seen(row.instance_id, row.accepted)


def _doubt(row: Instance, seen: Seen | None, place: str, *, lived: bool, restored: bool) -> str | None:
    if seen is not None and seen.instance == row.instance_id and seen.accepted > row.accepted:
        after = seen.accepted - row.accepted
        return f"This database is older than the last mail sent: {after:,} mails went out after it was saved."
    if not (row.accepted or lived):
        return None  # a new database has nothing that could go out twice
    if seen is not None and seen.instance != row.instance_id and seen.accepted:
        return "The witness file remembers another database."
    if row.place not in (None, place):
        return "This database is a copy: the one that sent the last mail was another file or another server."
    return "This database was put back from a copy." if restored else None


def _lived(session: Session) -> bool:
    """Whether there was ever a round or a mail here: even a draft may have been drawn and sent after a copy."""
    return any(session.exec(select(table.id).limit(1)).first() is not None for table in (Round, OutgoingMail))


def paused(session: Session) -> Instance | None:
    """Why sending rests, or None when it does not."""
    return session.exec(select(Instance).where(col(Instance.paused_since).is_not(None))).one_or_none()


def waiting(session: Session) -> int:
    """How many mails would go out now. What was in hand when a copy was made is free again at the next start."""
    return session.exec(select(func.count()).where(*_GOING)).one()


def drawn_not_sent(session: Session) -> int:
    """How many rounds wait for an organiser's word: a copy does not know whether they were sent after it was made."""
    drawn = col(Round.state).in_((RoundState.MATCHED, RoundState.APPROVED))
    return session.exec(select(func.count()).select_from(Round).where(drawn)).one()


def decide(session: Session, place: str, *, send: bool, now: datetime) -> int:
    """An organiser's word: what waits goes out, or is skipped. Returns how many mails. Raises Conflict while nothing
    waits for a word.
    """
    row = paused(session)
    if row is None:
        raise Conflict("Nothing waits for a decision: this database is the one that sent the last mail.")
    number = waiting(session)
    session.exec(update(OutgoingMail).where(*_GOING).values(doubted=True))  # they may have gone before
    if not send:
        _skip(session, now)
    row.paused_since = row.reason = row.waiting_then = None
    row.place = place
    session.add(row)
    return number


def _skip(session: Session, now: datetime) -> None:
    """Nothing that may have gone out before goes again: no mail, and no round that would be sent without a word."""
    free = {"attempt_token": None, "claimed_by": None, "lease_until": None}
    put_away: dict[str, Any] = {"state": MailState.SUPPRESSED, "answer": SKIPPED, "facts": {}, "rendered": None}
    session.exec(update(OutgoingMail).where(*_GOING).values(finished_at=now, **put_away, **free))
    session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.state) == MailState.DOT)
        .values(state=MailState.UNCERTAIN, finished_at=now, answer=second_tries.STOPPED, doubted=True, **free)
    )
    session.exec(update(Round).where(col(Round.state) == RoundState.DRAFT).values(send=False))
    session.exec(update(Round).where(col(Round.send_at).is_not(None)).values(send_at=None))
    session.exec(update(Round).where(col(Round.remind).is_(True)).values(remind=False))


def erasure_mark(secret_key: str, participant_id: str) -> str:
    """What the witness keeps of somebody who was erased: nothing that names them to whoever lacks the key."""
    return keyed_hash(derive_key(secret_key, "erasure"), participant_id)


def erase(
    session: Session, programme: Programme, person: Participant, settings: Settings, *, now: datetime, actor: str
) -> None:
    """Forget a person, so that a restore does not bring them back either."""
    mark = erasure_mark(settings.secret, person.id)
    Witness(settings.witness_file).note_erasure(mark)  # before the commit: a copy made just before knows them still
    privacy.erase(session, programme, person, now=now, secret_key=settings.secret, actor=actor)


def erase_again(session: Session, marks: Iterable[str], *, now: datetime, secret_key: str) -> int:
    """Erase whoever was erased after this copy was made. Returns how many."""
    erased = frozenset(marks)
    if not erased:
        return 0
    back = [one for one in session.exec(select(Participant)).all() if erasure_mark(secret_key, one.id) in erased]
    for person in back:
        programme = session.exec(select(Programme).where(Programme.id == person.programme_id)).one()
        privacy.erase(session, programme, person, now=now, secret_key=secret_key)
        session.flush()
    return len(back)
