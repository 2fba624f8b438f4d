"""`coffee mail …`: whether mails travel, what they say, and an organiser's word to send one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import house, mail_check, mail_closed, mail_guard, mail_inbound, mail_preview, mail_word, terminal
from app.commands.failures import BAD, FAILED, Stopped
from app.commands.options import AsJson

if TYPE_CHECKING:
    import emails
    from app.settings import Settings

app = typer.Typer(help="Whether mails travel.", no_args_is_help=True)


@app.callback()
def mail() -> None:
    """Whether mails travel."""


app.command("check")(mail_check.check)
app.command("guard")(mail_guard.guard)
app.command("inbound")(mail_inbound.take)
app.command("suppressed")(mail_closed.suppressed)
app.command("lift")(mail_closed.lift)
app.command("resend")(mail_word.resend)
app.command("leave")(mail_word.leave)
app.command("rematch")(mail_word.rematch)
app.command("try")(mail_word.try_mail)
app.command("list")(mail_word.list_mails)
app.command("show")(mail_word.show)
app.command("decide")(mail_word.decide)
app.command("preview")(mail_preview.preview)


@app.command("test")
def send_test(
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Who gets the test mail.")],
    as_json: AsJson = False,
) -> None:
    """Send one test mail now, through the mail server that the settings name."""
    settings = house.settings()
    transport = transport_of(settings)
    envelope = _envelope(settings, to, transport.name)
    reply = _sent(transport, envelope)
    if as_json:
        terminal.answer({"to": to, "transport": transport.name, "accepted": True, "reply": reply})
    else:
        terminal.show(f"Accepted by {transport.name}: {reply}")


def transport_of(settings: Settings) -> emails.Transport:
    """The way out that the settings name. Stopped, in words, where they name none or one that cannot be."""
    import emails
    from app.workflows import work

    missing = [
        name
        for name, value in (("COFFEE_SMTP_URL", settings.smtp_url), ("COFFEE_MAIL_FROM", settings.mail_from))
        if not value
    ]
    if missing:
        raise Stopped(FAILED, f"No mail can leave: {' and '.join(missing)} must be set.")
    try:
        transport = work.transport_of(settings)
    except emails.BadTransportURL as error:
        raise Stopped(BAD, f"COFFEE_SMTP_URL: {error}") from None
    assert transport is not None
    wrong = sender_fault(settings)
    if wrong:
        raise Stopped(BAD, wrong)
    return transport


def sender_fault(settings: Settings) -> str | None:
    """What is wrong with the sender that is set, if anything is."""
    import emails
    from app.errors import NotConfigured
    from app.services.composing import sender

    try:
        emails.ascii_address(sender(settings)[1])
    except (NotConfigured, emails.BadAddress):
        return "COFFEE_MAIL_FROM is not a sender. Write it like: Coffee Trial <coffee@example.org>"
    return None


def _envelope(settings: Settings, to: str, transport: str) -> emails.Envelope:
    import emails
    from app.clock import now
    from app.files.addresses import parse_address
    from app.files.verdicts import Problem
    from app.security import new_id
    from app.services.composing import sender

    address = parse_address(to)
    if isinstance(address, Problem):
        raise Stopped(BAD, f"--to: {address.problem} {address.remedy}")
    name, mailbox = sender(settings)
    frame = emails.Frame(
        programme=name or "Coffee Trial",
        organisation=settings.organisation_name,
        base_url=settings.base_url,
        sender=emails.Address(name, mailbox),
        message_id=emails.message_id(b"test-mail", new_id("test"), mailbox.rpartition("@")[2]),
        date=now(),
    )
    try:
        return emails.to_envelope(emails.test_mail(frame, emails.TestMail(address.mailbox, transport)))
    except (emails.UnsafeMessage, emails.BadAddress, ValueError) as error:
        raise Stopped(FAILED, f"No safe mail could be made: {error}") from None


def not_connected(name: str, error: emails.CannotConnect) -> tuple[str, ...]:
    """Whether nobody was there, or somebody who said no, and at which step."""
    said = f"{error.code or ''} {error.reply}".strip().rstrip(".")
    if error.verb == "CONNECT" and error.code is None:
        return (f"{name} cannot be reached: {said}.",)
    line = f"{name} was reached, but {_STEPS.get(error.verb, error.verb)} failed: {said}."
    return (line, _NO_TLS) if error.verb == "STARTTLS" else (line,)


_STEPS = {
    "CONNECT": "its greeting (CONNECT)",
    "EHLO": "the greeting (EHLO)",
    "STARTTLS": "turning to encryption (STARTTLS)",
    "AUTH": "signing in (AUTH)",
}
_NO_TLS = "If it has no encryption and the network between is trusted, add ?starttls=off to COFFEE_SMTP_URL."


def _sent(transport: emails.Transport, envelope: emails.Envelope) -> str:
    """The server's yes. Stopped, in the server's words, for everything else."""
    import emails

    try:
        with transport.open() as connection:
            reply = connection.send(envelope, lambda: None)
    except emails.CannotConnect as error:
        raise Stopped(FAILED, *not_connected(transport.name, error)) from None
    match reply:
        case emails.Accepted():
            return reply.reply
        case emails.Unknown():
            raise Stopped(FAILED, f"{transport.name} did not say whether it took the mail: {reply.reason}")
        case emails.Refused():
            words = f"{reply.code or ''} {reply.reply}".strip()
            raise Stopped(FAILED, f"{transport.name} refused at {reply.verb}: {words}")
