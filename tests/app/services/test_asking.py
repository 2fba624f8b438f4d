"""Reminders and check-ins: once each, to who has not answered, in the thread of the introduction, never too late."""

import re

import pytest
from sqlmodel import select

import emails
from app.models import Feedback, MailKind, MailState, Met, Participant, Round
from app.queries import programmes as programme_queries
from app.services import feedback, participants
from app.services.feedback import Answer
from app.workflows import duties
from tests.factories import World


def asked(world: World, kind: MailKind = MailKind.REMINDER) -> list[str]:
    """Who has a mail of this kind, whatever became of it."""
    duties.ask(world.work)
    return sorted(mail.recipient.partition("@")[0] for mail in world.mails(kind))


def introduced(world: World, people: int = 2) -> Round:
    world.people(people)
    round_ = world.sent_round()
    world.deliver()  # the organiser's report
    return round_


def answer(world: World, name: str, met: Met = Met.YES) -> None:
    """What the buttons of the page do."""
    mail = world.mails(MailKind.INTRODUCTION, name)[0]
    with world.database.writing() as session:
        feedback.record(session, session.merge(world.there(name)), mail.facts["group"], Answer(met), world.now)


def test_a_reminder_goes_after_four_days_and_a_check_in_after_ten_and_each_once(world: World) -> None:
    introduced(world)
    world.later(days=3, hours=23)
    assert asked(world) == []
    world.later(hours=2)
    for _ in range(3):
        assert asked(world) == ["person00", "person01"]
        world.deliver()
        world.later(hours=5)
    assert asked(world, MailKind.CHECK_IN) == []
    world.later(days=6)
    for _ in range(3):
        assert asked(world, MailKind.CHECK_IN) == ["person00", "person01"]
        world.deliver()
        world.later(hours=5)
    kinds = [mail.kind for mail in world.mails() if mail.participant_id and mail.state == MailState.SENT]
    assert sorted(kinds) == sorted([MailKind.INTRODUCTION, MailKind.REMINDER, MailKind.CHECK_IN] * 2)


def test_whoever_has_answered_is_asked_no_more(world: World) -> None:
    introduced(world)
    answer(world, "person00")
    world.later(days=4)
    assert asked(world) == ["person01"]
    world.later(days=6)
    assert asked(world, MailKind.CHECK_IN) == ["person01"]


def test_an_answer_stops_a_question_that_is_written_but_not_sent(world: World) -> None:
    introduced(world)
    world.later(days=4)
    asked(world)
    answer(world, "person00")
    before = len(world.transport.sent)
    world.deliver()
    assert [envelope.recipient for envelope in world.transport.sent[before:]] == ["person01@example.org"]
    stopped = world.mails(MailKind.REMINDER, "person00")[0]
    assert (stopped.state, stopped.answer, stopped.facts) == (MailState.SUPPRESSED, "Answered already.", {})


def test_a_question_about_someone_who_has_left_is_not_asked(world: World) -> None:
    introduced(world)
    world.later(days=4)
    asked(world)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        gone = session.merge(world.there("person00"))
        participants.leave(session, programme, gone, now=world.now, secret_key=world.secret)
    before = len(world.transport.sent)
    world.deliver()
    (told,) = world.mails(MailKind.CALLED_OFF)
    assert [sent.recipient for sent in world.transport.sent[before:]] == [told.recipient]
    assert {mail.state for mail in world.mails(MailKind.REMINDER)} == {MailState.SUPPRESSED}


def test_a_question_between_two_whom_a_block_keeps_apart_since_is_not_asked(world: World) -> None:
    introduced(world)
    world.later(days=4)
    asked(world)
    world.block(world.there("person00"), world.there("person01"))
    before = len(world.transport.sent)
    world.deliver()
    assert world.transport.sent[before:] == []


def test_the_reminder_makes_up_for_an_introduction_whose_fate_is_unknown_and_not_for_a_refused_one(
    world: World,
) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    refused = emails.Refused(False, "recipient", "RCPT", 550, "552 5.2.2 mailbox full")
    world.transport = emails.MemoryTransport([emails.Unknown("DOT", "?"), refused])
    world.deliver()
    held = next(mail for mail in world.mails(MailKind.INTRODUCTION) if mail.state == MailState.UNCERTAIN)
    world.later(days=4)
    assert asked(world) == [held.recipient.partition("@")[0]]


def test_a_worker_that_was_away_for_a_week_does_not_remind_late(world: World) -> None:
    introduced(world)
    world.later(days=9)
    assert asked(world) == []


def test_a_programme_that_wants_no_questions_asks_none(world: World) -> None:
    introduced(world)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        programme.remind_after = programme.check_in_after = 0
        session.add(programme)
    for days in (5, 6):
        world.later(days=days)
        assert asked(world) + asked(world, MailKind.CHECK_IN) == []


def test_more_people_than_fit_into_one_transaction_are_all_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.asking.MOST", 3)
    introduced(world, people=8)
    world.later(days=4)
    assert len(asked(world)) == 8


def test_questions_stand_in_the_thread_of_the_introduction_and_show_only_the_group(world: World) -> None:
    introduced(world, people=4)
    world.later(days=4)
    asked(world)
    world.deliver()
    world.later(days=6)
    asked(world)
    world.deliver()
    by_kind: dict[str, dict[str, emails.Envelope]] = {}
    for envelope in world.transport.sent:
        subject = re.search(rb"Subject: (.*)\r\n", envelope.data)
        assert subject is not None
        word = subject[1].split()[0].decode()
        by_kind.setdefault(word, {})[envelope.recipient] = envelope
    for question in ("Have", "You"):
        for recipient, envelope in by_kind[question].items():
            found = re.search(rb"Message-ID: (\S+)", by_kind["Meet"][recipient].data)
            assert found is not None
            assert b"References: " + found[1] in envelope.data
            assert b"In-Reply-To: " + found[1] in envelope.data
            group = next(group for group in world.groups(world_round(world)) if recipient in group)
            strangers = {f"person0{n}@example.org".encode() for n in range(4)} - {name.encode() for name in group}
            assert not [name for name in strangers if name in envelope.data]


def world_round(world: World) -> Round:
    with world.database.reading() as session:
        return session.exec(select(Round)).one()


def test_the_last_word_wins_and_what_is_not_said_stays(world: World) -> None:
    introduced(world)
    group = world.mails(MailKind.INTRODUCTION)[0].facts["group"]
    person = world.there("person00")

    def say(given: Answer) -> tuple[object, ...]:
        with world.database.writing() as session:
            feedback.record(session, session.get_one(Participant, person.id), group, given, world.now)
        with world.database.reading() as session:
            row = session.exec(select(Feedback)).one()
            return row.met, row.worth, row.learnt, row.share

    assert say(Answer(Met.BOOKED)) == (Met.BOOKED, None, "", False)
    assert say(Answer(Met.YES, 5, "Ask earlier.", True)) == (Met.YES, 5, "Ask earlier.", True)
    assert say(Answer(Met.NO)) == (Met.NO, 5, "Ask earlier.", True)
