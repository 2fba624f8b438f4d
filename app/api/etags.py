"""What a caller has seen: `ETag` on what can be changed, `If-Match` on whatever is done to it.

The tag of a round is about who meets whom and why, and not about its state: what was seen before the approval is
approved, and sent, with one and the same tag. That of a programme is about its settings, and not about how many people
are in it; that of a participant is about all that is shown.
"""

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from app.api.answers import Answer, ParticipantAnswer, ProgrammeAnswer
from app.api.strict import Malformed
from app.errors import ChangedSince
from app.models import Round
from app.queries import changes as queries

_LIST = re.compile(r'\s*(?:W/)?"[!#-~]*"\s*(?:,\s*(?:W/)?"[!#-~]*"\s*)*|\s*\*\s*')
_STRONG = re.compile(r'(W/)?"([!#-~]*)"')


def seen(request: Request) -> frozenset[str] | None:
    """The fingerprints that `If-Match` names; None where the caller does not say. A weak one never matches, and neither
    does an empty list (RFC 9110, 5.6.1 and 13.1.1). Raises Malformed.
    """
    given = ",".join(request.headers.getlist("if-match"))
    if not request.headers.getlist("if-match"):
        return None
    if not given.strip():
        return frozenset()
    if not _LIST.fullmatch(given):
        raise Malformed('If-Match must be the ETag of an earlier answer, with its quotes: "4f1c…"')
    if given.strip() == "*":
        return frozenset("*")
    return frozenset(name for weak, name in _STRONG.findall(given) if not weak)


def tag(session: Session, round_: Round) -> str:
    """The `ETag` of a round's groups as they are now."""
    return f'"{queries.fingerprint(session, round_)}"'


def of_programme(answer: ProgrammeAnswer) -> str:
    """The `ETag` of a programme's settings."""
    return _tag(answer, "people")


def of_participant(answer: ParticipantAnswer) -> str:
    """The `ETag` of somebody in a programme."""
    return _tag(answer)


def require(seen: frozenset[str] | None, tag: str) -> None:
    """Raises ChangedSince unless this is what the caller has seen, or they do not say what they have seen."""
    if seen is not None and "*" not in seen and tag.strip('"') not in seen:
        raise ChangedSince


def _tag(answer: Answer, *without: str) -> str:
    said = answer.model_dump_json(exclude=set(without))
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


Seen = Annotated[frozenset[str] | None, Depends(seen)]
