"""The page of a conversation: what the mail said as it is now, buttons that can be taken back, and every odd state."""

import re
from datetime import date
from email import message_from_bytes
from email.policy import default
from typing import Any

import icalendar
import pytest
from sqlmodel import col, select, update

from app.models import Feedback, MailKind, Met, OutgoingMail, ProgrammeState
from app.queries import programmes as programme_queries
from app.services import participants
from app.services.feedback import Answer
from tests.app.talking import Talk, talk_of
from tests.app.web.visitor import Visitor

OWN = "/me/conversations/2026-W48"
NAMES = ("ann", "bob")


@pytest.fixture
def talk(visitor: Visitor) -> Talk:
    return talk_of(visitor.world, *NAMES)


def link(visitor: Visitor, name: str, kind: MailKind = MailKind.INTRODUCTION) -> str:
    return visitor.link(kind, "conversation", name)


def signed_in(visitor: Visitor, name: str) -> Visitor:
    """That person, in a browser of their own."""
    other = visitor.fresh()
    other.post("/me", email=f"{name}@example.org")
    assert other.post(other.link(MailKind.MY_PAGE, "my_page", name), action="open").status_code == 303
    return other


def press(visitor: Visitor, path: str, action: str, **fields: str) -> str:
    """Press a button and look at the page it leads to."""
    answer = visitor.post(path, action=action, **fields)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, path)
    return visitor.get(answer.headers["location"]).text


def set_programme(visitor: Visitor, state: ProgrammeState) -> None:
    with visitor.world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        programme.state = state
        session.add(programme)


def leave(visitor: Visitor, name: str) -> None:
    with visitor.world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        person = session.merge(visitor.world.there(name))
        participants.leave(session, programme, person, now=visitor.world.now, secret_key=visitor.world.secret)


# --- what it shows ---------------------------------------------------------------------------------------------------


def test_it_shows_what_the_mail_said_and_looking_changes_nothing(visitor: Visitor) -> None:
    visitor.world.person("ann", "Finance", ask=["budgets"], time=["Monday morning", "Friday morning"])
    visitor.world.person("bob", "Estates", offer=["budgets"], time=["Friday morning"], language=["Welsh"])
    talk = Talk(visitor.world, visitor.world.sent_round())
    mine = signed_in(visitor, "ann")
    before = visitor.state()
    for browser, path in ((visitor, link(visitor, "ann")), (mine, OWN)):
        for _ in range(2):
            page = browser.get(path)
            assert (page.status_code, browser.http.head(path).status_code) == (200, 200)
        for words in (
            *("You and <bdi>Bob</bdi>", "<bdi>Estates</bdi>", "bob@example.org", "Can help with budgets."),
            *("Why you two", "budgets", "These times suit you both: <bdi>Friday morning</bdi>."),
            *("5 minutes to say hello", "10 minutes for each one&#39;s question", "5 minutes for what comes next"),
            *("What are you stuck on", "One step deeper than the weather", "We have arranged it", "I cannot this time"),
            *("Languages you share: <bdi>Welsh</bdi>.", "Something wrong?"),
        ):
            assert words.replace("&#39;", "'") in page.text.replace("&#39;", "'"), words
        assert 'href="mailto:bob@example.org?subject=Hello%20from%20Ann"' in page.text
        assert re.search(r"<textarea[^>]* readonly>\s*bob@example.org</textarea>", page.text)
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|(?:src|href)=\"(?:https?:)?//", page.text)
        assert page.text.count("<h1") == 1
    assert visitor.state() == before
    assert talk.place("ann").arranged_at is None


def test_all_mails_about_a_conversation_lead_to_its_page(visitor: Visitor, talk: Talk) -> None:
    visitor.world.later(days=4, hours=1)
    talk.asked(MailKind.REMINDER)
    visitor.world.later(days=6)
    talk.asked(MailKind.CHECK_IN)
    for kind in (MailKind.INTRODUCTION, MailKind.REMINDER, MailKind.CHECK_IN):
        path = link(visitor, "ann", kind)
        assert "You and <bdi>Bob</bdi>" in visitor.get(path).text
        assert sum(path in letter.replace("=\r\n", "") for letter in talk.letters_to("ann")) == 1, kind


