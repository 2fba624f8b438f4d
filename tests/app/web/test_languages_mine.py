"""One's own page, the demo, the organiser's pages and the forms speak the language of their reader in every state."""

import email.message
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

import emails
from app.models import (
    AsksShown,
    Format,
    HeldFor,
    MailKind,
    MailState,
    Often,
    OutgoingMail,
    Participant,
    ParticipantState,
    Programme,
    ProgrammeState,
    Role,
    RoundState,
    SeenBy,
)
from app.services import claims, mail_policy, organiser_links, organisers, rhythm, second_tries, times
from app.web.me import DONE
from app.web.organiser import rows
from tests.app.web.escapees import OFFERED, assert_speaks, greek, in_greek, look, offering, speaking
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk, outbox
from tests.app.web.organiser.test_door import asked
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World

BUSY = emails.Refused(True, "recipient", "RCPT", 450, "450 4.2.1 busy")
SERVERS_WORDS = (
    "RCPT: 552 5.2.2",
    "full",
    "RCPT: 450 4.2.1 busy",
    "DOT: the connection was lost",
    "250 kept in memory as",
    "<b>",
    "</b>",
)
LANGUAGES = ("English", "en-XA", "ar-XB")
ALL = "/organiser/programmes/demo/outbox"


@pytest.fixture
def visitor(sqlite_world: World) -> Iterator[Visitor]:
    """Somebody who looks at a programme where the made languages are offered."""
    offering(sqlite_world)
    with visiting(sqlite_world) as found:
        yield found


@pytest.fixture
def sam(visitor: Visitor) -> Visitor:
    """A person among others, signed in; the language is the browser's."""
    for name in ("ann", "ben", "cleo"):
        visitor.world.person(name, "Nursing", offer=["bread", "maps"], time=["Monday morning"], interest=["tea"])
    visitor.joined("sam", "Finance")
    in_greek(visitor.world)
    return visitor


def change(world: World, **facts: Any) -> None:
    """Put Sam into another state; a fact that begins with `programme_` is one of the programme."""
    with world.database.writing() as session:
        person = world.there("sam")
        row, programme = session.get_one(Participant, person.id), session.get_one(Programme, person.programme_id)
        for name, value in facts.items():
            thing, attribute = (programme, name[10:]) if name.startswith("programme_") else (row, name)
            setattr(thing, attribute, value)
        session.add_all([row, programme])


def without_programmes(world: World) -> None:
    with world.database.writing() as session:
        for programme in session.exec(select(Programme)):
            session.delete(programme)


FORMS: list[dict[str, str]] = [
    {"name": "", "email": "", "team": ""},
    {"name": "\u0301", "email": "Σαμ", "team": "\u0301"},
    {"name": "α" * 101, "email": "Σαμ <σαμ@παραδειγμα.ελ>", "team": "α" * 101},
    {"name": "α=?β", "email": "σ..α@παραδειγμα.ελ", "team": "α\u2028β"},
    {"name": "α\u202eβ", "email": "@παραδειγμα.ελ", "team": "α\x00β"},
    {"name": "α\ud800".encode("utf-8", "replace").decode(), "email": "σαμ@παραδειγμα", "team": "α"},
    {"name": "α", "email": "σ" * 255 + "@παραδειγμα.ελ", "team": "α"},
    {"name": "α", "email": "σ" * 40 + "@παραδειγμα.ελ", "team": "α"},
    {"name": "α", "email": "σαμ@", "team": "α"},
    {"name": "α", "email": "σ α@παραδειγμα.ελ", "team": "α"},
    {"name": "α", "email": "σαμ@παρα!δειγμα.ελ", "team": "α"},
    {"name": "α", "email": "=?@παραδειγμα.ελ", "team": "α"},
]


def test_what_is_wrong_with_the_form_to_join(visitor: Visitor) -> None:
    in_greek(visitor.world)
    for form in FORMS:
        look(visitor, "/p/demo", 422, known=("\\u202e", "\\u2028", "\\x00", "U+0000"), **form)


