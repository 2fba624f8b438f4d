"""Reading CSV and .xlsx: separators, encodings, headers, and the words for what cannot be read."""

import io
import os
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.table import Table, TableRow, read_table
from app.files.verdicts import Verdict

PEOPLE = [["email", "name", "team"], ["ann@example.org", "Ann Müller", "Sales"], ["ben@example.org", "Ben", "R&D"]]
ROWS = [
    {"email": "ann@example.org", "name": "Ann Müller", "team": "Sales"},
    {"email": "ben@example.org", "name": "Ben", "team": "R&D"},
]
UTF8 = 'Save the file as UTF-8 (in Excel: Save As, "CSV UTF-8").'
RESAVE = "Open it in a spreadsheet program and save it again as .xlsx, or as CSV in UTF-8."


def joined(separator=",", newline="\n"):
    return newline.join(separator.join(row) for row in PEOPLE) + newline


def cells(table: Table):
    return [item.cells for item in table if isinstance(item, TableRow)]


def said(source, name="people.csv"):
    """Every verdict of a file as words: on the file, then on its lines."""
    table = read_table(source.encode() if isinstance(source, str) else source, name)
    return [str(verdict) for verdict in table.verdicts] + [str(item) for item in table if isinstance(item, Verdict)]


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet{number + 1}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- what is understood ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separator_line_end_and_encoding_are_found_by_themselves(separator, newline, encoding):
    table = read_table(joined(separator, newline).encode(encoding), "people.csv")
    assert table.verdicts == ()
    assert cells(table) == ROWS


def test_a_table_can_be_read_again():
    table = read_table(joined().encode(), "people.csv")
    assert list(table) == list(table)


def test_header_names_may_differ_in_case_blanks_and_hyphens():
    table = read_table(b" E-Mail ,NAME,Sat Out,paused-until\n", "people.csv")
    assert table.columns == ("e_mail", "name", "sat_out", "paused_until")


def test_quoted_cells_hold_separators_quotes_and_line_breaks():
    table = read_table(b'"a","b"\n"x, ""y""; z", "1\n2"\nlast,3\n', "pairs.csv")
    assert list(table) == [
        TableRow(2, {"a": 'x, "y"; z', "b": "1\n2"}),
        TableRow(4, {"a": "last", "b": "3"}),
    ]


def test_the_separator_is_found_in_the_header_and_not_inside_its_quotes():
    assert read_table(b'"name, in full; or not";email;team\nx,y;b;c\n', "people.csv").columns == (
        "name,_in_full;_or_not",
        "email",
        "team",
    )


def test_excels_own_line_naming_the_separator_is_understood():
    table = read_table(b"sep=|\nemail|name\nann@example.org|Ann\n", "people.csv")
    assert list(table) == [TableRow(3, {"email": "ann@example.org", "name": "Ann"})]


def test_blank_lines_and_empty_columns_at_the_end_do_not_matter():
    table = read_table(b"\n\na,b,,\n1,2,,\n,,,\n\n3,4\n", "pairs.csv")
    assert [(row.line, row.cells) for row in table if isinstance(row, TableRow)] == [
        (4, {"a": "1", "b": "2"}),
        (7, {"a": "3", "b": "4"}),
    ]


