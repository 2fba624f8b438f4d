"""`coffee programme …`: set up, looked at, changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal, trying
from app.commands.failures import BAD, Stopped
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


class OddOne(StrEnum):
    """What becomes of the odd one."""

    trio = "trio"
    host = "host"
    volunteer = "volunteer"


class Every(StrEnum):
    """How often a round opens itself."""

    by_hand = "by_hand"
    week = "week"
    two_weeks = "two_weeks"
    three_weeks = "three_weeks"
    four_weeks = "four_weeks"
    month = "month"


class State(StrEnum):
    """Whether a programme takes people and draws rounds."""

    open = "open"
    paused = "paused"
    closed = "closed"


Name = typer.Option(metavar="NAME", help="What people call it.")
Purpose = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for, in a sentence or two.")]
Success = Annotated[str | None, typer.Option(metavar="TEXT", help="By what you would know that it has worked.")]
ContactEmail = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Gets replies and reports.")]
ContactName = Annotated[str | None, typer.Option(metavar="NAME", help="Who answers there.")]
TimeZone = Annotated[str | None, typer.Option(metavar="ZONE", help="Such as Europe/London, the default.")]
Size = Annotated[int | None, typer.Option("--size", metavar="NUMBER", help="People in a group, 2 to 6.")]
Interests = Annotated[InterestRule | None, typer.Option("--interests", help="How topics become a score.")]
Quality = Annotated[
    float | None, typer.Option(metavar="NUMBER", help="0: pure lottery among the best rounds; 1: best score.")
]
Shadows = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        help="0 to 8. With each round, so many other rounds that the lot could have drawn just as well are kept: "
        "nobody is mailed about them, and an evaluation can compare who met with who might have.",
    ),
]
Rhythm = Annotated[str | None, typer.Option(metavar="TEXT", help="How often, in words: every second Tuesday.")]
NextDraw = Annotated[
    str | None, typer.Option("--next-draw", metavar="DATE", help='The day of the next draw: 2026-12-31; "" for none.')
]

OddOnes = Annotated[
    OddOne | None,
    typer.Option(
        "--odd-one",
        help="When the number does not come out even: a larger group, a host more, or a volunteer less.",
    ),
]
TeamsApart = Annotated[
    bool | None, typer.Option(help="Whether people of one team never meet, or only as a last resort.")
]
LinesApart = Annotated[
    bool | None, typer.Option(help="Whether nobody meets their own line manager, where that is known.")
]
NoRepeatFor = Annotated[
    int | None,
    typer.Option(
        metavar="ROUNDS", help="Who met in one of so many rounds before never meets again; 0: as a last resort."
    ),
]
Joining = Annotated[bool | None, typer.Option(help="Whether people can join by themselves.")]
DrawEvery = Annotated[
    Every | None,
    typer.Option("--every", help="How often a worker opens a round, from --next-draw on; by_hand: whenever you do."),
]
Pauses = Annotated[
    str | None,
    typer.Option(metavar="LIST", help='Days without draws: "2026-12-25, 2027-07-20/2027-08-31"; "" for none.'),
]
SendsItself = Annotated[
    bool | None, typer.Option(help="Whether such a round is approved and sent without a further word.")
]
OpensOn = Annotated[
    str | None, typer.Option(metavar="DATE", help='The first day on which people may join; "" for none.')
]
Capacity = Annotated[int | None, typer.Option(metavar="NUMBER", help="How many may be in; 0 for any number.")]
InvitationOnly = Annotated[bool | None, typer.Option(help="Whether only people of an import may join.")]
Domains = Annotated[
    str | None,
    typer.Option(metavar="LIST", help='Addresses of which domains may join: "example.org, example.com"; "" for all.'),
]
SponsorName = Annotated[str | None, typer.Option(metavar="NAME", help="Who stands behind it, for the join page.")]
SponsorRole = Annotated[str | None, typer.Option(metavar="TEXT", help="What the sponsor does there.")]
SponsorWords = Annotated[str | None, typer.Option(metavar="TEXT", help="One or two sentences of the sponsor's.")]
SponsorEmail = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Gets the figures of each quarter; '' for nobody."),
]
Conduct = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Your own code of conduct, or an https:// link; '' for ours.")
]
SafeName = Annotated[str | None, typer.Option(metavar="NAME", help="Who reads what people say is wrong.")]
SafeEmail = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Where that goes; without one, to the contact address.")
]
Controller = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Who answers in law for what is kept: name and address.")
]


@app.command("create")
def create(
    slug: Annotated[str, typer.Option(metavar="SLUG", help="Its name in addresses: small letters, digits, hyphens.")],
    name: Annotated[str, Name],
    purpose: Purpose = None,
    success: Success = None,
    contact_email: ContactEmail = None,
    contact_name: ContactName = None,
    time_zone: TimeZone = None,
    group_size: Size = None,
    interest_rule: Interests = None,
    quality: Quality = None,
    shadows: Shadows = None,
    rhythm: Rhythm = None,
    draw_every: DrawEvery = None,
    next_draw_on: NextDraw = None,
    pauses: Pauses = None,
    sends_itself: SendsItself = None,
    teams_apart: TeamsApart = None,
    lines_apart: LinesApart = None,
    no_repeat_for: NoRepeatFor = None,
    odd_one: OddOnes = None,
    joining: Joining = None,
    opens_on: OpensOn = None,
    capacity: Capacity = None,
    invitation_only: InvitationOnly = None,
    domains: Domains = None,
    sponsor_name: SponsorName = None,
    sponsor_role: SponsorRole = None,
    sponsor_words: SponsorWords = None,
    sponsor_email: SponsorEmail = None,
    conduct: Conduct = None,
    safe_name: SafeName = None,
    safe_email: SafeEmail = None,
    controller: Controller = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Set up a programme."""
    given = _given(locals())
    said, base_url, owner = _create_there(url, given) if url else _create_here(given)
    if as_json:
        terminal.answer(said)
    else:
        terminal.say(f"The programme {said['name']} is set up. People join at {base_url}{said['page']}")
        terminal.say(*_worth_adding(said, owner))


