"""What the matcher knows and what people told us is said in the language of the mail; organisers' API stays English."""

import email
import email.policy

import emails
from app.models import Participant, Programme
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import conversations, letters
from emails import MIRRORED, phrase, together
from tests.factories import World

FINANCE, ESTATES, BUDGETS, CHESS = "Οικονομικά", "Κτίρια", "Προϋπολογισμοί", "Σκάκι"
WHY = [
    phrase("This is your first meeting."),
    phrase("From different teams: %(teams)s.", teams=sorted([FINANCE, ESTATES])),
    phrase(
        "%(asker)s would like help with %(topic)s, which %(helper)s offers.",
        asker="Priya",
        topic=BUDGETS,
        helper="Sam",
    ),
    phrase("You share an interest in %(interests)s.", interests=[CHESS]),
]
OF_PRIYA = together(
    phrase("Would like help with %(topics)s.", topics=BUDGETS), phrase("Likes to talk about %(topics)s.", topics=CHESS)
)


def arabic(world: World, team: str = FINANCE) -> World:
    """Priya asks for what Sam offers, in a programme whose mails run from right to left."""
    with world.database.writing() as session:
        programme_queries.programme(session, world.slug).locale = MIRRORED
    world.person("priya", ESTATES, ask=[BUDGETS], interest=[CHESS])
    world.person("sam", team, offer=[BUDGETS], interest=[CHESS])
    return world


def texts(world: World) -> list[str]:
    """Every mail that has gone, as plain text."""
    sent = [email.message_from_bytes(one.data, policy=email.policy.default) for one in world.transport.sent]
    return [body.get_content() for one in sent if (body := one.get_body(("plain",))) is not None]


def test_a_mail_says_why_these_people_in_its_own_language(world: World) -> None:
    round_ = arabic(world).sent_round()
    speaks = emails.language(MIRRORED)
    assert len(texts(world)) == 2
    for text in texts(world):
        assert [said for said in [*WHY, OF_PRIYA] if speaks.say(said) not in text] == []
        assert [said for said in [*WHY, OF_PRIYA] if said in text] == []
    with world.database.reading() as session:
        (group,) = round_queries.groups_of(session, round_)
        assert emails.from_json(group.group.facts) == WHY


def test_the_page_of_a_conversation_can_say_it_in_any(world: World) -> None:
    round_ = arabic(world).sent_round()
    with world.database.reading() as session:
        programme = session.get_one(Programme, round_.programme_id)
        sam = session.get_one(Participant, world.there("sam").id)
        talk = conversations.of_period(session, programme, sam, round_.period, world.now)
        assert talk is not None
        assert talk.facts is not None
        speaks = emails.language(MIRRORED)
        assert [speaks.say(one) for one in talk.facts["common"]] == [speaks.say(one) for one in WHY]
        assert speaks.say(talk.others[0]["about"]) == speaks.say(OF_PRIYA) != talk.others[0]["about"]
        assert talk.mail_to_all(speaks).startswith("mailto:priya@example.org?subject=%D8")


def test_a_report_tells_organisers_what_a_round_costs_in_the_language_of_their_programme(world: World) -> None:
    round_ = arabic(world, ESTATES).sent_round()
    world.deliver()
    told = letters.certificate_sentences(round_)
    assert told[-1] == f"{ESTATES} has 2 of 2 people: 1 pair must stay inside."
    (_, _, report) = texts(world)
    assert [said for said in told if emails.language(MIRRORED).say(said) not in report] == []
    assert [said for said in told if said in report] == []
