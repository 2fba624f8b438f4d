"""Two who change one round at once, on PostgreSQL: the programme's lock lets them go one after the other."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Waiting
from typing import Any

import pytest
from sqlmodel import Session, select

from app.commands.rounds_here import RoundsHere
from app.errors import Conflict
from app.models import MailKind, MailState, Participant, Programme, Round, RoundState
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import participants, rounds
from tests.app.api.door import Door
from tests.factories import World

PERIOD = "2026-W48"
MOMENT = 0.5  # long enough for what waits for nobody
BY_PERIOD = ["demo", PERIOD]

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def beside() -> Iterator[Callable[..., Future[Any]]]:
    """Calls something in a thread of its own."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit


def waits(call: Future[Any]) -> bool:
    try:
        call.result(MOMENT)
    except Waiting:
        return True
    return False


def approved(world: World) -> Round:
    """A round of two that may be sent."""
    world.people(2)
    round_ = world.draw(world.open_round(PERIOD))
    with world.database.writing() as session:
        programme, fresh = round_queries.round_by_id(session, round_.id, lock=True)
        rounds.approve(session, programme, fresh, now=world.now, actor="test")
    return round_


def leave(world: World, session: Session, name: str) -> None:
    programme = programme_queries.programme(session, world.slug)
    person = session.exec(select(Participant).where(Participant.email == f"{name}@example.org")).one()
    participants.leave(session, programme, person, now=world.now, secret_key=world.secret)


def send(world: World, session: Session, round_id: str) -> None:
    programme, round_ = round_queries.round_by_id(session, round_id, lock=True)
    rounds.send(session, programme, round_, now=world.now, actor="test")


def here(world: World) -> RoundsHere:
    return RoundsHere(world.settings, world.database)


def test_every_change_of_a_round_waits_for_whoever_holds_the_programme(
    door: Door, beside: Callable[..., Future[Any]]
) -> None:
    round_id = approved(door.world).id
    path, cli = f"/rounds/{round_id}", here(door.world)
    with door.world.database.writing() as session:
        programme_queries.programme(session, "demo", lock=True)
        by_api = [beside(door.post, f"{path}/approve"), beside(door.post, f"{path}/send", idem="desk 1")]
        by_id, by_period = beside(cli.approve, [round_id]), beside(cli.send, BY_PERIOD)
        assert all(waits(call) for call in [*by_api, by_id, by_period])
        # whoever waits for the programme must not hold the round meanwhile
        session.exec(select(Round).where(Round.id == round_id).with_for_update(nowait=True)).one()
    assert [call.result().status_code for call in by_api] == [202, 202]
    assert by_id.result()["id"] == by_period.result()["id"] == round_id


def test_a_round_that_is_sent_while_somebody_leaves_is_sent_to_the_end(
    door: Door, beside: Callable[..., Future[Any]]
) -> None:
    world, round_ = door.world, approved(door.world)
    with world.database.writing() as session:
        leave(world, session, "person01")
        sent = beside(door.post, f"/rounds/{round_.id}/send", idem="desk 1")
        assert waits(sent)
    assert sent.result().status_code == 202
    world.deliver()
    assert world.round(round_.id).state == RoundState.INTRODUCED
    assert [(mail.kind, mail.state) for mail in world.mails(to="person00")] == [(MailKind.LEFT_OUT, MailState.SENT)]


def test_who_leaves_after_an_old_look_at_the_round_sees_that_it_is_being_sent(door: Door) -> None:
    world, round_ = door.world, approved(door.world)
    with world.database.writing() as session:
        old = session.exec(select(Round)).one()  # kept: a session gives the same object again
        assert door.post(f"/rounds/{round_.id}/send", idem="desk 1").status_code == 202
        leave(world, session, "person01")
        assert old.sending_at is not None
    world.deliver()
    assert world.round(round_.id).state == RoundState.INTRODUCED


def test_a_new_block_after_an_old_look_at_the_round_sees_that_it_is_being_sent(door: Door) -> None:
    world, round_ = door.world, approved(door.world)
    with world.database.writing() as session:
        old = session.exec(select(Round)).one()
        assert door.post(f"/rounds/{round_.id}/send", idem="desk 1").status_code == 202
        world.block(world.there("person00"), world.there("person01"))
        rounds.part(session, session.exec(select(Programme)).one(), now=world.now, secret_key=world.secret)
        assert old.sending_at is not None
    world.deliver()
    assert world.round(round_.id).state == RoundState.INTRODUCED
    assert {mail.kind for mail in world.mails() if mail.round_id} == {MailKind.LEFT_OUT}


@pytest.mark.parametrize("words", ["id", "period"])
def test_a_round_that_was_sent_a_moment_before_is_not_cancelled_by_command(
    door: Door, beside: Callable[..., Future[Any]], words: str
) -> None:
    world, round_ = door.world, approved(door.world)
    with world.database.writing() as session:
        send(world, session, round_.id)
        session.flush()
        cancelled = beside(here(world).cancel, BY_PERIOD if words == "period" else [round_.id])
        assert waits(cancelled)
    with pytest.raises(Conflict, match="This round is sending"):
        cancelled.result()
    assert len(world.mails(MailKind.INTRODUCTION)) == 2


def test_a_round_that_was_sent_a_moment_before_is_not_deleted_by_the_api(
    door: Door, beside: Callable[..., Future[Any]]
) -> None:
    world, round_ = door.world, approved(door.world)
    with world.database.writing() as session:
        send(world, session, round_.id)
        session.flush()
        deleted = beside(door.call, "DELETE", f"/rounds/{round_.id}")
        assert waits(deleted)
    assert deleted.result().status_code == 409
    assert len(world.mails(MailKind.INTRODUCTION)) == 2


def test_a_round_that_is_being_cancelled_is_not_sent(door: Door, beside: Callable[..., Future[Any]]) -> None:
    world, round_ = door.world, approved(door.world)
    with world.database.writing() as session:
        programme, fresh = here(world).found(session, BY_PERIOD, lock=True)
        sent = beside(door.post, f"/rounds/{round_.id}/send", idem="desk 1")
        assert waits(sent)
        rounds.cancel(session, programme, fresh, now=world.now, actor="test")
    assert sent.result().status_code == 404
    assert world.mails() == []


def test_a_second_word_to_send_while_the_round_is_being_closed_blocks_nobody(door: Door) -> None:
    """Both take the programme first: PostgreSQL would end one of two who wait for each other."""
    world, round_ = door.world, approved(door.world)
    with world.database.writing() as session:
        send(world, session, round_.id)
    answers: list[int] = []
    ends = [
        threading.Thread(target=world.deliver),
        threading.Thread(target=lambda: answers.append(door.post(f"/rounds/{round_.id}/send", idem="2").status_code)),
    ]
    for one in ends:
        one.start()
    for one in ends:
        one.join()
    world.deliver()
    assert (answers, world.round(round_.id).state) == ([202], RoundState.INTRODUCED)
