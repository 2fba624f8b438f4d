"""The details behind a person's own page: name, team, topics, whom they would rather not meet, their data."""

import json
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading, Writing
from app.languages import speaks
from app.models import Participant, TopicKind
from app.queries import participants as queries
from app.queries import programmes as programme_queries
from app.services import guard, participants, privacy, ways
from app.services import times as usual
from app.services.participants import folded
from app.web import forms, sessions, zones
from app.web.forms import Form, Posted, Trouble, Troubles
from app.web.me import my_page
from app.web.pages import offered, page, see_other, speaking
from app.web.sessions import Me, MeActing, MeActingHere, MeHere, SignedIn
from app.web.status import upcoming
from emails import phrase

router = APIRouter(include_in_schema=False)

CHOICES = ("size", "often", "format", "time_zone", "access", "access_for", "asks_shown", "locale", "may_sit_out")
JUST_NOW_SECONDS = 15 * 60
SUGGESTIONS = 8


@router.post("/me/about")
def save_about(
    request: Request, posted: Form, context: InContext, session: Writing, me: MeActingHere, now: Moment
) -> Response:
    """Another name or another team."""
    change = forms.about(posted)
    if isinstance(change, Troubles):
        return my_page(request, session, me, now, 422, troubles=change.found, about=posted.shown("name", "team"))
    programme = programme_queries.lock(session, me.programme.id)  # of two who name a new team, one makes it
    actor, key = f"participant:{me.person.id}", context.settings.secret
    participants.correct(session, programme, me.person, change, now=now, secret_key=key, actor=actor)
    return see_other("/me?done=about")


@router.api_route("/me/topics", methods=["GET", "HEAD"])
def show_topics(request: Request, session: Reading, me: MeHere, now: Moment) -> Response:
    """The optional second minute; a welcome for who has just confirmed."""
    topics = queries.topics_of(session, [me.person.id])[me.person.id]
    typed = {name: "\n".join(topics[kind]) for name, kind in forms.LISTS.items()}
    typed["languages"] = "; ".join(topics[TopicKind.LANGUAGE])
    confirmed = me.person.confirmed_at
    return _topics_page(
        request,
        session,
        me,
        typed=typed | _chosen(me.person),
        times=topics[TopicKind.TIME],
        welcome=not any(topics.values())
        and confirmed is not None
        and (now - confirmed).total_seconds() < JUST_NOW_SECONDS,
        next_draw=upcoming(me.programme, now),
    )


@router.post("/me/topics")
def save_topics(request: Request, posted: Form, session: Writing, me: MeActingHere) -> Response:
    """One Save for all of it."""
    wishes, chosen = forms.wishes(posted), forms.ways(posted, ways.ways_of(me.person))
    locale = forms.locale(posted, offered(request), me.person.locale)
    if isinstance(wishes, Troubles) or isinstance(chosen, Troubles) or isinstance(locale, Troubles):
        refused = [form for form in (wishes, chosen, locale) if isinstance(form, Troubles)]
        troubles = tuple(trouble for form in refused for trouble in form.found)
        return _topics_page(
            request,
            session,
            me,
            422,
            typed=_chosen(me.person) | posted.shown(*forms.LISTS, *(name for name in CHOICES if name in posted.values)),
            times=_shown(posted, "times"),
            ticked=_shown(posted, "asks_too"),
            troubles=troubles,
        )
    participants.set_wishes(session, me.person, wishes)
    ways.set_ways(session, me.person, chosen)
    me.person.locale = locale
    return see_other("/me?done=topics")


def _chosen(person: Participant) -> dict[str, str]:
    """What the person has chosen so far, as the form says it."""
    return {
        "size": str(person.size or ""),
        "often": person.often.value,
        "format": person.format.value if person.format else "",
        "time_zone": person.time_zone,
        "access": person.access,
        "access_for": person.access_for.value,
        "asks_shown": person.asks_shown.value,
        "locale": person.locale,
        "may_sit_out": "yes" if person.may_sit_out else "no",
    }


def _shown(posted: Posted, name: str) -> list[str]:
    return [Posted({name: [text]}).shown(name)[name] for text in posted.all(name)]


