"""`coffee key …`: organiser keys. The secret is shown once, when it is made."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import house, terminal
from app.commands.options import AsJson

if TYPE_CHECKING:
    from app.models import OrganiserKey

app = typer.Typer(help="Organiser keys for the API.", no_args_is_help=True)


class KeyScope(StrEnum):
    """What a key may do: look, change, or make mail leave."""

    read = "read"
    write = "write"
    send = "send"


@app.command("create")
def create(
    scope: Annotated[
        list[KeyScope], typer.Option(metavar="read|write|send", help="What it may do; can stand several times.")
    ],
    name: Annotated[str, typer.Option(metavar="TEXT", help="Whose it is or what for.")] = "",
    programme: Annotated[str | None, typer.Option(metavar="SLUG", help="Good for this programme only.")] = None,
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=3650, metavar="NUMBER", help="Good for so many days.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown once and kept nowhere: only its hash is."""
    settings = house.settings()
    with house.opened(settings) as database, database.writing("cli: key create") as session:
        from app.clock import now
        from app.models import Scope
        from app.queries import programmes as queries
        from app.services.keys import create_key
        from app.services.programmes import default_organisation

        moment = now()
        bound = queries.programme(session, programme) if programme else None
        owner = (
            queries.organisation_of(session, bound)
            if bound
            else default_organisation(session, settings.organisation_name, moment)
        )
        row, secret = create_key(
            session,
            owner,
            frozenset(Scope(one.value) for one in scope),
            now=moment,
            actor=house.ACTOR,
            name=name,
            programme=bound,
            expires_at=moment + timedelta(days=expires_days) if expires_days else None,
        )
        said = _described(row, programme)
    if as_json:
        terminal.answer({"key": secret} | said)
        return
    terminal.show(secret)
    terminal.say(f"It may {', '.join(said['scopes'])}. Keep it now: it is not shown again.")


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Every key, without its secret."""
    with house.opened(house.settings()) as database, database.reading() as session:
        from app.queries import keys

        said = [_described(row, slug) for row, slug in keys.every_key(session)]
    if as_json:
        terminal.answer({"keys": said})
        return
    columns = ("id", "name", "scopes", "programme", "created_at", "expires_at", "revoked_at")
    terminal.table(columns, ([_cell(one[column]) for column in columns] for one in said))


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The id (key_…), the public part, or the key itself.")],
    as_json: AsJson = False,
) -> None:
    """Make a key useless, at once. A second time changes nothing."""
    with house.opened(house.settings()) as database, database.writing("cli: key revoke") as session:
        from app.clock import now
        from app.queries import keys as queries
        from app.services import keys

        row, slug = queries.named_key(session, key)
        keys.revoke_key(session, row, now=now(), actor=house.ACTOR)
        said = _described(row, slug)
    if as_json:
        terminal.answer(said)
    else:
        terminal.say(f"The key {said['id']} opens nothing any more.")


def _described(row: OrganiserKey, slug: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "scopes": list(row.scopes),
        "programme": slug,
        "created_at": _moment(row.created_at),
        "expires_at": _moment(row.expires_at),
        "revoked_at": _moment(row.revoked_at),
    }


def _moment(value: Any) -> str | None:
    return value.isoformat(timespec="seconds") if value is not None else None


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else value or ""
