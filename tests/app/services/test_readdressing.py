"""An address that was written down wrong is corrected by an organiser, and only while nobody has been behind it."""

import pytest
from sqlmodel import select

import emails
from app.errors import BadInput, Conflict, LinkExpired
from app.models import AuditEntry, MailKind, MailState, ParticipantState, Purpose, SuppressionReason
from app.queries import participants as queries
from app.queries import pools
from app.queries import programmes as programme_queries
from app.security import mailed_token
from app.services import claims, guard, links, participants, second_tries, suppression
from app.services.participants import Correction
from tests.app.bounced import Post
from tests.factories import World, address_of

REFUSED = emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no such user")


def correct(world: World, name: str, new: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        participants.correct(
            session,
            programme,
            session.merge(world.there(name)),
            Correction(address=address_of(new)),
            now=world.now,
            secret_key=world.secret,
            actor="test",
        )


def unreachable(world: World) -> tuple[str, str]:
    """A sent round in which the first mail was refused: whose, and who was to meet them."""
    world.people(2)
    world.transport = emails.MemoryTransport([REFUSED])
    world.sent_round()
    world.deliver()
    (gone,) = [mail for mail in world.mails(MailKind.INTRODUCTION) if mail.state == MailState.REJECTED]
    name = gone.recipient.partition("@")[0]
    return name, "person01" if name == "person00" else "person00"


def test_what_came_back_goes_to_the_new_address_on_an_organisers_word_and_once(world: World) -> None:
    name, _ = unreachable(world)
    before = len(world.transport.sent)
    correct(world, name, "right@example.org")
    world.deliver()
    assert len(world.transport.sent) == before
    person = world.there("right")
    assert (person.state, person.match_key) == (ParticipantState.ACTIVE, "right@example.org")
    (mail,) = [one for one in world.mails(MailKind.INTRODUCTION) if one.participant_id == person.id]
    with world.database.writing() as session:
        second_tries.decide(session, session.merge(mail), "resend", now=world.now, actor="test")
    world.deliver()
    (sent,) = world.transport.sent[before:]
    assert sent.recipient == "right@example.org"
    assert b"right@example.org" in sent.data
    assert f"{name}@".encode() not in sent.data


def test_links_in_what_came_back_open_nothing_and_those_of_the_new_mail_do(world: World) -> None:
    name, _ = unreachable(world)
    (old,) = [one for one in world.mails(MailKind.INTRODUCTION) if one.state == MailState.REJECTED]
    correct(world, name, "right@example.org")
    (new,) = [one for one in world.mails(MailKind.INTRODUCTION) if one.id == old.id]
    for purpose in ("choices", "leave", "concern", "conversation"):
        with world.database.reading() as session:
            links.look(session, mailed_token(world.secret, new.facts["links"][purpose]), world.now, *Purpose)
            with pytest.raises(LinkExpired):
                links.look(session, mailed_token(world.secret, old.facts["links"][purpose]), world.now, *Purpose)


@pytest.mark.parametrize("heard", [False, True])
def test_where_mail_has_arrived_only_the_person_moves(world: World, heard: bool) -> None:
    """Else an organiser could come by what somebody keeps to themselves, by naming their own mailbox."""
    name, other = unreachable(world)
    if heard:
        with world.database.writing() as session:
            session.merge(world.there(name)).heard_at = world.now
    for who in (other, name) if heard else (other,):
        with pytest.raises(Conflict, match="only they change it"):
            correct(world, who, "right@example.org")
    assert world.find("right") is None


@pytest.mark.parametrize("fate", ["held", "came back later"])
def test_a_mail_that_may_have_arrived_counts_until_it_came_back(world: World, fate: str) -> None:
    world.people(2)
    world.transport = emails.MemoryTransport([emails.Unknown("DOT", "gone")] if fate == "held" else [])
    world.sent_round()
    if fate == "held":
        (mail,) = [one for one in world.mails(MailKind.INTRODUCTION) if one.state == MailState.UNCERTAIN]
        with pytest.raises(Conflict):
            correct(world, mail.recipient.partition("@")[0], "right@example.org")
        return
    post = Post(world)
    post.take("hard", post.introduction("person00"), "5.1.1")
    correct(world, "person00", "right@example.org")
    assert world.there("right").state == ParticipantState.ACTIVE


def test_somebody_elses_address_is_refused_and_one_that_is_closed(world: World) -> None:
    name, other = unreachable(world)
    with pytest.raises(Conflict, match="Somebody else in this programme"):
        correct(world, name, f"{other}@example.org")
    with world.database.writing() as session:
        organisation = world.there(name).organisation_id
        reason, secret = SuppressionReason.COMPLAINT, world.secret
        suppression.suppress(session, organisation, "shut@example.org", reason, secret_key=secret, now=world.now)
    with pytest.raises(BadInput, match="closed to our mail"):
        correct(world, name, "shut@example.org")
    assert world.there(name).email == f"{name}@example.org"


def test_who_must_not_meet_them_does_not_and_sees_no_new_address(world: World) -> None:
    name, other = unreachable(world)
    world.block(world.there(other), world.there(name))
    correct(world, name, "right@example.org")
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        pair = tuple(sorted((world.there(other).id, world.there("right").id)))
        assert pair in pools.blocked_pairs(session, programme)
        shown = {blocked.email for blocked in queries.blocks_of(session, world.there(other))}
        listed = queries.not_with(session, world.there(other))
    assert (shown, listed) == ({f"{name}@example.org"}, [f"{name}@example.org"])
    with world.database.writing() as session:
        participants.unblock(session, session.merge(world.there(other)), listed[0])
        assert pools.blocked_pairs(session, programme) == set()


def test_who_has_not_confirmed_is_asked_at_the_new_address_and_only_there(world: World) -> None:
    world.sign_up("smaa")
    correct(world, "smaa", "sam@example.org")
    world.deliver()
    assert [one.recipient for one in world.transport.sent] == ["sam@example.org"]
    assert world.there("sam").state == ParticipantState.PENDING


def test_the_same_address_changes_nothing_and_a_change_is_noted_without_addresses(world: World) -> None:
    name, _ = unreachable(world)
    correct(world, name, f"{name}@example.org")
    correct(world, name, "right@example.org")
    with world.database.reading() as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.action == "participant.address")).all()
    assert [(line.subject, line.detail) for line in lines] == [(world.there("right").id, {})]


