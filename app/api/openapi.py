"""What FastAPI cannot know of a route, added to its description: scopes, keys for repeated calls, headers, examples,
and every way to fail.
"""

from collections.abc import Sequence
from typing import Any

from fastapi.routing import RouteContext

from app.api.examples import PARAMETERS, Examples
from app.api.problems import KINDS, MEDIA_TYPE, OF_STATUS
from app.api.route import Rule, optional, rule_of
from app.api.strict import LARGEST

_JSON = "application/json"
_TEXT: dict[str, Any] = {"type": "string"}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `errors` names each place that is wrong.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": _TEXT | {"examples": [f"{KINDS}not-found"]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "request_id": _TEXT | {"description": "Quote it when asking for help."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": _TEXT | {"description": "A JSON pointer into the body."},
                    "place": _TEXT | {"description": "A field, or file, line and column."},
                    "detail": _TEXT,
                    "remedy": _TEXT,
                },
            },
        },
    },
}
FAILURES: dict[int, tuple[str, str, str]] = {
    400: ("Malformed", "malformed", "The request cannot be understood."),
    401: ("KeyRefused", "key-refused", "No valid key."),
    403: ("NotAllowed", "not-allowed", "The key may not do that."),
    404: ("NotFound", "not-found", "Unknown, or not the caller's."),
    409: ("Conflict", "conflict", "The state does not allow it, or the same Idempotency-Key is being worked on."),
    412: ("ChangedSince", "changed-since", "It is not what the caller has seen any more; see If-Match."),
    413: ("TooLarge", "too-large", "That is more than this call takes."),
    415: ("UnsupportedMediaType", "unsupported-media-type", "This call does not take that kind of body."),
    422: ("BadInput", "bad-input", "What was sent cannot be used."),
    500: ("Unexpected", "error", "Something went wrong here."),
    429: ("TooMany", "too-many", "The key has made all the calls that it may make for now; see Retry-After."),
    503: ("Busy", "busy", "That cannot be answered just now; see Retry-After."),
}
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "Names what was answered; send it back as If-Match with a change.", "schema": _TEXT},
    "Deprecation": {"description": "Since when the call is deprecated (RFC 9745).", "schema": _TEXT},
    "Sunset": {"description": "From when on the call may be gone (RFC 8594).", "schema": _TEXT},
    "RateLimit-Policy": {
        "description": "Quotas by name: q calls in w seconds (draft-ietf-httpapi-ratelimit-headers).",
        "schema": _TEXT,
    },
    "RateLimit": {"description": "What is left of each quota: r calls within t seconds.", "schema": _TEXT},
    "Link": {"description": 'The next page, with rel="next" (RFC 8288); none on the last.', "schema": _TEXT},
    "Location": {"description": "Where the new thing is.", "schema": _TEXT},
    "Idempotency-Replayed": {
        "description": "The answer of an earlier call with this Idempotency-Key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to show a key.", "schema": _TEXT},
}
_FASTAPI = "Successful Response"
_SUCCESS = {
    "200": "As asked.",
    "201": "It is made.",
    "202": "Taken; what follows is done behind the answer.",
    "204": "Done, and nothing to say.",
}
LIMITS = ["RateLimit-Policy", "RateLimit"]
WITH_FAILURE = {401: ["WWW-Authenticate"], 403: ["WWW-Authenticate"], 409: ["Retry-After"], 503: ["Retry-After"]}
WITH_FAILURE[429] = ["Retry-After", *LIMITS]
_KEY_HEADER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 printable ASCII characters. The same call with the same key does its work once.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what was seen. When it has changed since, nothing is done.",
    "schema": {"type": "string", "pattern": r'^("[!#-~]{1,100}"|\*)$'},
}


