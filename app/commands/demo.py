"""`coffee demo`: the whole service on one file, with people, a mail catcher and nothing else to set up."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import serving, terminal
from app.commands.failures import FAILED, Stopped

if TYPE_CHECKING:
    import socket

    from app.commands.demo_programme import Furnished
    from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SLUG = "demo"
OURS = (
    "coffee.db",
    "coffee.db-wal",
    "coffee.db-shm",
    "coffee-work.db",
    "coffee-work.db-wal",
    "coffee-work.db-shm",
    "mail",
    "secret",
)
PORT = "port"
PORTS_TRIED = 50


def demo(
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="NUMBER", help="The next free one is taken when it is busy.")
    ] = 8000,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget everything that earlier demos left, and begin anew.")
    ] = False,
) -> None:
    """Try it: a programme with people, a mail catcher, pages and API on http://localhost:8000, and no other server."""
    from app import logs

    logs.set_up(os.environ.get("COFFEE_LOG_LEVEL") or "WARNING", human=True)
    folder = _folder()
    with _alone(folder):
        if fresh:
            _forget(folder)
        listening, taken = _listen(port)
        (folder / PORT).write_text(str(taken))
        if taken != port:
            terminal.say(f"Port {port} is busy; taking {taken}.")
        from app.commands.demo_programme import furnish

        settings = settings_of(folder, taken)
        serving.prepare_database(settings)
        found = furnish(settings)
        serving.run_server(settings, listening, lambda _: terminal.show(*first_screen(settings, found, folder)))


def settings_of(folder: Path, port: int) -> Settings:
    """The demo's own settings: nothing of what is set for real reaches it."""
    from pydantic import SecretStr

    from app.settings import Settings

    return Settings(
        database_url=f"sqlite:///{folder / 'coffee.db'}",
        base_url=f"http://localhost:{port}",
        secret_key=SecretStr(_secret(folder)),
        smtp_url=SecretStr((folder / "mail").as_uri().replace("file://", "maildir://", 1)),
        mail_from="Coffee Trial <coffee@example.org>",
        organisation_name="Example Institute",
        auto_migrate=True,
        worker_id="worker-1",
        mail_rate=1000,
        trusted_proxies="",
        demo=True,
        _env_file=None,
    )


def first_screen(settings: Settings, found: Furnished, folder: Path) -> list[str]:
    """What a newcomer reads first."""
    url = settings.base_url
    return [
        "",
        "  Coffee Trial: the demo",
        "",
        f"  Begin here      {url}/demo",
        f"  Join            {url}/p/{SLUG}",
        f"  Organise        {url}/organiser   (one button lets you in: only the demo has it)",
        f"  Every inbox     {url}/demo/inbox   (mails stay on this machine)",
        "",
        "  Draw a round and send the introductions, as an organiser does:",
        "",
        f"    curl -X POST {url}/api/v1/programmes/{SLUG}/rounds \\",
        f"      -H 'Authorization: Bearer {found.key}' \\",
        "      -H 'Content-Type: application/json' \\",
        f"""      -d '{{"period": "{found.period}", "send": true}}'""",
        "",
        f"  This key is good until the next start. Everything is kept in {_shown(folder)}; --fresh begins anew.",
        "  Ctrl-C ends it.",
        "",
    ]


def _shown(folder: Path) -> str:
    return str(folder.relative_to(Path.cwd())) if folder.is_relative_to(Path.cwd()) else str(folder)


# Where it lives


def _folder() -> Path:
    """The first place that can be written: as named, beside the program, among the user's data, or nowhere lasting."""
    named = os.environ.get("COFFEE_DEMO_DIR")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    places = [Path(named)] if named else [ROOT / ".demo", data / "coffee-trial" / "demo"]
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place.resolve()
    if named:
        raise Stopped(FAILED, f"COFFEE_DEMO_DIR names {named}, where nothing can be written.")
    return Path(tempfile.mkdtemp(prefix="coffee-demo-"))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    import fcntl

    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stopped(FAILED, f"The demo runs already: {_where(folder)}, or end it first.") from None
        (folder / PORT).unlink(missing_ok=True)  # an earlier demo's
        yield


def _where(folder: Path) -> str:
    """Where the demo that holds this folder can be looked at; one that is only starting has not said so yet."""
    try:
        return f"open http://localhost:{int((folder / PORT).read_text())}/demo"
    except (OSError, ValueError):
        return "look at its first screen"


def _forget(folder: Path) -> None:
    """Remove what demos make, and nothing else that may lie there."""
    for name in OURS:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _secret(folder: Path) -> str:
    """The demo's secret key, made at the first start and kept, so that links in old mails still work."""
    path = folder / "secret"
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


def _listen(port: int) -> tuple[socket.socket, int]:
    """The first free port from `port` on."""
    last = min(port + PORTS_TRIED, 65535)
    for candidate in range(port, last + 1):
        try:
            return serving.listen("127.0.0.1", candidate), candidate
        except Stopped:
            continue
    raise Stopped(FAILED, f"No port from {port} to {last} is free. Name another with --port.")
