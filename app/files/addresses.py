"""E-mail addresses: which we accept, where mail goes, and when two spellings are one person.

Source: rules E6 to E8 of our reliability research, after RFC 5321 (2.4: only the recipient's own server may judge a
local part, so we compare folded and send as typed; 4.5.3.1: lengths), RFC 5890 (A-labels) and RFC 6532 (addresses
beyond ASCII).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from app.files.names import folded
from app.files.verdicts import Problem, shown
from emails import Phrase, phrase, phrases

LONGEST = 254  # octets, RFC 5321 4.5.3.1.3 without the angle brackets
LONGEST_LOCAL_PART = 64  # octets; the validator's own default lets 65 through

_EXAMPLE = phrase("Write it like %(example)s.", example="name@example.org")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_ASCII_DOMAIN = re.compile(r"[A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """A well-formed address in the three forms that matter."""

    typed: str  # as the person wrote it, trimmed: what we show
    mailbox: str  # local part as written, domain as A-label: what the envelope and headers carry
    key: str  # canonical: what must be unique in a programme; never mailed to

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only mail servers that offer SMTPUTF8 can carry it: the part before the @ is not ASCII."""
        return not self.mailbox.isascii()


def parse_address(text: str) -> Address | Problem:
    """The address in `text`, or why it is none. Syntax only: nothing is looked up in the DNS.

    Refused are also quoted local parts, bare IP addresses, display names, and domains that can never receive mail from
    everywhere (`localhost`, `.local`, `.test`, `.invalid`, `.onion`, `.arpa`); names under `.example` pass, as RFC 6761
    asks.
    """
    typed = text.strip()
    if not typed:
        return Problem(phrase("The e-mail address is missing."), _EXAMPLE)
    if "@" not in typed:
        return Problem(phrase("%(text)s is not an e-mail address.", text=shown(typed)), _EXAMPLE)
    if typed.endswith(">"):
        return Problem(
            phrase("%(text)s is more than an e-mail address.", text=shown(typed)),
            phrase("Write it alone, without name and angle brackets."),
        )
    if len(typed) > LONGEST:
        return Problem(
            phrases(
                "%(text)s has %(length)s character.",
                "%(text)s has %(length)s characters.",
                len(typed),
                text=shown(typed),
                length=str(len(typed)),
            ),
            phrase("An e-mail address has at most %(most)s.", most=LONGEST),
        )
    local, _, domain = typed.rpartition("@")
    try:
        domain = _mail_domain(domain) if _PLAIN_LOCAL.fullmatch(local) else _validated(typed).ascii_domain.lower()
    except (EmailNotValidError, UnicodeError) as error:
        return Problem(
            phrase("%(text)s is not an e-mail address: %(reason)s", text=shown(typed), reason=_reason(error)), _EXAMPLE
        )
    if "=?" in local:  # lawful, but many mail readers would decode it into another address
        return Problem(phrase("%(text)s holds the signs =? before the @.", text=shown(typed)), _EXAMPLE)
    if len(local.encode()) > LONGEST_LOCAL_PART:
        return Problem(
            phrase("%(text)s has more than %(most)s octets before the @.", text=shown(typed), most=LONGEST_LOCAL_PART),
            phrase("Write a shorter address."),
        )
    mailbox = f"{local}@{domain}"
    if len(mailbox.encode()) > LONGEST:
        return Problem(
            phrase("%(text)s is too long for e-mail servers.", text=shown(typed)), phrase("Write a shorter address.")
        )
    key = canonical_key(mailbox)  # most are written alike, and one text for all three saves memory
    mailbox = typed if mailbox == typed else mailbox
    return Address(typed, mailbox, mailbox if key == mailbox else key)


def canonical_key(address: str) -> str:
    """The form in which two spellings of one address are equal: for comparison and uniqueness only.

    In: any text; what is not an address is folded all the same, so that looking it up simply finds nothing.
    Out: local part NFC and case-folded, domain as lower-case A-label. `+tags` stay: they are different people.
    Asking again for the key of a key gives the same key.
    """
    local, at, domain = address.strip().rpartition("@")
    return f"{folded(local)}{at}{_a_label(domain)}".strip()


def _a_label(domain: str) -> str:
    """The domain as A-label in lower case; what is no domain, folded."""
    if _ASCII_DOMAIN.fullmatch(domain):
        return domain.lower()
    # First as it stands: IDNA 2008 tells ß from ss, folding does not.
    return _accepted(domain) or _accepted(folded(domain)) or folded(domain)


def _accepted(domain: str) -> str | None:
    try:
        return _mail_domain(domain) if len(domain) <= LONGEST else None
    except (EmailNotValidError, UnicodeError):
        return None


@lru_cache(maxsize=4096)  # a thousand colleagues share a domain, and judging it is most of the work
def _mail_domain(domain: str) -> str:
    return _validated(f"x@{domain}").ascii_domain.lower()


def _validated(address: str) -> ValidatedEmail:
    """The library's opinion with every setting spelt out, so that nobody's change of its global defaults reaches us."""
    return validate_email(
        address,
        allow_smtputf8=True,
        allow_empty_local=False,
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        strict=False,
        check_deliverability=False,
        test_environment=False,
        globally_deliverable=True,
    )


def _reason(error: Exception) -> str:
    if not isinstance(error, EmailNotValidError):
        return phrase("it contains half a character (a lone surrogate).")
    words = str(error).replace("email address", "e-mail address").replace("The e-mail address", "It")
    return _known(words[0].lower() + words[1:])


# What the library says most often, as sentences that can be translated. What it says else stays in its English.
_REASONS = (
    phrase("an e-mail address must have an @-sign."),
    phrase("there must be something before the @-sign."),
    phrase("there must be something after the @-sign."),
    phrase("there can't be anything after the e-mail address."),
    phrase("it contains invalid characters before the @-sign: %(signs)s.", signs=""),
    phrase("it contains unsafe characters: %(signs)s.", signs=""),
    phrase("an e-mail address cannot have two periods in a row."),
    phrase("an e-mail address cannot have a period and a hyphen next to each other."),
    phrase("an e-mail address cannot start with a period."),
    phrase("an e-mail address cannot end with a period."),
    phrase("an e-mail address cannot have a period immediately before the @-sign."),
    phrase("an e-mail address cannot have a period immediately after the @-sign."),
    phrase("an e-mail address cannot end with a hyphen."),
    phrase("an e-mail address cannot have a hyphen immediately after the @-sign."),
    phrase("the part after the @-sign contains invalid characters: %(signs)s.", signs=""),
    phrase("the part after the @-sign is not valid. It should have a period."),
    phrase("the part after the @-sign is not valid. It is not within a valid top-level domain."),
    phrase("the part after the @-sign is a special-use or reserved name that cannot be used with e-mail."),
    phrase("the part after the @-sign is a special-use or reserved name that cannot be used with email."),
    phrase("a bracketed IP address after the @-sign is not allowed here."),
    phrase("a display name and angle brackets around the e-mail address are not permitted here."),
)


def _known(words: str) -> str:
    """The words as a phrase, where they are among those we know."""
    for reason in _REASONS:
        pattern = re.escape(reason.message).replace(re.escape("%(signs)s"), "(?P<signs>.+)")
        if found := re.fullmatch(pattern, words):
            signs = {name: phrase("SPACE") if sign == "SPACE" else sign for name, sign in found.groupdict().items()}
            return Phrase.made(reason.message, None, 0, signs)
    return words
