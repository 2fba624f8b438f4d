"""Addresses, Message-IDs and frames: right by construction."""

from dataclasses import FrozenInstanceError
from datetime import datetime

import pytest

from emails import Address, BadAddress, Member, ascii_address, calendar_uid, message_id, sender_name
from tests.emails.samples import ADDRESSES, BROKEN_ADDRESSES, frame


@pytest.mark.parametrize("address", BROKEN_ADDRESSES)
def test_a_broken_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(BadAddress, match="address"):
        ascii_address(address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_good_address_keeps_its_local_part_and_gets_a_plain_domain(address: str) -> None:
    result = ascii_address(address)
    assert result.rpartition("@")[0] == address.rpartition("@")[0]
    assert result.isascii()
    assert ascii_address(result) == result


def test_a_domain_beyond_ascii_becomes_an_a_label() -> None:
    assert ascii_address("a@bücher.example.org") == "a@xn--bcher-kva.example.org"
    assert ascii_address("grün@Bücher.example.org") == "grün@xn--bcher-kva.example.org"


def test_a_message_id_is_the_same_on_every_try_and_tells_nothing() -> None:
    one = message_id(b"secret", "eu/2026-W48/introduction/sam", "coffee.example.org")
    assert one == message_id(b"secret", "eu/2026-W48/introduction/sam", "coffee.example.org")
    assert one != message_id(b"secret", "eu/2026-W48/introduction/priya", "coffee.example.org")
    assert one != message_id(b"other secret", "eu/2026-W48/introduction/sam", "coffee.example.org")
    assert one.startswith("<")
    assert one.endswith("@coffee.example.org>")
    assert "sam" not in one
    assert "W48" not in one


def test_a_message_id_names_the_configured_domain_as_an_a_label() -> None:
    assert message_id(b"s", "k", "Bücher.example.org").endswith("@xn--bcher-kva.example.org>")


def test_a_calendar_uid_is_not_a_message_id() -> None:
    assert calendar_uid(b"s", "k", "example.org") not in message_id(b"s", "k", "example.org")


def test_an_address_holds_a_clean_name_however_it_was_made() -> None:
    assert Address("Eve\r\nBcc: x", "e@example.org") == Address("Eve Bcc: x", "e@example.org")


def test_a_member_without_a_visible_name_is_called_by_the_address() -> None:
    member = Member("\u200b", "kim@example.org")
    assert (member.name, member.called) == ("kim", "kim")


@pytest.mark.parametrize(
    ("programme", "organisation", "name"),
    [
        ("Coffees", "Trust", "Coffees via Trust"),
        ("Coffees", "", "Coffees"),
        ("Trust", "Trust", "Trust"),
        ("", "T", "T"),
    ],
)
def test_our_sender_says_programme_via_organisation(programme: str, organisation: str, name: str) -> None:
    assert sender_name(programme, organisation) == name


def test_a_frame_needs_a_time_with_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        frame(date=datetime(2026, 11, 23))  # noqa: DTZ001


def test_values_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        frame().programme = "other"  # type: ignore[misc]
