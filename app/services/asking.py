"""The two questions after an introduction: a reminder (have you met yet?) and a check-in (did you meet?).

Each is written once a person and group, because its row has a key that says so; both stop the moment an answer comes,
since that is looked at when the row is written and again when it is claimed (`make_true`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from app.models import (
    Feedback,
    Group,
    MailKind,
    MailState,
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
from app.queries import pools
from app.queries import rounds as round_queries
from app.services import arranging, calling_off, letters, links, mail_policy, outbox
from app.services.mail_policy import USEFUL

MOST = 500
"""Questions written in one transaction: a large programme takes several, so that nobody waits for it."""

ASKED = (ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD)


@dataclass(frozen=True)
class _Due:
    programme: Programme
    kind: MailKind
    after: timedelta


def ask(session: Session, *, now: datetime, secret_key: str, most: int = MOST) -> int:
    """Write the questions that are due, at most so many. Returns how many; as many as `most` means: call again."""
    written = 0
    for due in _programmes(session):
        written += _ask(session, due, now, secret_key, most - written)
        if written >= most:
            break
    return written


def _programmes(session: Session) -> Iterator[_Due]:
    for programme in session.exec(
        select(Programme).where(Programme.state == ProgrammeState.OPEN).order_by(Programme.id)
    ).all():
        for kind, days in (
            (MailKind.CHECK_IN, programme.check_in_after),
            (MailKind.REMINDER, programme.remind_after),
        ):
            if days:
                yield _Due(programme, kind, timedelta(days=days))


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
    """Who was introduced so long ago, has not said a word and was not asked. What is very late is not asked any more.

    An introduction whose fate is unknown counts: for who never got it, the reminder makes up for it. One to a group
    that its reader has left for another does not, and nobody is asked about people of whom none can be reached.
    """
    latest, introduced = now - due.after, col(OutgoingMail.released_at)
    usual = and_(introduced <= latest, introduced > latest - USEFUL[due.kind])
    standing_in = col(Round.period) + "/" + col(Placement.group_id)  # the occasion of a group that `standins` made
    anew = aliased(OutgoingMail)
    moved = select(anew.id).where(
        anew.programme_id == Placement.programme_id,
        anew.kind == MailKind.INTRODUCTION,
        anew.recipient_key == Placement.participant_id,
        anew.occasion == standing_in,
    )
    said = select(Feedback.group_id).where(
        Feedback.group_id == Placement.group_id,
        Feedback.participant_id == Placement.participant_id,
        arranging.settled(),
    )
    asking = aliased(OutgoingMail)
    asked = select(asking.id).where(
        asking.kind == due.kind,
        asking.participant_id == Placement.participant_id,
        asking.occasion == Placement.group_id,
    )
    other, they = aliased(Placement), aliased(Participant)
    company = (
        select(other.participant_id)
        .join(they, col(they.id) == other.participant_id)
        .where(other.group_id == Placement.group_id, other.participant_id != Placement.participant_id)
        .where(col(they.state) != ParticipantState.HELD)
    )
    rows = session.exec(
        select(Placement, Round, OutgoingMail.occasion)
        .join(Round, col(Round.id) == Placement.round_id)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .join(
            OutgoingMail,
            (col(OutgoingMail.participant_id) == Placement.participant_id)
            & (col(OutgoingMail.round_id) == Placement.round_id),
        )
        .where(OutgoingMail.programme_id == due.programme.id)
        .where(OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(col(OutgoingMail.state).in_([MailState.SENT, MailState.UNCERTAIN]))
        .where(arranging.asks_now(due.kind, due.programme, now, usual))
        .where(or_(OutgoingMail.occasion == standing_in, and_(OutgoingMail.occasion == Round.period, ~moved.exists())))
        .where(col(Participant.state).in_(ASKED))
        .where(company.exists(), ~said.exists(), ~asked.exists())
        .order_by(Placement.round_id, Placement.participant_id)
        .limit(most)
    )
    return [(placement, round_, thread) for placement, round_, thread in rows]


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
) -> OutgoingMail:
    """A reminder or a check-in to one of a group, in the `thread` (the occasion) of their introduction."""
    teams = people_queries.teams_of(session, programme)
    ask = links.issue(session, secret_key, person, Purpose.FEEDBACK, now, group.id)
    page = links.issue(session, secret_key, person, Purpose.CONVERSATION, now, group.id)
    facts = {
        "frame": letters.frame_facts(session, programme),
        "period": round_.period,
        "group": group.id,
        "thread": thread,
        "member": letters.member_facts(person, teams),
        "members": [letters.member_facts(other, teams) | {"id": other.id} for other in others],
        "links": {"feedback": ask.id, "conversation": page.id} | letters.choice_links(session, person, now, secret_key),
    }
    return outbox.write(session, programme, kind, group.id, facts, now=now, participant=person, round_=round_)


def make_true(session: Session, mail: OutgoingMail, *, now: datetime, secret_key: str) -> bool:
    """See that a mail that is about to go says what is true. Returns False when it must not go: see `letters`."""
    if "scrubbed" in mail.facts:  # a worker held it during an erasure: its bytes may name who is gone
        mail.facts = {name: said for name, said in mail.facts.items() if name != "scrubbed"}
        mail.rendered = None
        session.add(mail)
    if mail.kind == MailKind.CALLED_OFF:
        return calling_off.make_true(session, mail, now=now)
    if mail.kind in QUESTIONS:
        return _still_a_question(session, mail, now)
    return letters.make_true(session, mail, now=now, secret_key=secret_key)


QUESTIONS = (MailKind.REMINDER, MailKind.CHECK_IN)


def _still_a_question(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    """Whether there is something to ask: no answer has come, and whom it names is here and may be met."""
    if not mail_policy.has_words(mail):
        return letters.drop(session, mail, mail_policy.WORDS_GONE, now)
    group_id, me = mail.facts["group"], mail.participant_id or ""
    listed = [member["id"] for member in mail.facts["members"]]
    here = people_queries.still_here(session, listed)
    reachable = any(person.state != ParticipantState.HELD for person in here)
    together = not pools.kept_apart(session, mail.programme_id, [me, *listed])
    moved = session.exec(
        select(Placement.group_id).where(Placement.round_id == mail.round_id, Placement.participant_id == me)
    ).one_or_none()
    answered = arranging.answered(session, group_id, me)
    if not answered and arranging.stops(session, mail, now):
        return False
    if not answered and together and moved == group_id and reachable and len(here) == len(listed):
        return True
    return letters.drop(session, mail, "Answered already." if answered else mail_policy.NAMES_NOBODY, now)
