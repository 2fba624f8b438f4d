"""Work by the clock: what is done each minute, each few minutes and each day. Every duty may run twice, and late.

The engine calls them by its schedules; each is one function of a worker, so that a test can call it at any hour.
"""

import structlog

from app.queries import programmes
from app.services import asking, caps, claims, draw_rhythm, guard, retention, rounds, said, sending, signups, standins
from app.workflows import delivery
from app.workflows.work import Work

log = structlog.get_logger(__name__)


def each_minute(work: Work) -> None:
    """Take back mails whose lease is over, finish what is of no use any more, forget sign-ups nobody confirmed and what
    was counted against a cap; send the rounds whose moment has come, match who wants someone new, open rounds whose day
    has come, and write down what people have said where that was not done today.
    """
    delivery.take_back(work)
    with work.database.writing("mail: expire") as session:
        late = claims.expire(session, work.moment(session))
    if late:
        log.warning("mail.expired", mails=late)
    with work.database.writing("sign-ups: forget") as session:
        signups.forget_unconfirmed(session, work.moment(session))
        caps.forget(session, work.moment(session))
    send_due(work)
    with work.database.writing("someone new") as session:
        now = work.moment(session)
        standins.match_waiting(session, now=now, secret_key=work.settings.secret, actor=work.actor)
    open_rounds(work)
    write_down_said(work)


def open_rounds(work: Work) -> None:
    """Open the rounds whose day has come, each in a transaction of its own. While sending rests none is: it may have
    been drawn and sent after this copy was made.
    """
    with work.database.reading() as session:
        found = [] if guard.paused(session) else draw_rhythm.due(session, work.moment(session))
    for programme_id in found:
        with work.database.writing("draw day") as session:
            now, programme = work.moment(session), programmes.lock(session, programme_id)
            period = draw_rhythm.period_due(session, programme, now, actor=work.actor)
            if period is not None:
                rounds.open_round(
                    session,
                    programme,
                    period,
                    seed=None,
                    send=programme.sends_itself,
                    now=now,
                    actor=work.actor,
                    by_itself=True,
                )
                log.info("round.opened_on_its_day", programme=programme_id)


def send_due(work: Work) -> None:
    """Send the rounds whose moment has come, each in a transaction of its own. While sending rests, none: it may have
    been sent after this copy was made.
    """
    with work.database.reading() as session:
        now = work.moment(session)
        found = [] if guard.paused(session) else sending.due(session, now)
    for round_id in found:
        with work.database.writing("round: send at") as session:
            sent = sending.send_due(session, round_id, now=work.moment(session))
        log.info("round.moment_came", round=round_id, sent=sent)


def write_down_said(work: Work) -> None:
    """What people have said, in figures, once a day: each round in a transaction of its own."""
    with work.database.reading() as session:
        found = said.due(session, work.moment(session))
    for round_id in found:
        with work.database.writing("round: said") as session:
            said.write_down(session, round_id, work.moment(session))


def ask(work: Work) -> None:
    """Write the mails that come by themselves and are due: each programme in a transaction of its own, or several."""
    with work.database.reading() as session:
        asking_now = asking.asking(session)
    written = 0
    for programme_id in asking_now:
        full = True
        while full and not work.stopping.is_set():
            with work.database.writing("ask") as session:
                now = work.moment(session)
                more = asking.ask(session, programme_id, now=now, secret_key=work.settings.secret)
            written, full = written + more, more >= asking.MOST
    if written:
        log.info("ask.written", mails=written)


def each_day(work: Work) -> None:
    """Remove what is past its time, and say how much it was."""
    with work.database.writing("retention") as session:
        removed = retention.forget(session, work.settings, work.moment(session))
    log.info("retention.done", **removed.as_dict())
    work.database.checkpoint()
