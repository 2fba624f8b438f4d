"""A mail of a round as a test, to an organiser's own address: to be seen in one's own mail reader before it leaves.

Its row names the mail that it shows, and takes its words only when it is about to go: so it says what is true then, and
keeps nothing of somebody who has changed or erased something meanwhile. It counts in no round.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from app.errors import BadInput, Fault, NotFound, TooMany
from app.files.addresses import Address, parse_address
from app.models import MailKind, OrganiserAccount, OutgoingMail, Participant, Programme, Scope
from app.queries import organisers as organiser_queries
from app.services import audit, letters, mail_policy, outbox, own_words, readings
from app.services.rights import rights_of
from emails import phrase

MOST, SPAN = 10, timedelta(hours=1)
"""So many tests an address gets in so long."""


def write(
    session: Session, mail: OutgoingMail, account: OrganiserAccount, *, now: datetime, actor: str
) -> OutgoingMail:
    """Have the mail sent to this organiser as a test. The same words within one minute are the same. Raises NotFound
    for what is not to be read or has no words now, TooMany.
    """
    if not readings.readable(mail):
        raise NotFound(phrase("There is nothing to read here by that name."))
    programme = session.get_one(Programme, mail.programme_id)
    occasion = f"{mail.id}/{now:%Y%m%dT%H%M}{own_words.mark(mail.facts)}"
    mine = (OutgoingMail.kind == MailKind.TEST_COPY, OutgoingMail.recipient_key == account.email.casefold())
    here = select(OutgoingMail).where(*mine, OutgoingMail.programme_id == programme.id)
    same = session.exec(here.where(OutgoingMail.occasion == occasion)).one_or_none()
    if same is not None:
        return same
    lately = select(func.count()).select_from(OutgoingMail).where(*mine)
    if session.exec(lately.where(col(OutgoingMail.created_at) > now - SPAN)).one() >= MOST:
        raise TooMany(phrase("You have had many tests in the last hour. Try again in a while."))
    facts = {"frame": letters.frame_facts(session, programme), "of": mail.id}
    made = outbox.write(session, programme, MailKind.TEST_COPY, occasion, facts, now=now, address=account.email)
    audit.note(session, programme, now=now, actor=actor, action="mail.try", subject=mail.id)
    session.flush()
    return made


def organiser_by(session: Session, programme: Programme, typed: str) -> OrganiserAccount:
    """The organiser with this address who may look at the programme. Raises BadInput: a test goes to nobody else."""
    address = parse_address(typed)
    key = address.key if isinstance(address, Address) else ""
    found = organiser_queries.by_address(session, programme.organisation_id, key)
    if found is None or not rights_of(session, found).may(Scope.READ, programme.id):
        what = phrase("must be the address of an organiser of this programme.")
        raise BadInput(Fault("to", what, phrase("A test goes to nobody else.")))
    return found


def make_true(session: Session, mail: OutgoingMail, *, now: datetime) -> bool:
    """Take the words of the mail that is shown, as they are now and without what only those who meet may read. Returns
    False when there is nothing to show any more: see `letters`.
    """
    shown = session.get(OutgoingMail, mail.facts.get("of", ""))
    if shown is None or not readings.readable(shown):
        return letters.drop(session, mail, mail_policy.WORDS_GONE, now)
    reader = session.get(Participant, shown.participant_id) if shown.participant_id else None
    words = readings.for_organisers(shown.facts)
    frame = words["frame"] | ({"locale": reader.locale} if reader and reader.locale else {})
    mail.facts = words | {"frame": frame, "links": {}, "of": shown.id, "test_of": shown.kind.value}
    mail.rendered = None
    session.add(mail)
    return True
