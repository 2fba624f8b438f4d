"""`coffee match` through its own door: answers on standard output, words on standard error, exit codes."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import typer
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from app.commands.match import match_command

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = (
    "email,name,team\n"
    "ann@example.org,Ann,Sales\n"
    "ben@example.org,Ben,Sales\n"
    "cleo@example.org,Cleo,Research\n"
    "dan@example.org,Dan,Research\n"
)

coffee = typer.Typer(rich_markup_mode=None)  # plain words, also where colours are forced
coffee.command("match")(match_command)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(**files):
    for name, text in files.items():
        Path(f"{name}.csv").write_text(text, encoding="utf-8")


def run(*words, stdin=None):
    return CliRunner().invoke(coffee, [str(word) for word in words], input=stdin)


def answer(*words, stdin=None):
    result = run(*words, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


# --- answers ----------------------------------------------------------------------------------------------------------


def test_the_answer_has_the_keys_of_the_contract_and_nothing_else_is_on_standard_output():
    write(people=PEOPLE)
    result = run("--people", "people.csv", "--seed", 7)
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(found) == ["seed", "size", "groups", "left_out", "certificate", "shadows"]
    assert (found["seed"], found["size"], found["left_out"], found["shadows"]) == (7, 2, [], [])
    assert sorted(one for group in found["groups"] for one in group) == [
        "ann@example.org",
        "ben@example.org",
        "cleo@example.org",
        "dan@example.org",
    ]
    assert found["certificate"]["same_team"] == 0
    assert result.stderr.splitlines() == [
        "4 people: 2 groups, 0 left out, 0 repeats; seed 7.",
        "After this round: 2 rounds are left before anyone must meet again.",
    ]


def test_a_seed_that_is_not_given_is_drawn_and_replays_the_round():
    write(people=PEOPLE)
    first = answer("--people", "people.csv")
    assert first == answer("--people", "people.csv", "--seed", first["seed"])


def test_the_order_of_lines_and_columns_does_not_matter():
    people = [f"p{i}@example.org,Person {i},Team {i % 4},chess;go {i % 3}" for i in range(21)]
    history = [f"{i % 3},p{i}@example.org,p{i + 1}@example.org" for i in range(15)]
    blocks = ["p1@example.org,p9@example.org", "p2@example.org,p10@example.org"]
    write(
        people="\n".join(["email,name,team,interests", *people]),
        history="\n".join(["round,a,b", *history]),
        blocks="\n".join(["a,b", *blocks]),
        people2="\n".join(["email,name,team,interests", *reversed(people)]),
        history2="\n".join(["a,round,b", *(",".join(line.split(",")[i] for i in (2, 0, 1)) for line in history[::-1])]),
        blocks2="\n".join(["b,a", *reversed(blocks)]),
    )
    files = ["--people", "people.csv", "--history", "history.csv", "--blocks", "blocks.csv"]
    swapped = ["--people", "people2.csv", "--history", "history2.csv", "--blocks", "blocks2.csv"]
    words = ["--seed", 5, "--interests", "jaccard", "--shadows", 2]
    assert answer(*files, *words) == answer(*swapped, *words)


def test_the_id_column_names_people_in_the_answer_and_in_the_other_files():
    write(
        people="id,email,name,team\n7,Ann@example.org,Ann,S\n,Ben@Example.org,Ben,S\n9,cleo@example.org,Cleo,R\n",
        blocks="a,b\n7,BEN@example.org\n7,cleo@example.org\n",
    )
    found = answer("--people", "people.csv", "--blocks", "blocks.csv")
    assert found["groups"] == [["9", "ben@example.org"]]
    assert [one["id"] for one in found["left_out"]] == ["7"]
    assert found["left_out"][0]["reason"]


def test_topics_meet_whatever_their_spelling():
    write(people='email,name,team,interests\na@x.org,A,S,"CHESS; Go"\nb@x.org,B,R,chess\n')
    assert answer("--people", "people.csv", "--interests", "one-in-common")["certificate"]["score"] == 2


def test_nobody_is_matched_with_their_own_line_manager():
    write(people="email,name,team,reports to\nann@x.org,Ann,A,BEN@x.org\nben@x.org,Ben,B,boss@x.org\n")
    assert answer("--people", "people.csv")["groups"] == []


def test_history_blocks_and_knows_are_kept():
    write(
        people=PEOPLE,
        history="round,a,b\n1,ann@example.org,cleo@example.org\n1,ben@example.org,dan@example.org\n",
        blocks="a,b\nann@example.org,dan@example.org\n",
        knows="a,b\nben@example.org,cleo@example.org\n",
    )
    found = answer(
        "--people", "people.csv", "--history", "history.csv", "--blocks", "blocks.csv", "--knows", "knows.csv"
    )
    assert found["groups"] == [
        ["ann@example.org", "ben@example.org"],
        ["cleo@example.org", "dan@example.org"],
    ]


def test_a_csv_answer_has_a_line_for_each_person_and_no_formula():
    write(people="email,name,team\nann@x.org,=Ann,S\nben@x.org,\"Ben, Jr.\",S\ncleo@x.org,Cleo,R\n", blocks="a,b\n"
          "cleo@x.org,ann@x.org\ncleo@x.org,ben@x.org\n")  # fmt: skip
    result = run("--people", "people.csv", "--blocks", "blocks.csv", "--format", "csv", "--seed", 1)
    header, *lines = csv.reader(io.StringIO(result.stdout))
    assert header == ["group", "name", "email", "team", "reason"]
    assert lines[:2] == [
        ["1", "'=Ann", "ann@x.org", "S", ""],
        ["1", "Ben, Jr.", "ben@x.org", "S", ""],
    ]
    assert lines[2][:4] == ["", "Cleo", "cleo@x.org", "R"]
    assert lines[2][4]
    assert "seed 1." in result.stderr


def test_a_csv_answer_has_ids_where_the_people_file_has_some():
    write(people="id,email,name,team\n7,ann@x.org,Ann,S\n,Ben@x.org,Ben,S\n")
    result = run("--people", "people.csv", "--format", "csv", "--seed", 1)
    assert result.stdout.splitlines() == [
        "group,id,name,email,team,reason",
        "1,7,Ann,ann@x.org,S,",
        "1,ben@x.org,Ben,Ben@x.org,S,",
    ]


def test_a_csv_answer_in_a_file_has_the_mark_that_excel_wants_and_a_printed_one_has_not():
    write(people=PEOPLE)
    words = ["--people", "people.csv", "--seed", 7, "--format", "csv"]
    run(*words, "--out", "round.csv")
    written = Path("round.csv").read_bytes()
    assert written[:3] == b"\xef\xbb\xbf"
    assert written[3:] == run(*words).stdout_bytes == run(*words, "--out", "-").stdout_bytes


def test_a_json_answer_in_a_file_has_no_mark():
    write(people=PEOPLE)
    run("--people", "people.csv", "--seed", 7, "--out", "round.json")
    assert Path("round.json").read_bytes()[:1] == b"{"


def test_out_writes_the_answer_and_leaves_standard_output_empty():
    write(people=PEOPLE)
    result = run("--people", "people.csv", "--seed", 7, "--out", "answer.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(Path("answer.json").read_text(encoding="utf-8"))["seed"] == 7
    assert sorted(path.name for path in Path().iterdir()) == ["answer.json", "people.csv"]


def test_people_may_come_through_a_pipe():
    assert len(answer("--people", "-", stdin=PEOPLE)["groups"]) == 2


def test_a_workbook_is_read():
    book = openpyxl.Workbook()
    assert isinstance(book.active, Worksheet)
    for line in PEOPLE.splitlines():
        book.active.append(line.split(","))
    book.save("people.xlsx")
    write(people=PEOPLE)
    assert answer("--people", "people.xlsx", "--seed", 3) == answer("--people", "people.csv", "--seed", 3)


@pytest.mark.parametrize(("people", "groups", "left_out"), [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 1, 0)])
def test_very_small_rounds_have_an_answer(people, groups, left_out):
    write(people="".join(PEOPLE.splitlines(keepends=True)[: people + 1]))
    found = answer("--people", "people.csv")
    assert (len(found["groups"]), len(found["left_out"])) == (groups, left_out)


def test_paused_people_are_not_in_the_round_and_it_is_said():
    write(people="email,name,team,paused_until\na@x.org,A,S,2026-05-02\nb@x.org,B,S,2026-05-01\nc@x.org,C,S,\n")
    result = run("--people", "people.csv", "--date", "2026-05-01", "--seed", 1)
    assert json.loads(result.stdout)["groups"] == [["b@x.org", "c@x.org"]]
    assert result.stderr == (
        "Paused on 2026-05-01, not in this round: a@x.org until 2026-05-02.\n"
        "2 people: 1 group, 0 left out, 0 repeats; seed 1.\n"
        "S has 2 of 2 people: 1 pair must stay inside.\n"
        "After this round: no round is left: someone must meet again.\n"
    )


def test_a_real_process_writes_only_json_and_the_same_under_any_locale_and_hash_seed():
    people = "email,name,team\n" + "".join(f"zoë{i}@example.org,Zoë {i},Bücher {i % 3}\n" for i in range(30))
    program = "import typer; from app.commands.match import match_command; typer.run(match_command)"
    outputs = set()
    for locale, hash_seed in [("C", "0"), ("tr_TR.ISO8859-9", "1"), ("C.UTF-8", "2")]:
        environment = {**os.environ, "LC_ALL": locale, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        environment |= {"PYTHONIOENCODING": "ascii"} if locale == "C" else {}
        done = subprocess.run(
            [sys.executable, "-c", program, "--people", "-", "--seed", "7", "--shadows", "1"],
            input=people.encode(),
            capture_output=True,
            env=environment,
            check=True,
        )
        outputs.add(done.stdout)
    (output,) = outputs
    assert len(json.loads(output)["groups"]) == 15


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_bad_lines_stop_the_round_and_every_verdict_is_printed():
    write(people="email,name,team\na@x.org,A,S\nfoo,B,S\nA@x.org,C,S\n", blocks="a,b\nzed@x.org,a@x.org\n")
    result = run("--people", "people.csv", "--blocks", "blocks.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        'people.csv, line 3, column email: "foo" is not an e-mail address. Write it like name@example.org.',
        "people.csv, line 4, column email: This address is already on line 2. Keep one of the two lines.",
        'blocks.csv, line 2, column a: "zed@x.org" names nobody in people.csv. '
        "Correct it, or add the person to people.csv.",
        "Nothing was matched: 3 bad lines. Correct, or leave out with --skip-bad.",
    ]


def test_skip_bad_leaves_bad_lines_out_and_says_so():
    write(
        people="email,name,team\na@x.org,A,S\nfoo,B,S\nc@x.org,C,S\n",
        history="round,a,b\n1,foo,a@x.org\n2,a@x.org,c@x.org\n",
    )
    result = run("--people", "people.csv", "--history", "history.csv", "--skip-bad", "--seed", 1)
    assert json.loads(result.stdout)["groups"] == [["a@x.org", "c@x.org"]]
    assert result.stderr.splitlines() == [
        'people.csv, line 3, column email: "foo" is not an e-mail address. Write it like name@example.org.',
        'history.csv, line 2, column a: "foo" names nobody in people.csv. Correct it, or add the person to people.csv.',
        "Left out: 2 bad lines (--skip-bad).",
        "2 people: 1 group, 0 left out, 1 repeat; seed 1.",
        "1 pair must meet again: 2 people have nobody new left to meet.",
        "S has 2 of 2 people: 1 pair must stay inside.",
        "After this round: no round is left: someone must meet again.",
    ]


def test_skip_bad_cannot_help_a_file_that_cannot_be_read():
    write(people="email,name\na@x.org,A\n", blocks="a,b\na@x.org,b@x.org\n")
    result = run("--people", "people.csv", "--blocks", "blocks.csv", "--skip-bad")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        'people.csv, line 1: The column "team" is missing; found: email, name. '
        "Name the columns in the first line, like this: email,name,team.",
        "Nothing was matched.",
    ]


@pytest.mark.parametrize("words", [[], ["--skip-bad"]])
def test_a_file_that_is_not_utf_8_stops_the_round_once_and_skip_bad_is_not_advised(words):
    names = PEOPLE.replace("Ann", "J\xfcrgen").replace("Dan", "J\xf6rg")
    Path("people.csv").write_bytes(names.encode("cp1252"))
    result = run("--people", "people.csv", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        'people.csv, line 2, column name: "J\\xfcrgen" is not UTF-8, so the file cannot be read. '
        'Save the file as UTF-8 (in Excel: Save As, "CSV UTF-8").',
        "Nothing was matched.",
    ]


def test_a_history_that_is_not_utf_8_stops_the_round_too():
    write(people=PEOPLE)
    Path("history.csv").write_bytes("round,a,b\n1,ann@example.org,J\xfcrgen\n".encode("cp1252"))
    result = run("--people", "people.csv", "--history", "history.csv", "--skip-bad")
    assert result.exit_code == 2
    assert result.stderr.startswith('history.csv, line 2, column b: "J\\xfcrgen" is not UTF-8')


def test_a_wrong_separator_stops_the_round():
    write(people=PEOPLE.replace(",", "|"))
    result = run("--people", "people.csv")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        'people.csv, line 1: The columns are separated by "|": "email|name|team". '
        "Save the file with commas, semicolons or tabs between the columns.",
        "Nothing was matched.",
    ]


def test_many_verdicts_are_counted_and_not_all_printed():
    write(people="email,name,team\n" + "foo,A,S\n" * 120)
    lines = run("--people", "people.csv").stderr.splitlines()
    assert len(lines) == 52
    assert lines[50:] == [
        "… and 70 more.",
        "Nothing was matched: 120 bad lines. Correct, or leave out with --skip-bad.",
    ]


def test_warnings_do_not_stop_the_round():
    write(people=PEOPLE.replace("team", "team,shoes", 1).replace("Sales\n", "Sales,\n").replace("ch\n", "ch,\n"))
    result = run("--people", "people.csv", "--seed", 1)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: people.csv, line 1, column shoes: This column is not used.")


def test_columns_of_other_names_are_guessed_and_told_or_named():
    write(people="E-Mail,Full Name,Kontor\na@x.org,A,S\nb@x.org,B,R\n")
    result = run("--people", "people.csv", "--seed", 1, "--map", "team=Kontor")
    assert json.loads(result.stdout)["groups"] == [["a@x.org", "b@x.org"]]
    assert [line[:42] for line in result.stderr.splitlines()[:2]] == [
        'note: people.csv, line 1, column email: "E',
        'note: people.csv, line 1, column name: "Fu',
    ]
    wrong = run("--people", "people.csv", "--map", "team")
    assert (wrong.exit_code, "--map team: write each column once" in wrong.stderr) == (2, True)


def test_hints_are_told_and_the_round_is_drawn():
    write(people='email,name,team,times\na@x.org,A,S,"Mon, Tue"\nb@x.org,B,R,Mon\nc@x.org,C,R,Mon\n')
    result = run("--people", "people.csv", "--seed", 1)
    assert json.loads(result.stdout)["groups"] == [["b@x.org", "c@x.org"]]
    assert result.stderr.splitlines() == [
        'warning: people.csv, line 2, column times: "Mon, Tue" counts as one. '
        "Separate several by a semicolon: Mon; Tue.",
        'warning: people.csv, line 2, column times: Nobody else in this file has the time "Mon, Tue". '
        "A group needs a time in common: check the spelling, or leave the cell empty if any will do.",
        "3 people: 1 group, 1 left out, 0 repeats; seed 1.",
        "1 person without a group: shares no time with anyone who takes part.",
        "R has 2 of 3 people: 1 pair must stay inside.",
        "After this round: no round is left: someone must meet again.",
    ]


def test_the_help_calls_values_by_plain_names():
    text = run("--help").stdout
    assert "<" not in text
    for words in ("--size NUMBER", "--seed NUMBER", "--date DATE", "--history FILE"):
        assert words in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--people", "nobody.csv"], "nobody.csv: There is no such file. Check its name and folder."),
        (["--people", "."], ".: This is a folder. Name a file in it."),
        (["--people", "-", "--blocks", "-"], "Only one file can be read from standard input (-)."),
        (["--people", "people.csv", "--size", "1"], "size is 1: groups have 2 to 6 people."),
        (["--people", "people.csv", "--quality", "nan"], "quality is nan: use a number from 0"),
        (["--people", "people.csv", "--shadows", "-1"], "shadows is -1: use a whole number from 0"),
        (["--people", "people.csv", "--seed", "-1"], "--seed"),
        (["--people", "people.csv", "--seed", str(1 << 63)], "--seed"),
        (["--people", "people.csv", "--seed", "1e400"], "--seed"),
        (["--people", "people.csv", "--interests", "looks"], "--interests"),
        (["--people", "people.csv", "--format", "xml"], "--format"),
        (["--people", "people.csv", "--date", "tomorrow"], "--date"),
        (["--people", "people.csv", "--history", "history.csv", "--round", "4"], "round 4 is not after the last round"),
        (["--people", "people.csv", "--out", "."], "--out .: this is a folder. Name a file in it."),
        (["--people", "people.csv", "--out", "no/where"], "--out no/where: there is no such folder."),
        (["--people", "people.csv", "--out", "people.csv"], "--out people.csv: this file is read here"),
        ([], "--people"),
    ],
)
def test_wrong_usage_is_exit_code_2_with_words(words, said):
    write(people=PEOPLE, history="round,a,b\n4,ann@example.org,ben@example.org\n")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert Path("people.csv").read_text(encoding="utf-8") == PEOPLE


def test_a_broken_promise_is_exit_code_1_and_no_answer(monkeypatch):
    write(people=PEOPLE)
    monkeypatch.setattr("matching.check", lambda *_: ("ann and ben are blocked and meet",))
    result = run("--people", "people.csv", "--seed", 7, "--out", "answer.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "The draw broke a promise and was thrown away. Please report this, with the seed: 7",
        "ann and ben are blocked and meet",
    ]
    assert not Path("answer.json").exists()


def test_a_failure_inside_is_exit_code_1_in_words(monkeypatch):
    def fail(*_):
        raise RuntimeError("no more paper")

    write(people=PEOPLE)
    monkeypatch.setattr("matching.match", fail)
    result = run("--people", "people.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "coffee match failed: RuntimeError: no more paper\n"


def test_an_answer_that_cannot_be_written_is_exit_code_1_in_words(monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    write(people=PEOPLE)
    monkeypatch.setattr("app.files.writing.write_whole", full)
    result = run("--people", "people.csv", "--out", "answer.json")
    assert result.exit_code == 1
    assert result.stderr == "The answer could not be written: No space left on device.\n"
