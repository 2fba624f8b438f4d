"""Somebody who changes a round while somebody else does something."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from sqlmodel import col, update

from app.models import OutgoingMail
from app.queries import programmes as programme_queries
from tests.factories import World


@contextmanager
def somebody_changing_the_round(world: World, kept: threading.Event) -> Iterator[threading.Event]:
    """As all who change a round do: has the programme, sets `kept`, works for a while, then writes to the mails."""
    go = threading.Event()

    def change() -> None:
        assert go.wait(10)
        with world.database.writing() as session:
            programme = programme_queries.programme(session, world.slug, lock=True)
            kept.set()
            threading.Event().wait(0.5)
            mails = update(OutgoingMail).where(col(OutgoingMail.programme_id) == programme.id)
            session.exec(mails.values(occasion=OutgoingMail.occasion))

    with ThreadPoolExecutor(1) as beside:
        done: Future[None] = beside.submit(change)
        yield go
        done.result(10)
