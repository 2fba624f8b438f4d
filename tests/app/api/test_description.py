"""openapi.json tells the whole truth: who may call what, and every way to fail."""

from pathlib import Path

from app.api.description import kinds
from tests.app.api.door import MEDIA, Door, routes

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


def test_every_call_is_described_with_a_name_scopes_and_its_problems(sqlite_door: Door) -> None:
    names = []
    for method, path, operation in routes(sqlite_door):
        names.append(operation["operationId"])
        problems = {status for status, said in operation["responses"].items() if MEDIA in said.get("content", {})}
        public = path.endswith("{kind}")
        expected = {"404", "500", "503"} if public else {"401", "403", "404", "422", "500", "503"}
        expected |= {"400", "409", "413", "415"} if method in ("POST", "PATCH") else set()
        expected |= {"409"} if method == "DELETE" else set()
        seen = path.endswith(("/approve", "/send")) or (method, path[-7:]) == ("PATCH", "/groups")
        expected |= {"412"} if seen else set()
        assert problems == expected, path
        assert operation.get("security", []) == ([] if public else [{"organiserKey": []}])
        headers = {one["name"]: one["required"] for one in operation.get("parameters", []) if one["in"] == "header"}
        needed = path.endswith(("/send", "/imports"))
        known = {"Idempotency-Key": needed} if method == "POST" else {}
        assert headers == known | ({"If-Match": False} if seen else {}), path
        assert operation["description"]
    assert names == [
        *("list_programmes", "create_programme", "get_programme", "change_programme", "import_people", "get_import"),
        *("list_participants", "change_participant", "list_rounds", "open_round", "get_round", "cancel_round"),
        *("list_groups", "change_groups", "approve_round", "send_round", "list_changes", "unapprove_round"),
        *("list_messages", "resend_message", "leave_message"),
        *("list_emails", "get_email"),
        "problem_kind",
    ]


def test_the_description_is_served_to_who_has_a_key(sqlite_door: Door) -> None:
    served = sqlite_door.get("/openapi.json")
    assert served.status_code == 200
    assert served.json() == sqlite_door.app.openapi()
    parts = served.json()["components"]
    assert parts["securitySchemes"]["organiserKey"]["scheme"] == "bearer"
    assert "ValidationError" not in str(served.json()["paths"])
    for name in ("NewProgramme", "NewRound", "ParticipantChange"):
        assert parts["schemas"][name]["examples"]


def test_every_reference_of_the_description_leads_somewhere(sqlite_door: Door) -> None:
    served = sqlite_door.get("/openapi.json")
    known = {f"#/components/schemas/{name}" for name in served.json()["components"]["schemas"]}
    assert set(_references(served.json())) <= known


def _references(part: object) -> list[str]:
    if isinstance(part, list):
        return [found for one in part for found in _references(one)]
    if isinstance(part, dict):
        here = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return here + [found for one in part.values() for found in _references(one)]
    return []


def test_the_page_about_the_api_names_every_call_and_every_kind_of_problem(sqlite_door: Door) -> None:
    page = DOCS.read_text(encoding="utf-8")
    calls = [f"{method} {path[7:]}" for method, path, _ in routes(sqlite_door)]
    assert [call for call in calls if f"`{call}`" not in page] == []
    inside = {
        "error",
        "lost-lease",
        "overtaken",
        "schema-mismatch",
        "not-configured",
        "backup-failed",
        "link-expired",
        "from-elsewhere",
    }
    assert [kind for kind in sorted(kinds().keys() - inside) if f"`{kind}`" not in page] == []
