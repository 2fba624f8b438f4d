"""Samples of mails: one of each kind, with all that is the programme's own, and links that open nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

import emails
from app.errors import NotFound, SampleLink
from app.models import MailedLink, MailKind, OutgoingMail, Programme, Purpose
from app.queries import programmes as queries
from app.security import digest
from app.services import composing, links, participants, previews
from app.services.outbox import Parcel
from app.services.previews import OFF, Preview, Stage
from app.workflows import duties
from emails.samples import SAMPLES
from tests.emails.norms.reading import Read
from tests.factories import START, World


@pytest.fixture
def world(sqlite_world: World) -> World:
    """Samples are made of a row or two, which is the same on both databases."""
    return sqlite_world


def stage(world: World, **facts: Any) -> Stage:
    """The programme `demo` with these facts, now."""
    with world.database.writing() as session:
        programme = queries.programme(session, "demo")
        for name, value in facts.items():
            setattr(programme, name, value)
        session.add(programme)
        organisation = queries.organisation_of(session, programme).name
    with world.database.reading() as session:
        found: Programme = queries.programme(session, "demo")
    return Stage(found, organisation, world.settings, world.now)


def every(world: World, **facts: Any) -> dict[str, Preview]:
    return {one.name: one for one in previews.previews(stage(world, **facts))}


def test_every_mail_that_the_service_writes_has_a_sample_with_a_when_and_a_to_whom(world: World) -> None:
    found = every(world)
    assert {one.kind for one in found.values()} == {*MailKind, "test_mail"}
    assert list(found) == list(SAMPLES)
    assert all(one.when and one.to_whom for one in found.values())
    assert all(Read(one.eml).value("Subject") for one in found.values())


def test_names_days_zone_and_who_is_named_are_the_programmes_own(world: World) -> None:
    found = every(
        world,
        name="Night shift coffees",
        contact_name="Ada Byron",
        contact_email="ada@example.com",
        safe_name="Ingrid Solberg",
        safe_email="ingrid@example.com",
        time_zone="America/New_York",
        next_draw_on=date(2026, 12, 3),
    )
    for name, one in found.items():
        assert one.message.sender == emails.Address("Night shift coffees via Example Trust", "coffee@example.org"), name
        assert one.message.text.count("Night shift coffees") >= 1, name
    introduction = found["introduction"].message
    assert "at 10:00 (New York time)" in introduction.text
    assert "The next draw is on Thursday 3 December." in introduction.text
    assert found["check_in"].message.reply_to == (emails.Address("Ada Byron", "ada@example.com"),)
    assert found["concern"].message.to == (emails.Address("Ingrid Solberg", "ingrid@example.com"),)
    assert (found["concern"].to_whom, found["round_report"].to_whom) == (
        "Ingrid Solberg ingrid@example.com",
        "Ada Byron ada@example.com",
    )
    assert found["before_draw"].message.subject == "You are in Thursday's draw"


def test_a_programme_that_names_nobody_says_so(world: World) -> None:
    found = every(world, contact_email=None, contact_name="")
    assert found["round_report"].to_whom == found["concern"].to_whom == previews.NOBODY
    assert found["check_in"].message.reply_to == ()


def test_when_a_mail_comes_is_said_by_the_rhythm_of_the_programme(world: World) -> None:
    found = every(world, remind_after=1, check_in_after=0, announce_before=3, hold_after=2, welcome_back=False)
    said = {name: found[name].when for name in ("reminder", "check_in", "check_in_again", "still_in", "welcome_back")}
    assert said == {
        "reminder": "1 working day after the introduction",
        "check_in": OFF,
        "check_in_again": OFF,
        "still_in": "2 rounds without a sign",
        "welcome_back": OFF,
    }
    assert found["before_draw"].when == "Not yet: the day of the next draw is not set"
    assert every(world, next_draw_on=date(2026, 12, 3))["before_draw"].when == "3 working days before a draw"


def links_of(one: Preview) -> set[str]:
    found = re.findall(r'https?://[^\s<>";]+', one.message.text + one.message.html)
    return {*found, *([one.message.unsubscribe_url] if one.message.unsubscribe_url else [])}


def test_a_link_of_a_sample_is_on_the_real_address_and_can_never_open_anything(world: World) -> None:
    base = world.settings.base_url
    found = {link for one in every(world).values() for link in links_of(one)}
    tokens = {link.removeprefix(f"{base}/m/") for link in found if link.startswith(f"{base}/m/")}
    assert found - {f"{base}/m/{token}" for token in tokens} == {base, f"{base}/p/demo/conduct"}
    assert len(tokens) >= 9
    sam = world.person("sam")
    with world.database.writing() as session:
        for number, token in enumerate(sorted(tokens)):
            assert token.startswith("sample-")
            session.add(
                MailedLink(
                    id=f"lnk_{number}",
                    programme_id=sam.programme_id,
                    participant_id=sam.id,
                    purpose=Purpose.LEAVE,
                    hash=digest(token),
                    created_at=world.now,
                )
            )
    for token in tokens:  # not even if a row bore its hash
        with world.database.reading() as session, pytest.raises(SampleLink):
            links.look(session, token, world.now, *Purpose)


def test_a_sample_bears_no_id_of_a_real_mail_or_meeting(world: World) -> None:
    world.people(2)
    world.sent_round()
    real = {Read(envelope.data).value("Message-ID") for envelope in world.transport.sent}
    uids = {Read(one.data).ics.value("UID") for one in world.transport.sent if b"text/calendar" in one.data}
    assert real
    assert uids
    samples = [Read(one.eml) for one in every(world).values()]
    assert not real & {read.value("Message-ID") for read in samples}
    assert not uids & {read.ics.value("UID") for read in samples if "text/calendar" in read.types}


def test_an_unknown_name_is_not_found(world: World) -> None:
    with pytest.raises(NotFound, match="no mail by that name"):
        previews.preview(stage(world), "birthday")


@pytest.mark.parametrize("sender", [None, "Coffee <a..b@example.org>"])
def test_without_a_sender_that_can_be_used_a_sample_has_one_that_is_made_up(world: World, sender: str | None) -> None:
    told = replace(stage(world), settings=world.settings.model_copy(update={"mail_from": sender, "secret_key": None}))
    assert not previews.has_sender(told.settings)
    one = previews.preview(told, "introduction")
    assert one.message.sender.address == "coffee@example.org"
    assert one.eml


HOSTILE = [
    "<script>alert(1)</script>",
    "محمد بن سلمان العتيبي " * 4,
    "=?utf-8?q?Eve=0d=0aBcc:_v@x.example.org?=",
    "x" * 119,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_a_programme_break_no_sample(world: World, name: str) -> None:
    for one in every(world, name=name[:120], contact_name=name[:100], safe_name=name[:100]).values():
        assert len(one.message.subject) < 50
        assert "<script" not in one.message.html
        assert not Read(one.eml).has("Bcc")


# --- as real mails are -----------------------------------------------------------------------------------------------


def real(world: World) -> Iterator[OutgoingMail]:
    """Mails of many kinds, written by what happens to people."""
    with world.database.writing() as session:
        programme = queries.programme(session, "demo")
        programme.next_draw_on, programme.sponsor_email = date(2026, 12, 17), "grace@example.org"
        session.add(programme)
    first, second = world.people(2)
    third = world.person("zoe")
    for one in (first, second):
        world.block(third, one)
    world.ask_to_join("ada")
    world.ask_to_join("person00")
    world.ask_for_my_page("person01")
    world.sent_round()
    with world.database.writing() as session:
        programme = queries.programme(session, "demo")
        person, day = session.merge(world.there("zoe")), date(2026, 12, 1)
        participants.pause(
            session, programme, person, day, now=world.now, today=world.now.date(), secret_key=world.secret
        )
    for _ in range(24):
        duties.ask(world.work)
        world.deliver()
        world.later(days=1)
    world.now = datetime(2027, 1, 1, 9, tzinfo=UTC)
    duties.ask(world.work)
    yield from world.mails()


def as_message(mail: OutgoingMail, world: World) -> emails.Message:
    assert mail.released_at is not None
    parcel = Parcel(
        id=mail.id,
        token="",
        kind=mail.kind,
        programme_id=mail.programme_id,
        occasion=mail.occasion,
        recipient=mail.recipient,
        recipient_key=mail.recipient_key,
        facts=mail.facts,
        released_at=mail.released_at,
        attempts=1,
    )
    return composing.compose(parcel, world.settings)


MUCH_TO_SAY = (MailKind.INTRODUCTION, MailKind.ROUND_REPORT, MailKind.SPONSOR_REPORT)
"""Where people and rounds differ in how much there is to say."""


def shape(message: emails.Message, base: str) -> dict[str, object]:
    """What can be seen of a mail whoever it is about: its header lines, its parts, how many links of ours it has."""
    read = Read(emails.to_bytes(message))
    return {
        "fields": [name for name, _ in read.fields],
        "parts": read.types,
        "links": sum(link.startswith(f"{base}/m/") for link in set(read.html.links)),
        "others": len(message.to) - 1,
        "replies": len(message.reply_to),
        "elements": Counter(tag for tag, _ in read.html.elements) if message.kind not in MUCH_TO_SAY else None,
    }


def test_a_sample_has_the_header_lines_parts_and_links_of_the_real_mail(world: World) -> None:
    found = {mail.kind: as_message(mail, world) for mail in real(world) if "frame" in mail.facts}
    world.now = START
    samples = every(world)
    base = world.settings.base_url
    for kind, message in found.items():
        assert shape(message, base) == shape(samples[kind].message, base), kind
    assert found.keys() >= {
        MailKind.CONFIRM_SIGN_UP,
        MailKind.ALREADY_IN,
        MailKind.MY_PAGE,
        MailKind.INTRODUCTION,
        MailKind.LEFT_OUT,
        MailKind.ROUND_REPORT,
        MailKind.REMINDER,
        MailKind.CHECK_IN,
        MailKind.CHECK_IN_AGAIN,
        MailKind.BEFORE_DRAW,
        MailKind.WELCOME_BACK,
        MailKind.SPONSOR_REPORT,
    }


def test_a_day_that_has_gone_by_is_promised_by_no_mail_and_no_sample(world: World) -> None:
    gone = date(2026, 11, 20)
    samples = every(world, next_draw_on=gone)
    world.ask_to_join("ada")
    (confirm,) = (as_message(mail, world) for mail in world.mails(MailKind.CONFIRM_SIGN_UP))
    assert "and you are in the next draw:" in confirm.text
    for name, one in samples.items():
        assert "20 November" not in one.message.text, name
