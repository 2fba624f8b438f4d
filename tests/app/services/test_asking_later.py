"""The question once more where nobody answered, and the one a month later to who said that they met."""

import pytest

from app.models import Came, MailKind, MailState, Met, ParticipantState
from app.queries import programmes as programme_queries
from app.services import feedback, outcomes, participants
from app.services.feedback import Answer
from app.workflows import duties
from tests.factories import World

AGAIN, OUTCOME = MailKind.CHECK_IN_AGAIN, MailKind.OUTCOME


def asked(world: World, kind: MailKind) -> list[str]:
    duties.ask(world.work)
    return sorted(mail.recipient.partition("@")[0] for mail in world.mails(kind) if mail.state != MailState.SUPPRESSED)


def answer(world: World, name: str, met: Met) -> str:
    group: str = world.mails(MailKind.INTRODUCTION, name)[0].facts["group"]
    with world.database.writing() as session:
        feedback.record(session, session.merge(world.there(name)), group, Answer(met), world.now)
    return group


def days(world: World, number: int) -> None:
    """Let days pass with all that is done by the clock."""
    for _ in range(number):
        world.later(days=1)
        duties.ask(world.work)
        world.deliver()


def test_who_does_not_answer_is_asked_once_more_three_working_days_later_and_never_again(world: World) -> None:
    world.people(2)
    world.sent_round()  # on a Monday
    days(world, 10)  # a Thursday: the check-in
    answer(world, "person00", Met.BOOKED)
    days(world, 4)
    assert asked(world, AGAIN) == []
    days(world, 1)
    assert asked(world, AGAIN) == ["person01"]
    days(world, 30)
    assert asked(world, AGAIN) == ["person01"]
    (mail,) = world.mails(AGAIN)
    assert mail.state == MailState.SENT
    sent = [one.data for one in world.transport.sent if b"Subject: Two taps and we stop asking" in one.data]
    assert len(sent) == 1
    assert (b"In-Reply-To: " in sent[0], b"List-Unsubscribe: " in sent[0]) == (True, True)


def test_with_the_word_before_the_draw_the_second_question_is_one_too_many(world: World) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        programme.next_draw_on = world.now.date().replace(day=26)
    world.people(2)
    world.later(days=2)
    duties.ask(world.work)
    world.deliver()
    world.later(days=1)
    world.sent_round()
    days(world, 20)
    sent = [mail.kind for mail in world.mails(to="person00") if mail.state == MailState.SENT]
    assert sent == [MailKind.BEFORE_DRAW, MailKind.INTRODUCTION, MailKind.REMINDER, MailKind.CHECK_IN]
    assert [mail.state for mail in world.mails(AGAIN, "person00")] == [MailState.SUPPRESSED]


def test_an_answer_stops_the_second_question_that_waits(world: World) -> None:
    world.people(2)
    world.sent_round()
    days(world, 14)
    world.later(hours=16)  # in the night of the day on which it is due
    world.later(hours=8)
    duties.ask(world.work)
    answer(world, "person00", Met.NO)
    world.deliver()
    states = {mail.recipient.partition("@")[0]: mail.state for mail in world.mails(AGAIN)}
    assert states == {"person00": MailState.SUPPRESSED, "person01": MailState.SENT}


def test_a_month_later_those_who_met_or_had_booked_are_asked_what_came_of_it_once(world: World) -> None:
    world.people(4)
    world.sent_round()
    for name, met in (("person00", Met.YES), ("person01", Met.BOOKED), ("person02", Met.NO)):
        answer(world, name, met)
    days(world, 29)
    assert asked(world, OUTCOME) == []
    days(world, 1)
    assert asked(world, OUTCOME) == ["person00", "person01"]
    days(world, 10)
    assert asked(world, OUTCOME) == ["person00", "person01"]
    assert {mail.state for mail in world.mails(OUTCOME)} == {MailState.SENT}


@pytest.mark.parametrize("change", ["said already", "took it back", "left", "the other left"])
def test_a_question_what_came_of_it_is_let_be_when_there_is_nothing_to_ask(world: World, change: str) -> None:
    world.people(2)
    world.sent_round()
    group = answer(world, "person00", Met.YES)
    world.later(days=30)
    assert asked(world, OUTCOME) == ["person00"]
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        me, other = session.merge(world.there("person00")), session.merge(world.there("person01"))
        if change == "said already":
            outcomes.record(session, me, group, Came.NOT_YET, world.now)
        elif change == "took it back":
            feedback.record(session, me, group, Answer(Met.NO), world.now)
        else:
            gone = me if change == "left" else other
            participants.leave(session, programme, gone, now=world.now, secret_key=world.secret)
    world.deliver()
    assert [mail.state for mail in world.mails(OUTCOME)] == [MailState.SUPPRESSED]


def test_who_rests_for_silence_or_pauses_is_still_asked_what_came_of_it(world: World) -> None:
    world.people(2)
    world.sent_round()
    answer(world, "person00", Met.YES)
    with world.database.writing() as session:
        person = session.merge(world.there("person00"))
        person.state, person.paused_until = ParticipantState.PAUSED, world.now.date().replace(year=2027)
    world.later(days=30)
    assert asked(world, OUTCOME) == ["person00"]


def test_zero_days_mean_that_neither_is_asked(world: World) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        programme.check_in_again_after = programme.outcome_after = 0
    world.people(2)
    world.sent_round()
    answer(world, "person00", Met.YES)
    days(world, 40)
    assert asked(world, AGAIN) + asked(world, OUTCOME) == []
