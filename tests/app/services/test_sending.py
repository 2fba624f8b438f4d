"""Which mails of a round leave and when: some kept back, all at a moment that was set, each in its reader's hours."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from app.errors import BadInput, Conflict
from app.models import AuditEntry, MailKind, MailState, OutgoingMail, ProgrammeState, Round, RoundState
from app.queries import moving
from app.queries import outbox as outbox_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as queries
from app.services import claims, guard, rounds, second_tries, sending
from app.services.sending import Chosen
from app.workflows import duties
from tests.factories import World

DAY = timedelta(days=1)


def approved(world: World, people: int = 6) -> Round:
    """A round that waits for a word."""
    world.people(people)
    round_ = world.draw(world.open_round())
    act(world, round_, rounds.approve)
    return world.round(round_.id)


def act(world: World, round_: Round, verb, *more, **facts):
    """A verb of an organiser, in a transaction of its own."""
    with world.database.writing() as session:
        programme, row = queries.round_by_id(session, round_.id, lock=True)
        return verb(session, programme, row, *more, now=world.now, actor="test", **facts)


def keep(world: World, round_: Round, *people: str, groups: tuple[str | int, ...] = ()) -> int:
    return int(act(world, round_, sending.keep, Chosen(people, groups)))


def let_go(world: World, round_: Round, *people: str, every: bool = False) -> int:
    return int(act(world, round_, sending.let_go, Chosen(people, every=every)))


def arrived(world: World) -> list[str]:
    return sorted(
        envelope.recipient.partition("@")[0] for envelope in world.transport.sent if "person" in envelope.recipient
    )


def counts(world: World, round_: Round) -> dict[str, int]:
    with world.database.reading() as session:
        return outbox_queries.counts(session, outbox_queries.of_round(round_))


def actions(world: World) -> list[str]:
    with world.database.reading() as session:
        return [one.action for one in session.exec(select(AuditEntry))]


# --- kept back -------------------------------------------------------------------------------------------------------


def test_who_is_kept_back_gets_theirs_when_they_are_let_go_and_nobody_twice(world: World) -> None:
    round_ = approved(world)
    first = world.seated(round_)
    group = next(iter(first))
    assert keep(world, round_, "person00@example.org", groups=(group,)) == len(
        {world.there("person00").id, *first[group]}
    )
    act(world, round_, rounds.send)
    world.deliver()
    back = {world.there("person00").id, *first[group]}
    kept = sorted(f"person{n:02}" for n in range(6) if world.there(f"person{n:02}").id in back)
    assert arrived(world) == sorted({f"person{n:02}" for n in range(6)} - set(kept))
    found = counts(world, round_)
    assert (found["planned"], found["waiting"], found["accepted"]) == (6, len(kept), 6 - len(kept))
    assert found["planned"] == sum(number for name, number in found.items() if name != "planned")
    assert world.round(round_.id).state == RoundState.SENDING
    world.later(hours=3)
    assert let_go(world, round_, kept[0] + "@example.org") == 1
    world.deliver()
    assert kept[0] in arrived(world)
    assert let_go(world, round_, every=True) == len(kept) - 1
    assert let_go(world, round_, every=True) == 0
    world.deliver()
    assert arrived(world) == [f"person{n:02}" for n in range(6)]
    assert world.round(round_.id).state == RoundState.INTRODUCED


def test_a_round_of_which_only_kept_mails_are_left_stands_still(world: World) -> None:
    round_ = approved(world)
    keep(world, round_, "person00@example.org")
    act(world, round_, rounds.send)
    with world.database.reading() as session:
        assert moving.glimpse(session, round_.id).moves
    world.deliver()
    with world.database.reading() as session:
        assert not moving.glimpse(session, round_.id).moves


def test_what_is_kept_too_long_is_late_and_can_be_sent_all_the_same(world: World) -> None:
    round_ = approved(world)
    keep(world, round_, "person00@example.org")
    act(world, round_, rounds.send)
    world.deliver()
    world.later(days=8)
    with world.database.writing() as session:
        assert claims.expire(session, world.now) == 1
    (mail,) = world.mails(MailKind.INTRODUCTION, "person00")
    assert (mail.state, mail.released_at) == (MailState.EXPIRED, None)
    with world.database.writing() as session:
        second_tries.decide(session, session.get_one(OutgoingMail, mail.id), "resend", now=world.now, actor="test")
    world.deliver()
    assert arrived(world).count("person00") == 1


def test_whoever_is_kept_back_and_leaves_gets_nothing_and_the_other_hears(world: World) -> None:
    round_ = approved(world, 2)
    keep(world, round_, "person00@example.org")
    from tests.app.services.test_rounds import leave

    leave(world, "person00")
    act(world, round_, rounds.send)
    world.deliver()
    assert arrived(world) == ["person01"]
    assert world.mails(MailKind.LEFT_OUT, "person01")[0].state == MailState.SENT
    assert world.round(round_.id).state == RoundState.INTRODUCED


def test_the_same_word_twice_changes_nothing(world: World) -> None:
    round_ = approved(world)
    assert [keep(world, round_, "person00@example.org") for _ in range(2)] == [1, 0]
    assert let_go(world, round_, "person00@example.org") == 1
    assert sorted(action for action in actions(world) if action in ("round.keep", "round.release")) == [
        "round.keep",
        "round.release",
    ]


def test_only_mails_of_an_approved_round_are_kept_and_never_all_of_them(world: World) -> None:
    world.people(4)
    round_ = world.draw(world.open_round())
    with pytest.raises(Conflict):
        keep(world, round_, "person00@example.org")
    act(world, round_, rounds.approve)
    keep(world, round_, groups=(1, 2))
    with pytest.raises(Conflict, match="Every mail"):
        act(world, round_, rounds.send)
    let_go(world, round_, every=True)
    act(world, round_, rounds.send)
    with pytest.raises(Conflict):
        keep(world, round_, "person00@example.org")


def test_an_approval_that_is_taken_back_keeps_nothing(world: World) -> None:
    round_ = approved(world)
    keep(world, round_, "person00@example.org")
    act(world, round_, sending.schedule, world.now + DAY, in_hours=False)
    act(world, round_, rounds.unapprove)
    assert not [mail for mail in world.mails() if mail.kept]
    assert world.round(round_.id).send_at is None


def test_who_is_not_in_the_round_is_named(world: World) -> None:
    round_ = approved(world)
    with pytest.raises(BadInput) as refused:
        keep(world, round_, "nobody@example.org", "ppl_none", groups=(99,))
    assert [fault.place for fault in refused.value.faults] == ["people", "people", "groups"]
    assert not [mail for mail in world.mails() if mail.kept]


# --- at a moment -----------------------------------------------------------------------------------------------------


def test_a_round_is_sent_at_its_moment_once_and_not_before(world: World) -> None:
    round_ = approved(world)
    act(world, round_, sending.schedule, world.now + DAY, in_hours=False)
    duties.send_due(world.work)
    with world.database.writing() as session:
        assert not sending.send_due(session, round_.id, now=world.now), "asked by somebody with a wrong list"
    world.deliver()
    assert (world.round(round_.id).state, arrived(world)) == (RoundState.APPROVED, [])
    world.later(days=1)
    for _ in range(2):
        duties.each_minute(world.work)
    world.deliver()
    assert arrived(world) == [f"person{n:02}" for n in range(6)]
    assert actions(world).count("round.send") == 1
    assert (world.round(round_.id).send_at, world.round(round_.id).state) == (None, RoundState.INTRODUCED)


def test_a_worker_that_dies_with_its_transaction_leaves_the_moment_to_the_next(world: World) -> None:
    round_ = approved(world)
    act(world, round_, sending.schedule, world.now + DAY, in_hours=False)
    world.later(days=1)
    with suppress(RuntimeError), world.database.writing() as session:
        assert sending.send_due(session, round_.id, now=world.now)
        raise RuntimeError("killed before the commit")
    assert world.round(round_.id).state == RoundState.APPROVED
    duties.send_due(world.work)
    world.deliver()
    assert len(arrived(world)) == 6


def test_what_is_undone_or_moved_is_not_sent(world: World) -> None:
    round_ = approved(world)
    act(world, round_, sending.schedule, world.now + DAY, in_hours=False)
    act(world, round_, sending.schedule, world.now + 2 * DAY, in_hours=False)
    world.later(days=1)
    duties.send_due(world.work)
    assert world.round(round_.id).state == RoundState.APPROVED
    for _ in range(2):
        act(world, round_, sending.unschedule)
    world.later(days=2)
    duties.send_due(world.work)
    assert world.round(round_.id).state == RoundState.APPROVED
    assert actions(world).count("round.unschedule") == 1


@pytest.mark.parametrize("what", ["late", "paused", "all kept"])
def test_what_cannot_be_sent_at_its_moment_waits_for_a_word_and_says_why(world: World, what: str) -> None:
    round_ = approved(world)
    act(world, round_, sending.schedule, world.now + DAY, in_hours=False)
    world.later(days=2 if what == "late" else 1)
    if what == "paused":
        with world.database.writing() as session:
            programme_queries.programme(session, "demo", lock=True).state = ProgrammeState.PAUSED
    if what == "all kept":
        keep(world, round_, groups=(1, 2, 3))
    duties.send_due(world.work)
    found = world.round(round_.id)
    assert (found.state, found.send_at, (found.trouble or "").startswith("NotSent: ")) == (
        RoundState.APPROVED,
        None,
        True,
    )


def test_while_sending_rests_nothing_is_sent_by_itself_and_skipping_forgets_the_moment(world: World) -> None:
    round_ = approved(world)
    act(world, round_, sending.schedule, world.now + DAY, in_hours=False)
    with world.database.writing() as session:
        guard.look(session, None, "here", world.now, restored=True)
    world.later(days=1)
    duties.send_due(world.work)
    assert world.round(round_.id).state == RoundState.APPROVED
    with world.database.writing() as session:
        guard.decide(session, "here", send=False, now=world.now)
    duties.send_due(world.work)
    assert (world.round(round_.id).state, world.round(round_.id).send_at) == (RoundState.APPROVED, None)


@pytest.mark.parametrize("span", [timedelta(0), -DAY, 61 * DAY])
def test_a_moment_that_is_past_or_far_away_is_refused(world: World, span: timedelta) -> None:
    round_ = approved(world)
    with pytest.raises(BadInput):
        act(world, round_, sending.schedule, world.now + span, in_hours=False)


def test_only_an_approved_round_gets_a_moment(world: World) -> None:
    world.people(4)
    round_ = world.draw(world.open_round())
    for prepare in (None, rounds.send):
        if prepare:
            act(world, round_, rounds.approve)
            act(world, round_, prepare)
        with pytest.raises(Conflict):
            act(world, round_, sending.schedule, world.now + DAY, in_hours=False)


# --- in the hours of each reader -------------------------------------------------------------------------------------


def test_each_introduction_leaves_in_the_working_hours_of_its_reader(world: World) -> None:
    world.now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # Monday: London sleeps, Tokyo works, New York sleeps longer
    round_ = approved(world)
    zones = {"person00": "Asia/Tokyo", "person01": "America/New_York", "person02": "Nowhere/Atlantis"}
    with world.database.writing() as session:
        for name, zone in zones.items():
            session.merge(world.there(name)).time_zone = zone
    keep(world, round_, "person05@example.org")
    act(world, round_, rounds.send, in_hours=True)
    world.deliver()
    assert arrived(world) == ["person00"]
    world.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    world.deliver()
    assert arrived(world) == ["person00", "person02", "person03", "person04"]
    world.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    let_go(world, round_, every=True)
    world.deliver()
    assert arrived(world) == ["person00", "person01", "person02", "person03", "person04"]
    world.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    world.deliver()
    (mail,) = world.mails(MailKind.INTRODUCTION, "person05")
    assert (mail.state, mail.released_at) == (MailState.SENT, world.now)
