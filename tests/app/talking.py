"""People in a small world who press the buttons of their conversation's page."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select, update

from app.clock import local_date
from app.models import MailKind, MailState, OutgoingMail, Participant, Placement, Round, RoundState
from app.queries import programmes as programme_queries
from app.services import arranging, calling_off, feedback, privacy, standins
from app.services.calling_off import Seat
from app.services.feedback import Answer
from app.workflows import duties
from tests.factories import World


@dataclass
class Talk:
    """A round in which everybody has been introduced, and what they say about it."""

    world: World
    round_: Round

    def press(self, name: str, action: str, on: date | None = None) -> bool:
        """A button of the page. False when it came too late, or too early."""
        world = self.world
        with world.database.writing() as session:
            programme = programme_queries.programme(session, world.slug)
            person = session.get_one(Participant, world.there(name).id)
            sits = calling_off.seat(session, programme, person, self.round_.id, now=world.now, secret_key=world.secret)
            if sits is None:
                return False
            return self._do(session, sits, action, on)

    def _do(self, session: Session, sits: Seat, action: str, on: date | None) -> bool:
        if action == "arranged":
            arranging.arrange(session, sits.place, on, sits.now)
        elif action == "not-arranged":
            arranging.not_arranged(session, sits.place)
        elif action == "seek":
            return calling_off.seek(session, sits, today=local_date(self.world.now, sits.programme.time_zone))
        else:
            calling_off.ACTS[action](session, sits)
        return True

    def answer(self, name: str, answer: Answer) -> None:
        """Say how it went."""
        world = self.world
        with world.database.writing() as session:
            person = session.get_one(Participant, world.there(name).id)
            feedback.record(session, person, self.place(name).group_id or "", answer, world.now)

    def place(self, name: str) -> Placement:
        """Where somebody stands."""
        with self.world.database.reading() as session:
            return session.get_one(Placement, (self.round_.id, self.world.there(name).id))

    def told(self, name: str | None = None) -> list[OutgoingMail]:
        """The words that somebody cannot, or looks for someone new."""
        return self.world.mails(MailKind.CALLED_OFF, name)

    def asked(self, kind: MailKind) -> list[str]:
        """Who has had a question of this kind, once all that is due has left."""
        duties.ask(self.world.work)
        self.world.deliver()
        mails = [mail for mail in self.world.mails(kind) if mail.state == MailState.SENT]
        return sorted(mail.recipient.partition("@")[0] for mail in mails)

    def match_waiting(self) -> int:
        """What the worker does each minute."""
        with self.world.database.writing() as session:
            return standins.match_waiting(session, now=self.world.now, secret_key=self.world.secret, actor="test")

    def erase(self, name: str) -> None:
        """Somebody is forgotten."""
        world = self.world
        with world.database.writing() as session:
            programme = programme_queries.programme(session, world.slug)
            person = session.get_one(Participant, world.there(name).id)
            privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)

    def close(self) -> None:
        """The round is over."""
        with self.world.database.writing() as session:
            session.exec(
                update(Round)
                .where(col(Round.id) == self.round_.id)
                .values(state=RoundState.CLOSED, closed_at=self.world.now)
            )

    def letters_to(self, name: str) -> list[str]:
        """All that has reached somebody."""
        return [sent.data.decode() for sent in self.world.transport.sent if sent.recipient == f"{name}@example.org"]


def talk_of(world: World, *names: str) -> Talk:
    """These people, introduced in one round."""
    for number, name in enumerate(names):
        world.person(name, f"Team {number}")
    round_ = world.sent_round()
    world.deliver()  # the organiser's report
    return Talk(world, round_)


def partner(talk: Talk, name: str) -> str:
    """Who else is in somebody's pair."""
    mine = talk.place(name).group_id
    with talk.world.database.reading() as session:
        rows = session.exec(
            select(Participant.email)
            .join(Placement, col(Placement.participant_id) == Participant.id)
            .where(Placement.group_id == mine, Participant.email != f"{name}@example.org")
        )
        return rows.one().partition("@")[0]
