"""What every fault at every step of a conversation must be taken for: the table, as data to be read and argued with.

    sent    the server has it                                           Accepted
    later   not accepted, proven: this mail tries again                 Refused, temporary
    rest    the same, and the whole channel rests                       Refused, temporary, `pause` or our own trouble
    never   not accepted: this mail is rejected                         Refused, the recipient or the message is meant
    ours    not accepted, our set-up is refused: nobody is to blame     Refused, for good, we are meant
    held    nobody can say                                              Unknown
    away    no conversation, another try may help                       CannotConnect, temporary
    wrong   no conversation, settings must be mended first              CannotConnect, for good

A fault at RSET follows a `450` at RCPT, and a fault at QUIT an accepted mail: neither may change what was said before.
Sources: research on delivery 4.3 and F17 to F25; RFC 5321 3.8, 4.2, 4.5.3.2; RFC 3207 4.1; RFC 1047.
"""

from emails import Accepted, Answer, CannotConnect, Refused, Unknown
from tests.emails.raw_server import CLOSE, HANG, RESET, USUAL, Step

TABLE = """
            CONNECT EHLO   STARTTLS EHLO2  AUTH   MAIL   RCPT   DATA   BODY   DOT    RSET   QUIT
421         away    away   away     away   away   rest   rest   rest   rest   rest   later  sent
450         away    away   away     away   away   rest   later  rest   later  later  later  sent
451         away    away   away     away   away   rest   later  rest   later  later  later  sent
452         away    away   away     away   away   rest   later  rest   later  later  later  sent
535         wrong   wrong  wrong    wrong  wrong  ours   ours   ours   ours   ours   later  sent
550         wrong   wrong  wrong    wrong  wrong  ours   never  ours   never  never  later  sent
552         wrong   wrong  wrong    wrong  wrong  ours   never  ours   never  never  later  sent
554         wrong   wrong  wrong    wrong  wrong  ours   never  ours   never  never  later  sent
reset       away    away   away     away   away   rest   rest   rest   rest   held   later  sent
close       away    away   away     away   away   rest   rest   rest   rest   held   later  sent
hang        away    away   away     away   away   rest   rest   rest   held   held   later  sent
slow        sent    sent   sent     sent   sent   sent   sent   sent   sent   sent   later  sent
half        away    away   away     away   away   rest   rest   rest   rest   held   later  sent
two-packets sent    sent   sent     sent   sent   sent   sent   sent   rest   sent   later  sent
early       away    away   away     away   rest   rest   rest   rest   rest   sent   later  sent
long        sent    sent   sent     sent   sent   sent   sent   sent   rest   sent   later  sent
endless     away    away   away     away   away   rest   rest   rest   rest   held   later  sent
garbage     away    away   away     away   away   rest   rest   rest   rest   held   later  sent
misplaced   away    away   away     away   away   rest   rest   rest   rest   held   later  sent
two-codes   away    away   away     away   away   rest   rest   rest   rest   held   later  sent
"""
"""Read: a server that hangs while the body arrives is `held`, since a small mail and its dot leave all the same and no
answer comes; everything that speaks *within* the body speaks before its turn.
"""

CODES = ("421", "450", "451", "452", "535", "550", "552", "554")
HARMLESS = ("slow", "two-packets", "long")

_OFFERED: dict[str, list[Step]] = {
    "EHLO": [b"250-raw.example.org\r\n250-8BITMIME\r\n250 STARTTLS\r\n"],
    "EHLO2": [b"250-raw.example.org\r\n250-8BITMIME\r\n250-SIZE 1000000\r\n250 AUTH PLAIN\r\n"],
}
HEALTHY: dict[str, list[Step]] = {**USUAL, **_OFFERED}
"""A server that does everything right, with encryption and signing in."""


def cells() -> list[tuple[str, str, str]]:
    """Every cell of the table: verb, fault, expected class."""
    head, *rows = (line.split() for line in TABLE.strip().splitlines())
    return [(verb, row[0], expected) for row in rows for verb, expected in zip(head, row[1:], strict=True)]


def class_of(outcome: Answer | CannotConnect) -> str:
    """The word of the table for what a transport made of it."""
    match outcome:
        case Accepted():
            return "sent"
        case Unknown():
            return "held"
        case CannotConnect():
            return "away" if outcome.temporary else "wrong"
        case Refused(temporary=False):
            return "never" if outcome.blame == "recipient" else "ours"
        case Refused():
            return "rest" if outcome.pause or outcome.blame == "us" else "later"


def stays(verb: str, fault: str) -> bool:
    """Whether the same connection can carry the next mail, if there was one at all."""
    if verb == "QUIT":
        return True
    if verb == "BODY":
        return fault == "slow"
    said_no = fault in CODES and fault != "421" and verb in ("MAIL", "RCPT", "DATA", "DOT")
    return said_no or fault in HARMLESS


def steps(verb: str, fault: str) -> list[Step]:
    """What the server does at `verb`."""
    usual = b"".join(step for step in HEALTHY[verb] if isinstance(step, bytes)) or b"250 2.0.0 queued as 4711\r\n"
    if fault in CODES:
        return [f"{fault} no\r\n".encode(), *([CLOSE] if fault == "421" else [])]
    if verb == "BODY" and fault == "slow":
        return [0.05]
    code, middle = usual[:3], len(usual) // 2
    scripts: dict[str, list[Step]] = {
        "reset": [RESET],
        "close": [CLOSE],
        "hang": [HANG],
        "slow": [step for at in range(0, len(usual), 6) for step in (usual[at : at + 6], 0.005)],
        "half": [usual[:-4], CLOSE],
        "two-packets": [usual[:middle], 0.03, usual[middle:]],
        "early": [usual + b"250 2.0.0 nobody asked\r\n"],
        "long": [(code + b"-" + b"x" * 60 + b"\r\n") * 200 + usual],
        "endless": [(code + b"-" + b"x" * 60 + b"\r\n") * 2000],
        "garbage": [b"\x16\x03\x01 HTTP/1.1 400 Bad Request\r\n\r\n"],
        "misplaced": [b"250 2.0.0 fine\r\n" if verb == "DATA" else b"354 go ahead\r\n"],
        "two-codes": [code + b"-well\r\n550 no\r\n"],
    }
    return scripts[fault]
