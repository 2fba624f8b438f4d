"""Lists page by page: `limit`, `cursor`, and a `Link` to the next one (RFC 8288), in an order that stays.

A cursor names the last thing of the page before, so that what is added or gone meanwhile moves nothing to or fro.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from app.errors import BadInput, Fault

MOST = 200
USUAL = 100

Row = TypeVar("Row")
Cursor = Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,60}$", description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]


def page_of(
    rows: Sequence[Row], cursor: str, limit: int | None, name: Callable[[Row], str]
) -> tuple[Sequence[Row], str | None]:
    """At most `limit` of these after the one that the cursor names, and the cursor of the page after them.

    For lists that are short anyway. Raises BadInput when the cursor names nothing of the list.
    """
    begin = 0
    if cursor:
        place = next((place for place, row in enumerate(rows) if name(row) == cursor), None)
        if place is None:
            raise BadInput(Fault("cursor", "names nothing that is here now.", "Begin again without it."))
        begin = place + 1
    end = len(rows) if limit is None else begin + limit
    return rows[begin:end], name(rows[end - 1]) if end < len(rows) else None


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Say where the next page is, if there is one: the same call with another cursor."""
    if cursor is not None:
        query = urlencode({**request.query_params, "cursor": cursor})
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
