"""A person's own page: reached by mail only, changed by buttons only, gone when they say so."""

import json
import re
from typing import Any

import markupsafe
import pytest
from sqlmodel import select

from app.models import (
    AsksShown,
    AuditEntry,
    MailKind,
    Participant,
    ParticipantState,
    ProgrammeState,
    Purpose,
    TopicKind,
)
from app.queries import participants as queries
from app.queries import programmes
from app.services import asks
from app.web import forms
from tests.app.services.test_readdressing import correct
from tests.app.web.test_mailed_links import link_of
from tests.app.web.visitor import Visitor
from tests.factories import World

PAGES = ("/me/topics", "/me/leave", "/me/erase", "/me/data.json")
BUTTONS = ("/me/topics", "/me/about", "/me/choices", "/me/leave", "/me/apart", "/me/erase", "/me/sign-out")
FOR_WHO_IS_IN = ("/me/topics", "/me/about", "/me/choices", "/me/leave", "/me/apart", "/me/apart/end")


def topics_of(world: World, name: str) -> dict[str, list[str]]:
    with world.database.reading() as session:
        person = world.there(name)
        found = queries.topics_of(session, [person.id])[person.id]
    return {kind.value: texts for kind, texts in found.items() if texts}


def blocks(visitor: Visitor) -> int:
    with visitor.world.database.reading() as session:
        return len(queries.blocks_of(session, visitor.world.there("sam")))


def test_strangers_are_asked_for_their_address(visitor: Visitor) -> None:
    assert "There is no password" in visitor.get("/me").text
    before = visitor.state()
    assert [visitor.get(path).headers["location"] for path in PAGES] == ["/me"] * 4
    assert [visitor.post(path).headers["location"] for path in BUTTONS] == ["/me"] * 7
    assert visitor.state() == before


def test_the_answer_to_an_address_is_the_same_whether_it_is_known(visitor: Visitor) -> None:
    visitor.world.person("known")
    visitor.world.person("departed", state=ParticipantState.LEFT)
    answers = [visitor.fresh().post("/me", email=f"{name}@example.org") for name in ("known", "unknown", "departed")]
    assert {(answer.status_code, answer.headers["location"], answer.content) for answer in answers} == {
        (303, "/me/sent", b"")
    }
    assert {mail.recipient for mail in visitor.world.mails()} == {"known@example.org", "departed@example.org"}


def test_an_address_in_two_programmes_gets_a_link_for_each(visitor: Visitor) -> None:
    visitor.world.person("sam")
    visitor.world.programme("other")
    visitor.world.slug = "other"
    visitor.world.person("sam")
    visitor.post("/me", email="Sam@Example.ORG")
    assert len(visitor.world.mails(MailKind.MY_PAGE)) == 2


def test_a_mailed_link_opens_the_page_for_twelve_hours(visitor: Visitor) -> None:
    visitor.world.person("sam")
    visitor.post("/me", email="sam@example.org")
    path = visitor.link(MailKind.MY_PAGE, "my_page", "sam")
    assert "Open my page" in visitor.get(path).text
    answer = visitor.post(path, action="open")
    assert answer.headers["location"] == "/me"
    cookie = answer.headers["set-cookie"].lower()
    assert all(words in cookie for words in ("coffee_me=", "httponly", "samesite=lax", "path=/", "max-age=43200"))
    visitor.world.later(hours=11, minutes=59)
    assert "Hello, <bdi>Sam</bdi>" in visitor.get("/me").text
    visitor.world.later(minutes=1)
    assert "There is no password" in visitor.get("/me").text


def test_a_link_to_the_page_works_for_an_hour(visitor: Visitor) -> None:
    visitor.world.person("sam")
    visitor.post("/me", email="sam@example.org")
    visitor.world.later(hours=1)
    assert visitor.post(visitor.link(MailKind.MY_PAGE, "my_page", "sam"), action="open").status_code == 410


