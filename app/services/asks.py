"""What people would like help with, and who may read it: their own choice, which counts at once and backwards."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, cast
from sqlmodel import Session, col, select

from app.models import AsksShown, Group, MailKind, MailState, OutgoingMail, Participant, Placement
from app.queries import participants as queries
from app.queries import programmes as programme_queries
from app.services import letters
from emails import to_json
from matching import WOULD_LIKE_HELP

WITH_A_WORKER = (MailState.SENDING, MailState.DOT)
MAY_STILL_GO = (*WITH_A_WORKER, MailState.READY, MailState.UNCERTAIN, MailState.REJECTED, MailState.EXPIRED)


def choose(session: Session, person: Participant, shown: AsksShown) -> None:
    """Who may read this person's asks from now on. With nobody, they go from the reasons of their groups, which
    organisers read, and from introductions that have not gone yet; call it once the topics are written.
    """
    person.asks_shown = shown
    session.add(person)
    if shown != AsksShown.NOBODY:
        return
    programme_queries.lock(session, person.programme_id)  # a draw that is being written down sees this, or is seen
    session.flush()
    mine = select(Placement.group_id).where(Placement.participant_id == person.id)
    for group in session.exec(select(Group).where(col(Group.id).in_(mine))):
        group.facts = _silent(group.facts)
        session.add(group)
    topics = queries.topics_of(session, [person.id])[person.id]
    for mail in _introductions(session, person):
        mail.facts = mail.facts | {
            "common": _silent(mail.facts["common"]),
            "members": [
                member | {"about": to_json(letters.about(person, topics))} if member["id"] == person.id else member
                for member in mail.facts["members"]
            ],
        }
        if mail.state in WITH_A_WORKER:  # its bytes may come back to the row, and are not kept then
            mail.facts = mail.facts | {"scrubbed": True}
        mail.rendered = None
        session.add(mail)


def _introductions(session: Session, person: Participant) -> list[OutgoingMail]:
    """Those that name the person and may still go, by themselves or on an organiser's word."""
    naming = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.programme_id == person.programme_id)
        .where(OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(col(OutgoingMail.state).in_(MAY_STILL_GO))
        .where(cast(col(OutgoingMail.facts), Text).contains(person.id, autoescape=True))
        .order_by(OutgoingMail.id)
        .with_for_update()
    ).all()
    return [mail for mail in naming if "members" in mail.facts and "common" in mail.facts]


def _silent(facts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without any that says who asks for what: whose it is cannot be told from names that people choose."""
    return [fact for fact in facts if fact["message"] != WOULD_LIKE_HELP]
