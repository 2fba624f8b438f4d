"""A small world for tests: a database with one organisation, one programme and people, made through the services."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

import emails
from app.db import Database
from app.files.addresses import Address, parse_address
from app.models import (
    MailKind,
    OutgoingMail,
    Participant,
    ParticipantState,
    Programme,
    Round,
    TopicKind,
)
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.security import mailed_token
from app.services import mail_requests, participants, programmes, rounds, signups
from app.services.claims import Rules
from app.services.participants import Wishes
from app.services.programmes import ProgrammeFacts
from app.settings import Settings
from app.workflows import answering, delivery
from app.workflows import rounds as round_work
from app.workflows.work import Work

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """Everything a service test needs; time stands still until `later`."""

    database: Database
    settings: Settings
    transport: emails.MemoryTransport = field(default_factory=emails.MemoryTransport)
    now: datetime = START
    slug: str = "demo"

    @property
    def work(self) -> Work:
        return Work(self.database, self.settings, self.transport, lambda: self.now)

    @property
    def rules(self) -> Rules:
        """What a worker claims by, if nothing in a mail had to be looked at again."""
        return Rules(self.secret)

    @property
    def secret(self) -> str:
        return self.settings.secret

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def programme(self, slug: str | None = None, **facts: Any) -> Programme:
        """A new programme of the one organisation."""
        with self.database.writing() as session:
            organisation = programmes.default_organisation(session, "Example Trust", self.now)
            given = {"name": "Cross-team coffees", "contact_email": "organiser@example.org"} | facts
            return programmes.create_programme(
                session, organisation, slug or self.slug, ProgrammeFacts(**given), now=self.now, actor="test"
            )

    def person(
        self, name: str, team: str = "", *, state: ParticipantState = ParticipantState.ACTIVE, **topics: list[str]
    ) -> Participant:
        """A participant `name@example.org` of the programme."""
        address = address_of(name)
        with self.database.writing() as session:
            programme = programme_queries.programme(session, self.slug)
            person = Participant(
                organisation_id=programme.organisation_id,
                programme_id=programme.id,
                email=address.mailbox,
                email_key=address.key,
                match_key=address.key,
                name=name.title(),
                team_id=participants.team_id(session, programme, team),
                state=state,
                created_at=self.now,
                confirmed_at=None if state == ParticipantState.PENDING else self.now,
            )
            session.add(person)
            session.flush()
            wishes = {TopicKind(kind): texts for kind, texts in topics.items()}
            participants.set_wishes(session, person, Wishes(wishes))
            return person

    def people(self, number: int, teams: int = 4) -> list[Participant]:
        """`person00`, `person01`, … spread over teams."""
        return [self.person(f"person{n:02}", f"Team {n % teams}") for n in range(number)]

    def block(self, one: Participant, other: Participant) -> None:
        """Keep two people apart."""
        with self.database.writing() as session:
            programme = programme_queries.programme(session, self.slug)
            address = address_of(other.email)
            participants.block(session, programme, one, address, now=self.now, secret_key=self.secret)

    def open_round(self, period: str = "2026-W48", *, seed: int = 7, send: bool = False) -> Round:
        """A round that nobody has drawn yet."""
        with self.database.writing() as session:
            programme = programme_queries.programme(session, self.slug, lock=True)
            return rounds.open_round(session, programme, period, seed=seed, send=send, now=self.now, actor="test")[0]

    def draw(self, round_: Round) -> Round:
        """Draw it, as a worker would."""
        assert round_work.claim_draw(self.work, round_.id, "test")
        round_work.draw_round(self.work, round_.id, "test")
        return self.round(round_.id)

    def sent_round(self, period: str = "2026-W48", *, seed: int = 7) -> Round:
        """Opened, drawn, approved and delivered."""
        round_ = self.draw(self.open_round(period, seed=seed, send=True))
        self.deliver()
        return self.round(round_.id)

    def answer(self) -> None:
        """Answer whoever asked for a mail at a door, as a worker would a moment later."""
        while answering.answer_requests(self.work):
            pass

    def deliver(self) -> None:
        """Hand over whatever is due, and close what is complete."""
        self.answer()
        while delivery.deliver_batch(self.work):
            pass
        delivery.finish(self.work)

    def round(self, round_id: str) -> Round:
        with self.database.reading() as session:
            return session.exec(select(Round).where(Round.id == round_id)).one()

    def counts(self, round_: Round) -> dict[str, Any]:
        with self.database.reading() as session:
            return round_queries.counts(session, round_)

    def groups(self, round_: Round) -> list[set[str]]:
        """The groups of a round as sets of match keys."""
        with self.database.reading() as session:
            return [{person.match_key for person in row.members} for row in round_queries.groups_of(session, round_)]

    def seated(self, round_: Round) -> dict[str, list[str]]:
        """The ids of the people of each group, by its id, in their order."""
        with self.database.reading() as session:
            rows = round_queries.groups_of(session, round_)
            return {row.group.id: [person.id for person in row.members] for row in rows}

    def left_out(self, round_: Round) -> dict[str, str]:
        """Who was left out, by match key, and why."""
        with self.database.reading() as session:
            return {person.match_key: reason for person, reason in round_queries.left_out_of(session, round_)}

    def mails(self, kind: MailKind | None = None, to: str | None = None) -> list[OutgoingMail]:
        """Outbox rows in the order in which they were written, what was asked for at the doors included. Those of one
        moment are in order of kind and recipient: their ids are random, and a test that took the last one would be too.
        """
        self.answer()
        moment, kind_ = col(OutgoingMail.created_at), col(OutgoingMail.kind)
        query = select(OutgoingMail).order_by(moment, kind_, OutgoingMail.recipient, OutgoingMail.id)
        if kind is not None:
            query = query.where(OutgoingMail.kind == kind)
        with self.database.reading() as session:
            rows = list(session.exec(query))
        return [row for row in rows if to is None or row.recipient == address_of(to).mailbox]

    def token(self, mail: OutgoingMail, name: str) -> str:
        """The secret in a mail's link."""
        return mailed_token(self.secret, mail.facts["links"][name])

    def sign_up(self, name: str, team: str = "Nursing") -> None:
        """What the join form does."""
        with self.database.writing() as session:
            programme = programme_queries.programme(session, self.slug)
            form = signups.SignUp(name.title(), address_of(name), team)
            signups.sign_up(session, programme, form, now=self.now, secret_key=self.secret)

    def ask_to_join(self, name: str, slug: str | None = None, team: str = "Nursing") -> None:
        """What the door behind the join form writes down, before anybody has answered it."""
        with self.database.writing() as session:
            programme = programme_queries.programme(session, slug or self.slug)
            form = signups.SignUp(name.title(), address_of(name), team)
            mail_requests.ask_to_join(session, programme, form, now=self.now)

    def ask_for_my_page(self, name: str) -> None:
        """The same for the form that asks for the way to one's own page."""
        with self.database.writing() as session:
            mail_requests.ask_for_my_page(session, address_of(name).key, now=self.now)

    def find(self, name: str) -> Participant | None:
        """The participant `name@example.org`, as the database has them once the doors are answered."""
        self.answer()
        with self.database.reading() as session:
            programme = programme_queries.programme(session, self.slug)
            return people_queries.by_address(session, programme, address_of(name).key)

    def there(self, name: str) -> Participant:
        """As `find`, for somebody who must be there."""
        found = self.find(name)
        assert found is not None
        return found


def address_of(name: str) -> Address:
    """`name@example.org`, or the address itself."""
    address = parse_address(name if "@" in name else f"{name}@example.org")
    assert isinstance(address, Address)
    return address
