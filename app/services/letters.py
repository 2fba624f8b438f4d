"""What mails say: facts frozen into outbox rows, and those rows turned into bytes at the moment of sending.

`queue_*` and `write_*` put facts into rows; `compose` is a pure function from a claimed row and the settings to a
message, so that each try sends the same bytes. Facts hold ids of links, never tokens.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

import emails
import matching
from app.errors import NotConfigured
from app.models import Group, MailKind, MailState, OutgoingMail, Participant, Placement, Programme, Purpose, Round
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.security import derive_key, mailed_token
from app.services import links, outbox
from app.settings import Settings

if TYPE_CHECKING:
    from app.services.rounds import Draw

Facts = dict[str, Any]


# Who is in it, why, and who begins


def facts_of(drawn: "Draw", keys: Sequence[str], people: dict[str, Participant]) -> list[str]:
    """Why these people, in sentences that all may read; languages and times stand elsewhere in the mail."""
    names = {key: people[key].name for key in keys}
    reason = matching.explain(drawn.rows.pool, drawn.policy, keys)
    return list(replace(reason, shared_languages=(), shared_times=()).sentences(names))


def who_writes_first(members: Sequence[Participant], so_far: dict[str, int], group_id: str) -> Participant:
    """Whoever has written first least often; between equals a lot that the group's id decides."""
    return min(
        members,
        key=lambda person: (
            so_far.get(person.id, 0),
            hashlib.sha256(f"{group_id}/{person.match_key}".encode()).digest(),
        ),
    )


def first_writers(session: Session, programme: Programme) -> dict[str, int]:
    """How often each participant has been asked to write first."""
    rows = session.exec(
        select(Placement.participant_id, func.count())
        .where(Placement.programme_id == programme.id)
        .where(col(Placement.writes_first).is_(True))
        .group_by(Placement.participant_id)
    )
    return dict(rows.all())


# Facts into rows


def frame_facts(session: Session, programme: Programme) -> Facts:
    """What surrounds every mail of a programme."""
    return {
        "programme": programme.name,
        "slug": programme.slug,
        "organisation": programme_queries.organisation_of(session, programme).name,
        "contact_name": programme.contact_name,
        "contact_email": programme.contact_email,
        "time_zone": programme.time_zone,
        "locale": programme.locale,
        "next_draw": _iso(programme.next_draw_on),
    }


def queue_confirmation(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str
) -> None:
    """The mail with the button that makes a sign-up count."""
    link = links.issue(session, secret_key, person, Purpose.CONFIRM, now)
    facts = {"frame": frame_facts(session, programme), "links": {"confirm": link.id}}
    outbox.write(session, programme, MailKind.CONFIRM_SIGN_UP, link.id, facts, now=now, participant=person)


def queue_already_in(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str
) -> None:
    """To someone known who signed up again."""
    link = links.issue(session, secret_key, person, Purpose.MY_PAGE, now)
    facts = {
        "frame": frame_facts(session, programme),
        "links": {"my_page": link.id},
        "paused_until": _iso(person.paused_until),
    }
    outbox.write(session, programme, MailKind.ALREADY_IN, link.id, facts, now=now, participant=person)


def queue_my_page(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str
) -> None:
    """The way to one's own page."""
    link = links.issue(session, secret_key, person, Purpose.MY_PAGE, now)
    facts = {"frame": frame_facts(session, programme), "links": {"my_page": link.id}}
    outbox.write(session, programme, MailKind.MY_PAGE, link.id, facts, now=now, participant=person)


def write_for_round(
    session: Session,
    programme: Programme,
    round_: Round,
    groups: Iterable[tuple[Group, Sequence[Participant], Participant]],
    left_out: Iterable[Participant],
    *,
    now: datetime,
    secret_key: str,
) -> None:
    """One waiting mail a person: an introduction, or a kind word to whoever was left out. Groups come with who writes
    first.
    """
    frame = frame_facts(session, programme)
    groups = list(groups)
    everyone = [member.id for _, members, _ in groups for member in members]
    topics = people_queries.topics_of(session, everyone)
    teams = people_queries.teams_of(session, programme)
    for group, members, first in groups:
        for member in members:
            facts = _introduction_facts(frame, round_, group, members, first, teams, topics)
            facts["me"] = member.id
            facts["links"] = _choice_links(session, member, now, secret_key)
            outbox.write(
                session,
                programme,
                MailKind.INTRODUCTION,
                round_.period,
                facts,
                now=now,
                participant=member,
                round_=round_,
                released=False,
            )
    for person in left_out:
        _write_left_out(session, programme, round_, person, frame, teams, now=now, secret_key=secret_key)


