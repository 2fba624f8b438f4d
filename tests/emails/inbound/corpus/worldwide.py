# ruff: noqa: E501 - words of servers stand on one line, as they come
"""Reports about addresses and in words beyond ASCII (RFC 6533), and in unusual wrappings."""

import base64
from collections.abc import Iterator

from tests.emails.inbound.corpus.shapes import Case, Sheet, dsn


def cases(sheet: Sheet) -> Iterator[Case]:
    """International reports."""
    fields = f"Final-Recipient: utf-8; {sheet.person}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 用户不存在"
    global_kind = "message/global-delivery-status"
    sender = "=?utf-8?b?6YKu5Lu257O757uf?= <postmaster@xn--fsqu00a.example>"
    yield Case("global: in UTF-8", dsn(sheet, sender, "退信", "用户不存在", [fields], kind=global_kind,
                                       returned="message/global"), "hard", "5.1.1", sheet.person)  # fmt: skip
    escaped = "Final-Recipient: utf-8; jos\\x{E9}@example.org\nAction: failed\nStatus: 5.1.1"
    yield Case("global: escaped letters", dsn(sheet, sender, "Failure", "", [escaped], kind=global_kind,
                                              returned="message/global-headers"), "hard", "5.1.1", "josé@example.org")  # fmt: skip
    yield Case("global: in base64", _in_base64(sheet), "hard", "5.1.3", sheet.person)
    said = f"Final-Recipient: rfc822;{sheet.person}\nAction: failed\nStatus: 5.6.7\nDiagnostic-Code: smtp; 553 5.6.7 SMTPUTF8 needed"
    yield Case("no SMTPUTF8 on the way", dsn(sheet, "MAILER-DAEMON@mx.example.org", "Undelivered Mail", "", [said]), "soft",
               "5.6.7", sheet.person)  # fmt: skip
    words = "Bonjour,\n\nVotre message n'a pas pu être remis.\n"
    told = f"Final-Recipient: rfc822;{sheet.person}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 Utilisateur inconnu"
    yield Case("french words", dsn(sheet, "postmaster@mx.example.org", "Message non distribuable", words, [told]), "hard",
               "5.0.0", sheet.person)  # fmt: skip
    told = f"Final-Recipient: rfc822;{sheet.person}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 Unbekannter Empfänger"
    yield Case("german words", dsn(sheet, "postmaster@mx.example.org", "Unzustellbar", "Hallo", [told]), "hard",
               "5.0.0", sheet.person)  # fmt: skip
    upper = Sheet(sheet.tag.upper(), sheet.person)
    told = f"Final-Recipient: rfc822;{sheet.person}\nAction: failed\nStatus: 5.1.1"
    yield Case("a server that writes capitals", dsn(upper, "MAILER-DAEMON@MX.EXAMPLE.ORG", "FAILURE", "", [told]), "hard",
               "5.1.1", sheet.person)  # fmt: skip
    local, _, domain = sheet.back.partition("@")
    rewritten = f"SRS0=Hx4z=TT={domain}={local}@forwarder.example"
    yield Case("a sender rewritten by a forwarder", dsn(sheet, "MAILER-DAEMON@forwarder.example", "FAILURE", "", [told],
                                                         to=rewritten), "hard", "5.1.1", sheet.person)  # fmt: skip


def _in_base64(sheet: Sheet) -> bytes:
    fields = (
        f"Reporting-MTA: dns; mx.example.org\n\nOriginal-Recipient: rfc822;{sheet.person}\n"
        f"Final-Recipient: utf-8;{sheet.person}\nAction: failed\nStatus: 5.1.3\n"
    )
    coded = base64.encodebytes(fields.encode()).decode()
    data = dsn(sheet, "postmaster@mx.example.org", "Failure", "", [], kind="message/global-delivery-status")
    head, _, rest = data.decode().partition("message/global-delivery-status\r\n")
    tail = rest.partition("--=_report_4Xk2")[2]
    wrapped = f"Content-Transfer-Encoding: base64\r\n\r\n{coded}\r\n--=_report_4Xk2{tail}"
    return f"{head}message/global-delivery-status\r\n{wrapped}".encode()
