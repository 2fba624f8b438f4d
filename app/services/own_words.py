"""Organisers' own words in introductions: those of a programme, which each round takes over when it is drawn, and
those of one round, changed before its approval. From then on they are frozen with the groups.

Every waiting introduction holds them among its facts, so that it is the same at each try.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, func, select

from app.errors import BadInput, Conflict, Fault
from app.models import MailKind, MailState, OutgoingMail, Placement, Programme, Round, RoundChange, RoundState
from app.queries import changes as queries
from app.services import audit
from emails import WordsRefused, phrase, read_own_subject, read_own_words

OWN_WORDS = ("intro_opening", "intro_closing", "intro_subject")
"""The facts of a programme, and of a round, that are such words."""
WORDS = "words"
"""What a change of a round is called that changed nothing but these."""
CHUNK = 500


class OwnWords(NamedTuple):
    """All of them; empty for ours."""

    intro_opening: str
    intro_closing: str
    intro_subject: str = ""


def of(owner: Programme | Round) -> OwnWords:
    """Those of a programme, or of a round that is drawn."""
    return OwnWords(owner.intro_opening, owner.intro_closing, owner.intro_subject)


def facts_of(round_: Round) -> dict[str, Any]:
    """What an introduction of the round keeps of them: nothing where the words are ours."""
    said = of(round_)
    told = {"opening": said.intro_opening, "closing": said.intro_closing}
    told |= {"subject": said.intro_subject} if said.intro_subject else {}
    return {"own_words": told} if any(said) else {}


def mark(facts: Mapping[str, Any]) -> str:
    """A short sign that tells these words from others; nothing where a mail has none."""
    said = facts.get("own_words")
    return f"/{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:8]}" if said else ""


def faults(given: Mapping[str, Any], at: str = "") -> list[Fault]:
    """What is wrong with the words among these facts; `at` stands before the name of each."""
    read = _read(given)
    return [Fault(at + name, one.problem, one.remedy) for name, one in read.items() if isinstance(one, WordsRefused)]


def tidied(given: Mapping[str, Any]) -> dict[str, str]:
    """The words among these facts in the form in which they are kept."""
    return {name: one for name, one in _read(given).items() if not isinstance(one, WordsRefused)}


def reader_of(name: str) -> Callable[[str], str | WordsRefused]:
    """How words of that name are read."""
    return read_own_subject if name == "intro_subject" else read_own_words


def _read(given: Mapping[str, Any]) -> dict[str, str | WordsRefused]:
    return {name: reader_of(name)(str(given[name])) for name in OWN_WORDS if given.get(name) is not None}


def change(
    session: Session, programme: Programme, round_: Round, given: Mapping[str, str | None], *, now: datetime, actor: str
) -> RoundChange | None:
    """Change the words of this round alone; None takes those of the programme. What it says already changes nothing.

    The caller holds the programme's lock. Raises BadInput, and Conflict unless the round is drawn, waits for nothing,
    and is not approved. Returns the change, which can be undone like any other.
    """
    _open_to_change(round_)
    if found := faults(given):
        raise BadInput(*found)
    said = tidied(given) | {name: getattr(programme, name) for name, text in given.items() if text is None}
    was, wished = of(round_), of(round_)._replace(**said)
    if wished == was:
        return None
    made = RoundChange(
        round_id=round_.id,
        number=queries.next_number(session, round_),
        programme_id=programme.id,
        at=now,
        actor=actor,
        changes=[{"do": WORDS, "people": [], "groups": []}],
        before=_as_it_was(session, round_) | {WORDS: list(was)},
    )
    put(session, round_, wished)
    session.add(made)
    audit.note(session, programme, now=now, actor=actor, action="round.words", subject=round_.id, change=made.number)
    session.flush()
    return made


def _open_to_change(round_: Round) -> None:
    if round_.state == RoundState.DRAFT:
        raise Conflict(phrase("This round is not drawn yet; until then it has the words of its programme."))
    if round_.state == RoundState.APPROVED:
        raise Conflict(phrase("This round is approved, so its words stay as they are. Take the approval back first."))
    if round_.state != RoundState.MATCHED:
        raise Conflict(phrase("The mails of this round have gone, and their words stay as they are."))
    if round_.redraw is not None:
        raise Conflict(phrase("This round is being drawn again; wait for the new groups first."))


def put(session: Session, round_: Round, words: OwnWords) -> None:
    """Give the round these words, and each of its introductions: none has been tried yet."""
    round_.intro_opening, round_.intro_closing, round_.intro_subject = words
    session.add(round_)
    told = facts_of(round_)
    waiting = (
        select(OutgoingMail)
        .where(OutgoingMail.round_id == round_.id)
        .where(OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(OutgoingMail.state == MailState.READY)
        .order_by(col(OutgoingMail.id))
    )
    last = ""
    while mails := session.exec(waiting.where(col(OutgoingMail.id) > last).limit(CHUNK)).all():
        for mail in mails:
            mail.facts = {name: fact for name, fact in mail.facts.items() if name != "own_words"} | told
            mail.rendered = None
            session.add(mail)
        session.flush()
        last = mails[-1].id


def _as_it_was(session: Session, round_: Round) -> dict[str, Any]:
    """For the way back, in the shape of every change: nobody was moved."""
    placed = session.exec(select(func.count()).select_from(Placement).where(Placement.round_id == round_.id)).one()
    return {
        "people": {},
        "groups": {},
        "seed": round_.seed,
        "placed": placed,
        "certificate": round_.certificate,
        "input_fingerprint": round_.input_fingerprint,
        "proven": round_.proven,
    }
