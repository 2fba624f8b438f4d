"""The file of people: good rows as values, bad rows as verdicts."""

import io
from datetime import date

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from app.files.people import PersonRow, read_people
from app.files.table import read_table

UTF8 = 'Save the file as UTF-8 (in Excel: Save As, "CSV UTF-8").'
EXAMPLE = "Write it like name@example.org."


def people(text):
    return read_people(read_table(text.encode() if isinstance(text, str) else text, "people.csv"))


def said(text):
    """What is wrong; which column is taken for which is in `test_columns`."""
    return [str(verdict) for verdict in people(text).verdicts if verdict.level != "note"]


def one(column, value):
    """The verdicts on a single person with one more column."""
    return said(f'email,name,team,{column}\nann@example.org,Ann,Sales,"{value}"\n')


def test_three_columns_are_enough():
    file = people("email,name,team\nAnn@Example.org, Ann  Lee ,Sales\n")
    assert file.verdicts == ()
    assert file.rows == (
        PersonRow(
            line=2,
            email="Ann@Example.org",
            mailbox="Ann@example.org",
            key="ann@example.org",
            name="Ann Lee",
            team="Sales",
        ),
    )
    assert file.rows[0].id == "ann@example.org"


def test_every_column_is_read():
    file = people(
        "team;name;email;id;location;interests;asks;offers;languages;times;size;trios;sat_out;paused_until;formats;"
        "access;time_zone;manager_email\n"
        'Sales;Ann;ann@example.org;A1;Berlin;" Chess;go ;;CHESS";Rust;"Go; Tea";"de;en";Mon am;3;1;2;'
        "2026-12-31;Remote;A ramp;Europe/Rome;Maya@Example.org\n"
    )
    assert file.verdicts == ()
    assert file.rows == (
        PersonRow(
            line=2,
            email="ann@example.org",
            mailbox="ann@example.org",
            key="ann@example.org",
            name="Ann",
            team="Sales",
            external_id="A1",
            location="Berlin",
            interests=("Chess", "go"),
            asks=("Rust",),
            offers=("Go", "Tea"),
            languages=("de", "en"),
            times=("Mon am",),
            size=3,
            trios=1,
            sat_out=2,
            paused_until=date(2026, 12, 31),
            format="remote",
            access="A ramp",
            time_zone="Europe/Rome",
            manager_email="Maya@example.org",
        ),
    )
    assert file.rows[0].id == "A1"
    assert file.known == {"ann@example.org": "A1", "A1": "A1"}


def test_a_missing_column_is_named_with_the_columns_found():
    content = "E-Mail, Call  Name,Sat-Out\nann@example.org,Ann,0\n"
    assert said(content) == [
        'people.csv, line 1: The column "name" is missing; found: E-Mail, Call  Name, Sat-Out. '
        "Name the columns in the first line, like this: email,name,team.",
        'people.csv, line 1: The column "team" is missing; found: E-Mail, Call  Name, Sat-Out. '
        "Name the columns in the first line, like this: email,name,team.",
    ]
    assert people(content).broken


@pytest.mark.parametrize(
    "header",
    [
        *("email,name,team", "E-Mail,Full Name,Department", "e_mail,full_name,dept", "Mail,FULL-NAME,DEPT"),
        *("Email address,name,team", "E-Mail Address,name,team", "EMAIL-ADDRESS,Name,Department"),
    ],
)
def test_the_names_that_people_give_their_columns_are_understood(header):
    file = people(f"{header}\nann@example.org,Ann,Sales\n")
    assert {verdict.level for verdict in file.verdicts} <= {"note"}
    assert [(row.email, row.name, row.team) for row in file.rows] == [("ann@example.org", "Ann", "Sales")]


def test_another_name_of_a_column_counts_only_where_the_real_one_is_absent():
    file = people("mail,email,name,team,dept\nfoo,ann@example.org,Ann,Sales,Bar\n")
    assert [(row.email, row.team) for row in file.rows] == [("ann@example.org", "Sales")]
    assert [(verdict.level, verdict.column) for verdict in file.verdicts] == [("warning", "mail"), ("warning", "dept")]


def test_of_two_other_names_of_one_column_one_is_read_and_the_other_told():
    file = people("mail,e-mail,name,team\nfoo,ann@example.org,Ann,Sales\n")
    assert [row.email for row in file.rows] == ["ann@example.org"]
    assert [(verdict.level, verdict.column) for verdict in file.verdicts] == [("note", "email"), ("warning", "mail")]


def test_a_verdict_on_a_renamed_column_uses_the_name_of_the_docs():
    assert said("E-Mail,name,team\nfoo,Ann,Sales\n") == [
        f'people.csv, line 2, column email: "foo" is not an e-mail address. {EXAMPLE}'
    ]


