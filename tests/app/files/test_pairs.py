"""History, blocks and knows: pairs by address or id."""

import pytest

from app.files.pairs import HistoryRow, PairRow, read_blocks, read_history, read_knows
from app.files.table import read_table

KNOWN = {
    "ann@example.org": "A1",
    "A1": "A1",
    "ben@example.org": "ben@example.org",
    "cleo@xn--mnchen-3ya.example.org": "C3",
    "C3": "C3",
}


def history(text):
    return read_history(read_table(text.encode(), "history.csv"), KNOWN, "people.csv")


def blocks(text):
    return read_blocks(read_table(text.encode(), "blocks.csv"), KNOWN, "people.csv")


def said(file):
    return [str(verdict) for verdict in file.verdicts]


def test_people_are_found_by_id_and_by_any_spelling_of_their_address():
    file = history("round,a,b\n3,A1,BEN@example.org\n4,ann@EXAMPLE.org, Cleo@München.example.org\n")
    assert file.rows == (HistoryRow(2, 3, "A1", "ben@example.org"), HistoryRow(3, 4, "A1", "C3"))
    assert file.verdicts == ()


def test_a_pair_is_the_same_both_ways_round_and_may_be_repeated():
    file = read_knows(read_table(b"b,a\nA1,C3\nC3,A1\nA1,C3\n", "knows.csv"), KNOWN)
    assert file.rows == (PairRow(2, "A1", "C3"), PairRow(3, "A1", "C3"), PairRow(4, "A1", "C3"))
    assert file.verdicts == ()


def test_a_block_that_names_nobody_is_refused():
    file = blocks("a,b\nann@example.org,zed@example.org\nA1,C3\n")
    assert said(file) == [
        'blocks.csv, line 2, column b: "zed@example.org" names nobody in people.csv. '
        "Correct it, or add the person to people.csv."
    ]
    assert file.rows == (PairRow(3, "A1", "C3"),)


def test_a_history_line_about_strangers_is_refused():
    file = history("round,a,b\n1,yan@example.org,zed@example.org\n2,A1,C3\n")
    assert said(file) == [
        'history.csv, line 2, column a: "yan@example.org" names nobody in people.csv. '
        "Correct it, or add the person to people.csv.",
        'history.csv, line 2, column b: "zed@example.org" names nobody in people.csv. '
        "Correct it, or add the person to people.csv.",
    ]
    assert file.rows == (HistoryRow(3, 2, "A1", "C3"),)


def test_a_pair_of_one_person_is_refused_also_by_two_names():
    file = blocks("a,b\nA1,ann@example.org\n")
    assert said(file) == [
        "blocks.csv, line 2, column b: Both columns name the same person. Name two people, or remove the line."
    ]
    assert file.rows == ()


def test_an_empty_cell_is_refused():
    assert said(blocks("a,b\nA1,\n")) == [
        "blocks.csv, line 2, column b: The person is missing. Write an e-mail address or an id."
    ]


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", "The round is missing."),
        ("one", '"one" is not a round number.'),
        ("-1", '"-1" is not a round number.'),
        ("1.5", '"1.5" is not a round number.'),
        ("1e400", '"1e400" is not a round number.'),
        ("NaN", '"NaN" is not a round number.'),
        ("9" * 400, f'"{"9" * 60}…" is not a round number.'),
    ],
)
def test_a_round_that_is_no_sensible_whole_number_is_refused(number, problem):
    file = history(f"round,a,b\n{number},A1,C3\n1,A1,C3\n")
    assert said(file) == [
        f"history.csv, line 2, column round: {problem} "
        "Write a whole number from 0 to 99999999; a later round has a larger one."
    ]
    assert file.rows == (HistoryRow(3, 1, "A1", "C3"),)


def test_a_missing_column_is_named_with_the_columns_found():
    file = history("a,b\nA1,C3\n")
    assert said(file) == [
        'history.csv, line 1: The column "round" is missing; found: a, b. '
        "Name the columns in the first line, like this: round,a,b."
    ]
    assert file.rows == ()


def test_a_column_nobody_reads_is_a_warning():
    file = blocks("a,b,reason\nA1,C3,private\n")
    assert said(file) == ["blocks.csv, line 1, column reason: This column is not used. Known columns: a, b."]
    assert file.rows == (PairRow(2, "A1", "C3"),)


def test_bad_lines_of_the_table_are_among_the_verdicts():
    file = blocks("a,b\nA1\nA1,C3\n")
    assert [(verdict.line, verdict.level) for verdict in file.verdicts] == [(2, "error")]
    assert file.rows == (PairRow(3, "A1", "C3"),)


def test_an_empty_file_of_pairs_has_its_words_and_a_header_alone_is_fine():
    assert said(blocks("")) == ["blocks.csv: The file is empty. Begin with a header line that names the columns."]
    assert said(blocks("a,b\n")) == []
