"""Mails that tell organisers how a programme stands: a round waits for a yes, how it goes so far, messages that came to
nothing.

Each goes to those who have a role for it in that programme and want it, and names nobody: a mail may lie in a mailbox
for years. Its link leads to a page behind the door of organisers. Figures about what people said are those that are
written down once a day (`said`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, or_, select

from app.clock import local_date
from app.errors import BadInput, Fault
from app.models import (
    NOTICES,
    OF_A_ROUND,
    DrawEvery,
    MailEvent,
    MailEventKind,
    MailKind,
    MailState,
    OrganiserAccount,
    OutgoingMail,
    Programme,
    Round,
    RoundState,
    Scope,
)
from app.queries import organisers as queries
from app.queries import rounds as round_queries
from app.queries import stuck
from app.services import audit, draw_days, hours, letters, mail_policy, outbox, rhythm
from app.services.draw_days import pauses_of
from app.services.rights import rights_of

NEEDS: Mapping[MailKind, Scope] = {
    MailKind.ROUND_READY: Scope.SEND,
    MailKind.NOT_DELIVERED: Scope.SEND,
    MailKind.ROUND_SO_FAR: Scope.READ,
}
"""What its reader may do in the programme: what asks for a deed is for those who may do it."""

LATELY = timedelta(days=7)
"""What came to nothing longer ago is not told any more, and how a round goes is not told so late."""
COLLECTED = timedelta(hours=1)
"""So long after the first message that came to nothing, the others are counted with it."""
SETTLED = timedelta(minutes=1)
"""What came to nothing so lately may not be written down by everybody yet: the next mail tells it."""
BY_HAND = timedelta(days=14)
"""When the half of a round is over where nobody has said how often names are drawn."""
CAME_TO_NOTHING = (MailState.REJECTED, MailState.EXPIRED, MailState.UNCERTAIN)
COUNTED = (
    *OF_A_ROUND,
    MailKind.PARTNER_AWAY,
    MailKind.CALLED_OFF,
    MailKind.BEFORE_DRAW,
    MailKind.WELCOME_BACK,
    MailKind.ROUND_REPORT,
    MailKind.SPONSOR_REPORT,
)
"""The messages that an organiser can see to. Who is asked something depends on what they said, and who asks for a mail
at a door asks again.
"""


class Failure(NamedTuple):
    """A message that came to nothing, and when that was known."""

    state: MailState
    round_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Sum:
    """How many messages came back or were refused, were too late, wait for a word; and the round to look at, if any."""

    returned: int
    late: int
    held: int
    round_id: str | None


def choose(session: Session, account: OrganiserAccount, wanted: Sequence[str], *, now: datetime, actor: str) -> None:
    """The notices that an organiser wants from now on. The same a second time changes nothing. Raises BadInput."""
    unknown = [kind for kind in wanted if kind not in list(NOTICES)]
    if unknown:
        raise BadInput(Fault("mails", f"{unknown[0]} is none of them.", f"These are: {', '.join(NOTICES)}."))
    kinds = [kind.value for kind in NOTICES if kind in wanted]
    if kinds == account.mails:
        return
    account.mails = kinds
    session.add(account)
    said, place = " ".join(kinds), (account.organisation_id, None)
    audit.note_at(session, place, now=now, actor=actor, action="organiser.mails", subject=account.id, kinds=said)


def readers(session: Session, programme: Programme, kind: MailKind) -> list[OrganiserAccount]:
    """Who gets such a mail: they have been here, they want it, and have the right for it in this programme."""
    return [
        account
        for account in queries.entered(session, programme.organisation_id)
        if _wanted(session, account, programme.id, kind)
    ]


def ready(session: Session, programme: Programme, round_: Round, *, now: datetime) -> None:
    """A round was drawn by itself and waits for a yes. Once for each round, however often it is drawn."""
    words = _ready_facts(session, programme, round_)
    for account in readers(session, programme, MailKind.ROUND_READY):
        _write(session, programme, MailKind.ROUND_READY, account, f"ready/{round_.id}", words, now)


def so_far(session: Session, programme: Programme, *, now: datetime, secret_key: str, most: int) -> int:
    """How a round goes, once, when half of its time is over. Returns how many mails are written, whatever `most` says:
    there are as many as organisers.
    """
    del secret_key, most
    half = _half_of(programme)
    begun = (col(Round.sending_at) <= now - half, col(Round.sending_at) > now - half - LATELY)
    query = select(Round).where(Round.programme_id == programme.id, Round.state == RoundState.INTRODUCED, *begun)
    found = session.exec(query.order_by(col(Round.number))).all()
    if not found or not _in_hours(programme, now):
        return 0
    accounts = readers(session, programme, MailKind.ROUND_SO_FAR)
    return sum(
        _write(session, programme, MailKind.ROUND_SO_FAR, account, f"half/{one.id}", _so_far_facts(session, one), now)
        for one in found
        for account in accounts
    )


def not_delivered(session: Session, programme: Programme, *, now: datetime, secret_key: str, most: int) -> int:
    """Messages that came to nothing since the last such mail, collected; to each reader one a day at most."""
    del secret_key, most
    failures = _failures(session, programme, now - LATELY)
    if not failures or not _in_hours(programme, now):
        return 0
    occasion = f"undelivered/{local_date(now, programme.time_zone)}"
    written = 0
    for account in readers(session, programme, MailKind.NOT_DELIVERED):
        since = max(account.entered_at or now, (_told_at(session, programme, account) or now - LATELY) - SETTLED)
        news = [one for one in failures if since < one.at <= now - SETTLED]
        if news and min(one.at for one in news) <= now - COLLECTED:
            words = _sum_facts(_sum(news))
            written += _write(session, programme, MailKind.NOT_DELIVERED, account, occasion, words, now)
    return written


def make_true(session: Session, mail: OutgoingMail, *, now: datetime) -> bool:
    """Whether a notice may go when it is about to: its reader still wants it and may look, and the round still waits;
    of that it says what is true now. Returns False when it must not go: see `letters`.
    """
    if not mail_policy.has_words(mail):
        return letters.drop(session, mail, mail_policy.WORDS_GONE, now)
    account = session.get(OrganiserAccount, mail.facts["organiser"])
    if account is None or not _wanted(session, account, mail.programme_id, mail.kind):
        return letters.drop(session, mail, mail_policy.NOT_NEEDED, now)
    if mail.kind != MailKind.ROUND_READY:
        return True
    round_ = session.get(Round, mail.facts["round"])
    if round_ is None or round_.state != RoundState.MATCHED:
        return letters.drop(session, mail, mail_policy.NOT_NEEDED, now)
    fresh = mail.facts | _ready_facts(session, session.get_one(Programme, mail.programme_id), round_)
    if fresh != mail.facts:
        mail.facts, mail.rendered = fresh, None
        session.add(mail)
    return True


def _wanted(session: Session, account: OrganiserAccount, programme_id: str, kind: MailKind) -> bool:
    return kind in account.mails and rights_of(session, account).may(NEEDS[kind], programme_id)


def _write(
    session: Session,
    programme: Programme,
    kind: MailKind,
    account: OrganiserAccount,
    occasion: str,
    words: dict[str, Any],
    now: datetime,
) -> bool:
    """One mail, unless this organiser has it already. The caller holds the programme's lock."""
    mine = select(OutgoingMail.id).where(OutgoingMail.programme_id == programme.id, OutgoingMail.kind == kind)
    mine = mine.where(OutgoingMail.occasion == occasion, OutgoingMail.recipient_key == account.email.casefold())
    if session.exec(mine).first() is not None:
        return False
    facts = {"frame": letters.frame_facts(session, programme), "organiser": account.id} | words
    outbox.write(session, programme, kind, occasion, facts, now=now, address=account.email)
    return True


