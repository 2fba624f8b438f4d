"""Norms on addresses (E6 to E8): where a mail may go, in which form, and when two spellings are one person."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emails
from app.files.addresses import Address, canonical_key, parse_address
from app.files.verdicts import Problem
from emails import Accepted, BadAddress, Refused, ascii_address
from tests.emails import samples
from tests.emails.norms import corpus
from tests.emails.norms.corpus import ADDRESSES, NEED_SMTPUTF8, REFUSED, Letter
from tests.emails.norms.reading import Read
from tests.emails.raw_server import RawServer
from tests.emails.talk import connected, nothing

PLAIN_EHLO = [b"250-raw.example.org\r\n250-8BITMIME\r\n250 SIZE 1000000\r\n"]
ANY_ADDRESS = st.builds("{}@{}".format, st.text(max_size=20), st.sampled_from(["example.org", "BÜCHER.example"]))


def test_the_corpus_is_as_large_as_the_norms_ask() -> None:
    assert len(ADDRESSES) >= 30
    assert len(corpus.INTERNATIONAL) >= 20
    assert any(len(typed) == 254 for typed in ADDRESSES)


def test_e6_domains_travel_as_a_labels_in_header_and_envelope_alike(letters: list[Letter]) -> None:
    for letter in letters:
        head = letter.read.head
        assert head.isascii() or letter.typed in NEED_SMTPUTF8, letter
        if letter.example != "introduction_of_three":  # there the name in question is a partner's
            assert emails.to_envelope(letter.message).recipient == letter.mailbox, letter
            assert letter.mailbox in letter.read.addresses("To"), letter


@pytest.mark.parametrize("typed", corpus.INTERNATIONAL)
def test_e6_links_and_calendar_know_the_a_label_too(typed: str) -> None:
    introduced = corpus.letter("introduction_of_three", "Sam", typed).read
    hrefs = [link for link in introduced.html.links if link.startswith("mailto:")]
    domain = ADDRESSES[typed].rpartition("@")[2]
    assert any(domain in link for link in hrefs)
    assert all(link.isascii() for link in hrefs)


def test_e6_our_own_international_domain_breaks_no_mail() -> None:
    frame = samples.frame(
        sender=emails.Address("Coffee", "coffee@bücher.example"),
        message_id=emails.message_id(b"s", "k", "bücher.example"),
        list_id="eu.bücher.example",
        unsubscribe_url="https://kaffee.bücher.example/m/t",
    )
    message = emails.introduction(frame, samples.introduction_facts())
    read = Read(emails.to_bytes(message))
    assert read.head.isascii()
    assert read.addresses("From") == ["coffee@xn--bcher-kva.example"]
    assert read.ics.value("ORGANIZER") == "mailto:coffee@xn--bcher-kva.example"
    assert emails.to_envelope(message).sender == "coffee@xn--bcher-kva.example"


@pytest.fixture(scope="module", params=[True, False], ids=["offered", "not offered"])
def offered(request: pytest.FixtureRequest) -> Iterator[tuple[bool, RawServer]]:
    """A mail server that offers SMTPUTF8, and one that does not."""
    with RawServer({} if request.param else {"EHLO": PLAIN_EHLO}) as server:
        yield request.param, server


@pytest.mark.parametrize("kind", ["introduction", "my_page"])
def test_e6_smtputf8_is_used_where_it_is_needed_and_offered_and_nowhere_else(
    kind: str, offered: tuple[bool, RawServer]
) -> None:
    is_offered, server = offered
    server.journal.clear()
    with connected(server) as connection:
        for typed, mailbox in ADDRESSES.items():
            asked = len(server.journal)
            answer = connection.send(emails.to_envelope(corpus.letter(kind, "Sam", typed).message), nothing)
            said = server.journal[asked:]
            needed = typed in NEED_SMTPUTF8
            if needed and not is_offered:
                assert said == []
                assert isinstance(answer, Refused)
                assert "SMTPUTF8" in answer.reply
            else:
                assert isinstance(answer, Accepted)
                assert said[0].endswith(" SMTPUTF8") == needed
                assert f"RCPT TO:<{mailbox}>" in said


@pytest.mark.parametrize("text", REFUSED)
def test_e6_what_is_no_address_gets_no_mail_and_words_instead(text: str) -> None:
    with pytest.raises(BadAddress, match="address"):
        ascii_address(text)
    with pytest.raises(ValueError, match="address"):
        emails.to_envelope(samples.my_page("", text))
    said = parse_address(text.strip())
    assert isinstance(said, Problem) or said.mailbox != text


@given(ANY_ADDRESS)
def test_e6_what_the_form_takes_can_be_written_to_as_it_is(text: str) -> None:
    found = parse_address(text)
    if isinstance(found, Address):
        assert ascii_address(found.mailbox) == found.mailbox


@given(ANY_ADDRESS | st.sampled_from(list(ADDRESSES)) | st.text(max_size=30))
def test_e7_the_key_of_a_key_is_the_key(text: str) -> None:
    assert canonical_key(canonical_key(text)) == canonical_key(text)


@pytest.mark.parametrize("typed", ADDRESSES)
def test_e7_mail_goes_to_what_was_typed_and_the_key_only_compares(typed: str) -> None:
    found = parse_address(typed)
    assert isinstance(found, Address)
    assert found.mailbox == ADDRESSES[typed]
    assert found.key == canonical_key(found.mailbox)
    local, _, domain = typed.rpartition("@")
    assert found.mailbox.startswith(f"{local}@")
    assert canonical_key(f"{local.upper()}@{domain}") == found.key or "ß" in typed


def test_e7_two_spellings_are_one_person_and_tags_are_two() -> None:
    one = canonical_key("Sam.Okoro@EXAMPLE.org")
    assert one == canonical_key("sam.okoro@example.ORG") == "sam.okoro@example.org"
    assert canonical_key("grün@bücher.example") == canonical_key("GRU\u0308N@BÜCHER.example")
    assert canonical_key("sam+coffee@example.org") != canonical_key("sam@example.org")


@pytest.mark.parametrize("letter", ["a", "ü", "例", "😀"])
def test_e8_sixty_four_octets_before_the_at_are_the_most(letter: str) -> None:
    most = 64 // len(letter.encode())
    fits, too_long = (f"{letter * number}@example.org" for number in (most, most + 1))
    if letter != "😀":  # which the form does not take at all
        assert isinstance(parse_address(fits), Address)
    assert ascii_address(fits) == fits
    assert isinstance(parse_address(too_long), Problem)
    with pytest.raises(BadAddress, match="64 octets"):
        ascii_address(too_long)


def test_e8_a_whole_address_has_254_octets_at_most() -> None:
    longest = "b" * 64 + "@" + corpus.LONGEST_DOMAIN
    assert ascii_address(longest) == longest
    with pytest.raises(BadAddress):
        ascii_address("b" * 64 + "@x" + corpus.LONGEST_DOMAIN.replace("f" * 59, "f" * 60))
