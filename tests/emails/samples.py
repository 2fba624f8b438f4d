"""The product's samples of each kind of mail, with names and addresses to be chosen, and the corpus of hostile ones."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import emails
from emails import Address, Frame, Member, Message, Phrase
from emails import samples as product
from emails.samples import Scene

BASE_URL = "https://coffee.example.org"
DOMAIN = "coffee.example.org"
SECRET = b"a secret for tests"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

NAMES = [
    "Sam Okoro",
    "X",
    "Nguyễn Thị Minh Khai",
    "Zoë Brânză-Ștefănescu",
    "محمد بن سلمان العتيبي",
    "יעל כהן־לוי",
    "李小龍",
    "さくら　田中",
    "Αλέξανδρος Παπαδόπουλος",
    "Пётр Ильич Чайковский",
    "प्रिया नायर",
    "👩🏽‍💻 Ada",
    "O'Neill, Conor (Estates)",
    'Dwayne "The Rock" Johnson',
    "Back\\slash",
    "Wolfeschlegelsteinhausenbergerdorff" * 10,
    "word " * 60,
    "e\u0301" * 120,
    "=?utf-8?q?Eve=0d=0aBcc:_v@x.example.org?=",
    "=?utf-8?b?RXZlDQpCY2M6IHZAeC5leGFtcGxlLm9yZw==?=",
    "Eve =?utf-8?q?=0aBcc:_v@x.example.org?= Adams",
    "=?=?utf-8?q?Eve?=?=",
    "Eve\r\nBcc: v@x.example.org",
    "Eve\nSubject: spam\n\nbody",
    "Eve\x00\x07\x1b[31m",
    "Eve\u2028Bcc: v@x.example.org",
    "Eve\u0085Bcc: v@x.example.org",
    "\u202egro.elpmaxe\u202c",
    "\u2066isolated",
    "\ud800 lone surrogate",
    "  \t  ",
    "\u200b\u200b",
    "Eve <v@x.example.org>",
    "v@x.example.org, w@x.example.org",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    '"><img src=x onerror=alert(1)>',
    "https://evil.example.org/win",
    "www.evil.example.org",
    "Win money at evil.com",
    "=cmd|' /C calc'!A0",
    ";\r\nATTENDEE:mailto:v@x.example.org",
    ".",
    "-- ",
    "&amp; Söhne &#8203; GmbH",
]

ADDRESSES = [
    "a@example.org",
    "first.last+tag@mail.example.org",
    "o'neill@example.org",
    "x_y=z/{|}~!#$%&*?^`@example.org",
    "a" * 64 + "@example.org",
    "b" * 64 + "@" + ".".join(["d" * 60] * 3) + ".org",
    "a@bücher.example.org",
    "a@例え.example.org",
    "a@EXAMPLE.ORG",
]

BROKEN_ADDRESSES = [
    "",
    "a",
    "a@",
    "@example.org",
    "a@@example.org",
    "a b@example.org",
    "a@exam ple.org",
    "a@example.org\r\nBcc: v@x.example.org",
    "a\r\n@example.org",
    "a\u2028@example.org",
    "a@example.org>",
    "<a@example.org>",
    "a@example.org,b@example.org",
    "a,b@example.org",
    '"a b"@example.org',
    "a..b@example.org",
    "a@example..org",
    "a@-example.org",
    "a" * 65 + "@example.org",
    "a@" + "d" * 250 + ".org",
    "a@xn--bücher.example.org\x00",
    "a\u202e@example.org",
    "a\u00a0b@example.org",
    "=?utf-8?q?a=40evil.example.org=3e?=@example.org",
]


_AROUND: dict[str, object] = {}


@contextmanager
def framed(**changes: object) -> Iterator[None]:
    """What is made in here has a frame with these fields, unless its kind asks for another value itself."""
    _AROUND.update(changes)
    try:
        yield
    finally:
        _AROUND.clear()


_SPELT: list[Callable[[str], str]] = []
NOT_TYPED = re.compile(
    r"\w+://|[^@\s]+@[^@\s]+$|\d{4}-(W?\d\d|Q\d)$|coffee |"
    r"(draft|matched|sending|introduced|active|paused|remote|in_person)?$"
)


@contextmanager
def spelt(how: Callable[[str], str]) -> Iterator[None]:
    """What people have typed is spelt like this in the mails that are made in here."""
    _SPELT.append(how)
    try:
        yield
    finally:
        _SPELT.pop()


def typed(text: str) -> str:
    """Words of people's own: names, teams, what they say."""
    return _SPELT[-1](text) if _SPELT else text


def frame(**changes: object) -> Frame:
    """The usual frame; `changes` replace fields."""
    usual = {
        "programme": typed("Cross-trust coffees"),
        "organisation": typed("North Trust"),
        "base_url": BASE_URL,
        "sender": Address(typed("Cross-trust coffees via North Trust"), "coffee@example.org"),
        "message_id": emails.message_id(SECRET, "eu/2026-W48/introduction/1", DOMAIN),
        "date": MONDAY,
        "organiser": Address(typed("Amira Haddad"), "amira@example.org"),
        "list_id": "eu.coffee.example.org",
        "unsubscribe_url": f"{BASE_URL}/m/unsubscribe-token/one-click",
    }
    return Frame(**(usual | _AROUND | changes))  # type: ignore[arg-type]


def scene(name: str = "Sam Okoro", address: str = "sam@example.org") -> Scene:
    """Where the samples of the product are set: one person bears the name and reads the mail."""
    return Scene(
        link=lambda what: f"{BASE_URL}/m/{what.replace('_', '-')}-token",
        today=MONDAY.date(),
        zone=ZoneInfo("Europe/London"),
        calendar_uid=emails.calendar_uid(SECRET, "group 1", DOMAIN),
        conduct_url=f"{BASE_URL}/p/eu/conduct",
        command="eu",
        next_draw=date(2026, 12, 7),
        me=replace(product.SAM, name=name, address=address, called=""),
        organiser=address,
        sponsor=address,
    )


