"""Norms on what is inside (E18, E25, E26, E28, E29): two texts with the same facts, a calendar entry, safe links."""

import re
import unicodedata
from urllib.parse import urlsplit

import pytest

import emails
from emails.calendar import draft_entry
from emails.words import clean_name
from tests.emails import samples
from tests.emails.norms import corpus
from tests.emails.norms.corpus import Letter
from tests.emails.norms.reading import Ics, Read

ELEMENTS = {"html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "th", "h1", "h2"}
ELEMENTS |= {"p", "a", "br", "ul", "li", "span", "bdi"}
ATTRIBUTES = {"lang", "dir", "charset", "name", "content", "class", "style", "role", "align", "href", "scope"}
ATTRIBUTES |= {"data-css-inline"}
# Words that only one of the two texts needs.
ONLY_HTML = "open my page confirm your place and join say hello write a line say how it went find me someone".split()
ONLY_HTML += "have you met yet if the button does nothing copy this address into your browser".split()
PROPERTY = re.compile(r"[A-Z][A-Z-]*(;[A-Z-]+=(\"[^\"]*\"|[^\";:,]*))*:.*", re.DOTALL)


def words_of(text: str) -> set[str]:
    """Words without punctuation, case and invisible breaks; the Arabic "and" is written together with what follows."""
    return set(re.findall(r"[^\W_]+", re.sub(r"\bو", "و ", text.replace("\u200b", "").casefold())))


def test_e18_both_texts_say_the_same(letters: list[Letter]) -> None:
    for letter in letters:
        assert letter.read.types[-3:] in (
            ["multipart/alternative", "text/plain", "text/html"],
            ["text/plain", "text/html", "text/calendar"],
        )
        shown = words_of(without_preheader(letter.read))
        assert words_of(letter.read.text) - shown == set(), letter
        speaks = emails.language(letter.locale)
        assert shown - words_of(letter.read.text) <= words_of(speaks.text(" ".join(ONLY_HTML))), letter
        places = [link for link in letter.read.html.links if not link.startswith("mailto:")]
        assert set(places) == set(links_in(letter.read.text)), letter


def links_in(text: str) -> list[str]:
    """What a mail reader would make links of."""
    return [found.rstrip(".,;") for found in re.findall(r"https?://[!-~]+", text)]


def without_preheader(read: Read) -> str:
    """The words of the HTML, but for the title of the window and the line that inboxes show."""
    body = re.sub(r'<div class="preheader".*?</div>', "", read.html.source, flags=re.DOTALL)
    return type(read.html)(body).shown


def test_e18_the_html_holds_nothing_that_loads_runs_or_is_sent_off(letters: list[Letter]) -> None:
    for letter in letters:
        html = letter.read.html
        assert {tag for tag, _ in html.elements} <= ELEMENTS, letter
        assert {name for _, attributes in html.elements for name in attributes} <= ATTRIBUTES, letter
        assert "url(" not in html.source
        assert "@import" not in html.source
        assert {urlsplit(link).scheme for link in html.links} <= {"https", "mailto"}, letter


def test_e18_language_and_direction_are_said_and_names_are_isolated(letters: list[Letter]) -> None:
    for letter in letters:
        html = letter.read.html
        (root,) = [attributes for tag, attributes in html.elements if tag == "html"]
        spoken = "en" if letter.locale == "ja-JP" else letter.locale  # nobody has written Japanese
        assert (root["lang"], root["dir"]) == (spoken, "rtl" if spoken == "ar-XB" else "ltr"), letter
        for text, around in html.texts:
            strong = {unicodedata.bidirectional(sign) for sign in text}
            # In a mail from right to left our own words are strong, too.
            assert "bdi" in around or spoken == "ar-XB" or not strong & {"R", "AL", "AN"}, (letter, text)


def test_e25_the_entry_keeps_the_rules_of_rfc_5545(letters: list[Letter]) -> None:
    for letter in letters:
        if not letter.message.attachments:
            continue
        ics = letter.read.ics
        assert max(map(len, ics.lines)) <= 75, letter
        assert all(b"\r" not in line and b"\n" not in line for line in ics.lines)
        assert [line.decode("utf-8") for line in ics.lines], letter  # no letter is cut in two
        assert all(PROPERTY.fullmatch(line) for line in ics.unfolded), letter
        assert ics.unfolded[0] == "BEGIN:VCALENDAR"
        names = [re.split("[:;]", line)[0] for line in ics.unfolded]
        assert sorted(names) == sorted(
            "BEGIN VERSION PRODID METHOD BEGIN UID SEQUENCE DTSTAMP DTSTART DTEND SUMMARY DESCRIPTION ORGANIZER STATUS "
            "TRANSP END END".split()
        ), letter
        assert all(re.fullmatch(r"\d{8}T\d{6}Z", ics.value(name)) for name in ("DTSTAMP", "DTSTART", "DTEND"))
        begins = emails.language(letter.locale).text("Conversation: %(names)s").partition("%")[0]
        assert ics.text("SUMMARY").replace("\u200b", "").startswith(begins), letter
        assert ics.value("ORGANIZER") == "mailto:coffee@example.org"


@pytest.mark.parametrize("name", corpus.NAMES)
def test_e25_a_name_is_escaped_and_arrives(name: str) -> None:
    ics = corpus.letter("introduction", name).read.ics
    shown = clean_name(name) or "sam"
    names = " and ".join(sorted([shown, "Priya Nair"]))
    assert ics.text("SUMMARY").replace("\u200b", "") == f"Conversation: {names}"
    assert ics.text("DESCRIPTION").startswith("A draft from Cross-trust coffees.")


def test_e25_one_group_has_one_uid_for_ever_and_a_change_raises_the_sequence() -> None:
    facts = samples.introduction_facts()
    assert facts.draft is not None
    uids = set()
    for sequence in range(3):
        draft = emails.Draft(facts.draft.start, facts.draft.uid, sequence)
        for me, you in ((facts.recipient, facts.partners[0]), (facts.partners[0], facts.recipient)):
            changed = type(facts)(**{**vars(facts), "recipient": me, "partners": (you,), "draft": draft})
            read = Read(emails.to_bytes(emails.introduction(samples.frame(), changed)))
            uids.add(read.ics.value("UID"))
            assert read.ics.value("SEQUENCE") == str(sequence)
    assert uids == {emails.calendar_uid(samples.SECRET, "group 1", samples.DOMAIN)}


def test_e25_signs_that_mean_something_are_escaped() -> None:
    text = "semi;colon, comma \\ back\\n slash\nnext"
    facts = samples.introduction_facts()
    assert facts.draft is not None
    data = draft_entry(
        uid=facts.draft.uid, sequence=0, stamp=samples.MONDAY, start=facts.draft.start, minutes=30,
        summary=text, description=text, organiser=corpus.OURS,
    )  # fmt: skip
    assert Ics(data).text("SUMMARY") == Ics(data).text("DESCRIPTION") == text


def test_e26_the_method_is_publish_outside_and_inside_and_nobody_is_invited(letters: list[Letter]) -> None:
    for letter in letters:
        calendars = [part for part in letter.read.parsed.walk() if part.get_content_type() == "text/calendar"]
        assert len(calendars) == len(letter.message.attachments)
        for part in calendars:
            assert part["Content-Type"].params["method"] == letter.read.ics.value("METHOD") == "PUBLISH"
            assert letter.read.ics.values("ATTENDEE") == []
            assert letter.read.ics.values("ORGANIZER") == ["mailto:coffee@example.org"]
            assert part.get_filename() == "conversation.ics"


def test_e28_every_link_is_one_hop_to_our_own_host_over_https(letters: list[Letter]) -> None:
    for letter in letters:
        for link in (*letter.read.html.links, *links_in(letter.read.text)):
            if not link.startswith("mailto:"):
                parts = urlsplit(link)
                assert (parts.scheme, parts.netloc) == ("https", "coffee.example.org"), letter
                assert (parts.query, parts.fragment) == ("", ""), letter


@pytest.mark.parametrize("name", corpus.NAMES)
def test_e29_a_confirmation_holds_no_word_of_whoever_typed_the_address(name: str) -> None:
    assert corpus.letter("confirm_sign_up", name).data == corpus.letter("confirm_sign_up").data


def test_e29_it_says_which_programme_that_nothing_happens_by_itself_and_how_to_make_it_stop() -> None:
    read = corpus.letter("confirm_sign_up").read
    for said in (read.text, read.html.shown):
        said = " ".join(said.split())
        assert "Someone, we hope you, asked to join Cross-trust coffees with this address." in said
        assert "Nobody joins without that press" in said
        assert "If such mails keep coming, answer this one and we will stop them." in said
    assert read.addresses("Reply-To") == ["amira@example.org"]
    assert not read.has("List-Unsubscribe")
