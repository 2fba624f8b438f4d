"""What a caller has seen: `ETag` on the groups of a round, `If-Match` on whatever is done to them.

The tag is about who meets whom and why, and not about the state: what was seen before the approval is approved, and
sent, with one and the same tag.
"""

import re
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from app.api.strict import Malformed
from app.models import Round
from app.queries import changes as queries

_LIST = re.compile(r'\s*(?:W/)?"[!#-~]*"\s*(?:,\s*(?:W/)?"[!#-~]*"\s*)*|\s*\*\s*')
_STRONG = re.compile(r'(W/)?"([!#-~]*)"')


def seen(request: Request) -> frozenset[str] | None:
    """The fingerprints that `If-Match` names; None where the caller does not say. A weak one never matches (RFC 9110,
    13.1.1). Raises Malformed.
    """
    given = ",".join(request.headers.getlist("if-match"))
    if not request.headers.getlist("if-match"):
        return None
    if not _LIST.fullmatch(given):
        raise Malformed('If-Match must be the ETag of an earlier answer, with its quotes: "4f1c…"')
    if given.strip() == "*":
        return frozenset("*")
    return frozenset(name for weak, name in _STRONG.findall(given) if not weak)


def tag(session: Session, round_: Round) -> str:
    """The `ETag` of a round's groups as they are now."""
    return f'"{queries.fingerprint(session, round_)}"'


Seen = Annotated[frozenset[str] | None, Depends(seen)]
