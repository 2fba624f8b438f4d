"""An address that mail does not reach: what still goes there, how it opens again, and what is left of an erased one."""

import pytest

from app.models import MailKind, MailState, ParticipantState, RoundState, SuppressionReason
from app.queries import programmes
from app.services import bounces, privacy, suppression
from tests.app.bounced import Post, pair, rows
from tests.factories import World

HARD, SOFT = SuppressionReason.HARD, SuppressionReason.SOFT


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


def reached(world: World, name: str) -> bool:
    with world.database.writing() as session:
        programme = programmes.programme(session, world.slug)
        person = session.merge(world.there(name))
        return bounces.reached(session, programme, person, now=world.now, secret_key=world.secret)


def test_a_button_in_a_mail_lifts_every_reason_but_the_organisers(world: World, post: Post) -> None:
    pair(world)
    for reason in SuppressionReason:
        with world.database.writing() as session:
            suppression.suppress(
                session, post.organisation(), "sam@example.org", reason, secret_key=world.secret, now=world.now
            )
        assert reached(world, "sam") is (reason != SuppressionReason.ORGANISER)
    assert reached(world, "alex") is False


def test_a_graver_reason_takes_the_place_of_a_milder_one_and_never_the_other_way(world: World, post: Post) -> None:
    order = [SOFT, HARD, SuppressionReason.COMPLAINT, HARD, SuppressionReason.ORGANISER, SOFT]
    seen = []
    for reason in order:
        with world.database.writing() as session:
            row = suppression.suppress(
                session, post.organisation(), "sam@example.org", reason, secret_key=world.secret, now=world.now
            )
            seen.append(row.reason)
    assert seen == [SOFT, HARD, *[SuppressionReason.COMPLAINT] * 2, *[SuppressionReason.ORGANISER] * 2]


def test_a_closed_address_gets_only_what_was_asked_for_there(world: World, post: Post) -> None:
    pair(world)
    post.take("hard", post.introduction("sam"), "5.1.1")
    world.sign_up("sam")
    world.deliver()
    (asked,) = world.mails(MailKind.ALREADY_IN, "sam")
    assert asked.state == MailState.SENT
    assert reached(world, "sam")
    assert world.there("sam").state == ParticipantState.ACTIVE


def test_erasure_forgets_the_events_and_keeps_the_closed_address(world: World, post: Post) -> None:
    pair(world)
    post.take("hard", post.introduction("sam"), "5.1.1")
    world.deliver()
    assert post.away("alex")[0].facts["away"]["name"] == "Sam"
    with world.database.writing() as session:
        programme = programmes.programme(session, world.slug)
        privacy.erase(session, programme, session.merge(world.there("sam")), now=world.now, secret_key=world.secret)
    assert (post.events(), world.find("sam")) == ([], None)
    assert post.suppressed("sam") is not None
    left = rows(world).lower()
    assert "sam@example.org" not in left
    assert "'sam'" not in left


def test_who_is_erased_while_the_word_about_them_waits_is_not_named_any_more(world: World, post: Post) -> None:
    pair(world)
    post.take("hard", post.introduction("sam"), "5.1.1")
    assert post.away("alex")[0].state == MailState.READY
    with world.database.writing() as session:
        programme = programmes.programme(session, world.slug)
        privacy.erase(session, programme, session.merge(world.there("sam")), now=world.now, secret_key=world.secret)
    assert post.away("alex") == []


def test_who_cannot_be_reached_leaves_rounds_of_which_they_have_not_heard(world: World, post: Post) -> None:
    pair(world)
    drawn = world.draw(world.open_round("2026-W49"))
    assert drawn.state == RoundState.MATCHED
    post.take("hard", post.introduction("sam"), "5.1.1")
    assert world.groups(drawn) == [set()]
    assert set(world.left_out(drawn)) == {"alex@example.org"}
