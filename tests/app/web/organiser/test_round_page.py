"""A round on its page: looked at with why, changed, drawn again by the worker, approved as it was seen, sent once."""

import re

import pytest

from app.models import Instance, Role, Round, RoundState, Scope
from app.queries import changes, preview, programmes
from app.queries import rounds as queries
from app.web.organiser.looks import by_chance
from app.workflows import rounds as round_work
from tests.app.web.organiser.desk import Desk


def drawn(desk: Desk, people: int = 9) -> Round:
    """A round that waits for approval, of people of three teams."""
    for number in range(people):
        desk.world.person(f"p{number:02}", f"Team {number % 3}")
    return desk.world.draw(desk.world.open_round())


def here(round_: Round, more: str = "") -> str:
    return f"/organiser/rounds/{round_.id}{more}"


def rounds(desk: Desk) -> list[Round]:
    with desk.world.database.reading() as session:
        return queries.rounds_of(session, programmes.programme(session, desk.world.slug))


def again(desk: Desk, round_: Round) -> None:
    """The worker looks once: it draws what waits to be drawn."""
    with desk.world.database.reading() as session:
        due = [one.id for one in queries.to_draw(session, desk.world.now)]
    assert due == [round_.id]
    assert round_work.claim_draw(desk.world.work, round_.id, "test/1")
    round_work.draw_round(desk.world.work, round_.id, "test/1")


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', text)
    assert found
    return found[1]


def test_a_programme_opens_a_round_by_its_page(desk: Desk) -> None:
    for number in range(4):
        desk.world.person(f"p{number}", f"Team {number}")
    page = desk.get("/organiser/programmes/demo/rounds").text
    assert "4 people take part." in page
    answer = desk.post("/organiser/programmes/demo/rounds", period="2026-W48", seed="7")
    assert answer.status_code == 303
    waiting = desk.get(answer.headers["Location"])
    assert "Being drawn" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    (round_,) = rounds(desk)
    assert (round_.period, round_.seed, round_.send) == ("2026-W48", 7, False)
    desk.world.draw(round_)
    assert "Who meets whom" in desk.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("period", "seed"),
    [("no space", ""), ("", ""), ("ok", "-1"), ("ok", "9" * 40), ("ok", "0" * 30 + "9" * 5000), ("ok", "x")],
)
def test_what_cannot_be_drawn_is_said_beside_its_field(desk: Desk, period: str, seed: str) -> None:
    answer = desk.post("/organiser/programmes/demo/rounds", period=period, seed=seed)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert rounds(desk) == []


def test_the_page_shows_every_group_with_why_and_its_figures(desk: Desk) -> None:
    round_ = drawn(desk)
    text = desk.get(here(round_)).text
    assert text.count('<li class="group"') == 4
    assert "From different teams" in text
    assert "Everybody has a group." in text
    assert "Nobody meets anybody again." in text
    assert "Proven: no round under these rules can be better" in text
    as_table = desk.get(here(round_, "?view=table")).text
    assert as_table.count('<tr id="grp_') == 4


def test_what_one_may_want_to_look_at_comes_first(desk: Desk) -> None:
    desk.world.person("ana", "Estates")
    desk.world.person("bo", "Estates")
    for name in ("cy", "di"):
        desk.world.person(name, f"Team {name}")
    round_ = desk.world.draw(desk.world.open_round())
    ana, bo = desk.world.there("ana").id, desk.world.there("bo").id
    sitting = next(people for people in desk.world.seated(round_).values() if ana in people)
    partner = next(one for one in sitting if one != ana)
    answer = desk.post(here(round_, f"/people/{bo}"), do="swap", other=partner)
    assert answer.status_code == 303, answer.text
    text = desk.get(answer.headers["Location"]).text
    assert "Swapped" in text
    assert "Ana and Bo are both of Estates." in text
    assert text.index("Ana and Bo are both of Estates.") < text.rindex('<li class="group"')
    looked = desk.get(here(round_, "?show=look")).text
    assert looked.count('<li class="group"') == 1


def test_a_group_is_found_by_the_name_of_one_of_its_people(desk: Desk) -> None:
    round_ = drawn(desk)
    text = desk.get(here(round_, "?q=P03")).text
    assert text.count('<li class="group"') == 1
    assert desk.get(here(round_, "?q=nobody")).text.count('<li class="group"') == 0
    assert "No group fits." in desk.get(here(round_, "?q=%25")).text


