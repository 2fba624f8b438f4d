"""The foreman and the durable engine: what stands in our rows gets done, whatever was interrupted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dbos import DBOS

import emails
from app.clock import now
from app.models import MailState, RoundState
from app.services import claims, outbox
from app.workflows import engine
from app.workflows import rounds as round_work
from app.workflows.foreman import Foreman
from app.workflows.work import Work
from tests.factories import World

PATIENCE = 30.0


@contextmanager
def at_work(world: World, transport: emails.Transport | None = None) -> Iterator[Foreman]:
    """A foreman with the real clock, as in a running service."""
    foreman = Foreman(Work(world.database, world.settings, transport or world.transport, now))
    foreman.start()
    try:
        yield foreman
    finally:
        foreman.stop()


def until(met: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def today(world: World) -> World:
    """A world whose clock is the real one at the start: the foreman's is."""
    world.now = now()
    return world


def test_a_round_that_is_opened_gets_drawn_and_sent_by_itself(today: World) -> None:
    today.people(5)
    with at_work(today):
        round_ = today.open_round(send=True)
        until(lambda: today.round(round_.id).state == RoundState.INTRODUCED)
        until(lambda: len(today.transport.sent) == 6)
    recipients = sorted(envelope.recipient for envelope in today.transport.sent)
    assert recipients == ["organiser@example.org", *(f"person0{n}@example.org" for n in range(5))]


def test_rounds_opened_together_are_drawn_in_their_order_without_a_repeat(today: World) -> None:
    today.people(4, teams=4)
    rounds = [today.open_round(f"week-{n}") for n in range(3)]
    with at_work(today):
        until(lambda: all(today.round(round_.id).state == RoundState.MATCHED for round_ in rounds))
    pairs = [frozenset(group) for round_ in rounds for group in today.groups(round_)]
    assert len(set(pairs)) == 6


def test_what_was_interrupted_is_finished_after_a_start(today: World) -> None:
    """Rows as a killed process leaves them: a round in draft, one mail being sent, one after its dot."""
    today.people(4)
    sending = today.draw(today.open_round("first", send=True))
    draft = today.open_round("second")
    with today.database.writing() as session:
        before = claims.claim(session, "worker-1", today.now, today.rules)
        after = claims.claim(session, "worker-1", today.now, today.rules)
        assert before is not None
        assert after is not None
        outbox.mark_dot(session, after, b"", today.now)
    with at_work(today):
        until(lambda: today.round(sending.id).state == RoundState.INTRODUCED)
        until(lambda: today.round(draft.id).state == RoundState.MATCHED)
    states = {mail.id: mail.state for mail in today.mails() if mail.round_id == sending.id}
    assert states[after.id] == MailState.UNCERTAIN
    assert sorted(states.values()) == [MailState.SENT] * 3 + [MailState.UNCERTAIN]
    assert [envelope.recipient for envelope in today.transport.sent].count(before.recipient) == 1


def test_the_engine_does_by_its_schedules_what_is_due(today: World) -> None:
    """The clock of the schedules is cron's; here they are told to fire."""
    today.later(hours=-25)
    today.sign_up("late")
    today.later(hours=25)
    away = emails.MemoryTransport(cannot_connect=emails.CannotConnect(True, "CONNECT", "away"))
    with at_work(today, away) as foreman:
        until(lambda: foreman._engine is not None)
        assert {one["schedule_name"]: one["schedule"] for one in DBOS.list_schedules()} == {
            "minute": "* * * * *",
            "ask": "*/5 * * * *",
            "mailbox": "* * * * *",
            "day": "17 3 * * *",
        }
        DBOS.trigger_schedule("minute")
        until(lambda: today.mails()[0].state == MailState.EXPIRED)
        for name in ("ask", "mailbox", "day"):
            done = DBOS.trigger_schedule(name)
            assert done.get_result() is None


