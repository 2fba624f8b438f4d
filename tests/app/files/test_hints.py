"""What is allowed in a file of people and was probably not meant: each a warning, and nobody is left out for it."""

import pytest

from app.files.people import read_people
from app.files.table import Table, read_table

LANGUAGE = "A group needs a language in common: check the spelling, or leave the cell empty if any will do."
TIME = "A group needs a time in common: check the spelling, or leave the cell empty if any will do."


def people(header, *cells):
    """The file of as many people as there are cells, each with one in the last column."""
    lines = [f'p{number}@example.org,P,S,"{cell}"' for number, cell in enumerate(cells, 1)]
    return read_people(read_table("\n".join([f"email,name,team,{header}", *lines]).encode(), "people.csv"))


def warned(header, *cells):
    file = people(header, *cells)
    assert len(file.rows) == len(cells)
    assert all(verdict.level == "warning" for verdict in file.verdicts)
    return [str(verdict) for verdict in file.verdicts]


@pytest.mark.parametrize("column", ["interests", "asks", "offers", "languages", "times"])
def test_commas_without_a_semicolon_are_a_warning_that_shows_the_semicolon(column):
    assert warned(column, "Klettern, Brot") == [
        f'people.csv, line 2, column {column}: "Klettern, Brot" counts as one. '
        "Separate several by a semicolon: Klettern; Brot."
    ]
    assert getattr(people(column, "Klettern, Brot").rows[0], column) == ("Klettern, Brot",)


@pytest.mark.parametrize("cell", ["Klettern; Brot", "Paris, Texas; film", "Paris, Texas;", "Klettern,", ",", ""])
def test_a_semicolon_or_a_single_item_is_no_warning(cell):
    assert warned("interests", cell) == []


def test_a_comma_in_other_columns_is_no_warning():
    assert warned("location", "Paris, Texas") == []


def test_a_list_that_is_too_long_because_of_its_commas_is_told_both():
    file = people("interests", ", ".join(["climbing"] * 20))
    assert [(verdict.level, verdict.column) for verdict in file.verdicts] == [
        ("warning", "interests"),
        ("error", "interests"),
    ]


def test_lists_that_come_as_json_are_split_already():
    columns = ("email", "name", "team", "interests")
    table = Table("people", columns, 0, records=lambda: iter([(1, ["a@example.org", "Ann", "S", "Paris, Texas"])]))
    assert read_people(table).verdicts == ()


def test_a_time_that_nobody_else_has_is_a_warning():
    assert warned("times", "Mon", "Mon;Tue", "Tuesday; Fri", "TUE") == [
        f'people.csv, line 4, column times: Nobody else in this file has any of the times "Tuesday; Fri". {TIME}'
    ]


def test_a_language_that_nobody_else_speaks_is_a_warning():
    assert warned("languages", "de", "Klingon", "en;DE") == [
        f'people.csv, line 3, column languages: Nobody else in this file has the language "Klingon". {LANGUAGE}'
    ]


@pytest.mark.parametrize("cells", [("Mon", ""), ("Mon", "Tue", ""), ("Mon", "mon"), ("Mon;Tue", "Mon;Wed"), ("Mon",)])
def test_one_person_in_common_is_company_enough(cells):
    assert warned("times", *cells) == []


def test_an_item_twice_in_one_list_is_not_company():
    assert len(warned("times", "Mon; MON", "Tue", "tue")) == 1


def test_twenty_thousand_lonely_people_are_quick():
    assert len(warned("times", *map(str, range(20_000)))) == 20_000
