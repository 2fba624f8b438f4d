"""docs/api-tour.md, line by line, against a running service."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SECRET_KEY
from tests.rig.server import Service, coffee

DOCUMENT = Path(__file__).parents[1] / "docs" / "api-tour.md"


def code(language: str) -> str:
    """All blocks of the document in one language, as one program."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def run(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_line_of_the_tour_works(tmp_path: Path) -> None:
    settings = {"COFFEE_DATABASE_URL": "sqlite:///coffee.db", "COFFEE_SECRET_KEY": SECRET_KEY}
    assert coffee("migrate", environment=settings, folder=tmp_path, fresh=True).returncode == 0
    lines_of = DOCUMENT.read_text("utf-8").splitlines()
    words = next(line.split() for line in lines_of if line.startswith("    ./coffee "))
    made = coffee(*words[1:], "--json", environment=settings, folder=tmp_path, fresh=True)
    with Service(["serve"], settings, tmp_path, fresh=True) as service:
        where = {"COFFEE_URL": service.site.url, "COFFEE_API_KEY": json.loads(made.stdout)["key"]}
        told = run([sys.executable, "-c", code("python")], where)
        lines = run(["sh", "-c", code("sh")], where)
    pairs = told.splitlines()[:-1]
    assert sorted(name for pair in pairs for name in pair.split(" and ")) == ["Ada", "Ben", "Cy", "Dee"]
    answers = in_a_row(lines)
    assert [*answers[0], answers[1]["period"], answers[2]["period"]] == [
        *("programmes", "next_cursor", "2026-W49", "2026-W49")
    ]
    assert [one["period"] for one in answers[3]["rounds"]] == ["2026-W49"]
    assert {"programme.create", "people.import", "round.send"} <= {one["action"] for one in answers[4]["entries"]}
    assert answers[5]["type"] == "/api/v1/problems/not-found"


def in_a_row(text: str) -> list[dict[str, Any]]:
    """Values of JSON that stand one behind the other."""
    found, reader = [], json.JSONDecoder()
    while text:
        value, end = reader.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


@pytest.mark.parametrize("language", ["python", "sh"])
def test_there_is_code_in_both_languages(language: str) -> None:
    assert "programmes/tour" in code(language)
