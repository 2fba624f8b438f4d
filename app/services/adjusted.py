"""Changes of a round by hand: what they come to, and written down with what is needed to go back. All in one
transaction, which its caller opens; mails of the people concerned are written anew (`board_rows`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

import matching
from app.errors import Conflict, Fault, NotByHand
from app.models import Programme, Round, RoundChange, RoundState
from app.queries import changes as queries
from app.security import new_seed
from app.services import adjusting, audit, board, board_rows, drawing, figures, own_words
from app.services.board import Board, Hall, Seat, Table
from app.services.board_rows import Difference
from app.services.drawing import Draw
from app.services.moves import OUT, Change, Do
from app.services.own_words import OwnWords
from emails import to_json
from matching import Certificate, LeftOut, Matching


@dataclass(frozen=True, slots=True)
class Outcome:
    """What changes come to, written or only tried. `number` is that of the change, if one was written."""

    board: Board
    said: list[dict[str, Any]]
    changed: list[str]
    gone: list[str]
    said_of: board_rows.SaidOf
    before: dict[str, Any] | None
    certificate: dict[str, Any]
    number: int | None = None


def with_seeds(changes: Iterable[Change]) -> list[Change]:
    """The same with a seed for each draw that was given none: every try of them is the same draw."""
    return [replace(one, seed=new_seed()) if one.do == Do.DRAW_AGAIN and one.seed is None else one for one in changes]


@dataclass(frozen=True, slots=True)
class By:
    """Who changes a round, and when."""

    actor: str
    now: datetime
    secret_key: str


def look(
    session: Session, programme: Programme, round_: Round, changes: Sequence[Change], drawn: Mapping[str, Draw], by: By
) -> Outcome:
    """What these changes would come to; writes nothing. Raises what `adjust` does."""
    return _planned(session, programme, round_, changes, drawn, by)[0]


def adjust(
    session: Session, programme: Programme, round_: Round, changes: Sequence[Change], drawn: Mapping[str, Draw], by: By
) -> Outcome:
    """Make these changes, all or none.

    The caller holds the programme's lock. Raises Conflict unless the round is drawn and not approved, BadInput,
    NotByHand, and NeedsDraw for a draw that is not among `drawn`.
    """
    outcome, difference, undone = _planned(session, programme, round_, changes, drawn, by)
    if not (difference or undone):
        return outcome
    found, before = outcome.board, _image(outcome.board, difference)
    board_rows.write(session, found, difference, outcome.said_of, now=by.now, secret_key=by.secret_key)
    _keep_figures(found, difference, outcome.certificate, undone)
    if round_.redraw is None:
        round_.trouble = None  # it was about groups as they were
    session.add(round_)
    if undone is not None:
        if own_words.WORDS in undone.before:
            own_words.put(session, round_, OwnWords(*undone.before[own_words.WORDS]))
        undone.undone_at = max(by.now, undone.at)  # clocks of two machines may differ
        session.add(undone)
        _note(session, found, by, "round.undo", change=undone.number)
        return outcome
    number = queries.next_number(session, round_)
    session.add(
        RoundChange(
            round_id=round_.id,
            number=number,
            programme_id=programme.id,
            at=by.now,
            actor=by.actor,
            changes=outcome.said,
            before=before,
        )
    )
    _note(session, found, by, "round.adjust", change=number, what=" ".join(one["do"] for one in outcome.said))
    return replace(outcome, number=number)


def _note(session: Session, found: Board, by: By, action: str, **detail: int | str) -> None:
    audit.note(session, found.programme, now=by.now, actor=by.actor, action=action, subject=found.round.id, **detail)
    session.flush()


def _planned(
    session: Session, programme: Programme, round_: Round, changes: Sequence[Change], drawn: Mapping[str, Draw], by: By
) -> tuple[Outcome, Difference, RoundChange | None]:
    _open_to_change(round_)
    found = board.read(session, programme, round_, (word for one in changes for word in one.people), by.now)
    undone = None
    if any(one.do == Do.UNDO for one in changes):
        undone = _undo(session, found, changes)
        said: list[dict[str, Any]] = [{"do": Do.UNDO.value, "people": [], "groups": [], "number": undone.number}]
    else:
        said = adjusting.make(found, changes, drawn)
    board_rows.choose_writers(session, found)
    difference = Difference.of(found)
    return _outcome(found, said, difference, undone), difference, undone


def _open_to_change(round_: Round) -> None:
    if round_.state == RoundState.DRAFT:
        raise Conflict("This round is not drawn yet; its groups can be changed once its state is matched.")
    if round_.state == RoundState.APPROVED:
        raise Conflict("This round is approved, so its groups stay as they are. Take the approval back first.")
    if round_.state != RoundState.MATCHED:
        raise Conflict(f"This round is {round_.state.value}; its mails have gone, and its groups stay as they are.")


# --- what it comes to -----------------------------------------------------------------------------------------------


def _outcome(found: Board, said: list[dict[str, Any]], difference: Difference, undone: RoundChange | None) -> Outcome:
    now = found.now
    changed = [one for one in difference.tables if now.members.get(one)]
    changed.sort(key=lambda one: now.tables[one].position)
    return Outcome(
        board=found,
        said=said,
        changed=changed,
        gone=[one for one in difference.tables if one in found.was.tables and one not in now.tables],
        said_of=board_rows.said_of(found, difference),
        before=found.round.certificate,
        certificate=_certificate(found, difference, undone),
    )


def _certificate(found: Board, difference: Difference, undone: RoundChange | None) -> dict[str, Any]:
    """Of the round as it is now. As it was, where nobody was moved or all are back where they were."""
    if undone is not None and undone.before["placed"] == len(found.now.seats) and undone.before["certificate"]:
        return dict(undone.before["certificate"])
    if found.now.certificate is not None:
        return found.now.certificate.as_dict()
    if not difference.seats and found.round.certificate is not None:
        return found.round.certificate
    return matching.certify_by_hand(found.rows.pool, found.policy, _groups(found), found.known()).as_dict()


def _groups(found: Board) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(tuple(found.keys(people)) for people in found.now.members.values() if people))


def _keep_figures(
    found: Board, difference: Difference, certificate: dict[str, Any], undone: RoundChange | None
) -> None:
    """The certificate and what the rules cost, with the seed and what was proven by the last free draw."""
    round_, hall = found.round, found.now
    if undone is not None:
        for name in ("proven", "input_fingerprint"):
            setattr(round_, name, undone.before[name])
    else:
        round_.proven = board.proven_of(round_)
    if hall.certificate is not None:
        round_.input_fingerprint = matching.fingerprint(found.rows.pool, found.policy)
        if not any(table.locked for table in hall.tables.values()) and _all_were_drawn(hall):
            round_.proven = {"fingerprint": round_.input_fingerprint, "certificate": certificate}
    round_.seed, round_.redraws = hall.seed, hall.redraws
    if round_.certificate == certificate and undone is None and not difference.seats:
        return
    round_.certificate = certificate
    costs = matching.cost_facts(found.rows.pool, found.policy, _as_matching(found, certificate))
    round_.costs = to_json([drawing.said(one) for one in costs])
    round_.figures = _figures(found)


def _figures(found: Board) -> dict[str, Any]:
    """As they are now; the rounds left are those of the draw."""
    pool = found.rows.pool
    by_key = {person.match_key: person for person in found.people.values()}
    now = figures.of(by_key, pool, matching.explain_all(pool, found.policy, _groups(found)))
    was = found.round.figures or {}
    return now.as_json() | {name: was.get(name) for name in ("at_least", "at_most")}


def _all_were_drawn(hall: Hall) -> bool:
    return not any(seat.code in OUT for seat in hall.seats.values())


def _as_matching(found: Board, certificate: dict[str, Any]) -> Matching:
    """The round as the matcher would say it."""
    left_out = [
        LeftOut(found.people[one].match_key, seat.code or "", seat.reason or "")
        for one, seat in found.now.seats.items()
        if seat.group is None
    ]
    return Matching(
        seed=found.now.seed,
        size=found.policy.size,
        groups=_groups(found),
        left_out=tuple(sorted(left_out, key=lambda one: one.id)),
        certificate=Certificate(**certificate),
    )


# --- the way back ----------------------------------------------------------------------------------------------------


def _image(found: Board, difference: Difference) -> dict[str, Any]:
    """Where those concerned stood, in what JSON can hold."""
    was, round_ = found.was, found.round
    return {
        "people": {one: _seat_image(was.seats.get(one)) for one in difference.seats},
        "groups": {one: _table_image(was.tables.get(one)) for one in difference.tables},
        "seed": was.seed,
        "placed": len(was.seats),
        "certificate": round_.certificate,
        "input_fingerprint": round_.input_fingerprint,
        "proven": round_.proven,
    }


def _seat_image(seat: Seat | None) -> list[Any] | None:
    return None if seat is None else [seat.group, seat.first, seat.code, seat.reason]


def _table_image(table: Table | None) -> list[Any] | None:
    return None if table is None else [table.position, table.size, table.locked, table.by_hand]


def _undo(session: Session, found: Board, changes: Sequence[Change]) -> RoundChange:
    """Put everybody back where they were before the last change. Raises NotByHand where that cannot be any more."""
    place = "#/changes/0"
    if len(changes) > 1:
        raise NotByHand(Fault(place, "An undo stands alone.", "Send one at a time."))
    last = queries.last_change(session, found.round)
    if last is None:
        raise NotByHand(Fault(place, "Nothing was changed since the draw, so nothing can be undone."))
    hall, before = found.now, last.before
    there = {one for one, image in before["people"].items() if image is not None}
    if not there <= hall.seats.keys():
        words = "Somebody of these groups is not in the round any more, so this cannot be undone."
        raise NotByHand(Fault(place, words, "Change the groups by hand."))
    for one, image in before["groups"].items():
        if image is not None:
            hall.tables[one] = Table(*image)
    for one, image in before["people"].items():
        hall.put(one, Seat(*image) if image is not None else None)
    for one, image in before["groups"].items():
        if image is None and not hall.members.get(one):
            hall.tables.pop(one, None)
    hall.seed = before["seed"]
    adjusting.check(found, dict.fromkeys(before["groups"], place))
    return last
