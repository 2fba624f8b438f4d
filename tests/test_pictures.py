"""`./coffee test --pictures`: a picture of every page and every mail, in light and dark, on a phone and wide.

They are for people to look at: nothing is compared. `pictures/index.html` shows all of them at once; five go into the
docs.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gallery import MAILS, SCENES, Sight, sights_of
from tests.gallery.hall import hall, path_of
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.pictures

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "pictures"
IN_DOCS = ROOT / "docs" / "pictures"
MOST_BYTES = 120_000


@dataclass(frozen=True)
class Look:
    """How somebody looks at it."""

    name: str
    width: int
    scheme: str

    @property
    def options(self) -> dict[str, object]:
        return {"viewport": {"width": self.width, "height": 780}, "color_scheme": self.scheme, "locale": "en-GB"}


LOOKS = (
    Look("phone-light", 360, "light"),
    Look("phone-dark", 360, "dark"),
    Look("wide-light", 1000, "light"),
    Look("wide-dark", 1000, "dark"),
)


@dataclass(frozen=True)
class Chosen:
    """A picture of the docs: which sight, in which look, and how much of its height."""

    sight: str
    look: Look
    height: int


CHOSEN = {
    "join-phone.png": Chosen("joining-form-with-many", LOOKS[0], 780),
    "introduction-light.png": Chosen("mail-introduction", Look("mail", 640, "light"), 900),
    "introduction-dark.png": Chosen("mail-introduction", Look("mail", 640, "dark"), 900),
    "my-page.png": Chosen("me-full", Look("desk", 760, "light"), 900),
    "conversation-phone.png": Chosen("conversation-introduced", LOOKS[0], 780),
}


@pytest.fixture(params=[*SCENES, MAILS])
def sights(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> list[Sight]:
    """What one scene shows."""
    return sights_of(request.param, sqlite_template, tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _contact_sheet() -> Iterator[None]:
    """Bound together in the end, also when only some were made."""
    FOLDER.mkdir(exist_ok=True)
    yield
    (FOLDER / "index.html").write_text(contact_sheet(), "utf-8")


def test_pictures(browser: "Browser", sights: list[Sight], capsys: pytest.CaptureFixture[str]) -> None:
    scene = FOLDER / _scene_of(sights)
    shutil.rmtree(scene, ignore_errors=True)
    scene.mkdir(parents=True)
    with hall(sights) as site:
        for look in LOOKS:
            with watched_page(browser, **look.options) as page:
                for sight in sights:
                    _open(page, site.url + path_of(sight))
                    page.screenshot(path=scene / f"{sight.name}.{look.name}.png", full_page=True)
        _for_the_docs(browser, sights, site.url)
    with capsys.disabled():
        print(f"  {scene.name}: {len(sights)} in {len(LOOKS)} looks")


def _scene_of(sights: list[Sight]) -> str:
    return max((name for name in (*SCENES, "mail") if sights[0].name.startswith(f"{name}-")), key=len)


def _open(page: "Page", url: str) -> None:
    page.goto(url)
    page.evaluate("document.fonts.ready")


def _for_the_docs(browser: "Browser", sights: list[Sight], url: str) -> None:
    for name, chosen in CHOSEN.items():
        sight = next((one for one in sights if one.name == chosen.sight), None)
        if sight is None:
            continue
        options = chosen.look.options | {"viewport": {"width": chosen.look.width, "height": chosen.height}}
        with watched_page(browser, **options) as page:
            _open(page, url + path_of(sight))
            page.screenshot(path=IN_DOCS / name)
        assert (IN_DOCS / name).stat().st_size < MOST_BYTES, name


# --- the contact sheet -----------------------------------------------------------------------------------------------

STYLE = """
body { margin: 2rem; font: 16px/1.5 system-ui, sans-serif; background: #f3ede5; color: #231f1b; }
nav { columns: 16rem; } a { color: #0b5c63; }
section { margin-block: 2.5rem; } h2 { margin-block: 0 .5rem; font-size: 1.125rem; }
div { display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; }
img { display: block; border: 1px solid #8c8278; max-height: 40rem; object-fit: cover; object-position: top; }
"""


def contact_sheet() -> str:
    """All pictures of the folder as one page, the four of a sight beside each other."""
    files = sorted(FOLDER.glob("*/*.png"))
    sections, names = [], []
    for name, group in groupby(files, key=lambda path: path.name.partition(".")[0]):
        names.append(f'<li><a href="#{escape(name)}">{escape(name)}</a></li>')
        shots = "".join(_shot(path) for path in group)
        sections.append(f'<section id="{escape(name)}"><h2>{escape(name)}</h2><div>{shots}</div></section>')
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures</title><style>{STYLE}</style>'
        f"<h1>{len(sections)} pages and mails, {len(files)} pictures</h1><nav><ul>{''.join(names)}</ul></nav>"
        + "\n".join(sections)
    )


def _shot(path: Path) -> str:
    place = escape(path.relative_to(FOLDER).as_posix())
    look = escape(path.name.split(".")[1].replace("-", ", "))
    width = 240 if ".phone" in path.name else 480
    return f'<a href="{place}"><img src="{place}" width="{width}" loading="lazy" alt="{look}"></a>'
