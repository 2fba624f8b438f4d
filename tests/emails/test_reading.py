"""The guard's reader: it finds what a stranger would find, and nothing where two strangers might differ."""

import dataclasses
import email
import email.policy

import pytest

from emails import reading, to_bytes
from tests.emails import samples
from tests.emails.samples import ADDRESSES, KINDS, NAMES


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a@example.org", ("a@example.org",)),
        ("<a@example.org>", ("a@example.org",)),
        ('"A, B" <a@example.org>', ("a@example.org",)),
        ('"A \\"B\\" \\\\" <a@example.org>,\r\n c@example.org', ("a@example.org", "c@example.org")),
        ("=?utf-8?b?Wm/Dqw==?=\r\n =?utf-8?b?Wm/Dqw==?=\r\n <a@example.org>", ("a@example.org",)),
        ('"<b@example.org>, " <a@example.org>', ("a@example.org",)),
        ("grün@example.org", ("grün@example.org",)),
    ],
)
def test_plain_addresses_are_read(value: str, found: tuple[str, ...]) -> None:
    assert reading.addresses(value) == found


@pytest.mark.parametrize(
    "value",
    [
        "A <a@example.org>",
        '"A <a@example.org>',
        '"A" <a@example.org> <b@example.org>',
        '"A" <a@example.org>,b@example.org',
        '"A" <a@example.org>, ',
        '"A" <a@example.org>; b@example.org',
        '"A" (note) <a@example.org>',
        "team: a@example.org;",
        "a@example.org b@example.org",
        "=?utf-8?q?A?= <a@example.org>",
        "=?utf-8?b?QQ==?=, <a@example.org>",
        '"A\tB" <a@example.org>',
        '"Zoë" <a@example.org>',
        '"A" <a@b@example.org>',
        '"A" <"a b"@example.org>',
        '"A" <@x.example:a@example.org>',
    ],
)
def test_what_two_readers_might_read_differently_is_not_read(value: str) -> None:
    assert reading.addresses(value) is None


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_what_the_library_s_newer_parser_finds(name: str) -> None:
    """Which is too slow to ask for each mail that leaves, and asked here for every name."""
    turn = NAMES.index(name)
    kind = [*KINDS.values()][turn % len(KINDS)] if turn % 2 else samples.introduction
    message = kind(name, ADDRESSES[turn % len(ADDRESSES)])
    data = to_bytes(message)
    parsed = email.message_from_bytes(data, policy=email.policy.default)
    ours, names = reading.header(data)
    assert names == ours.keys() == parsed.keys()
    for field in {"From", "To", "Reply-To"} & set(names):
        theirs = tuple(one.addr_spec for one in parsed[field].addresses)
        assert reading.addresses(ours[field]) == theirs
    assert reading.words(ours["Subject"]) == parsed["Subject"] == message.subject
    assert reading.part_types(data) == [part.get_content_type() for part in parsed.walk()]


@pytest.mark.parametrize("words", ["", "plain", "Grüße an Ελένη" * 4, "日本語" * 16, "a  b"])
def test_a_subject_is_decoded(words: str) -> None:
    message = dataclasses.replace(samples.test_mail("", "sam@example.org"), subject=words)
    found, _ = reading.header(to_bytes(message))
    assert reading.words(found["Subject"]) == words


@pytest.mark.parametrize("value", ["=?utf-8?b?/w==?=", "=?klingon?b?QQ==?=", "=?utf-8?b?Q?="])
def test_a_subject_that_cannot_be_decoded_is_not_read(value: str) -> None:
    assert reading.words(value) is None


def tampered(old: bytes, new: bytes) -> bytes:
    data = to_bytes(samples.introduction("Sam Okoro", "sam@example.org"))
    assert old in data
    return data.replace(old, new, 1)


def boundary() -> bytes:
    """The outer boundary of that introduction."""
    return to_bytes(samples.introduction("Sam Okoro", "sam@example.org")).split(b'boundary="')[1].split(b'"')[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"WHO WRITES", b"\r\n--%s\r\nContent-Type: text/html\r\n\r\n" % boundary()),
        (b"WHO WRITES", b"\r\n--%s--\r\n" % boundary()),
        (b"WHO WRITES", b"\r\n--%s \r\n" % boundary()),
        (b"--%s\r\nContent-Type: text/calendar" % boundary(), b"Content-Type: text/calendar"),
        (b"Content-Type: text/html", b"X-Type: text/html"),
        (b"Content-Type: text/html", b"Content-Type: text/plain\r\nContent-type : text/html"),
        (b"Content-Type: text/html", b"Content-Type: message/rfc822"),
        (b"--%s--" % boundary(), b"--%s" % boundary()),
        (b"\r\n--%s\r\n" % boundary(), b"\r\nSee below.\r\n--%s\r\n" % boundary()),
    ],
    ids="more|early end|blank behind|less|no type|two types|another type|no end|words before".split("|"),
)
def test_parts_that_are_not_as_they_were_meant_are_seen(old: bytes, new: bytes) -> None:
    usual = reading.part_types(to_bytes(samples.introduction("Sam Okoro", "sam@example.org")))
    assert usual == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    assert reading.part_types(tampered(old, new)) != usual


@pytest.mark.parametrize(
    ("line", "names"),
    [(b"Bcc: x\r\n", 1), (b"From someone\r\n", 1), (b"no colon\r\n", 1)],
)
def test_a_line_before_the_header_is_seen(line: bytes, names: int) -> None:
    data = to_bytes(samples.test_mail("", "sam@example.org"))
    parsed, found = reading.header(line + data)
    assert len(found) == len(reading.header(data)[1]) + names
    assert not parsed.keys() == found == reading.header(data)[1]
