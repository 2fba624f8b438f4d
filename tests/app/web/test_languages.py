"""Every page speaks the language of its reader, from end to end: the two made languages show what does not."""

from collections.abc import Iterator

import pytest

from tests.app.web.escapees import escapees, in_greek, look, offering, speaking
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """Somebody who looks at a programme where the made languages are offered."""
    offering(world)
    in_greek(world)
    with visiting(world) as found:
        yield found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>[Ĥéļļö] <bdi>Άννα</bdi> &nbsp; 10:00</p>", []),
        ("<title>Άννα – Coffee Trial</title><a href='/me' id='x'>ann@example.org https://example.org/a</a>", []),
        ("<code>abc</code><style>p { margin: 0 }</style><input type='hidden' value='yes'>", []),
        ("<p>[Ĥéļļö] there</p>", ["[Ĥéļļö] there"]),
        ("<title>Join</title>", ["Join"]),
        ("<button aria-label='Close'></button>", ["Close"]),
        ("<input placeholder='Name'><p title='More'></p><input type='submit' value='Go'>", ["Name", "More", "Go"]),
    ],
)
def test_what_has_escaped_is_found_wherever_it_is_read(html: str, found: list[str]) -> None:
    assert escapees(html) == found


def test_an_unknown_language_gets_english(visitor: Visitor) -> None:
    for wish in ("tlh", "de-AT, de;q=0.9", "*", "en-XB", ""):
        with speaking(visitor, wish):
            page = visitor.get("/p/demo")
        assert ('<html lang="en" dir="ltr">' in page.text, page.headers["vary"]) == (True, "Accept-Language")


def test_the_page_to_join(visitor: Visitor) -> None:
    look(visitor, "/p/demo")
