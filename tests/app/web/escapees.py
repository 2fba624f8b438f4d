"""Looks at pages in the two made languages (`emails.language`): whatever stands there in plain letters has escaped the
catalogues. What people type is put into Greek first, so that it is no letter of ours.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

import httpx
from sqlmodel import col, select

from app.models import Organisation, Participant, Programme, Team, Topic, TopicKind
from tests.app.web.visitor import Visitor
from tests.factories import World

OFFERED = "en,en-XA,ar-XB"
MADE = {"en-XA": "ltr", "ar-XB": "rtl"}
SHOWN = ("title", "aria-label", "aria-description", "placeholder", "alt", "label")
MACHINES = ("style", "script", "code")
"""Elements whose text is not for reading: a reference number, for one."""
# Addresses (and domains with their @), links, and the names of things.
NO_WORDS = re.compile(r"\S*@[\w.-]+|https?://\S+|\bCoffee Trial\b|\bUTC\b|\bCOFFEE_\w+")
LETTERS = re.compile(r"[A-Za-z]")
TYPED: tuple[tuple[type[Organisation | Programme | Team | Participant], tuple[str, ...]], ...] = (
    (Organisation, ("name",)),
    (
        Programme,
        (
            *("name", "purpose", "success", "rhythm", "contact_name", "controller", "conduct"),
            *("safe_name", "sponsor_name", "sponsor_role", "sponsor_words"),
        ),
    ),
    (Team, ("name",)),
    (Participant, ("name", "location", "access")),
)
_LATIN, _GREEK = "abcdefghijklmnopqrstuvwxyz", "αβκδεφγηιζκλμνοπθρστυβωξψζ"
GREEK = str.maketrans(_LATIN + _LATIN.upper(), _GREEK + _GREEK.upper())


def greek(text: str) -> str:
    """The same in Greek letters: what somebody may have typed who never uses ours."""
    return text.translate(GREEK)


def in_greek(world: World) -> None:
    """Put all that people have typed so far into Greek; times of the week are ours, and are said in every language."""
    with world.database.writing() as session:
        for table, names in TYPED:
            for row in session.exec(select(table)):
                for name in names:
                    setattr(row, name, greek(getattr(row, name)))
                session.add(row)
        for topic in session.exec(select(Topic).where(col(Topic.kind) != TopicKind.TIME)):
            topic.text = greek(topic.text)
            session.add(topic)


def offering(world: World) -> None:
    """Offer the made languages; before the pages are served."""
    world.settings = world.settings.model_copy(update={"languages": OFFERED})


@contextmanager
def speaking(visitor: Visitor, tag: str) -> Iterator[None]:
    """A browser that asks for this language."""
    visitor.http.headers["Accept-Language"] = tag
    try:
        yield
    finally:
        del visitor.http.headers["Accept-Language"]


def look(visitor: Visitor, path: str, status: int = 200, *, known: Collection[str] = (), **form: str) -> None:
    """See that this page speaks each made language; with the fields of a form: the answer to it, which changes nothing.

    `known` is what may stand there in plain letters: what a browser has typed, for one.
    """
    for tag in MADE:
        with speaking(visitor, tag):
            answer = visitor.post(path, **form) if form else visitor.get(path)
        assert answer.status_code == status, (path, tag)
        assert_speaks(answer, tag, known)


def assert_speaks(answer: httpx.Response, tag: str, known: Collection[str] = ()) -> None:
    """See that an answer is in the made language, says so, and tells caches why."""
    where = f"{answer.url} in {tag}"
    opened = re.search(r"<html[^>]*>", answer.text)
    assert opened is not None, f"{where} is no page"
    assert opened[0] == f'<html lang="{tag}" dir="{MADE[tag]}">', f"{where} begins with {opened[0]}"
    assert "accept-language" in answer.headers.get("vary", "").lower(), f"{where} does not vary"
    found = escapees(answer.text, known)
    assert not found, f"{where} says {found}"


def escapees(html: str, known: Collection[str] = ()) -> list[str]:
    """What a reader reads or hears on this page that no catalogue has made."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [text for text in reader.found if LETTERS.search(_without(text, known))]


def _without(text: str, known: Collection[str]) -> str:
    for one in known:
        text = text.replace(one, "")
    return NO_WORDS.sub("", text)


class _Reader(HTMLParser):
    """Collects texts, and those attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in attrs}
        self.found += [given[name] for name in SHOWN if name in given]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.found.append(given.get("value", ""))
        if tag in MACHINES:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        """Its text."""
        if not self._inside:
            self.found.append(" ".join(data.split()))
