"""Files to save: whole, harmless in a spreadsheet, without secrets, noted in the audit, made while they are sent."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import openpyxl
import pytest
from sqlmodel import select

from app.files.sheets import csv_pieces, workbook_pieces
from app.models import AsksShown, AuditEntry, HeldFor, ParticipantState, Role, SeenBy
from app.queries import exports
from tests.app.web.organiser.desk import Desk
from tests.app.web.organiser.test_participants import changed

PEOPLE = "/organiser/programmes/demo/people/export"
AUDIT = "/organiser/programmes/demo/audit/export"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def rows_of(answer: httpx.Response) -> list[list[str]]:
    """The table in an answer, whichever way it came."""
    assert answer.status_code == 200, answer.text
    if "spreadsheetml" in answer.headers["content-type"]:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).active
        assert sheet
        return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("kind", ["csv", "csv-bom", "xlsx"])
def test_everybody_is_in_the_file_in_every_format(desk: Desk, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    desk.world.people(4)
    desk.world.person("zoë", "Nursing", interest=["tea", "chess"], offer=["first aid"])
    answer = desk.post(PEOPLE, format=kind)
    header, *rows = rows_of(answer)
    assert header == list(exports.PEOPLE)
    found = {row[1]: dict(zip(header, row, strict=True)) for row in rows}
    assert len(rows) == len(found) == 5
    zoe = next(one for one in found.values() if one["team"] == "Nursing")
    assert (zoe["name"], zoe["state"], zoe["interests"], zoe["offers"]) == ("Zoë", "active", "tea; chess", "first aid")
    assert answer.content.startswith(b"\xef\xbb\xbf") == (kind == "csv-bom")
    end = kind.partition("-")[0]
    assert answer.headers["content-disposition"] == f'attachment; filename="people-demo.{end}"'


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", FORMULAS)
def test_what_somebody_typed_is_shown_by_a_spreadsheet_and_never_run(sqlite_desk: Desk, kind: str, text: str) -> None:
    sqlite_desk.world.person("sam")
    changed(sqlite_desk, "sam", name=text, location=text)
    answer = sqlite_desk.post(PEOPLE, format=kind)
    (row,) = rows_of(answer)[1:]
    assert row[2] == f"'{text}".replace("\r", "\n")
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet
        assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "inlineStr"}


def test_no_secret_is_in_a_file(desk: Desk) -> None:
    sam, ana = desk.world.person("sam", ask=["a hidden ask"]), desk.world.person("ana")
    desk.world.person("una")
    needs = {"access": "step-free", "access_for": SeenBy.ORGANISER, "asks_shown": AsksShown.NOBODY}
    changed(desk, "sam", **needs, heard_at=desk.world.now)
    round_ = desk.round()
    files = [desk.post(path, format="csv").text for path in (PEOPLE, f"/organiser/rounds/{round_.id}/export")]
    for secret in ("step-free", "a hidden ask", "silence", "not_with", "heard"):
        assert secret not in "".join(files)
    desk.world.block(sam, ana)
    changed(desk, "una", state=ParticipantState.HELD, held_for=HeldFor.SILENCE)
    again = desk.post(PEOPLE, format="csv").text
    assert again == files[0].replace("una@example.org,Una,,,active", "una@example.org,Una,,,paused")


def test_the_groups_of_a_round_are_saved_one_after_the_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    ids = {one.id for one in desk.world.people(10)}
    alone = desk.world.person("alone", language=["Klingon"])
    for name in (f"person{number:02}" for number in range(10)):
        changed(desk, name)
    round_ = desk.round(10)
    answer = desk.post(f"/organiser/rounds/{round_.id}/export", format="csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="groups-demo-1.csv"'
    header, *rows = rows_of(answer)
    assert header == list(exports.GROUPS)
    seated: dict[str, list[str]] = {}
    for row in rows:
        seated.setdefault(row[0], []).append(row[1])
    assert sorted(map(sorted, seated.values())) == sorted(map(sorted, _groups(desk, round_.id, ids | {alone.id})))
    assert list(seated) == sorted(seated, key=lambda number: int(number or 99))
    assert sum(row[5] == "yes" for row in rows) == len(seated) - ("" in seated)


def _groups(desk: Desk, round_id: str, ids: set[str]) -> list[list[str]]:
    groups = list(desk.world.seated(desk.world.round(round_id)).values())
    rest = sorted(ids - {one for group in groups for one in group})
    return [*groups, *([rest] if rest else [])]


def test_each_file_is_noted_as_a_bulk_read_and_the_audit_can_be_saved(desk: Desk) -> None:
    round_ = desk.round()
    wanted = {"people.export": PEOPLE, "round.export": f"/organiser/rounds/{round_.id}/export", "audit.export": AUDIT}
    for path in wanted.values():
        assert desk.post(path, format="xlsx").status_code == 200
        assert desk.post(path, format="pdf").status_code == 422
    with desk.world.database.reading() as session:
        found = session.exec(select(AuditEntry)).all()
    noted = [(one.action, one.actor, one.detail) for one in found if one.action.endswith("export")]
    actor = f"organiser:{desk.account(desk.address).id}"
    assert sorted(noted) == sorted((action, actor, {"format": "xlsx"}) for action in wanted)
    saved = rows_of(desk.post(AUDIT, format="csv"))
    assert saved[0] == list(exports.AUDIT)
    assert set(wanted) <= {row[2] for row in saved}
    assert not [row for row in saved if row[1].startswith("participant")]


def test_who_may_only_look_saves_no_file(desk: Desk) -> None:
    round_ = desk.round()
    viewer = desk.elsewhere(desk.organiser(Role.VIEWER, name="vera"))
    for path in (PEOPLE, AUDIT, f"/organiser/rounds/{round_.id}/export"):
        assert viewer.post(path, format="csv").status_code == 403
    for page in ("/organiser/programmes/demo/people", f"/organiser/rounds/{round_.id}"):
        assert "/export" not in viewer.get(page).text


def test_a_file_is_sent_while_it_is_made() -> None:
    """However long it is, only a part of it is there at once."""
    made = 0

    def rows() -> Iterator[list[str]]:
        nonlocal made
        for made in range(100_000):
            yield [str(made)]

    pieces: Any = csv_pieces(["n"], rows())
    next(pieces)
    assert made < 1_000
    next(pieces)
    assert made < 2_000
    assert sum(len(piece) for piece in workbook_pieces("n", ["n"], iter([["\x00\ud800=1"]]))) > 100
