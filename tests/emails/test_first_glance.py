"""What one sees of a mail before reading it: the line of the inbox, one thing to press, its colours and its shape."""

import re
from itertools import pairwise

import pytest

from emails.render import TEMPLATES
from emails.samples import SAMPLES, preheader
from tests.emails.page import Page, words
from tests.emails.samples import KINDS, NAMES, every_kind

MAILS = every_kind()
BUTTONS = {
    "confirm_sign_up": "Confirm and join",
    "already_in": "Open my page",
    "my_page": "Open my page",
    "before_draw": "Skip this one",
    "introduction": "Say hello",
    "left_out": "Open my page",
    "called_off": "Find me someone new",
    "partner_away": "Find me someone new",
    "reminder": "Write a line",
    "check_in": "Say how it went",
    "check_in_again": "Say how it went",
    "outcome": "Tell us",
    "still_in": "Keep me in",
    "welcome_back": "Look at the next draw",
    "sign_in": "Sign in",
    "test_copy": "Say hello",
    "round_ready": "Look at the groups",
    "round_so_far": "Open the round",
    "not_delivered": "See to it",
    "sponsor_report": "Read the report",
}
"""The one thing to press, by kind."""
OTHERWISE = {"called_off_by_oneself": "Open my conversation"}
"""Variants that have another one."""
NOTHING_TO_PRESS = {"concern", "round_report", "test_mail"}
"""To be read, answered, or typed from."""
TOLD_ALONE = {"called_off_of_three"}
"""Variants in which the others go ahead, and their reader has nothing to decide."""
LONG = [name for name in NAMES if len(name) > 60 or re.search("[\u0590-\u06ff]", name)]


def buttons(html: str) -> list[str]:
    """The words of everything that looks like a button."""
    return [words(re.sub("<[^>]*>", "", found)) for found in re.findall(r'class="button".*?<a [^>]*>(.*?)</a>', html)]


def test_every_kind_is_known_here_to_have_one_thing_to_press_or_none() -> None:
    assert {sample.kind for sample in SAMPLES.values()} == BUTTONS.keys() | NOTHING_TO_PRESS
    assert not BUTTONS.keys() & NOTHING_TO_PRESS


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_has_one_thing_to_press_or_none_where_none_is_wanted(kind: str) -> None:
    wanted = OTHERWISE.get(kind) or BUTTONS.get(SAMPLES[kind].kind) if kind not in TOLD_ALONE else None
    assert buttons(MAILS[kind].html) == ([wanted] if wanted else [])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if buttons(MAILS[kind].html)])
def test_what_is_pressed_comes_before_any_other_link_and_in_the_text_too(kind: str) -> None:
    ours = [str(one["href"]) for one in Page(MAILS[kind].html).all("a") if "@" not in str(one["href"])]
    button = re.findall(r'class="button".*?href="([^"]*)"', MAILS[kind].html)[0]
    if button.startswith("mailto:"):  # the addresses stand in the text, and answering it goes to them
        assert all(one.address in MAILS[kind].text for one in MAILS[kind].reply_to)
    else:
        assert button == ours[0] == re.findall(r"https://\S+", MAILS[kind].text)[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["Sam Okoro", *LONG])
def test_the_line_beside_the_subject_says_something_else(kind: str, name: str) -> None:
    message = KINDS[kind](name, "sam@example.org")
    beside = preheader(message.html)
    assert beside == Page(message.html).preheader.replace("<bdi>", "").replace("</bdi>", "")
    said, more = plain(message.subject), plain(beside)
    assert said not in more
    assert more not in said
    triples = {" ".join(three) for three in zip(said.split(), said.split()[1:], said.split()[2:], strict=False)}
    assert [three for three in triples if three in more] == []


def plain(text: str) -> str:
    """Small letters and single blanks; no punctuation."""
    return " ".join(re.findall(r"[^\W_]+", text.replace("\u200b", "").casefold()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LONG)
def test_a_long_or_right_to_left_name_leaves_the_words_of_the_subject_whole(kind: str, name: str) -> None:
    short, long = KINDS[kind]("Bo", "sam@example.org").subject, KINDS[kind](name, "sam@example.org").subject
    ours = [word for word in short.replace("Bo", " ").split() if len(word) > 3]
    assert len(long) < 50
    assert [word for word in ours if word not in long] == []


def rules(css: str) -> dict[str, str]:
    """Selectors, one by one, and what is said of each."""
    found: dict[str, str] = {}
    for selectors, said in re.findall(r"([^{}@]+)\{([^{}]*)\}", css):
        for selector in selectors.split(","):
            found[selector.strip()] = found.get(selector.strip(), "") + said
    return found


def test_every_colour_of_a_mail_has_a_twin_for_the_dark() -> None:
    layout = (TEMPLATES / "_layout.html").read_text(encoding="utf-8")
    light, kept = re.findall(r"<style[^>]*>(.*?)</style>", layout, re.DOTALL)
    dark = rules(kept.partition("(prefers-color-scheme: dark) {")[2])
    coloured = {
        selector: said for selector, said in rules(light).items() if re.search(r"#[0-9A-F]{6}", said, re.IGNORECASE)
    }
    assert len(coloured) > 10
    for selector, said in coloured.items():
        for what in re.findall(r"(?<![-\w])(color|background-color|border)[-\w]*: [^;]*#", said):
            assert re.search(rf"(^|\s){what}", dark.get(selector, "")), (selector, what)


@pytest.mark.parametrize("kind", KINDS)
def test_styles_stand_in_the_elements_and_the_only_style_sheet_is_that_for_small_and_dark_screens(kind: str) -> None:
    page = Page(MAILS[kind].html)
    assert page.all("style") == [{"data-css-inline": "keep"}] or len(page.all("style")) == 1
    assert "prefers-color-scheme: dark" in re.findall(r"<style.*?</style>", MAILS[kind].html, re.DOTALL)[0]
    layout = rules(re.findall(r"<style>(.*?)</style>", (TEMPLATES / "_layout.html").read_text(), re.DOTALL)[0])
    styled = {selector.removeprefix(".") for selector in layout if re.fullmatch(r"\.[a-z]+", selector)}
    for tag, attributes in page.elements:
        for name in (attributes.get("class") or "").split():
            assert name not in styled or attributes.get("style"), (tag, name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_a_column_of_600_px_that_gives_way(kind: str) -> None:
    html = MAILS[kind].html
    (sheet,) = [one for one in Page(html).all("table") if one.get("class") == "sheet"]
    assert "width: 100%" in str(sheet["style"])
    assert "max-width: 600px" in str(sheet["style"])
    fixed = re.findall(r"(?<![-\w])width: ?(\d+)px", html.partition("<body")[2])
    assert all(int(width) <= 20 for width in fixed), "wider than a sign in the head"
    assert len(html.encode()) < 30_000  # a third of what large providers cut


@pytest.mark.parametrize("kind", KINDS)
def test_headings_follow_each_other_without_a_gap(kind: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(MAILS[kind].html).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
