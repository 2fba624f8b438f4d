"""One strict Jinja environment a language, and from a folder of templates the texts of a mail: subject, plain, HTML.

Three habits make a forgotten filter harmless. An unknown name in a template is an error. HTML is escaped by the name of
the file, plain text is not. And everything printed becomes one clean line with look-alike links broken (A13), unless
the template says `|link`: only our own links are links.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import css_inline
import jinja2

from emails import words
from emails.languages import Language, language
from emails.speech import OurLink, teach
from emails.values import ascii_address

TEMPLATES = Path(__file__).parent / "templates"
SUBJECT_LIMIT = 49


@dataclass(frozen=True)
class Rendered:
    """The words of a mail."""

    subject: str
    text: str
    html: str


def render(kind: str, context: Mapping[str, Any], speaks: Language) -> Rendered:
    """The templates of `kind` filled from `context`, in the language. Raises `jinja2.UndefinedError` when a fact is
    missing.
    """
    environment = _environment(speaks.tag)

    def fill(file: str) -> str:
        return environment.get_template(f"{kind}/{file}").render(context)

    return Rendered(
        subject=words.shorten(" ".join(fill("subject.txt").split()), SUBJECT_LIMIT),
        text=_tidy(fill("body.txt")),
        html=_inliner().inline(fill("body.html")),
    )


def kinds() -> list[str]:
    """The names of all kinds that have templates."""
    return sorted(path.parent.name for path in TEMPLATES.glob("*/subject.txt"))


@cache
def _environment(tag: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        # Everything that is not plainly a .txt is escaped, so that a new suffix errs on the safe side.
        autoescape=jinja2.select_autoescape(disabled_extensions=("txt",), default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"shorten": words.shorten, "link": OurLink, "mailto": mailto}
    teach(environment, language(tag), _harmless)
    return environment


def _harmless(value: Any) -> Any:
    # What has __html__ was made by our own macros; its parts have been through here already.
    if isinstance(value, str) and not isinstance(value, OurLink) and not hasattr(value, "__html__"):
        return words.say(value)
    return value


def mailto(addresses: list[str], subject: str) -> OurLink:
    """A mailto: link (RFC 6068) to all addresses, every special sign encoded, domains as A-labels (E6)."""
    to = ",".join(quote(ascii_address(one), safe="@") for one in addresses)
    return OurLink(f"mailto:{to}?subject={quote(words.say(subject), safe='')}")


def _tidy(text: str) -> str:
    """No blanks at the ends of lines, no two empty lines together, one line end at the end."""
    lines = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


@cache
def _inliner() -> css_inline.CSSInliner:
    # The rules for dark mode sit in a style element marked data-css-inline="keep"; all others move into the elements.
    return css_inline.CSSInliner(load_remote_stylesheets=False)
