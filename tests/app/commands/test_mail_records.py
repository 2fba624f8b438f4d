"""The records that `coffee mail check` judges: MX, SPF, DKIM, DMARC and reverse DNS, from a real name server."""

from typing import Any

import pytest

from app.commands import mail_dns
from app.commands import mail_findings as look
from tests.app.commands.conftest import Shell
from tests.app.commands.mail_zone import FINE, KEY_512, KEY_2048, RELAY, SPF, checked, one
from tests.rig.dns import BROKEN, NameServer, Zone

# --- MX --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "state", "said"),
    [
        ({"MX": ["20 b.example.org.", "10 mx.example.org."]}, "ok", "10 mx.example.org, 20 b.example.org"),
        ({"A": ["192.0.2.1"]}, "ok", "example.org has no MX; its own address takes the mail."),
        ({}, "wrong", "example.org has no MX and no address; bounces are lost."),
        ({"MX": ["0 ."]}, "wrong", "example.org says that it takes no mail at all; bounces are lost."),
        ({"MX": ["10 gone.example.org."]}, "wrong", "gone.example.org: no such host; bounces are lost."),
    ],
)
def test_bounces_must_come_back(mail_shell: Shell, records: dict[str, list[str]], state: str, said: str) -> None:
    found = one(mail_shell, "mx", {"example.org": {"TXT": [SPF], **records}})
    publish = "example.org. MX 10 <the server that takes your mail>." if state == "wrong" else None
    assert found == (state, said, publish)


def test_the_mx_and_spf_of_the_return_path_count_where_one_is_set(mail_shell: Shell) -> None:
    mail_shell.set(MAIL_RETURN_PATH="bounces@mail.example.org")
    zone = {"mail.example.org": {"TXT": ["v=spf1 -all"], "MX": ["5 mx.example.org."]}}
    _, found = checked(mail_shell, FINE | zone)
    assert found["mx"]["found"] == "5 mx.example.org"
    assert found["spf"]["found"].startswith("v=spf1 -all")
    assert found["dmarc"]["found"].endswith("SPF is aligned: bounces go to mail.example.org.")
    mail_shell.set(MAIL_RETURN_PATH="bounces@elsewhere.example.net")
    said = checked(mail_shell, FINE)[1]["dmarc"]["found"]
    assert said.endswith("bounces go to elsewhere.example.net: DKIM must sign with d=example.org.")


# --- SPF -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "said", "publish"),
    [
        ([], "example.org has none.", "v=spf1 include:<the name that 127.0.0.1 gives you> ~all"),
        (
            ["v=spf1 ip4:192.0.2.1 ~all", "v=spf1 include:relay.example.net -all"],
            "2 records, so that receivers ignore all",
            "v=spf1 include:relay.example.net ip4:192.0.2.1 ~all",
        ),
        (["v=spf1 mx +all"], "it allows everybody", "v=spf1 mx ~all"),
        (["v=spf1 mx ?all"], "it ends in ?all", "v=spf1 mx ~all"),
        (["v=spf1 mx"], "it has no ~all or -all at its end", "v=spf1 mx ~all"),
        (["v=spf1 ipv4:192.0.2.1 -all"], "“ipv4:192.0.2.1” is no mechanism", None),
        (["v=spf1 ip4:192.0.2.300 -all"], "“ip4:192.0.2.300” is no range of addresses", None),
        (["v=spf1 ip4:2001:db8::/32 -all"], "is no range of addresses", None),
        (["v=spf1 include: -all"], "names no domain", None),
        (["v=spf1 include:nothing.example.net -all"], "nothing.example.net has no SPF record", None),
        (["v=spf1 include:example.org -all"], "it takes more than 40 lookups", None),
        (["v=spf1 redirect=nothing.example.net"], "nothing.example.net has no SPF record", None),
        (["v=spf1 " + "a:mx.example.org " * 11 + "-all"], "it takes 11 lookups, and receivers stop after 10", None),
        (["v=spf1 a:x.example.org a:y.example.org mx:z.example.org -all"], "3 of its names do not exist", None),
    ],
)
def test_a_wrong_spf_record_is_named_with_the_right_one(
    mail_shell: Shell, texts: list[str], said: str, publish: str | None
) -> None:
    state, found, record = one(mail_shell, "spf", {"example.org": {"TXT": texts, "MX": ["10 mx.example.org."]}})
    assert state == "wrong"
    assert said in found
    assert record == (f'example.org. TXT "{publish}"' if publish else "Mend the record as said.")


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 mx -all",
        "V=SPF1 MX ~ALL",
        "v=spf1 redirect=relay.example.net exp=why.example.org",
        "v=spf1 exists:%{i}.spf.example.net include:relay.example.net a/24//64 ptr ip6:2001:db8::/32 -all",
        "v=spf1 " + "a:mx.example.org " * 10 + "-all",
        "v=spf1 " + "".join(f"ip4:192.0.2.{number} " for number in range(100, 130)) + "-all",  # in several strings
    ],
)
def test_a_good_spf_record_is_left_alone(mail_shell: Shell, record: str) -> None:
    zone = {"example.org": {"TXT": [record], "MX": ["10 mx.example.org."], "A": ["192.0.2.1"]}}
    assert one(mail_shell, "spf", zone)[::2] == ("ok", None)


