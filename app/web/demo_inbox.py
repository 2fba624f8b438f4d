"""The demo's inbox: every mail that would have left, as it is."""

import re
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.doors import InContext
from app.errors import NotFound
from app.settings import Settings
from app.web import caught
from app.web.pages import page
from emails import phrase

router = APIRouter(include_in_schema=False)

PAGE = 50
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)
"""For the HTML of mails only, which carries its styles with it: no script, no form, nothing fetched; links open."""

HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
SAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@router.api_route("/demo/inbox", methods=["GET", "HEAD"])
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
def mail(request: Request, key: str, context: InContext) -> Response:
    """One mail: its headers, its words, its look, its attachments."""
    return page(request, "demo_mail.html", key=key, mail=caught.opened(_file(context.settings, key)))


@router.api_route("/demo/inbox/{key}/html", methods=["GET", "HEAD"])
def mail_html(key: str, context: InContext) -> Response:
    """The HTML part for the frame, under a policy of its own; its links open in the whole window."""
    html = caught.opened(_file(context.settings, key)).html
    if html is None:
        raise NotFound(phrase("This mail has no HTML part."))
    framed = HEAD.sub(lambda found: found[0] + '<base target="_top">', html, count=1)
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Robots-Tag": "noindex"}
    return Response(framed.encode("utf-8", "replace"), media_type="text/html; charset=utf-8", headers=headers)


@router.api_route("/demo/inbox/{key}/raw", methods=["GET", "HEAD"])
def mail_source(key: str, context: InContext) -> Response:
    """The bytes, as text."""
    raw = caught.opened(_file(context.settings, key)).raw
    return Response(raw, media_type="text/plain; charset=utf-8")


@router.api_route("/demo/inbox/{key}/attachments/{number}", methods=["GET", "HEAD"])
def attachment(key: str, number: int, context: InContext) -> Response:
    """A file that came with it, to be saved."""
    attachments = caught.opened(_file(context.settings, key)).attachments
    if not 0 <= number < len(attachments):
        raise NotFound(phrase("This mail has no such attachment."))
    file = attachments[number]
    name = SAFE_NAME.sub("-", file.name).strip("-.") or "attachment"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


def _file(settings: Settings, key: str) -> Path:
    folder = caught.folder_of(settings)
    if folder is None:
        raise NotFound(phrase("There is no such mail."))
    return caught.find(folder, key)
