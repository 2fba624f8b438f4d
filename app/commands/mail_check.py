"""`coffee mail check`: what the world sees of the sender and the server that are set, and what to publish.

0 when all that could be looked at is fine; 1 when something is wrong, or when nothing at all could be looked at.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, DONE, FAILED, Stopped
from app.commands.options import AsJson

if TYPE_CHECKING:
    from datetime import datetime

    import emails
    from app.commands.mail_dns import Names
    from app.commands.mail_findings import Finding
    from app.settings import Settings

TITLES = {
    "mx": "Bounces come back (MX)",
    "spf": "SPF",
    "spf relay": "SPF allows the server",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "reverse dns": "Reverse DNS of the server",
    "server": "The server lets us in",
    "tls": "Encryption (TLS)",
}


def check(
    selector: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="The DKIM selector your relay signs with.")
    ] = None,
    nameserver: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Ask this name server; otherwise the system's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at SPF, DKIM, DMARC, MX and TLS of the sender and server that are set, and say what to publish."""
    from app.clock import now
    from app.commands import mail, mail_dns

    settings = house.settings()
    transport = mail.transport_of(settings)
    try:
        names = mail_dns.names(nameserver)
    except ValueError as error:
        raise Stopped(BAD, f"--nameserver: {error}") from None
    found = findings(settings, transport, names, tuple(selector or ()), now())
    code = judged(found)
    if as_json:
        terminal.answer(_answer(settings, transport, found, code))
    else:
        terminal.show(*_lines(found))
    raise typer.Exit(code)


def findings(
    settings: Settings, transport: emails.Transport, names: Names, selectors: tuple[str, ...], now: datetime
) -> list[Finding]:
    """Everything there is to look at, in the order of `TITLES`. Never raises for what is wrong out there."""
    import emails
    from app.commands import mail_findings as look
    from app.commands import mail_server

    domain, bounces = domains(settings)
    server = transport if isinstance(transport, emails.SmtpTransport) else None
    relay = look.relay(names, server.host) if server else look.Relay("your relay", (), "No mail server is set")
    found = [
        look.looked("mx", lambda: look.mx(names, bounces)),
        look.looked("spf", lambda: look.spf(names, bounces, relay)),
        look.looked("spf relay", lambda: look.spf_relay(names, bounces, relay)),
        look.looked("dkim", lambda: look.dkim(names, domain, selectors)),
        look.looked("dmarc", lambda: look.dmarc(names, domain, bounces)),
        look.looked("reverse dns", lambda: look.reverse(names, relay)),
    ]
    if server is None:
        said = f"Mails go to {transport.name} and not to a mail server."
        return [*found, look.Finding("server", "could not look", said), look.Finding("tls", "could not look", said)]
    return [*found, mail_server.way_in(server, missing=relay.missing), mail_server.certificate(server, now)]


def domains(settings: Settings) -> tuple[str, str]:
    """The domain of From, and the one where bounces go, both as A-labels."""
    import emails
    from app.services.composing import sender

    own = emails.ascii_address(sender(settings)[1])
    bounces = settings.mail_return_path or own
    return own.rpartition("@")[2], emails.ascii_address(bounces).rpartition("@")[2]


def judged(found: list[Finding]) -> int:
    """The exit code."""
    states = {finding.state for finding in found}
    return FAILED if "wrong" in states or "ok" not in states else DONE


def _answer(settings: Settings, transport: emails.Transport, found: list[Finding], code: int) -> dict[str, Any]:
    return {
        "sender": settings.mail_from,
        "server": transport.name,
        "ok": code == DONE,
        "checks": [{**asdict(finding), "publish": finding.publish or None} for finding in found],
    }


def _lines(found: list[Finding]) -> list[str]:
    width = max(map(len, TITLES.values()))
    lines = []
    for finding in found:
        lines.append(f"{TITLES[finding.what]:<{width}}  {finding.state:<14}  {finding.found}")
        if finding.publish:
            lines.append(f"{'':<{width}}  {'publish':<14}  {finding.publish}")
    return lines
