"""Programmes: set up and changed by organisers."""

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import chain, count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.errors import BadInput, Conflict, Fault
from app.models import DrawEvery, OddOne, Organisation, Programme, ProgrammeState
from app.services import admission, audit, draw_days, own_words, sponsors
from app.settings import Settings

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_LINK = re.compile(r"[a-z][a-z0-9+.-]*://\S*$", re.IGNORECASE)
_HTTPS = re.compile(r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][!-~]*)?")
RHYTHM = {
    "remind_after": (0, 60),
    "check_in_after": (0, 90),
    "check_in_again_after": (0, 30),
    "outcome_after": (0, 365),
    "announce_before": (0, 20),
    "hold_after": (0, 10),
    "mails_a_round": (1, 10),
    "mail_from_hour": (0, 23),
    "mail_until_hour": (1, 24),
}
"""When a programme's mails go (see the model), each with the least and the most that it may be."""
CLEARABLE = frozenset({"next_draw_on", "opens_on", "contact_email", "safe_email", "sponsor_email"})
EMPTY_IS_NONE = ("safe_email", "sponsor_email")
KEPT_SLUGS = frozenset({"new"})
"""Names in addresses that are those of pages of ours."""
UNNAMED: str = Settings.model_fields["organisation_name"].default
MOST_PEOPLE = 1_000_000
LIMITS = {
    "group_size": (2, 6),
    "quality": (0, 1),
    "shadows": (0, 8),
    "capacity": (0, MOST_PEOPLE),
    "no_repeat_for": (0, 100),
    **RHYTHM,
}
"""Facts that are numbers, each with the least and the most that it may be."""
INTEREST_RULES = ("ask-offer", "one-in-common", "jaccard")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeFacts:
    """What an organiser may say of a programme; None leaves it as it is."""

    name: str | None = None
    purpose: str | None = None
    success: str | None = None
    rhythm: str | None = None
    draw_every: DrawEvery | None = None
    next_draw_on: date | None = None
    pauses: list[str] | None = None
    sends_itself: bool | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    time_zone: str | None = None
    state: ProgrammeState | None = None
    joining: bool | None = None
    opens_on: date | None = None
    capacity: int | None = None
    invitation_only: bool | None = None
    domains: list[str] | None = None
    group_size: int | None = None
    interest_rule: str | None = None
    quality: float | None = None
    shadows: int | None = None
    teams_apart: bool | None = None
    no_repeat_for: int | None = None
    odd_one: OddOne | None = None
    lines_apart: bool | None = None
    sponsor_name: str | None = None
    sponsor_role: str | None = None
    sponsor_words: str | None = None
    sponsor_email: str | None = None
    conduct: str | None = None
    safe_name: str | None = None
    safe_email: str | None = None
    controller: str | None = None
    intro_opening: str | None = None
    intro_closing: str | None = None
    intro_subject: str | None = None
    remind_after: int | None = None
    check_in_after: int | None = None
    check_in_again_after: int | None = None
    outcome_after: int | None = None
    announce_before: int | None = None
    hold_after: int | None = None
    welcome_back: bool | None = None
    mails_a_round: int | None = None
    mail_from_hour: int | None = None
    mail_until_hour: int | None = None
    cleared: frozenset[str] = frozenset()
    """Names of facts that are not said any more, of those that need not be."""


def default_organisation(session: Session, name: str, now: datetime) -> Organisation:
    """The one organisation of a plain installation, made when it is first needed, and called as the settings say."""
    found = session.exec(select(Organisation).where(Organisation.slug == "default")).one_or_none()
    if found is None:
        found = Organisation(slug="default", name=name, created_at=now)
        session.add(found)
        session.flush()
    elif name not in (found.name, UNNAMED):
        found.name = name
        session.add(found)
    return found


def create_programme(
    session: Session, organisation: Organisation, slug: str, facts: ProgrammeFacts, *, now: datetime, actor: str
) -> Programme:
    """A new programme under `/p/{slug}`.

    Raises BadInput for a slug or fact that cannot be used, Conflict when the slug is taken.
    """
    if not SLUG.fullmatch(slug):
        raise BadInput(Fault("slug", "must be 1 to 60 small letters, digits and hyphens.", "For example: cross-trust"))
    if slug in KEPT_SLUGS:
        raise BadInput(Fault("slug", "is the name of a page of ours.", "Take another one."))
    if not (facts.name or "").strip():
        raise BadInput(Fault("name", "is missing.", "Say what people will call it."))
    taken = Conflict(f"A programme called {slug} exists already. Take another slug.")
    if is_taken(session, slug):
        raise taken
    programme = Programme(organisation_id=organisation.id, slug=slug, name=facts.name or "", created_at=now)
    apply(programme, facts)
    try:
        with session.begin_nested():
            session.add(programme)
    except IntegrityError:  # somebody else, of whichever organisation, has made it in the same moment
        raise taken from None
    audit.note(session, programme, now=now, actor=actor, action="programme.create", subject=programme.id)
    return programme


def is_taken(session: Session, slug: str) -> bool:
    """Whether a programme, of whichever organisation, has this name in addresses."""
    return session.exec(select(Programme.id).where(Programme.slug == slug)).first() is not None