def _topics_page(
    request: Request,
    session: Session,
    me: SignedIn,
    status: int = 200,
    *,
    typed: dict[str, str],
    times: list[str],
    ticked: list[str] | None = None,
    troubles: tuple[Trouble, ...] = (),
    welcome: bool = False,
    next_draw: date | None = None,
) -> Response:
    others = queries.common_topics(session, me.programme, TopicKind.TIME)
    return page(
        request,
        "me_topics.html",
        status,
        programme=me.programme,
        locales=[(tag, speaks(tag).name) for tag in offered(request)],
        typed=typed,
        times=times,
        zones=zones.offered(me.programme.time_zone, me.person.time_zone),
        own_zone=zones.in_words(me.programme.time_zone),
        week=[(day, [(str(time), part) for time, part in parts]) for day, parts in usual.WEEK.items()],
        other_times=[time for time in dict.fromkeys((*others, *times)) if time not in usual.USUAL],
        languages=queries.common_topics(session, me.programme, TopicKind.LANGUAGE),
        interests=queries.common_topics(session, me.programme, TopicKind.INTEREST, SUGGESTIONS),
        offered=_offered(session, me, typed),
        ticked=ticked or [],
        asked_for=queries.common_topics(session, me.programme, TopicKind.ASK, SUGGESTIONS, least=1),
        troubles=troubles,
        welcome=welcome,
        next_draw=next_draw,
    )


def _offered(session: Session, me: SignedIn, typed: dict[str, str]) -> list[tuple[str, int]]:
    """What others can help with, but for what this person asks for, or can help with, already."""
    own = {folded(text) for name in ("asks", "offers") for text in forms.SEPARATORS.split(typed[name])}
    return [found for found in queries.offered(session, me.programme, me.person) if folded(found[0]) not in own]


@router.post("/me/apart")
def keep_apart(
    request: Request, posted: Form, context: InContext, session: Writing, me: MeActingHere, now: Moment
) -> Response:
    """Not with this person, please: the answer does not tell whether the address takes part."""
    address = forms.address(posted, phrase("Enter the e-mail address of the person you would rather not meet."))
    if isinstance(address, Troubles):
        apart = posted.shown("email")["email"]
        return my_page(request, session, me, now, 422, troubles=address.found, apart=apart)
    if address.key == me.person.email_key:
        own = (Trouble("email", phrase("That is your own address. Enter somebody else's.")),)
        return my_page(request, session, me, now, 422, troubles=own, apart=address.typed)
    participants.block(session, me.programme, me.person, address, now=now, secret_key=context.settings.secret)
    return see_other("/me?done=apart")


@router.post("/me/apart/end")
def no_longer_apart(posted: Form, session: Writing, me: MeActingHere) -> Response:
    """Take a block of one's own back."""
    participants.unblock(session, me.person, posted.one("blocked"))
    return see_other("/me?done=together")


@router.api_route("/me/data.json", methods=["GET", "HEAD"])
def download(session: Reading, me: Me) -> Response:
    """All that we keep about this person."""
    data = json.dumps(privacy.export(session, me.programme, me.person), indent=2, ensure_ascii=False) + "\n"
    name = {"Content-Disposition": 'attachment; filename="coffee-trial-my-data.json"'}
    return Response(data.encode("utf-8", "replace"), media_type="application/json", headers=name)


@router.api_route("/me/erase", methods=["GET", "HEAD"])
def ask_whether_to_erase(request: Request, me: Me) -> Response:
    """What deleting means, and a word to type."""
    return _erase_page(request, me)


@router.post("/me/erase")
def erase(request: Request, posted: Form, context: InContext, session: Writing, me: MeActing, now: Moment) -> Response:
    """Forget this person."""
    troubles = forms.wants_erasure(posted, speaking(request))
    if troubles is not None:
        return _erase_page(request, me, 422, troubles=troubles.found)
    guard.erase(session, me.programme, me.person, context.settings, now=now, actor="participant")
    response = page(request, "erased.html", programme=me.programme)
    sessions.forget(response, context.settings)
    return response


def _erase_page(request: Request, me: SignedIn, status: int = 200, *, troubles: tuple[Trouble, ...] = ()) -> Response:
    here = me.person.state in participants.HERE
    return page(
        request,
        "me_erase.html",
        status,
        programme=me.programme,
        word=forms.ERASE_WORD,
        here=here,
        troubles=troubles,
    )
