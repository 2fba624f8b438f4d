"""The corpus of the norms: names and addresses, ordinary and hostile, and every kind of mail made of them.

A new kind of mail joins by its sample in `emails.samples.SAMPLES`; a new name or address by a line here.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import emails
from emails import Address, Message
from tests.emails import samples
from tests.emails.norms.reading import Read

NAMES = [
    *samples.NAMES,
    "María-José Carreño Quiñones",
    "Þórður Ægisson",
    "Łukasz Żółć",
    "İpek Şahin",
    "สมชาย ใจดี",
    "김민준",
    "ᏣᎳᎩ",
    "𝕊𝕒𝕞 𝕆𝕜𝕠𝕣𝕠",
    "Z̸̡̛a̷͝l̶̈́g̵̈o̵͆",
    "🏳️‍🌈🏳️‍🌈🏳️‍🌈",
    "e\u00ad\u0301 soft hyphen between",
    "אבג abc 123 דהו",
    "x" * 100,
    "х" * 100,
    "=?utf-8?q?x?= =?utf-8?q?=0d=0aBcc:_v@x.example.org?=",
    "=\u200b?utf-8?q?=0aBcc:_v@x.example.org?=",
    "+1-555-0100",
    "@SUM(1+1)*cmd",
    "undefined",
    "NULL",
    "Robert'); DROP TABLE participant;--",
    "%0d%0aBcc:%20v@x.example.org",
    "a" + "\u0300" * 99,
    'back\\"slash\\\\',
    "(comment) name (unclosed",
    "name; other: group;",
]
"""What people may call themselves: each must arrive as itself, cleaned, and do no harm."""

LONGEST_DOMAIN = ".".join(["d" * 62, "e" * 62, "f" * 59, "org"])  # 189 octets: with 64 before the @ it makes 254

ADDRESSES: dict[str, str] = {
    "sam@example.org": "sam@example.org",
    "first.last+tag@mail.example.org": "first.last+tag@mail.example.org",
    "o'neill@example.org": "o'neill@example.org",
    "x_y=z/{|}~!#$%&*?^`@example.org": "x_y=z/{|}~!#$%&*?^`@example.org",
    "-dash-@example.org": "-dash-@example.org",
    "1@2.example.org": "1@2.example.org",
    "Sam.Okoro@EXAMPLE.ORG": "Sam.Okoro@example.org",
    "a" * 64 + "@example.org": "a" * 64 + "@example.org",
    "b" * 64 + "@" + LONGEST_DOMAIN: "b" * 64 + "@" + LONGEST_DOMAIN,
    "c@" + "l" * 63 + ".org": "c@" + "l" * 63 + ".org",
    "sam@xn--bcher-kva.example": "sam@xn--bcher-kva.example",
    "sam@bücher.example": "sam@xn--bcher-kva.example",
    "sam@BÜCHER.example": "sam@xn--bcher-kva.example",
    "sam@mail.bücher.example": "sam@mail.xn--bcher-kva.example",
    "sam@faß.example": "sam@xn--fa-hia.example",
    "sam@例え.example": "sam@xn--r8jz45g.example",
    "sam@例え。テスト": "sam@xn--r8jz45g.xn--zckzah",
    "sam@مثال.example": "sam@xn--mgbh0fb.example",
    "sam@пример.example": "sam@xn--e1afmkfd.example",
    "sam@παράδειγμα.example": "sam@xn--hxajbheg2az3al.example",
    "sam@उदाहरण.example": "sam@xn--p1b6ci4b4b3a.example",
    "sam@실례.example": "sam@xn--9n2bp8q.example",
    "sam@דוגמה.example": "sam@xn--6dbbec0c.example",
    "sam@உதாரணம்.example": "sam@xn--zkc6cc5bi7f6e.example",
    "sam@żółć.example": "sam@xn--kda4b0koi.example",
    "sam@señor.example": "sam@xn--seor-hqa.example",
    "sam@çà.example": "sam@xn--0can.example",
    "sam@øre.example": "sam@xn--re-kka.example",
    "sam@中国.example": "sam@xn--fiqs8s.example",
    "sam@ไทย.example": "sam@xn--o3cw4h.example",
    "sam@ישראל.example": "sam@xn--4dbrk0ce.example",
    "grün@example.org": "grün@example.org",
    "grün@bücher.example": "grün@xn--bcher-kva.example",
    "用户@例え.example": "用户@xn--r8jz45g.example",
    "δοκιμή@παράδειγμα.example": "δοκιμή@xn--hxajbheg2az3al.example",
    "ü" * 32 + "@example.org": "ü" * 32 + "@example.org",
}
"""What is typed, and the one form in which it may stand in a header or on an envelope (written out, not computed)."""

INTERNATIONAL = [typed for typed, mailbox in ADDRESSES.items() if typed.rpartition("@")[2].isascii() is False]
NEED_SMTPUTF8 = [typed for typed, mailbox in ADDRESSES.items() if not mailbox.isascii()]

REFUSED = [
    *samples.BROKEN_ADDRESSES,
    '"quoted local"@example.org',
    '"quoted@at"@example.org',
    '"="@example.org',
    "a" * 65 + "@example.org",
    "ü" * 33 + "@example.org",
    "b" * 64 + "@d" + LONGEST_DOMAIN,
    "sam@[192.0.2.1]",
    "sam@" + "l" * 64 + ".org",
    "sam@mail." + "l" * 64 + ".org",
    "Sam <sam@example.org>",
    "sam@example.org,",
    "sam@exa\u202emple.org",
]
"""What is no address that we write to."""

LOCALES = ["en-GB", "ar-XB", "en-XA", "en", "ja-JP"]
THREAD = ("<" + "0" * 40 + "@coffee.example.org>", "<" + "1" * 40 + "@coffee.example.org>")
OURS = Address("Coffee", "coffee@example.org")


@dataclass(frozen=True)
class Letter:
    """A mail of the corpus: what went in, the message, and the bytes that would leave. `organiser` as it may travel."""

    example: str
    name: str
    typed: str
    locale: str
    organiser: str
    message: Message
    data: bytes

    @property
    def read(self) -> Read:
        return _read(self.data)

    @property
    def mailbox(self) -> str:
        """The address as it may travel."""
        return ADDRESSES[self.typed]

    def __repr__(self) -> str:
        return f"<{self.example} for {self.name!r} {self.typed!r}>"


@lru_cache(128)  # all of a usual kind; of a whole one, thousands of parsed mails would fill the memory
def _read(data: bytes) -> Read:
    return Read(data)


def letter(example: str, name: str = "Sam Okoro", typed: str = "sam@example.org", turn: int = 0) -> Letter:
    """One mail; on every second turn the programme, its organisation and its organiser bear the name, too."""
    changes: dict[str, object] = {"locale": LOCALES[turn % len(LOCALES)]}
    if turn % 2:
        changes |= {
            "programme": name,
            "organisation": name,
            "organiser": Address(name, typed),
            "sender": Address(emails.sender_name(name, name), OURS.address),
            "references": THREAD,
        }
    with samples.framed(**changes):
        message = samples.KINDS[example](name, typed)
    data = emails.to_bytes(message, smtputf8=emails.needs_smtputf8(message))
    organiser = ADDRESSES.get(typed, typed) if turn % 2 else "amira@example.org"
    return Letter(example, name, typed, str(changes["locale"]), organiser, message, data)


def pairs(example: str, *, whole: bool = False) -> list[tuple[str, str]]:
    """Names with addresses for one kind: each at least once, or, as a whole, each name with each address."""
    typed = list(ADDRESSES)
    if whole:
        return [(name, address) for name in NAMES for address in typed]
    # Another shift for each kind, so that over all kinds a name meets many addresses.
    shift = 7 * list(samples.KINDS).index(example)
    return [(name, typed[(turn + shift) % len(typed)]) for turn, name in enumerate(NAMES)]


def letters(example: str, *, whole: bool = False) -> Iterator[Letter]:
    """The mails of one kind."""
    for turn, (name, address) in enumerate(pairs(example, whole=whole)):
        yield letter(example, name, address, turn)


def changed(message: Message, **fields: object) -> Message:
    """The message with other fields."""
    return dataclasses.replace(message, **fields)  # type: ignore[arg-type]
