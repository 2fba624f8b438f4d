"""The words of introductions on the pages: of a programme, and of one round before its approval, seen at once."""

import re
from html import unescape

import pytest
from sqlmodel import select

from app.models import AuditEntry, MailKind, OutgoingMail, Role, Round
from emails import PLACEHOLDERS
from tests.app.web.organiser.desk import Desk
from tests.app.web.organiser.test_trying import words_of
from tests.factories import World

HELLO = "Hello {name}, meet {others}."
TASK = "/organiser/programmes/demo/set-up/words"


def drawn(desk: Desk, people: int = 4) -> tuple[Round, str]:
    desk.world.people(people)
    round_ = desk.world.draw(desk.world.open_round())
    return round_, f"/organiser/rounds/{round_.id}/words"


def seen(desk: Desk, path: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', desk.get(path).text)
    assert found
    return found[1]


def save(desk: Desk, path: str, **fields: str) -> str:
    """Where the answer leads."""
    answer = desk.post(path, seen=seen(desk, path), **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def introduction(world: World, name: str) -> OutgoingMail:
    (mail,) = world.mails(MailKind.INTRODUCTION, name)
    return mail


def test_words_of_a_round_are_saved_and_seen_at_once_as_any_reader_gets_them(desk: Desk) -> None:
    round_, path = drawn(desk)
    assert f'href="{path}"' in desk.get(f"/organiser/rounds/{round_.id}").text
    there = save(desk, path, intro_opening=HELLO, intro_closing="Bye")
    page = desk.get(there).text
    assert "The introductions of this round say so now" in page
    assert "They differ from those of the programme." in page
    for name in ("person00", "person03"):
        mail = introduction(desk.world, name)
        assert f'src="/organiser/mails/{mail.id}/html"' in desk.get(f"{path}?mail={mail.id}").text
        html = desk.get(f"/organiser/mails/{mail.id}/html").text
        assert f"Hello <bdi>{name.capitalize()}</bdi>, meet <bdi>Person0" in html
        assert f'href="{path}?mail={mail.id}"' in desk.get(f"/organiser/mails/{mail.id}").text
    with desk.world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.action == "round.words")).one()
    assert "Hello" not in str(noted.detail)


def test_the_programmes_words_come_back_with_one_button(desk: Desk) -> None:
    assert desk.post(TASK, intro_opening="As always, {name}.").status_code == 303
    _, path = drawn(desk)
    assert "Back to the words of the programme" not in desk.get(path).text
    save(desk, path, intro_opening=HELLO, intro_closing="")
    assert "Back to the words of the programme" in desk.get(path).text
    save(desk, path, action="programme", intro_opening=HELLO)
    assert "They are those of the programme." in desk.get(path).text
    html = desk.get(f"/organiser/mails/{introduction(desk.world, 'person00').id}/html").text
    assert "As always, <bdi>Person00</bdi>." in html


def test_a_change_is_undone_on_the_page_of_the_round(desk: Desk) -> None:
    round_, path = drawn(desk)
    save(desk, path, intro_opening=HELLO, intro_closing="")
    here = f"/organiser/rounds/{round_.id}"
    assert "Changed the words of the introductions." in desk.get(here).text
    assert desk.post(f"{here}/changes", do="undo").status_code == 303
    assert introduction(desk.world, "person00").facts.get("own_words") is None


def test_a_test_copy_says_the_new_words_also_within_the_same_minute(sqlite_desk: Desk) -> None:
    _, path = drawn(sqlite_desk, 2)
    mail = introduction(sqlite_desk.world, "person00")
    for opening in ("First {name}.", "Second {name}."):
        save(sqlite_desk, path, intro_opening=opening, intro_closing="")
        sqlite_desk.post(f"/organiser/mails/{mail.id}/try")
        sqlite_desk.post(f"/organiser/mails/{mail.id}/try")
        sqlite_desk.world.deliver()
    sent = [words_of(one.data) for one in sqlite_desk.world.transport.sent]
    assert ["Second Person00." in text for text in sent] == [False, True]
    assert ["First Person00." in text for text in sent] == [True, False]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(desk: Desk) -> None:
    _, path = drawn(desk)
    for form in (path, TASK):
        shown = {"seen": seen(desk, path)} if form == path else {}
        answer = desk.post(form, intro_opening="Hello {frist_name}\n\nyou", intro_closing="See https://x.org", **shown)
        assert answer.status_code == 422
        page = unescape(answer.text)
        beside = re.findall(r'<p class="wrong" id="(\w+)-wrong">.*?</span>(.*?)</p>', page)
        assert [name for name, _ in beside] == ["intro_opening", "intro_closing"]
        assert beside[0][1].startswith("“{frist_name}” is no placeholder. Between braces stands only {name},")
        assert "Hello {frist_name}\n\nyou</textarea>" in page
        assert '<a href="#intro_opening">' in page
    assert introduction(desk.world, "person00").facts.get("own_words") is None


