"""What an organiser can do to a round that is drawn and not approved, as moves on a board (`board`, `moves`).

Each word is checked where it is said; what the groups have become is checked at the end, so that several changes may
pass through what no round may be. Why two people cannot be in one group is never told: a block reads like a language.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.errors import BadInput, Fault, NotByHand
from app.models import ParticipantState
from app.services.board import Board, Seat
from app.services.drawing import Draw
from app.services.drawing_again import draw_again
from app.services.moves import BY_HAND, EXCLUDED, LATE, PARTED, Change, Do, Moves

NOT_NOW = {
    ParticipantState.PENDING: "has not confirmed yet",
    ParticipantState.LEFT: "has left",
    ParticipantState.PAUSED: "has a pause",
    ParticipantState.HELD: "has a pause",
}


def make(board: Board, changes: Sequence[Change], drawn: Mapping[str, Draw]) -> list[dict[str, Any]]:
    """Make the changes on the board, all or none. Returns what was done, by ids, one for each.

    Raises BadInput for people and groups that do not exist, NotByHand for what the rules do not allow, and NeedsDraw
    for a draw that is not among `drawn`.
    """
    moves = Moves(board, drawn)
    for change in changes:
        done = VERBS[change.do](moves, change)
        if change.do != Do.DRAW_AGAIN:
            board.now.certificate = None
        moves.said.append({"do": change.do.value} | done)
    _tidy(moves)
    check(board, {group: f"#/changes/{at}" for group, at in moves.touched.items()})
    return moves.said


def _tidy(moves: Moves) -> None:
    """Take a group apart of which an exclusion left one person, remove what is empty, and count the rest."""
    hall = moves.board.now
    for group in sorted(moves.may_part):
        if len(hall.members[group]) == 1:
            moves.out(next(iter(hall.members[group])), PARTED)
    for group in moves.touched:
        if hall.members[group]:
            hall.tables[group] = replace(hall.tables[group], size=len(hall.members[group]))
        else:
            del hall.tables[group]


def check(board: Board, touched: Mapping[str, str]) -> None:
    """Every hard rule, for the groups that were touched and the places in the call that touched them last. Raises
    NotByHand, which names the people and the way out, and never which rule it is.
    """
    faults = []
    for group, place in touched.items():
        people = board.now.members.get(group, set())
        if not people:
            continue
        number, called = board.now.tables[group].number, board.called(people)
        if len(people) not in board.sizes:
            faults.append(Fault(place, *_wrong_size(board, number, called, len(people))))
        elif not board.fit(people):
            those = "These two cannot be" if len(people) == 2 else "These cannot all be"
            faults.append(Fault(place, f"{those} in one group: {called}.", "Choose other people."))
    if faults:
        raise NotByHand(*sorted(faults, key=lambda fault: fault.place))


def _wrong_size(board: Board, number: int, called: str, size: int) -> tuple[str, str]:
    if size == 1:
        return (
            f"Group {number} would be {called} alone.",
            f"Move {called} into another group too, swap two people instead, or leave one of the two out.",
        )
    least, most = board.sizes[0], board.sizes[-1]
    return (
        f"Group {number} would have {size} people ({called}); groups of this round have {least} to {most}.",
        "Move somebody out of it." if size > most else "Move somebody into it.",
    )


# --- the words -------------------------------------------------------------------------------------------------------


def _swap(moves: Moves, change: Change) -> dict[str, Any]:
    a, b = (moves.person(word, name) for word, name in zip(change.people, "ab", strict=True))
    one, other = moves.leave_seat(a, "a"), moves.leave_seat(b, "b")
    if one.group == other.group:
        why = "are in the same group" if one.group else "both have no group"
        raise NotByHand(Fault(moves.place("b"), f"{moves.board.called([a, b])} {why}: there is nothing to swap."))
    numbers = [moves.number(seat.group) if seat.group else None for seat in (one, other)]
    for person, seat in ((a, other), (b, one)):
        if seat.group is None:
            moves.out(person, BY_HAND)
        else:
            moves.put(person, Seat(seat.group))
    _by_hand(moves, one.group, other.group)
    return {"people": [a, b], "groups": numbers}


def _move(moves: Moves, change: Change) -> dict[str, Any]:
    person = moves.person(change.people[0], "person")
    was, group = moves.leave_seat(person, "person"), moves.group(change.group, "to")
    if was.group == group:
        who = moves.board.people[person].name
        raise NotByHand(Fault(moves.place("to"), f"{who} is in group {moves.number(group)} already."))
    moves.put(person, Seat(group))
    _by_hand(moves, was.group, group)
    return {"people": [person], "groups": [moves.number(group)]}


def _group(moves: Moves, change: Change) -> dict[str, Any]:
    people = [moves.person(word, f"people/{at}") for at, word in enumerate(change.people)]
    if len(set(people)) < len(people):
        raise BadInput(Fault(moves.place("people"), "Somebody is named twice."))
    left = [moves.leave_seat(one, f"people/{at}").group for at, one in enumerate(people)]
    group = moves.new_table()
    for one in people:
        moves.put(one, Seat(group))
    _by_hand(moves, group, *left)
    return {"people": people, "groups": [moves.number(group)]}


def _split(moves: Moves, change: Change) -> dict[str, Any]:
    group = moves.group(change.group)
    people = sorted(moves.board.now.members[group])
    for one in people:
        moves.out(one, BY_HAND)
    return {"people": people, "groups": [moves.number(group)]}


def _exclude(moves: Moves, change: Change) -> dict[str, Any]:
    person = moves.person(change.people[0], "person")
    seat = moves.leave_seat(person, "person")
    if seat.code == EXCLUDED:
        who = moves.board.people[person].name
        raise NotByHand(Fault(moves.place("person"), f"{who} is left out of this round already."))
    moves.out(person, EXCLUDED)
    if seat.group is not None:
        moves.may_part.add(seat.group)
        _by_hand(moves, seat.group)
    return {"people": [person], "groups": []}


def _add(moves: Moves, change: Change) -> dict[str, Any]:
    person = moves.anybody(change.people[0], "person")
    board = moves.board
    if person in board.now.seats:
        who = board.people[person].name
        raise NotByHand(Fault(moves.place("person"), f"{who} is in this round already.", "Move them instead."))
    if person not in board.people:
        raise NotByHand(Fault(moves.place("person"), *_why_not(board, person)))
    if change.group is None:
        moves.out(person, LATE)
        return {"people": [person], "groups": []}
    group = moves.group(change.group, "to")
    moves.put(person, Seat(group))
    _by_hand(moves, group)
    return {"people": [person], "groups": [moves.number(group)]}


def _why_not(board: Board, person: str) -> tuple[str, str]:
    who = board.outside[person]
    if who.id in board.round.skipped or who.skip_next:
        return f"{who.name} asked to skip this round.", "Leave it at that; the next round has them."
    why = NOT_NOW.get(who.state, "is not drawn every time, and it is not their turn")
    return f"{who.name} {why}.", "Only who takes part today can be added."


def _lock(moves: Moves, change: Change) -> dict[str, Any]:
    return _set_lock(moves, change, True)


def _unlock(moves: Moves, change: Change) -> dict[str, Any]:
    return _set_lock(moves, change, False)


def _set_lock(moves: Moves, change: Change, locked: bool) -> dict[str, Any]:
    group = moves.any_group(change.group)
    tables = moves.board.now.tables
    tables[group] = replace(tables[group], locked=locked)
    return {"people": [], "groups": [moves.number(group)]}


def _by_hand(moves: Moves, *groups: str | None) -> None:
    tables = moves.board.now.tables
    for group in groups:
        if group is not None:
            tables[group] = replace(tables[group], by_hand=True)


VERBS: dict[Do, Callable[[Moves, Change], dict[str, Any]]] = {
    Do.SWAP: _swap,
    Do.MOVE: _move,
    Do.GROUP: _group,
    Do.SPLIT: _split,
    Do.EXCLUDE: _exclude,
    Do.ADD: _add,
    Do.LOCK: _lock,
    Do.UNLOCK: _unlock,
    Do.DRAW_AGAIN: draw_again,
}
