"""Those who gave no sign for some rounds: they sit out from the next draw on, are told once and kindly, and come back
with one press. Nobody else learns of it.

A round counts when somebody was introduced in it and was asked how it went. A sign is an answer, or any button pressed
behind a link of ours, which is also how one's own page is opened.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, and_, col, func, or_, select, update

from app.clock import local_date
from app.models import (
    Feedback,
    HeldFor,
    MailedLink,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    Purpose,
    Round,
)
from app.security import digest
from app.services import audit, letters, links, rhythm
from app.services.mail_policy import NOT_NEEDED, WORDS_GONE, has_words

GRACE = timedelta(days=3)
"""How long an answer to the last question may take before it counts as none."""
QUESTIONS = (MailKind.REMINDER, MailKind.CHECK_IN, MailKind.CHECK_IN_AGAIN)
ACTOR = "rhythm"


def heard(session: Session, token: str, now: datetime) -> None:
    """A button behind this link was pressed: whoever has it gave a sign. Call it at the end of a transaction: who
    changes people and holds their programme must not wait for us.
    """
    whose = select(MailedLink.participant_id).where(MailedLink.hash == digest(token)).scalar_subquery()
    session.exec(
        update(Participant)
        .where(col(Participant.id) == whose)
        .values(heard_at=now)
        .execution_options(synchronize_session=False)
    )


def hold(session: Session, programme: Programme, *, now: datetime, secret_key: str, most: int) -> int:
    """Hold those who were silent, and write each the one mail that says so. Returns how many, at most `most`.

    The caller holds the programme's lock. Who may have no mail more for now is held another time: nobody is held
    without being told.
    """
    held = 0
    for person in _silent(session, programme, now) if programme.hold_after else ():
        if held >= most:
            break
        if rhythm.has_room(session, programme, person, None):
            _hold(session, programme, person, now, secret_key)
            held += 1
    return held


def still_true(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    """Whether its reader is still held, and for that."""
    if not has_words(mail):
        return letters.drop(session, mail, WORDS_GONE, now)
    reason = session.exec(select(Participant.held_for).where(Participant.id == mail.participant_id)).one()
    return reason == HeldFor.SILENCE or letters.drop(session, mail, NOT_NEEDED, now)


def _hold(session: Session, programme: Programme, person: Participant, now: datetime, secret_key: str) -> None:
    person.state, person.held_for = ParticipantState.HELD, HeldFor.SILENCE
    person.paused_until, person.skip_next = None, False
    session.add(person)
    audit.note(session, programme, now=now, actor=ACTOR, action="participant.hold", subject=person.id)

    def words() -> letters.Facts:
        stay = links.issue(session, secret_key, person, Purpose.STILL_IN, now)
        leave = links.issue(session, secret_key, person, Purpose.LEAVE, now)
        return {
            "frame": letters.frame_facts(session, programme),
            "member": letters.member_facts(person, {}),
            "links": {Purpose.STILL_IN.value: stay.id, Purpose.LEAVE.value: leave.id},
        }

    rhythm.write(session, programme, MailKind.STILL_IN, f"held/{now.isoformat()}", words, now=now, person=person)


def _silent(session: Session, programme: Programme, now: datetime) -> Sequence[Participant]:
    """Who is in the draw and gave no sign since the first of their last rounds was sent.

    Their last rounds are those in which they were introduced to somebody, one that is not sent yet among them: who has
    one of those ahead is left in peace.
    """
    last = _last_groups(programme)
    asked = (
        select(OutgoingMail.id)
        .where(OutgoingMail.participant_id == last.c.person, OutgoingMail.occasion == last.c.group_id)
        .where(col(OutgoingMail.kind).in_(QUESTIONS))
        .where(OutgoingMail.state == MailState.SENT)
        .where(col(OutgoingMail.released_at) <= now - GRACE)
    )
    said = select(Feedback.group_id).where(
        Feedback.group_id == last.c.group_id, Feedback.participant_id == last.c.person
    )
    patient = now - timedelta(days=programme.check_in_after) - GRACE
    rounds = (
        select(last.c.person, func.min(last.c.sent).label("since"))
        .where(last.c.place <= programme.hold_after, last.c.sent <= patient, asked.exists(), ~said.exists())
        .group_by(last.c.person)
        .having(func.count() == programme.hold_after)
        .subquery()
    )
    today = local_date(now, programme.time_zone)
    back = and_(Participant.state == ParticipantState.PAUSED, col(Participant.paused_until) <= today)
    return session.exec(
        select(Participant)
        .join(rounds, rounds.c.person == Participant.id)
        .where(or_(Participant.state == ParticipantState.ACTIVE, back))
        .where(or_(col(Participant.heard_at).is_(None), col(Participant.heard_at) < rounds.c.since))
        .order_by(Participant.id)
    ).all()


def _last_groups(programme: Programme):  # type: ignore[no-untyped-def]
    """The groups in which each person has stood, the latest in `place` 1."""
    newest_first = func.row_number().over(partition_by=col(Placement.participant_id), order_by=col(Round.number).desc())
    return (
        select(
            col(Placement.participant_id).label("person"),
            col(Placement.group_id).label("group_id"),
            col(Round.sending_at).label("sent"),
            newest_first.label("place"),
        )
        .join(Round, col(Round.id) == Placement.round_id)
        .where(Round.programme_id == programme.id)
        .where(col(Placement.group_id).is_not(None))
        .subquery()
    )
