"""Mails with a link that lets an organiser in. They travel in the name of a programme, as every mail does."""

from datetime import datetime

from sqlmodel import Session

from app.models import LinkFor, MailKind, OrganiserAccount, OrganiserLink
from app.queries import organisers as queries
from app.services import letters, outbox


def write(session: Session, account: OrganiserAccount, link: OrganiserLink, *, now: datetime) -> bool:
    """An invitation, or a link to sign in; False while the organisation has no programme to write for."""
    programme = queries.sender_programme(session, account)
    if programme is None:
        return False
    facts = {
        "frame": letters.frame_facts(session, programme),
        "organiser_link": link.id,
        "invited": link.purpose == LinkFor.INVITATION,
    }
    mail = outbox.write(session, programme, MailKind.SIGN_IN, link.id, facts, now=now, address=account.email)
    mail.useful_until = link.expires_at
    return True
