"""Where encryption is required, an eavesdropper who hears every octet hears no AUTH, no password and no mail."""

import base64
import ssl
from pathlib import Path

import pytest
import trustme

from emails import Accepted, CannotConnect, Timeouts, from_url
from tests.emails.faults.certificates import bad_context
from tests.emails.faults.table import HEALTHY, class_of
from tests.emails.faults.tap import Tap
from tests.emails.raw_server import CLOSE, HANG, RESET, RawServer, Script, Step
from tests.emails.talk import LETTER

LONG = Timeouts(connect=20, command=20, data=20, body=20, dot=20, quit=5)
SHORT = Timeouts(connect=0.2, command=20, data=20, body=20, dot=20, quit=5)
SECRETS = (
    b"AUTH PLAIN", b"AUTH LOGIN", b"s3cret", base64.b64encode(b"\0coffee\0s3cret"), base64.b64encode(b"s3cret"),
    b"MAIL FROM", b"RCPT TO", b"DATA\r\n", b"sam@example.org", b"Subject:",
)  # fmt: skip
ALL_CLEAR: list[Step] = [b"250-raw.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n"]
OFFERED: list[Step] = [b"250-raw.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"]
CERTIFICATES = ["wrong name", "expired", "not yet valid", "self-signed", "somebody else's authority"]


def overhear(
    server: RawServer, ca_file: Path, timeouts: Timeouts = LONG, scheme: str = "smtp"
) -> tuple[CannotConnect | None, list[bytes], bytes]:
    """Try to send one mail: what stopped us, which secrets went by in clear, and every octet that did."""
    refusal = None
    with Tap(server.port) as tap:
        url = f"{scheme}://coffee:s3cret@127.0.0.1:{tap.port}?ca={ca_file}"
        try:
            with from_url(url, timeouts=timeouts).open() as connection:
                connection.send(LETTER, lambda: None)
        except CannotConnect as error:
            refusal = error
    return refusal, tap.reads(*SECRETS), bytes(tap.heard)


# What STARTTLS can be answered with instead of encryption, and what we make of it.
NO_ENCRYPTION: dict[str, tuple[Script, str]] = {
    "not offered": ({"EHLO": ALL_CLEAR}, "wrong"),
    "HELO only": ({"EHLO": [b"502 what\r\n"]}, "wrong"),
    "offered and refused": ({"EHLO": OFFERED, "STARTTLS": [b"502 not now\r\n"]}, "wrong"),
    "offered and out of order": ({"EHLO": OFFERED, "STARTTLS": [b"454 4.7.0 later\r\n"]}, "away"),
    "answered with 250": ({"EHLO": OFFERED, "STARTTLS": [b"250 as if\r\n", HANG]}, "away"),
    "reply injected behind the 220": ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n250 AUTH PLAIN\r\n"]}, "away"),
    "reply injected a moment later": (
        {"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n", 0.05, b"250-x\r\n250 AUTH PLAIN\r\n", HANG]},
        "wrong",
    ),
    "reply injected before the 220": ({"EHLO": [*OFFERED, b"220 ok\r\n235 welcome\r\n"], "STARTTLS": [HANG]}, "away"),
    "one octet behind the 220": ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n2", HANG]}, "away"),
    "silence after the 220": ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n", HANG]}, "away"),
    "gone after the 220": ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n", CLOSE]}, "away"),
    "reset after the 220": ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n", RESET]}, "away"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_ENCRYPTION)
def test_without_starttls_nothing_is_said_in_clear(ca_file: Path, case: str) -> None:
    script, expected = NO_ENCRYPTION[case]
    timeouts = SHORT if case.startswith("silence") else LONG
    with RawServer(script) as server:
        refusal, leaked, heard = overhear(server, ca_file, timeouts)
    assert refusal is not None
    assert (class_of(refusal), leaked) == (expected, [])
    assert heard.lower().startswith(b"ehlo [127.0.0.1]\r\n")
    if case == "answered with 250":
        assert heard.upper().endswith(b"\r\nSTARTTLS\r\n"), "220 alone begins the handshake"


@pytest.mark.parametrize("version", ["TLS 1.0", "TLS 1.1"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_an_old_protocol_is_not_good_enough(ca_file: Path, authority: trustme.CA, scheme: str, version: str) -> None:
    context = bad_context(version, authority)
    with RawServer(HEALTHY, context=context, from_start=scheme == "smtps") as server:
        refusal, leaked, _ = overhear(server, ca_file, scheme=scheme)
        said = server.verbs
    assert refusal is not None
    assert (class_of(refusal), leaked) == ("wrong", [])
    assert said == (["EHLO", "STARTTLS"] if scheme == "smtp" else [])


@pytest.mark.parametrize("fault", CERTIFICATES)
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_cannot_be_trusted_hears_nothing(
    ca_file: Path, authority: trustme.CA, scheme: str, fault: str
) -> None:
    context = bad_context(fault, authority)
    with RawServer(HEALTHY, context=context, from_start=scheme == "smtps") as server:
        refusal, leaked, _ = overhear(server, ca_file, scheme=scheme)
        said = server.verbs
    assert refusal is not None
    assert (class_of(refusal), leaked) == ("wrong", [])
    assert "certificate" in refusal.reply
    assert said == (["EHLO", "STARTTLS"] if scheme == "smtp" else []), "not even to who has the key"


IMPLICIT: dict[str, tuple[list[Step], str]] = {
    "speaks in clear": ([b"220 raw.example.org ESMTP\r\n", HANG], "wrong"),
    "gone at once": ([CLOSE], "away"),
    "reset at once": ([RESET], "away"),
    "silent": ([HANG], "away"),
    "garbage": ([b"\x00\xff" * 50, HANG], "wrong"),
}


@pytest.mark.parametrize("case", IMPLICIT)
def test_a_server_that_does_not_encrypt_from_the_start_hears_a_greeting_of_tls_at_most(
    ca_file: Path, case: str
) -> None:
    banner, expected = IMPLICIT[case]
    with RawServer({"CONNECT": banner}) as server:
        refusal, leaked, heard = overhear(server, ca_file, SHORT if case == "silent" else LONG, "smtps")
    assert refusal is not None
    assert (class_of(refusal), leaked) == (expected, [])
    assert heard == b"" or heard.startswith(b"\x16\x03"), "the first octets of a TLS handshake (RFC 8446 5.1)"


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_where_all_is_well_the_mail_arrives_and_still_nothing_is_overheard(
    ca_file: Path, server_context: ssl.SSLContext, scheme: str
) -> None:
    script = HEALTHY if scheme == "smtp" else {**HEALTHY, "EHLO": HEALTHY["EHLO2"]}
    with RawServer(script, context=server_context, from_start=scheme == "smtps") as server:
        refusal, leaked, heard = overhear(server, ca_file, scheme=scheme)
        assert (refusal, leaked, server.messages) == (None, [], [LETTER.data])
    assert len(heard) > 300


def test_the_eavesdropper_would_hear_it(ca_file: Path) -> None:
    """The test of the test: without encryption, everything above is overheard."""
    with RawServer({"EHLO": ALL_CLEAR}) as server, Tap(server.port) as tap:
        url = f"smtp://coffee:s3cret@127.0.0.1:{tap.port}?starttls=off"
        with from_url(url, timeouts=LONG).open() as connection:
            assert isinstance(connection.send(LETTER, lambda: None), Accepted)
        assert set(tap.reads(*SECRETS)) == set(SECRETS) - {b"AUTH LOGIN", b"s3cret", base64.b64encode(b"s3cret")}
