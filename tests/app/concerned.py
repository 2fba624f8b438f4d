"""Somebody says that something is wrong, as the page does it."""

from typing import Any

from app.models import MailKind, OutgoingMail, Purpose
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.services import concerns, links, privacy
from app.services.concerns import Concern
from app.services.programmes import ProgrammeFacts, change_programme
from tests.factories import World

WORDS = "He would not stop asking where I live.\n\nI do not want to see Bob again."
SAFE = {"safe_name": "Amira Haddad", "safe_email": "amira@example.org"}


def named(world: World, **facts: str) -> None:
    """Name who reads it, or change anything else of the programme."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        change_programme(session, programme, ProgrammeFacts(**(facts or SAFE)), now=world.now, actor="test")  # type: ignore[arg-type]


def raised(world: World, name: str = "ann", words: str = WORDS, *, contact: bool = False) -> bool:
    """What the button does, behind the link of their latest introduction."""
    token = world.token(world.mails(MailKind.INTRODUCTION, name)[-1], "concern")
    with world.database.writing() as session:
        link, person, programme = links.look(session, token, world.now, Purpose.CONCERN)
        meant = concerns.about(session, link)
        assert meant is not None
        reader = concerns.reader_of(programme, [person, *meant.others])
        said = Concern(words, contact)
        return concerns.raise_concern(
            session, programme, person, meant, said, reader, now=world.now, secret_key=world.secret
        )


def concern_mails(world: World) -> list[OutgoingMail]:
    return world.mails(MailKind.CONCERN)


def erase(world: World, name: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person = session.merge(world.there(name))
        privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)


def exported(world: World, name: str) -> dict[str, Any]:
    """What somebody downloads."""
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        person = people_queries.by_address(session, programme, f"{name}@example.org")
        assert person is not None
        return privacy.export(session, programme, person)
