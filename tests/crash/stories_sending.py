"""The story of a round that is sent by itself, at a moment, with a mail that is kept back meanwhile."""

import os
import sys
from datetime import timedelta

from app.clock import now
from app.db import Database
from app.models import RoundState
from app.settings import Settings
from app.workflows import duties
from app.workflows.work import Work
from tests.crash.clients import Organiser, judged, quiet, state_of
from tests.crash.judge import Verdict
from tests.crash.stage import Stage
from tests.crash.world import MEMBERS

AHEAD = timedelta(hours=2)


def later(stage: Stage, key: str) -> Verdict:
    """A mail is kept back, a moment set, undone and set anew; it comes, and afterwards the mail is let go."""
    stage.open()
    organiser = Organiser(stage, key)
    round_id = organiser.opened()
    here = f"/rounds/{round_id}"
    organiser.post(f"{here}/approve")
    assert organiser.post(f"{here}/keep", {"people": [MEMBERS[3]]}, expect=200)["kept"] == 1
    at = {"at": (now() + AHEAD / 2).isoformat()}
    organiser.post(f"{here}/schedule", at, expect=200, once="a moment")
    organiser.post(f"{here}/unschedule", expect=200)
    organiser.post(f"{here}/schedule", at, expect=200, once="the same moment")
    assert stage.command(target=f"{__name__}:main")[0] == 0
    with stage.database.writing() as session:
        stage.due_now(session)
    quiet(stage)
    assert state_of(stage, round_id) == RoundState.SENDING, "a mail is kept back"
    organiser.post(f"{here}/release", {"all": True})
    stage.until(lambda: state_of(stage, round_id) == RoundState.INTRODUCED, "the last introduction")
    quiet(stage)
    organiser.listed = {str(mail["id"]) for mail in organiser.get(f"{here}/messages?state=held")["messages"]}
    return judged(stage, organiser)


def main() -> None:
    """What a worker does when the moment has come."""
    settings = Settings()
    duties.send_due(Work(Database(settings.database_url), settings, None, lambda: now() + AHEAD))
    sys.stdout.flush()
    os._exit(0)
