"""Pairs whom organisers keep apart: listed, added and lifted. What people have said themselves is not among them."""

from fastapi import Request, Response
from sqlmodel import Session

from app.api import answers
from app.api.deps import Caller, programme_by_slug
from app.api.pages import USUAL, Cursor, Limit, link_next
from app.api.route import needs, router
from app.api.schemas import TwoPeople
from app.doors import InContext, Moment, Reading, Writing
from app.models import Participant, Programme, Scope
from app.queries import apart as queries
from app.services import apart as services

routes = router("participants")


@routes.get("/programmes/{slug}/blocks")
@needs(Scope.WRITE)
def list_blocks(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.BlockPage:
    """Whom organisers keep apart, page by page. Whom people would rather not meet is their own, and not in it."""
    programme = programme_by_slug(session, caller, slug)
    found = page_of_blocks(session, programme, cursor, limit)
    link_next(request, response, found.next_cursor)
    return found


@routes.post("/programmes/{slug}/blocks")
@needs(Scope.WRITE)
def keep_apart(
    slug: str, body: TwoPeople, session: Writing, caller: Caller, now: Moment, context: InContext
) -> answers.BlockAnswer:
    """Let two people never be drawn together, by address or id. Groups that are not sent yet come apart. Twice is as
    once, and says nothing of what they have said themselves.
    """
    programme = programme_by_slug(session, caller, slug, lock=True)
    people = services.two(session, programme, body.a, body.b)
    secret_key = context.settings.secret
    services.keep_apart(session, programme, people, now=now, secret_key=secret_key, actor=caller.actor)
    return shown(people)


@routes.post("/programmes/{slug}/blocks/lift")
@needs(Scope.WRITE)
def lift_block(slug: str, body: TwoPeople, session: Writing, caller: Caller, now: Moment) -> answers.BlockAnswer:
    """Take back that organisers keep two people apart. What they have said themselves stays, and is not told."""
    programme = programme_by_slug(session, caller, slug, lock=True)
    people = services.two(session, programme, body.a, body.b)
    services.lift(session, programme, people, now=now, actor=caller.actor)
    return shown(people)


def page_of_blocks(session: Session, programme: Programme, cursor: str, limit: int) -> answers.BlockPage:
    """At most `limit` pairs after that cursor."""
    found = queries.page(session, programme, cursor, limit + 1)
    page = found[:limit]
    more = page[-1].cursor if len(found) > limit else None
    return answers.BlockPage(blocks=[shown((one.a, one.b)) for one in page], next_cursor=more)


def shown(people: services.Two) -> answers.BlockAnswer:
    """Two people by name and address."""
    return answers.BlockAnswer(a=_one(people[0]), b=_one(people[1]))


def _one(person: Participant) -> answers.BlockedPerson:
    return answers.BlockedPerson(id=person.id, name=person.name, email=person.email)
