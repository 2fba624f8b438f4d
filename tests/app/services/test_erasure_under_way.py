"""Somebody is erased while mails that name them are on their way, held, or waiting: the others keep their meeting."""

import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import col, select, update

import emails
from app.models import KeptAnswer, MailKind, MailState, OutgoingMail, Placement
from app.queries import programmes as programme_queries
from app.services import asking, privacy, second_tries
from app.workflows import duties
from tests.factories import World

LATER = emails.Refused(True, "recipient", "RCPT", 451, "4.2.1 later")


@dataclass
class Meanwhile:
    """A mail server that lets something happen while it has a mail to `reader` in hand, and then answers so."""

    reader: str
    happens: Callable[[], None]
    answer: emails.Answer
    alive: bool = True
    name: str = "meanwhile"

    @contextmanager
    def open(self) -> Iterator["Meanwhile"]:
        yield self

    def send(self, envelope: emails.Envelope, dot: Callable[[], None]) -> emails.Answer:
        if not envelope.recipient.startswith(self.reader):
            dot()
            return emails.Accepted("250 ok")
        self.happens()
        if not isinstance(self.answer, emails.Refused):
            dot()
        return self.answer


def erase(world: World, name: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person = session.merge(world.there(name))
        privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)


def people(world: World, *names: str) -> None:
    for name in names:
        world.person(name)


def hand_over(world: World, happens: Callable[[], None], answer: emails.Answer, reader: str = "ann") -> None:
    """Something happens while a mail to `reader` is with the server; a while later all is as usual again."""
    world.transport = Meanwhile(reader, happens, answer)  # type: ignore[assignment]
    world.deliver()
    world.transport = emails.MemoryTransport()


def introduction(world: World, to: str = "ann") -> OutgoingMail:
    return world.mails(MailKind.INTRODUCTION, to)[-1]


def resend(world: World, mail: OutgoingMail) -> None:
    with world.database.writing() as session:
        second_tries.resend(session, session.get_one(OutgoingMail, mail.id), world.now)


def letters_to(world: World, name: str) -> list[bytes]:
    return [sent.data for sent in world.transport.sent if sent.recipient.startswith(name)]


def together(world: World) -> int:
    """How many people have a group."""
    with world.database.reading() as session:
        return len(session.exec(select(Placement).where(col(Placement.group_id).is_not(None))).all())


def names_cyd(mail: OutgoingMail) -> bool:
    said = zlib.decompress(mail.rendered).decode() if mail.rendered else ""
    return "cyd" in f"{mail.facts} {mail.answer} {said}".casefold()


def test_two_of_a_trio_keep_their_meeting_when_the_third_is_erased_while_a_mail_is_with_the_server(
    world: World,
) -> None:
    people(world, "ann", "bob", "cyd")
    world.draw(world.open_round(send=True))
    hand_over(world, lambda: erase(world, "cyd"), LATER)
    world.later(minutes=2)
    world.deliver()
    (letter,) = letters_to(world, "ann")
    assert (b"bob@example.org" in letter, b"cyd" in letter.lower()) == (True, False)
    assert together(world) == 2
    assert world.mails(MailKind.LEFT_OUT) == []
    assert not any(names_cyd(mail) for mail in world.mails())


def test_a_held_introduction_of_a_trio_can_be_sent_again_without_who_was_erased(world: World) -> None:
    people(world, "ann", "bob", "cyd")
    world.draw(world.open_round(send=True))
    hand_over(world, lambda: None, emails.Unknown("DOT", "silence"))
    erase(world, "cyd")
    held = introduction(world)
    assert (held.state, held.answer, names_cyd(held)) == (MailState.UNCERTAIN, "DOT: silence", False)
    resend(world, held)
    world.deliver()
    (letter,) = letters_to(world, "ann")
    assert (b"bob@example.org" in letter, b"cyd" in letter.lower()) == (True, False)
    assert together(world) == 2


def test_an_introduction_to_nobody_but_who_was_erased_does_not_go_and_says_nothing(world: World) -> None:
    people(world, "ann", "cyd")
    world.draw(world.open_round(send=True))
    hand_over(world, lambda: erase(world, "cyd"), LATER)
    world.later(minutes=2)
    world.deliver()
    mail = introduction(world)
    assert (mail.state, mail.facts, mail.rendered) == (MailState.SUPPRESSED, {}, None)
    assert letters_to(world, "ann") == []
    assert together(world) == 1
    assert world.mails(MailKind.LEFT_OUT) == []


