"""One SMTP session: messages handed over verb by verb, so that every outcome says in which phase it happened.

MAIL, RCPT, DATA, body      goes wrong: Refused, proven not accepted
before_dot()                raises: the line is cut, the message was not sent
final dot, answer           2xx Accepted, 4xx and 5xx Refused, anything else Unknown
"""

import re
from collections.abc import Callable
from contextlib import suppress

from emails.answers import Accepted, Answer, Envelope, Refused, Unknown, Verb, has_stray_line_end
from emails.smtp_wire import BadReply, Timeouts, Wire, decoded, words
from emails.values import BadAddress, ascii_address

_NEEDS_SMTPUTF8 = "An address has letters outside ASCII before the @, which the mail server cannot carry (SMTPUTF8)."
# "Come back later" to one recipient, on purpose, is no word about us (RFC 6647).
_GREYLIST = re.compile(r"gr[ae]y-?\s?list", re.IGNORECASE)
_ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_LOGIN_CODES = (530, 534, 535, 538)
# Too long for this server, whatever is said of it elsewhere (RFC 3463): this one mail, and never our set-up.
_TOO_LONG = (".3.4", ".2.3")
_SIZE = re.compile(r"0*(\d{1,20})", re.ASCII)  # RFC 1870 3
# Many servers wait with "I do not talk to you at all" until RCPT (Postfix: smtpd_delay_reject). Taken for a bounce, it
# would strike everybody off the list at once.
_MEANS_US = re.compile(r"relay|authenticat|client host|sender|blocked using|blocklist|blacklist", re.IGNORECASE)
# And some read the whole mail before they say "you have sent enough for today" (Gmail 5.4.5, Zoho 5.4.6, Amazon's
# throttling) or "you may not send as this one" (Exchange 5.7.60 and 5.2.252, Amazon's "not verified").
_OUR_LIMITS = re.compile(
    r"\b(sending|sender|relay)\b.{0,30}\b(limit|quota|rate)\b|mail rate exceeded|throttl"
    r"|send as this|sendasdenied|email address is not verified",
    re.IGNORECASE,
)


