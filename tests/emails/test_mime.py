"""The bytes that leave are the message that was meant, and nothing else, whatever people call themselves."""

import dataclasses
import email
import email.policy
import email.utils
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emails
from emails import Address, Message, NeedsSmtputf8, UnsafeMessage, to_bytes
from emails.mime import guard
from emails.words import clean_name
from tests.emails import samples
from tests.emails.samples import ADDRESSES, BROKEN_ADDRESSES, KINDS, NAMES

ALWAYS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
}
SOMETIMES = {"Reply-To", "In-Reply-To", "References", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"}


def header_names(data: bytes) -> list[str]:
    """Read with nothing but the rules of RFC 5322 2.2, as a third witness."""
    header = data.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0].decode() for line in header.split(b"\r\n") if line[:1] not in (b" ", b"\t")]


def parse(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


def test_the_header_of_an_introduction_is_exactly_this() -> None:
    header = to_bytes(samples.introduction("Sam Okoro", "sam@example.org")).partition(b"\r\n\r\n")[0].decode()
    assert header.split("\r\n") == [
        'From: "Cross-trust coffees via North Trust" <coffee@example.org>',
        'To: "Sam Okoro" <sam@example.org>,',
        ' "Priya Nair" <priya@example.org>',
        'Reply-To: "Priya Nair" <priya@example.org>',
        "Subject: Meet Priya Nair from Estates",
        "Date: Mon, 23 Nov 2026 09:00:00 +0000",
        f"Message-ID: {samples.frame().message_id}",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        'List-Id: "Cross-trust coffees" <eu.coffee.example.org>',
        "List-Unsubscribe: <https://coffee.example.org/m/unsubscribe-token/one-click>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed;",
        header.split("\r\n")[-1],
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_no_name_adds_a_header_or_an_address_to_any_kind_of_mail(kind: str, name: str) -> None:
    turn = NAMES.index(name)  # three addresses each, other ones for the next name
    for address in [*ADDRESSES, *ADDRESSES][turn % len(ADDRESSES) :][:3]:
        message = KINDS[kind](name, address)
        data = to_bytes(message)
        names = header_names(data)
        assert len(names) == len(set(names))
        assert set(names) - SOMETIMES == ALWAYS
        assert data.isascii()
        assert b"\r\n" not in data.replace(b"\r\n", b"")
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert max(map(len, data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("name", NAMES)
def test_a_name_arrives_as_it_was_cleaned(name: str) -> None:
    message = samples.introduction(name, "sam@example.org")
    line = parse(to_bytes(message)).get_all("To")
    raw = email.message_from_bytes(to_bytes(message))["To"]
    shown, address = email.utils.getaddresses([raw])[0]
    assert line is not None
    assert str(make_header(decode_header(shown))) == (clean_name(name) or "sam")
    assert address == "sam@example.org"


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_text_at_all_adds_a_header(name: str) -> None:
    message = dataclasses.replace(
        samples.test_mail("", "sam@example.org"), to=(Address(name, "sam@example.org"),), subject=clean_name(name)
    )
    assert set(header_names(to_bytes(message))) - SOMETIMES == ALWAYS


@pytest.mark.parametrize("name", [name for name in NAMES if "=?" in name or "\n" in name])
def test_even_a_name_that_was_never_cleaned_adds_nothing(name: str) -> None:
    dirty = Address("x", "sam@example.org")
    object.__setattr__(dirty, "name", name)
    message = dataclasses.replace(samples.test_mail("", "sam@example.org"), to=(dirty,))
    try:
        data = to_bytes(message)
    except UnsafeMessage:
        return
    assert set(header_names(data)) - SOMETIMES == ALWAYS
    assert b"v@x.example.org" not in data


def test_an_attack_on_the_standard_library_is_stopped_by_the_guard() -> None:
    """The test of the guard: the fault of CPython 3.11.7 (gh-121650), or its result where Python is mended already."""
    message = samples.test_mail("", "sam@example.org")
    attack = EmailMessage(policy=email.policy.SMTP)
    for name, value in email.message_from_bytes(to_bytes(message)).items():
        attack[name] = value.replace("\r\n", "")
    attack.replace_header("Subject", "=?utf-8?q?Eve=0d=0aBcc:_v@x.example.org?=")
    data = attack.as_bytes() if b"\r\nBcc:" in attack.as_bytes() else b"Bcc: v@x.example.org\r\n" + to_bytes(message)
    with pytest.raises(UnsafeMessage, match="other lines"):
        guard(data, message)


def tampered(old: bytes, new: bytes) -> bytes:
    data = to_bytes(samples.introduction("Sam Okoro", "sam@example.org"))
    assert old in data
    return data.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"Date:", b"Bcc: v@x.example.org\r\nDate:", "other lines"),
        (b"Auto-Submitted: auto-generated\r\n", b"", "other lines"),
        (b"Subject:", b"Subject: a\r\nSubject:", "other lines"),
        (b"<sam@example.org>", b"<sam@example.org>, v@x.example.org", "To would hold"),
        (b'"Sam Okoro" <sam@example.org>,\r\n', b"", "To would hold"),
        (b"<coffee@example.org>", b"<priya@example.org>", "From would hold"),
        (b"Reply-To: ", b"Reply-To: v@x.example.org, ", "Reply-To would hold"),
        (b"Meet Priya", b"Meet Eve", "subject"),
        (b"multipart/mixed", b"multipart/digest", "parts"),
        (b"\r\nSubject", b"\nSubject", "CRLF"),
        (b"\r\nSubject", b"\r\r\nSubject", "CRLF"),
        (b"Meet Priya", b"x" * 1000, "longer than 998"),
        (b"WHO WRITES", b"WHO\0WRITES", "NUL"),
    ],
)
def test_the_guard_stops_bytes_that_differ_from_what_was_meant(old: bytes, new: bytes, words: str) -> None:
    message = samples.introduction("Sam Okoro", "sam@example.org")
    with pytest.raises(UnsafeMessage, match=words):
        guard(tampered(old, new), message)


def test_the_recipient_must_be_one_of_those_named() -> None:
    message = dataclasses.replace(samples.test_mail("", "sam@example.org"), recipient="priya@example.org")
    with pytest.raises(UnsafeMessage, match="recipient"):
        to_bytes(message)


@pytest.mark.parametrize("address", BROKEN_ADDRESSES)
def test_a_broken_address_never_reaches_a_header(address: str) -> None:
    with pytest.raises(UnsafeMessage):
        to_bytes(samples.test_mail("", address))


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": "<a@example.org>\r\nBcc: v@x.example.org"},
        {"message_id": "no brackets"},
        {"references": ("<a b@example.org>",)},
        {"list_id": "eu>\r\nBcc: v"},
        {"unsubscribe_url": "https://example.org/a b"},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"unsubscribe_url": "https://example.org/>,<https://evil.example.org"},
        {"headers": (("X-Id", "1\r\nBcc: v@x.example.org"),)},
        {"headers": (("X Id", "1"),)},
        {"headers": (("Bcc\r\nX", "1"),)},
        {"headers": (("Subject", "twice"),)},
        {"attachments": (emails.Attachment('a"; x="', "text/plain", b""),)},
        {"attachments": (emails.Attachment("a.txt", "text/plain\r\nX: y", b""),)},
    ],
)
def test_what_our_own_code_puts_in_is_not_trusted_either(change: dict[str, object]) -> None:
    message = dataclasses.replace(samples.test_mail("", "sam@example.org"), **change)  # type: ignore[arg-type]
    with pytest.raises(UnsafeMessage):
        to_bytes(message)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_message_is_the_same_bytes(kind: str) -> None:
    first = to_bytes(KINDS[kind]("Zoë Ελένη", "zoe@example.org"))
    assert first == to_bytes(KINDS[kind]("Zoë Ελένη", "zoe@example.org"))


