"""The second factor: six digits from an app (TOTP, RFC 6238), or one of ten recovery codes. Each is good for once.

A code is taken in its own half minute and in the one before or after it, for clocks that differ. Which step was used
last is written down by a conditional update, so that nobody can use what they have seen typed.
"""

import hmac
import re
from datetime import datetime

import pyotp
from sqlmodel import Session, col, delete, or_, update

from app.models import OrganiserAccount, RecoveryCode
from app.security import derive_key, factor_key, keyed_hash, new_id, new_recovery_code

STEP = 30
DRIFT = (0, -1, 1)
CODES = 10
DIGITS = re.compile(r"[0-9]{6}")
RECOVERY = re.compile(r"[a-z2-7]{16}")
ISSUER = "Coffee Trial"


def prepare(session: Session, account: OrganiserAccount) -> None:
    """Have a new factor at hand that can be set up; one that was not set up before is void."""
    account.factor_next = new_id("fac")
    session.add(account)


def uri_of(secret_key: str, account: OrganiserAccount) -> str:
    """What the picture for the app says."""
    assert account.factor_next is not None
    key = factor_key(secret_key, account.factor_next)
    return pyotp.TOTP(key, interval=STEP).provisioning_uri(name=account.email, issuer_name=ISSUER)


def typed_key(secret_key: str, account: OrganiserAccount) -> str:
    """The same for whoever types it: eight groups of four letters."""
    assert account.factor_next is not None
    key = factor_key(secret_key, account.factor_next)
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def set_up(session: Session, account: OrganiserAccount, code: str, *, now: datetime, secret_key: str) -> list[str]:
    """With a first right code the new factor is in use, and the old one is not; the recovery codes, shown once. Nothing
    when the code is wrong.
    """
    step = _step_of(secret_key, account.factor_next, code, now)
    if step is None:
        return []
    account.factor, account.factor_next, account.factor_step = account.factor_next, None, step
    session.add(account)
    return new_codes(session, account, secret_key)


def new_codes(session: Session, account: OrganiserAccount, secret_key: str) -> list[str]:
    """Ten recovery codes; those of before are void."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.organiser_id) == account.id))
    codes = [new_recovery_code() for _ in range(CODES)]
    session.add_all(RecoveryCode(organiser_id=account.id, hash=_hash(secret_key, account, code)) for code in codes)
    return codes


def forget(session: Session, account: OrganiserAccount) -> None:
    """Neither app nor recovery codes are good any more: a new app is set up at the next sign-in."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.organiser_id) == account.id))
    account.factor = account.factor_next = account.factor_step = None
    session.add(account)


def given(session: Session, account: OrganiserAccount, code: str, *, now: datetime, secret_key: str) -> bool:
    """Whether this is a right code of the factor in use, or a recovery code; either is spent by that."""
    typed = code.replace(" ", "").replace("-", "").lower()
    if RECOVERY.fullmatch(typed):
        spent = (
            delete(RecoveryCode)
            .where(col(RecoveryCode.organiser_id) == account.id)
            .where(col(RecoveryCode.hash) == _hash(secret_key, account, typed))
        )
        return session.exec(spent).rowcount == 1
    step = _step_of(secret_key, account.factor, typed, now)
    if step is None:
        return False
    used = session.exec(
        update(OrganiserAccount)
        .where(col(OrganiserAccount.id) == account.id)
        .where(or_(col(OrganiserAccount.factor_step).is_(None), col(OrganiserAccount.factor_step) < step))
        .values(factor_step=step)
    )
    return used.rowcount == 1


def _step_of(secret_key: str, factor: str | None, code: str, now: datetime) -> int | None:
    """The time step that this code belongs to."""
    typed = code.replace(" ", "")
    if factor is None or not DIGITS.fullmatch(typed):
        return None
    made = pyotp.TOTP(factor_key(secret_key, factor), interval=STEP)
    here = int(now.timestamp()) // STEP
    found = [here + drift for drift in DRIFT if hmac.compare_digest(made.generate_otp(here + drift), typed)]
    return found[0] if found else None


def _hash(secret_key: str, account: OrganiserAccount, code: str) -> str:
    return keyed_hash(derive_key(secret_key, "recovery-code"), f"{account.id}/{code.replace('-', '')}")
