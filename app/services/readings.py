"""A written mail as its reader would get it, for an organiser to look at before it leaves.

Nothing secret comes with it: its links are samples that open nothing, since whoever holds a real one may act for the
reader; and what people need in order to take part is told to those they meet, not to who looks after the draw.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import emails
from app.errors import NotFound
from app.models import MailKind, OutgoingMail
from app.security import mailed_token
from app.services import composing, mail_policy
from app.services.links import SAMPLE
from app.services.outbox import Parcel
from app.services.previews import complete
from app.settings import Settings
from emails import phrase

READABLE = frozenset({MailKind.INTRODUCTION, MailKind.LEFT_OUT})
"""Mails that say nothing but what the draw has decided. Others tell what somebody has said or done since."""


def readable(mail: OutgoingMail) -> bool:
    """Whether the mail may be looked at, and has words still."""
    return mail.kind in READABLE and mail_policy.has_words(mail)


def read(mail: OutgoingMail, locale: str, settings: Settings, now: datetime) -> emails.Message:
    """What it says, in the language that its reader has chosen, if any.

    Raises NotFound for one that is not to be read, or has no words now.
    """
    if not readable(mail):
        raise NotFound(phrase("There is nothing to read here by that name."))
    shown = complete(settings)
    message = composing.compose(_parcel(mail, locale, now), shown)
    text, html = message.text, message.html
    for name, link in mail.facts.get("links", {}).items():
        token = mailed_token(shown.secret, link)
        text, html = text.replace(token, SAMPLE + name), html.replace(token, SAMPLE + name)
    return replace(message, text=text, html=html)


def for_organisers(facts: dict[str, Any]) -> dict[str, Any]:
    """What a mail says, without what only those who meet may read."""
    if "members" not in facts:
        return facts
    return facts | {"members": [member | {"access": ""} for member in facts["members"]]}


def _parcel(mail: OutgoingMail, locale: str, now: datetime) -> Parcel:
    """The row as a worker would hold it."""
    return Parcel(
        id=mail.id,
        token="",
        kind=mail.kind,
        programme_id=mail.programme_id,
        occasion=mail.occasion,
        recipient=mail.recipient,
        recipient_key=mail.recipient_key,
        facts=for_organisers(mail.facts),
        released_at=mail.released_at or now,
        attempts=mail.attempts,
        locale=locale,
    )
