"""What strangers ask for at the doors: written down alike for all, answered by the worker, never too often."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, func, select

from app.errors import Conflict
from app.models import (
    CapHit,
    MailKind,
    MailRequest,
    MailState,
    ParticipantState,
    ProgrammeState,
    SuppressionReason,
)
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.services import mail_requests, privacy, programmes, signups, suppression
from app.services.programmes import ProgrammeFacts
from app.workflows.answering import answer_requests
from app.workflows.foreman import Foreman
from tests.factories import World

AN_HOUR, A_DAY = 4, 10


def waiting(world: World) -> int:
    with world.database.reading() as session:
        return session.exec(select(func.count()).select_from(MailRequest)).one()


def test_a_form_is_answered_once(world: World) -> None:
    world.ask_to_join("sam")
    assert (answer_requests(world.work), answer_requests(world.work)) == (1, 0)
    assert [mail.kind for mail in world.mails(to="sam")] == [MailKind.CONFIRM_SIGN_UP]
    assert (waiting(world), world.there("sam").name) == (0, "Sam")


def test_of_many_workers_who_answer_at_once_each_form_has_one_answer_and_nobody_stumbles(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbled: list[str] = []
    monkeypatch.setattr(mail_requests, "put_off", lambda _session, request, **_: stumbled.append(request))
    for number in range(10):
        world.ask_to_join(f"new{number}")
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: answer_requests(world.work), range(4))) == 10
    assert stumbled == []
    assert sorted(mail.recipient for mail in world.mails()) == [f"new{number}@example.org" for number in range(10)]


def test_the_foreman_answers_within_a_look(world: World) -> None:
    world.ask_to_join("sam")
    foreman = Foreman(world.work)
    foreman._engine = Idle()  # type: ignore[assignment]
    foreman.look()
    assert waiting(world) == 0


class Idle:
    """An engine that is told of work and does none."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args: []


def test_nobody_can_make_us_flood_a_mailbox(world: World) -> None:
    for _ in range(10):
        world.ask_to_join("victim")
        world.later(minutes=1)
    assert len(world.mails(to="victim")) == AN_HOUR
    for _ in range(20):
        world.later(minutes=60)
        world.ask_to_join("victim")
    assert len(world.mails(to="victim")) <= 2 * A_DAY
    world.later(hours=2)
    in_the_last_day = [mail for mail in world.mails(to="victim") if (world.now - mail.created_at).days < 1]
    assert len(in_the_last_day) <= A_DAY


def test_twenty_forms_at_once_for_one_address_are_no_more_mails_than_may_be(world: World) -> None:
    def ask_and_answer(_: int) -> None:
        world.ask_to_join("victim")
        answer_requests(world.work)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(ask_and_answer, range(20)))
    assert len(world.mails(to="victim")) == AN_HOUR
    assert waiting(world) == 0


def test_neither_other_programmes_nor_tags_nor_the_other_form_give_room_for_more(world: World) -> None:
    slugs = [f"other{number}" for number in range(6)]
    for slug in slugs:
        world.programme(slug)
    for number, slug in enumerate(slugs):
        world.ask_to_join("victim@example.org", slug)
        world.ask_to_join(f"victim+{number}@example.org", slug)
    world.ask_for_my_page("victim@example.org")
    world.answer()
    assert len([mail for mail in world.mails() if mail.recipient.startswith("victim")]) == AN_HOUR


def test_a_domain_is_not_flooded_through_many_mailboxes(world: World) -> None:
    world.settings = world.settings.model_copy(update={"requests_per_domain": "3/hour"})
    for number in range(6):
        world.ask_to_join(f"box{number}@victim.example")
    world.ask_to_join("sam@elsewhere.example")
    recipients = [mail.recipient for mail in world.mails()]
    assert len([one for one in recipients if one.endswith("@victim.example")]) == 3
    assert "sam@elsewhere.example" in recipients