def test_both_texts_and_the_calendar_arrive_unchanged() -> None:
    message = samples.introduction("محمد بن سلمان", "m@example.org")
    parsed = parse(to_bytes(message))
    text, html, calendar = [part for part in parsed.walk() if not part.is_multipart()]
    assert text.get_content().replace("\r\n", "\n") == message.text.rstrip("\n")
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == message.html.rstrip("\n")
    assert calendar.get_payload(decode=True) == message.attachments[0].data
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "PUBLISH"}
    assert calendar.get_filename() == "conversation.ics"
    assert parsed.defects == []
    assert [part.defects for part in parsed.walk() if part.defects] == []


def test_lines_stay_at_78_octets_where_they_can() -> None:
    for message in samples.every_kind("Zoë Brânză-Ștefănescu").values():
        assert [line for line in to_bytes(message).split(b"\r\n") if len(line) > 78 and b"http" not in line] == []


def test_list_unsubscribe_stays_plain_however_long_its_link_is() -> None:
    url = "https://coffee.example.org/m/" + "t" * 300
    data = to_bytes(dataclasses.replace(samples.test_mail("", "sam@example.org"), unsubscribe_url=url))
    assert f"\r\nList-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode() in data


def test_one_click_is_promised_over_https_only() -> None:
    message = dataclasses.replace(
        samples.test_mail("", "sam@example.org"), unsubscribe_url="http://localhost:8000/m/token"
    )
    assert b"\r\nList-Unsubscribe: <http://localhost:8000/m/token>\r\n" in to_bytes(message)
    assert b"List-Unsubscribe-Post" not in to_bytes(message)


