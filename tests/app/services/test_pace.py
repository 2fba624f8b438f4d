"""The rows that pace the mails, when two workers meet them for the first time at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from sqlmodel import select

from app.models import DomainPace
from app.services import pace
from tests.factories import World

MOMENT = 0.3
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@ON_POSTGRESQL
def test_two_who_take_from_a_bucket_for_the_first_time_share_it(world: World) -> None:

    def take() -> int:
        with world.database.writing() as session:
            return pace.take(session, "mail", 8, rate=2.0, burst=10, now=world.now)

    with ThreadPoolExecutor() as beside:
        with world.database.writing() as session:
            mine = pace.take(session, "mail", 8, rate=2.0, burst=10, now=world.now)
            session.flush()
            other = beside.submit(take)
            sleep(MOMENT)
        assert (mine, other.result()) == (8, 2)


@ON_POSTGRESQL
def test_two_first_mails_to_a_domain_are_both_counted(world: World) -> None:

    def note() -> None:
        with world.database.writing() as session:
            pace.note_domain(session, "example.org", per_minute=1.0, now=world.now)

    with ThreadPoolExecutor() as beside:
        with world.database.writing() as session:
            pace.note_domain(session, "example.org", per_minute=1.0, now=world.now)
            session.flush()
            other = beside.submit(note)
            sleep(MOMENT)
        other.result()
    with world.database.reading() as session:
        assert session.exec(select(DomainPace.next_at)).one() == world.now + timedelta(minutes=2)


def test_the_pace_of_a_domain_is_kept_on_both_databases(world: World) -> None:
    for _ in range(3):
        with world.database.writing() as session:
            pace.note_domain(session, "example.org", per_minute=60.0, now=world.now)
    with world.database.reading() as session:
        assert session.exec(select(DomainPace.next_at)).one() == world.now + timedelta(seconds=3)
