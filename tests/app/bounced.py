"""Reports about mails of a small world, made and taken as the doors do it."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel, col, select

from app.models import MailEvent, MailKind, OutgoingMail, Participant, Placement, Round, Suppression
from app.security import new_id, return_tag
from app.services import bounces, standins, suppression
from app.services.bounces import Outcome
from emails.inbound import Kind, Report
from tests.factories import World, address_of


@dataclass
class Post:
    """What comes back in a world."""

    world: World

    def introduction(self, to: str) -> OutgoingMail:
        """The newest introduction of somebody."""
        return self.world.mails(MailKind.INTRODUCTION, to)[-1]

    def tag(self, mail: OutgoingMail) -> str:
        """What stands behind the + of its envelope sender."""
        return return_tag(self.world.secret, mail.id)

    def take(self, kind: Kind, mail: OutgoingMail, status: str = "", *, key: str = "", **more: Any) -> Outcome:
        """A report about a mail, new unless it has a key."""
        report = Report(kind, more.pop("tag", self.tag(mail)), status, **more)
        return self.took(report, key or new_id("evt"))

    def took(self, report: Report, key: str) -> Outcome:
        """A report as it is."""
        with self.world.database.writing() as session:
            return bounces.take(
                session,
                report,
                source="test",
                event_key=key,
                now=self.world.now,
                secret_key=self.world.secret,
            )

    def match_waiting(self) -> int:
        """What the worker does each minute."""
        with self.world.database.writing() as session:
            return standins.match_waiting(session, now=self.world.now, secret_key=self.world.secret, actor="test")

    def waiting(self) -> set[str]:
        """Who waits for someone new, by the names before their @."""
        who = select(Participant.email).join(Placement, col(Placement.participant_id) == Participant.id)
        with self.world.database.reading() as session:
            found = session.exec(who.where(col(Placement.wants_new_since).is_not(None)))
            return {email.partition("@")[0] for email in found}

    def events(self) -> list[MailEvent]:
        """All that was noted, in order."""
        with self.world.database.reading() as session:
            return list(session.exec(select(MailEvent).order_by(col(MailEvent.at), MailEvent.event_key)))

    def suppressed(self, name: str) -> Suppression | None:
        """Why nothing is sent to somebody."""
        organisation = self.organisation()
        with self.world.database.reading() as session:
            return suppression.suppressed(session, organisation, address_of(name).mailbox, secret_key=self.world.secret)

    def organisation(self) -> str:
        """The id of the one organisation."""
        from app.queries import programmes

        with self.world.database.reading() as session:
            return programmes.programme(session, self.world.slug).organisation_id

    def away(self, to: str | None = None) -> list[OutgoingMail]:
        """The words that somebody cannot be reached."""
        return self.world.mails(MailKind.PARTNER_AWAY, to)

    def places(self, round_: Round) -> dict[str, Placement]:
        """Where everybody stands, by participant id."""
        with self.world.database.reading() as session:
            rows = session.exec(select(Placement).where(Placement.round_id == round_.id))
            return {row.participant_id: row for row in rows}

    def ask_someone_new(self, name: str) -> bool:
        """Press the button of the newest such mail."""
        from app.models import Purpose
        from app.services import links

        token = self.world.token(self.away(name)[-1], "someone_new")
        with self.world.database.writing() as session:
            link, _, programme = links.look(session, token, self.world.now, Purpose.SOMEONE_NEW)
            return standins.ask(session, programme, link, now=self.world.now)


def pair(world: World) -> None:
    """Sam and Alex are introduced in 2026-W48."""
    world.person("sam", "Finance")
    world.person("alex", "Estates")
    world.sent_round()


def rows(world: World) -> str:
    """Everything in the database, as text."""
    with world.database.engine.connect() as connection:
        return "\n".join(
            repr(
                sorted(repr(tuple(row)) for row in connection.execute(table.select()))
            )  # a row's own repr cuts it short
            for table in SQLModel.metadata.sorted_tables
        )
