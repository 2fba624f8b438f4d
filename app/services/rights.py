"""What organisers may do: roles, in one programme or in all of an organisation, become rights."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.models import OrganiserAccount, Role, Scope, Trust
from app.queries import organisers as queries
from app.services.keys import Principal, Right

MAY: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.ORGANISER: frozenset(Scope),
    Role.SAFETY: frozenset({Scope.READ, Trust.CONCERNS}),
    Role.OWNER: frozenset({*Scope, Trust.PEOPLE, Trust.KEYS}),
}
"""What somebody says is wrong is for whoever looks after that, and not for owners: they can take the role, and the
audit says so. Only where nobody has it do owners see that a mail in confidence could not be delivered.
"""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one organiser may do: in every programme, and in some of them besides."""

    organisation_id: str
    organiser_id: str
    everywhere: frozenset[Right]
    in_programme: Mapping[str, frozenset[Right]]

    @property
    def programmes(self) -> frozenset[str] | None:
        """The ids of the programmes that may be looked at; None for all."""
        if Scope.READ in self.everywhere:
            return None
        return frozenset(one for one, rights in self.in_programme.items() if Scope.READ in rights)

    def may(self, right: Right, programme_id: str | None) -> bool:
        """Whether this is allowed in that programme; without one, whether it is in all of them."""
        return right in self.everywhere or right in self.in_programme.get(programme_id or "", ())

    def may_somewhere(self, right: Right) -> bool:
        """Whether this is allowed in any place."""
        return right in self.everywhere or any(right in rights for rights in self.in_programme.values())

    def within(self, programme_id: str) -> Principal:
        """The caller, as far as that programme is concerned: with no right in any other."""
        rights = self.everywhere | self.in_programme.get(programme_id, frozenset())
        return Principal(self.organiser_id, self.organisation_id, programme_id, rights, "organiser")

    def at_large(self) -> Principal:
        """The caller where no programme is named: what is not a right everywhere is none. Whoever may not look at all
        programmes is bound to one that does not exist, so that what forgets to ask shows nothing.
        """
        bound = None if Scope.READ in self.everywhere else ""
        return Principal(self.organiser_id, self.organisation_id, bound, self.everywhere, "organiser")


def rights_of(session: Session, account: OrganiserAccount) -> Rights:
    """What this organiser may do now."""
    everywhere: frozenset[Right] = frozenset()
    in_programme: dict[str, frozenset[Right]] = {}
    roles = queries.roles_of(session, account)
    for role in roles:
        if role.programme_id is None:
            everywhere |= MAY[role.role]
        else:
            in_programme[role.programme_id] = in_programme.get(role.programme_id, frozenset()) | MAY[role.role]
    if any(role.role == Role.OWNER for role in roles):
        looked_after = queries.with_safety(session, account.organisation_id)
        if None not in looked_after:
            rest = {one: rights | {Trust.CONCERNS} for one, rights in in_programme.items() if Trust.PEOPLE in rights}
            in_programme |= {one: rights for one, rights in rest.items() if one not in looked_after}
            if Trust.PEOPLE in everywhere:
                without = set(queries.programme_ids(session, account.organisation_id)) - looked_after
                in_programme |= {one: in_programme.get(one, frozenset()) | {Trust.CONCERNS} for one in without if one}
    return Rights(account.organisation_id, account.id, everywhere, in_programme)