def test_signing_out_ends_the_session_on_the_server(visitor: Visitor) -> None:
    visitor.joined("sam")
    stolen = dict(visitor.http.cookies)
    visitor.post("/me/sign-out")
    thief = visitor.fresh()
    thief.http.cookies.update(stolen)
    assert "There is no password" in thief.get("/me").text


def test_topics_are_split_saved_and_shown_again(visitor: Visitor) -> None:
    visitor.joined("sam")
    answer = visitor.post(
        "/me/topics",
        interests="Gardening, bread; chess\nchess",
        asks="Excel",
        offers="  ",
        languages="English; Welsh",
        times=["Monday morning", "Friday afternoon"],
        size="3",
    )
    assert answer.headers["location"] == "/me?done=topics"
    assert topics_of(visitor.world, "sam") == {
        "interest": ["Gardening", "bread", "chess"],
        "ask": ["Excel"],
        "language": ["English", "Welsh"],
        "time": ["Monday morning", "Friday afternoon"],
    }
    assert visitor.world.there("sam").size == 3
    form = visitor.get("/me/topics").text
    assert "Gardening\nbread\nchess</textarea>" in form
    assert 'value="Monday morning" checked' in form
    assert 'value="3" checked' in form
    assert "<bdi>Gardening</bdi>" in visitor.get("/me?done=topics").text


def test_topics_can_be_emptied_again(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.post("/me/topics", interests="Chess", size="2")
    visitor.post("/me/topics", interests="", size="")
    assert topics_of(visitor.world, "sam") == {}
    assert visitor.world.there("sam").size is None


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"interests": "\n".join(f"topic {n}" for n in range(13))}, "interests"),
        ({"asks": "x" * 101}, "asks"),
        ({"offers": "a\x00b"}, "offers"),
        ({"languages": "=?utf-8?q?x?="}, "languages"),
        ({"times": [f"time {n}" for n in range(31)]}, "times"),
        ({"often": "daily"}, "often"),
        ({"format": "by post"}, "format"),
        ({"access": "x" * 301}, "access"),
        ({"access": "a\x00b"}, "access"),
        ({"access_for": "everybody"}, "access_for"),
        ({"size": "4"}, "size"),
    ],
)
def test_topics_that_cannot_be_are_refused_in_words_and_nothing_is_saved(
    visitor: Visitor, fields: dict[str, object], place: str
) -> None:
    visitor.joined("sam")
    visitor.post("/me/topics", interests="Chess", times=["Monday morning"])
    answer = visitor.post("/me/topics", **fields)
    assert (answer.status_code, f'href="#{place}"' in answer.text, f'id="{place}"' in answer.text) == (422, True, True)
    assert topics_of(visitor.world, "sam") == {"interest": ["Chess"], "time": ["Monday morning"]}


def test_times_that_others_use_are_offered_and_nobodys_own_words_are_given_away(visitor: Visitor) -> None:
    for name in ("a", "b"):
        visitor.world.person(name, time=["Lunch"], language=["Welsh"])
    visitor.world.person("c", time=["Only mine"], language=["Klingon"])
    visitor.joined("sam")
    form = visitor.get("/me/topics").text
    assert ("<bdi>Lunch</bdi>" in form, "Others wrote: <bdi>Welsh</bdi>." in form) == (True, True)
    assert ("Only mine" in form, "Klingon" in form) == (False, False)


def test_topics_that_others_wrote_are_suggested(visitor: Visitor) -> None:
    for name in ("a", "b"):
        visitor.world.person(name, interest=["Chess"], ask=["A worry"], offer=[f"Only {name}"])
    for name in ("c", "d"):
        visitor.world.person(name, interest=[f"topic {number}" for number in range(9)])
    visitor.joined("sam")
    form = visitor.get("/me/topics").text
    most = ", ".join(f"<bdi>{text}</bdi>" for text in ("Chess", *(f"topic {number}" for number in range(7))))
    assert f"Twelve at most. Others wrote: {most}." in form
    assert (form.count("Others wrote"), "Only a" in form, "A worry" in form) == (1, False, False)


