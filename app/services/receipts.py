"""What was pressed behind a mailed link is told to its owner, with the way to take it back.

Introductions are quoted in answers to all, and the link to the page of a conversation with them: whoever reads on could
say there that its owner cannot. They would be out of the conversation, and asked nothing more, without knowing it.
"""

from sqlmodel import Session, select

from app.models import MailKind, MailState, OutgoingMail, Purpose
from app.queries import participants as people_queries
from app.services import calling_off, letters, links, outbox, rhythm, suppression
from app.services.calling_off import Seat


def write(session: Session, seat: Seat, *, looking: bool) -> None:
    """One mail for each such word, where their owner may have one mail more. It counts as any about a round."""
    person, programme = seat.person, seat.programme
    if _written(session, seat, looking) or not rhythm.has_room(session, programme, person, seat.round_):
        return
    if suppression.suppressed(session, programme.organisation_id, person.email, secret_key=seat.secret_key) is not None:
        return
    teams = people_queries.teams_of(session, programme)
    others = calling_off.others(session, seat)
    page = links.issue(session, seat.secret_key, person, Purpose.CONVERSATION, seat.now, seat.group_id)
    mine = calling_off.introductions(session, seat.round_, person)
    facts = {
        "frame": letters.frame_facts(session, programme),
        "period": seat.round_.period,
        "group": seat.group_id,
        "thread": mine[0].occasion if mine else seat.round_.period,
        "member": letters.member_facts(person, teams),
        "away": None,
        "away_id": "",
        "others": [one.name for one in others],
        "other_ids": [one.id for one in others],
        "looking": looking,
        "own": True,
        "links": letters.choice_links(session, person, seat.now, seat.secret_key)
        | {Purpose.CONVERSATION.value: page.id},
    }
    occasion = calling_off.occasion(seat, looking)
    outbox.write(
        session,
        programme,
        MailKind.CALLED_OFF,
        occasion,
        facts,
        now=seat.now,
        participant=person,
        round_=seat.round_,
    )


def _written(session: Session, seat: Seat, looking: bool) -> bool:
    """Whether it was told before. One that was taken back on its way makes room for another."""
    before = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.programme_id == seat.programme.id, OutgoingMail.kind == MailKind.CALLED_OFF)
        .where(OutgoingMail.occasion == calling_off.occasion(seat, looking))
        .where(OutgoingMail.recipient_key == seat.person.id)
    ).one_or_none()
    if before is not None and before.state == MailState.SUPPRESSED:
        session.delete(before)
        session.flush()
        return False
    return before is not None