def test_a_path_is_read_like_bytes(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(joined(), encoding="utf-8")
    assert cells(read_table(path, "people.csv")) == ROWS


def test_a_workbook_is_read_whatever_it_is_called():
    assert cells(read_table(workbook(PEOPLE), "people.csv")) == ROWS


def test_a_workbook_gives_numbers_days_and_blanks_as_a_csv_would():
    rows = [
        ["id", "size", "paused_until", "share", "yes", "when"],
        [7, 2.0, datetime(2026, 12, 31), 0.5, True, date(2027, 1, 2)],  # noqa: DTZ001
        [],
        ["x", None, None, None, None, None],
    ]
    table = read_table(workbook(rows), "people.xlsx")
    none = dict.fromkeys(("size", "paused_until", "share", "yes", "when"), "")
    assert list(table) == [
        TableRow(
            2,
            {"id": "7", "size": "2", "paused_until": "2026-12-31", "share": "0.5", "yes": "true", "when": "2027-01-02"},
        ),
        TableRow(4, {"id": "x", **none}),
    ]


def test_only_the_first_sheet_is_read_and_the_verdict_says_so():
    content = workbook(PEOPLE, [["other"]])
    assert cells(read_table(content, "people.xlsx")) == ROWS
    assert said(content, "people.xlsx") == [
        'people.xlsx: This workbook has 2 sheets; only the first is read: "Sheet1". '
        "Move the list to the first sheet if it is elsewhere."
    ]


def test_twenty_thousand_lines_are_read():
    content = "a,b\n" + "".join(f"person{i},person{i + 1}\n" for i in range(20_000))
    rows = list(read_table(content.encode(), "pairs.csv"))
    assert len(rows) == 20_000
    assert rows[-1] == TableRow(20_001, {"a": "person19999", "b": "person20000"})


# --- what is not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff", ",,\n"])
def test_an_empty_file_has_its_words(content):
    assert said(content) == ["people.csv: The file is empty. Begin with a header line that names the columns."]


@pytest.mark.parametrize(
    ("separator", "called"),
    [("|", '"|"'), (":", '":"'), (" ", "blanks")],
)
def test_a_wrong_separator_is_named(separator, called):
    header = separator.join(PEOPLE[0])
    assert said(joined(separator)) == [
        f'people.csv, line 1: The columns are separated by {called}: "{header}". '
        "Save the file with commas, semicolons or tabs between the columns."
    ]


def test_a_column_that_is_there_twice_is_named():
    assert said("email,name,Email\n") == [
        'people.csv, line 1: The column "email" is there 2 times. Keep one of them.',
    ]
    assert read_table(b"email,name,Email\n", "people.csv").broken


def test_a_file_in_another_encoding_has_one_verdict_with_its_first_place_and_the_way_out():
    lines = "email,Full Name,team\na@example.org,Ann,Sales\nb@example.org,Jos\xe9,Caf\xe9\nc@example.org,J\xfcrgen,S\n"
    table = read_table(lines.encode("cp1252"), "people.csv")
    assert [str(verdict) for verdict in table.verdicts] == [
        f'people.csv, line 3, column full_name: "Jos\\xe9" is not UTF-8, so the file cannot be read. {UTF8}'
    ]
    assert (table.broken, list(table)) == (True, [])


def test_an_encoding_error_beside_an_open_quotation_mark_names_the_line():
    content = 'a,b\n"J\xfcrgen,x\nJ\xf6rg,y\n'.encode("latin-1")
    assert said(content) == [f"people.csv, line 2: This line is not UTF-8, so the file cannot be read. {UTF8}"]


def test_an_encoding_error_below_an_open_quotation_mark_names_its_own_line():
    content = 'a,b\n"x,y\nJ\xf6rg,z\n'.encode("latin-1")
    words = f'people.csv, line 3, column a: "J\\xf6rg" is not UTF-8, so the file cannot be read. {UTF8}'
    assert said(content) == [words]


def test_an_encoding_error_in_the_header_stops_the_file():
    content = "email,pr\xe9nom\na@example.org,Ann\n".encode("latin-1")
    assert said(content) == [f'people.csv, line 1: "pr\\xe9nom" is not UTF-8, so the file cannot be read. {UTF8}']
    assert read_table(content, "people.csv").broken


def test_nul_bytes_are_refused_on_their_line():
    words = f'people.csv, line 2, column name: "An\\x00n" contains a NUL byte: this is not plain text. {UTF8}'
    assert said("email,name\na@example.org,An\0n\nb@example.org,Ben\n") == [words]


def test_utf_16_without_its_mark_is_refused_once():
    (words,) = said(joined().encode("utf-16-le"))
    assert words.startswith("people.csv, line 1: ")
    assert words.endswith(f" contains a NUL byte: this is not plain text. {UTF8}")


def test_broken_utf_16_is_refused():
    assert said(b"\xff\xfea\x00\x00\xd8") == [f"people.csv: This is broken UTF-16 text. {UTF8}"]


def test_lines_with_too_few_or_too_many_cells_are_refused_and_the_others_read():
    content = "a,b,c\n1,2\n1,2,3\n1,2,3,4\n1\n"
    remedy = "Write every column, empty ones too, and put a value that contains the separator in quotation marks."
    assert said(content) == [
        f"people.csv, line 2: This line has 2 columns where the header has 3. {remedy}",
        f"people.csv, line 4: This line has 4 columns where the header has 3. {remedy}",
        f"people.csv, line 5: This line has 1 column where the header has 3. {remedy}",
    ]
    assert cells(read_table(content.encode(), "people.csv")) == [{"a": "1", "b": "2", "c": "3"}]


@pytest.mark.parametrize("after", ["1,2\n3,4\n", '"1",2\n3,4\n', '1,"2"\n3,4\n'])
def test_an_open_quotation_mark_costs_its_own_line_only(after):
    content = f'a,b\n"x,y\n{after}'
    assert said(content) == [
        "people.csv, line 2: A value on this line begins with a quotation mark and does not end with one. "
        'Close it; inside a value, write a quotation mark twice ("").'
    ]
    assert cells(read_table(content.encode(), "people.csv")) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_an_open_quotation_mark_on_every_line_is_still_quick():
    content = "a,b\n" + '"x""\n' * 5_000
    assert len(said(content)) == 5_000


def test_an_enormous_value_is_refused_on_its_line():
    content = f"a,b\n{'x' * 200_000},1\n2,3\n"
    assert said(content) == ["people.csv, line 2: A value on this line is far too long. Shorten it."]


def test_a_file_with_too_many_rows_stops():
    table = read_table(b"a,b\n1,2\n3,4\n5,6\n", "pairs.csv", most_rows=2)
    assert [str(item) for item in table if isinstance(item, Verdict)] == [
        "pairs.csv, line 4: There are more than 2 rows. Split the file."
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel file (.xls)"), (b"%PDF-1.7", "a PDF")],
)
def test_other_kinds_of_file_are_named(content, what):
    assert said(content) == [f"people.csv: This is {what}. Save it as .xlsx or as CSV in UTF-8."]


def test_a_zip_that_is_no_workbook_is_named():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert said(out.getvalue()) == [
        "people.csv: This is a ZIP file, and not an Excel workbook. Save it as .xlsx or as CSV in UTF-8."
    ]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_broken_workbook_is_refused_and_not_a_crash(part):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(PEOPLE))) as good, zipfile.ZipFile(out, "w") as bad:
        for entry in good.namelist():
            bad.writestr(entry, b"<worksheet><oops" if entry == part else good.read(entry))
    assert said(out.getvalue(), "people.xlsx") == [f"people.xlsx: This is a broken Excel workbook. {RESAVE}"]


