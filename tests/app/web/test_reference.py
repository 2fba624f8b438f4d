"""The page about the API: every call, with lines that can be copied, and nothing from elsewhere."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from html import unescape

import pytest

from tests.app.api.door import Door, opened_door, routes
from tests.factories import World


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    with opened_door(world) as opened:
        yield opened


def test_every_call_stands_on_the_page_for_everybody(door: Door) -> None:
    answer = door.http.get("/api/v1/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    shown = re.findall(r'<h3 id="(\w+)">', answer.text)
    described = [operation["operationId"] for _, _, operation in routes(door)]
    assert sorted(shown) == sorted([*described, "healthz", "readyz"])


def test_the_page_needs_no_script_and_no_other_host(door: Door) -> None:
    text = door.http.get("/api/v1/docs").text
    assert "<script" not in text
    assert [url for url in re.findall(r'(?:src|href)="([^"]*)"', text) if not url.startswith(("/", "#"))] == []


def test_the_lines_of_curl_and_python_can_be_copied(door: Door) -> None:
    blocks = [unescape(block) for block in re.findall(r"<pre>(.*?)</pre>", door.http.get("/api/v1/docs").text, re.S)]
    calls = {operation["operationId"] for _, _, operation in routes(door)}
    curls = [block for block in blocks if block.startswith("curl ")]
    pythons = [block for block in blocks if block.startswith("api.")]
    assert len(curls) == len(pythons) == len(calls) + 2
    for line in curls:
        words = shlex.split(line.replace("\\\n", ""))
        assert "{" not in next(word for word in words if word.startswith("http"))
        assert all(json.loads(words[place + 1]) for place, word in enumerate(words) if word == "-d")
    for line in pythons:
        ast.parse(line)


def test_each_kind_of_problem_leads_to_what_it_means(door: Door) -> None:
    text = door.http.get("/api/v1/docs").text
    kinds = re.findall(r'href="(/api/v1/problems/[a-z-]+)"', text)
    assert "/api/v1/problems/changed-since" in kinds
    assert {door.http.get(kind).status_code for kind in kinds} == {200}


def test_what_an_example_sends_is_taken(door: Door) -> None:
    """The Python lines, on a service that has what they name."""
    text = unescape(door.http.get("/api/v1/docs").text)
    line = next(block for block in re.findall(r"<pre>(.*?)</pre>", text, re.S) if "api.post('/programmes'," in block)
    call = ast.parse(line, mode="eval").body
    assert isinstance(call, ast.Call)
    body = ast.literal_eval(call.keywords[0].value)
    assert door.post("/programmes", body).status_code == 201
