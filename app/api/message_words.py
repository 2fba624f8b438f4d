"""/messages/{id}: one mail, its fate, and what it says, as far as organisers read it before it leaves.

The same words as on its page, by the same service: its links open nothing, and what people need in order to take part
is left out.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from app.api import shown
from app.api.answers import Answer, MessageAnswer
from app.api.deps import Caller, message_by_id
from app.api.route import needs, router
from app.api.samples import mailbox
from app.doors import InContext, Moment, Reading
from app.models import OutgoingMail, Participant, Scope
from app.services import readings
from app.settings import Settings
from emails.samples import preheader

routes = router("messages")


class MessageFile(Answer):
    """A file that comes with a mail."""

    name: str
    media_type: str
    text: str


class MessageWords(Answer):
    """What a mail says to its reader; none of its links opens anything."""

    subject: str
    preheader: str
    sender: str
    replies_to: list[str]
    text: str
    html: str
    files: list[MessageFile]


class MessageInFull(MessageAnswer):
    """One mail, its fate and its words."""

    words: Annotated[
        MessageWords | None,
        Field(
            description="Of introductions, and of mails to who was left out; null for others, and once they are gone."
        ),
    ]


@routes.get("/messages/{message_id}")
@needs(Scope.READ)
def get_message(message_id: str, session: Reading, caller: Caller, now: Moment, context: InContext) -> MessageInFull:
    """One mail as its reader gets it, and what became of it. Its links open nothing, and what people need in order to
    take part stays between those who meet.
    """
    return in_full(session, message_by_id(session, caller, message_id, lock=False), context.settings, now)


def in_full(session: Session, mail: OutgoingMail, settings: Settings, now: datetime) -> MessageInFull:
    """The mail, with its words where organisers may read it."""
    words = _words(session, mail, settings, now) if readings.readable(mail) else None
    return MessageInFull(**shown.one_message(session, mail).model_dump(), words=words)


def _words(session: Session, mail: OutgoingMail, settings: Settings, now: datetime) -> MessageWords:
    person = session.get(Participant, mail.participant_id) if mail.participant_id else None
    message = readings.read(mail, person.locale if person else "", settings, now)
    return MessageWords(
        subject=message.subject,
        preheader=preheader(message.html),
        sender=mailbox(message.sender),
        replies_to=[mailbox(address) for address in message.reply_to],
        text=message.text,
        html=message.html,
        files=[
            MessageFile(name=file.file_name, media_type=file.content_type, text=file.data.decode("utf-8"))
            for file in message.attachments
        ],
    )
