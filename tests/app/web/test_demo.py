"""The demo: six steps, a round by a button, and an inbox that shows mails as they are."""

import email.message
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import emails
from app.models import MailKind, RoundState
from app.queries import programmes
from tests.app.web.visitor import Visitor

HOSTILE_KEYS = ("..%2F..%2Fcoffee.db", "%2e%2e", "new", ".hidden", "%00", "a%5Cb", "%2Fetc%2Fpasswd", "x" * 300)


def catch_mails(visitor: Visitor, maildir: Path) -> None:
    """Let the world's worker deliver into the mail folder."""
    visitor.world.transport = emails.MaildirTransport(maildir)  # type: ignore[assignment]


def drop(maildir: Path, number: int, subject: str = "A subject", to: str = "sam@example.org") -> None:
    """A mail that lies in the folder, the higher the number the newer."""
    message = email.message.EmailMessage()
    message["To"], message["Subject"] = to, subject
    message.set_content("Hello")
    (maildir / "new").mkdir(parents=True, exist_ok=True)
    path = maildir / "new" / f"mail-{number:03}"
    path.write_bytes(bytes(message))
    os.utime(path, (1_700_000_000 + number,) * 2)


def keys_shown(text: str) -> list[str]:
    return re.findall(r'href="/demo/inbox/([^"/]+)"', text)


