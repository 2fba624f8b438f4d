"""Groups changed by hand: what may be done to a drawn round, what is refused in which words, and what it costs."""

from typing import Any

import pytest
from sqlmodel import select

import emails
from app.errors import BadInput, ChangedSince, Conflict
from app.models import AuditEntry, MailKind, Participant, Round, RoundState, TopicKind
from app.queries import changes as queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import figures, participants, rounds
from app.services.adjusted import Outcome
from app.services.participants import Wishes
from tests.app.adjusted import change, names, out, require_sound, standing, whole
from tests.factories import World

CANNOT = "These two cannot be in one group: "


def addresses(*people: str) -> list[str]:
    return [f"{one}@example.org" for one in people]


def swap(one: str, other: str) -> dict[str, Any]:
    return dict(zip(("do", "a", "b"), ("swap", *addresses(one, other)), strict=True))


def move(one: str, to: int) -> dict[str, Any]:
    return {"do": "move", "person": f"{one}@example.org", "to": to}


def drawn(world: World, number: int = 6, **facts: Any) -> Round:
    world.people(number, **facts)
    return world.draw(world.open_round())


def refusal(world: World, round_: Round, *changes: dict[str, Any]) -> str:
    """What is said; nothing is changed by it."""
    before = whole(world, round_)
    with pytest.raises(Conflict) as refused:
        change(world, round_, *changes)
    assert whole(world, round_) == before
    return refused.value.detail


def after(world: World, verb: Any, round_: Round) -> None:
    with world.database.writing() as session:
        programme, row = round_queries.round_by_id(session, round_.id, lock=True)
        verb(session, programme, row, now=world.now, actor="test")


def leave(world: World, name: str) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person = session.exec(select(Participant).where(Participant.email == f"{name}@example.org")).one()
        participants.leave(session, programme, person, now=world.now, secret_key=world.secret)


def test_two_people_take_each_others_place_and_only_their_groups_get_new_mails(world: World) -> None:
    round_ = drawn(world)
    [[a, b], [c, d], others] = names(world, round_)
    mails = {mail.recipient: mail.id for mail in world.mails()}
    done = change(world, round_, swap(a, c))
    assert names(world, round_) == [sorted([c, b]), sorted([a, d]), others]
    require_sound(world, round_)
    kept = {mail.recipient for mail in world.mails() if mails.get(mail.recipient) == mail.id}
    assert kept == set(addresses(*others))
    assert (done.number, [table.by_hand for table in done.board.now.tables.values()].count(True)) == (1, 2)
    with world.database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "round.adjust")).one()
    assert (entry.subject, entry.detail) == (round_.id, {"change": 1, "what": "swap"})


def test_a_pair_becomes_a_trio_and_whoever_would_be_alone_is_named_with_the_way_out(world: World) -> None:
    round_ = drawn(world)
    [[a, b], [c, d], _] = names(world, round_)
    said = refusal(world, round_, move(a, 2))
    assert f"Group 1 would be {b.title()} alone." in said
    assert "leave one of the two out" in said
    change(world, round_, move(a, 2), move(b, 3))
    assert [len(group) for group in names(world, round_)] == [3, 3]
    require_sound(world, round_)
    assert "groups of this round have 2 to 3" in refusal(world, round_, move(c, 3))
    change(world, round_, {"do": "split", "group": 2}, {"do": "group", "people": addresses(c, d)})
    assert (set(out(world, round_).values()), len(names(world, round_))) == ({"by_hand"}, 2)
    require_sound(world, round_)


def test_a_block_a_language_and_a_time_are_refused_in_the_same_words(world: World) -> None:
    ana = world.person("ana", language=["Welsh"])
    world.person("bo", language=["Welsh"])
    cy = world.person("cy")
    dee = world.person("dee", language=["Irish"])
    world.block(ana, dee)
    fay, gus = world.person("fay", time=["Monday"]), world.person("gus", time=["Friday"])
    world.block(ana, cy)
    round_ = world.draw(world.open_round())
    everybody = {"ana", "bo", "cy", "dee", "fay", "gus"}
    assert {one for group in names(world, round_) for one in group} | set(out(world, round_)) == everybody
    free = [{"do": "split", "group": number + 1} for number in range(len(names(world, round_)))]
    change(world, round_, *free)
    said = {
        refusal(world, round_, {"do": "group", "people": addresses(one, other)}).replace(who, "…")
        for one, other, who in (("ana", "cy", "Ana and Cy"), ("bo", "dee", "Bo and Dee"), ("fay", "gus", "Fay and Gus"))
    }
    assert said == {CANNOT + "…. Choose other people."}
    three = refusal(world, round_, {"do": "group", "people": addresses("ana", "cy", "bo")})
    assert three == "These cannot all be in one group: Ana, Bo and Cy. Choose other people."
    assert fay.id != gus.id


