"""An organiser's own page: where they are signed in, the second factor anew, the recovery codes anew."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading, Writing
from app.errors import NotFound
from app.models import MailKind
from app.queries import organisers as queries
from app.services import notices, organiser_sessions, second_factor
from app.web.forms import Form, Trouble
from app.web.organiser import frame, second, sessions
from app.web.organiser.people import ROLES
from app.web.organiser.sessions import Here, HereActing, Organiser
from app.web.pages import see_other
from emails import phrase

router = APIRouter(include_in_schema=False)

PATH = "/organiser/account"
FACTOR = f"{PATH}/second-factor"
DONE = ("ended", "others", "factor", "mails")
MAILS: Mapping[MailKind, tuple[str, str]] = {
    MailKind.ROUND_READY: (
        phrase("A round is ready to check"),
        phrase("When names were drawn by themselves and wait for a yes; for programmes in which you may send."),
    ),
    MailKind.NOT_DELIVERED: (
        phrase("Messages could not be delivered"),
        phrase("Collected, once a day at most; for programmes in which you may send."),
    ),
    MailKind.ROUND_SO_FAR: (
        phrase("How a round goes so far"),
        phrase("Once a round, when half of its time is over; for programmes at which you may look."),
    ),
}
"""The mails that an organiser may want: what each is, and when it comes."""
OLD = Trouble("old", phrase("This is not a code that we can take now. Wait for the next one, or take a recovery code."))
NEW = Trouble("code", phrase("This is not what the app should show now. Wait for the next one, and type that."))


@router.api_route("/organiser/account", methods=["GET", "HEAD"])
def show(request: Request, session: Reading, me: Here, now: Moment, done: str = "") -> Response:
    """The page."""
    return _page(request, session, me, now, done=done if done in DONE else "")


@router.post("/organiser/account/sessions")
def end(posted: Form, context: InContext, session: Writing, me: HereActing, now: Moment) -> Response:
    """End one session, all others, or all. Raises NotFound for one that is not theirs."""
    which = posted.one("session")
    second.noted(session, me.account, "organiser.end_sessions", now)
    if which == "others":
        organiser_sessions.end_all(session, me.account, but=me.session.id)
        return see_other(f"{PATH}?done=others")
    if which == "all":
        organiser_sessions.end_all(session, me.account)
    elif not organiser_sessions.end(session, me.account, which[:60]):
        raise NotFound
    if which not in ("all", me.session.id):
        return see_other(f"{PATH}?done=ended")
    response = see_other(sessions.DOOR)
    sessions.forget(response, context.settings)
    return response


@router.post("/organiser/account/mails")
def choose_mails(posted: Form, session: Writing, me: HereActing, now: Moment) -> Response:
    """Which mails one wants. Raises BadInput."""
    notices.choose(session, me.account, posted.all("mails"), now=now, actor=f"organiser:{me.account.id}")
    return see_other(f"{PATH}?done=mails")


@router.post("/organiser/account/second-factor/begin")
def begin(session: Writing, me: HereActing) -> Response:
    """Have a new factor made; the old one stays until the new one works."""
    second_factor.prepare(session, me.account)
    return see_other(FACTOR)


@router.api_route("/organiser/account/second-factor", methods=["GET", "HEAD"])
def ask(request: Request, context: InContext, me: Here) -> Response:
    """Scan the new one, and give a code of each."""
    if me.account.factor_next is None:
        return see_other(PATH)
    return frame.page(request, me, "set_up.html", anew=True, **second.picture(context, me.account))


@router.post("/organiser/account/second-factor")
def change(
    request: Request, posted: Form, context: InContext, session: Writing, me: HereActing, now: Moment
) -> Response:
    """The new factor in place of the old one, for whoever has both."""
    secret_key = context.settings.secret
    if me.account.factor_next is None:
        return see_other(PATH)
    troubles = _wrong(session, me, posted.one("old"), now, secret_key)
    codes = (
        []
        if troubles
        else second_factor.set_up(session, me.account, posted.one("code"), now=now, secret_key=secret_key)
    )
    if codes:
        second.noted(session, me.account, "organiser.second_factor", now)
        organiser_sessions.end_all(session, me.account, but=me.session.id)
        return second.codes_page(request, codes, f"{PATH}?done=factor")
    shown = second.picture(context, me.account)
    return frame.page(request, me, "set_up.html", status=422, anew=True, troubles=troubles or (NEW,), **shown)


@router.post("/organiser/account/recovery-codes")
def codes(
    request: Request, posted: Form, context: InContext, session: Writing, me: HereActing, now: Moment
) -> Response:
    """Ten new codes in place of those that are left."""
    troubles = _wrong(session, me, posted.one("old"), now, context.settings.secret)
    if troubles:
        return _page(request, session, me, now, troubles=troubles, status=422)
    second.noted(session, me.account, "organiser.recovery_codes", now)
    return second.codes_page(request, second_factor.new_codes(session, me.account, context.settings.secret), PATH)


def _wrong(session: Session, me: Organiser, code: str, now: datetime, secret_key: str) -> tuple[Trouble, ...]:
    """What is wrong with a code of the factor in use; after too many the session is over."""
    if second_factor.given(session, me.account, code, now=now, secret_key=secret_key):
        return ()
    second.noted(session, me.account, "organiser.wrong_code", now)
    organiser_sessions.failed(session, me.session)
    return (OLD,)


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    now: datetime,
    *,
    done: str = "",
    troubles: Sequence[Trouble] = (),
    status: int = 200,
) -> Response:
    rows = queries.sessions_of(session, me.account)
    return frame.page(
        request,
        me,
        "account.html",
        status=status,
        done=done,
        troubles=tuple(troubles),
        roles=queries.places_of(session, me.account),
        role_names=ROLES,
        mails=MAILS,
        rows=[(one, frame.at(one.began_at, now, "UTC"), frame.at(one.seen_at, now, "UTC")) for one in rows],
        codes_left=queries.recovery_codes(session, me.account),
    )