def test_what_is_held_back_leaves_no_row_of_a_person(world: World) -> None:
    world.settings = world.settings.model_copy(update={"requests_per_domain": "1/hour"})
    for name in ("one", "two"):
        world.ask_to_join(name)
        world.later(seconds=1)
    assert (world.find("one") is None, world.find("two") is None) == (False, True)


def test_whom_nobody_knows_gets_nothing_and_uses_nothing_up(world: World) -> None:
    world.ask_for_my_page("stranger")
    assert world.mails() == []
    with world.database.reading() as session:
        assert session.exec(select(func.count()).select_from(CapHit)).one() == 0


def test_the_way_to_my_page_comes_from_each_programme(world: World) -> None:
    world.person("ana")
    world.programme("second")
    world.slug = "second"
    world.person("ana")
    world.ask_for_my_page("ana")
    assert [(mail.kind, mail.recipient) for mail in world.mails()] == [(MailKind.MY_PAGE, "ana@example.org")] * 2


def test_a_suppressed_address_is_written_down_like_any_other(world: World) -> None:
    with world.database.writing() as session:
        organisation = programme_queries.programme(session, "demo").organisation_id
        suppression.suppress(
            session,
            organisation,
            "sam@example.org",
            SuppressionReason.ORGANISER,
            secret_key=world.secret,
            now=world.now,
        )
    world.ask_to_join("sam")
    assert waiting(world) == 1
    world.deliver()
    assert [mail.state for mail in world.mails(to="sam")] == [MailState.SUPPRESSED]
    assert world.transport.sent == []


@pytest.mark.parametrize(("hours", "mails"), [(23, 1), (24, 0)])
def test_a_form_that_lay_too_long_is_forgotten(world: World, hours: int, mails: int) -> None:
    world.ask_to_join("sam")
    world.later(hours=hours)
    assert len(world.mails()) == mails
    assert waiting(world) == 0


def test_a_programme_that_closed_meanwhile_takes_nobody(world: World) -> None:
    world.ask_to_join("sam")
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        closed = ProgrammeFacts(state=ProgrammeState.CLOSED)
        programmes.change_programme(session, programme, closed, now=world.now, actor="test")
    assert (world.find("sam"), waiting(world)) == (None, 0)


def test_what_was_asked_before_an_erasure_brings_nobody_back(world: World) -> None:
    world.person("sam")
    world.ask_to_join("sam")
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo", lock=True)
        person = people_queries.by_address(session, programme, "sam@example.org")
        assert person is not None
        privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)
    assert (world.find("sam"), world.mails(to="sam")) == (None, [])


def broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    real = signups.sign_up

    def sign_up(session: Session, programme: Any, form: signups.SignUp, **more: Any) -> None:
        if form.name == "Odd":
            raise error
        real(session, programme, form, **more)

    monkeypatch.setattr(signups, "sign_up", sign_up)


def test_a_form_that_cannot_be_answered_keeps_no_other_waiting_and_is_given_up_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, ZeroDivisionError())
    for name in ("odd", "sam"):
        world.ask_to_join(name)
    assert answer_requests(world.work) == 1
    assert [mail.recipient for mail in world.mails()] == ["sam@example.org"]
    assert waiting(world) == 1, "it is tried again"
    for _ in range(4):
        world.later(hours=2)
        answer_requests(world.work)
    assert waiting(world) == 0


def test_a_form_that_is_refused_in_words_is_not_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, Conflict())
    world.ask_to_join("odd")
    assert (answer_requests(world.work), waiting(world)) == (0, 0)


def test_a_database_that_is_busy_is_no_fault_of_a_form(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, OperationalError("", {}, Exception()))
    world.ask_to_join("odd")
    for _ in range(6):
        with pytest.raises(OperationalError):
            answer_requests(world.work)
    assert waiting(world) == 1


def test_a_form_keeps_all_that_was_said_in_it(world: World) -> None:
    world.ask_to_join("sam", team="Estates & <b>Works</b>")
    sam = world.there("sam")
    assert (sam.state, sam.consent) == (ParticipantState.PENDING, signups.CONSENT)
    with world.database.reading() as session:
        assert people_queries.team_of(session, sam) == "Estates & <b>Works</b>"
