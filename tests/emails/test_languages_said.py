"""A language says sentences, days, times and lists, and falls back to English as a whole."""

import copy
import json
import pickle
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import pytest

from emails import (
    ACCENTED,
    MIRRORED,
    Period,
    english,
    from_json,
    language,
    phrase,
    phrases,
    teach,
    to_json,
    together,
)

DAY = date(2026, 12, 3)
NEW_YORK = datetime(2026, 12, 3, 10, tzinfo=ZoneInfo("America/New_York"))
WELSH = """
msgid ""
msgstr ""
"Language: cy\\n"
"Plural-Forms: nplurals=6; plural=(n==0) ? 0 : (n==1) ? 1 : (n==2) ? 2 : (n==3) ? 3 : (n==6) ? 4 : 5;\\n"

msgid "Hello %(name)s."
msgstr "Helo %(name)s."

msgid "%(count)s dog"
msgid_plural "%(count)s dogs"
msgstr[0] "dim cŵn"
msgstr[1] "un ci"
msgstr[2] "dau gi"
msgstr[3] "tri chi"
msgstr[4] "chwe chi"
msgstr[5] "%(count)s ci"
"""


@pytest.fixture
def welsh(tmp_path: Path) -> Path:
    (tmp_path / "cy.po").write_text(WELSH, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2026-W48", "the week of 23 November 2026"),
        ("2026-W53", "the week of 28 December 2026"),
        ("2027-W53", "2027-W53"),
        ("2026-11", "November 2026"),
        ("2026-13", "2026-13"),
        ("Advent", "Advent"),
    ],
)
def test_periods_are_said_in_words(period: str, said: str) -> None:
    assert english().period(period) == said


def test_days_times_and_counts_are_said_in_words() -> None:
    said = english()
    assert said.day(DAY) == "Thursday 3 December"
    assert said.moment(NEW_YORK) == "Thursday 3 December at 10:00 (New York time)"
    assert said.moment(datetime(2026, 12, 3, 9, 5, tzinfo=UTC)) == "Thursday 3 December at 09:05 (UTC)"
    counted = [str(phrases("%(count)s person", "%(count)s people", count)) for count in (0, 1, 1005)]
    assert counted == ["0 people", "1 person", "1,005 people"]


@pytest.mark.parametrize(
    ("items", "said"), [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")]
)
def test_lists_are_said_as_people_say_them(items: tuple[str, ...], said: str) -> None:
    assert english().listing(items) == said


def test_a_phrase_is_english_and_can_be_said_anew(welsh: Path) -> None:
    hello = phrase("Hello %(name)s.", name="Sam")
    assert hello == "Hello Sam."
    assert language("cy", welsh).say(hello) == "Helo Sam."
    assert language("cy", welsh).say(copy.deepcopy(pickle.loads(pickle.dumps(hello)))) == "Helo Sam."  # noqa: S301


def test_a_phrase_is_kept_as_json_and_comes_back_whole(welsh: Path) -> None:
    said = together(
        phrase("Hello %(name)s.", name="Sam"), phrases("%(count)s dog", "%(count)s dogs", 2, of=["A", phrase("B")])
    )
    again = from_json(json.loads(json.dumps(to_json([said, "as it is", together()]))))
    assert again == [said, "as it is", ""]
    assert language("cy", welsh).say(again[0]) == "Helo Sam. dau gi"


@pytest.mark.parametrize("part", [DAY, Period("2026-W48"), 1.5, None])
def test_what_would_not_come_back_as_it_was_is_not_kept(part: object) -> None:
    with pytest.raises(TypeError):
        to_json(phrase("%(part)s", part=part))


def test_nothing_is_nothing_in_every_language(welsh: Path) -> None:
    assert [language(tag, welsh).say(together()) for tag in ("cy", "en", ACCENTED)] == ["", "", ""]


def test_each_language_counts_by_its_own_rule(welsh: Path) -> None:
    dogs = [language("cy", welsh).say(phrases("%(count)s dog", "%(count)s dogs", count)) for count in (0, 1, 2, 6, 8)]
    assert dogs == ["dim cŵn", "un ci", "dau gi", "chwe chi", "8 ci"]


def test_parts_are_said_in_the_language_too(welsh: Path) -> None:
    found = together(phrase("Hello %(name)s.", name=DAY), "", phrase("Unknown"), phrase("%(p)s", p=Period("2026-W48")))
    assert found == "Hello Thursday 3 December. Unknown the week of 23 November 2026"
    assert language("cy", welsh).say(found) == "Helo Dydd Iau, 3 Rhagfyr. Unknown the week of 23 Tachwedd 2026"


def test_a_missing_part_is_an_error_and_a_percent_sign_is_written_twice() -> None:
    assert phrase("100 %% of %(all)s", all=["A", "B"]) == "100 % of A and B"
    with pytest.raises(KeyError):
        phrase("Hello %(name)s.")


@pytest.mark.parametrize("tag", ["de", "de-AT", "ar", "tlh", "nonsense!", ""])
def test_a_language_that_nobody_has_written_is_english_from_end_to_end(tag: str) -> None:
    assert language(tag) is english()


def test_a_region_has_its_own_days_and_the_words_of_its_language(welsh: Path) -> None:
    assert language("cy-GB", welsh).say(phrase("Hello %(name)s.", name="Sam")) == "Helo Sam."
    assert language("en-US").day(DAY) == "Thursday, December 3"


def test_made_languages_leave_nothing_in_plain_letters() -> None:
    said = phrases("%(count)s <b>dog</b> of %(name)s", "%(count)s <b>dogs</b> of %(name)s", 3, name="Σαμ")
    for tag, direction in ((ACCENTED, "ltr"), (MIRRORED, "rtl")):
        made = language(tag)
        shown = " ".join([made.say(said), made.moment(NEW_YORK), made.period("2026-W48"), made.listing(["1", "2"])])
        assert "<b>" in shown
        assert "Σαμ" in shown
        assert not any(sign.isascii() and sign.isalpha() for sign in shown.replace("<b>", "").replace("</b>", ""))
        assert made.direction == direction


def test_templates_escape_what_is_put_into_a_message_and_nothing_else() -> None:
    environment = jinja2.Environment(
        autoescape=jinja2.select_autoescape(("html",)), loader=jinja2.DictLoader(TEMPLATES)
    )
    teach(environment, english(), lambda value: value)
    shown = {name: environment.get_template(name).render(name="<i>", day=DAY) for name in TEMPLATES}
    assert shown == {
        "a.html": "<b>&lt;i&gt;</b> <bdi>&lt;i&gt;</bdi> and <bdi>&lt;i&gt;</bdi> 2 &lt;i&gt; Thursday 3 December",
        "a.txt": "<b><i></b> <i> and <i> 2 <i> Thursday 3 December",
    }


TEMPLATES = dict.fromkeys(
    ("a.html", "a.txt"),
    "{{ _('<b>%(name)s</b>', name=name) }} {{ [name, name]|names }} "
    "{{ ngettext('%(num)s %(name)s', '%(num)s %(name)s', 2, name=name) }} {{ day|day }}",
)
