"""Norms on headers (E1 to E4, E9, E10, E12, E16, E17 of our research), read from the bytes of the corpus."""

import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emails
from emails import Address, UnsafeMessage, mime
from emails.words import clean_name
from tests.emails import samples
from tests.emails.norms import corpus
from tests.emails.norms.corpus import Letter, changed
from tests.emails.norms.reading import Read

ONCE = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"]
ONCE += ["MIME-Version", "Content-Type"]
ATTACK = "=?utf-8?q?Eve=0d=0aBcc:_v@x.example.org?="
TO_PARTNERS = {"introduction", "reminder"}
LONG = ["x" * 2000, "я" * 2000, "👩🏽‍💻" * 500, "\u0300" * 2000, "'" * 5000, "\\" * 300, '"' * 60]
ROOT = Path(__file__).parents[3]


def intended(letter: Letter) -> Counter[str]:
    """The header names that a message asks for."""
    message = letter.message
    names = ONCE + ["Reply-To"] * bool(message.reply_to) + ["List-Id"] * bool(message.list_id)
    names += ["In-Reply-To", "References"] * bool(message.references)
    names += ["List-Unsubscribe", "List-Unsubscribe-Post"] * bool(message.unsubscribe_url)
    return Counter(names)


def test_e1_lines_end_in_crlf_and_are_short_and_each_needed_field_stands_once(letters: list[Letter]) -> None:
    for letter in letters:
        assert letter.data.endswith(b"\r\n")
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", letter.data), letter
        head, _, body = letter.data.partition(b"\r\n\r\n")
        assert max(map(len, body.split(b"\r\n"))) <= 78, letter
        for line in head.split(b"\r\n"):
            assert len(line) <= 998, letter
            # Longer than wanted only where nothing can be broken: one address, one id or one link.
            unbroken = re.sub(rb"^[A-Za-z-]+:", b"", line).strip(b" ,")
            assert len(line) <= 78 or b" " not in unbroken, (letter, line)
        for name in ("From", "Date", "Message-ID", "To", "Subject"):
            assert letter.read.names[name] == 1, (letter, name)


def test_e2_the_header_holds_what_was_meant_and_nothing_else(letters: list[Letter]) -> None:
    for letter in letters:
        assert letter.read.names == intended(letter), letter
        assert [defect for part in letter.read.parsed.walk() for defect in part.defects] == [], letter
        for name, meant in (("To", letter.message.to), ("Reply-To", letter.message.reply_to)):
            expected = [corpus.ADDRESSES.get(one.address, one.address) for one in meant]
            assert letter.read.addresses(name) == expected, (letter, name)


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=150))
@settings(max_examples=150)
def test_e2_no_text_at_all_adds_a_header_or_an_address(text: str) -> None:
    message = samples.test_mail("", "sam@example.org")
    message = changed(
        message, to=(Address(text, "sam@example.org"),), subject=clean_name(text), list_name=clean_name(text)
    )
    read = Read(emails.to_bytes(message))
    assert sorted(read.names.elements()) == sorted([*ONCE, "Reply-To", "List-Id"])
    assert read.addresses("To") == ["sam@example.org"]


@pytest.mark.parametrize("writer", ["_unstructured", "_encoded_words"])
def test_e2_the_guard_stops_what_a_faulty_writer_lets_through(writer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = samples.introduction("Zoë", "sam@example.org")
    monkeypatch.setattr(mime, writer, lambda text: f"{text.encode().hex()}\r\nBcc: v@x.example.org")
    with pytest.raises(UnsafeMessage):
        emails.to_bytes(message)


def test_e2_the_guard_sees_an_address_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    message = samples.introduction("Zoë", "sam@example.org")
    monkeypatch.setattr(mime, "_mailbox", lambda _, one: f"<{one.address}>, v@x.example.org")
    with pytest.raises(UnsafeMessage, match="other addresses"):
        emails.to_bytes(message)


@pytest.mark.parametrize("name", corpus.NAMES)
def test_e3_a_name_is_one_clean_line_and_cleaning_it_again_changes_nothing(name: str) -> None:
    clean = clean_name(name)
    assert clean_name(clean) == clean == clean.strip() == unicodedata.normalize("NFC", clean)
    assert len(clean) <= 100
    assert "=?" not in clean
    assert "  " not in clean
    forbidden = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not any(unicodedata.category(sign) in forbidden for sign in clean)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u00ad\ufeff]", clean)  # overrides, isolates, the invisible


def test_e3_a_name_arrives_as_it_was_cleaned(letters: list[Letter]) -> None:
    for letter in letters:
        for field, meant in (("From", (letter.message.sender,)), ("To", letter.message.to)):
            assert [name for name, _ in letter.read.mailboxes(field)] == [one.name for one in meant], letter
    assert len(corpus.NAMES) >= 60


@pytest.mark.parametrize("name", LONG)
def test_e4_a_name_of_thousands_of_letters_is_cut_and_makes_no_long_line(name: str) -> None:
    assert len(clean_name(name)) <= 100
    for example, build in samples.KINDS.items():
        data = emails.to_bytes(build(name, "sam@example.org"))
        assert max(map(len, data.split(b"\r\n"))) <= 78, example


def test_e9_a_message_id_is_ours_and_tells_nothing(letters: list[Letter]) -> None:
    for letter in letters:
        assert letter.read.value("Message-ID") == samples.frame().message_id, letter
        assert re.fullmatch(r"Message-ID: <[0-9a-f]{40}@coffee\.example\.org>", letter.read.raw("Message-ID"))


