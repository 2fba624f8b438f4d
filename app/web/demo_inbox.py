"""The demo's inbox: every mail that would have left, as it is."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.doors import InContext, public
from app.errors import NotFound
from app.settings import Settings
from app.web import caught, mail_parts
from app.web.pages import page
from emails import phrase

router = APIRouter(include_in_schema=False)

PAGE = 50


@router.api_route("/demo/inbox", methods=["GET", "HEAD"])
@public
def inbox(
    request: Request, context: InContext, to: str = "", number: Annotated[int, Query(alias="page")] = 1
) -> Response:
    """Newest first, fifty on a page, of everybody or of one address."""
    folder = caught.folder_of(context.settings)
    files = caught.caught(folder, to) if folder else []
    pages = max(1, -(-len(files) // PAGE))
    number = min(max(number, 1), pages)
    return page(
        request,
        "demo_inbox.html",
        to=to,
        mails=[caught.line_of(path) for path in files[(number - 1) * PAGE : number * PAGE]],
        total=len(files),
        number=number,
        pages=pages,
        catches=folder is not None,
    )


@router.api_route("/demo/inbox/{key}", methods=["GET", "HEAD"])
@public
def mail(request: Request, key: str, context: InContext) -> Response:
    """One mail: its headers, its words, its look, its attachments."""
    return page(request, "demo_mail.html", key=key, mail=caught.opened(_file(context.settings, key)))


@router.api_route("/demo/inbox/{key}/html", methods=["GET", "HEAD"])
@public
def mail_html(key: str, context: InContext) -> Response:
    """The HTML part for the frame, under a policy of its own; its links open in the whole window."""
    return mail_parts.framed(caught.opened(_file(context.settings, key)).html)


@router.api_route("/demo/inbox/{key}/raw", methods=["GET", "HEAD"])
@public
def mail_source(key: str, context: InContext) -> Response:
    """The bytes, as text."""
    raw = caught.opened(_file(context.settings, key)).raw
    return Response(raw, media_type="text/plain; charset=utf-8")


@router.api_route("/demo/inbox/{key}/attachments/{number}", methods=["GET", "HEAD"])
@public
def attachment(key: str, number: int, context: InContext) -> Response:
    """A file that came with it, to be saved."""
    return mail_parts.attached(caught.opened(_file(context.settings, key)).attachments, number)


def _file(settings: Settings, key: str) -> Path:
    folder = caught.folder_of(settings)
    if folder is None:
        raise NotFound(phrase("There is no such mail."))
    return caught.find(folder, key)
