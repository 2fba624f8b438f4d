"""No word of ours travels before the encryption that was asked for, and none to a server that is not the one meant."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from emails import Accepted, CannotConnect, Envelope, Timeouts, from_url
from tests.emails.raw_server import HANG, RawServer, Step

QUICK = Timeouts(connect=1, command=1, data=1, body=1, dot=1, quit=0.3)
LETTER = Envelope("coffee@example.org", "sam@example.org", b"Subject: hello\r\n\r\nhello\r\n")
OFFERED: list[Step] = [b"250-raw.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def context_for(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def url(server: RawServer, ca_file: Path | None, scheme: str = "smtp") -> str:
    return f"{scheme}://coffee:s3cret@127.0.0.1:{server.port}" + (f"?ca={ca_file}" if ca_file else "")


def bad_certificates(authority: trustme.CA) -> Iterator[tuple[str, trustme.LeafCert]]:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    yield "wrong name", authority.issue_cert("other.example.org")
    yield "expired", authority.issue_cert("127.0.0.1", not_after=yesterday)
    yield "somebody else's authority", trustme.CA().issue_cert("127.0.0.1")


def test_starttls_comes_first_and_then_login_and_mail(authority: trustme.CA, ca_file: Path) -> None:
    context = context_for(authority.issue_cert("127.0.0.1"))
    with RawServer({"EHLO": OFFERED}, context=context) as server:
        with from_url(url(server, ca_file), timeouts=QUICK).open() as connection:
            assert isinstance(connection.send(LETTER, lambda: None), Accepted)
            assert connection.alive
        assert server.verbs[:5] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"]


def test_smtps_is_encrypted_from_the_first_byte(authority: trustme.CA, ca_file: Path) -> None:
    context = context_for(authority.issue_cert("127.0.0.1"))
    with RawServer({"EHLO": OFFERED}, context=context, from_start=True) as server:
        with from_url(url(server, ca_file, "smtps"), timeouts=QUICK).open() as connection:
            assert isinstance(connection.send(LETTER, lambda: None), Accepted)
        assert server.verbs[:3] == ["EHLO", "AUTH", "MAIL"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("fault", ["wrong name", "expired", "somebody else's authority"])
def test_a_certificate_that_cannot_be_trusted_ends_it_for_good(
    authority: trustme.CA, ca_file: Path, scheme: str, fault: str
) -> None:
    context = context_for(dict(bad_certificates(authority))[fault])
    with RawServer({"EHLO": OFFERED}, context=context, from_start=scheme == "smtps") as server:
        with pytest.raises(CannotConnect) as caught, from_url(url(server, ca_file, scheme), timeouts=QUICK).open():
            pass
        assert not caught.value.temporary
        assert caught.value.verb == ("STARTTLS" if scheme == "smtp" else "CONNECT")
        assert server.verbs == (["EHLO", "STARTTLS"] if scheme == "smtp" else [])


def test_without_a_private_authority_the_systems_own_are_asked(authority: trustme.CA) -> None:
    context = context_for(authority.issue_cert("127.0.0.1"))
    with RawServer({"EHLO": OFFERED}, context=context) as server:
        with pytest.raises(CannotConnect, match="certificate verify failed"), from_url(url(server, None)).open():
            pass
        assert server.verbs == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize(
    ("script", "temporary", "verbs"),
    [
        ({"EHLO": [b"250-raw\r\n250 AUTH PLAIN\r\n"]}, False, ["EHLO"]),
        ({"EHLO": OFFERED, "STARTTLS": [b"454 4.7.0 not now\r\n"]}, True, ["EHLO", "STARTTLS"]),
        ({"EHLO": OFFERED, "STARTTLS": [b"502 no\r\n"]}, False, ["EHLO", "STARTTLS"]),
        ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n250 injected\r\n", HANG]}, True, ["EHLO", "STARTTLS"]),
        ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n", 0.1, b"250 injected\r\n", HANG]}, False, ["EHLO", "STARTTLS"]),
        ({"EHLO": OFFERED, "STARTTLS": [b"220 ok\r\n", HANG]}, True, ["EHLO", "STARTTLS"]),
    ],
)
def test_without_encryption_there_is_no_login_and_no_mail(
    ca_file: Path, script: dict[str, list[Step]], temporary: bool, verbs: list[str]
) -> None:
    with RawServer(script) as server:
        with pytest.raises(CannotConnect) as caught, from_url(url(server, ca_file), timeouts=QUICK).open():
            pass
        assert caught.value.temporary == temporary
        assert server.verbs == verbs


def test_an_old_protocol_is_refused(authority: trustme.CA, ca_file: Path) -> None:
    context = context_for(authority.issue_cert("127.0.0.1"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1
    with RawServer({"EHLO": OFFERED}, context=context) as server:
        with pytest.raises(CannotConnect) as caught, from_url(url(server, ca_file), timeouts=QUICK).open():
            pass
        assert caught.value.verb == "STARTTLS"
        assert server.verbs == ["EHLO", "STARTTLS"]
