"""A real name server on a loopback port, answering from a dict, for tests of what looks into the DNS.

    with NameServer({"example.org": {"TXT": ["v=spf1 -all"], "MX": ["10 mx.example.org."]}}) as server:
        server.address      # 127.0.0.1:5353, whatever was free

What is not in the zone does not exist (NXDOMAIN), but for the top-level domains, which a public resolver always knows.
Instead of records a name can have SILENT (no answer at all) or BROKEN (SERVFAIL).
"""

import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

SILENT, BROKEN = "silent", "broken"
Zone = Mapping[str, Mapping[str, Sequence[str]] | str]


class NameServer:
    """The server, in a thread, as a context manager. `asked` lists the questions that came: `example.org TXT`.

    With `knows_the_world=False` it denies top-level domains too, as resolvers of closed networks do.
    """

    def __init__(self, zone: Zone, *, knows_the_world: bool = True) -> None:
        """Nothing runs before `with`."""
        self.zone = {name.lower(): records for name, records in zone.items()}
        self.asked: list[str] = []
        self._knows_the_world = knows_the_world
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="name-server", daemon=True)
        self._over = threading.Event()

    @property
    def address(self) -> str:
        """Host and port, as `--nameserver` takes them."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._over.set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if self._over.is_set():
                return
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None:
                self._socket.sendto(answer.to_wire(max_size=1232), client)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        (question,) = query.question
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        held = self.zone.get(name)
        if held == SILENT:
            return None
        answer = dns.message.make_response(query, recursion_available=True)
        if held == BROKEN:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif isinstance(held, Mapping):
            self._follow(answer, question.name, held, kind)
        elif self._knows_the_world and "." not in name:
            self._add(answer, question.name, "NS", ["a.nic.example."])
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def _follow(
        self, answer: dns.message.Message, name: dns.name.Name, held: Mapping[str, Sequence[str]], kind: str
    ) -> None:
        """The records, or those where a CNAME leads."""
        if "CNAME" in held and kind != "CNAME":
            (target,) = held["CNAME"]
            self._add(answer, name, "CNAME", [target])
            there = self.zone.get(target.rstrip(".").lower())
            if isinstance(there, Mapping):
                self._follow(answer, dns.name.from_text(target), there, kind)
        elif held.get(kind):
            self._add(answer, name, kind, held[kind])

    @staticmethod
    def _add(answer: dns.message.Message, name: dns.name.Name, kind: str, records: Sequence[str]) -> None:
        texts = [_quoted(record) if kind == "TXT" else record for record in records]
        answer.answer.append(
            dns.rrset.from_text_list(name, 60, dns.rdataclass.IN, dns.rdatatype.from_text(kind), texts)
        )


def _quoted(text: str) -> str:
    """A TXT record as a zone file writes it, in strings of at most 255 octets."""
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)] or [""]
    return " ".join('"{}"'.format(piece.replace("\\", "\\\\").replace('"', '\\"')) for piece in pieces)
