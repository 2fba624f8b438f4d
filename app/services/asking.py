"""The questions after an introduction: a reminder (have you met yet?), a check-in (did you meet?), which comes once
more where nobody answers, and some weeks later: did anything come of it?

Each is written once a person and group, because its row has a key that says so; they stop the moment an answer comes,
since that is looked at when the row is written and again when it is claimed (`make_true`). `ask` also writes what goes
out unasked: see `announcing` and `silence`; and what an organiser wants asked now (`reminding`), which is the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, bindparam, false
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from app.clock import local_date
from app.models import (
    NOTICES,
    Feedback,
    Group,
    HeldFor,
    MailKind,
    MailState,
    Met,
    Outcome,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    ProgrammeState,
    Purpose,
    Round,
)
from app.queries import participants as people_queries
from app.queries import pools, programmes
from app.queries import rounds as round_queries
from app.services import (
    announcing,
    arranging,
    calling_off,
    hours,
    letters,
    links,
    mail_policy,
    notices,
    reminding,
    reports,
    rhythm,
    silence,
    test_copies,
)
from app.services.draw_days import pauses_of
from app.services.due import Due
from app.services.mail_policy import CAN_WAIT

MOST = 500
"""Questions written in one transaction: a large programme takes several, so that nobody waits for it."""

ASKED = (ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD)
HAVE_MET = (Met.YES, Met.BOOKED)
OTHERS = (
    announcing.welcome,
    announcing.before_draw,
    silence.hold,
    notices.so_far,
    notices.not_delivered,
    reports.write,
)
"""What else is due by the clock, each `(session, programme, *, now, secret_key, most)`."""

ASKS = {
    MailKind.REMINDER: Purpose.FEEDBACK,
    MailKind.CHECK_IN: Purpose.FEEDBACK,
    MailKind.CHECK_IN_AGAIN: Purpose.FEEDBACK,
    MailKind.OUTCOME: Purpose.OUTCOME,
}
"""The questions, and what their link is for."""

QUESTIONS = (*ASKS, MailKind.STILL_IN)
"""Who gets one of these depends on who has answered, and that is their own affair: organisers are not shown it."""


@dataclass(frozen=True)
class _Due:
    """A question that is asked when what it follows (the introduction, or the check-in) left between two moments."""

    programme: Programme
    kind: MailKind
    after: datetime
    until: datetime
    by_hand: str | None = None
    """The round whose people an organiser wants asked now."""


def asking(session: Session) -> Sequence[str]:
    """The ids of the programmes that ask at all: those that are open."""
    return session.exec(select(Programme.id).where(Programme.state == ProgrammeState.OPEN).order_by(Programme.id)).all()


def ask(session: Session, programme_id: str, *, now: datetime, secret_key: str, most: int = MOST) -> int:
    """Write what is due in a programme, at most so many. Returns how many; as many as `most` means: call again.

    The programme is locked: two workers never count the mails of one person at once.
    """
    programme = programmes.lock(session, programme_id)
    if programme.state != ProgrammeState.OPEN:
        return 0
    written = 0
    for due in _due(programme, now):
        written += _ask(session, due, now, secret_key, most - written)
    written += _ask_by_hand(session, programme, now, secret_key, most - written)
    for other in OTHERS:
        written += other(session, programme, now=now, secret_key=secret_key, most=most - written)
    return written


def _due(programme: Programme, now: datetime) -> Iterator[_Due]:
    """What is asked now, the later question first. What is very late is not asked any more."""
    zone, pauses = rhythm.zone_of(programme), pauses_of(programme)
    for kind, days, late in (
        (MailKind.OUTCOME, programme.outcome_after, 14),
        (MailKind.CHECK_IN, programme.check_in_after, 7),
    ):
        if days:
            after = hours.days_back(now, zone, days + late, pauses)
            yield _Due(programme, kind, after, hours.days_back(now, zone, days, pauses))
    for kind, days, late in (
        (MailKind.CHECK_IN_AGAIN, programme.check_in_again_after, 2),
        (MailKind.REMINDER, programme.remind_after, 2),
    ):
        if days:
            after = hours.working_days_back(now, zone, days + late, pauses)
            yield _Due(programme, kind, after, hours.working_days_back(now, zone, days, pauses))


def _ask_by_hand(session: Session, programme: Programme, now: datetime, secret_key: str, most: int) -> int:
    """The same questions without their day, for the rounds of which an organiser says so; then the wish is over."""
    wished = select(Round).where(Round.programme_id == programme.id, col(Round.remind).is_(True))
    written = 0
    for round_ in session.exec(wished.order_by(Round.id)).all():
        assert round_.reminded_at
        assert round_.sending_at
        after = round_.sending_at - reminding.APART
        for kind in reminding.kinds(programme) if now < round_.reminded_at + reminding.APART else ():
            due = _Due(programme, kind, after, now - reminding.APART, round_.id)
            written += _ask(session, due, now, secret_key, most - written)
        round_.remind = written >= most
        session.add(round_)
    return written


def _ask(session: Session, due: _Due, now: datetime, secret_key: str, most: int) -> int:
    found = _unasked(session, due, now, most)
    for placement, round_, thread in found:
        group = session.exec(select(Group).where(Group.id == placement.group_id)).one()
        members = round_queries.members_of(session, group.id)
        me = next(one for one in members if one.id == placement.participant_id)
        unable = round_queries.unable_in(session, group.id)
        others = [one for one in members if one is not me and one.id not in unable]
        _write(
            session,
            due.programme,
            round_,
            group,
            me,
            others,
            due.kind,
            thread=thread,
            now=now,
            secret_key=secret_key,
        )
    return len(found)


def _unasked(session: Session, due: _Due, now: datetime, most: int) -> list[tuple[Placement, Round, str]]:
    """Who was introduced so long ago, has not said a word (or, where that is asked about, that they met) and was not
    asked.
    """
    today = local_date(now, due.programme.time_zone)
    rows = session.execute(
        _who_is_unasked(due.kind, due.by_hand is not None),
        {"programme": due.programme.id, "after": due.after, "until": due.until, "most": most, "round": due.by_hand}
        | arranging.days(due.kind, today),
    )
    return [(placement, round_, thread) for placement, round_, thread in rows]


@cache  # making it takes longer than asking it, and every programme is asked every few seconds
def _who_is_unasked(kind: MailKind, by_hand: bool) -> Any:
    """Asks for `programme`, `after`, `until`, `most`, `round` (where it is by hand) and `arranging.days`.

    An introduction whose fate is unknown counts: for who never got it, the reminder makes up for it. One to a group
    that its reader has left for another does not, and nobody is asked about people of whom none can be reached.
    """
    standing_in = col(Round.period) + "/" + col(Placement.group_id)  # the occasion of a group that `standins` made
    anew = aliased(OutgoingMail)
    moved = select(anew.id).where(
        anew.programme_id == Placement.programme_id,
        anew.kind == MailKind.INTRODUCTION,
        anew.recipient_key == Placement.participant_id,
        anew.occasion == standing_in,
    )
    asking, before = aliased(OutgoingMail), aliased(OutgoingMail)
    asked = select(asking.id).where(
        asking.kind == kind,
        asking.participant_id == Placement.participant_id,
        asking.occasion == Placement.group_id,
    )
    released: Any = col(OutgoingMail.released_at)
    if kind == MailKind.CHECK_IN_AGAIN:
        released = (
            select(before.released_at)
            .where(before.participant_id == Placement.participant_id, before.occasion == Placement.group_id)
            .where(before.kind == MailKind.CHECK_IN, col(before.state).in_([MailState.SENT, MailState.UNCERTAIN]))
            .scalar_subquery()
        )
    usual = and_(released <= bindparam("until"), released > bindparam("after"))
    other, they = aliased(Placement), aliased(Participant)
    company = (
        select(other.participant_id)
        .join(they, col(they.id) == other.participant_id)
        .where(other.group_id == Placement.group_id, other.participant_id != Placement.participant_id)
        .where(_reachable(they))
    )
    usually = (
        select(Placement, Round, OutgoingMail.occasion)
        .join(Round, col(Round.id) == Placement.round_id)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .join(
            OutgoingMail,
            (col(OutgoingMail.participant_id) == Placement.participant_id)
            & (col(OutgoingMail.round_id) == Placement.round_id),
        )
        .where(OutgoingMail.programme_id == bindparam("programme"))
        .where(OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(col(OutgoingMail.state).in_([MailState.SENT, MailState.UNCERTAIN]))
        .where(arranging.asks_now(kind, usual))
        .where(or_(OutgoingMail.occasion == standing_in, and_(OutgoingMail.occasion == Round.period, ~moved.exists())))
        .where(col(Participant.state).in_(ASKED))
        .where(company.exists(), _open_question(kind, Placement.group_id, Placement.participant_id))
        .where(~asked.exists())
        .order_by(Placement.round_id, Placement.participant_id)
        .limit(bindparam("most"))
    )
    return usually.where(Placement.round_id == bindparam("round"), ~_past(kind)) if by_hand else usually


def _past(kind: MailKind) -> ColumnElement[bool]:
    """Whether a later question has been asked; by the clock, that has a day of its own."""
    later = aliased(OutgoingMail)
    asked = select(later.id).where(
        later.kind == MailKind.CHECK_IN,
        later.participant_id == Placement.participant_id,
        later.occasion == Placement.group_id,
    )
    found: ColumnElement[bool] = asked.exists() if kind == MailKind.REMINDER else false()
    return found


def _said(group: Any, person: Any, answer: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a person has told whether they met a group, and it is such an answer."""
    told = select(Feedback.group_id).where(Feedback.group_id == group, Feedback.participant_id == person)
    found: ColumnElement[bool] = told.where(answer).exists()
    return found


