"""Types of single values that come from outside: bounded, finite, and fit for a database and a mail header.

What a validator says goes into the answer, so none of them repeats the value.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from app.files.addresses import parse_address
from app.files.names import clean_name
from app.files.verdicts import Problem
from app.languages import known
from app.services.draw_days import read_pause
from app.services.programmes import SLUG, is_conduct
from app.services.rounds import MAX_SEED
from emails import WordsRefused, read_own_subject, read_own_words

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _safe(text: str) -> str:
    """No control characters, half characters or code points that are none; line breaks are welcome."""
    for character in text:
        if (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t") or ord(
            character
        ) & 0xFFFE == 0xFFFE:
            raise ValueError("contains a character that cannot be shown.")
    return text


def _one_line(text: str) -> str:
    if re.search(r"[\n\t\u2028\u2029]", text):
        raise ValueError("must stand on one line.")
    return _safe(text)


def _title(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty.")
    return _one_line(text)


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise ValueError("must be 1 to 60 small letters, digits and hyphens. For example: cross-trust")
    return text


def _name(text: str) -> str:
    """The one rule for names of forms, files and API."""
    cleaned = clean_name(text)
    if isinstance(cleaned, Problem):
        raise ValueError("cannot be used: write 1 to 100 ordinary characters on one line.")
    return cleaned


def _name_or_nothing(text: str) -> str:
    return _name(text) if text.strip() else ""


def _address(text: str) -> str:
    found = parse_address(text)
    if isinstance(found, Problem):
        raise ValueError("is not an e-mail address. Write it like name@example.org.")
    return found.mailbox


def _address_or_nothing(text: str) -> str:
    return _address(text) if text.strip() else ""


def _conduct(text: str) -> str:
    """Paragraphs, or one link that a browser follows safely."""
    if not is_conduct(text.strip()):
        raise ValueError("must be plain paragraphs, or one link that begins with https:// and names a host.")
    return _safe(text).strip()


def _own_words(text: str) -> str:
    """Words of a mail, as the mails know them. Only the name of a placeholder is repeated, cut short."""
    return _accepted(read_own_words(text))


def _own_subject(text: str) -> str:
    return _accepted(read_own_subject(text))


def _accepted(read: str | WordsRefused) -> str:
    if isinstance(read, WordsRefused):
        raise ValueError(f"{read.problem} {read.remedy}")
    return read


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not known. An IANA name such as Europe/London.") from None
    return text


def _zone_or_nothing(text: str) -> str:
    return _zone(text) if text else ""


def _language_or_nothing(text: str) -> str:
    if text and text not in known():
        raise ValueError(f"is none of the languages there are: {', '.join(known())}.")
    return text


def _day(value: object) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("is not a date. Write it like 2026-12-31.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("is not a day of the calendar.") from None


def _pause(text: str) -> str:
    found = read_pause(text)
    if found is None:
        raise ValueError("is no day and no days of a year. Write it like 2026-12-25 or 2026-12-21/2027-01-03.")
    return str(found)


def _domain(text: str) -> str:
    found = parse_address(f"x@{text}")
    if isinstance(found, Problem):
        raise ValueError("is no domain of addresses. Write it like example.org, without an @.")
    return found.key.rpartition("@")[2]


def _instant(value: object) -> datetime:
    """A date and a time of day as in ISO 8601, with or without an offset; no number of seconds."""
    try:
        return datetime.fromisoformat(value if isinstance(value, str) and "T" in value.upper() else "")
    except ValueError:
        raise ValueError("is not a moment. Write it like 2026-12-31T09:00:00+00:00.") from None


SafeStr = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_safe)]
Text = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_safe)]
Title = Annotated[str, StringConstraints(max_length=120), AfterValidator(_title)]
Words = Annotated[str, StringConstraints(max_length=300), AfterValidator(_one_line)]
Conduct = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_conduct)]
OwnWords = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_own_words)]
OwnSubject = Annotated[str, StringConstraints(max_length=200), AfterValidator(_own_subject)]
AddressOrNothing = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address_or_nothing)]
Line = Annotated[str, StringConstraints(max_length=80), AfterValidator(_one_line)]
ShortLine = Annotated[str, StringConstraints(max_length=40), AfterValidator(_one_line)]
Zone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_zone)]
ZoneOrNothing = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone_or_nothing)]
LanguageOrNothing = Annotated[str, StringConstraints(max_length=16), AfterValidator(_language_or_nothing)]
Cell = Annotated[str, StringConstraints(max_length=500), AfterValidator(_one_line)]
Slug = Annotated[str, StringConstraints(max_length=200), AfterValidator(_slug)]
Name = Annotated[str, StringConstraints(max_length=400), AfterValidator(_name)]
NameOrNothing = Annotated[str, StringConstraints(max_length=400), AfterValidator(_name_or_nothing)]
Address = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
Domain = Annotated[str, StringConstraints(max_length=253), AfterValidator(_domain)]
PauseText = Annotated[str, StringConstraints(max_length=40), AfterValidator(_pause)]
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Whole = Annotated[int, Field(strict=True)]
Seed = Annotated[int, Field(strict=True, ge=0, le=MAX_SEED)]
Yes = Annotated[bool, Field(strict=True)]
