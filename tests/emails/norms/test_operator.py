"""Norms that only the operator of a domain can keep (E14, E15): `coffee mail check` says what to publish and ask."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

import emails
from app.commands import mail_check, mail_dns
from app.commands.mail_findings import Finding
from app.settings import Settings
from tests.emails.norms.corpus import Letter
from tests.rig.dns import NameServer, Zone

NOTHING: Zone = {"example.org": {"A": ["192.0.2.1"]}}
PUBLISHED: Zone = {
    "example.org": {"TXT": ["v=spf1 ip4:8.8.4.4 -all"], "MX": ["10 example.org."], "A": ["192.0.2.1"]},
    "s1._domainkey.example.org": {"TXT": ["v=DKIM1; p=" + "A" * 392]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=none; rua=mailto:d@example.org"]},
}


def found_in(zone: Zone) -> dict[str, Finding]:
    """What is found for a sender at example.org whose mail goes into a folder."""
    settings = Settings(mail_from="coffee@example.org", smtp_url=SecretStr("maildir:///tmp/never-made"), _env_file=None)
    transport = emails.from_url("maildir:///tmp/never-made")
    with NameServer(zone) as server:
        names = mail_dns.names(server.address)
        return {one.what: one for one in mail_check.findings(settings, transport, names, (), datetime.now(UTC))}


@pytest.mark.parametrize("zone", [NOTHING, PUBLISHED], ids=["nothing", "published"])
def test_e14_the_relay_signs_and_is_asked_to_sign_the_list_headers(zone: Zone) -> None:
    said = found_in(zone)["dkim"].found
    assert "List-Unsubscribe and List-Unsubscribe-Post too (h=, RFC 8058)" in said
    assert "relay" in said


def test_e15_what_is_missing_is_named_with_the_record_to_publish() -> None:
    found = found_in(NOTHING)
    assert {what: found[what].state for what in ("spf", "dkim", "dmarc")} == {
        "spf": "wrong",
        "dkim": "could not look",
        "dmarc": "wrong",
    }
    assert found["spf"].publish.startswith('example.org. TXT "v=spf1 ')
    assert found["dmarc"].publish.startswith('_dmarc.example.org. TXT "v=DMARC1; p=none;')
    assert "_domainkey.example.org. TXT" in found["dkim"].publish


def test_e15_what_is_published_is_fine_and_aligned() -> None:
    found = found_in(PUBLISHED)
    assert [found[what].state for what in ("mx", "spf", "dkim", "dmarc")] == ["ok"] * 4
    assert "SPF is aligned" in found["dmarc"].found


def test_e15_bounces_go_to_the_domain_of_from(letters: list[Letter]) -> None:
    for letter in letters[::5]:
        sender = emails.to_envelope(letter.message).sender
        assert sender.rpartition("@")[2] == letter.read.addresses("From")[0].rpartition("@")[2]
