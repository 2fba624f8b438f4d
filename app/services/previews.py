"""Every mail of a programme as its people would get it, about people who do not exist: to look at, never to send.

Frame, words and bytes come about as those of real mails do, with the programme's own names, days and zone. What is made
up is in `emails.samples`; a link of a sample says that it is one, and opens nothing (`links.SampleLink`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from pydantic import SecretStr

import emails
from app.clock import local_date
from app.errors import NotConfigured, NotFound
from app.models import MailKind, Programme
from app.services import composing, concerns, hours, letters
from app.services.draw_days import pauses_of
from app.services.links import SAMPLE
from app.services.outbox import Parcel
from app.settings import Settings
from emails import Phrase, phrase, phrases, samples
from emails.samples import Scene

NO_SECRET = SecretStr("the samples of mails are signed by nobody")
"""Ids of samples are made with this key, so that none is ever the id of a real mail or meeting."""
SENDER = "Coffee Trial <coffee@example.org>"
OFF = phrase("Never: it is switched off in this programme")
NOBODY = phrase("Nobody yet: the programme names no such person")
NINE = time(9)


@dataclass(frozen=True, slots=True)
class Stage:
    """Whose mails are looked at, and when."""

    programme: Programme
    organisation: str
    settings: Settings
    now: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """A sample: its name, its kind, when such a mail is sent and to whom, in words, and the mail itself."""

    name: str
    kind: str
    when: str
    to_whom: str
    message: emails.Message

    @property
    def preheader(self) -> str:
        """The line that inboxes show beside the subject."""
        return samples.preheader(self.message.html)

    @property
    def eml(self) -> bytes:
        """The bytes that would leave."""
        return emails.to_bytes(self.message, smtputf8=emails.needs_smtputf8(self.message))


def previews(stage: Stage) -> Iterator[Preview]:
    """One of each kind with its variants, in the order in which people meet them."""
    return (preview(stage, name) for name in samples.SAMPLES)


def preview(stage: Stage, name: str) -> Preview:
    """The sample of that name. Raises NotFound."""
    sample = samples.SAMPLES.get(name)
    if sample is None:
        raise NotFound(phrase("There is no mail by that name."))
    settings = complete(stage.settings)
    sent = _sent(stage, sample.kind)
    frame = _frame(stage, sample.kind, settings, sent)
    return Preview(
        name=name,
        kind=sample.kind,
        when=_when(stage.programme, sample.kind),
        to_whom=_to_whom(stage.programme, sample.kind),
        message=sample.message(frame, _scene(stage, settings, sent)),
    )


def has_sender(settings: Settings) -> bool:
    """Whether the settings name a sender that mails can have."""
    try:
        emails.ascii_address(composing.sender(settings)[1])
    except (NotConfigured, emails.BadAddress):
        return False
    return True


def stand_in(settings: Settings, now: datetime) -> Stage:
    """A programme for who has none yet."""
    programme = Programme(
        slug="our-coffees",
        name="Our coffees",
        organisation_id="sample",
        contact_name=samples.AMIRA.name,
        contact_email=samples.AMIRA.address,
        created_at=now,
    )
    return Stage(programme, settings.organisation_name, settings, now)


def complete(settings: Settings) -> Settings:
    """The settings with a sender, and with a key that signs nothing: for mails that are only looked at."""
    told = {"secret_key": NO_SECRET} | ({} if has_sender(settings) else {"mail_from": SENDER})
    return settings.model_copy(update=told)


def _sent(stage: Stage, kind: str) -> datetime:
    """When such a mail would leave: now, or so many days before the next draw."""
    programme, zone = stage.programme, ZoneInfo(stage.programme.time_zone)
    day = programme.next_draw_on
    if kind != MailKind.BEFORE_DRAW or day is None or day <= local_date(stage.now, programme.time_zone):
        return stage.now
    return datetime.combine(
        hours.working_days_before(day, programme.announce_before or 1, pauses_of(programme)), NINE, zone
    )


def _frame(stage: Stage, kind: str, settings: Settings, sent: datetime) -> emails.Frame:
    """The frame of a real mail of that kind, and the thread of the introduction before it."""

    def of(kind: str) -> emails.Frame:
        # What is no kind of the outbox (the mail that tests the way) has a frame like all the others.
        known = MailKind(kind) if kind in list(MailKind) else MailKind.ROUND_REPORT
        parcel = Parcel(
            id="msg_sample",
            token="",
            kind=known,
            programme_id=SAMPLE,
            occasion=kind,
            recipient=samples.SAM.address,
            recipient_key=SAMPLE,
            facts={"frame": letters.frame_of(stage.programme, stage.organisation)},
            released_at=sent,
            attempts=1,
        )
        return composing.frame_of(parcel, settings)

    introduction = of(MailKind.INTRODUCTION).message_id
    return replace(of(kind), references=(introduction,), unsubscribe_url=_link(settings)("leave"))


def _link(settings: Settings) -> Callable[[str], str]:
    return lambda what: f"{settings.base_url}/m/{SAMPLE}{what.replace('_', '-')}"


def _scene(stage: Stage, settings: Settings, sent: datetime) -> Scene:
    programme = stage.programme
    today = local_date(sent, programme.time_zone)
    draw = programme.next_draw_on
    reader = concerns.reader_of(programme, [])
    made = Scene(
        link=_link(settings),
        today=today,
        zone=ZoneInfo(programme.time_zone),
        calendar_uid=composing.calendar_uid(SAMPLE, settings),
        conduct_url=f"{settings.base_url}/p/{programme.slug}/conduct",
        command=programme.slug,
        next_draw=draw if draw and draw >= today else None,
        reader=emails.Member(reader.name, reader.address) if reader else samples.AMIRA,
        organiser=programme.contact_email or samples.AMIRA.address,
        sponsor=programme.sponsor_email or Scene.sponsor,
        opening=programme.intro_opening,
        closing=programme.intro_closing,
        subject=programme.intro_subject,
    )
    return replace(made, announced=(draw - today).days) if draw and draw > today else made


def _when(programme: Programme, kind: str) -> str:
    told = WHEN[kind]
    return told if isinstance(told, str) else told(programme)


def _after(number: int, told: Callable[[int], Phrase]) -> Phrase:
    """`4 working days after the introduction`, or that it is switched off."""
    return told(number) if number else OFF


def _before_draw(programme: Programme) -> Phrase:
    if programme.announce_before and programme.next_draw_on is None:
        return phrase("Not yet: the day of the next draw is not set")
    return _after(
        programme.announce_before,
        lambda number: phrases("%(count)s working day before a draw", "%(count)s working days before a draw", number),
    )


def _reminder(number: int) -> Phrase:
    return phrases(
        "%(count)s working day after the introduction", "%(count)s working days after the introduction", number
    )


def _check_in(number: int) -> Phrase:
    return phrases(
        "%(count)s day after the introduction, or on the day after the one they arranged",
        "%(count)s days after the introduction, or on the day after the one they arranged",
        number,
    )


def _check_in_again(number: int) -> Phrase:
    return phrases("%(count)s working day after that question", "%(count)s working days after that question", number)


def _outcome(number: int) -> Phrase:
    return phrases("%(count)s day after the introduction", "%(count)s days after the introduction", number)


def _still_in(number: int) -> Phrase:
    return phrases("%(count)s round without a sign", "%(count)s rounds without a sign", number)


WHEN: Mapping[str, str | Callable[[Programme], str]] = {
    MailKind.CONFIRM_SIGN_UP: phrase("At once, when somebody asks to join"),
    MailKind.ALREADY_IN: phrase("At once, when somebody who is in asks to join"),
    MailKind.MY_PAGE: phrase("At once, when somebody asks for the link to their page"),
    MailKind.BEFORE_DRAW: _before_draw,
    MailKind.INTRODUCTION: phrase("When a round is sent, or when someone new is found"),
    MailKind.LEFT_OUT: phrase("When a round is sent"),
    MailKind.CALLED_OFF: phrase("At once, when somebody says that they cannot, or asks for someone new"),
    MailKind.PARTNER_AWAY: phrase("When the introduction of somebody comes back"),
    MailKind.REMINDER: lambda one: _after(one.remind_after, _reminder),
    MailKind.CHECK_IN: lambda one: _after(one.check_in_after, _check_in),
    MailKind.CHECK_IN_AGAIN: lambda one: _after(one.check_in_again_after if one.check_in_after else 0, _check_in_again),
    MailKind.OUTCOME: lambda one: _after(one.outcome_after, _outcome),
    MailKind.STILL_IN: lambda one: _after(one.hold_after, _still_in),
    MailKind.WELCOME_BACK: lambda one: phrase("On the day on which a pause ends") if one.welcome_back else OFF,
    MailKind.CONCERN: phrase("At once, when somebody says that something is wrong"),
    MailKind.ROUND_READY: phrase("When a round was drawn by itself and waits for a yes"),
    MailKind.ROUND_SO_FAR: phrase("Once a round, when half of its time is over"),
    MailKind.NOT_DELIVERED: phrase("An hour after the first message that came to nothing, once a day at most"),
    MailKind.ROUND_REPORT: phrase("When all mails of a round have met their fate"),
    MailKind.SPONSOR_REPORT: phrase("Once a quarter, on the first working morning after it, if a round was sent"),
    MailKind.SIGN_IN: phrase("At once, when an organiser wants to sign in, or is invited"),
    MailKind.TEST_COPY: phrase("At once, when an organiser wants to see a mail before it leaves"),
    "test_mail": phrase("When you ask for it: coffee mail test"),
}
"""When a mail of each kind leaves."""

TO_WHOM: Mapping[str, str] = {
    MailKind.CONFIRM_SIGN_UP: phrase("The address that was typed in"),
    MailKind.ALREADY_IN: phrase("The address that was typed in"),
    MailKind.MY_PAGE: phrase("The address that was typed in, if it is in"),
    MailKind.BEFORE_DRAW: phrase("Everybody who is in the draw"),
    MailKind.INTRODUCTION: phrase("Everybody in a group"),
    MailKind.LEFT_OUT: phrase("Whoever the draw left over"),
    MailKind.CALLED_OFF: phrase("The others of the group"),
    MailKind.PARTNER_AWAY: phrase("The others of the group"),
    MailKind.REMINDER: phrase("Groups of whom nobody has said a word"),
    MailKind.CHECK_IN: phrase("Who has not said whether they met"),
    MailKind.CHECK_IN_AGAIN: phrase("Who has still not said whether they met"),
    MailKind.OUTCOME: phrase("Who has said that they met"),
    MailKind.STILL_IN: phrase("Who gave no sign, once"),
    MailKind.WELCOME_BACK: phrase("Who has paused"),
    MailKind.ROUND_READY: phrase("Organisers who may send, unless they have switched it off"),
    MailKind.ROUND_SO_FAR: phrase("Organisers who may look, where they have switched it on"),
    MailKind.NOT_DELIVERED: phrase("Organisers who may send, unless they have switched it off"),
    MailKind.SIGN_IN: phrase("The address that was typed in, if it is an organiser’s"),
    MailKind.TEST_COPY: phrase("The organiser who asked for it, and nobody else"),
    "test_mail": phrase("Whom you name"),
}
"""Who gets a mail of each kind, but for the three that go to somebody who is named."""


def _to_whom(programme: Programme, kind: str) -> str:
    if kind == MailKind.ROUND_REPORT:
        return _named(programme.contact_name, programme.contact_email)
    if kind == MailKind.SPONSOR_REPORT:
        return _named(programme.sponsor_name, programme.sponsor_email)
    if kind == MailKind.CONCERN:
        reader = concerns.reader_of(programme, [])
        return _named(reader.name, reader.address) if reader else NOBODY
    return TO_WHOM[kind]


def _named(name: str, address: str | None) -> str:
    return " ".join(part for part in (emails.clean_name(name), address) if part) if address else NOBODY
