"""The overview: what needs somebody stands first, in words."""

import re
from datetime import timedelta
from html import unescape

from app.models import Cap, Channel, Instance, MailKind, Role
from app.services import caps, rounds, workers
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk

LEAD = re.compile(r'<li class="notice notice-warn">\s*<p>(.*?)</p>', re.DOTALL)


def needs(desk: Desk) -> list[str]:
    """What stands under "Needs you", without marks."""
    text = desk.get("/organiser").text
    return [unescape(re.sub(r"<[^>]+>", "", one)) for one in LEAD.findall(text)]


def beat(desk: Desk) -> None:
    with desk.world.database.writing() as session:
        workers.beat(session, "worker-1", host="h", version="1", now=desk.world.now)


def test_where_all_is_well_it_says_so_and_how_to_begin(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    text = sqlite_desk.get("/organiser").text
    assert needs(sqlite_desk) == []
    assert "Nothing needs you" in text
    assert 'href="/organiser/programmes/demo/rounds">Draw the first one' in text


def test_without_a_mail_server_or_a_worker_it_says_so(desk: Desk) -> None:
    nobody = "No worker has been seen yet. Until one runs, no round is drawn and no mail leaves."
    no_server = "No mail server is set, so mails wait. Set COFFEE_SMTP_URL and COFFEE_MAIL_FROM."
    assert needs(desk) == [no_server, nobody]
    beat(desk)
    desk.world.later(minutes=2)
    assert needs(desk) == [no_server]
    desk.world.later(seconds=1)
    assert (
        needs(desk)[1] == "No worker has been seen since 09:00. Until one runs, no round is drawn and no mail leaves."
    )
    assert "No mail server is set" in desk.get("/organiser/programmes/demo/outbox").text


def test_a_mail_server_that_refuses_us_is_shown_with_its_words(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    with sqlite_desk.world.database.writing() as session:
        since = sqlite_desk.world.now - timedelta(days=1)
        session.add(Channel(name="mail", trouble="421 <b>busy</b>", trouble_since=since))
    words = (
        "The mail server has refused us since Sunday 22 November at 09:00. Mails wait, and it is tried again by itself."
    )
    assert needs(sqlite_desk) == [words]
    assert "421 &lt;b&gt;busy&lt;/b&gt;" in sqlite_desk.get("/organiser").text


def test_forms_that_were_held_back_are_shown_for_a_day_but_not_whose(sqlite_desk: Desk) -> None:
    world = sqlite_desk.world
    beat(sqlite_desk)
    world.settings = world.settings.model_copy(
        update={"requests_per_address": "1/hour", "requests_per_domain": "2/hour", "requests_in_all": "1/day"}
    )
    for _ in range(2):
        world.ask_to_join("victim")
    world.answer()
    assert needs(sqlite_desk) == [], "that a mailbox has enough is nothing to decide"
    for name in ("one", "two"):
        world.ask_to_join(name)
        world.answer()
    with world.database.writing() as session:
        assert caps.take(session, world.settings, [(Cap.ALL, "")], now=world.now) is None
        assert caps.take(session, world.settings, [(Cap.ALL, "")], now=world.now) is not None
    assert needs(sqlite_desk) == [
        "Since yesterday, forms to join or to get a link were held back: too many in all and for one domain. "
        "If many of you join at once, make room: COFFEE_REQUESTS_… in the settings."
    ]
    world.later(hours=24, seconds=1)
    beat(sqlite_desk)
    assert needs(sqlite_desk) == []


def test_sending_that_rests_in_a_copy_is_shown_with_the_reason(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    with sqlite_desk.world.database.writing() as session:
        session.add(Instance(instance_id="ins_a", paused_since=sqlite_desk.world.now, reason="It is a copy."))
    assert needs(sqlite_desk) == ["Sending has rested since 09:00."]
    assert "It is a copy." in sqlite_desk.get("/organiser").text


def test_held_mails_and_rounds_that_wait_for_a_word_are_named(sqlite_desk: Desk) -> None:
    sqlite_desk.round(4, (UNKNOWN, UNKNOWN))
    world = sqlite_desk.world
    world.draw(world.open_round("2026-W49"))
    approved = world.draw(world.open_round("2026-W50"))
    with world.database.writing() as session:
        from app.queries import rounds as queries

        programme, row = queries.round_by_id(session, approved.id, lock=True)
        rounds.approve(session, programme, row, now=world.now, actor="test")
    world.open_round("2026-W51")
    beat(sqlite_desk)
    about = "Cross-team coffees: The round for the week of"
    assert needs(sqlite_desk) == [
        "Cross-team coffees: 2 mails are held: handed over, and no answer came.",
        f"{about} 14 December 2026 has waited to be drawn since 09:00.",
        f"{about} 7 December 2026 is approved and not sent yet.",
        f"{about} 30 November 2026 is drawn and waits for a yes.",
    ]
    text = sqlite_desk.get("/organiser").text
    assert "/organiser/programmes/demo/outbox?state=held" in text
    assert f'href="/organiser/rounds/{approved.id}"' in text


def test_a_key_sees_its_own_programmes_alone(desk: Desk) -> None:
    desk.world.programme("second", name="Second coffees")
    assert {"Cross-team coffees", "Second coffees"} <= names(desk)
    assert names(desk.elsewhere(desk.organiser(Role.VIEWER, slug="second", name="bo"))) == {"Second coffees"}
    assert names(desk.elsewhere(desk.stranger())) == {"Theirs"}


def names(desk: Desk) -> set[str]:
    """The headings of the programmes."""
    return set(re.findall(r'<h2 id="prg_\w+"><bdi>(.*?)</bdi>', desk.get("/organiser").text))


def test_each_programme_says_in_one_word_how_it_stands(sqlite_desk: Desk) -> None:
    world = sqlite_desk.world

    def word() -> str:
        beat(sqlite_desk)
        found = re.search(r'<h2 id="prg_[^>]*>.*?<span class="chip[^>]*>([^<]+)<', sqlite_desk.get("/organiser").text)
        assert found
        return found[1]

    assert word() == "Quiet"
    world.people(4)
    round_ = world.open_round(send=True)
    assert word() == "Running"
    world.draw(round_)
    assert word() == "Running"
    world.deliver()
    assert word() == "Quiet"
    world.draw(world.open_round("2026-W49"))
    assert word() == "Check me"
    world.deliver()  # the report of the first round, which must not be what the next answer is for
    sqlite_desk.round(4, (UNKNOWN,), period="2026-W50")
    assert word() == "Needs you"


def test_introductions_that_came_back_need_somebody_until_they_are_seen_to(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    round_ = sqlite_desk.round(4, (REFUSED,))
    words = "1 introduction came back or was refused. See to the address, then send again."
    assert words in " ".join(needs(sqlite_desk))
    assert f'href="/organiser/rounds/{round_.id}/watch?reason=returned"' in sqlite_desk.get("/organiser").text
    for mail in sqlite_desk.world.mails(MailKind.INTRODUCTION):
        if mail.state == "rejected":
            sqlite_desk.post(f"/organiser/mails/{mail.id}", action="resend")
    sqlite_desk.world.deliver()
    assert words not in " ".join(needs(sqlite_desk))


def test_what_nobody_saw_to_for_a_fortnight_needs_nobody_any_more(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    sqlite_desk.round(4, (REFUSED,))
    assert "came back or was refused" in " ".join(needs(sqlite_desk))
    sqlite_desk.later(days=15)
    assert "came back or was refused" not in " ".join(needs(sqlite_desk))


def test_mails_that_are_kept_back_while_a_round_is_out_need_somebody(sqlite_desk: Desk) -> None:
    beat(sqlite_desk)
    world = sqlite_desk.world
    world.people(4)
    round_ = world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        mail = session.merge(world.mails(MailKind.INTRODUCTION)[0])
        mail.kept, mail.released_at, mail.not_before, mail.useful_until = True, None, None, None
    world.deliver()
    assert "1 mail is kept back." in " ".join(needs(sqlite_desk))
    assert f'href="/organiser/rounds/{round_.id}#kept"' in sqlite_desk.get("/organiser").text
