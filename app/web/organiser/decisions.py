"""What needs an organiser: mail that cannot leave, work that nobody does, mails and rounds that wait for a word."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from sqlmodel import Session

import emails
from app.models import Cap, MailKind, Programme, Round, RoundState, Trust
from app.queries import outbox, stuck, watch
from app.services import guard
from app.services.mail_policy import needs_a_word
from app.services.rights import Rights
from app.settings import Settings
from app.web.organiser.frame import at, since
from app.workflows.channel import channel
from emails import phrase

UNSEEN = timedelta(minutes=2)
LATELY = timedelta(days=1)
WHILE = timedelta(days=14)
"""So long after a round was sent, a mail of it that came back is worth a repeat."""
UNDER_WAY = (RoundState.SENDING, RoundState.INTRODUCED)
HELD_BACK = {
    Cap.DOMAIN: phrase("for one domain"),
    Cap.SOURCE: phrase("from one network"),
    Cap.ALL: phrase("in all"),
}
"""In words, what an organiser can do something about; of one mailbox only the figures tell."""

Drawn = Sequence[tuple[Programme, Sequence[Round]]]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in words; what somebody else said, as they said it; where to look; and what to type, if anything.
    `about` is the id of the programme that it is about, and `check` says that all is well and waits to be looked at.
    """

    words: str
    said: str = ""
    programme: str = ""
    about: str = ""
    check: bool = False
    link: str = ""
    link_words: str = ""
    command: str = ""


State = Literal["needs", "check", "running", "quiet"]


def state_of(programme: Programme, rounds: Sequence[Round], items: Sequence[Item]) -> State:
    """How a programme stands, in one word."""
    mine = [item for item in items if item.about == programme.id]
    if any(not item.check for item in mine):
        return "needs"
    if any(round_.state in (RoundState.DRAFT, RoundState.SENDING) or round_.redraw for round_ in rounds):
        return "running"
    return "check" if mine else "quiet"


def of(session: Session, drawn: Drawn, settings: Settings, now: datetime, rights: Rights) -> list[Item]:
    """Everything, what holds up most first. What was said in confidence is for who looks after such things."""
    zone = drawn[0][0].time_zone if drawn else "UTC"
    trusted = [pair for pair in drawn if rights.may(Trust.CONCERNS, pair[0].id)]
    held = _all_held(session, drawn, trusted)
    return [
        *_service(session, settings, now, zone),
        *(_held(programme, held[programme.id]) for programme, _ in drawn if programme.id in held),
        *_unread(session, trusted),
        *_undelivered(session, drawn, now),
        *(item for programme, rounds in drawn for one in rounds for item in _round(programme, one, now)),
    ]


def _all_held(session: Session, drawn: Drawn, trusted: Drawn) -> Counter[str]:
    """How many mails are held, by programme."""
    open_ones = [kind for kind in MailKind if needs_a_word(kind) and kind != MailKind.CONCERN]
    found = Counter(outbox.held(session, [programme.id for programme, _ in drawn], open_ones))
    return found + Counter(outbox.held(session, [programme.id for programme, _ in trusted], [MailKind.CONCERN]))


def _service(session: Session, settings: Settings, now: datetime, zone: str) -> Iterator[Item]:
    resting = guard.paused(session)
    if resting is not None and resting.paused_since is not None:
        words = phrase("Sending has rested since %(moment)s.", moment=since(resting.paused_since, now, zone))
        yield Item(words, said=resting.reason or "", command="coffee mail guard")
    way_out = channel(session)
    if way_out is not None and way_out.trouble:
        words = phrase(
            "The mail server has refused us since %(moment)s. Mails wait, and it is tried again by itself.",
            moment=since(way_out.trouble_since or now, now, zone),
        )
        yield Item(words, said=way_out.trouble, command="coffee mail check")
    if not settings.sends_mail:
        words = phrase(
            "No mail server is set, so mails wait. Set %(server)s and %(sender)s.",
            server="COFFEE_SMTP_URL",
            sender="COFFEE_MAIL_FROM",
        )
        yield Item(words)
    seen = max((worker.seen_at for worker in watch.workers(session)), default=None)
    if seen is None or seen < now - UNSEEN:
        yield Item(_no_worker(seen, now, zone), command="coffee worker")
    held_back = [HELD_BACK[cap] for cap in watch.held_back_since(session, now - LATELY) if cap in HELD_BACK]
    if held_back:
        words = phrase(
            "Since yesterday, forms to join or to get a link were held back: too many %(reasons)s. "
            "If many of you join at once, make room: %(settings)s in the settings.",
            reasons=held_back,
            settings="COFFEE_REQUESTS_…",
        )
        yield Item(words)


