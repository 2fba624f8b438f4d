"""`coffee mail leave`: an organiser's word that a held mail is let be."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal
from app.commands.options import AsJson, Url


def leave(
    mail_id: Annotated[str, typer.Argument(metavar="ID", help="The mail (msg_…); coffee round mails names them.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let a held mail be: it is not sent again, and counts as suppressed."""
    said = _there(url, mail_id) if url else _here(mail_id)
    if as_json:
        terminal.answer(said)
    else:
        terminal.say(f"The mail {said['id']} to {said['address']} is left as it was.")


def _here(mail_id: str) -> dict[str, Any]:
    with house.opened(house.settings()) as database, database.writing("cli: mail leave") as session:
        from sqlmodel import select

        from app.api import shown
        from app.clock import now
        from app.errors import NotFound
        from app.models import OutgoingMail, Programme
        from app.services import audit, outbox

        found = session.exec(select(OutgoingMail).where(OutgoingMail.id == mail_id).with_for_update()).one_or_none()
        if found is None:
            raise NotFound("There is no mail by that id.")
        moment = now()
        outbox.leave(session, found, moment)
        programme = session.get_one(Programme, found.programme_id)
        audit.note(session, programme, now=moment, actor=house.ACTOR, action="mail.leave", subject=found.id)
        session.flush()
        return shown.one_message(session, found).model_dump(mode="json")


def _there(url: str, mail_id: str) -> dict[str, Any]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        said: dict[str, Any] = remote.post(f"/messages/{quote(mail_id, safe='')}/leave")
    return said
