"""A written mail is read as its reader gets it; what is secret in it is not there, and its links open nothing."""

import re

from app.models import MailKind, OutgoingMail, SeenBy
from app.services.readings import READABLE
from tests.app.web.organiser.desk import Desk


def introduction(desk: Desk) -> OutgoingMail:
    """A waiting introduction of two, one of whom needs something that their partner may know."""
    sam = desk.world.person("sam", "Finance")
    desk.world.person("priya", "Estates")
    with desk.world.database.writing() as session:
        person = session.merge(sam)
        person.access, person.access_for = "a hearing loop", SeenBy.MATCH
        session.add(person)
    desk.world.draw(desk.world.open_round())
    (mail,) = desk.world.mails(MailKind.INTRODUCTION, to="priya")
    return mail


def test_an_introduction_is_read_before_it_is_sent(desk: Desk) -> None:
    mail = introduction(desk)
    page = desk.get(f"/organiser/mails/{mail.id}")
    assert page.status_code == 200
    assert "priya@example.org" in page.text
    assert "Sam" in page.text
    html = desk.get(f"/organiser/mails/{mail.id}/html")
    assert "Sam" in html.text
    assert "sandbox" in html.headers["Content-Security-Policy"]
    entry = desk.get(f"/organiser/mails/{mail.id}/attachments/0")
    assert entry.headers["Content-Disposition"].startswith("attachment")
    listed = desk.get(f"/organiser/rounds/{mail.round_id}/outbox").text
    assert f'href="/organiser/mails/{mail.id}"' in listed


def test_its_links_are_those_of_a_sample_and_no_real_one_is_in_it(desk: Desk) -> None:
    mail = introduction(desk)
    shown = desk.get(f"/organiser/mails/{mail.id}").text + desk.get(f"/organiser/mails/{mail.id}/html").text
    tokens = set(re.findall(r"/m/([A-Za-z0-9_-]+)", shown))
    assert tokens
    assert all(token.startswith("sample-") for token in tokens)
    for name in mail.facts["links"]:
        assert desk.world.token(mail, name) not in shown
    assert desk.get(f"/m/{tokens.pop()}").status_code == 410


def test_what_somebody_needs_stays_between_those_who_meet(desk: Desk) -> None:
    mail = introduction(desk)
    assert any(member["access"] == "a hearing loop" for member in mail.facts["members"])
    for path in ("", "/html"):
        assert "hearing loop" not in desk.get(f"/organiser/mails/{mail.id}{path}").text


def test_mails_that_tell_what_somebody_did_are_not_read(desk: Desk) -> None:
    desk.world.ask_for_my_page(desk.world.person("sam").email.partition("@")[0])
    desk.world.answer()
    (mail,) = desk.world.mails(MailKind.MY_PAGE)
    assert desk.get(f"/organiser/mails/{mail.id}").status_code == 404
    assert {MailKind.INTRODUCTION, MailKind.LEFT_OUT} == READABLE


def test_a_mail_of_another_organisation_is_not_there(desk: Desk) -> None:
    mail = introduction(desk)
    stranger = desk.elsewhere(desk.stranger())
    for path in ("", "/html", "/attachments/0"):
        assert stranger.get(f"/organiser/mails/{mail.id}{path}").status_code == 404
