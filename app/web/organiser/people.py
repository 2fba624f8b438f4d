"""Who organises what: for owners. They see and change the roles in what they own, and nothing else."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading, Writing
from app.errors import BadInput, Fault, NotFound
from app.models import OrganiserAccount, Programme, Role, Trust
from app.queries import organisers as queries
from app.queries import programmes
from app.services import organiser_links, organisers
from app.web import forms
from app.web.forms import Form, Posted, Trouble, Troubles
from app.web.organiser import frame
from app.web.organiser.sessions import Managing, ManagingActing, Organiser
from app.web.pages import see_other
from emails import phrase

router = APIRouter(include_in_schema=False)

PATH = "/organiser/people"
ROLES = {
    Role.VIEWER: (phrase("Viewer"), phrase("looks, and changes nothing")),
    Role.ORGANISER: (phrase("Organiser"), phrase("looks, changes, and sends")),
    Role.SAFETY: (phrase("Safety"), phrase("looks, and sees when something in confidence could not be delivered")),
    Role.OWNER: (phrase("Owner"), phrase("does all that organisers do, and decides who else organises")),
}
DONE = ("invited", "given", "changed", "taken")


@dataclass(frozen=True, slots=True)
class Line:
    """One role of one organiser, in a place that may be managed."""

    account: OrganiserAccount
    role: Role
    programme: Programme | None


@router.api_route("/organiser/people", methods=["GET", "HEAD"])
def show(request: Request, session: Reading, me: Managing, done: str = "") -> Response:
    """Everybody who has a role there, and a form to invite."""
    return _page(request, session, me, done=done if done in DONE else "")


@router.post("/organiser/people")
def invite(
    request: Request, posted: Form, context: InContext, session: Writing, me: ManagingActing, now: Moment
) -> Response:
    """A role and a mail; where no mail can leave, the link is shown to be handed over."""
    place, role = _place(session, me, posted), _role(posted)
    address = forms.address(posted)
    if isinstance(address, Troubles):
        return _page(request, session, me, troubles=address.found, typed=posted.shown("email")["email"], status=422)
    made = organisers.invite(
        session,
        queries.organisation(session, me.account.organisation_id),
        address,
        role,
        place,
        now=now,
        actor=me.principal.actor,
        secret_key=context.settings.secret,
    )
    if made.mailed and context.settings.sends_mail:
        return see_other(f"{PATH}?done=invited")
    if not _all_theirs(session, me, made.account):
        return see_other(f"{PATH}?done=given")
    return _page(request, session, me, link=organiser_links.url_of(context.settings, made.link.id))


@router.post("/organiser/people/{organiser_id}")
def act(organiser_id: str, posted: Form, session: Writing, me: ManagingActing, now: Moment) -> Response:
    """Another role, or none any more. Raises NotFound for who has no role there, Conflict for the last owner."""
    place = _place(session, me, posted)
    account = _theirs(session, me, organiser_id, place)
    if posted.one("action") == "take":
        organisers.take_away(session, account, place, now=now, actor=me.principal.actor)
        return see_other(f"{PATH}?done=taken")
    organisers.change_role(session, account, _role(posted), place, now=now, actor=me.principal.actor)
    return see_other(f"{PATH}?done=changed")


def _all_theirs(session: Session, me: Organiser, account: OrganiserAccount) -> bool:
    """Whether this owner owns every place in which that organiser has a role: else a link to hand over would let them
    in where they may do less.
    """
    return all(me.rights.may(Trust.PEOPLE, role.programme_id) for role in queries.roles_of(session, account))


def _theirs(session: Session, me: Organiser, organiser_id: str, place: Programme | None) -> OrganiserAccount:
    account = queries.account(session, me.account.organisation_id, organiser_id[:60])
    if all(role.programme_id != (place.id if place else None) for role in queries.roles_of(session, account)):
        raise NotFound
    return account


def _place(session: Session, me: Organiser, posted: Posted) -> Programme | None:
    """What a form is about: a programme, or everything. Raises NotFound where this organiser owns nothing."""
    slug = posted.one("place")
    if not slug:
        if not me.rights.may(Trust.PEOPLE, None):
            raise NotFound
        return None
    found = next((one for one in _managed(session, me) if one.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def _managed(session: Session, me: Organiser) -> list[Programme]:
    every = programmes.programmes(session, me.account.organisation_id)
    return [one for one in every if me.rights.may(Trust.PEOPLE, one.id)]


def _role(posted: Posted) -> Role:
    try:
        return Role(posted.one("role"))
    except ValueError:
        raise BadInput(
            Fault(phrase("The role"), phrase("is not one of ours."), phrase("Go back and choose one."))
        ) from None


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    *,
    done: str = "",
    troubles: tuple[Trouble, ...] = (),
    typed: str = "",
    link: str = "",
    status: int = 200,
) -> Response:
    lines = [
        Line(account, role.role, programme)
        for account, roles in queries.everybody(session, me.account.organisation_id)
        for role, programme in roles
        if me.rights.may(Trust.PEOPLE, role.programme_id)
    ]
    return frame.page(
        request,
        me,
        "people.html",
        status=status,
        done=done,
        troubles=troubles,
        typed={"email": typed},
        link=link,
        lines=lines,
        roles=ROLES,
        places=_managed(session, me),
        everywhere=me.rights.may(Trust.PEOPLE, None),
        last_owner=queries.owners(session, me.account.organisation_id) if me.rights.may(Trust.PEOPLE, None) else (),
    )
