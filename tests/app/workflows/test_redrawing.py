"""A wish to draw a round again stands in its row until it is done: once, by whoever takes it up, never by halves."""

from typing import Any

import pytest

from app.models import Round
from app.queries import changes, preview
from app.queries import rounds as queries
from app.services import drawing, redraws, rounds
from app.workflows import rounds as round_work
from tests.factories import World


def wished(world: World, number: int = 8, seed: int = 5) -> Round:
    """A drawn round that is to be drawn again."""
    world.people(number)
    round_ = world.draw(world.open_round())
    with world.database.writing() as session:
        programme, row = queries.round_by_id(session, round_.id, lock=True)
        seen = changes.fingerprint(session, row)
        redraws.ask(session, programme, row, seen=seen, seed=seed, rest_only=False, now=world.now, actor="key:1")
    return round_


def due(world: World) -> list[str]:
    with world.database.reading() as session:
        return [one.id for one in queries.to_draw(session, world.now)]


def claim(world: World, round_: Round, name: str) -> bool:
    return round_work.claim_draw(world.work, round_.id, name)


def test_two_workers_draw_it_once(world: World) -> None:
    round_ = wished(world)
    assert due(world) == [round_.id]
    assert claim(world, round_, "one/1")
    assert not claim(world, round_, "two/1")
    assert due(world) == []
    assert round_work.draw_round(world.work, round_.id, "one/1")
    assert not round_work.draw_round(world.work, round_.id, "one/1")
    row = world.round(round_.id)
    assert (row.redraws, row.seed, row.redraw, row.drawn_by) == (1, 5, None, None)
    assert due(world) == []


def test_what_a_killed_worker_held_is_taken_up_by_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = wished(world)
    before = world.seated(round_)
    assert claim(world, round_, "one/1")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(drawing, "draw", killed)
        with pytest.raises(KeyboardInterrupt):
            round_work.draw_round(world.work, round_.id, "one/1")
    assert world.seated(round_) == before
    assert due(world) == []
    with world.database.writing() as session:
        rounds.release_draws_of(session, "one")
    assert due(world) == [round_.id]
    assert claim(world, round_, "two/1")
    assert round_work.draw_round(world.work, round_.id, "two/1")
    assert world.round(round_.id).redraws == 1


def test_a_draw_that_fails_says_so_and_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = wished(world)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no memory")

    assert claim(world, round_, "one/1")
    with monkeypatch.context() as patched:
        patched.setattr(drawing, "draw", broken)
        with pytest.raises(RuntimeError):
            round_work.draw_round(world.work, round_.id, "one/1")
    row = world.round(round_.id)
    assert row.redraw is not None
    assert row.trouble == "RuntimeError: no memory"
    assert due(world) == []
    world.later(hours=1)
    world.draw(round_)
    row = world.round(round_.id)
    assert (row.redraws, row.trouble) == (1, None)


def test_a_round_that_was_approved_meanwhile_is_not_drawn_again(world: World) -> None:
    round_ = wished(world)
    assert claim(world, round_, "one/1")
    with world.database.writing() as session:
        programme, row = queries.round_by_id(session, round_.id, lock=True)
        redraws.done(session, row)
        rounds.approve(session, programme, row, now=world.now, actor="test")
    before = world.seated(round_)
    assert not round_work.draw_round(world.work, round_.id, "one/1")
    assert world.seated(round_) == before


@pytest.mark.parametrize("again", [False, True])
def test_what_goes_wrong_with_a_draw_that_was_given_up_says_nothing_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    round_ = wished(world)

    def given_up(*_: Any, **__: Any) -> None:
        with world.database.writing() as session:
            programme, row = queries.round_by_id(session, round_.id, lock=True)
            redraws.stop(session, programme, row, now=world.now, actor="key:1")
            if again:
                seen = changes.fingerprint(session, row)
                redraws.ask(session, programme, row, seen=seen, seed=6, rest_only=False, now=world.now, actor="key:1")
        assert not again or claim(world, round_, "two/1")
        raise RuntimeError("no memory")

    assert claim(world, round_, "one/1")
    with monkeypatch.context() as patched:
        patched.setattr(drawing, "draw", given_up)
        with pytest.raises(RuntimeError):
            round_work.draw_round(world.work, round_.id, "one/1")
    row = world.round(round_.id)
    assert (row.trouble, row.drawn_by, bool(row.redraw)) == (None, "two/1" if again else None, again)
    with world.database.writing() as session:
        row = queries.round_by_id(session, round_.id, lock=True)[1]
        old = redraws.Redraw(5, False, "", "key:1")
        redraws.refuse(session, row, old, "It has changed.")
        assert (row.trouble, bool(row.redraw)) == (None, again)
    assert not again or round_work.draw_round(world.work, round_.id, "two/1")


def test_how_far_a_long_draw_is_stands_in_its_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_work, "TELL_SECONDS", 0.0)
    round_ = wished(world)
    told: list[Any] = []
    draw = drawing.draw

    def watched(rows: Any, policy: Any, seed: int, progress: Any, *more: Any, **options: Any) -> Any:
        progress("matching", 0.5)
        told.append(world.round(round_.id).progress)
        return draw(rows, policy, seed, progress, *more, **options)

    monkeypatch.setattr(drawing, "draw", watched)
    world.draw(round_)
    assert told == [{"stage": "matching", "share": 0.5}]
    assert world.round(round_.id).progress is None


def test_the_people_of_teams_and_groups_are_counted(world: World) -> None:
    round_ = wished(world, 7)
    with world.database.reading() as session:
        assert preview.seated(session, round_) == (7, 5)
        assert sum(preview.by_team(session, round_).values()) == 7
