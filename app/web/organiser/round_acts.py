"""An organiser's word on a round: change its groups, draw it again, approve, send, take back."""

import re
from datetime import datetime, time

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.doors import InContext, Moment, Reading, Writing
from app.errors import BadInput, ChangedSince, CoffeeError, Conflict
from app.models import Programme, Round, RoundState
from app.queries import changes as change_queries
from app.queries import outbox
from app.services import adjusted, redraws
from app.services import rounds as services
from app.services.adjusted import By
from app.services.hours import ALWAYS
from app.services.moves import Change, Do
from app.web.forms import Form, Posted, Trouble
from app.web.organiser import found, frame, round_page, rounds
from app.web.organiser.looks import Asked
from app.web.organiser.sessions import Acting, Looking, Organiser, Sending
from app.web.pages import see_other
from app.workflows.adjusting import require_seen
from emails import phrase, together

router = APIRouter(include_in_schema=False)

ASK_THE_NUMBER = 500
"""Above so many mails, whoever sends them types how many."""

BACK = re.compile(r"(\?[A-Za-z0-9=&%+._-]{1,300})?")
GROUP = re.compile(r"[1-9][0-9]{0,6}|grp_[a-z0-9]{1,40}")
ONE_GROUP = {"lock": Do.LOCK, "unlock": Do.UNLOCK, "split": Do.SPLIT}


@router.post("/organiser/rounds/{round_id}/changes")
def change(
    request: Request, round_id: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment
) -> Response:
    """Lock, unlock or take apart a group, make one of people without one, or undo the last change."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    by = By(me.principal.actor, now, context.settings.secret)
    try:
        done = adjusted.adjust(session, programme, round_, [_asked(posted)], {}, by)
    except (BadInput, Conflict) as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(where(round_, posted, done.number))


def _asked(posted: Posted) -> Change:
    """The change that a button of the round's page stands for. Raises BadInput."""
    do, group = posted.one("do"), posted.one("group")
    if do == "undo":
        return Change(Do.UNDO)
    if do == "group":
        return Change(Do.GROUP, tuple(posted.all("people"))[:100])
    if do in ONE_GROUP and GROUP.fullmatch(group):
        return Change(ONE_GROUP[do], group=group)
    raise BadInput(rounds.not_a_button())


def where(round_: Round, posted: Posted, number: int | None) -> str:
    """Back to where the button was, with the change that was made."""
    query = posted.one("back") if BACK.fullmatch(posted.one("back")) else ""
    query = re.sub(r"[?&]done=[a-z0-9]*", "", query)
    done = f"done={number or 'undone'}"
    return f"/organiser/rounds/{round_.id}{query}{'&' if query else '?'}{done}"


def refusal(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    round_: Round,
    now: datetime,
    refused: CoffeeError,
) -> Response:
    """The page of the round, which says why a word on it could not be."""
    words = why_not(refused)
    return round_page.page(request, session, me, programme, round_, Asked(), now, refused.status, refused=words)


def why_not(refused: CoffeeError) -> str:
    """Why a change cannot be, in the words of those who know."""
    faults = getattr(refused, "faults", ())
    if not faults:
        return refused.detail
    return together(*(part for fault in faults[:3] for part in (fault.problem, fault.remedy)))


# --- drawn again -----------------------------------------------------------------------------------------------------


@router.api_route("/organiser/rounds/{round_id}/draw-again", methods=["GET", "HEAD"])
def ask_again(request: Request, round_id: str, session: Reading, me: Looking) -> Response:
    """What would stay, and by which lot."""
    programme, round_ = found.round_(session, me.principal, round_id)
    return _again(request, session, me, programme, round_)


@router.post("/organiser/rounds/{round_id}/draw-again")
def again(request: Request, round_id: str, posted: Form, session: Writing, me: Acting, now: Moment) -> Response:
    """Have it drawn again by a worker; the page of the round shows how far it is."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    seed = rounds.seed_of(posted)
    if isinstance(seed, Trouble):
        return _again(request, session, me, programme, round_, 422, (seed,), posted.one("seed"))
    try:
        redraws.ask(
            session,
            programme,
            round_,
            seen=posted.one("seen")[:64],
            seed=seed,
            rest_only=posted.one("rest_only") == "yes",
            now=now,
            actor=me.principal.actor,
        )
    except Conflict as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(f"/organiser/rounds/{round_.id}")


@router.post("/organiser/rounds/{round_id}/draw-again/stop")
def stop(round_id: str, session: Writing, me: Acting, now: Moment) -> Response:
    """Nobody wants it any more: the groups stay as they are."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    redraws.stop(session, programme, round_, now=now, actor=me.principal.actor)
    return see_other(f"/organiser/rounds/{round_.id}")


def _again(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    round_: Round,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    seed: str = "",
) -> Response:
    if round_.state != RoundState.MATCHED or round_.redraw is not None:
        return see_other(f"/organiser/rounds/{round_.id}")
    return frame.page(
        request,
        me,
        "round_again.html",
        status=status,
        programme=programme,
        round=round_,
        locked=change_queries.locked_groups(session, round_),
        seen=change_queries.fingerprint(session, round_),
        seed=seed[:40],
        troubles=troubles,
    )


# --- approved, sent, taken back --------------------------------------------------------------------------------------


