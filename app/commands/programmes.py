"""`coffee programme …`: set up and looked at."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal
from app.commands.options import AsJson, Slug, Url

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.models import Programme

app = typer.Typer(help="Programmes: standing series of rounds, each for one community.", no_args_is_help=True)


class InterestRule(StrEnum):
    """How two people's topics become a score."""

    ask_offer = "ask-offer"
    one_in_common = "one-in-common"
    jaccard = "jaccard"


@app.command("create")
def create(
    slug: Annotated[str, typer.Option(help="Its short name in addresses: small letters, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    purpose: Annotated[str | None, typer.Option(help="What it is for, in a sentence or two.")] = None,
    contact_email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Gets replies and reports.")] = None,
    contact_name: Annotated[str | None, typer.Option(help="Who answers there.")] = None,
    time_zone: Annotated[str | None, typer.Option(metavar="ZONE", help="Such as Europe/London, the default.")] = None,
    size: Annotated[int | None, typer.Option(help="People in a group, 2 to 6.")] = None,
    interests: Annotated[InterestRule | None, typer.Option(help="How topics become a score.")] = None,
    quality: Annotated[float | None, typer.Option(help="0: pure lottery among the best rounds; 1: best score.")] = None,
    shadows: Annotated[int | None, typer.Option(help="How many other possible draws to keep, 0 to 8.")] = None,
    rhythm: Annotated[str | None, typer.Option(help="How often, in words: every second Tuesday.")] = None,
    next_draw: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the next draw.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Set up a programme."""
    facts = {
        "name": name,
        "purpose": purpose,
        "contact_email": contact_email,
        "contact_name": contact_name,
        "time_zone": time_zone,
        "group_size": size,
        "interest_rule": interests.value if interests else None,
        "quality": quality,
        "shadows": shadows,
        "rhythm": rhythm,
        "next_draw_on": next_draw.date() if next_draw else None,
    }
    given = {name: value for name, value in facts.items() if value is not None}
    said = _create_there(url, slug, given) if url else _create_here(slug, given)
    if as_json:
        terminal.answer(said)
    else:
        terminal.say(f"The programme {said['name']} is set up. People join at /p/{said['slug']}.")


def _create_here(slug: str, given: dict[str, Any]) -> dict[str, Any]:
    settings = house.settings()
    with house.opened(settings) as database, database.writing() as session:
        from app.clock import now
        from app.services import programmes

        _check_contact(given)
        moment = now()
        owner = programmes.default_organisation(session, settings.organisation_name, moment)
        made = programmes.create_programme(
            session, owner, slug, programmes.ProgrammeFacts(**given), now=moment, actor=house.ACTOR
        )
        return _as_shown(session, made)


def _check_contact(given: dict[str, Any]) -> None:
    from app.errors import BadInput, Fault
    from app.files.addresses import parse_address
    from app.files.verdicts import Problem

    address = parse_address(given["contact_email"]) if "contact_email" in given else None
    if isinstance(address, Problem):
        raise BadInput(Fault("contact_email", address.problem, address.remedy))
    if address is not None:
        given["contact_email"] = address.mailbox


def _create_there(url: str, slug: str, given: dict[str, Any]) -> dict[str, Any]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        body = {name: str(value) if name == "next_draw_on" else value for name, value in given.items()}
        made: dict[str, Any] = remote.post("/programmes", {"slug": slug} | body)
    return made


@app.command("list")
def list_programmes(url: Url = None, as_json: AsJson = False) -> None:
    """Every programme."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            said = remote.get("/programmes")
    else:
        said = {"programmes": _all_here()}
    if as_json:
        terminal.answer(said)
        return
    columns = ("slug", "name", "state", "group_size", "time_zone", "next_draw_on")
    terminal.table(columns, ([one.get(column) for column in columns] for one in said["programmes"]))


def _all_here() -> list[dict[str, Any]]:
    settings = house.settings()
    with house.opened(settings) as database, database.writing() as session:
        from app.clock import now
        from app.queries import programmes as queries
        from app.services.programmes import default_organisation

        owner = default_organisation(session, settings.organisation_name, now())
        return [_as_shown(session, one) for one in queries.programmes(session, owner.id)]


@app.command("show")
def show(slug: Slug, url: Url = None, as_json: AsJson = False) -> None:
    """One programme, its settings and how many people are in it."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            said = remote.get(f"/programmes/{quote(slug, safe='')}")
    else:
        with house.opened(house.settings()) as database, database.reading() as session:
            from app.queries import programmes as queries

            said = _as_shown(session, queries.programme(session, slug))
    if as_json:
        terminal.answer(said)
    else:
        terminal.table(("what", "value"), ((name, _in_words(value)) for name, value in said.items()))


def _as_shown(session: Session, programme: Programme) -> dict[str, Any]:
    """A programme as the API shows it."""
    from app.api import shown

    return shown.programme(session, programme).model_dump(mode="json")


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{number} {name}" for name, number in value.items() if number) or "nobody"
    return "" if value is None else str(value)
