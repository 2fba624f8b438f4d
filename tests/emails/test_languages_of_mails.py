"""No word of ours escapes the catalogues: mails in two made languages hold no plain letter, and nothing in them breaks.

People's own words are in Greek letters here, so whatever is in plain ones was written by us and is not translated.
"""

import dataclasses
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote

import icalendar
import pytest

import emails
from emails import ACCENTED, MIRRORED, Decision, Member, Message, phrase, phrases
from tests.emails import samples
from tests.emails.page import Page, language_of
from tests.emails.samples import BASE_URL, KINDS, frame, framed, spelt, typed

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
GREEK = str.maketrans(LATIN, "ΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠΘΡΣΤΥΩΧΧΥΖαβψδεφγηιξκλμνοπθρστυωχχυζ")
NO_WORDS = re.compile(r"\w+://\S+|[\w.+-]+@[\w.-]+|COFFEE_\w+|coffee (?:mail|round) [^\n]*|2026-W48|\u200b")
TAGS = (ACCENTED, MIRRORED)
ALEX, KIM = "Αλέξανδρος Παπαδόπουλος", "Κιμ"


def greek(text: str) -> str:
    return text.translate(GREEK)


def people() -> tuple[Member, Member, Member]:
    return (
        Member(ALEX, "alex@example.org", KIM),
        Member(KIM, "kim@example.org", ALEX, phrase("%(name)s.", name=KIM), access=ALEX),
        Member(ALEX, "lee@example.org"),
    )


def pair_without_links() -> Message:
    alex, kim, _ = people()
    facts = dataclasses.replace(
        samples.introduction_facts(ALEX, alex.address),
        partners=(kim,),
        writes_first=kim.address,
        format="in_person",
        conversation_url=None,
        draw_date=None,
        common=(phrases("Some of you met %(count)s round ago.", "Some of you met %(count)s rounds ago.", 3),),
    )
    return emails.introduction(frame(), facts)


def group_with_a_page(partners: int) -> Message:
    me, *others = people()
    facts = dataclasses.replace(
        samples.introduction_facts(ALEX, me.address),
        recipient=me,
        partners=(*others, Member(KIM, "m@example.org"))[:partners],
        writes_first=me.address,
    )
    return emails.introduction(frame(), facts)


def left_out_without_a_day() -> Message:
    return emails.left_out(frame(), emails.LeftOut(people()[0], "2026-11", f"{BASE_URL}/m/x"))


def reminder(pair: bool, page: bool) -> Message:
    me, *others = people()
    return emails.reminder(
        frame(),
        emails.Reminder(
            me,
            tuple(others[: 1 if pair else 2]),
            "2026-W48",
            f"{BASE_URL}/m/f",
            f"{BASE_URL}/m/c",
            conversation_url=f"{BASE_URL}/m/p" if page else None,
        ),
    )


def called_off(looking: bool, others: tuple[str, ...]) -> Message:
    me, away, _ = people()
    return emails.called_off(frame(), emails.CalledOff(me, away, "2026-W48", looking, others=others))


def round_report(state: str, decisions: int) -> Message:
    facts = emails.RoundReport(
        "amira@example.org", "2026-W48", state, "7", 1, 1, 0, decisions=(Decision(ALEX, "7"),) * decisions
    )
    return emails.round_report(frame(organisation=""), facts)


def concern(gone: int) -> Message:
    alex, kim, _ = people()
    facts = emails.Concern(alex, (kim,), "2026-W48", ALEX, f"{BASE_URL}/p/eu/conduct", None, gone)
    return emails.concern(frame(), facts)


