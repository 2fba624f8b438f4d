"""Processes that do one thing at the same moment."""

import json
import sys
import time
from pathlib import Path

from app.clock import now
from app.db import Database
from app.queries import programmes as queries
from app.services import rounds
from app.settings import Settings

PATIENCE = 300.0


def open_rounds() -> None:
    """`NUMBER OF PERIODS FOLDER`: open each period when all the others are about to; prints what each call found."""
    number, crowd, periods, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    database = Database(Settings().database_url)
    found = []
    for period in range(periods):
        _meet(folder, number, crowd, period)
        with database.writing("api: open round") as session:
            programme = queries.programme(session, "eu", lock=True)
            name = f"P{period:03}"
            round_, new = rounds.open_round(session, programme, name, seed=None, send=False, now=now(), actor="test")
            found.append((round_.id, new))
    database.close()
    print(json.dumps(found))


def _meet(folder: Path, number: int, crowd: int, period: int) -> None:
    """Wait until everybody has come so far."""
    (folder / f"at-{number}").write_text(str(period))
    deadline = time.monotonic() + PATIENCE
    while True:
        places = [_place(folder / f"at-{other}") for other in range(crowd)]
        if min(places) >= period:
            return
        assert time.monotonic() < deadline, "the others did not come"
        time.sleep(0.001)


def _place(file: Path) -> int:
    try:
        return int(file.read_text() or -1)
    except FileNotFoundError:
        return -1
