"""Outbox rows turned into bytes as they go: the same row and settings give the same message, at each try."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import emails
from app.errors import NotConfigured
from app.models import NOTICES, MailKind
from app.security import derive_key, mailed_token, return_tag
from app.services import links, organiser_links, outbox, signups, times
from app.services.outbox import Parcel
from app.settings import Settings

Facts = dict[str, Any]


def compose(parcel: Parcel, settings: Settings) -> emails.Message:
    """The message of a claimed row: the same for the same row and settings. Raises NotConfigured without a sender."""
    said = parcel.facts["frame"]
    frame = _frame(parcel, settings, said)
    if parcel.kind in NOTICES:
        return _notice(parcel, frame, settings)
    return _to_people(parcel, frame, settings)


def _to_people(parcel: Parcel, frame: emails.Frame, settings: Settings) -> emails.Message:
    facts, url, next_draw = parcel.facts, _Urls(settings, parcel.facts), _next_draw(parcel)
    match parcel.kind:
        case MailKind.CONFIRM_SIGN_UP:
            return emails.confirm_sign_up(frame, _confirmation(parcel, url, next_draw))
        case MailKind.ALREADY_IN:
            until = _day(facts["paused_until"])
            return emails.already_in(
                frame,
                emails.AlreadyIn(
                    address=parcel.recipient,
                    my_page_url=url("my_page"),
                    status="paused" if until else "active",
                    paused_until=until,
                ),
            )
        case MailKind.MY_PAGE:
            return emails.my_page(frame, emails.MyPage(address=parcel.recipient, my_page_url=url("my_page")))
        case MailKind.LEFT_OUT:
            return emails.left_out(
                frame,
                emails.LeftOut(
                    recipient=emails.Member(**facts["member"]),
                    period=facts["period"],
                    choices_url=url("choices"),
                    next_draw=next_draw,
                    offered=facts.get("offered", False),
                ),
            )
        case MailKind.INTRODUCTION:
            return emails.introduction(frame, _introduction(parcel, settings, url, next_draw))
        case MailKind.PARTNER_AWAY | MailKind.CALLED_OFF:
            return _without_somebody(parcel, frame, settings, url)
        case MailKind.REMINDER | MailKind.CHECK_IN:
            return _question(parcel, replace(frame, references=(_thread_of(parcel, facts["thread"], settings),)), url)
        case MailKind.ROUND_REPORT | MailKind.SPONSOR_REPORT | MailKind.CONCERN | MailKind.SIGN_IN:
            return _to_who_runs_it(parcel, frame, settings)
        case MailKind.TEST_COPY:
            return _test_copy(parcel, frame, settings)
        case _:
            return _by_the_clock(parcel, settings, frame, next_draw)


def _test_copy(parcel: Parcel, frame: emails.Frame, settings: Settings) -> emails.Message:
    """Somebody's mail for an organiser to look at: its links are samples."""
    facts, url, next_draw = parcel.facts, _SampleUrls(settings, parcel.facts), _next_draw(parcel)
    if facts["test_of"] == MailKind.INTRODUCTION:
        said = _introduction(parcel, settings, url, next_draw)
        return emails.test_copy(frame, emails.TestCopy(parcel.recipient, said.recipient.name, said))
    reader = emails.Member(**facts["member"])
    left = emails.LeftOut(
        recipient=reader,
        period=facts["period"],
        choices_url=url("choices"),
        next_draw=next_draw,
        offered=facts.get("offered", False),
    )
    return emails.test_copy(frame, emails.TestCopy(parcel.recipient, reader.name, left))


def _confirmation(parcel: Parcel, url: "_Urls", next_draw: date | None) -> emails.ConfirmSignUp:
    asked = emails.ConfirmSignUp(address=parcel.recipient, confirm_url=url("confirm"), next_draw=next_draw)
    if not parcel.facts.get("invited"):
        return asked
    return replace(asked, invited=True, valid_days=links.INVITATION.days, forget_days=signups.INVITED.days)


def _to_who_runs_it(parcel: Parcel, frame: emails.Frame, settings: Settings) -> emails.Message:
    """A report of a round or a quarter, something wrong, or the way in."""
    if parcel.kind == MailKind.ROUND_REPORT:
        return emails.round_report(frame, _report(parcel))
    if parcel.kind == MailKind.SPONSOR_REPORT:
        return emails.sponsor_report(frame, _quarter(parcel, settings))
    if parcel.kind == MailKind.CONCERN:
        return emails.concern(frame, _concern(parcel.facts, settings))
    url = organiser_links.url_of(settings, parcel.facts["organiser_link"])
    return emails.sign_in(frame, emails.SignIn(parcel.recipient, url, invited=parcel.facts["invited"]))


