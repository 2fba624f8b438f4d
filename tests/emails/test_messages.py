"""What single mails say, to whom, and what they must not say."""

import dataclasses
import time
from typing import Any

import pytest

import emails
from emails import LeftOut, Member, Message, RoundReport
from emails.words import clean_name
from tests.emails import samples
from tests.emails.page import Page
from tests.emails.samples import BASE_URL, NAMES, frame


@pytest.mark.parametrize("name", [name for name in NAMES if len(clean_name(name)) > 1])
def test_a_confirmation_holds_no_word_of_whoever_typed_the_address(name: str) -> None:
    assert samples.confirm_sign_up(name, "sam@example.org") == samples.confirm_sign_up("Sam", "sam@example.org")
    fields = {field.name for field in dataclasses.fields(emails.ConfirmSignUp)}
    assert fields == {"address", "confirm_url", "valid_hours", "valid_days", "forget_days", "next_draw", "invited"}


def test_a_confirmation_says_who_where_what_and_what_if_not() -> None:
    message = samples.confirm_sign_up("", "sam@example.org")
    assert message.subject == "Confirm your place in Cross-trust coffees"
    for sentence in (
        "Someone, we hope you, asked to join Cross-trust coffees with this address.",
        "you are in the draw on Monday 7 December:\nhttps://coffee.example.org/m/confirm-token",
        "The link works for 24 hours.",
        "Nobody joins without that press, and we forget the address in 7 days.",
        "If such mails keep coming, answer this one and we will stop them.",
    ):
        assert sentence in message.text
    assert (message.to, message.unsubscribe_url) == ((emails.Address("", "sam@example.org"),), None)
    assert message.reply_to == (emails.Address("Amira Haddad", "amira@example.org"),)


def test_an_introduction_of_two_reads_like_this() -> None:
    message = samples.introduction("Sam Okoro", "sam@example.org")
    assert message.subject == "Meet Priya Nair from Estates"
    assert (
        message.text
        == """\
Sam Okoro, meet Priya Nair. Priya Nair, meet Sam Okoro.

The draw of Monday 23 November brought you together for the week of 23 November 2026.

Sam Okoro, Finance
Can help with business cases. Likes to talk about bread, long walks.
sam@example.org

Priya Nair, Estates
Would like help with business cases. Can help with planning a move.
priya@example.org

WHY YOU TWO
- This is your first meeting.
- From different teams: Finance and Estates.
- Priya Nair would like help with business cases, which Sam Okoro offers.

WHO WRITES FIRST
Priya Nair does. Nothing after three working days? Then reply to all and say hello yourself.

These times suit you both: Tuesday morning and Thursday afternoon.
Languages you share: English and Welsh.
A draft for your calendar is attached, for Thursday 26 November at 10:00 (London time). \
It is only in your own calendar: move it, or delete it.

THIRTY MINUTES IS PLENTY
If you like a shape:
- 5 minutes to say hello,
- 10 minutes for each one's question,
- 5 minutes for what comes next.

If you want something to begin with:
- What is going well for you at the moment?
- What are you stuck on, or wondering about?
- Who or what here should more people know about?

YOUR CONVERSATION HAS A PAGE
It has these details and more to talk about. There you say in one press that it is arranged, that no answer came, or \
that you cannot this time; we then tell the other kindly:
https://coffee.example.org/m/conversation-token

CANNOT THIS TIME?
That is all right. Say so on that page, or tell the other, then skip the next round, pause or leave here:
https://coffee.example.org/m/choices-token

Something wrong? Say so here, in confidence:
https://coffee.example.org/m/concern-token

--
The next draw is on Monday 7 December.
The links above are yours alone: please take them out before you forward this mail.

Sent by Cross-trust coffees, North Trust.
Questions: amira@example.org
"""
    )


def test_replies_to_an_introduction_go_to_the_others_and_never_to_us() -> None:
    message = emails.introduction(frame(), samples.trio_facts())
    priya, kim = emails.Address("Priya Nair", "priya@example.org"), emails.Address("Kim Nguyễn", "kim@example.org")
    assert message.recipient == "sam@example.org"
    assert message.to == (emails.Address("Sam Okoro", "sam@example.org"), priya, kim)
    assert message.reply_to == (priya, kim)
    assert message.sender.address == "coffee@example.org"


