"""A programme, made and set up: a list of five tasks, each on a page of its own, and a button that opens it."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Moment, Reading, Writing, context
from app.errors import BadInput, NotFound
from app.models import OddOne, Programme, ProgrammeState, Scope
from app.queries import organisers, programmes, reserves
from app.queries import rounds as queries
from app.services import draw_days, rule_costs
from app.services import programmes as services
from app.services.programmes import ProgrammeFacts
from app.services.rule_costs import Costs
from app.web import report, zones
from app.web.forms import Form, Posted, Trouble, Troubles
from app.web.organiser import facts, found, frame
from app.web.organiser.rounds import not_a_button
from app.web.organiser.sessions import AboutToAct, Acting, Founding, FoundingActing, Looking, Organiser
from app.web.organiser.tasks import PURPOSE, RULES, TASKS, WORDS, Task, publishable
from app.web.pages import see_other
from app.web.status import EVERY, upcoming
from emails import PLACEHOLDERS, Phrase, phrase, phrases, together

router = APIRouter(include_in_schema=False)

FIRST = ("name", "purpose", "slug")
ACTS = {
    "publish": ProgrammeFacts(joining=True),
    "shut": ProgrammeFacts(joining=False),
    "pause": ProgrammeFacts(state=ProgrammeState.PAUSED),
    "go-on": ProgrammeFacts(state=ProgrammeState.OPEN),
    "end": ProgrammeFacts(state=ProgrammeState.CLOSED),
}
"""The buttons of the list, and what each changes."""


@router.api_route("/organiser/programmes/new", methods=["GET", "HEAD"])
def ask(request: Request, me: Founding) -> Response:
    """A name and a purpose are enough."""
    return frame.page(request, me, "programme_new.html", typed=dict.fromkeys(FIRST, ""))


@router.post("/organiser/programmes/new")
def make(request: Request, posted: Form, session: Writing, me: FoundingActing, now: Moment) -> Response:
    """A programme that nobody can join yet, and its list of tasks."""
    # two who make one at once take one address after the other
    organisation = organisers.organisation(session, me.account.organisation_id, lock=True)
    said = facts.read(posted, ("name", "purpose"), PURPOSE.needed)
    slug = posted.one("slug").strip()
    troubles = said.found if isinstance(said, Troubles) else _of_slug(session, slug)
    if isinstance(said, Troubles) or troubles or not said.name:
        typed = posted.shown(*FIRST)
        missing = () if posted.one("name").strip() else (Trouble("name", PURPOSE.needed["name"]),)
        troubles = tuple(dict.fromkeys((*missing, *troubles)))
        return frame.page(request, me, "programme_new.html", status=422, typed=typed, troubles=troubles)
    first = ProgrammeFacts(name=said.name, purpose=said.purpose, joining=False, contact_email=me.account.email)
    slug = slug or services.free_slug(session, said.name)
    made = services.create_programme(session, organisation, slug, first, now=now, actor=me.principal.actor)
    return see_other(f"/organiser/programmes/{made.slug}")


def _of_slug(session: Session, slug: str) -> tuple[Trouble, ...]:
    """What is wrong with a name in addresses; none is made up from the programme's name."""
    if slug and (not services.SLUG.fullmatch(slug) or slug in services.KEPT_SLUGS):
        return (Trouble("slug", phrase("Use 1 to 60 small letters, digits and hyphens, for example cross-trust.")),)
    if slug and services.is_taken(session, slug):
        return (Trouble("slug", phrase("Another programme has this address. Take another one, or leave it empty.")),)
    return ()


@router.api_route("/organiser/programmes/{slug}", methods=["GET", "HEAD"])
def show(request: Request, slug: str, session: Reading, me: Looking, now: Moment, done: str = "") -> Response:
    """The five tasks, how each stands, and who can join."""
    return _list(request, session, me, found.programme(session, me.principal, slug), now, done=done)


@router.post("/organiser/programmes/{slug}")
def act(request: Request, slug: str, posted: Form, session: Writing, me: Acting, now: Moment) -> Response:
    """Open it for joining, or close it; have a rest, go on, or end."""
    programme = found.programme(session, me.principal, slug, lock=True)
    action = posted.one("action")
    if action not in ACTS:
        raise BadInput(not_a_button())
    if action == "publish" and not publishable(programme):
        trouble = Trouble("purpose", phrase("First say what it is for and by what you would know that it has worked."))
        return _list(request, session, me, programme, now, status=409, troubles=(trouble,))
    services.change_programme(session, programme, ACTS[action], now=now, actor=me.principal.actor)
    return see_other(f"/organiser/programmes/{programme.slug}?done={action}")