def test_an_introduction_that_waits_to_be_sent_again_does_not_keep_who_was_erased(world: World) -> None:
    people(world, "ann", "cyd")
    world.draw(world.open_round(send=True))
    hand_over(world, lambda: None, emails.Unknown("DOT", "silence"))
    world.deliver()
    resend(world, introduction(world))
    erase(world, "cyd")
    world.deliver()
    mail = introduction(world)
    assert (mail.state, mail.facts) == (MailState.SUPPRESSED, {})
    assert letters_to(world, "ann") == []


def test_a_mail_whose_words_are_gone_is_dropped_and_parts_nobody(world: World) -> None:
    people(world, "ann", "bob")
    world.draw(world.open_round(send=True))
    for kind in (MailKind.INTRODUCTION, MailKind.REMINDER, MailKind.PARTNER_AWAY):
        with world.database.writing() as session:
            mail = session.get_one(OutgoingMail, introduction(world).id)
            mail.kind, mail.facts = kind, {}
            assert not asking.make_true(session, mail, now=world.now, secret_key=world.secret)
            assert (mail.state, mail.answer) == (MailState.SUPPRESSED, "What it said is not kept any more.")
            session.rollback()
    assert together(world) == 2


def test_a_reminder_that_waits_asks_about_the_others_and_not_about_who_was_erased(world: World) -> None:
    people(world, "ann", "bob", "cyd")
    world.sent_round()
    world.later(days=4)
    duties.ask(world.work)
    erase(world, "cyd")
    assert not any(names_cyd(mail) for mail in world.mails())
    world.deliver()
    letter = letters_to(world, "ann")[-1]
    assert (b"Bob" in letter, b"Cyd" in letter) == (True, False)


def test_a_reminder_about_who_was_erased_is_dropped_also_when_it_was_with_the_server(world: World) -> None:
    people(world, "ann", "bob", "cyd", "dan")
    world.sent_round()
    (group,) = (
        group for group in world.groups(world.round(introduction(world).round_id or "")) if "ann@" in str(group)
    )
    (partner,) = group - {"ann@example.org"}
    world.later(days=4)
    duties.ask(world.work)
    hand_over(world, lambda: erase(world, partner), LATER)
    world.later(minutes=2)
    world.deliver()
    (mail,) = world.mails(MailKind.REMINDER, "ann")
    assert (mail.state, mail.facts, mail.rendered) == (MailState.SUPPRESSED, {}, None)
    (letter,) = letters_to(world, "ann")
    assert (b"Subject: Your conversation is off" in letter, partner.encode() in letter) == (True, False)


def test_a_finished_mail_that_names_who_was_erased_keeps_only_its_state(world: World) -> None:
    people(world, "ann", "cyd")
    world.sent_round()
    with world.database.writing() as session:
        session.exec(update(OutgoingMail).values(answer="250 queued for cyd"))
    erase(world, "cyd")
    mail = introduction(world)
    assert (mail.state, mail.facts, mail.answer, mail.rendered) == (MailState.SENT, {}, None, None)


def test_answers_kept_for_repeated_calls_forget_who_was_erased_and_the_calls_are_not_made_again(world: World) -> None:
    people(world, "ann", "cyd")
    cyd = world.there("cyd")
    bodies = {
        "by address": b'{"address": "Cyd@Example.ORG"}',
        "by id": f'{{"groups": [["{cyd.id}"]]}}'.encode(),
        "another": b'{"address": "ann@example.org"}',
    }
    with world.database.writing() as session:
        session.add(KeptAnswer(caller="key_1", key="under way", fingerprint="f", created_at=world.now))
        for key, body in bodies.items():
            answer = KeptAnswer(caller="key_1", key=key, fingerprint="f", created_at=world.now)
            answer.status, answer.headers, answer.body = 200, {"location": "/x"}, body
            session.add(answer)
    erase(world, "cyd")
    with world.database.reading() as session:
        rows = {row.key: row for row in session.exec(select(KeptAnswer))}
    assert {key: row.status for key, row in rows.items()} == {
        "by address": 404,
        "by id": 404,
        "another": 200,
        "under way": None,
    }
    assert rows["another"].body == bodies["another"]
    for key in ("by address", "by id"):
        assert json.loads(rows[key].body or b"")["status"] == 404
        assert rows[key].headers == {"content-type": "application/problem+json"}
