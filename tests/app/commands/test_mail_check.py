"""`coffee mail check` says what the world sees of the sender, from a real name server and a real mail server."""

import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from app.commands.mail_findings import USUAL_SELECTORS
from tests.app.commands.conftest import Shell
from tests.app.commands.mail_zone import FINE, checked, one
from tests.emails.raw_server import RawServer
from tests.rig.dns import BROKEN, SILENT, NameServer
from tests.rig.smtp import SmtpSink

# --- the whole -------------------------------------------------------------------------------------------------------


def test_where_all_is_well_it_ends_with_0_and_publishes_nothing(mail_shell: Shell, mail_sink: SmtpSink) -> None:
    done, found = checked(mail_shell, FINE)
    assert done.code == 0
    assert {what: finding["state"] for what, finding in found.items()} == {
        "mx": "ok",
        "spf": "ok",
        "spf relay": "could not look",
        "dkim": "ok",
        "dmarc": "ok",
        "reverse dns": "could not look",
        "server": "ok",
        "tls": "ok",
    }
    assert [finding["publish"] for finding in found.values()] == [None] * 8
    assert found["server"]["found"].endswith("answers and signs us in as coffee.")
    assert "s3cret" not in done.out
    assert mail_sink.messages == []


def test_for_people_it_is_a_line_each_and_the_record_below(mail_shell: Shell) -> None:
    zone = {name: records for name, records in FINE.items() if not name.startswith("_dmarc")}
    with NameServer(zone) as names:
        done = mail_shell("mail", "check", "--nameserver", names.address)
    assert done.code == 1
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "SPF ok v=spf1 include:relay.example.net -all (1 of 10 lookups)" in lines
    assert "DMARC wrong example.org has none." in lines
    record = 'publish _dmarc.example.org. TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.org"'
    assert lines[lines.index("DMARC wrong example.org has none.") + 1] == record


@pytest.mark.parametrize("without", ["SMTP_URL", "MAIL_FROM"])
def test_without_a_server_or_a_sender_it_says_what_to_set(
    mail_shell: Shell, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"COFFEE_{without}")
    done = mail_shell("mail", "check")
    assert (done.code, done.out, done.err) == (1, "", f"No mail can leave: COFFEE_{without} must be set.\n")


@pytest.mark.parametrize("nameserver", ["ns.example.org", "192.0.2.53:0", "192.0.2.53:x", "", "[::1"])
def test_a_name_server_that_is_none_is_wrong_usage(mail_shell: Shell, nameserver: str) -> None:
    done = mail_shell("mail", "check", "--nameserver", nameserver)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("--nameserver: ")


