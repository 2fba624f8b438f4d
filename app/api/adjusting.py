"""Groups changed by hand: moved, locked, drawn again, undone; and an approval taken back."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError
from sqlmodel import Session

from app.api import answers, shown
from app.api.adjusting_shapes import Adjusted, Against, ChangeAnswer, ChangeList, GroupsChange
from app.api.deps import Caller, round_by_id
from app.api.etags import Seen, tag
from app.api.pages import USUAL, Cursor, Limit, link_next, page_of
from app.api.route import needs, router
from app.doors import InContext, Moment, Reading, Writing
from app.errors import BadInput, Fault
from app.models import Participant, Programme, Round, Scope
from app.plain_words import plain
from app.queries import changes as queries
from app.queries import participants as people_queries
from app.services import figures, redraws
from app.services import rounds as services
from app.services.adjusted import By, Outcome
from app.services.change_words import words_of
from app.services.keys import Principal
from app.workflows import adjusting
from app.workflows.adjusting import Wish
from emails import from_json

routes = router("rounds")

FIGURES = ("left_out", "repeats", "same_team", "score")


@routes.patch("/rounds/{round_id}/groups")
@needs(Scope.WRITE, if_match=True)
def change_groups(
    round_id: str, body: GroupsChange, caller: Caller, now: Moment, context: InContext, seen: Seen, response: Response
) -> Adjusted:
    """Change who meets whom, before the round is approved. All changes are made, or none; each is checked at once."""
    wish = Wish([one.change() for one in body.changes], body.dry_run, seen)
    by = By(caller.actor, now, context.settings.secret)

    def show(session: Session, outcome: Outcome) -> Adjusted:
        return adjusted(session, outcome, caller, dry_run=body.dry_run)

    def find(session: Session, lock: bool) -> tuple[Programme, Round]:
        return round_by_id(session, caller, round_id, lock=lock)

    answer = adjusting.adjust(context.database, find, wish, by, show)
    response.headers["ETag"] = f'"{answer.fingerprint}"'
    return answer


@routes.get("/rounds/{round_id}/changes")
@needs(Scope.READ)
def list_changes(
    round_id: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> ChangeList:
    """What was changed by hand since the draw, the first first, with what was undone."""
    _, round_ = round_by_id(session, caller, round_id)
    answer = changes(session, round_)
    page, more = page_of(answer.changes, cursor, limit, lambda change: str(change.number))
    link_next(request, response, more)
    return answer.model_copy(update={"changes": list(page), "next_cursor": more})


@routes.post("/rounds/{round_id}/unapprove", status_code=202)
@needs(Scope.WRITE, if_match=True)
def unapprove_round(
    round_id: str, session: Writing, caller: Caller, now: Moment, seen: Seen, response: Response
) -> answers.RoundAnswer:
    """Take the approval back, as long as nothing has been sent: groups can be changed again."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    adjusting.require_seen(session, round_, seen)
    services.unapprove(session, programme, round_, now=now, actor=caller.actor)
    session.flush()
    response.headers["ETag"] = tag(session, round_)
    return shown.round_(session, programme, round_, caller)


@routes.post("/rounds/{round_id}/stop")
@needs(Scope.WRITE)
def stop_redraw(
    round_id: str, session: Writing, caller: Caller, now: Moment, response: Response
) -> answers.RoundAnswer:
    """Give up a draw again that was asked for on a page and that a worker has not finished: the groups stay as they
    are. Twice is as once.
    """
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    redraws.stop(session, programme, round_, now=now, actor=caller.actor)
    session.flush()
    response.headers["ETag"] = tag(session, round_)
    return shown.round_(session, programme, round_, caller)


def asked(given: Mapping[str, Any]) -> GroupsChange:
    """The same body from elsewhere, checked as the API checks it. Raises BadInput."""
    try:
        return GroupsChange.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise BadInput(*(Fault("#/" + "/".join(map(str, one["loc"])), plain(one)) for one in found)) from None


# --- what is shown ---------------------------------------------------------------------------------------------------


def changes(session: Session, round_: Round) -> ChangeList:
    """The changes of a round in words."""
    found = queries.changes_of(session, round_)
    names = queries.names_in(session, found)
    return ChangeList(
        round=round_.id,
        redraws=round_.redraws,
        next_cursor=None,
        changes=[
            ChangeAnswer(
                number=one.number,
                at=one.at,
                actor=one.actor,
                words=words_of(one.changes, names),
                undone_at=one.undone_at,
            )
            for one in found
        ],
    )


def adjusted(session: Session, outcome: Outcome, caller: Principal, *, dry_run: bool) -> Adjusted:
    """What changes came to, as this caller may read it."""
    board, hall = outcome.board, outcome.board.now
    teams = people_queries.teams_of(session, board.programme)
    names = {one: person.name for one, person in board.people.items()}
    left_out = sorted((board.people[one] for one, seat in hall.seats.items() if seat.group is None), key=_by_name)
    return Adjusted(
        round=board.round.id,
        state=board.round.state,
        fingerprint=queries.fingerprint(session, board.round),
        dry_run=dry_run,
        number=outcome.number,
        words=words_of(outcome.said, names),
        seed=hall.seed,
        redraws=hall.redraws,
        groups=[_group(outcome, group, teams) for group in outcome.changed],
        gone=outcome.gone,
        left_out=[shown.left_out(person, hall.seats[person.id].reason or "", teams, caller) for person in left_out],
        warnings=[
            shown.caution(group, hall.tables[group].position, one)
            for group in outcome.changed
            for one in figures.from_rows(outcome.said_of[group].cautions)
        ],
        certificate=outcome.certificate,
        cost=_cost(outcome.before, outcome.certificate),
    )


def _by_name(person: Participant) -> tuple[str, str]:
    return person.name, person.id


def _group(outcome: Outcome, group: str, teams: Mapping[str, str]) -> answers.GroupAnswer:
    board, table = outcome.board, outcome.board.now.tables[group]
    people = sorted((board.people[one] for one in board.now.members[group]), key=_by_name)
    first = next((one.id for one in people if board.now.seats[one.id].first), None)
    return answers.GroupAnswer(
        id=group,
        position=table.position,
        members=[shown.member(person, teams, first) for person in people],
        facts=from_json(outcome.said_of[group].facts),
        locked=table.locked,
        by_hand=table.by_hand,
    )


def _cost(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> dict[str, Against]:
    return {
        name: Against(before=before[name] if before else None, now=now[name], bound=now[f"{name}_bound"])
        for name in FIGURES
    }
