"""`coffee mail resend`, `leave`, `rematch` and `try`: an organiser's word on one mail; `list` and `decide`: on many."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal
from app.commands.options import AsJson, Slug, Url
from app.commands.rounds import MailFate

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.models import OutgoingMail
    from app.services.second_tries import Word


class Do(StrEnum):
    """A word on many mails."""

    resend = "resend"
    leave = "leave"


class Undone(StrEnum):
    """States of mails that wait for a word."""

    held = "held"
    rejected = "rejected"
    expired = "expired"


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


def rematch(mail_id: MailId, url: Url = None, as_json: AsJson = False) -> None:
    """Look for someone new for whoever was left alone by an introduction that came back, or whose address is closed."""
    if url:
        said = _there(url, mail_id, "rematch")
    else:
        with house.opened(house.settings()) as database, database.writing("cli: mail rematch") as session:
            said = _rematched(session, mail_id)
    _show(said, "leaves nobody alone any more: whoever it was waits for someone new", as_json)


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


def list_mails(
    slug: Slug,
    state: Annotated[MailFate | None, typer.Option(help="Only those.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """The mails of a programme, newest first, and what became of each. Questions to people are not shown."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            asked = {"state": state.value} if state else {}
            said = remote.whole(f"/programmes/{quote(slug, safe='')}/messages", "messages", asked)
    else:
        with house.opened(house.settings()) as database, database.reading() as session:
            from app.api import shown
            from app.queries import programmes

            found = shown.all_messages(session, programmes.programme(session, slug), state.value if state else None)
            said = found.model_dump(mode="json")
    if as_json:
        terminal.answer(said)
        return
    columns = ("id", "address", "kind", "state", "answer")
    rows = ([one[column] for column in columns] for one in said["messages"])
    terminal.table(("id", "to", "kind", "state", "answer"), rows)


def decide(
    do: Annotated[Do, typer.Argument(metavar="resend|leave", help="What becomes of them; leave is for held ones.")],
    slug: Slug,
    period: Annotated[str | None, typer.Argument(metavar="PERIOD", help="Those of this round only.")] = None,
    state: Annotated[Undone, typer.Option(help="Which of them.")] = Undone.held,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many it would be, and change nothing.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Send all held, rejected or expired mails again, or let all held ones be; 1,000 at a time."""
    body = {"do": do.value, "state": state.value, "dry_run": dry_run}
    said = _all_there(url, slug, period, body) if url else _all_here(slug, period, body)
    if as_json:
        terminal.answer(said)
        return
    mails = terminal.counted(said["number"], "mail", "mails")
    done = {"resend": "wait to be sent again", "leave": "are left as they were"}[do.value]
    more = f" {said['left']:,} more: say it again." if said["left"] else ""
    terminal.say(f"{mails}: these would be it.{more}" if dry_run else f"{mails}: these {done}.{more}")


def _all_here(slug: str, period: str | None, body: dict[str, Any]) -> dict[str, Any]:
    settings = house.settings()
    with house.opened(settings) as database, database.writing("cli: mail decide") as session:
        from app.api import many_messages
        from app.clock import now
        from app.commands.rounds_here import RoundsHere
        from app.queries import programmes

        asked, round_ = house.checked(many_messages.Decide, body), None
        programme = programmes.programme(session, slug)
        if period is not None:
            programme, round_ = RoundsHere(settings, database).found(session, [slug, period])
        said = many_messages.decided(session, programme, round_, asked, now=now(), actor=house.ACTOR)
    return said.model_dump(mode="json")


def _all_there(url: str, slug: str, period: str | None, body: dict[str, Any]) -> dict[str, Any]:
    from app.commands.remote import Remote
    from app.commands.rounds_there import RoundsThere

    with Remote.at(url) as remote:
        place = f"/programmes/{quote(slug, safe='')}"
        if period is not None:
            place = f"/rounds/{RoundsThere(remote).id_of([slug, period])}"
        said: dict[str, Any] = remote.post(f"{place}/messages", body)
    return said


def _tried(session: Session, mail_id: str, to: str) -> dict[str, Any]:
    from app.api import shown
    from app.clock import now
    from app.models import Programme
    from app.services import test_copies

    found = _mail(session, mail_id)
    account = test_copies.organiser_by(session, session.get_one(Programme, found.programme_id), to)
    made = test_copies.write(session, found, account, now=now(), actor=house.ACTOR)
    return shown.one_message(session, made).model_dump(mode="json")


def _rematched(session: Session, mail_id: str) -> dict[str, Any]:
    from app.api import shown
    from app.clock import now
    from app.services import rematching

    found = _mail(session, mail_id, lock=False)
    rematching.rematch(session, found, now=now(), actor=house.ACTOR)
    return shown.one_message(session, found).model_dump(mode="json")


def _here(session: Session, mail_id: str, word: Word) -> dict[str, Any]:
    from app.api import shown
    from app.clock import now
    from app.services import second_tries

    found = _mail(session, mail_id)
    second_tries.decide(session, found, word, now=now(), actor=house.ACTOR)
    return shown.one_message(session, found).model_dump(mode="json")


def _mail(session: Session, mail_id: str, *, lock: bool = True) -> OutgoingMail:
    from sqlmodel import select

    from app.errors import NotFound
    from app.models import OutgoingMail

    query = select(OutgoingMail).where(OutgoingMail.id == mail_id)
    found = session.exec(query.with_for_update() if lock else query).one_or_none()
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
