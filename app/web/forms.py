"""Forms as values: what was posted, read strictly; what is wrong with it, in words that stand beside the field.

A body is decoded so that bytes which are no UTF-8 arrive as lone surrogates, which every parser below refuses in words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from app.errors import BadInput, Fault
from app.files.addresses import Address, parse_address
from app.files.names import clean_name
from app.files.values import parse_date, parse_words
from app.files.verdicts import Problem, escaped
from app.models import AsksShown, Format, Often, Participant, SeenBy, TopicKind
from app.services.participants import OTHER_MANAGER, Correction, Wishes, folded, limit_of
from app.services.signups import SignUp
from app.services.ways import Ways
from app.web import zones
from emails import Language, english, phrase, phrases, together

T = TypeVar("T")

MOST_FIELDS = 100
SEPARATORS = re.compile(r"[;,\n\r]")
ERASE_WORD = phrase("delete")
FIELDS_TO_JOIN = ("name", "email", "team")

LISTS = {
    "interests": TopicKind.INTEREST,
    "asks": TopicKind.ASK,
    "offers": TopicKind.OFFER,
    "languages": TopicKind.LANGUAGE,
}
"""The fields of the topics page that hold a list, and what each says about its person."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form as they came."""

    values: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """The value of a field, or nothing."""
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> Sequence[str]:
        """All values of a field: ticked boxes."""
        return self.values.get(name, ())

    def shown(self, *names: str) -> dict[str, str]:
        """What was typed, to be shown again: line ends kept, everything that cannot be shown as its code."""
        return {name: "\n".join(escaped(line) for line in self.one(name).splitlines()) for name in names}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one field: the same words in the summary and beside the field."""

    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Troubles:
    """Why a form cannot be used."""

    found: tuple[Trouble, ...]


@dataclass
class _Reader:
    """Reads fields and collects what is wrong with them."""

    posted: Posted
    found: list[Trouble] = field(default_factory=list)

    def read(self, name: str, parse: Callable[[str], T | Problem], missing: str) -> T | None:
        """The value of a field; None, and one trouble more, when it is missing or refused."""
        text = self.posted.one(name)
        if not text.strip():
            self.refuse(name, missing)
            return None
        value = parse(text)
        if isinstance(value, Problem):
            self.refuse(name, together(value.problem, value.remedy))
            return None
        return value

    def refuse(self, name: str, words: str) -> None:
        """Add a trouble."""
        self.found.append(Trouble(name, words))

    @property
    def troubles(self) -> Troubles:
        """All that was found."""
        return Troubles(tuple(self.found))


async def read_form(request: Request) -> Posted:
    """The fields of the request's body, whether sent as a form or in parts. Raises BadInput."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        parts = (await request.form(max_files=0, max_fields=MOST_FIELDS)).multi_items()
        return _posted([(name, value) for name, value in parts if isinstance(value, str)])
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadInput(
            Fault(phrase("The form"), phrase("could not be read."), phrase("Go back and send it again."))
        ) from None
    return _posted(pairs)


def _posted(pairs: Sequence[tuple[str, str]]) -> Posted:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Posted(values)


Form = Annotated[Posted, Depends(read_form)]


def join(posted: Posted) -> SignUp | Troubles:
    """The three fields of the join page."""
    reader = _Reader(posted)
    name = _name(reader)
    address = reader.read("email", parse_address, phrase("Enter your e-mail address."))
    team = _team(reader)
    if name is None or address is None or team is None:
        return reader.troubles
    return SignUp(name, address, team)


def about(posted: Posted) -> Correction | Troubles:
    """Name and team, as on the join page, of somebody who is in."""
    reader = _Reader(posted)
    name, team = _name(reader), _team(reader)
    if name is None or team is None:
        return reader.troubles
    return Correction(name=name, team=team)


def about_somebody(posted: Posted, person: Participant) -> Correction | Troubles:
    """The same of somebody else, who may have no team, and whose line manager may be known."""
    reader = _Reader(posted)
    name = reader.read("name", clean_name, phrase("Enter their full name."))
    team = _team(reader) if posted.one("team").strip() else ""
    manager = _manager(reader, person)
    if name is None or team is None or reader.found:
        return reader.troubles
    return Correction(name=name, team=team, manager_email=manager)


def _manager(reader: _Reader, person: Participant) -> str | None:
    """The line manager's address; empty where the field is, and None where there is no such field."""
    if not reader.posted.one("manager_email").strip():
        return "" if "manager_email" in reader.posted.values else None
    found = reader.read("manager_email", parse_address, "")
    if found is not None and found.key == person.email_key:
        reader.refuse("manager_email", together(phrase("This is their own address."), OTHER_MANAGER))
    return found.mailbox if found is not None else None


def _name(reader: _Reader) -> str | None:
    return reader.read("name", clean_name, phrase("Enter your full name."))


def _team(reader: _Reader) -> str | None:
    return reader.read("team", lambda text: clean_name(text, "team"), phrase("Enter your team."))


def address(posted: Posted, missing: str = "") -> Address | Troubles:
    """A form that asks for an address only."""
    reader = _Reader(posted)
    return reader.read("email", parse_address, missing or phrase("Enter your e-mail address.")) or reader.troubles


