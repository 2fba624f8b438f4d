"""Forms as values: read strictly, refused in words."""

from datetime import date

import pytest

from app.files.addresses import parse_address
from app.models import TopicKind
from app.services.participants import Wishes
from app.services.signups import SignUp
from app.web import forms
from app.web.forms import Posted, Trouble, Troubles
from app.web.pages import capital, initials, isolated

TODAY = date(2026, 11, 23)


def posted(**values: str | list[str]) -> Posted:
    return Posted({name: [value] if isinstance(value, str) else value for name, value in values.items()})


def test_a_join_form_becomes_a_value() -> None:
    address = parse_address("sam@example.org")
    form = forms.join(posted(name="  Sam   Okoro ", email=" sam@example.org ", team="Finance"))
    assert form == SignUp("Sam Okoro", address, "Finance")  # type: ignore[arg-type]


def test_every_trouble_of_a_form_is_found_at_once_in_the_order_of_the_fields() -> None:
    assert forms.join(posted(name=" ", team="x" * 101)) == Troubles(
        (
            Trouble("name", "Enter your full name."),
            Trouble("email", "Enter your e-mail address."),
            Trouble("team", f'The team "{"x" * 60}…" has 101 characters. Write at most 100.'),
        )
    )


def test_wishes_keep_the_first_spelling_of_each_topic() -> None:
    form = posted(interests="Chess\r\nchess, CHESS ; bread", times=["Monday morning"], size="2")
    nothing: list[str] = []
    assert forms.wishes(form) == Wishes(
        {
            TopicKind.INTEREST: ["Chess", "bread"],
            TopicKind.ASK: nothing,
            TopicKind.OFFER: nothing,
            TopicKind.LANGUAGE: nothing,
            TopicKind.TIME: ["Monday morning"],
        },
        2,
    )


@pytest.mark.parametrize(("until", "fine"), [("2026-11-23", False), ("2026-11-24", True), ("2032-01-01", False)])
def test_a_pause_ends_after_today_and_in_this_life(until: str, fine: bool) -> None:
    assert isinstance(forms.until(posted(until=until), TODAY), date) == fine


@pytest.mark.parametrize("word", ["delete", " DELETE ", "“delete”", "'delete'"])
def test_the_word_may_be_typed_in_any_way(word: str) -> None:
    assert forms.wants_erasure(posted(word=word)) is None


def test_what_is_shown_again_holds_no_half_characters() -> None:
    assert posted(a="one\ntwo\x00\ud800").shown("a", "b") == {"a": "one\ntwo\\x00\\ud800", "b": ""}


def test_initials_are_letters_of_the_first_and_last_word() -> None:
    names = ("Sam Okoro", "Priya", "ابراهيم بن سعيد", "<b> 'x", "👩🏽‍💻", "Ana María de la Cruz", "")
    assert [initials(name) for name in names] == ["SO", "P", "اس", "BX", "", "AC", ""]


def test_words_in_titles_cannot_turn_the_rest_around() -> None:
    assert isolated("a\u202eb\n\u2069c") == "\u2068abc\u2069"


def test_numbers_and_beginnings() -> None:
    assert [capital(text) for text in ("", "the week of 23 November")] == ["", "The week of 23 November"]
