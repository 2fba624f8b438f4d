"""The people of a programme on a page: found, paged, corrected; and nothing that is theirs alone."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

import emails
from app.models import (
    AsksShown,
    AuditEntry,
    HeldFor,
    MailKind,
    Participant,
    ParticipantState,
    Role,
    SeenBy,
    SuppressionReason,
)
from app.services import suppression
from app.web.organiser import participants
from app.witness import Witness
from tests.app.web.organiser.desk import Desk

HERE = "/organiser/programmes/demo/people"
NAMES = re.compile(r'<th scope="row"><a href="[^"]*"><bdi>([^<]*)</bdi>')
NEXT = re.compile(r'href="([^"]*cursor=[^"]*)">Next page')


def changed(desk: Desk, name: str, /, **facts: object) -> Participant:
    with desk.world.database.writing() as session:
        person = session.merge(desk.world.there(name))
        for field, value in facts.items():
            setattr(person, field, value)
    return person


def at(desk: Desk, name: str) -> str:
    return f"{HERE}/{desk.world.there(name).id}"


def test_where_nobody_is_the_link_is_to_be_shared(desk: Desk) -> None:
    page = desk.get(HERE).text
    assert "No people yet: share this link" in page
    assert f'value="{desk.world.settings.base_url}/p/demo" readonly' in page
    assert 'href="/organiser/programmes/demo/poster"' in page


def test_people_stand_in_the_order_of_their_names_a_page_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(participants, "ON_A_PAGE", 2)
    desk.world.people(5)
    changed(desk, "person03", name="Person01")  # two of one name, at the end of a page
    path, seen = HERE, []
    for _ in range(3):
        page = desk.get(path).text
        seen.append(NAMES.findall(page))
        more = NEXT.search(page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert seen == [["Person00", "Person01"], ["Person01", "Person02"], ["Person04"]]
    assert path == ""
    assert desk.get(f"{HERE}?cursor=ppl_gone").status_code == 422


def test_people_are_found_by_name_address_and_state(desk: Desk) -> None:
    desk.world.people(3)
    desk.world.person("pia_%", state=ParticipantState.PENDING)
    changed(desk, "person01", state=ParticipantState.HELD, held_for=HeldFor.BOUNCE)
    changed(desk, "person02", state=ParticipantState.HELD, held_for=HeldFor.SILENCE)
    found = {
        query: NAMES.findall(desk.get(f"{HERE}?{query}").text)
        for query in (
            "q=PERSON00@ex",
            "q=%25",
            "q=nobody",
            "state=paused",
            "state=bounced",
            "state=pending",
            "state=left",
        )
    }
    assert found == {
        "q=PERSON00@ex": ["Person00"],
        "q=%25": ["Pia_%"],
        "q=nobody": [],
        "state=paused": ["Person02"],
        "state=bounced": ["Person01"],
        "state=pending": ["Pia_%"],
        "state=left": [],
    }
    for which in ("odd", "held"):
        assert desk.get(f"{HERE}?state={which}").status_code == 422


def test_what_nobody_can_type_is_not_looked_for(desk: Desk) -> None:
    desk.world.people(2)
    for query in ("q=son%0001", "q=%07person01%7f"):
        assert NAMES.findall(desk.get(f"{HERE}?{query}").text) == ["Person01"]
    assert desk.get(f"{HERE}?q=%00").status_code == 200


def test_who_is_held_for_silence_looks_like_who_pauses(desk: Desk) -> None:
    desk.world.person("sam")
    changed(desk, "sam", state=ParticipantState.PAUSED, paused_until=desk.world.now.date() + timedelta(days=9))

    def seen() -> list[str]:
        exported = desk.post(f"{HERE}/export", format="csv").text
        pages = [desk.get(path).text for path in (HERE, f"{HERE}?state=paused", f"{HERE}?state=bounced")]
        return [*pages, desk.get(at(desk, "sam")).text, exported]

    paused = seen()
    assert "Pauses" in paused[3]
    for why in (HeldFor.SILENCE, None):
        changed(desk, "sam", state=ParticipantState.HELD, held_for=why, paused_until=None)
        assert seen() == paused
    changed(desk, "sam", held_for=HeldFor.BOUNCE)
    assert "Mail comes back" in desk.get(at(desk, "sam")).text


def test_a_name_is_shown_and_never_run(desk: Desk) -> None:
    desk.world.person("sam")
    changed(desk, "sam", name="<script>alert(1)</script>")
    for path in (HERE, at(desk, "sam"), f"{at(desk, 'sam')}/leave", f"{at(desk, 'sam')}/erase"):
        page = desk.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_what_is_theirs_alone_stands_on_no_page(desk: Desk) -> None:
    sam, ana = desk.world.person("sam", ask=["a hidden ask"], offer=["spreadsheets"]), desk.world.person("ana")
    desk.world.block(sam, ana)
    desk.world.block(ana, sam)
    before = desk.get(at(desk, "ana")).text
    needs = {"access": "A step-free place", "access_for": SeenBy.ORGANISER, "asks_shown": AsksShown.NOBODY}
    changed(desk, "sam", **needs, heard_at=desk.world.now)
    page = desk.get(at(desk, "sam")).text
    assert "spreadsheets" in page
    for secret in ("step-free", "a hidden ask", "ana@example.org"):
        assert secret not in page
        assert secret not in desk.get(HERE).text.replace("ana@example.org</bdi>", "")
    with desk.world.database.writing() as session:
        for row in session.connection().exec_driver_sql("select 1 from blocked_address"):
            assert row
        session.connection().exec_driver_sql("delete from blocked_address")
    assert desk.get(at(desk, "ana")).text == before


def test_name_and_team_are_corrected(desk: Desk) -> None:
    desk.world.person("sam", "Nursing")
    here = at(desk, "sam")
    assert (
        desk.post(here, action="about", name="Samuel Okoro", team="Finance").headers["location"].endswith("done=about")
    )
    page = desk.get(here).text
    assert "Samuel Okoro" in page
    assert "Finance" in page
    wrong = desk.post(here, action="about", name="", team="Odd\u0000")
    assert wrong.status_code == 422
    assert wrong.text.count("Enter their full name.") == 2
    assert desk.post(here, action="about", name="Sam", team="").status_code == 303
    assert desk.world.there("sam").team_id is None


def test_a_line_manager_is_noted_corrected_and_taken_back(desk: Desk) -> None:
    desk.world.person("sam", "Nursing")
    here = at(desk, "sam")
    assert "Line manager</dt>" not in desk.get(here).text
    assert desk.post(here, action="about", name="Sam", team="", manager_email=" Maya@Example.org ").status_code == 303
    assert 'href="mailto:Maya@example.org"' in desk.get(here).text
    assert desk.post(here, action="about", name="Sam", team="").status_code == 303
    assert desk.world.there("sam").manager_key == "maya@example.org"
    for wrong, words in (("maya", "is not an e-mail address"), ("SAM@example.org", "This is their own address.")):
        again = desk.post(here, action="about", name="Sam", team="", manager_email=wrong)
        assert (again.status_code, words in again.text, f'value="{wrong}"' in again.text) == (422, True, True)
    assert desk.post(here, action="about", name="Sam", team="", manager_email="").status_code == 303
    assert desk.world.there("sam").manager_key == ""


def test_people_sit_out_pause_and_come_back(desk: Desk) -> None:
    desk.world.person("sam")
    here = at(desk, "sam")
    desk.post(here, action="skip")
    assert desk.world.there("sam").skip_next
    desk.post(here, action="unskip")
    assert not desk.world.there("sam").skip_next
    day = desk.world.now.date() + timedelta(days=40)
    assert desk.post(here, action="pause", until="2020-01-01").status_code == 422
    desk.post(here, action="pause", until=day.isoformat())
    assert (desk.world.there("sam").state, desk.world.there("sam").paused_until) == (ParticipantState.PAUSED, day)
    desk.post(here, action="back")
    assert desk.world.there("sam").state == ParticipantState.ACTIVE
    assert desk.post(here, action="odd").status_code == 422


def test_an_organiser_names_a_host_and_takes_it_back(desk: Desk) -> None:
    desk.world.person("sam")
    here = at(desk, "sam")
    assert "drawn like everybody" in desk.get(desk.post(here, action="host").headers["location"]).text
    assert desk.world.there("sam").host
    assert "No host any more" in desk.get(here).text
    desk.post(here, action="guest")
    assert not desk.world.there("sam").host


def test_who_has_not_confirmed_is_brought_in_by_nobody_else(desk: Desk) -> None:
    desk.world.person("pia", state=ParticipantState.PENDING)
    here = at(desk, "pia")
    with desk.world.database.reading() as session:
        before = len(session.exec(select(AuditEntry)).all())
    refused = desk.post(here, action="back")
    assert refused.status_code == 409
    assert "only they themselves can come in" in refused.text
    assert desk.world.there("pia").state == ParticipantState.PENDING
    with desk.world.database.reading() as session:
        assert len(session.exec(select(AuditEntry)).all()) == before


def test_what_is_refused_half_way_leaves_nothing(sqlite_desk: Desk) -> None:
    """The address is closed on an organiser's word, which only the last step of coming back finds out."""
    world = sqlite_desk.world
    person = world.person("sam", state=ParticipantState.HELD)
    with world.database.writing() as session:
        place, reason = person.organisation_id, SuppressionReason.ORGANISER
        suppression.suppress(session, place, person.email, reason, secret_key=world.secret, now=world.now)
    before = sqlite_desk.visitor.state()
    assert sqlite_desk.post(at(sqlite_desk, "sam"), action="back").status_code == 409
    assert sqlite_desk.visitor.state() == before


