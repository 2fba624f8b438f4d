"""What mails say, frozen as facts into outbox rows; `composing` turns them into bytes when they go.

Facts hold ids of links, never tokens.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlmodel import Session, select

from app.models import (
    AsksShown,
    Group,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    Placement,
    Programme,
    Purpose,
    Round,
    SeenBy,
    TopicKind,
)
from app.queries import participants as people_queries
from app.queries import pools, seats
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import links, mail_policy, outbox, own_words, ways
from app.services.drawing import STOOD_BACK
from app.services.due import Due
from emails import Phrase, from_json, phrase, phrases, to_json, together

Facts = dict[str, Any]


def frame_facts(session: Session, programme: Programme) -> Facts:
    """What surrounds every mail of a programme."""
    return frame_of(programme, programme_queries.organisation_of(session, programme).name)


def frame_of(programme: Programme, organisation: str) -> Facts:
    """The same, where it is known whose programme it is."""
    return {
        "programme": programme.name,
        "slug": programme.slug,
        "organisation": organisation,
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
    facts = {"frame": frame_facts(session, programme), "links": {"confirm": link.id}, "invited": is_invited(person)}
    if facts["invited"]:
        link.expires_at = now + links.INVITATION
    outbox.write(session, programme, MailKind.CONFIRM_SIGN_UP, link.id, facts, now=now, participant=person)


def is_invited(person: Participant) -> bool:
    """Whether it was an organiser who wrote this address down, and nobody has confirmed it yet."""
    return person.invited and person.confirmed_at is None


def queue_already_in(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str
) -> None:
    """To someone known who signed up again."""
    link = links.issue(session, secret_key, person, Purpose.MY_PAGE, now)
    facts = {
        "frame": frame_facts(session, programme),
        "links": {"my_page": link.id, "leave": _leave_link(session, person, now, secret_key)},
        "paused_until": _iso(person.paused_until),
    }
    outbox.write(session, programme, MailKind.ALREADY_IN, link.id, facts, now=now, participant=person)


def queue_my_page(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str
) -> None:
    """The way to one's own page."""
    link = links.issue(session, secret_key, person, Purpose.MY_PAGE, now)
    leave = _leave_link(session, person, now, secret_key)
    facts = {"frame": frame_facts(session, programme), "links": {"my_page": link.id, "leave": leave}}
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
    standing_in: bool = False,
) -> None:
    """One waiting mail a person: an introduction, or a kind word to whoever was left out. Groups come with who writes
    first. Groups that stand in for others of the same round (`standins`) are introduced at once, each on an occasion of
    its own.
    """
    frame = frame_facts(session, programme)
    groups = list(groups)
    everyone = [member.id for _, members, _ in groups for member in members]
    topics = people_queries.topics_of(session, everyone)
    teams = people_queries.teams_of(session, programme)
    for group, members, first in groups:
        for member in members:
            facts = introduction_facts(frame, round_, group, members, first, teams, topics)
            facts["me"] = member.id
            page = links.issue(session, secret_key, member, Purpose.CONVERSATION, now, group.id)
            facts["links"] = (
                choice_links(session, member, now, secret_key)
                | concern_link(session, member, group.id, now, secret_key)
                | {"conversation": page.id}
            )
            outbox.write(
                session,
                programme,
                MailKind.INTRODUCTION,
                f"{round_.period}/{group.id}" if standing_in else round_.period,
                facts,
                now=now,
                participant=member,
                round_=round_,
                released=standing_in,
            )
    for person in left_out:
        _write_left_out(session, programme, round_, person, frame, teams, now=now, secret_key=secret_key)


