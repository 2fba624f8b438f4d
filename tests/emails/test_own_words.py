"""An organiser's own words in an introduction: a closed list of placeholders, put in once, and no way to do harm."""

import dataclasses
import re
from html import escape

import pytest

import emails
from emails import samples as product
from emails.own_words import MOST_LETTERS, MOST_PLACES, NAME_SHOWN, fill, listed, value
from emails.words import ZERO_WIDTH_SPACE, clean_name
from tests.emails import samples
from tests.emails.norms.reading import Read
from tests.emails.samples import NAMES, frame, introduction_facts

ALL = " ".join(f"{{{name}}}" for name in emails.PLACEHOLDERS)


def said(opening: str = "", closing: str = "", *, name: str = "Sam Okoro", **changes: object) -> emails.Message:
    facts = dataclasses.replace(introduction_facts(name), opening=opening, closing=closing, **changes)  # type: ignore[arg-type]
    return emails.introduction(frame(), facts)


def refused(text: str) -> str:
    found = emails.read_own_words(text)
    assert isinstance(found, emails.WordsRefused), found
    return f"{found.problem} {found.remedy}"


def test_they_stand_under_the_greeting_and_at_the_end() -> None:
    message = said("Hello {name},\nthis month: moving house.\n\nAsk {others} about it.", "Warmly,\n{organiser}")
    text = message.text.partition("\n--\n")[0]
    assert text.startswith(
        "Sam Okoro, meet Priya Nair. Priya Nair, meet Sam Okoro.\n\n"
        "Hello Sam Okoro,\nthis month: moving house.\n\nAsk Priya Nair about it.\n\nSam Okoro, Finance\n"
    )
    assert text.rstrip().endswith("\n\nWarmly,\nAmira Haddad")
    assert "The draw of" not in text + message.html
    assert message.subject == said().subject


def test_without_any_the_mail_is_as_it_always_was() -> None:
    assert said() == samples.introduction("Sam Okoro", "sam@example.org")
    assert "The draw of Monday 23 November brought you together" in said(closing="Bye.").text


def test_every_placeholder_stands_for_what_it_says() -> None:
    last = said(closing=ALL).text.partition("\n--\n")[0].rstrip().rpartition("\n")[2]
    day, week = "Monday 7 December", "the week of 23 November 2026"
    assert last == (f"Sam Okoro Priya Nair Finance {week} {day} Cross-trust coffees North Trust Amira Haddad")


def test_several_are_named_as_their_language_does() -> None:
    three = dataclasses.replace(introduction_facts(), partners=(product.PRIYA, product.KIM))
    facts = dataclasses.replace(three, opening="Meet {others}!")
    assert "Meet Priya Nair and Kim Nguyễn!" in emails.introduction(frame(), facts).text
    html = emails.introduction(frame(), facts).html
    assert "Meet <bdi>Priya Nair</bdi> and <bdi>Kim Nguyễn</bdi>!" in html


def test_a_paragraph_whose_placeholder_has_nothing_to_say_is_left_out_whole() -> None:
    words = "Hello {name}.\n\nThe next draw is on {next_draw}.\n\nCome."
    text = said(words, next_draw=None).text
    assert "Hello Sam Okoro.\n\nCome.\n" in text
    assert "next draw is on" not in text
    assert "brought you together" in said("Until {next_draw}", next_draw=None).text, "nothing is left: then ours"


def test_what_is_put_in_is_never_looked_at_again() -> None:
    message = said("Hello {name}.", name="{programme} {{ 7*7 }}")
    assert "Hello {programme} {{ 7*7 }}." in message.text
    assert "Hello <bdi>{programme} {{ 7*7 }}</bdi>." in message.html


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_does_no_harm_in_them_nor_do_hostile_words(name: str) -> None:
    for opening, closing in (("Hello {name}, {others}.", "{organiser} {name}"), (name, f"{name}: {{name}}")):
        message = said(opening, closing, name=name)
        read = Read(emails.to_bytes(message, smtputf8=emails.needs_smtputf8(message)))
        plain = said(name=name)
        assert (message.subject, message.to, message.reply_to) == (plain.subject, plain.to, plain.reply_to)
        usual = Read(emails.to_bytes(plain, smtputf8=emails.needs_smtputf8(plain)))
        assert [one for one in read.html.links if one not in usual.html.links] == []
        assert {tag for tag, _ in read.html.elements} <= {tag for tag, _ in usual.html.elements} | {"br"}
        assert not re.search(r"(?:://|www\.)evil", message.text + message.html)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", message.text + message.html)


def test_no_link_grows_where_words_and_names_meet() -> None:
    broken = (
        f"https:{ZERO_WIDTH_SPACE}//x. See evil.{ZERO_WIDTH_SPACE}com, www{ZERO_WIDTH_SPACE}.{ZERO_WIDTH_SPACE}shop"
    )
    found = fill("https:{name}. See evil.{team}, www{others}", {
        "name": value("//x"), "team": value("com"), "others": listed([".shop"], emails.english()),
    })  # fmt: skip
    assert "".join(part.text for part in found[0][0]) == broken