def show_asks(world: World, name: str, shown: AsksShown) -> None:
    with world.database.writing() as session:
        asks.choose(session, session.get_one(Participant, world.there(name).id), shown)


def test_who_may_read_ones_asks_is_ones_own_choice_and_my_match_only_at_first(visitor: Visitor) -> None:
    visitor.joined("sam")
    assert 'value="match" checked' in visitor.get("/me/topics").text
    assert visitor.post("/me/topics", asks="Budgets", asks_shown="nobody").headers["location"] == "/me?done=topics"
    assert visitor.world.there("sam").asks_shown == AsksShown.NOBODY
    assert 'value="nobody" checked' in visitor.get("/me/topics").text
    visitor.post("/me/topics", asks="Budgets and more")
    assert visitor.world.there("sam").asks_shown == AsksShown.NOBODY
    wrong = visitor.post("/me/topics", asks="Budgets", asks_shown="organisers")
    assert (wrong.status_code, 'href="#asks_shown"' in wrong.text) == (422, True)
    assert visitor.world.there("sam").asks_shown == AsksShown.NOBODY


def test_an_ask_that_everyone_may_read_stands_beside_what_others_can_offer_without_a_name(visitor: Visitor) -> None:
    for name, shown in (("ada", AsksShown.PROGRAMME), ("ben", AsksShown.MATCH), ("cyd", AsksShown.NOBODY)):
        visitor.world.person(name, ask=[f"Help for {name[0]} & co"])
        show_asks(visitor.world, name, shown)
    visitor.joined("sam")
    form = visitor.get("/me/topics").text
    assert "Asked for here: <bdi>Help for a &amp; co</bdi>." in form
    assert ("Help for b" in form, "Help for c" in form, re.search(r"\bAda\b", form)) == (False, False, None)


def test_name_and_team_can_be_changed(visitor: Visitor) -> None:
    visitor.joined("sam", "Finance")
    assert 'name="team" type="text" value="Finance"' in visitor.get("/me").text
    assert visitor.post("/me/about", name=" Sam  Okoro ", team="Estates").headers["location"] == "/me?done=about"
    text = visitor.get("/me?done=about").text
    assert all(words in text for words in ("Saved.", "Hello, <bdi>Sam Okoro</bdi>", "<dd><bdi>Estates</bdi></dd>"))
    with visitor.world.database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "participant.change")).one()
    person = visitor.world.there("sam").id
    assert (entry.actor, entry.subject) == (f"participant:{person}", person)


@pytest.mark.parametrize(
    ("name", "team", "words"),
    [
        ("", "Estates", '<a href="#name">Enter your full name.</a>'),
        ("Sam <b>", "  ", '<a href="#team">Enter your team.</a>'),
        ("Sam", "x" * 101, '<a href="#team">'),
        ("a\x00b", "Estates", '<a href="#name">'),
    ],
)
def test_a_name_or_team_that_cannot_be_is_refused_in_words_and_what_was_typed_is_kept(
    visitor: Visitor, name: str, team: str, words: str
) -> None:
    visitor.joined("sam", "Finance")
    before = visitor.state()
    answer = visitor.post("/me/about", name=name, team=team)
    assert (answer.status_code, words in answer.text, "<title>Error: " in answer.text) == (422, True, True)
    typed = forms.Posted({"name": [name], "team": [team]}).shown("name", "team")
    assert all(f'value="{markupsafe.escape(text)}"' in answer.text for text in typed.values())
    assert visitor.state() == before


