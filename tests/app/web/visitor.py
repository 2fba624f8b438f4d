"""A visitor of the served pages: a browser without scripts, who also reads the mails that the outbox holds."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlmodel import SQLModel

from app.main import create_app
from app.models import MailKind
from tests.factories import World, address_of
from tests.rig.server import Site, served


@dataclass
class Visitor:
    """Keeps cookies, follows no redirect by itself."""

    world: World
    site: Site
    http: httpx.Client
    browsers: ExitStack
    app: FastAPI

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Look."""
        return self.http.get(path, **options)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Press the button of a form; whoever asks for a mail by it is answered at once."""
        answer = self.http.post(path, data=fields)
        self.world.answer()
        return answer

    def join(self, name: str, team: str = "Nursing") -> httpx.Response:
        """Fill the form of the programme `demo`."""
        return self.post("/p/demo", name=name.title(), email=address_of(name).typed, team=team)

    def fresh_join(self, name: str) -> httpx.Response:
        """As `join`, on a browser that nobody else uses meanwhile."""
        with self.site.client() as http:
            form = {"name": name.title(), "email": address_of(name).typed, "team": "Nursing"}
            return http.post("/p/demo", data=form)

    def link(self, kind: MailKind, purpose: str, to: str) -> str:
        """The path of a link in the newest mail of a kind to somebody."""
        return f"/m/{self.world.token(self.world.mails(kind, to)[-1], purpose)}"

    def joined(self, name: str, team: str = "Nursing") -> None:
        """Join and confirm: afterwards this browser holds a session."""
        self.join(name, team)
        answer = self.post(self.link(MailKind.CONFIRM_SIGN_UP, "confirm", name), action="confirm")
        assert (answer.status_code, answer.headers["location"]) == (303, "/me/topics")

    def fresh(self) -> "Visitor":
        """Somebody else, on another browser."""
        browser = self.browsers.enter_context(self.site.client())
        return Visitor(self.world, self.site, browser, self.browsers, self.app)

    def rows(self) -> str:
        """Everything in the database, as text, once the doors are answered."""
        self.world.answer()
        lines: list[str] = []
        with self.world.database.engine.connect() as connection:
            for table in SQLModel.metadata.sorted_tables:
                lines += [table.name, *sorted(repr(tuple(row)) for row in connection.execute(table.select()))]
        return "\n".join(lines)

    def state(self) -> str:
        """A hash of everything in the database."""
        return hashlib.sha256(self.rows().encode()).hexdigest()


@contextmanager
def visiting(world: World) -> Iterator[Visitor]:
    """The real application on this world, served, without its worker: `world.draw` and `world.deliver` do its work."""
    app = create_app(world.settings, works=False, clock=lambda: world.now)
    with served(app) as site, ExitStack() as browsers:
        yield Visitor(world, site, browsers.enter_context(site.client()), browsers, app)
