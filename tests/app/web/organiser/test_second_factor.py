"""The second factor: set up at the first sign-in, asked for at each one, and good for once, whatever it is."""

import base64
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlmodel import select

from app.models import AuditEntry, OrganiserAccount, RecoveryCode, Role
from app.security import factor_key
from app.services import organisers, programmes, second_factor
from tests.app.web.organiser.desk import SECOND, Desk
from tests.app.web.visitor import Visitor
from tests.factories import World, address_of

CODE = re.compile(r"<li><code>([a-z2-7-]{19})</code></li>")
KEY = re.compile(r'key-letters"><code>([A-Z2-7 ]+)</code>')


def newcomer(desk: Desk) -> str:
    """An organiser who has no second factor yet, half-way in."""
    world = desk.world
    with world.database.writing() as session:
        owner = programmes.default_organisation(session, "Example Trust", world.now)
        organisers.appoint(session, owner, address_of("bo"), Role.VIEWER, now=world.now)
    assert desk.post(desk.link("bo@example.org")).headers["location"] == SECOND
    return "bo@example.org"


def half_way(desk: Desk, address: str) -> None:
    """Through the link again, on a day on which no code was used yet."""
    desk.world.later(minutes=2)
    assert desk.post(desk.link(address)).headers["location"] == SECOND


def test_the_numbers_are_those_of_rfc_6238() -> None:
    """Appendix B, SHA-1, six of the eight digits."""
    made = pyotp.TOTP(base64.b32encode(b"12345678901234567890").decode())
    told = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
    assert {moment: made.at(moment) for moment in told} == told


