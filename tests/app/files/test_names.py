"""Which names are accepted, and in which form they are kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.names import clean_name, folded
from app.files.verdicts import Problem

ONE_LINE = "Write it on one line, in ordinary characters."


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "X",
        "Ann-Marie O'Neil, Dr.",
        "Дмитрий",
        "محمد علي",
        "שרה",
        "李小龍",
        "👩‍🔬 Zoë",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "<script>alert(1)</script>",
        '=cmd|"/c calc"!A1',
        "What? = this",
        "\u2067שרה\u2069 (Sales)",
        "\u202babc\u202c",
        "é" * 100,
    ],
)
def test_names_of_every_script_are_kept_as_they_are(name):
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann  Lee ", "Ann Lee"),
        ("Ann\u00a0\u2003Lee", "Ann Lee"),
        ("Ann Lee\r\n", "Ann Lee"),
        ("Zoe\u0308", "Zoë"),
        ("a" * 50 + " " * 200 + "b", "a" * 50 + " b"),
    ],
)
def test_names_are_trimmed_and_composed(typed, kept):
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "problem", "remedy"),
    [
        ("", "The name is missing.", "Write it in this column."),
        (" \t ", "The name is missing.", "Write it in this column."),
        ("\u200b", 'The name "\\u200b" has no visible character.', "Write at least one letter."),
        ("a" * 101, f'The name "{"a" * 60}…" has 101 characters.', "Write at most 100."),
        ("Ann\r\nBcc: eve", '"Ann\\r\\nBcc: eve" contains a line break.', ONE_LINE),
        ("Ann\tLee", '"Ann\\tLee" contains a character that cannot be shown (U+0009).', ONE_LINE),
        ("Ann\0", '"Ann\\x00" contains a character that cannot be shown (U+0000).', ONE_LINE),
        ("Ann\x85Lee", '"Ann\\x85Lee" contains a line break.', ONE_LINE),
        ("Ann\u2028Lee", '"Ann\\u2028Lee" contains a line break.', ONE_LINE),
        ("Ann\ud800", '"Ann\\ud800" contains half a character (a lone surrogate).', ONE_LINE),
        ("Ann\uffff", '"Ann\\uffff" contains a character that cannot be shown (U+FFFF).', ONE_LINE),
        ("=?utf-8?q?x?=", '"=?utf-8?q?x?=" contains "=?", which mail programs take for a code.', 'Leave out the "=?".'),
        (
            "\u202egpj.exe",
            '"\\u202egpj.exe" changes the direction of writing and does not change it back.',
            "Type it again, by hand.",
        ),
        (
            "a\u2069b",
            '"a\\u2069b" changes the direction of writing and does not change it back.',
            "Type it again, by hand.",
        ),
        (
            "\u202ea\u2067b\u202cc\u2069",
            '"\\u202ea\\u2067b\\u202cc\\u2069" changes the direction of writing and does not change it back.',
            "Type it again, by hand.",
        ),
    ],
)
def test_a_name_that_could_harm_is_refused_with_its_reason(typed, problem, remedy):
    assert clean_name(typed) == Problem(problem, remedy)


def test_what_is_cleaned_can_have_another_name_and_length():
    assert clean_name("", "team") == Problem("The team is missing.", "Write it in this column.")
    assert clean_name("a" * 120, longest=200) == "a" * 120
    assert clean_name("abcd", "code", longest=3) == Problem('The code "abcd" has 4 characters.', "Write at most 3.")


@given(st.text(st.characters(), max_size=120))
def test_a_clean_name_is_safe_and_stays_as_it_is(text):
    name = clean_name(text)
    if isinstance(name, Problem):
        assert name.problem.isprintable()
        return
    assert clean_name(name) == name
    assert 1 <= len(name) <= 100
    assert "=?" not in name
    assert "  " not in name
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name)
    assert len(name.splitlines()) == 1


@given(st.text(st.characters(codec="ascii"), max_size=120))
def test_the_quick_way_for_ascii_agrees_with_the_slow_way(text):
    quick, slow = clean_name(text), clean_name(text, longest=99)
    assert quick == slow or len(str(quick)) == 100 or "has 1" in str(slow)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert folded(folded(text)) == folded(text)