def test_an_introduction_of_three_speaks_to_three() -> None:
    message = emails.introduction(frame(), samples.trio_facts())
    assert message.subject == "Meet Priya Nair and Kim Nguyễn"
    for words_ in (
        "Sam Okoro, meet Priya Nair and Kim Nguyễn.",
        "You do, this time. Reply to all and say hello.",
        "- 6 minutes for each one's question,",
        "brought you together for November 2026",
        "Tell the others, then skip",
    ):
        assert words_ in message.text
    assert message.attachments == ()
    assert "WHY YOU" not in message.text


def test_a_larger_group_fits_a_subject_too() -> None:
    facts = samples.trio_facts()
    more = tuple(Member(f"Person {number}", f"p{number}@example.org") for number in range(4))
    message = emails.introduction(frame(), dataclasses.replace(facts, partners=more))
    assert message.subject == "Meet Person 0 and 3 more"


def test_people_are_called_as_they_like() -> None:
    facts = samples.introduction_facts()
    priya = Member("Dr Priyanka Nair-Whitworth", "priya@example.org", "Estates", called="Priya")
    message = emails.introduction(frame(), dataclasses.replace(facts, partners=(priya,)))
    assert message.subject == "Meet Priya from Estates"
    assert message.text.startswith("Sam Okoro, meet Priya. Priya, meet Sam Okoro.")
    assert "Dr Priyanka Nair-Whitworth, Estates" in message.text


def test_who_writes_first_must_be_in_the_group() -> None:
    facts = dataclasses.replace(samples.introduction_facts(), writes_first="stranger@example.org")
    with pytest.raises(ValueError, match="nobody in the group"):
        emails.introduction(frame(), facts)


def test_a_partners_mail_holds_no_link_of_mine() -> None:
    mine = samples.introduction_facts()
    theirs = dataclasses.replace(
        mine, recipient=mine.partners[0], partners=(mine.recipient,), choices_url=f"{BASE_URL}/m/their-token"
    )
    message = emails.introduction(frame(unsubscribe_url=f"{BASE_URL}/m/their-unsubscribe"), theirs)
    assert "choices-token" not in f"{message}"
    assert "unsubscribe-token" not in f"{message}"


def test_being_left_out_sounds_the_same_whatever_the_reason() -> None:
    told = {field.name for field in dataclasses.fields(LeftOut)}
    assert told == {"recipient", "period", "choices_url", "next_draw", "offered"}, "offered: their own word, no secret"
    message = samples.left_out("Sam Okoro", "sam@example.org")
    assert "It is not you, and it is nothing that you did" in message.text
    assert "You are first in line in the next one, on Monday 7 December." in message.text


@pytest.mark.parametrize(
    ("changes", "subject", "sentence"),
    [
        ({"state": "matched"}, "2026-W48 is ready to check", "Nothing has been sent."),
        ({"state": "introduced"}, "2026-W48: 1,005 people in 502 groups", "The introductions are out."),
        ({"state": "sending"}, "2026-W48: 1,005 people in 502 groups", "The round is under way."),
        (
            {"state": "introduced", "decisions": (emails.Decision("Repeat it?", "coffee mail resend msg_d"),)},
            "2026-W48: 1 thing for you to decide",
            "- Repeat it?\n  coffee mail resend msg_d",
        ),
    ],
)
def test_a_report_says_first_what_needs_a_decision(changes: dict[str, Any], subject: str, sentence: str) -> None:
    facts = RoundReport(
        "amira@example.org", "2026-W48", "matched", f"{BASE_URL}/r", people=1005, groups=502, left_out=0
    )
    message = emails.round_report(frame(unsubscribe_url=None), dataclasses.replace(facts, **changes))
    assert message.subject == subject
    assert sentence in message.text


def test_a_report_counts_every_mail() -> None:
    message = samples.round_report("", "amira@example.org")
    for line in ("In this round: 1,005", "Groups: 502", "Left out: 2", "Planned: 1,005", "Accepted: 1,001", "Held: 1"):
        assert line in message.text.splitlines()
        assert all(part in Page(message.html).text for part in line.split(": "))


def test_a_thousand_introductions_take_a_few_seconds() -> None:
    begin = time.process_time()
    made: list[Message] = []
    for number in range(100):
        made.append(samples.introduction(f"Person {number}", f"p{number}@example.org"))
        emails.to_bytes(made[-1])
    assert time.process_time() - begin < 1.5  # measured: 0.3 s
    assert len({message.text for message in made}) == 100
