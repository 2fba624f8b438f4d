"""What `coffee mail check` looks at in the DNS, one function a record: found, right or wrong, and what to publish."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.commands import mail_spf
from app.commands.mail_dns import CannotLook, IpAddress, Names

State = Literal["ok", "wrong", "could not look"]

USUAL_SELECTORS = ("default", "dkim", "mail", "s1", "s2", "k1", "selector1", "selector2", "google", "mx", "smtp")
_ENDINGS = {
    "pass": "it allows everybody",
    "neutral": "it ends in ?all, which asks for nothing",
    None: "it has no ~all or -all at its end",
}
SHORTEST_KEY = 160  # octets of a 1,024-bit RSA key as RFC 6376 3.6.1 writes it; RFC 8301 3.2 wants no shorter one
SIGN_LISTS = "It must sign List-Unsubscribe and List-Unsubscribe-Post too (h=, RFC 8058)."


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `publish` is what the DNS should hold, as a line of a zone file; empty when it does."""

    what: str
    state: State
    found: str
    publish: str = ""


@dataclass(frozen=True)
class Relay:
    """The configured mail server as the world sees it: its name, and those of its addresses that are public."""

    host: str
    public: tuple[IpAddress, ...]
    unseen: str = ""  # why there is none, in words
    missing: bool = False  # the DNS says that there is no such host


Look = Callable[[], Finding]


def looked(what: str, look: Look) -> Finding:
    """The finding, or that it could not be looked at."""
    try:
        return look()
    except CannotLook as error:
        return Finding(what, "could not look", f"{error}.")


def relay(names: Names, host: str) -> Relay:
    """The addresses of the mail server. Never raises: what could not be looked up is said in `unseen`."""
    from ipaddress import ip_address

    try:
        addresses = [ip_address(host)]
    except ValueError:
        try:
            addresses = names.addresses(host)
        except CannotLook as error:
            return Relay(host, (), str(error))
    public = tuple(address for address in addresses if address.is_global)
    if public:
        return Relay(host, public)
    shown = ", ".join(map(str, addresses))
    if addresses:
        return Relay(host, (), f"{host} has no public address ({shown})")
    return Relay(host, (), f"{host} has no address", missing=True)


def mx(names: Names, domain: str) -> Finding:
    """Whether bounces and replies to the sender's domain can come back (RFC 5321 5.1, RFC 7505)."""
    found = names.exchanges(domain)
    publish = f"{domain}. MX 10 <the server that takes your mail>."
    if any(host == "." for _, host in found):
        return Finding("mx", "wrong", f"{domain} says that it takes no mail at all; bounces are lost.", publish)
    if not found:
        if names.addresses(domain):
            return Finding("mx", "ok", f"{domain} has no MX; its own address takes the mail.")
        return Finding("mx", "wrong", f"{domain} has no MX and no address; bounces are lost.", publish)
    lost = [host for _, host in found if not names.addresses(host)]
    if len(lost) == len(found):
        return Finding("mx", "wrong", f"{', '.join(lost)}: no such host; bounces are lost.", publish)
    return Finding("mx", "ok", ", ".join(f"{preference} {host}" for preference, host in found))


def spf(names: Names, domain: str, relay: Relay) -> Finding:
    """The SPF record of the domain where bounces go: there, one, well-formed, and closed at its end (RFC 7208)."""
    try:
        policy = mail_spf.load(names, domain)
    except mail_spf.NoPolicy as error:
        if error.records:
            said = f"{len(error.records)} records, so that receivers ignore all: {' | '.join(error.records)}"
            return Finding("spf", "wrong", said, _spf_record(domain, _merged(error.records)))
        return Finding("spf", "wrong", f"{domain} has none.", _spf_record(domain, f"v=spf1 {_of(relay, domain)} ~all"))
    if policy.faults:
        return Finding("spf", "wrong", f"{policy.record}: {'; '.join(policy.faults)}.", "Mend the record as said.")
    if policy.ending not in ("fail", "softfail") and not policy.leads_nowhere_known:
        words = _ENDINGS[policy.ending]
        return Finding("spf", "wrong", f"{policy.record}: {words}.", _spf_record(domain, _closed(policy.record)))
    return Finding("spf", "ok", f"{policy.record} ({policy.lookups} of {mail_spf.MOST_LOOKUPS} lookups)")


