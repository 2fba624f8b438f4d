"""A worker that falls asleep in the middle of a mail, past its lease, and wakes when another has taken over."""

import os
import signal
import subprocess
import time
from datetime import timedelta

from sqlmodel import Session, col, select, update

from app.clock import now
from app.models import MailState, OutgoingMail, RoundState
from tests.crash.clients import Organiser, judged, quiet, state_of
from tests.crash.judge import Verdict
from tests.crash.stage import PATIENCE, WORKER, Stage, name_of


def asleep_past_the_lease(stage: Stage, key: str) -> Verdict:
    """A round carried by two workers, of whom the first is stopped at a point (`Kill(…, then="freeze")`)."""
    stage.open()
    organiser = Organiser(stage, key)
    round_id = organiser.opened(send=True)
    _until_asleep(stage.pid(WORKER))
    with stage.database.reading() as session:
        stage.dotted |= set(session.exec(_in_hand(MailState.DOT)))
        held_up = set(session.exec(_in_hand(MailState.DOT, MailState.SENDING)))
    assert held_up, "it fell asleep with nothing in hand"
    _let_its_leases_pass(stage)
    assert stage.command("minute", target="tests.crash.stories_trouble:main")[0] == 0
    stage.until(lambda: stage.true(lambda session: _settled(session, held_up)), "somebody else's turn")
    os.kill(stage.pid(WORKER), signal.SIGCONT)
    stage.until(lambda: state_of(stage, round_id) == RoundState.INTRODUCED, "the introductions")
    organiser.sent(round_id)
    stage.bow_out()  # whoever woke up has by then said what it had to say
    quiet(stage)
    with stage.database.reading() as session:
        known = select(OutgoingMail.id).where(OutgoingMail.state == MailState.SENT, col(OutgoingMail.id).in_(held_up))
        stage.dotted.difference_update(session.exec(known).all())  # held while it slept; its late yes has settled that
    return judged(stage, organiser)


def _in_hand(*states: MailState):
    return (
        select(OutgoingMail.id)
        .where(col(OutgoingMail.state).in_(states))
        .where(OutgoingMail.claimed_by == name_of(WORKER))
    )


def _let_its_leases_pass(stage: Stage) -> None:
    with stage.database.writing() as session:
        late = now() - timedelta(minutes=1)
        mine = col(OutgoingMail.claimed_by) == name_of(WORKER)
        session.exec(update(OutgoingMail).where(mine, col(OutgoingMail.lease_until) > late).values(lease_until=late))


def _settled(session: Session, ids: set[str]) -> bool:
    waiting = (MailState.READY, MailState.SENDING, MailState.DOT)
    return not session.exec(
        select(OutgoingMail.id).where(col(OutgoingMail.id).in_(ids)).where(col(OutgoingMail.state).in_(waiting))
    ).all()


def _until_asleep(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not subprocess.check_output(["ps", "-o", "stat=", "-p", str(pid)], text=True).startswith("T"):  # noqa: S607
        assert time.monotonic() < deadline, "it did not fall asleep"
        time.sleep(0.02)
