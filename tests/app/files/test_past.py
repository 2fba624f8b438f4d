"""Promises: what other tools keep is recognised by content, named, and read as who met whom in which round."""

import io
import json
import zipfile

import openpyxl
import pytest

from app.files.pairs import known_names, read_history
from app.files.past import read_past

PEOPLE = {"Ann Lee": "ann@x.org", "Ben": "ben@x.org", "Cy": "cy@x.org", "Di": "di@x.org", "Ed": "ed@x.org"}
KNOWN = {address: address for address in PEOPLE.values()}
NAMES = known_names(PEOPLE.items())
OTHERWISE = "If that is wrong, write it as a table with the columns round,a,b."


def read(content, name="past.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    return read_history(read_past(content, name), KNOWN, "people.csv", lambda: NAMES)


def met(file):
    """Round and the first letters of the two, once."""
    return sorted({(row.round, row.a[0] + row.b[0]) for row in file.rows})


def said(file, level="note"):
    return [str(verdict) for verdict in file.verdicts if verdict.level == level]


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_toml", ".toml").replace("_csv", ".csv"), text)
    return content.getvalue()


BEANS = [
    {"participant": person, "meeting": meeting, "meeting_title": "Weekly", "date": day, "time": "03:00PM"}
    for person, meeting, day in (
        ("ann@x.org", 7, "2026-03-09T15:00:00"),
        ("cy@x.org", 8, "2026-03-02T15:00:00"),
        ("ben@x.org", 7, "2026-03-09T15:00:00"),
        ("ann@x.org", 8, "2026-03-02T15:00:00"),
        *((one, 9, "2026-03-09T15:00:00") for one in ("cy@x.org", "di@x.org", "ed@x.org")),
    )
]
TOML = """cost = 10
round = 12

[[pair]]
primary = "Ann Lee"
secondary = "Ben"
caviats = ["paired before"]

[[pair]]
primary = "Cy"
secondary = "Cy"
"""
SOLUTION = "primary,secondary,caveat\nAnn Lee,Ben,paired before\nDi,Cy,\nEd,Ed,\n"
SHEETS = {
    "several people a line": (
        "round,email_a,email_b,email_c\n3,ann@x.org,ben@x.org,\n4,ann@x.org,cy@x.org,di@x.org\n",
        [(3, "ab"), (4, "ac"), (4, "ad"), (4, "cd")],
        "a list of people with rounds: 2 rounds",
    ),
    "a list with dates": (
        "Date,Person 1,Person 2\n2026-03-09,Ann Lee,Ben\n2026-02-09,Cy,ann@x.org\n2026-03-09,Cy,Di\n",
        [(1, "ac"), (2, "ab"), (2, "cd")],
        "a list of people with dates, a round each day: 2 rounds",
    ),
    "two columns of any name, newest last": (
        "Who,With whom\nAnn Lee,Ben\nCy,Di\nann@x.org,Cy\nBen,Di\n",
        [(1, "ab"), (1, "cd"), (2, "ac"), (2, "bd")],
        "a list without rounds, the newest last: 2 rounds",
    ),
    "two columns without a header": (
        "ann@x.org,ben@x.org\nann@x.org,cy@x.org\n",
        [(1, "ab"), (2, "ac")],
        "a list without rounds, the newest last: 2 rounds",
    ),
    "a mail merge": (
        "Name,Email,Your match,Your match email\nAnn Lee,ann@x.org,Ben,ben@x.org\nBen,ben@x.org,Ann Lee,ann@x.org\n"
        "Cy,cy@x.org,,\n",
        [(1, "ab")],
        "a mail merge, a line a person with their match: 1 round",
    ),
    "a mail merge of trios, by name": (
        "Name,Match 1,Match 2\nAnn Lee,Ben,Cy\nBen,Ann Lee,Cy\nCy,Ann Lee,Ben\nDi,Ed,\nEd,Di,\n",
        [(1, "ab"), (1, "ac"), (1, "bc"), (1, "de")],
        "a mail merge, a line a person with their match: 1 round",
    ),
    "a mail merge of several rounds": (
        "Runde;Email;Partner\n5;ann@x.org;Ben\n5;ben@x.org;Ann Lee\n7;ann@x.org;Cy\n",
        [(5, "ab"), (7, "ac")],
        "a mail merge, a line a person with their match: 2 rounds",
    ),
    "a column a round": (
        "Name,Round 1,Round 2\nAnn Lee,Ben,Cy\nBen,Ann Lee,\nCy,,Ann Lee\n",
        [(1, "ab"), (2, "ac")],
        "a line a person, and a column a round: 2 rounds",
    ),
    "Yelp Beans": (
        json.dumps(BEANS),
        [(1, "ac"), (2, "ab"), (2, "cd"), (2, "ce"), (2, "de")],
        "meetings of Yelp Beans, a round each day: 2 rounds",
    ),
    "a round of colette": (TOML, [(12, "ab")], "a round of colette: 1 round"),
    "rounds of colette": (
        zipped(
            x__solution_000012_toml=TOML, solution_000012_csv=SOLUTION, solution_000013_csv=SOLUTION, people_csv="x"
        ),
        [(12, "ab"), (13, "ab"), (13, "cd")],
        "rounds of colette: 2 rounds",
    ),
}


@pytest.mark.parametrize("what", SHEETS)
def test_each_format_is_recognised_and_named(what):
    content, expected, words = SHEETS[what]
    file = read(content)
    assert met(file) == expected
    assert said(file) == [f"past.csv: This was read as {words}. {OTHERWISE}"]
    assert said(file, "error") == said(file, "warning") == []


def test_a_csv_of_colette_has_its_round_in_its_name():
    file = read(SOLUTION, "rounds/solution_000013.csv")
    assert met(file) == [(13, "ab"), (13, "cd")]
    assert "This was read as colette's pairs of round 13: 1 round." in said(file)[0]


def test_our_own_format_is_read_as_ever_and_needs_no_note():
    file = read("round,a,b\n3,ann@x.org,Ben\n")
    assert (met(file), file.verdicts) == ([(3, "ab")], ())


def test_a_workbook_is_recognised_too():
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in (("Date", "Member A", "Member B"), ("2026-03-02", "Ann Lee", "Ben")):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(content)
    assert met(read(content.getvalue(), "past.xlsx")) == [(1, "ab")]


def test_strangers_and_people_of_one_name_are_named_with_their_line():
    names = known_names([*PEOPLE.items(), ("ann  LEE", "other@x.org")])
    table = read_past(b"Who,With\nAnn Lee,Ben\nBen,Nobody\nBen,Cy\n", "past.csv")
    file = read_history(table, KNOWN, "people.csv", lambda: names)
    assert met(file) == [(3, "bc")]
    assert said(file, "error") == [
        'past.csv, line 2, column a: Several people are called "Ann Lee". Write an e-mail address or an id.',
        'past.csv, line 3, column b: "Nobody" names nobody in people.csv. Correct it, or add the person to people.csv.',
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"meeting": 1, "participant": "ann@x.org"}]', "past.csv, line 1: This entry lacks a participant or a date."),
        ('[{"meeting": 1, "participant": 3, "date": "2026"}]', "line 1: This entry lacks a participant or a date."),
        ('{"people": []}', "past.csv: This JSON is not a list of meetings."),
        ("[[pair]]\nprimary = 3", "past.csv: This looks like a round of colette and cannot be read as one."),
        ("round = -4\n[[pair]]\nprimary = 'a'\nsecondary = 'b'", "past.csv: -4 is not a round number."),
        ("date,a,b\n31.12.26,ann@x.org,ben@x.org\n", 'past.csv, line 2: "31.12.26" is not a date.'),
        ("round,person_1,person_2\nfirst,Ben,Cy\n", 'past.csv, line 2: "first" is not a round number.'),
        ("one,two,three\n1,2,3\n", 'past.csv, line 1: The column "round" is missing; found: one, two, three.'),
        (b"PK\x03\x04broken", "past.csv: This is a broken Excel workbook."),
        (zipped(solution_000001_toml="[[pair]]"), "past.csv/solution_000001.toml: This looks like a round of colette"),
        (zipped(solution_000001_csv="a,b\n"), "past.csv/solution_000001.csv: There are no columns primary and second"),
        (zipped(notes_csv="a"), "past.csv: This is a ZIP file, and not an Excel workbook."),
        ("[" * 100_000, "past.csv"),
        ("", "past.csv: The file is empty."),
        (b"\x00\x01", "past.csv"),
    ],
)
def test_what_cannot_be_read_is_told_and_never_raised(content, words):
    file = read(content)
    assert words in said(file, "error")[0]


def test_an_archive_that_promises_too_much_is_refused():
    content = zipped(**{f"solution_{number:06}_toml": TOML for number in range(2_001)})
    assert "far too large" in said(read(content), "error")[0]
    bomb = zipped(solution_000001_csv="primary,secondary\n")
    huge = bomb.replace(len("primary,secondary\n").to_bytes(4, "little"), (10**9).to_bytes(4, "little"))
    assert "far too large" in said(read(huge), "error")[0]


def test_formulas_stay_text_and_are_strangers():
    file = read("Who,With\n=HYPERLINK(1),Ben\n")
    assert [one.line for one in file.verdicts if one.level == "error"] == [2]