def _introduction_facts(
    frame: Facts,
    round_: Round,
    group: Group,
    members: Sequence[Participant],
    first: Participant,
    teams: dict[str, str],
    topics: dict[str, dict[Any, list[str]]],
) -> Facts:
    return {
        "frame": frame,
        "period": round_.period,
        "group": group.id,
        "members": [_member(member, teams) | {"id": member.id} for member in members],
        "writes_first": first.email,
        "common": group.facts,
        "times": _shared([topics[member.id]["time"] for member in members]),
        "languages": _shared([topics[member.id]["language"] for member in members]),
    }


def _write_left_out(
    session: Session,
    programme: Programme,
    round_: Round,
    person: Participant,
    frame: Facts,
    teams: dict[str, str],
    *,
    now: datetime,
    secret_key: str,
) -> OutgoingMail:
    facts = {
        "frame": frame,
        "period": round_.period,
        "member": _member(person, teams),
        "links": _choice_links(session, person, now, secret_key),
    }
    return outbox.write(
        session,
        programme,
        MailKind.LEFT_OUT,
        round_.period,
        facts,
        now=now,
        participant=person,
        round_=round_,
        released=False,
    )


def rewrite_without(
    session: Session,
    programme: Programme,
    round_: Round,
    group: Group,
    leaver: Participant,
    *,
    now: datetime,
    secret_key: str,
) -> None:
    """`leaver` has gone. Those of the group whose mail has not been claimed yet get one that is true: without that
    name.

    With nobody left to meet, the person is left out of the round; the mail that names the leaver is not sent.
    """
    members = [member for member in people_queries.group_members(session, group) if member.id != leaver.id]
    teams = people_queries.teams_of(session, programme)
    frame = frame_facts(session, programme)
    topics = people_queries.topics_of(session, [member.id for member in members])
    for member in members:
        mail = _unclaimed_introduction(session, round_, member)
        if mail is None:
            continue
        if len(members) > 1:
            mail.facts = _introduction_facts(frame, round_, group, members, members[0], teams, topics) | {
                "me": member.id,
                "links": mail.facts["links"],
                "common": [],
            }
            session.add(mail)
            continue
        session.delete(mail)
        placement = session.get_one(Placement, (round_.id, member.id))
        placement.group_id, placement.writes_first = None, False
        placement.left_out_code, placement.reason = (
            "partner_left",
            "the other person left before the introduction went out",
        )
        session.add(placement)
        session.flush()
        told = _write_left_out(session, programme, round_, member, frame, teams, now=now, secret_key=secret_key)
        if round_.sending_at is not None:
            outbox.release(told, now)


def _unclaimed_introduction(session: Session, round_: Round, member: Participant) -> OutgoingMail | None:
    return session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.round_id == round_.id)
        .where(OutgoingMail.participant_id == member.id)
        .where(OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(OutgoingMail.state == MailState.READY)
        .with_for_update()
    ).one_or_none()


def write_report(session: Session, programme: Programme, round_: Round, *, now: datetime) -> None:
    """How the round went, to the programme's contact, if it has one."""
    if not programme.contact_email:
        return
    counts = round_queries.counts(session, round_)
    facts = {
        "frame": frame_facts(session, programme),
        "period": round_.period,
        "round": round_.id,
        "counts": counts,
        "trios": round_queries.larger_groups(session, round_, programme.group_size),
        "certificate": certificate_sentences(round_),
    }
    outbox.write(
        session, programme, MailKind.ROUND_REPORT, round_.period, facts, now=now, address=programme.contact_email
    )


def certificate_sentences(round_: Round) -> list[str]:
    """The certificate in words an organiser can pass on."""
    said = round_.certificate or {}
    if not said:
        return []
    lines = [
        "Everybody who can be placed was placed." if said["left_out"] == said["left_out_bound"] else "",
        f"{said['repeats']} pairs have met before; fewer than {said['repeats_bound']} is not possible."
        if said["repeats"]
        else "Nobody meets anybody again.",
        f"{said['same_team']} pairs are of one team; fewer than {said['same_team_bound']} is not possible."
        if said["same_team"]
        else "Every pair crosses a team boundary.",
        "This is proven to be the best that the rules allow."
        if said["optimal_tiers"]
        else "This is not proven to be the best.",
    ]
    return [line for line in (*lines, *(round_.costs or ())) if line]


def _choice_links(session: Session, person: Participant, now: datetime, secret_key: str) -> dict[str, str]:
    """Links that may stand in a mail which others will see quoted: skip, pause, leave, and nothing that opens one's
    data.
    """
    return {
        purpose.value: links.issue(session, secret_key, person, purpose, now).id
        for purpose in (Purpose.CHOICES, Purpose.LEAVE)
    }


def _member(person: Participant, teams: dict[str, str]) -> Facts:
    return {"name": person.name, "address": person.email, "team": teams.get(person.team_id or "", "")}


def _shared(lists: Sequence[list[str]]) -> list[str]:
    """What every list names, in the words and order of the first. Empty lists mean any and do not restrict."""
    said = [texts for texts in lists if texts]
    if not said:
        return []
    return [text for text in said[0] if all(text.casefold() in map(str.casefold, other) for other in said[1:])]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# Rows into messages


