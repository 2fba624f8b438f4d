"""A season of a programme in which every kind of mail is sent, and the mails as a mail scanner finds them."""

import email.policy
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

from sqlmodel import select

from app.models import NOTICES, DrawEvery, MailKind, Met, Participant, Role, Round, RoundState
from app.queries import programmes as programme_queries
from app.services import feedback, organisers, participants, test_copies
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.bounced import Post
from tests.app.concerned import named, raised
from tests.app.talking import Talk, partner
from tests.factories import World, address_of

PAIRED = ("ann", "bob", "cyd", "dan", "eve", "fay", "gus", "hal")
DRAW = date(2026, 12, 1)
SOMETHING_IS_DUE = (6, 4, 5, 16)
"""Days from one to the next: a reminder, the check-in, the second one and the end of patience, what came of it, with
the first working day of the next quarter.
"""
MARK = "X-Row"
URL = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Sent:
    """A mail that has left, and every address that stands in it: in its text, its page, its entry and its header."""

    kind: MailKind
    to: str
    links: frozenset[str]


def play(world: World) -> Talk:
    """Six weeks of a programme with everything in them; afterwards the newest links are minutes old."""
    world.settings = world.settings.model_copy(update={"mail_idempotency_header": MARK})
    _organiser(world, "uma")
    named(world)
    _settings(world, next_draw_on=DRAW, hold_after=1, mails_a_round=10, sponsor_email="grace@example.org")
    for number, name in enumerate(PAIRED):
        world.person(name, f"Team {number % 4}", language=["English"])
    world.person("ivy", "Team 1", language=["Basque"])  # shares none: left out
    world.person("pat", "Team 2", language=["English"])
    _pause(world, "pat", world.now.date() + timedelta(days=3))
    world.later(days=3)
    _by_itself(world)
    _pause(world, "pat", date(2027, 3, 1))
    world.later(days=5)
    talk = Talk(world, world.sent_round("2026-W49"))
    _say(talk, "ann", Met.YES)
    for days in SOMETHING_IS_DUE:
        world.later(days=days)
        _by_itself(world)
    _last_days(talk)
    return talk


def _last_days(talk: Talk) -> None:
    """What people do themselves: one cannot, of one the mailbox is gone, one says what is wrong, and three ask for a
    mail.
    """
    world, done = talk.world, {"ann", partner(talk, "ann")}
    one, two, three = _firsts(talk, done)
    talk.press(one, "cannot")
    post = Post(world)
    post.take("hard", post.introduction(two), "5.1.1")
    world.later(hours=2)
    _by_itself(world)
    _drawn_by_itself(replace(world, slug="nights"))
    raised(world, three)
    world.sign_up("zoe")
    world.sign_up("pat")
    world.ask_for_my_page("ivy")
    _invite(world, "ola")
    _try_a_mail(world, "ola")
    world.deliver()


def _organiser(world: World, name: str) -> None:
    """Somebody organises, and wants every mail that there is."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        organisation = programme_queries.organisation_of(session, programme)
        account = organisers.appoint(session, organisation, address_of(name), Role.ORGANISER, None, now=world.now)
        account.entered_at, account.mails = world.now, [kind.value for kind in NOTICES]


def _drawn_by_itself(world: World) -> None:
    """A second programme, whose day has come."""
    world.programme(world.slug)
    _settings(world, draw_every=DrawEvery.MONTH, next_draw_on=world.now.date())
    world.people(2)
    duties.open_rounds(world.work)
    with world.database.reading() as session:
        opened = session.exec(select(Round).where(Round.state == RoundState.DRAFT)).one()
    world.draw(opened)
    world.deliver()


def _invite(world: World, name: str) -> None:
    """Somebody is to organise too."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        organisation = programme_queries.organisation_of(session, programme)
        organisers.invite(
            session,
            organisation,
            address_of(name),
            Role.VIEWER,
            programme,
            now=world.now,
            actor="test",
            secret_key=world.secret,
        )


def _try_a_mail(world: World, name: str) -> None:
    """An organiser looks at an introduction in their own mailbox."""
    shown = world.mails(MailKind.INTRODUCTION, "ann")[-1]
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        account = test_copies.organiser_by(session, programme, f"{name}@example.org")
        test_copies.write(session, session.merge(shown), account, now=world.now, actor="test")


def _firsts(talk: Talk, done: set[str]) -> tuple[str, str, str]:
    """One of each pair that is not done."""
    found: list[str] = []
    for name in PAIRED:
        if name not in done:
            found.append(name)
            done |= {name, partner(talk, name)}
    one, two, three = found
    return one, two, three


def _by_itself(world: World) -> None:
    duties.ask(world.work)
    world.deliver()


def _settings(world: World, **values: object) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        for name, value in values.items():
            setattr(programme, name, value)
        session.add(programme)


def _pause(world: World, name: str, until: date) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person = session.merge(world.there(name))
        today = world.now.date()
        participants.pause(session, programme, person, until, now=world.now, today=today, secret_key=world.secret)


def _say(talk: Talk, name: str, met: Met) -> None:
    world = talk.world
    with world.database.writing() as session:
        person = session.get_one(Participant, world.there(name).id)
        feedback.record(session, person, talk.place(name).group_id or "", Answer(met), world.now)


# --- what left -------------------------------------------------------------------------------------------------------


def sent(world: World) -> list[Sent]:
    """Every mail that has left, with its links."""
    kinds = {mail.id: mail.kind for mail in world.mails()}
    found = []
    for envelope in world.transport.sent:
        message = BytesParser(policy=email.policy.default).parsebytes(envelope.data)
        found.append(Sent(kinds[message[MARK]], envelope.recipient, frozenset(_links(message))))
    return found


def _links(message: EmailMessage) -> set[str]:
    """Each address in a header or a part, whatever it is called and however it is written."""
    found = set(URL.findall(" ".join(str(value) for value in message.values())))
    for part in message.walk():
        if part.get_content_maintype() == "text":
            words = part.get_content()
            found |= set(URL.findall(words)) | set(places(words) if part.get_content_subtype() == "html" else ())
    return {link for link in found if link.startswith("http")}


def places(html: str) -> set[str]:
    """Where a page leads, as a machine reads it: links, forms, frames, pictures, styles, and what comes next."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note every address."""
        self.found |= {value for name, value in attrs if name in ("href", "src", "action", "formaction") and value}
        if tag == "meta" and dict(attrs).get("http-equiv") == "refresh":
            self.found.add((dict(attrs)["content"] or "").partition("url=")[2])