def _notice(parcel: Parcel, frame: emails.Frame, settings: Settings) -> emails.Message:
    """How a programme stands, with a link to the page where something can be done, behind the door."""
    facts = parcel.facts
    said: Facts = {name: number for name, number in facts.items() if isinstance(number, int)}
    said |= {"address": parcel.recipient, "account_url": f"{settings.base_url}/organiser/account"}
    if parcel.kind == MailKind.NOT_DELIVERED:
        return emails.not_delivered(frame, emails.NotDelivered(url=_where_to_mend(parcel, settings), **said))
    said["period"], page = facts["period"], f"{settings.base_url}/organiser/rounds/{facts['round']}"
    if parcel.kind == MailKind.ROUND_READY:
        return emails.round_ready(frame, emails.RoundReady(url=page, **said))
    return emails.round_so_far(frame, emails.RoundSoFar(url=f"{page}/watch", **said))


def _where_to_mend(parcel: Parcel, settings: Settings) -> str:
    """The page of the round whose messages came to nothing; that of all mails where they are of none."""
    facts = parcel.facts
    if facts["round"]:
        return f"{settings.base_url}/organiser/rounds/{facts['round']}/watch#stuck"
    state = "rejected" if facts["returned"] else "expired" if facts["late"] else "held"
    return f"{settings.base_url}/organiser/programmes/{facts['frame']['slug']}/outbox?state={state}"


def _question(parcel: Parcel, frame: emails.Frame, url: "_Urls") -> emails.Message:
    """A reminder or a check-in."""
    said = _people(parcel.facts) | {
        "feedback_url": url("feedback"),
        "choices_url": url("choices"),
        "concern_url": url.get("concern"),
        "conversation_url": url.get("conversation"),
    }
    if parcel.kind == MailKind.REMINDER:
        return emails.reminder(frame, emails.Reminder(**said))
    return emails.check_in(frame, emails.CheckIn(next_draw=_next_draw(parcel), **said))


def _by_the_clock(parcel: Parcel, settings: Settings, frame: emails.Frame, next_draw: date | None) -> emails.Message:
    facts, url = parcel.facts, _Urls(settings, parcel.facts)
    if parcel.kind in (MailKind.CHECK_IN_AGAIN, MailKind.OUTCOME):
        frame = replace(frame, references=(_thread_of(parcel, facts["thread"], settings),))
        people = _people(facts)
        if parcel.kind == MailKind.OUTCOME:
            return emails.outcome(
                frame, emails.Outcome(outcome_url=url("outcome"), choices_url=url("choices"), **people)
            )
        again = emails.CheckInAgain(feedback_url=url("feedback"), choices_url=url("choices"), **people)
        return emails.check_in_again(frame, again)
    reader = emails.Member(**facts["member"])
    if parcel.kind == MailKind.BEFORE_DRAW:
        draw_on = date.fromisoformat(facts["draw_on"])
        return emails.before_draw(frame, emails.BeforeDraw(reader, draw_on, url("choices")))
    if parcel.kind == MailKind.WELCOME_BACK:
        return emails.welcome_back(frame, emails.WelcomeBack(reader, url("choices"), next_draw))
    if parcel.kind == MailKind.STILL_IN:
        return emails.still_in(frame, emails.StillIn(reader, url("still_in")))
    raise ValueError(f"there are no words for {parcel.kind}")


def _without_somebody(parcel: Parcel, frame: emails.Frame, settings: Settings, url: "_Urls") -> emails.Message:
    """Somebody whom the reader was to meet cannot be reached, cannot this time, or meets someone else."""
    facts = parcel.facts
    thread = _thread_of(parcel, facts.get("thread", parcel.occasion), settings)
    frame = replace(frame, references=(thread,))
    about: Facts = {
        "recipient": emails.Member(**facts["member"]),
        "away": emails.Member(**facts["away"]) if facts["away"] else None,
        "period": facts["period"],
        "others": tuple(facts["others"]),
    }
    if parcel.kind == MailKind.PARTNER_AWAY:
        return emails.partner_away(frame, emails.PartnerAway(someone_new_url=url("someone_new"), **about))
    off = emails.CalledOff(
        looking=facts["looking"],
        someone_new_url=url.get("someone_new"),
        next_draw=_next_draw(parcel),
        perhaps_met=facts.get("perhaps_met", False),
        conversation_url=url.get("conversation") if facts.get("own") else None,
        **about,
    )
    return emails.called_off(frame, off)


