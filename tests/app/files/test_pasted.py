"""Pasted addresses as a table: every way in which people write them down."""

import time

import pytest

from app.files.pasted import filled, name_from, read_pasted
from app.files.people import read_people
from app.files.table import read_table


def entries(text: str) -> list[tuple[str, str]]:
    return [(cells[0], cells[1]) for _, cells in read_pasted(text, "pasted").records()]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.org\r\nb@x.org\n\n", [("a@x.org", ""), ("b@x.org", "")]),
        ("a@x.org, b@x.org;c@x.org", [("a@x.org", ""), ("b@x.org", ""), ("c@x.org", "")]),
        ("Sam Okoro <a@x.org>", [("a@x.org", "Sam Okoro")]),
        ("Okoro, Sam <a@x.org>; Nair, Priya <b@x.org>", [("a@x.org", "Sam Okoro"), ("b@x.org", "Priya Nair")]),
        ('"Okoro, Sam" <a@x.org>, b@x.org', [("a@x.org", "Sam Okoro"), ("b@x.org", "")]),
        ("Sam Okoro\ta@x.org\nPriya, b@x.org", [("a@x.org", "Sam Okoro"), ("b@x.org", "Priya")]),
        ("Sam Okoro a@x.org", [("a@x.org", "Sam Okoro")]),
        ("<a@x.org>", [("a@x.org", "")]),
        ("nonsense\na@x.org", [("nonsense", ""), ("a@x.org", "")]),
        ("nonsense; Sam <a@x.org>", [("nonsense", ""), ("a@x.org", "Sam")]),
        ("Sam, a@x.org, Finance", [("a@x.org", "Sam"), ("Finance", "")]),
        ('"unclosed <a@x.org>', [("a@x.org", "unclosed")]),
    ],
)
def test_addresses_are_found_however_they_are_written(text: str, found: list[tuple[str, str]]) -> None:
    assert entries(text) == found


@pytest.mark.parametrize("text", ["", " \n ", ",;\t"])
def test_nothing_is_said_to_be_nothing(text: str) -> None:
    assert [verdict.problem for verdict in read_pasted(text, "pasted").verdicts] == ["There is no address."]


@pytest.mark.parametrize("text", ['"<' * 200_000, "<" * 400_000, '"' * 400_000, "a@" * 200_000, "\t," * 200_000])
def test_what_is_meant_to_take_for_ever_does_not(text: str) -> None:
    began = time.process_time()
    entries(text)
    assert time.process_time() - began < 5


def test_no_more_is_read_than_may_come() -> None:
    text = "a\n" * 900_000
    began = time.process_time()
    table = read_pasted(text, "pasted", 100)
    assert [verdict.problem for verdict in table.verdicts] == ["There are more than 100 entries."]
    assert time.process_time() - began < 0.5
    assert not read_pasted("a\n" * 100, "pasted", 100).broken


def test_what_is_far_too_long_is_refused_unread() -> None:
    table = read_pasted("a" * 2_000_001, "pasted")
    assert [verdict.problem for verdict in table.verdicts] == ["This is more than 2,000,000 characters."]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("sam.okoro2@x.org", "Sam Okoro"),
        ("zoë_brânză+rct@x.org", "Zoë Brânză"),
        ("mcdonald@x.org", "Mcdonald"),
        ("007@x.org", "007"),
    ],
)
def test_a_name_is_made_from_an_address(address: str, name: str) -> None:
    assert name_from(address) == name


def test_who_is_known_keeps_name_and_team_and_who_is_not_gets_them() -> None:
    known = {"sam@x.org": ("Sam Okoro", "Finance")}
    keeps = frozenset({"name", "team"})
    table = filled(read_pasted("SOMEBODY <Sam@x.org>\nann.lee@x.org\nBo <bo@x.org>", "pasted"), known, keeps, "Estates")
    rows = [(row.key, row.name, row.team) for row in read_people(table).rows]
    assert rows == [
        ("sam@x.org", "Sam Okoro", "Finance"),
        ("ann.lee@x.org", "Ann Lee", "Estates"),
        ("bo@x.org", "Bo", "Estates"),
    ]


def test_a_line_that_is_too_long_or_too_short_is_still_refused() -> None:
    source = read_table(b"email,name\na@x.org,A,more\nb@x.org\n\n,\nc@x.org,C\n", "people.csv")
    people = read_people(filled(source, {}, frozenset({"team"})))
    assert [row.key for row in people.rows] == ["c@x.org"]
    assert [(one.line, one.problem) for one in people.verdicts if one.level == "error"] == [
        (2, "This line has 3 columns where the header has 2."),
        (3, "This line has 1 column where the header has 2."),
    ]