@pytest.mark.parametrize(
    ("record", "state", "said"),
    [
        ("v=spf1 ip4:8.8.4.0/24 -all", "ok", "smtp.relay.example.net (8.8.4.4) is allowed."),
        ("v=spf1 a:smtp.relay.example.net -all", "ok", "is allowed"),
        ("v=spf1 redirect=allows.example.net", "ok", "is allowed"),
        ("v=spf1 include:allows.example.net -all", "ok", "is allowed"),
        ("v=spf1 include:relay.example.net -all", "could not look", "(8.8.4.4: fail) is not seen to be allowed."),
        ("v=spf1 include:relay.example.net ~all", "could not look", "ask smtp.relay.example.net which include:"),
        ("v=spf1 -ip4:8.8.4.4 include:allows.example.net -all", "could not look", "8.8.4.4: fail"),
        ("v=spf1 exists:%{i}.spf.example.net -all", "could not look", "8.8.4.4: unknown"),
        ("v=spf1 include:broken.example.net -all", "could not look", "8.8.4.4: unknown"),
        ("v=spf1 include:maybe.example.net -all", "could not look", "8.8.4.4: unknown"),
        ("v=spf1 -all", "wrong", "v=spf1 -all allows nobody to send."),
        ("nothing", "wrong", "Nothing allows smtp.relay.example.net to send."),
        ("v=spf1 nonsense -all", "could not look", "must be mended first"),
    ],
)
def test_whether_spf_allows_the_server_is_said_where_it_can_be_known(record: str, state: str, said: str) -> None:
    zone = RELAY | {
        "example.org": {"TXT": [record], "MX": ["10 mx.example.org."]},
        "allows.example.net": {"TXT": ["v=spf1 ip4:8.8.4.4 -all"]},
        "broken.example.net": BROKEN,
        "maybe.example.net": {"TXT": ["v=spf1 exists:%{i}.spf.example.net -all"]},
    }
    found = judged_for(FINE | zone, "smtp.relay.example.net")
    assert found[0] == state
    assert said in found[1]


def judged_for(zone: Zone, host: str) -> tuple[str, str]:
    """State and words of `spf relay` for a server by this name; nobody connects to it."""
    with NameServer(zone) as server:
        names = mail_dns.names(server.address)
        found = look.looked("spf relay", lambda: look.spf_relay(names, "example.org", look.relay(names, host)))
    return found.state, found.found


# --- DKIM, DMARC, reverse DNS ----------------------------------------------------------------------------------------


def test_dkim_is_left_to_the_relay_and_it_says_what_to_ask_of_it(mail_shell: Shell) -> None:
    state, found, _ = one(mail_shell, "dkim", {})
    assert state == "ok"
    assert found == (
        "s1._domainkey.example.org holds a key. Your relay signs, not we. "
        "It must sign List-Unsubscribe and List-Unsubscribe-Post too (h=, RFC 8058)."
    )


def test_without_a_usual_selector_only_the_relay_knows(mail_shell: Shell) -> None:
    state, found, publish = one(mail_shell, "dkim", {"s1._domainkey.example.org": {"TXT": ["v=spf1 -all"]}})
    assert state == "could not look"
    assert "Only your relay knows" in found
    assert publish == "<selector>._domainkey.example.org. TXT <the record your relay gives>"


