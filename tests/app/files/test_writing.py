"""What we write: cells no spreadsheet runs, files that are whole or not there."""

import csv
import io

import pytest

from app.files.cells import as_typed, csv_text, safe_cell
from app.files.writing import write_whole


@pytest.mark.parametrize(
    "text",
    [
        *(
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "\u00a0=1",
            "\uff1d1",
            "\uff0b1",
            "\uff0d1",
            "\uff201",
        ),
        *("\0=1", "\n", "\ufeff=1", "Ann\n=1", "Ann\r\n  +1", "\u200b@x", "\u2212 1"),
        *("Sam;=1", "Sam, +1", "Sam\t@x", "Sam; \uff1d1"),
    ],
)
def test_what_a_spreadsheet_could_run_gets_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", "Ann", "a=b", "ann-lee@example.org", "1 - 1", "<b>", "Ann\nLee", "o'neil", "Lee; Ann", "Lee, Ann", "a;b=c"],
)
def test_ordinary_cells_stay_as_they_are(text):
    assert safe_cell(text) == text


def test_a_csv_reads_back_as_it_was():
    rows = [["1", 'Ann "Nan" Lee, Dr.'], ["2", "a\nb"]]
    assert list(csv.reader(io.StringIO(csv_text(["n", "name"], rows), newline=""))) == [["n", "name"], *rows]


def test_headings_are_as_safe_as_cells() -> None:
    assert csv_text(["=1+1", "n"], []) == "'=1+1,n\n"


@pytest.mark.parametrize("cell", ["Lee;Ann", "Lee,Ann", "Lee\tAnn", 'L"A', "L\nA"])
def test_no_separator_of_any_country_ends_a_cell(cell: str) -> None:
    assert csv_text(["n"], [[cell], [""], ["a", ""]]) == 'n\n"{}"\n""\na,\n'.format(cell.replace('"', '""'))


@pytest.mark.parametrize("text", ["=1", "+plus@example.org", "'=1", "'", "", "'Ann'", "Ann", "Sam;=1", "'t Hooft"])
def test_a_cell_comes_back_as_it_was_typed(text: str) -> None:
    assert as_typed(safe_cell(text)) == (text if text != "'=1" else "=1")


def test_no_cell_of_a_csv_begins_a_new_row():
    text = csv_text(["n", "name"], [["1", "Ann\r=1+1"], ["2", "Bo\r\nLee"]])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["n", "name"], ["1", "'Ann\n=1+1"], ["2", "'Bo\nLee"]]


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "answer.json"
    write_whole(path, b"old")
    path.chmod(0o640)
    write_whole(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file_and_no_scraps(tmp_path, monkeypatch):
    path = tmp_path / "answer.json"
    path.write_bytes(b"old")

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