def test_a_file_without_a_header_is_recognised():
    (words, *_) = said("ann@example.org,Ann,Sales\n")
    assert words == (
        'people.csv, line 1: The column "email" is missing; found: ann@example.org, Ann, Sales. '
        "The first line looks like data: put a header line above it, like this: email,name,team."
    )


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../passwd", "Europe", "+01:00"])
def test_a_time_zone_that_nobody_knows_is_refused(zone: str):
    file = people(f"email,name,team,time_zone\nann@example.org,Ann,Sales,{zone}\n")
    assert [verdict.column for verdict in file.verdicts] == ["time_zone"]
    assert file.rows == ()


def test_who_is_named_as_their_own_line_manager_has_none():
    file = people("email,name,team,manager_email\nann@example.org,Ann,,Ann@Example.org\n")
    assert [(verdict.column, verdict.level) for verdict in file.verdicts if verdict.column != "team"] == [
        ("manager_email", "warning")
    ]
    assert [row.manager_email for row in file.rows] == [""]


@pytest.mark.parametrize("heading", ["Manager", "Line manager", "Reports to", "Führungskraft", "manager e-mail"])
def test_a_column_of_line_managers_is_found_by_its_usual_names_where_it_holds_addresses(heading: str):
    written = people(
        f"email,name,team,{heading}\nann@example.org,Ann,Sales,maya@example.org\nbo@example.org,Bo,Sales,\n"
    )
    assert [row.manager_email for row in written.rows] == ["maya@example.org", ""]
    by_name = people(f"email,name,team,{heading}\nann@example.org,Ann,Sales,Maya Patel\n")
    assert [row.manager_email for row in by_name.rows] == [""]
    assert [verdict.level for verdict in by_name.verdicts] == ["warning"]


def test_a_line_manager_who_is_no_address_is_refused_with_place_and_way_out():
    file = people("email,name,team,manager_email\nann@example.org,Ann,Sales,Maya Patel\n")
    [said] = map(str, file.verdicts)
    assert said == (
        'people.csv, line 2, column manager_email: "Maya Patel" is not an e-mail address. '
        "Write it like name@example.org."
    )


def test_an_unknown_column_is_a_warning_and_the_rows_are_read():
    file = people("email,name,team,shoe size\nann@example.org,Ann,Sales,41\n")
    assert [str(verdict) for verdict in file.verdicts] == [
        "people.csv, line 1, column shoe_size: This column is not used. Known columns: email, name, team, id, "
        "location, interests, asks, offers, languages, times, size, trios, sat_out, paused_until, formats, "
        "access, time_zone, manager_email."
    ]
    assert [verdict.level for verdict in file.verdicts] == ["warning"]
    assert len(file.rows) == 1


def test_a_broken_address_is_refused_on_its_line_and_column():
    assert said("email,name,team\na@example.org,Ann,S\nb@example.org,Ben,S\nfoo,Cleo,S\n") == [
        f'people.csv, line 4, column email: "foo" is not an e-mail address. {EXAMPLE}'
    ]


def test_a_duplicate_address_is_refused_on_the_later_line_naming_the_earlier():
    file = people("email,name,team\nann@example.org,Ann,S\nben@example.org,Ben,S\n ANN@example.ORG,Anna,S\n")
    assert [str(verdict) for verdict in file.verdicts] == [
        "people.csv, line 4, column email: This address is already on line 2. Keep one of the two lines."
    ]
    assert [row.line for row in file.rows] == [2, 3]


def test_a_duplicate_id_is_refused_on_the_later_line_naming_the_earlier():
    assert said("id,email,name,team\n7,a@example.org,Ann,S\n7,b@example.org,Ben,S\n") == [
        "people.csv, line 3, column id: This id is already on line 2. Keep one of the two lines."
    ]


def test_an_id_that_is_the_address_of_somebody_else_is_refused():
    file = people("id,email,name,team\nB@example.org,a@example.org,Ann,S\n,b@example.org,Ben,S\n")
    assert [str(verdict) for verdict in file.verdicts] == [
        "people.csv, line 2, column id: This id is the address of another person, on line 3. Write another id."
    ]
    assert [row.line for row in file.rows] == [3]


def test_ones_own_address_may_be_the_id():
    file = people("id,email,name,team\na@example.org,a@example.org,Ann,S\n")
    assert (file.verdicts, [row.id for row in file.rows]) == ((), ["a@example.org"])


