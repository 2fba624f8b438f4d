"""Keys for programs that call the API: for owners, who make and revoke them in what they own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Moment, Reading, Writing
from app.errors import NotFound
from app.files.names import clean_name
from app.files.verdicts import Problem
from app.models import OrganiserKey, Programme, Scope, Trust
from app.queries import keys as queries
from app.queries import organisers, programmes
from app.services import keys
from app.web.forms import Form, Posted, Trouble
from app.web.organiser import found, frame
from app.web.organiser.sessions import KeyMaking, KeyMakingActing, Organiser
from app.web.pages import see_other
from emails import Phrase, phrase, together

router = APIRouter(include_in_schema=False)

PATH = "/organiser/keys"
SCOPES = {
    Scope.READ: (phrase("Read"), phrase("look at programmes, people, rounds and the fate of mails")),
    Scope.WRITE: (phrase("Write"), phrase("change people, programmes and rounds")),
    Scope.SEND: (phrase("Send"), phrase("make mail leave")),
}
LASTS = {
    "30": phrase("a month"),
    "90": phrase("three months"),
    "365": phrase("a year"),
    "": phrase("until it is revoked"),
}
DEFAULTS = {"name": "", "place": "", "lasts": "365"}


@dataclass(frozen=True, slots=True)
class Line:
    """A key in a place where this organiser may make some."""

    key: OrganiserKey
    programme: Programme | None
    made: Phrase
    ends: Phrase | None
    over: bool

    @property
    def begins(self) -> str:
        """The part of the key that may be seen."""
        return f"coffee_{self.key.public}_"


@router.api_route("/organiser/keys", methods=["GET", "HEAD"])
def show(request: Request, session: Reading, me: KeyMaking, now: Moment, done: str = "") -> Response:
    """Every key there, without its secret, and a form to make one."""
    return _page(request, session, me, now, done=done == "revoked")


@router.post("/organiser/keys")
def make(request: Request, posted: Form, session: Writing, me: KeyMakingActing, now: Moment) -> Response:
    """A key, whose secret this answer shows and nothing else ever does."""
    place = _place(session, me, posted)
    scopes = frozenset(scope for scope in Scope if scope.value in posted.all("scope"))
    name = clean_name(posted.one("name"), longest=keys.NAME_LENGTH)
    lasts = posted.one("lasts") if "lasts" in posted.values and posted.one("lasts") in LASTS else DEFAULTS["lasts"]
    troubles = _troubles(name, scopes, posted)
    if troubles or isinstance(name, Problem):
        typed = posted.shown("name", "place") | {"lasts": lasts}
        return _page(request, session, me, now, troubles=troubles, typed=typed, ticked=scopes, status=422)
    _, secret = keys.create_key(
        session,
        organisers.organisation(session, me.account.organisation_id),
        scopes,
        now=now,
        actor=me.principal.actor,
        name=name,
        programme=place,
        expires_at=now + timedelta(days=int(lasts)) if lasts else None,
    )
    return _page(request, session, me, now, secret=secret)


@router.post("/organiser/keys/{key_id}")
def revoke(key_id: str, session: Writing, me: KeyMakingActing, now: Moment) -> Response:
    """From now on it opens nothing. Raises NotFound for one of a place that is not theirs."""
    key = queries.key(session, me.account.organisation_id, found.shaped(key_id))
    if not me.rights.may(Trust.KEYS, key.programme_id):
        raise NotFound
    keys.revoke_key(session, key, now=now, actor=me.principal.actor)
    return see_other(f"{PATH}?done=revoked")


def _troubles(name: str | Problem, scopes: frozenset[Scope], posted: Posted) -> tuple[Trouble, ...]:
    found = []
    if not posted.one("name").strip():
        found.append(Trouble("name", phrase("Say which program it is for, so that you know it again.")))
    elif isinstance(name, Problem):
        found.append(Trouble("name", together(name.problem, name.remedy)))
    if not scopes:
        found.append(Trouble("scope", phrase("Tick at least one.")))
    return tuple(found)


def _place(session: Session, me: Organiser, posted: Posted) -> Programme | None:
    """What the key is good for: a programme, or everything. Raises NotFound where this organiser makes none."""
    slug = posted.one("place")
    if not slug and me.rights.may(Trust.KEYS, None):
        return None
    found = next((one for one in _places(session, me) if one.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def _places(session: Session, me: Organiser) -> list[Programme]:
    every = programmes.programmes(session, me.account.organisation_id)
    return [one for one in every if me.rights.may(Trust.KEYS, one.id)]


def _lines(session: Session, me: Organiser, now: datetime) -> list[Line]:
    found = queries.keys_of(session, me.account.organisation_id)
    theirs = [(key, programme) for key, programme in found if me.rights.may(Trust.KEYS, key.programme_id)]
    return [
        Line(
            key,
            programme,
            made=frame.at(key.created_at, now, "UTC"),
            ends=frame.at(key.expires_at, now, "UTC") if key.expires_at else None,
            over=key.expires_at is not None and key.expires_at <= now,
        )
        for key, programme in theirs
    ]


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    now: datetime,
    *,
    done: bool = False,
    troubles: tuple[Trouble, ...] = (),
    typed: dict[str, str] | None = None,
    ticked: frozenset[Scope] = frozenset({Scope.READ}),
    secret: str = "",
    status: int = 200,
) -> Response:
    return frame.page(
        request,
        me,
        "keys.html",
        status=status,
        done=done,
        troubles=troubles,
        typed=DEFAULTS | (typed or {}),
        ticked=ticked,
        secret=secret,
        lines=_lines(session, me, now),
        scopes=SCOPES,
        lasts=LASTS,
        places=_places(session, me),
        everywhere=me.rights.may(Trust.KEYS, None),
    )
