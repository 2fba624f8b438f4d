# ruff: noqa: E501 - words of servers stand on one line, as they come
"""Bounces in shapes of their own, older than the standard or beside it."""

from collections.abc import Iterator

from tests.emails.inbound.corpus.shapes import Case, Sheet, plain


def cases(sheet: Sheet) -> Iterator[Case]:
    """qmail, old Exim, Lotus Notes, old Yahoo, AOL, and warnings in words."""
    daemon, who = "MAILER-DAEMON@mx.example.org", sheet.person
    yield Case("qmail: no mailbox here", plain(sheet.back, daemon, "failure notice", _qmail(
        sheet, f"<{who}>:\nSorry, no mailbox here by that name. (#5.1.1)")), "hard", "5.1.1", who)  # fmt: skip
    yield Case("qmail: over quota", plain(sheet.back, daemon, "failure notice", _qmail(
        sheet, f"<{who}>:\nuser is over quota (#5.2.2)")), "soft", "5.2.2", who)  # fmt: skip
    yield Case("qmail: a remote host says 550", plain(sheet.back, daemon, "failure notice", _qmail(
        sheet, f"<{who}>:\n192.0.2.9 does not like recipient.\nRemote host said: 550 User unknown\nGiving up on 192.0.2.9."
    )), "hard", "5.0.0", who)  # fmt: skip
    yield Case("qmail: the tag only in the copy", plain("postmaster@coffee.example.net", daemon, "failure notice", _qmail(
        sheet, f"<{who}>:\nSorry, no mailbox here by that name. (#5.1.1)")), "hard", "5.1.1", who)  # fmt: skip
    yield Case("exim: text alone", plain(sheet.back, "Mail Delivery System <Mailer-Daemon@mx.example.org>",
        "Mail delivery failed: returning message to sender", _exim(sheet),
        more=f"Return-Path: <>\nX-Failed-Recipients: {who}\nAuto-Submitted: auto-replied\n"), "hard", "5.1.1", who)  # fmt: skip
    yield Case("exim: a warning", plain(sheet.back, "Mail Delivery System <Mailer-Daemon@mx.example.org>",
        "Warning: message 1abcde-0001 delayed 24 hours", _exim_warning(sheet),
        more="Return-Path: <>\nAuto-Submitted: auto-replied\n"), "delayed", "", who)  # fmt: skip
    yield Case("yahoo: as it was", plain(sheet.back, "MAILER-DAEMON@yahoo.example", "Failure Notice",
        f"Message from yahoo.example.\nUnable to deliver message to the following address(es).\n\n<{who}>:\n"
        "This user doesn't have a yahoo.example account (sam@example.org) [-5]\n\n--- Original message follows.\n\n"
        + sheet.ours), "hard", "5.0.0", who)  # fmt: skip
    yield Case("lotus notes: text alone", plain(sheet.back, "Postmaster <postmaster@domino.example>",
        "DELIVERY FAILURE: User sam not listed in public Name & Address Book",
        f"Your message\n\n  Subject: Sam, meet Alex\n\nwas not delivered to:\n\n  {who}\n\nbecause:\n\n"
        f"  User sam ({who}) not listed in public Name & Address Book\n"), "hard", "5.0.0", who)  # fmt: skip
    yield Case("sendmail of old: a transcript", plain(sheet.back, "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>",
        "Returned mail: User unknown",
        f"The original message was received at Mon, 23 Nov 2026 09:00:04 GMT\n\n"
        f"   ----- The following addresses had permanent fatal errors -----\n<{who}>\n\n"
        f"   ----- Transcript of session follows -----\n... while talking to mx.example.org.:\n>>> RCPT To:<{who}>\n"
        f"<<< 550 5.1.1 <{who}>... User unknown\n550 <{who}>... User unknown\n"), "hard", "5.1.1", who)  # fmt: skip
    yield Case("a firewall that says little", plain(sheet.back, "postmaster@gw.example", "Undeliverable mail",
        f"Your mail to {who} could not be delivered: 554 5.7.1 Message refused by policy.\n"), "soft", "5.7.1", who)  # fmt: skip
    yield Case("a daemon that rambles", plain(sheet.back, "mailer-daemon@gw.example", "Hello",
        "Please note our new opening hours.\n"), "auto_reply")  # fmt: skip


def _qmail(sheet: Sheet, said: str) -> str:
    return (
        "Hi. This is the qmail-send program at mx.example.org.\nI'm afraid I wasn't able to deliver your message to the "
        "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"{said}\n\n--- Below this line is a copy of the message.\n\n{sheet.ours}"
    )


def _exim(sheet: Sheet) -> str:
    return (
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {sheet.person}\n    SMTP error from remote mail server after RCPT TO:<{sheet.person}>:\n"
        f"    host mx.example.org [192.0.2.9]: 550 5.1.1 <{sheet.person}>:\n    Recipient address rejected: User unknown\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{sheet.ours}"
    )


def _exim_warning(sheet: Sheet) -> str:
    return (
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        "delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.org.\n\n"
        f"The address to which the message has not yet been delivered is:\n\n  {sheet.person}\n\n"
        "No action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be "
        "repeated at intervals if the message\nremains undelivered.\n"
    )
