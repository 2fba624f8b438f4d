"""A programme with a sponsor, the quarters that go by, and what is written down and mailed of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlmodel import Session, select

from app.models import (
    MailKind,
    MailState,
    Met,
    Participant,
    Placement,
    QuarterReport,
    Round,
)
from app.queries import programmes as programme_queries
from app.queries import reports as queries
from app.queries.reports import Figures
from app.services import feedback, programmes, sponsors
from app.services.feedback import Answer
from app.services.programmes import ProgrammeFacts
from app.services.sponsors import Opened
from app.workflows import duties
from tests.factories import World

GRACE = "grace@example.org"
NEW_YEAR = "2027-01-01 08:00"
"""A Friday: the first working morning after the quarter in which these worlds begin."""


def at(world: World, text: str) -> None:
    world.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


def change(world: World, **facts: object) -> None:
    """What an organiser says of the programme."""
    cleared = frozenset(name for name, value in facts.items() if value is None)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        said = ProgrammeFacts(**facts, cleared=cleared)  # type: ignore[arg-type]
        programmes.change_programme(session, programme, said, now=world.now, actor="test")


def ask(world: World, text: str = NEW_YEAR) -> None:
    """What a worker does at a moment, by the clock."""
    at(world, text)
    duties.ask(world.work)


def sponsored(world: World, people: int = 12, **facts: object) -> Round:
    """A programme with a sponsor, and a round that was sent in November."""
    change(world, sponsor_email=GRACE, **facts)
    world.people(people)
    return world.sent_round()


def say(world: World, round_: Round, answers: Sequence[Met]) -> None:
    """The first people of a round answer, and the day goes by on which that is written down."""
    with world.database.writing() as session:
        seats = session.exec(
            select(Placement).where(Placement.round_id == round_.id).order_by(Placement.participant_id)
        ).all()
        for place, met in zip(seats, answers, strict=False):
            person = session.get_one(Participant, place.participant_id)
            feedback.record(session, person, place.group_id or "", Answer(met), world.now)
    world.later(days=1)
    duties.write_down_said(world.work)


def written(world: World) -> list[QuarterReport]:
    with world.database.reading() as session:
        return list(session.exec(select(QuarterReport).order_by(QuarterReport.programme_id, QuarterReport.quarter)))


def figures(world: World) -> Figures:
    (one,) = written(world)
    return queries.figures_of(one)


def mailed(world: World) -> list[tuple[str, str]]:
    """To whom reports were written, and on which quarter."""
    return [(mail.recipient, mail.occasion) for mail in world.mails(MailKind.SPONSOR_REPORT)]


def said(world: World) -> str:
    """The one report that left, as its reader gets it."""
    (mail,) = world.mails(MailKind.SPONSOR_REPORT)
    assert mail.state == MailState.SENT, mail.answer
    (sent,) = [one for one in world.transport.sent if one.recipient == mail.recipient]
    return sent.data.decode().replace("=\r\n", "")


@contextmanager
def opened(world: World, name: str) -> Iterator[tuple[Session, Opened]]:
    """What a link of the mail opens, to be acted on."""
    mail = world.mails(MailKind.SPONSOR_REPORT)[0]
    with world.database.writing() as session:
        found = sponsors.look(session, world.token(mail, name), world.now)
        assert found
        yield session, found


def is_open(world: World, name: str) -> bool:
    (mail,) = world.mails(MailKind.SPONSOR_REPORT)
    with world.database.reading() as session:
        return sponsors.look(session, world.token(mail, name), world.now) is not None
