"""Sights served again, each at a path of its own, with our own stylesheets and letters, under the policy they had.

They are answered with 200 whatever they were, so that the page that watches for trouble does not take them for it; and
those that look again by themselves do so much later, so that nothing moves while it is looked at.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fastapi import FastAPI
from fastapi.responses import Response

from app.web import static
from tests.gallery.stage import Sight
from tests.rig.server import Site, served

AGAIN = re.compile(rb'(http-equiv="refresh" content=")\d+')
HTML = "text/html; charset=utf-8"


def path_of(sight: Sight) -> str:
    """Where it hangs."""
    return f"/sights/{sight.name}"


@contextmanager
def hall(sights: Sequence[Sight]) -> Iterator[Site]:
    """All of them, served."""
    answers = {path_of(sight): (AGAIN.sub(rb"\g<1>36000", sight.html), sight.policy) for sight in sights}
    answers |= {path: (html, policy) for sight in sights for path, html, policy in sight.frames}
    app = FastAPI()
    app.include_router(static.router)

    @app.get("/{path:path}")
    def show(path: str) -> Response:
        if path.endswith("/live"):
            return Response(status_code=204)  # no news: whatever is looked at stands still
        html, policy = answers.get(f"/{path}", (b"", "default-src 'self'"))
        return Response(html, media_type=HTML, headers={"Content-Security-Policy": policy})

    with served(app) as site:
        yield site
