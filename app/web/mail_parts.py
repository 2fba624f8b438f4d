"""How a mail is shown on a page: its HTML in a frame under a policy of its own, and its files to be saved."""

import re
from collections.abc import Sequence

from fastapi.responses import Response

from app.errors import NotFound
from app.web.caught import Attachment
from emails import phrase

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)
"""For the HTML of mails only, which carries its styles with it: no script, no form, nothing fetched; links open."""

HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
SAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def framed(html: str | None) -> Response:
    """The HTML part for the frame; its links open in the whole window. Raises NotFound where there is none."""
    if html is None:
        raise NotFound(phrase("This mail has no HTML part."))
    shown = HEAD.sub(lambda found: found[0] + '<base target="_top">', html, count=1)
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Robots-Tag": "noindex"}
    return Response(shown.encode("utf-8", "replace"), media_type="text/html; charset=utf-8", headers=headers)


def attached(attachments: Sequence[Attachment], number: int) -> Response:
    """A file that came with a mail, to be saved. Raises NotFound."""
    if not 0 <= number < len(attachments):
        raise NotFound(phrase("This mail has no such attachment."))
    return saved(attachments[number])


def saved(file: Attachment) -> Response:
    """A file that no browser opens by itself."""
    name = SAFE_NAME.sub("-", file.name).strip("-.") or "attachment"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)
