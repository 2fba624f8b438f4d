"""Organisers' own words in the introductions of one round: changed before its approval, and seen at once."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col

from app.doors import Moment, Reading, Writing, context
from app.errors import BadInput, ChangedSince, CoffeeError, Conflict
from app.models import MailKind, OutgoingMail, Participant, Programme, Round, RoundState
from app.queries import changes as change_queries
from app.queries import outbox
from app.queries.outbox import Line
from app.services import own_words as services
from app.services import readings
from app.services.own_words import OWN_WORDS
from app.web.forms import Form, Posted, Trouble
from app.web.organiser import facts, found, frame
from app.web.organiser.round_acts import why_not
from app.web.organiser.sessions import Acting, Looking, Organiser
from app.web.pages import see_other
from app.workflows.adjusting import require_seen
from emails import PLACEHOLDERS

router = APIRouter(include_in_schema=False)

READERS = 100
"""So many are offered; all others are found in the outbox."""


@router.api_route("/organiser/rounds/{round_id}/words", methods=["GET", "HEAD"])
def show(request: Request, round_id: str, session: Reading, me: Looking, mail: str = "", done: str = "") -> Response:
    """The words, and a mail with them as one of its readers gets it."""
    programme, round_ = found.round_(session, me.principal, round_id)
    if round_.state == RoundState.DRAFT:
        return see_other(f"/organiser/rounds/{round_.id}")
    typed = services.of(round_)._asdict()
    return _page(request, session, me, programme, round_, typed, mail=mail, done=done == "saved")


@router.post("/organiser/rounds/{round_id}/words")
def save(request: Request, round_id: str, posted: Form, session: Writing, me: Acting, now: Moment) -> Response:
    """Change them for this round alone, or take those of the programme."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    if round_.state == RoundState.DRAFT:
        return see_other(f"/organiser/rounds/{round_.id}")
    given = {name: None if posted.one("action") == "programme" else posted.one(name) for name in OWN_WORDS}
    try:
        require_seen(session, round_, frozenset({posted.one("seen")}))
        services.change(session, programme, round_, given, now=now, actor=me.principal.actor)
    except BadInput as wrong:
        return _again(request, session, me, programme, round_, posted, wrong, facts.troubles_of(wrong))
    except (ChangedSince, Conflict) as refused:
        return _again(request, session, me, programme, round_, posted, refused)
    return see_other(f"/organiser/rounds/{round_.id}/words?done=saved")


def _again(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    round_: Round,
    posted: Posted,
    refused: CoffeeError,
    troubles: tuple[Trouble, ...] = (),
) -> Response:
    """The form with what was typed, and what is wrong with it or stands in the way."""
    why = "" if troubles else why_not(refused)
    typed = posted.shown(*OWN_WORDS)
    return _page(request, session, me, programme, round_, typed, status=refused.status, troubles=troubles, refused=why)


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    round_: Round,
    typed: dict[str, str],
    *,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    mail: str = "",
    done: bool = False,
    refused: str = "",
) -> Response:
    readers = _readers(session, round_)
    chosen = _readers(session, round_, mail) if mail else []
    shown = next(iter([*chosen, *readers]), None)
    return frame.page(
        request,
        me,
        "round_words.html",
        status=status,
        programme=programme,
        round=round_,
        typed=typed,
        placeholders=PLACEHOLDERS,
        same=services.of(round_) == services.of(programme),
        changeable=me.may_write and round_.state == RoundState.MATCHED and round_.redraw is None,
        seen=change_queries.fingerprint(session, round_),
        readers=readers,
        shown=shown,
        subject=_subject(request, session, shown.mail) if shown else "",
        done=done,
        refused=refused,
        troubles=troubles,
    )


def _subject(request: Request, session: Session, mail: OutgoingMail) -> str:
    """What its reader sees of it first; the frame shows the rest."""
    world = context(request)
    person = session.get(Participant, mail.participant_id) if mail.participant_id else None
    return readings.read(mail, person.locale if person else "", world.settings, world.clock()).subject


def _readers(session: Session, round_: Round, mail: str = "") -> list[Line]:
    """Introductions of the round that can still be read, by address; or the one with that id."""
    also = [col(OutgoingMail.kind) == MailKind.INTRODUCTION]
    also += [col(OutgoingMail.id) == found.shaped(mail)] if mail else []
    lines, _ = outbox.lines(session, outbox.of_round(round_), also=also, limit=READERS)
    return [one for one in lines if readings.readable(one.mail)]