def _people(facts: Facts) -> Facts:
    """Who is asked, about whom, and for which round."""
    others = [{name: member[name] for name in ("name", "address", "team")} for member in facts["members"]]
    return {
        "recipient": emails.Member(**facts["member"]),
        "partners": tuple(emails.Member(**other) for other in others),
        "period": facts["period"],
    }


def _concern(facts: Facts, settings: Settings) -> emails.Concern:
    return emails.Concern(
        reader=emails.Member(**facts["reader"]),
        about=tuple(emails.Member(**{key: one[key] for key in ("name", "address", "team")}) for one in facts["about"]),
        period=facts["period"],
        words=facts["words"],
        conduct_url=f"{settings.base_url}/p/{facts['frame']['slug']}/conduct",
        writer=emails.Member(**facts["writer"]) if facts["writer"] else None,
        gone=facts["gone"],
    )


def _thread_of(parcel: Parcel, occasion: str, settings: Settings) -> str:
    """The Message-ID of the introduction, of that occasion, that this mail is about."""
    key = outbox.dedup_key(parcel.programme_id, occasion, MailKind.INTRODUCTION, parcel.recipient_key)
    return _message_id(key, settings)


def _message_id(dedup_key: str, settings: Settings) -> str:
    domain = sender(settings)[1].rpartition("@")[2]
    return emails.message_id(derive_key(settings.secret, "message-id"), dedup_key, domain)


class _Urls:
    """Turns the link ids of a row into the URLs that its mail shows."""

    def __init__(self, settings: Settings, facts: Facts) -> None:
        self._settings = settings
        self._links = facts.get("links", {})

    def __call__(self, name: str) -> str:
        return f"{self._settings.base_url}/m/{mailed_token(self._settings.secret, self._links[name])}"

    def get(self, name: str) -> str | None:
        return self(name) if name in self._links else None


class _SampleUrls(_Urls):
    """URLs of samples, which open nothing."""

    def __call__(self, name: str) -> str:
        return f"{self._settings.base_url}/m/{links.SAMPLE}{name.replace('_', '-')}"

    def get(self, name: str) -> str | None:
        return self(name)


def sender(settings: Settings) -> tuple[str, str]:
    """Name and address of COFFEE_MAIL_FROM. Raises NotConfigured."""
    name, address = _sender(settings.mail_from or "")
    if "@" not in address:
        raise NotConfigured(
            "COFFEE_MAIL_FROM is not set. Set it to a sender such as: Coffee Trial <coffee@example.org>"
        )
    return name, address


@lru_cache(16)  # asked for several times in each mail
def _sender(mail_from: str) -> tuple[str, str]:
    return parseaddr(mail_from)


def frame_of(parcel: Parcel, settings: Settings) -> emails.Frame:
    """What surrounds a mail, for one that shall only be looked at. Raises NotConfigured without a sender."""
    return _frame(parcel, settings, parcel.facts["frame"])


def _frame(parcel: Parcel, settings: Settings, said: Facts) -> emails.Frame:
    if parcel.locale in settings.languages.split(","):
        said = said | {"locale": parcel.locale}
    _, address = sender(settings)
    domain = address.rpartition("@")[2]
    return emails.Frame(
        programme=said["programme"],
        organisation=said["organisation"],
        base_url=settings.base_url,
        sender=emails.Address(emails.sender_name(said["programme"], said["organisation"], said["locale"]), address),
        message_id=_message_id(parcel.dedup_key, settings),
        date=parcel.released_at,
        organiser=emails.Address(said["contact_name"], said["contact_email"]) if said["contact_email"] else None,
        list_id=f"{said['slug']}.{domain}",
        unsubscribe_url=_Urls(settings, parcel.facts).get("leave"),
        locale=said["locale"],
        headers=((settings.mail_idempotency_header, parcel.id),) if settings.mail_idempotency_header else (),
    )