def test_a_trio_is_spoken_to_as_three(visitor: Visitor) -> None:
    talk_of(visitor.world, "ann", "bob", "cyd")
    page = visitor.get(link(visitor, "ann")).text
    for words in (
        "You and <bdi>Bob</bdi> and <bdi>Cyd</bdi>",
        "6 minutes for each",
        "bob@example.org, cyd@example.org",
    ):
        assert words in page
    assert "mailto:bob@example.org,cyd@example.org?subject=" in page
    visitor.world.later(days=2)
    assert "Nobody has replied" in visitor.get(link(visitor, "ann")).text


def test_a_name_of_marks_is_shown_as_it_is(visitor: Visitor) -> None:
    talk = talk_of(visitor.world, *NAMES)
    with visitor.world.database.writing() as session:
        person = session.merge(visitor.world.there("bob"))
        person.name = "<b>Bob</b> & \u202eco"
        session.add(person)
    page = visitor.get(link(visitor, "ann"))
    assert (page.status_code, "<b>Bob" in page.text, "&lt;b&gt;Bob&lt;/b&gt; &amp;" in page.text) == (200, False, True)
    assert visitor.get(f"{link(visitor, 'ann')}/conversation.ics").status_code == 200
    assert talk.place("ann").group_id


def test_the_calendar_draft_is_the_one_of_the_mail_and_moves_to_the_day_that_was_arranged(
    visitor: Visitor, talk: Talk
) -> None:
    path = link(visitor, "ann")
    answer = visitor.get(f"{path}/conversation.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="conversation.ics"'
    entry, mailed = entry_of(answer.content), mailed_entry(visitor, "ann")
    assert entry == mailed
    assert entry[1:] == ("2026-11-26T10:00:00+00:00", 0)
    press(visitor, path, "arranged", on="2026-12-03")
    mine = signed_in(visitor, "ann")
    uid, start, sequence = entry_of(mine.get(f"{OWN}/conversation.ics").content)
    assert (uid, start) == (mailed[0], "2026-12-03T10:00:00+00:00")
    assert sequence > 0


def entry_of(data: bytes) -> tuple[str, str, int]:
    """UID, beginning and sequence of the one entry in an .ics."""
    found: Any = icalendar.Calendar.from_ical(data).walk("VEVENT")[0]
    return str(found["uid"]), found["dtstart"].dt.isoformat(), int(found["sequence"])


def mailed_entry(visitor: Visitor, name: str) -> tuple[str, str, int]:
    """The same of the entry that came with somebody's introduction."""
    sent = next(sent for sent in visitor.world.transport.sent if sent.recipient == f"{name}@example.org")
    parts = message_from_bytes(sent.data, policy=default).iter_attachments()
    return entry_of(next(part.get_content() for part in parts).encode())


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_nobody_else_sees_it_and_other_links_do_not_open_it(visitor: Visitor, talk: Talk) -> None:
    visitor.world.person("zoe")
    stranger = signed_in(visitor, "zoe")
    for path in (OWN, f"{OWN}/said", f"{OWN}/conversation.ics", "/me/conversations/2026-W49"):
        assert stranger.get(path).status_code == 404
        assert visitor.fresh().get(path).headers["location"] == "/me"
    assert stranger.post(OWN, action="cannot").status_code == 404
    before = visitor.state()
    for purpose in ("choices", "leave"):
        other = visitor.link(MailKind.INTRODUCTION, purpose, "ann")
        assert visitor.post(other, action="cannot").status_code == 410
        assert visitor.get(f"{other}/conversation.ics").status_code == 410
    for action in ("yes", "leave", "skip", "open", "confirm", "dance"):
        assert visitor.post(link(visitor, "ann"), action=action).status_code == 410
    assert visitor.state() == before


def test_one_s_own_page_refuses_a_button_that_is_not_ours(visitor: Visitor, talk: Talk) -> None:
    assert signed_in(visitor, "ann").post(OWN, action="dance").status_code == 422


def test_what_one_has_said_stands_on_one_s_own_pages_and_nowhere_else(visitor: Visitor, talk: Talk) -> None:
    talk.answer("ann", Answer(Met.YES, 5, "A line of Ann's."))
    mine, theirs = signed_in(visitor, "ann"), signed_in(visitor, "bob")
    assert ("You met" in mine.get("/me").text, "we met" in mine.get(OWN).text) == (True, True)
    for page in (
        theirs.get("/me"),
        theirs.get(OWN),
        visitor.get(link(visitor, "bob")),
        visitor.get(link(visitor, "ann")),
    ):
        for words in ("You met", "we met", "A line of"):
            assert words not in page.text


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("arranged", {"on": "2026-12-03"}, "Arranged for Thursday 3 December"),
        ("arranged", {}, "Arranged"),
        ("cannot", {}, "You cannot this time"),
    ],
)
def test_my_page_says_how_each_conversation_stands_for_oneself_only(
    visitor: Visitor, talk: Talk, action: str, fields: dict[str, str], words: str
) -> None:
    mine, theirs = signed_in(visitor, "ann"), signed_in(visitor, "bob")
    before = theirs.get("/me").text
    assert f'href="{OWN}"' in before
    press(mine, OWN, action, **fields)
    assert words in mine.get("/me").text
    assert theirs.get("/me").text == before


