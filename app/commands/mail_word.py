"""`coffee mail resend`, `leave` and `try`: an organiser's word on one mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal
from app.commands.options import AsJson, Url

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.models import OutgoingMail
    from app.services.second_tries import Word

MailId = Annotated[str, typer.Argument(metavar="ID", help="The mail (msg_…); coffee round mails names them.")]


def resend(mail_id: MailId, url: Url = None, as_json: AsJson = False) -> None:
    """Send a held, rejected or expired mail again. It keeps its Message-ID, so that many inboxes show it once."""
    if url:
        said = _there(url, mail_id, "resend")
    else:
        with house.opened(house.settings()) as database, database.writing("cli: mail resend") as session:
            said = _here(session, mail_id, "resend")
    _show(said, "waits to be sent again", as_json)


def leave(mail_id: MailId, url: Url = None, as_json: AsJson = False) -> None:
    """Let a held mail be: it is not sent again, and counts as suppressed."""
    if url:
        said = _there(url, mail_id, "leave")
    else:
        with house.opened(house.settings()) as database, database.writing("cli: mail leave") as session:
            said = _here(session, mail_id, "leave")
    _show(said, "is left as it was", as_json)


def try_mail(
    mail_id: MailId,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="An organiser of the programme; nobody else gets one.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Send a mail of a round to an organiser as a test, with links that open nothing."""
    if url:
        said = _there(url, mail_id, "try", {"to": to})
    else:
        with house.opened(house.settings()) as database, database.writing("cli: mail try") as session:
            said = _tried(session, mail_id, to)
    _show(said, "is on its way", as_json)


def _tried(session: Session, mail_id: str, to: str) -> dict[str, Any]:
    from app.api import shown
    from app.clock import now
    from app.models import Programme
    from app.services import test_copies

    found = _mail(session, mail_id)
    account = test_copies.organiser_by(session, session.get_one(Programme, found.programme_id), to)
    made = test_copies.write(session, found, account, now=now(), actor=house.ACTOR)
    return shown.one_message(session, made).model_dump(mode="json")


def _here(session: Session, mail_id: str, word: Word) -> dict[str, Any]:
    from app.api import shown
    from app.clock import now
    from app.services import second_tries

    found = _mail(session, mail_id)
    second_tries.decide(session, found, word, now=now(), actor=house.ACTOR)
    return shown.one_message(session, found).model_dump(mode="json")


def _mail(session: Session, mail_id: str) -> OutgoingMail:
    from sqlmodel import select

    from app.errors import NotFound
    from app.models import OutgoingMail

    found = session.exec(select(OutgoingMail).where(OutgoingMail.id == mail_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFound("There is no mail by that id.")
    return found


def _there(url: str, mail_id: str, word: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        said: dict[str, Any] = remote.post(f"/messages/{quote(mail_id, safe='')}/{word}", body)
    return said


def _show(said: dict[str, Any], fate: str, as_json: bool) -> None:
    if as_json:
        terminal.answer(said)
    else:
        terminal.say(f"The mail {said['id']} to {said['address']} {fate}.")
