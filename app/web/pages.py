"""Pages: one strict Jinja environment for each language, and one way to turn a template into an answer."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import emails
from app import languages
from app.doors import context
from app.web.icons import icon
from app.web.static import static_url

HEADERS = {
    # With no-referrer, browsers send `Origin: null` with our own forms; those without Fetch Metadata would then be
    # refused by the guard. This value tells other sites just as little: nothing.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept-Language",
}


def initials(name: str) -> str:
    """One or two letters that stand for a person, or nothing when the name has no letter."""
    found = [next((letter for letter in word if letter.isalnum()), "") for word in name.split()]
    found = [letter for letter in found if letter]
    return "".join(found[:1] + found[1:][-1:]).upper()


def isolated(text: str) -> str:
    """For places that take no `<bdi>`, such as titles: the text between isolates, on one line, without controls."""
    kept = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    return f"\u2068{kept}\u2069"


def capital(text: str) -> str:
    """With a capital at the beginning, and everything else as it was."""
    return text[:1].upper() + text[1:]


@cache
def templates(tag: str) -> Environment:
    """The templates in one language."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    speaks = languages.speaks(tag)
    environment.filters |= {"initials": initials, "isolated": isolated}
    environment.filters["capital"] = lambda text: capital(speaks.say(text))
    environment.globals |= {
        "icon": icon,
        "style_url": static_url("coffee.css"),
        "organiser_style_url": static_url("organiser.css"),
        "poster_style_url": static_url("poster.css"),
        "reference_style_url": static_url("reference.css"),
        "live_script_url": static_url("live.js"),
        "font_url": static_url("atkinson-next-latin.woff2"),
    }
    emails.teach(environment, speaks, lambda value: value)
    return environment


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    headers: dict[str, str] | None = None,
    **facts: Any,
) -> HTMLResponse:
    """A template as an answer, in the language of its reader. `troubles` are what is wrong with a form; half characters
    never break the answer.
    """
    frame = {"demo": context(request).settings.demo, "troubles": (), "programme": None, "path": request.url.path}
    html = templates(_tag(request, facts)).get_template(template).render(frame | facts)
    return HTMLResponse(html.encode("utf-8", "replace"), status, headers=HEADERS | (headers or {}))


def _tag(request: Request, facts: dict[str, Any]) -> str:
    """The language that the reader has chosen, where we know who reads, and else what the browser asks for."""
    chosen = getattr(request.state, "locale", None) or getattr(facts.get("person"), "locale", None)
    return chosen if chosen in offered(request) else asked_for(request)


def speaking(request: Request) -> emails.Language:
    """The language in which this reader is answered: for what a form lets them type."""
    return languages.speaks(_tag(request, {}))


def offered(request: Request) -> list[str]:
    """The languages that this installation offers."""
    return context(request).settings.languages.split(",")


def asked_for(request: Request) -> str:
    """The language offered that this browser likes best."""
    return languages.best(",".join(request.headers.getlist("accept-language")), offered(request))


def read_in(request: Request) -> str:
    """The language that a stranger's browser asked for by name; empty where there is no choice, or it named none."""
    if len(offered(request)) == 1:
        return ""
    return languages.best(",".join(request.headers.getlist("accept-language")), ["", *offered(request)])


def see_other(path: str) -> Response:
    """After a form has acted: go and look."""
    return RedirectResponse(path, 303, headers=HEADERS)
