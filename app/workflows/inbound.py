"""A mailbox looked into for bounces over IMAP (RFC 3501, RFC 9051), each minute, by whichever worker comes first.

A message is marked as seen, or moved, only after what it says is written down: a crash in between means that it is
taken again, which changes nothing. Nothing is ever deleted. No transaction is open while the server is spoken to.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from app.errors import NotConfigured
from app.models import Channel
from app.services import bounces
from app.workflows.channel import INBOUND
from app.workflows.work import Work
from emails.inbound import LARGEST
from emails.inbound import read as read_report

log = structlog.get_logger(__name__)

SECONDS = 20.0
MOST = 100
"""Messages taken in one look; the rest wait for the next."""

_LITERAL = re.compile(rb"\{(\d+)\}$")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where to look. `done` is a folder to which messages are moved once they are taken; empty: they stay, as seen."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    done: str = ""


def mailbox_of(url: str) -> Mailbox:
    """`imaps://user:password@host:993/INBOX?done=Done`. Raises NotConfigured, without a word of the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or 993
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "imaps" or not (parts.hostname and parts.username and parts.password and port):
        raise NotConfigured("COFFEE_INBOUND_IMAP_URL must look like imaps://user:password@mail.example.org/INBOX")
    done = parse_qs(parts.query).get("done", [""])[0]
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Mailbox(parts.hostname, port, unquote(parts.username), unquote(parts.password), folder, done)


def poll(work: Work, *, trusted: ssl.SSLContext | None = None) -> int:
    """Take what lies unseen in the mailbox of the settings; returns how many messages. 0 also where none is set.

    A server that is away, or refuses us, is noted for the health page and tried again with the next call; nothing is
    raised for it. `trusted` are other authorities than the system's.
    """
    if work.settings.inbound_imap_url is None:
        return 0
    with work.database.held("inbound") as ours:
        if not ours:
            return 0
        try:
            mailbox = mailbox_of(work.settings.inbound_imap_url.get_secret_value())
            taken = _look(work, mailbox, trusted or ssl.create_default_context())
        except (OSError, imaplib.IMAP4.error, NotConfigured) as error:
            _note(work, _words(error))
            return 0
    _note(work, None)
    return taken


def _look(work: Work, mailbox: Mailbox, trusted: ssl.SSLContext) -> int:
    taken = 0
    work.alone()
    with _opened(mailbox, trusted) as server:
        for number in _unseen(server)[:MOST]:
            if work.stopping.is_set():
                break
            data = _fetched(server, number)
            try:
                if data is not None:
                    _take(work, data)
            except (OperationalError, NoConnectionLeft) as error:  # it stays unseen until the database is back
                log.warning("inbound.database_away", error=type(error).__name__)
                break
            except Exception:
                log.exception("inbound.not_taken")
                _set_aside(server, number)
                continue
            work.alone()
            _put_away(server, number, mailbox.done)
            taken += 1
    return taken


@contextmanager
def _opened(mailbox: Mailbox, trusted: ssl.SSLContext) -> Iterator[imaplib.IMAP4_SSL]:
    """The folder, opened over TLS whose certificate was checked."""
    server = imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=trusted, timeout=SECONDS)
    try:
        server.login(mailbox.user, mailbox.password)
        _must(server.select(_quoted(mailbox.folder)), "The folder cannot be opened")
        yield server
    finally:
        try:
            server.logout()
        except (OSError, imaplib.IMAP4.error):
            server.shutdown()  # the line is broken; saying goodbye would have closed it


def _unseen(server: imaplib.IMAP4_SSL) -> list[bytes]:
    found = _must(server.uid("SEARCH", "UNSEEN"), "The folder cannot be searched")
    return [number for line in found if isinstance(line, bytes) for number in line.split()]


def _fetched(server: imaplib.IMAP4_SSL, number: bytes) -> bytes | None:
    """The first mebibyte of a message, without marking it; None when it has gone meanwhile."""
    asked = f"(BODY.PEEK[]<0.{LARGEST}>)"
    found = _must(server.uid("FETCH", number.decode("ascii"), asked), "A message cannot be fetched")
    return next((part[1] for part in found if isinstance(part, tuple) and _LITERAL.search(part[0])), None)


def _take(work: Work, data: bytes) -> None:
    report = read_report(data)
    with work.database.writing("inbound: take") as session:
        outcome = bounces.take(
            session,
            report,
            source="imap",
            event_key=bounces.key_of(data),
            now=work.moment(session),
            secret_key=work.settings.secret,
        )
    log.info("inbound.taken", source="imap", outcome=outcome.what, kind=outcome.kind, mail=outcome.mail_id)


def _put_away(server: imaplib.IMAP4_SSL, number: bytes, done: str) -> None:
    """Seen, and in the folder for those where there is one: moved (RFC 6851), or else copied and left where it is."""
    uid = number.decode("ascii")
    _must(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"), "A message cannot be marked")
    if done:
        # asked now: many servers tell all that they can only to who has signed in
        can = b" ".join(_must(server.capability(), "The server does not say what it can")).upper().split()
        verb = "MOVE" if b"MOVE" in can else "COPY"
        _must(server.uid(verb, uid, _quoted(done)), "A message cannot be moved")


def _set_aside(server: imaplib.IMAP4_SSL, number: bytes) -> None:
    """One that we stumble over stays for human eyes, flagged: as unseen, a hundred of them would hold up all others."""
    _must(
        server.uid("STORE", number.decode("ascii"), "+FLAGS.SILENT", r"(\Seen \Flagged)"), "A message cannot be marked"
    )


def _must(answer: tuple[str, Sequence[Any]], words: str) -> Sequence[Any]:
    said, found = answer
    if said != "OK":
        raise imaplib.IMAP4.error(words)
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", r"\\").replace('"', r"\"") + '"'


def _words(error: Exception) -> str:
    """What is wrong, without what a server may repeat of the password."""
    if isinstance(error, NotConfigured):
        return error.detail
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The certificate of the mailbox's server cannot be trusted."
    if isinstance(error, OSError):
        return f"The mailbox's server cannot be reached: {type(error).__name__}."
    return "The mailbox's server refuses us: the name, the password or the folder is wrong."


def _note(work: Work, trouble: str | None) -> None:
    """Keep the trouble where the health page finds it, or clear it; written only when something has changed."""
    with work.database.reading() as session:
        known = session.get(Channel, INBOUND)
        if (known.trouble if known else None) == trouble:
            return
    with work.database.writing("inbound: trouble") as session:
        row = session.get(Channel, INBOUND) or Channel(name=INBOUND)
        row.trouble_since = None if trouble is None else row.trouble_since or work.moment(session)
        row.trouble = trouble
        session.add(row)
    if trouble is not None:
        log.warning("inbound.trouble", words=trouble)
