"""Every kind of mail is readable by everyone, says the same twice, and needs nothing from anywhere."""

import re
from datetime import date
from typing import Any

import jinja2
import pytest

import emails
from emails import AlreadyIn, LeftOut, Member
from emails.render import TEMPLATES, kinds, render
from tests.emails import samples
from tests.emails.page import Page, facts_in, language_of, words
from tests.emails.samples import BASE_URL, KINDS, NAMES, every_kind, frame

HOSTILE = [name for name in NAMES if set(name) & set("<>&\"'{}") or "evil" in name]


@pytest.mark.parametrize(
    ("build", "facts"),
    [
        (emails.introduction, samples.introduction_facts()),
        (emails.introduction, samples.trio_facts()),
        (emails.left_out, LeftOut(Member("Sam", "s@example.org"), "2026-W48", f"{BASE_URL}/m/x", date(2026, 12, 7))),
        (emails.already_in, AlreadyIn("sam@example.org", f"{BASE_URL}/m/x", "paused", date(2027, 1, 11))),
        (emails.my_page, emails.MyPage("sam@example.org", f"{BASE_URL}/m/x")),
        (
            emails.confirm_sign_up,
            emails.ConfirmSignUp("sam@example.org", f"{BASE_URL}/m/x", next_draw=date(2026, 12, 7)),
        ),
    ],
)
def test_text_and_html_hold_the_same_facts(build: Any, facts: Any) -> None:
    message = build(frame(), facts)
    own_address = {facts.address} if hasattr(facts, "address") else set()
    if isinstance(facts, LeftOut):
        own_address = {facts.recipient.address}
    for fact in set(facts_in(facts)) - own_address - {""}:
        assert words(fact) in words(message.text)
        assert words(fact) in Page(message.html).text


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same_sentences(kind: str) -> None:
    message = every_kind()[kind]
    spoken = Page(message.html).text
    said = [words(line.removeprefix("- ")) for line in message.text.splitlines()]
    ignored = ("http", "--")
    missing = [
        line
        for line in said
        if line and not line.startswith(ignored) and not line.isupper() and line.rstrip(":") not in spoken
        and not all(part.strip() in spoken for part in re.split(r"[:,]", line))
    ]  # fmt: skip
    assert missing == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_subject_preheader_and_size_keep_their_limits_for_every_name(kind: str, name: str) -> None:
    message = KINDS[kind](name, "sam@example.org")
    assert 10 <= len(message.subject) < 50
    assert 40 <= len(Page(message.html).preheader) <= 90
    assert len(message.html.encode()) < 100_000
    assert "\n" not in message.subject


def test_subjects_keep_their_limit_for_the_longest_programme_name() -> None:
    long = frame(programme="Wolfeschlegelsteinhausenbergerdorff programme of the northern hospitals")
    facts = emails.ConfirmSignUp("sam@example.org", f"{BASE_URL}/m/x")
    assert emails.confirm_sign_up(long, facts).subject == "Confirm your place in Wolfeschlegelsteinhausenbe…"
    assert len(emails.confirm_sign_up(long, facts).subject) < 50


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_an_element_a_link_or_a_template(kind: str, name: str) -> None:
    plain, hostile = KINDS[kind]("Sam", "sam@example.org"), KINDS[kind](name, "sam@example.org")
    assert [tag for tag, _ in Page(hostile.html).elements] == [tag for tag, _ in Page(plain.html).elements]
    assert [sorted(found) for _, found in Page(hostile.html).elements] == [
        sorted(found) for _, found in Page(plain.html).elements
    ]
    for body in (hostile.text, hostile.html, hostile.subject):
        assert "https://evil" not in body
        assert "www.evil" not in body
        assert "evil.com" not in body
    if "7 * 7" in name:
        assert "7 * 7" in hostile.text or hostile.text == plain.text


@pytest.mark.parametrize("kind", KINDS)
def test_html_needs_nothing_from_anywhere(kind: str) -> None:
    message = every_kind()[kind]
    page = Page(message.html)
    assert {tag for tag, _ in page.elements} <= {
        "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "th", "h1", "h2", "p",
        "a", "br", "ul", "li", "bdi", "span",
    }  # fmt: skip
    assert not re.search(r"url\(|@import|src=|background=|<link|javascript:", message.html)
    targets = [attributes["href"] or "" for attributes in page.all("a")]
    assert [target for target in targets if not target.startswith((BASE_URL, "mailto:"))] == []
    assert targets


@pytest.mark.parametrize("kind", KINDS)
def test_html_is_readable_by_everyone(kind: str) -> None:
    message = every_kind()[kind]
    page = Page(message.html)
    assert language_of(page) == [("en", "ltr")]
    assert {"name": "color-scheme", "content": "light dark"} in page.all("meta")
    assert "@media (prefers-color-scheme: dark)" in message.html
    tables_of_numbers = [table for table in page.all("table") if table.get("role") != "presentation"]
    assert len(tables_of_numbers) == (2 if kind == "round_report" else 0)
    assert len(page.all("h1")) == 1
    sizes = [int(size) for size in re.findall(r"font-size: ?(\d+)px", message.html.split("<body", 1)[1])]
    assert min(size for size in sizes if size != 1) >= 16
    for styles in (attributes["style"] or "" for attributes in page.all("a") if "inline-block" in str(attributes)):
        assert "padding: 12px 26px" in styles
        assert "line-height: 24px" in styles


@pytest.mark.parametrize("kind", KINDS)
def test_each_button_has_its_address_in_plain_sight(kind: str) -> None:
    message = every_kind()[kind]
    for attributes in Page(message.html).all("a"):
        target = attributes["href"] or ""
        if target.startswith("http"):
            assert target in Page(message.html).text
            assert target in message.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_are_calm(kind: str) -> None:
    message = every_kind()[kind]
    for text in (message.subject, message.text, Page(message.html).text, Page(message.html).preheader):
        assert "!" not in text
        assert not text.lower().startswith("re:")
        assert "None" not in text
        assert "{{" not in text


def test_right_to_left_languages_turn_the_page() -> None:
    message = emails.introduction(frame(locale=emails.MIRRORED), samples.introduction_facts())
    assert language_of(Page(message.html)) == [("ar-XB", "rtl")]


def test_names_are_isolated_from_the_direction_around_them() -> None:
    message = samples.introduction("محمد بن سلمان", "m@example.org")
    assert "<bdi>محمد بن سلمان</bdi>" in message.html
    assert message.html.count("<bdi>Priya Nair</bdi>") >= 3


def test_a_missing_fact_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("my_page", {"frame": frame()}, emails.english())


def test_every_kind_has_its_three_templates_and_an_example() -> None:
    """But for a test copy, which is one of the others under another subject."""
    assert set(kinds()) | {"test_copy"} == {message.kind for message in every_kind().values()}
    for kind in kinds():
        files = {path.name for path in (TEMPLATES / kind).iterdir()}
        assert files == {"subject.txt", "body.txt", "body.html"}
