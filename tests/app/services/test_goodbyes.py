"""Somebody leaves after the introduction: who waits for them hears so once, and kindly, and may meet someone new."""

import re

import pytest
from sqlmodel import Session

from app.models import MailKind, MailState, Met, Participant
from app.queries import programmes as programme_queries
from app.services import participants
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.bounced import Post, rows
from tests.app.talking import Talk, partner, talk_of
from tests.factories import World

GOODBYE = re.compile(r"\bleft\b|\bleav|any more|gone", re.IGNORECASE)


@pytest.fixture
def talk(world: World) -> Talk:
    return talk_of(world, "ann", "bob")


def leave(talk: Talk, name: str) -> None:
    world = talk.world
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        participants.leave(session, programme, person(session, world, name), now=world.now, secret_key=world.secret)


def person(session: Session, world: World, name: str) -> Participant:
    return session.get_one(Participant, world.there(name).id)


def words(letter: str) -> str:
    plain = re.split("<!doctype html>", letter.replace("=\r\n", ""), flags=re.IGNORECASE)[0]
    return " ".join(plain.split())


def test_the_other_of_a_pair_hears_it_at_once_and_may_meet_someone_new(talk: Talk) -> None:
    leave(talk, "ann")
    leave(talk, "ann")
    (mail,) = talk.told()
    assert (mail.recipient, "someone_new" in mail.facts["links"]) == ("bob@example.org", True)
    talk.world.deliver()
    assert [one.state for one in talk.told()] == [MailState.SENT]
    letter = words(talk.letters_to("bob")[-1])
    for said in ("Your conversation with Ann is off", "Ann cannot meet", "nobody's fault", "Have you met already?"):
        assert said in letter
    assert not GOODBYE.search(letter.partition("Ann cannot meet")[2].partition("The next draw")[0])


def test_two_of_a_trio_hear_it_and_have_each_other(world: World) -> None:
    talk = talk_of(world, "ann", "bob", "cyd")
    leave(talk, "ann")
    world.deliver()
    assert sorted((mail.recipient, "someone_new" in mail.facts["links"]) for mail in talk.told()) == [
        ("bob@example.org", False),
        ("cyd@example.org", False),
    ]
    assert "You and Cyd are still introduced" in words(talk.letters_to("bob")[-1])


def test_who_has_said_how_it_went_need_not_hear_it_and_what_the_other_said_changes_nothing(world: World) -> None:
    talk = talk_of(world, "ann", "bob", "cyd", "dan")
    first = partner(talk, "ann")
    talk.answer(first, Answer(Met.YES))
    leave(talk, "ann")
    assert talk.told() == []
    second = next(name for name in ("bob", "cyd", "dan") if name != first)
    talk.answer(second, Answer(Met.YES))
    leave(talk, second)
    assert [mail.recipient for mail in talk.told()] == [f"{partner(talk, second)}@example.org"]


def test_who_has_been_told_already_is_not_told_twice(world: World) -> None:
    talk = talk_of(world, "ann", "bob")
    talk.press("ann", "cannot")
    world.deliver()
    leave(talk, "ann")
    assert len(talk.told()) == 1


def test_who_knows_that_no_mail_reaches_them_is_not_told_of_it_again(talk: Talk) -> None:
    post = Post(talk.world)
    post.take("hard", post.introduction("ann"), "5.1.1")
    leave(talk, "ann")
    assert (len(post.away("bob")), talk.told()) == (1, [])


@pytest.mark.parametrize(("days", "told"), [(10, True), (11, False)])
def test_a_conversation_that_everybody_was_asked_about_is_not_called_off(talk: Talk, days: int, told: bool) -> None:
    talk.world.later(days=days)
    leave(talk, "ann")
    assert bool(talk.told()) == told


def test_one_that_is_booked_for_a_day_to_come_is_called_off_however_late(talk: Talk) -> None:
    talk.press("bob", "arranged", talk.world.now.date().replace(day=30))
    talk.world.later(days=6)
    talk.press("bob", "arranged", talk.world.now.date().replace(month=12, day=20))
    talk.world.later(days=12)
    leave(talk, "ann")
    assert [mail.recipient for mail in talk.told()] == ["bob@example.org"]


def test_earlier_rounds_are_left_in_peace(talk: Talk) -> None:
    talk.world.later(days=21)
    again = Talk(talk.world, talk.world.sent_round("2026-W51"))
    leave(again, "ann")
    assert [mail.round_id for mail in again.told()] == [again.round_.id]


def test_who_leaves_while_the_word_waits_hears_nothing_and_nobody_is_asked_any_more(talk: Talk) -> None:
    leave(talk, "ann")
    leave(talk, "bob")
    talk.world.deliver()
    assert [mail.state for mail in talk.told()] == [MailState.SUPPRESSED]
    for _ in range(12):
        talk.world.later(days=1)
        duties.ask(talk.world.work)
        talk.world.deliver()
    assert talk.world.mails(MailKind.REMINDER) + talk.world.mails(MailKind.CHECK_IN) == []


def test_a_word_that_must_be_said_takes_the_place_of_one_that_can_wait(talk: Talk) -> None:
    """Four mails a round: the word that it is off counts, and what can wait gives way."""
    talk.world.later(minutes=1)
    leave(talk, "ann")
    talk.world.deliver()
    for _ in range(20):
        talk.world.later(days=1)
        duties.ask(talk.world.work)
        talk.world.deliver()
    kinds = [mail.kind for mail in talk.world.mails(to="bob") if mail.state == MailState.SENT]
    assert kinds == [MailKind.INTRODUCTION, MailKind.CALLED_OFF]


def test_who_is_erased_is_not_named_and_the_other_hears_it_all_the_same(talk: Talk) -> None:
    ann = talk.world.there("ann").id
    talk.erase("ann")
    (mail,) = talk.told()
    assert (mail.recipient, mail.facts["away"]) == ("bob@example.org", None)
    talk.world.deliver()
    assert [one.state for one in talk.told()] == [MailState.SENT]
    letter = words(talk.letters_to("bob")[-1])
    assert ("Your conversation is off" in letter, "The person you were to meet cannot meet" in letter) == (True, True)
    assert ("Ann" in letter, ann in rows(talk.world)) == (False, False)


def test_who_left_some_time_ago_and_is_erased_now_is_no_news(talk: Talk) -> None:
    leave(talk, "ann")
    talk.world.deliver()
    talk.erase("ann")
    assert [(mail.state, mail.facts) for mail in talk.told()] == [(MailState.SENT, {})]


def test_whoever_is_told_finds_the_same_on_the_page(talk: Talk) -> None:
    leave(talk, "ann")
    talk.world.deliver()
    assert talk.press("bob", "seek"), "nobody is left to wait for"
