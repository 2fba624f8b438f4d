"""Forged, broken and poisonous ones: none of them may do anything, nor take long."""

from collections.abc import Iterator

from tests.emails.inbound.corpus.shapes import Case, Sheet, block, crlf, dsn

MIB = 1024 * 1024
WRONG = "abcdefghijklmnopqrstuvwxyz234567jihgfedcba"


def cases(sheet: Sheet) -> Iterator[Case]:
    """Without a tag, with somebody's guess, torn, and far too much of everything."""
    told = block("failed", "5.1.1", sheet.person, "550 5.1.1 User unknown")
    real = dsn(sheet, "MAILER-DAEMON@mx.example.org", "Undelivered Mail", "", [told])
    without = real.replace(f"+{sheet.tag}".encode(), b"")
    yield Case("forged: no tag at all", without, "hard", "5.1.1", sheet.person, named=False)
    guess = real.replace(sheet.tag.encode(), WRONG.encode())
    yield Case("forged: a tag that is a guess", guess, "hard", "5.1.1", sheet.person, named=False)
    short = real.replace(sheet.tag.encode(), sheet.tag[:-1].encode())
    yield Case("forged: a tag that lost a letter", short, "hard", "5.1.1", sheet.person, named=False)
    ids = real.replace(sheet.tag.encode(), b"msg_abcdefghijklmnopqrstuvwxyz")
    yield Case("forged: an id instead of a tag", ids, "hard", "5.1.1", sheet.person, named=False)
    yield Case("torn: in the middle of the report", _torn(real), "hard", "5.1.1", sheet.person)
    yield Case("torn: the boundary never comes", real.replace(b"--=_report_4Xk2\r\n", b"--=_other\r\n"), "auto_reply")
    yield Case("torn: a status that is none", real.replace(b"Status: 5.1.1", b"Status: very bad").replace(
        b"550 5.1.1 User unknown", b"no idea"), "soft", "5.0.0", sheet.person)  # fmt: skip
    yield Case("torn: bytes that are no letters", real.replace(b"User unknown", b"\xff\xfe\x00User unknown"), "hard",
               "5.1.1", sheet.person)  # fmt: skip
    for name, data in bombs(sheet).items():
        yield Case(f"bomb: {name}", data, "nothing")
    yield Case("empty", b"", "nothing", named=False)
    yield Case("noise", bytes(range(256)) * 64, "nothing", named=False)


def bombs(sheet: Sheet) -> dict[str, bytes]:
    """Messages that cost whoever reads them carelessly, all addressed to us."""
    head = f"From: x@example.org\nTo: {sheet.back}\nMIME-Version: 1.0\n"
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(10_000))
    letters = "Content-Type: message/rfc822\n\n" * 10_000
    parts = 'Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\nContent-Type: text/plain\n\nx\n" * 10_000
    digest = 'Content-Type: multipart/digest; boundary="b"\n\n' + "--b\n\nContent-Type: message/rfc822\n\n" * 5_000
    return {
        "ten thousand boxes in boxes": crlf(head + nested),
        "ten thousand letters in letters": crlf(head + letters),
        "ten thousand parts side by side": crlf(head + parts),
        "a digest of letters": crlf(head + digest),
        "three hundred thousand headers": crlf(head + "a:\n" * 300_000 + "\nbody\n"),
        "one header of a megabyte": crlf(head + "Subject: " + "=?utf-8?q?x?= " * 70_000 + "\n\nbody\n"),
        "a list of one endless line": crlf(head + "\nhere is your list of failed recipients\n" + "<" * MIB),
        "one line of opening brackets": crlf(head + "\n" + "<" * MIB),
        "a text of words that nearly match": crlf(head + "\n" + "user is user is address " * 40_000),
    }


def _torn(real: bytes) -> bytes:
    return real[: real.index(b"Content-Type: message/rfc822")]
