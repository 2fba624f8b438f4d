"""A living page with every component in every state: what to look at after a change of the stylesheet.

In the demo it is at `/styleguide`; no page for visitors leads to it.
"""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.doors import public
from app.web.forms import Trouble
from app.web.pages import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """A person as the page needs one."""

    name: str
    team: str


SAMPLES = (
    Sample("Priya Nair", "Estates"),
    Sample("ابراهيم بن سعيد الأنصاري", "الجراحة"),
    Sample("<script>alert(1)</script>", "Robert'); DROP TABLE teams"),
    Sample("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2, "x" * 100),
    Sample("👩🏽‍💻", ""),
)


@router.api_route("/styleguide", methods=["GET", "HEAD"])
@public
def styleguide(request: Request) -> Response:
    """All components."""
    troubles = (Trouble("name", "Enter your full name."), Trouble("email", "Enter your e-mail address."))
    return page(request, "styleguide.html", samples=SAMPLES, shown_troubles=troubles)
