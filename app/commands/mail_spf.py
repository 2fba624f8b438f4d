"""SPF (RFC 7208): a domain's record read into rules, its lookups counted, and an address held against it.

    load(names, "example.org") ──▶ Policy ──▶ judge(policy, address) ──▶ pass | fail | softfail | neutral | unknown

What only a receiver can know (macros, `exists`, `ptr`) makes an answer unknown, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from app.commands.mail_dns import CannotLook, IpAddress, Names

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_VOID = 2
_STOP_AT = 40  # a loop of includes ends here; the record is wrong long before

Verdict = Literal["pass", "fail", "softfail", "neutral", "unknown"]
Network = IPv4Network | IPv6Network

_VERDICTS: dict[str, Verdict] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_MECHANISM = re.compile(
    r"(?P<sign>[-+~?]?)(?P<kind>all|include|a|mx|ptr|ip4|ip6|exists)(?::(?P<value>.*?))?"
    r"(?P<length>/\d{1,3})?(?://(?P<length6>\d{1,3}))?",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._-]*)=(?P<value>\S*)")


class NoPolicy(Exception):
    """The domain has no record, or more than one; `records` are those found."""

    def __init__(self, records: list[str]) -> None:
        super().__init__("no SPF record" if not records else f"{len(records)} SPF records")
        self.records = records


@dataclass(frozen=True)
class Rule:
    """One mechanism: what it says (`verdict`) of which addresses. `unknown`: only a receiver can tell."""

    text: str
    verdict: Verdict
    everybody: bool = False
    networks: tuple[Network, ...] = ()
    inner: Policy | None = None
    unknown: bool = False


@dataclass(frozen=True)
class Policy:
    """A record with all that it names looked up. `faults` make receivers ignore it (permerror)."""

    domain: str
    record: str
    rules: tuple[Rule, ...]
    redirect: Policy | None = None
    lookups: int = 0
    faults: tuple[str, ...] = ()

    @property
    def leads_nowhere_known(self) -> bool:
        """Whether the rest is said elsewhere, where it could not be read."""
        if self.redirect:
            return self.redirect.leads_nowhere_known
        return any(rule.text.startswith("redirect=") for rule in self.rules)

    @property
    def ending(self) -> Verdict | None:
        """What is said of everybody else: the verdict of `all`, here or where `redirect` leads; None without one."""
        for rule in self.rules:
            if rule.everybody:
                return rule.verdict
        return self.redirect.ending if self.redirect else None


def load(names: Names, domain: str) -> Policy:
    """The policy of a domain. Raises NoPolicy where there is not exactly one, CannotLook where nobody answered."""
    reader = _Reader(names)
    policy = reader.policy(domain)
    if reader.lookups > MOST_LOOKUPS:
        many = f"more than {_STOP_AT}" if reader.lookups >= _STOP_AT else str(reader.lookups)
        reader.faults.append(f"it takes {many} lookups, and receivers stop after {MOST_LOOKUPS}")
    if reader.void > MOST_VOID:
        reader.faults.append(f"{reader.void} of its names do not exist, and receivers stop after {MOST_VOID}")
    return Policy(
        domain, policy.record, policy.rules, policy.redirect, reader.lookups, tuple(dict.fromkeys(reader.faults))
    )


def judge(policy: Policy, address: IpAddress) -> Verdict:
    """What the policy says of a server at this address, from the first mechanism that fits (RFC 7208 4.6.2)."""
    doubtful = False
    for rule in policy.rules:
        fits = _fits(rule, address)
        if fits:
            return rule.verdict if rule.verdict == "pass" or not doubtful else "unknown"
        doubtful = doubtful or fits is None
    verdict: Verdict = judge(policy.redirect, address) if policy.redirect else "neutral"
    return verdict if verdict == "pass" or not doubtful else "unknown"


def records_of(texts: list[str]) -> list[str]:
    """Those TXT records that are SPF records (RFC 7208 4.5)."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def _fits(rule: Rule, address: IpAddress) -> bool | None:
    if rule.unknown:
        return None
    if rule.inner is not None:
        verdict = judge(rule.inner, address)
        return None if verdict == "unknown" else verdict == "pass"
    return rule.everybody or any(address in network for network in rule.networks)