def test_a_block_that_was_set_after_the_draw_is_heeded(world: World) -> None:
    round_ = drawn(world)
    [[a, _], [_, d], _] = names(world, round_)
    world.block(world.there(a), world.there(d))
    assert CANNOT in refusal(world, round_, swap(a, names(world, round_)[1][0]))


def test_what_a_person_can_speak_now_counts_and_not_what_they_spoke_at_the_draw(world: World) -> None:
    round_ = drawn(world)
    [[a, b], [c, d], _] = names(world, round_)
    with world.database.writing() as session:
        for name, language in ((a, "Welsh"), (d, "Irish")):
            person = session.get_one(Participant, world.there(name).id)
            participants.set_wishes(session, person, Wishes({TopicKind.LANGUAGE: [language]}))
    assert CANNOT in refusal(world, round_, swap(a, c))
    assert b


def test_whoever_is_left_out_by_hand_is_first_next_time_and_in_no_draw_of_this_round(world: World) -> None:
    round_ = drawn(world, 7)
    trio = next(group for group in names(world, round_) if len(group) == 3)
    change(world, round_, {"do": "exclude", "person": f"{trio[0]}@example.org"})
    assert out(world, round_) == {trio[0]: "excluded"}
    require_sound(world, round_)
    change(world, round_, {"do": "draw_again", "seed": 11})
    assert out(world, round_) == {trio[0]: "excluded"}
    pair = names(world, round_)[0]
    change(world, round_, {"do": "exclude", "person": f"{pair[0]}@example.org"})
    assert out(world, round_) == {trio[0]: "excluded", pair[0]: "excluded", pair[1]: "parted"}
    [told] = world.mails(MailKind.LEFT_OUT, to=pair[1])
    assert told.released_at is None
    change(world, round_, move(pair[1], 2))
    require_sound(world, round_)
    after(world, rounds.approve, round_)
    after(world, rounds.send, round_)
    world.deliver()
    for name in (trio[0], pair[0]):
        with world.database.reading() as session:
            programme = programme_queries.programme(session, world.slug)
            pool = rounds.load_for_draw(session, programme, round_.number + 1, round_.policy, world.now)
        assert pool.pool.person(f"{name}@example.org").sat_out == 1


def test_a_late_joiner_comes_into_a_group_or_is_drawn_with_the_free_rest(world: World) -> None:
    world.people(4)
    world.person("sam")
    with world.database.writing() as session:
        sam = session.get_one(Participant, world.there("sam").id)
        sam.skip_next = True
        session.add(sam)
    round_ = world.draw(world.open_round())
    late, later = world.person("late"), world.person("later")
    assert "asked to skip" in refusal(world, round_, {"do": "add", "person": sam.id})
    assert "is not in this round" in refusal(world, round_, swap("late", "person00"))
    change(world, round_, {"do": "lock", "group": 1})
    kept = names(world, round_)[0]
    assert "Group 1 is locked" in refusal(world, round_, {"do": "add", "person": late.id, "to": 1})
    change(world, round_, {"do": "add", "person": late.id, "to": 2})
    assert "late" in names(world, round_)[1]
    change(world, round_, {"do": "add", "person": later.id}, {"do": "draw_again", "seed": 5})
    assert names(world, round_)[0] == kept
    assert sorted(one for group in names(world, round_)[1:] for one in group) == sorted(
        {"late", "later", *(f"person{n:02}" for n in range(4))} - set(kept)
    )
    require_sound(world, round_)
    assert world.round(round_.id).redraws == 1


def test_those_without_a_group_are_drawn_and_all_others_stay(world: World) -> None:
    round_ = drawn(world, 8)
    groups = names(world, round_)
    change(world, round_, {"do": "split", "group": 1}, {"do": "split", "group": 2})
    change(world, round_, {"do": "draw_again", "seed": 1, "rest_only": True})
    now = names(world, round_)
    assert all(group in now for group in groups[2:])
    assert (len(now), out(world, round_)) == (4, {})
    require_sound(world, round_)


def test_the_same_seed_draws_the_same_and_what_was_drawn_first_is_not_forgotten(world: World) -> None:
    world.programme("shadowed", shadows=2)
    world.slug = "shadowed"
    round_ = drawn(world, 8)
    with world.database.reading() as session:
        first = {person: group for person, group in queries.as_drawn(session, world.round(round_.id)).items() if group}
    change(world, round_, {"do": "draw_again", "seed": 99})
    again = names(world, round_)
    change(world, round_, swap(again[0][0], again[1][0]))
    change(world, round_, {"do": "undo"}, seen=None)
    assert names(world, round_) == again
    change(world, round_, {"do": "draw_again", "seed": 99})
    assert sorted(names(world, round_)) == sorted(again)
    with world.database.reading() as session:
        assert queries.as_drawn(session, world.round(round_.id)) == first
    row = world.round(round_.id)
    assert (row.seed, row.redraws) == (99, 2)