# --- no network ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", ["silent", "broken", "denies everything", "gone"])
def test_without_a_network_it_says_that_it_could_not_look_and_never_guesses(
    mail_shell: Shell, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.mail_dns.PATIENCE", 0.3)
    selectors = [f"{name}._domainkey.example.org" for name in USUAL_SELECTORS]
    every = ["example.org", "_dmarc.example.org", *selectors]
    zone = dict.fromkeys(every, SILENT if network == "silent" else BROKEN)
    with NameServer({} if network == "denies everything" else zone, knows_the_world=False) as names:
        address = names.address
        done = mail_shell("mail", "check", "--json", "--nameserver", address)
    if network == "gone":
        done = mail_shell("mail", "check", "--json", "--nameserver", address)
    found = {finding["what"]: finding for finding in json.loads(done.out)["checks"]}
    for what in ("mx", "spf", "spf relay", "dkim", "dmarc", "reverse dns"):
        assert (found[what]["state"], found[what]["publish"]) == ("could not look", None), found[what]
    assert (done.code, found["server"]["state"]) == (0, "ok")


def test_where_nothing_at_all_could_be_looked_at_it_ends_with_1(mail_shell: Shell) -> None:
    mail_shell.set(SMTP_URL="maildir:///tmp/never-made")
    done, found = checked(mail_shell, {}, knows_the_world=False)
    assert done.code == 1
    assert {finding["state"] for finding in found.values()} == {"could not look"}


def test_a_silent_name_server_is_asked_two_things_and_no_more(
    mail_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.mail_dns.PATIENCE", 0.3)
    with NameServer({"example.org": SILENT, "_dmarc.example.org": SILENT}) as names:
        mail_shell("mail", "check", "--nameserver", names.address)
        assert set(names.asked) == {"example.org MX", "example.org TXT"}


# --- the server ------------------------------------------------------------------------------------------------------


def test_tls_tells_the_name_on_the_certificate_and_the_days_left(mail_shell: Shell) -> None:
    state, found, _ = one(mail_shell, "tls", {})
    assert state == "ok"
    assert found.startswith("TLSv1.3, certificate for localhost, 127.0.0.1, ")
    assert found.endswith(" days left. The server offers SMTPUTF8 (addresses such as grün@example.org).")


def test_tls_from_the_start_is_looked_at_too(mail_shell: Shell) -> None:
    with SmtpSink(tls="implicit") as running:
        mail_shell.set(SMTP_URL=f"{running.url}?ca={running.ca_file}")
        _, found = checked(mail_shell, FINE)
    assert (found["server"]["state"], found["tls"]["state"]) == ("ok", "ok")
    assert found["server"]["found"].endswith("asks for no password.")


@pytest.mark.parametrize(
    ("name", "days", "server", "tls", "said"),
    [
        ("127.0.0.1", 5, "ok", "wrong", " days left. Renew it."),
        ("127.0.0.1", -1, "wrong", "wrong", "certificate has expired"),
        ("other.example.org", 90, "wrong", "wrong", "IP address mismatch"),
    ],
)
def test_a_certificate_that_fails_or_ends_soon_is_wrong(
    mail_shell: Shell, tmp_path: Path, name: str, days: int, server: str, tls: str, said: str
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    until = datetime.now(UTC) + timedelta(days=days)
    authority.issue_cert(name, not_before=until - timedelta(days=30), not_after=until).configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ehlo = [b"250-raw.example.org\r\n250 STARTTLS\r\n"]
    with RawServer({"EHLO": ehlo}, context=context) as running:
        mail_shell.set(SMTP_URL=f"smtp://127.0.0.1:{running.port}?ca={tmp_path / 'ca.pem'}")
        done, found = checked(mail_shell, FINE)
    assert (done.code, found["server"]["state"], found["tls"]["state"]) == (1, server, tls)
    assert said in found["tls"]["found"]


def test_a_wrong_password_is_wrong_and_not_repeated(mail_shell: Shell, mail_sink: SmtpSink) -> None:
    mail_shell.set(SMTP_URL=f"smtp://coffee:not-it@127.0.0.1:{mail_sink.port}?ca={mail_sink.ca_file}")
    done, found = checked(mail_shell, FINE)
    assert (done.code, found["server"]["state"], found["tls"]["state"]) == (1, "wrong", "ok")
    assert "signing in (AUTH) failed" in found["server"]["found"]
    assert "not-it" not in done.out


def test_a_server_without_encryption_is_wrong_where_it_was_asked_for(mail_shell: Shell, smtp_sink: SmtpSink) -> None:
    mail_shell.set(SMTP_URL=f"smtp://127.0.0.1:{smtp_sink.port}")
    done, found = checked(mail_shell, FINE)
    assert (done.code, found["server"]["state"]) == (1, "wrong")
    assert found["tls"]["state"] == "could not look"


def test_on_this_machine_no_encryption_is_needed(mail_shell: Shell, smtp_sink: SmtpSink) -> None:
    mail_shell.set(SMTP_URL=smtp_sink.url)
    assert one(mail_shell, "tls", {})[:2] == ("ok", "Not encrypted, and does not leave this machine.")


def test_a_server_that_is_not_running_is_wrong_and_one_out_of_reach_was_not_seen(mail_shell: Shell) -> None:
    mail_shell.set(SMTP_URL="smtp://127.0.0.1:1")
    assert one(mail_shell, "server", {})[0] == "wrong"
    mail_shell.set(SMTP_URL="smtp://nowhere.example.org")
    assert one(mail_shell, "server", {"nowhere.example.org": BROKEN})[0] == "could not look"
    assert one(mail_shell, "server", {"nowhere.example.org": {}})[0] == "wrong"


def test_a_folder_is_no_server_and_the_records_are_looked_at_all_the_same(mail_shell: Shell, tmp_path: Path) -> None:
    mail_shell.set(SMTP_URL=f"maildir://{tmp_path}/mail")
    done, found = checked(mail_shell, FINE)
    assert (done.code, found["spf"]["state"], found["server"]["state"]) == (0, "ok", "could not look")


# --- config check ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "warns"), [((3, 11, 9), True), ((3, 12, 4), True), ((3, 11, 10), False)])
def test_config_check_warns_of_a_python_that_writes_unsafe_headers(
    file_shell: Shell, version: tuple[int, int, int], warns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emails.pythons.sys.version_info", (*version, "final", 0))
    plain = file_shell("config", "check")
    told = file_shell("config", "check", "--json").json
    assert plain.code == 0
    assert ("Beware: Python" in plain.out) == (len(told["beware"]) == 1) == warns
    assert not warns or "the guard is on" in told["beware"][0]
