"""Imports of many lines: bundle by bundle, each once, whoever writes them and whatever happens meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from app.clock import now
from app.models import (
    AuditEntry,
    Block,
    ImportBatch,
    ImportJob,
    ImportState,
    MailedLink,
    MailKind,
    Participant,
    ParticipantState,
    PastMeeting,
    Team,
    Topic,
)
from app.queries import programmes as programme_queries
from app.security import ids_together, new_id
from app.services import import_jobs, imports, privacy, retention
from app.services.imports import Sources
from app.workflows import importing
from tests.app.imported import job, opened, people, running, table
from tests.app.workflows.test_foreman import at_work, until
from tests.factories import World

PAST = table("history", "round,a,b", *(f"1,new{n:02}@example.org,new{n + 1:02}@example.org" for n in range(5)))
APART = table("blocks", "a,b", "new00@example.org,new05@example.org")
KNOWN = table("knows", "a,b", "new00@example.org,new04@example.org", "new01@example.org,new05@example.org")
ALL = Sources(people(6), PAST, APART, KNOWN)
TABLES = (Participant, Team, Topic, PastMeeting, Block, MailedLink)


def go_on(world: World, job_id: str, **more: Any) -> bool:
    return importing.go_on(world.database, job_id, world.secret, lambda: world.now, **more)


def numbers(world: World) -> dict[str, int]:
    """How many rows there are of each kind."""
    with world.database.reading() as session:
        return {table.__name__: session.exec(select(func.count()).select_from(table)).one() for table in TABLES}


def facts(world: World, slug: str) -> Any:
    """All that an import writes about people of a programme, without random ids."""
    with world.database.reading() as session:
        return _facts(session, programme_queries.programme(session, slug).id)


def _facts(session: Session, programme_id: str) -> Any:
    rows = session.exec(select(Participant).where(Participant.programme_id == programme_id)).all()
    names = {row.id: row.match_key for row in rows}
    teams = dict(session.exec(select(Team.id, Team.name)).all())
    mine = {"id", "programme_id", "team_id"}
    topics = session.exec(select(Topic).where(Topic.programme_id == programme_id))
    met = session.exec(select(PastMeeting).where(PastMeeting.programme_id == programme_id))
    apart = session.exec(select(Block).where(Block.programme_id == programme_id))
    return (
        sorted((row.model_dump_json(exclude=mine), teams[row.team_id or ""]) for row in rows),
        sorted((names[one.participant_id], one.kind, one.key, one.text, one.position) for one in topics),
        sorted((one.number, *sorted((names[one.a_id], names[one.b_id]))) for one in met),
        sorted(tuple(sorted((names[one.a_id], names[one.b_id]))) for one in apart),
    )


def test_bundle_by_bundle_comes_to_the_same_as_all_at_once(world: World) -> None:
    assert go_on(world, opened(world, ALL))
    world.programme("whole")
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "whole", lock=True)
        planned = imports.plan(session, programme, ALL)
        report = imports.apply(
            session, programme, planned, active=False, now=world.now, secret_key=world.secret, actor="test"
        )
    assert facts(world, "demo") == facts(world, "whole")
    with world.database.reading() as session:
        done = session.exec(select(ImportJob)).one()
    assert (done.state, done.written, done.counts) == (ImportState.DONE, 14, report.counts)
    assert report.counts | {"added": 6, "invited": 6, "history": 5, "blocks": 1, "knows": 2} == report.counts
    invited = [(mail.recipient, mail.facts["frame"]["slug"]) for mail in world.mails(MailKind.CONFIRM_SIGN_UP)]
    assert sorted(invited) == [(f"new{n:02}@example.org", slug) for n in range(6) for slug in ("demo", "whole")]


def test_each_bundle_is_a_transaction_of_its_own_so_that_others_can_write_between(world: World) -> None:
    """Nobody could sign up here if the import held its lock from one bundle to the next."""
    job_id, seen = opened(world), []

    def between(_: str, share: float) -> None:
        seen.append((share, job(world, job_id).state, numbers(world)["Participant"]))
        world.sign_up(f"between{len(seen)}")

    assert go_on(world, job_id, progress=between)
    assert seen == [(0.0, "running", 0), (0.4, "running", 3), (0.8, "running", 6)]
    assert numbers(world)["Participant"] == 8


def test_what_is_half_done_says_so_and_goes_on_where_it_stood(world: World) -> None:
    looks = iter((True, True, False))
    job_id = opened(world, ALL)
    assert not go_on(world, job_id, wanted=lambda: next(looks))
    half = job(world, job_id)
    assert (half.state, half.written, half.next, half.finished_at) == (ImportState.RUNNING, 4, 2, None)
    assert opened(world, ALL) == job_id, "the same content goes on"
    assert go_on(world, job_id)
    done = job(world, job_id)
    assert (done.state, done.written, done.counts["added"]) == (ImportState.DONE, 14, 6)
    with world.database.reading() as session:
        assert session.exec(select(ImportBatch)).all() == []
        assert len(session.exec(select(AuditEntry).where(AuditEntry.action == "people.import")).all()) == 1
    again = opened(world, ALL)
    assert again != job_id, "what is done may be brought again"
    assert go_on(world, again)
    assert job(world, again).counts == dict.fromkeys(done.counts, 0) | {"unchanged": 6}
    assert len(world.mails(MailKind.CONFIRM_SIGN_UP)) == 6


def test_other_options_are_another_import(world: World) -> None:
    assert opened(world, ALL) == opened(world, ALL)
    assert running(world, ALL, active=True) is None
    assert opened(world, ALL, active=True) != opened(world, ALL)


def test_two_who_write_one_import_write_each_line_once(world: World) -> None:
    job_id = opened(world, ALL, size=1)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: go_on(world, job_id), range(3))) == [True] * 3
    done = job(world, job_id)
    assert (done.state, done.written, done.counts["added"], done.counts["unchanged"]) == ("done", 14, 6, 0)
    assert numbers(world) == {"Participant": 6, "Team": 3, "Topic": 12, "PastMeeting": 7, "Block": 1, "MailedLink": 6}


def test_two_imports_of_one_programme_at_once_bring_everybody_once(world: World) -> None:
    jobs = [opened(world, Sources(people(8, first)), size=1) for first in (0, 4)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda job_id: go_on(world, job_id), jobs)) == [True, True]
    assert sum(job(world, job_id).counts["added"] for job_id in jobs) == 12
    assert sum(job(world, job_id).counts["unchanged"] for job_id in jobs) == 4
    assert numbers(world)["Participant"] == numbers(world)["MailedLink"] == 12


def test_a_line_that_has_become_wrong_since_costs_that_line_only(world: World) -> None:
    listed = table("people", "email,name,team,id", "ada@example.org,Ada,Red,7", "ben@example.org,Ben,Red,8")
    job_id = opened(world, Sources(listed), size=1)
    world.sign_up("ada")  # by the form, so that she is known by her address
    assert go_on(world, job_id)
    done = job(world, job_id)
    assert (done.counts["added"], done.counts["skipped_lines"], done.errors) == (1, 1, 1)
    assert (done.counts["changed"], world.there("ada").match_key) == (0, "ada@example.org")
    assert [(one["line"], one["problem"]) for one in done.verdicts] == [
        (2, "This address is in the programme under the id ada@example.org.")
    ]


def test_history_that_has_come_too_late_meanwhile_is_left_out_and_named(world: World) -> None:
    world.people(2)
    past = table("history", "round,a,b", *(f"{n},person00@example.org,person01@example.org" for n in (0, 5)))
    job_id = opened(world, Sources(history=past))
    world.open_round()
    assert go_on(world, job_id)
    done = job(world, job_id)
    assert (done.counts["history"], done.counts["skipped_lines"]) == (1, 1)
    assert done.verdicts[0]["problem"].startswith("Round 5 is not before round 1")


def test_pairs_of_somebody_who_was_erased_meanwhile_are_left_out(world: World) -> None:
    ada = world.people(3)[0]
    known = table(
        "knows", "a,b", "person00@example.org,person01@example.org", "person01@example.org,person02@example.org"
    )
    job_id = opened(world, Sources(knows=known))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        privacy.erase(session, programme, session.merge(ada), now=world.now, secret_key=world.secret)
    assert go_on(world, job_id)
    assert job(world, job_id).counts["knows"] == 1


def test_a_block_parts_a_round_that_is_drawn(world: World) -> None:
    world.people(2)
    round_ = world.draw(world.open_round())
    assert world.groups(round_)
    apart = table("blocks", "a,b", "person00@example.org,person01@example.org")
    assert go_on(world, opened(world, Sources(blocks=apart)))
    assert sorted(world.left_out(round_)) == ["person00@example.org", "person01@example.org"]


def test_who_is_erased_meanwhile_is_not_brought_back_nor_named(world: World) -> None:
    ada = world.person("new00")
    job_id, named = opened(world, Sources(people=people(6))), opened(world, Sources(people=people(1, 9)))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        found = session.get_one(ImportJob, named)
        found.verdicts = [{"problem": "New00@example.org is wrong."}, {"problem": "Somebody else is."}]
        session.add(found)
        privacy.erase(session, programme, session.merge(ada), now=world.now, secret_key=world.secret)
    assert job(world, named).verdicts == [{"problem": "Somebody else is."}]
    assert go_on(world, job_id)
    done = job(world, job_id)
    assert (done.counts["added"], done.written, done.lines) == (5, 6, 6)
    assert world.find("new00") is None


def test_what_is_left_of_an_import_goes_after_a_month(world: World) -> None:
    done, half = opened(world, ALL), opened(world, Sources(people(3)))
    assert go_on(world, done)
    world.later(days=31)
    with world.database.writing() as session:
        assert retention.forget(session, world.settings, world.now).imports == 1
    with world.database.reading() as session:
        assert session.exec(select(ImportJob.id)).all() == [half]


def test_ids_that_lie_together_look_like_any_and_are_each_their_own() -> None:
    make = ids_together("ppl")
    made = {make() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {len(one) for one in made} == {len(new_id("ppl"))}
    assert len({one[:12] for one in made}) == 1
    assert len({one[12:] for one in made}) == 1_000
    assert ids_together("ppl")()[:12] not in {one[:12] for one in made}


# --- by a worker -----------------------------------------------------------------------------------------------------


def test_an_import_that_is_written_down_gets_written_by_a_worker(world: World) -> None:
    world.now = now()
    first, second = opened(world, ALL), opened(world, Sources(people(3, 50)), active=True)
    with at_work(world):
        until(lambda: {job(world, one).state for one in (first, second)} == {ImportState.DONE})
    assert numbers(world)["Participant"] == 9
    with world.database.reading() as session:
        states = session.exec(select(Participant.state).where(col(Participant.email).like("new5%"))).all()
    assert set(states) == {ParticipantState.ACTIVE}


def test_a_worker_leaves_to_others_what_they_are_writing_and_takes_up_what_they_left(world: World) -> None:
    job_id = opened(world, ALL, at_once=False)
    assert not importing.take_up(world.work, job_id)
    world.now += import_jobs.LEASE
    assert importing.take_up(world.work, job_id)
    assert not importing.take_up(world.work, job_id), "it is taken"
    assert importing.carry_on(world.work, job_id)
    world.now += timedelta(hours=1)
    assert not importing.take_up(world.work, job_id), "it is done"


def test_a_worker_that_is_asked_to_stop_lets_go_at_once(world: World) -> None:
    job_id, work = opened(world, ALL), world.work
    assert importing.take_up(work, job_id)
    work.stopping.set()
    assert not importing.carry_on(work, job_id)
    assert importing.take_up(world.work, job_id)


def test_a_failure_is_kept_in_words_and_tried_again_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = opened(world, ALL)
    with monkeypatch.context() as broken:
        broken.setattr(imports, "write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            importing.carry_on(world.work, job_id)
    failed = job(world, job_id)
    assert (failed.state, failed.tries, failed.trouble) == ("running", 1, "ZeroDivisionError: division by zero")
    assert not importing.take_up(world.work, job_id)
    world.now += timedelta(minutes=2)
    assert importing.take_up(world.work, job_id)
    assert importing.carry_on(world.work, job_id)
    assert (job(world, job_id).trouble, job(world, job_id).written) == (None, 14)