def spf_relay(names: Names, domain: str, relay: Relay) -> Finding:
    """Whether that record allows the configured mail server. It may send from other addresses; only it knows."""
    if not relay.public:
        return Finding("spf relay", "could not look", f"{relay.unseen}. {_ask(relay)}")
    try:
        policy = mail_spf.load(names, domain)
    except mail_spf.NoPolicy:
        return Finding("spf relay", "wrong", f"Nothing allows {relay.host} to send.")
    if policy.faults:
        return Finding("spf relay", "could not look", "The SPF record must be mended first.")
    verdicts = {address: mail_spf.judge(policy, address) for address in relay.public}
    allowed = [str(address) for address, verdict in verdicts.items() if verdict == "pass"]
    if len(allowed) == len(verdicts):
        return Finding("spf relay", "ok", f"{relay.host} ({', '.join(allowed)}) is allowed.")
    if not any(rule.verdict == "pass" for rule in policy.rules) and policy.redirect is None:
        publish = _spf_record(domain, f"v=spf1 {_of(relay, domain)} ~all")
        return Finding("spf relay", "wrong", f"{policy.record} allows nobody to send.", publish)
    others = ", ".join(f"{address}: {verdict}" for address, verdict in verdicts.items() if verdict != "pass")
    return Finding("spf relay", "could not look", f"{relay.host} ({others}) is not seen to be allowed. {_ask(relay)}")


def dkim(names: Names, domain: str, selectors: tuple[str, ...]) -> Finding:
    """A key under each of the selectors (RFC 6376 3.6). Without any given, the first of the usual ones that has one."""
    if selectors:
        found = [_key(names, domain, one) or _no_key(domain, one) for one in selectors]
        wrong = [one for one in found if one.state == "wrong"]
        return wrong[0] if wrong else found[0]
    for selector in USUAL_SELECTORS:
        finding = _key(names, domain, selector)
        if finding:
            return finding
    said = f"No key under the usual selectors of {domain}. Only your relay knows the one it signs with: ask it for the "
    said += f"record to publish, then look again with --selector. {SIGN_LISTS}"
    return Finding("dkim", "could not look", said, f"<selector>._domainkey.{domain}. TXT <the record your relay gives>")


def _key(names: Names, domain: str, selector: str) -> Finding | None:
    """What is under one selector; None where there is no key."""
    place = f"{selector}._domainkey.{domain}"
    keys = [text for text in names.texts(place) if "p" in _tags(text)]
    if not keys:
        return None
    fault = "several keys" if len(keys) > 1 else _key_fault(_tags(keys[0]))
    if fault:
        return Finding("dkim", "wrong", f"{place}: {fault}.", f"{place}. TXT <the record your relay gives you>")
    return Finding("dkim", "ok", f"{place} holds a key. Your relay signs, not we. {SIGN_LISTS}")


def _no_key(domain: str, selector: str) -> Finding:
    place = f"{selector}._domainkey.{domain}"
    said = f"{place} holds no key, so that no signature of your relay can be checked."
    return Finding("dkim", "wrong", said, f"{place}. TXT <the record your relay gives you>")


def dmarc(names: Names, domain: str, bounces: str) -> Finding:
    """The policy for the From domain (RFC 7489), its own or one of a domain above, and whether SPF can serve it."""
    publish = f'_dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{domain}"'
    place, found = domain, _dmarc_records(names, domain)
    while not found and place.count(".") > 1:
        place = place.partition(".")[2]
        found = _dmarc_records(names, place)
    if len(found) != 1:
        many = f"{len(found)} records, so that receivers ignore all: {' | '.join(found)}"
        return Finding("dmarc", "wrong", many if found else f"{domain} has none.", publish)
    tags = _tags(found[0])
    policy = (tags.get("sp") if place != domain else None) or tags.get("p", "")
    if policy.lower() not in ("none", "quarantine", "reject"):
        return Finding("dmarc", "wrong", f"{found[0]}: p= must be none, quarantine or reject.", publish)
    said = [f"{found[0]}" + (f" (of {place})" if place != domain else "")]
    if policy.lower() == "none":
        said.append("It only watches: p=quarantine when the reports are clean.")
    if not tags.get("rua"):
        said.append("Nobody gets reports: add rua=mailto:….")
    said.append(_alignment(domain, bounces, strict=tags.get("aspf", "r").lower() == "s"))
    return Finding("dmarc", "ok", " ".join(said))


