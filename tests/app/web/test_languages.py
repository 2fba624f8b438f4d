"""Every page speaks the language of its reader, from end to end: the two made languages show what does not."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import icalendar
import pytest
from fastapi import HTTPException
from sqlalchemy.exc import OperationalError

from app.errors import Conflict, FromElsewhere, NotAdmitted, NotAllowed, NotFound, PoolChanged, ProgrammeClosed, TooMany
from app.main import create_app
from app.models import Came, MailKind, Met, Often, Participant, ParticipantState, ProgrammeState
from app.services.feedback import Answer
from app.web import concern, conversation
from app.workflows import duties
from tests.app.talking import Talk
from tests.app.web.escapees import MADE, assert_speaks, escapees, in_greek, look, offering, speaking
from tests.app.web.test_conversation import OWN, leave, link, signed_in
from tests.app.web.test_join import change
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World
from tests.rig.server import served

STATIC = Path(__file__).parents[3] / "app" / "web" / "static"


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """Somebody who looks at a programme where the made languages are offered."""
    offering(world)
    in_greek(world)
    with visiting(world) as found:
        yield found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>[Ĥéļļö] <bdi>Άννα</bdi> &nbsp; 10:00</p>", []),
        ("<title>Άννα – Coffee Trial</title><a href='/me' id='x'>ann@example.org https://example.org/a</a>", []),
        ("<code>abc</code><style>p { margin: 0 }</style><input type='hidden' value='yes'>", []),
        ("<p>[Ĥéļļö] there</p>", ["[Ĥéļļö] there"]),
        ("<title>Join</title>", ["Join"]),
        ("<button aria-label='Close'></button>", ["Close"]),
        ("<input placeholder='Name'><p title='More'></p><input type='submit' value='Go'>", ["Name", "More", "Go"]),
    ],
)
def test_what_has_escaped_is_found_wherever_it_is_read(html: str, found: list[str]) -> None:
    assert escapees(html) == found


def test_an_unknown_language_gets_english(visitor: Visitor) -> None:
    for wish in ("tlh", "de-AT, de;q=0.9", "*", "en-XB", ""):
        with speaking(visitor, wish):
            page = visitor.get("/p/demo")
        assert ('<html lang="en" dir="ltr">' in page.text, page.headers["vary"]) == (True, "Accept-Language")


# --- before anybody meets --------------------------------------------------------------------------------------------


def test_the_front_door_and_the_way_in(visitor: Visitor) -> None:
    for path in ("/", "/p/demo", "/p/demo/sent", "/p/demo/conduct", "/p/demo/privacy"):
        look(visitor, path)
    form = {"name": "Sam", "email": "sam@example.org", "team": "Nursing"}
    for domains in (["trust.example"], ["trust.example", "ward.example", "nhs.example"]):
        change(visitor.world, domains=domains)
        look(visitor, "/p/demo", 422, **form)
    change(visitor.world, domains=[], contact_email=None, contact_name="")
    visitor.join("sam")
    for invited in (False, True):
        change(visitor.world, invitation_only=invited, safe_email="amira@example.org", safe_name="Αμίρα")
        for browser in (visitor, visitor.fresh()):
            look(browser, "/p/demo/sent")
        for path in ("/p/demo", "/p/demo/conduct", "/p/demo/privacy"):
            look(visitor, path)


def test_shut_doors(visitor: Visitor) -> None:
    world = visitor.world
    visitor.join("sam")
    confirming = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    in_greek(world)
    look(visitor, confirming)
    for facts in (
        {"state": ProgrammeState.PAUSED},
        {"state": ProgrammeState.CLOSED},
        {"state": ProgrammeState.OPEN, "joining": False},
        {"joining": True, "opens_on": date(2027, 1, 4)},
    ):
        change(world, **facts)
        look(visitor, "/p/demo")
    change(world, opens_on=None)
    for places, name in enumerate(("ann", "bob"), 1):
        world.person(name)
        change(world, capacity=places)
        look(visitor, "/p/demo")
    change(world, capacity=0, invitation_only=True)
    look(visitor, confirming)
    change(world, invitation_only=False, domains=["trust.example", "ward.example", "nhs.example"])
    look(visitor, confirming, 409, action="confirm")


def test_the_three_words(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob")
    choices = visitor.link(MailKind.INTRODUCTION, "choices", "ann")
    change(visitor.world, next_draw_on=date(2026, 12, 7))
    for done in ("", "?done=mail", "?done=skip"):
        look(visitor, choices + done)
    for facts in (
        {"skip_next": True},
        {"skip_next": False, "often": Often.SECOND},
        {"often": Often.ASKED},
        {"in_next": True},
        {"often": Often.EVERY, "state": ParticipantState.PAUSED, "paused_until": date(2026, 12, 24)},
        {"state": ParticipantState.HELD, "paused_until": None},
    ):
        put(talk.world, "ann", **facts)
        look(visitor, choices)
    for state in (ProgrammeState.PAUSED, ProgrammeState.CLOSED):
        change(visitor.world, state=state)
        look(visitor, choices)


def test_forms_say_what_is_wrong_with_them(visitor: Visitor) -> None:
    for form in ({"name": "", "email": "", "team": ""}, {"name": "λ" * 101, "email": "λ", "team": "λ" * 101}):
        look(visitor, "/p/demo", 422, **form)
    in_greek_talk(visitor, "ann", "bob")
    change(visitor.world, safe_email="amira@example.org", safe_name="Αμίρα")
    choices = visitor.link(MailKind.INTRODUCTION, "choices", "ann")
    for until in ("", "λ", "2026-11-01", "2099-01-01"):
        look(visitor, choices, 422, action="pause", until=until)
    wrong = visitor.link(MailKind.INTRODUCTION, "concern", "ann")
    for words in ("", "λ" * 2001):
        look(visitor, wrong, 422, action="concern", words=words, reader="amira@example.org")


def test_leaving(visitor: Visitor) -> None:
    in_greek_talk(visitor, "ann", "bob")
    leaving = visitor.link(MailKind.INTRODUCTION, "leave", "ann")
    look(visitor, leaving)
    look(visitor, leaving, action="leave")
    look(visitor, leaving)


def test_one_s_own_page_is_opened(visitor: Visitor) -> None:
    in_greek_talk(visitor, "ann", "bob")
    visitor.post("/me", email="ann@example.org")
    look(visitor, visitor.link(MailKind.MY_PAGE, "my_page", "ann"))


# --- a conversation --------------------------------------------------------------------------------------------------


def in_greek_talk(visitor: Visitor, *names: str) -> Talk:
    """These people, introduced in one round; all they typed is in Greek."""
    for name in names:
        visitor.world.person(name, "Finance", time=["Friday morning"], language=["Welsh"])
    in_greek(visitor.world)
    return Talk(visitor.world, visitor.world.sent_round())


def put(world: World, name: str, **facts: object) -> None:
    """Change what is known of somebody."""
    with world.database.writing() as session:
        person = session.get_one(Participant, world.there(name).id)
        for field, value in facts.items():
            setattr(person, field, value)
        session.add(person)


def test_a_conversation_of_two(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob")
    mailed, mine = link(visitor, "ann"), signed_in(visitor, "ann")
    look(visitor, mailed)
    for done in ("", *(f"?done={word}" for word in conversation.DONE)):
        look(mine, OWN + done)
    look(mine, OWN, 422, action="arranged", on="2026-11-01")
    look(mine, OWN, 422, action="arranged", on="2028-11-01")
    for press in (
        *(lambda: talk.press("ann", "arranged"), lambda: talk.press("ann", "arranged", date(2026, 12, 3))),
        *(lambda: talk.press("bob", "arranged"), lambda: talk.press("ann", "cannot"), lambda: talk.press("ann", "can")),
        *(lambda: talk.world.later(days=3), lambda: talk.press("ann", "seek")),
    ):
        press()
        look(visitor, mailed)
    change(talk.world, state=ProgrammeState.PAUSED)
    look(visitor, mailed)
    change(talk.world, state=ProgrammeState.CLOSED)
    look(visitor, mailed)
    change(talk.world, state=ProgrammeState.OPEN)
    talk.close()
    look(visitor, mailed)


def test_a_conversation_of_three_and_of_one(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob", "cyd")
    mailed = link(visitor, "ann")
    for done in ("", "?done=stay", "?done=cannot"):
        look(visitor, mailed + done)
    visitor.world.later(days=3)
    look(visitor, mailed)
    leave(visitor, "cyd")
    look(visitor, mailed)
    talk.press("bob", "cannot")
    look(visitor, mailed)
    talk.press("ann", "seek")
    look(visitor, mailed)
    talk.press("ann", "cannot")
    look(visitor, mailed)


def test_whether_they_met(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob")
    visitor.world.later(days=4)
    duties.ask(visitor.world.work)
    mailed, mine = visitor.link(MailKind.REMINDER, "feedback", "ann"), signed_in(visitor, "ann")
    look(visitor, mailed)
    look(visitor, mailed, 422, action="more")
    for answer in (Answer(Met.NO), Answer(Met.BOOKED), Answer(Met.BOOKED, day=date(2026, 12, 3)), Answer(Met.YES)):
        talk.answer("ann", answer)
        look(visitor, f"{mailed}?done=more")
        look(mine, OWN)
    look(mine, f"{OWN}/said")
    look(visitor, mailed, 422, action="more", learnt="λ" * 2001)
    look(visitor, mailed, 422, action="booked", on="2026-11-01")


def test_what_came_of_it(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob")
    for name in ("ann", "bob"):
        talk.answer(name, Answer(Met.YES))
    visitor.world.later(days=30)
    duties.ask(visitor.world.work)
    mailed = visitor.link(MailKind.OUTCOME, "outcome", "ann")
    look(visitor, mailed)
    look(visitor, mailed, 422, action="line", line="λ")
    for came in Came:
        visitor.post(mailed, action=came.value)
        look(visitor, f"{mailed}?done=line")
    look(visitor, mailed, 422, action="line", line="λ" * 2001)


def test_one_s_own_log(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob")
    mine = signed_in(visitor, "ann")
    look(mine, "/me/log")
    talk.answer("ann", Answer(Met.YES))
    line = f"/me/log/{talk.place('ann').group_id}"
    for answer in (Answer(Met.YES), Answer(Met.YES, learnt="λ"), Answer(Met.YES, will_try="λ", share=True)):
        talk.answer("ann", answer)
        for path in ("/me/log?done=kept", line):
            look(mine, path)
    look(mine, line, 422, learnt="λ" * 2001)


def test_something_wrong(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob", "cyd")
    mailed = visitor.link(MailKind.INTRODUCTION, "concern", "ann")
    for facts in (
        {"contact_email": None},
        {"safe_email": "amira@example.org", "safe_name": "Αμίρα"},
        {"safe_name": ""},
    ):
        change(visitor.world, **facts)
        for done in ("", *(f"?done={word}" for word in concern.DONE)):
            look(visitor, mailed + done)
    look(visitor, mailed, 422, action="concern", words="λ", reader="somebody@example.org")
    for name in ("bob", "cyd"):
        talk.erase(name)
        for done in ("", "?done=sent"):
            look(visitor, mailed + done)


def test_somebody_new(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob")
    talk.press("bob", "cannot")
    visitor.world.deliver()
    mailed = visitor.link(MailKind.CALLED_OFF, "someone_new", "ann")
    look(visitor, mailed)
    visitor.post(mailed, action="someone-new")
    look(visitor, mailed)
    talk.close()
    look(visitor, mailed)


def test_still_in(visitor: Visitor) -> None:
    change(visitor.world, hold_after=1)
    talk = in_greek_talk(visitor, "ann", "bob")
    for _ in range(14):
        talk.world.later(days=1)
        duties.ask(talk.world.work)
        talk.world.deliver()
    mailed = visitor.link(MailKind.STILL_IN, "still_in", "ann")
    look(visitor, mailed)
    for state in (ParticipantState.ACTIVE, ParticipantState.PAUSED):
        put(talk.world, "ann", state=state, held_for=None)
        look(visitor, mailed)
    change(talk.world, state=ProgrammeState.CLOSED)
    look(visitor, mailed)


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_what_is_not_there_or_cannot_be_done(visitor: Visitor) -> None:
    talk = in_greek_talk(visitor, "ann", "bob")
    for path in ("/nowhere", "/p/nobody", "/p/NO", "/p/demo/next-draw.ics"):
        look(visitor, path, 404)
    look(visitor, "/m/forged", 410)
    look(visitor, "/p/demo/sent", 405, name="x")
    look(visitor, "/p/demo", 413, name="x" * 70_000)
    choices = visitor.link(MailKind.INTRODUCTION, "choices", "ann")
    look(visitor, choices, 422, action="nonsense")
    look(signed_in(visitor, "ann"), OWN, 422, action="nonsense")
    visitor.http.headers["Sec-Fetch-Site"] = "cross-site"
    look(visitor, choices, 403, action="skip")
    del visitor.http.headers["Sec-Fetch-Site"]
    put(talk.world, "ann", state=ParticipantState.LEFT)
    look(visitor, choices, 409, action="skip")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (HTTPException(400), 400),
        *((Conflict(), 409), (NotAdmitted("full"), 409), (ProgrammeClosed(), 409), (PoolChanged(), 409)),
        *((TooMany(), 429), (NotAllowed(), 403), (NotFound(), 404), (FromElsewhere(), 403)),
        *((RuntimeError("a detail"), 500), (OperationalError("a detail", {}, Exception()), 503)),
    ],
)
def test_pages_of_errors_are_in_the_language_too(sqlite_world: World, error: Exception, status: int) -> None:
    offering(sqlite_world)
    app = create_app(sqlite_world.settings, works=False)

    def fail() -> None:
        raise error

    app.add_api_route("/fails", fail)
    with served(app) as site, site.client() as http:
        for tag in MADE:
            answer = http.get("/fails", headers={"Accept-Language": tag})
            assert answer.status_code == status
            assert_speaks(answer, tag)


def test_too_many_forms(visitor: Visitor) -> None:
    form = {"name": "Sam", "email": "sam@example.org", "team": "Nursing"}
    for source, everywhere in (("1/day", "1000/day"), ("1000/day", "1/hour")):
        told = {"requests_per_source": source, "requests_in_all": everywhere}
        visitor.world.settings = visitor.world.settings.model_copy(update=told)
        with visiting(visitor.world) as other:
            other.join("ann")
            look(other, "/p/demo", 429, **form)


# --- files -----------------------------------------------------------------------------------------------------------


def test_the_day_of_the_draw_is_said_to_calendars_in_their_owners_language(visitor: Visitor) -> None:
    change(visitor.world, next_draw_on=date(2026, 12, 7))
    for tag in MADE:
        with speaking(visitor, tag):
            answer = visitor.get("/p/demo/next-draw.ics")
        entry: Any = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")[0]
        said = [str(entry["summary"]), str(entry["description"]).replace("http://localhost:8000/me", "")]
        assert not [text for text in said if re.search("[A-Za-z]", text)]
        assert answer.headers["vary"] == "Accept-Language"


def test_a_letter_to_the_others_begins_in_the_language_of_who_writes_it(visitor: Visitor) -> None:
    in_greek_talk(visitor, "ann", "bob")
    with speaking(visitor, "en-XA"):
        page = visitor.get(link(visitor, "ann")).text
    (subject,) = re.findall(r'href="mailto:bob@example.org\?subject=([^"]*)"', page)
    assert unquote(subject) == "[Ĥéļļö ƒŕöɱ Ανν······]"


# --- from right to left -----------------------------------------------------------------------------------------------

LEFT_OR_RIGHT = re.compile(
    r"(?:margin|padding|border|inset)-(?:left|right)|(?:^|[;{\s])(?:left|right|float)\s*:|text-align: (?:left|right)"
)
FOUR_SIDES = re.compile(r"(?:margin|padding): ([^\s;]+) ([^\s;]+) ([^\s;]+) ([^\s;]+);")


@pytest.mark.parametrize("name", ["coffee.css", "organiser.css", "poster.css", "reference.css"])
def test_no_stylesheet_knows_left_from_right(name: str) -> None:
    style = (STATIC / name).read_text(encoding="utf-8")
    assert LEFT_OR_RIGHT.findall(style) == []
    assert [sides for sides in FOUR_SIDES.findall(style) if sides[1] != sides[3]] == []