@dataclass
class _Reader:
    """Follows a record through the DNS and counts."""

    names: Names
    lookups: int = 0
    void: int = 0
    faults: list[str] = field(default_factory=list)

    def policy(self, domain: str) -> Policy:
        found = records_of(self.names.texts(domain))
        if len(found) != 1:
            raise NoPolicy(found)
        rules: list[Rule] = []
        redirect = None
        for term in found[0].split()[1:]:
            modifier = _MODIFIER.fullmatch(term)
            if modifier is None:
                rules.append(self._rule(term, domain))
            elif modifier["name"].lower() == "redirect":
                redirect = modifier["value"]
        followed = None
        if redirect and not any(rule.everybody for rule in rules):  # RFC 7208 6.1: `all` makes it void
            followed = self._other(redirect)
            if followed is None:
                rules.append(Rule(f"redirect={redirect}", "neutral", unknown=True))
        return Policy(domain, found[0], tuple(rules), followed)

    def _rule(self, term: str, domain: str) -> Rule:
        match = _MECHANISM.fullmatch(term)
        if match is None:
            self.faults.append(f"“{term}” is no mechanism")
            return Rule(term, "neutral", unknown=True)
        verdict, kind, value = _VERDICTS[match["sign"] or "+"], match["kind"].lower(), match["value"] or ""
        if kind == "all":
            return Rule(term, verdict, everybody=True)
        if kind in ("ip4", "ip6"):
            return self._range(term, verdict, kind, value + (match["length"] or ""))
        if kind in ("include", "exists") and not value:
            self.faults.append(f"“{term}” names no domain")
            return Rule(term, verdict, unknown=True)
        if kind == "include":
            inner = self._other(value)
            return Rule(term, verdict, inner=inner, unknown=inner is None)
        self.lookups += 1
        if kind in ("ptr", "exists") or "%" in value:
            return Rule(term, verdict, unknown=True)
        return self._hosts(term, verdict, kind, value or domain, (match["length"], match["length6"]))

    def _range(self, term: str, verdict: Verdict, kind: str, value: str) -> Rule:
        try:
            network = ip_network(value, strict=False)
        except ValueError:
            network = None
        if network is None or network.version != int(kind[-1]):
            self.faults.append(f"“{term}” is no range of addresses")
            return Rule(term, verdict, unknown=True)
        return Rule(term, verdict, networks=(network,))

    def _other(self, domain: str) -> Policy | None:
        """The policy of an `include` or `redirect`; None where it cannot be known."""
        self.lookups += 1
        if "%" in domain or self.lookups >= _STOP_AT:
            return None
        try:
            return self.policy(domain)
        except NoPolicy as error:
            self.faults.append(f"{domain} has {error}")
        except CannotLook:
            pass
        return None

    def _hosts(self, term: str, verdict: Verdict, kind: str, host: str, lengths: tuple[str | None, str | None]) -> Rule:
        try:
            hosts = [host] if kind == "a" else [name for _, name in self.names.exchanges(host) if name != "."]
            if len(hosts) > MOST_LOOKUPS:
                self.faults.append(f"“{term}” names more than {MOST_LOOKUPS} mail servers")
            addresses = [address for one in hosts[:MOST_LOOKUPS] for address in self.names.addresses(one)]
        except CannotLook:
            return Rule(term, verdict, unknown=True)
        self.void += not addresses
        wide = {4: (lengths[0] or "/32")[1:], 6: lengths[1] or "128"}
        try:
            networks = tuple(ip_network(f"{one}/{wide[one.version]}", strict=False) for one in addresses)
        except ValueError:
            self.faults.append(f"“{term}” is no range of addresses")
            return Rule(term, verdict, unknown=True)
        return Rule(term, verdict, networks=networks)
