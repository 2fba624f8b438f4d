"""openapi.json tells the whole truth: who may call what, and every way to fail."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from jsonschema_rs import Draft202012Validator

from app.api.description import kinds
from tests.app.api.door import MEDIA, Door, routes

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "api.md"


def tool() -> ModuleType:
    """The script that writes the description down."""
    spec = spec_from_loader("openapi", SourceFileLoader("openapi", str(ROOT / ".ci" / "openapi")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_published_description_is_that_of_the_running_service(sqlite_door: Door) -> None:
    writer = tool()
    served = sqlite_door.get("/openapi.json").json()
    assert writer.as_text(served) == writer.FILE.read_text(encoding="utf-8"), "run .ci/openapi"


def test_every_example_is_one(sqlite_door: Door) -> None:
    description = sqlite_door.app.openapi()
    wrong: list[tuple[str, ...]] = []
    for method, path, operation in routes(sqlite_door):
        for where, said in _contents(operation):
            if "schema" not in said:
                continue
            assert "example" in said, (method, path, where)
            check = Draft202012Validator({**said["schema"], "components": description["components"]})
            wrong += [(method, path, where, str(error)) for error in check.iter_errors(said["example"])]
        wrong += [(method, path, one["name"]) for one in operation.get("parameters", ()) if not _has_example(one)]
    assert wrong == []


def _contents(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What is sent and what comes back as JSON, each with where it stands."""
    parts = {"body": operation.get("requestBody", {}), **operation["responses"]}
    return [(where, part["content"]["application/json"]) for where, part in parts.items() if _is_json(part)]


def _is_json(part: dict[str, Any]) -> bool:
    return "application/json" in part.get("content", {})


def _has_example(parameter: dict[str, Any]) -> bool:
    return "example" in parameter or parameter["name"] == "cursor"


def test_what_may_be_sent_is_bounded(sqlite_door: Door) -> None:
    """Bodies are read within limits (`app/api/strict.py`), so a description without any would allow what is refused."""
    shapes = sqlite_door.app.openapi()["components"]["schemas"]
    loose = []
    for method, path, operation in routes(sqlite_door):
        asked = {"body": operation.get("requestBody", {}), "parameters": operation.get("parameters", [])}
        loose += [(method, path, *where) for where in _loose(asked, shapes)]
    assert loose == []


def _loose(said: Any, shapes: dict[str, Any], *where: str) -> list[tuple[str, ...]]:
    """Where a number has no bounds, or an object may hold whatever it likes."""
    if isinstance(said, list):
        return [one for number, item in enumerate(said) for one in _loose(item, shapes, *where, str(number))]
    if not isinstance(said, dict):
        return []
    name = str(said.get("$ref", "")).rpartition("/")[2]
    if name:
        return [] if name in where else _loose(shapes[name], shapes, *where, name)
    found = [one for key, item in said.items() if key != "example" for one in _loose(item, shapes, *where, key)]
    unbounded = said.get("type") in ("integer", "number") and not {"minimum", "maximum"} <= said.keys()
    anything = said.get("type") == "object" and not {"properties", "additionalProperties"} & said.keys()
    return [*found, where] if unbounded or anything else found


def test_every_call_is_described_with_a_name_scopes_and_its_problems(sqlite_door: Door) -> None:
    names = []
    for method, path, operation in routes(sqlite_door):
        names.append(operation["operationId"])
        problems = {status for status, said in operation["responses"].items() if MEDIA in _failure(sqlite_door, said)}
        public = path.endswith("{kind}")
        expected = {"404", "500", "503"} if public else {"401", "403", "404", "422", "429", "500", "503"}
        expected |= {"400", "409", "413", "415"} if method in ("POST", "PATCH") else set()
        expected |= {"409"} if method == "DELETE" else set()
        seen = method in ("PATCH", "DELETE") or path.endswith(("/approve", "/unapprove", "/send"))
        expected |= {"400", "412"} if seen else set()
        assert problems == expected, path
        assert operation.get("security", []) == ([] if public else [{"organiserKey": []}])
        headers = {one["name"]: one["required"] for one in operation.get("parameters", []) if one["in"] == "header"}
        known = {"Idempotency-Key": False} if method == "POST" and not path.endswith("/export") else {}
        assert headers == known | ({"If-Match": False} if seen else {}), path
        assert operation["description"]
    assert names == [
        *("list_programmes", "create_programme", "get_programme", "change_programme", "list_audit", "import_people"),
        *("get_import", "list_participants", "get_participant", "change_participant", "erase_participant"),
        *("list_rounds", "open_round", "get_round", "cancel_round"),
        *("list_groups", "change_groups", "approve_round", "send_round", "list_changes", "unapprove_round"),
        "stop_redraw",
        *("get_words", "change_words"),
        *("keep_mails", "release_mails", "schedule_round", "unschedule_round", "remind_round"),
        *("list_suppressed", "lift_address", "list_blocks", "keep_apart", "lift_block"),
        *("list_messages", "decide_messages", "watch_round", "resend_message", "leave_message"),
        *("rematch_message", "try_message", "get_message"),
        *("list_all_messages", "decide_all_messages"),
        *("export_participants", "export_audit", "export_groups", "export_participant"),
        *("list_emails", "get_email", "list_reports"),
        "problem_kind",
    ]


def _failure(door: Door, response: dict[str, Any]) -> dict[str, Any]:
    """The content of a response that stands among the components."""
    name = response.get("$ref", "").removeprefix("#/components/responses/")
    found: dict[str, Any] = door.app.openapi()["components"]["responses"].get(name, {}).get("content", {})
    return found


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
    parts = served.json()["components"]
    known = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses", "headers") for name in parts[kind]}
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
