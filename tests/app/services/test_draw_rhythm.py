"""Rounds that open themselves on the days of a rhythm, and wait for an organiser unless told otherwise."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from app.errors import BadInput
from app.models import AuditEntry, DrawEvery, MailKind, Programme, Round, RoundState
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import programmes
from app.services.programmes import ProgrammeFacts
from app.workflows import duties
from tests.factories import World

WEEKLY: dict[str, Any] = {"draw_every": DrawEvery.WEEK, "next_draw_on": date(2026, 11, 24)}


def says(world: World, **facts: Any) -> Programme:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        return programmes.change_programme(session, programme, ProgrammeFacts(**facts), now=world.now, actor="test")


def programme(world: World) -> Programme:
    with world.database.reading() as session:
        return programme_queries.programme(session, world.slug)


def on(world: World, moment: str) -> None:
    """It is that moment, and a worker's minute goes by."""
    world.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    duties.each_minute(world.work)


def rounds(world: World) -> list[tuple[str, RoundState]]:
    with world.database.reading() as session:
        return [(one.period, one.state) for one in session.exec(select(Round).order_by(col(Round.number)))]


def draw_all(world: World) -> None:
    with world.database.reading() as session:
        waiting = round_queries.to_draw(session, world.now)
    for one in waiting:
        world.draw(one)


def test_on_its_day_a_round_is_drawn_once_and_waits_for_an_organiser(world: World) -> None:
    world.people(4)
    says(world, **WEEKLY)
    on(world, "2026-11-24 07:59")
    assert rounds(world) == []
    for moment in ("2026-11-24 08:00", "2026-11-24 08:01", "2026-11-25 09:00"):
        on(world, moment)
        draw_all(world)
    assert rounds(world) == [("2026-W49", RoundState.MATCHED)]
    assert programme(world).next_draw_on == date(2026, 12, 1)
    assert [mail for mail in world.mails(MailKind.INTRODUCTION) if mail.released_at] == []


def test_who_chose_so_has_it_approved_and_sent(world: World) -> None:
    world.people(4)
    says(world, **WEEKLY, sends_itself=True)
    for week, moment in enumerate(("2026-11-24 08:00", "2026-12-01 08:00"), 1):
        on(world, moment)
        draw_all(world)
        world.deliver()
        assert [state for _, state in rounds(world)] == [RoundState.INTRODUCED] * week
    assert programme(world).next_draw_on == date(2026, 12, 8)


def test_while_a_round_waits_none_is_opened_beside_it_and_a_late_day_is_let_go(world: World) -> None:
    world.people(4)
    says(world, **WEEKLY)
    on(world, "2026-11-24 08:00")
    on(world, "2026-12-01 08:00")
    assert (len(rounds(world)), programme(world).next_draw_on) == (1, date(2026, 12, 1))
    on(world, "2026-12-05 08:00")
    assert (len(rounds(world)), programme(world).next_draw_on) == (1, date(2026, 12, 8))
    with world.database.reading() as session:
        [noted] = session.exec(select(AuditEntry).where(AuditEntry.action == "programme.no_draw"))
    assert noted.detail == {"day": "2026-12-01", "why": "late"}


def test_one_person_is_no_round(world: World) -> None:
    world.people(1)
    says(world, **WEEKLY)
    on(world, "2026-11-24 08:00")
    assert (rounds(world), programme(world).next_draw_on) == ([], date(2026, 12, 1))


def test_a_round_opened_by_hand_stands_for_the_draw_that_is_near(world: World) -> None:
    world.people(4)
    says(world, **WEEKLY)
    world.open_round("by-hand")
    assert programme(world).next_draw_on == date(2026, 12, 1)
    world.open_round("another")  # a week before the next
    assert programme(world).next_draw_on == date(2026, 12, 1)


def test_by_hand_nothing_opens_itself_and_a_resting_programme_opens_nothing(world: World) -> None:
    world.people(4)
    says(world, next_draw_on=date(2026, 11, 24))
    on(world, "2026-11-24 09:00")
    assert (rounds(world), programme(world).next_draw_on) == ([], date(2026, 11, 24))
    says(world, **WEEKLY, state="paused")
    on(world, "2026-11-24 09:00")
    assert rounds(world) == []


def test_the_day_is_the_programme_s_own(world: World) -> None:
    world.people(4)
    says(world, **WEEKLY, time_zone="Pacific/Auckland")
    on(world, "2026-11-23 18:59")
    assert rounds(world) == []
    on(world, "2026-11-23 19:00")  # eight o'clock on Tuesday there
    assert len(rounds(world)) == 1


def test_a_pause_moves_the_next_draw_and_taking_it_back_moves_it_back(world: World) -> None:
    said = says(world, **WEEKLY, pauses=["2026-11-24", "2026-12-21/2027-01-03"])
    assert (said.next_draw_on, said.draws_from) == (date(2026, 11, 25), date(2026, 11, 24))
    said = says(world, next_draw_on=date(2026, 11, 25), draw_every=DrawEvery.WEEK)  # as a form sends it back
    assert said.draws_from == date(2026, 11, 24)
    assert says(world, pauses=[]).next_draw_on == date(2026, 11, 24)
    assert says(world, pauses=["2026-11-24"]).next_draw_on == date(2026, 11, 25)
    world.people(4)
    on(world, "2026-11-25 08:00")
    assert programme(world).next_draw_on == date(2026, 12, 1)  # a Tuesday again
    assert says(world, pauses=[]).next_draw_on == date(2026, 12, 1)  # and that of last week is not drawn again


def test_a_rhythm_without_a_beginning_and_what_is_no_pause_are_refused(world: World) -> None:
    for facts in ({"draw_every": DrawEvery.WEEK}, {"pauses": ["Christmas"]}, {"pauses": ["2026-12-25"] * 51}):
        with pytest.raises(BadInput):
            says(world, **facts)
    says(world, **WEEKLY)
    with pytest.raises(BadInput):
        says(world, cleared=frozenset({"next_draw_on"}))
    says(world, draw_every=DrawEvery.BY_HAND, cleared=frozenset({"next_draw_on"}))
    assert (programme(world).next_draw_on, programme(world).draws_from) == (None, None)


def test_no_reminder_falls_into_a_pause_and_it_comes_afterwards(world: World) -> None:
    world.people(2)
    world.sent_round()  # on Monday 23 November
    says(world, pauses=["2026-11-26/2026-12-09"])
    for day in ("2026-11-27", "2026-11-30", "2026-12-09"):
        world.now = datetime.fromisoformat(f"{day} 10:00").replace(tzinfo=UTC)
        duties.ask(world.work)
        world.deliver()
    assert world.mails(MailKind.REMINDER) == world.mails(MailKind.CHECK_IN) == []
    world.now = datetime(2026, 12, 11, 10, tzinfo=UTC)  # four working days: 24, 25 November, 10, 11 December
    duties.ask(world.work)
    world.deliver()
    assert len(world.mails(MailKind.REMINDER)) == 2
