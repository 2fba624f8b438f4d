"""Workers that say that they live, and what becomes of the work of one that does not any more."""

import pytest

from app.models import MailState, Worker
from app.services import claims, outbox, workers
from app.workflows import delivery
from app.workflows import rounds as round_work
from tests.factories import World


def beat(world: World, name: str) -> None:
    with world.database.writing() as session:
        workers.beat(session, name, host="here", version="1", now=world.now)


def gone(world: World) -> list[str]:
    with world.database.reading() as session:
        return workers.gone(session, world.now)


def test_a_worker_that_falls_silent_is_gone_within_a_minute_and_one_that_said_goodbye_is_not(world: World) -> None:
    for name in ("silent", "polite", "alive"):
        beat(world, name)
    with world.database.writing() as session:
        workers.stopped(session, "polite", world.now)
    world.later(seconds=39)
    assert gone(world) == []
    beat(world, "alive")
    world.later(seconds=2)
    assert gone(world) == ["silent"]


def test_a_worker_that_comes_back_is_alive_again(world: World) -> None:
    beat(world, "sleepy")
    world.later(minutes=5)
    beat(world, "sleepy")
    assert gone(world) == []


@pytest.mark.parametrize("dotted", [False, True], ids=["before the dot", "after the dot"])
def test_what_a_silent_worker_had_in_hand_is_free_or_held_and_looked_for_once(world: World, dotted: bool) -> None:
    beat(world, "worker-9")
    world.sign_up("sam")
    world.people(2)
    round_ = world.open_round()
    assert round_work.claim_draw(world.work, round_.id, "worker-9/a draw")
    with world.database.writing() as session:
        parcel = claims.claim(session, "worker-9", world.now, world.rules)
        assert parcel is not None
        if dotted:
            outbox.mark_dot(session, parcel, b"", world.now)
    world.later(seconds=90)
    delivery.take_over(world.work, "worker-9")
    assert world.mails()[0].state == (MailState.UNCERTAIN if dotted else MailState.READY)
    assert world.round(round_.id).drawn_by is None
    assert gone(world) == []


def test_rows_of_workers_are_forgotten_after_a_month(world: World) -> None:
    beat(world, "old")
    world.later(days=31)
    beat(world, "new")
    with world.database.writing() as session:
        assert workers.forget_old(session, world.now) == 1
        assert session.get(Worker, "old") is None