def test_a_locked_group_stays_when_the_worker_draws_again(desk: Desk) -> None:
    round_ = drawn(desk, 12)
    before = desk.world.seated(round_)
    kept = next(iter(before))
    assert desk.post(here(round_, "/changes"), do="lock", group=kept).status_code == 303
    asked = desk.get(here(round_, "/draw-again")).text
    assert "1 locked group stays as it is" in asked
    answer = desk.post(here(round_, "/draw-again"), seen=seen(asked), seed="5", rest_only="")
    assert answer.status_code == 303
    assert "Being drawn again" in desk.get(here(round_)).text
    assert desk.world.seated(round_) == before
    again(desk, round_)
    after = desk.world.seated(round_)
    assert after[kept] == before[kept]
    assert sorted(map(sorted, after.values())) != sorted(map(sorted, before.values()))
    text = desk.get(here(round_)).text
    assert "Being drawn again" not in text
    assert "Beside the draw before" in text
    assert (desk.world.round(round_.id).seed, desk.world.round(round_.id).redraws) == (5, 1)
    assert desk.post(here(round_, "/changes"), do="undo").status_code == 303
    assert desk.world.seated(round_) == before


def test_a_draw_of_groups_that_have_changed_since_is_not_made(desk: Desk) -> None:
    round_ = drawn(desk)
    asked = seen(desk.get(here(round_, "/draw-again")).text)
    desk.post(here(round_, "/draw-again"), seen=asked, seed="", rest_only="")
    first = next(iter(desk.world.seated(round_)))
    assert desk.post(here(round_, "/changes"), do="lock", group=first).status_code == 303
    before = desk.world.seated(round_)
    again(desk, round_)
    assert desk.world.seated(round_) == before
    text = desk.get(here(round_)).text
    assert "It has changed since you looked." in text
    assert desk.world.round(round_.id).redraw is None
    headers = {"Authorization": f"Bearer {desk.key(Scope.READ)}"}
    said = desk.visitor.http.get(f"/api/v1/rounds/{round_.id}", headers=headers).json()["trouble"]
    assert said == "It has changed since you looked. Look again, then decide."
    assert desk.post(here(round_, "/changes"), do="unlock", group=first).status_code == 303
    assert "It has changed since you looked." not in desk.get(here(round_)).text


def test_a_wish_to_draw_again_can_be_taken_back(desk: Desk) -> None:
    round_ = drawn(desk)
    asked = seen(desk.get(here(round_, "/draw-again")).text)
    desk.post(here(round_, "/draw-again"), seen=asked, seed="", rest_only="")
    assert desk.post(here(round_, "/approve"), seen=asked).status_code == 409
    assert desk.post(here(round_, "/draw-again/stop")).status_code == 303
    assert desk.world.round(round_.id).redraw is None
    with desk.world.database.reading() as session:
        assert queries.to_draw(session, desk.world.now) == []
    assert desk.post(here(round_, "/approve"), seen=asked).status_code == 303


def test_what_was_seen_is_approved_and_nothing_else(desk: Desk) -> None:
    round_ = drawn(desk)
    old = seen(desk.get(here(round_)).text)
    first = next(iter(desk.world.seated(round_)))
    desk.post(here(round_, "/changes"), do="split", group=first)
    refused = desk.post(here(round_, "/approve"), seen=old)
    assert refused.status_code == 412
    assert "It has changed since you looked." in refused.text
    assert desk.world.round(round_.id).state == RoundState.MATCHED
    answer = desk.post(here(round_, "/approve"), seen=seen(refused.text))
    assert answer.status_code == 303
    assert desk.world.round(round_.id).state == RoundState.APPROVED
    assert "Nothing has been sent yet." in desk.get(answer.headers["Location"]).text
    assert desk.post(here(round_, "/changes"), do="undo").status_code == 409
    assert desk.post(here(round_, "/unapprove")).status_code == 303
    assert desk.world.round(round_.id).state == RoundState.MATCHED


def test_sending_asks_first_and_sends_once(desk: Desk) -> None:
    round_ = drawn(desk)
    desk.post(here(round_, "/approve"), seen=seen(desk.get(here(round_)).text))
    ask = desk.get(here(round_, "/send")).text
    assert "9 people will get a mail" in ask
    assert "This cannot be unsent." in ask
    assert desk.world.round(round_.id).state == RoundState.APPROVED
    for _ in range(2):
        assert desk.post(here(round_, "/send"), seen=seen(ask)).status_code == 303
    desk.world.deliver()
    assert len([mail for mail in desk.world.mails() if mail.state == "sent" and mail.round_id == round_.id]) == 9