def _open_question(kind: MailKind, group: Any, person: Any) -> ColumnElement[bool]:
    """Whether a question of this kind is still to be asked of a person about a group."""
    if kind != MailKind.OUTCOME:
        return ~_said(group, person, arranging.settled())
    told = select(Outcome.group_id).where(Outcome.group_id == group, Outcome.participant_id == person)
    return and_(_said(group, person, col(Feedback.met).in_(HAVE_MET)), ~told.exists())


def _reachable(person: type[Participant]) -> ColumnElement[bool]:
    """Not held because mail comes back. Who is held for silence counts as anybody: no mail to others tells of it."""
    return or_(col(person.state) != ParticipantState.HELD, col(person.held_for) == HeldFor.SILENCE)


def _write(
    session: Session,
    programme: Programme,
    round_: Round,
    group: Group,
    person: Participant,
    others: Sequence[Participant],
    kind: MailKind,
    *,
    thread: str,
    now: datetime,
    secret_key: str,
) -> None:
    """A question to one of a group, in the `thread` (the occasion) of their introduction."""
    words = partial(
        _facts, session, programme, round_, group, person, others, kind, thread=thread, now=now, secret_key=secret_key
    )
    rhythm.write(session, programme, kind, group.id, words, now=now, person=person, round_=round_)


