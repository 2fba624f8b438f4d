"""Organisers: invited, given roles, and taken away again. An organisation that had an owner keeps one."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from app.errors import Conflict, NotFound
from app.files.addresses import Address
from app.models import LinkFor, Organisation, OrganiserAccount, OrganiserLink, OrganiserRole, Programme, Role
from app.queries import organisers as queries
from app.services import audit, organiser_links, organiser_sessions, second_factor, sign_in_letters
from emails import phrase


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was invited, by which link, and whether a mail with it was written."""

    account: OrganiserAccount
    link: OrganiserLink
    mailed: bool


def invite(
    session: Session,
    organisation: Organisation,
    address: Address,
    role: Role | None,
    programme: Programme | None = None,
    *,
    now: datetime,
    actor: str,
    secret_key: str,
) -> Invited:
    """Give somebody a role, and a link that lets them in. Without a role, a fresh link for who has one already:
    raises NotFound for anybody else.
    """
    queries.organisation(session, organisation.id, lock=True)
    if role is not None:
        account = appoint(session, organisation, address, role, programme, now=now)
    else:
        account = _known(session, organisation, address)
    link = organiser_links.issue(session, secret_key, LinkFor.INVITATION, now, account)
    mailed = sign_in_letters.write(session, account, link, now=now)
    place = (organisation.id, programme.id if programme else None)
    said = {"role": role.value} if role else {}
    audit.note_at(session, place, now=now, actor=actor, action="organiser.invite", subject=account.id, **said)
    return Invited(account, link, mailed)


def first_link(session: Session, secret_key: str, now: datetime) -> OrganiserLink | None:
    """A link for the very first organiser, while there is none; older ones are void."""
    if queries.anybody_entered(session):
        return None
    return organiser_links.issue(session, secret_key, LinkFor.FIRST, now)


def found(session: Session, organisation: Organisation, address: Address, *, now: datetime) -> OrganiserAccount:
    """Whoever opened the first link is the owner of everything."""
    queries.organisation(session, organisation.id, lock=True)
    if queries.anybody_entered(session):
        raise Conflict(phrase("There is an organiser already. Ask to be invited."))
    account = appoint(session, organisation, address, Role.OWNER, now=now)
    actor = f"organiser:{account.id}"
    place = (organisation.id, None)
    audit.note_at(session, place, now=now, actor=actor, action="organiser.found", subject=account.id)
    return account


def appoint(
    session: Session,
    organisation: Organisation,
    address: Address,
    role: Role,
    programme: Programme | None = None,
    *,
    now: datetime,
) -> OrganiserAccount:
    """The organiser with this address, new or known, who has this role there from now on."""
    account = queries.by_address(session, organisation.id, address.key) or _new(session, organisation, address, now)
    _give(session, account, role, programme, now)
    return account


def change_role(
    session: Session, account: OrganiserAccount, role: Role, programme: Programme | None, *, now: datetime, actor: str
) -> None:
    """Give this role in that place, and no other one there. Raises Conflict for the last owner."""
    _keep_an_owner(session, account, programme, role)
    _take(session, account, programme)
    _give(session, account, role, programme, now)
    place = (account.organisation_id, programme.id if programme else None)
    audit.note_at(session, place, now=now, actor=actor, action="organiser.role", subject=account.id, role=role.value)


def take_away(
    session: Session, account: OrganiserAccount, programme: Programme | None, *, now: datetime, actor: str
) -> bool:
    """No role in that place any more; whoever has none in any is gone. Raises Conflict as `change_role`."""
    _keep_an_owner(session, account, programme, None)
    _take(session, account, programme)
    place = (account.organisation_id, programme.id if programme else None)
    audit.note_at(session, place, now=now, actor=actor, action="organiser.take_away", subject=account.id)
    session.flush()
    if queries.roles_of(session, account):
        return False
    session.delete(account)
    return True


def forget_app(session: Session, account: OrganiserAccount, *, now: datetime, actor: str) -> None:
    """For who has lost phone and recovery codes: the next sign-in sets up a new app, and every session is over."""
    second_factor.forget(session, account)
    organiser_sessions.end_all(session, account)
    place = (account.organisation_id, None)
    audit.note_at(session, place, now=now, actor=actor, action="organiser.forget_app", subject=account.id)


def remove(session: Session, account: OrganiserAccount, *, now: datetime, actor: str) -> None:
    """Gone, with every role, session and link. Raises Conflict for the last owner."""
    _keep_an_owner(session, account, None, None)
    place = (account.organisation_id, None)
    audit.note_at(session, place, now=now, actor=actor, action="organiser.remove", subject=account.id)
    session.delete(account)


def _known(session: Session, organisation: Organisation, address: Address) -> OrganiserAccount:
    account = queries.by_address(session, organisation.id, address.key)
    if account is None:
        raise NotFound("There is no such organiser yet. Say which role they shall have.")
    return account


def _new(session: Session, organisation: Organisation, address: Address, now: datetime) -> OrganiserAccount:
    account = OrganiserAccount(
        organisation_id=organisation.id, email=address.mailbox, email_key=address.key, created_at=now
    )
    session.add(account)
    session.flush()
    return account


def _roles(session: Session, account: OrganiserAccount, programme: Programme | None) -> list[OrganiserRole]:
    query = select(OrganiserRole).where(OrganiserRole.organiser_id == account.id)
    return list(session.exec(query.where(OrganiserRole.programme_id == (programme.id if programme else None))))


def _give(session: Session, account: OrganiserAccount, role: Role, programme: Programme | None, now: datetime) -> None:
    if any(one.role == role for one in _roles(session, account, programme)):
        return
    session.add(
        OrganiserRole(
            organisation_id=account.organisation_id,
            organiser_id=account.id,
            programme_id=programme.id if programme else None,
            role=role,
            since=now,
        )
    )
    session.flush()


def _take(session: Session, account: OrganiserAccount, programme: Programme | None) -> None:
    for one in _roles(session, account, programme):
        session.delete(one)
    session.flush()


def _keep_an_owner(session: Session, account: OrganiserAccount, programme: Programme | None, role: Role | None) -> None:
    """Whoever does the same at the same moment waits, and then finds out."""
    queries.organisation(session, account.organisation_id, lock=True)
    if programme is None and role != Role.OWNER and queries.owners(session, account.organisation_id) == {account.id}:
        raise Conflict(phrase("This is the last owner. Make somebody else an owner first."))
