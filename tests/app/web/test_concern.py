"""Something wrong? The page shows, its button acts; nobody who looks at it later learns that it was pressed."""

import pytest
from structlog.testing import capture_logs

from app.models import BlockedAddress, MailKind, MailState, Role
from app.workflows import duties
from tests.app.concerned import WORDS, concern_mails, named
from tests.app.web.organiser.desk import Desk
from tests.app.web.visitor import Visitor

READER = {"reader": "amira@example.org"}


@pytest.fixture
def path(visitor: Visitor) -> str:
    """The page behind the link of an introduction to Ann, who was to meet Bob."""
    world = visitor.world
    named(world)
    for name in ("ann", "bob"):
        world.person(name)
    world.sent_round()
    world.deliver()
    return visitor.link(MailKind.INTRODUCTION, "concern", "ann")


def blocks(visitor: Visitor) -> list[str]:
    from sqlmodel import select

    with visitor.world.database.reading() as session:
        return list(session.exec(select(BlockedAddress.email)))


def test_the_page_says_who_reads_it_and_what_happens_before_anything_is_written(visitor: Visitor, path: str) -> None:
    before = visitor.state()
    page = visitor.get(path)
    assert page.status_code == visitor.http.head(path).status_code == 200
    for words in (
        "Amira Haddad",
        "amira@example.org",
        "Bob",
        "and nobody else",
        "not matched again",
        "not told of any",
    ):
        assert words in page.text
    assert visitor.state() == before


def test_the_button_sends_the_words_and_says_what_happens_now(visitor: Visitor, path: str) -> None:
    answer = visitor.post(path, action="concern", words=WORDS, **READER)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?done=sent")
    (mail,) = concern_mails(visitor.world)
    assert (mail.recipient, mail.facts["words"], mail.facts["writer"]) == ("amira@example.org", WORDS, None)
    assert blocks(visitor) == ["bob@example.org"]
    page = visitor.get(f"{path}?done=sent").text
    for words in ("Amira Haddad", "not matched again", "not told"):
        assert words in page
    assert "where I live" not in page


def test_whoever_holds_a_quoted_link_sees_the_same_page_as_ever(visitor: Visitor, path: str) -> None:
    before = visitor.get(path).text
    visitor.post(path, action="concern", words=WORDS, contact="yes", **READER)
    visitor.world.deliver()
    assert visitor.fresh().get(path).text == before


def test_only_apart_writes_to_nobody(visitor: Visitor, path: str) -> None:
    answer = visitor.post(path, action="keep-apart")
    assert answer.headers["location"] == f"{path}?done=apart"
    assert (concern_mails(visitor.world), blocks(visitor)) == ([], ["bob@example.org"])
    assert "You are kept apart" in visitor.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"words": ""}, "Write what happened"),
        ({"words": "x" * 2001}, "at most 2,000"),
        ({"words": "a\x00b"}, "plain text"),
        ({"words": "\udcff"}, "plain text"),
        ({"words": "Fine words", "reader": "someone@example.org"}, "Somebody else reads this now"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words_and_nothing_happens(
    visitor: Visitor, path: str, fields: dict[str, str], said: str
) -> None:
    form = "&".join(f"{name}={_quoted(value)}" for name, value in ({"action": "concern"} | READER | fields).items())
    answer = visitor.http.post(path, content=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, said in answer.text, "Error: " in answer.text) == (422, True, True)
    assert (concern_mails(visitor.world), blocks(visitor)) == ([], [])


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text.encode("utf-8", "surrogateescape"))


def test_what_was_typed_is_kept_when_it_has_to_be_sent_again(visitor: Visitor, path: str) -> None:
    words = "<b>two</b>\nlines"
    answer = visitor.post(path, action="concern", words=words, contact="yes", reader="")
    assert "&lt;b&gt;two&lt;/b&gt;\nlines</textarea>" in answer.text
    assert 'value="yes" checked' in answer.text


def test_two_thousand_characters_typed_in_a_browser_are_two_thousand_characters(visitor: Visitor, path: str) -> None:
    words = "x" * 1000 + "\r\n" + "y" * 999
    assert visitor.post(path, action="concern", words=words, **READER).status_code == 303
    assert concern_mails(visitor.world)[0].facts["words"] == words.replace("\r\n", "\n")


def test_with_nobody_named_the_page_says_whom_to_turn_to_and_takes_no_words(visitor: Visitor, path: str) -> None:
    from app.queries import programmes as programme_queries

    with visitor.world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        programme.safe_email = programme.contact_email = None
    page = visitor.get(path).text
    assert ("<textarea" in page, "someone you trust at work" in page, "Only keep us apart" in page) == (
        False,
        True,
        True,
    )
    answer = visitor.post(path, action="concern", words=WORDS, reader="")
    assert answer.headers["location"] == f"{path}?done=apart"
    assert "where I live" not in visitor.rows()
    assert blocks(visitor) == ["bob@example.org"]


def test_when_the_organiser_reads_it_the_page_says_so(visitor: Visitor, path: str) -> None:
    named(visitor.world, safe_email="", contact_name="Olu Organiser")
    page = visitor.get(path).text
    assert ("Olu Organiser" in page, "They look after the programme" in page) == (True, True)