def test_over_five_hundred_mails_the_number_is_typed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.organiser.round_acts.ASK_THE_NUMBER", 8)
    round_ = drawn(desk)
    desk.post(here(round_, "/approve"), seen=seen(desk.get(here(round_)).text))
    ask = seen(desk.get(here(round_, "/send")).text)
    refused = desk.post(here(round_, "/send"), seen=ask, number="8")
    assert refused.status_code == 422
    assert "Enter how many mails leave: 9." in refused.text
    assert desk.world.round(round_.id).state == RoundState.APPROVED
    assert desk.post(here(round_, "/send"), seen=ask, number=" 9 ").status_code == 303


def test_a_change_can_be_tried_and_nothing_is_written(desk: Desk) -> None:
    round_ = drawn(desk)
    before = desk.world.seated(round_)
    (a, *_), (b, *_) = list(before.values())[:2]
    tried = desk.post(here(round_, f"/people/{a}"), do="swap", other=b, **{"try": "yes"})
    assert tried.status_code == 200
    assert "What it would come to" in tried.text
    assert desk.world.seated(round_) == before
    with desk.world.database.reading() as session:
        assert changes.changes_of(session, desk.world.round(round_.id)) == []


def test_what_the_rules_forbid_is_refused_without_saying_which(desk: Desk) -> None:
    ana, bo, *_ = (desk.world.person(name, f"Team {name}") for name in ("ana", "bo", "cy", "di"))
    desk.world.block(ana, bo)
    round_ = desk.world.draw(desk.world.open_round())
    beside = next(people for people in desk.world.seated(round_).values() if ana.id in people)
    partner = next(one for one in beside if one != ana.id)
    refused = desk.post(here(round_, f"/people/{bo.id}"), do="swap", other=partner)
    assert refused.status_code == 409
    assert "These two cannot be in one group" in refused.text
    assert "block" not in refused.text


def test_a_number_that_no_group_has_is_refused_in_a_whole_sentence(desk: Desk) -> None:
    round_ = drawn(desk)
    person = next(iter(next(iter(desk.world.seated(round_).values()))))
    refused = desk.post(here(round_, f"/people/{person}"), do="move", to="99")
    assert refused.status_code == 422
    assert "That was not done. There is no such group in this round. Give its number, or its id." in refused.text


def test_who_was_forgotten_is_named_before_anything_is_sent(desk: Desk) -> None:
    """People whom a change left without a group get a mail that says so: the last look tells how many."""
    round_ = drawn(desk, 8)
    assert desk.post(here(round_, "/approve"), seen=seen(desk.get(here(round_)).text)).status_code == 303
    assert "no group this time" not in desk.get(here(round_, "/send")).text
    desk.post(here(round_, "/unapprove"))
    desk.post(here(round_, "/changes"), do="split", group=next(iter(desk.world.seated(round_))))
    desk.post(here(round_, "/approve"), seen=seen(desk.get(here(round_)).text))
    look = desk.get(here(round_, "/send")).text
    assert "8 people will get a mail" in look
    assert "2 of these mails say that there is no group this time." in look


def test_a_round_of_nobody_says_so_and_offers_nothing_to_send(desk: Desk) -> None:
    page = desk.get("/organiser/programmes/demo/rounds").text
    assert "There is nobody to draw yet." in page
    assert 'href="/organiser/programmes/demo/people/add"' in page
    round_ = drawn(desk, 0)
    text = desk.get(here(round_)).text
    assert "Nobody took part when this round was drawn" in text
    assert "Cancel this round" in text
    assert "Approve these groups" not in text
    assert "Everybody has a group." not in text
    desk.world.person("first", "Team 1")
    assert "There is nobody to draw yet." not in desk.get("/organiser/programmes/demo/rounds").text