def completed(routes: Sequence[RouteContext], schema: dict[str, Any]) -> dict[str, Any]:
    """The whole description, from FastAPI's."""
    parts = schema.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = PROBLEM
    parts["headers"] = HEADERS
    parts["responses"] = {name: _failure(status) for status, (name, _, _) in FAILURES.items()}
    examples = Examples(schemas)
    for route in routes:
        rule = rule_of(route.endpoint)
        for method, operation in schema["paths"].get(route.path_format or "", {}).items():
            if method.upper() not in (route.methods or ()):
                continue
            if rule is not None:
                _rules(operation, rule, method)
            _illustrate(operation, examples)
    _exact(schema)
    return schema


def _exact(part: Any) -> None:
    """Whole numbers as such: FastAPI makes a float of each bound, and the largest is then one more than it was."""
    if isinstance(part, list):
        for one in part:
            _exact(one)
    elif isinstance(part, dict):
        for name in ("minimum", "maximum"):
            if part.get("type") == "integer" and isinstance(part.get(name), float):
                part[name] = min(int(part[name]), LARGEST)
        for one in part.values():
            _exact(one)


def _failure(status: int) -> dict[str, Any]:
    _, kind, words = FAILURES[status]
    title = OF_STATUS[status][1] if status in OF_STATUS else words
    example = {
        "type": f"{KINDS}{kind}",
        "title": title,
        "status": status,
        "detail": words,
        "request_id": "9f2c41d0",
    }
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    return {"description": words, "content": content} | _headers(*WITH_FAILURE.get(status, ()))


def _headers(*names: str) -> dict[str, Any]:
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}} if names else {}


def _rules(operation: dict[str, Any], rule: Rule, method: str) -> None:
    """Who may call it, with which headers, and how it can fail."""
    parameters = operation.setdefault("parameters", [])
    if rule.if_match:
        parameters.append(dict(_IF_MATCH))
    if rule.public:
        operation.pop("security", None)
    elif rule.keeps(method):
        words = "" if rule.key is optional else " Needed unless `dry_run` is true."
        parameters.append(_KEY_HEADER | {"required": False, "description": _KEY_HEADER["description"] + words})
    for status, said in operation["responses"].items():
        if status.startswith("2"):
            said["description"] = _SUCCESS[status] if said["description"] == _FASTAPI else said["description"]
            said |= _headers(*_with_success(operation, rule, method, status))
    for status in sorted(_statuses(rule, method)):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/{FAILURES[status][0]}"}
    if rule.public:
        operation["responses"].pop("422", None)
    if rule.deprecated is not None:
        operation["deprecated"] = True
    operation["x-scopes"] = [scope.value for scope in rule.scopes]


def _statuses(rule: Rule, method: str) -> set[int]:
    found = {404, 500, 503} if rule.public else {401, 403, 404, 422, 429, 500, 503}
    if method in ("post", "patch"):
        found |= {400, 409, 413, 415}
    if method == "delete":
        found |= {409}
    return found | ({400, 412} if rule.if_match else set())


def _with_success(operation: dict[str, Any], rule: Rule, method: str, status: str) -> list[str]:
    """The headers of an answer that is no failure."""
    found = [] if rule.public else list(LIMITS)
    if rule.deprecated is not None:
        found += ["Deprecation", *(["Sunset"] if rule.deprecated.ends else [])]
    if rule.etag or (rule.if_match and status != "204"):
        found.append("ETag")
    if any(one["name"] == "cursor" for one in operation.get("parameters", ())):
        found.append("Link")
    if operation["operationId"].startswith(("create_", "open_")) and status != "200":
        found.append("Location")
    return [*found, "Idempotency-Replayed"] if rule.keeps(method) else found


def _illustrate(operation: dict[str, Any], examples: Examples) -> None:
    """Examples of parameters, of what is sent, and of what comes back."""
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in PARAMETERS:
            parameter["example"] = PARAMETERS[parameter["name"]]
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for part in [*bodies, *operation["responses"].values()]:
        said = part.get("content", {}).get(_JSON)
        if said and said.get("schema") and not {"example", "examples"} & said.keys():
            said["example"] = examples.of(said["schema"])
