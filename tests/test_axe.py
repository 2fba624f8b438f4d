"""Every page and every mail is for everybody: axe finds nothing in light or dark, narrow or wide; nothing is cut off,
also with letters of twice the size; buttons are as high as a thumb needs, and every field has a name.

What there is to see is in `tests/gallery`, which the pictures share.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.web import pages
from tests.gallery import Sight, checks, everything
from tests.gallery.hall import hall, path_of
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NARROW, WIDE = 320, 1000
PATIENCE = 60_000


@dataclass(frozen=True)
class Hall:
    """All sights, and where they are served."""

    sights: list[Sight]
    url: str

    def fullest(self) -> list[Sight]:
        """Every mail, and of each template the sight that has most on it."""
        pages = [sight for sight in self.sights if not sight.mail]
        of_template = {sight.templates: sight for sight in sorted(pages, key=lambda sight: len(sight.html))}
        return [*of_template.values(), *(sight for sight in self.sights if sight.mail)]

    def visit(self, page: "Page", sights: list[Sight]) -> dict[str, list[str]]:
        """What is found on each, where anything is."""
        found = {}
        for sight in sights:
            page.goto(self.url + path_of(sight))
            found[sight.name] = check(page, sight)
        return {name: wrong for name, wrong in found.items() if wrong}


@pytest.fixture(scope="module")
def gallery(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    sights = everything(sqlite_template, tmp_path_factory.mktemp("gallery"))
    with hall(sights) as site:
        yield Hall(sights, site.url)


def check(page: "Page", sight: Sight) -> list[str]:
    """All that must not be, in one visit."""
    wrong = checks.axe(page, mail=sight.mail) + checks.misplaced(page)
    if not sight.mail:
        wrong += [f"low: {words}" for words in checks.small_buttons(page)]
        wrong += [f"no label: {field}" for field in checks.nameless_fields(page)]
        checks.enlarge(page)
        wrong += [f"at 200 %: {words}" for words in checks.misplaced(page)]
    return wrong


@pytest.mark.parametrize(("width", "scheme", "turn"), [(WIDE, "light", 0), (NARROW, "dark", 1)])
def test_every_page_and_mail_can_be_used_by_everybody(
    browser: "Browser", gallery: Hall, width: int, scheme: str, turn: int
) -> None:
    """Each in one of the two looks, by turns; `--long` takes every state in all four."""
    with watched_page(browser, viewport={"width": width, "height": 720}, color_scheme=scheme) as page:
        page.set_default_timeout(PATIENCE)
        assert gallery.visit(page, gallery.fullest()[turn::2]) == {}


@pytest.mark.long
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_so_can_each_of_their_states(browser: "Browser", gallery: Hall, width: int, scheme: str) -> None:
    with watched_page(browser, viewport={"width": width, "height": 720}, color_scheme=scheme) as page:
        page.set_default_timeout(PATIENCE)
        assert gallery.visit(page, gallery.sights) == {}


def test_the_gallery_leaves_out_no_page(gallery: Hall) -> None:
    shown = {name for sight in gallery.sights for name in sight.templates}
    there = {name for name in pages.templates("en").list_templates() if not Path(name).name.startswith("_")}
    assert there - shown == set(), "a page that no scene of tests/gallery shows: add a look at it to one"


def test_no_page_says_the_same_thing_in_two_places(gallery: Hall) -> None:
    """An id that stands twice is mostly a piece that was put in twice."""
    twice = {
        sight.name: sorted({found for found in ids if ids.count(found) > 1})
        for sight in gallery.sights
        for ids in [re.findall(rb'\sid="([^"]+)"', sight.html)]
        if len(ids) != len(set(ids))
    }
    assert twice == {}


FAULTS = {
    "label: #faulty": '<input id="faulty">',
    "color-contrast: #faulty": '<p id="faulty" style="color: #888; background: #999">Hard to read</p>',
    "region: #faulty": "</main><p id='faulty'>Outside of everything</p>",
    "heading-order: #faulty": "<h4 id='faulty'>Too deep</h4>",
    "low: Faulty": "<button style='height: 30px; min-height: 0'>Faulty</button>",
    'no label: <input id="faulty">': '<input id="faulty">',
    "beyond the edge: Faulty": "<p style='position: absolute; left: 990px; white-space: nowrap'>Faulty</p>",
    "upon each other: Faulty / Other": "<p>Faulty</p><p style='margin-top: -1.6em'>Other</p>",
    "at 200 %: scrolls sideways: 1280": "<div style='width: 40rem'>Wide</div>",
}


def test_faults_are_found(browser: "Browser") -> None:
    with watched_page(browser, viewport={"width": WIDE, "height": 720}) as page:
        for finding, fault in FAULTS.items():
            body = f'<body style="margin: 0"><main><h1>A page</h1>{fault}</main></body>'
            page.set_content(f'<!doctype html><html lang="en"><title>A page</title>{body}</html>')
            assert finding in check(page, Sight("faulty", b""))
