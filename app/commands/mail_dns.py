"""Asking the DNS about the sender's domain: records, nothing, or that it could not be looked at. Never a guess."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

IpAddress = IPv4Address | IPv6Address

PATIENCE = 5.0  # seconds for one question
GIVE_UP_AFTER = 2  # questions in a row without any answer: there is no network, and twenty more would take minutes


class CannotLook(Exception):
    """No answer came; the words say why. It says nothing about what is there."""


class Names:
    """Questions to a name server, each asked once. Without a resolver, every question raises CannotLook."""

    def __init__(self, resolver: dns.resolver.Resolver | None) -> None:
        """Nothing is asked yet."""
        self._resolver = resolver
        self._known: dict[tuple[str, str], list[Any]] = {}
        self._unanswered = 0

    def texts(self, name: str) -> list[str]:
        """The TXT records, sorted, the strings of each joined without blanks (RFC 7208 3.3). Raises CannotLook."""
        return sorted(b"".join(record.strings).decode("utf-8", "replace") for record in self._records(name, "TXT"))

    def addresses(self, host: str) -> list[IpAddress]:
        """IPv4 and IPv6 addresses, in order. Raises CannotLook when either cannot be looked up."""
        found = [*self._records(host, "A"), *self._records(host, "AAAA")]
        return sorted({ip_address(record.address) for record in found}, key=lambda one: (one.version, one))

    def exchanges(self, domain: str) -> list[tuple[int, str]]:
        """Preference and host of each MX, best first; the host is `.` for the null MX of RFC 7505."""
        return sorted((record.preference, _plain(record.exchange) or ".") for record in self._records(domain, "MX"))

    def names_of(self, address: IpAddress) -> list[str]:
        """What the owner of an address calls it (PTR)."""
        found = self._records(dns.reversename.from_address(str(address)).to_text(), "PTR")
        return sorted(_plain(record.target) for record in found)

    def _records(self, name: str, kind: str) -> list[Any]:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            found = self._ask(name, kind)
            if not found:
                self._must_know_the_world(name)
            self._known[key] = found
        return self._known[key]

    def _must_know_the_world(self, name: str) -> None:
        """Nothing is only believed to be there if the name server knows the top-level domain: in many closed networks,
        one answers that denies every name outside, and the world may see another picture.
        """
        top = name.rstrip(".").rpartition(".")[2].lower()
        if (top, "NS") not in self._known:
            self._known[top, "NS"] = self._ask(top, "NS")
        if not self._known[top, "NS"]:
            raise CannotLook(f"the name server knows no .{top} at all, so it does not see what the world sees")

    def _ask(self, name: str, kind: str) -> list[Any]:
        if self._resolver is None:
            raise CannotLook("this machine names no name server")
        if self._unanswered >= GIVE_UP_AFTER:
            raise CannotLook("no name server answers")
        try:
            absolute = dns.name.from_text(name.rstrip(".") + ".")
            answer = self._resolver.resolve(absolute, kind, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            self._unanswered = 0
            return []
        except dns.resolver.LifetimeTimeout:
            self._unanswered += 1
            raise CannotLook(f"no name server answered about {name} in time") from None
        except dns.resolver.NoNameservers:
            raise CannotLook(f"the name servers could not answer about {name}") from None
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise CannotLook(f"{name} could not be looked up ({type(error).__name__})") from None
        self._unanswered = 0
        return list(answer.rrset or ())


def names(nameserver: str | None = None) -> Names:
    """Where to ask: the system's name servers, or this one (`192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`).

    Raises ValueError for what is no name server.
    """
    if nameserver is None:
        try:
            resolver = dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            return Names(None)
    else:
        host, port = _host_and_port(nameserver)
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [host], port
    resolver.lifetime = PATIENCE
    resolver.use_edns(0, 0, 1232)  # DKIM keys are longer than the 512 octets of old
    return Names(resolver)


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):  # no port: 192.0.2.53, or 2001:db8::53 as a whole
        host, port = text, "53"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text} is no name server. Write it like 192.0.2.53 or 192.0.2.53:5353.")
    try:
        return str(ip_address(host.strip("[]"))), int(port)
    except ValueError:
        raise ValueError(f"{text} is no name server. Write it like 192.0.2.53 or 192.0.2.53:5353.") from None


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")
