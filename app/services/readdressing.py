"""Somebody's address was written down wrong: an organiser corrects it, as long as no mail has ever arrived there.

Every way to a person's own page begins in a mail to them. Where none has arrived, nobody has been there, and nothing is
kept behind it that an organiser must not come by. Where one has, only the person moves, by joining with the new
address. Source: research on reliability, A5 (a change of address revokes every link).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast
from sqlmodel import Session, col, or_, select, update

from app.errors import BadInput, Conflict, Fault
from app.files.addresses import Address
from app.models import (
    BlockedAddress,
    HeldFor,
    MailedLink,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Programme,
)
from app.queries import participants as queries
from app.queries import programmes
from app.services import audit, letters, links, mail_policy, rounds, second_tries, suppression
from emails import phrase

MAY_HAVE_ARRIVED = (MailState.SENDING, MailState.DOT, MailState.SENT, MailState.UNCERTAIN)
WAIT = (MailState.READY, MailState.REJECTED, MailState.EXPIRED)
"""Mails that have not arrived and may still go: by themselves, or on an organiser's word."""


def may_move(session: Session, person: Participant) -> bool:
    """Whether an organiser may correct the address: no mail to this person has arrived, as far as anybody knows."""
    if person.heard_at is not None or person.state == ParticipantState.LEFT:
        return False
    mine = select(OutgoingMail.id).where(OutgoingMail.participant_id == person.id)
    arrived = or_(col(OutgoingMail.state).in_(MAY_HAVE_ARRIVED), col(OutgoingMail.doubted).is_(True))
    return session.exec(mine.where(arrived).limit(1)).first() is None


def move(
    session: Session,
    programme: Programme,
    person: Participant,
    address: Address,
    match_key: str,
    *,
    now: datetime,
    secret_key: str,
    actor: str,
) -> None:
    """Have the address be another. What waits goes there; nothing that came back is sent again by this. Whoever has not
    confirmed gets a new mail that asks; whoever was held because mail came back is in the draw. The same address
    changes nothing. The caller holds the programme's lock.

    Raises Conflict where mail has arrived, or somebody else in the programme has that address; BadInput for one that is
    closed to our mail.
    """
    if address.mailbox == person.email:
        return
    # before a worker takes one of them: it has the old address in hand
    session.exec(programmes.locked(select(OutgoingMail).where(OutgoingMail.participant_id == person.id))).all()
    if not may_move(session, person):
        words = "Mail has arrived at the address of this person, or may have: only they change it, by joining anew."
        raise Conflict(phrase(words))
    other = queries.by_address(session, programme, address.key)
    if other is not None and other.id != person.id:
        raise Conflict(phrase("Somebody else in this programme has that address."))
    if suppression.suppressed(session, programme.organisation_id, address.mailbox, secret_key=secret_key) is not None:
        raise BadInput(Fault("email", phrase("This address is closed to our mail."), phrase("Enter another one.")))
    old, old_key = person.email, person.email_key
    _keep_blocks(session, person, address, now)
    _keep_lines(session, person, address)
    if person.match_key == old_key:
        person.match_key = match_key
    person.email, person.email_key = address.mailbox, address.key
    _bring_back(session, programme, person, now, actor)
    session.flush()
    _redirect(session, person, old, now, secret_key)
    if person.state == ParticipantState.PENDING:
        letters.queue_confirmation(session, programme, person, now=now, secret_key=secret_key)
    audit.note(session, programme, now=now, actor=actor, action="participant.address", subject=person.id)
    session.flush()
    rounds.part(session, programme, now=now, secret_key=secret_key)  # somebody may have blocked the new one already


def _keep_blocks(session: Session, person: Participant, address: Address, now: datetime) -> None:
    """Who would rather not meet them, by the old address, does not meet them by the new one; the list of that person
    shows what they have typed, and not where somebody has moved.
    """
    key = address.key
    blocks = session.exec(select(BlockedAddress).where(BlockedAddress.email_key == person.email_key)).all()
    for block in (one for one in blocks if one.programme_id == person.programme_id):
        if session.get(BlockedAddress, (block.participant_id, key)) is None:
            kept: dict[str, Any] = {"programme_id": block.programme_id, "created_at": now, "email": block.email}
            session.add(BlockedAddress(participant_id=block.participant_id, email_key=key, **kept))


def _keep_lines(session: Session, person: Participant, address: Address) -> None:
    """Whoever has them as line manager, by the old address, has them by the new one."""
    session.exec(
        update(Participant)
        .where(col(Participant.programme_id) == person.programme_id, col(Participant.manager_key) == person.email_key)
        .values(manager_email=address.mailbox, manager_key=address.key)
    )


def _bring_back(session: Session, programme: Programme, person: Participant, now: datetime, actor: str) -> None:
    if person.state == ParticipantState.HELD and person.held_for != HeldFor.SILENCE:
        person.state, person.held_for = ParticipantState.ACTIVE, None
        audit.note(session, programme, now=now, actor=actor, action="participant.back", subject=person.id)
    session.add(person)


def _redirect(session: Session, person: Participant, old: str, now: datetime, secret_key: str) -> None:
    """What waits is addressed anew, and what names the person names the new address. Every link is a new one."""
    mine = col(OutgoingMail.participant_id) == person.id
    named = cast(col(OutgoingMail.facts), Text).contains(person.id, autoescape=True)
    here = select(OutgoingMail).where(OutgoingMail.programme_id == person.programme_id)
    waits = here.where(col(OutgoingMail.state).in_(WAIT), or_(mine, named)).order_by(OutgoingMail.id)
    waiting = session.exec(programmes.locked(waits)).all()
    own = [mail for mail in waiting if mail.participant_id == person.id and mail.kind != MailKind.CONFIRM_SIGN_UP]
    old_links = [link for mail in own for link in mail.facts.get("links", {}).values()]
    issued = {
        link.id: links.issue(session, secret_key, person, link.purpose, now, link.about).id
        for link in session.exec(select(MailedLink).where(col(MailedLink.id).in_(old_links))).all()
    }
    links_before = select(MailedLink).where(MailedLink.participant_id == person.id)
    for link in session.exec(links_before.where(col(MailedLink.cancelled_at).is_(None))).all():
        if link.id not in issued.values():
            link.cancelled_at = now
            session.add(link)
    for mail in waiting:
        if mail.kind == MailKind.CONFIRM_SIGN_UP:  # there is a new one
            letters.drop(session, mail, mail_policy.NOT_NEEDED, now)
            continue
        mail.facts = _readdressed(mail.facts, old, person.email)
        if mail.participant_id == person.id:
            fresh = {name: issued.get(link, link) for name, link in mail.facts.get("links", {}).items()}
            mail.facts = mail.facts | ({"links": fresh} if "links" in mail.facts else {})
            if mail.state == MailState.READY:  # what came back was to the old one, and so is what is reported of it
                second_tries.address(mail, person)
        mail.rendered = None
        session.add(mail)


def _readdressed(said: Any, old: str, new: str) -> Any:
    """The facts of a mail with the new address wherever the old one stood."""
    if isinstance(said, list):
        return [_readdressed(one, old, new) for one in said]
    if not isinstance(said, dict):
        return said
    return {
        name: new if name in ("address", "writes_first") and part == old else _readdressed(part, old, new)
        for name, part in said.items()
    }