def test_somebody_is_taken_out_after_a_page_that_asks(desk: Desk) -> None:
    desk.world.person("sam")
    here = at(desk, "sam")
    assert "Take out" in desk.get(f"{here}/leave").text
    assert desk.world.there("sam").state == ParticipantState.ACTIVE
    assert desk.post(f"{here}/leave").headers["location"] == f"{here}?done=left"
    assert desk.world.there("sam").state == ParticipantState.LEFT
    assert desk.get(f"{here}/leave").headers["location"] == here


def test_somebody_is_deleted_at_a_word(desk: Desk) -> None:
    desk.world.person("sam")
    here, person = at(desk, "sam"), desk.world.there("sam")
    assert desk.post(f"{here}/erase", word="no").status_code == 422
    assert desk.world.find("sam")
    assert desk.post(f"{here}/erase", word="delete").headers["location"] == f"{HERE}?done=erased"
    assert desk.world.find("sam") is None
    assert desk.get(here).status_code == 404
    with desk.world.database.reading() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "participant.erase")).all()
    assert (entry.actor, entry.subject) == (f"organiser:{desk.account(desk.address).id}", None)
    assert person.id not in desk.visitor.rows()


def test_a_deletion_is_remembered_outside_of_the_database(sqlite_desk: Desk) -> None:
    sqlite_desk.world.person("sam")
    sqlite_desk.post(f"{at(sqlite_desk, 'sam')}/erase", word="delete")
    assert len(list(Witness(sqlite_desk.world.settings.witness_file).erasures())) == 1