def _ready_facts(session: Session, programme: Programme, round_: Round) -> dict[str, Any]:
    counts, certificate = round_queries.counts(session, round_), round_.certificate or {}
    return {
        **_round_facts(round_),
        "people": counts["people"],
        "groups": counts["groups"],
        "left_out": counts["left_out"],
        "trios": round_queries.larger_groups(session, round_, programme.group_size),
        "repeats": certificate.get("repeats", 0),
        "same_team": certificate.get("same_team", 0),
    }


def _so_far_facts(session: Session, round_: Round) -> dict[str, Any]:
    said, mails = stuck.said(session, round_), stuck.counts(session, round_)
    return {
        **_round_facts(round_),
        "people": said.people,
        "answered": said.answered,
        "met": said.met,
        "returned": mails["returned"] + mails["closed"],
        "held": mails["held"],
    }


def _round_facts(round_: Round) -> dict[str, Any]:
    return {"round": round_.id, "period": round_.period, "number": round_.number}


def _half_of(programme: Programme) -> timedelta:
    return BY_HAND if programme.draw_every == DrawEvery.BY_HAND else draw_days.half_of(programme.draw_every)


def _in_hours(programme: Programme, now: datetime) -> bool:
    """Whether it is a working hour of the programme: nobody is woken by these."""
    zone, pauses = rhythm.zone_of(programme), pauses_of(programme)
    return hours.next_open(now, zone, programme.mail_from_hour, programme.mail_until_hour, pauses) <= now


