"""What importing people would come to: who is new, who changes, who stays as they are; counted before it is done."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from app.files.people import PersonRow
from app.models import Programme
from app.services.import_people import COUNTED, kinds_there, news_of, team_names, teams_by_key, tells, there_of
from app.services.import_rows import AT_ONCE


def forecast(session: Session, programme: Programme, rows: Sequence[PersonRow]) -> dict[str, int]:
    """What writing these lines would come to, counted; nothing is written."""
    counts = dict.fromkeys(COUNTED, 0)
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        there = there_of(session, programme, [row.key for row in some])
        teams = _team_ids(session, programme, some)
        has = kinds_there(session, [person.id for person in there.values() if person.left_at is None])
        for row in some:
            person = there.get(row.key)
            if person is None:
                counts["added"] += 1
                continue
            news = news_of(person, row, teams.get(row.team, "new") if row.team else None, has[person.id])
            counts["left_alone" if news is None else "changed" if tells(*news) else "unchanged"] += 1
    return counts


def _team_ids(session: Session, programme: Programme, rows: Iterable[PersonRow]) -> dict[str, str]:
    """The id of each team that there is, as it stands in the file."""
    names, keys = team_names(rows)
    ids = teams_by_key(session, programme, keys.values())
    return {written: ids[keys[name]] for written, name in names.items() if name and keys[name] in ids}
