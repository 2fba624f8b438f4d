"""The ways out: SMTP, a mail folder on disk, or memory; and how a setting names one of them.

`from_url` is the only place that reads `COFFEE_SMTP_URL`. What the answers mean stands in `emails.answers`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from emails.answers import (
    STEPS,
    Accepted,
    Answer,
    CannotConnect,
    Connection,
    Envelope,
    Refused,
    Transport,
    Unknown,
    unwatched,
)
from emails.local import MaildirTransport, MemoryTransport
from emails.smtp import Security, SmtpTransport
from emails.smtp_wire import Timeouts

__all__ = [
    "STEPS",
    "Accepted",
    "Answer",
    "BadTransportURL",
    "CannotConnect",
    "Connection",
    "Envelope",
    "MaildirTransport",
    "MemoryTransport",
    "Refused",
    "SmtpTransport",
    "Timeouts",
    "Transport",
    "Unknown",
    "from_url",
]

_OPTIONS = {"smtp": {"starttls", "ca", "helo"}, "smtps": {"ca", "helo"}, "maildir": set()}
_PORTS = {"smtp": 587, "smtps": 465}
_HELP = "Use smtp://user:password@host:587?starttls=required, smtps://host:465 or maildir:///a/folder."
_HELO = re.compile(r"[A-Za-z0-9._-]{1,255}|\[[A-Za-z0-9.:]{1,100}\]")  # RFC 5321 4.1.3
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class BadTransportURL(ValueError):
    """A mail setting that cannot be used. Its words never hold any part of a password."""


def from_url(url: str, *, timeouts: Timeouts | None = None, watch: Callable[[str], None] = unwatched) -> Transport:
    """The transport that `url` names. Raises `BadTransportURL`.

    `watch` is called with the name of each step of the conversation (`emails.answers.STEPS`), for tests that kill or
    disturb the process there.
    """
    parts, options = _parse(url)
    if parts.scheme == "maildir":
        return _maildir(parts, watch)
    return _smtp(parts, options, timeouts or Timeouts(), watch)


@dataclass(frozen=True)
class _Login:
    user: str | None
    password: str | None


def _parse(url: str) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts = urlsplit(url.strip())
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:  # its words may quote the URL, and with it the password: do not chain
        raise BadTransportURL(f"The mail setting is not a URL we can read. {_HELP}") from None
    if parts.scheme not in _OPTIONS:
        raise BadTransportURL(f"The mail setting begins with none of smtp, smtps and maildir. {_HELP}")
    if parts.fragment or "@" in parts.path or "@" in parts.query:
        raise BadTransportURL("A sign such as / ? # @ in the password must be written as %2F %3F %23 %40.")
    for name in options:
        if name not in _OPTIONS[parts.scheme]:
            known = ", ".join(sorted(_OPTIONS[parts.scheme])) or "none"
            raise BadTransportURL(f"The mail setting has an option that {parts.scheme} does not know; known: {known}.")
    return parts, options


def _maildir(parts: SplitResult, watch: Callable[[str], None]) -> MaildirTransport:
    path = Path(unquote(parts.path))
    if parts.netloc or not path.is_absolute() or path == Path("/"):
        raise BadTransportURL("maildir needs an absolute folder after three slashes: maildir:///a/folder.")
    return MaildirTransport(path, watch)


def _smtp(
    parts: SplitResult, options: dict[str, str], timeouts: Timeouts, watch: Callable[[str], None]
) -> SmtpTransport:
    host, port, login = _host(parts), _port(parts), _login(parts)
    starttls = options.get("starttls", "required")
    if starttls not in ("required", "off"):
        raise BadTransportURL("starttls is either required or off.")
    security: Security = "tls" if parts.scheme == "smtps" else "starttls" if starttls == "required" else "none"
    if login.user is not None and security == "none" and host not in _LOOPBACK:
        raise BadTransportURL("A password would travel unencrypted. Remove starttls=off, or the user and password.")
    ca_file = Path(options["ca"]) if "ca" in options else None
    if ca_file is not None and not ca_file.is_file():
        raise BadTransportURL("The file named by ca= is not there.")
    helo = options.get("helo")
    if helo is not None and not _HELO.fullmatch(helo):
        raise BadTransportURL("helo= is no name that a machine can have.")
    return SmtpTransport(
        host=host,
        port=port,
        security=security,
        user=login.user,
        password=login.password,
        ca_file=ca_file,
        helo=helo,
        timeouts=timeouts,
        watch=watch,
    )


def _host(parts: SplitResult) -> str:
    if not parts.hostname or parts.path not in ("", "/"):
        raise BadTransportURL(f"The mail setting names no host. {_HELP}")
    return parts.hostname


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise BadTransportURL("The port in the mail setting is not a number from 1 to 65535.")
    return port or _PORTS[parts.scheme]


def _login(parts: SplitResult) -> _Login:
    if parts.username is None or (parts.username == "" and not parts.password):
        return _Login(None, None)
    if not parts.username or not parts.password:
        raise BadTransportURL("The mail setting has a user without a password, or a password without a user.")
    return _Login(unquote(parts.username), unquote(parts.password))
