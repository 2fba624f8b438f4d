"""Where a scene plays: a small world with people of whom one would like to see pictures, and what was seen in it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from jinja2 import Template
from pydantic import SecretStr

from app.db import Database
from app.models import MailKind, Participant, ParticipantState
from app.settings import Settings
from app.web import pages
from tests.app.web.test_join import change
from tests.app.web.visitor import Visitor, visiting
from tests.conftest import BASE_URL, SECRET_KEY
from tests.factories import World
from tests.rig import sqlite

FRAME = re.compile(r'<iframe[^>]* src="(/[^"]+)"')
PATIENCE = 120.0
"""Seconds that a page may take on a busy machine."""
NEXT_DRAW = date(2026, 12, 3)
NOBODY = {"contact_name": "", "contact_email": None, "safe_name": "", "safe_email": None}
PURPOSE = "Half an hour with a colleague from another team, once a month. Bring a question."
PROGRAMME: dict[str, Any] = {
    "name": "Cross-team coffees",
    "purpose": PURPOSE,
    "rhythm": "once a month",
    "next_draw_on": NEXT_DRAW,
    "contact_name": "Amara Okafor",
    "contact_email": "amara@example.org",
    "sponsor_name": "Grace Mensah",
    "sponsor_role": "Director of people",
    "sponsor_words": "The best advice I ever had came over a coffee with someone I did not know. I want that for you.",
    "sponsor_email": "grace@example.org",
    "safe_name": "Ines Duarte",
    "safe_email": "ines@example.org",
}
COLLEAGUES = (
    ("oscar", "Oscar Lind", "Research"),
    ("aoife", "Aoife Byrne", "Nursing"),
    ("kim", "Kim Nguyễn", "Theatres"),
    ("zoe", "Zoë Brânză-Ștefănescu", "Pharmacy"),
    ("ibrahim", "إبراهيم الأنصاري", "الجراحة"),
    ("tomasz", "Tomasz Wiśniewski", "Porters"),
    ("grace", "Grace Mensah", "People"),
    ("leilani", "Leilani Kealoha", "Radiology"),
    ("bea", "Bea Wolfeschlegelsteinhausenbergerdorff", "Facilities and estates management, northern sites"),
)
SAM: dict[str, list[str]] = {
    "ask": ["budgets", "writing a business case"],
    "offer": ["spreadsheets"],
    "interest": ["chess", "allotments"],
}
PRIYA = {"ask": ["spreadsheets"], "offer": ["budgets"], "interest": ["allotments", "choir"]}
TIMES = ["Tuesday morning", "Thursday lunch"]


@dataclass(frozen=True, slots=True)
class Sight:
    """A page or a mail as it was sent, with what a frame in it asks for by path."""

    name: str
    html: bytes
    policy: str = ""
    mail: bool = False
    templates: frozenset[str] = frozenset()
    frames: tuple[tuple[str, bytes, str], ...] = ()


@dataclass
class Stage:
    """A world, somebody who visits it, and what they have seen."""

    visitor: Visitor
    scene: str
    folder: Path
    sights: list[Sight] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.visitor.world

    def change(self, **facts: Any) -> None:
        """Another state of the programme."""
        change(self.world, **facts)

    def person(self, name: str, full: str, team: str = "", **about: Any) -> Participant:
        """Somebody with a name as people have them."""
        self.world.person(name, team, **about)
        with self.world.database.writing() as session:
            found = session.merge(self.world.there(name))
            found.name = full
            session.add(found)
        return self.world.there(name)

    def sam_and_priya(self) -> None:
        """Two who have something to give each other."""
        self.person("sam", "Sam Okoro", "Finance", **SAM, time=TIMES, language=["English"])
        self.person("priya", "Priya Nair", "Estates", **PRIYA, time=TIMES, language=["English", "Hindi"])

    def colleagues(self, number: int = len(COLLEAGUES)) -> None:
        """More people, of all scripts and lengths."""
        for name, full, team in COLLEAGUES[:number]:
            self.person(name, full, team, interest=["chess"], offer=["first aid"])

    def state(self, name: str, state: ParticipantState, **facts: Any) -> None:
        """Somebody is in another state."""
        with self.world.database.writing() as session:
            person = session.merge(self.world.there(name))
            person.state = state
            for field_name, value in facts.items():
                setattr(person, field_name, value)
            session.add(person)

    def signed_in(self, name: str) -> Visitor:
        """That person, in a browser of their own."""
        self.world.later(minutes=1)  # of two mails the newer one has the link that works
        other = self.visitor.fresh()
        other.http.timeout = PATIENCE
        other.post("/me", email=f"{name}@example.org")
        assert other.post(other.link(MailKind.MY_PAGE, "my_page", name), action="open").status_code == 303
        return other

    def look(self, name: str, path: str, by: Visitor | None = None, status: int = 200) -> Sight:
        """Open a page and keep what is seen."""
        return self._keep(name, status, lambda browser: browser.get(path), by)

    def press(
        self, name: str, path: str, by: Visitor | None = None, status: int = 303, /, **fields: str | list[str]
    ) -> Sight:
        """Press a button, and keep what it answers, or the page that it leads to."""
        return self._keep(name, status, lambda browser: browser.post(path, **fields), by)

    def _keep(
        self, name: str, status: int, ask: Callable[[Visitor], httpx.Response], by: Visitor | None = None
    ) -> Sight:
        browser = by or self.visitor
        browser.http.timeout = PATIENCE
        self.rendered.clear()
        answer = ask(browser)
        assert answer.status_code == status, (self.scene, name, answer.status_code, answer.text)
        if status == 303:
            self.rendered.clear()
            answer = browser.get(answer.headers["location"])
            assert answer.status_code == 200, (self.scene, name, answer.status_code)
        templates = list(self.rendered)
        frames = tuple((path, *_in_frame(browser, path)) for path in FRAME.findall(answer.text))
        self.rendered[:] = templates
        return self.add(name, answer, frames)

    def add(self, name: str, answer: httpx.Response, frames: tuple[tuple[str, bytes, str], ...] = ()) -> Sight:
        """Keep an answer as it is."""
        sight = Sight(
            f"{self.scene}-{name}",
            answer.content,
            answer.headers["Content-Security-Policy"],
            templates=frozenset(self.rendered),
            frames=frames,
        )
        self.sights.append(sight)
        return sight


def _in_frame(browser: Visitor, path: str) -> tuple[bytes, str]:
    shown = browser.get(path)
    return shown.content, shown.headers["Content-Security-Policy"]


@contextmanager
def staged(scene: str, template: Path, folder: Path) -> Iterator[Stage]:
    """A world of this scene's own, served as it is for people, without its worker."""
    url = sqlite.fresh_database(template, folder)
    database = Database(url)
    settings = Settings(
        database_url=url,
        base_url=BASE_URL,
        secret_key=SecretStr(SECRET_KEY),
        smtp_url=SecretStr(f"maildir://{folder / 'mail'}"),
        mail_from="Coffee Trial <coffee@example.org>",
        mail_rate=10_000,
        mail_burst=1000,
        demo=scene.startswith("demo"),
        _env_file=None,
    )
    world = World(database, settings)
    world.programme(**PROGRAMME)
    english = pages.templates("en")
    kept = english.get_template
    try:
        with visiting(world) as visitor:
            visitor.http.timeout = PATIENCE
            stage = Stage(visitor, scene, folder)

            def noted(name: str, *more: Any, **options: Any) -> Template:
                stage.rendered.append(name)
                return kept(name, *more, **options)

            with patch.object(english, "get_template", noted):
                yield stage
    finally:
        database.close()