def test_markup_is_shown_as_it_was_typed() -> None:
    words = "<b>Hello</b> & {name}"
    message = said(words)
    assert escape("<b>Hello</b> & ") in message.html
    assert "<b>Hello</b> & Sam Okoro" in message.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Hello {frist_name}", "“{frist_name}” is no placeholder."),
        ("Hello {Name}", "“{Name}” is no placeholder."),
        ("Hello { name }", "“{ name }” is no placeholder."),
        ("Hello {}", "“{}” is no placeholder."),
        ("Hello {name, meet", "“{name, meet” is opened by a brace and not closed."),
        ("Hello {\nname}", "“{” is opened by a brace and not closed."),
        ("{{ 7*7 }}", "“{{ 7*7 }}” is opened by a brace and not closed."),
        ("{{name}}", "“{{name}}” is opened by a brace and not closed."),
        ("{% raw %}", "“{% raw %}” is no placeholder."),
        ("Hello name}", "There is a brace, }, that closes nothing."),
    ],
)
def test_a_brace_that_is_no_placeholder_is_refused_by_name(text: str, problem: str) -> None:
    every = ", ".join(f"{{{name}}}" for name in list(emails.PLACEHOLDERS)[:-1])
    assert refused(text) == f"{problem} Between braces stands only {every} or {{organiser}}."


def test_the_name_of_a_wrong_placeholder_is_cut_short() -> None:
    assert len(refused("{" + "x" * 500 + "}")) < 250


@pytest.mark.parametrize(
    "text",
    ["See https://example.org/x", "See WWW.example.org", "mailto:a", "Write to amira@example.org.", "ftp://x"],
)
def test_addresses_are_refused_because_they_would_open_nothing(text: str) -> None:
    assert refused(text).startswith("Addresses of pages and of mailboxes cannot stand here")


@pytest.mark.parametrize("text", ["At 11.30 or 12:15.", "e.g. bread", "Half @ home", "A/B", "10:00//11:00"[:5]])
def test_what_only_looks_a_little_like_an_address_is_welcome(text: str) -> None:
    assert emails.read_own_words(text) == text


@pytest.mark.parametrize(
    "odd", ["\x00", "\x1b", "\x0b", "\x85", "\u2028", "\u202e", "\u2066", "\u200b", "\ud800", "\ue000", "\uffff"]
)
def test_characters_that_cannot_be_shown_are_refused(odd: str) -> None:
    assert refused(f"Hello{odd}there").startswith("There is a character in it that cannot be shown.")


def test_letters_of_every_script_are_welcome() -> None:
    for text in ("שלום {name}", "مرحبا {name}", "می‌خواهم", "👩🏽‍💻", "नमस्ते"):
        assert emails.read_own_words(text) == text


def test_they_are_kept_in_one_form_and_not_too_long() -> None:
    assert emails.read_own_words("\r\n Hello \t there \r\n\r\n\r\n\r\nyou\r") == "Hello there\n\nyou"
    assert emails.read_own_words(" \n ") == ""
    assert emails.read_own_words("é" * MOST_LETTERS) == "é" * MOST_LETTERS
    assert refused("x" * (MOST_LETTERS + 1)) == "These are 601 letters. Use at most 600 letters."
    assert refused("{name}" * (MOST_PLACES + 1)) == "There are 11 placeholders in it. Use at most 10."


def test_the_longest_words_and_names_stay_below_what_readers_cut_off() -> None:
    long = "&" * 100
    words = "{others}" * MOST_PLACES + "&" * (MOST_LETTERS - 8 * MOST_PLACES)
    others = tuple(emails.Member(long, f"a{place}@example.org") for place in range(5))
    facts = dataclasses.replace(introduction_facts(long), opening=words, closing=words, partners=others)
    facts = dataclasses.replace(facts, writes_first="a0@example.org")
    message = emails.introduction(frame(), facts)
    assert len(message.html.encode()) < 100_000
    shown = message.text.partition("\n\n")[2].partition("\n\n")[0]
    assert "&" * (NAME_SHOWN - 1) + "…, " in shown


def test_a_long_line_arrives_whole() -> None:
    words = " ".join(f"word{place:03}" for place in range(75))[:MOST_LETTERS]
    assert words in said(words).text
    assert words in said(words).html


def test_words_that_run_the_other_way_are_isolated() -> None:
    html = said("שלום {name}").html
    assert "<bdi>שלום <bdi>Sam Okoro</bdi></bdi>" in html


def test_filling_never_fails_because_a_mail_must_leave() -> None:
    assert "{foo} and {" in said("{foo} and {").text
    assert clean_name("x") in said("x" * 5000).text
