"""What `coffee mail check` asks the configured mail server: whether it lets us in, and what its certificate says.

The way in is the transport's own, so that what is checked is what will be used. The certificate is read on a second
connection, because a transport shows nobody its socket.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from datetime import datetime
from typing import Any

import emails
from app.commands.mail import not_connected
from app.commands.mail_findings import Finding, State

ENDS_SOON = 14  # days
PATIENCE = 20.0  # seconds for the second connection
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def way_in(transport: emails.SmtpTransport, *, missing: bool = False) -> Finding:
    """Greeted, encrypted and signed in, or at which step not; nothing is sent. `missing`: no such host in the DNS."""
    try:
        with transport.open():
            pass
    except emails.CannotConnect as error:
        state: State = "could not look" if _unreachable(error, missing) else "wrong"
        return Finding("server", state, " ".join(not_connected(transport.name, error)))
    login = f"signs us in as {transport.user}" if transport.user else "asks for no password"
    return Finding("server", "ok", f"{transport.name} answers and {login}.")


def certificate(transport: emails.SmtpTransport, now: datetime) -> Finding:
    """Which name the certificate bears, and for how long; that it can be trusted is what connecting checks."""
    if transport.security == "none":
        if transport.host in _THIS_MACHINE:
            return Finding("tls", "ok", "Not encrypted, and does not leave this machine.")
        return Finding("tls", "wrong", "Mails travel unencrypted. Remove starttls=off from COFFEE_SMTP_URL.")
    try:
        version, shown, offers = _look(transport)
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "the handshake failed"
        return Finding("tls", "wrong", f"The certificate of {transport.host} cannot be trusted: {reason}.")
    except (OSError, smtplib.SMTPException) as error:
        reason = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        return Finding("tls", "could not look", f"{transport.name}: {reason}.")
    days = int((ssl.cert_time_to_seconds(str(shown["notAfter"])) - now.timestamp()) // 86_400)
    words = f"{version}, certificate for {_names_on(shown)}, {days} days left."
    if days < ENDS_SOON:
        return Finding("tls", "wrong", f"{words} Renew it.")
    return Finding("tls", "ok", f"{words} {offers}")


def _look(transport: emails.SmtpTransport) -> tuple[str, dict[str, Any], str]:
    """Protocol, certificate, and what else the server says. Raises OSError and what smtplib raises."""
    context = ssl.create_default_context(cafile=transport.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # An address literal, never the machine's own name: it may be anything, and is nobody's business.
    us = transport.helo or "[127.0.0.1]"
    if transport.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            transport.host, transport.port, local_hostname=us, timeout=PATIENCE, context=context
        )
    else:
        connection = smtplib.SMTP(transport.host, transport.port, local_hostname=us, timeout=PATIENCE)
    with connection:
        if transport.security == "starttls":
            connection.starttls(context=context)
        connection.ehlo()
        encrypted = connection.sock
        assert isinstance(encrypted, ssl.SSLSocket)
        international = "offers" if connection.has_extn("smtputf8") else "does not offer"
        says = f"The server {international} SMTPUTF8 (addresses such as grün@example.org)."
        return encrypted.version() or "TLS", encrypted.getpeercert() or {}, says


def _names_on(certificate: dict[str, Any]) -> str:
    names = [str(value) for _, value in certificate.get("subjectAltName", ())]
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "") if names else "no name"


def _unreachable(error: emails.CannotConnect, missing: bool) -> bool:
    """Whether nobody was there to be judged: no network, silence. A refusal, or a name that is none, is an answer."""
    cause = error.__cause__
    if error.verb != "CONNECT" or error.code is not None or isinstance(cause, (ConnectionError, ssl.SSLError)):
        return False
    if isinstance(cause, socket.gaierror):
        return not missing
    return isinstance(cause, OSError)
