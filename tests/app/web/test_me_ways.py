"""How often, how and with whom: what the person's own page and the page of choices say of each state, and change."""

from datetime import date

import pytest

from app.models import Format, MailKind, OddOne, Often, ParticipantState, SeenBy
from tests.app.web.test_doors import invite
from tests.app.web.test_join import change
from tests.app.web.test_me import topics_of
from tests.app.web.visitor import Visitor

ACCESS = "A step-free place & <b>captions</b>"


def test_the_whole_minute_is_saved_by_one_button_and_shown_again(visitor: Visitor) -> None:
    visitor.joined("sam")
    said = {"often": "second", "format": "remote", "access": f"{ACCESS}\r\nplease", "access_for": "match"}
    answer = visitor.post("/me/topics", **said, size="3", times=["Monday lunch", "Friday morning"])
    assert answer.headers["location"] == "/me?done=topics"
    sam = visitor.world.there("sam")
    assert (sam.often, sam.format, sam.size) == (Often.SECOND, Format.REMOTE, 3)
    assert (sam.access, sam.access_for) == (f"{ACCESS} please", SeenBy.MATCH)
    assert topics_of(visitor.world, "sam") == {"time": ["Monday lunch", "Friday morning"]}
    form = visitor.get("/me/topics").text
    for name, value in (("often", "second"), ("format", "remote"), ("access_for", "match"), ("times", "Monday lunch")):
        assert f'name="{name}" value="{value}" checked' in form
    shown = visitor.get("/me").text
    assert "A step-free place &amp; &lt;b&gt;captions&lt;/b&gt; please" in shown
    assert all(words in shown for words in ("Every second round", "Only by video or phone", "read by those I am"))


def test_sitting_out_is_offered_where_the_programme_asks_for_it(visitor: Visitor) -> None:
    visitor.joined("sam")
    assert "may_sit_out" not in visitor.get("/me/topics").text
    change(visitor.world, odd_one=OddOne.VOLUNTEER)
    assert 'name="may_sit_out" value="no" checked' in visitor.get("/me/topics").text
    visitor.post("/me/topics", may_sit_out="yes")
    assert visitor.world.there("sam").may_sit_out
    assert 'name="may_sit_out" value="yes" checked' in visitor.get("/me/topics").text
    assert "I am happy to sit out" in visitor.get("/me").text
    refused = visitor.post("/me/topics", may_sit_out="perhaps")
    assert refused.status_code == 422
    assert "Choose whether you would sit out." in refused.text
    change(visitor.world, odd_one=OddOne.TRIO)
    visitor.post("/me/topics", often="second")
    assert visitor.world.there("sam").may_sit_out, "a choice that is not in the form stays"
    assert "I am happy to sit out" not in visitor.get("/me").text


def test_a_host_reads_that_they_are_drawn_only_for_the_odd_one(visitor: Visitor) -> None:
    visitor.joined("sam")
    with visitor.world.database.writing() as session:
        session.merge(visitor.world.there("sam")).host = True
    assert "In the next draw" in visitor.get("/me").text
    change(visitor.world, odd_one=OddOne.HOST)
    page = visitor.get("/me").text
    assert "In the next draw" not in page
    assert "drawn only when the number of people does not come out even" in page


def test_all_of_a_working_week_may_be_ticked(visitor: Visitor) -> None:
    visitor.joined("sam")
    form = visitor.get("/me/topics").text
    times = [part.partition('"')[0] for part in form.split('name="times" value="')[1:]]
    assert (len(times), times[:3]) == (15, ["Monday morning", "Monday lunch", "Monday afternoon"])
    visitor.post("/me/topics", times=times)
    assert topics_of(visitor.world, "sam") == {"time": times}