STATES: dict[str, dict[str, Any]] = {
    "in": {},
    "skipping": {"skip_next": True},
    "asked only": {"often": Often.ASKED},
    "asked and in": {"often": Often.ASKED, "in_next": True},
    "paused": {"state": ParticipantState.PAUSED, "paused_until": date(2026, 12, 24)},
    "held": {"state": ParticipantState.HELD, "held_for": HeldFor.SILENCE},
    "left": {"state": ParticipantState.LEFT},
    "not confirmed": {"state": ParticipantState.PENDING},
    "resting programme": {"programme_state": ProgrammeState.PAUSED},
    "closed programme": {"programme_state": ProgrammeState.CLOSED},
    "draw is set": {"programme_next_draw_on": date(2026, 12, 3)},
    "remote": {"format": Format.REMOTE, "size": 2, "access": "θεση", "access_for": SeenBy.MATCH},
    "in person": {"format": Format.IN_PERSON, "size": 3, "access": "θεση", "access_for": SeenBy.ORGANISER},
    "in private": {"access": "θεση", "access_for": SeenBy.NOBODY, "often": Often.SECOND},
}


def test_ones_own_page_in_every_state(sam: Visitor) -> None:
    usual = {
        name: getattr(sam.world.there("sam"), name)
        for state in STATES.values()
        for name in state
        if name[:9] != "programme"
    }
    for state in STATES.values():
        change(sam.world, **usual | {"programme_state": ProgrammeState.OPEN} | state)
        look(sam, "/me")


def test_ones_own_page_after_each_button_and_with_all_that_one_said(sam: Visitor) -> None:
    said = dict.fromkeys(("interests", "asks", "offers", "languages"), "αβγ")
    usual = list(times.USUAL)
    sam.post("/me/topics", **said, times=[*usual, "Δευτερα"], asks_shown="programme", locale="")
    sam.post("/me/apart", email="nobody@example.org")
    for done in DONE:
        look(sam, f"/me?done={done}")
    page = sam.get("/me", headers={"Accept-Language": "en-XA"}).text
    assert page.count("Ḿöñðåý ļûñçĥ") == 1, "a time of ours is said in the reader's language"


def test_conversations_on_ones_own_page(sam: Visitor) -> None:
    world = sam.world
    round_ = world.sent_round()
    change(world, often=Often.SECOND)
    look(sam, "/me")
    with world.database.writing() as session:
        for other in world.groups(round_)[0] | world.groups(round_)[1]:
            if "sam" not in other:
                row = session.get_one(Participant, world.there(other.partition("@")[0].lower()).id)
                row.state = ParticipantState.LEFT
                session.add(row)
    look(sam, "/me")


def test_ones_own_page_where_one_is_late_alone_or_left_out(visitor: Visitor) -> None:
    world = visitor.world
    visitor.joined("sam", "Finance")
    in_greek(world)
    look(visitor, "/me")
    world.person("ann", "Nursing")
    in_greek(world)
    look(visitor, "/me")
    world.person("ben", "Nursing")
    in_greek(world)
    look(visitor, "/me")


def test_what_is_wrong_with_the_forms_of_ones_own_page(sam: Visitor) -> None:
    look(sam, "/me/about", 422, name="", team="")
    look(sam, "/me/choices", 422, action="pause", until="")
    look(sam, "/me/choices", 422, action="pause", until="αυριο")
    look(sam, "/me/choices", 422, action="pause", until="2020-01-01")
    look(sam, "/me/choices", 422, action="pause", until="2099-01-01")
    look(sam, "/me/apart", 422, email="")
    look(sam, "/me/apart", 422, email="sam@example.org")


