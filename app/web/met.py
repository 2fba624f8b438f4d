"""Did you meet? Two taps from the mail: the link shows the question, a button answers it; more only for who likes to.

The answer is the writer's own: this page shows it to whoever holds the link, and to nobody else.
"""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.errors import BadInput, Fault
from app.files.values import parse_date
from app.files.verdicts import Problem
from app.models import Feedback, Helped, Met, Participant, Programme
from app.queries import rounds as queries
from app.services import arranging, conversations, feedback
from app.services.feedback import Answer
from app.web.forms import Posted, Trouble
from app.web.pages import page, see_other
from emails import phrase, together

ACTIONS = (*(met.value for met in Met), "more")
WORTH = range(1, 6)
TEXTS = ("learnt", "will_try")
FIELDS = (*TEXTS, "worth", "known", "helped", "share")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked, about which group."""

    person: Participant
    programme: Programme
    group_id: str


def show(
    request: Request,
    session: Session,
    asked: Asked,
    status: int = 200,
    *,
    troubles: tuple[Trouble, ...] = (),
    typed: dict[str, str] | None = None,
    wrong: str = "",
) -> Response:
    """The question, or the answer so far with room for more."""
    said = feedback.given(session, asked.person, asked.group_id)
    place = arranging.place_in(session, asked.person, asked.group_id)
    return page(
        request,
        "met.html",
        status,
        programme=asked.programme,
        others=[one for one in queries.members_of(session, asked.group_id) if one.id != asked.person.id],
        said=said,
        booked_for=place.arranged_on if place else None,
        questions=conversations.kind_of(asked.programme).questions,
        typed=typed or _kept(said),
        done=request.query_params.get("done") == "more",
        troubles=troubles,
        wrong=wrong,
    )


def _kept(said: Feedback | None) -> dict[str, str]:
    """The answer so far, as the fields of the second page hold it."""
    if said is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "learnt": said.learnt,
        "will_try": said.will_try,
        "worth": str(said.worth or ""),
        "known": "" if said.known is None else "yes" if said.known else "no",
        "helped": said.helped.value if said.helped else "",
        "share": "yes" if said.share else "",
    }


def act(request: Request, session: Session, asked: Asked, posted: Posted, now: datetime) -> Response:
    """Keep what was tapped or written. Raises BadInput."""
    action, here = posted.one("action"), request.url.path
    if action not in ACTIONS:
        raise BadInput(
            Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))
        )
    if action != "more":
        day = booked_for(posted, local_date(now, asked.programme.time_zone))
        if isinstance(day, Trouble):
            return show(request, session, asked, 422, troubles=(day,))
        feedback.record(session, asked.person, asked.group_id, Answer(Met(action), day=day), now)
        return see_other(f"{here}?done=more" if day else here)
    said = feedback.given(session, asked.person, asked.group_id)
    if said is None:
        raise BadInput(
            Fault(phrase("The answer"), phrase("is missing."), phrase("Go back and say first whether you met."))
        )
    words = written(posted)
    if isinstance(words, tuple):
        return show(request, session, asked, 422, troubles=words, typed=posted.shown(*FIELDS))
    feedback.record(session, asked.person, asked.group_id, _more(said.met, posted, words), now)
    return see_other(f"{here}?done=more")


def _more(met: Met, posted: Posted, words: dict[str, str]) -> Answer:
    """All of the second page. Raises BadInput."""
    known = _one_of("known", posted, ("yes", "no"))
    helped = _one_of("helped", posted, tuple(word.value for word in Helped))
    worth = _one_of("worth", posted, tuple(str(worth) for worth in WORTH))
    return Answer(
        met,
        worth=int(worth) if worth else None,
        known=known == "yes" if known else None,
        helped=Helped(helped) if helped else None,
        share=posted.one("share") == "yes",
        learnt=words["learnt"],
        will_try=words["will_try"],
    )


def written(posted: Posted) -> dict[str, str] | tuple[Trouble, ...]:
    """The lines of one's own log as they may be kept, or what is wrong with them."""
    words = {name: "\n".join(posted.one(name).splitlines()).strip() for name in TEXTS}
    found = tuple(
        Trouble(name, phrase("Use at most %(most)s letters, and plain text.", most=feedback.LONGEST))
        for name, text in words.items()
        if len(text) > feedback.LONGEST or _odd(text)
    )
    return found or words


def booked_for(posted: Posted, today: date) -> date | Trouble | None:
    """The day of the conversation, where one is told: today or later, and in the next half year."""
    day = parse_date(posted.one("on").strip())
    if isinstance(day, Problem):
        return Trouble("on", together(day.problem, day.remedy))
    if day is not None and day < today:
        return Trouble("on", phrase("That day is past. Enter a day to come, or leave it empty."))
    if day is not None and day > today + arranging.FURTHEST:
        return Trouble("on", phrase("Enter a day in the next six months, or leave it empty."))
    return day


def _one_of(name: str, posted: Posted, words: tuple[str, ...]) -> str:
    """One of the words, or nothing. Raises BadInput."""
    said = posted.one(name)
    if said and said not in words:
        raise BadInput(Fault(name, phrase("is none of the answers."), phrase("Go back and choose again.")))
    return said


def _odd(text: str) -> bool:
    """Whether a text holds what no keyboard types: half characters, control characters."""
    return any(not letter.isprintable() and letter not in "\n\t" and not letter.isspace() for letter in text)