def test_while_sending_rests_the_page_says_that_nothing_is_drawn(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.world.open_round()
    assert "Nothing is drawn while sending rests." not in sqlite_desk.get(here(round_)).text
    with sqlite_desk.world.database.writing() as session:
        session.add(Instance(instance_id="ins_a", paused_since=sqlite_desk.world.now, reason="It is a copy."))
    assert "Nothing is drawn while sending rests." in sqlite_desk.get(here(round_)).text


def test_people_without_a_group_are_put_together_or_drawn(desk: Desk) -> None:
    round_ = drawn(desk, 8)
    first, second, *_ = desk.world.seated(round_)
    for group in (first, second):
        assert desk.post(here(round_, "/changes"), do="split", group=group).status_code == 303
    text = desk.get(here(round_)).text
    assert "4 people without a group" in text
    ids = re.findall(r'name="people" value="([^"]+)"', text)
    assert len(ids) == 4
    answer = desk.post(here(round_, "/changes"), do="group", people=[ids[0], ids[1]])
    assert answer.status_code == 303
    asked = seen(desk.get(here(round_, "/draw-again")).text)
    desk.post(here(round_, "/draw-again"), seen=asked, seed="3", rest_only="yes")
    again(desk, round_)
    assert "people without a group" not in desk.get(here(round_)).text


def test_somebody_who_joined_late_is_brought_in(desk: Desk) -> None:
    round_ = drawn(desk, 4)
    assert "Everybody of the programme is in this round." in desk.get(here(round_, "/late")).text
    assert 'href="/organiser/programmes/demo/people/add"' in desk.get(here(round_, "/late")).text
    late = desk.world.person("late", "Team late")
    listed = desk.get(here(round_, "/late?q=LATE")).text
    assert here(round_, f"/people/{late.id}") in listed
    assert "Not in this round" in desk.get(here(round_, f"/people/{late.id}")).text
    answer = desk.post(here(round_, f"/people/{late.id}"), do="add", to="1")
    assert answer.status_code == 303, answer.text
    assert late.id in {one for people in desk.world.seated(round_).values() for one in people}


def test_a_round_that_was_not_sent_can_be_cancelled(desk: Desk) -> None:
    round_ = drawn(desk)
    assert "Cancel this round?" in desk.get(here(round_, "/cancel")).text
    assert len(rounds(desk)) == 1
    assert desk.post(here(round_, "/cancel")).status_code == 303
    assert rounds(desk) == []


def test_who_may_only_look_sees_no_button_and_does_nothing(desk: Desk) -> None:
    round_ = drawn(desk)
    looker = desk.elsewhere(desk.organiser(Role.VIEWER, name="looker"))
    text = looker.get(here(round_)).text
    assert "Approve these groups" not in text
    assert "Draw again" not in text
    first, *_ = desk.world.seated(round_)
    told = seen(desk.get(here(round_)).text)
    for path, fields in (
        ("/changes", {"do": "lock", "group": first}),
        ("/draw-again", {"seen": told}),
        ("/draw-again/stop", {}),
        ("/approve", {"seen": told}),
        ("/unapprove", {}),
        ("/send", {"seen": told}),
        ("/cancel", {}),
    ):
        assert looker.post(here(round_, path), **fields).status_code == 403, path
    person = desk.world.seated(round_)[first][0]
    assert looker.post(here(round_, f"/people/{person}"), do="exclude").status_code == 403
    assert looker.post("/organiser/programmes/demo/rounds", period="x").status_code == 403
    assert desk.world.round(round_.id).state == RoundState.MATCHED


def test_a_round_of_another_organisation_is_not_there(desk: Desk) -> None:
    round_ = drawn(desk)
    stranger = desk.elsewhere(desk.stranger())
    person = next(iter(desk.world.seated(round_).values()))[0]
    missing = stranger.get("/organiser/rounds/rnd_missing").text
    for path in ("", "/draw-again", "/send", "/cancel", "/late", f"/people/{person}"):
        answer = stranger.get(here(round_, path))
        assert answer.status_code == 404, path
        assert _without_links(answer.text) == _without_links(missing)
    assert stranger.get("/organiser/programmes/demo/rounds").status_code == 404


def _without_links(text: str) -> str:
    return re.sub(r"/organiser/rounds/[a-z0-9_/-]+|reference[^<]*<[^<]*", "", text)


def test_what_mere_chance_would_give_is_counted_right() -> None:
    assert by_chance([2, 2], 4, 2) == pytest.approx(2 / 3)
    assert by_chance([5], 5, 2) == 2
    assert by_chance([1, 1, 1], 3, 1) == 0
    assert by_chance([], 0, 0) == 0


def test_the_words_of_a_search_are_words_and_no_pattern(desk: Desk) -> None:
    round_ = drawn(desk)
    with desk.world.database.reading() as session:
        assert preview.found_in(session, round_, "p_") == set()
        assert len(preview.found_in(session, round_, "P0")) == 4
