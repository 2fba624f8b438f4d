"""Reads about organisations and programmes."""

from typing import TypeVar

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.errors import NotFound
from app.models import Organisation, Participant, ParticipantState, Programme, Team
from emails import phrase

Row = TypeVar("Row")


def programme(session: Session, slug: str, *, organisation_id: str | None = None, lock: bool = False) -> Programme:
    """The programme called `slug`, of that organisation where one is given.

    `lock` lets writers of one programme go one after the other (SQLite does so anyway). Raises NotFound.
    """
    query = select(Programme).where(Programme.slug == slug)
    if organisation_id is not None:
        query = query.where(Programme.organisation_id == organisation_id)
    found = session.exec(locked(query) if lock else query).one_or_none()
    if found is None:
        raise NotFound(phrase("There is no programme by that name."))
    return found


def lock(session: Session, programme_id: str) -> Programme:
    """The programme; everybody else who changes its people or rounds waits until this transaction ends."""
    return session.exec(locked(select(Programme).where(Programme.id == programme_id))).one()


def locked(query: SelectOfScalar[Row]) -> SelectOfScalar[Row]:
    """The same rows under lock, and as they are once it is ours: what this session read of them before may be old.

    Rows that refer to them may still be written meanwhile (FOR NO KEY UPDATE in PostgreSQL): whoever has a mail in hand
    and writes another need not wait for the programme, whose holder may be waiting for that very mail.
    """
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


def programmes(session: Session, organisation_id: str, only: str | None = None) -> list[Programme]:
    """All programmes of an organisation by slug, or the one whose id is `only`."""
    query = select(Programme).where(Programme.organisation_id == organisation_id).order_by(Programme.slug)
    if only is not None:
        query = query.where(Programme.id == only)
    return list(session.exec(query))


def with_address(session: Session, email_key: str) -> list[Programme]:
    """The programmes in which somebody has this canonical address."""
    query = select(Programme).join(Participant, col(Participant.programme_id) == Programme.id)
    return list(session.exec(query.where(Participant.email_key == email_key).order_by(Programme.slug)))


def organisation_of(session: Session, programme: Programme) -> Organisation:
    """Whose programme it is."""
    return session.exec(select(Organisation).where(Organisation.id == programme.organisation_id)).one()


def team_names(session: Session, programme: Programme) -> list[str]:
    """The names of the teams of at least two people who have confirmed: what strangers typed is shown to nobody."""
    return list(
        session.exec(
            select(Team.name)
            .join(Participant, col(Participant.team_id) == Team.id)
            .where(Team.programme_id == programme.id)
            .where(Participant.state != ParticipantState.PENDING)
            .group_by(Team.id, Team.name)
            .having(func.count(col(Participant.id)) >= 2)
            .order_by(Team.name)
        )
    )


def people_by_state(session: Session, programme: Programme) -> dict[ParticipantState, int]:
    """How many participants are in each state; every state is named."""
    rows = session.exec(
        select(Participant.state, func.count(col(Participant.id)))
        .where(Participant.programme_id == programme.id)
        .group_by(Participant.state)
    )
    return dict.fromkeys(ParticipantState, 0) | {ParticipantState(state): number for state, number in rows}