def left(visitor: Visitor, name: str = "sam") -> None:
    """Leave, and come back to one's page by a mailed link."""
    visitor.joined(name)
    visitor.post("/me/leave")
    path = link_of(visitor, name, Purpose.MY_PAGE)
    assert "Open my page" in visitor.get(path).text
    assert visitor.post(path, action="open").headers["location"] == "/me"


def test_who_has_left_sees_that_and_their_data_and_no_controls(visitor: Visitor) -> None:
    visitor.world.person("priya", "Estates")
    left(visitor)
    text = visitor.get("/me").text
    assert ("You have left" in text, 'href="/p/demo#join">Join again' in text) == (True, True)
    controls = re.findall(r'(?:action|href)="(/me/[^"]+)"', text)
    assert controls == ["/me/log", "/me/data.json", "/me/erase", "/me/sign-out"]
    assert "/me/leave" not in visitor.get("/me/erase").text


def test_who_has_left_can_download_their_data_sign_out_and_be_deleted(visitor: Visitor) -> None:
    left(visitor)
    assert (visitor.get("/me/data.json").json()["state"], visitor.get("/me/erase").status_code) == ("left", 200)
    visitor.post("/me/sign-out")
    assert "There is no password" in visitor.get("/me").text
    visitor.post(link_of(visitor, "sam", Purpose.MY_PAGE), action="open")
    assert "Everything about you is deleted" in visitor.post("/me/erase", word="delete").text
    assert visitor.world.find("sam") is None


def test_who_has_left_changes_nothing_by_the_buttons_of_who_is_in(visitor: Visitor) -> None:
    left(visitor)
    before = visitor.state()
    fields = {"action": "back", "name": "Other", "team": "Other", "interests": "Chess", "email": "a@example.org"}
    assert [visitor.post(path, **fields).headers["location"] for path in FOR_WHO_IS_IN] == ["/me"] * 6
    assert [visitor.get(path).headers["location"] for path in ("/me/topics", "/me/leave")] == ["/me"] * 2
    assert visitor.state() == before


