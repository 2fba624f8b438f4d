"""The demo's mail catcher, looked into: a Maildir, read as it is, never changed."""

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import emails
from app.errors import NotFound
from app.settings import Settings

FOLDERS = ("new", "cur")
HEAD_BYTES = 64 * 1024
SHOWN_HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "Auto-Submitted")


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """A line of the inbox."""

    key: str
    recipient: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail in all its parts."""

    headers: list[tuple[str, str]]
    recipient: str
    subject: str
    text: str
    html: str | None
    attachments: list[Attachment]
    raw: bytes


def folder_of(settings: Settings) -> Path | None:
    """Where the demo's mails lie, or None when they go elsewhere."""
    if settings.smtp_url is None:
        return None
    transport = emails.from_url(settings.smtp_url.get_secret_value())
    return transport.path if isinstance(transport, emails.MaildirTransport) else None


def caught(folder: Path, recipient: str = "") -> list[Path]:
    """The files of all mails, or of those whose recipient contains a text; newest first."""
    files = [path for name in FOLDERS if (folder / name).is_dir() for path in (folder / name).iterdir()]
    files = sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    wanted = recipient.strip().casefold()
    return [path for path in files if wanted in _recipient(path).casefold()] if wanted else files


def line_of(path: Path) -> CaughtMail:
    """What the inbox shows of a mail."""
    head = email.message_from_bytes(_head(path), policy=email.policy.default)
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return CaughtMail(path.name, str(head["Delivered-To"] or head["To"] or ""), str(head["Subject"] or ""), at)


def find(folder: Path, key: str) -> Path:
    """The file of that name: only one that a listing has shown. Raises NotFound."""
    for name in FOLDERS:
        if (folder / name).is_dir() and key in {path.name for path in (folder / name).iterdir()}:
            return folder / name / key
    raise NotFound(emails.phrase("There is no such mail."))


def opened(path: Path) -> OpenedMail:
    """A mail in all its parts."""
    return parts_of(path.read_bytes())


def parts_of(raw: bytes) -> OpenedMail:
    """The same of the bytes of a mail that we wrote."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return OpenedMail(
        headers=[(name, str(value)) for name in SHOWN_HEADERS for value in message.get_all(name, [])],
        recipient=str(message["Delivered-To"] or message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=_body(message, "plain") or "",
        html=_body(message, "html"),
        attachments=[_attachment(part) for part in message.iter_attachments()],
        raw=raw,
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return str(part.get_content()) if isinstance(part, EmailMessage) else None


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    name = part.get_filename() or "attachment"
    return Attachment(name, part.get_content_type(), content if isinstance(content, bytes) else b"")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES).partition(b"\n\n")[0] + b"\n\n"


def _recipient(path: Path) -> str:
    return line_of(path).recipient