def free_slug(session: Session, name: str) -> str:
    """A name for addresses, made of what people call it: the letters that addresses have, and a number where it is
    taken.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    wished = "-".join(re.findall("[a-z0-9]+", plain))[:50].strip("-") or "coffee"
    taken = KEPT_SLUGS | set(session.exec(select(Programme.slug).where(col(Programme.slug).startswith(wished))))
    wishes = chain([wished], (f"{wished}-{number}" for number in count(2)))
    return next(slug for slug in wishes if slug not in taken)


def change_programme(
    session: Session, programme: Programme, facts: ProgrammeFacts, *, now: datetime, actor: str
) -> Programme:
    """Change what is given. Raises BadInput."""
    sponsor = programme.sponsor_email or ""
    apply(programme, facts)
    session.add(programme)
    if sponsor.casefold() != (programme.sponsor_email or "").casefold():
        sponsors.void(session, programme, now)
    audit.note(session, programme, now=now, actor=actor, action="programme.change", subject=programme.id)
    return programme


def wished(programme: Programme, facts: ProgrammeFacts) -> Programme:
    """The programme as it would be, to be looked at and in no session. Raises BadInput."""
    made = Programme(**programme.model_dump())
    apply(made, facts)
    return made


def apply(programme: Programme, facts: ProgrammeFacts) -> None:
    """Say of a programme what is given, in the session or out of it. Raises BadInput, and then says nothing."""
    said = {field.name: getattr(facts, field.name) for field in fields(facts) if field.name != "cleared"}
    given = {name: value for name, value in said.items() if value is not None}
    faults = [*_faults(given), *own_words.faults(given)]
    faults = faults or _hours(programme, given) or _no_beginning(programme, given, facts.cleared)
    if faults:
        raise BadInput(*faults)
    if facts.pauses is not None:
        given["pauses"] = clean_pauses(facts.pauses)
    if facts.domains is not None:
        given["domains"] = admission.clean_domains(facts.domains)
    given |= own_words.tidied(given)
    was = _Rhythm.of(programme)
    for name, value in given.items():
        setattr(programme, name, None if name in EMPTY_IS_NONE and not value else value)
    for name in facts.cleared & CLEARABLE:
        setattr(programme, name, None)
    if given.keys() & {"next_draw_on", "draw_every", "pauses"} or "next_draw_on" in facts.cleared:
        _plan(programme, was, facts)


def _plan(programme: Programme, was: "_Rhythm", facts: ProgrammeFacts) -> None:
    """The next draw, out of all pauses. The rhythm counts from the day that an organiser names, or from the next one
    when they change how often it is.
    """
    named = facts.next_draw_on if facts.next_draw_on != was.next_draw_on else None
    start = None if "next_draw_on" in facts.cleared else named or was.planned
    if named or programme.draw_every != was.every or start is None:
        programme.draws_from = start
    programme.next_draw_on = draw_days.first_from(programme, start) if start else None


class _Rhythm(NamedTuple):
    """The draws of a programme before a change: how often, the next one, and the day for which it was planned."""

    every: DrawEvery
    next_draw_on: date | None
    planned: date | None

    @classmethod
    def of(cls, programme: Programme) -> "_Rhythm":
        found = draw_days.current(programme)
        return cls(programme.draw_every, programme.next_draw_on, found.planned if found else None)


def clean_pauses(texts: list[str]) -> list[str]:
    """Pauses in order, each once, as they are kept. Raises BadInput."""
    found = {pause for text in texts if (pause := draw_days.read_pause(text)) is not None}
    if len(texts) > draw_days.MOST_PAUSES:
        raise BadInput(Fault("pauses", f"are more than {draw_days.MOST_PAUSES}.", "Leave out those that are over."))
    if any(draw_days.read_pause(text) is None for text in texts):
        raise BadInput(
            Fault(
                "pauses",
                "holds what is no day and no days of a year.",
                "Write each like 2026-12-25 or 2026-12-21/2027-01-03.",
            )
        )
    return list(map(str, sorted(found)))


def _faults(given: dict[str, object]) -> list[Fault]:
    faults = []
    if "interest_rule" in given and given["interest_rule"] not in INTEREST_RULES:
        faults.append(Fault("interest_rule", "is not known.", f"One of: {', '.join(INTEREST_RULES)}."))
    if "time_zone" in given and not _zone_exists(str(given["time_zone"])):
        faults.append(Fault("time_zone", "is not known.", "An IANA name such as Europe/London."))
    for name, (low, high) in LIMITS.items():
        value = given.get(name)
        if value is not None and not low <= float(str(value)) <= high:
            faults.append(Fault(name, f"must be between {low} and {high}."))
    return faults


def _hours(programme: Programme, given: dict[str, object]) -> list[Fault]:
    begin, end = (given.get(name, getattr(programme, name)) for name in ("mail_from_hour", "mail_until_hour"))
    if int(str(begin)) < int(str(end)):
        return []
    return [Fault("mail_until_hour", "must be later than mail_from_hour.", "For example 8 and 18.")]


def is_conduct(text: str) -> bool:
    """Whether this can be a code of conduct: paragraphs, or one link that a browser follows safely."""
    return not _LINK.match(text) or bool(_HTTPS.fullmatch(text))


def _no_beginning(programme: Programme, given: dict[str, object], cleared: frozenset[str]) -> list[Fault]:
    every = given.get("draw_every", programme.draw_every)
    begins = given.get("next_draw_on") or ("next_draw_on" not in cleared and programme.next_draw_on)
    if begins or every == DrawEvery.BY_HAND or not (given.keys() | cleared) & {"draw_every", "next_draw_on"}:
        return []
    return [Fault("next_draw_on", "is missing.", "The rhythm counts from it: name the day of the next draw.")]


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
