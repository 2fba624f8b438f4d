"""Every mail of a programme as its people would get it, in the order in which they meet them. Nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Context, InContext, Reading
from app.models import MailKind
from app.queries import programmes
from app.services import previews
from app.services.previews import Preview, Stage
from app.web import caught, mail_parts
from app.web.caught import Attachment, OpenedMail
from app.web.organiser import found, frame
from app.web.organiser.rows import KINDS
from app.web.organiser.sessions import Looking, Organiser
from app.web.pages import HEADERS
from emails import phrase
from emails.samples import SAMPLES

router = APIRouter(include_in_schema=False)

SHELVES: Mapping[str, tuple[str, ...]] = {
    phrase("To join"): (MailKind.CONFIRM_SIGN_UP, MailKind.ALREADY_IN, MailKind.MY_PAGE),
    phrase("A round"): (MailKind.BEFORE_DRAW, MailKind.INTRODUCTION, MailKind.LEFT_OUT),
    phrase("When somebody drops out"): (MailKind.CALLED_OFF, MailKind.PARTNER_AWAY),
    phrase("How it goes, and how it went"): (
        MailKind.REMINDER,
        MailKind.CHECK_IN,
        MailKind.CHECK_IN_AGAIN,
        MailKind.OUTCOME,
    ),
    phrase("Resting and coming back"): (MailKind.STILL_IN, MailKind.WELCOME_BACK),
    phrase("To those who look after it"): (
        MailKind.CONCERN,
        MailKind.ROUND_READY,
        MailKind.ROUND_SO_FAR,
        MailKind.NOT_DELIVERED,
        MailKind.ROUND_REPORT,
        MailKind.SPONSOR_REPORT,
        MailKind.SIGN_IN,
        MailKind.TEST_COPY,
        "test_mail",
    ),
}
"""The kinds by what they belong to, in the order in which people meet them."""

VARIANTS: Mapping[str, str] = {
    "already_in_paused": phrase("to who has paused"),
    "introduction_of_three": phrase("of three"),
    "left_out_as_offered": phrase("at their own word"),
    "called_off_looking": phrase("to meet someone else"),
    "called_off_of_three": phrase("of three"),
    "partner_away_of_three": phrase("of three"),
    "reminder_of_three": phrase("to three"),
    "check_in_of_three": phrase("to three"),
    "confirm_sign_up_invited": phrase("by invitation"),
    "called_off_unnamed": phrase("without a name"),
    "called_off_by_oneself": phrase("to whoever pressed it"),
    "concern_unnamed": phrase("without a name"),
    "round_so_far_of_few": phrase("of few"),
    "not_delivered_held": phrase("to decide about"),
    "sponsor_report_of_few": phrase("of few"),
    "sign_in_invited": phrase("by invitation"),
}
"""What is different in a sample, behind the name of its kind."""


@dataclass(frozen=True, slots=True)
class Line:
    """A kind with its first sample, and the others by name."""

    title: str
    mail: Preview
    others: tuple[tuple[str, str], ...]


@router.api_route("/organiser/programmes/{slug}/emails", methods=["GET", "HEAD"])
def every(request: Request, slug: str, context: InContext, session: Reading, me: Looking) -> Response:
    """All of them: when, to whom, what inboxes show, and the ways to look at each."""
    stage = _stage(session, me, slug, context)
    return frame.page(
        request,
        me,
        "samples.html",
        programme=stage.programme,
        here=_here(stage),
        shelves=[(words, [_line(stage, kind) for kind in kinds]) for words, kinds in shelves().items()],
        has_sender=previews.has_sender(context.settings),
    )


@router.api_route("/organiser/programmes/{slug}/emails/{name}", methods=["GET", "HEAD"])
def one(request: Request, slug: str, name: str, context: InContext, session: Reading, me: Looking) -> Response:
    """One of them in all its parts."""
    stage = _stage(session, me, slug, context)
    shown = previews.preview(stage, name)
    names = list(SAMPLES)
    place = names.index(name)
    return frame.page(
        request,
        me,
        "sample.html",
        programme=stage.programme,
        here=_here(stage),
        shown=shown,
        title=title_of(name),
        mail=caught.parts_of(shown.eml),
        before=_beside(names, place - 1),
        after=_beside(names, place + 1),
    )


@router.api_route("/organiser/programmes/{slug}/emails/{name}/html", methods=["GET", "HEAD"])
def look(slug: str, name: str, context: InContext, session: Reading, me: Looking) -> Response:
    """The HTML part for the frame, or by itself, under a policy of its own."""
    return mail_parts.framed(_mail(session, me, slug, name, context).html)


@router.api_route("/organiser/programmes/{slug}/emails/{name}/text", methods=["GET", "HEAD"])
def text(slug: str, name: str, context: InContext, session: Reading, me: Looking) -> Response:
    """The plain text, as it travels."""
    words = _mail(session, me, slug, name, context).text
    return Response(words, media_type="text/plain; charset=utf-8", headers=HEADERS)


@router.api_route("/organiser/programmes/{slug}/emails/{name}/eml", methods=["GET", "HEAD"])
def source(slug: str, name: str, context: InContext, session: Reading, me: Looking) -> Response:
    """The bytes, to be saved and opened in a mail reader."""
    raw = _mail(session, me, slug, name, context).raw
    return mail_parts.saved(Attachment(f"{name}.eml", "message/rfc822", raw))


@router.api_route("/organiser/programmes/{slug}/emails/{name}/attachments/{number}", methods=["GET", "HEAD"])
def attachment(slug: str, name: str, number: int, context: InContext, session: Reading, me: Looking) -> Response:
    """A file that comes with it, to be saved."""
    return mail_parts.attached(_mail(session, me, slug, name, context).attachments, number)


def shelves() -> dict[str, tuple[str, ...]]:
    """The kinds by what they belong to, every one of them."""
    placed = {kind for kinds in SHELVES.values() for kind in kinds}
    rest = tuple({sample.kind: None for sample in SAMPLES.values() if sample.kind not in placed})
    return {**SHELVES, **({phrase("Others"): rest} if rest else {})}


def title_of(name: str) -> str:
    """`Introduction, of three`."""
    kind = SAMPLES[name].kind
    words = KINDS[MailKind(kind)] if kind in list(MailKind) else phrase("Test mail")
    return phrase("%(mail)s, %(variant)s", mail=words, variant=VARIANTS[name]) if name in VARIANTS else words


def _line(stage: Stage, kind: str) -> Line:
    first, *others = (name for name, sample in SAMPLES.items() if sample.kind == kind)
    links = tuple((name, VARIANTS.get(name, name)) for name in others)
    return Line(title_of(first), previews.preview(stage, first), links)


def _stage(session: Session, me: Organiser, slug: str, context: Context) -> Stage:
    """The programme, if it is one of theirs. Raises NotFound."""
    programme = found.programme_outbox(session, me.principal, slug).programme
    organisation = programmes.organisation_of(session, programme).name
    return Stage(programme, organisation, context.settings, context.clock())


def _mail(session: Session, me: Organiser, slug: str, name: str, context: Context) -> OpenedMail:
    return caught.parts_of(previews.preview(_stage(session, me, slug, context), name).eml)


def _here(stage: Stage) -> str:
    return f"/organiser/programmes/{stage.programme.slug}/emails"


def _beside(names: list[str], place: int) -> tuple[str, str] | None:
    """The name and the words of the sample at that place, where there is one."""
    return (names[place], title_of(names[place])) if 0 <= place < len(names) else None
