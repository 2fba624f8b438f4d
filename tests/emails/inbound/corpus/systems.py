# ruff: noqa: E501 - words of servers stand on one line, as they come
"""Delivery status notifications of well-known mail systems (RFC 3464)."""

from collections.abc import Iterator

from tests.emails.inbound.corpus.shapes import Case, Sheet, block, dsn

POSTFIX = "MAILER-DAEMON@mx.example.org (Mail Delivery System)"
UNDELIVERED = "Undelivered Mail Returned to Sender"
POSTFIX_WORDS = """This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system
"""
GMAIL = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
EXCHANGE = "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>"
FAILURE = "Delivery Status Notification (Failure)"


def cases(sheet: Sheet) -> Iterator[Case]:
    """Postfix, Exim, Exchange, Gmail and others."""
    yield from _postfix(sheet)
    yield from _exim_and_sendmail(sheet)
    yield from _exchange(sheet)
    yield from _gmail(sheet)
    yield from _others(sheet)
    yield from _not_failed(sheet)


def _postfix(sheet: Sheet) -> Iterator[Case]:
    said = {
        "unknown user": ("5.1.1", f"550 5.1.1 <{sheet.person}>: Recipient address rejected: User unknown in virtual mailbox table", "hard"),
        "mailbox full": ("5.2.2", f"552 5.2.2 <{sheet.person}>: Quota exceeded (mailbox for user is full)", "soft"),
        "spam": ("5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "soft"),
        "policy": ("5.7.1", f"550 5.7.1 <{sheet.person}>: Recipient address rejected: User unknown or policy", "soft"),
        "relay denied": ("5.7.1", f"554 5.7.1 <{sheet.person}>: Relay access denied", "soft"),
        "no host": ("5.4.4", "", "soft"),
        "null mx": ("5.1.10", "", "hard"),
        "time is up": ("4.4.1", "", "soft"),
        "grey for days": ("4.2.0", f"450 4.2.0 <{sheet.person}>: Recipient address rejected: Greylisted, see help", "soft"),
        "sender not welcome": ("5.1.0", "550 5.1.0 <coffee@example.net>: Sender address rejected: User unknown in local", "soft"),
        "too large": ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", "soft"),
        "sender's domain": ("5.1.8", "550 5.1.8 Sender address rejected: Domain not found", "soft"),
        "dmarc": ("5.7.26", "550 5.7.26 Unauthenticated email is not accepted due to DMARC policy", "soft"),
    }  # fmt: skip
    for name, (status, words, kind) in said.items():
        told = block("failed", status, sheet.person, words, original=sheet.person)
        data = dsn(sheet, POSTFIX, UNDELIVERED, POSTFIX_WORDS, [told], more="Auto-Submitted: auto-replied\n")
        yield Case(f"postfix: {name}", data, kind, status, sheet.person)
    told = block("failed", "5.1.1", sheet.person, "x-unix; user unknown", original=sheet.person)
    headers = dsn(sheet, POSTFIX, UNDELIVERED, POSTFIX_WORDS, [told], returned="text/rfc822-headers")
    yield Case("postfix: headers only", headers, "hard", "5.1.1", sheet.person)
    elsewhere = dsn(sheet, POSTFIX, UNDELIVERED, POSTFIX_WORDS, [told], to="postmaster@coffee.example.net")
    yield Case("postfix: collected by the postmaster", elsewhere, "hard", "5.1.1", sheet.person)
    bare = dsn(sheet, POSTFIX, UNDELIVERED, POSTFIX_WORDS, [told], to="undisclosed-recipients:;").replace(
        sheet.back.encode(), b"somebody@example.net"
    )
    yield Case("postfix: only the envelope tells", bare, "hard", "5.1.1", sheet.person, to=sheet.back)


def _exim_and_sendmail(sheet: Sheet) -> Iterator[Case]:
    words = (
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {sheet.person}\n    host mx.example.org [192.0.2.9]\n"
        f"    SMTP error from remote mail server after RCPT TO:<{sheet.person}>:\n    550 No Such User Here\n"
    )
    told = block("failed", "5.0.0", sheet.person, "550 No Such User Here", more="Remote-MTA: dns; mx.example.org")
    data = dsn(
        sheet, "Mail Delivery System <Mailer-Daemon@mx.example.org>", "Mail delivery failed: returning message to sender",
        words, [told], more=f"X-Failed-Recipients: {sheet.person}\nAuto-Submitted: auto-replied\n",
    )  # fmt: skip
    yield Case("exim: no such user, status 5.0.0", data, "hard", "5.0.0", sheet.person)
    vague = block("failed", "5.0.0", sheet.person, "550 Requested action not taken")
    data = dsn(
        sheet, "Mailer-Daemon@mx.example.org", "Mail delivery failed", "A message could not be delivered.", [vague]
    )
    yield Case("exim: status 5.0.0 and no reason", data, "soft", "5.0.0", sheet.person)
    told = block("failed", "5.1.1", sheet.person, f"550 5.1.1 <{sheet.person}>... User unknown")
    data = dsn(
        sheet, "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>", "Returned mail: see transcript for details",
        "   ----- The following addresses had permanent fatal errors -----\n", [told],
        more="Auto-Submitted: auto-generated (failure)\n",
    )  # fmt: skip
    yield Case("sendmail: user unknown", data, "hard", "5.1.1", sheet.person)
    told = block("failed", "5.1.2", sheet.person, "550 Host unknown (Name server: example.org: host not found)")
    yield Case(
        "sendmail: host unknown",
        dsn(sheet, "MAILER-DAEMON@mx.example.org", "Returned mail: Host unknown", "Host unknown", [told]),
        "hard", "5.1.2", sheet.person,
    )  # fmt: skip


def _exchange(sheet: Sheet) -> Iterator[Case]:
    said = {
        "not found 5.1.10": ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "hard"),
        "full 5.2.2": ("5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "soft"),
        "restricted 5.7.1": ("5.7.1", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", "soft"),
        "blocked 5.7.606": ("5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "soft"),
        "edge 5.4.1": ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "soft"),
        "expired 4.4.7": ("4.4.7", "550 4.4.7 QUEUE.Expired; message expired", "soft"),
        "disabled 5.2.1": ("5.2.1", "550 5.2.1 Mailbox cannot be accessed; account disabled", "hard"),
    }  # fmt: skip
    for name, (status, words, kind) in said.items():
        told = block(
            "failed", status, sheet.person, words, more="Remote-MTA: dns;exch01.example.org\nX-Display-Name: Sam"
        )
        data = dsn(sheet, EXCHANGE, "Undeliverable: Sam, meet Alex", "Delivery has failed to these recipients", [told],
                   more="X-MS-Exchange-Message-Is-Ndr:\nAuto-Submitted: auto-replied\n", mta="dns;exch01.example.org")  # fmt: skip
        yield Case(f"exchange: {name}", data, kind, status, sheet.person)


def _gmail(sheet: Sheet) -> Iterator[Case]:
    said = {
        "no such user": ("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try\n 550-5.1.1 double-checking the recipient's email address for typos or\n 550 5.1.1 unnecessary spaces. For more information, go to  https://support.google.com/mail/?p=NoSuchUser a1si1.1 - gsmtp", "hard"),
        "over quota": ("5.2.2", "552-5.2.2 The email account that you tried to reach is over quota.\n 552 5.2.2 - gsmtp", "soft"),
        "disabled": ("5.2.1", "550-5.2.1 The email account that you tried to reach is disabled.\n 550 5.2.1 - gsmtp", "hard"),
        "rate": ("5.2.1", "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n 550 5.2.1 prevents additional messages from being delivered. - gsmtp", "soft"),
        "unsolicited": ("5.7.1", "550-5.7.1 Our system has detected that this message is likely unsolicited mail.\n 550 5.7.1 - gsmtp", "soft"),
    }  # fmt: skip
    for name, (status, words, kind) in said.items():
        told = block(
            "failed", status, sheet.person, words, more="Last-Attempt-Date: Mon, 23 Nov 2026 01:00:08 -0800 (PST)"
        )
        data = dsn(sheet, GMAIL, FAILURE, "** Message not delivered **", [told], mta="dns; googlemail.com",
                   more=f"X-Failed-Recipients: {sheet.person}\nAuto-Submitted: auto-replied\n")  # fmt: skip
        yield Case(f"gmail: {name}", data, kind, status, sheet.person)


def _others(sheet: Sheet) -> Iterator[Case]:
    told = block(
        "failed", "5.0.0", sheet.person, "554 delivery error: dd This user doesn't have a yahoo.example account"
    )
    yield Case("yahoo: no account", dsn(sheet, "MAILER-DAEMON@yahoo.example", "Failure Notice", "Sorry", [told]), "hard",
               "5.0.0", sheet.person)  # fmt: skip
    told = block("failed", "5.1.1", sheet.person, "550 5.1.1 user unknown").replace("Final-Recipient: rfc822; ",
                                                                                 "Final-Recipient: rfc822;").lower()  # fmt: skip
    yield Case("ses: all in small letters",
               dsn(sheet, "MAILER-DAEMON@eu-west-1.amazonses.com", FAILURE, "An error occurred", [told],
                   mta="dns; a4-1.smtp-out.eu-west-1.amazonses.com"), "hard", "5.1.1", sheet.person)  # fmt: skip
    told = block(
        "failed", "5.5.0", sheet.person, "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)"
    )
    yield Case("outlook.com: mailbox unavailable", dsn(sheet, "postmaster@outlook.example", FAILURE, "", [told]), "hard",
               "5.5.0", sheet.person)  # fmt: skip
    told = block("failed", "5.1.1", sheet.person, f"550 5.1.1 User {sheet.person} not listed in Domino Directory")
    yield Case("domino: a report", dsn(sheet, "Mail Router <postmaster@domino.example>", "DELIVERY FAILURE: User not listed",
                                       "Your message was not delivered", [told]), "hard", "5.1.1", sheet.person)  # fmt: skip
    told = block("error", "5.1.1", sheet.person, "550 Invalid recipient")
    yield Case("opensmtpd: action error", dsn(sheet, "Mailer Daemon <MAILER-DAEMON@smtpd.example>", "Delivery status",
                                              "Hi!", [told]), "hard", "5.1.1", sheet.person)  # fmt: skip
    told = f"Final-Recipient: <{sheet.person}>\nAction: failed (permanent)\nStatus: 5.1.1 (user unknown)"
    yield Case("a gateway: angle brackets and remarks", dsn(sheet, "postmaster@gw.example", FAILURE, "", [told]), "hard",
               "5.1.1", sheet.person)  # fmt: skip


def _not_failed(sheet: Sheet) -> Iterator[Case]:
    told = block("delayed", "4.4.1", sheet.person, "", more="Will-Retry-Until: Sat, 28 Nov 2026 09:00:04 +0000")
    yield Case("postfix: delayed", dsn(sheet, POSTFIX, "Delayed Mail (still being retried)", "delayed", [told]), "delayed",
               "4.4.1", sheet.person)  # fmt: skip
    told = block("delayed", "4.2.2", sheet.person, "452 4.2.2 The email account that you tried to reach is over quota.")
    yield Case("gmail: delayed", dsn(sheet, GMAIL, "Delivery Status Notification (Delay)", "retry", [told]), "delayed",
               "4.2.2", sheet.person)  # fmt: skip
    for action, status in (("delivered", "2.0.0"), ("relayed", "2.0.0"), ("expanded", "2.1.5")):
        told = block(action, status, sheet.person, "250 2.0.0 Ok: queued as 4Xk2")
        yield Case(f"postfix: {action}", dsn(sheet, POSTFIX, "Successful Mail Delivery Report", "ok", [told]), "delivered",
                   status, sheet.person)  # fmt: skip
    both = [
        block("delivered", "2.0.0", "sam@home.example"),
        block("failed", "5.1.1", "old@home.example", "550 unknown user"),
    ]
    yield Case("an address that stands for two, one of them gone", dsn(sheet, POSTFIX, UNDELIVERED, "", both), "soft",
               "5.1.1", "old@home.example")  # fmt: skip