def test_costs_are_told_as_warnings_and_beside_the_bound(world: World) -> None:
    world.people(8, teams=2)
    world.sent_round("2026-W47")
    round_ = world.draw(world.open_round())
    groups = names(world, round_)
    a = groups[0][0]
    with world.database.reading() as session:
        met = round_queries.groups_of(session, world.round(world_first(world)))
    partner = next(
        next(one.email.split("@")[0] for one in row.members if one.email != f"{a}@example.org")
        for row in met
        if f"{a}@example.org" in {one.email for one in row.members}
    )
    done = change(world, round_, swap(groups[0][1], partner))
    two = " and ".join(sorted((a.title(), partner.title())))
    assert f"{two} met in the last round." in cautions_of(done)
    assert (done.certificate["repeats"], done.certificate["repeats_bound"]) >= (1, 0)
    assert done.before is not None
    assert done.before["repeats"] == 0
    assert done.certificate["optimal_tiers"] is False
    assert any("meet" in line for line in emails.from_json(world.round(round_.id).costs or []))
    change(world, round_, {"do": "undo"})
    assert world.round(round_.id).certificate == done.before


def cautions_of(done: Outcome) -> list[str]:
    return [str(one.words) for group in done.changed for one in figures.from_rows(done.said_of[group].cautions)]


def world_first(world: World) -> str:
    """The id of the first round."""
    with world.database.reading() as session:
        return session.exec(select(Round.id).where(Round.number == 1)).one()


def test_an_approved_round_stays_as_it_is_until_the_approval_is_taken_back(world: World) -> None:
    round_ = drawn(world, 4)
    [[a, _], [c, _]] = names(world, round_)
    after(world, rounds.approve, round_)
    assert "Take the approval back first" in refusal(world, round_, swap(a, c))
    after(world, rounds.unapprove, round_)
    after(world, rounds.unapprove, round_)
    change(world, round_, swap(a, c))
    after(world, rounds.approve, round_)
    after(world, rounds.send, round_)
    with pytest.raises(Conflict, match="only an approval of which nothing was sent"):
        after(world, rounds.unapprove, round_)
    assert "its mails have gone" in refusal(world, round_, swap(a, c))
    told = {mail.recipient: {one["address"] for one in mail.facts["members"]} for mail in world.mails()}
    world.deliver()
    assert world.round(round_.id).state == RoundState.INTRODUCED
    assert all(told[one] == set(addresses(*group)) for group in names(world, round_) for one in addresses(*group))


def test_a_round_that_is_not_drawn_cannot_be_changed(world: World) -> None:
    world.people(4)
    assert "not drawn yet" in refusal(world, world.open_round(), swap("person00", "person01"))


def test_of_several_changes_all_are_made_or_none(world: World) -> None:
    round_ = drawn(world)
    [[a, _], [c, _], [e, _]] = names(world, round_)
    before = whole(world, round_)
    with pytest.raises(BadInput) as refused:
        change(world, round_, swap(a, c), swap(e, "nobody"))
    assert [(fault.place, fault.problem) for fault in refused.value.faults] == [
        ("#/changes/1/b", "That is nobody of this programme.")
    ]
    assert (whole(world, round_), standing(world, round_)) == (before, [])


def test_a_change_of_what_somebody_saw_is_refused_when_it_is_not_there_any_more(world: World) -> None:
    round_ = drawn(world)
    [[a, _], [c, _], [e, f]] = names(world, round_)
    with world.database.reading() as session:
        seen = frozenset([queries.fingerprint(session, world.round(round_.id))])
    leave(world, f)
    with pytest.raises(ChangedSince):
        change(world, round_, swap(a, c), seen=seen)
    with pytest.raises(ChangedSince):
        change(world, round_, swap(a, c), seen=seen, dry_run=True)
    assert e in out(world, round_)
    change(world, round_, move(e, 1))
    assert e in names(world, round_)[0]


def test_an_undo_that_would_bring_somebody_back_who_has_left_is_refused(world: World) -> None:
    round_ = drawn(world)
    [[a, _], [c, _], _] = names(world, round_)
    change(world, round_, swap(a, c))
    leave(world, a)
    assert "not in the round any more" in refusal(world, round_, {"do": "undo"})


def test_words_of_changes_are_made_from_ids_so_that_an_erased_name_is_in_none(world: World) -> None:
    round_ = drawn(world)
    [[a, _], [c, _], _] = names(world, round_)
    change(world, round_, swap(a, c))
    [row] = standing(world, round_)
    assert a.title() not in str(row.model_dump())
    assert f"{a}@" not in str(row.model_dump())
