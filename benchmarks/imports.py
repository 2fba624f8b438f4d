"""How fast a hundred thousand people come in, beside the way this project did it before: one by one, through the ORM.

    .venv/bin/python -m benchmarks.imports                    three runs on SQLite and PostgreSQL
    .venv/bin/python -m benchmarks.imports --lines 2000 --runs 1

Ours is what `coffee people import` does: read and judge every line, write all down, then bundle by bundle. The rival is
what it did until then: objects, `session.add`, and a mail for each, in one transaction. It holds every object and looks
through all of them before each question, so that its time grows with the square: it gets a share of the lines
(`--rival`), and what stands here is time per line, which flatters it. Both invite each person by mail and bring one
meeting a person. Every run is a process of its own, so that its peak of memory is its own. Medians.

Meanwhile a neighbour writes one row twenty times a second, as people who sign up would: what stands here is the longest
that it waited. Processor time stands beside the time on the wall because it says the same on a machine that is busy
with other things; the ratio is of processor time.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select, update

from app.db import Database, upgrade
from app.files.people import PersonRow
from app.files.table import read_table
from app.models import Participant, PastMeeting, Programme
from app.queries import programmes as queries
from app.services import import_jobs, imports, letters, participants, programmes
from app.services.import_people import said
from app.services.imports import Plan, Sources
from app.services.participants import Wishes
from app.services.programmes import ProgrammeFacts
from app.workflows import importing
from tests.conftest import SECRET_KEY
from tests.rig import postgres

OURS, RIVAL = "bundles", "orm"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def sources(lines: int) -> Sources:
    """People of two hundred teams with three topics each, and one meeting a person."""
    people = (
        f"person{n}@example.org,Person {n},Team {n % 200},topic {n % 50};other {n % 33},thing {n % 40}"
        for n in range(lines)
    )
    met = (f"1,person{n}@example.org,person{(n + 1) % lines}@example.org" for n in range(lines))
    return Sources(
        people=read_table("\n".join(("email,name,team,asks,offers", *people)).encode(), "people.csv"),
        history=read_table("\n".join(("round,a,b", *met)).encode(), "history.csv"),
    )


def ours(database: Database, given: Sources) -> None:
    """As `app.commands.big_imports` does it."""
    with database.reading() as session:
        planned = imports.plan(session, queries.programme(session, "eu"), given)
    bundles = import_jobs.packed(planned)
    with database.writing("benchmark") as session:
        programme = queries.programme(session, "eu", lock=True)
        options, digest = import_jobs.Options(), import_jobs.digest_of(given)
        job = import_jobs.open_job(
            session, programme, planned, bundles, options, digest=digest, now=NOW, actor="benchmark"
        )
    del planned, bundles
    importing.go_on(database, job.id, SECRET_KEY, lambda: NOW)


def rival(database: Database, given: Sources) -> None:
    """As it was: an object for each person, each topic, each link and each mail."""
    with database.reading() as session:
        planned = imports.plan(session, queries.programme(session, "eu"), given)
    with database.writing("benchmark") as session:
        programme = queries.programme(session, "eu", lock=True)
        people = _one_by_one(session, programme, planned)
        for row in planned.history:
            a, b = sorted((people[row.a].id, people[row.b].id))
            session.add(PastMeeting(programme_id=programme.id, number=row.round, a_id=a, b_id=b))


def _one_by_one(session: Session, programme: Programme, planned: Plan) -> dict[str, Participant]:
    known: dict[str, Participant] = {}
    for row in planned.people:
        person = known[row.id] = _person(session, programme, row)
        session.add(person)
        session.flush()
        participants.set_wishes(session, person, Wishes(said(row), row.size))
        letters.queue_confirmation(session, programme, person, now=NOW, secret_key=SECRET_KEY)
    return known


def _person(session: Session, programme: Programme, row: PersonRow) -> Participant:
    return Participant(
        organisation_id=programme.organisation_id,
        programme_id=programme.id,
        email=row.mailbox,
        email_key=row.key,
        match_key=row.id,
        name=row.name,
        team_id=participants.team_id(session, programme, row.team),
        invited=True,
        created_at=NOW,
    )


class Neighbour:
    """Somebody else who writes all the time, and how long each had to wait."""

    def __init__(self, database: Database) -> None:
        self.waits: list[float] = []
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_on)

    def __enter__(self) -> "Neighbour":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write_on(self) -> None:
        while not self._stop.wait(0.05):
            began = time.perf_counter()
            try:
                with self._database.writing("neighbour") as session:
                    session.exec(update(Programme).where(col(Programme.slug) == "other").values(rhythm=str(began)))
            except Exception:  # gave up after the five seconds that everybody is patient for
                self.waits.append(float("inf"))
            else:
                self.waits.append(time.perf_counter() - began)


def run(url: str, how: str, lines: int) -> dict[str, Any]:
    """One import in this process: seconds, peak of memory above what was there before, the neighbour's waits."""
    database, given = Database(url), sources(lines)
    with database.writing("benchmark") as session:
        organisation = programmes.default_organisation(session, "Example Trust", NOW)
        for slug in ("eu", "other"):
            facts = ProgrammeFacts(name=slug)
            programmes.create_programme(session, organisation, slug, facts, now=NOW, actor="benchmark")
    before = _peak()
    with Neighbour(database) as neighbour:
        began, busy = time.perf_counter(), time.thread_time()
        (ours if how == OURS else rival)(database, given)
        seconds, busy = time.perf_counter() - began, time.thread_time() - busy
    with database.reading() as session:
        there = len(session.exec(select(Participant.id)).all())
    database.close()
    if there != lines:
        raise RuntimeError(f"{there} of {lines} people are there")
    return {"seconds": seconds, "busy": busy, "peak": _peak() - before, "wait": max(neighbour.waits, default=0.0)}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(words: list[str]) -> int:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=100_000, help="people, and as many meetings")
    parser.add_argument("--rival", type=int, default=2_000, help="the same for the rival")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.one:
        url, how, lines = given.one
        print(json.dumps(run(url, how, int(lines))))
        return 0
    print("| database | way | people | seconds | CPU seconds | CPU ms a person | peak MB | longest wait, ms |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for database in given.on or ("sqlite", "postgresql"):
        _race(database, given.runs, {OURS: given.lines, RIVAL: min(given.rival, given.lines)})
    return 0


def _race(database: str, runs: int, sizes: dict[str, int]) -> None:
    server = postgres.PostgresServer() if database == "postgresql" else None
    try:
        told = {how: [_in_a_process(server, how, lines) for _ in range(runs)] for how, lines in sizes.items()}
    finally:
        if server:
            server.stop()
    each = {}
    for how, lines in sizes.items():
        median = {name: statistics.median(one[name] for one in told[how]) for name in told[how][0]}
        each[how] = 1000 * median["busy"] / lines
        told_of = (database, how, f"{lines:,}", f"{median['seconds']:.1f}", f"{median['busy']:.1f}", f"{each[how]:.2f}")
        print(f"| {' | '.join(told_of)} | {median['peak']:.0f} | {1000 * median['wait']:.0f} |", flush=True)
    print(f"{database}: a person costs the rival {each[RIVAL] / each[OURS]:.1f} times as much", flush=True)


def _in_a_process(server: postgres.PostgresServer | None, how: str, lines: int) -> dict[str, Any]:
    if server is None:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'imports.db'}"
            upgrade(url)
            return _called(url, how, lines)
    with postgres.fresh_database(server.url()) as url:
        return _called(url, how, lines)


def _called(url: str, how: str, lines: int) -> dict[str, Any]:
    words = [sys.executable, "-m", "benchmarks.imports", "--one", url, how, str(lines)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