def test_an_empty_name_is_refused_and_an_empty_team_is_only_mentioned():
    file = people("email,name,team\na@example.org,,S\nb@example.org,Ben,\n")
    assert [(verdict.level, str(verdict)) for verdict in file.verdicts] == [
        ("error", "people.csv, line 2, column name: The name is missing. Write it in this column."),
        (
            "warning",
            "people.csv, line 3, column team: The team is empty. "
            "Nobody counts as a colleague of this person; write the team if there is one.",
        ),
    ]
    assert [(row.name, row.team) for row in file.rows] == [("Ben", "")]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("size", "4", '"4" is not a group size. Write 2 or 3, or leave it empty.'),
        ("formats", "by post", '"by post" is no way of meeting. Write in person, remote, or both with ; between them.'),
        ("size", "two", '"two" is not a group size. Write 2 or 3, or leave it empty.'),
        ("trios", "-1", '"-1" is not a count. Write a whole number from 0, or leave it empty.'),
        ("sat_out", "1e9", '"1e9" is not a count. Write a whole number from 0, or leave it empty.'),
        ("sat_out", "٣", '"٣" is not a count. Write a whole number from 0, or leave it empty.'),
        ("trios", "9999999", '"9999999" is not a count. Write a whole number from 0, or leave it empty.'),
        ("paused_until", "31.12.2026", '"31.12.2026" is not a date. Write it like 2026-12-31.'),
        ("paused_until", "2026-02-30", '"2026-02-30" is not a date. Write it like 2026-12-31.'),
        ("paused_until", "20261231", '"20261231" is not a date. Write it like 2026-12-31.'),
        ("interests", ";".join(map(str, range(51))), "This list has 51 items. Write at most 50."),
        (
            "asks",
            "go;a\nb",
            '"a\\nb" contains a line break. Write it on one line, in ordinary characters.',
        ),
        ("offers", "x" * 101, f'The item "{"x" * 60}…" has 101 characters. Write at most 100.'),
        ("id", "=?x", '"=?x" contains "=?", which mail programs take for a code. Leave out the "=?".'),
    ],
)
def test_a_bad_value_is_refused_on_its_column(column, value, words):
    assert one(column, value) == [f"people.csv, line 2, column {column}: {words}"]


def test_one_row_can_have_several_verdicts_and_bad_rows_never_stop_the_others():
    file = people("email,name,team,size\nfoo,,S,9\nb@example.org,Ben,S,2\nbar,Bar,S,\nd@example.org,Dan,S,3\n")
    assert [(verdict.line, verdict.column) for verdict in file.verdicts] == [
        (2, "email"),
        (2, "name"),
        (2, "size"),
        (4, "email"),
    ]
    assert [row.name for row in file.rows] == ["Ben", "Dan"]


def test_a_latin_1_file_is_refused_as_a_whole_with_the_way_out():
    text = "email,name,team\na@example.org,Jos\xe9,S\nb@example.org,Ben,S\nc@example.org,J\xf6rg,S\n"
    content = text.encode("latin-1")
    assert said(content) == [
        f'people.csv, line 2, column name: "Jos\\xe9" is not UTF-8, so the file cannot be read. {UTF8}'
    ]
    assert (people(content).broken, people(content).rows) == (True, ())


def test_a_header_without_people_is_mentioned():
    file = people("email,name,team\n")
    assert [str(verdict) for verdict in file.verdicts] == [
        "people.csv: There is nobody below the header. Write one line for each person."
    ]
    assert not file.broken


def test_a_broken_table_says_why_and_no_more():
    assert said("email|name|team\n") == [
        'people.csv, line 1: The columns are separated by "|": "email|name|team". '
        "Save the file with commas, semicolons or tabs between the columns."
    ]


def test_a_workbook_of_people_is_read():
    book = openpyxl.Workbook()
    assert isinstance(book.active, Worksheet)
    for row in (["Email", "Name", "Team", "Size"], ["ann@example.org", "Ann", "Sales", 3], ["foo", "Ben", "Sales"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    file = people(out.getvalue())
    assert [(row.line, row.name, row.size) for row in file.rows] == [(2, "Ann", 3)]
    assert [str(verdict) for verdict in file.verdicts] == [
        f'people.csv, line 3, column email: "foo" is not an e-mail address. {EXAMPLE}'
    ]


def test_twenty_thousand_people_are_read():
    lines = "".join(f"member{i}@institute.example,Jürgen {i},Team {i % 40}\n" for i in range(20_000))
    file = people(f"email,name,team\n{lines}")
    assert (len(file.rows), file.verdicts) == (20_000, ())


@pytest.mark.parametrize(
    ("cell", "format_"),
    [
        *(("in person", "in_person"), ("In-Person", "in_person"), ("in_person", "in_person"), (" remote ", "remote")),
        *(("", None), ("in person; remote", None), ("remote;remote", "remote"), (";", None)),
    ],
)
def test_who_names_one_way_of_meeting_insists_on_it_and_who_names_both_does_not(cell, format_):
    file = people(f'email,name,team,formats\nann@example.org,Ann,Sales,"{cell}"\n')
    assert (file.verdicts, [row.format for row in file.rows]) == ((), [format_])


def test_what_somebody_needs_has_room_for_three_hundred_characters():
    assert one("access", "x" * 300) == []
    assert "has 301 characters. Write at most 300." in one("access", "x" * 301)[0]