# --- its buttons -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True], ids=["mailed", "signed in"])
def test_each_button_is_there_when_it_helps_and_can_be_taken_back(visitor: Visitor, talk: Talk, own: bool) -> None:
    visitor.world.later(days=2)
    browser, path = (signed_in(visitor, "ann"), OWN) if own else (visitor, link(visitor, "ann"))
    assert "it is arranged for Thursday 3 December" in press(browser, path, "arranged", on="2026-12-03")
    assert talk.place("ann").arranged_on == date(2026, 12, 3)
    assert "You said" not in press(browser, path, "not-arranged")
    page = press(browser, path, "seek")
    assert ("We are looking for someone new" in page, "We have found each other" in page) == (True, True)
    assert "My match has not replied" in press(browser, path, "stay")
    page = press(browser, path, "cannot")
    assert ("You cannot this time" in page, "I can after all" in page) == (True, True)
    assert "We have arranged it" in press(browser, path, "can")
    place = talk.place("ann")
    assert (place.arranged_at, place.wants_new_since, place.cannot_since) == (None, None, None)


def test_twice_is_once(visitor: Visitor, talk: Talk) -> None:
    path = link(visitor, "ann")
    for action, fields in (("arranged", {"on": "2026-12-03"}), ("not-arranged", {}), ("cannot", {}), ("can", {})):
        press(visitor, path, action, **fields)
        before = visitor.state()
        press(visitor, path, action, **fields)
        assert visitor.state() == before, action


def test_arranged_after_all_ends_cannot_and_the_search(visitor: Visitor, talk: Talk) -> None:
    path = link(visitor, "ann")
    press(visitor, path, "cannot")
    press(visitor, path, "arranged")
    assert (talk.place("ann").cannot_since, talk.told()) == (None, [])
    visitor.world.later(days=2)
    press(visitor, path, "seek")
    press(visitor, path, "arranged")
    assert (talk.place("ann").wants_new_since, talk.told()) == (None, [])


@pytest.mark.parametrize("on", ["soon", "2026-11-22", "2027-06-01", "2026-02-30", "9999-12-31"])
def test_a_day_that_cannot_be_is_refused_in_words_beside_the_field(visitor: Visitor, talk: Talk, on: str) -> None:
    answer = visitor.post(link(visitor, "ann"), action="arranged", on=on)
    assert (answer.status_code, 'href="#on"' in answer.text, 'id="on-wrong"' in answer.text) == (422, True, True)
    assert talk.place("ann").arranged_at is None