def test_e9_it_is_another_one_for_each_recipient_kind_and_instance_and_names_the_configured_domain() -> None:
    secrets, keys = (b"one instance", b"another"), ("introduction:W48:sam", "introduction:W48:kim", "left_out:W48:sam")
    ids = {emails.message_id(secret, key, "bücher.example") for secret in secrets for key in keys}
    assert len(ids) == 6
    assert all(one.endswith("@xn--bcher-kva.example>") for one in ids)


def test_e9_after_a_crash_another_process_writes_the_very_same_bytes() -> None:
    program = (
        "import sys, emails; from tests.emails import samples;"
        "sys.stdout.buffer.write(emails.to_bytes(samples.introduction('Zoë', 'sam@bücher.example')))"
    )
    elsewhere = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", program], env=elsewhere, capture_output=True, check=True)
    assert done.stdout == emails.to_bytes(samples.introduction("Zoë", "sam@bücher.example"))


def test_e9_a_later_mail_of_a_conversation_joins_its_thread(letters: list[Letter]) -> None:
    joined = [letter for letter in letters if letter.message.references]
    assert joined
    for letter in joined:
        assert letter.read.value("In-Reply-To") == letter.message.references[-1], letter
        assert letter.read.value("References") == " ".join(letter.message.references), letter
        assert "=?" not in letter.read.value("References")


def test_e9_a_long_thread_stays_plain() -> None:
    thread = tuple(f"<{number:040x}@{corpus.LONGEST_DOMAIN}>" for number in range(50))
    read = Read(emails.to_bytes(changed(samples.test_mail("", "sam@example.org"), references=thread)))
    assert read.value("References").split() == list(thread)
    assert read.value("In-Reply-To") == thread[-1]


def test_e10_every_mail_says_that_a_machine_wrote_it(letters: list[Letter]) -> None:
    for letter in letters:
        assert letter.read.raw("Auto-Submitted") == "Auto-Submitted: auto-generated"
        assert letter.read.raw("X-Auto-Response-Suppress") == "X-Auto-Response-Suppress: All"
        assert not letter.read.has("Precedence")


def test_e12_the_list_fields_are_plain_and_on_one_line(letters: list[Letter]) -> None:
    for letter in letters:
        assert re.search(r"(^| )<eu\.coffee\.example\.org>$", letter.read.value("List-Id")), letter
        if letter.message.unsubscribe_url:
            line = f"List-Unsubscribe: <{letter.message.unsubscribe_url}>"
            assert letter.read.raw("List-Unsubscribe") == line
            assert letter.read.value("List-Unsubscribe") == line.partition(": ")[2]
            assert letter.read.raw("List-Unsubscribe-Post") == "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
            assert letter.read.value("List-Unsubscribe").startswith("<https://")


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://coffee.example.org/m/" + "t" * 600, None),
        ("https://kaffee.bücher.example:8443/m/t", "https://kaffee.xn--bcher-kva.example:8443/m/t"),
    ],
)
def test_e12_a_long_or_international_link_stays_plain_too(url: str, written: str | None) -> None:
    read = Read(emails.to_bytes(changed(samples.test_mail("", "sam@example.org"), unsubscribe_url=url)))
    assert read.raw("List-Unsubscribe") == f"List-Unsubscribe: <{written or url}>"
    assert read.has("List-Unsubscribe-Post")


def test_e12_the_list_of_an_international_domain_is_named_by_a_labels() -> None:
    message = changed(samples.test_mail("", "sam@example.org"), list_id="eu.bücher.example", list_name="Käffchen")
    assert Read(emails.to_bytes(message)).value("List-Id").endswith(" <eu.xn--bcher-kva.example>")


@pytest.mark.parametrize("name", corpus.NAMES)
def test_e16_replies_to_an_introduction_go_to_the_partners_alone(name: str) -> None:
    pair = corpus.letter("introduction", name).read
    assert pair.addresses("Reply-To") == ["priya@example.org"]
    assert pair.addresses("To") == ["sam@example.org", "priya@example.org"]
    trio = corpus.letter("introduction_of_three", name, "partner@example.org").read
    assert trio.addresses("Reply-To") == ["partner@example.org", "kim@example.org"]
    assert trio.addresses("To") == ["sam@example.org", "partner@example.org", "kim@example.org"]


def test_e16_replies_go_to_partners_or_the_organiser_and_never_to_us(letters: list[Letter]) -> None:
    for letter in letters:
        replies = letter.read.addresses("Reply-To")
        if letter.message.kind == "concern":  # in confidence: back to the writer, or to nobody but the reader
            assert replies in (["sam@example.org"], [letter.mailbox]), letter
        elif letter.message.kind not in TO_PARTNERS:
            assert replies == [letter.organiser], letter
        else:
            assert replies, letter
            assert corpus.OURS.address not in replies, letter
            recipient, *others = letter.read.addresses("To")
            assert recipient not in replies or recipient in others, letter  # the corpus has one pair of twins


def test_e17_from_is_always_our_own_address_and_nobody_elses(letters: list[Letter]) -> None:
    for letter in letters:
        assert letter.read.addresses("From") == [corpus.OURS.address], letter
        assert not {"Sender", "Resent-From", "Resent-Sender", "Return-Path"} & set(letter.read.names)
