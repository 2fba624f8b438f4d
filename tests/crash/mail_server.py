"""The mail server of a story: a process of its own that asks for TLS and a password, refuses one address for good, and
everybody while a file says so.
"""

import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.rig.smtp import SmtpSink

LOGIN = ("coffee", "let-me-in")
NOBODY = "nobody@institute.example"
"""The server knows nobody of that name, so that a refusal is part of every round."""
BUSY_FILE = "mail-server-is-busy"


class Server(SmtpSink):
    """The sink, that has no time while the file is there."""

    busy_file: Path

    def _scripted(self, verb: str, recipients: Sequence[str]) -> str:
        if verb == "MAIL" and self.busy_file.exists():
            return "421 4.3.2 too busy, come back later"
        return super()._scripted(verb, recipients)


def main() -> None:
    """`FOLDER`: keep the journal there, and write down beside it where we listen; runs until killed."""
    folder = Path(sys.argv[1])
    script = {"RCPT": {NOBODY: "550 5.1.1 no such user"}}
    server = Server(journal=folder / "mail.journal", script=script, tls="starttls", login=LOGIN)
    server.busy_file = folder / BUSY_FILE
    with server as sink:
        ready = folder / "mail-server.new"
        ready.write_text(json.dumps({"port": sink.port, "ca": str(sink.ca_file)}))
        ready.rename(folder / "mail-server.json")
        threading.Event().wait()