def reverse(names: Names, relay: Relay) -> Finding:
    """Forward and reverse DNS of the mail server agree, as large receivers ask."""
    if not relay.public:
        return Finding("reverse dns", "could not look", f"{relay.unseen}.")
    said = []
    for address in relay.public:
        called = names.names_of(address)
        if not called:
            publish = f"{address.reverse_pointer}. PTR {relay.host}."
            return Finding("reverse dns", "wrong", f"{address} has no name.", publish)
        back = [name for name in called if address in names.addresses(name)]
        if not back:
            publish = f"{called[0]}. {'A' if address.version == 4 else 'AAAA'} {address}"
            return Finding("reverse dns", "wrong", f"{address} is called {called[0]}, which is elsewhere.", publish)
        said.append(f"{address} is {back[0]} and back")
    return Finding("reverse dns", "ok", f"{'; '.join(said)}.")


def aligned(one: str, other: str) -> bool:
    """Whether two domains are the same or one lies in the other: what relaxed alignment takes (RFC 7489 3.1)."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _alignment(domain: str, bounces: str, *, strict: bool) -> str:
    fits = domain == bounces if strict else aligned(domain, bounces)
    if fits:
        return (
            f"SPF is aligned: From and bounces are both of {domain}."
            if domain == bounces
            else (f"SPF is aligned: bounces go to {bounces}.")
        )
    return f"SPF is not aligned, as bounces go to {bounces}: DKIM must sign with d={domain}."


def _dmarc_records(names: Names, domain: str) -> list[str]:
    return [text for text in names.texts(f"_dmarc.{domain}") if text.replace(" ", "").upper().startswith("V=DMARC1;")]


def _tags(text: str) -> dict[str, str]:
    """`a=1; b=2` as pairs (RFC 6376 3.2)."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _key_fault(tags: dict[str, str]) -> str | None:
    if tags.get("v", "DKIM1") != "DKIM1":
        return "the record is not of version DKIM1"
    if "y" in [flag.strip() for flag in tags.get("t", "").split(":")]:
        return "it is in test mode (t=y), which counts as unsigned"
    try:
        key = base64.b64decode("".join(tags["p"].split()), validate=True)
    except (binascii.Error, ValueError):
        return "the key (p=) is not base64"
    if not key:
        return "the key was withdrawn (p= is empty)"
    if tags.get("k", "rsa").lower() == "rsa" and len(key) < SHORTEST_KEY:
        return "the key is shorter than 1,024 bits, which receivers do not take"
    return None


def _spf_record(domain: str, record: str) -> str:
    return f'{domain}. TXT "{record}"'


def _of(relay: Relay, domain: str) -> str:
    """The mechanism for the mail server: by its name where it is ours, otherwise what its operator says."""
    return f"a:{relay.host}" if aligned(relay.host, domain) else f"include:<the name that {relay.host} gives you>"


def _ask(relay: Relay) -> str:
    return f"Your relay may send from other addresses; ask {relay.host} which include: to publish."


def _merged(records: list[str]) -> str:
    """One record with the terms of all, each once; the mildest end last."""
    terms = [term for record in records for term in record.split()[1:]]
    kept = [term for term in dict.fromkeys(terms) if term.lstrip("+-~?").lower() != "all"]
    return " ".join(["v=spf1", *kept, "-all" if all("-all" in record.split() for record in records) else "~all"])


def _closed(record: str) -> str:
    return " ".join([*(term for term in record.split() if term.lstrip("+-~?").lower() != "all"), "~all"])
