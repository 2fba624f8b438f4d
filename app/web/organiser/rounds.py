"""The rounds of a programme: all of them, and the form that opens the next."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.doors import Context, InContext, Moment, Reading, Writing
from app.errors import BadInput, Fault, ProgrammeClosed
from app.models import Programme
from app.queries import outbox, programmes
from app.queries import rounds as queries
from app.services import rounds as services
from app.web.forms import Form, Posted, Trouble
from app.web.organiser import found, frame
from app.web.organiser.sessions import Acting, Looking, Organiser
from app.web.pages import see_other
from emails import phrase, together

router = APIRouter(include_in_schema=False)


@router.api_route("/organiser/programmes/{slug}/rounds", methods=["GET", "HEAD"])
def every(request: Request, slug: str, session: Reading, me: Looking, context: InContext) -> Response:
    """All rounds, latest first, and a form for the next."""
    programme = found.programme(session, me.principal, slug)
    return _page(request, session, me, programme, context)


@router.post("/organiser/programmes/{slug}/rounds")
def open_one(
    request: Request, slug: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment
) -> Response:
    """Open the round of a period; one that exists already is shown as it is."""
    programme = found.programme(session, me.principal, slug, lock=True)
    period, seed = posted.one("period").strip(), seed_of(posted)
    if isinstance(seed, Trouble):
        return _page(request, session, me, programme, context, 422, (seed,), posted)
    try:
        round_, _ = services.open_round(
            session, programme, period, seed=seed, send=False, now=now, actor=me.principal.actor
        )
    except BadInput as error:
        words = together(*(part for fault in error.faults for part in (fault.problem, fault.remedy)))
        return _page(request, session, me, programme, context, 422, (Trouble("period", words),), posted)
    except ProgrammeClosed as error:
        return _page(request, session, me, programme, context, 409, (Trouble("period", str(error)),), posted)
    return see_other(f"/organiser/rounds/{round_.id}")


def seed_of(posted: Posted) -> int | Trouble | None:
    """The seed that somebody typed, if any, or what is wrong with it."""
    text = posted.one("seed").strip()
    if not text:
        return None
    seed = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(services.MAX_SEED)) else None
    if seed is None or seed > services.MAX_SEED:
        words = phrase("Enter a whole number from 0 to %(most)s, or nothing.", most=str(services.MAX_SEED))
        return Trouble("seed", words)
    return seed


def not_a_button() -> Fault:
    """What is said to a form that none of our pages made."""
    return Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    context: Context,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    posted: Posted | None = None,
) -> Response:
    rounds = [(one, outbox.counts(session, outbox.of_round(one))) for one in queries.rounds_of(session, programme)]
    today = local_date(context.clock(), programme.time_zone)
    typed = posted.shown("period", "seed") if posted else {"period": "", "seed": ""}
    return frame.page(
        request,
        me,
        "rounds.html",
        status=status,
        programme=programme,
        rounds=rounds,
        people=programmes.people_by_state(session, programme),
        fates=outbox.FATES,
        typed=typed | ({} if posted else {"period": queries.free_week(session, programme, today)}),
        troubles=troubles,
    )