def test_a_choice_that_is_not_in_the_form_stays(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.post("/me/topics", often="asked", format="in_person", access="Captions", access_for="organiser")
    visitor.post("/me/topics", access="Captions")
    sam = visitor.world.there("sam")
    assert (sam.often, sam.format, sam.access_for) == (Often.ASKED, Format.IN_PERSON, SeenBy.ORGANISER)
    visitor.post("/me/topics", format="", access="")
    sam = visitor.world.there("sam")
    assert (sam.format, sam.access, sam.access_for) == (None, "", SeenBy.NOBODY)


def test_what_was_typed_and_chosen_is_kept_when_something_is_wrong(visitor: Visitor) -> None:
    for name in "abc":
        visitor.world.person(name, offer=["Spreadsheets"])
    visitor.joined("sam")
    said = {"often": "asked", "format": "remote", "access": "<b>" + "x" * 300, "access_for": "match", "asks": "Bread"}
    answer = visitor.post("/me/topics", **said, times=["Monday lunch"], asks_too=["Spreadsheets"])
    assert (answer.status_code, answer.text.count("Write at most 300.")) == (422, 2)
    assert "&lt;b&gt;xxx" in answer.text
    for name, value in (("often", "asked"), ("format", "remote"), ("access_for", "match"), ("times", "Monday lunch")):
        assert f'name="{name}" value="{value}" checked' in answer.text
    assert 'name="asks_too" value="Spreadsheets" checked' in answer.text
    assert "Bread</textarea>" in answer.text
    assert visitor.world.there("sam").often == Often.EVERY


def test_a_suggestion_that_is_ticked_is_an_ask_and_is_not_suggested_again(visitor: Visitor) -> None:
    for name in "abc":
        visitor.world.person(name, offer=["Spreadsheets & <i>", "Bread"])
    visitor.joined("sam")
    form = visitor.get("/me/topics").text
    assert '<bdi>Spreadsheets &amp; &lt;i&gt;</bdi> <span class="quiet">– 3 people can help</span>' in form
    visitor.post("/me/topics", asks="Grants", offers="bread", asks_too=["Spreadsheets & <i>"])
    assert topics_of(visitor.world, "sam")["ask"] == ["Grants", "Spreadsheets & <i>"]
    assert "can help</span>" not in visitor.get("/me/topics").text


# --- what the page says of the next draw ------------------------------------------------------------------------------


def choices_of(visitor: Visitor) -> str:
    return visitor.link(MailKind.INTRODUCTION, "choices", "sam")


def test_every_second_round_is_said_and_can_be_overruled_on_both_pages(visitor: Visitor) -> None:
    visitor.world.people(3)
    visitor.joined("sam")
    visitor.post("/me/topics", often="second")
    assert "In the next draw" in visitor.get("/me").text
    visitor.world.sent_round()
    shown, mailed = visitor.get("/me").text, visitor.get(choices_of(visitor)).text
    assert ("Sitting out one round" in shown, "were in the last one" in shown) == (True, True)
    assert ("were in the last one" in mailed, "Skip the next round" in mailed) == (True, False)
    for text in (shown, mailed):
        assert "I am in</button>" in text
    assert visitor.post(choices_of(visitor), action="in").headers["location"].endswith("?done=in")
    shown, mailed = visitor.get("/me").text, visitor.get(choices_of(visitor)).text
    assert ("In the next draw" in shown, "You are in the next draw" in mailed) == (True, True)
    for text in (shown, mailed):
        assert "Not this time after all</button>" in text
    assert visitor.post("/me/choices", action="out").headers["location"] == "/me?done=out"
    assert "Sitting out one round" in visitor.get("/me?done=out").text


def test_who_takes_part_only_when_they_say_so_is_asked_to(visitor: Visitor) -> None:
    visitor.world.people(3)
    visitor.joined("sam")
    visitor.post("/me/topics", often="asked")
    assert "Not in the next draw" in visitor.get("/me").text
    assert visitor.world.groups(visitor.world.sent_round("one")) != []
    assert "None yet" in visitor.get("/me").text
    visitor.post("/me/choices", action="in")
    assert "In the next draw" in visitor.get("/me?done=in").text
    visitor.world.sent_round("two")
    assert ("Not in the next draw" in visitor.get("/me").text, "None yet" in visitor.get("/me").text) == (True, False)


def test_a_get_of_the_choices_changes_nothing(visitor: Visitor) -> None:
    visitor.world.people(3)
    visitor.joined("sam")
    visitor.post("/me/topics", often="asked")
    visitor.post("/me/choices", action="in")
    visitor.world.sent_round()
    before = visitor.state()
    for path in (choices_of(visitor), f"{choices_of(visitor)}?action=in", "/me?done=in", "/me/choices"):
        visitor.get(path)
    assert visitor.state() == before


# --- edge states ------------------------------------------------------------------------------------------------------


def test_the_first_one_here_is_told_so_and_where_others_join(visitor: Visitor) -> None:
    visitor.joined("sam")
    text = visitor.get("/me").text
    assert ("You are the first here." in text, "/p/demo</a>" in text) == (True, True)


def test_two_and_three_are_told_after_how_many_rounds_they_have_all_met(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.world.person("ada")
    assert "There are two of you so far: after one round" in visitor.get("/me").text
    visitor.world.person("ben")
    assert "There are three of you so far: after one round" in visitor.get("/me").text
    visitor.world.person("cem")
    assert "so far" not in visitor.get("/me").text


def test_who_has_met_everybody_is_told_what_comes_next(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.world.people(2)
    visitor.world.sent_round()
    text = visitor.get("/me").text
    assert ("You have met everybody who takes part" in text, "so far" in text) == (True, False)
    visitor.world.person("new")
    assert "You have met everybody" not in visitor.get("/me").text


def test_who_is_left_alone_is_told_kindly(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.world.person("ada")
    visitor.world.sent_round()
    with visitor.world.database.writing() as session:
        session.merge(visitor.world.there("ada")).state = ParticipantState.LEFT
    assert "Nobody else takes part at the moment" in visitor.get("/me").text


def test_a_late_joiner_learns_that_the_draw_was_before_and_the_next_one_is_theirs(visitor: Visitor) -> None:
    visitor.world.people(4)
    visitor.world.sent_round()
    visitor.world.later(hours=1)
    visitor.joined("sam")
    text = visitor.get("/me").text
    assert "The last draw was on Monday 23 November, before you joined." in text
    assert "In the next draw" in text


def test_who_was_left_out_is_told_once_the_round_is_on_its_way(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.world.draw(visitor.world.open_round(send=False))
    assert "had nobody for you" not in visitor.get("/me").text
    visitor.world.draw(visitor.world.open_round("2026-W49", send=True))
    assert "The last draw had nobody for you. It is not you" in visitor.get("/me").text


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_programme_at_rest_makes_no_promises(visitor: Visitor, state: str) -> None:
    visitor.joined("sam")
    change(visitor.world, state=state, next_draw_on=date(2026, 12, 3))
    text = visitor.get("/me").text
    assert ("You are the first here" in text, "next-draw.ics" in text) == (False, False)


def test_of_a_programme_by_invitation_nobody_is_asked_to_pass_the_page_on(visitor: Visitor) -> None:
    change(visitor.world, invitation_only=True)
    invite(visitor.world, "sam")
    visitor.post(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam"), action="confirm")
    assert "where people join" not in visitor.get("/me").text


def test_blocks_change_no_number_on_the_page(visitor: Visitor) -> None:
    visitor.world.people(1)
    visitor.joined("sam")
    before = visitor.get("/me").text
    visitor.world.block(visitor.world.there("person00"), visitor.world.there("sam"))
    assert visitor.get("/me").text == before
    visitor.post("/me/apart", email="person00@example.org")
    assert "There are two of you so far" in visitor.get("/me").text


# --- their data -------------------------------------------------------------------------------------------------------


def test_the_download_says_all_of_it(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.post("/me/topics", often="asked", format="remote", access="Captions", access_for="organiser")
    visitor.post("/me/choices", action="in")
    data = visitor.get("/me/data.json").json()
    assert {name: data[name] for name in data if "access" in name or "often" in name or "remote" in name} == {
        "how_often": "asked",
        "in_person_or_remote": "remote",
        "access_needs": "Captions",
        "access_needs_are_read_by": "organiser",
    }
    assert (data["asked_to_be_in_the_next_draw"], data["invited_by_an_organiser"]) == (True, False)


def test_erasing_takes_what_they_need_out_of_mails_to_others(visitor: Visitor) -> None:
    visitor.world.person("priya")
    visitor.joined("sam")
    visitor.post("/me/topics", access="xylophone-free rooms", access_for="match")
    visitor.world.sent_round()
    assert "xylophone" in visitor.rows()

    visitor.post("/me/erase", word="delete")
    assert "xylophone" not in visitor.rows()