def test_what_is_being_sent_here_is_not_taken_back_by_the_look_out_of_the_same_process(today: World) -> None:
    """Found by killing: between "nobody carries mail" and "so take back what is mine" a delivery could begin."""
    today.sign_up("sam")
    beside = engine.Engine(today.work)
    taken: list[object] = []
    with engine._delivering:
        beside.while_idle(lambda: taken.append("during a delivery"))
        assert taken == []
    beside.while_idle(lambda: taken.append(engine._deliver_if_idle()))
    assert taken == [0]
    assert today.mails()[0].state == MailState.READY


def test_a_foreman_survives_a_database_that_is_away_for_a_moment(today: World, monkeypatch: pytest.MonkeyPatch) -> None:
    today.people(2)
    with at_work(today) as foreman:
        with monkeypatch.context() as broken:
            broken.setattr("app.queries.rounds.to_draw", lambda *_: 1 / 0)
            until(lambda: not foreman.healthy)
        until(lambda: foreman.healthy)
        round_ = today.open_round(send=True)
        until(lambda: today.round(round_.id).state == RoundState.INTRODUCED)


def test_a_stop_waits_for_the_mail_that_is_being_sent_and_sends_no_other(today: World) -> None:
    today.people(6)
    today.draw(today.open_round(send=True))

    class Slow(emails.MemoryTransport):
        def next_answer(self) -> emails.Answer | Exception:
            time.sleep(0.4)
            return super().next_answer()

    slow = Slow()
    with at_work(today, slow):
        until(lambda: len(slow.sent) >= 1)
    states = [mail.state for mail in today.mails()]
    assert states.count(MailState.SENT) == len(slow.sent) < 6
    assert states.count(MailState.READY) == 6 - len(slow.sent)


def test_a_draw_that_this_worker_had_in_hand_when_it_died_is_begun_again_at_once(today: World) -> None:
    today.people(2)
    round_ = today.open_round()
    assert round_work.claim_draw(today.work, round_.id, "worker-1/an earlier life")
    with at_work(today):
        until(lambda: today.round(round_.id).state == RoundState.MATCHED)


def test_a_draw_that_another_worker_has_in_hand_is_left_alone_until_its_lease_is_over(today: World) -> None:
    today.people(2)
    round_ = today.open_round()
    assert round_work.claim_draw(today.work, round_.id, "worker-2/busy")
    with at_work(today):
        time.sleep(1.5)
        assert today.round(round_.id).state == RoundState.DRAFT
        with today.database.writing() as session:
            row = session.merge(today.round(round_.id))
            row.not_before = today.now
            session.add(row)
        until(lambda: today.round(round_.id).state == RoundState.MATCHED)


def test_a_claim_that_fails_once_is_tried_again(today: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database was locked for a moment: neither this round nor those behind it may stand still for ever."""
    today.people(2)
    really, failures = round_work.claim_draw, [ZeroDivisionError]

    def claim(*given: Any) -> bool:
        if failures:
            raise failures.pop()
        return really(*given)

    monkeypatch.setattr(round_work, "claim_draw", claim)
    rounds = [today.open_round("one"), today.open_round("two")]
    with at_work(today):
        until(lambda: all(today.round(round_.id).state == RoundState.MATCHED for round_ in rounds))


def test_one_process_carries_mail_once_at_a_time(today: World) -> None:
    """Whatever DBOS takes up again after a crash must not double the rate."""
    today.people(6)
    today.draw(today.open_round(send=True))
    at_once, most = [0], [0]

    class Watching(emails.MemoryTransport):
        def next_answer(self) -> emails.Answer | Exception:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
            time.sleep(0.1)
            at_once[0] -= 1
            return super().next_answer()

    watching = Watching()
    with at_work(today, watching) as foreman:
        until(lambda: len(watching.sent) >= 1)
        for _ in range(3):
            DBOS.start_workflow(engine._deliver)
        until(lambda: len(watching.sent) == 7)
    assert (most[0], foreman.failures) == (1, 0)