def _list(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    now: datetime,
    *,
    status: int = 200,
    done: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> Response:
    return frame.page(
        request,
        me,
        "programme.html",
        status=status,
        programme=programme,
        tasks=[(task, task.standing(programme)) for task in TASKS.values()],
        publishable=publishable(programme),
        people=programmes.people_by_state(session, programme),
        page_url=f"{context(request).settings.base_url}/p/{programme.slug}",
        next_draw=upcoming(programme, now),
        every=EVERY,
        done=done if done in ACTS or done in TASKS else "",
        troubles=troubles,
    )


@router.api_route("/organiser/programmes/{slug}/set-up/{task}", methods=["GET", "HEAD"])
def show_task(request: Request, slug: str, task: str, session: Reading, me: AboutToAct) -> Response:
    """The form of one task."""
    asked, programme = _task(task), found.programme(session, me.principal, slug)
    return _form(request, session, me, programme, asked, facts.shown(programme, asked.facts))


@router.post("/organiser/programmes/{slug}/set-up/{task}")
def save_task(
    request: Request, slug: str, task: str, posted: Form, session: Writing, me: Acting, now: Moment
) -> Response:
    """Save what a form says, and back to the list."""
    asked, programme = _task(task), found.programme(session, me.principal, slug, lock=True)
    said = facts.read(posted, asked.facts, asked.needed)
    if isinstance(said, Troubles):
        return _again(request, session, me, programme, asked, posted, said.found)
    if said.sends_itself:
        me.principal.require(Scope.SEND)
    try:
        services.change_programme(session, programme, said, now=now, actor=me.principal.actor)
    except BadInput as error:
        return _again(request, session, me, programme, asked, posted, facts.troubles_of(error))
    return see_other(f"/organiser/programmes/{programme.slug}?done={asked.name}")


@router.post("/organiser/programmes/{slug}/set-up/{task}/try")
def try_task(
    request: Request, slug: str, task: str, posted: Form, session: Reading, me: AboutToAct, now: Moment
) -> Response:
    """The form again, with what would come of it as it is typed: what rules cost, on which days names are drawn.
    Nothing is saved.
    """
    asked, programme = _task(task), found.programme(session, me.principal, slug)
    said = facts.read(posted, asked.facts, asked.needed)
    if isinstance(said, Troubles):
        return _again(request, session, me, programme, asked, posted, said.found)
    typed = _typed(programme, asked, posted)
    try:
        wished = services.wished(programme, said)
    except BadInput as error:
        return _again(request, session, me, programme, asked, posted, facts.troubles_of(error))
    if asked is not RULES:
        return _form(request, session, me, programme, asked, typed, tried=wished)
    subject = rule_costs.read(session, programme, queries.policy_of(wished), now)
    if isinstance(subject, str):
        return _form(request, session, me, programme, asked, typed, refused=subject)
    costs = rule_costs.costs(subject)
    if costs is None:
        answer = _form(request, session, me, programme, asked, typed, status=503, refused=rule_costs.SOMEBODY_ELSE)
        answer.headers["Retry-After"] = str(round(rule_costs.SOON.total_seconds()))
        return answer
    return _form(request, session, me, programme, asked, typed, costs=costs)


def _task(name: str) -> Task:
    if name not in TASKS:
        raise NotFound
    return TASKS[name]


def _again(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    task: Task,
    posted: Posted,
    troubles: tuple[Trouble, ...],
) -> Response:
    """The form with what was typed and what is wrong with it. The services change nothing that they refuse."""
    typed = _typed(programme, task, posted)
    return _form(request, session, me, programme, task, typed, status=422, troubles=troubles)


def _typed(programme: Programme, task: Task, posted: Posted) -> dict[str, str]:
    shown = facts.shown(programme, task.facts)
    return shown | posted.shown(*(name for name in task.facts if name in posted.values))


def _form(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    task: Task,
    typed: dict[str, str],
    *,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    tried: Programme | None = None,
    costs: Costs | None = None,
    refused: str = "",
) -> Response:
    return frame.page(
        request,
        me,
        f"task_{task.name}.html",
        status=status,
        programme=programme,
        task=task,
        typed=typed,
        troubles=troubles,
        people=programmes.people_by_state(session, programme),
        teams=len(programmes.team_names(session, programme)),
        tried=tried is not None,
        draws=draw_days.to_come(tried or programme),
        every=EVERY,
        costs=costs,
        reserve=_reserve(session, programme) if task is RULES else "",
        refused=refused,
        placeholders=PLACEHOLDERS,
        stopped=report.stopped_on(session, programme) if task is WORDS else None,
        zones=zones.offered(programme.time_zone, programme.time_zone),
    )


def _reserve(session: Session, programme: Programme) -> Phrase:
    """How many may take the odd place."""
    found = reserves.size(session, programme)
    return together(
        phrases("%(count)s person is a host.", "%(count)s people are hosts.", found[OddOne.HOST]),
        phrases(
            "%(count)s person has offered to sit out.",
            "%(count)s people have offered to sit out.",
            found[OddOne.VOLUNTEER],
        ),
    )
