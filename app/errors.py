"""Everything that can go wrong in words we chose. One place (`app/api/problems.py`, `app/web/errors.py`) turns them
into answers.

CoffeeError                     status  when
├── BadInput                    422     what was given cannot be used; names each place
├── NotFound                    404     unknown, or somebody else's: the same answer
├── NotAllowed                  403     the key lacks a scope
├── KeyRefused                  401     no key, or not one of ours
├── SignatureRefused            401     what came in by webhook is not signed with our secret, or too late
├── LinkExpired                 410     a mailed link that is used, cancelled, expired or never was
│   └── SampleLink                      a link of a sample mail, which never opens anything
├── Conflict                    409     the state does not allow it; says which would
│   ├── ProgrammeClosed
│   ├── NotByHand                       a change of a round that its rules do not allow; names each place
│   ├── TooSoon                         the same was done a short while ago; says from when on it is possible again
│   ├── TooManyLeavers                  a file would send many away, and nobody has named how many
│   ├── TeamsTooLarge                   to be kept apart, they would forbid more pairs than fit in memory
│   └── NotAdmitted                     the programme takes nobody, or not this person, at the moment; says why
├── ChangedSince                412     what the caller looked at is not what is there now
├── StillRunning                409     the same Idempotency-Key is being worked on
├── KeyReused                   422     the same Idempotency-Key with another call
├── FromElsewhere               403     a form that another site made a browser send
├── LostLease                   —       another worker has taken a mail over: stop, send nothing
├── Overtaken                   —       another has written this part of an import: look again
├── PromiseBroken               500     the matcher's own check found a fault: nothing is written
├── PoolChanged                 409     somebody left while the round was drawn: draw again
├── TooMany                     429     slow down
├── Busy                        503     what takes long is being done for somebody else: try again in a moment
├── BackupFailed                —       a copy could not be made or put back (`app.backups`)
├── SchemaMismatch              —       the database is newer or older than the program (exit code 3)
└── NotConfigured               —       a setting is missing; says which
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from emails import Phrase, phrase, together


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was given: `place` is a JSON pointer, a field name or `file, line, column`."""

    place: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.problem} {self.remedy}".strip()

    @property
    def words(self) -> Phrase:
        """The same for a page, which says it in its own language."""
        return phrase("%(place)s: %(sentence)s", place=self.place, sentence=together(self.problem, self.remedy))


class CoffeeError(Exception):
    """Root of the family. `title` is for people; `kind` names the error for machines and for the docs."""

    status = 500
    kind = "error"
    title: str = phrase("Something went wrong.")

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class BadInput(CoffeeError):
    status, kind, title = 422, "bad-input", "What was sent cannot be used."

    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ".join(str(fault) for fault in faults[:3]) or None)
        self.faults = faults


class NotFound(CoffeeError):
    status, kind, title = 404, "not-found", phrase("There is nothing here by that name.")


class NotAllowed(CoffeeError):
    status, kind, title = 403, "not-allowed", phrase("This key may not do that.")


class KeyRefused(CoffeeError):
    status, kind, title = 401, "key-refused", "A valid organiser key is needed: Authorization: Bearer coffee_…"


class SignatureRefused(CoffeeError):
    status, kind, title = 401, "signature-refused", "A fresh signature is needed: X-Coffee-Signature: t=…,v1=…"


class LinkExpired(CoffeeError):
    status, kind, title = 410, "link-expired", phrase("This link has stopped working.")


class SampleLink(LinkExpired):
    title = phrase("This is a link of a sample mail.")


class Conflict(CoffeeError):
    status, kind, title = 409, "conflict", phrase("That is not possible as things stand.")


class ProgrammeClosed(Conflict):
    kind, title = "programme-closed", phrase("This programme is not open.")


class NotByHand(Conflict):
    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ".join(f"{fault.problem} {fault.remedy}".strip() for fault in faults[:3]))
        self.faults = faults


class TooSoon(Conflict):
    def __init__(self, detail: str, wait: timedelta) -> None:
        super().__init__(detail)
        self.retry_after = ceil(wait.total_seconds())


class TooManyLeavers(Conflict):
    kind, title = "too-many-leavers", phrase("So many people would go that their number has to be named.")


class TeamsTooLarge(Conflict):
    kind, title = "teams-too-large", phrase("The teams are too large to be kept apart.")


class NotAdmitted(Conflict):
    kind, title = "not-admitted", phrase("This programme does not take you at the moment.")

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class ChangedSince(CoffeeError):
    status, kind = 412, "changed-since"
    title = phrase("It has changed since you looked. Look again, then decide.")


class StillRunning(CoffeeError):
    status, kind, title = 409, "still-running", "The first call with this Idempotency-Key is still being worked on."


class KeyReused(CoffeeError):
    status, kind, title = 422, "key-reused", "This Idempotency-Key was used for another call. Take a new one."


class FromElsewhere(CoffeeError):
    status, kind, title = 403, "from-elsewhere", phrase("That form came from another site, so nothing was changed.")


class LostLease(CoffeeError):
    kind, title = "lost-lease", "Another worker has taken this mail over."


class Overtaken(CoffeeError):
    kind, title = "overtaken", "Another has written this part of the import."


class PromiseBroken(CoffeeError):
    kind, title = "promise-broken", "The draw broke one of its promises and was thrown away."


class PoolChanged(CoffeeError):
    status, kind, title = 409, "pool-changed", phrase("Somebody left or a block was added while the round was drawn.")


class TooMany(CoffeeError):
    status, kind, title = 429, "too-many", phrase("That was too often. Try again in a while.")
    retry_after = 60


class Busy(CoffeeError):
    status, kind, title = 503, "busy", phrase("That cannot be answered just now.")

    def __init__(self, detail: str, wait: timedelta) -> None:
        super().__init__(detail)
        self.retry_after = ceil(wait.total_seconds())


class SchemaMismatch(CoffeeError):
    kind, title = "schema-mismatch", "The database does not fit this version of the program."


class NotConfigured(CoffeeError):
    kind, title = "not-configured", "A setting is missing."