def test_at_the_first_sign_in_an_app_is_set_up_and_ten_recovery_codes_are_shown_once(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = newcomer(desk)
    page = desk.get(SECOND).text
    assert "<svg" in page
    key = KEY.findall(page)[0].replace(" ", "")
    assert key == factor_key(desk.world.secret, desk.account(address).factor_next or "")
    assert key not in visitor.rows()
    assert desk.get("/organiser").headers["location"] == SECOND
    wrong = desk.post(SECOND, code="000000" if pyotp.TOTP(key).at(desk.world.now) != "000000" else "111111")
    assert (wrong.status_code, KEY.findall(wrong.text)[0].replace(" ", "")) == (422, key)
    answer = desk.post(SECOND, code=pyotp.TOTP(key).at(desk.world.now))
    codes = CODE.findall(answer.text)
    assert len(set(codes)) == 10
    assert all(code.replace("-", "") not in visitor.rows() for code in codes)
    assert desk.get("/organiser").status_code == 200
    assert desk.get(SECOND).headers["location"] == "/organiser"


def test_the_picture_says_what_apps_read() -> None:
    account = OrganiserAccount(organisation_id="o", email="bo+x@example.org", email_key="b", created_at=None)  # type: ignore[arg-type]
    account.factor_next = "fac_a"
    said = urlsplit(second_factor.uri_of("s" * 40, account))
    assert (said.scheme, said.netloc, said.path) == ("otpauth", "totp", "/Coffee%20Trial:bo%2Bx%40example.org")
    query = parse_qs(said.query)
    assert query["issuer"] == ["Coffee Trial"]
    assert len(base64.b32decode(query["secret"][0])) == 20


def test_a_code_is_good_once_and_a_little_early_or_late(visitor: Visitor) -> None:
    desk, other = Desk(visitor), Desk(visitor.fresh())
    address = desk.organiser(Role.VIEWER)
    desk.post(desk.link(address))
    code = desk.code(address)
    assert desk.post(SECOND, code=code).status_code == 303
    link = other.link(address)  # which forgets the last step, so that it is used here once more
    assert desk.post(link).status_code == 303
    assert desk.post(SECOND, code=f"{code[:3]} {code[3:]}").status_code == 303
    with desk.world.database.writing() as session:
        account = session.get_one(OrganiserAccount, desk.account(address).id)
        assert not second_factor.given(session, account, code, now=desk.world.now, secret_key=desk.world.secret), (
            "the same half minute again"
        )
    for later, good in ((-1, True), (1, True), (-2, False), (2, False)):
        half_way(desk, address)
        assert (desk.post(SECOND, code=desk.code(address, later=later)).status_code == 303) is good, later


def test_of_two_who_give_the_same_code_at_once_one_is_let_in(world: World) -> None:
    with world.database.writing() as session:
        owner = programmes.default_organisation(session, "Example Trust", world.now)
        account = organisers.appoint(session, owner, address_of("bo"), Role.VIEWER, now=world.now)
        account.factor = "fac_a"
    with world.database.reading() as one, world.database.reading() as other:
        seen = [session.get_one(OrganiserAccount, account.id) for session in (one, other)]
    code = pyotp.TOTP(factor_key(world.secret, "fac_a")).at(world.now)
    taken = []
    for row in seen:  # both have read it before either writes
        with world.database.writing() as session:
            taken.append(second_factor.given(session, row, code, now=world.now, secret_key=world.secret))
    assert taken == [True, False]


def test_a_recovery_code_works_once_and_only_for_its_owner(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = newcomer(desk)
    codes = CODE.findall(desk.post(SECOND, code=desk.code(address, anew=True)).text)
    half_way(desk, address)
    assert desk.post(SECOND, code=codes[0].upper().replace("-", " ")).status_code == 303
    half_way(desk, address)
    assert desk.post(SECOND, code=codes[0]).status_code == 422
    other = Desk(visitor.fresh())
    other.post(other.link(other.organiser(Role.VIEWER, name="cleo")))
    assert other.post(SECOND, code=codes[1]).status_code == 422
    with desk.world.database.reading() as session:
        assert len(session.exec(select(RecoveryCode)).all()) == 9


def test_who_has_lost_app_and_codes_sets_up_a_new_one_and_is_out_everywhere_else(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = newcomer(desk)
    codes = CODE.findall(desk.post(SECOND, code=desk.code(address, anew=True)).text)
    with desk.world.database.writing() as session:
        account = session.get_one(OrganiserAccount, desk.account(address).id)
        organisers.forget_app(session, account, now=desk.world.now, actor="cli")
    assert desk.get("/organiser").status_code == 303
    half_way(desk, address)
    assert "<svg" in desk.get(SECOND).text
    assert desk.post(SECOND, code=codes[0]).status_code == 422
    assert desk.post(SECOND, code=desk.code(address, anew=True)).status_code == 200


def test_after_five_wrong_codes_a_fresh_link_is_needed(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = desk.organiser(Role.VIEWER)
    desk.post(desk.link(address))
    answers = [desk.post(SECOND, code="no") for _ in range(5)]
    assert [one.status_code for one in answers] == [422] * 4 + [403]
    assert "Too many wrong codes. Ask for a fresh link." in answers[-1].text
    assert desk.post(SECOND, code=desk.code(address)).headers["location"] == "/organiser/sign-in"
    with desk.world.database.reading() as session:
        actions = [one.action for one in session.exec(select(AuditEntry))]
    assert actions.count("organiser.wrong_code") == 5


@pytest.mark.parametrize("minutes", [14, 15])
def test_half_way_in_lasts_a_quarter_of_an_hour(visitor: Visitor, minutes: int) -> None:
    desk = Desk(visitor)
    address = desk.organiser(Role.VIEWER)
    desk.post(desk.link(address))
    desk.world.later(minutes=minutes)
    answer = desk.post(SECOND, code=desk.code(address))
    assert answer.headers["location"] == ("/organiser" if minutes == 14 else "/organiser/sign-in")


def test_the_demo_alone_asks_for_none_and_lets_in_by_one_button(demo_visitor: Visitor) -> None:
    desk = Desk(demo_visitor)
    assert 'action="/demo/organiser"' in desk.get("/demo").text
    assert 'action="/demo/organiser"' in desk.get("/organiser/sign-in").text
    assert desk.post("/demo/organiser").headers["location"] == "/organiser"
    assert "organiser@example.org" in unescape(desk.get("/organiser/people").text)
    assert desk.post("/demo/organiser").headers["location"] == "/organiser"


def test_outside_of_the_demo_there_is_no_such_button(visitor: Visitor) -> None:
    assert "/demo/" not in visitor.get("/organiser/sign-in").text
    assert visitor.post("/demo/organiser").status_code == 404
