"""The documents say what the program does: links lead somewhere, settings and commands are the real ones."""

import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|[`\s(])(?:\./)?coffee((?: [a-z][a-z-]*)+)", re.MULTILINE)


def text_of(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


# --- links -----------------------------------------------------------------------------------------------------------


def anchors(document: Path) -> set[str]:
    """The anchors that a document's headings make, in GitHub's spelling."""
    headings = HEADING.findall(FENCE.sub("", document.read_text(encoding="utf-8")))
    plain = [re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}


def broken_links(document: Path) -> list[str]:
    """The relative links of a document that lead nowhere."""
    broken = []
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if (
            not file.exists()
            or not file.is_relative_to(ROOT)
            or (anchor and file.suffix == ".md" and anchor not in anchors(file))
        ):
            broken.append(target)
    return broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_links_of_a_document_lead_somewhere(document: Path) -> None:
    assert broken_links(document) == []


def test_a_broken_link_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "b.md").write_text("# Two words\n")
    document = tmp_path / "a.md"
    document.write_text("[a](b.md) [b](b.md#two-words) [c](gone.md) [d](b.md#gone) [e](https://example.org/gone)\n")
    assert broken_links(document) == ["gone.md", "b.md#gone"]


# --- settings --------------------------------------------------------------------------------------------------------


@cache
def setting_names() -> frozenset[str]:
    from app.settings import Settings

    prefix = Settings.model_config.get("env_prefix", "")
    return frozenset(f"{prefix}{name}".upper() for name in Settings.model_fields)


def test_every_setting_is_in_the_docs() -> None:
    written = "".join(text_of(document) for document in ("README.md", "docs/settings.md") if (ROOT / document).exists())
    assert sorted(name for name in setting_names() if not re.search(rf"\b{name}\b", written)) == []


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"^#? ?(COFFEE_[A-Z_]+)=", text_of(".env.example"), re.MULTILINE))
    assert named == setting_names()


def test_the_example_environment_says_what_each_setting_is_for() -> None:
    lines = text_of(".env.example").splitlines()
    bare = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if "COFFEE_" in line and "=" in line and not re.match(r"# (?!COFFEE_)\w", before)
    ]
    assert bare == []


def test_the_example_environment_can_be_used_as_it_is(tmp_path: Path) -> None:
    from app.settings import Settings

    example = tmp_path / ".env"
    example.write_text(re.sub(r"^# (?=COFFEE_)", "", text_of(".env.example"), flags=re.MULTILINE))
    settings = Settings(_env_file=example)
    assert settings.base_url == "https://coffee.example.org"
    assert settings.secret_key is None


def test_templates_for_lawyers_say_what_the_settings_do() -> None:
    from app.settings import Settings

    said = re.findall(r"(\d+) days \(`(COFFEE_KEEP_\w+)`\)", text_of("docs/privacy-notice.md"))
    real = {name.upper(): field.default for name, field in Settings.model_fields.items() if name.startswith("keep_")}
    assert {name.removeprefix("COFFEE_"): int(days) for days, name in said} == real


# --- commands --------------------------------------------------------------------------------------------------------


@cache
def help_of(words: tuple[str, ...]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words, "--help"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def commands_named_in(text: str) -> set[tuple[str, ...]]:
    """The words after `coffee` in code: fenced blocks and `spans`."""
    code = [match.group(0) for match in re.finditer(r"```.*?```|`[^`\n]+`", text, re.DOTALL)]
    code += re.findall(r"^ {4}\S.*$", text, re.MULTILINE)
    return {tuple(match.split()) for piece in code for match in COMMAND.findall(piece)}


def unknown_command(words: tuple[str, ...]) -> bool:
    """Whether not even the first word is a command; what follows a command may be an argument (a slug, a file)."""
    return help_of(words[:1])[0] != 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_that_a_document_names_exists(document: Path) -> None:
    named = commands_named_in(document.read_text(encoding="utf-8"))
    assert named or document.name != "README.md"
    assert sorted(" ".join(words) for words in named if words != ("anything",) and unknown_command(words)) == []


def test_commands_of_two_words_exist_in_full() -> None:
    named = {words[:2] for words in commands_named_in(text_of("README.md")) if len(words) > 1}
    groups = {words for words in named if re.search(r"COMMAND \[ARGS\]", help_of(words[:1])[1])}
    assert sorted(" ".join(words) for words in groups if help_of(words)[0] != 0) == []


def test_an_invented_command_is_noticed() -> None:
    assert commands_named_in("Run `./coffee brew tea` or:\n\n```\ncoffee demo --port 1\n```\nmy coffee is cold\n") == {
        ("brew", "tea"),
        ("demo",),
    }
    assert unknown_command(("brew", "tea"))


# --- tests that a document names -------------------------------------------------------------------------------------


def named_tests(text: str) -> list[tuple[str, str]]:
    """The files and functions of tests that a document names as `tests/….py::test_…`."""
    return re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)


def is_a_test(file: str, name: str) -> bool:
    return (ROOT / file).exists() and re.search(rf"^def {name}\(", text_of(file), re.MULTILINE) is not None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_tests_that_a_document_names_exist(document: Path) -> None:
    named = named_tests(document.read_text(encoding="utf-8"))
    assert [f"{file}::{name}" for file, name in named if not is_a_test(file, name)] == []


def test_each_edge_state_names_its_test() -> None:
    rows = [row for row in text_of("docs/edge-states.md").splitlines() if row.startswith("| ") and "---" not in row]
    states = [row for row in rows if not row.startswith("| state |")]
    assert len(states) > 30
    assert [row for row in states if not named_tests(row)] == []


def test_an_invented_test_is_noticed() -> None:
    assert named_tests("see `tests/test_docs.py::test_nothing`") == [("tests/test_docs.py", "test_nothing")]
    assert not is_a_test("tests/test_docs.py", "test_nothing")
    assert is_a_test("tests/test_docs.py", "test_an_invented_test_is_noticed")


# --- versions and deployment -----------------------------------------------------------------------------------------


def test_the_changelog_has_the_current_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert re.search(rf"^## .*\b{re.escape(version)}\b", text_of("CHANGELOG.md"), re.MULTILINE)


def test_the_licence_is_the_one_that_the_project_names() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text_of("LICENSE")


def compose() -> dict[str, Any]:
    loaded = yaml.safe_load(text_of("docs/deploy/compose.yaml"))
    assert isinstance(loaded, dict)
    return loaded


def test_the_compose_file_names_only_what_it_defines() -> None:
    file = compose()
    for name, service in file["services"].items():
        assert set(service.get("depends_on", {})) <= set(file["services"]), name
        assert set(service.get("secrets", [])) <= set(file["secrets"]), name
        volumes = {
            volume.partition(":")[0] for volume in service.get("volumes", []) if not volume.startswith((".", "/"))
        }
        assert volumes <= set(file["volumes"]), name
        assert ("image" in service) or ("build" in service), name


def test_every_service_that_stays_up_has_a_health_check_or_inherits_the_images() -> None:
    services = compose()["services"]
    assert {"postgres", "serve", "worker", "mail"} <= set(services)
    for name in ("postgres", "worker", "mail"):
        assert "healthcheck" in services[name], name
    assert "HEALTHCHECK" in text_of("Dockerfile")
    assert services["mail"]["profiles"] == ["mail"]


def test_the_compose_file_sets_only_real_settings_and_no_secret_in_the_open() -> None:
    secret = {"COFFEE_SECRET_KEY", "COFFEE_SMTP_URL", "COFFEE_DATABASE_URL"}
    for name, service in compose()["services"].items():
        ours = {key for key in service.get("environment", {}) if key.startswith("COFFEE_")}
        assert {key.removesuffix("_FILE") for key in ours} <= setting_names(), name
        assert not ours & (secret - {"COFFEE_SMTP_URL"}), name


def test_the_image_runs_without_root_and_installs_by_hash() -> None:
    dockerfile = text_of("Dockerfile")
    assert re.search(r"^USER (?!root|0\b)\w+", dockerfile, re.MULTILINE)
    assert "--require-hashes" in dockerfile
    assert "COFFEE_NO_SETUP=1" in dockerfile


def test_the_words_that_the_image_runs_can_be_read() -> None:
    words = {
        name: json.loads(rest) for name, rest in re.findall(r"(CMD|ENTRYPOINT) (\[.*\])$", text_of("Dockerfile"), re.M)
    }
    assert words == {"ENTRYPOINT": ["/app/coffee"], "CMD": ["serve", "--host", "0.0.0.0", "--port", "8000"]}  # noqa: S104
    (check,) = re.findall(r"^ +CMD (\[.*\])$", text_of("Dockerfile"), re.MULTILINE)
    python, option, code = json.loads(check)
    assert (python, option) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")


def test_the_image_copies_only_what_exists_and_is_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", text_of("Dockerfile"), re.MULTILINE)
    ignored = {line.strip("/") for line in text_of(".dockerignore").splitlines() if line and not line.startswith("#")}
    names = {name.strip("/") for line in copied for name in line.split()}
    assert names
    assert {name for name in names if not (ROOT / name).exists()} == set()
    assert "*" in ignored
    assert {name for name in names if f"!{name}" not in ignored} == set()
