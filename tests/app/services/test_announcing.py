"""Before a draw, and after a pause: once each, to whom it is true of, and true when it leaves."""

from datetime import UTC, date, datetime

import pytest

from app.models import MailKind, MailState, OddOne, ParticipantState
from app.queries import programmes as programme_queries
from app.services import participants
from app.workflows import duties
from tests.factories import World

THURSDAY = date(2026, 12, 3)


def setting(world: World, **values: object) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        for name, value in values.items():
            setattr(programme, name, value)
        session.add(programme)


def at(world: World, text: str) -> None:
    world.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(world: World, kind: MailKind) -> list[str]:
    """Who has such a mail, after the duty has run."""
    duties.ask(world.work)
    return sorted(mail.recipient.partition("@")[0] for mail in world.mails(kind) if mail.state != MailState.SUPPRESSED)


def subjects(world: World) -> list[str]:
    lines = (line for one in world.transport.sent for line in one.data.decode().split("\r\n"))
    return [line.removeprefix("Subject: ") for line in lines if line.startswith("Subject: ")]


def pause(world: World, name: str, until: date) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person, today = session.merge(world.there(name)), world.now.date()
        participants.pause(session, programme, person, until, now=world.now, today=today, secret_key=world.secret)


def skip(world: World, name: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        participants.skip_next(session, programme, session.merge(world.there(name)), True, now=world.now)


# --- before a draw ---------------------------------------------------------------------------------------------------


def test_three_working_days_before_a_draw_those_who_are_in_it_are_told_once(world: World) -> None:
    world.people(3)
    setting(world, next_draw_on=THURSDAY)
    world.person("held", state=ParticipantState.HELD)
    world.person("pending", state=ParticipantState.PENDING)
    world.person("left", state=ParticipantState.LEFT)
    skip(world, "person01")
    pause(world, "person02", THURSDAY)
    at(world, "2026-11-29 23:59")
    assert told(world, MailKind.BEFORE_DRAW) == []
    at(world, "2026-11-30 07:00")
    for _ in range(3):
        assert told(world, MailKind.BEFORE_DRAW) == ["person00"]
        world.deliver()
        world.later(hours=3)
    assert subjects(world) == ["You are in Thursday's draw"]
    assert b"draw, on Thursday 3 December. There is nothing" in world.transport.sent[-1].data.replace(b"=\r\n", b"")
    assert b"List-Unsubscribe:" in world.transport.sent[-1].data


def test_a_host_is_told_of_no_draw_that_may_not_need_them(world: World) -> None:
    world.people(2)
    setting(world, next_draw_on=THURSDAY)
    with world.database.writing() as session:
        session.merge(world.there("person01")).host = True
    at(world, "2026-11-30 07:00")
    assert told(world, MailKind.BEFORE_DRAW) == ["person00", "person01"]
    setting(world, odd_one=OddOne.HOST)
    world.later(hours=3)
    world.deliver()
    assert list(subjects(world)) == ["You are in Thursday's draw"], "what was written is looked at again"


def test_over_a_weekend_only_working_days_count_and_a_far_draw_is_named_by_its_date(world: World) -> None:
    world.people(1)
    setting(world, next_draw_on=date(2026, 12, 8), announce_before=6)  # a Tuesday
    at(world, "2026-11-29 12:00")
    assert told(world, MailKind.BEFORE_DRAW) == []
    at(world, "2026-11-30 12:00")
    assert told(world, MailKind.BEFORE_DRAW) == ["person00"]
    world.deliver()
    assert subjects(world) == ["You are in the draw on Tuesday 8 December"]


def test_a_day_that_is_set_late_is_told_late_but_never_on_the_day_itself_nor_of_a_day_gone(world: World) -> None:
    world.people(1)
    for day in ("2026-12-03 06:00", "2026-12-04 09:00"):
        at(world, day)
        setting(world, next_draw_on=THURSDAY)
        assert told(world, MailKind.BEFORE_DRAW) == []
    at(world, "2026-12-02 09:00")
    assert told(world, MailKind.BEFORE_DRAW) == ["person00"]


def test_who_has_just_joined_knows_the_day_already(world: World) -> None:
    setting(world, next_draw_on=THURSDAY)
    at(world, "2026-11-30 07:00")
    world.people(1)
    assert told(world, MailKind.BEFORE_DRAW) == []
    world.later(days=2)
    assert told(world, MailKind.BEFORE_DRAW) == ["person00"]


def test_nothing_is_told_of_a_draw_that_has_been_made_and_not_sent(world: World) -> None:
    world.people(2)
    setting(world, next_draw_on=THURSDAY)
    at(world, "2026-12-01 07:00")
    world.draw(world.open_round())
    assert told(world, MailKind.BEFORE_DRAW) == []


def test_a_word_that_waits_is_let_be_when_it_is_not_true_any_more(world: World) -> None:
    world.people(6)
    setting(world, next_draw_on=THURSDAY)
    at(world, "2026-11-30 07:00")
    assert len(told(world, MailKind.BEFORE_DRAW)) == 6
    skip(world, "person00")
    pause(world, "person01", date(2026, 12, 20))
    at(world, "2026-11-30 08:00")
    world.deliver()
    fates = {mail.recipient.partition("@")[0]: mail.state for mail in world.mails(MailKind.BEFORE_DRAW)}
    gone = {name for name, state in fates.items() if state == MailState.SENT}
    assert gone == {"person02", "person03", "person04", "person05"}
    assert fates["person00"] == fates["person01"] == MailState.SUPPRESSED


@pytest.mark.parametrize("change", ["another day", "no day", "drawn since", "the day has come"])
def test_a_word_about_a_draw_that_has_changed_is_let_be(world: World, change: str) -> None:
    world.people(2)
    setting(world, next_draw_on=THURSDAY)
    at(world, "2026-12-02 19:00")
    assert len(told(world, MailKind.BEFORE_DRAW)) == 2
    if change == "drawn since":
        world.later(minutes=5)
        world.draw(world.open_round())
    elif change != "the day has come":
        setting(world, next_draw_on=None if change == "no day" else date(2026, 12, 10))
    at(world, "2026-12-03 08:00" if change == "the day has come" else "2026-12-02 19:10")
    setting(world, mail_from_hour=0, mail_until_hour=24)
    with world.database.writing() as session:
        for mail in world.mails(MailKind.BEFORE_DRAW):
            row = session.merge(mail)
            row.not_before = world.now
    world.deliver()
    assert {mail.state for mail in world.mails(MailKind.BEFORE_DRAW)} == {MailState.SUPPRESSED}


def test_a_new_day_is_told_anew_and_zero_means_never(world: World) -> None:
    world.people(1)
    setting(world, next_draw_on=THURSDAY, announce_before=0)
    at(world, "2026-12-01 09:00")
    assert told(world, MailKind.BEFORE_DRAW) == []
    setting(world, announce_before=3)
    assert told(world, MailKind.BEFORE_DRAW) == ["person00"]
    world.deliver()
    setting(world, next_draw_on=date(2026, 12, 4))
    assert told(world, MailKind.BEFORE_DRAW) == ["person00"] * 2


def test_room_is_kept_for_the_introduction(world: World) -> None:
    world.people(2)
    setting(world, next_draw_on=THURSDAY, mails_a_round=1)
    at(world, "2026-12-01 09:00")
    assert told(world, MailKind.BEFORE_DRAW) == []
    at(world, "2026-12-03 09:00")
    world.sent_round()
    assert {mail.state for mail in world.mails(MailKind.INTRODUCTION)} == {MailState.SENT}


# --- after a pause ---------------------------------------------------------------------------------------------------


def test_whose_pause_ends_is_greeted_once_on_that_day_and_hears_when_the_draw_is(world: World) -> None:
    world.people(2)
    setting(world, next_draw_on=THURSDAY)
    pause(world, "person00", date(2026, 12, 1))
    at(world, "2026-11-30 22:00")
    assert told(world, MailKind.WELCOME_BACK) == []
    at(world, "2026-12-01 07:00")
    for _ in range(3):
        assert told(world, MailKind.WELCOME_BACK) == ["person00"]
        world.deliver()
        world.later(hours=2)
    assert subjects(world).count("Welcome back") == 1
    body = next(one.data for one in world.transport.sent if b"Subject: Welcome back" in one.data)
    assert b"The next draw is on Thursday 3 December." in body.replace(b"=\r\n", b"")
    assert told(world, MailKind.BEFORE_DRAW) == ["person01"]  # the other has just read it


def test_a_greeting_is_let_be_when_the_pause_goes_on_or_it_is_late_or_not_wanted(world: World) -> None:
    world.people(2)
    pause(world, "person00", date(2026, 12, 1))
    pause(world, "person01", date(2026, 12, 1))
    at(world, "2026-12-01 07:00")
    assert told(world, MailKind.WELCOME_BACK) == ["person00", "person01"]
    pause(world, "person00", date(2026, 12, 20))
    at(world, "2026-12-01 08:00")
    world.deliver()
    states = {mail.recipient[:8]: mail.state for mail in world.mails(MailKind.WELCOME_BACK)}
    assert states == {"person00": MailState.SUPPRESSED, "person01": MailState.SENT}
    at(world, "2026-12-23 09:00")
    assert told(world, MailKind.WELCOME_BACK) == ["person01"]  # three days are late


def test_a_programme_may_want_no_greeting(world: World) -> None:
    world.people(1)
    setting(world, welcome_back=False)
    pause(world, "person00", date(2026, 12, 1))
    at(world, "2026-12-01 09:00")
    assert told(world, MailKind.WELCOME_BACK) == []
