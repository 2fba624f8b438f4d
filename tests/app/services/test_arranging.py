"""Arranged: nobody of the group is reminded, and with a day the check-in comes on the day after it."""

from datetime import date

import pytest

from app.models import Feedback, MailKind, MailState, Met, Participant
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.talking import Talk, partner, talk_of
from tests.factories import World

REMINDER, CHECK_IN = MailKind.REMINDER, MailKind.CHECK_IN


@pytest.fixture
def talk(world: World) -> Talk:
    return talk_of(world, "ann", "bob")


def test_once_somebody_has_arranged_it_nobody_of_the_group_is_reminded_and_the_others_are(world: World) -> None:
    talk = talk_of(world, "ann", "bob", "cyd", "dan")
    talk.press("ann", "arranged")
    world.later(days=4, hours=1)
    assert talk.asked(REMINDER) == sorted({"bob", "cyd", "dan"} - {partner(talk, "ann")})
    assert len(world.mails(REMINDER)) == 2, "for the others none is even written"
    world.later(days=6)
    assert talk.asked(CHECK_IN) == ["ann", "bob", "cyd", "dan"]


def test_a_reminder_that_is_written_does_not_go_when_it_is_arranged_meanwhile(talk: Talk) -> None:
    talk.world.later(days=4, hours=1)
    duties.ask(talk.world.work)
    talk.press("ann", "arranged")
    assert talk.asked(REMINDER) == []
    assert {(mail.state, mail.facts == {}) for mail in talk.world.mails(REMINDER)} == {(MailState.SUPPRESSED, True)}


def test_taken_back_all_are_reminded_again(talk: Talk) -> None:
    talk.press("ann", "arranged", date(2026, 12, 1))
    talk.press("ann", "not-arranged")
    assert (talk.place("ann").arranged_at, talk.place("ann").arranged_on) == (None, None)
    talk.world.later(days=4, hours=1)
    assert talk.asked(REMINDER) == ["ann", "bob"]


@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2026, 12, 20)], ids=["sooner", "later"])
def test_with_a_day_all_are_asked_on_the_day_after_it_and_never_otherwise(talk: Talk, day: date) -> None:
    talk.press("bob", "arranged", day)
    asked_on: dict[date, list[str]] = {}
    for _ in range(40):
        assert talk.world.now.date() > day or talk.world.mails(CHECK_IN) == []
        if found := talk.asked(CHECK_IN):
            asked_on.setdefault(talk.world.now.date(), found)
        talk.world.later(days=1)
    assert next(iter(asked_on.items())) == (day.replace(day=day.day + 1), ["ann", "bob"])
    assert talk.asked(CHECK_IN) == ["ann", "bob"]
    assert talk.asked(REMINDER) == []


def test_a_check_in_that_is_written_waits_for_a_day_that_is_named_meanwhile(talk: Talk) -> None:
    talk.world.later(days=10, hours=1)
    duties.ask(talk.world.work)
    talk.press("ann", "arranged", date(2026, 12, 14))
    assert talk.asked(CHECK_IN) == []
    talk.world.later(days=10)
    assert talk.asked(CHECK_IN) == []
    talk.world.later(days=2)
    assert talk.asked(CHECK_IN) == ["ann", "bob"]


def test_who_says_it_is_booked_has_arranged_it_and_with_a_day_is_asked_once_more(talk: Talk) -> None:
    talk.answer("ann", Answer(Met.BOOKED, day=date(2026, 11, 30)))
    talk.answer("bob", Answer(Met.BOOKED))
    assert [talk.place(name).arranged_on for name in ("ann", "bob")] == [date(2026, 11, 30), None]
    talk.world.later(days=4, hours=1)
    assert talk.asked(REMINDER) == []
    talk.world.later(days=4)
    assert talk.asked(CHECK_IN) == ["ann"]


def test_booked_again_without_a_day_keeps_the_day_and_not_this_time_takes_it_back(talk: Talk) -> None:
    talk.answer("ann", Answer(Met.BOOKED, day=date(2026, 11, 30)))
    talk.answer("ann", Answer(Met.BOOKED))
    assert talk.place("ann").arranged_on == date(2026, 11, 30)
    talk.answer("ann", Answer(Met.NO))
    assert (talk.place("ann").arranged_at, talk.place("ann").arranged_on) == (None, None)
    talk.world.later(days=4, hours=1)
    assert talk.asked(REMINDER) == ["bob"]


def test_who_has_said_how_it_went_is_asked_no_more_whatever_is_booked(talk: Talk) -> None:
    talk.press("bob", "arranged", date(2026, 11, 30))
    talk.answer("ann", Answer(Met.YES))
    talk.world.later(days=8)
    assert talk.asked(CHECK_IN) == ["bob"]


def test_the_rest_of_the_answer_is_kept_and_what_is_not_said_stays(talk: Talk) -> None:
    from app.models import Helped

    group = talk.place("ann").group_id
    talk.answer("ann", Answer(Met.YES, 4, "Ask.", True, known=False, helped=Helped.BOTH, will_try="Call."))
    talk.answer("ann", Answer(Met.YES))
    with talk.world.database.reading() as session:
        row = session.get_one(Feedback, (group, session.get_one(Participant, talk.world.there("ann").id).id))
        assert (row.worth, row.known, row.helped, row.learnt, row.will_try, row.share) == (
            *(4, False, Helped.BOTH),
            *("Ask.", "Call.", True),
        )
