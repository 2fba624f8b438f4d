"""Which of our mails has a Message-ID: for providers that name a mail by it and not by the address it came from.

A Message-ID is a keyed hash (`emails.message_id`), so that nobody can make one up; it is not stored, but made again
from the mails that went to the same recipient.
"""

from sqlmodel import Session, col, func, select

import emails
from app.models import OutgoingMail
from app.security import derive_key, return_tag
from app.services import outbox
from app.services.composing import sender
from app.settings import Settings

NEWEST = 200
"""How many mails to one address are looked through, newest first."""


def tag_of(session: Session, message_id: str, recipient: str, settings: Settings) -> str:
    """The return tag of the mail to `recipient` with this Message-ID, or an empty text."""
    wanted = message_id.strip().strip("<>")
    if "@" not in wanted or not recipient:
        return ""
    key, domain = derive_key(settings.secret, "message-id"), sender(settings)[1].rpartition("@")[2]
    mails = session.exec(
        select(OutgoingMail)
        .where(func.lower(OutgoingMail.recipient) == recipient.strip().lower())
        .order_by(col(OutgoingMail.created_at).desc())
        .limit(NEWEST)
    )
    for mail in mails:
        dedup_key = outbox.dedup_key(mail.programme_id, mail.occasion, mail.kind, mail.recipient_key)
        if emails.message_id(key, dedup_key, domain).strip("<>") == wanted:
            return return_tag(settings.secret, mail.id)
    return ""
