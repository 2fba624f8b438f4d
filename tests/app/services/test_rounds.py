"""Rounds: a period once, everybody somewhere, reasons for all, and the truth when people change in between."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import emails
from app.errors import BadInput, Conflict, PoolChanged, ProgrammeClosed, PromiseBroken
from app.models import MailKind, MailState, ParticipantState, Programme, ProgrammeState, RoundState
from app.queries import pools
from app.queries import programmes as programme_queries
from app.queries import rounds as queries
from app.queries.walls import Walls
from app.services import claims, drawing, outbox, participants, privacy, programmes, rounds, second_tries
from app.services.programmes import ProgrammeFacts
from app.workflows import rounds as round_work
from matching import Policy
from tests.factories import World


def approve_and_send(world: World, round_id: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        row = queries.round_(session, programme.organisation_id, round_id)
        rounds.approve(session, programme, row, now=world.now, actor="test")
        rounds.send(session, programme, row, now=world.now, actor="test")


def leave(world: World, name: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        person = session.merge(world.there(name))
        participants.leave(session, programme, person, now=world.now, secret_key=world.secret)


def test_a_round_goes_from_draft_to_introduced_and_everyone_gets_one_mail(world: World) -> None:
    people = world.people(9)
    round_ = world.sent_round()
    assert round_.state == RoundState.INTRODUCED
    assert world.counts(round_) == {
        "people": 9,
        "groups": 4,
        "left_out": 0,
        "messages": {
            "planned": 9,
            "accepted": 9,
            "waiting": 0,
            "held": 0,
            "rejected": 0,
            "suppressed": 0,
            "expired": 0,
        },
    }
    introduced = sorted(envelope.recipient for envelope in world.transport.sent)
    assert introduced == sorted(person.email for person in people)
    assert sorted(len(group) for group in world.groups(round_)) == [2, 2, 2, 3]


def test_the_organiser_gets_a_report_once_the_last_mail_has_met_its_fate(world: World) -> None:
    world.people(4)
    world.sent_round()
    world.deliver()
    reports = [envelope for envelope in world.transport.sent if envelope.recipient == "organiser@example.org"]
    assert len(reports) == 1
    assert len(world.mails(MailKind.ROUND_REPORT)) == 1


def test_a_period_exists_once_whoever_asks_and_however_often(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda n: world.open_round(seed=n), range(8)))
    assert len({round_.id for round_ in opened}) == 1
    assert len({round_.seed for round_ in opened}) == 1


def test_two_who_draw_the_same_round_leave_one_result(world: World) -> None:
    world.people(8)
    round_ = world.open_round()
    assert round_work.claim_draw(world.work, round_.id, "one")
    assert not round_work.claim_draw(world.work, round_.id, "two")
    assert round_work.claim_draw(world.work, round_.id, "one"), "the same claim, asked again after a crash"
    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(lambda _: round_work.draw_round(world.work, round_.id, "one"), range(2)))
    assert sorted(written) == [False, True]
    assert len(world.groups(round_)) == 4
    assert len(world.mails(MailKind.INTRODUCTION)) == 8


def test_the_same_people_and_seed_give_the_same_round_in_any_database(world: World) -> None:
    world.people(10)
    first = world.groups(world.draw(world.open_round(seed=11)))
    with world.database.reading() as session:
        programme = programme_queries.programme(session, "demo")
        rows = pools.load_pool(session, programme, 1, world.now.date(), Walls())
    drawn = drawing.draw(rows, Policy(), 11)
    assert first == [set(group) for group in drawn.matching.groups]


def test_nobody_meets_again_while_somebody_new_is_left(world: World) -> None:
    world.people(8, teams=8)
    met: set[frozenset[str]] = set()
    for week in range(7):
        groups = world.groups(world.sent_round(f"2027-W{week + 1:02}", seed=week))
        pairs = {frozenset(group) for group in groups}
        assert not pairs & met
        met |= pairs


@pytest.mark.parametrize(("number", "groups", "left"), [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 1, 0)])
def test_a_round_of_very_few(world: World, number: int, groups: int, left: int) -> None:
    world.people(number)
    round_ = world.sent_round()
    assert round_.state == RoundState.INTRODUCED
    assert (len(world.groups(round_)), len(world.left_out(round_))) == (groups, left)
    assert world.counts(round_)["messages"] == {
        "planned": number,
        "accepted": number,
        "waiting": 0,
        "held": 0,
        "rejected": 0,
        "suppressed": 0,
        "expired": 0,
    }


def test_everyone_blocked_means_everyone_left_out_with_a_reason_that_no_mail_tells(world: World) -> None:
    people = world.people(3)
    for one in range(3):
        for other in range(one):
            world.block(people[one], people[other])
    round_ = world.sent_round()
    assert world.left_out(round_) == {person.match_key: "blocked with everyone who is free" for person in people}
    assert [mail.kind for mail in world.mails() if mail.round_id] == [MailKind.LEFT_OUT] * 3
    for envelope in world.transport.sent[:3]:
        assert b"blocked" not in envelope.data.lower()


def test_a_block_keeps_two_apart_for_ever(world: World) -> None:
    ana, ben, *_ = (world.person(name) for name in ("ana", "ben", "cem", "dia"))
    world.block(ana, ben)
    for week in range(4):
        groups = world.groups(world.sent_round(f"2027-W{week + 1:02}", seed=week))
        assert {ana.match_key, ben.match_key} not in groups


def test_paused_held_pending_and_departed_people_are_not_drawn(world: World) -> None:
    world.people(4)
    for name, state in (("p", "paused"), ("h", "held"), ("u", "pending"), ("l", "left")):
        world.person(name, state=ParticipantState(state))
    assert world.counts(world.draw(world.open_round()))["people"] == 4


def test_a_skip_is_for_one_round_and_a_pause_until_its_day(world: World) -> None:
    world.people(4)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        skipper, sleeper = (session.merge(world.there(name)) for name in ("person00", "person01"))
        participants.skip_next(session, programme, skipper, True, now=world.now)
        until = world.now.date().replace(day=30)
        participants.pause(
            session, programme, sleeper, until, now=world.now, today=world.now.date(), secret_key=world.secret
        )
    assert world.counts(world.sent_round("one"))["people"] == 2
    assert not world.there("person00").skip_next
    assert world.counts(world.sent_round("two"))["people"] == 3
    world.later(days=7)
    assert world.counts(world.sent_round("three"))["people"] == 4
    assert world.there("person01").state == ParticipantState.ACTIVE


def test_the_seat_in_a_trio_goes_round(world: World) -> None:
    world.people(9, teams=9)  # of seven, three who have not sat in one could have met each other
    seats: dict[str, int] = {}
    for week in range(2):
        for group in world.groups(world.sent_round(f"2027-W{week + 1:02}", seed=week)):
            if len(group) == 3:
                for key in group:
                    seats[key] = seats.get(key, 0) + 1
    assert seats
    assert max(seats.values()) == 1


def test_whoever_wrote_first_last_time_does_not_this_time(world: World) -> None:
    world.people(2)
    writers = []
    for week in range(4):
        round_ = world.sent_round(f"2027-W{week + 1:02}")
        [mail, _] = [mail for mail in world.mails(MailKind.INTRODUCTION) if mail.round_id == round_.id]
        writers.append(mail.facts["writes_first"])
    assert writers[0] != writers[1]
    assert writers[2:] == writers[:2] or writers[2:] == writers[1::-1]


def test_nothing_leaves_before_approval_and_sending(world: World) -> None:
    world.people(4)
    round_ = world.draw(world.open_round())
    world.deliver()
    assert (round_.state, world.transport.sent) == (RoundState.MATCHED, [])
    approve_and_send(world, round_.id)
    approve_and_send(world, round_.id)
    world.deliver()
    world.deliver()
    assert len([envelope for envelope in world.transport.sent if envelope.recipient.startswith("person")]) == 4


def test_a_round_cannot_be_sent_before_it_is_approved_nor_approved_before_it_is_drawn(world: World) -> None:
    world.people(2)
    round_ = world.open_round()
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        row = queries.round_(session, programme.organisation_id, round_.id)
        with pytest.raises(Conflict, match="not drawn yet"):
            rounds.approve(session, programme, row, now=world.now, actor="test")
        with pytest.raises(Conflict, match="approve it first"):
            rounds.send(session, programme, row, now=world.now, actor="test")


@pytest.mark.parametrize("period", ["", "a b", "x" * 41, "../etc", "-x", "2026\n"])
def test_a_period_that_cannot_be_is_refused(world: World, period: str) -> None:
    with pytest.raises(BadInput, match="period"):
        world.open_round(period)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_cannot_be_is_refused(world: World, seed: int) -> None:
    with pytest.raises(BadInput, match="seed"):
        world.open_round(seed=seed)


def test_a_programme_that_is_not_open_draws_nothing(world: World) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        facts = ProgrammeFacts(state=ProgrammeState.PAUSED)
        programmes.change_programme(session, programme, facts, now=world.now, actor="test")
    with pytest.raises(ProgrammeClosed, match="paused"):
        world.open_round()


def test_somebody_who_leaves_while_the_round_is_drawn_makes_it_be_drawn_again(world: World) -> None:
    world.people(4)
    round_ = world.open_round()
    with world.database.reading() as session:
        rows = pools.load_pool(session, programme_queries.programme(session, "demo"), 1, world.now.date(), Walls())
    drawn = drawing.draw(rows, Policy(), 7)
    leave(world, "person00")
    with pytest.raises(PoolChanged), world.database.writing() as session:
        rounds.record(session, round_.id, drawn, now=world.now, secret_key=world.secret, actor="test")
    assert world.round(round_.id).state == RoundState.DRAFT
    assert world.counts(world.draw(round_))["people"] == 3


def test_a_draw_that_fails_leaves_words_and_is_tried_again_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.people(2)
    round_ = world.open_round()
    with monkeypatch.context() as broken:
        broken.setattr("matching.check", lambda *_: ("person00 is in two groups",))
        with pytest.raises(PromiseBroken):
            world.draw(round_)
    stuck = world.round(round_.id)
    assert stuck.trouble == "PromiseBroken: person00 is in two groups"
    assert stuck.state == RoundState.DRAFT
    with world.database.reading() as session:
        assert queries.to_draw(session, world.now) == []
    world.later(minutes=2)
    assert world.draw(round_).trouble is None


def test_the_other_of_a_pair_is_told_the_truth_when_one_leaves_before_the_mail_goes(world: World) -> None:
    world.people(2)
    round_ = world.draw(world.open_round())
    leave(world, "person00")
    approve_and_send(world, round_.id)
    world.deliver()
    [letter] = [envelope for envelope in world.transport.sent if envelope.recipient.startswith("person")]
    assert letter.recipient == "person01@example.org"
    assert b"Person00" not in letter.data
    assert world.left_out(round_) == {"person01@example.org": "the group came apart before the introduction went out"}
    states = {mail.recipient: (mail.kind, mail.state) for mail in world.mails() if mail.round_id}
    assert states == {"person01@example.org": (MailKind.LEFT_OUT, MailState.SENT)}
    assert world.counts(round_)["messages"]["planned"] == 1


def test_a_pair_whose_mail_is_with_a_worker_when_one_leaves_is_looked_at_when_it_comes_back(world: World) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        parcels = [claims.claim(session, "worker-1", world.now, world.rules) for _ in range(2)]
    leave(world, "person00")
    with world.database.writing() as session:
        for parcel in parcels:
            assert parcel is not None
            outbox.put_back(session, parcel, "451 later", world.now)
    world.later(hours=1)
    world.deliver()
    told = [letter for letter in world.transport.sent if letter.recipient.startswith("person")]
    assert [letter.recipient for letter in told] == ["person01@example.org"]
    assert b"Person00" not in told[0].data


def test_a_held_mail_is_not_sent_again_when_the_other_has_been_erased(world: World) -> None:
    world.people(2)
    world.transport = emails.MemoryTransport([emails.Unknown("DOT", "reset")] * 2)
    round_ = world.sent_round()
    erase(world, "person00")
    [held] = [mail for mail in world.mails(MailKind.INTRODUCTION) if mail.recipient == "person01@example.org"]
    with world.database.writing() as session, pytest.raises(Conflict):
        second_tries.resend(session, session.merge(held), world.now)
    world.deliver()
    told = [letter for letter in world.transport.sent if letter.recipient.startswith("person")]
    assert [b"Subject: Your conversation is off" in letter.data for letter in told] == [True]
    assert b"Person00" not in told[0].data
    assert world.counts(round_)["messages"]["waiting"] == 0


def test_who_leaves_and_returns_before_the_round_is_sent_gets_no_name_of_somebody_erased(world: World) -> None:
    world.people(2)
    round_ = world.draw(world.open_round())
    leave(world, "person00")
    with world.database.writing() as session:
        row = session.merge(world.there("person00"))
        row.state = ParticipantState.ACTIVE
        session.add(row)
    erase(world, "person01")
    approve_and_send(world, round_.id)
    world.deliver()
    assert not any(b"Person01" in letter.data for letter in world.transport.sent)
    assert "person01" not in everything(world)


def test_of_a_trio_that_loses_two_nobody_is_introduced(world: World) -> None:
    world.people(3)
    round_ = world.draw(world.open_round())
    leave(world, "person01")
    leave(world, "person02")
    approve_and_send(world, round_.id)
    world.deliver()
    told = [letter for letter in world.transport.sent if letter.recipient.startswith("person")]
    assert [letter.recipient for letter in told] == ["person00@example.org"]
    assert b"Person02" not in told[0].data


@pytest.mark.parametrize("moment", ["before approval", "while it is sent"])
def test_a_block_after_the_draw_parts_the_group_and_no_mail_says_why(world: World, moment: str) -> None:
    world.people(2)
    round_ = world.draw(world.open_round())
    if moment == "while it is sent":
        approve_and_send(world, round_.id)
    world.block(world.there("person00"), world.there("person01"))
    if moment == "before approval":
        approve_and_send(world, round_.id)
    world.deliver()
    told = [letter for letter in world.transport.sent if letter.recipient.startswith("person")]
    assert sorted(letter.recipient for letter in told) == ["person00@example.org", "person01@example.org"]
    assert not any(b"Meet" in letter.data or b"blocked" in letter.data for letter in told)
    assert set(world.left_out(round_).values()) == {"the group came apart before the introduction went out"}


def test_a_round_that_was_not_sent_can_be_cancelled_and_leaves_no_trace_in_the_history(world: World) -> None:
    world.people(2)
    round_ = world.draw(world.open_round("2026-W84"))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        row = queries.round_(session, programme.organisation_id, round_.id, lock=True)
        rounds.cancel(session, programme, row, now=world.now, actor="test")
    assert world.mails() == []
    again = world.draw(world.open_round("2026-W48"))
    assert again.certificate is not None
    assert (again.number, again.certificate["repeats"]) == (1, 0)


def test_a_round_that_is_being_sent_cannot_be_cancelled(world: World) -> None:
    world.people(2)
    round_ = world.sent_round()
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        row = queries.round_(session, programme.organisation_id, round_.id, lock=True)
        with pytest.raises(Conflict, match="only one that has not been sent"):
            rounds.cancel(session, programme, row, now=world.now, actor="test")


def erase(world: World, name: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        person = session.merge(world.there(name))
        privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)


def test_the_two_who_remain_of_a_trio_are_introduced_without_the_third(world: World) -> None:
    world.people(3)
    round_ = world.draw(world.open_round())
    leave(world, "person01")
    approve_and_send(world, round_.id)
    world.deliver()
    letters = [envelope for envelope in world.transport.sent if envelope.recipient.startswith("person")]
    assert sorted(letter.recipient for letter in letters) == ["person00@example.org", "person02@example.org"]
    assert not any(b"Person01" in letter.data or b"person01@" in letter.data for letter in letters)


def test_an_erased_person_is_nowhere(world: World) -> None:
    world.person("ana", "Finance", ask=["marker-topic"])
    world.person("marker-name", "Estates", offer=["marker-topic"])
    round_ = world.sent_round()
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        person = session.merge(world.there("marker-name"))
        privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)
    assert world.find("marker-name") is None
    assert everything(world).count("marker-name") == 0
    assert world.counts(round_)["groups"] == 1


def everything(world: World) -> str:
    """All that the database holds, as one text."""
    with world.database.engine.connect() as connection:
        return "\n".join(
            str(row)
            for table in Programme.metadata.sorted_tables
            for row in connection.execute(table.select()).fetchall()
        ).lower()


def test_shadow_draws_are_kept_with_the_round(world: World) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        programmes.change_programme(session, programme, ProgrammeFacts(shadows=2), now=world.now, actor="test")
    world.people(8, teams=8)
    round_ = world.draw(world.open_round())
    with world.database.engine.connect() as connection:
        table = Programme.metadata.tables["shadow_placement"]
        rows = connection.execute(table.select().where(table.c.round_id == round_.id)).fetchall()
    assert {row.draw for row in rows} == {1, 2}
    assert len(rows) == 16


def test_shadow_pairs_of_earlier_rounds_are_kept_apart_while_the_check_runs(world: World) -> None:
    """Eight people, one real and one shadow draw a round: after two rounds four of seven partners are used up."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        programmes.change_programme(session, programme, ProgrammeFacts(shadows=1), now=world.now, actor="test")
    world.people(8, teams=8)
    seen: list[tuple[str, str]] = []
    for period in ("2026-W48", "2026-W49"):
        drawn = world.draw(world.open_round(period))
        with world.database.engine.connect() as connection:
            for name, key in (("shadow_placement", "position"), ("placement", "group_id")):
                table = Programme.metadata.tables[name]
                rows = connection.execute(table.select().where(table.c.round_id == drawn.id)).fetchall()
                places = {getattr(row, key) for row in rows}
                seen += [
                    tuple(sorted(row.participant_id for row in rows if getattr(row, key) == place)) for place in places
                ]
    assert len(seen) == len(set(seen)) == 16
