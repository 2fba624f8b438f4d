"""Whole deliveries past a server that does everything wrong, judged by the server's own journal.

A round's introductions go through `deliver_batch` to a real server that refuses, hangs, cuts and forgets by a seeded
plan; time is moved on until nothing is open. Goal G3 of our research on reliability.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

import emails
from app.models import MailKind, MailState
from app.services import absences, claims
from app.workflows import delivery
from tests.emails.faults.judge import complaints
from tests.emails.faults.post import FAULTS, Post, named, plan_for
from tests.emails.raw_server import CLOSE, USUAL, RawServer, Step, Talk
from tests.factories import World

FATES = {MailState.SENT: "sent", MailState.UNCERTAIN: "held", MailState.REJECTED: "rejected"}
TICK = 20
"""Seconds by which time moves on when nothing is due: the shortest rest of the channel, and a bit."""


def introductions(world: World, people: int) -> list[str]:
    """A drawn and released round of so many people: who is to get a mail. Our own limits are lifted: the clock stands
    still within a batch, and a rate would wait for it in vain.
    """
    unlimited = {"mail_rate": 10_000.0, "mail_burst": 10**6, "mail_domain_rate": 0.0}
    world.settings = world.settings.model_copy(update=unlimited)
    world.people(people)
    world.draw(world.open_round(send=True))
    recipients = [mail.recipient for mail in world.mails(MailKind.INTRODUCTION)]
    assert len(recipients) == len(set(recipients)) == people
    return recipients


def carry_all(world: World, transport: emails.Transport, ticks: int = 20_000) -> None:
    """Deliver and let time pass until no mail waits any more."""
    world.transport = transport  # type: ignore[assignment]
    for _ in range(ticks):
        while delivery.deliver_batch(world.work):
            pass
        with world.database.reading() as session:
            if not claims.anything_due(session, world.now.replace(year=world.now.year + 1)):
                return
        world.later(seconds=TICK)
    raise AssertionError(f"after {ticks} ticks mails still wait")


def fates(world: World) -> dict[str, str]:
    """What we believe of each introduction."""
    return {mail.recipient: FATES.get(mail.state, mail.state.value) for mail in world.mails(MailKind.INTRODUCTION)}


def early_faults(seed: int, mails: int, number: int) -> dict[tuple[str, int], str]:
    """Faults at MAIL, spread over a delivery, and at the first connections."""
    lot = random.Random(seed)
    at_mail = lot.sample(range(1, mails), k=number)
    names = named("later", "refused us", verbs=("MAIL",))
    return {("MAIL", nth): lot.choice(names) for nth in at_mail} | {
        ("CONNECT", 2): "full house",
        ("CONNECT", 4): "closed today",
    }


def deliver_past_faults(world: World, people: int, seed: int, ours: float) -> None:
    recipients = introductions(world, people)
    plan = plan_for(recipients, seed, ours)
    with Post(plan, early_faults(seed, people, people // 40)) as post:
        carry_all(world, post.transport)
    found = fates(world)
    assert complaints(post.journal, found)[:20] == []
    assert post.unplayed == []
    planned = Counter(FAULTS[faults[-1]][1][-1] if faults else "accepted" for faults in plan.values())
    counted = Counter(found.values())
    assert counted["held"] == post.count("ambiguous") == planned["ambiguous"] > 0
    assert counted["rejected"] == post.count("rejected") == planned["rejected"] > 0
    assert counted["sent"] == people - planned["ambiguous"] - planned["rejected"]
    assert post.count("refused us") > 0


@pytest.fixture
def nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot be reached is missed by nobody: the mails that partners get would eat the faults planned for them."""
    for name in ("begin", "tell_partners"):
        monkeypatch.setattr(absences, name, lambda *_, **__: 0)


@pytest.mark.usefixtures("nobody_is_told")
def test_two_hundred_mails_past_every_fault_arrive_once_each_or_are_held_or_rejected_with_reason(world: World) -> None:
    deliver_past_faults(world, people=200, seed=11, ours=0.1)


@pytest.mark.long
@pytest.mark.usefixtures("nobody_is_told")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_thousand_mails_past_every_fault(world: World, seed: int) -> None:
    deliver_past_faults(world, people=10_000, seed=seed, ours=0.02)


# --- limits of servers, through the whole delivery -------------------------------------------------------------------


