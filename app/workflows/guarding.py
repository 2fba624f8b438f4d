"""The guard of a worker: compares the database with its witness at the start, and keeps the witness true afterwards."""

import structlog

from app.services import guard
from app.witness import Seen
from app.workflows.work import Work

log = structlog.get_logger(__name__)


def look(work: Work, *, restored: bool = False) -> tuple[int, str | None]:
    """At the start of a worker. Returns how many people were erased again, and why mail may not go before an organiser
    has decided, or None.

    A witness that cannot be read says nothing of this database: sending rests, as with the witness of another.
    """
    try:
        seen = work.witness.read()
    except ValueError as error:
        log.warning("guard.witness_unreadable", error=str(error))
        seen = Seen("unreadable", 1)
    with work.database.writing("guard: look") as session:
        now = work.moment(session)
        known = guard.look(session, seen, work.place, now, restored=restored)
        back = guard.erase_again(session, work.witness.erasures(), now=now, secret_key=work.settings.secret)
        resting = guard.paused(session)
        reason = resting.reason if resting else None
    if back:
        log.warning("guard.erased_again", people=back)
    if reason is not None:
        log.warning("guard.sending_rests", reason=reason)
    elif known != seen:  # a command beside a worker must not take the witness back to what it read before
        work.witness.write(known)
    return back, reason


def remember(work: Work, seen: Seen, *, sync: bool) -> None:
    """A mail is about to be handed over, and the database says so. A witness that cannot be written stops no mail."""
    try:
        work.witness.write(seen, sync=sync)
    except OSError as error:
        log.warning("guard.witness_not_written", error=str(error))


def make_sure(work: Work) -> None:
    """At the end of a batch: what the witness was told in it outlives the machine."""
    try:
        work.witness.sync()
    except OSError as error:
        log.warning("guard.witness_not_written", error=str(error))


def decide(work: Work, *, send: bool) -> int:
    """An organiser's word, and the witness knows this database from now on. Raises Conflict. Returns how many mails."""
    with work.database.writing("guard: decide") as session:
        number = guard.decide(session, work.place, send=send, now=work.moment(session))
        row = guard.instance(session)
        seen = Seen(row.instance_id, row.accepted)
    work.witness.write(seen)
    return number
