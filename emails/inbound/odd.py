"""Bounces in none of the standard shapes: qmail, older Exim, Lotus and many more, recognised by flufl.bounce.

Only a message that says it comes from a mail system is looked at this way: a person who quotes an error must not make
somebody vanish. flufl.bounce gets a small copy with short lines, because its patterns may take the square of a line.
"""

import email
import email.policy
import re
from collections.abc import Iterable
from email.message import Message

from emails.inbound.reading import Opened, decoded, first, headers_of
from emails.inbound.report import Report
from emails.inbound.status import NOBODY, judge

SMALL_BYTES, SMALL_LINE = 64 * 1024, 400

DAEMON = re.compile(
    r"\b(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mailerdaemon|mmdf|uucp|smtp[-_.]gateway|"
    r"mail[-_ ]delivery[-_ ](?:sub)?system|bounce)\b[^@<]*(?:@|>|$)",
    re.IGNORECASE,
)
SUBJECTS = re.compile(
    r"undeliver|deliver(?:y|ed).{0,30}(?:fail|status|problem|error)|fail(?:ure|ed).{0,20}(?:notice|deliver|mail)"
    r"|returned (?:mail|message)|mail (?:system error|delivery)|could not be delivered|not delivered|unzustellbar"
    r"|non (?:remis|distribu)|no se (?:pudo|puede) entregar",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"(?:will|shall) (?:be )?(?:keep|continue|retr|try|attempt)\w*|has been delayed"
    r"|delivery (?:is |to [^\n]{1,80} )?delayed|(?:do not|don't) need to resend|still trying"
    r"|could not send message for (?:the )?past|this is a warning message only",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(r"giv(?:ing|en) up|permanent (?:fatal )?error|fatal error|no further attempt", re.IGNORECASE)
_COPY = re.compile(
    r"^(?:-{2,} ?(?:below this line|this is a copy|original message|unsent message|returned message)"
    r"|return-path:|received:)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


def odd_bounce(opened: Opened) -> Report | None:
    """A bounce in a shape of its own, or None."""
    words = _COPY.split(opened.words(), maxsplit=1)[0][:16384]
    late, gone = _flufl(opened)
    hint = next(iter(sorted(late | gone)), "")
    if not late and not gone:
        return _by_words(words)
    if not gone or (DELAYED.search(words) and not GIVEN_UP.search(words)):
        return Report("delayed", recipient_hint=hint)
    kind, code = judge("", words)
    return Report(kind, "", code, hint, " ".join(words.split())[:300])


def from_a_mail_system(opened: Opened) -> bool:
    """Whether it claims to come from a mail server rather than from somebody."""
    headers = headers_of(opened.root)
    sender = first(headers, "from") or first(headers, "sender")
    if DAEMON.search(decoded(sender)) or "x-failed-recipients" in headers:
        return True
    return first(headers, "return-path") == "<>" and SUBJECTS.search(decoded(first(headers, "subject"))) is not None


def _by_words(words: str) -> Report | None:
    """A mail system complains, but nobody knows its shape: never hard by itself."""
    if DELAYED.search(words) and not GIVEN_UP.search(words):
        return Report("delayed")
    found = _ADDRESS.search(words)
    kind, code = judge("", words)
    if found is None or (kind == "soft" and code == "5.0.0" and not NOBODY.search(words)):
        return None
    return Report("soft", "", code, found[0], " ".join(words.split())[:300])


def _flufl(opened: Opened) -> tuple[set[str], set[str]]:
    """Whom flufl.bounce finds: delayed, and given up."""
    opened.check_time()
    from flufl.bounce import all_failures  # sixteen detectors, needed only now

    try:
        late, gone = all_failures(_small(opened.data))
    except Exception:  # written for bounces, fed with anything a stranger sends
        return set(), set()
    opened.check_time()
    return _plain(late), _plain(gone)


def _small(data: bytes) -> Message:
    lines = (line[:SMALL_LINE] for line in data[:SMALL_BYTES].splitlines())
    return email.message_from_bytes(b"\n".join(lines), policy=email.policy.compat32)


def _plain(addresses: Iterable[bytes]) -> set[str]:
    return {address.decode("ascii", "replace").strip("<> ")[:320] for address in addresses if address}