@contextmanager
def server(script: dict[str, Callable[[Talk], list[Step]]]) -> Iterator[tuple[RawServer, emails.Transport]]:
    patient = emails.Timeouts(connect=60, command=60, data=60, body=60, dot=60, quit=60)
    with RawServer(script) as raw:

        def watch(step: str) -> None:
            """Who closes behind its answer has closed before we look: no race between two threads."""
            if step == "before DOT":
                raw.played["DOT"].clear()
            if step == "after DOT":
                raw.wait_for("DOT")

        yield raw, emails.from_url(f"smtp://127.0.0.1:{raw.port}?starttls=off", timeouts=patient, watch=watch)


@pytest.mark.parametrize("goodbye", [b"", b"421 4.7.0 enough for one connection\r\n"], ids=["silent", "421"])
def test_a_server_that_closes_after_25_mails_gets_sixty_over_three_connections(world: World, goodbye: bytes) -> None:
    def dot(talk: Talk) -> list[Step]:
        return [b"250 kept\r\n" + goodbye, CLOSE] if talk.dots == 25 else [b"250 kept\r\n"]

    introductions(world, 60)
    with server({"DOT": dot}) as (raw, transport):
        carry_all(world, transport)
    assert Counter(fates(world).values()) == {"sent": 60}
    assert len(set(raw.messages)) == len(raw.messages) == 60
    assert raw.connections == 3
    assert {mail.attempts for mail in world.mails(MailKind.INTRODUCTION)} == {1}, "the 26th was not tried in vain"


def test_a_server_with_a_rate_gets_all_mails_once_and_blames_nobody(world: World) -> None:
    """Above 20 a minute it says 450."""
    asked: Counter[int] = Counter()

    def rcpt(talk: Talk) -> list[Step]:
        minute = int(world.now.timestamp()) // 60
        asked[minute] += 1
        return [b"450 4.2.1 too many, later\r\n"] if asked[minute] > 20 else USUAL["RCPT"]

    introductions(world, 60)
    with server({"RCPT": rcpt}) as (raw, transport):
        carry_all(world, transport)
    assert Counter(fates(world).values()) == {"sent": 60}
    assert len(set(raw.messages)) == len(raw.messages) == 60
    assert max(asked.values()) > 20, "the rate was met"


# --- the test of the test --------------------------------------------------------------------------------------------

Reading = Callable[[emails.Answer], emails.Answer]


@dataclass(frozen=True)
class Misreading:
    """A transport that hands on everything, and misreads one kind of answer."""

    transport: emails.Transport
    read: Reading
    name: str = "misreading"

    @contextmanager
    def open(self) -> Iterator["MisreadingConnection"]:
        with self.transport.open() as connection:
            yield MisreadingConnection(connection, self.read)


@dataclass(frozen=True)
class MisreadingConnection:
    connection: emails.Connection
    read: Reading

    @property
    def alive(self) -> bool:
        return self.connection.alive

    def send(self, envelope: emails.Envelope, before_dot: Callable[[], None]) -> emails.Answer:
        return self.read(self.connection.send(envelope, before_dot))


def silence_is_a_no(answer: emails.Answer) -> emails.Answer:
    return emails.Refused(True, "us", "DOT", None, "?") if isinstance(answer, emails.Unknown) else answer


def silence_is_a_yes(answer: emails.Answer) -> emails.Answer:
    return emails.Accepted("?") if isinstance(answer, emails.Unknown) else answer


def every_5xx_is_the_recipients(answer: emails.Answer) -> emails.Answer:
    if isinstance(answer, emails.Refused) and not answer.temporary:
        return emails.Refused(False, "recipient", answer.verb, answer.code, answer.reply)
    return answer


def few_faults(world: World) -> dict[str, list[str]]:
    """Eight introductions, four of which meet one fault each."""
    recipients = introductions(world, 8)
    faults = ["kept and gone", "lost and silent", "no relaying", "our quota"]
    return {who: [fault] for who, fault in zip(recipients, faults, strict=False)}


@pytest.mark.parametrize(
    ("read", "crimes"),
    [
        (silence_is_a_no, {"repeated"}),
        (silence_is_a_yes, {"lost", "guessed"}),
        (every_5xx_is_the_recipients, {"blamed"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_delivery_that_misreads_its_server_is_caught_by_the_judge(
    world: World, read: Reading, crimes: set[str]
) -> None:
    plan = few_faults(world)
    with Post(plan) as post:
        carry_all(world, Misreading(post.transport, read))
    assert crimes <= {complaint.partition(":")[0] for complaint in complaints(post.journal, fates(world))}


def test_the_same_delivery_read_rightly_has_nothing_to_fear(world: World) -> None:
    plan = few_faults(world)
    with Post(plan) as post:
        carry_all(world, Misreading(post.transport, lambda answer: answer))
    assert complaints(post.journal, fates(world)) == []
