"""The forms by which a programme is set up: each fact as a field, read strictly; what is wrong stands beside it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, partial
from typing import Any

from sqlmodel import SQLModel

from app.errors import BadInput
from app.files.addresses import parse_address
from app.files.names import clean_name
from app.files.values import parse_date
from app.files.verdicts import Problem
from app.models import DrawEvery, OddOne, Programme
from app.services import admission, draw_days
from app.services.own_words import OWN_WORDS, reader_of
from app.services.programmes import CLEARABLE, INTEREST_RULES, LIMITS, ProgrammeFacts, is_conduct
from app.web import forms, zones
from app.web.forms import Posted, Trouble, Troubles
from emails import WordsRefused, phrase, together

Parse = Callable[[str], Any]
"""What was typed as a value, or the Problem with it."""

DECIDED = ("yes", "no")
MOST_DIGITS = 12
"""A longer number, however it begins, is never converted: that takes time, and fails for thousands of digits."""


def shown(programme: Programme, names: Iterable[str]) -> dict[str, str]:
    """Facts as their fields say them."""
    return {name: _as_text(getattr(programme, name)) for name in names}


def read(posted: Posted, names: Iterable[str], needed: Mapping[str, str]) -> ProgrammeFacts | Troubles:
    """What a form says of a programme. What it does not ask for stays as it is; `needed` are the words for a fact that
    must be said and is not.
    """
    given: dict[str, Any] = {}
    found: list[Trouble] = []
    for name in names:
        if name not in posted.values:
            continue
        value = _value(name, posted.one(name), needed)
        if isinstance(value, Problem):
            found.append(Trouble(name, together(value.problem, value.remedy)))
        else:
            given[name] = value
    found += [] if found else [*_hours(given), *_beginning(given)]
    if found:
        return Troubles(tuple(found))
    cleared = frozenset(name for name, value in given.items() if value is None)
    return ProgrammeFacts(**given, cleared=cleared)


def troubles_of(error: BadInput) -> tuple[Trouble, ...]:
    """What a service found wrong, beside the field that it is about."""
    return tuple(Trouble(fault.place, together(fault.problem, fault.remedy)) for fault in error.faults)


def _value(name: str, text: str, needed: Mapping[str, str]) -> Any:
    text = "\n".join(text.splitlines()).strip()
    if not text and name in needed:
        return Problem(needed[name], "")
    if not text and name in CLEARABLE:
        return None
    return _parse_of(name)(text)


@cache
def _parse_of(name: str) -> Parse:
    """How a fact is read."""
    if name in LIMITS:
        low, high = LIMITS[name]
        return partial(_share if name == "quality" else _whole, low=low, high=high)
    return PARSES.get(name) or partial(_line, most=_longest(name))


def _longest(name: str) -> int:
    """How many letters the database has room for."""
    return int(SQLModel.metadata.tables["programme"].c[name].type.length)  # type: ignore[attr-defined]


def _line(text: str, most: int) -> str | Problem:
    return clean_name(text, "text", most) if text else ""


def _paragraphs(text: str, most: int) -> str | Problem:
    odd = any(not letter.isprintable() and not letter.isspace() for letter in text)
    if odd or len(text) > most:
        return Problem(phrase("Use at most %(most)s letters, and plain text.", most=most), "")
    return text


def _conduct(text: str) -> str | Problem:
    if not is_conduct(text):
        return Problem(phrase("Write plain paragraphs, or one link that begins with https:// and names a host."), "")
    return _paragraphs(text, _longest("conduct"))


def _own_words(name: str, text: str) -> str | Problem:
    read = reader_of(name)(text)
    return Problem(read.problem, read.remedy) if isinstance(read, WordsRefused) else read


def _address(text: str) -> str | Problem:
    found = parse_address(text)
    return found if isinstance(found, Problem) else found.mailbox


def _day(text: str) -> date | Problem | None:
    return parse_date(text)


def _whole(text: str, low: int, high: int) -> int | Problem:
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
    if value is not None and low <= value <= high:
        return value
    return Problem(phrase("Enter a whole number from %(low)s to %(high)s.", low=str(low), high=str(high)), "")


def _share(text: str, low: int, high: int) -> float | Problem:
    try:
        value = float(text)
    except ValueError:
        value = -1
    return value if low <= value <= high else Problem(phrase("Choose one of these."), "")


def _one_of(known: Iterable[str], text: str) -> str | Problem:
    return text if text in known else Problem(phrase("Choose one of these."), "")


def _decided(text: str) -> bool | Problem:
    return text == "yes" if text in DECIDED else Problem(phrase("Choose one of these."), "")


def _zone(text: str) -> str | Problem:
    return text if zones.is_known(text) else Problem(phrase("Choose one of the time zones of the list."), "")


def _domains(text: str) -> list[str] | Problem:
    parts = [part.strip() for part in forms.SEPARATORS.split(text.replace(" ", "\n")) if part.strip()]
    try:
        return admission.clean_domains(parts)
    except BadInput:
        return Problem(phrase("One of these is no domain of addresses. Write each like example.org, without an @."), "")


def _pauses(text: str) -> list[str] | Problem:
    parts = [part.strip() for part in forms.SEPARATORS.split(text) if part.strip()]
    if any(draw_days.read_pause(part) is None for part in parts):
        return Problem(
            phrase("One of these is no day and no days of a year."),
            phrase("Write each like 2026-12-25, or 2026-12-21 to 2027-01-03."),
        )
    if len(parts) > draw_days.MOST_PAUSES:
        return Problem(phrase("Use at most %(most)s lines.", most=str(draw_days.MOST_PAUSES)), "")
    return parts


PARSES: Mapping[str, Parse] = {
    "purpose": lambda text: _paragraphs(text, _longest("purpose")),
    "conduct": _conduct,
    "contact_email": _address,
    "safe_email": _address,
    "sponsor_email": _address,
    "opens_on": _day,
    "next_draw_on": _day,
    "time_zone": _zone,
    "interest_rule": partial(_one_of, INTEREST_RULES),
    "odd_one": partial(_one_of, list(OddOne)),
    "domains": _domains,
    "draw_every": partial(_one_of, list(DrawEvery)),
    "pauses": _pauses,
    **{name: partial(_own_words, name) for name in OWN_WORDS},
    **dict.fromkeys(("invitation_only", "sends_itself", "welcome_back", "teams_apart", "lines_apart"), _decided),
}
"""How facts are read that are neither a number nor a line of words."""


def _hours(given: Mapping[str, Any]) -> list[Trouble]:
    begin, end = given.get("mail_from_hour"), given.get("mail_until_hour")
    if begin is None or end is None or begin < end:
        return []
    return [Trouble("mail_until_hour", phrase("Enter an hour that is later than the one before it."))]


def _beginning(given: Mapping[str, Any]) -> list[Trouble]:
    if given.get("draw_every", DrawEvery.BY_HAND) == DrawEvery.BY_HAND or given.get("next_draw_on", True):
        return []
    return [Trouble("next_draw_on", phrase("Enter the day of the next draw: the rhythm counts from it."))]


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return DECIDED[not value]
    if isinstance(value, list):
        return "\n".join(one.replace("/", " to ") for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
