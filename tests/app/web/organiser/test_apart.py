"""Two people who must never meet, on a page: named, listed, taken back, and nothing told of what people have said."""

import pytest

from app.models import Role
from tests.app.web.organiser.desk import Desk

HERE = "/organiser/programmes/demo/apart"
ADA, BEN = "ada@example.org", "ben@example.org"


def test_two_people_are_named_listed_and_let_meet_again(desk: Desk) -> None:
    ada, ben = desk.world.person("ada"), desk.world.person("ben")
    assert "Nobody so far." in desk.get(HERE).text
    assert desk.post(HERE, action="name", a=ADA, b=BEN).headers["location"] == f"{HERE}?done=named"
    page = desk.get(f"{HERE}?done=named").text
    assert "From now on they are not drawn together." in page
    assert (ADA in page, BEN in page, "Nobody so far." in page) == (True, True, False)
    assert desk.post(HERE, action="lift", a=ada.id, b=ben.id).headers["location"] == f"{HERE}?done=lifted"
    assert "Nobody so far." in desk.get(HERE).text


def test_what_they_have_said_themselves_changes_no_page(desk: Desk) -> None:
    ada, ben = desk.world.person("ada"), desk.world.person("ben")

    def told() -> list[str]:
        answers = [desk.post(HERE, action=action, a=ADA, b=BEN) for action in ("name", "name", "lift", "lift")]
        return [*(one.headers["location"] for one in answers), desk.get(HERE).text]

    before = told()
    desk.world.block(ada, ben)
    assert told() == before


@pytest.mark.parametrize("action", ["name", "lift"])
def test_what_no_database_takes_names_nobody(desk: Desk, action: str) -> None:
    desk.world.person("ada")
    for odd in ("a\0", "\0@example.org"):
        assert desk.post(HERE, action=action, a=ADA, b=odd).status_code == 422


def test_mistakes_stand_beside_their_fields_with_what_was_typed(sqlite_desk: Desk) -> None:
    sqlite_desk.world.person("ada")
    for a, b, words in (
        ("", " ", "Enter the address or the id of somebody in this programme."),
        (ADA, "<nobody>", "Nobody in this programme has this address or id."),
        (ADA, ADA, "This is the same person. Enter somebody else."),
        (ADA, "\0", "Nobody in this programme has this address or id."),
    ):
        answer = sqlite_desk.post(HERE, action="name", a=a, b=b)
        assert (answer.status_code, words in answer.text, "<nobody>" in answer.text) == (422, True, False)
    assert sqlite_desk.post(HERE, action="odd").status_code == 422
    assert f'value="{ADA}"' in sqlite_desk.get(f"{HERE}?a={ADA}").text


def test_who_may_only_look_sees_none_of_it(sqlite_desk: Desk) -> None:
    sqlite_desk.world.person("ada")
    viewer = sqlite_desk.elsewhere(sqlite_desk.organiser(Role.VIEWER, name="vi"))
    assert (viewer.get(HERE).status_code, viewer.post(HERE, action="name", a=ADA, b=BEN).status_code) == (403, 403)
    person = f"/organiser/programmes/demo/people/{sqlite_desk.world.there('ada').id}"
    assert ("/apart" in viewer.get(person).text, "/apart?a=ada%40example.org" in sqlite_desk.get(person).text) == (
        False,
        True,
    )


def test_names_are_shown_and_never_run(sqlite_desk: Desk) -> None:
    ada, ben = sqlite_desk.world.person("ada"), sqlite_desk.world.person("ben")
    with sqlite_desk.world.database.writing() as session:
        session.merge(ada).name = "<script>alert(1)</script>"
    sqlite_desk.post(HERE, action="name", a=ada.id, b=ben.id)
    page = sqlite_desk.get(HERE).text
    assert ("<script>alert" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_the_rules_say_all_of_it_in_words_with_what_it_costs(desk: Desk) -> None:
    desk.world.person("ada")
    desk.world.person("ben")
    desk.post(HERE, action="name", a=ADA, b=BEN)
    rules = "/organiser/programmes/demo/set-up/rules"
    plain = desk.get(rules).text
    assert "May people meet their own line manager?" in plain
    assert HERE in plain
    tried = desk.post(f"{rules}/try", teams_apart="no", lines_apart="yes", no_repeat_for="0", group_size="2").text
    for words in (
        "1 pair of people who take part is kept apart by organisers.",
        "This wall leaves 2 people out.",
        "Nobody who takes part is known to be the line manager of somebody else who does.",
    ):
        assert words in tried