def _no_worker(seen: datetime | None, now: datetime, zone: str) -> str:
    if seen is None:
        return phrase("No worker has been seen yet. Until one runs, no round is drawn and no mail leaves.")
    return phrase(
        "No worker has been seen since %(moment)s. Until one runs, no round is drawn and no mail leaves.",
        moment=since(seen, now, zone),
    )


def _held(programme: Programme, number: int) -> Item:
    words = emails.phrases(
        "%(count)s mail is held: handed over, and no answer came.",
        "%(count)s mails are held: handed over, and no answer came.",
        number,
    )
    link = f"/organiser/programmes/{programme.slug}/outbox?state=held"
    return Item(words, programme=programme.name, about=programme.id, link=link, link_words=phrase("Decide"))


def _unread(session: Session, drawn: Drawn) -> Iterator[Item]:
    """What somebody says is wrong and nobody could read: that it is so, and not a word more."""
    found = outbox.unread_concerns(session, [programme.id for programme, _ in drawn])
    for programme, _ in drawn:
        for fate in ("rejected", "expired"):
            number = found.get((programme.id, fate), 0)
            if number:
                words = emails.phrases(
                    "%(count)s mail in confidence could not be delivered. See to that mailbox, then send again.",
                    "%(count)s mails in confidence could not be delivered. See to that mailbox, then send again.",
                    number,
                )
                link = f"/organiser/programmes/{programme.slug}/outbox?state={fate}"
                yield Item(words, programme=programme.name, about=programme.id, link=link, link_words=phrase("Decide"))


def _undelivered(session: Session, drawn: Drawn, now: datetime) -> Iterator[Item]:
    """Mails of the round under way that came back or are kept back: until they are seen to, or it is too late."""
    for programme, rounds in drawn:
        newest = next((one for one in rounds if one.state in UNDER_WAY), None)
        if newest is None or (newest.sending_at or now) <= now - WHILE:
            continue
        about = partial(Item, programme=programme.name, about=programme.id)
        returned = stuck.returned_to_mend(session, newest)
        if returned:
            words = emails.phrases(
                "%(count)s introduction came back or was refused. See to the address, then send again.",
                "%(count)s introductions came back or were refused. See to their addresses, then send again.",
                returned,
            )
            yield about(
                words, link=f"/organiser/rounds/{newest.id}/watch?reason=returned", link_words=phrase("See to it")
            )
        kept = outbox.kept(session, newest)
        if kept:
            words = emails.phrases("%(count)s mail is kept back.", "%(count)s mails are kept back.", kept)
            yield about(words, link=f"/organiser/rounds/{newest.id}#kept", link_words=phrase("Look, then let it go"))


def _round(programme: Programme, round_: Round, now: datetime) -> Iterator[Item]:
    which = emails.Period(round_.period)
    about = partial(Item, programme=programme.name, about=programme.id, link=f"/organiser/rounds/{round_.id}")
    if round_.state == RoundState.DRAFT:
        words = phrase(
            "The round for %(period)s has waited to be drawn since %(moment)s.",
            period=which,
            moment=since(round_.opened_at, now, programme.time_zone),
        )
        tried = phrase("It has been tried without success; the log of the worker says why.") if round_.trouble else ""
        yield about(emails.together(words, tried), check=not round_.trouble, link_words=phrase("How far it is"))
    if round_.state == RoundState.MATCHED:
        words = phrase("The round for %(period)s is drawn and waits for a yes.", period=which)
        yield about(words, check=True, link_words=phrase("Look at the groups"))
    if round_.state == RoundState.APPROVED:
        words = phrase("The round for %(period)s is approved and not sent yet.", period=which)
        if round_.send_at is not None:
            moment = at(round_.send_at, now, programme.time_zone)
            words = phrase("The round for %(period)s is sent by itself %(moment)s.", period=which, moment=moment)
        look = phrase("Look, then send") if round_.send_at is None else phrase("Look at it before")
        yield about(words, check=True, link_words=look)
