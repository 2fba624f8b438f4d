"""Reads about organisers: who they are, what they may do, where they are signed in."""

from sqlmodel import Session, col, func, select

from app.errors import NotFound
from app.models import (
    Organisation,
    OrganiserAccount,
    OrganiserRole,
    OrganiserSession,
    Programme,
    RecoveryCode,
    Role,
)
from app.queries.programmes import locked


def anybody_entered(session: Session) -> bool:
    """Whether any organiser has ever been all the way in: until then a link for the first one is given out."""
    query = select(OrganiserAccount.id).where(col(OrganiserAccount.entered_at).is_not(None)).limit(1)
    return session.exec(query).first() is not None


def roles_of(session: Session, account: OrganiserAccount) -> list[OrganiserRole]:
    """Every role of this organiser."""
    query = select(OrganiserRole).where(OrganiserRole.organiser_id == account.id)
    return list(session.exec(query.order_by(col(OrganiserRole.since), OrganiserRole.id)))


def places_of(session: Session, account: OrganiserAccount) -> list[tuple[Role, str]]:
    """Every role of this organiser with the name of its programme; no name for everywhere."""
    query = (
        select(OrganiserRole.role, Programme.name)
        .join(Programme, col(Programme.id) == OrganiserRole.programme_id, isouter=True)
        .where(OrganiserRole.organiser_id == account.id)
    )
    return [(Role(role), name or "") for role, name in session.exec(query.order_by(Programme.name))]


def with_safety(session: Session, organisation_id: str) -> set[str | None]:
    """The ids of the programmes in which somebody has the role safety; None among them for all."""
    query = select(OrganiserRole.programme_id).where(OrganiserRole.organisation_id == organisation_id)
    return set(session.exec(query.where(OrganiserRole.role == Role.SAFETY)))


def programme_ids(session: Session, organisation_id: str) -> list[str]:
    """Every programme of an organisation."""
    return list(session.exec(select(Programme.id).where(Programme.organisation_id == organisation_id)))


def owners(session: Session, organisation_id: str) -> set[str]:
    """The ids of those who own everything in an organisation."""
    query = select(OrganiserRole.organiser_id).where(OrganiserRole.organisation_id == organisation_id)
    return set(session.exec(query.where(OrganiserRole.role == Role.OWNER, col(OrganiserRole.programme_id).is_(None))))


def account(session: Session, organisation_id: str, organiser_id: str) -> OrganiserAccount:
    """The organiser with this id in that organisation. Raises NotFound, also for somebody else's."""
    query = select(OrganiserAccount).where(OrganiserAccount.id == organiser_id)
    found = session.exec(query.where(OrganiserAccount.organisation_id == organisation_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def by_address(session: Session, organisation_id: str, email_key: str) -> OrganiserAccount | None:
    """The organiser with this canonical address in that organisation."""
    query = select(OrganiserAccount).where(OrganiserAccount.email_key == email_key)
    return session.exec(query.where(OrganiserAccount.organisation_id == organisation_id)).one_or_none()


def entered(session: Session, organisation_id: str) -> list[OrganiserAccount]:
    """The organisers of an organisation who have been all the way in."""
    query = select(OrganiserAccount).where(OrganiserAccount.organisation_id == organisation_id)
    return list(session.exec(query.where(col(OrganiserAccount.entered_at).is_not(None)).order_by(OrganiserAccount.id)))


def named(session: Session, name: str) -> OrganiserAccount:
    """The organiser with this id or canonical address, for the command line. Raises NotFound."""
    query = select(OrganiserAccount).where((OrganiserAccount.id == name) | (OrganiserAccount.email_key == name))
    found = session.exec(query.order_by(OrganiserAccount.id)).first()
    if found is None:
        raise NotFound("There is no such organiser. coffee organiser list names them all.")
    return found


def with_address(session: Session, email_key: str) -> list[OrganiserAccount]:
    """The organisers who have this canonical address: one in each organisation."""
    query = select(OrganiserAccount).where(OrganiserAccount.email_key == email_key)
    return list(session.exec(query.order_by(OrganiserAccount.id)))


def everybody(
    session: Session, organisation_id: str | None = None
) -> list[tuple[OrganiserAccount, list[tuple[OrganiserRole, Programme | None]]]]:
    """All organisers by address, each with their roles and the programmes these are for."""
    accounts = select(OrganiserAccount).order_by(OrganiserAccount.email_key, OrganiserAccount.id)
    if organisation_id is not None:
        accounts = accounts.where(OrganiserAccount.organisation_id == organisation_id)
    found: dict[str, list[tuple[OrganiserRole, Programme | None]]] = {}
    roles = (
        select(OrganiserRole, Programme)
        .join(Programme, col(Programme.id) == OrganiserRole.programme_id, isouter=True)
        .order_by(col(Programme.slug), col(OrganiserRole.role))
    )
    for role, programme in session.exec(roles):
        found.setdefault(role.organiser_id, []).append((role, programme))
    return [(one, found.get(one.id, [])) for one in session.exec(accounts)]


def with_programmes(session: Session, account: OrganiserAccount) -> list[tuple[OrganiserRole, Programme | None]]:
    """Every role of this organiser, each with its programme."""
    (found,) = (roles for one, roles in everybody(session, account.organisation_id) if one.id == account.id)
    return found


def sessions_of(session: Session, account: OrganiserAccount) -> list[OrganiserSession]:
    """The browsers in which this organiser is signed in, the one used last first."""
    query = select(OrganiserSession).where(OrganiserSession.organiser_id == account.id)
    query = query.where(col(OrganiserSession.proven_at).is_not(None))
    return list(session.exec(query.order_by(col(OrganiserSession.seen_at).desc(), OrganiserSession.id)))


def recovery_codes(session: Session, account: OrganiserAccount) -> int:
    """How many recovery codes are left."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.organiser_id == account.id)
    return session.exec(query).one()


def sender_programme(session: Session, account: OrganiserAccount) -> Programme | None:
    """The programme in whose name an organiser is written to: one of theirs, or the first of the organisation."""
    mine = select(OrganiserRole.programme_id).where(OrganiserRole.organiser_id == account.id)
    theirs = select(Programme).where(Programme.organisation_id == account.organisation_id)
    first = col(Programme.id).in_(mine).desc()
    return session.exec(theirs.order_by(first, col(Programme.slug)).limit(1)).first()


def organisation(session: Session, organisation_id: str, *, lock: bool = False) -> Organisation:
    """The organisation; with `lock`, whoever else changes who organises it waits."""
    query = select(Organisation).where(Organisation.id == organisation_id)
    return session.exec(locked(query) if lock else query).one()
