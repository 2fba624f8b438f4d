"""Two rounds without a sign: held, told once, back with one press; nobody else learns of it."""

from datetime import UTC, datetime

import pytest

from app.models import (
    HeldFor,
    MailKind,
    MailState,
    Met,
    ParticipantState,
)
from app.queries import programmes as programme_queries
from app.services import bounces, feedback, participants, silence
from app.services.feedback import Answer
from app.services.participants import Correction
from app.workflows import duties
from tests.app.bounced import Post
from tests.factories import World

ACTIVE, HELD = ParticipantState.ACTIVE, ParticipantState.HELD


def setting(world: World, **values: object) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        for name, value in values.items():
            setattr(programme, name, value)
        session.add(programme)


def a_round(world: World, period: str) -> None:
    """Sent, asked about, and left alone for two weeks."""
    world.sent_round(period)
    for _ in range(14):
        world.later(days=1)
        duties.ask(world.work)
        world.deliver()


def press(world: World, name: str, kind: MailKind, link: str) -> None:
    """Whatever the button behind that link does, it is a sign."""
    token = world.token(world.mails(kind, name)[-1], link)
    with world.database.writing() as session:
        silence.heard(session, token, world.now)


def how(world: World, name: str) -> tuple[ParticipantState, HeldFor | None]:
    person = world.there(name)
    return person.state, person.held_for


def two_silent_rounds(world: World, people: int = 2) -> None:
    world.people(people)
    a_round(world, "2026-W48")
    a_round(world, "2026-W50")


def test_after_two_rounds_without_a_sign_they_are_held_and_told_once(world: World) -> None:
    world.people(2)
    a_round(world, "2026-W48")
    assert how(world, "person00") == (ACTIVE, None)
    a_round(world, "2026-W50")
    assert how(world, "person00") == how(world, "person01") == (HELD, HeldFor.SILENCE)
    for _ in range(10):
        world.later(days=3)
        duties.ask(world.work)
        world.deliver()
    (mail,) = world.mails(MailKind.STILL_IN, "person00")
    assert mail.state == MailState.SENT
    mine = [one.data for one in world.transport.sent if one.recipient == "person00@example.org"]
    (sent,) = [data for data in mine if b"Subject: Still want to be in the draw?" in data]
    assert b"List-Unsubscribe:" in sent
    assert b"Person01" not in sent


@pytest.mark.parametrize("sign", ["an answer in the first", "an answer in the second", "a button in the second"])
def test_one_sign_since_the_first_of_them_is_enough(world: World, sign: str) -> None:
    world.people(2)
    for period, which in (("2026-W48", "first"), ("2026-W50", "second")):
        a_round(world, period) if not sign.endswith(which) else world.sent_round(period)
        if sign.endswith(which) and sign.startswith("an answer"):
            mail = world.mails(MailKind.INTRODUCTION, "person00")[-1]
            with world.database.writing() as session:
                person = session.merge(world.there("person00"))
                feedback.record(session, person, mail.facts["group"], Answer(Met.NO), world.now)
        elif sign.endswith(which):
            press(world, "person00", MailKind.INTRODUCTION, "choices")
        for _ in range(14 * sign.endswith(which)):
            world.later(days=1)
            duties.ask(world.work)
            world.deliver()
    assert how(world, "person00") == (ACTIVE, None)
    assert how(world, "person01") == (HELD, HeldFor.SILENCE)


def test_a_sign_before_them_does_not_count(world: World) -> None:
    world.people(4)
    world.sent_round("2026-W47")
    for number in range(4):
        press(world, f"person0{number}", MailKind.INTRODUCTION, "choices")
    world.later(hours=1)
    a_round(world, "2026-W48")
    a_round(world, "2026-W50")
    assert how(world, "person00")[0] == HELD


def test_who_was_never_asked_is_not_silent(world: World) -> None:
    setting(world, remind_after=0, check_in_after=0, check_in_again_after=0)
    two_silent_rounds(world)
    assert how(world, "person00") == (ACTIVE, None)


def test_zero_rounds_means_never_and_three_means_three(world: World) -> None:
    setting(world, hold_after=0)
    two_silent_rounds(world)
    assert how(world, "person00") == (ACTIVE, None)
    setting(world, hold_after=3)
    duties.ask(world.work)
    assert how(world, "person00") == (ACTIVE, None)
    a_round(world, "2026-W52")
    assert how(world, "person00") == (HELD, HeldFor.SILENCE)


def test_who_is_drawn_already_is_introduced_and_held_only_after_that(world: World) -> None:
    setting(world, hold_after=0)
    two_silent_rounds(world)
    setting(world, hold_after=2)
    world.draw(world.open_round("2026-W52"))
    duties.ask(world.work)
    assert how(world, "person00") == (ACTIVE, None)


def test_the_held_are_not_drawn_and_come_back_with_a_press_that_counts_as_a_sign(world: World) -> None:
    two_silent_rounds(world)
    come_back(world, "person00")
    assert how(world, "person00") == (ACTIVE, None)
    duties.ask(world.work)
    assert how(world, "person00") == (ACTIVE, None)
    world.person("newcomer")
    drawn = world.sent_round("2027-W01")
    assert world.groups(drawn) == [{"person00@example.org", "newcomer@example.org"}]


