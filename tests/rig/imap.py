"""A small IMAP server over TLS (RFC 3501) with one account and folders in memory, for the poller.

It speaks what a poller needs: CAPABILITY, LOGIN, SELECT, UID SEARCH UNSEEN, UID FETCH BODY.PEEK[]<…>, UID STORE, UID
COPY, UID MOVE (RFC 6851), LOGOUT. It keeps what it was asked, and breaks the line at a verb when it is told to.
"""

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from typing import Self

import trustme

from emails.tls import encrypted

USER, PASSWORD = "bounces", 'pass "word"'


@dataclass
class Kept:
    """A message in a folder."""

    uid: int
    data: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """`with ImapServer() as server:` listens on `server.port`; `server.trusted` trusts its certificate."""

    def __init__(self, *, moves: bool = True) -> None:
        authority = trustme.CA()
        self.trusted = ssl.create_default_context()
        authority.configure_trust(self.trusted)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self.folders: dict[str, list[Kept]] = {"INBOX": [], "Done": []}
        self.asked: list[str] = []
        self.moves = moves
        self.breaks_at = ""
        self._next = 1
        rig = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    self.request = encrypted(self.request, rig._context, server_side=True)
                except OSError:
                    return  # a client that does not trust us
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
                _Talk(rig, self.rfile, self.wfile).run()

            def finish(self) -> None:
                self.request.close()

        self._server = socketserver.ThreadingTCPServer(("localhost", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, password: str = PASSWORD, folder: str = "INBOX", query: str = "") -> str:
        """What the settings say."""
        from urllib.parse import quote

        return f"imaps://{USER}:{quote(password, safe='')}@localhost:{self.port}/{folder}{query}"

    def put(self, data: bytes, folder: str = "INBOX") -> None:
        """A message arrives."""
        self.folders[folder].append(Kept(self._next, data))
        self._next += 1

    def unseen(self, folder: str = "INBOX") -> list[bytes]:
        """What nobody has taken yet."""
        return [kept.data for kept in self.folders[folder] if r"\Seen" not in kept.flags]

    def flagged(self, folder: str = "INBOX") -> list[bytes]:
        """What waits for human eyes."""
        return [kept.data for kept in self.folders[folder] if r"\Flagged" in kept.flags]


class _Talk:
    def __init__(self, rig: ImapServer, lines, out) -> None:
        self._rig, self._lines, self._out = rig, lines, out
        self._folder: list[Kept] = []

    def run(self) -> None:
        self._say("* OK ready")
        for line in self._lines:
            tag, _, words = line.decode().strip().partition(" ")
            verb = words.removeprefix("UID ").split(" ")[0].upper()
            self._rig.asked.append(words)
            if verb == self._rig.breaks_at:
                return
            answer = getattr(self, f"_{verb.lower()}", lambda _: "BAD unknown")(words)
            self._say(f"{tag} {answer}")
            if verb == "LOGOUT":
                return

    def _say(self, text: str | bytes) -> None:
        self._out.write((text.encode() if isinstance(text, str) else text) + b"\r\n")
        self._out.flush()

    def _capability(self, _: str) -> str:
        self._say("* CAPABILITY IMAP4rev1" + (" MOVE" if self._rig.moves else ""))
        return "OK done"

    def _login(self, words: str) -> str:
        said = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', words)[1:]
        given = [re.sub(r"\\(.)", r"\1", quoted) or bare for quoted, bare in said]
        return "OK welcome" if given == [USER, PASSWORD] else "NO [AUTHENTICATIONFAILED] wrong"

    def _select(self, words: str) -> str:
        name = words.partition(" ")[2].strip('"')
        if name not in self._rig.folders:
            return "NO no such folder"
        self._folder = self._rig.folders[name]
        self._say(f"* {len(self._folder)} EXISTS")
        return "OK [READ-WRITE] opened"

    def _search(self, _: str) -> str:
        numbers = [str(kept.uid) for kept in self._folder if r"\Seen" not in kept.flags]
        self._say(" ".join(["* SEARCH", *numbers]))
        return "OK found"

    def _fetch(self, words: str) -> str:
        uid, start, length = map(int, re.findall(r"FETCH (\d+) \(BODY\.PEEK\[\]<(\d+)\.(\d+)>\)", words)[0])
        for place, kept in enumerate(self._folder, start=1):
            if kept.uid == uid:
                data = kept.data[start : start + length]
                self._say(f"* {place} FETCH (UID {uid} BODY[]<{start}> {{{len(data)}}}\r\n".encode() + data + b")")
        return "OK fetched"

    def _store(self, words: str) -> str:
        for kept in self._named(words):
            kept.flags |= {flag for flag in (r"\Seen", r"\Flagged") if flag in words}
        return "OK marked"

    def _move(self, words: str) -> str:
        copied = self._copy(words)
        if not copied.startswith("OK"):
            return copied
        for kept in self._named(words):
            self._folder.remove(kept)
        return "OK moved"

    def _copy(self, words: str) -> str:
        target = words.split(" ")[3].strip('"')
        if target not in self._rig.folders:
            return "NO [TRYCREATE] no such folder"
        for kept in self._named(words):
            self._rig.folders[target].append(Kept(kept.uid, kept.data, set(kept.flags)))
        return "OK copied"

    def _named(self, words: str) -> list[Kept]:
        uid = int(words.split(" ")[2])
        return [kept for kept in self._folder if kept.uid == uid]

    def _logout(self, _: str) -> str:
        self._say("* BYE")
        return "OK bye"