def test_who_may_only_look_finds_no_button(desk: Desk) -> None:
    desk.world.person("sam")
    viewer = desk.elsewhere(desk.organiser(Role.VIEWER, name="vera"))
    page = viewer.get(at(desk, "sam")).text
    assert "Sam" in page
    assert page.count("<form") == 1  # to sign out
    assert "people/add" not in viewer.get(HERE).text
    for end in ("", "/leave", "/erase"):
        assert viewer.post(f"{at(desk, 'sam')}{end}", action="skip").status_code == 403
    assert viewer.get(f"{at(desk, 'sam')}/erase").status_code == 403


def test_an_address_at_which_nothing_has_arrived_is_corrected_with_what_is_wrong_beside_the_field(desk: Desk) -> None:
    desk.round(2, (emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no"),))
    (gone,) = [mail for mail in desk.world.mails(MailKind.INTRODUCTION) if mail.state == "rejected"]
    other = "person01" if gone.recipient.startswith("person00") else "person00"
    here = f"{HERE}/{gone.participant_id}"
    assert f'href="{here}"' in desk.get(f"/organiser/rounds/{gone.round_id}/watch").text
    assert "Correct the address" in desk.get(here).text
    wrong = desk.post(here, action="address", email="no address")
    assert (wrong.status_code, 'value="no address"' in wrong.text) == (422, True)
    taken = desk.post(here, action="address", email=f"{other}@example.org")
    assert (taken.status_code, "Somebody else in this programme has that address." in taken.text) == (409, True)
    done = desk.post(here, action="address", email="right@example.org")
    assert done.headers["location"] == f"{here}?done=address"
    assert "right@example.org" in desk.get(here).text
    arrived = f"{HERE}/{desk.world.there(other).id}"
    assert "Correct the address" not in desk.get(arrived).text
    assert desk.post(arrived, action="address", email="mine@example.org").status_code == 409


def test_what_came_back_before_an_address_was_corrected_is_told_as_that(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    round_ = desk.round(2, (emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no"),))
    (gone,) = [mail for mail in desk.world.mails(MailKind.INTRODUCTION) if mail.state == "rejected"]
    outbox = f"/organiser/rounds/{round_.id}/outbox"
    assert "It came back for good" in desk.get(outbox).text
    assert "before it was sent again" not in desk.get(outbox).text
    desk.post(f"{HERE}/{gone.participant_id}", action="address", email="right@example.org")
    desk.world.later(minutes=1)
    assert desk.post(f"/organiser/mails/{gone.id}", action="resend").status_code == 303
    desk.world.deliver()
    assert desk.mail(gone.id).state == "sent"
    assert "That was before it was sent again." in desk.get(outbox).text


def test_whose_mail_comes_back_now_and_arrived_before_is_told_how_they_move(desk: Desk) -> None:
    desk.round(2)
    changed(desk, "person00", state=ParticipantState.HELD, held_for=HeldFor.BOUNCE)
    page = desk.get(at(desk, "person00")).text
    assert "only they move, by joining with the new one" in page
    assert "Correct the address" not in page