@app.command("change")
def change(
    slug: Slug,
    name: Annotated[str | None, Name] = None,
    purpose: Purpose = None,
    success: Success = None,
    contact_email: ContactEmail = None,
    contact_name: ContactName = None,
    time_zone: TimeZone = None,
    group_size: Size = None,
    interest_rule: Interests = None,
    quality: Quality = None,
    shadows: Shadows = None,
    rhythm: Rhythm = None,
    draw_every: DrawEvery = None,
    next_draw_on: NextDraw = None,
    pauses: Pauses = None,
    sends_itself: SendsItself = None,
    teams_apart: TeamsApart = None,
    lines_apart: LinesApart = None,
    no_repeat_for: NoRepeatFor = None,
    odd_one: OddOnes = None,
    joining: Joining = None,
    opens_on: OpensOn = None,
    capacity: Capacity = None,
    invitation_only: InvitationOnly = None,
    domains: Domains = None,
    sponsor_name: SponsorName = None,
    sponsor_role: SponsorRole = None,
    sponsor_words: SponsorWords = None,
    sponsor_email: SponsorEmail = None,
    conduct: Conduct = None,
    safe_name: SafeName = None,
    safe_email: SafeEmail = None,
    controller: Controller = None,
    state: Annotated[State | None, typer.Option(help="Open, paused for a while, or closed.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be different and what rules would cost; change nothing.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of a programme; the rest stays. Rounds that are drawn already stay as they are."""
    given = _given(locals(), "slug", "dry_run")
    if dry_run:
        trying.tell(trying.tried(url, slug, given), as_json)
        return
    if not given:
        raise Stopped(BAD, "Nothing to change: name what shall change, such as --next-draw or --contact-email.")
    said = changed(url, slug, given)
    if as_json:
        terminal.answer(said)
    else:
        _show(said)


def _listed(text: str) -> list[str]:
    return text.replace(",", " ").split()


ABOUT_THE_CALL = ("url", "as_json")
LISTS = ("pauses", "domains")
TAKEN_BACK = ("next_draw_on", "opens_on")
"""Facts that an empty word takes back."""


def _given(options: Mapping[str, Any], *but: str) -> dict[str, Any]:
    """What was said, as the body of a call: the options of a command are called as the facts of a programme."""
    facts = {name: value for name, value in options.items() if name not in (*ABOUT_THE_CALL, *but)}
    plain = {name: value.value if isinstance(value, StrEnum) else value for name, value in facts.items()}
    said = {name: _listed(value) if name in LISTS else value for name, value in plain.items() if value is not None}
    return {name: None if name in TAKEN_BACK and value == "" else value for name, value in said.items()}


def _create_here(given: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
    """The programme, where its page is, and the name of whose it is."""
    settings = house.settings()
    with house.opened(settings) as database, database.writing("cli: programme create") as session:
        from app.api.schemas import NewProgramme
        from app.clock import now
        from app.services import programmes

        moment = now()
        facts = house.checked(NewProgramme, given).facts
        owner = programmes.default_organisation(session, settings.organisation_name, moment)
        made = programmes.create_programme(session, owner, given["slug"], facts, now=moment, actor=house.ACTOR)
        return _as_shown(session, made), settings.base_url, owner.name


def _create_there(url: str, given: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        return remote.post("/programmes", given), remote.address, ""


def _worth_adding(said: dict[str, Any], owner: str) -> Iterator[str]:
    """What is missing, a line each; whose a remote programme is, we do not learn."""
    from app.settings import Settings

    if not said["contact_email"]:
        yield (
            "Nobody gets reports and replies yet. "
            f"Name somebody: coffee programme change {said['slug']} --contact-email ADDRESS"
        )
    if owner == Settings.model_fields["organisation_name"].default:
        yield f'Mails say "via {owner}": set COFFEE_ORGANISATION_NAME to the name of yours.'


def changed(url: str | None, slug: str, given: dict[str, Any]) -> dict[str, Any]:
    """The programme after a change, here or at a remote service. Raises BadInput, which names every fault."""
    return _change_there(url, slug, given) if url else _change_here(slug, given)


def _change_here(slug: str, given: dict[str, Any]) -> dict[str, Any]:
    with house.opened(house.settings()) as database, database.writing("cli: programme change") as session:
        from app.api.schemas import ProgrammeChange
        from app.clock import now
        from app.queries import programmes as queries
        from app.services import programmes

        facts = house.checked(ProgrammeChange, given).facts
        found = queries.programme(session, slug, lock=True)
        return _as_shown(session, programmes.change_programme(session, found, facts, now=now(), actor=house.ACTOR))


def _change_there(url: str, slug: str, given: dict[str, Any]) -> dict[str, Any]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        said: dict[str, Any] = remote.patch(f"/programmes/{quote(slug, safe='')}", given)
    return said


@app.command("list")
def list_programmes(url: Url = None, as_json: AsJson = False) -> None:
    """Every programme."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            said = remote.whole("/programmes", "programmes")
    else:
        said = {"programmes": _all_here(), "next_cursor": None}
    if as_json:
        terminal.answer(said)
        return
    columns = ("slug", "name", "state", "group_size", "time_zone", "next_draw_on")
    terminal.table(columns, ([one.get(column) for column in columns] for one in said["programmes"]))


def _all_here() -> list[dict[str, Any]]:
    settings = house.settings()
    with house.opened(settings) as database, database.writing("cli: programme list") as session:
        from app.clock import now
        from app.queries import programmes as queries
        from app.services.programmes import default_organisation

        owner = default_organisation(session, settings.organisation_name, now())
        return [_as_shown(session, one) for one in queries.programmes(session, owner.id)]


@app.command("show")
def show(slug: Slug, url: Url = None, as_json: AsJson = False) -> None:
    """One programme, its settings and how many people are in it."""
    said = found(url, slug)
    if as_json:
        terminal.answer(said)
    else:
        _show(said)


def found(url: str | None, slug: str) -> dict[str, Any]:
    """The programme, here or at a remote service."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            said: dict[str, Any] = remote.get(f"/programmes/{quote(slug, safe='')}")
        return said
    with house.opened(house.settings()) as database, database.reading() as session:
        from app.queries import programmes as queries

        return _as_shown(session, queries.programme(session, slug))


def _show(said: dict[str, Any]) -> None:
    terminal.table(("what", "value"), ((name, _in_words(value)) for name, value in said.items()))


def _as_shown(session: Session, programme: Programme) -> dict[str, Any]:
    """A programme as the API shows it."""
    from app.api import shown

    return shown.programme(session, programme).model_dump(mode="json")


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{number} {name}" for name, number in value.items() if number) or "nobody"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
