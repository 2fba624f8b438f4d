"""/programmes/{slug}/emails: every mail as the people of a programme would get it, about people who do not exist."""

from typing import Any

from fastapi import Request, Response
from sqlmodel import Session

from app.api import answers
from app.api.deps import Caller, programme_by_slug
from app.api.pages import USUAL, Cursor, Limit, link_next, page_of
from app.api.route import needs, router
from app.doors import Context, InContext, Reading
from app.models import Scope
from app.queries import programmes as queries
from app.services import previews
from app.services.keys import Principal
from app.services.previews import Preview, Stage
from emails import Address
from emails.samples import SAMPLES

routes = router("emails")


@routes.get("/programmes/{slug}/emails")
@needs(Scope.READ)
def list_emails(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    context: InContext,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.SampleList:
    """A sample of each mail: when it is sent, to whom, and what inboxes show of it."""
    stage = _stage(session, caller, slug, context)
    page, more = page_of(list(SAMPLES), cursor, limit, str)
    link_next(request, response, more)
    return answers.SampleList(emails=[line(previews.preview(stage, name)) for name in page], next_cursor=more)


@routes.get("/programmes/{slug}/emails/{name}")
@needs(Scope.READ)
def get_email(slug: str, name: str, session: Reading, caller: Caller, context: InContext) -> answers.SampleInFull:
    """One sample, as text, as HTML, and as the bytes that would leave."""
    return in_full(previews.preview(_stage(session, caller, slug, context), name))


def line(one: Preview) -> answers.SampleAnswer:
    """What stands in a list of samples."""
    return answers.SampleAnswer(**_about(one))


def in_full(one: Preview) -> answers.SampleInFull:
    """All of a sample."""
    message = one.message
    return answers.SampleInFull(**_about(one), text=message.text, html=message.html, eml=one.eml.decode("utf-8"))


def _about(one: Preview) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "when": one.when,
        "to_whom": one.to_whom,
        "subject": one.message.subject,
        "preheader": one.preheader,
        "sender": mailbox(one.message.sender),
        "replies_to": [mailbox(address) for address in one.message.reply_to],
    }


def mailbox(address: Address) -> str:
    """As a mail reader shows it."""
    return f"{address.name} <{address.address}>" if address.name else address.address


def _stage(session: Session, caller: Principal, slug: str, context: Context) -> Stage:
    programme = programme_by_slug(session, caller, slug)
    organisation = queries.organisation_of(session, programme).name
    return Stage(programme, organisation, context.settings, context.clock())
