"""Promises: many at once do what one would have done (F5, F6 and F8 of our research)."""

import json
import threading
from collections import Counter
from collections.abc import Callable

import httpx
import pytest
from sqlmodel import select

from app.clock import now
from app.models import MailKind, MailState, OutgoingMail, Participant, ParticipantState, Programme, Round, RoundState
from app.services import rounds
from tests.crash import trial
from tests.crash.clients import Organiser, judged, quiet, state_of
from tests.crash.frozen import asleep_past_the_lease
from tests.crash.judge import groups_of
from tests.crash.plans import KINDS
from tests.crash.stage import WORKER, Kill, Stage
from tests.crash.world import World
from tests.rig.nursery import Nursery

WorldOn = Callable[[str], World]

CROWD = 8
WORKERS = 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("periods", [50, pytest.param(200, marks=pytest.mark.long)])
def test_a_period_that_eight_open_at_once_is_one_round(
    nursery: Nursery, world_on: WorldOn, kind: str, periods: int
) -> None:
    with trial.staged(nursery, world_on(kind)) as stage:
        found = _all_at_once(stage, periods)
        with stage.database.reading() as session:
            rows = session.exec(select(Round.id, Round.period, Round.number)).all()
    assert sorted((row[1], row[2]) for row in rows) == [(f"P{n:03}", n + 1) for n in range(periods)]
    for period, answers in enumerate(zip(*found, strict=True)):
        assert len({round_id for round_id, _ in answers}) == 1, period
        assert sum(new for _, new in answers) == 1, period


def _all_at_once(stage: Stage, periods: int) -> list[list[tuple[str, bool]]]:
    """What each of the crowd found, period by period."""
    logs = [stage.folder / f"crowd-{number}.log" for number in range(CROWD)]
    pids = [
        stage.nursery.spawn(
            "tests.crash.crowd:open_rounds",
            [str(number), str(CROWD), str(periods), str(stage.folder)],
            stage.environment,
            stage.folder,
            log,
        )
        for number, log in enumerate(logs)
    ]
    assert [stage.until_known(pid) for pid in pids] == [0] * CROWD, [log.read_text()[-1000:] for log in logs]
    return [json.loads(log.read_text()) for log in logs]


@pytest.mark.parametrize("kind", KINDS)
def test_organisers_who_press_send_at_once_send_once(nursery: Nursery, world_on: WorldOn, kind: str) -> None:
    """Each with a key of their own, as two people at two desks have; and each is told that it is being sent."""
    world = world_on(kind)
    with trial.staged(nursery, world) as stage:
        stage.open()
        organiser = Organiser(stage, world.key)
        round_id = organiser.opened()
        organiser.post(f"/rounds/{round_id}/approve")
        answers: list[int] = []
        together = threading.Barrier(CROWD)

        def press(number: int) -> None:
            headers = {"Authorization": f"Bearer {world.key}", "Idempotency-Key": f"desk {number}"}
            together.wait()
            url = f"http://127.0.0.1:{stage.port}/api/v1/rounds/{round_id}/send"
            answers.append(httpx.post(url, headers=headers, timeout=60).status_code)

        desks = [threading.Thread(target=press, args=(number,)) for number in range(CROWD)]
        for desk in desks:
            desk.start()
        for desk in desks:
            desk.join()
        organiser.sent(round_id)
        assert (answers, judged(stage, organiser).faults) == ([202] * CROWD, [])


@pytest.mark.parametrize("point", ["smtp: before DATA#2", "smtp: before DOT#2"])
def test_a_worker_that_sleeps_past_its_lease_repeats_nothing(nursery: Nursery, world_on: WorldOn, point: str) -> None:
    """Before the dot another takes the mail, and who wakes up leaves it; after the dot it is held and not repeated,
    until who wakes up writes down the server's yes.
    """
    world, kill = world_on("postgresql"), Kill(WORKER, point, then="freeze")
    with trial.staged(nursery, world, kill=kill, workers=2) as stage:
        verdict = asleep_past_the_lease(stage, world.key)
        assert (verdict.faults, verdict.held) == ([], [])


@pytest.mark.parametrize("people", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_four_workers_share_a_round_and_repeat_nothing(nursery: Nursery, world_on: WorldOn, people: int) -> None:
    world = world_on("postgresql")
    with trial.staged(nursery, world, workers=WORKERS) as stage:
        stage.environment |= {"COFFEE_MAIL_RATE": "10000"}
        round_id = _large_round(stage, people)
        stage.open()
        stage.patience = 120.0 + people / 10
        stage.until(lambda: state_of(stage, round_id) == RoundState.INTRODUCED, "the introductions")
        quiet(stage)
        organiser = Organiser(stage, world.key)
        organiser.first = stage.true(groups_of)
        with stage.database.reading() as session:
            query = select(OutgoingMail.claimed_by).where(OutgoingMail.state == MailState.SENT)
            shares = Counter(session.exec(query.where(OutgoingMail.kind == MailKind.INTRODUCTION)))
        assert judged(stage, organiser).faults == []
    assert sum(shares.values()) == people - 1  # the server knows nobody of the name of one
    assert len(shares) == WORKERS
    assert min(shares.values()) > people / WORKERS / 4, shares


def _large_round(stage: Stage, people: int) -> str:
    """A round of so many, written down as if by the doors: whoever comes first draws it."""
    with stage.database.writing() as session:
        programme = session.exec(select(Programme).where(Programme.slug == "eu")).one()
        there = len(session.exec(select(Participant.id)).all())
        session.add_all(_member(programme, number) for number in range(people - there))
        session.flush()
        round_, _ = rounds.open_round(session, programme, "P1", seed=1, send=True, now=now(), actor="test")
        return round_.id


def _member(programme: Programme, number: int) -> Participant:
    address = f"many{number:05}@institute.example"
    return Participant(
        organisation_id=programme.organisation_id,
        programme_id=programme.id,
        email=address,
        email_key=address,
        match_key=address,
        name=f"Many {number:05}",
        state=ParticipantState.ACTIVE,
        created_at=now(),
        confirmed_at=now(),
    )
