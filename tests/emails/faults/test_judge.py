"""The test of the test: a sender that keeps the rules has nothing to fear from the judge, and one that misreads a
single class of answers is caught, by what the server itself wrote down.
"""

from collections.abc import Callable

import pytest

from emails import Accepted, Answer, CannotConnect, Connection, Envelope, Refused, Unknown
from tests.emails.faults.judge import Event, complaints
from tests.emails.faults.post import FAULTS, Post, named, plan_for

PEOPLE = [f"p{n:03}@example.org" for n in range(60)]
Reading = Callable[[Answer], Answer]


def as_it_is(answer: Answer) -> Answer:
    return answer


def silence_is_a_no(answer: Answer) -> Answer:
    """The classic: a time-out after the dot is taken for a failure, and the mail goes again."""
    return Refused(True, "us", "DOT", None, answer.reason) if isinstance(answer, Unknown) else answer


def silence_is_a_yes(answer: Answer) -> Answer:
    return Accepted(answer.reason) if isinstance(answer, Unknown) else answer


def silence_is_a_never(answer: Answer) -> Answer:
    return Refused(False, "recipient", "DOT", None, answer.reason) if isinstance(answer, Unknown) else answer


def every_5xx_is_the_recipients(answer: Answer) -> Answer:
    if isinstance(answer, Refused) and not answer.temporary:
        return Refused(False, "recipient", answer.verb, answer.code, answer.reply)
    return answer


def every_5xx_is_ours(answer: Answer) -> Answer:
    if isinstance(answer, Refused) and not answer.temporary:
        return Refused(False, "us", answer.verb, answer.code, answer.reply)
    return answer


def a_4xx_is_a_never(answer: Answer) -> Answer:
    if isinstance(answer, Refused) and answer.code:
        return Refused(False, "recipient", answer.verb, answer.code, answer.reply)
    return answer


def caution_everywhere(answer: Answer) -> Answer:
    """Every broken line is called uncertain: safe, and it leaves the organiser with what could have been proven."""
    return Unknown("DOT", answer.reply) if isinstance(answer, Refused) and answer.code is None else answer


def a_yes_is_forgotten(answer: Answer) -> Answer:
    return Refused(True, "us", "DOT", None, answer.reply) if isinstance(answer, Accepted) else answer


def carry(post: Post, read: Reading) -> dict[str, str]:
    """A sender without a database: what it believes of each mail in the end."""
    fates = dict.fromkeys(PEOPLE, "waiting")
    for _ in range(80):
        waiting = [who for who, fate in fates.items() if fate == "waiting"]
        try:
            with post.transport.open() as connection:
                _send_while_alive(connection, waiting, fates, read)
        except CannotConnect:
            continue
        if not waiting:
            break
    return fates


def _send_while_alive(connection: Connection, waiting: list[str], fates: dict[str, str], read: Reading) -> None:
    for who in waiting:
        if not connection.alive:
            return
        data = f"Subject: hello\r\nMessage-ID: <{who}>\r\n\r\nhello {who}\r\n".encode()
        match read(connection.send(Envelope("coffee@example.org", who, data), lambda: None)):
            case Accepted():
                fates[who] = "sent"
            case Unknown():
                fates[who] = "held"
            case Refused(temporary=False, blame="recipient"):
                fates[who] = "rejected"


def judged(read: Reading) -> tuple[list[str], Post]:
    by_number = {("CONNECT", 1): "full house", ("CONNECT", 3): "closed today", ("MAIL", 9): "sender refused",
                 ("MAIL", 20): "busy at MAIL", ("MAIL", 30): "reset at MAIL"}  # fmt: skip
    with Post(plan_for(PEOPLE, seed=7, ours=0.3), by_number) as post:
        fates = carry(post, read)
    return complaints(post.journal, fates), post


def test_a_sender_that_keeps_the_rules_has_nothing_to_fear() -> None:
    found, post = judged(as_it_is)
    assert found == []
    assert post.unplayed == []
    assert post.count("ambiguous") >= 3
    assert post.count("rejected") >= 3
    assert post.count("refused us") >= 3


@pytest.mark.parametrize(
    ("read", "crime"),
    [
        (silence_is_a_no, "repeated"),
        (silence_is_a_yes, "guessed"),
        (silence_is_a_yes, "lost"),
        (silence_is_a_never, "guessed"),
        (every_5xx_is_the_recipients, "blamed"),
        (every_5xx_is_ours, "not given up"),
        (a_4xx_is_a_never, "blamed"),
        (caution_everywhere, "held without need"),
        (a_yes_is_forgotten, "repeated"),
        (a_yes_is_forgotten, "never settled"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_sender_that_misreads_is_caught(read: Reading, crime: str) -> None:
    found, _ = judged(read)
    assert crime in {complaint.partition(":")[0] for complaint in found}


def test_the_judge_sees_a_mail_that_changes_its_id_on_the_way() -> None:
    journal = [Event("later", "a@x.org", "hello", "<1@x>"), Event("accepted", "a@x.org", "hello", "<2@x>")]
    assert [one.partition(":")[0] for one in complaints(journal, {"a@x.org": "sent"})] == ["renamed"]
    assert complaints(journal[1:], {"a@x.org": "sent"}) == []


def test_the_mixture_holds_every_fault_there_is() -> None:
    many = plan_for([f"p{n}@example.org" for n in range(2000)], seed=1)
    drawn = {name for faults in many.values() for name in faults}
    assert drawn == set(FAULTS) - set(named("later", "refused us", verbs=("CONNECT", "MAIL")))
