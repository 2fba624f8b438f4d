"""The join page: three fields, errors in words, and one answer for everybody."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.models import MailKind, ParticipantState, Programme, ProgrammeState
from app.queries import programmes as programme_queries
from tests.app.web.visitor import Visitor
from tests.factories import World

HOSTILE = "</title><script>alert(1)</script>\u202eevil\u202c"


def change(world: World, **facts: object) -> Programme:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        for name, value in facts.items():
            setattr(programme, name, value)
        session.add(programme)
        return programme


def test_the_page_explains_the_programme_and_asks_three_things(visitor: Visitor) -> None:
    text = visitor.get("/p/demo").text
    assert "Cross-team coffees" in text
    assert "Example Trust" in text
    assert [f'name="{name}"' in text for name in ("name", "email", "team")] == [True] * 3
    assert text.count("<input") == 3


def test_people_are_counted_from_ten_on(visitor: Visitor) -> None:
    visitor.world.people(9)
    assert "people have joined" not in visitor.get("/p/demo").text
    visitor.world.person("tenth")
    assert "10 people have joined" in visitor.get("/p/demo").text


def test_an_unknown_programme_is_a_page_of_its_own(visitor: Visitor) -> None:
    for slug in ("%00", "%ED%A0%80", "Demo", "x" * 5000, "demo%20"):
        assert visitor.get(f"/p/{slug}").status_code == 404
    answer = visitor.get("/p/nobody")
    assert (answer.status_code, "There is no programme by that name." in answer.text) == (404, True)
    assert visitor.post("/p/nobody", name="Sam", email="sam@example.org", team="A").status_code == 404


@pytest.mark.parametrize(
    ("state", "words"), [(ProgrammeState.PAUSED, "is having a rest"), (ProgrammeState.CLOSED, "is over")]
)
def test_a_programme_that_is_not_open_says_so_and_takes_nobody(
    visitor: Visitor, state: ProgrammeState, words: str
) -> None:
    change(visitor.world, state=state)
    shown, posted = visitor.get("/p/demo"), visitor.join("sam")
    assert (shown.status_code, words in shown.text, "<form" in shown.text) == (200, True, False)
    assert (posted.status_code, words in posted.text) == (409, True)
    assert visitor.world.find("sam") is None


def test_a_programme_that_takes_nobody_new_says_so_and_lets_in_who_has_asked_before(visitor: Visitor) -> None:
    visitor.join("ada")
    visitor.world.answer()
    change(visitor.world, joining=False)
    shown, posted = visitor.get("/p/demo"), visitor.fresh().join("sam")
    words = "takes nobody new just now"
    assert (shown.status_code, words in shown.text, "<form" in shown.text) == (200, True, False)
    assert (posted.status_code, words in posted.text) == (409, True)
    assert visitor.world.find("sam") is None
    visitor.post(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "ada"), action="confirm")
    assert visitor.world.there("ada").state == ParticipantState.ACTIVE


def test_joining_writes_a_pending_person_and_a_mail(visitor: Visitor) -> None:
    answer = visitor.join("sam", "Finance")
    assert (answer.status_code, answer.headers["location"]) == (303, "/p/demo/sent")
    assert "Look in your inbox" in visitor.get("/p/demo/sent").text
    assert visitor.world.there("sam").state == ParticipantState.PENDING
    assert [mail.recipient for mail in visitor.world.mails(MailKind.CONFIRM_SIGN_UP)] == ["sam@example.org"]


def test_known_unknown_departed_and_tired_addresses_get_the_same_bytes(visitor: Visitor) -> None:
    world = visitor.world
    world.person("known")
    world.person("departed", state=ParticipantState.LEFT)
    answers = [visitor.fresh().join(name) for name in ("known", "departed", "new", "new", "new", "new", "new")]
    pages = [visitor.fresh().get(answer.headers["location"]) for answer in answers]
    varying = {"date", "x-request-id", "set-cookie"}  # the cookie holds what was typed, and is looked at below
    seen = {
        (answer.status_code, answer.content, tuple((k, v) for k, v in answer.headers.items() if k not in varying))
        for answer in answers
    }
    assert len(seen) == 1
    assert all(answer.headers["set-cookie"].startswith("coffee_typed=") for answer in answers)
    assert len({page.content for page in pages}) == 1
    assert len(world.mails(MailKind.CONFIRM_SIGN_UP, "new")) == 4


def test_twenty_who_join_with_one_address_at_once_are_one_person(visitor: Visitor) -> None:
    def join(_: int) -> int:
        with visitor.site.client() as http:
            form = {"name": "Sam", "email": "sam@example.org", "team": "New team"}
            return http.post("/p/demo", data=form).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(join, range(20))) == {303}
    assert visitor.rows().count("'New team'") == 1


def test_an_empty_form_names_each_field_twice_and_begins_with_error(visitor: Visitor) -> None:
    answer = visitor.post("/p/demo", name="", email="", team="")
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert "There is a problem" in answer.text
    assert 'role="alert" tabindex="-1" autofocus' in answer.text
    for field, words in (
        ("name", "Enter your full name."),
        ("email", "Enter your e-mail address."),
        ("team", "Enter your team."),
    ):
        assert f'<a href="#{field}">{words}</a>' in answer.text
        assert f'id="{field}-wrong"><span class="hidden-words">Error: </span>{words}' in answer.text
        assert f'aria-describedby="{field}-hint {field}-wrong" aria-invalid="true"' in answer.text


def test_a_missing_field_is_like_an_empty_one(visitor: Visitor) -> None:
    answer = visitor.post("/p/demo", email="sam@example.org", team="Finance")
    assert (answer.status_code, "Enter your full name." in answer.text) == (422, True)


def test_what_was_typed_is_kept_and_escaped(visitor: Visitor) -> None:
    answer = visitor.post("/p/demo", name='"><script>x', email="sam@", team="Finance & Co")
    assert answer.status_code == 422
    assert 'value="&#34;&gt;&lt;script&gt;x"' in answer.text
    assert 'value="sam@"' in answer.text
    assert 'value="Finance &amp; Co"' in answer.text
    assert "<script" not in answer.text
    assert "Enter your full name." not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"name=%ED%A0%80&email=sam%40example.org&team=A",
        b"name=%FF&email=sam%40example.org&team=A",
        b"name=Sam%00&email=sam%40example.org&team=A",
        b"name=Sam&email=sam%ED%A0%80%40example.org&team=A",
        b"name=Sam&email=sam%00%40example.org&team=A",
        b"name=Sam&email=sam%40example.org&team=%00",
        b"name=Sam&email=sam%40example.org&team=%ED%A0%80",
        b"name=Sam%0D%0ABcc%3A%20x%40example.org&email=sam%40example.org&team=A",
        b"name=" + b"x" * 101 + b"&email=sam%40example.org&team=A",
        b"name=Sam&email=" + b"x" * 60_000 + b"%40example.org&team=A",
        b"name=Sam&email=sam%40example.org&team=" + b"x" * 101,
        b"name=%E2%80%AEmaS&email=sam%40example.org&team=A",
        b"\xff\xfe",
        b"",
        b"&".join(b"x%d=1" % n for n in range(200)),
    ],
)
def test_bad_bytes_are_refused_in_words(visitor: Visitor, body: bytes) -> None:
    answer = visitor.http.post("/p/demo", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, "There is a problem" in answer.text) == (422, True)
    assert visitor.world.find("sam") is None


def test_a_body_beyond_every_form_is_refused(visitor: Visitor) -> None:
    assert visitor.post("/p/demo", name="x" * 70_000).status_code == 413


def test_names_of_every_script_join_and_are_shown_isolated(visitor: Visitor) -> None:
    name = "ابراهيم 'O\u2019Neil' <b>👩🏽‍💻</b>"
    visitor.post("/p/demo", name=name, email="sam@example.org", team="الجراحة")
    assert visitor.world.there("sam").name == name
    text = visitor.get(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")).text
    assert "<bdi>ابراهيم &#39;O\u2019Neil&#39; &lt;b&gt;👩🏽‍💻&lt;/b&gt;</bdi>" in text


def test_a_hostile_programme_name_breaks_no_page(visitor: Visitor) -> None:
    change(visitor.world, name=HOSTILE, purpose=HOSTILE, rhythm=HOSTILE, contact_name=HOSTILE)
    for path in ("/p/demo", "/p/demo/sent"):
        text = visitor.get(path).text
        assert "<script" not in text
        assert "\u202e" not in text.partition("</title>")[0]
