"""`coffee organiser …`: who may come in to the pages of organisers. There are no passwords, only links."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.files.addresses import Address
    from app.models import OrganiserAccount, OrganiserRole, Programme, Role

app = typer.Typer(help="People who organise, and what they may do.", no_args_is_help=True)


class RoleName(StrEnum):
    """What an organiser is there for."""

    owner = "owner"
    organiser = "organiser"
    safety = "safety"
    viewer = "viewer"


class NoticeName(StrEnum):
    """A mail about how a programme stands."""

    round_ready = "round_ready"
    round_so_far = "round_so_far"
    not_delivered = "not_delivered"


Who = Annotated[str, typer.Argument(metavar="EMAIL", help="The address of a person.")]


@app.command("invite")
def invite(
    email: Who,
    programme: Annotated[
        str | None, typer.Option(metavar="SLUG", help="The role counts in this programme only; else in all.")
    ] = None,
    role: Annotated[
        RoleName | None,
        typer.Option(
            metavar="owner|organiser|safety|viewer",
            help="What they may do. The first one is an owner, others are organisers; without it, known people keep "
            "theirs and get a fresh link.",
        ),
    ] = None,
    new_app: Annotated[
        bool, typer.Option("--new-app", help="They have lost their app and codes: forget both, and set up anew.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print a link that lets somebody in, once, within seven days; it is mailed too where mail is set up."""
    settings = house.settings()
    address, secret_key = _address(email), settings.secret
    with house.opened(settings) as database, database.writing("cli: organiser invite") as session:
        from app.clock import now
        from app.queries import organisers as queries
        from app.queries import programmes
        from app.services import organiser_links, organisers
        from app.services.programmes import default_organisation

        moment = now()
        place = programmes.programme(session, programme) if programme else None
        owner = (
            programmes.organisation_of(session, place)
            if place
            else default_organisation(session, settings.organisation_name, moment)
        )
        made = organisers.invite(
            session,
            owner,
            address,
            _role(session, owner.id, address, role, place),
            place,
            now=moment,
            actor=house.ACTOR,
            secret_key=secret_key,
        )
        if new_app:
            organisers.forget_app(session, made.account, now=moment, actor=house.ACTOR)
        link = organiser_links.url_of(settings, made.link.id)
        mailed = made.mailed and settings.sends_mail
        roles = queries.with_programmes(session, made.account)
        said = _described(made.account, roles) | {
            "link": link,
            "expires_at": made.link.expires_at.isoformat(timespec="seconds"),
            "mailed": mailed,
        }
    if as_json:
        terminal.answer(said)
        return
    terminal.show(link)
    terminal.say("It lets in whoever opens it, once, within seven days. Earlier invitations of this person are void.")
    terminal.say("It is on its way by mail too." if mailed else "No mail was written: hand it over in confidence.")


@app.command("list")
def list_organisers(as_json: AsJson = False) -> None:
    """Everybody who organises, and what they may do."""
    with house.opened(house.settings()) as database, database.reading() as session:
        from app.queries import organisers as queries

        said = [_described(account, roles) for account, roles in queries.everybody(session)]
    if as_json:
        terminal.answer({"organisers": said})
        return
    rows = ((one["id"], one["email"], _roles_in_short(one["roles"]), one["entered_at"] or "") for one in said)
    terminal.table(("id", "email", "roles", "entered_at"), rows)


@app.command("remove")
def remove(
    who: Annotated[str, typer.Argument(metavar="EMAIL", help="The address, or the id (org_…).")],
    as_json: AsJson = False,
) -> None:
    """Take every role away, and end every session, at once. The last owner stays."""
    with house.opened(house.settings()) as database, database.writing("cli: organiser remove") as session:
        from app.clock import now
        from app.queries import organisers as queries
        from app.services import organisers

        account = queries.named(session, _address(who).key if "@" in who else who)
        said = _described(account, queries.with_programmes(session, account))
        organisers.remove(session, account, now=now(), actor=house.ACTOR)
    if as_json:
        terminal.answer(said)
    else:
        terminal.say(f"{said['email']} organises nothing here any more.")


@app.command("mails")
def mails(
    who: Annotated[str, typer.Argument(metavar="EMAIL", help="The address, or the id (org_…).")],
    on: Annotated[
        list[NoticeName] | None, typer.Option("--on", metavar="KIND", help="Mail this from now on; may be given often.")
    ] = None,
    off: Annotated[
        list[NoticeName] | None,
        typer.Option("--off", metavar="KIND", help="Do not mail this any more; may be given often."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Which mails an organiser wants: round_ready, round_so_far, not_delivered. Without a word, those they get."""
    with house.opened(house.settings()) as database, database.writing("cli: organiser mails") as session:
        from app.clock import now
        from app.queries import organisers as queries
        from app.services import notices

        account = queries.named(session, _address(who).key if "@" in who else who)
        wanted = [kind for kind in (*account.mails, *(on or ())) if kind not in (off or ())]
        notices.choose(session, account, wanted, now=now(), actor=house.ACTOR)
        said = {"id": account.id, "email": account.email, "mails": list(account.mails)}
    if as_json:
        terminal.answer(said)
    else:
        terminal.say(f"{said['email']} gets: {', '.join(said['mails']) or 'none of these mails'}.")


def _address(text: str) -> Address:
    """Stopped, in words, for what is no address."""
    from app.files.addresses import parse_address
    from app.files.verdicts import Problem

    found = parse_address(text)
    if isinstance(found, Problem):
        raise Stopped(BAD, f"EMAIL: {found.problem} {found.remedy}".strip())
    return found


def _role(
    session: Session, organisation_id: str, address: Address, role: RoleName | None, place: Programme | None
) -> Role | None:
    """What was said; else an owner while there is nobody, an organiser after that, and nothing new for the known."""
    from app.models import Role
    from app.queries import organisers as queries

    if role is not None:
        return Role(role.value)
    if queries.by_address(session, organisation_id, address.key) is not None:
        return None
    return Role.OWNER if place is None and not queries.owners(session, organisation_id) else Role.ORGANISER


def _described(account: OrganiserAccount, roles: list[tuple[OrganiserRole, Programme | None]]) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "roles": [
            {"role": role.role.value, "programme": programme.slug if programme else None} for role, programme in roles
        ],
        "entered_at": account.entered_at.isoformat(timespec="seconds") if account.entered_at else None,
    }


def _roles_in_short(roles: list[dict[str, str | None]]) -> str:
    return ", ".join(f"{one['role']} of {one['programme'] or 'everything'}" for one in roles)
