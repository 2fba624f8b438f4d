"""What comes in is small, soon there and no bomb, or it is refused in words."""

import io
import random
import socket
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import openpyxl
import pytest
from sqlalchemy.pool import QueuePool

from app.web.organiser import adding
from tests.app.web.organiser.desk import Desk
from tests.app.web.organiser.test_adding import ADD, uploaded


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        for number in range(40):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * 10_000_000)
    return content.getvalue()


def test_a_small_archive_that_holds_far_more_than_it_seems_is_refused(sqlite_desk: Desk) -> None:
    answer = uploaded(sqlite_desk, bomb(), name="people.xlsx")
    assert answer.status_code == 422
    assert "This workbook is far too large." in answer.text


SHEETS = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def with_texts(texts: bytes) -> bytes:
    """A workbook whose part with all texts holds more than its cells name, and has a name of its own."""
    book, plain, content = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active
    book.active.append(["E-Mail", "Name"])
    book.save(plain)
    more = f'<Override PartName="/xl/odd.xml" ContentType="{TEXTS}"/></Types>'.encode()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part.replace(b"</Types>", more) if name == "[Content_Types].xml" else part)
        new.writestr("xl/odd.xml", b'<sst xmlns="%s">%s</sst>' % (SHEETS, texts))
    return content.getvalue()


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (b"<si><t>ab</t></si>" * 60_000, "This workbook unpacks to far more than it seems to hold."),
        (random.Random(1).randbytes(11_000_000).hex().encode(), "This workbook is far too large."),
        (b"<si><t>ab</t></si>" * 50_000, ""),
    ],
)
def test_a_workbook_with_far_too_many_texts_is_refused_unread(sqlite_desk: Desk, texts: bytes, words: str) -> None:
    answer = uploaded(sqlite_desk, with_texts(texts), name="people.xlsx")
    assert (answer.status_code, words in answer.text) == (422 if words else 303, True)


@contextmanager
def on_its_way(desk: Desk) -> Iterator[socket.socket]:
    """An upload whose head has come and whose body is awaited: the server says so."""
    cookies = "; ".join(f"{name}={value}" for name, value in desk.visitor.http.cookies.items())
    head = f"POST {ADD} HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n"
    with socket.create_connection(("127.0.0.1", desk.visitor.site.port), timeout=20) as line:
        line.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode())
        assert line.recv(1000).startswith(b"HTTP/1.1 100 ")
        yield line


def test_while_an_upload_is_coming_it_holds_no_connection_to_the_database(desk: Desk) -> None:
    pool = desk.visitor.app.state.context.database.engine.pool
    with on_its_way(desk) as first, on_its_way(desk):
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 0
        first.sendall(b"pasted=sam@example.org&x=".ljust(1000, b"x"))
        assert first.recv(1000).startswith(b"HTTP/1.1 303 ")


def test_an_upload_that_does_not_end_is_told_so(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "MOST_SECONDS", 0.2)
    with on_its_way(sqlite_desk) as line:
        answer = line.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 408 ")
    assert "That took too long" in answer
