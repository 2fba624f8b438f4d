"""A zone in which a sender at example.org is right in everything, and what `coffee mail check` finds in one."""

import json
from typing import Any

from tests.app.commands.conftest import Done, Shell
from tests.rig.dns import NameServer, Zone

KEY_2048 = "A" * 392  # as long as the real thing; nobody checks a signature with it here
KEY_512 = "A" * 128
SPF = "v=spf1 include:relay.example.net -all"
FINE: dict[str, Any] = {
    "example.org": {"TXT": ["some-site-verification=1", SPF], "MX": ["10 mx.example.org."]},
    "mx.example.org": {"A": ["192.0.2.10"]},
    "relay.example.net": {"TXT": ["v=spf1 ip4:203.0.113.0/24 ~all"]},
    "s1._domainkey.example.org": {"TXT": [f"v=DKIM1; k=rsa; p={KEY_2048}"]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org"]},
}
RELAY: dict[str, Any] = {
    "smtp.relay.example.net": {"A": ["8.8.4.4"]},
    "4.4.8.8.in-addr.arpa": {"PTR": ["out.relay.example.net."]},
    "out.relay.example.net": {"A": ["8.8.4.4"]},
}


def checked(shell: Shell, zone: Zone, *words: str, **server: bool) -> tuple[Done, dict[str, dict[str, Any]]]:
    """How the command ended, and what it found by name."""
    with NameServer(zone, **server) as names:
        done = shell("mail", "check", "--json", "--nameserver", names.address, *words)
    assert done.err == ""
    said = json.loads(done.out)
    assert said["ok"] == (done.code == 0)
    return done, {found["what"]: found for found in said["checks"]}


def one(shell: Shell, what: str, zone: Zone, *words: str) -> tuple[str, str, str | None]:
    """State, words and record of one finding, in a zone where all else is fine."""
    found = checked(shell, FINE | dict(zone), *words)[1][what]
    return found["state"], found["found"], found["publish"]