@router.post("/organiser/rounds/{round_id}/approve")
def approve(request: Request, round_id: str, posted: Form, session: Writing, me: Acting, now: Moment) -> Response:
    """Say yes to the groups as they were shown."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    try:
        require_seen(session, round_, frozenset({posted.one("seen")}))
        services.approve(session, programme, round_, now=now, actor=me.principal.actor)
    except (ChangedSince, Conflict) as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(f"/organiser/rounds/{round_.id}?done=approved")


@router.post("/organiser/rounds/{round_id}/unapprove")
def unapprove(request: Request, round_id: str, session: Writing, me: Acting, now: Moment) -> Response:
    """Take the yes back, as long as nothing was sent."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    try:
        services.unapprove(session, programme, round_, now=now, actor=me.principal.actor)
    except Conflict as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(f"/organiser/rounds/{round_.id}?done=unapproved")


@router.api_route("/organiser/rounds/{round_id}/send", methods=["GET", "HEAD"])
def ask_to_send(request: Request, round_id: str, session: Reading, me: Looking, now: Moment) -> Response:
    """A second look: how many get a mail, and that it cannot be unsent."""
    programme, round_ = found.round_(session, me.principal, round_id)
    return second_look(request, session, me, programme, round_, now)


@router.post("/organiser/rounds/{round_id}/send")
def send(request: Request, round_id: str, posted: Form, session: Writing, me: Sending, now: Moment) -> Response:
    """Let the mails go, once: exactly what was approved, but what is kept back."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    troubles = too_many(session, round_, posted, "number")
    if troubles:
        return second_look(request, session, me, programme, round_, now, 422, troubles, posted)
    in_hours = posted.one("in_hours") == "yes"
    try:
        require_seen(session, round_, frozenset({posted.one("seen")}))
        services.send(session, programme, round_, now=now, actor=me.principal.actor, in_hours=in_hours)
    except (ChangedSince, Conflict) as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(f"/organiser/rounds/{round_.id}/outbox")


def too_many(session: Session, round_: Round, posted: Posted, place: str) -> tuple[Trouble, ...]:
    """What is wrong where very many mails would leave and nobody has typed how many."""
    number = leaving(session, round_)
    if round_.state != RoundState.APPROVED or number <= ASK_THE_NUMBER or number_of(posted) == number:
        return ()
    return (Trouble(place, phrase("Enter how many mails leave: %(number)s.", number=number)),)


def leaving(session: Session, round_: Round) -> int:
    """How many mails leave when the round is sent: all that wait, but those kept back."""
    return outbox.counts(session, outbox.of_round(round_))["waiting"] - outbox.kept(session, round_)


def number_of(posted: Posted) -> int | None:
    """A number as people type it: `1,005`, `1 005`, `1.005`."""
    typed = posted.one("number") or posted.one("number-later")
    digits = re.sub(r"[\s.,'’]", "", typed[:20])
    return int(digits) if digits.isascii() and digits.isdigit() else None


def second_look(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    round_: Round,
    now: datetime,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    posted: Posted | None = None,
) -> Response:
    """How many get a mail, now or at a moment; what was typed is kept."""
    if round_.state != RoundState.APPROVED:
        return see_other(f"/organiser/rounds/{round_.id}")
    number = leaving(session, round_)
    fields = ("number", "number-later", "day", "time", "in_hours")
    typed = posted.shown(*fields) if posted else dict.fromkeys(fields, "") | {"time": "09:00"}
    return frame.page(
        request,
        me,
        "round_send.html",
        status=status,
        programme=programme,
        round=round_,
        leaving=number,
        alone=outbox.without_a_group(session, round_),
        kept=outbox.kept(session, round_),
        asks=number > ASK_THE_NUMBER,
        seen=change_queries.fingerprint(session, round_),
        typed={name: text[:20] for name, text in typed.items()},
        today=local_date(now, programme.time_zone),
        zone=frame.zone_words(programme.time_zone),
        hours=_hours(programme),
        send_at=frame.at(round_.send_at, now, programme.time_zone) if round_.send_at else None,
        troubles=troubles,
    )


def _hours(programme: Programme) -> str:
    """The hours in which the mails could leave, in words; nothing where they are no limit."""
    begin, end = programme.mail_from_hour, programme.mail_until_hour
    if (begin, end) == ALWAYS:
        return ""
    told = {"begin": time(begin), "end": time(end % 24)}
    return phrase("Each in the working hours of its reader, from %(begin)s to %(end)s", **told)


@router.api_route("/organiser/rounds/{round_id}/cancel", methods=["GET", "HEAD"])
def ask_to_cancel(request: Request, round_id: str, session: Reading, me: Looking) -> Response:
    """What goes with it."""
    programme, round_ = found.round_(session, me.principal, round_id)
    if round_.state in services.LATER[1:]:
        return see_other(f"/organiser/rounds/{round_.id}")
    counts = outbox.counts(session, outbox.of_round(round_))
    return frame.page(request, me, "round_cancel.html", programme=programme, round=round_, counts=counts)


@router.post("/organiser/rounds/{round_id}/cancel")
def cancel(request: Request, round_id: str, session: Writing, me: Acting, now: Moment) -> Response:
    """Take a round back of which nothing was sent: its period is free again."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    try:
        services.cancel(session, programme, round_, now=now, actor=me.principal.actor)
    except Conflict as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(f"/organiser/programmes/{programme.slug}/rounds?done=cancelled")