def test_a_mail_to_the_other_that_waits_names_the_new_address(world: World) -> None:
    world.people(2)
    world.draw(world.open_round())
    correct(world, "person00", "right@example.org")
    mails = {mail.recipient: mail for mail in world.mails(MailKind.INTRODUCTION)}
    assert mails.keys() == {"right@example.org", "person01@example.org"}
    told = {member["address"] for member in mails["person01@example.org"].facts["members"]}
    assert told == {"right@example.org", "person01@example.org"}
    assert mails["person01@example.org"].facts["writes_first"] in told


def test_whose_line_manager_they_are_stays_so(world: World) -> None:
    name, other = unreachable(world)
    with world.database.writing() as session:
        report = session.merge(world.there(other))
        report.manager_email, report.manager_key = f"{name}@example.org", f"{name}@example.org"
    correct(world, name, "right@example.org")
    assert (world.there(other).manager_email, world.there(other).manager_key) == ("right@example.org",) * 2


@pytest.mark.parametrize("word", ["resend", "leave"])
def test_an_organisers_word_on_a_mail_that_may_have_arrived_makes_it_no_less_so(
    world: World, word: second_tries.Word
) -> None:
    """Else whoever reads it has a page by then, and the organiser moves it to a mailbox of their own."""
    world.people(2)
    world.transport = emails.MemoryTransport([emails.Unknown("DOT", "gone"), emails.Accepted("250"), REFUSED])
    world.sent_round()
    (mail,) = [one for one in world.mails(MailKind.INTRODUCTION) if one.state == MailState.UNCERTAIN]
    with world.database.writing() as session:
        second_tries.decide(session, session.merge(mail), word, now=world.now, actor="test")
    name = mail.recipient.partition("@")[0]
    with pytest.raises(Conflict, match="only they change it"):
        correct(world, name, "right@example.org")
    world.deliver()
    with pytest.raises(Conflict, match="only they change it"):
        correct(world, name, "right@example.org")


def test_a_second_report_about_the_old_address_says_nothing_of_the_new_one(world: World) -> None:
    world.people(2)
    world.sent_round()
    post = Post(world)
    mail = post.introduction("person00")
    post.take("hard", mail, "5.1.1")
    world.later(minutes=5)
    correct(world, "person00", "person00@example.com")
    world.later(minutes=5)
    post.take("hard", mail, "5.1.1")
    person = world.there("person00@example.com")
    with world.database.reading() as session:
        closed = suppression.suppressed(session, person.organisation_id, person.email, secret_key=world.secret)
    assert (closed, person.state) == (None, ParticipantState.ACTIVE)


def test_whose_line_manager_they_are_stays_known(world: World) -> None:
    name, other = unreachable(world)
    with world.database.writing() as session:
        participants.set_manager(session.merge(world.there(other)), f"{name}@example.org")
    correct(world, name, "right@example.org")
    assert world.there(other).manager_email == "right@example.org"


def test_no_worker_takes_a_mail_to_the_old_address_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at what has arrived and the new address: it has the old one in hand."""
    if world.database.engine.dialect.name == "sqlite":
        return  # there is one writer at a time
    world.people(2)
    world.draw(world.open_round(send=True))
    taken = []

    def closed(*_: object, **__: object) -> None:
        with world.database.writing() as session:
            while (parcel := claims.claim(session, "other", world.now, world.rules)) is not None:
                taken.append(parcel.recipient)

    monkeypatch.setattr(suppression, "suppressed", closed)
    correct(world, "person00", "right@example.org")
    assert "person00@example.org" not in taken


def test_who_has_blocked_the_new_address_before_is_in_no_group_with_it(world: World) -> None:
    world.people(2)
    round_ = world.draw(world.open_round())
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        other, right = session.merge(world.there("person01")), address_of("right")
        participants.block(session, programme, other, right, now=world.now, secret_key=world.secret)
    correct(world, "person00", "right@example.org")
    assert (any(world.groups(round_)), len(world.left_out(round_))) == (False, 2)


@pytest.mark.parametrize("send", [True, False])
def test_what_may_have_gone_before_a_copy_was_restored_may_have_arrived(world: World, send: bool) -> None:
    world.people(2)
    round_ = world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        guard.look(session, None, "here", world.now, restored=True)
    with world.database.writing() as session:
        guard.decide(session, "here", send=send, now=world.now)
    assert world.counts(round_)["messages"]["accepted"] == 0
    with pytest.raises(Conflict, match="only they change it"):
        correct(world, "person00", "right@example.org")
