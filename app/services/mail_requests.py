"""Forms that make us write to an address of a stranger's choosing: written down at the door, answered by the worker.

Every door of that kind goes through here. It does the same whoever has the address: it never looks whether somebody is
there, so that neither its page nor its time tells who is registered. What is held back is held back in silence.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session, col, delete, select

from app.models import LinkFor, MailKind, MailRequest, Participant, Programme, ProgrammeState
from app.queries import organisers
from app.queries import programmes as programme_queries
from app.services import caps, organiser_links, outbox, sign_in_letters, signups
from app.services.mail_policy import MOST_STUMBLES, USEFUL
from app.services.signups import SignUp
from app.settings import Settings

AT_ONCE = 100
"""So many are answered before the worker looks at its other work again."""

_FORM: TypeAdapter[SignUp] = TypeAdapter(SignUp)


def ask_to_join(session: Session, programme: Programme, form: SignUp, *, now: datetime) -> None:
    """Somebody wants to join, or says so."""
    said = _FORM.dump_python(form, mode="json")
    _write(session, form.address.key, now, programme_id=programme.id, form=said)


def ask_for_my_page(session: Session, address_key: str, *, now: datetime, programme: Programme | None = None) -> None:
    """Somebody wants the way to their page: in this programme, or in each that knows the address."""
    _write(session, address_key, now, programme_id=programme.id if programme else None)


def ask_to_sign_in(session: Session, address_key: str, browser: str, *, now: datetime) -> None:
    """Somebody wants to sign in as an organiser, in the browser whose cookie has this hash."""
    _write(session, address_key, now, programme_id=None, browser=browser)


def due(session: Session, now: datetime) -> list[str]:
    """The ids of requests that can be answered, oldest first."""
    query = select(MailRequest.id).where(MailRequest.not_before <= now)
    return list(session.exec(query.order_by(col(MailRequest.asked_at), MailRequest.id).limit(AT_ONCE)))


def answer(session: Session, request_id: str, settings: Settings, *, now: datetime) -> bool:
    """Write the mails that a request is worth, and forget it. False when another worker has it, or had it.

    What comes too late to be of use is forgotten without an answer.
    """
    request = session.exec(
        select(MailRequest).where(MailRequest.id == request_id).with_for_update(skip_locked=True)
    ).one_or_none()
    if request is None:
        return False
    session.delete(request)
    if now >= request.asked_at + _useful(request):
        return True
    if request.browser is not None:
        _sign_in(session, request, settings, now)
    elif request.form is None:
        _my_page(session, request, settings, now)
    else:
        _join(session, request, settings, now)
    return True


def put_off(session: Session, request_id: str, *, now: datetime, for_good: bool = False) -> None:
    """A request could not be answered: it is tried again later, and given up after a few times."""
    request = session.get(MailRequest, request_id, with_for_update=True)
    if request is None:
        return
    request.tries += 1
    request.not_before = now + outbox.back_off(request.id, request.tries)
    if for_good or request.tries >= MOST_STUMBLES:
        session.delete(request)
    else:
        session.add(request)


def forget(session: Session, person: Participant) -> None:
    """For who is erased: nothing that was asked before may bring them back."""
    session.exec(
        delete(MailRequest)
        .where(col(MailRequest.address_key) == person.email_key)
        .where(col(MailRequest.programme_id) == person.programme_id)
    )


def _useful(request: MailRequest) -> timedelta:
    if request.browser is not None:
        return organiser_links.LIFETIME[LinkFor.SIGN_IN]
    return USEFUL[MailKind.MY_PAGE if request.form is None else MailKind.CONFIRM_SIGN_UP]


def _write(
    session: Session,
    address_key: str,
    now: datetime,
    *,
    programme_id: str | None,
    form: dict[str, Any] | None = None,
    browser: str | None = None,
) -> None:
    session.add(
        MailRequest(
            programme_id=programme_id,
            address_key=address_key,
            form=form,
            browser=browser,
            asked_at=now,
            not_before=now,
        )
    )


def _sign_in(session: Session, request: MailRequest, settings: Settings, now: datetime) -> None:
    """One mail for each organisation in which an organiser has this address, while there is room for it."""
    for account in organisers.with_address(session, request.address_key):
        if _full(session, request, settings, now):
            return
        link = organiser_links.issue(session, settings.secret, LinkFor.SIGN_IN, now, account, browser=request.browser)
        sign_in_letters.write(session, account, link, now=now)


def _join(session: Session, request: MailRequest, settings: Settings, now: datetime) -> None:
    programme = programme_queries.lock(session, request.programme_id or "")
    if programme.state == ProgrammeState.CLOSED or _full(session, request, settings, now):
        return
    form = _FORM.validate_python(request.form)
    signups.sign_up(session, programme, form, now=now, secret_key=settings.secret)


def _my_page(session: Session, request: MailRequest, settings: Settings, now: datetime) -> None:
    """One mail for each programme, while there is room for it."""
    for programme in programme_queries.with_address(session, request.address_key):
        if request.programme_id not in (None, programme.id):
            continue
        if _full(session, request, settings, now):
            return
        signups.request_my_page(session, programme, request.address_key, now=now, secret_key=settings.secret)


def _full(session: Session, request: MailRequest, settings: Settings, now: datetime) -> bool:
    """Whether one more mail would be too many for this mailbox or its domain; counted if not."""
    return caps.take(session, settings, caps.of_mail(request.address_key), now=now) is not None
