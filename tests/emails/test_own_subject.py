"""An organiser's own subject of introductions: one line, short enough to be read, and no way to make another header."""

import dataclasses
from email import message_from_bytes, policy

import pytest

import emails
from emails import samples as product
from emails.own_words import MOST_BESIDE, SUBJECT_SHOWN, fill_subject
from tests.emails.norms.reading import Read
from tests.emails.samples import NAMES, frame, introduction_facts

LONG = "Wolfeschlegelsteinhausenbergerdorff Adolph Blaine"
LONGEST = "x" * (MOST_BESIDE - 2) + " {others} {name}"
TEMPLATES = ("{others}", "{programme}: meet {others}", "{name}, {others}", "{name} {name} {others}", LONGEST)


def said(subject: str, *, name: str = "Sam Okoro", partners: int = 1, **changes: object) -> emails.Message:
    facts = dataclasses.replace(introduction_facts(name), subject=subject, **changes)  # type: ignore[arg-type]
    people = (product.PRIYA, product.KIM, product.AMIRA, emails.Member(LONG, "wolfe@example.org"))
    facts = dataclasses.replace(facts, partners=people[:partners])
    if facts.writes_first not in {one.address for one in (facts.recipient, *facts.partners)}:
        facts = dataclasses.replace(facts, writes_first=facts.recipient.address)
    return emails.introduction(frame(), facts)


def refused(text: str) -> str:
    found = emails.read_own_subject(text)
    assert isinstance(found, emails.WordsRefused), found
    return f"{found.problem} {found.remedy}"


def test_it_stands_instead_of_ours_and_nothing_else_is_different() -> None:
    plain, mine = said(""), said("{programme}: meet {others}")
    assert plain.subject == "Meet Priya Nair from Estates"
    assert mine.subject == "Cross-trust coffees: meet Priya Nair"
    assert dataclasses.replace(mine, subject=plain.subject) == plain


@pytest.mark.parametrize(
    ("partners", "subject"),
    [(2, "Coffee with Priya Nair and Kim Nguyễn"), (3, "Coffee with Priya Nair and 2 more")],
)
def test_several_are_named_as_far_as_there_is_room(partners: int, subject: str) -> None:
    assert said("Coffee with {others}", partners=partners).subject == subject


def test_names_are_made_to_fit_and_the_organisers_words_stay_whole() -> None:
    own = "A coffee for you this month,"
    subject = said(f"{own} {{name}} and {{others}}", name=LONG).subject
    assert subject.startswith(f"{own} ")
    assert " and Priya" in subject, "a short name is not made shorter for a long one"
    assert len(subject) <= SUBJECT_SHOWN


@pytest.mark.parametrize("partners", [1, 2, 4])
@pytest.mark.parametrize("template", TEMPLATES)
def test_no_subject_is_longer_than_what_a_telephone_shows(template: str, partners: int) -> None:
    assert emails.read_own_subject(template) == template
    assert 0 < len(said(template, name=LONG, partners=partners).subject) <= SUBJECT_SHOWN


def test_where_a_placeholder_has_nothing_to_say_it_is_ours() -> None:
    assert said("Until {next_draw}", next_draw=None).subject == said("").subject
    assert fill_subject("", {}) == ""


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{name}", "Re: your pay"),
        ("{name}: coffee", "RE"),
        ("{name}{name}: coffee", "\u200fRe\u200d:"),
        ("{name}", "Ｒｅ："),
    ],
)
def test_nothing_that_is_put_in_makes_an_answer_of_it_that_nobody_wrote(template: str, name: str) -> None:
    assert emails.read_own_subject(template) == template
    assert said(template, name=name).subject == said("", name=name).subject


@pytest.mark.parametrize(
    "text",
    [
        "Re\u200c: coffee",
        "R\u200de: coffee",
        "Ｒｅ： coffee",
        "Re(2): coffee",
        "Antwort: coffee",
        "RES: coffee",
        "答复：coffee",
    ],
)
def test_an_answer_is_known_by_any_letters_and_in_other_languages(text: str) -> None:
    assert refused(text) == "It begins like an answer to a mail that nobody wrote. Begin with another word."


def test_what_is_put_in_is_never_looked_at_again() -> None:
    assert said("Hello {name}", name="{programme} {{ 7*7 }}").subject == "Hello {programme} {{ 7*7 }}"


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_makes_no_other_header_and_no_link(name: str) -> None:
    """And so with a template that no door would have taken: filling never fails, because a mail must leave."""
    for template in ("Hello {name}", "{name}: {others}", name, f"{name}{{name}}"):
        message, plain = said(template, name=name), said("", name=name)
        data = emails.to_bytes(message, smtputf8=emails.needs_smtputf8(message))
        usual = emails.to_bytes(plain, smtputf8=emails.needs_smtputf8(plain))
        found, before = (message_from_bytes(one, policy=policy.default) for one in (data, usual))
        assert found.keys() == before.keys()
        assert [value for head, value in found.items() if head != "Subject"] == [
            value for head, value in before.items() if head != "Subject"
        ]
        assert len(message.subject.splitlines()) == 1
        assert Read(data).html.links == Read(usual).html.links
        assert not any(f"{scheme}evil" in message.subject for scheme in ("://", "www."))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_it_is_one_line(end: str) -> None:
    assert refused(f"Meet{end}Bcc: all@example.org") == "There is more than one line in it. Write one line."


@pytest.mark.parametrize(
    "odd", ["\x00", "\x1b", "\x7f", "\u202a", "\u202e", "\u2066", "\u2069", "\u200b", "\ud800", "\ufeff"]
)
def test_characters_that_cannot_be_shown_or_turn_the_line_are_refused(odd: str) -> None:
    assert refused(f"Meet{odd}them").startswith("There is a character in it that cannot be shown.")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * 61, "These are 61 letters. Use at most 60 letters."),
        ("x" * 35 + "{name}", "These are 35 letters without what stands in braces. Use at most 34"),
        ("{name}{name}{name}{name}", "There are 4 placeholders in it. Use at most 3."),
        ("{frist_name}", "“{frist_name}” is no placeholder."),
        ("Meet {name", "“{name” is opened by a brace"),
        ("See www.example.org", "Addresses of pages and of mailboxes cannot stand here"),
        ("Re: {others}", "It begins like an answer to a mail that nobody wrote."),
        ("FWD : {others}", "It begins like an answer to a mail that nobody wrote."),
    ],
)
def test_what_else_cannot_be_used_is_refused_with_the_reason(text: str, why: str) -> None:
    assert refused(text).startswith(why)


def test_it_is_kept_in_one_form() -> None:
    assert emails.read_own_subject("  Meet \t {others}  ") == "Meet {others}"
    assert emails.read_own_subject(" \n ") == ""
    for text in ("שלום {name}", "Return to {others}", "Re-union of {programme}", "Kaffee mit {others}?"):
        assert emails.read_own_subject(text) == text
