"""What needs an organiser: mail that cannot leave, work that nobody does, mails and rounds that wait for a word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

import emails
from app.models import Cap, MailKind, Programme, Round, RoundState
from app.queries import outbox, watch
from app.services import guard
from app.services.mail_policy import needs_a_word
from app.settings import Settings
from app.web.organiser.frame import at
from app.workflows.channel import channel

UNSEEN = timedelta(minutes=2)
LATELY = timedelta(days=1)
HELD_BACK = {Cap.DOMAIN: "for one domain", Cap.SOURCE: "from one network", Cap.ALL: "in all"}
"""In words, what an organiser can do something about; of one mailbox only the figures tell."""

Drawn = Sequence[tuple[Programme, Sequence[Round]]]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in words; what somebody else said, as they said it; where to look; and what to type, if anything."""

    words: str
    said: str = ""
    programme: str = ""
    link: str = ""
    link_words: str = ""
    command: str = ""


def of(session: Session, drawn: Drawn, settings: Settings, now: datetime) -> list[Item]:
    """Everything, what holds up most first."""
    zone = drawn[0][0].time_zone if drawn else "UTC"
    held = outbox.held(session, [programme.id for programme, _ in drawn], [k for k in MailKind if needs_a_word(k)])
    return [
        *_service(session, settings, now, zone),
        *(_held(programme, held[programme.id]) for programme, _ in drawn if programme.id in held),
        *_unread(session, drawn),
        *(item for programme, rounds in drawn for one in rounds for item in _round(programme, one, now)),
    ]


def _service(session: Session, settings: Settings, now: datetime, zone: str) -> Iterator[Item]:
    resting = guard.paused(session)
    if resting is not None and resting.paused_since is not None:
        words = f"Sending has rested since {_since(resting.paused_since, now, zone)}."
        yield Item(words, said=resting.reason or "", command="coffee mail guard")
    way_out = channel(session)
    if way_out is not None and way_out.trouble:
        since = _since(way_out.trouble_since or now, now, zone)
        words = f"The mail server has refused us since {since}. Mails wait, and it is tried again by itself."
        yield Item(words, said=way_out.trouble, command="coffee mail check")
    if not settings.sends_mail:
        yield Item("No mail server is set, so mails wait. Set COFFEE_SMTP_URL and COFFEE_MAIL_FROM.")
    seen = max((worker.seen_at for worker in watch.workers(session)), default=None)
    if seen is None or seen < now - UNSEEN:
        when = f"since {_since(seen, now, zone)}" if seen else "yet"
        words = f"No worker has been seen {when}. Until one runs, no round is drawn and no mail leaves."
        yield Item(words, command="coffee worker")
    held_back = [HELD_BACK[cap] for cap in watch.held_back_since(session, now - LATELY) if cap in HELD_BACK]
    if held_back:
        words = f"Since yesterday, forms to join or to get a link were held back: too many {' and '.join(held_back)}."
        yield Item(f"{words} If many of you join at once, make room: COFFEE_REQUESTS_… in the settings.")


def _held(programme: Programme, number: int) -> Item:
    words = emails.phrases(
        "%(count)s mail is held: handed over, and no answer came.",
        "%(count)s mails are held: handed over, and no answer came.",
        number,
    )
    link = f"/organiser/programmes/{programme.slug}/outbox?state=held"
    return Item(words, programme=programme.name, link=link, link_words="Decide")


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
                yield Item(words, programme=programme.name, link=link, link_words="Decide")


def _round(programme: Programme, round_: Round, now: datetime) -> Iterator[Item]:
    which = emails.phrase("The round for %(period)s", period=emails.Period(round_.period))
    name, here = programme.name, f"{programme.slug} {round_.period}"
    if round_.state == RoundState.DRAFT:
        since = _since(round_.opened_at, now, programme.time_zone)
        tried = " It has been tried without success; the log of the worker says why." if round_.trouble else ""
        yield Item(f"{which} has waited to be drawn since {since}.{tried}", programme=name)
    if round_.state == RoundState.MATCHED:
        yield Item(f"{which} is drawn and waits for a yes.", programme=name, command=f"coffee round approve {here}")
    if round_.state == RoundState.APPROVED:
        yield Item(f"{which} is approved and not sent yet.", programme=name, command=f"coffee round send {here}")


def _since(moment: datetime, now: datetime, zone: str) -> str:
    return at(moment, now, zone).removeprefix("today at ")