def introduction_facts(name: str = "Sam Okoro", address: str = "sam@example.org") -> emails.Introduction:
    """A pair: the one chosen, and Priya, who writes first."""
    facts: emails.Introduction = _respelt(product.introduction(scene(name, address)))
    return facts


def trio_facts() -> emails.Introduction:
    """Three people; the recipient writes first, and there is nothing to say but who."""
    pair = introduction_facts()
    return emails.Introduction(
        recipient=pair.recipient,
        partners=(*pair.partners, replace(product.KIM, access="")),
        period="2026-11",
        writes_first=pair.recipient.address,
        choices_url=pair.choices_url,
    )


def _another(name: str) -> Member:
    return Member(name, "alex@example.org", name)


def _hostile_group(facts: Any, name: str, address: str) -> Any:
    stranger = Member(name, address, name, name, access=name)
    words = {"common": (f"{name} likes it too.",), "times": (name,), "languages": (name,), "period": "Advent round"}
    words |= {"opening": f"Hello {{name}}, {{others}}.\n{name} {{team}}\n\n{name}", "closing": f"{name} {{organiser}}"}
    sam = product.SAM
    partners = (stranger, product.KIM)
    return replace(facts, recipient=sam, writes_first=sam.address, partners=partners, draft=None, **words)


def _of_another(facts: Any, name: str, address: str) -> Any:
    del address
    return replace(facts, partners=(_another(name), *facts.partners[1:]))


def _another_away(facts: Any, name: str, address: str) -> Any:
    del address
    return replace(facts, away=_another(name), others=(name,) if facts.others else ())


def _said(facts: Any, name: str, address: str) -> Any:
    reader = Member("Amira Haddad", address)
    words = f"We met on Tuesday.\n\nIt was not all right: {name}.\nPlease write to me."
    writer = Member(name, "sam@example.org", "Finance")
    return replace(facts, reader=reader, about=(_another(name),), words=words, writer=writer)


def _said_by_nobody(facts: Any, name: str, address: str) -> Any:
    return replace(facts, reader=Member(name, address), about=(), words=name, gone=1)


def _reported(facts: Any, name: str, address: str) -> Any:
    del address
    return replace(
        facts,
        people=1005,
        groups=502,
        left_out=2,
        mails=emails.MailCounts(planned=1005, accepted=1001, held=1, rejected=1, waiting=2),
        certificate=("Nobody meets anyone a second time.", f"No other draw leaves fewer people out than {name}."),
        decisions=(emails.Decision(f"One mail to {name} may or may not have arrived.", "coffee mail resend msg_7"),),
        evidence_url=f"{BASE_URL}/organiser/programmes/eu/evidence",
    )


HOSTILE: dict[str, Callable[[Any, str, str], Any]] = {
    "introduction_of_three": _hostile_group,
    "called_off": _another_away,
    "called_off_looking": _another_away,
    "called_off_of_three": _another_away,
    "partner_away": _another_away,
    "partner_away_of_three": _another_away,
    "reminder": _of_another,
    "reminder_of_three": _of_another,
    "check_in": _of_another,
    "check_in_of_three": _of_another,
    "check_in_again": _of_another,
    "outcome": _of_another,
    "concern": _said,
    "concern_unnamed": _said_by_nobody,
    "round_report": _reported,
}
"""Where the name stands, too, beside that of the reader: a name that is long or hostile is somebody else's as well."""

FRAMES: dict[str, dict[str, object]] = {"introduction_of_three": {"organiser": None, "unsubscribe_url": None}}


def made(kind: str, name: str, address: str) -> Message:
    """The product's sample of a kind, with that name and address in it."""
    sample = product.SAMPLES[kind]
    facts = sample.facts(scene(name, address))
    if kind in HOSTILE:
        facts = HOSTILE[kind](facts, name, address)
    facts = _respelt(facts)
    around: dict[str, object] = {} if sample.leave else {"unsubscribe_url": None}
    around |= {"references": ("<introduction@coffee.example.org>",)} if sample.thread else {}
    return sample.write(frame(**(around | FRAMES.get(kind, {}))), facts)


def _respelt(value: Any) -> Any:
    """The facts, with what people have typed spelt as `spelt` asks; addresses, links, periods and commands stay."""
    if isinstance(value, Phrase):
        parts = {name: _respelt(part) for name, part in value.parts.items()}
        return Phrase.made(value.message, value.many, value.number, parts)
    if isinstance(value, str):
        return value if NOT_TYPED.match(value) else typed(value)
    if isinstance(value, tuple):
        return tuple(_respelt(one) for one in value)
    if not is_dataclass(value) or isinstance(value, (type, emails.Kind, emails.Draft)):
        return value
    return replace(value, **{one.name: _respelt(getattr(value, one.name)) for one in fields(value) if one.init})


KINDS: dict[str, Callable[[str, str], Message]] = {kind: partial(made, kind) for kind in product.SAMPLES}
"""The product's samples by name, each for a name and an address."""

confirm_sign_up = KINDS["confirm_sign_up"]
introduction = KINDS["introduction"]
left_out = KINDS["left_out"]
my_page = KINDS["my_page"]
round_report = KINDS["round_report"]
test_mail = KINDS["test_mail"]


def every_kind(name: str = "Sam Okoro", address: str = "sam@example.org") -> dict[str, Message]:
    """One message of each kind."""
    return {kind: build(name, address) for kind, build in KINDS.items()}
