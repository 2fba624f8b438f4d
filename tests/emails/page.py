"""A mail as a reader sees it: elements, links and the words between them."""

import dataclasses
import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

from emails import english


class Page(HTMLParser):
    """What a browser would make of a mail: elements, links and visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._hidden += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return words("".join(self.texts))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def preheader(self) -> str:
        return words(re.findall(r'class="preheader"[^>]*>(.*?)</div>', self.rawdata_kept, re.DOTALL)[0])

    def feed(self, data: str) -> None:
        self.rawdata_kept = data
        super().feed(data)


def language_of(page: Page) -> list[tuple[str | None, str | None]]:
    return [(attributes["lang"], attributes["dir"]) for attributes in page.all("html")]


def words(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())


def facts_in(value: Any) -> list[str]:
    """Every string in a facts dataclass, but for what is a key and not meant to be read."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in facts_in(item)]
    if dataclasses.is_dataclass(value):
        hidden = {"uid", "period", "state", "status", "writes_first", "called", "organiser", "kind"}
        shown = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return [text for name, item in shown.items() if name not in hidden for text in facts_in(item)]
    return [english().day(value)] if isinstance(value, date) else []