def until(posted: Posted, today: date) -> date | Troubles:
    """The day until which somebody pauses: after today, and not in another lifetime."""
    reader = _Reader(posted)
    day = reader.read(
        "until", lambda text: parse_date(text.strip()), phrase("Enter the day on which you want to be back.")
    )
    if day is not None and day <= today:
        reader.refuse("until", phrase("Enter a day in the future."))
    elif day is not None and day > date(today.year + 5, 12, 31):
        reader.refuse("until", phrase("Enter a day in the next five years, or leave the programme for now."))
    return reader.troubles if reader.found or day is None else day


def wishes(posted: Posted) -> Wishes | Troubles:
    """The optional second minute."""
    reader = _Reader(posted)
    ticked = {"asks": posted.all("asks_too")}
    topics = {
        kind: _items(reader, name, kind, [*SEPARATORS.split(posted.one(name)), *ticked.get(name, ())])
        for name, kind in LISTS.items()
    }
    topics[TopicKind.TIME] = _items(reader, "times", TopicKind.TIME, posted.all("times"))
    size = posted.one("size")
    if size not in ("", "2", "3"):
        reader.refuse("size", phrase("Choose two, three, or either."))
    shown = posted.one("asks_shown")
    if shown and shown not in list(AsksShown):
        reader.refuse("asks_shown", phrase("Choose who may read what you would like help with."))
    if reader.found:
        return reader.troubles
    return Wishes(topics, int(size) if size else None, AsksShown(shown) if shown else None)


def ways(posted: Posted, now: Ways) -> Ways | Troubles:
    """The rest of that minute: how often, in person or remotely, the time zone, and what somebody needs. A choice that
    is not in the form stays as it is.
    """
    reader = _Reader(posted)
    often = _choice(reader, "often", [*Often], now.often, phrase("Choose how often we draw your name."))
    formats = [None, *Format] if "format" in posted.values else []
    chosen = _choice(reader, "format", formats, now.format, phrase("Choose in person, remotely, or either."))
    readers = _choice(reader, "access_for", [*SeenBy], now.access_for, phrase("Choose who may read what you need."))
    access = parse_words(" ".join(posted.one("access").split()))
    if isinstance(access, Problem):
        reader.refuse("access", together(access.problem, access.remedy))
        return reader.troubles
    zone = posted.one("time_zone") if "time_zone" in posted.values else now.time_zone
    if zone not in ("", now.time_zone) and not zones.is_usual(zone):
        reader.refuse("time_zone", phrase("Choose one of the time zones of the list."))
    sits = _choice(
        reader,
        "may_sit_out",
        ["no", "yes"],
        "yes" if now.may_sit_out else "no",
        phrase("Choose whether you would sit out."),
    )
    said = Ways(
        often=often,
        format=chosen,
        access=access,
        access_for=readers,
        time_zone=zone,
        may_sit_out=sits == "yes",
    )
    return reader.troubles if reader.found else said


def locale(posted: Posted, offered: Sequence[str], now: str) -> str | Troubles:
    """The language of pages and mails, empty for the browser's; as it was where the form does not ask."""
    if "locale" not in posted.values:
        return now
    chosen = posted.one("locale")
    if chosen and chosen not in offered:
        return Troubles((Trouble("locale", phrase("Choose one of the languages.")),))
    return chosen


def _choice(reader: _Reader, name: str, known: Sequence[T], now: T, refusal: str) -> T:
    """The one of several that was chosen, or what was chosen before where the form does not ask."""
    posted = reader.posted.one(name)
    if not posted and None not in known:
        return now
    found = next((one for one in known if posted == (one or "")), now)
    if posted not in {str(one or "") for one in known}:
        reader.refuse(name, refusal)
    return found


def _items(reader: _Reader, name: str, kind: TopicKind, texts: Sequence[str]) -> list[str]:
    items: dict[str, str] = {}
    for text in texts:
        if not text.strip():
            continue
        item = clean_name(text, "entry")
        if isinstance(item, Problem):
            reader.refuse(name, together(item.problem, item.remedy))
            return []
        items.setdefault(folded(item), item)
    if len(items) > limit_of(kind):
        most = limit_of(kind)
        words = phrases(
            "You wrote %(count)s entry. Choose the %(most)s that matter most.",
            "You wrote %(count)s entries. Choose the %(most)s that matter most.",
            len(items),
            most=most,
        )
        reader.refuse(name, words)
    return list(items.values())


def wants_erasure(posted: Posted, language: Language | None = None) -> Troubles | None:
    """Whether the word was typed, in English or as the page has it."""
    known = {str(ERASE_WORD), (language or english()).say(ERASE_WORD).casefold()}
    if posted.one("word").strip().strip("“”\"'").casefold() in known:
        return None
    return Troubles((Trouble("word", phrase("Type the word %(word)s to show that you mean it.", word=ERASE_WORD)),))


def own_words(posted: Posted, name: str, most: int, missing: str) -> str | Troubles:
    """What somebody wrote in several lines, as they wrote it."""
    words = "\n".join(posted.one(name).splitlines()).strip()
    if not words:
        return Troubles((Trouble(name, missing),))
    odd = any(not letter.isprintable() and not letter.isspace() for letter in words)
    if odd or len(words) > most:
        return Troubles((Trouble(name, phrase("Use at most %(most)s letters, and plain text.", most=most)),))
    return words