OTHER_WAYS: dict[str, Callable[[], Message]] = {
    "pair, in person, no page": pair_without_links,
    "trio with a page": lambda: group_with_a_page(2),
    "larger group": lambda: group_with_a_page(3),
    "left out, no day": left_out_without_a_day,
    "reminder of a pair": lambda: reminder(pair=True, page=False),
    "reminder of a pair with a page": lambda: reminder(pair=True, page=True),
    "reminder of a trio": lambda: reminder(pair=False, page=False),
    "called off, nothing to do": lambda: called_off(looking=False, others=()),
    "called off, three": lambda: called_off(looking=False, others=(KIM, ALEX)),
    "all is well, few": lambda: emails.round_ready(
        frame(), emails.RoundReady("a@example.org", 3, "2026-W48", BASE_URL, BASE_URL, people=1, groups=1)
    ),
    "nothing is well": lambda: emails.round_ready(
        frame(), emails.RoundReady("a@example.org", 3, "2026-W48", BASE_URL, BASE_URL, 9, 4, 2, 2, 2, 2)
    ),
    "one of each": lambda: emails.round_ready(
        frame(), emails.RoundReady("a@example.org", 3, "2026-W48", BASE_URL, BASE_URL, 9, 4, 1, 1, 1, 1)
    ),
    "one is alone, and too late": lambda: emails.not_delivered(
        frame(), emails.NotDelivered("a@example.org", BASE_URL, BASE_URL, returned=1, late=1, held=2)
    ),
    "many are too late": lambda: emails.not_delivered(
        frame(), emails.NotDelivered("a@example.org", BASE_URL, BASE_URL, late=2)
    ),
    "one so far": lambda: emails.round_so_far(
        frame(), emails.RoundSoFar("a@example.org", 3, "2026-W48", BASE_URL, BASE_URL, 1, returned=1, held=2)
    ),
    "answers, and too few who met": lambda: emails.sponsor_report(
        frame(), emails.SponsorReport("g@example.org", "2026-Q3", f"{BASE_URL}/m/x", f"{BASE_URL}/m/y", 2, 10, 10, 5)
    ),
    "matched": lambda: round_report("matched", 0),
    "under way": lambda: round_report("sending", 0),
    "one decision": lambda: round_report("introduced", 1),
    "two are gone": lambda: concern(2),
    "a later draw": lambda: emails.before_draw(
        frame(), emails.BeforeDraw(people()[0], date(2026, 12, 24), f"{BASE_URL}/m/x")
    ),
    "an open pause": lambda: emails.already_in(
        frame(), emails.AlreadyIn("sam@example.org", f"{BASE_URL}/m/x", "paused", None)
    ),
    "no draw yet": lambda: emails.confirm_sign_up(
        frame(), emails.ConfirmSignUp("sam@example.org", f"{BASE_URL}/m/x", 1, 1)
    ),
    "back, no draw yet": lambda: emails.welcome_back(frame(), emails.WelcomeBack(people()[0], f"{BASE_URL}/m/x")),
    "check-in of three": lambda: emails.check_in(
        frame(), emails.CheckIn(people()[0], people()[1:], "2026-W48", f"{BASE_URL}/m/f", f"{BASE_URL}/m/c")
    ),
    "outcome of three": lambda: emails.outcome(
        frame(), emails.Outcome(people()[0], people()[1:], "2026-W48", f"{BASE_URL}/m/f", f"{BASE_URL}/m/c")
    ),
    "test without a name": lambda: emails.test_mail(frame(), emails.TestMail("sam@example.org")),
}
WAYS = {kind: lambda kind=kind: KINDS[kind](ALEX, "sam@example.org") for kind in KINDS} | OTHER_WAYS


@cache
def written(way: str, tag: str) -> Message:
    with spelt(greek), framed(locale=tag):
        return WAYS[way]()


class Shown(HTMLParser):
    """Whatever somebody may see, hear or send by pressing: texts, the title, labels, subjects of mailto links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        self.found += [text or "" for name, text in attrs if name in ("aria-label", "title", "alt", "placeholder")]
        self.found += [unquote((text or "").partition("?subject=")[2]) for name, text in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.found.append(data)


def calendar_words(message: Message) -> list[str]:
    events = [icalendar.Calendar.from_ical(one.data).walk("VEVENT")[0] for one in message.attachments]
    return [str(text) for one in events for text in (one["summary"], one["description"], one["organizer"].params["CN"])]


def plain(*texts: str) -> list[str]:
    """What stands there in plain letters."""
    return [text for text in texts if any(sign in LATIN for sign in NO_WORDS.sub("", text))]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("way", WAYS)
def test_no_word_of_a_mail_escapes(way: str, tag: str) -> None:
    message = written(way, tag)
    assert plain(message.subject, *message.text.splitlines(), *Shown(message.html).found) == []
    assert plain(*calendar_words(message), message.sender.name) == []


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("way", WAYS)
def test_a_mail_in_another_language_is_built_like_the_english_one(way: str, tag: str) -> None:
    english, message = written(way, emails.ENGLISH), written(way, tag)
    assert language_of(Page(message.html)) == [(tag, "rtl" if tag == MIRRORED else "ltr")]
    longer = 8 if way == "test_copy" else 0  # a word, and the subject of the mail that is shown
    assert 10 <= len(message.subject) < 50 + longer
    assert [name for name, _ in Page(message.html).elements] == [name for name, _ in Page(english.html).elements]
    assert addresses(message) == addresses(english)
    assert len(message.text.splitlines()) == len(english.text.splitlines())
    assert re.findall(r"https://\S+", message.text) == re.findall(r"https://\S+", english.text)
    assert emails.to_bytes(message)


def addresses(message: Message) -> list[str]:
    return [(one["href"] or "").partition("?")[0] for one in Page(message.html).all("a")]


def test_the_entry_for_the_calendar_speaks_the_readers_language() -> None:
    english, accented = (calendar_words(written("introduction", tag)) for tag in (emails.ENGLISH, ACCENTED))
    said = phrase("Conversation: %(names)s", names=[ALEX, greek("Priya Nair")])
    assert (english[0], accented[0]) == (said, emails.language(ACCENTED).say(said))
    assert len(accented[1].splitlines()) == len(english[1].splitlines()) == 5


def test_the_subject_of_a_link_that_writes_a_mail_is_as_it_was_typed() -> None:
    facts = samples.introduction_facts("O'Neill & Söhne", "sam@example.org")
    assert "?subject=Hello%20from%20O%27Neill%20%26%20S%C3%B6hne" in emails.introduction(frame(), facts).html


@pytest.mark.parametrize(
    "escapee", ["<p>Hello</p>", '<a title="Hello"></a>', '<a href="mailto:a@example.org?subject=Hello">Γ</a>']
)
def test_each_place_where_a_word_could_hide_is_looked_at(escapee: str) -> None:
    assert plain(*Shown(escapee).found) == ["Hello"]


def test_people_are_greek_here() -> None:
    with spelt(greek):
        assert plain(typed("Priya Nair"), frame().programme) == []
    assert plain(typed("Priya Nair")) == ["Priya Nair"]