def test_the_steps_follow_the_visitor(demo_visitor: Visitor) -> None:
    def now() -> str:
        found = re.search(r'<li class="now"><h3>([^<]+)', demo_visitor.get("/demo").text)
        return found[1] if found else ""

    demo_visitor.world.person("priya", "Estates")
    steps = [now()]
    demo_visitor.join("sam", "Finance")
    steps.append(now())
    demo_visitor.post(demo_visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam"), action="confirm")
    steps.append(now())
    demo_visitor.post("/me/topics", interests="Chess")
    steps.append(now())
    demo_visitor.world.sent_round()
    steps.append(now())
    assert steps == [
        "Join",
        "Look in the inbox",
        "Say what you like to talk about",
        "Run a round",
        "Read the introduction",
    ]


def test_the_front_door_leads_to_the_steps(demo_visitor: Visitor) -> None:
    assert 'href="/demo">Begin the demo' in demo_visitor.get("/").text


def test_a_database_without_the_demos_programme_says_how_to_get_one(demo_visitor: Visitor) -> None:
    with demo_visitor.world.database.writing() as session:
        session.delete(programmes.programme(session, "demo"))
    assert "./coffee demo" in demo_visitor.get("/demo").text
    assert demo_visitor.post("/demo/round").status_code == 404


def test_a_round_by_the_button_is_drawn_sent_and_shown(demo_visitor: Visitor, maildir: Path) -> None:
    world = demo_visitor.world
    world.people(6)
    catch_mails(demo_visitor, maildir)
    place = demo_visitor.post("/demo/round").headers["location"]
    waiting = demo_visitor.get(place).text
    assert ("Drawing names" in waiting, 'http-equiv="refresh"' in waiting, "Start a worker" in waiting) == (True,) * 3
    round_ = world.round(place.rpartition("/")[2])
    assert (round_.period, round_.send) == ("2026-W49", True)
    assert demo_visitor.post("/demo/round").headers["location"] == place
    world.draw(round_)
    assert "0 of 6 mails delivered" in demo_visitor.get(place).text
    world.deliver()
    assert world.round(round_.id).state == RoundState.INTRODUCED
    done = demo_visitor.get(place).text
    assert ("Everybody is introduced" in done, 'http-equiv="refresh"' in done) == (True, False)
    assert "6 people in 3 groups for the week of 30 November 2026, and 6 mails in the inbox." in done


def test_a_round_is_for_the_first_week_to_come_that_has_none(demo_visitor: Visitor) -> None:
    world = demo_visitor.world
    world.people(4)
    world.sent_round("2026-W49")
    place = demo_visitor.post("/demo/round").headers["location"]
    assert world.round(place.rpartition("/")[2]).period == "2026-W50"


@pytest.mark.parametrize(
    ("moment", "period"),
    [
        ("2026-11-29T23:59", "2026-W49"),  # a Sunday
        ("2026-11-30T00:00", "2026-W50"),  # a Monday
        ("2026-12-31T12:00", "2027-W01"),  # week 53 of 2026
    ],
)
def test_no_round_is_for_a_week_that_has_begun(demo_visitor: Visitor, moment: str, period: str) -> None:
    demo_visitor.world.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    place = demo_visitor.post("/demo/round").headers["location"]
    assert demo_visitor.world.round(place.rpartition("/")[2]).period == period


def test_the_weeks_of_the_demo_are_those_of_the_programmes_calendar(demo_visitor: Visitor) -> None:
    demo_visitor.world.now = datetime(2027, 6, 6, 23, 30, tzinfo=UTC)  # in London it is Monday already
    place = demo_visitor.post("/demo/round").headers["location"]
    assert demo_visitor.world.round(place.rpartition("/")[2]).period == "2027-W24"


@pytest.mark.parametrize(
    ("next_draw", "words"),
    [
        (
            date(2026, 12, 1),
            "The next draw is on Tuesday 1 December. You need not wait: we draw now for the week of 30",
        ),
        (date(2026, 11, 24), "We draw now for the week of 30 November 2026"),
        (None, "We draw now for the week of 30 November 2026"),
    ],
)
def test_the_button_says_which_week_it_draws(demo_visitor: Visitor, next_draw: date | None, words: str) -> None:
    with demo_visitor.world.database.writing() as session:
        programmes.programme(session, "demo").next_draw_on = next_draw
    text = demo_visitor.get("/demo").text
    assert (words in text, "1 December" in text) == (True, next_draw == date(2026, 12, 1))


def test_the_steps_tell_what_was_drawn_and_offer_another_round(demo_visitor: Visitor) -> None:
    world = demo_visitor.world
    world.people(5)
    assert '"submit">Run a round<' in demo_visitor.get("/demo").text
    round_ = world.open_round("2026-W49", send=True)
    waiting = demo_visitor.get("/demo").text
    assert ("A round is under way, for the week of 30" in waiting, 'action="/demo/round"' in waiting) == (True, False)
    world.draw(round_)
    world.deliver()
    text = demo_visitor.get("/demo").text
    assert "Drawn for the week of 30 November 2026: 5 people in 2 groups, 0 left out." in text
    assert "Another one is for the week of 7 December 2026." in text
    assert '"submit">Run another round<' in text


def test_the_front_page_names_six_steps(demo_visitor: Visitor) -> None:
    named = re.search(r"Six short steps: ([^.]+)", demo_visitor.get("/").text)
    assert named
    steps = [step for part in named[1].split(" and ") for step in part.split(",") if step.strip()]
    assert len(steps) == demo_visitor.get("/demo").text.count("<h3>") == 6


def test_a_round_that_is_not_there_is_a_page(demo_visitor: Visitor) -> None:
    for round_id in ("rnd_nothing", "rnd_" + "a" * 26, "%00", "x" * 5000):
        assert demo_visitor.get(f"/demo/round/{round_id}").status_code == 404


def test_a_mail_is_shown_in_all_its_parts(demo_visitor: Visitor, maildir: Path) -> None:
    world = demo_visitor.world
    catch_mails(demo_visitor, maildir)
    demo_visitor.join("sam")
    world.person("priya", "Estates")
    world.person("oscar", "Research")
    world.sent_round()
    (key,) = keys_shown(demo_visitor.get("/demo/inbox?to=PRIYA").text)
    page = demo_visitor.get(f"/demo/inbox/{key}").text
    assert "<dt>To</dt><dd><bdi>Priya &lt;priya@example.org&gt;, Oscar &lt;oscar@example.org&gt;</bdi></dd>" in page
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page
    framed = demo_visitor.get(f"/demo/inbox/{key}/html")
    assert "Priya" in framed.text
    assert '<base target="_top">' in framed.text
    policy = framed.headers["Content-Security-Policy"]
    assert ("default-src 'none'" in policy, "sandbox" in policy, "allow-scripts" in policy) == (True, True, False)
    calendar = demo_visitor.get(f"/demo/inbox/{key}/attachments/0")
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert calendar.headers["content-disposition"].startswith('attachment; filename="')
    assert demo_visitor.get(f"/demo/inbox/{key}/attachments/1").status_code == 404
    source = demo_visitor.get(f"/demo/inbox/{key}/raw")
    assert source.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Delivered-To: priya@example.org" in source.text


def test_the_inbox_is_empty_before_the_first_mail(demo_visitor: Visitor) -> None:
    assert "No mail yet." in demo_visitor.get("/demo/inbox").text
    assert "No mail to <bdi>x&lt;b&gt;</bdi>" in demo_visitor.get("/demo/inbox", params={"to": "x<b>"}).text


def test_the_inbox_has_fifty_on_a_page_newest_first(demo_visitor: Visitor, maildir: Path) -> None:
    for number in range(120):
        drop(maildir, number)
    pages = [keys_shown(demo_visitor.get(f"/demo/inbox?page={page}").text) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [key for page in pages for key in page] == [f"mail-{number:03}" for number in reversed(range(120))]
    assert [keys_shown(demo_visitor.get(f"/demo/inbox?page={page}").text) for page in (-7, 10**30)] == [
        pages[0],
        pages[2],
    ]
    assert demo_visitor.get("/demo/inbox?page=x").status_code == 422


def test_a_line_of_the_inbox_tells_the_day_and_breaks_an_address_between_its_words(
    demo_visitor: Visitor, maildir: Path
) -> None:
    drop(maildir, 1)
    text = demo_visitor.get("/demo/inbox").text
    assert "<td>Tue 14 Nov, 22:13:21</td>" in text
    assert "<bdi>sam<wbr>@example<wbr>.org</bdi>" in text


def test_a_hostile_mail_breaks_no_page(demo_visitor: Visitor, maildir: Path) -> None:
    drop(maildir, 1, subject="<script>alert(1)</script>", to='"<img src=x>"@example.org')
    (maildir / "new" / "broken").write_bytes(b"\xff\xfe\x00 no mail at all")
    for path in ("/demo/inbox", "/demo/inbox/mail-001", "/demo/inbox/broken", "/demo/inbox/broken/raw"):
        answer = demo_visitor.get(path)
        assert (answer.status_code, "<script" in answer.text, "<img" in answer.text) == (200, False, False), path


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_no_key_leads_out_of_the_mail_folder(demo_visitor: Visitor, maildir: Path, key: str) -> None:
    drop(maildir, 1)
    for part in ("", "/html", "/raw", "/attachments/0"):
        assert demo_visitor.get(f"/demo/inbox/{key}{part}", follow_redirects=True).status_code in (404, 405), part


def test_looking_at_the_demo_changes_nothing(demo_visitor: Visitor, maildir: Path) -> None:
    drop(maildir, 1)
    before = demo_visitor.state()
    for path in ("/demo", "/demo/inbox", "/demo/inbox/mail-001", "/demo/round", "/styleguide"):
        demo_visitor.get(path)
    assert demo_visitor.state() == before
    assert [path.name for path in (maildir / "new").iterdir()] == ["mail-001"]


def test_the_style_guide_shows_hostile_names_harmlessly(demo_visitor: Visitor) -> None:
    assert "/styleguide" not in demo_visitor.get("/demo").text
    text = demo_visitor.get("/styleguide").text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