def test_no_other_link_raises_it_and_it_opens_nothing_else(visitor: Visitor, path: str) -> None:
    for purpose in ("choices", "leave"):
        other = visitor.link(MailKind.INTRODUCTION, purpose, "ann")
        assert visitor.post(other, action="concern", words=WORDS, **READER).status_code == 410
    for action in ("leave", "skip", "yes", "open", "confirm", "someone-new", "pause"):
        assert visitor.post(path, action=action).status_code == 410
    assert (concern_mails(visitor.world), blocks(visitor)) == ([], [])


def test_reminders_and_check_ins_and_their_page_lead_there_too(visitor: Visitor, path: str) -> None:
    for days, kind in ((5, MailKind.REMINDER), (6, MailKind.CHECK_IN)):
        visitor.world.later(days=days)
        duties.ask(visitor.world.work)
        visitor.world.deliver()
        assert visitor.get(visitor.link(kind, "concern", "ann")).status_code == 200
        wrong = visitor.link(kind, "concern", "ann")
        assert f'href="{wrong}"' in visitor.get(visitor.link(kind, "feedback", "ann")).text
        sent = visitor.world.transport.sent
        assert len([one for one in sent if one.recipient == "ann@example.org" and b"Something wrong?" in one.data]) >= 1


def test_the_words_are_in_no_log(visitor: Visitor, path: str) -> None:
    with capture_logs() as log:
        visitor.post(path, action="concern", words=WORDS, contact="yes", **READER)
        visitor.world.deliver()
    assert "where I live" not in repr(log)


def unread(visitor: Visitor, path: str) -> None:
    """Somebody says what is wrong, and its reader's mailbox refuses it."""
    import emails

    visitor.post(path, action="concern", words=WORDS, contact="yes", **READER)
    refused = emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 nobody")
    visitor.world.transport = emails.MemoryTransport([refused])
    visitor.world.deliver()
    assert concern_mails(visitor.world)[0].state == MailState.REJECTED


def test_one_that_nobody_could_read_is_seen_by_the_role_safety_alone(visitor: Visitor, path: str) -> None:
    desk = Desk(visitor.fresh())
    desk.sign_in(desk.organiser(Role.SAFETY, slug="demo"))
    others = [desk.elsewhere(desk.organiser(role, name=f"the-{role}")) for role in (Role.ORGANISER, Role.OWNER)]
    pages = ("/organiser", "/organiser/programmes/demo/outbox", "/organiser/programmes/demo/outbox?state=rejected")
    before = [[one.get(page).text for page in pages] for one in others]
    unread(visitor, path)
    assert [[one.get(page).text for page in pages] for one in others] == before
    mail = f"/organiser/mails/{concern_mails(visitor.world)[0].id}"
    assert [one.post(mail, action="resend").status_code for one in others] == [404, 404]
    assert "in confidence" in desk.get(pages[0]).text
    assert "Send again" in desk.get(pages[1]).text
    assert desk.post(mail, action="resend").status_code == 303


def test_where_nobody_looks_after_such_things_owners_see_that_one_was_not_read(visitor: Visitor, path: str) -> None:
    desk = Desk(visitor.fresh())
    desk.sign_in(desk.organiser(Role.OWNER))
    part = desk.elsewhere(desk.organiser(Role.OWNER, slug="demo", name="bo"))
    unread(visitor, path)
    assert ["in confidence" in one.get("/organiser").text for one in (desk, part)] == [True, True]
    desk.organiser(Role.SAFETY, name="ines")
    assert ["in confidence" in one.get("/organiser").text for one in (desk, part)] == [False, False]


def test_no_page_of_an_organiser_tells_of_it_and_one_that_nobody_could_read_is_seen(
    visitor: Visitor, path: str
) -> None:
    import emails

    world = visitor.world
    desk = Desk(visitor.fresh())
    desk.sign_in(desk.organiser(Role.SAFETY))
    pages = ("/organiser", "/organiser/programmes/demo/outbox")
    before = [desk.get(page).text for page in pages]
    visitor.post(path, action="concern", words=WORDS, contact="yes", **READER)
    assert [desk.get(page).text for page in pages] == before
    world.transport = emails.MemoryTransport([emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 nobody")])
    world.deliver()
    assert concern_mails(world)[0].state == MailState.REJECTED
    overview, outbox = (desk.get(page).text for page in pages)
    assert "1 mail in confidence could not be delivered" in overview
    assert "Something wrong, in confidence" in outbox
    row = outbox[outbox.index(f'id="{concern_mails(world)[0].id}"') :].partition("</tr>")[0]
    for secret in ("Ann", "Bob", "ann@", "bob@", "where I live"):
        assert secret not in row
    assert desk.post(f"/organiser/mails/{concern_mails(world)[0].id}", action="resend").status_code == 303
    world.deliver()
    assert concern_mails(world)[0].state == MailState.SENT
    assert "in confidence" not in desk.get(pages[0]).text + desk.get(pages[1]).text
