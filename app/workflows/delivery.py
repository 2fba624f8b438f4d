"""Carrying the outbox to the mail server: one connection for a batch, one mail at a time, no transaction open while
talking.

For each mail: claim (commit) → render → MAIL, RCPT, DATA, body → record the dot (commit) → the final dot → record the
answer (commit).
"""

import time
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session, col, update

import emails
from app.errors import LostLease, NotConfigured
from app.models import Channel
from app.services import composing, letters, outbox, rounds
from app.services.outbox import Parcel
from app.workflows.work import Work

log = structlog.get_logger(__name__)

BATCH = 100
PATIENCE = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between tries to write an answer down."""

CHANNEL = "mail"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)


def deliver_batch(work: Work, limit: int = BATCH) -> int:
    """Send up to `limit` due mails over one connection; returns how many were dealt with. 0 means: nothing due, or the
    channel rests.

    The connection is opened before anything is claimed: a server that is away costs no mail an attempt.
    """
    if work.stopping.is_set() or work.transport is None or not _due(work):
        return 0
    try:
        with work.transport.open() as connection:
            _clear(work)
            return _send_all(work, connection, limit)
    except emails.CannotConnect as refusal:
        _rest(work, str(refusal))
        return 0


def _send_all(work: Work, connection: emails.Connection, limit: int) -> int:
    gap = 1 / work.settings.mail_rate
    parcel = _claim(work)
    for done in range(limit):
        if parcel is None:
            return done
        began = time.monotonic()
        answer = _hand_over(work, connection, parcel)
        more = done + 1 < limit and connection.alive and not work.stopping.is_set() and not _refuses_us(answer)
        parcel = _settle(work, parcel, answer, more)
        work.rest(max(0.0, gap - (time.monotonic() - began)))
    return limit


def _claim(work: Work) -> Parcel | None:
    with work.database.writing() as session:
        return _claim_next(session, work)


def _claim_next(session: Session, work: Work) -> Parcel | None:
    now = work.clock()
    revise = partial(letters.make_true, now=now, secret_key=work.settings.secret)
    return outbox.claim(session, work.settings.worker_id, now, revise)


def _hand_over(work: Work, connection: emails.Connection, parcel: Parcel) -> emails.Answer | None:
    """What the server says to one claimed mail; None when another worker has taken it over, and nothing was sent."""

    def before_dot() -> None:
        with work.database.writing() as session:
            outbox.mark_dot(session, parcel, work.clock())

    try:
        return connection.send(composing.envelope(parcel, work.settings), before_dot)
    except LostLease:
        log.warning("mail.lease_lost", mail=parcel.id)
        return None
    except SQLAlchemyError as error:  # raised before the dot: the connection was dropped, and nothing was accepted
        log.warning("mail.database_away", mail=parcel.id, error=type(error).__name__)
        return emails.Refused(True, "recipient", "BODY", None, "The database was away just before the mail was sent.")
    except NotConfigured as error:
        return emails.Refused(True, "us", "MAIL", None, error.detail)
    except (emails.UnsafeMessage, emails.BadAddress, KeyError, TypeError, ValueError) as error:
        log.warning("mail.not_composed", mail=parcel.id, kind=parcel.kind, error=type(error).__name__)
        return emails.Refused(False, "recipient", "BODY", None, f"No safe mail could be made: {error}")


def _settle(work: Work, parcel: Parcel, answer: emails.Answer | None, more: bool) -> Parcel | None:
    """Record the answer and, in the same transaction, claim the next mail if there is to be one.

    A known answer is worth waiting for a database that is away: without it the mail would become uncertain.
    """
    for pause in PATIENCE:
        try:
            following = _write_answer(work, parcel, answer, more)
            break
        except LostLease:
            log.warning("mail.lease_lost", mail=parcel.id)
            return _claim(work) if more else None
        except OperationalError as error:
            log.warning("mail.answer_not_written", mail=parcel.id, error=type(error).__name__, again_in=pause)
            time.sleep(pause)
    else:
        following = _write_answer(work, parcel, answer, more)
    result = type(answer).__name__.lower()
    log.info("mail.settled", mail=parcel.id, kind=parcel.kind, result=result, attempt=parcel.attempts)
    if isinstance(answer, emails.Refused) and _refuses_us(answer):
        _rest(work, f"{answer.verb}: {answer.reply}")
    return following


def _write_answer(work: Work, parcel: Parcel, answer: emails.Answer | None, more: bool) -> Parcel | None:
    with work.database.writing() as session:
        if answer is not None:
            _record(session, parcel, answer, work.clock())
        return _claim_next(session, work) if more else None


def _refuses_us(answer: emails.Answer | None) -> bool:
    """Whether the channel must rest: the server means us, not the one mail."""
    return isinstance(answer, emails.Refused) and (answer.pause or answer.blame == "us")


def _record(session: Session, parcel: Parcel, answer: emails.Answer, now: datetime) -> None:
    match answer:
        case emails.Accepted(reply):
            outbox.mark_sent(session, parcel, reply, now)
        case emails.Unknown(verb, reason):
            outbox.mark_uncertain(session, parcel, f"{verb}: {reason}", now)
        case emails.Refused(temporary=False, blame="recipient"):
            outbox.mark_rejected(session, parcel, f"{answer.verb}: {answer.reply}", now)
        case emails.Refused():
            outbox.put_back(session, parcel, f"{answer.verb}: {answer.reply}", now)


# The channel: rests when the server refuses us, and blames nobody for it.


def channel(session: Session) -> Channel | None:
    """How the way out is doing."""
    return session.get(Channel, CHANNEL)


def _due(work: Work) -> bool:
    with work.database.reading() as session:
        return due(session, work.clock())


def _rest(work: Work, words: str) -> None:
    """Pause the channel: a quarter of a minute at first, twice as long each time, up to a quarter of an hour."""
    now = work.clock()
    with work.database.writing() as session:
        way_out = channel(session) or Channel(name=CHANNEL)
        since = way_out.trouble_since or now
        way_out.trouble, way_out.trouble_since = words[:500], since
        way_out.paused_until = now + min(max(FIRST_PAUSE, now - since), LONGEST_PAUSE)
        session.add(way_out)
    log.warning("mail.channel_rests", words=words[:200])


def _clear(work: Work) -> None:
    with work.database.writing() as session:
        session.exec(
            update(Channel)
            .where(col(Channel.trouble).is_not(None))
            .values(trouble=None, trouble_since=None, paused_until=None)
        )


def due(session: Session, now: datetime) -> bool:
    """Whether a batch would find something to send: mail is due and the channel does not rest."""
    way_out = channel(session)
    resting = way_out is not None and way_out.paused_until is not None and way_out.paused_until > now
    return not resting and outbox.anything_due(session, now)


def finish(work: Work) -> None:
    """Close rounds whose mails have all met their fate, and tell their organisers."""
    with work.database.writing() as session:
        rounds.finish_sent(session, now=work.clock(), actor=work.actor)


def take_back(work: Work) -> None:
    """Take back what dead attempts left, once their lease is over."""
    with work.database.writing() as session:
        outbox.reap(session, work.clock())


def take_back_own(work: Work) -> None:
    """While this worker carries no mail, nothing that it ever claimed is still being sent."""
    with work.database.writing() as session:
        outbox.reap(session, work.clock(), worker=work.settings.worker_id)


def first_light(work: Work) -> None:
    """At the start of a worker: what it had in hand in an earlier life is free again, or held."""
    take_back_own(work)
    with work.database.writing() as session:
        rounds.release_draws_of(session, work.settings.worker_id)