def test_who_has_left_and_joins_again_is_asked_to_confirm_on_their_page_too(visitor: Visitor) -> None:
    left(visitor)
    visitor.world.later(minutes=1)
    visitor.join("sam")
    text = visitor.get("/me").text
    assert ("Not confirmed" in text, "/me/choices" in text, "/me/data.json" in text) == (True, False, True)
    visitor.post(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam"), action="confirm")
    assert "In the next draw" in visitor.get("/me").text


def test_who_has_left_a_programme_that_is_over_is_not_told_to_join_again(visitor: Visitor) -> None:
    left(visitor)
    with visitor.world.database.writing() as session:
        programmes.programme(session, "demo").state = ProgrammeState.CLOSED
    text = visitor.get("/me").text
    assert ("This programme is over" in text, "Join again" in text, "/me/data.json" in text) == (True, False, True)


def test_skip_unskip_pause_and_come_back(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.post("/me/choices", action="skip")
    assert "Sitting out one round" in visitor.get("/me").text
    visitor.post("/me/choices", action="unskip")
    assert "In the next draw" in visitor.get("/me").text
    visitor.post("/me/choices", action="pause", until="2027-01-10")
    assert "Until <strong>Sunday 10 January</strong>" in visitor.get("/me").text
    visitor.post("/me/choices", action="back")
    assert visitor.world.there("sam").state == ParticipantState.ACTIVE


def test_a_pause_that_is_over_counts_as_being_in(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.post("/me/choices", action="pause", until="2026-11-24")
    visitor.world.later(hours=11)
    assert "Taking a break" in visitor.get("/me").text
    visitor.world.later(hours=4)
    assert "There is no password" in visitor.get("/me").text
    visitor.post("/me", email="sam@example.org")
    visitor.post(visitor.link(MailKind.MY_PAGE, "my_page", "sam"), action="open")
    assert "In the next draw" in visitor.get("/me").text


@pytest.mark.parametrize("action", ["", "dance", "leave"])
def test_an_unknown_choice_is_refused(visitor: Visitor, action: str) -> None:
    visitor.joined("sam")
    assert visitor.post("/me/choices", action=action).status_code == 422


def test_leaving_asks_first_and_ends_the_session(visitor: Visitor) -> None:
    visitor.joined("sam")
    assert "Leave the programme" in visitor.get("/me/leave").text
    answer = visitor.post("/me/leave")
    assert "You have left" in answer.text
    assert 'href="/me">On your page</a> you can still see, download and delete your data.' in answer.text
    assert visitor.world.there("sam").state == ParticipantState.LEFT
    assert "There is no password" in visitor.get("/me").text


def test_conversations_show_names_teams_and_addresses(visitor: Visitor) -> None:
    visitor.world.person("priya", "Estates")
    visitor.joined("sam", "Finance")
    visitor.world.sent_round()
    text = visitor.get("/me").text
    assert "<bdi>Priya</bdi>" in text
    assert "<bdi>Estates</bdi>" in text
    assert '<a href="mailto:priya@example.org"><bdi>priya@example.org</bdi></a>' in text
    assert "The week of 23 November 2026" in text


def test_addresses_are_shown_only_once_the_round_was_sent(visitor: Visitor) -> None:
    visitor.world.person("priya")
    visitor.joined("sam")
    visitor.world.draw(visitor.world.open_round(send=False))
    seen = ["priya@example.org" in visitor.get("/me").text]
    visitor.world.draw(visitor.world.open_round("2026-W49", send=True))
    seen.append("priya@example.org" in visitor.get("/me").text)
    visitor.world.deliver()
    seen.append("priya@example.org" in visitor.get("/me").text)
    assert seen == [False, False, True]


@pytest.mark.parametrize("state", [ParticipantState.LEFT, ParticipantState.PENDING])
def test_the_address_of_who_has_left_is_not_shown(visitor: Visitor, state: ParticipantState) -> None:
    visitor.world.person("priya")
    visitor.joined("sam")
    visitor.world.sent_round()
    with visitor.world.database.writing() as session:
        person = queries.by_address(session, programmes.programme(session, "demo"), "priya@example.org")
        assert person
        person.state = state
    text = visitor.get("/me").text
    assert ("<bdi>Priya</bdi>" in text, "priya@example.org" in text) == (True, False)


def test_keeping_apart_answers_the_same_for_known_and_unknown(visitor: Visitor) -> None:
    visitor.world.person("priya")
    visitor.joined("sam")
    pages = []
    for address in ("nobody@example.org", "priya@example.org", "priya@example.org"):
        answer = visitor.post("/me/apart", email=address)
        shown = visitor.get("/me?done=apart").text.replace(address, "typed")
        pages.append((answer.status_code, answer.headers["location"], shown))
        visitor.post("/me/apart/end", blocked=address)
    assert len(set(pages)) == 1
    assert "If this person takes part, you two will not be matched." in visitor.get("/me?done=apart").text


def test_who_keeps_apart_from_somebody_does_not_read_where_they_have_moved(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.world.person("priya")
    visitor.post("/me/apart", email="priya@example.org")
    before = visitor.get("/me").text
    correct(visitor.world, "priya", "nowhere@example.org")
    assert visitor.get("/me").text == before
    visitor.post("/me/apart/end", blocked="priya@example.org")
    assert blocks(visitor) == 0


def test_a_block_by_address_counts_for_who_joins_later_and_can_be_taken_back(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.post("/me/apart", email="Priya@EXAMPLE.org")
    visitor.world.person("priya")
    assert visitor.world.groups(visitor.world.sent_round("one")) == []
    assert "<bdi>Priya@EXAMPLE.org</bdi>" in visitor.get("/me").text
    assert visitor.get("/me/data.json").json()["not_with"] == ["Priya@EXAMPLE.org"]
    for blocked in ("somebody@example.org", "\0", "priya@example.org", "priya@example.org"):
        assert visitor.post("/me/apart/end", blocked=blocked).headers["location"] == "/me?done=together"
    assert blocks(visitor) == 0
    assert len(visitor.world.groups(visitor.world.sent_round("two"))) == 1


def test_the_blocked_person_sees_nothing_of_it(visitor: Visitor) -> None:
    visitor.world.person("ana")
    visitor.joined("sam")
    before = visitor.get("/me").content, visitor.get("/me/data.json").content
    visitor.world.block(visitor.world.there("ana"), visitor.world.there("sam"))
    assert (visitor.get("/me").content, visitor.get("/me/data.json").content) == before


@pytest.mark.parametrize("address", ["", "priya", "sam@example.org", "SAM@EXAMPLE.ORG"])
def test_an_address_that_cannot_be_blocked_is_refused_in_words(visitor: Visitor, address: str) -> None:
    visitor.joined("sam")
    answer = visitor.post("/me/apart", email=address)
    assert (answer.status_code, 'href="#email"' in answer.text, blocks(visitor)) == (422, True, 0)


def test_my_data_is_a_file_with_all_about_me_and_nothing_of_others(visitor: Visitor) -> None:
    visitor.world.person("priya", "Estates", ask=["A secret wish"])
    visitor.joined("sam")
    visitor.world.sent_round()
    answer = visitor.get("/me/data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="coffee-trial-my-data.json"'
    data = json.loads(answer.text)
    assert (data["name"], data["email"]) == ("Sam", "sam@example.org")
    assert data["conversations"] == [{"period": "2026-W48", "with": ["Priya"]}]
    assert not any(words in answer.text for words in ("A secret wish", "priya@example.org", "Estates"))


def test_my_data_is_readable_in_any_script(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.post("/me/about", name="Zoë ابراهيم", team="Łódź")
    text = visitor.get("/me/data.json").content.decode()
    assert all(words in text for words in ('"Zoë ابراهيم"', '"Łódź"', '"id_in_rounds": "sam@example.org"'))


@pytest.mark.parametrize("word", ["", "no", "löschen"])
def test_nobody_is_deleted_without_the_word(visitor: Visitor, word: str) -> None:
    visitor.joined("sam")
    answer = visitor.post("/me/erase", word=word)
    assert (answer.status_code, 'href="#word"' in answer.text) == (422, True)
    assert visitor.world.find("sam") is not None


def test_deleting_removes_every_word_of_the_person_from_the_database(visitor: Visitor) -> None:
    visitor.world.person("priya", "Estates")
    visitor.join("zebulon.quux", "Estates")
    visitor.post(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "zebulon.quux"), action="confirm")
    visitor.post("/me/topics", interests="xylophones", asks="yodelling", offers="zithers")
    visitor.world.sent_round()
    person = visitor.world.there("zebulon.quux").id
    visitor.world.open_round("2026-W49", send=True)
    traces = ("zebulon", "Zebulon", "xylophones", "yodelling", "zithers", person)
    assert [words in visitor.rows() for words in traces] == [True] * 6
    answer = visitor.post("/me/erase", word=" Delete ")
    assert "Everything about you is deleted" in answer.text
    assert "coffee_me=" in answer.headers["set-cookie"]
    assert [words for words in traces if words in visitor.rows()] == []
    assert "There is no password" in visitor.get("/me").text


def test_kinds_of_topics_all_have_words_on_the_page(visitor: Visitor) -> None:
    topics: dict[str, Any] = {kind.value: [f"my {kind.value}"] for kind in TopicKind}
    visitor.world.person("sam", **topics)
    visitor.post("/me", email="sam@example.org")
    visitor.post(visitor.link(MailKind.MY_PAGE, "my_page", "sam"), action="open")
    text = visitor.get("/me").text
    assert all(f"<bdi>my {kind.value}</bdi>" in text for kind in TopicKind)