def test_the_pages_around_ones_own(sam: Visitor) -> None:
    look(sam, "/me/leave")
    look(sam, "/me/erase")
    look(sam, "/me/erase", 422, word="οχι")
    change(sam.world, state=ParticipantState.LEFT)
    look(sam, "/me/erase")
    stranger = sam.fresh()
    look(stranger, "/me")
    look(stranger, "/me", 422, email="")
    look(stranger, "/me/sent")


def test_the_word_that_deletes_may_be_typed_as_the_page_has_it(sam: Visitor) -> None:
    page = sam.get("/me/erase", headers={"Accept-Language": "ar-XB"}).text
    word = emails.language("ar-XB").say(emails.phrase("delete"))
    assert word in page
    assert sam.http.post("/me/erase", data={"word": word}).status_code == 422, "that is no word of an English page"
    gone = sam.http.post("/me/erase", data={"word": word}, headers={"Accept-Language": "ar-XB"})
    assert (gone.status_code, sam.world.find("sam")) == (200, None)


def test_the_settings_with_every_choice_and_what_is_wrong_with_them(sam: Visitor) -> None:
    look(sam, "/me/topics", known=LANGUAGES)
    look(
        sam,
        "/me/topics",
        422,
        known=LANGUAGES,
        interests="\u0301",
        asks=",".join("αβγδεζηθικλμνξ"),
        size="9",
        often="ποτε",
        format="αλλη",
        access_for="ολοι",
        asks_shown="ολοι",
        locale="τιποτα",
    )
    look(sam, "/me/topics", 422, known=LANGUAGES, access="α" * 301)
    sam.world.later(hours=1)
    for shown in AsksShown:
        change(sam.world, asks_shown=shown)
        look(sam, "/me/topics", known=LANGUAGES)


def test_times_are_kept_in_english_and_said_in_the_readers_language(sam: Visitor) -> None:
    page = sam.get("/me/topics", headers={"Accept-Language": "en-XA"}).text
    assert page.count('name="times" value="Monday morning"') == 1
    said = [times.said(text) for text in ("monday  Morning", "Sunday morning", "Δευτερα")]
    assert [emails.language("en-XA").say(text) for text in said] == [
        "[Ḿöñðåý ɱöŕñîñĝ····]",
        "Sunday morning",
        "Δευτερα",
    ]


# --- the demo ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def demo(sqlite_world: World, maildir: Path) -> Iterator[Visitor]:
    """The same where settings say that it is a demo, whose mails are in Greek."""
    told = {"demo": True, "smtp_url": SecretStr(f"maildir://{maildir}"), "languages": OFFERED}
    sqlite_world.settings = sqlite_world.settings.model_copy(update=told)
    with visiting(sqlite_world) as found:
        yield found


def mail_in(maildir: Path, number: int) -> None:
    message = email.message.EmailMessage()
    message["To"], message["Subject"] = "sam@example.org", greek("a subject") if number else ""
    message.set_content(greek("some words"))
    message.add_alternative("<p>α</p>", subtype="html")
    message.add_attachment(b"x" * (1 + number), maintype="text", subtype="calendar", filename="α.β")
    (maildir / "new").mkdir(parents=True, exist_ok=True)
    (maildir / "new" / f"mail-{number:03}").write_bytes(bytes(message))


