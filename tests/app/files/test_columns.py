"""Promises: columns of other names are found, told, and never guessed where the organiser says which is which."""

import pytest

from app.files.people import read_people
from app.files.table import read_table


def read(text, **wanted):
    return read_people(read_table(text.encode(), "people.csv"), wanted)


def told(file, level="note"):
    return [str(verdict) for verdict in file.verdicts if verdict.level == level]


def names(file):
    return [(row.email, row.name, row.team) for row in file.rows]


EIGHT = "".join(f"B,,b{number}@example.org\n" for number in range(8))
ANN = [("ann@example.org", "Ann Lee", "Sales")]


@pytest.mark.parametrize(
    "text",
    [
        "E-Mail-Adresse;Vollständiger Name;Abteilung\nann@example.org;Ann Lee;Sales\n",
        "Courriel,Nom complet,Équipe\nann@example.org,Ann Lee,Sales\n",
        "Email address,Display name,Department\nann@example.org,Ann Lee,Sales\n",
        "First name,Last name,Work email,Dept\nAnn,Lee,ann@example.org,Sales\n",
        "Surname,Given name,Mail,Team\nLee,Ann,ann@example.org,Sales\n",
        "Vorname,Name,E-Mail,Bereich\nAnn,Lee,ann@example.org,Sales\n",
        "Prénom,Nom,Courriel,Service\nAnn,Lee,ann@example.org,Sales\n",
        "First name,Name,Email,Team\nAnn,Ann Lee,ann@example.org,Sales\n",
        "First name,Last name,Full name,Email,Team\nA.,L.,Ann Lee,ann@example.org,Sales\n",
        "First name,Last name,Email,Team\nAnn Lee,,ann@example.org,Sales\n",
    ],
)
def test_what_other_programs_and_languages_call_the_columns_is_understood(text):
    assert names(read(text)) == ANN


@pytest.mark.parametrize(
    "text",
    [
        "Dienst-E-Mail,name,team\nann@example.org,Ann Lee,Sales\n",
        "name,team,Contact,Reports to\nAnn Lee,Sales,ann@example.org,boss@example.org\n",
        "name,team,Slack,Contact\nAnn Lee,Sales,@ann,ann@example.org\nB,,@b,b@example.org\n",
        "name,team,Address\nAnn Lee,Sales,ann@example.org\n" + EIGHT + "Cy,,no address\n",
    ],
)
def test_the_only_column_of_addresses_needs_no_heading_that_we_know(text):
    file = read(text)
    assert names(file)[:1] == ANN
    assert any("column email" in note and "is taken for it" in note for note in told(file))


@pytest.mark.parametrize(
    "text",
    [
        "Work,Home,name,team\nann@example.org,ann@home.example,Ann Lee,Sales\n",
        "Reports to,name,team\nboss@example.org,Ann Lee,Sales\n",
        "id,name,team\nann@example.org,Ann Lee,Sales\n",
        "Line manager's e-mail,name,team\nboss@example.org,Ann Lee,Sales\n",
        "Chef (E-Mail),name,team\nboss@example.org,Ann Lee,Sales\n",
        "Emergency contact,name,team\nmum@example.org,Ann Lee,Sales\n",
        "Approver,name,team\nboss@example.org,Ann Lee,Sales\n" + "boss@example.org,Bo Day,Sales\n" * 3,
        "interests,name,team\nann@example.org,Ann Lee,Sales\n",
        "asks,name,team\nwhat they do @ CERN,Ann Lee,Sales\n",
        "Slack,name,team\n@ann,Ann Lee,Sales\n",
        "Notes,name,team\nboss@example.org,Ann Lee,Sales\n,Bo Day,Sales\n",
    ],
)
def test_which_of_several_addresses_or_whose_is_never_guessed(text):
    file = read(text)
    assert not file.rows
    assert not any("column email" in note for note in told(file))


def test_each_guess_is_told_and_so_is_what_is_ignored():
    file = read("First name,Last name,E-Mail,Department,Shoe size\nAnn,Lee,ann@example.org,Sales,38\n")
    way_out = "If that is wrong, say which column it is: --map"
    assert told(file) == [
        f'people.csv, line 1, column email: "E-Mail" is taken for it. {way_out} email=… (in the API: map).',
        f'people.csv, line 1, column team: "Department" is taken for it. {way_out} team=… (in the API: map).',
        'people.csv, line 1, column name: "First name" and "Last name" are taken for it. '
        f"{way_out} name=… (in the API: map).",
    ]
    assert [verdict.column for verdict in file.verdicts if verdict.level == "warning"] == ["shoe_size"]


def test_our_own_names_are_taken_at_their_word_and_need_no_note():
    assert read("email,name,team\nann@example.org,Ann Lee,Sales\n").verdicts == ()


def test_the_organiser_says_which_column_is_which():
    text = "name,Anrede,Kontakt,Kostenstelle\nLee,Ann Lee,ann@example.org,Sales\n"
    file = read(text, name="Anrede", email="kontakt", team="KOSTENSTELLE")
    assert (names(file), file.verdicts) == (ANN, ())


def test_two_columns_are_put_together_on_demand():
    file = read("Ruf,Stamm,email,team\nAnn,Lee,ann@example.org,Sales\n", name="Ruf+Stamm")
    assert (names(file), told(file)) == (ANN, [])
    plus = read("Ruf+Stamm,email,team\nAnn Lee,ann@example.org,Sales\n", name="Ruf+Stamm")
    assert names(plus) == ANN


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (
            {"name": "Full name"},
            'people.csv, line 1: There is no column "Full name" to be taken for name; found: email, name, team. '
            "Write it as it stands in the first line.",
        ),
        ({"nickname": "name"}, 'people.csv, line 1: "nickname" is no column that we know. These can be named: email, '),
        ({"name": "name+"}, 'people.csv, line 1: There is no column "name+" to be taken for name; found:'),
    ],
)
def test_a_column_that_is_not_there_makes_the_file_unusable(wanted, words):
    file = read("email,name,team\nann@example.org,Ann Lee,Sales\n", **wanted)
    assert file.broken
    assert [one[: len(words)] for one in told(file, "error")] == [words]


def test_a_line_that_is_too_short_keeps_its_verdict():
    file = read("First name,Last name,email,team\nAnn\nAnn,Lee,ann@example.org,Sales\n")
    assert names(file) == ANN
    assert told(file, "error")[0].startswith("people.csv, line 2: This line has 1 column where the header has 4.")


def test_hostile_headings_are_shown_harmlessly_and_change_nothing():
    text = "email,name,team,=cmd|'/c calc'!A1,\u202egnp\nann@example.org,Ann Lee,Sales,x,y\n"
    file = read(text, location="\u202egnp")
    assert (names(file), file.rows[0].location) == (ANN, "y")
    assert all(str(verdict).isprintable() for verdict in file.verdicts)
