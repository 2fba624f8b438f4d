"""Who may read what somebody would like help with: their choice counts in the draw's reasons, mails and suggestions."""

import json

import pytest

import emails
from app.api import dry_runs, shown
from app.models import AsksShown, MailKind, MailState, OutgoingMail, Participant, Round, TopicKind
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import asks, second_tries
from tests.app.concerned import exported
from tests.app.services.test_erasure_under_way import LATER, hand_over
from tests.factories import World

ASK = "Writing business cases"
SENTENCE = f"Priya would like help with {ASK}, which Sam offers."
LINE = f"Would like help with {ASK}."


@pytest.fixture
def pair(world: World) -> World:
    """Priya asks for what Sam offers."""
    world.person("priya", "Estates", ask=[ASK], interest=["Chess"])
    world.person("sam", "Finance", offer=[ASK], interest=["Chess"])
    return world


def choose(world: World, name: str, shown: AsksShown) -> None:
    with world.database.writing() as session:
        asks.choose(session, session.get_one(Participant, world.there(name).id), shown)


def facts_of(world: World, round_: Round) -> list[str]:
    """Why these people, as the API tells organisers."""
    with world.database.reading() as session:
        return [fact for row in round_queries.groups_of(session, round_) for fact in emails.from_json(row.group.facts)]


def letters(world: World) -> str:
    """Every introduction that went, as text."""
    return "\n".join(sent.data.decode() for sent in world.transport.sent)


@pytest.mark.parametrize("choice", [AsksShown.MATCH, AsksShown.PROGRAMME])
def test_a_match_reads_the_ask_and_so_do_organisers_unless_it_is_nobodys_business(
    pair: World, choice: AsksShown
) -> None:
    choose(pair, "priya", choice)
    round_ = pair.sent_round()
    assert SENTENCE in facts_of(pair, round_)
    for mail in pair.mails(MailKind.INTRODUCTION):
        assert SENTENCE in emails.from_json(mail.facts["common"])
        assert [LINE in emails.from_json(member["about"]) for member in mail.facts["members"]] == [True, False]


def test_with_nobody_the_draw_uses_the_ask_and_no_mail_and_no_organiser_names_it(pair: World) -> None:
    choose(pair, "priya", AsksShown.NOBODY)
    pair.person("kim", "Estates", interest=["Chess"])
    pair.person("lee", "Finance", interest=["Chess"])
    round_ = pair.sent_round()
    assert {"priya@example.org", "sam@example.org"} in pair.groups(round_)
    said = json.dumps([mail.facts for mail in pair.mails(MailKind.INTRODUCTION)])
    assert "like help" not in said
    assert said.count(ASK) == said.count("Can help with") == 2
    assert not [fact for fact in facts_of(pair, round_) if ASK in fact]
    assert "Would like help" not in letters(pair)
    with pair.database.reading() as session:
        programme = programme_queries.programme(session, pair.slug)
        subject = dry_runs.read(session, programme, 2, pair.now)
        people = people_queries.page(session, programme)
        told = {one.name: one.topics.asks for one in shown.participants(session, programme, people)}
    assert "would like help" not in json.dumps(dry_runs.drawn(subject, "2026-W50", 1).model_dump(mode="json"))
    assert told == {"Priya": [], "Sam": [], "Kim": [], "Lee": []}
    assert exported(pair, "priya")["topics"]["ask"] == [ASK]
    assert exported(pair, "priya")["asks_shown"] == "nobody"


def test_the_other_way_round_is_told_still(pair: World) -> None:
    choose(pair, "sam", AsksShown.NOBODY)
    assert SENTENCE in facts_of(pair, pair.draw(pair.open_round()))


def test_a_choice_after_the_draw_takes_the_ask_from_what_has_not_gone(pair: World) -> None:
    round_ = pair.draw(pair.open_round(send=True))
    assert SENTENCE in facts_of(pair, round_)
    choose(pair, "priya", AsksShown.NOBODY)
    assert facts_of(pair, round_) == [
        "This is your first meeting.",
        "From different teams: Estates and Finance.",
        "You share an interest in Chess.",
    ]
    pair.deliver()
    assert len(pair.transport.sent) >= 2
    assert "Would like help" not in letters(pair)
    assert "Likes to talk about" in letters(pair)


def test_a_held_mail_does_not_tell_it_when_it_is_sent_again(pair: World) -> None:
    pair.transport = emails.MemoryTransport([emails.Unknown("DOT", "silence")] * 2)
    pair.sent_round()
    choose(pair, "priya", AsksShown.NOBODY)
    pair.transport = emails.MemoryTransport()
    for mail in pair.mails(MailKind.INTRODUCTION):
        assert (mail.state, mail.rendered) == (MailState.UNCERTAIN, None)
        with pair.database.writing() as session:
            second_tries.resend(session, session.get_one(OutgoingMail, mail.id), pair.now)
    pair.deliver()
    assert len([sent for sent in pair.transport.sent if b"Subject: Meet" in sent.data]) == 2
    assert "Would like help" not in letters(pair)


def test_a_mail_that_is_with_the_server_does_not_tell_it_at_the_second_try(pair: World) -> None:
    pair.draw(pair.open_round(send=True))
    hand_over(pair, lambda: choose(pair, "priya", AsksShown.NOBODY), LATER, "sam")
    pair.later(minutes=2)
    pair.deliver()
    assert [sent.recipient for sent in pair.transport.sent][:1] == ["sam@example.org"]
    assert "Would like help" not in letters(pair)


def test_the_choice_also_takes_it_from_rounds_that_are_over(pair: World) -> None:
    round_ = pair.sent_round()
    assert SENTENCE in facts_of(pair, round_)
    choose(pair, "priya", AsksShown.NOBODY)
    assert not [fact for fact in facts_of(pair, round_) if ASK in fact]


@pytest.mark.parametrize(
    ("choices", "suggested", "open_asks"),
    [
        ((AsksShown.PROGRAMME, AsksShown.PROGRAMME), [ASK], [ASK]),
        ((AsksShown.PROGRAMME, AsksShown.MATCH), [], [ASK]),
        ((AsksShown.MATCH, AsksShown.MATCH), [], []),
        ((AsksShown.NOBODY, AsksShown.NOBODY), [], []),
    ],
)
def test_only_what_everyone_may_read_is_suggested_to_others(
    world: World, choices: tuple[AsksShown, ...], suggested: list[str], open_asks: list[str]
) -> None:
    for number, choice in enumerate(choices):
        world.person(f"person{number}", ask=[ASK])
        choose(world, f"person{number}", choice)
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        assert people_queries.common_topics(session, programme, TopicKind.ASK) == suggested
        assert people_queries.common_topics(session, programme, TopicKind.ASK, least=1) == open_asks