def test_the_steps_of_the_demo(demo: Visitor) -> None:
    world = demo.world
    in_greek(world)
    look(demo, "/demo")
    demo.join("sam")
    look(demo, "/demo")
    demo.post(demo.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam"), action="confirm")
    world.people(5)
    in_greek(world)
    look(demo, "/demo")
    change(world, programme_next_draw_on=date(2026, 12, 3))
    demo.post("/me/topics", interests="αβγ")
    look(demo, "/demo")
    place = demo.post("/demo/round").headers["location"]
    look(demo, "/demo")
    look(demo, place)
    round_ = world.draw(world.round(place.rpartition("/")[2]))
    look(demo, place)
    world.deliver()
    look(demo, "/demo")
    if world.round(round_.id).state == RoundState.INTRODUCED:
        demo.get(place)


def test_a_demo_without_a_programme(demo: Visitor) -> None:
    without_programmes(demo.world)
    look(demo, "/demo")


def test_the_inbox_of_the_demo(demo: Visitor, maildir: Path) -> None:
    in_greek(demo.world)
    look(demo, "/demo/inbox")
    look(demo, "/demo/inbox?to=σαμ")
    for number in range(51):
        mail_in(maildir, number)
    look(demo, "/demo/inbox", known=("sam", ".org", "example"))
    look(demo, "/demo/inbox?page=2&to=sam", known=("sam", ".org", "example"))
    headers = ("To", "Subject", "Content-Type", "MIME-Version", "text/calendar")
    look(demo, "/demo/inbox/mail-000", known=headers)
    look(demo, "/demo/inbox/mail-001", known=headers)


# --- organisers -------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(sqlite_world: World) -> Iterator[Desk]:
    """An organiser who may look and send, signed in."""
    told = {"mail_from": "Coffee Trial <coffee@example.org>", "smtp_url": SecretStr("smtp://localhost:1")}
    sqlite_world.settings = sqlite_world.settings.model_copy(update=told)
    offering(sqlite_world)
    with visiting(sqlite_world) as visitor:
        made = Desk(visitor)
        made.sign_in(made.organiser(Role.ORGANISER, Role.OWNER))
        yield made


def test_the_door_of_organisers(desk: Desk) -> None:
    stranger = desk.visitor.fresh()
    look(stranger, "/organiser/sign-in")
    look(stranger, "/organiser/sign-in", 422, email="κλειδι")
    look(stranger, "/organiser/sign-in/sent")
    link = desk.link(desk.address)
    look(stranger, link)
    bound = asked(stranger, desk.address)
    look(desk.visitor.fresh(), bound, 403)
    assert stranger.post(bound).status_code == 303
    look(stranger, bound, 410)
    look(stranger, "/organiser/second-factor")
    look(stranger, "/organiser/second-factor", 422, code="κ")


def test_the_first_organiser(visitor: Visitor) -> None:
    world = visitor.world
    with world.database.writing() as session:
        made = organisers.first_link(session, world.secret, world.now)
        assert made
        link = organiser_links.url_of(world.settings, made.id).removeprefix(world.settings.base_url)
    look(visitor, link)
    assert visitor.post(link, email="bo@example.org").status_code == 303
    look(visitor, "/organiser/second-factor")
    with speaking(visitor, "en-XA"):
        code = Desk(visitor).code("bo@example.org", anew=True)
        assert_speaks(visitor.post("/organiser/second-factor", code=code), "en-XA")


def test_an_organiser_s_account_and_the_others(desk: Desk) -> None:
    desk.organiser(Role.VIEWER, slug="demo", name="bo")
    desk.organiser(Role.OWNER, name="pia")
    in_greek(desk.world)
    for path in (
        "/organiser/account",
        "/organiser/account?done=ended",
        "/organiser/people",
        "/organiser/people?done=given",
    ):
        look(desk.visitor, path)
    look(desk.visitor, "/organiser/people", 422, email="κ", role="viewer", place="demo")
    look(desk.visitor, "/organiser/account/recovery-codes", 422, old="κ")
    desk.post("/organiser/account/second-factor/begin")
    look(desk.visitor, "/organiser/account/second-factor")
    look(desk.visitor.fresh(), "/organiser/link/a", 410)
    looker = desk.elsewhere("bo@example.org")
    look(looker.visitor, f"{ALL}/all?action=leave&state=held", 403)


def test_what_needs_an_organiser_and_the_mails_of_a_round(desk: Desk) -> None:
    world = desk.world
    round_ = desk.round(6, (UNKNOWN, BUSY, REFUSED))
    world.open_round("2026-W49")
    world.draw(world.open_round("2026-W50"))
    in_greek(world)
    known = SERVERS_WORDS
    look(desk.visitor, "/organiser", known=known)
    cursor = next(mail.id for mail in world.mails(MailKind.INTRODUCTION) if mail.round_id == round_.id)
    places = [outbox(round_), ALL]
    asked = ["", "?still=1", "?done=resend&number=2", "?done=leave&number=1", "?done=leave&number=0"]
    states = [f"?state={fate}" for fate in rows.MEANINGS]
    for place in places:
        for query in (*asked, *states, f"?cursor={cursor}"):
            look(desk.visitor, f"{place}{query}", known=known)
        for action, state in (("resend", "held"), ("resend", "rejected"), ("leave", "held")):
            look(desk.visitor, f"{place}/all?action={action}&state={state}", known=known)


def test_each_state_of_a_mail(desk: Desk) -> None:
    world = desk.world
    round_ = desk.round(4)
    in_greek(world)
    first = world.mails(MailKind.INTRODUCTION)[0].id
    for state in MailState:
        with world.database.writing() as session:
            mail = session.get_one(OutgoingMail, first)
            mail.state, mail.answer = state, mail_policy.INTRODUCES_NOBODY
            open_ = (MailState.READY, MailState.SENDING, MailState.DOT)
            mail.finished_at = None if state in open_ else world.now
            mail.lease_until = world.now + timedelta(minutes=1) if state in (MailState.DOT, MailState.SENDING) else None
            mail.attempt_token = "try_a" if mail.lease_until else None
            mail.not_before, mail.attempts = world.now + timedelta(days=400), 2
            session.add(mail)
        look(desk.visitor, outbox(round_), known=SERVERS_WORDS)


def test_our_own_answers_are_known() -> None:
    ours = [mail_policy.INTRODUCES_NOBODY, mail_policy.NAMES_NOBODY, mail_policy.WORDS_GONE, mail_policy.NOT_NEEDED]
    for answer in (*ours, claims.TOO_LATE, second_tries.STOPPED, second_tries.LEFT, rhythm.ENOUGH):
        assert isinstance(rows.said(answer), emails.Phrase), answer
    assert rows.said("552 full") == "552 full"


def test_setting_a_programme_up(desk: Desk) -> None:
    new, here = "/organiser/programmes/new", "/organiser/programmes/demo"
    look(desk.visitor, new)
    look(desk.visitor, new, 422, name="", purpose="", slug="Κ")
    in_greek(desk.world)
    for state in ("publish", "shut", "pause", "end", "go-on"):
        look(desk.visitor, f"{here}?done={state}")
        desk.post(here, action=state)
    look(desk.visitor, here, 409, action="publish")
    rhythm = {"draw_every": "week", "next_draw_on": "2026-12-01", "pauses": "2026-12-08"}
    look(desk.visitor, f"{here}/set-up/rhythm/try", 200, known=["2026-12-08"], **rhythm)
    wrong = {
        "purpose": {"name": "", "purpose": "κ" * 1001, "success": ""},
        "people": {"invitation_only": "κ", "domains": "κ κ", "capacity": "κ", "opens_on": "κ"},
        "rhythm": {"draw_every": "κ", "next_draw_on": "κ", "pauses": "κ", "time_zone": "κ", "mail_until_hour": "25"},
        "rules": {"teams_apart": "κ", "group_size": "κ", "quality": "κ", "interest_rule": "κ"},
        "words": {"contact_email": "κ", "conduct": "http://κ", "sponsor_name": "κ" * 101, "sponsor_email": "κ"},
    }
    for task, form in wrong.items():
        look(desk.visitor, f"{here}/set-up/{task}", 422, **form)
        look(desk.visitor, f"{here}/set-up/{task}")
    desk.world.people(7, teams=2)
    in_greek(desk.world)
    look(desk.visitor, f"{here}/set-up/rules/try", teams_apart="yes", no_repeat_for="2")


def test_an_organiser_without_anything(desk: Desk) -> None:
    without_programmes(desk.world)
    look(desk.visitor, "/organiser")
