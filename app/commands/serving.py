"""`coffee serve` and `coffee worker`: the processes that stay."""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, FAILED, Stopped

if TYPE_CHECKING:
    import threading
    from types import FrameType

    from app.db import Hold
    from app.settings import Settings

BACKLOG = 256
LOADED_TICKS = 100  # of a tenth of a second
GRACE_SECONDS = 10
LONGEST_PAUSE = 30.0
NAME_TRIES = 10
NAME_SECONDS = 10.0
NAME_RETRIES = 3  # the server may hear a moment later than we that our session is gone


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 for every network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="NUMBER", help="0 takes any free port.")] = 8000,
) -> None:
    """Web pages and API; on SQLite also the worker, so that one process is a whole service."""
    settings = house.settings()
    assert settings.secret
    house.check_kind(settings)
    from app import logs

    logs.set_up(settings.log_level)
    with only_one(settings, "coffee serve"):
        listening = listen(host, port)
        prepare_database(settings)
        for line in notes(settings):
            terminal.say(line)
        first = first_link(settings)
        run_server(settings, listening, lambda url: terminal.show(f"Listening on {url}", *first))


def worker(
    name: Annotated[
        str | None, typer.Option("--id", metavar="NAME", help="Its fixed name, one for each: worker-1, worker-2 …")
    ] = None,
) -> None:
    """Durable work on PostgreSQL: draws rounds, carries mails. Any number of copies, each with a name of its own."""
    settings = house.settings(**({"worker_id": name} if name else {}))
    if settings.on_sqlite:
        raise Stopped(BAD, "On SQLite there is no separate worker: coffee serve does the work itself.")
    assert settings.secret
    house.check_kind(settings)
    import threading

    from app import logs

    logs.set_up(settings.log_level)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for line in notes(settings):
        terminal.say(line)
    if _ready(settings, stopping):
        with only_worker(settings, stopping):
            _work(settings, stopping)


def _ready(settings: Settings, stopping: threading.Event) -> bool:
    """Wait, ever longer, for a database that is away; False when the process is asked to end meanwhile."""
    import structlog
    from sqlalchemy.exc import OperationalError

    pause = 1.0
    while not stopping.is_set():
        try:
            prepare_database(settings)
        except OperationalError as error:
            structlog.get_logger("worker").warning("worker.database_away", error=str(error.orig), again_in=pause)
            stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return True
    return False


def _work(settings: Settings, stopping: threading.Event) -> None:
    import structlog

    from app.db import Database
    from app.workflows.foreman import Foreman
    from app.workflows.work import Work, transport_of

    log = structlog.get_logger("worker")
    database = Database(settings.database_url)
    work = Work(database, settings, transport_of(settings), stopping=stopping)
    foreman = Foreman(work)
    foreman.start()
    settle()
    log.info("worker.started", worker=settings.worker_id)
    stopping.wait()
    log.info("worker.stopping", worker=settings.worker_id)
    foreman.stop()
    database.close()
    log.info("worker.stopped", worker=settings.worker_id)


# What serve and demo share


def prepare_database(settings: Settings) -> None:
    """To head where the settings allow it; refused where it does not fit. Raises SchemaMismatch."""
    from app.db import Database, require_head, upgrade

    if settings.auto_migrate:
        upgrade(settings.database_url)
        return
    database = Database(settings.database_url)
    try:
        require_head(database)
    finally:
        database.close()


def settle() -> None:
    """What is loaded by now stays for good, so the garbage collector need not look at it again: that made the
    longest answers 100 to 140 ms longer (`python -m benchmarks.organiser_pages`, before and after).
    """
    gc.collect()
    gc.freeze()


def first_link(settings: Settings) -> list[str]:
    """Where nobody organises yet: a link for whoever reads what this service says. It goes round the log, which would
    mask it.
    """
    from app.clock import now
    from app.db import Database
    from app.services import organiser_links, organisers

    database = Database(settings.database_url)
    try:
        with database.writing("serve: first link") as session:
            made = organisers.first_link(session, settings.secret, now())
    finally:
        database.close()
    if made is None:
        return []
    url = organiser_links.url_of(settings, made.id)
    return [f"Nobody organises here yet. Who opens this, once, within 24 hours, is the owner: {url}"]


