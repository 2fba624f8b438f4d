"""Something wrong? The page behind that link: who reads what is written, what happens then, and a form.

It looks the same whether somebody has written before or not: mails are quoted, and this link with them.
"""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.errors import LinkExpired
from app.models import MailedLink, Participant, Programme, Purpose
from app.services import concerns, links
from app.services.concerns import LONGEST, Concern
from app.settings import Settings
from app.web import forms
from app.web.forms import Posted, Trouble, Troubles
from app.web.pages import page, see_other
from emails import phrase

ACTIONS = ("concern", "keep-apart")
DONE = ("sent", "apart", "often")


def path_about(session: Session, person: Participant, group_id: str | None, settings: Settings, now: datetime) -> str:
    """The page on which something wrong about a meeting is said, for whoever was mailed it; or nothing."""
    token = links.token_of(session, settings.secret, person, Purpose.CONCERN, group_id, now) if group_id else None
    return f"/m/{token}" if token else ""


def shown(
    request: Request,
    session: Session,
    link: MailedLink,
    person: Participant,
    programme: Programme,
    status: int = 200,
    *,
    troubles: tuple[Trouble, ...] = (),
    words: str = "",
    contact: bool = False,
) -> Response:
    """Who reads it, and the form; after the button, what happens now. Raises LinkExpired when the round is gone."""
    meant = concerns.about(session, link)
    if meant is None:
        raise LinkExpired
    done = request.query_params.get("done")
    return page(
        request,
        "concern.html",
        status,
        programme=programme,
        period=meant.round.period,
        others=meant.others,
        reader=concerns.reader_of(programme, [person, *meant.others]),
        done=done if done in DONE and not troubles else None,
        troubles=troubles,
        words=words,
        contact=contact,
        longest=LONGEST,
    )


def act(request: Request, session: Session, token: str, posted: Posted, now: datetime, secret_key: str) -> Response:
    """Pass the words on and keep them apart, or only that. Raises LinkExpired."""
    link, person, programme = links.look(session, token, now, Purpose.CONCERN)
    meant = concerns.about(session, link)
    if meant is None:
        raise LinkExpired
    reader = concerns.reader_of(programme, [person, *meant.others])
    words, contact = "", posted.one("contact") == "yes"
    if posted.one("action") == "concern" and reader is not None:
        read = _read(posted, reader.address)
        if isinstance(read, Troubles):
            typed = posted.shown("words")["words"]
            return shown(
                request, session, link, person, programme, 422, troubles=read.found, words=typed, contact=contact
            )
        words = read
    said = Concern(words, contact)
    passed = concerns.raise_concern(session, programme, person, meant, said, reader, now=now, secret_key=secret_key)
    return see_other(f"/m/{token}?done={'often' if not passed else 'sent' if words else 'apart'}")


def _read(posted: Posted, reader: str) -> str | Troubles:
    """The words, for the reader whom the page named."""
    if posted.one("reader") != reader:
        changed = phrase("Somebody else reads this now. Look who it is, further up, and send it again if you like.")
        return Troubles((Trouble("words", changed),))
    return forms.own_words(posted, "words", LONGEST, phrase("Write what happened. A few words are enough."))
