"""One strict Jinja environment, and from a folder of templates the three texts of a mail: subject, plain, HTML.

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
from emails.values import ascii_address

TEMPLATES = Path(__file__).parent / "templates"
SUBJECT_LIMIT = 49
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


class OurLink(str):
    """A URL or an address that may be shown as it is."""


@dataclass(frozen=True)
class Rendered:
    """The words of a mail."""

    subject: str
    text: str
    html: str


def render(kind: str, context: Mapping[str, Any]) -> Rendered:
    """The templates of `kind` filled from `context`. Raises `jinja2.UndefinedError` when a fact is missing."""
    return Rendered(
        subject=words.shorten(" ".join(_fill(f"{kind}/subject.txt", context).split()), SUBJECT_LIMIT),
        text=_tidy(_fill(f"{kind}/body.txt", context)),
        html=_inliner().inline(_fill(f"{kind}/body.html", context)),
    )


def direction(locale: str) -> str:
    """`rtl` or `ltr`, the value of HTML's dir, by the language of the locale."""
    return "rtl" if re.split("[-_]", locale)[0].lower() in RIGHT_TO_LEFT else "ltr"


def kinds() -> list[str]:
    """The names of all kinds that have templates."""
    return sorted(path.parent.name for path in TEMPLATES.glob("*/subject.txt"))


def _fill(template: str, context: Mapping[str, Any]) -> str:
    return _environment().get_template(template).render(context)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        # Everything that is not plainly a .txt is escaped, so that a new suffix errs on the safe side.
        autoescape=jinja2.select_autoescape(disabled_extensions=("txt",), default=True),
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "day": words.day,
        "period": words.period_words,
        "shorten": words.shorten,
        "listing": words.listing,
        "moment": words.moment,
        "plural": words.plural,
        "number": "{:,}".format,
        "link": OurLink,
        "mailto": mailto,
    }
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