def _failures(session: Session, programme: Programme, since: datetime) -> list[Failure]:
    """The messages that came to nothing after a moment. One may come back long after it was handed over: then the
    report counts, and not the day on which it left.
    """
    rows = session.execute(_failing(), {"programme": programme.id, "since": since})
    return [
        Failure(state, round_id, max(moment for moment in (ended, reported) if moment is not None))
        for state, round_id, ended, reported in rows
    ]


@cache  # asked of every programme every few seconds
def _failing() -> Any:
    reported = (
        select(func.max(MailEvent.at))
        .where(MailEvent.mail_id == OutgoingMail.id)
        .where(col(MailEvent.kind).in_([MailEventKind.HARD, MailEventKind.SOFT]))
        .scalar_subquery()
    )
    waits_for_a_word = [kind for kind in COUNTED if mail_policy.needs_a_word(kind)]
    return (
        select(OutgoingMail.state, OutgoingMail.round_id, OutgoingMail.finished_at, reported)
        .where(OutgoingMail.programme_id == bindparam("programme"))
        .where(col(OutgoingMail.state).in_(CAME_TO_NOTHING), col(OutgoingMail.kind).in_(COUNTED))
        .where(or_(OutgoingMail.state != MailState.UNCERTAIN, col(OutgoingMail.kind).in_(waits_for_a_word)))
        .where(or_(col(OutgoingMail.finished_at) > bindparam("since"), reported > bindparam("since")))
    )


def _told_at(session: Session, programme: Programme, account: OrganiserAccount) -> datetime | None:
    query = select(func.max(OutgoingMail.created_at)).where(OutgoingMail.programme_id == programme.id)
    mine = query.where(OutgoingMail.kind == MailKind.NOT_DELIVERED)
    return session.exec(mine.where(OutgoingMail.recipient_key == account.email.casefold())).one()


def _sum(failures: Sequence[Failure]) -> Sum:
    def of(state: MailState) -> int:
        return sum(one.state == state for one in failures)

    rounds = [(one.at, one.round_id) for one in failures if one.round_id is not None]
    last = max(rounds)[1] if rounds else None
    return Sum(of(MailState.REJECTED), of(MailState.EXPIRED), of(MailState.UNCERTAIN), last)


def _sum_facts(told: Sum) -> dict[str, Any]:
    return {"returned": told.returned, "late": told.late, "held": told.held, "round": told.round_id}
