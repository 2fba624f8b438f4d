"""The pairs of an import, a bundle at a time: who has met or knows whom, and who is kept apart."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from app.db import insert_missing
from app.files.pairs import HistoryRow, PairRow
from app.files.verdicts import Verdict
from app.models import ACQUAINTED, Block, Participant, PastMeeting, Programme
from app.queries import rounds as round_queries
from app.services.import_rows import Bundle


def write_pairs(session: Session, programme: Programme, bundle: Bundle, now: datetime) -> tuple[int, list[Verdict]]:
    """Write the pairs that are not there yet; how many, and a verdict on each that has come too late."""
    rows = [row for row in bundle.rows if isinstance(row, HistoryRow | PairRow)]
    late = too_late(session, programme, bundle.file, [row for row in rows if isinstance(row, HistoryRow)])
    lines = {verdict.line for verdict in late}
    ids = _ids(session, programme, {name for row in rows for name in (row.a, row.b)})
    named = [
        (row.round if isinstance(row, HistoryRow) else ACQUAINTED, *sorted((ids[row.a], ids[row.b])))
        for row in rows
        if row.a in ids and row.b in ids and row.line not in lines  # somebody may have been erased meanwhile
    ]
    pairs = [{"programme_id": programme.id, "a_id": a, "b_id": b, "number": n} for n, a, b in sorted(set(named))]
    if bundle.kind != "blocks":
        return insert_missing(session, PastMeeting, pairs), late
    blocks = [{name: pair[name] for name in ("programme_id", "a_id", "b_id")} | {"created_at": now} for pair in pairs]
    return insert_missing(session, Block, blocks), late


def _ids(session: Session, programme: Programme, names: set[str]) -> dict[str, str]:
    """The id of each person by the name that the matcher knows them by."""
    query = select(Participant.match_key, Participant.id).where(Participant.programme_id == programme.id)
    return dict(session.exec(query.where(col(Participant.match_key).in_(names))).all())


def too_late(session: Session, programme: Programme, file: str, rows: Sequence[HistoryRow]) -> list[Verdict]:
    """A verdict on each line about a round that is not before our own first one."""
    first = round_queries.first_own_number(session, programme) if rows else None
    if first is None:
        return []
    problem, remedy = (
        f"is not before round {first}, the first that was drawn here.",
        "Bring history along before the first round is drawn, or with smaller numbers.",
    )
    return [
        Verdict(file, row.line, "round", "error", f"Round {row.round} {problem}", remedy)
        for row in rows
        if row.round >= first
    ]
