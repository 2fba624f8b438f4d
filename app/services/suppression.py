"""Addresses to which nothing is sent, known by a keyed hash: it outlives an erasure and names nobody.

Reasons from the mildest to the gravest: soft (a full mailbox, twice), hard (no such mailbox), complaint, organiser.
Source: research on reliability, I13, I14 and E23.
"""

import hmac
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, func, select

from app.files.addresses import canonical_key
from app.models import MailKind, Participant, Suppression, SuppressionReason
from app.security import derive_key
from app.services.due import Due

GRAVITY = (
    SuppressionReason.SOFT,
    SuppressionReason.HARD,
    SuppressionReason.COMPLAINT,
    SuppressionReason.ORGANISER,
)
ASKED_FOR = (MailKind.CONFIRM_SIGN_UP, MailKind.ALREADY_IN, MailKind.MY_PAGE)
PASSES: dict[SuppressionReason, tuple[MailKind, ...]] = {
    SuppressionReason.SOFT: (*ASKED_FOR, MailKind.SIGN_IN, MailKind.CONCERN),
    SuppressionReason.HARD: (*ASKED_FOR, MailKind.SIGN_IN, MailKind.CONCERN),
    SuppressionReason.COMPLAINT: (MailKind.CONFIRM_SIGN_UP, MailKind.SIGN_IN, MailKind.CONCERN),
    SuppressionReason.ORGANISER: (MailKind.CONCERN,),
}
"""What still goes to a suppressed address: only what somebody has just asked for there, so that the button in that mail
can show that the mailbox works again. `signups` limits how often. And what somebody says is wrong, always: a refusal of
it is seen, and no organiser can keep it from whoever is named to read it.
"""

_TABLE = SQLModel.metadata.tables["suppression"]
_REASON = select(_TABLE.c.reason).where(
    _TABLE.c.organisation_id == bindparam("organisation"), _TABLE.c.address_hash == bindparam("address")
)


def address_key(secret_key: str, address: str) -> str:
    """HMAC-SHA256 of the canonical address in hexadecimal, with a key for this purpose only."""
    key = derive_key(secret_key, "suppression")
    return hmac.digest(key, canonical_key(address).encode("utf-8", "surrogatepass"), "sha256").hex()


def suppress(
    session: Session,
    organisation_id: str,
    address: str,
    reason: SuppressionReason,
    *,
    status: str = "",
    secret_key: str,
    now: datetime,
) -> Suppression:
    """Send nothing to this address any more. A second time only a graver reason changes anything.

    `status` is the enhanced status code (RFC 3463) that said so, where there was one.
    """
    wanted = Suppression(
        organisation_id=organisation_id,
        address_hash=address_key(secret_key, address),
        reason=reason,
        status=status[:20],
        since=now,
    )
    found = _find(session, organisation_id, wanted.address_hash)
    if found is None:
        try:
            with session.begin_nested():
                session.add(wanted)
            return wanted
        except IntegrityError:  # somebody else was told the same at the same moment
            found = _find(session, organisation_id, wanted.address_hash)
            assert found is not None
    if GRAVITY.index(reason) > GRAVITY.index(found.reason):
        found.reason, found.status, found.since = reason, wanted.status, now
        session.add(found)
    return found


def suppressed(session: Session, organisation_id: str, address: str, *, secret_key: str) -> Suppression | None:
    """Why nothing is sent to this address, or None when mail may go."""
    return _find(session, organisation_id, address_key(secret_key, address))


def stops(session: Session, mail: Due, *, secret_key: str) -> bool:
    """Whether a suppression keeps this mail from going: see `PASSES`. Asked for every mail: no object is built."""
    named = {"organisation": mail.organisation_id, "address": address_key(secret_key, mail.recipient)}
    reason = session.connection().execute(_REASON, named).scalar_one_or_none()
    return reason is not None and mail.kind not in PASSES[reason]


def lift(
    session: Session,
    organisation_id: str,
    address: str,
    *,
    secret_key: str,
    reasons: tuple[SuppressionReason, ...] = GRAVITY,
) -> bool:
    """Let mail go to this address again, if one of `reasons` stopped it. Returns whether anything changed."""
    found = suppressed(session, organisation_id, address, secret_key=secret_key)
    if found is None or found.reason not in reasons:
        return False
    session.delete(found)
    session.flush()
    return True


def lift_by_own_act(session: Session, organisation_id: str, address: str, *, secret_key: str) -> bool:
    """A button in a mail to this address was pressed: the mailbox works, and its owner wants us. An organiser's word
    stays.
    """
    own = (SuppressionReason.SOFT, SuppressionReason.HARD, SuppressionReason.COMPLAINT)
    return lift(session, organisation_id, address, secret_key=secret_key, reasons=own)


def _find(session: Session, organisation_id: str, address_hash: str) -> Suppression | None:
    return session.get(Suppression, (organisation_id, address_hash))


def counts(session: Session) -> dict[str, int]:
    """How many addresses are closed, by reason."""
    rows = session.exec(select(Suppression.reason, func.count()).group_by(Suppression.reason)).all()
    found = {SuppressionReason(reason).value: number for reason, number in rows}
    return {reason.value: found.get(reason.value, 0) for reason in GRAVITY}


def known(session: Session, *, secret_key: str) -> list[tuple[str, Suppression]]:
    """The closed addresses of people who are in a programme now, by address; of the others nobody can tell."""
    rows = {(row.organisation_id, row.address_hash): row for row in session.exec(select(Suppression))}
    if not rows:
        return []
    people = session.exec(select(Participant.organisation_id, Participant.email).distinct()).all()
    found = ((email, rows.get((where, address_key(secret_key, email)))) for where, email in people)
    return sorted(((email, row) for email, row in found if row is not None), key=lambda pair: pair[0])
