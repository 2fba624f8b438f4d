"""A real SMTP server that keeps what it accepts and misbehaves on request.

Every accepted message is in the journal, flushed, before its `250` goes out: what the journal lacks was never accepted.
Scripts say how to answer, by verb and recipient (`*` for any):

    SmtpSink(script={"RCPT": {"x@example.org": "550 5.1.1 no such user"}, "DOT": {"*": ["451 later", ACCEPT]}})

Verbs are EHLO, MAIL, RCPT, DATA (instead of the 354) and DOT (after the last line). A list is used up one answer at a
time, then all is accepted. Besides lines, an answer can be ACCEPT, DROP (close without a word), HANG (never answer)
and, for DOT, ACCEPT_AND_DROP (accept, journal, close without a word).
As a program: `python -m tests.rig.smtp --journal FILE`.
"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

ACCEPT, DROP, HANG, ACCEPT_AND_DROP = "accept", "drop", "hang", "accept-and-drop"
Answer = str | Sequence[str]
Script = Mapping[str, Mapping[str, Answer]]


@dataclass(frozen=True)
class Delivery:
    """One accepted message: the envelope and the bytes."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes

    @property
    def recipient(self) -> str:
        """The one recipient; fails when there are more."""
        (only,) = self.recipients
        return only

    @property
    def message(self) -> EmailMessage:
        """The bytes, parsed."""
        return email.message_from_bytes(self.data, policy=email.policy.default)

    def line(self) -> str:
        """As one line of the journal."""
        data = base64.b64encode(self.data).decode()
        return json.dumps({"sender": self.sender, "recipients": self.recipients, "data": data}) + "\n"


def read_journal(path: Path) -> list[Delivery]:
    """Every message in a journal; a last line cut by a crash was never accepted and is left out."""
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [Delivery(row["sender"], tuple(row["recipients"]), base64.b64decode(row["data"])) for row in rows]


class _Server(SMTP):
    """aiosmtpd's protocol with our say about DATA before the 354."""

    async def smtp_DATA(self, arg: str) -> None:
        handler: _Handler = self.event_handler
        recipients = self.envelope.rcpt_tos if self.envelope else []
        answer = await handler.answer(self, "DATA", recipients)
        if answer is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(answer)


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