def come_back(world: World, name: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person = session.merge(world.there(name))
        participants.come_back(session, programme, person, now=world.now, secret_key=world.secret)


def test_an_organiser_may_bring_somebody_back(world: World) -> None:
    two_silent_rounds(world)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person = session.merge(world.there("person00"))
        change = Correction(state=ACTIVE)
        participants.correct(session, programme, person, change, now=world.now, secret_key=world.secret, actor="key")
    duties.ask(world.work)
    assert how(world, "person00") == (ACTIVE, None)


def test_a_mail_that_waits_is_let_be_when_its_reader_is_back(world: World) -> None:
    two_silent_rounds(world)
    with world.database.writing() as session:
        row = session.merge(world.mails(MailKind.STILL_IN, "person00")[0])
        row.state, row.finished_at, row.not_before = MailState.READY, None, world.now
    come_back(world, "person00")
    world.deliver()
    assert world.mails(MailKind.STILL_IN, "person00")[0].state == MailState.SUPPRESSED


def test_nobody_is_held_without_being_told(world: World) -> None:
    setting(world, remind_after=1, check_in_after=0, mails_a_round=2)
    world.people(2)
    a_round(world, "2026-W48")
    world.sent_round("2026-W50")
    world.later(days=2)
    duties.ask(world.work)
    world.deliver()
    setting(world, mails_a_round=1)
    world.later(days=5)
    duties.ask(world.work)
    assert how(world, "person00") == (ACTIVE, None)
    assert world.mails(MailKind.STILL_IN) == []
    setting(world, mails_a_round=2)
    duties.ask(world.work)
    assert how(world, "person00") == (HELD, HeldFor.SILENCE)
    assert len(world.mails(MailKind.STILL_IN, "person00")) == 1


# --- silence and bounces are two things ------------------------------------------------------------------------------


def lift(world: World, post: Post, name: str) -> bool:
    with world.database.writing() as session:
        to, secret = f"{name}@example.org", world.secret
        return bounces.lift(session, post.organisation(), to, now=world.now, secret_key=secret, actor="key")


def test_the_end_of_a_bounce_does_not_bring_back_who_was_silent(world: World) -> None:
    post = Post(world)
    two_silent_rounds(world)
    post.take("hard", world.mails(MailKind.STILL_IN, "person00")[0], "5.1.1")
    assert how(world, "person00") == (HELD, HeldFor.SILENCE)
    assert lift(world, post, "person00")
    assert how(world, "person00") == (HELD, HeldFor.SILENCE)
    come_back(world, "person00")
    assert how(world, "person00") == (ACTIVE, None)


def test_the_end_of_silence_does_not_bring_back_whom_no_mail_reaches(world: World) -> None:
    post = Post(world)
    two_silent_rounds(world)
    post.take("hard", world.mails(MailKind.STILL_IN, "person00")[0], "5.1.1")
    come_back(world, "person00")  # an organiser's word, say: nobody has shown that mail arrives
    assert how(world, "person00") == (HELD, HeldFor.BOUNCE)
    assert lift(world, post, "person00")
    assert how(world, "person00") == (ACTIVE, None)


def test_who_is_held_for_a_bounce_is_not_held_for_silence_too(world: World) -> None:
    post = Post(world)
    world.people(2)
    a_round(world, "2026-W48")
    world.sent_round("2026-W50")
    post.take("hard", post.introduction("person00"), "5.1.1")
    for _ in range(14):
        world.later(days=1)
        duties.ask(world.work)
        world.deliver()
    assert how(world, "person00") == (HELD, HeldFor.BOUNCE)
    assert world.mails(MailKind.STILL_IN, "person00") == []


@pytest.mark.parametrize("act", ["leave", "pause"])
def test_who_leaves_or_pauses_is_held_for_nothing_any_more(world: World, act: str) -> None:
    two_silent_rounds(world)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person, secret, now = session.merge(world.there("person00")), world.secret, world.now
        if act == "leave":
            participants.leave(session, programme, person, now=now, secret_key=secret)
        else:
            until = datetime(2028, 1, 1, tzinfo=UTC).date()
            participants.pause(session, programme, person, until, now=now, today=now.date(), secret_key=secret)
    assert how(world, "person00")[1] is None


# --- a secret --------------------------------------------------------------------------------------------------------


def test_what_the_other_gets_is_the_same_whether_one_is_held_for_silence_or_not(world: World) -> None:
    """The question a month later goes to who said that they met, whatever has become of the other."""
    setting(world, outcome_after=20, hold_after=1)
    world.people(2)
    world.sent_round("2026-W48")
    mail = world.mails(MailKind.INTRODUCTION, "person01")[0]
    with world.database.writing() as session:
        person = session.merge(world.there("person01"))
        feedback.record(session, person, mail.facts["group"], Answer(Met.YES), world.now)
    for _ in range(23):
        world.later(days=1)
        duties.ask(world.work)
        world.deliver()
    assert how(world, "person00") == (HELD, HeldFor.SILENCE)
    assert [one.state for one in world.mails(MailKind.OUTCOME, "person01")] == [MailState.SENT]