def test_no_answer_cannot_be_said_too_early_and_the_page_says_from_when_on(visitor: Visitor, talk: Talk) -> None:
    path = link(visitor, "ann")
    page = visitor.get(path).text
    assert ("From Wednesday 25 November on" in page, "has not replied" in page) == (True, False)
    assert "give it a little more time" in press(visitor, path, "seek")
    assert talk.place("ann").wants_new_since is None


# --- odd states ------------------------------------------------------------------------------------------------------


def test_when_the_other_cannot_one_may_look_for_someone_new_at_once(visitor: Visitor, talk: Talk) -> None:
    press(visitor, link(visitor, "ann"), "cannot")
    path = link(visitor, "bob")
    page = visitor.get(path).text
    assert ("nobody to meet here" in page, "ann@" in page, "Ann" in page) == (True, False, False)
    assert "We are looking for someone new" in press(visitor, path, "seek")
    assert talk.place("bob").wants_new_since


@pytest.mark.parametrize("kept", [True, False], ids=["words kept", "words gone"])
def test_the_link_in_the_word_to_the_other_asks_for_someone_new(visitor: Visitor, talk: Talk, kept: bool) -> None:
    press(visitor, link(visitor, "ann"), "cannot")
    path = visitor.link(MailKind.CALLED_OFF, "someone_new", "bob")
    if not kept:
        with visitor.world.database.writing() as session:
            session.exec(update(OutgoingMail).where(col(OutgoingMail.kind) == MailKind.CALLED_OFF).values(facts={}))
    assert "Find me someone new" in visitor.get(path).text
    assert visitor.post(path, action="someone-new").status_code == 303
    assert "We are looking for someone new" in visitor.get(path).text
    assert talk.place("bob").wants_new_since


def test_when_both_want_out_it_is_closed_without_a_question(visitor: Visitor, talk: Talk) -> None:
    for name in NAMES:
        press(visitor, link(visitor, name), "cannot")
    for name in NAMES:
        page = visitor.get(link(visitor, name)).text
        assert ("This conversation is closed" in page, "How it went" in page) == (True, False)


def test_of_a_trio_of_which_one_cannot_two_see_each_other_alone(visitor: Visitor) -> None:
    talk_of(visitor.world, "ann", "bob", "cyd")
    press(visitor, link(visitor, "ann"), "cannot")
    page = visitor.get(link(visitor, "bob")).text
    assert "You and <bdi>Cyd</bdi>" in page
    assert "The two of you are still introduced" in page
    assert "ann@example.org" not in page
    assert "Why you" not in page, "the reasons name all three"


def test_when_somebody_has_left_the_page_says_what_is_true_now(visitor: Visitor, talk: Talk) -> None:
    leave(visitor, "bob")
    page = visitor.get(link(visitor, "ann")).text
    assert ("nobody to meet here" in page, "bob@" in page, "Find me someone new" in page) == (True, False, True)


def test_whoever_was_moved_to_a_new_group_sees_the_new_one_behind_the_old_link(visitor: Visitor) -> None:
    talk = talk_of(visitor.world, "ann", "bob", "cyd", "dan")
    old = link(visitor, "ann")
    first = re.search(r"You and <bdi>(\w+)</bdi>", visitor.get(old).text)
    assert first
    other = next(name for name in ("bob", "cyd", "dan") if name != first[1].lower())
    visitor.world.later(days=2)
    for name in ("ann", other):
        talk.press(name, "seek")
    assert talk.match_waiting() == 1
    page = visitor.get(old).text
    assert f"You and <bdi>{other.title()}</bdi>" in page
    assert "introduced you to someone new" in page
    visitor.world.deliver()
    assert "introduced you to someone new" not in visitor.get(link(visitor, "ann")).text
    assert "nobody to meet here" in visitor.get(link(visitor, first[1].lower())).text