def test_each_placeholder_is_told_beside_the_fields(desk: Desk) -> None:
    _, path = drawn(desk)
    for form in (path, TASK):
        page = desk.get(form).text
        for name, stands in PLACEHOLDERS.items():
            assert f"<dt><code>{{{name}}}</code></dt><dd>{stands}</dd>" in page


def test_who_saw_something_else_is_told_and_loses_nothing(desk: Desk) -> None:
    _, path = drawn(desk)
    old = seen(desk, path)
    save(desk, path, intro_opening=HELLO, intro_closing="")
    late = desk.post(path, seen=old, intro_opening="My words", intro_closing="")
    assert late.status_code == 412
    assert "It has changed since you looked." in late.text
    assert "My words</textarea>" in late.text
    assert introduction(desk.world, "person00").facts["own_words"]["opening"] == HELLO


def test_the_approval_freezes_them_and_they_can_still_be_read(desk: Desk) -> None:
    round_, path = drawn(desk)
    here, before = f"/organiser/rounds/{round_.id}", seen(desk, path)
    save(desk, path, intro_opening=HELLO, intro_closing="")
    assert desk.post(f"{here}/approve", seen=before).status_code == 412, "these words were not seen"
    now = seen(desk, path)
    assert desk.post(f"{here}/approve", seen=now).status_code == 303
    page = desk.get(path).text
    assert "This round is approved, so its words stay as they are. Take the approval back first." in page
    assert "<textarea" not in page
    assert f"<bdi>{HELLO}</bdi></dd>" in page
    refused = desk.post(path, seen=now, intro_opening="Other", intro_closing="")
    assert refused.status_code == 409
    assert introduction(desk.world, "person00").facts["own_words"]["opening"] == HELLO


def test_who_only_looks_reads_them_and_changes_nothing(desk: Desk) -> None:
    _, path = drawn(desk)
    viewer = desk.elsewhere(desk.organiser(Role.VIEWER, slug="demo", name="vera"))
    page = viewer.get(path).text
    assert "<textarea" not in page
    assert viewer.post(path, intro_opening="x").status_code == 403
    stranger = desk.elsewhere(desk.stranger())
    assert [stranger.get(one).status_code for one in (path, "/organiser/rounds/rnd_none/words")] == [404, 404]


def test_a_round_that_is_not_drawn_has_none_yet(desk: Desk) -> None:
    desk.world.people(4)
    round_ = desk.world.open_round()
    answer = desk.get(f"/organiser/rounds/{round_.id}/words")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/organiser/rounds/{round_.id}")


@pytest.mark.parametrize("mail", ["msg_none", "x y", "%00"])
def test_a_mail_that_is_none_of_the_round_is_not_shown(sqlite_desk: Desk, mail: str) -> None:
    _, path = drawn(sqlite_desk, 2)
    answer = sqlite_desk.get(f"{path}?mail={mail}")
    assert answer.status_code in (200, 404)
    assert mail not in answer.text


def test_the_samples_of_a_programme_say_its_own_words(sqlite_desk: Desk) -> None:
    sqlite_desk.post(TASK, intro_opening=HELLO, intro_closing="Warmly")
    text = sqlite_desk.get("/organiser/programmes/demo/emails/introduction/text").text
    assert "Hello Sam Okoro, meet Priya Nair." in text
    assert "Warmly" in text


def test_the_subject_is_saved_seen_and_refused_beside_its_field(desk: Desk) -> None:
    assert desk.post(TASK, intro_subject="Coffee with {others}").status_code == 303
    _, path = drawn(desk, 2)
    assert 'name="intro_subject" type="text" value="Coffee with {others}"' in desk.get(path).text
    save(desk, path, intro_subject="Tea with {others}", intro_opening="", intro_closing="")
    mail = introduction(desk.world, "person00")
    for page in (f"/organiser/mails/{mail.id}", f"{path}?mail={mail.id}"):
        assert "<dt>Subject</dt><dd><bdi>Tea with Person01</bdi></dd>" in desk.get(page).text, page
    for form in (path, TASK):
        shown = {"seen": seen(desk, path)} if form == path else {}
        answer = desk.post(form, intro_subject="Re: {others}", **shown)
        assert (answer.status_code, 'id="intro_subject-wrong"' in answer.text) == (422, True)
        assert 'value="Re: {others}"' in answer.text
    assert introduction(desk.world, "person00").facts["own_words"]["subject"] == "Tea with {others}"