def notes(settings: Settings) -> Iterator[str]:
    """What whoever starts a service should know about its settings."""
    if not settings.sends_mail:
        yield "Mails wait in the outbox: COFFEE_SMTP_URL and COFFEE_MAIL_FROM are not both set."


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Stopped, in words, where that is not possible."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except socket.gaierror:
        raise Stopped(BAD, f"--host {host}: no such address here.") from None
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise Stopped(FAILED, f"Port {port} on {host} cannot be had: {why}.", _ANOTHER) from None


_ANOTHER = "Stop whatever listens there, or choose another with --port."


def address_of(listening: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_server(settings: Settings, listening: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; the mail that is being sent then is finished. Stopped when it cannot start."""
    import uvicorn

    from app.main import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            settle()
            if self.started:
                ready(address_of(listening))

        async def on_tick(self, counter: int) -> bool:
            if counter == LOADED_TICKS:  # the engine of the worker, which is large, comes after the start
                settle()
            return await super().on_tick(counter)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if sig == signal.SIGINT and not self.should_exit:
                terminal.say("Stopping…")
            app.state.lookout.close()  # whoever watches a round is let go: nobody waits for them
            super().handle_exit(sig, frame)

    app = create_app(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again once all is closed: then it has been heard
    server = Server(config)
    try:
        server.run(sockets=[listening])
    except SystemExit:
        raise Stopped(FAILED, "The service could not start; the log says why.") from None
    finally:
        listening.close()


@contextmanager
def only_worker(settings: Settings, stopping: threading.Event) -> Iterator[None]:
    """On PostgreSQL each worker has a name of its own: a second one of that name would take back the first one's mails.

    A worker that was killed a moment ago may still hold it, so the name is asked for a few times. It is lost with its
    session: a thread looks after it, and ends this worker when another has taken it meanwhile.
    """
    import threading

    from app.db import Database, Hold

    database = Database(settings.database_url, pool_size=1)
    hold = Hold(database.engine, f"worker {settings.worker_id}")
    over, lost = threading.Event(), threading.Event()
    watcher = threading.Thread(target=_keep, args=(hold, settings, over, lost, stopping), name="name", daemon=True)
    try:
        if not _taken(hold, NAME_TRIES, stopping):
            raise Stopped(FAILED, f"A worker called {settings.worker_id} runs already.", _OWN_NAME)
        watcher.start()
        yield
        if lost.is_set():
            raise Stopped(FAILED, f"Another worker called {settings.worker_id} has begun meanwhile.", _OWN_NAME)
    finally:
        over.set()
        if watcher.ident is not None:
            watcher.join(GRACE_SECONDS)
        hold.let_go()
        database.close()


_OWN_NAME = "Give this one a name of its own: --id worker-2"


def _taken(hold: Hold, tries: int, ending: threading.Event) -> bool:
    """Whether the name is ours, asked for once a second."""
    for _ in range(tries):
        if hold.take():
            return True
        ending.wait(1.0)
    return False


def _keep(
    hold: Hold, settings: Settings, over: threading.Event, lost: threading.Event, stopping: threading.Event
) -> None:
    """Until it is over, see that the name is ours; while the database is away, nobody else can take it."""
    import structlog
    from sqlalchemy.exc import SQLAlchemyError

    while not over.wait(NAME_SECONDS):
        with suppress(SQLAlchemyError):
            if not _taken(hold, NAME_RETRIES, over) and not over.is_set():
                structlog.get_logger("worker").error("worker.name_lost", worker=settings.worker_id)
                lost.set()
                stopping.set()
                return


@contextmanager
def only_one(settings: Settings, what: str) -> Iterator[None]:
    """On SQLite one process is the whole service: a second one on the same file is refused, in words."""
    file = house.sqlite_file(settings.database_url)
    if file is None:
        yield
        return
    import fcntl

    if not file.absolute().parent.is_dir():
        raise Stopped(BAD, f"COFFEE_DATABASE_URL: there is no folder {file.parent} for the database.")
    with Path(f"{file}-lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however that ends
        except BlockingIOError:
            raise Stopped(FAILED, f"{what} runs already on {file}: on SQLite there is one at a time.") from None
        yield
