"""The values that mails are made of: an address, the frame around every mail, and the finished message."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import email_validator

from emails.languages import ENGLISH, language
from emails.sentences import phrase
from emails.words import clean_name

# The atoms of RFC 5321 and RFC 6531. Quoted local parts ("a b"@x) are refused: many servers do not take them.
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~\u0080-\U0010ffff-]+(\.[\w!#$%&'*+/=?^`{|}~\u0080-\U0010ffff-]+)*")
# Labels of at most 63 octets (RFC 1035 2.3.4); an underscore in the first one, as in names of Windows machines.
_DOMAIN = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class BadAddress(ValueError):
    """An address that cannot be put on an envelope; the words say why."""


@dataclass(frozen=True)
class Address:
    """A display name (cleaned, may be empty) and an address as the person typed it."""

    name: str
    address: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", clean_name(self.name))


@dataclass(frozen=True)
class Attachment:
    """A file that travels with a mail. `content_type` is written as it stands."""

    file_name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Frame:
    """What surrounds every mail whatever it says: who it is from, when, and how to stop it.

    `sender` is our own address, its name reads "Programme via Organisation" (see `sender_name`). `organiser` gets the
    replies to everything but introductions. `date` and `message_id` are fixed when the mail is planned, so that every
    try sends the same bytes. `unsubscribe_url` is the one-click address of RFC 8058, None where there is nothing to
    leave. `headers` are extra ones, such as a provider's idempotency header. `test_of`
    names whose mail it is that is shown to an organiser as a test.
    """

    programme: str
    organisation: str
    base_url: str
    sender: Address
    message_id: str
    date: datetime
    organiser: Address | None = None
    list_id: str | None = None
    unsubscribe_url: str | None = None
    references: tuple[str, ...] = ()
    locale: str = "en"
    headers: tuple[tuple[str, str], ...] = ()
    test_of: str = ""

    def __post_init__(self) -> None:
        if self.date.tzinfo is None:
            raise ValueError("Frame.date needs a time zone")
        object.__setattr__(self, "programme", clean_name(self.programme))
        object.__setattr__(self, "organisation", clean_name(self.organisation))


@dataclass(frozen=True)
class Message:
    """A finished mail for one recipient; `emails.mime` turns it into bytes."""

    kind: str
    sender: Address
    recipient: str
    to: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    references: tuple[str, ...] = ()
    list_id: str | None = None
    list_name: str = ""
    unsubscribe_url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = field(default=())


def sender_name(programme: str, organisation: str, locale: str = ENGLISH) -> str:
    """The display name of our sender: `Programme via Organisation`, shorter where the two are one or one is missing."""
    programme, organisation = clean_name(programme), clean_name(organisation)
    if not organisation or programme == organisation:
        return programme
    if not programme:
        return organisation
    both = phrase("%(programme)s via %(organisation)s", programme=programme, organisation=organisation)
    return str(language(locale).say(both))


def message_id(secret: bytes, dedup_key: str, domain: str) -> str:
    """The Message-ID of one mail to one person (E9): the same on every try, and it tells nothing to who reads it."""
    return f"<{_keyed_hash(secret, 'message-id', dedup_key)}@{ascii_domain(domain)}>"


def calendar_uid(secret: bytes, key: str, domain: str) -> str:
    """The UID of one group's calendar entry (RFC 5545 3.8.4.7): the same for all its members, for ever."""
    return f"{_keyed_hash(secret, 'calendar', key)}@{ascii_domain(domain)}"


@lru_cache(4096)  # an address is asked for a dozen times while one mail is made
def ascii_address(address: str) -> str:
    """`address` as it may stand in a header or on an envelope: its domain as an A-label, all else as typed (E6, E8).

    A local part outside ASCII stays and needs SMTPUTF8 (RFC 6531). Raises `BadAddress` for anything that could be read
    as more than one address or as a command.
    """
    local, at, domain = address.rpartition("@")
    # "=?" is lawful there, but many readers would decode it into another address.
    if not at or not _LOCAL_PART.fullmatch(local) or not local.isprintable() or "=?" in local:
        raise BadAddress("This is not an address we can write to: it needs one @ and none of the special signs.")
    if len(local.encode("utf-8")) > 64:
        raise BadAddress("The part of the address before the @ is longer than 64 octets.")
    result = f"{local}@{ascii_domain(domain)}"
    if len(result.encode("utf-8")) > 254:
        raise BadAddress("The address is longer than 254 octets.")
    return result


def ascii_domain(domain: str) -> str:
    """The A-label form of a domain (RFC 5890), lower-case. Raises `BadAddress`."""
    if not domain.isascii():
        domain = _to_a_label(domain)
    if not _DOMAIN.fullmatch(domain.lower()) or len(domain) > 253:
        raise BadAddress("The part of the address after the @ is not a domain name.")
    return domain.lower()


def _to_a_label(domain: str) -> str:
    try:
        checked = email_validator.validate_email(
            f"a@{domain}", check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except email_validator.EmailNotValidError as error:
        raise BadAddress(f"The part of the address after the @ is not a domain name. {error}") from error
    return checked.ascii_domain


def _keyed_hash(secret: bytes, purpose: str, key: str) -> str:
    return hmac.new(secret, f"{purpose}:{key}".encode(), hashlib.sha256).hexdigest()[:40]