class _Handler:
    """aiosmtpd's hooks: ask the script, then keep the message."""

    def __init__(self, sink: "SmtpSink") -> None:
        self.sink = sink

    async def answer(self, server: SMTP, verb: str, recipients: Sequence[str]) -> str | None:
        """The scripted line, or None to go on as usual."""
        line = self.sink._scripted(verb, recipients)
        if line == DROP:
            _hang_up(server)
            return "421 dropped"
        if line == HANG:
            await asyncio.sleep(3600)
        return None if line in (ACCEPT, HANG) else line

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        session.host_name = name
        answer = await self.answer(server, "EHLO", [])
        return [answer] if answer else lines

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self.answer(server, "MAIL", [address])
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self.answer(server, "RCPT", [address])
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.sink.delay)
        answer = await self.answer(server, "DOT", envelope.rcpt_tos)
        if answer not in (None, ACCEPT_AND_DROP):
            return str(answer)
        content = envelope.original_content or b""
        self.sink._keep(Delivery(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        if answer == ACCEPT_AND_DROP:
            _hang_up(server)
        return "250 2.0.0 kept"


class SmtpSink:
    """The server, in a thread, as a context manager: `with SmtpSink() as sink: ... sink.messages`.

    `tls` is "off", "starttls" (offered and required) or "implicit", for which `ca_file` then vouches.
    `login` is the (user, password) it asks for.
    """

    def __init__(
        self,
        *,
        journal: Path | None = None,
        script: Script | None = None,
        delay: float = 0,
        tls: str = "off",
        login: tuple[str, str] | None = None,
        port: int = 0,
        size_limit: int = 33_554_432,
    ) -> None:
        """Nothing runs before `start` or `with`."""
        self.journal = journal
        self.delay = delay
        self.port = port
        self.host = "127.0.0.1"
        self.tls = tls
        self.login = login
        self.size_limit = size_limit
        self.connections = 0
        self.ca_file: Path | None = None
        self._messages: list[Delivery] = []
        self._guard = threading.Lock()
        self._script: dict[str, dict[str, Answer]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-sink", daemon=True)
        self._server: asyncio.Server | None = None
        self._certificate: Any = None
        self.script(script or {})

    @property
    def messages(self) -> list[Delivery]:
        """What was accepted so far, in order."""
        with self._guard:
            return list(self._messages)

    @property
    def url(self) -> str:
        """The value for COFFEE_SMTP_URL."""
        user = "{}:{}@".format(*self.login) if self.login else ""
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        ending = {"off": "?starttls=off", "starttls": "?starttls=required", "implicit": ""}[self.tls]
        return f"{scheme}://{user}{self.host}:{self.port}{ending}"

    def to(self, recipient: str) -> list[Delivery]:
        """What was accepted for one recipient."""
        return [delivery for delivery in self.messages if recipient in delivery.recipients]

    def clear(self) -> None:
        """Forget the messages kept in memory; the journal stays."""
        with self._guard:
            self._messages.clear()

    def script(self, script: Script) -> None:
        """Replace the script; lists are used up, so each call starts them anew."""
        copied: dict[str, dict[str, Answer]] = {
            verb.upper(): {to: answer if isinstance(answer, str) else list(answer) for to, answer in answers.items()}
            for verb, answers in script.items()
        }
        with self._guard:
            self._script = copied

    def _scripted(self, verb: str, recipients: Sequence[str]) -> str:
        with self._guard:
            answers = self._script.get(verb, {})
            for key in (*recipients, "*"):
                answer = answers.get(key)
                if isinstance(answer, str):
                    return answer
                if isinstance(answer, list) and answer:
                    return str(answer.pop(0))
        return ACCEPT

    def _keep(self, delivery: Delivery) -> None:
        """Journal first, memory second; the caller answers 250 after both."""
        if self.journal:
            with self.journal.open("a", encoding="ascii") as file:
                file.write(delivery.line())
                file.flush()
                os.fsync(file.fileno())
        with self._guard:
            self._messages.append(delivery)

    def _protocol(self) -> SMTP:
        self.connections += 1
        context = self._context() if self.tls == "starttls" else None
        return _Server(
            _Handler(self),
            loop=self._loop,
            hostname="sink.example.org",
            enable_SMTPUTF8=True,
            data_size_limit=self.size_limit,
            tls_context=context,
            require_starttls=context is not None,
            auth_required=self.login is not None,
            auth_require_tls=self.tls == "starttls",
            authenticator=self._authenticate if self.login else None,
        )

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        # handled=False lets aiosmtpd say 535 itself; otherwise the client would wait for ever
        return AuthResult(success=given == self.login, handled=False)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._certificate.configure_cert(context)
        return context

    def _make_certificate(self) -> None:
        import tempfile

        import trustme

        authority = trustme.CA()
        self._certificate = authority.issue_cert("localhost", "127.0.0.1")
        handle, name = tempfile.mkstemp(suffix=".pem")
        os.close(handle)
        self.ca_file = Path(name)
        authority.cert_pem.write_to_path(name)

    def start(self) -> Self:
        """Listen; `port` is known afterwards."""
        if self.tls != "off":
            self._make_certificate()
        self._thread.start()
        context = self._context() if self.tls == "implicit" else None
        listen = self._loop.create_server(self._protocol, self.host, self.port, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(listen, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """Close every connection and the thread."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        if not self._loop.is_closed():
            self._loop.close()
        if self.ca_file:
            self.ca_file.unlink(missing_ok=True)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


@dataclass(frozen=True)
class SinkProcess:
    """A sink in a process of its own."""

    process: subprocess.Popen[str]
    port: int
    journal: Path

    @property
    def url(self) -> str:
        """The value for COFFEE_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?starttls=off"

    @property
    def messages(self) -> list[Delivery]:
        """What the journal holds."""
        return read_journal(self.journal)


@contextmanager
def sink_process(journal: Path, *options: str) -> Iterator[SinkProcess]:
    """Start `python -m tests.rig.smtp` with these options; ended afterwards."""
    command = [sys.executable, "-m", "tests.rig.smtp", "--journal", str(journal), *options]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield SinkProcess(process, int(process.stdout.readline()), journal)
        finally:
            process.kill()


def main() -> None:
    """Run until killed; the first line printed is the port."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0, help="seconds before each message is answered")
    parser.add_argument("--answer", nargs=3, action="append", default=[], metavar=("VERB", "RECIPIENT", "ANSWER"))
    given = parser.parse_args()
    script: dict[str, dict[str, str]] = {}
    for verb, recipient, answer in given.answer:
        script.setdefault(verb, {})[recipient] = answer
    with SmtpSink(journal=given.journal, port=given.port, delay=given.delay, script=script) as sink:
        print(sink.port, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
