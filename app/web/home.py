"""The front door, and what crawlers are told."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from app.doors import public
from app.web.pages import page

router = APIRouter(include_in_schema=False)

ROBOTS = "User-agent: *\nDisallow: /m/\nDisallow: /me\nDisallow: /organiser\nDisallow: /demo\nDisallow: /api/\n"


@router.api_route("/", methods=["GET", "HEAD"])
@public
def home(request: Request) -> Response:
    """What this is."""
    return page(request, "home.html")


@router.api_route("/robots.txt", methods=["GET", "HEAD"])
@public
def robots() -> Response:
    """Nothing behind a mailed link is for crawlers."""
    return PlainTextResponse(ROBOTS)
