"""Mails as organisers are shown them, and a word on many at once: all of a round or programme that have met a fate."""

from datetime import datetime

from sqlmodel import Session

from app.errors import BadInput, Fault
from app.models import NOTICES, MailKind, OutgoingMail, Programme, Round
from app.queries import outbox as queries
from app.queries import programmes as programme_queries
from app.queries.outbox import SHOWN_AS, Pile
from app.services import audit
from app.services.asking import QUESTIONS
from app.services.mail_policy import has_words
from app.services.second_tries import WORDS, Word
from emails import phrase

MOST = 1000
"""So many at one word: a transaction that everybody else waits for has to end."""

ASKED_AGAIN = (MailKind.CONFIRM_SIGN_UP, MailKind.ALREADY_IN, MailKind.MY_PAGE, MailKind.SIGN_IN)
"""Whoever waits for one of these can ask for a fresh one; an old one would hold a link that has ended."""

UNFINISHED = ("held", "rejected", "expired")

NOT_SHOWN = (*QUESTIONS, MailKind.SIGN_IN, MailKind.TEST_COPY, *NOTICES)
"""Who gets a question depends on who has answered; the others are an organiser's own."""


def every(programme: Programme, *, concerns: bool = False) -> Pile:
    """All mails of a programme that are counted; those in confidence only for who looks after such things."""
    return Pile(programme.id, without=() if concerns else (MailKind.CONCERN,))


def listed(programme: Programme, *, concerns: bool = False) -> Pile:
    """Those of them that are shown. Reminders and check-ins are not: who gets one depends on who has answered, and that
    is their own affair.
    """
    return Pile(programme.id, without=(*QUESTIONS, *every(programme, concerns=concerns).without))


def resendable(mail: OutgoingMail) -> bool:
    """Whether its fate is known or in doubt, its words are kept, and a repeat is of use."""
    return SHOWN_AS[mail.state] in UNFINISHED and mail.kind not in ASKED_AGAIN and has_words(mail)


def sendable(pile: Pile) -> Pile:
    """The mails of a pile that are worth a repeat."""
    return Pile(pile.programme_id, pile.round_id, (*pile.without, *ASKED_AGAIN))


def meant(pile: Pile, word: Word, state: str) -> Pile:
    """The mails that a word is about. Raises BadInput for a word that has no meaning for them."""
    if state not in (UNFINISHED if word == "resend" else ("held",)):
        remedy = phrase("Only mails that are held can be left; those that are rejected or expired can be sent again.")
        raise BadInput(Fault(phrase("The state"), phrase("is not one that this can be said of."), remedy))
    return sendable(pile) if word == "resend" else pile


def decide(
    session: Session,
    programme: Programme,
    round_: Round | None,
    pile: Pile,
    word: Word,
    state: str,
    until: datetime,
    *,
    now: datetime,
    actor: str,
) -> int:
    """Say it of all of them that met their fate until then, at most of `MOST`; how many that were. Raises BadInput."""
    lot = meant(pile, word, state)
    programme_queries.lock(session, programme.id)  # before the mails: as all who change a round do
    mails = queries.to_decide(session, lot, state, until, MOST)
    for mail in mails:
        WORDS[word](session, mail, now)
    if mails:
        audit.note(
            session,
            programme,
            now=now,
            actor=actor,
            action=f"mail.{word}_all",
            subject=round_.id if round_ else None,
            state=state,
            number=len(mails),
        )
    session.flush()
    return len(mails)