def test_the_link_of_somebody_erased_or_gone_has_stopped_working(visitor: Visitor, talk: Talk) -> None:
    gone, left = link(visitor, "bob"), link(visitor, "ann")
    talk.erase("bob")
    assert "nobody to meet here" in visitor.get(left).text
    leave(visitor, "ann")
    for path in (gone, left):
        for answer in (visitor.get(path), visitor.post(path, action="cannot"), visitor.get(f"{path}/conversation.ics")):
            assert (answer.status_code, "This link has stopped working" in answer.text) == (410, True)


@pytest.mark.parametrize("what", ["programme", "round"])
def test_when_it_is_over_the_page_says_so_and_a_late_press_changes_nothing(
    visitor: Visitor, talk: Talk, what: str
) -> None:
    mine = signed_in(visitor, "ann")
    if what == "round":
        talk.close()
    else:
        set_programme(visitor, ProgrammeState.CLOSED)
    before = visitor.state()
    for browser, path in ((visitor, link(visitor, "ann")), (mine, OWN)):
        page = browser.get(path).text
        assert (f"This {what} is over." in page, "bob@example.org" in page, "I cannot this time" in page) == (
            *(True, True),
            False,
        )
        for action in ("arranged", "cannot", "seek", "can"):
            assert "too late" in press(browser, path, action)
    assert visitor.state() == before


def test_while_the_programme_rests_the_page_says_so(visitor: Visitor, talk: Talk) -> None:
    set_programme(visitor, ProgrammeState.PAUSED)
    assert "is having a rest" in visitor.get(link(visitor, "ann")).text


def test_after_the_next_draw_the_old_conversation_may_still_be_arranged_and_nobody_new_is_sought(
    visitor: Visitor, talk: Talk
) -> None:
    visitor.world.person("cyd")
    visitor.world.later(days=3)
    path = link(visitor, "ann")
    visitor.world.sent_round("2026-W49")
    page = visitor.get(path).text
    assert ("We have arranged it" in page, "has not replied" in page) == (True, False)
    press(visitor, path, "seek")
    assert talk.place("ann").wants_new_since is None
    assert "it is arranged" in press(visitor, path, "arranged")


def test_a_round_of_which_no_word_has_gone_out_has_no_page_yet(visitor: Visitor) -> None:
    for name in NAMES:
        visitor.world.person(name)
    mine = signed_in(visitor, "ann")
    visitor.world.draw(visitor.world.open_round(send=True))
    assert mine.get(OWN).status_code == 404
    assert OWN not in mine.get("/me").text


def test_the_link_works_for_sixty_days(visitor: Visitor, talk: Talk) -> None:
    path = link(visitor, "ann")
    visitor.world.later(days=59)
    assert visitor.get(path).status_code == 200
    visitor.world.later(days=1)
    assert visitor.get(path).status_code == 410


# --- how it went, signed in ------------------------------------------------------------------------------------------


def test_how_it_went_can_be_said_on_one_s_own_page_too(visitor: Visitor, talk: Talk) -> None:
    mine = signed_in(visitor, "ann")
    assert "Did you and <bdi>Bob</bdi> meet?" in mine.get(f"{OWN}/said").text
    assert mine.post(f"{OWN}/said", action="yes").headers["location"] == f"{OWN}/said"
    assert mine.post(f"{OWN}/said", action="more", worth="5", helped="gave").status_code == 303
    with visitor.world.database.reading() as session:
        (row,) = session.exec(select(Feedback)).all()
    assert (row.met, row.worth, row.participant_id) == (Met.YES, 5, visitor.world.there("ann").id)
    assert mine.post(f"{OWN}/said", action="dance").status_code == 422


def test_who_has_met_is_not_asked_to_arrange_it_any_more(visitor: Visitor, talk: Talk) -> None:
    mine = signed_in(visitor, "ann")
    assert "We have arranged it" in mine.get(OWN).text
    mine.post(f"{OWN}/said", action="yes")
    page = mine.get(OWN).text
    assert ("We have arranged it" in page, "I cannot this time" in page, "we met" in page) == (False, False, True)
