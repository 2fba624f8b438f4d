"""Carrying the outbox to the mail server: one connection for a batch, one mail at a time, no transaction open while
talking.

For each mail: claim (commit) → render → MAIL, RCPT, DATA, body → record the dot (commit) → the final dot → record the
answer and claim the next (commit).
"""

import threading
import time
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

import emails
from app.errors import LostLease, NotConfigured, PromiseBroken
from app.services import asking, bounces, claims, composing, guard, mail_policy, outbox, rounds, second_tries, workers
from app.services.claims import Rules
from app.services.outbox import Parcel
from app.workflows import channel, guarding
from app.workflows.work import Work

log = structlog.get_logger(__name__)

BATCH = 100
PATIENCE = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between tries to write an answer down."""


def deliver_batch(work: Work, limit: int = BATCH) -> int:
    """Send up to `limit` due mails over one connection; returns how many were dealt with. 0 means: nothing due, or the
    channel rests.

    The connection is opened before anything is claimed: a server that is away costs no mail an attempt.
    """
    if work.stopping.is_set() or work.transport is None or not _due(work):
        return 0
    purse = channel.Purse(work)
    if not purse.leave():
        return 0
    work.alone()
    try:
        with work.transport.open() as connection:
            return _send_all(work, connection, purse, limit)
    except emails.CannotConnect as refusal:
        purse.put_back()
        channel.rest(work, str(refusal))
        return 0
    finally:
        purse.close()
        guarding.make_sure(work)


def _send_all(work: Work, connection: emails.Connection, purse: channel.Purse, limit: int) -> int:
    """Each mail needs a leave of the purse; the one for the first is in hand."""
    parcel, done, leave = _claim(work), 0, True
    while parcel is not None:
        envelope, answer = _hand_over(work, connection, parcel)
        if done == 0 and answer is not None and not _refuses_us(answer):
            channel.clear(work)  # not before: a server may greet us and refuse every sender
        done += 1
        more = done < limit and connection.alive and not work.stopping.is_set() and not _refuses_us(answer)
        leave = more and not purse.empty and purse.leave()
        parcel = _settle(work, parcel, envelope, answer, leave)
        if more and not leave:  # the answer is written down by now: it did not have to wait for the next leave
            leave = purse.leave()
            parcel = _claim(work) if leave else None
    if leave:
        purse.put_back()
    return done


def _claim(work: Work) -> Parcel | None:
    with work.database.writing("mail: claim") as session:
        return _claim_next(session, work, work.moment(session))


def _claim_next(session: Session, work: Work, now: datetime) -> Parcel | None:
    settings = work.settings
    rules = Rules(
        settings.secret,
        as_written=asking.as_written,
        revise=partial(asking.make_true, now=now, secret_key=settings.secret),
        unreachable=partial(bounces.not_sent, now=now, secret_key=settings.secret),
        domain_rate=settings.mail_domain_rate,
    )
    return claims.claim(session, settings.worker_id, now, rules)


def _hand_over(
    work: Work, connection: emails.Connection, parcel: Parcel
) -> tuple[emails.Envelope | None, emails.Answer | None]:
    """What was offered, and what the server says to it; no answer when another worker has taken the mail over, and
    nothing was sent.
    """
    envelope, dotted = None, threading.Event()
    try:
        envelope = composing.envelope(parcel, work.settings)
        work.alone()
        return envelope, connection.send(envelope, partial(_before_dot, work, parcel, envelope.data, dotted))
    except LostLease:
        log.warning("mail.lease_lost", mail=parcel.id)
        return None, None
    except PromiseBroken:
        raise
    except NotConfigured as error:
        return None, emails.Refused(True, "us", "MAIL", None, error.detail)
    except (emails.UnsafeMessage, emails.BadAddress) as error:
        log.warning("mail.not_composed", mail=parcel.id, kind=parcel.kind, error=type(error).__name__)
        return None, emails.Refused(False, "recipient", "BODY", None, f"No safe mail could be made: {error}")
    except Exception as error:
        return envelope, _fault(parcel, error, dotted=dotted.is_set())


def _fault(parcel: Parcel, error: Exception, *, dotted: bool) -> emails.Answer:
    """What a fault of ours means for the one mail: nothing left before the dot, and nobody knows after it."""
    log.error("mail.fault", mail=parcel.id, kind=parcel.kind, error=type(error).__name__, exc_info=error)
    if dotted:
        return emails.Unknown("DOT", f"A fault of ours: {type(error).__name__}.")
    if isinstance(error, SQLAlchemyError):  # the connection was dropped before the dot: nothing was accepted
        return emails.Refused(True, "recipient", "BODY", None, "The database was away just before the mail was sent.")
    again = parcel.attempts < mail_policy.MOST_STUMBLES
    return emails.Refused(again, "recipient", "BODY", None, f"No safe mail could be made: {type(error).__name__}.")


def _before_dot(work: Work, parcel: Parcel, data: bytes, dotted: threading.Event) -> None:
    with work.database.writing("mail: dot") as session:
        outbox.mark_dot(session, parcel, data, work.moment(session))
        seen = guard.count_handed_over(session)
    work.alone()
    guarding.remember(work, seen, sync=False)
    dotted.set()


def _settle(
    work: Work, parcel: Parcel, envelope: emails.Envelope | None, answer: emails.Answer | None, more: bool
) -> Parcel | None:
    """Record the answer and, in the same transaction, claim the next mail if there is to be one.

    A known answer is worth waiting for a database that is away: without it the mail would become uncertain. However it
    goes with the next mail, the answer to this one is written down: a second try claims nothing.
    """
    for pause in (*PATIENCE, None):
        try:
            following = _write_answer(work, parcel, envelope, answer, more)
            break
        except LostLease:
            log.warning("mail.lease_lost", mail=parcel.id)
            return _claim(work) if more else None
        except SQLAlchemyError as error:
            if pause is None:
                raise
            log.warning("mail.answer_not_written", mail=parcel.id, error=type(error).__name__, again_in=pause)
            time.sleep(pause)
            more = False
    result = type(answer).__name__.lower()
    log.info("mail.settled", mail=parcel.id, kind=parcel.kind, result=result, attempt=parcel.attempts)
    if isinstance(answer, emails.Refused) and _refuses_us(answer):
        channel.rest(work, f"{answer.verb}: {answer.reply}")
    return following


def _write_answer(
    work: Work, parcel: Parcel, envelope: emails.Envelope | None, answer: emails.Answer | None, more: bool
) -> Parcel | None:
    with work.database.writing("mail: answer") as session:
        now = work.moment(session)
        if answer is not None:
            _record(session, work, parcel, envelope, answer, now)
        return _claim_next(session, work, now) if more else None


def _refuses_us(answer: emails.Answer | None) -> bool:
    """Whether the channel must rest: the server means us, not the one mail."""
    return isinstance(answer, emails.Refused) and (answer.pause or answer.blame == "us")


def _record(
    session: Session,
    work: Work,
    parcel: Parcel,
    envelope: emails.Envelope | None,
    answer: emails.Answer,
    now: datetime,
) -> None:
    rendered = envelope.data if envelope else None
    match answer:
        case emails.Accepted(reply):
            outbox.mark_sent(session, parcel, reply, now)
        case emails.Unknown(verb, reason):
            doubt = mail_policy.in_doubt(parcel.kind, work.settings)
            if doubt is mail_policy.Doubt.RESEND and parcel.attempts < mail_policy.MOST_DOUBTS:
                outbox.put_back(session, parcel, f"{verb}: {reason}", now, rendered, doubted=True)
            else:
                outbox.mark_uncertain(session, parcel, f"{verb}: {reason}", now)
        case emails.Refused(temporary=False, blame="recipient"):
            bounces.get_ready(session, parcel.programme_id)
            outbox.mark_rejected(session, parcel, f"{answer.verb}: {answer.reply}", now)
            _mourn(session, work, parcel, answer, now)
        case emails.Refused():
            words = f"{answer.verb}: {answer.reply}"
            outbox.put_back(session, parcel, words, now, rendered, counted=answer.blame != "us")


def _mourn(session: Session, work: Work, parcel: Parcel, answer: emails.Refused, now: datetime) -> None:
    """A refusal while we speak is as much a bounce as one that comes by mail. A fault in that costs no answer."""
    try:
        with session.begin_nested():
            bounces.rejected_at_once(
                session,
                parcel.id,
                code=answer.code,
                reply=answer.reply,
                attempt=parcel.attempts,
                now=now,
                secret_key=work.settings.secret,
            )
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("mail.bounce_not_taken", mail=parcel.id)


def _due(work: Work) -> bool:
    with work.database.reading() as session:
        return channel.due(session, work.moment(session), paced=work.settings.mail_domain_rate > 0)


def finish(work: Work) -> None:
    """Close rounds whose mails have all met their fate, and tell their organisers."""
    with work.database.writing("round: introduced") as session:
        rounds.finish_sent(session, now=work.clock(), actor=work.actor)


def take_back(work: Work, worker: str | None = None) -> None:
    """Take back what dead attempts left: those of a worker that is gone, or whatever is past its lease."""
    with work.database.writing("mail: reap") as session:
        repeat = mail_policy.repeated_in_doubt(work.settings)
        back, held = second_tries.reap(session, work.moment(session), worker, repeat=repeat)
    if back or held:
        log.warning("mail.taken_back", again=back, held=held, of=worker or "leases")


def take_back_own(work: Work) -> None:
    """While this worker carries no mail, nothing that it ever claimed is still being sent."""
    take_back(work, work.settings.worker_id)


def first_light(work: Work) -> None:
    """At the start of a worker: what it had in hand in an earlier life is free again, or held."""
    _free(work, work.settings.worker_id)


def take_over(work: Work, gone: str) -> None:
    """What a worker that fell silent had in hand is free again, or held; it is not looked for again."""
    _free(work, gone)
    with work.database.writing("worker: taken over") as session:
        workers.stopped(session, gone, work.moment(session))


def _free(work: Work, worker: str) -> None:
    take_back(work, worker)
    with work.database.writing("draw: release") as session:
        rounds.release_draws_of(session, worker)