def compose(parcel: outbox.Parcel, settings: Settings) -> emails.Message:
    """The message of a claimed row: the same for the same row and settings. Raises NotConfigured without a sender."""
    said = parcel.facts["frame"]
    frame = _frame(parcel, settings, said)
    facts, url = parcel.facts, _Urls(settings, parcel.facts)
    next_draw = _day(said["next_draw"])
    match parcel.kind:
        case MailKind.CONFIRM_SIGN_UP:
            return emails.confirm_sign_up(
                frame, emails.ConfirmSignUp(address=parcel.recipient, confirm_url=url("confirm"), next_draw=next_draw)
            )
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
                ),
            )
        case MailKind.INTRODUCTION:
            return emails.introduction(frame, _introduction(parcel, settings, url, next_draw))
        case MailKind.ROUND_REPORT:
            return emails.round_report(frame, _report(parcel, settings))


class _Urls:
    """Turns the link ids of a row into the URLs that its mail shows."""

    def __init__(self, settings: Settings, facts: Facts) -> None:
        self._settings = settings
        self._links = facts.get("links", {})

    def __call__(self, name: str) -> str:
        return f"{self._settings.base_url}/m/{mailed_token(self._settings.secret, self._links[name])}"

    def get(self, name: str) -> str | None:
        return self(name) if name in self._links else None


def sender(settings: Settings) -> tuple[str, str]:
    """Name and address of COFFEE_MAIL_FROM. Raises NotConfigured."""
    name, address = parseaddr(settings.mail_from or "")
    if "@" not in address:
        raise NotConfigured(
            "COFFEE_MAIL_FROM is not set. Set it to a sender such as: Coffee Trial <coffee@example.org>"
        )
    return name, address


def _frame(parcel: outbox.Parcel, settings: Settings, said: Facts) -> emails.Frame:
    _, address = sender(settings)
    domain = address.rpartition("@")[2]
    return emails.Frame(
        programme=said["programme"],
        organisation=said["organisation"],
        base_url=settings.base_url,
        sender=emails.Address(emails.sender_name(said["programme"], said["organisation"]), address),
        message_id=emails.message_id(derive_key(settings.secret, "message-id"), parcel.dedup_key, domain),
        date=parcel.released_at,
        organiser=emails.Address(said["contact_name"], said["contact_email"]) if said["contact_email"] else None,
        list_id=f"{said['slug']}.{domain}",
        unsubscribe_url=_Urls(settings, parcel.facts).get("leave"),
        locale=said["locale"],
    )


def _introduction(parcel: outbox.Parcel, settings: Settings, url: _Urls, next_draw: date | None) -> emails.Introduction:
    facts = parcel.facts
    zone = ZoneInfo(facts["frame"]["time_zone"])
    members = {
        member["id"]: emails.Member(name=member["name"], address=member["address"], team=member["team"])
        for member in facts["members"]
    }
    domain = sender(settings)[1].rpartition("@")[2]
    day = parcel.released_at.astimezone(zone).date()
    return emails.Introduction(
        recipient=members[facts["me"]],
        partners=tuple(member for key, member in members.items() if key != facts["me"]),
        period=facts["period"],
        writes_first=facts["writes_first"],
        choices_url=url("choices"),
        common=tuple(facts["common"]),
        times=tuple(facts["times"]),
        languages=tuple(facts["languages"]),
        draw_date=day,
        next_draw=next_draw if next_draw and next_draw > day else None,
        draft=emails.Draft(
            start=emails.usual_start(day + timedelta(days=3), zone),
            uid=emails.calendar_uid(derive_key(settings.secret, "calendar"), facts["group"], domain),
        ),
    )


def _report(parcel: outbox.Parcel, settings: Settings) -> emails.RoundReport:
    facts = parcel.facts
    counts = facts["counts"]
    mails = emails.MailCounts(**counts["messages"])
    round_url = f"{settings.base_url}/api/v1/rounds/{facts['round']}"
    decisions = []
    if mails.held:
        decisions.append(
            emails.Decision(
                f"{mails.held} mails were handed over but never acknowledged. Decide whether to send them again.",
                f"{round_url}/messages",
            )
        )
    return emails.RoundReport(
        organiser=parcel.recipient,
        period=facts["period"],
        state="introduced",
        round_url=round_url,
        people=counts["people"],
        groups=counts["groups"],
        left_out=counts["left_out"],
        trios=facts["trios"],
        mails=mails,
        certificate=tuple(facts["certificate"]),
        decisions=tuple(decisions),
    )


def envelope(parcel: outbox.Parcel, settings: Settings) -> emails.Envelope:
    """The bytes of a claimed row, past the guard, ready for a transport.

    Raises emails.UnsafeMessage or emails.BadAddress when no safe mail can be made of it, NotConfigured without a
    sender.
    """
    return emails.to_envelope(compose(parcel, settings))