def test_a_workbook_that_was_cut_off_is_refused():
    content = workbook(PEOPLE)
    assert said(content[: len(content) // 2], "people.xlsx") == [
        f"people.xlsx: This is a broken Excel workbook. {RESAVE}"
    ]


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(monkeypatch):
    monkeypatch.setattr("app.files.xlsx_source.MOST_UNPACKED", 1_000)
    assert said(workbook(PEOPLE), "people.xlsx") == ["people.xlsx: This workbook is far too large. Split it."]


def test_a_missing_file_a_folder_and_an_unreadable_file_have_their_words(tmp_path):
    locked = tmp_path / "locked.csv"
    locked.write_text(joined(), encoding="utf-8")
    locked.chmod(0)
    assert said(tmp_path / "people.csv") == ["people.csv: There is no such file. Check its name and folder."]
    assert said(tmp_path) == ["people.csv: This is a folder. Name a file in it."]
    if os.geteuid() != 0:  # root reads everything
        assert said(locked) == ["people.csv: This file may not be read. Ask for the permission to read it."]


def test_a_file_that_may_not_be_read_has_its_words(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert said(tmp_path) == ["people.csv: This file may not be read. Ask for the permission to read it."]


def test_values_and_names_are_echoed_short_and_harmless():
    verdict = Verdict("a\x1b[31m.csv", 0, None, "error", "No.", "Stop.")
    assert str(verdict) == "a\\x1b[31m.csv: No. Stop."
    (words,) = said("email,name\na@example.org,\x1b[2J" + "x" * 100 + "\0\n")
    assert words.isprintable()
    assert len(words) < 250


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_verdicts_and_never_an_error(content):
    assert all(words.isprintable() for words in said(content))


@given(st.text(alphabet='ab",;\t\n\r\0é |', max_size=200))
def test_any_text_gives_rows_and_verdicts_in_the_order_of_its_lines(text):
    items = list(read_table(text.encode(), "x.csv"))
    lines = [item.line for item in items]
    assert lines == sorted(set(lines))
