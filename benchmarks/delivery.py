"""How fast one worker carries introductions to a local mail server, beside a bare loop that keeps no record at all.

    .venv/bin/python -m benchmarks.delivery              1,000 mails, three times, on SQLite and PostgreSQL
    .venv/bin/python -m benchmarks.delivery --mails 50 --runs 1

The bare loop is `smtplib.SMTP.sendmail` over one connection with the very same bytes: nobody can be faster, and after a
crash it knows nothing. The server journals and syncs each mail before it accepts it, as a real one does. Medians.

Beside the rate stands what a mail costs this process: the milliseconds of processor time, which say the same on a
machine that is busy with other things (the mail server and PostgreSQL are processes of their own and do not count).
"""

import argparse
import smtplib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from pydantic import SecretStr

import emails
from app.db import Database, upgrade
from app.models import MailKind
from app.settings import Settings
from app.workflows import delivery
from app.workflows.work import transport_of
from tests.conftest import SECRET_KEY
from tests.factories import World
from tests.rig import postgres
from tests.rig.smtp import SinkProcess, sink_process


@contextmanager
def world_on(url: str, sink: SinkProcess, mails: int) -> Iterator[World]:
    """A programme whose round is drawn and about to be sent."""
    settings = Settings(
        database_url=url,
        secret_key=SecretStr(SECRET_KEY),
        mail_from="Coffee Trial <coffee@example.org>",
        mail_rate=10_000,
        mail_burst=1000,
        smtp_url=SecretStr(sink.url),
        _env_file=None,
    )
    world = World(Database(url), settings)
    world.transport = transport_of(settings)  # type: ignore[assignment]
    world.programme(contact_email="")
    world.people(mails)
    world.draw(world.open_round(send=True))
    yield world
    world.database.close()


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """How long it took: by the clock on the wall, and of the processor."""
    began, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - busy


def deliver(world: World) -> None:
    """What a worker does until nothing is due."""
    while delivery.deliver_batch(world.work):
        pass


def bare(sink: SinkProcess, envelopes: list[emails.Envelope]) -> None:
    """The rival: no row, no mark, no question afterwards."""
    with smtplib.SMTP("127.0.0.1", sink.port) as server:
        for envelope in envelopes:
            server.sendmail(envelope.sender, [envelope.recipient], envelope.data)


def run(url: str, folder: Path, mails: int) -> tuple[float, float, float]:
    """Mails a second: ours on this database, and the bare loop with the same bytes; then the milliseconds of processor
    time of one of ours. Raises when one is missing.
    """
    with sink_process(folder / f"{time.monotonic_ns()}.journal") as sink, world_on(url, sink, mails) as world:
        ours, busy = seconds(lambda: deliver(world))
        received = [emails.Envelope(one.sender, one.recipient, one.data) for one in sink.messages]
        states = {mail.state.value for mail in world.mails(MailKind.INTRODUCTION)}
        if len(received) != mails or states != {"sent"}:
            raise RuntimeError(f"{len(received)} of {mails} mails arrived; states {states}")
        theirs, _ = seconds(lambda: bare(sink, received))
    return mails / ours, mails / theirs, 1000 * busy / mails


def main(words: list[str]) -> int:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args(words)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    print("| database | mails a second | bare smtplib loop | ratio | CPU ms a mail |")
    print("| --- | ---: | ---: | ---: | ---: |")
    server = postgres.PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as name:
            for database in ("SQLite", "PostgreSQL"):
                rates = [_once(database, server.url(), Path(name), one, given.mails) for one in range(given.runs)]
                ours, theirs, busy = (statistics.median(column) for column in zip(*rates, strict=True))
                print(f"| {database} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.2f} | {busy:.2f} |", flush=True)
    finally:
        server.stop()
    return 0


def _once(database: str, server: str, folder: Path, number: int, mails: int) -> tuple[float, float, float]:
    if database == "SQLite":
        url = f"sqlite:///{folder / f'{number}.db'}"
        upgrade(url)
        return run(url, folder, mails)
    with postgres.fresh_database(server) as url:
        return run(url, folder, mails)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