class SmtpConnection:
    """One open SMTP session; carries any number of messages, one recipient each."""

    def __init__(self, wire: Wire, timeouts: Timeouts, watch: Callable[[str], None]) -> None:
        self._wire = wire
        self._timeouts = timeouts
        self._watch = watch

    @property
    def alive(self) -> bool:
        """Whether another message can go this way. Looks at the line: a server may hang up after its 25th message."""
        try:
            silent = not self._wire.has_early_reply()
        except OSError:
            silent = False
        if not silent:
            self._wire.close()
        return silent

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Answer:
        """Carry one message; see the module's drawing. Raises only what `before_dot` or `watch` raises."""
        try:
            refused = self._unfit(envelope) or self._offer(envelope) or self._write_body(envelope.data)
            if refused:
                return refused
            before_dot()
            # Writing that down may have taken long. Who has hung up meanwhile has not seen a dot.
            return self._interrupted("BODY") or self._end()
        except BaseException:
            self._wire.close()
            raise

    def close(self) -> None:
        """Say goodbye if anybody is there."""
        try:
            if self.alive:
                self._watch("before QUIT")
                self._wire.limit = self._timeouts.quit
                with suppress(OSError):
                    self._wire.quit()
                self._watch("after QUIT")
        finally:
            self._wire.close()

    def _unfit(self, envelope: Envelope) -> Refused | None:
        """What this server, or any, could not carry; found before a word is said."""
        try:
            ascii_address(envelope.sender)
        except BadAddress as error:
            return Refused(False, "us", "MAIL", None, f"Our own sender address: {error}")
        try:
            ascii_address(envelope.recipient)
        except BadAddress as error:
            return Refused(False, "recipient", "RCPT", None, str(error))
        if not envelope.sender.rpartition("@")[0].isascii() and not self._wire.has_extn("smtputf8"):
            return Refused(False, "us", "MAIL", None, f"Our own sender address: {_NEEDS_SMTPUTF8}")
        if misfit := self._misfit(envelope):
            return Refused(False, "recipient", "MAIL", None, misfit)
        return None

    def _misfit(self, envelope: Envelope) -> str | None:
        size = _SIZE.fullmatch(self._wire.esmtp_features.get("size", ""))
        if size and 0 < int(size[1]) < len(envelope.data):
            return f"The message has {len(envelope.data)} octets; the mail server takes at most {size[1]}."
        if _needs_smtputf8(envelope) and not self._wire.has_extn("smtputf8"):
            return _NEEDS_SMTPUTF8
        if not envelope.data.isascii() and not self._wire.has_extn("8bitmime"):
            return "The message has octets above 127, which the mail server cannot carry (8BITMIME)."
        if has_stray_line_end(envelope.data):
            return "The message has a line end that is not CRLF."
        return None

    def _offer(self, envelope: Envelope) -> Refused | None:
        options = self._mail_options(envelope)
        return (
            self._ask("MAIL", f"MAIL FROM:<{ascii_address(envelope.sender)}>{options}")
            or self._ask("RCPT", f"RCPT TO:<{ascii_address(envelope.recipient)}>")
            or self._ask("DATA", "DATA")
        )

    def _mail_options(self, envelope: Envelope) -> str:
        options = f" SIZE={len(envelope.data)}" if self._wire.has_extn("size") else ""
        options += "" if envelope.data.isascii() else " BODY=8BITMIME"
        return options + (" SMTPUTF8" if _needs_smtputf8(envelope) else "")

    def _ask(self, verb: Verb, line: str) -> Refused | None:
        """One command; None if the server said yes. After a no, the session is ready for the next message or cut."""
        self._watch(f"before {verb}")
        self._wire.limit = self._timeouts.data if verb == "DATA" else self._timeouts.command
        if interrupted := self._interrupted(verb):
            return interrupted
        try:
            code, text = decoded(self._wire.docmd(line))
        except OSError as error:
            return self._broken(verb, error)
        self._watch(f"after {verb}")
        if code == 354 if verb == "DATA" else 200 <= code < 300:
            return None
        if code < 400:
            return self._broken(verb, BadReply(f"an answer out of place: {code}"))
        refused = judge(verb, code, text)
        self._wire.close() if code == 421 or refused.pause else self._reset()
        return refused

    def _reset(self) -> None:
        self._watch("before RSET")
        self._wire.limit = self._timeouts.command
        try:
            code, _ = self._wire.docmd("RSET")
        except OSError:
            code = 0
        if code != 250:
            self._wire.close()
        self._watch("after RSET")

    def _write_body(self, data: bytes) -> Refused | None:
        """All but the final dot; a line that begins with a dot gets a second one (RFC 5321 4.5.2)."""
        self._watch("before BODY")
        self._wire.limit = self._timeouts.body
        stuffed = (b"." if data.startswith(b".") else b"") + data.replace(b"\r\n.", b"\r\n..")
        try:
            self._wire.write(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")
        except OSError as error:
            return self._broken("BODY", error)
        self._watch("after BODY")
        return self._interrupted("BODY")

    def _interrupted(self, verb: Verb) -> Refused | None:
        """A server that speaks or leaves when it is not its turn: it has not accepted, and its words must not pass for
        an answer to what comes next. Within the body it may lawfully say no; before a command, only that it goes
        (RFC 5321 3.8).
        """
        try:
            if not self._wire.has_early_reply():
                return None
            code, text = decoded(self._wire.getreply())
        except OSError as error:
            return self._broken(verb, error)
        if code < 400 or (verb != "BODY" and code != 421):
            when = "the message was finished" if verb == "BODY" else "it was asked"
            return self._broken(verb, BadReply(f"the server answered before {when}"))
        self._wire.close()
        return judge(verb, code, text)

    def _end(self) -> Answer:
        self._watch("before DOT")
        self._wire.limit = self._timeouts.dot
        try:
            self._wire.write(b".\r\n")
        except OSError as error:
            return self._unknown(words(error))
        self._watch("within DOT")
        try:
            code, text = decoded(self._wire.getreply())
        except OSError as error:
            return self._unknown(words(error))
        self._watch("after DOT")
        if 200 <= code < 300:
            return Accepted(f"{code} {text}")
        if code < 400:
            return self._unknown(f"an answer out of place: {code} {text}")
        refused = judge("DOT", code, text)
        if refused.pause:
            self._wire.close()
        return refused

    def _unknown(self, reason: str) -> Unknown:
        self._wire.close()
        return Unknown("DOT", reason)

    def _broken(self, verb: Verb, error: OSError) -> Refused:
        self._wire.close()
        return Refused(True, "us", verb, None, words(error))


def judge(verb: Verb, code: int, text: str) -> Refused:
    """What a 4xx or 5xx to `verb` means (our research, 4.3): who is to blame, and whether the channel should rest."""
    enhanced = match[0] if (match := _ENHANCED_CODE.match(text)) else ""
    return Refused(
        temporary=code < 500,
        blame="us" if code == 421 or code in _LOGIN_CODES or _means_us(verb, enhanced, text) else "recipient",
        verb=verb,
        code=code,
        reply=text,
        pause=code == 421 or (enhanced.startswith("4.7.") and not (verb == "RCPT" and _GREYLIST.search(text))),
    )


def _means_us(verb: Verb, enhanced: str, text: str) -> bool:
    detail = enhanced[1:]
    if detail in _TOO_LONG:
        return False
    if verb == "MAIL" or _OUR_LIMITS.search(text):
        return True
    if detail.startswith((".1.", ".2.")):
        return False
    # At DATA the recipient was taken already, so a plain "no" is not about who it is.
    return verb == "DATA" or (verb == "RCPT" and bool(_MEANS_US.search(text)))


def _needs_smtputf8(envelope: Envelope) -> bool:
    header = envelope.data.partition(b"\r\n\r\n")[0]
    local_parts = envelope.sender.rpartition("@")[0] + envelope.recipient.rpartition("@")[0]
    return not (local_parts.isascii() and header.isascii())
