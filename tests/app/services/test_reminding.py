"""Reminded by hand: what would come next by the clock comes now, once, to whoever has not answered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.errors import Conflict, ProgrammeClosed, TooSoon
from app.models import AuditEntry, MailKind, MailState, Programme, ProgrammeState, Round
from app.queries import rounds as queries
from app.services import asking, participants, reminding
from app.workflows import duties
from tests.app.services.test_asking import answer, asked, introduced
from tests.factories import World

BOTH = ["person00", "person01"]


def press(world: World, round_: Round) -> None:
    """What the button does."""
    with world.database.writing() as session:
        programme, found = queries.round_by_id(session, round_.id, lock=True)
        reminding.remind(session, programme, found, now=world.now, actor="organiser:org_1")


def change(world: World, **facts: Any) -> None:
    with world.database.writing() as session:
        programme = session.exec(select(Programme).where(Programme.slug == world.slug)).one()
        for name, value in facts.items():
            setattr(programme, name, value)


def sent(world: World) -> list[tuple[str, str]]:
    """Who got which question."""
    asked_in = {kind.value for kind in asking.ASKS}
    mails = [mail for mail in world.mails() if mail.kind.value in asked_in and mail.state == MailState.SENT]
    return sorted((mail.kind.value, mail.recipient.partition("@")[0]) for mail in mails)


def test_the_reminder_comes_before_its_day_and_by_the_clock_not_again(world: World) -> None:
    round_ = introduced(world)
    world.later(days=2)
    assert asked(world) == []
    press(world, round_)
    assert asked(world) == BOTH
    world.deliver()
    world.later(days=2, hours=1)
    assert asked(world) == BOTH
    world.deliver()
    assert sent(world) == [("reminder", "person00"), ("reminder", "person01")]


def test_what_came_by_the_clock_does_not_come_again_by_hand(world: World) -> None:
    round_ = introduced(world)
    world.later(days=4)
    assert asked(world) == BOTH
    world.deliver()
    for _ in range(3):
        world.later(days=1)
        press(world, round_)
        duties.ask(world.work)
        world.deliver()
    assert sent(world) == [("reminder", "person00"), ("reminder", "person01")]


def test_after_the_check_in_it_is_the_check_in_once_more(world: World) -> None:
    change(world, remind_after=4, mails_a_round=9)
    round_ = introduced(world)
    world.later(days=10)
    assert asked(world, MailKind.CHECK_IN) == BOTH
    world.deliver()
    before = sent(world)
    assert before == [("check_in", "person00"), ("check_in", "person01")]
    world.later(days=1)
    assert asked(world, MailKind.CHECK_IN_AGAIN) == []
    press(world, round_)
    assert asked(world, MailKind.CHECK_IN_AGAIN) == BOTH
    world.deliver()
    for _ in range(8):
        world.later(days=1)
        press(world, round_)
        duties.ask(world.work)
        world.deliver()
    assert sent(world) == [*before, ("check_in_again", "person00"), ("check_in_again", "person01")]


def test_whoever_has_answered_gets_none_also_when_the_answer_comes_after_the_press(world: World) -> None:
    world.people(4)
    round_ = world.sent_round()
    world.deliver()
    world.later(days=1)
    answer(world, "person00")
    press(world, round_)
    assert asked(world) == ["person01", "person02", "person03"]
    answer(world, "person01")
    world.deliver()
    assert sent(world) == [("reminder", "person02"), ("reminder", "person03")]


def test_another_round_is_left_alone(world: World) -> None:
    first = introduced(world)
    world.later(hours=2)
    second = world.sent_round("2026-W49")
    world.deliver()
    world.later(days=1)
    press(world, second)
    duties.ask(world.work)
    assert {mail.round_id for mail in world.mails(MailKind.REMINDER)} == {second.id}
    assert first.id != second.id


def test_nobody_is_asked_within_a_day_of_the_mail_that_it_follows(world: World) -> None:
    round_ = introduced(world)
    world.later(days=10)
    duties.ask(world.work)
    world.deliver()
    world.later(hours=6)
    press(world, round_)
    assert asked(world, MailKind.CHECK_IN_AGAIN) == []


def test_it_waits_for_the_working_hours_of_its_reader(world: World) -> None:
    round_ = introduced(world)
    world.later(days=1, hours=14)
    press(world, round_)
    assert asked(world) == BOTH
    world.deliver()
    assert sent(world) == []
    world.later(hours=10)
    world.deliver()
    assert len(sent(world)) == 2


def test_nobody_gets_one_mail_too_many(world: World) -> None:
    change(world, mails_a_round=1)
    round_ = introduced(world)
    world.later(days=1)
    press(world, round_)
    duties.ask(world.work)
    world.deliver()
    assert {mail.state for mail in world.mails(MailKind.REMINDER)} == {MailState.SUPPRESSED}
    assert sent(world) == []


def test_what_the_programme_never_asks_is_not_asked_by_hand(world: World) -> None:
    round_ = introduced(world)
    world.later(days=1)
    change(world, remind_after=0)
    press(world, round_)
    assert asked(world) == []
    change(world, check_in_again_after=0)
    world.later(days=1)
    with pytest.raises(Conflict, match="switched off"):
        press(world, round_)


def test_once_a_day_and_it_says_from_when_on(world: World) -> None:
    round_ = introduced(world)
    with pytest.raises(TooSoon, match="from 2026-11-24 09:00 UTC on") as early:
        press(world, round_)
    world.later(days=1)
    press(world, round_)
    world.later(hours=23, minutes=59)
    with pytest.raises(TooSoon, match="from 2026-11-25 09:00 UTC on") as late:
        press(world, round_)
    assert (early.value.retry_after, late.value.retry_after) == (24 * 60 * 60, 60)
    world.later(minutes=1)
    press(world, round_)


def test_a_press_is_noted_without_a_figure_and_writes_nothing_itself(world: World) -> None:
    round_ = introduced(world)
    world.later(days=1)
    before = len(world.mails())
    press(world, round_)
    assert len(world.mails()) == before
    duties.ask(world.work)
    with world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.action == "round.remind")).all()
    assert [(one.actor, one.subject, one.detail) for one in noted] == [("organiser:org_1", round_.id, {})]


def test_the_wish_is_over_when_it_is_done_and_when_nobody_did_it_for_a_day(world: World) -> None:
    round_ = introduced(world)
    answer(world, "person00")
    answer(world, "person01")
    world.later(days=1)
    press(world, round_)
    assert world.round(round_.id).remind
    duties.ask(world.work)
    assert not world.round(round_.id).remind
    world.later(days=1)
    press(world, round_)
    world.later(days=1)
    duties.ask(world.work)
    assert not world.round(round_.id).remind


def test_a_wish_that_nobody_did_for_a_day_asks_nobody(world: World) -> None:
    round_ = introduced(world)
    world.later(days=1)
    press(world, round_)
    world.later(days=1)
    assert asked(world) == []


def test_many_are_written_in_several_goes(world: World) -> None:
    world.people(6)
    round_ = world.sent_round()
    world.deliver()
    world.later(days=1)
    press(world, round_)
    left = []
    for _ in range(4):
        with world.database.writing() as session:
            asking.ask(session, round_.programme_id, now=world.now, secret_key=world.secret, most=2)
        left.append((len(world.mails(MailKind.REMINDER)), world.round(round_.id).remind))
    assert left == [(2, True), (4, True), (6, True), (6, False)]


def test_whoever_has_left_gets_none_and_nobody_gets_one_about_them(world: World) -> None:
    round_ = introduced(world)
    world.later(days=1)
    with world.database.writing() as session:
        programme, _ = queries.round_by_id(session, round_.id, lock=True)
        gone = session.merge(world.there("person00"))
        participants.leave(session, programme, gone, now=world.now, secret_key=world.secret)
    press(world, round_)
    assert "person00" not in asked(world)
    world.deliver()
    assert sent(world) == []


def paused(world: World, round_: Round) -> None:
    change(world, state=ProgrammeState.PAUSED)


def long_ago(world: World, round_: Round) -> None:
    world.now += timedelta(days=61)


def not_introduced(world: World, round_: Round) -> None:
    with world.database.writing() as session:
        session.get_one(Round, round_.id).state = "sending"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("so", "error", "words"),
    [
        (paused, ProgrammeClosed, "not open"),
        (long_ago, Conflict, "so long ago"),
        (not_introduced, Conflict, "has met its fate"),
    ],
)
def test_where_it_cannot_be_it_says_why(
    world: World, so: Callable[[World, Round], None], error: type[Conflict], words: str
) -> None:
    round_ = introduced(world)
    world.later(days=1)
    so(world, round_)
    with pytest.raises(error, match=words):
        press(world, round_)
    assert not world.round(round_.id).remind
