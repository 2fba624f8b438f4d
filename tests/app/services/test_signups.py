"""Joining: one row a person, one mail that asks, and a button that counts once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.errors import LinkExpired, ProgrammeClosed
from app.models import MailKind, MailState, ParticipantState, ProgrammeState, Purpose
from app.queries import programmes as programme_queries
from app.services import links, participants, programmes, signups
from app.services.programmes import ProgrammeFacts
from tests.factories import World


def confirm(world: World, token: str) -> None:
    with world.database.writing() as session:
        signups.confirm(session, token, now=world.now)


def test_a_sign_up_is_pending_until_the_button_is_pressed(world: World) -> None:
    world.sign_up("sam")
    assert world.there("sam").state == ParticipantState.PENDING
    [mail] = world.mails(MailKind.CONFIRM_SIGN_UP)
    confirm(world, world.token(mail, "confirm"))
    sam = world.there("sam")
    assert (sam.state, sam.confirmed_at, sam.name) == (ParticipantState.ACTIVE, world.now, "Sam")


def test_a_link_confirms_once(world: World) -> None:
    world.sign_up("sam")
    token = world.token(world.mails()[0], "confirm")
    confirm(world, token)
    with pytest.raises(LinkExpired):
        confirm(world, token)


def test_of_many_who_press_at_once_one_gets_through(world: World) -> None:
    world.sign_up("sam")
    token = world.token(world.mails()[0], "confirm")

    def press(_: int) -> bool:
        try:
            confirm(world, token)
        except LinkExpired:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(press, range(24))) == 1


def test_a_link_expires_after_a_day(world: World) -> None:
    world.sign_up("sam")
    world.later(hours=24)
    with pytest.raises(LinkExpired):
        confirm(world, world.token(world.mails()[0], "confirm"))
    assert world.there("sam").state == ParticipantState.PENDING


def test_a_new_request_cancels_the_older_link(world: World) -> None:
    world.sign_up("sam")
    world.later(minutes=5)
    world.sign_up("sam")
    older, newer = world.mails(MailKind.CONFIRM_SIGN_UP)
    with pytest.raises(LinkExpired):
        confirm(world, world.token(older, "confirm"))
    confirm(world, world.token(newer, "confirm"))


def test_a_token_of_one_purpose_serves_no_other(world: World) -> None:
    world.sign_up("sam")
    token = world.token(world.mails()[0], "confirm")
    with world.database.reading() as session:
        for purpose in set(Purpose) - {Purpose.CONFIRM}:
            with pytest.raises(LinkExpired):
                links.look(session, token, world.now, purpose)


def test_the_database_keeps_no_token(world: World) -> None:
    world.sign_up("sam")
    [mail] = world.mails()
    token = world.token(mail, "confirm")
    with world.database.reading() as session:
        link, _, _ = links.look(session, token, world.now, Purpose.CONFIRM)
    assert token not in str(mail.facts)
    assert token not in str(link.model_dump())


def test_somebody_who_is_in_gets_a_mail_that_says_so_and_nothing_changes(world: World) -> None:
    before = world.person("sam", "Finance")
    world.sign_up("sam", "Estates")
    assert [mail.kind for mail in world.mails()] == [MailKind.ALREADY_IN]
    assert world.there("sam") == before


def test_two_spellings_of_an_address_are_one_person(world: World) -> None:
    world.sign_up("sam@example.org")
    world.sign_up("Sam@EXAMPLE.org")
    assert len(world.mails(MailKind.CONFIRM_SIGN_UP)) == 2
    assert world.there("SAM@example.org").id == world.there("sam@example.org").id


def test_whoever_left_comes_back_only_by_their_own_button(world: World) -> None:
    sam = world.person("sam")
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        row = session.merge(sam)
        participants.leave(session, programme, row, now=world.now, secret_key=world.secret)
    world.sign_up("sam")
    assert world.there("sam").state == ParticipantState.PENDING
    confirm(world, world.token(world.mails(MailKind.CONFIRM_SIGN_UP)[0], "confirm"))
    assert world.there("sam").state == ParticipantState.ACTIVE
    assert world.there("sam").left_at is None


def test_a_closed_programme_takes_nobody(world: World) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        programmes.change_programme(
            session, programme, ProgrammeFacts(state=ProgrammeState.CLOSED), now=world.now, actor="test"
        )
    with pytest.raises(ProgrammeClosed):
        world.sign_up("sam")
    assert world.find("sam") is None


def test_the_confirmation_holds_no_word_of_whoever_typed_the_address(world: World) -> None:
    world.sign_up("Buy-Pills-Now", "Evil Team")
    world.deliver()
    [envelope] = world.transport.sent
    text = envelope.data.decode()
    assert envelope.recipient == "Buy-Pills-Now@example.org"
    assert "Evil Team" not in text
    assert "Buy-Pills-Now" not in text.replace("Buy-Pills-Now@example.org", "")


def test_an_unconfirmed_sign_up_is_forgotten_after_a_week(world: World) -> None:
    world.sign_up("sam")
    world.person("ana", state=ParticipantState.ACTIVE)
    world.later(days=6, hours=23)
    with world.database.writing() as session:
        assert signups.forget_unconfirmed(session, world.now) == 0
    world.later(hours=2)
    with world.database.writing() as session:
        assert signups.forget_unconfirmed(session, world.now) == 1
    assert world.find("sam") is None
    assert world.find("ana") is not None


def test_a_confirmation_that_cannot_go_within_a_day_is_not_sent_late(world: World) -> None:
    world.sign_up("sam")
    world.later(days=2)
    world.deliver()
    [mail] = world.mails()
    assert (mail.state, world.transport.sent) == (MailState.EXPIRED, [])


def test_my_page_is_mailed_to_those_who_are_in_and_to_nobody_else(world: World) -> None:
    world.person("ana")
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        for key in ("ana@example.org", "stranger@example.org"):
            signups.request_my_page(session, programme, key, now=world.now, secret_key=world.secret)
    [mail] = world.mails()
    assert (mail.kind, mail.recipient) == (MailKind.MY_PAGE, "ana@example.org")
    with world.database.writing() as session:
        token = world.token(mail, "my_page")
        with pytest.raises(LinkExpired):
            links.redeem(session, token, world.now + timedelta(hours=1), Purpose.MY_PAGE)
        assert links.redeem(session, token, world.now, Purpose.MY_PAGE)[1].email == "ana@example.org"
