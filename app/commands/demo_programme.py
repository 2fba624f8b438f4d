"""What the demo's database holds: one programme with its people and past, made once, and a key for this start."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, select

from app.clock import local_date, now
from app.commands import demo_people, house
from app.db import Database
from app.models import Organisation, OrganiserKey, Programme, Scope
from app.queries import programmes as programme_queries
from app.queries import rounds as queries
from app.services import imports, keys, programmes
from app.settings import Settings

SLUG = "demo"
KEY_NAME = "made by coffee demo"
TUESDAY = 1


@dataclass(frozen=True, slots=True)
class Furnished:
    """What the first screen tells: the secret of this start's key, and a period that has no round yet."""

    key: str
    period: str


def furnish(settings: Settings) -> Furnished:
    """Fill what is empty, and make a new key; those of earlier starts open nothing any more."""
    database = Database(settings.database_url)
    try:
        with database.writing("cli: demo") as session:
            moment = now()
            owner = programmes.default_organisation(session, settings.organisation_name, moment)
            if session.exec(select(Programme.id).where(Programme.slug == SLUG)).one_or_none() is None:
                _fill(session, owner, settings, moment)
            programme = programme_queries.programme(session, SLUG)
            today = local_date(moment, programme.time_zone)
            return Furnished(_new_key(session, owner, moment), queries.free_week(session, programme, today))
    finally:
        database.close()


def _fill(session: Session, owner: Organisation, settings: Settings, moment: datetime) -> None:
    facts = programmes.ProgrammeFacts(
        name="Cross-team coffees",
        purpose="Half an hour with a colleague from another team, every second week. Bring a question.",
        rhythm="every second Tuesday",
        next_draw_on=_next_tuesday(local_date(moment, "Europe/London")),
        contact_name="Amara Okafor",
        contact_email="coffee.organisers@example.org",
        shadows=2,
        sponsor_name="Grace Mensah",
        sponsor_role="Director of people",
        sponsor_words="The best advice I ever had came over a coffee with someone I did not know. I want that for you.",
        sponsor_email="grace.mensah@example.org",
        safe_name="Ines Duarte",
        safe_email="ines.duarte@example.org",
        announce_before=0,  # the inbox of the demo is for what the newcomer does
    )
    programme = programmes.create_programme(session, owner, SLUG, facts, now=moment, actor=house.ACTOR)
    planned = imports.plan(session, programme, demo_people.sources())
    assert not planned.errors, planned.errors
    imports.apply(session, programme, planned, active=True, now=moment, secret_key=settings.secret, actor=house.ACTOR)


def _next_tuesday(today: date) -> date:
    """The Tuesday of the week after this one: the week that the demo's next round is for."""
    return today + timedelta(days=7 - today.weekday() + TUESDAY)


def _new_key(session: Session, owner: Organisation, moment: datetime) -> str:
    for old in session.exec(select(OrganiserKey).where(OrganiserKey.name == KEY_NAME)):
        keys.revoke_key(session, old, now=moment, actor="demo")
    _, secret = keys.create_key(session, owner, frozenset(Scope), now=moment, actor="demo", name=KEY_NAME)
    return secret