def _introduction(parcel: Parcel, settings: Settings, url: _Urls, next_draw: date | None) -> emails.Introduction:
    facts = parcel.facts
    zone = ZoneInfo(facts["frame"]["time_zone"])
    members = {
        member["id"]: emails.Member(
            name=member["name"],
            address=member["address"],
            team=member["team"],
            about=emails.from_json(member["about"]),
            access=member.get("access", ""),
        )
        for member in facts["members"]
    }
    day = parcel.released_at.astimezone(zone).date()
    return emails.Introduction(
        recipient=members[facts["me"]],
        partners=tuple(member for key, member in members.items() if key != facts["me"]),
        period=facts["period"],
        writes_first=facts["writes_first"],
        choices_url=url("choices"),
        concern_url=url.get("concern"),
        conversation_url=url.get("conversation"),
        common=tuple(emails.from_json(facts["common"])),
        times=tuple(map(times.said, facts["times"])),
        languages=tuple(facts["languages"]),
        format=facts.get("format"),
        **facts.get("own_words", {}),
        draw_date=day,
        next_draw=next_draw if next_draw and next_draw > day else None,
        draft=emails.Draft(
            start=emails.usual_start(first_day(facts["period"], day), zone),
            uid=calendar_uid(facts["group"], settings),
        ),
    )


def calendar_uid(group_id: str, settings: Settings) -> str:
    """The UID of a group's calendar entry, in its mail and on its page. Raises NotConfigured without a sender."""
    domain = sender(settings)[1].rpartition("@")[2]
    return emails.calendar_uid(derive_key(settings.secret, "calendar"), group_id, domain)


def first_day(period: str, sent: date) -> date:
    """From when on the conversation may be: the day before the week that names the round, or the day of the mail."""
    try:
        monday = datetime.strptime(f"{period}-1", "%G-W%V-%u").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return sent
    return max(sent, monday - timedelta(days=3))


def _report(parcel: Parcel) -> emails.RoundReport:
    facts = parcel.facts
    counts = facts["counts"]
    mails = emails.MailCounts(**counts["messages"])
    here = f"{facts['frame']['slug']} {facts['period']}"
    decisions = []
    if mails.held:
        words = emails.phrases(
            "%(count)s mail was handed over but never acknowledged. Decide whether to send it again.",
            "%(count)s mails were handed over but never acknowledged. Decide whether to send them again.",
            mails.held,
        )
        decisions.append(emails.Decision(words, f"coffee round mails {here} --state held"))
    return emails.RoundReport(
        organiser=parcel.recipient,
        period=facts["period"],
        state="introduced",
        command=f"coffee round status {here}",
        people=counts["people"],
        groups=counts["groups"],
        left_out=counts["left_out"],
        trios=facts["trios"],
        mails=mails,
        certificate=tuple(emails.from_json(facts["certificate"])),
        decisions=tuple(decisions),
    )


def _quarter(parcel: Parcel, settings: Settings) -> emails.SponsorReport:
    facts, url = parcel.facts, _Urls(settings, parcel.facts)
    told = {name: facts[name] for name in ("quarter", "rounds", "people", "introductions", "answered", "met")}
    return emails.SponsorReport(address=parcel.recipient, url=url("report"), stop_url=url("leave"), **told)


def envelope(parcel: Parcel, settings: Settings) -> emails.Envelope:
    """The bytes of a claimed row, past the guard, ready for a transport.

    A mail that was tried before leaves with the bytes of that try. Raises emails.UnsafeMessage or emails.BadAddress
    when no safe mail can be made of it, NotConfigured without a sender.
    """
    back = return_address(parcel, settings) or sender(settings)[1]
    if parcel.rendered is not None:
        return emails.Envelope(emails.ascii_address(back), emails.ascii_address(parcel.recipient), parcel.rendered)
    return emails.to_envelope(compose(parcel, settings), sender=back)


def return_address(parcel: Parcel, settings: Settings) -> str | None:
    """Where bounces of this mail go (VERP): the mailbox of the settings with a tag that names the mail."""
    if settings.mail_return_path is None:
        return None
    local, _, domain = settings.mail_return_path.rpartition("@")
    return f"{local}+{return_tag(settings.secret, parcel.id)}@{domain}"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _next_draw(parcel: Parcel) -> date | None:
    """The day of the next draw, if it is still to come when the mail leaves: one that has gone by is not promised."""
    said = parcel.facts["frame"]
    day = _day(said["next_draw"])
    return day if day and day >= parcel.released_at.astimezone(ZoneInfo(said["time_zone"])).date() else None
