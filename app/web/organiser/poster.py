"""A poster to print: what the programme is, the way in as a picture for a phone and in words, and who is behind it."""

from typing import Literal

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from app.doors import InContext, Reading
from app.models import ProgrammeState
from app.queries import programmes
from app.web.organiser import found, frame
from app.web.organiser.participants import join_link
from app.web.organiser.sessions import Looking
from emails import phrase

router = APIRouter(include_in_schema=False)

Paper = Literal["a4", "a5", "letter"]
PAPERS: dict[Paper, str] = {"a4": "A4", "a5": "A5", "letter": phrase("Letter")}


@router.api_route("/organiser/programmes/{slug}/poster", methods=["GET", "HEAD"])
def show(
    request: Request, slug: str, session: Reading, me: Looking, context: InContext, paper: Paper = "a4"
) -> Response:
    """The poster on paper of that size; what is around it on the screen is not printed."""
    programme = found.programme(session, me.principal, slug)
    link = join_link(context, programme)
    return frame.page(
        request,
        me,
        "poster.html",
        programme=programme,
        organisation=programmes.organisation_of(session, programme),
        here=f"/organiser/programmes/{programme.slug}/poster",
        paper=paper,
        papers=PAPERS,
        link=link,
        spoken=link.partition("://")[2],
        qr=qr_of(link),
        open=programme.state == ProgrammeState.OPEN and programme.joining,
    )


def qr_of(link: str) -> Markup:
    """The link for the camera of a phone, black on white whatever the page is."""
    made = segno.make(link, error="m", micro=False)
    drawn = made.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr-code")
    return Markup(drawn)  # noqa: S704 - of our own making