def introduction_facts(
    frame: Facts,
    round_: Round,
    group: Group,
    members: Sequence[Participant],
    first: Participant,
    teams: dict[str, str],
    topics: dict[str, dict[TopicKind, list[str]]],
) -> Facts:
    """What an introduction says about a group: who, why these, when, in which languages. Its page says the same."""
    return {
        "frame": frame,
        "period": round_.period,
        "group": group.id,
        "members": [
            member_facts(member, teams)
            | {"id": member.id, "about": to_json(about(member, topics[member.id])), "access": access_shown(member)}
            for member in members
        ],
        "writes_first": first.email,
        "common": group.facts,
        "times": _shared([topics[member.id][TopicKind.TIME] for member in members]),
        "languages": _shared([topics[member.id][TopicKind.LANGUAGE] for member in members]),
        "format": next((member.format.value for member in members if member.format), None),
        **own_words.facts_of(round_),
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
    facts: Facts = {
        "frame": frame,
        "period": round_.period,
        "member": member_facts(person, teams),
        "links": choice_links(session, person, now, secret_key),
    }
    place = session.get(Placement, (round_.id, person.id))
    if place is not None and place.left_out_code == STOOD_BACK:
        facts["offered"] = True
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


def as_written(session: Session, mail: Due) -> bool:
    """Whether a mail may go as it stands, for all that `make_true` looks at: nothing has changed that it tells. False
    means no more than that `make_true` must see to it.
    """
    if mail.kind != MailKind.INTRODUCTION or not mail_policy.has_words(mail):
        return mail.kind in mail_policy.TRUE_ALWAYS and mail_policy.has_words(mail)
    told = {member["id"]: member.get("access", "") for member in mail.facts["members"]}
    found = seats.seats(session, mail.programme_id, mail.round_id or "", list(told))
    return (
        len(found) == len(told) > 1
        and mail.participant_id in told
        and all(
            seat.group == mail.facts["group"]
            and seat.cannot_since is None
            and seat.state not in people_queries.NOT_HERE
            and (seat.access if seat.access_for == SeenBy.MATCH else "") == told[seat.person]
            and not seat.apart
            for seat in found
        )
    )


def make_true(session: Session, mail: OutgoingMail, *, now: datetime, secret_key: str) -> bool:
    """See that an introduction names only people who are here and may meet; called whenever one may have changed.

    Of three, the two who remain are introduced to each other. With nobody left to meet, the mail is put aside, its
    reader is told kindly, and the placement says so. Where reader or partner stand in another group by now, or the mail
    has no words any more, it alone is dropped. Returns False when the mail must not go.
    """
    if not mail_policy.has_words(mail):
        return drop(session, mail, mail_policy.WORDS_GONE, now)
    if mail.kind != MailKind.INTRODUCTION:
        return True
    programme = session.get_one(Programme, mail.programme_id)
    listed = [member["id"] for member in mail.facts["members"]]
    groups = round_queries.groups_by_person(session, mail.round_id or "", listed)
    if groups.get(mail.participant_id or "") != mail.facts["group"]:
        return drop(session, mail, mail_policy.INTRODUCES_NOBODY, now)
    unable = round_queries.unable_in(session, mail.facts["group"])
    if mail.participant_id in unable:
        return drop(session, mail, mail_policy.INTRODUCES_NOBODY, now)
    stay = [key for key in listed if groups.get(key) == mail.facts["group"] and key not in unable]
    here = people_queries.still_here(session, stay)
    together = not pools.kept_apart(session, programme.id, stay)
    if len(here) == len(listed) and together:
        _tell_access(session, mail, here)
        return True
    round_ = session.exec(select(Round).where(Round.id == mail.round_id)).one()
    me = next(iter(people_queries.still_here(session, [mail.participant_id or ""])), None)
    if me is not None and len(here) > 1 and together:
        _rewrite(session, programme, round_, mail, here)
        return True
    if set(groups.values()) != {mail.facts["group"]}:
        return drop(session, mail, mail_policy.INTRODUCES_NOBODY, now)
    _put_aside(session, programme, round_, mail, me, now=now, secret_key=secret_key)
    return False


def _tell_access(session: Session, mail: OutgoingMail, members: Sequence[Participant]) -> None:
    """What people need is told as they wish it now, and not as they wished it on the day of the draw."""
    now = {member.id: access_shown(member) for member in members}
    listed = mail.facts["members"]
    if any(told.get("access", "") != now.get(told["id"], "") for told in listed):
        mail.facts = mail.facts | {"members": [told | {"access": now.get(told["id"], "")} for told in listed]}
        mail.rendered = None
        session.add(mail)


def access_shown(person: Participant) -> str:
    """What somebody needs, where those they meet may read it."""
    return person.access if person.access_for == SeenBy.MATCH else ""


def drop(session: Session, mail: OutgoingMail, answer: str, now: datetime) -> Literal[False]:
    """Let a mail be that must not go; nothing else changes, and nobody is told. False, as `make_true` says it."""
    mail.state, mail.finished_at, mail.facts, mail.rendered = MailState.SUPPRESSED, now, {}, None
    mail.attempt_token = mail.claimed_by = mail.lease_until = None
    mail.answer = answer
    session.add(mail)
    return False


def _rewrite(
    session: Session, programme: Programme, round_: Round, mail: OutgoingMail, here: Sequence[Participant]
) -> None:
    """The same introduction without those who have gone; what named them is left out."""
    group = session.exec(select(Group).where(Group.id == mail.facts["group"])).one()
    first = next((person for person in here if person.email == mail.facts["writes_first"]), here[0])
    teams = people_queries.teams_of(session, programme)
    topics = people_queries.topics_of(session, [person.id for person in here])
    fresh = introduction_facts(frame_facts(session, programme), round_, group, here, first, teams, topics)
    mail.facts = fresh | {"me": mail.facts["me"], "links": mail.facts["links"], "common": []}
    mail.rendered = None  # what an earlier try said is not true any more
    session.add(mail)


def _put_aside(
    session: Session,
    programme: Programme,
    round_: Round,
    mail: OutgoingMail,
    me: Participant | None,
    *,
    now: datetime,
    secret_key: str,
) -> None:
    """The introduction has come to nothing: its reader, if here, gets a kind word and is left out of the round."""
    drop(session, mail, mail_policy.INTRODUCES_NOBODY, now)
    placement = session.get(Placement, (round_.id, mail.participant_id))
    if me is None or placement is None or placement.group_id is None:
        return
    ways.first_in_line(session, me.id)
    placement.group_id, placement.writes_first = None, False
    placement.left_out_code = "parted"
    placement.reason = "the group came apart before the introduction went out"
    session.add(placement)
    if not mail.attempts:
        session.delete(mail)  # never tried: the word that takes its place is the only mail of this round
    session.flush()
    teams = people_queries.teams_of(session, programme)
    frame = frame_facts(session, programme)
    told = _write_left_out(session, programme, round_, me, frame, teams, now=now, secret_key=secret_key)
    if round_.sending_at is not None:
        outbox.release(told, now)


def without(facts: Facts, person: Participant) -> Facts | None:
    """What a mail about several people says once one of them is erased; None when that leaves nobody to speak of. That
    somebody cannot meet is said without the name.
    """
    if facts.get("away_id") == person.id:
        return facts | {"away": None, "away_id": ""} if "looking" in facts else None
    if person.id in facts.get("other_ids", ()):
        kept = [pair for pair in zip(facts["other_ids"], facts["others"], strict=True) if pair[0] != person.id]
        return facts | {"other_ids": [key for key, _ in kept], "others": [name for _, name in kept]}
    members = [member for member in facts.get("members", ()) if member["id"] != person.id]
    if "frame" not in facts or not [member for member in members if member["id"] != facts.get("me")]:
        return None
    fewer = facts | {"members": members}
    if "common" in facts:
        fewer["common"] = []  # it names them
    if facts.get("writes_first") == person.email:
        fewer["writes_first"] = members[0]["address"]
    return fewer


def bare(facts: Facts) -> Facts:
    """What is left of a mail that has nobody to speak of: enough to know which meeting it was about, and no words."""
    return {"group": facts.get("group"), "members": [], "links": facts.get("links", {})}


def queue_partner_away(
    session: Session,
    programme: Programme,
    introduction: OutgoingMail,
    reader: Participant,
    away: Participant,
    *,
    now: datetime,
    secret_key: str,
) -> None:
    """To the reader of an introduction that names `away`, whose mailbox cannot be reached: once, without the reason."""
    teams = people_queries.teams_of(session, programme)
    round_ = session.exec(select(Round).where(Round.id == introduction.round_id)).one()
    beside = [member for member in introduction.facts["members"] if member["id"] not in (reader.id, away.id)]
    someone_new = links.issue(session, secret_key, reader, Purpose.SOMEONE_NEW, now)
    facts = {
        "frame": frame_facts(session, programme),
        "period": round_.period,
        "group": introduction.facts["group"],
        "member": member_facts(reader, teams),
        "away": member_facts(away, teams),
        "away_id": away.id,
        "others": [member["name"] for member in beside],
        "other_ids": [member["id"] for member in beside],
        "links": choice_links(session, reader, now, secret_key) | {Purpose.SOMEONE_NEW.value: someone_new.id},
    }
    outbox.write(
        session,
        programme,
        MailKind.PARTNER_AWAY,
        introduction.occasion,
        facts,
        now=now,
        participant=reader,
        round_=round_,
    )


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
        "certificate": to_json(certificate_sentences(round_)),
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
        phrase("Everybody who can be placed was placed.") if said["left_out"] == said["left_out_bound"] else "",
        phrases(
            "%(count)s pair has met before; fewer than %(bound)s is not possible.",
            "%(count)s pairs have met before; fewer than %(bound)s is not possible.",
            said["repeats"],
            bound=said["repeats_bound"],
        )
        if said["repeats"]
        else phrase("Nobody meets anybody again."),
        phrases(
            "%(count)s pair is of one team; fewer than %(bound)s is not possible.",
            "%(count)s pairs are of one team; fewer than %(bound)s is not possible.",
            said["same_team"],
            bound=said["same_team_bound"],
        )
        if said["same_team"]
        else phrase("Every pair crosses a team boundary."),
        phrase("This is proven to be the best that the rules allow.")
        if said["optimal_tiers"]
        else phrase("This is not proven to be the best."),
    ]
    return [line for line in (*lines, *from_json(round_.costs or [])) if line]