def _facts(
    session: Session,
    programme: Programme,
    round_: Round,
    group: Group,
    person: Participant,
    others: Sequence[Participant],
    kind: MailKind,
    *,
    thread: str,
    now: datetime,
    secret_key: str,
) -> letters.Facts:
    teams = people_queries.teams_of(session, programme)
    ask = links.issue(session, secret_key, person, ASKS[kind], now, group.id)
    return {
        "frame": letters.frame_facts(session, programme),
        "period": round_.period,
        "group": group.id,
        "thread": thread,
        "member": letters.member_facts(person, teams),
        "members": [letters.member_facts(other, teams) | {"id": other.id} for other in others],
        "links": {ASKS[kind].value: ask.id}
        | _page_link(session, person, group.id, kind, now, secret_key)
        | letters.choice_links(session, person, now, secret_key)
        | letters.concern_link(session, person, group.id, now, secret_key),
    }


def _page_link(
    session: Session, person: Participant, group_id: str, kind: MailKind, now: datetime, secret_key: str
) -> dict[str, str]:
    """The page of the conversation, for the mails that name it."""
    if kind not in (MailKind.REMINDER, MailKind.CHECK_IN):
        return {}
    return {"conversation": links.issue(session, secret_key, person, Purpose.CONVERSATION, now, group_id).id}


def as_written(session: Session, mail: Due) -> bool:
    """Whether a mail that is about to go may go as it stands, found by a look alone. False: `make_true` must see."""
    return "scrubbed" not in mail.facts and letters.as_written(session, mail)


def make_true(session: Session, mail: OutgoingMail, *, now: datetime, secret_key: str) -> bool:
    """See that a mail that is about to go says what is true. Returns False when it must not go: see `letters`."""
    if "scrubbed" in mail.facts:  # a worker held it during an erasure: its bytes may name who is gone
        mail.facts = {name: said for name, said in mail.facts.items() if name != "scrubbed"}
        mail.rendered = None
        session.add(mail)
    if mail.kind == MailKind.CALLED_OFF:
        return calling_off.make_true(session, mail, now=now)
    if mail.kind == MailKind.TEST_COPY:
        return test_copies.make_true(session, mail, now=now)
    if mail.kind == MailKind.SPONSOR_REPORT:
        return reports.make_true(session, mail, now=now)
    if mail.kind in NOTICES:
        return notices.make_true(session, mail, now=now)
    if mail.kind not in CAN_WAIT:
        return letters.make_true(session, mail, now=now, secret_key=secret_key)
    return _still_wanted(session, mail, now) and rhythm.may_go(session, mail, now)


def _still_wanted(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    if mail.kind in announcing.ANNOUNCEMENTS:
        return announcing.still_true(session, mail, now)
    if mail.kind == MailKind.STILL_IN:
        return silence.still_true(session, mail, now)
    return _still_a_question(session, mail, now)


def _still_a_question(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    """Whether there is something to ask: no answer has come, and whom it names is here and may be met."""
    if not mail_policy.has_words(mail):
        return letters.drop(session, mail, mail_policy.WORDS_GONE, now)
    group_id, me = mail.facts["group"], mail.participant_id or ""
    listed = [member["id"] for member in mail.facts["members"]]
    here = people_queries.still_here(session, listed)
    reachable = any(person.state != ParticipantState.HELD or person.held_for == HeldFor.SILENCE for person in here)
    together = not pools.kept_apart(session, mail.programme_id, [me, *listed])
    moved = session.exec(
        select(Placement.group_id).where(Placement.round_id == mail.round_id, Placement.participant_id == me)
    ).one_or_none()
    answered = not session.execute(select(_open_question(mail.kind, group_id, me))).scalar_one()
    if not answered and mail.kind != MailKind.OUTCOME and arranging.stops(session, mail, now):
        return False
    if not answered and together and moved == group_id and reachable and len(here) == len(listed):
        return True
    return letters.drop(session, mail, "Answered already." if answered else mail_policy.NAMES_NOBODY, now)
