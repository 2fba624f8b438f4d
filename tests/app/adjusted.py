"""A round changed by hand in tests: the changes as the API takes them, and what must be true of a round afterwards."""

from collections import Counter
from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, select

import matching
from app.api.adjusting import asked
from app.models import (
    OF_A_ROUND,
    Group,
    MailedLink,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    Placement,
    Programme,
    Round,
    RoundChange,
)
from app.queries import pools
from app.queries import rounds as queries
from app.queries.walls import Walls
from app.services.adjusted import By, Outcome
from app.workflows import adjusting
from app.workflows.adjusting import Seen, Wish
from matching import LeftOut, Matching
from tests.factories import World


def change(world: World, round_: Round, *changes: dict[str, Any], dry_run: bool = False, seen: Seen = None) -> Outcome:
    """Make these changes, as the API does."""
    body = asked({"changes": list(changes), "dry_run": dry_run})

    def find(session: Session, lock: bool) -> tuple[Programme, Round]:
        return queries.round_by_id(session, round_.id, lock=lock)

    wish = Wish([one.change() for one in body.changes], dry_run, seen)
    by = By("test", world.now, world.secret)
    return adjusting.adjust(world.database, find, wish, by, lambda _, outcome: outcome)


def names(world: World, round_: Round) -> list[list[str]]:
    """The first words of the addresses of each group, in the order of the groups."""
    with world.database.reading() as session:
        rows = queries.groups_of(session, round_)
        return [sorted(person.email.split("@")[0] for person in row.members) for row in rows]


def out(world: World, round_: Round) -> dict[str, str]:
    """The same of who was left out, with the code."""
    with world.database.reading() as session:
        rows = session.exec(
            select(Participant.email, Placement.left_out_code)
            .join(Placement, col(Placement.participant_id) == Participant.id)
            .where(Placement.round_id == round_.id)
            .where(col(Placement.group_id).is_(None))
        )
        return {email.split("@")[0]: code or "" for email, code in rows}


def whole(world: World, round_: Round) -> dict[str, Any]:
    """All that an undo must bring back, byte for byte."""
    with world.database.reading() as session:
        groups = session.exec(select(Group).where(Group.round_id == round_.id).order_by(Group.id))
        places = session.exec(
            select(Placement).where(Placement.round_id == round_.id).order_by(Placement.participant_id)
        )
        row = session.exec(select(Round).where(Round.id == round_.id)).one()
        return {
            "groups": [one.model_dump() for one in groups],
            "places": [one.model_dump() for one in places],
            "seed": row.seed,
            "certificate": row.certificate,
            "costs": row.costs,
            "mails": sorted(
                (mail.recipient, mail.kind, [one["id"] for one in mail.facts.get("members", ())])
                for mail in session.exec(select(OutgoingMail).where(OutgoingMail.round_id == round_.id))
            ),
        }


def require_sound(world: World, round_: Round) -> None:
    """Everybody once, sizes within the policy, no hard rule broken, one waiting mail a person with the right people, a
    person who writes first in each group, and a certificate that counts what is there.
    """
    with world.database.reading() as session:
        programme, row = queries.round_by_id(session, round_.id)
        places = session.exec(select(Placement).where(Placement.round_id == row.id)).all()
        people = {
            person.id: person
            for person in session.exec(select(Participant).where(Participant.programme_id == programme.id))
        }
        inside = sorted((people[place.participant_id] for place in places), key=lambda one: one.match_key)
        rows = pools.pool_of(session, programme, row.number, inside, Walls.of(row.policy))
        groups = session.exec(select(Group).where(Group.round_id == row.id)).all()
        mails = session.exec(
            select(OutgoingMail).where(OutgoingMail.round_id == row.id).where(col(OutgoingMail.kind).in_(OF_A_ROUND))
        ).all()
        links = {link.id: link for link in session.exec(select(MailedLink))}
    members = {
        group.id: sorted(place.participant_id for place in places if place.group_id == group.id) for group in groups
    }
    assert all(members.values())
    assert [group.size for group in groups] == [len(members[group.id]) for group in groups]
    for group in groups:
        assert sum(place.writes_first for place in places if place.group_id == group.id) == 1
    policy = queries.as_policy(row.policy)
    named = tuple(sorted(tuple(sorted(people[one].match_key for one in group)) for group in members.values()))
    left = tuple(
        LeftOut(people[place.participant_id].match_key, place.left_out_code or "", place.reason or "")
        for place in places
        if place.group_id is None
    )
    assert row.certificate is not None
    said = Matching(row.seed, policy.size, named, left, matching.Certificate(**row.certificate), locked=named)
    assert matching.check(rows.pool, replace(policy, shadows=0), said) == ()
    assert Counter(mail.participant_id for mail in mails) == Counter(place.participant_id for place in places)
    assert {mail.state for mail in mails} <= {MailState.READY}
    where = {place.participant_id: place for place in places}
    for mail in mails:
        place = where[mail.participant_id or ""]
        assert mail.released_at is None
        assert set(mail.facts["links"].values()) <= links.keys()
        if place.group_id is None:
            assert mail.kind == MailKind.LEFT_OUT
            continue
        assert mail.kind == MailKind.INTRODUCTION
        assert mail.facts["group"] == place.group_id
        assert sorted(one["id"] for one in mail.facts["members"]) == members[place.group_id]
        first = next(one for one in members[place.group_id] if where[one].writes_first)
        assert mail.facts["writes_first"] == people[first].email
        assert links[mail.facts["links"]["conversation"]].about == place.group_id


def standing(world: World, round_: Round) -> list[RoundChange]:
    """The changes that were not undone."""
    with world.database.reading() as session:
        rows = session.exec(
            select(RoundChange).where(RoundChange.round_id == round_.id).where(col(RoundChange.undone_at).is_(None))
        )
        return sorted(rows, key=lambda one: one.number)
