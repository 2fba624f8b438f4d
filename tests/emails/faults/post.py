"""A mail server with a seeded mixture of faults and a journal of its own.

Faults of a mail are planned by recipient and used up one a try; faults that come before the recipient is known, by the
number of the connection or of the MAIL. A journal line is written before the client can see anything of what it tells.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import partial

from emails import Timeouts, Transport, from_url
from tests.emails.faults.judge import Deed, Event
from tests.emails.raw_server import CLOSE, HANG, RESET, USUAL, RawServer, Step, Talk

# name: verb, what the journal says, what the client gets
FAULTS: dict[str, tuple[str, tuple[Deed, ...], list[Step]]] = {
    "greylisted": ("RCPT", ("later",), [b"450 4.2.0 greylisted\r\n"]),
    "busy at RCPT": ("RCPT", ("later",), [b"451 4.3.0 later\r\n"]),
    "busy at DATA": ("DATA", ("later",), [b"451 4.3.0 later\r\n"]),
    "full after the dot": ("DOT", ("later",), [b"452 4.3.1 disk full\r\n"]),
    "busy after the dot": ("DOT", ("later",), [b"451 4.3.0 later\r\n"]),
    "going at RCPT": ("RCPT", ("later",), [b"421 4.3.2 going\r\n", CLOSE]),
    "going after the dot": ("DOT", ("later",), [b"421 4.3.2 going\r\n", CLOSE]),
    "reset at RCPT": ("RCPT", ("later",), [RESET]),
    "gone at DATA": ("DATA", ("later",), [CLOSE]),
    "reset in the body": ("BODY", ("later",), [RESET]),
    "half an answer at DATA": ("DATA", ("later",), [b"354 go", CLOSE]),
    "no relaying": ("RCPT", ("refused us",), [b"554 5.7.1 Relay access denied\r\n"]),
    "login wanted": ("RCPT", ("refused us",), [b"530 5.7.0 Authentication required\r\n"]),
    "our quota": ("DOT", ("refused us",), [b"550 5.4.5 Daily user sending limit exceeded\r\n"]),
    "no such user": ("RCPT", ("rejected",), [b"550 5.1.1 no such user\r\n"]),
    "mailbox full": ("RCPT", ("rejected",), [b"552 5.2.2 over quota\r\n"]),
    "content refused": ("DOT", ("rejected",), [b"554 5.7.1 content refused\r\n"]),
    "kept and gone": ("DOT", ("accepted", "ambiguous"), [CLOSE]),
    "kept and reset": ("DOT", ("accepted", "ambiguous"), [RESET]),
    "kept and silent": ("DOT", ("accepted", "ambiguous"), [HANG]),
    "kept and half said": ("DOT", ("accepted", "ambiguous"), [b"250 2.0.0 ke", CLOSE]),
    "lost and gone": ("DOT", ("ambiguous",), [CLOSE]),
    "lost and silent": ("DOT", ("ambiguous",), [HANG]),
    "sender refused": ("MAIL", ("refused us",), [b"553 5.7.1 not your address\r\n"]),
    "busy at MAIL": ("MAIL", ("later",), [b"451 4.3.0 later\r\n"]),
    "reset at MAIL": ("MAIL", ("later",), [RESET]),
    "closed today": ("CONNECT", ("refused us",), [b"554 5.3.2 closed\r\n"]),
    "full house": ("CONNECT", ("later",), [b"421 4.3.2 too many\r\n"]),
}  # fmt: skip


def named(*deeds: str, verbs: Sequence[str] = ("RCPT", "DATA", "BODY", "DOT")) -> list[str]:
    """The faults whose last journal line is one of `deeds`."""
    return [name for name, (verb, told, _) in FAULTS.items() if told[-1] in deeds and verb in verbs]


def plan_for(recipients: Sequence[str], seed: int, ours: float = 0.08) -> dict[str, list[str]]:
    """Faults by recipient: every other mail meets some, and about one in seven ends badly. `ours`: how many meet a
    fault that makes the whole channel rest.
    """
    lot = random.Random(seed)
    harmless = [name for name in named("later") if not _rests(name)]
    restful = [name for name in named("later", "refused us") if _rests(name)]
    plan: dict[str, list[str]] = {}
    for recipient in sorted(recipients):
        faults = lot.choices(harmless, k=lot.choice((0, 0, 1, 1, 2)))
        faults += lot.choices(restful) if lot.random() < ours else []
        lot.shuffle(faults)
        ending = lot.random()
        faults += lot.choices(named("ambiguous")) if ending < 0.08 else lot.choices(named("rejected")) * (ending < 0.15)
        plan[recipient] = faults
    return plan


def _rests(name: str) -> bool:
    verb, deeds, steps = FAULTS[name]
    cut = not all(isinstance(step, bytes) for step in steps)
    return cut or verb == "DATA" or deeds == ("refused us",)


class Post:
    """The server, its plan and its journal: `with Post(plan) as post:`, then `post.transport`."""

    def __init__(self, plan: dict[str, list[str]], by_number: dict[tuple[str, int], str] | None = None) -> None:
        self.plan = {recipient: list(faults) for recipient, faults in plan.items()}
        self.by_number = dict(by_number or {})
        self.journal: list[Event] = []
        scripted = ("CONNECT", "MAIL", "RCPT", "DATA", "BODY", "DOT")
        self.server = RawServer({verb: partial(self._steps, verb) for verb in scripted})
        self._asked: Counter[str] = Counter()
        self._will_hang = False
        self._timeouts = Timeouts(connect=60, command=60, data=60, body=60, dot=60, quit=60)

    @property
    def transport(self) -> Transport:
        """The way to it. It is patient, but for a dot after which the server will hang; and waits until the server has
        done with a body what it means to do, so that no cut depends on who is faster.
        """
        return from_url(f"smtp://127.0.0.1:{self.server.port}?starttls=off", timeouts=self._timeouts, watch=self._watch)

    @property
    def unplayed(self) -> list[str]:
        """What of the plan never came to pass."""
        return [name for faults in self.plan.values() for name in faults] + list(self.by_number.values())

    def count(self, deed: Deed) -> int:
        """How often the server did this."""
        return sum(event.deed == deed for event in self.journal)

    def __enter__(self) -> "Post":
        self.server.__enter__()
        return self

    def __exit__(self, *given: object) -> None:
        self.server.__exit__(None, None, None)

    def _watch(self, step: str) -> None:
        if step == "before DATA":
            self.server.played["BODY"].clear()
        if step == "after BODY":
            self.server.wait_for("BODY")
        if step == "before DOT":
            object.__setattr__(self._timeouts, "dot", 0.05 if self._will_hang else 60.0)

    def _steps(self, verb: str, talk: Talk) -> list[Step]:
        fault = self._fault(verb, talk)
        if verb == "BODY":
            coming = self._next(talk, "DOT")
            self._will_hang = coming is not None and HANG in FAULTS[coming][2]
        _, deeds, steps = FAULTS[fault] if fault else ("", ("accepted",) if verb == "DOT" else (), USUAL[verb])
        for deed in deeds:
            self._note(deed, talk)
        return steps

    def _fault(self, verb: str, talk: Talk) -> str | None:
        self._asked[verb] += 1
        if verb in ("CONNECT", "MAIL"):
            return self.by_number.pop((verb, self._asked[verb]), None)
        return self.plan[talk.recipient].pop(0) if self._next(talk, verb) else None

    def _next(self, talk: Talk, verb: str) -> str | None:
        faults = self.plan.get(talk.recipient, [])
        return faults[0] if faults and FAULTS[faults[0]][0] == verb else None

    def _note(self, deed: Deed, talk: Talk) -> None:
        head = talk.message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        subject = re.search(r"(?im)^Subject: (.*(?:\r\n[ \t].*)*)", head)
        message_id = re.search(r"(?im)^Message-ID: (\S+)", head)
        words = [found[1] if found else "" for found in (subject, message_id)]
        self.journal.append(Event(deed, talk.recipient, *words))
