# ruff: noqa: E501 - words of servers stand on one line, as they come
"""What the reports are made of: a case with what is expected of it, and the boxes that mail systems build."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One report. `to` is the envelope address where the receiving server tells it; `named` whether it shows our tag."""

    name: str
    data: bytes
    kind: str
    status: str = ""
    hint: str = ""
    named: bool = True
    to: str = ""


@dataclass(frozen=True)
class Sheet:
    """The mail that all reports are about."""

    tag: str
    person: str

    @property
    def back(self) -> str:
        """The envelope sender of our mail, to which reports go."""
        return f"bounces+{self.tag}@coffee.example.net"

    @property
    def ours(self) -> str:
        """The mail, as it lies in the mailbox of who got it."""
        return (
            f"Return-Path: <{self.back}>\n"
            f"Received: from mail.coffee.example.net by mx.example.org with ESMTPS id 4Xk2; Mon, 23 Nov 2026 09:00:04 +0000\n"
            f"From: Cross-team coffees via Example Trust <coffee@example.net>\n"
            f"To: Sam Okoro <{self.person}>, Alex Lind <alex@example.org>\n"
            f"Reply-To: Alex Lind <alex@example.org>\n"
            f"Subject: Sam, meet Alex\n"
            f"Date: Mon, 23 Nov 2026 09:00:00 +0000\n"
            f"Message-ID: <0123456789abcdef0123456789abcdef01234567@example.net>\n"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            f"\nHello Sam, meet Alex.\n"
        )

    @property
    def head(self) -> str:
        """Only its headers."""
        return self.ours.partition("\n\n")[0] + "\n"


def dsn(
    sheet: Sheet,
    sender: str,
    subject: str,
    words: str,
    fields: Sequence[str],
    *,
    mta: str = "dns; mx.example.org",
    more: str = "",
    kind: str = "message/delivery-status",
    returned: str = "message/rfc822",
    to: str | None = None,
) -> bytes:
    """A multipart/report of RFC 3464: words for people, blocks of fields for machines, the mail or its headers.

    `fields` holds one text for each recipient.
    """
    blocks = "\n".join(f"\n{block.strip()}\n" for block in fields)
    original = sheet.ours if returned in ("message/rfc822", "message/global") else sheet.head
    return crlf(
        f"Return-Path: <>\nReceived: from mx.example.org by mail.coffee.example.net; Mon, 23 Nov 2026 09:00:09 +0000\n"
        f"From: {sender}\nTo: {sheet.back if to is None else to}\nSubject: {subject}\n"
        f"Date: Mon, 23 Nov 2026 09:00:08 +0000\n{more}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="=_report_4Xk2"\n\n'
        f"This is a MIME-encapsulated message.\n\n--=_report_4Xk2\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
        f"--=_report_4Xk2\nContent-Type: {kind}\n\nReporting-MTA: {mta}\nArrival-Date: Mon, 23 Nov 2026 09:00:04 +0000\n"
        f"{blocks}\n--=_report_4Xk2\nContent-Type: {returned}\n\n{original}\n--=_report_4Xk2--\n"
    )


def block(action: str, status: str, final: str, said: str = "", *, original: str = "", more: str = "") -> str:
    """The fields about one recipient."""
    lines = [
        f"Original-Recipient: rfc822;{original}" if original else "",
        f"Final-Recipient: rfc822; {final}",
        f"Action: {action}",
        f"Status: {status}" if status else "",
        f"Diagnostic-Code: smtp; {said}" if said else "",
        more,
    ]
    return "\n".join(line for line in lines if line)


def plain(to: str, sender: str, subject: str, words: str, *, more: str = "Return-Path: <>\n") -> bytes:
    """A message of text alone."""
    return crlf(
        f"{more}From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Mon, 23 Nov 2026 09:00:08 +0000\n"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{words}\n"
    )


def crlf(text: str) -> bytes:
    """As it comes over the wire."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")