def _leave_link(session: Session, person: Participant, now: datetime, secret_key: str) -> str:
    """For the button of mail readers (RFC 8058): in every mail but the one that asks whether one wants any."""
    return links.issue(session, secret_key, person, Purpose.LEAVE, now).id


def choice_links(session: Session, person: Participant, now: datetime, secret_key: str) -> dict[str, str]:
    """Links that may stand in a mail which others will see quoted: skip, pause, leave, and nothing that opens one's
    data.
    """
    return {
        purpose.value: links.issue(session, secret_key, person, purpose, now).id
        for purpose in (Purpose.CHOICES, Purpose.LEAVE)
    }


def concern_link(
    session: Session, person: Participant, group_id: str, now: datetime, secret_key: str
) -> dict[str, str]:
    """The way to say that something is wrong, in every mail about a meeting. Its page tells nothing of what was said
    there before, because this link, too, may be quoted.
    """
    return {Purpose.CONCERN.value: links.issue(session, secret_key, person, Purpose.CONCERN, now, group_id).id}


def member_facts(person: Participant, teams: dict[str, str]) -> Facts:
    return {"name": person.name, "address": person.email, "team": teams.get(person.team_id or "", "")}


def _shared(lists: Sequence[list[str]]) -> list[str]:
    """What every list names, in the words and order of the first. Empty lists mean any and do not restrict."""
    said = [texts for texts in lists if texts]
    if not said:
        return []
    return [text for text in said[0] if all(text.casefold() in map(str.casefold, other) for other in said[1:])]


def about(person: Participant, topics: dict[TopicKind, list[str]]) -> Phrase:
    """What a person told us for those they meet, in a line; their asks unless nobody may read them."""
    asks, offers, likes = (", ".join(topics[kind]) for kind in (TopicKind.ASK, TopicKind.OFFER, TopicKind.INTEREST))
    told = asks and person.asks_shown != AsksShown.NOBODY
    return together(
        phrase("Would like help with %(topics)s.", topics=asks) if told else "",
        phrase("Can help with %(topics)s.", topics=offers) if offers else "",
        phrase("Likes to talk about %(topics)s.", topics=likes) if likes else "",
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
