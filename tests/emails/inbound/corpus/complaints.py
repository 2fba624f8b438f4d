# ruff: noqa: E501 - words of servers stand on one line, as they come
"""Complaints (RFC 5965) in the shapes of providers, and feedback reports that are none."""

from collections.abc import Iterator

from tests.emails.inbound.corpus.shapes import Case, Sheet, crlf, plain


def cases(sheet: Sheet) -> Iterator[Case]:
    """Yahoo, Outlook.com, Comcast's shape, and reports of other kinds."""
    who = sheet.person
    yield Case("yahoo: abuse", _arf(sheet, "abuse", f"Original-Mail-From: <{sheet.back}>\nOriginal-Rcpt-To: {who}\n"),
               "complaint", "", who)  # fmt: skip
    yield Case("fastmail: abuse, recipient hidden", _arf(sheet, "abuse", "Original-Rcpt-To: redacted\n"), "complaint")
    yield Case("comcast: abuse, headers only", _arf(sheet, "abuse", "", "text/rfc822-headers"), "complaint")
    yield Case("a feedback loop: fraud", _arf(sheet, "fraud", f"Original-Rcpt-To: <{who}>\n"), "complaint", "", who)
    yield Case(
        "a feedback loop: opt-out", _arf(sheet, "opt-out", f"Removal-Recipient: <{who}>\n"), "complaint", "", who
    )
    yield Case("a feedback loop: not spam after all", _arf(sheet, "not-spam", ""), "nothing")
    yield Case("a feedback loop: authentication failed", _arf(sheet, "auth-failure", ""), "nothing")
    yield Case("outlook.com: the mail itself", _outlook(sheet), "complaint", "", who)
    yield Case("a complaint typed by hand", plain(sheet.back, f"Sam <{who}>", "STOP", "This is spam, stop it!", more=""),
               "nothing")  # fmt: skip


def _arf(sheet: Sheet, kind: str, fields: str, returned: str = "message/rfc822") -> bytes:
    original = sheet.ours if returned == "message/rfc822" else sheet.head
    return crlf(
        "Return-Path: <feedback@arf.example>\nFrom: Feedback Loop <feedback@arf.example>\n"
        "To: abuse-desk@coffee.example.net\nSubject: FW: Sam, meet Alex\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary="=_arf"\n\n'
        "--=_arf\nContent-Type: text/plain\n\nThis is an email abuse report for an email message received.\n\n"
        f"--=_arf\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: Example-FBL/1.0\nVersion: 1\n"
        f"{fields}\n--=_arf\nContent-Type: {returned}\n\n{original}\n--=_arf--\n"
    )


def _outlook(sheet: Sheet) -> bytes:
    return crlf(
        "From: <staff@outlook.example>\nTo: abuse-desk@coffee.example.net\nSubject: complaint about message from 192.0.2.1\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=_jmrp"\n\n--=_jmrp\nContent-Type: message/rfc822\n\n'
        f"X-HmXmrOriginalRecipient: {sheet.person}\n{sheet.ours}\n--=_jmrp--\n"
    )
