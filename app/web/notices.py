"""Two calm pages of a programme: how we treat each other, and what is kept about whom.

The times on the privacy page are those by which things are removed; nobody writes them down a second time.
"""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.doors import InContext, Reading, public
from app.models import Purpose
from app.queries import programmes as queries
from app.services import concerns, retention
from app.services.links import LIFETIME
from app.services.signups import INVITED, UNCONFIRMED
from app.web.join import programme_of
from app.web.pages import page

router = APIRouter(include_in_schema=False)


@router.api_route("/p/{slug}/conduct", methods=["GET", "HEAD"])
@public
def conduct(request: Request, slug: str, session: Reading) -> Response:
    """The code of conduct: the organiser's own words or link, or ours."""
    programme = programme_of(session, slug)
    own = programme.conduct.strip()
    link = own if own.startswith("https://") and len(own.split()) == 1 else ""
    return page(
        request,
        "conduct.html",
        programme=programme,
        link=link,
        paragraphs=[] if link else paragraphs(own),
        reader=concerns.reader_of(programme, []),
    )


@router.api_route("/p/{slug}/privacy", methods=["GET", "HEAD"])
@public
def privacy(request: Request, slug: str, session: Reading, context: InContext) -> Response:
    """What is kept, how long, who sees it, and what one may ask for."""
    programme = programme_of(session, slug)
    return page(
        request,
        "privacy.html",
        programme=programme,
        organisation=queries.organisation_of(session, programme),
        reader=concerns.reader_of(programme, []),
        times=retention.kept(context.settings),
        unconfirmed=UNCONFIRMED,
        invited=INVITED,
        signed_in=LIFETIME[Purpose.SESSION],
    )


def paragraphs(text: str) -> list[list[str]]:
    """Paragraphs of lines: an empty line ends one."""
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            found[-1].append(line.strip())
        elif found[-1]:
            found.append([])
    return [lines for lines in found if lines]
