"""Mails to whom an organiser has brought along, with the button that lets them in: written for many people at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.db import insert_all
from app.models import MailedLink, MailKind, OutgoingMail, Programme, Purpose
from app.security import ids_together
from app.services import letters, links, outbox


def invite(
    session: Session, programme: Programme, people: Sequence[tuple[str, str]], *, now: datetime, secret_key: str
) -> None:
    """One mail and one link for each of these new people, given by id and address: what `letters.queue_confirmation`
    writes for somebody who is invited.
    """
    if not people:
        return
    frame = letters.frame_facts(session, programme)
    link_id, mail_id = ids_together("lnk"), ids_together("msg")
    lasting = {"expires_at": now + links.INVITATION}
    issued = [
        links.columns_of(link_id(), secret_key, programme.id, person_id, Purpose.CONFIRM, now) | lasting
        for person_id, _ in people
    ]
    released = outbox.release_of(MailKind.CONFIRM_SIGN_UP, now)
    mails = [
        outbox.columns_of(
            programme,
            MailKind.CONFIRM_SIGN_UP,
            link["id"],
            {"frame": frame, "links": {"confirm": link["id"]}, "invited": True},
            now=now,
            recipient=address,
            participant_id=person_id,
        )
        | released
        | {"id": mail_id()}
        for link, (person_id, address) in zip(issued, people, strict=True)
    ]
    insert_all(session, MailedLink, issued)
    insert_all(session, OutgoingMail, mails)
