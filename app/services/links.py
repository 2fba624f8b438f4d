"""Mailed links: issued into a mail, looked at by GET, redeemed by POST."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select, update

from app.errors import LinkExpired, SampleLink
from app.models import MailedLink, Participant, Programme, Purpose
from app.security import digest, mailed_token, new_id

LIFETIME: dict[Purpose, timedelta | None] = {
    Purpose.CONFIRM: timedelta(hours=24),
    Purpose.MY_PAGE: timedelta(hours=1),
    Purpose.CHOICES: timedelta(days=60),
    Purpose.FEEDBACK: timedelta(days=60),
    Purpose.CONVERSATION: timedelta(days=60),
    Purpose.LEAVE: None,  # leaving must work from the oldest mail
    Purpose.SOMEONE_NEW: timedelta(days=30),
    Purpose.CONCERN: timedelta(days=180),  # some things are said late
    Purpose.OUTCOME: timedelta(days=60),
    Purpose.STILL_IN: timedelta(days=365),
    Purpose.SESSION: timedelta(hours=12),
}
INVITATION = timedelta(days=14)
"""How long the link to confirm works for whom an organiser has invited: they did not ask, and may be away."""
SINGLE_USE = frozenset({Purpose.CONFIRM, Purpose.MY_PAGE})
SAMPLE = "sample-"
"""What the tokens in sample mails begin with. No token has a hyphen, so that none of these can ever open anything."""


def issue(
    session: Session,
    secret_key: str,
    participant: Participant,
    purpose: Purpose,
    now: datetime,
    about: str | None = None,
) -> MailedLink:
    """A new link, `about` a group where it asks about one. For single-use purposes it cancels the older ones of the
    same person.
    """
    if purpose in SINGLE_USE:
        cancel(session, participant, now, purpose)
    columns = columns_of(new_id("lnk"), secret_key, participant.programme_id, participant.id, purpose, now)
    link = MailedLink(**columns, about=about)
    session.add(link)
    return link


def columns_of(
    link_id: str, secret_key: str, programme_id: str, participant_id: str, purpose: Purpose, now: datetime
) -> dict[str, Any]:
    """A new link as the columns of its row, for whoever writes many at once."""
    lifetime = LIFETIME[purpose]
    return {
        "id": link_id,
        "programme_id": programme_id,
        "participant_id": participant_id,
        "purpose": purpose,
        "hash": digest(mailed_token(secret_key, link_id)),
        "created_at": now,
        "expires_at": now + lifetime if lifetime else None,
    }


def cancel(session: Session, participant: Participant, now: datetime, *purposes: Purpose) -> None:
    """Make the person's links of these purposes worthless."""
    session.exec(
        update(MailedLink)
        .where(col(MailedLink.participant_id) == participant.id)
        .where(col(MailedLink.purpose).in_(purposes))
        .where(col(MailedLink.cancelled_at).is_(None))
        .values(cancelled_at=now)
    )


def cancel_all_but_leave(session: Session, participant: Participant, now: datetime) -> None:
    """For who has left: the one-click link goes on answering that they are out, and what was wrong can be said."""
    stay = (Purpose.LEAVE, Purpose.CONCERN)
    cancel(session, participant, now, *(purpose for purpose in Purpose if purpose not in stay))


def token_of(
    session: Session, secret_key: str, participant: Participant, purpose: Purpose, about: str, now: datetime
) -> str | None:
    """The secret of a link that was mailed to this person before, for this purpose and group, and works still."""
    newest_first = (
        select(MailedLink)
        .where(MailedLink.participant_id == participant.id)
        .where(MailedLink.purpose == purpose)
        .where(MailedLink.about == about)
        .order_by(col(MailedLink.created_at).desc(), col(MailedLink.id))
    )
    return next((mailed_token(secret_key, link.id) for link in session.exec(newest_first) if _alive(link, now)), None)


def look(session: Session, token: str, now: datetime, *purposes: Purpose) -> tuple[MailedLink, Participant, Programme]:
    """What a link names, without spending it.

    Raises LinkExpired, in the same words for used, cancelled, expired, foreign and forged ones; SampleLink for one that
    stands in a sample mail.
    """
    if token.startswith(SAMPLE):
        raise SampleLink
    link = session.exec(select(MailedLink).where(MailedLink.hash == digest(token))).one_or_none()
    if link is None or link.purpose not in purposes or not _alive(link, now):
        raise LinkExpired
    participant = session.exec(select(Participant).where(Participant.id == link.participant_id)).one()
    programme = session.exec(select(Programme).where(Programme.id == participant.programme_id)).one()
    return link, participant, programme


def _alive(link: MailedLink, now: datetime) -> bool:
    spent = link.purpose in SINGLE_USE and link.used_at is not None
    late = link.expires_at is not None and link.expires_at <= now
    return not spent and not late and link.cancelled_at is None


def redeem(
    session: Session, token: str, now: datetime, *purposes: Purpose
) -> tuple[MailedLink, Participant, Programme]:
    """As `look`, and spends a single-use link: of two that redeem at once, one gets LinkExpired."""
    link, participant, programme = look(session, token, now, *purposes)
    if link.purpose in SINGLE_USE:
        spent = session.exec(
            update(MailedLink)
            .where(col(MailedLink.id) == link.id)
            .where(col(MailedLink.used_at).is_(None))
            .values(used_at=now)
        )
        if spent.rowcount != 1:
            raise LinkExpired
    return link, participant, programme