def test_references_make_a_thread_and_extra_headers_travel() -> None:
    message = dataclasses.replace(
        samples.test_mail("", "sam@example.org"),
        references=("<one@example.org>", "<two@example.org>"),
        headers=(("Resend-Idempotency-Key", "outbox-17"),),
    )
    parsed = parse(to_bytes(message))
    assert parsed["References"] == "<one@example.org> <two@example.org>"
    assert parsed["Resend-Idempotency-Key"] == "outbox-17"


def test_an_idn_domain_travels_as_an_a_label_and_never_mangled() -> None:
    envelope = emails.to_envelope(samples.introduction("Sam", "sam@bücher.example.org"))
    assert envelope.recipient == "sam@xn--bcher-kva.example.org"
    assert b'To: "Sam" <sam@xn--bcher-kva.example.org>,\r\n' in envelope.data


def test_a_local_part_beyond_ascii_needs_smtputf8_and_says_so() -> None:
    message = samples.introduction("Grün", "grün@example.org")
    assert emails.needs_smtputf8(message)
    with pytest.raises(NeedsSmtputf8, match="SMTPUTF8"):
        to_bytes(message)
    assert "<grün@example.org>".encode() in to_bytes(message, smtputf8=True)
    assert emails.to_envelope(message).data == to_bytes(message, smtputf8=True)


def test_an_envelope_has_one_recipient_and_the_sender_for_bounces() -> None:
    message = samples.introduction("Sam", "sam@example.org")
    envelope = emails.to_envelope(message, sender="bounce+abc@example.org")
    assert envelope == emails.Envelope("bounce+abc@example.org", "sam@example.org", to_bytes(message))
    assert emails.to_envelope(message).sender == "coffee@example.org"


def with_subject(subject: str) -> Message:
    return dataclasses.replace(samples.test_mail("", "sam@example.org"), subject=subject)


@pytest.mark.parametrize("subject", ["Grüße an Ελένη", "日本語" * 16, "plain", "a  b", "emoji 👩🏽‍💻" * 5])
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert parse(to_bytes(with_subject(subject)))["Subject"] == subject
