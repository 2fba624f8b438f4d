"""Stories in which something else goes wrong too: a colleague that fell silent, a mail server without time, and the
duties that come by the clock.
"""

import os
import sys
from datetime import timedelta

from sqlmodel import Session, col, update

from app.clock import now
from app.db import Database
from app.models import Channel, Worker
from app.settings import Settings
from app.workflows import duties
from app.workflows.channel import channel
from app.workflows.work import Work
from tests.crash.clients import Organiser, judged
from tests.crash.judge import Verdict
from tests.crash.mail_server import BUSY_FILE
from tests.crash.stage import Stage


def trouble(stage: Stage, key: str) -> Verdict:
    """Another worker has died long ago; and the server that shall carry the round says "later" at first."""
    busy = stage.folder / BUSY_FILE
    busy.touch()
    with stage.database.writing() as session:
        session.add(Worker(name="worker-9", started_at=now() - timedelta(days=1), seen_at=now() - timedelta(hours=1)))
    stage.open()
    organiser = Organiser(stage, key)
    round_id = organiser.opened(send=True)
    stage.until(lambda: stage.true(_rests), "the rest of the channel")
    busy.unlink()
    stage.until(lambda: _a_minute_later(stage), "an end of the trouble")
    organiser.sent(round_id)
    return judged(stage, organiser)


def by_the_clock(stage: Stage, _key: str) -> Verdict:
    """What is done each minute and each day, whenever it is begun anew."""
    assert stage.command("minute", target=f"{__name__}:main")[0] == 0
    assert stage.command("day", target=f"{__name__}:main")[0] == 0
    return judged(stage)


def main() -> None:
    """The duties of that name, as the engine would begin them."""
    settings = Settings()
    work = Work(Database(settings.database_url), settings, None)
    {"minute": duties.each_minute, "day": duties.each_day, "ask": duties.ask}[sys.argv[1]](work)
    sys.stdout.flush()
    os._exit(0)


def _rests(session: Session) -> bool:
    way_out = channel(session)
    return way_out is not None and way_out.paused_until is not None


def _a_minute_later(stage: Stage) -> bool:
    """End the rest, and each mail's own wait; whether the channel has found that all is well."""
    with stage.database.writing() as session:
        session.exec(update(Channel).where(col(Channel.paused_until).is_not(None)).values(paused_until=now()))
        stage.due_now(session)
    with stage.database.reading() as session:
        way_out = channel(session)
        return way_out is not None and way_out.trouble is None
