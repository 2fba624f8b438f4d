"""The poller against an IMAP server over TLS: every report once, nothing deleted, trouble noted and never raised."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from app.errors import NotConfigured
from app.models import Channel, MailState
from app.services import bounces
from app.workflows import inbound
from app.workflows.channel import INBOUND
from emails.inbound import Report, read
from tests.app.bounced import Post
from tests.emails.inbound.corpus import every_case
from tests.factories import World
from tests.rig.imap import ImapServer


@pytest.fixture
def server(world: World) -> Iterator[ImapServer]:
    """A mailbox, and Sam and Alex introduced."""
    world.person("sam", "Finance")
    world.person("alex", "Estates")
    world.sent_round()
    with ImapServer() as running:
        look_at(world, running.url())
        yield running


def look_at(world: World, url: str) -> None:
    world.settings = world.settings.model_copy(update={"inbound_imap_url": SecretStr(url)})


def bounce(world: World, name: str = "postfix: unknown user") -> bytes:
    tag = Post(world).tag(Post(world).introduction("sam"))
    return next(case.data for case in every_case(tag) if case.name == name)


def poll(world: World, server: ImapServer) -> int:
    return inbound.poll(world.work, trusted=server.trusted)


def trouble(world: World) -> str | None:
    with world.database.reading() as session:
        row = session.get(Channel, INBOUND)
        return row.trouble if row else None


def test_what_lies_unseen_is_taken_once_and_stays(world: World, server: ImapServer) -> None:
    server.put(bounce(world))
    server.put(b"Subject: hello\r\n\r\njunk\r\n")
    assert poll(world, server) == 2
    assert Post(world).introduction("sam").state == MailState.REJECTED
    assert (server.unseen(), len(server.folders["INBOX"])) == ([], 2)
    assert poll(world, server) == 0
    assert [event.source for event in Post(world).events()] == ["imap"]


@pytest.mark.parametrize("moves", [True, False])
def test_what_is_taken_goes_to_a_folder_where_there_is_one(world: World, server: ImapServer, moves: bool) -> None:
    look_at(world, server.url(query="?done=Done"))
    server.moves = moves
    server.put(bounce(world))
    assert poll(world, server) == 1
    assert [len(server.folders["Done"]), server.unseen(), server.unseen("Done")] == [1, [], []]
    assert len(server.folders["INBOX"]) == (0 if moves else 1)


def test_nothing_is_ever_deleted(world: World, server: ImapServer) -> None:
    server.put(bounce(world))
    poll(world, server)
    asked = " ".join(server.asked).upper()
    assert [word for word in ("DELETED", "EXPUNGE", "DELETE", "CLOSE") if word in asked] == []


def test_a_message_taken_and_not_marked_is_taken_again_without_effect(world: World, server: ImapServer) -> None:
    server.put(bounce(world))
    server.breaks_at = "STORE"
    assert poll(world, server) == 0
    assert len(server.unseen()) == 1
    server.breaks_at = ""
    assert poll(world, server) == 1
    assert len(Post(world).events()) == 1


def test_more_than_a_mebibyte_is_never_fetched(world: World, server: ImapServer) -> None:
    server.put(bounce(world) + b"x" * 3_000_000)
    assert poll(world, server) == 1
    assert Post(world).introduction("sam").state == MailState.REJECTED
    assert any("<0.1048576>" in words for words in server.asked)


def test_a_hundred_messages_a_look(world: World, server: ImapServer) -> None:
    for number in range(130):
        server.put(f"Subject: {number}\r\n\r\n".encode())
    assert [poll(world, server), poll(world, server), poll(world, server)] == [100, 30, 0]


@pytest.mark.parametrize("verb", ["CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FETCH", "STORE"])
def test_a_line_that_breaks_is_noted_and_tried_again(world: World, server: ImapServer, verb: str) -> None:
    server.put(bounce(world))
    server.breaks_at = verb
    assert poll(world, server) == 0
    assert trouble(world) is not None
    server.breaks_at = ""
    assert poll(world, server) == 1
    assert trouble(world) is None


def test_trouble_is_told_in_words_without_the_password(world: World, server: ImapServer) -> None:
    said = []
    for url in (
        server.url(password="wrong-secret"),
        server.url(folder="Nowhere"),
        server.url(query="?done=Nowhere"),
        "imaps://u:p4ssw0rd@localhost:1/INBOX",
        "imap://u:p4ssw0rd@localhost/INBOX",
        "imaps://localhost/INBOX",
        "imaps://u:p4ssw0rd@localhost:99999/",
    ):
        look_at(world, url)
        server.put(b"Subject: x\r\n\r\n")
        assert poll(world, server) == 0
        said.append(trouble(world) or "")
    assert all(said)
    assert [words for words in said if "wrong-secret" in words or "p4ssw0rd" in words] == []


def test_a_server_whose_certificate_is_not_trusted_gets_no_password(world: World, server: ImapServer) -> None:
    assert inbound.poll(world.work) == 0
    assert trouble(world) == "The certificate of the mailbox's server cannot be trusted."
    assert server.asked == []


def test_no_transaction_is_open_while_the_server_is_spoken_to(world: World, server: ImapServer) -> None:
    with world.database.reading(), pytest.raises(Exception, match="transaction was open"):
        poll(world, server)


def test_without_a_mailbox_nothing_happens(world: World) -> None:
    assert inbound.poll(world.work) == 0
    assert trouble(world) is None


def test_while_the_database_is_away_the_message_stays_unseen(
    world: World, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(bounce(world))

    def away(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(bounces, "take", away)
        assert poll(world, server) == 0
    assert len(server.unseen()) == 1
    assert poll(world, server) == 1
    assert len(Post(world).events()) == 1


def test_one_that_we_stumble_over_keeps_no_other_from_being_taken(
    world: World, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(b"Subject: poison\r\n\r\n")
    server.put(bounce(world))

    def stumbling(data: bytes) -> Report:
        if b"poison" in data:
            raise ZeroDivisionError
        return read(data)

    monkeypatch.setattr("app.workflows.inbound.read_report", stumbling)
    assert poll(world, server) == 1
    assert [len(server.unseen()), len(Post(world).events())] == [0, 1]
    assert server.flagged() == [b"Subject: poison\r\n\r\n"], "it waits for human eyes"


def test_a_look_full_of_those_that_we_stumble_over_does_not_hold_up_the_next(
    world: World, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "MOST", 5)
    for _ in range(5):
        server.put(b"Subject: poison\r\n\r\n")
    server.put(bounce(world))
    real = read

    def stumbling(data: bytes) -> Report:
        if b"poison" in data:
            raise ZeroDivisionError
        return real(data)

    monkeypatch.setattr("app.workflows.inbound.read_report", stumbling)
    assert [poll(world, server), poll(world, server)] == [0, 1]


def test_a_mailbox_is_named_by_a_url() -> None:
    found = inbound.mailbox_of("imaps://b%40x.example:p%2Fw@mail.example.org/INBOX/Bounces?done=Done%20ones")
    assert found == inbound.Mailbox("mail.example.org", 993, "b@x.example", "p/w", "INBOX/Bounces", "Done ones")
    assert inbound.mailbox_of("imaps://u:p@h:1993").folder == "INBOX"
    for no_mailbox in ("pop3://u:p@h", "imaps://u:p@[h/INBOX", "imaps://u:p@h:port", "imaps://h"):
        with pytest.raises(NotConfigured):
            inbound.mailbox_of(no_mailbox)
