"""Rows as answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from app.api import answers, import_answers
from app.models import (
    AsksShown,
    ImportJob,
    ImportState,
    MailEvent,
    OutgoingMail,
    Participant,
    ParticipantState,
    Programme,
    Round,
    RoundState,
    Scope,
    SeenBy,
    TopicKind,
)
from app.queries import changes, directory, moving, reports, stuck
from app.queries import outbox as outbox_queries
from app.queries import participants as people_queries
from app.queries import rounds as queries
from app.queries.directory import Which
from app.queries.stuck import Reason
from app.services import draw_days, drawing, figures, mail_policy, many_mails, redraws, reminding
from app.services.figures import Caution
from app.services.keys import Principal
from app.services.moves import BY_HAND, EXCLUDED, LATE, REASONS
from app.settings import Settings
from emails import from_json
from matching import WITHOUT_A_GROUP

MERGED_REASON = "could not be placed under the rules of this round"
OPEN_REASONS = frozenset(
    {
        "nobody else takes part in this round",
        "the other person left before the introduction went out",
        drawing.SAT_OUT,
        *(REASONS[code] for code in (EXCLUDED, BY_HAND, LATE)),
    }
)
"""Reasons that no block has a part in. All others read the same for a key that may only look: blocks are secret."""


def programme(session: Session, row: Programme) -> answers.ProgrammeAnswer:
    """A programme with its numbers."""
    return answers.ProgrammeAnswer(
        id=row.id,
        slug=row.slug,
        name=row.name,
        purpose=row.purpose,
        success=row.success,
        rhythm=row.rhythm,
        draw_every=row.draw_every,
        next_draw_on=row.next_draw_on,
        next_draws=[one.day for one in draw_days.to_come(row)],
        pauses=row.pauses,
        sends_itself=row.sends_itself,
        contact_name=row.contact_name,
        contact_email=row.contact_email,
        time_zone=row.time_zone,
        state=row.state,
        joining=row.joining,
        opens_on=row.opens_on,
        capacity=row.capacity,
        invitation_only=row.invitation_only,
        domains=row.domains,
        group_size=row.group_size,
        interest_rule=row.interest_rule,
        quality=row.quality,
        shadows=row.shadows,
        teams_apart=row.teams_apart,
        no_repeat_for=row.no_repeat_for,
        odd_one=row.odd_one,
        lines_apart=row.lines_apart,
        sponsor_name=row.sponsor_name,
        sponsor_role=row.sponsor_role,
        sponsor_words=row.sponsor_words,
        sponsor_email=row.sponsor_email,
        sponsor_stopped_at=reports.stopped_at(session, row),
        conduct=row.conduct,
        safe_name=row.safe_name,
        safe_email=row.safe_email,
        controller=row.controller,
        intro_opening=row.intro_opening,
        intro_closing=row.intro_closing,
        intro_subject=row.intro_subject,
        remind_after=row.remind_after,
        check_in_after=row.check_in_after,
        check_in_again_after=row.check_in_again_after,
        outcome_after=row.outcome_after,
        announce_before=row.announce_before,
        hold_after=row.hold_after,
        welcome_back=row.welcome_back,
        mails_a_round=row.mails_a_round,
        mail_from_hour=row.mail_from_hour,
        mail_until_hour=row.mail_until_hour,
        page=f"/p/{row.slug}",
        people=directory.by_shown_state(session, row),
    )


def participants(
    session: Session, programme: Programme, people: Sequence[Participant]
) -> list[answers.ParticipantAnswer]:
    """People of one programme with their teams and topics."""
    teams = people_queries.teams_of(session, programme)
    topics = people_queries.topics_of(session, [person.id for person in people])
    return [_participant(person, teams.get(person.team_id or "", ""), topics[person.id]) for person in people]


def people_page(
    session: Session, programme: Programme, cursor: str, limit: int, *, state: Which | None = None, words: str = ""
) -> answers.ParticipantPage:
    """At most `limit` people whose id comes after `cursor`: all, or those in a state, or with these words in name or
    address.
    """
    found = directory.by_id(session, programme, state, words.strip(), after=cursor, limit=limit + 1)
    people = found[:limit]
    return answers.ParticipantPage(
        participants=participants(session, programme, people),
        next_cursor=people[-1].id if len(found) > limit else None,
    )


def _participant(row: Participant, team: str, topics: Mapping[TopicKind, Sequence[str]]) -> answers.ParticipantAnswer:
    state = directory.shown_state(row)
    return answers.ParticipantAnswer(
        id=row.id,
        known_as=row.match_key,
        email=row.email,
        name=row.name,
        team=team,
        location=row.location,
        state=state,
        size=row.size,
        topics=answers.TopicsAnswer(
            interests=list(topics[TopicKind.INTEREST]),
            asks=[] if row.asks_shown == AsksShown.NOBODY else list(topics[TopicKind.ASK]),
            offers=list(topics[TopicKind.OFFER]),
            languages=list(topics[TopicKind.LANGUAGE]),
            times=list(topics[TopicKind.TIME]),
        ),
        manager_email=row.manager_email,
        time_zone=row.time_zone,
        locale=row.locale,
        skip_next=row.skip_next,
        often=row.often,
        host=row.host,
        may_sit_out=row.may_sit_out,
        in_next=row.in_next and state == ParticipantState.ACTIVE,
        format=row.format,
        access=row.access if row.access_for == SeenBy.ORGANISER else "",
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        left_at=row.left_at,
    )


def import_job(programme: Programme, row: ImportJob) -> import_answers.ImportJobAnswer:
    """An import of many lines."""
    return import_answers.ImportJobAnswer(
        id=row.id,
        programme=programme.slug,
        state=row.state,
        lines=row.lines,
        written=row.written,
        progress=row.written / row.lines if row.lines else float(row.state == ImportState.DONE),
        usable=import_answers.ImportCounts(**row.usable),
        errors=row.errors,
        report=import_answers.ImportReport(**row.counts),
        trouble="It failed and is tried again by itself. The log of the worker says why." if row.trouble else None,
        verdicts=[import_answers.VerdictAnswer(**verdict) for verdict in row.verdicts],
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def round_summary(programme: Programme, row: Round) -> answers.RoundSummary:
    """A round in a list."""
    return answers.RoundSummary(**_round_fields(programme, row))


def round_(session: Session, programme: Programme, row: Round, caller: Principal) -> answers.RoundAnswer:
    """A round in full."""
    counts = answers.RoundCounts.model_validate(queries.counts(session, row))
    kept = outbox_queries.kept(session, row)
    return answers.RoundAnswer(
        **_round_fields(programme, row),
        policy=row.policy,
        counts=counts,
        kept=kept,
        remind_from=reminding.possible_from(programme, row),
        certificate=row.certificate,
        costs=_costs(row, counts.left_out, caller),
        redraws=row.redraws,
        drawing_again=row.redraw is not None,
        figures=answers.FiguresAnswer(**row.figures) if row.figures else None,
        needs_decision=list(_decisions(row, counts.messages, kept)),
        input_fingerprint=row.input_fingerprint,
        code_version=row.code_version,
    )


def _round_fields(programme: Programme, row: Round) -> dict[str, Any]:
    return {
        "id": row.id,
        "programme": programme.slug,
        "period": row.period,
        "number": row.number,
        "state": row.state,
        "seed": row.seed,
        "send": row.send,
        "trouble": _trouble(row),
        "opened_at": row.opened_at,
        "matched_at": row.matched_at,
        "approved_at": row.approved_at,
        "send_at": row.send_at,
        "send_in_hours": row.send_in_hours,
        "sending_at": row.sending_at,
        "introduced_at": row.introduced_at,
        "closed_at": row.closed_at,
    }


def _trouble(row: Round) -> str | None:
    words = redraws.trouble_of(row)
    return "The draw failed and is tried again by itself. The log of the worker says why." if words == "" else words


def _sees_reasons(caller: Principal) -> bool:
    """Whether the caller runs rounds, and so may read a reason that could tell of a block."""
    return Scope.WRITE in caller.scopes


def _costs(row: Round, left_out: int, caller: Principal) -> list[str]:
    costs = row.costs or []
    if _sees_reasons(caller):
        return list(from_json(costs))
    merged = [f"{left_out} without a group: {MERGED_REASON}."] if left_out else []
    return merged + list(from_json([cost for cost in costs if cost["message"] != WITHOUT_A_GROUP]))


def _decisions(row: Round, mails: answers.MailCounts, kept: int) -> Iterable[answers.Decision]:
    here = f"/api/v1/rounds/{row.id}"
    if row.state == RoundState.DRAFT and row.trouble:
        yield answers.Decision(what="draw", detail="The draw has not succeeded yet; see trouble.", at=here)
    if row.state == RoundState.MATCHED:
        yield answers.Decision(what="approve", detail="Look at the groups, then approve them.", at=f"{here}/approve")
    if row.state == RoundState.APPROVED:
        by_itself = f" It is sent by itself at {row.send_at:%Y-%m-%d %H:%M} UTC." if row.send_at else ""
        yield answers.Decision(
            what="send", detail=f"Approved; nothing has been sent yet.{by_itself}", at=f"{here}/send"
        )
    if row.state == RoundState.SENDING and kept:
        yield answers.Decision(what="release", detail=f"{_mails(kept)} kept back.", at=f"{here}/release")
    for what, number, words in (
        ("held", mails.held, "handed over but never acknowledged"),
        ("rejected", mails.rejected, "refused by the mail server"),
    ):
        if number:
            yield answers.Decision(what=what, detail=f"{_mails(number)} {words}.", at=f"{here}/messages?state={what}")


def _mails(number: int) -> str:
    return "1 mail was" if number == 1 else f"{number} mails were"


def groups(session: Session, programme: Programme, row: Round, caller: Principal) -> answers.GroupList:
    """Who meets whom and who was left out, in the words that this caller may read."""
    teams = people_queries.teams_of(session, programme)
    rows = queries.groups_of(session, row)
    return answers.GroupList(
        round=row.id,
        state=row.state,
        fingerprint=changes.fingerprint(session, row),
        next_cursor=None,
        groups=[
            answers.GroupAnswer(
                id=found.group.id,
                position=found.group.position,
                members=[member(person, teams, found.first) for person in found.members],
                facts=from_json(found.group.facts),
                locked=found.group.locked,
                by_hand=found.group.by_hand,
            )
            for found in rows
        ],
        left_out=[left_out(person, reason, teams, caller) for person, reason in queries.left_out_of(session, row)],
        warnings=[caution(found.group.id, found.group.position, one) for found in rows for one in figures.now(found)],
    )


def caution(group: str, position: int, one: Caution) -> answers.CautionAnswer:
    """What a group costs."""
    return answers.CautionAnswer(group=group, position=position, what=one.what, detail=one.words)


def send_dry_run(session: Session, row: Round, sends: bool, settings: Settings) -> answers.SendDryRun:
    """What would come of sending it."""
    counts = answers.MailCounts.model_validate(outbox_queries.counts(session, outbox_queries.of_round(row)))
    return answers.SendDryRun(
        round=row.id,
        state=row.state,
        dry_run=True,
        mails=counts.waiting - outbox_queries.kept(session, row) if sends else 0,
        can_leave=settings.sends_mail,
        counts=counts,
    )


def left_out(person: Participant, reason: str, teams: Mapping[str, str], caller: Principal) -> answers.LeftOut:
    """Somebody without a group, and why, in the words that this caller may read."""
    return answers.LeftOut(
        id=person.id,
        name=person.name,
        team=teams.get(person.team_id or "", ""),
        reason=reason if reason in OPEN_REASONS or _sees_reasons(caller) else MERGED_REASON,
    )


def member(person: Participant, teams: Mapping[str, str], first: str | None) -> answers.Member:
    """Somebody in a group."""
    return answers.Member(
        id=person.id,
        name=person.name,
        team=teams.get(person.team_id or "", ""),
        email=person.email,
        writes_first=person.id == first,
    )


def message(row: OutgoingMail, events: Sequence[MailEvent] = ()) -> answers.MessageAnswer:
    """A mail and its fate, with the latest of what came back about it."""
    return answers.MessageAnswer(
        id=row.id,
        kind=row.kind,
        state=outbox_queries.SHOWN_AS[row.state],
        participant=row.participant_id,
        address=row.recipient,
        kept=row.kept and row.finished_at is None,
        attempts=row.attempts,
        answer=mail_policy.shown_answer(row),
        written_at=row.created_at,
        released_at=row.released_at,
        next_try_at=row.not_before if row.finished_at is None else None,
        useful_until=row.useful_until,
        finished_at=row.finished_at,
        last_event=_event(events[-1]) if events else None,
    )


def _event(row: MailEvent) -> answers.MailEventAnswer:
    return answers.MailEventAnswer(kind=row.kind, status=row.status, at=row.at)


def one_message(session: Session, row: OutgoingMail) -> answers.MessageAnswer:
    """As `message`, for a mail by itself."""
    return message(row, outbox_queries.events_of(session, [row.id]).get(row.id, ()))


def watch(
    session: Session,
    programme: Programme,
    row: Round,
    reason: Reason | None = None,
    *,
    cursor: str = "",
    limit: int | None = None,
) -> answers.WatchAnswer:
    """How a round goes on, with at most `limit` of its mails that are stuck, after `cursor`."""
    found, more = stuck.lines(session, row, reason, after=cursor, limit=limit)
    return answers.WatchAnswer(
        round=row.id,
        state=row.state,
        moves=moving.glimpse(session, row.id).moves,
        counts=answers.MailCounts.model_validate(outbox_queries.counts(session, outbox_queries.of_round(row))),
        stuck=stuck.counts(session, row),
        said=answers.SaidAnswer(**asdict(stuck.said(session, row))),
        remind_from=reminding.possible_from(programme, row),
        mails=[
            answers.StuckAnswer(reason=stuck.reason_of(one.mail), message=message(one.mail, one.events))
            for one in found
        ],
        next_cursor=more,
    )


def all_messages(
    session: Session, row: Programme, state: str | None = None, *, cursor: str = "", limit: int | None = None
) -> answers.ProgrammeMails:
    """The mails of a programme that organisers are shown, all or those in one state; at most `limit` after `cursor`."""
    pile = many_mails.listed(row)
    found, more = outbox_queries.lines(session, pile, state, after=cursor, limit=limit)
    return answers.ProgrammeMails(
        programme=row.slug,
        counts=answers.MailCounts.model_validate(outbox_queries.counts(session, pile)),
        messages=[message(line.mail, line.events) for line in found],
        next_cursor=more,
    )


def messages(
    session: Session, row: Round, state: str | None = None, *, cursor: str = "", limit: int | None = None
) -> answers.MessageList:
    """The mails of a round, all or those in one state as shown; at most `limit` that come after `cursor`."""
    pile = outbox_queries.of_round(row)
    found, more = outbox_queries.lines(session, pile, state, after=cursor, limit=limit)
    return answers.MessageList(
        round=row.id,
        counts=answers.MailCounts.model_validate(outbox_queries.counts(session, pile)),
        messages=[message(line.mail, line.events) for line in found],
        next_cursor=more,
    )