@pytest.mark.parametrize(
    ("texts", "state", "said"),
    [
        ([f"v=DKIM1; p={KEY_2048}"], "ok", "holds a key"),
        ([f"k=rsa; p={KEY_2048[:200]} {KEY_2048[200:]}"], "ok", "holds a key"),
        (["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="], "ok", "holds a key"),
        ([], "wrong", "own._domainkey.example.org holds no key"),
        (["v=DKIM1; p="], "wrong", "withdrawn"),
        ([f"v=DKIM1; t=s:y; p={KEY_2048}"], "wrong", "test mode"),
        ([f"v=DKIM1; p={KEY_512}"], "wrong", "shorter than 1,024 bits"),
        (["v=DKIM1; p=???"], "wrong", "not base64"),
        ([f"v=DKIM2; p={KEY_2048}"], "wrong", "not of version DKIM1"),
        ([f"v=DKIM1; p={KEY_2048}", f"p={KEY_2048}"], "wrong", "several keys"),
    ],
)
def test_a_selector_that_was_named_is_judged(mail_shell: Shell, texts: list[str], state: str, said: str) -> None:
    found = one(mail_shell, "dkim", {"own._domainkey.example.org": {"TXT": texts}}, "--selector", "own")
    assert found[0] == state
    assert said in found[1]
    publish = "own._domainkey.example.org. TXT <the record your relay gives you>"
    assert found[2] == (publish if state == "wrong" else None)


def test_of_several_selectors_each_must_have_a_key(mail_shell: Shell) -> None:
    assert one(mail_shell, "dkim", {}, "--selector", "s1", "--selector", "s1")[0] == "ok"
    state, found, _ = one(mail_shell, "dkim", {}, "--selector", "s1", "--selector", "s9")
    assert (state, found.startswith("s9._domainkey.example.org holds no key")) == ("wrong", True)


def test_a_key_that_the_relay_keeps_behind_a_cname_is_found(mail_shell: Shell) -> None:
    zone = {
        "cn._domainkey.example.org": {"CNAME": ["cn.dkim.example.net."]},
        "cn.dkim.example.net": {"TXT": [f"v=DKIM1; p={KEY_2048}"]},
    }
    assert one(mail_shell, "dkim", zone, "--selector", "cn")[0] == "ok"


@pytest.mark.parametrize(
    ("texts", "state", "said"),
    [
        (["v=DMARC1; p=reject; rua=mailto:d@example.org"], "ok", "SPF is aligned: From and bounces are both of"),
        (["v=DMARC1;p=none;rua=mailto:d@example.org"], "ok", "It only watches"),
        (["v=DMARC1; p=none"], "ok", "Nobody gets reports: add rua=mailto:…."),
        ([], "wrong", "example.org has none."),
        (["v=DMARC1; p=maybe"], "wrong", "p= must be none, quarantine or reject."),
        (["v=DMARC1; rua=mailto:d@example.org"], "wrong", "p= must be"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "wrong", "2 records, so that receivers ignore all"),
        (["p=none; v=DMARC1"], "wrong", "example.org has none."),
    ],
)
def test_dmarc_is_judged(mail_shell: Shell, texts: list[str], state: str, said: str) -> None:
    found = one(mail_shell, "dmarc", {"_dmarc.example.org": {"TXT": texts}})
    assert found[0] == state
    assert said in found[1]
    publish = '_dmarc.example.org. TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.org"'
    assert found[2] == (publish if state == "wrong" else None)


def test_a_subdomain_inherits_the_policy_from_above(mail_shell: Shell) -> None:
    mail_shell.set(MAIL_FROM="coffee@mail.eu.example.org")
    text = "v=DMARC1; p=reject; sp=none; rua=mailto:d@example.org"
    state, found, _ = one(mail_shell, "dmarc", {"_dmarc.example.org": {"TXT": [text]}})
    assert (state, found.startswith(f"{text} (of example.org) It only watches")) == ("ok", True)


@pytest.mark.parametrize(
    ("changes", "state", "said", "publish"),
    [
        ({}, "ok", "8.8.4.4 is out.relay.example.net and back.", ""),
        ({"4.4.8.8.in-addr.arpa": {}}, "wrong", "has no name", "4.4.8.8.in-addr.arpa. PTR smtp.relay.example.net."),
        ({"out.relay.example.net": {}}, "wrong", "which is elsewhere", "out.relay.example.net. A 8.8.4.4"),
        ({"4.4.8.8.in-addr.arpa": BROKEN}, "could not look", "could not answer", ""),
        ({"smtp.relay.example.net": {}}, "could not look", "smtp.relay.example.net has no address.", ""),
        ({"smtp.relay.example.net": {"A": ["10.0.0.1"]}}, "could not look", "has no public address (10.0.0.1)", ""),
    ],
)
def test_names_of_the_server_agree_both_ways(changes: dict[str, Any], state: str, said: str, publish: str) -> None:
    with NameServer(FINE | RELAY | changes) as server:
        names = mail_dns.names(server.address)
        found = look.looked("reverse dns", lambda: look.reverse(names, look.relay(names, "smtp.relay.example.net")))
    assert (found.state, found.publish) == (state, publish)
    assert said in found.found
