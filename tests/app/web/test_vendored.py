"""What we took from others: unchanged, with its licence, and asked of no other host."""

import hashlib
import json
import re

import pytest

from app.web.icons import icon
from app.web.static import FILES, FOLDER, VENDORED
from tests.app.web.visitor import Visitor

LISTED = json.loads((VENDORED / "vendored.json").read_text("utf-8"))
NAMES = [file["name"] for package in LISTED for file in package["files"]]


@pytest.mark.parametrize("package", LISTED, ids=lambda package: package["package"])
def test_every_file_is_as_its_package_has_it_and_the_licence_lies_beside_it(package: dict[str, object]) -> None:
    files = package["files"]
    assert isinstance(files, list)
    for file in files:
        assert hashlib.sha256((VENDORED / file["name"]).read_bytes()).hexdigest() == file["sha256"], file["name"]
    assert any(file["from"] == "LICENSE" for file in files)
    assert package["version"]


def test_nothing_lies_there_that_is_not_listed() -> None:
    assert sorted(path.name for path in VENDORED.iterdir()) == sorted([*NAMES, "vendored.json"])


def test_stylesheets_name_only_files_of_ours_by_their_content() -> None:
    for name in ("coffee.css", "organiser.css", "poster.css", "reference.css"):
        words = FILES[name].content.decode()
        named = re.findall(r"url\(([^)]*)\)", words)
        assert "@import" not in words
        for url in named:
            found = re.fullmatch(r'"/static/([a-z0-9.-]+)\?v=([0-9a-f]{12})"', url)
            assert found, url
            assert FILES[found[1]].version == found[2]
    assert "url(" in (FOLDER / "coffee.css").read_text("utf-8")


def test_letters_are_sent_as_what_they_are_and_kept_for_a_year(visitor: Visitor) -> None:
    path = re.findall(r"/static/atkinson-next-latin\.woff2\?v=[0-9a-f]+", visitor.get("/").text)[0]
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "font/woff2")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content[:4] == b"wOF2"


@pytest.mark.parametrize("name", [name.removeprefix("icon-")[:-4] for name in NAMES if name.startswith("icon-")])
def test_an_icon_is_drawn_in_the_colour_of_the_words_and_silent(name: str) -> None:
    drawn = str(icon(name))
    assert drawn.startswith('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><')
    assert not re.search(r"<(script|style|image|use|a)\b|on[a-z]+=|href|stroke=|fill=\"(?!none)", drawn)


def test_an_icon_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="no icon tea"):
        icon("tea")
