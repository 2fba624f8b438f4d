"""Words from outside are harmless and still the person's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emails.words import (
    NAME_LIMIT,
    break_links,
    clean_line,
    clean_name,
    shorten,
)
from tests.emails.samples import NAMES

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Sam \t Okoro\n", "Sam Okoro"),
        ("Zoe\u0308", "Zoë"),
        ("Eve\r\nBcc: v@x.example.org", "Eve Bcc: v@x.example.org"),
        ("=?utf-8?q?Eve=0d=0aBcc:_v@x?=", "= ?utf-8?q?Eve=0d=0aBcc:_v@x?="),
        ("\u202eevil\u202c \u2066x", "evil x"),
        ("\ud800a\x00b\x07", "ab"),
        ("a\u2028b\u2029c\u0085d", "a b c d"),
        ("さくら　田中", "さくら 田中"),
        ("👩🏽‍💻 Ada", "👩🏽‍💻 Ada"),
        ("می‌خواهم", "می‌خواهم"),
        ("\u200b\ufeff", ""),
        ("x" * 500, "x" * 100),
        ("x" * 98 + "👩🏽‍💻", "x" * 98),
        ("x" * 99 + "e\u0323\u0301", "x" * 99),
    ],
)
def test_a_name_is_cleaned_but_stays_itself(typed: str, shown: str) -> None:
    assert clean_name(typed) == shown


@given(ANY_TEXT)
def test_whatever_is_typed_becomes_one_printable_line(text: str) -> None:
    name = clean_name(text)
    assert len(name) <= NAME_LIMIT
    assert name == name.strip()
    assert "=?" not in name
    assert not any(ord(character) < 32 or character in "\u2028\u2029\u202e\u2066\x7f\x85" for character in name)
    name.encode("utf-8")


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_line(text)
    assert clean_line(once) == once


def test_five_megabytes_are_cut_before_they_are_looked_at() -> None:
    assert clean_name("x" * 5_000_000) == "x" * 100


@pytest.mark.parametrize("text", ["https://evil.example.org", "www.evil.org", "at evil.com now", "HTTP://X", "a。com"])
def test_what_looks_like_a_link_is_broken_invisibly(text: str) -> None:
    broken = break_links(text)
    assert broken != text
    assert broken.replace("\u200b", "") == text
    assert "://" not in broken
    assert break_links(broken) == broken


@pytest.mark.parametrize("text", ["Sam Okoro", "Dr. Sam", "What now?", "ratio 3:4", "and so on ..."])
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert break_links(text) == text


@given(st.sampled_from(NAMES), st.integers(2, 60))
def test_a_shortened_name_keeps_its_limit(name: str, limit: int) -> None:
    assert len(shorten(clean_name(name), limit)) <= limit


def test_a_name_is_shortened_at_a_blank_and_says_so() -> None:
    assert shorten("Wilhelmina van der Berg", 18) == "Wilhelmina van…"
    assert shorten("Wolfeschlegelsteinhausen", 10) == "Wolfeschl…"
    assert shorten("Sam Okoro", 9) == "Sam Okoro"
