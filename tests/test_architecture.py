"""The drawing in docs/architecture.md is true, and the habits that a machine can check are kept."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import emails
from app.commands.test import CHECKS, LINT_IMPORTS

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "matching", "emails")
MOST_FILES, LONGEST_FILE = 300, 500  # lines: nine in ten stay under the first, all under the second
MOST_FUNCTIONS, LONGEST_FUNCTION = 30, 80

# Joined here, so that this file does not name what it forbids.
FOREIGN = {
    "a path of one machine": ["/wo+rk/(main|steering)", "/fa+rm/", "/ro+ot/", "/opt/wh+eels"],
    "a package registry's host": [r"py+pi\.org", "python+hosted", r"npm+js\.(org|com)", r"deb\.deb+ian"],
}
FOREIGN_PATTERNS = {what: re.compile("|".join(parts).replace("+", "")) for what, parts in FOREIGN.items()}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(tree: ast.Module) -> Iterator[str]:
    """The top-level names that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def calls(tree: ast.Module) -> Iterator[str]:
    """Every call of an attribute as it is written: `session.commit`, `datetime.now`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func)


def importers(library: str, *allowed: str) -> list[str]:
    """The modules of the packages that import `library` and do not lie in an allowed place."""
    return [
        name_of(path)
        for path in sources(*PACKAGES)
        if library in imported(tree_of(path)) and not name_of(path).startswith(allowed)
    ]


# --- the import contract ---------------------------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache"]
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy_of_the_packages(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_import_contract_holds(copy_of_the_packages: Path) -> None:
    done = lint_imports(copy_of_the_packages)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("fault", "in_module"),
    [
        ("import app.clock", "matching/planted.py"),
        ("import emails", "matching/planted.py"),
        ("import matching", "emails/planted.py"),
        ("import app.services", "app/models/planted.py"),
        ("import app.web", "app/api/planted.py"),
        ("import app.queries", "app/clock.py"),
        ("import dbos", "app/services/planted.py"),
    ],
)
def test_the_import_contract_notices_a_planted_fault(copy_of_the_packages: Path, fault: str, in_module: str) -> None:
    with (copy_of_the_packages / in_module).open("a", encoding="utf-8") as file:
        file.write(f"\n{fault}\n")
    done = lint_imports(copy_of_the_packages)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout


def test_the_contract_is_part_of_the_checks() -> None:
    assert [check.words[1] for check in CHECKS if check.name == "import contract"] == [LINT_IMPORTS]


def test_the_durable_engine_is_imported_in_workflows_only() -> None:
    assert importers("dbos", "app/workflows/") == []


def test_the_web_framework_stays_at_the_doors() -> None:
    doors = ("app/api/", "app/web/", "app/main.py", "app/doors.py", "app/faults.py", "app/middleware.py")
    assert importers("fastapi", *doors) == []


# --- habits ----------------------------------------------------------------------------------------------------------


def test_only_the_database_module_commits() -> None:
    found = [
        f"{name_of(path)}: {call}"
        for path in sources(*PACKAGES)
        if name_of(path) != "app/db.py"
        for call in calls(tree_of(path))
        if call.endswith(".commit")
    ]
    assert found == []


def test_only_the_clock_reads_the_time_of_day() -> None:
    clocks = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today)$|^time\.time$")
    found = [
        f"{name_of(path)}: {call}"
        for path in sources(*PACKAGES)
        if name_of(path) != "app/clock.py"
        for call in calls(tree_of(path))
        if clocks.search(call)
    ]
    assert found == []


def test_every_folder_of_tests_and_code_is_a_package() -> None:
    folders = {path.parent for path in sources(*PACKAGES, "tests")}
    assert sorted(name_of(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def tracked_files() -> list[Path]:
    """What git tracks or would add; without git, everything outside folders that begin with a dot."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0 and done.stdout:
        return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]
    hidden = re.compile(r"(^|/)\.(?!ci|env|docker|git)|__pycache__")
    return [path for path in ROOT.rglob("*") if path.is_file() and not hidden.search(name_of(path))]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{name_of(path)}: {what}" for what, pattern in FOREIGN_PATTERNS.items() if pattern.search(text)]
    assert found == []


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module with the lines from its `def` to its end."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name_of(path)}::{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def too_long(lengths: dict[str, int], most: int, longest: int) -> list[str]:
    """What is over the upper limit, or over the lower one when more than a tenth is."""
    over = [name for name, lines in lengths.items() if lines > most]
    return over if len(over) > len(lengths) / 10 else [name for name in over if lengths[name] > longest]


def test_files_stay_short() -> None:
    paths = [path for path in sources(*PACKAGES, "tests") if path.parent.name != "versions"]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert too_long(lengths, MOST_FILES, LONGEST_FILE) == []


def test_functions_stay_short() -> None:
    paths = [path for path in sources(*PACKAGES) if path.parent.name != "versions"]
    lengths = dict(entry for path in paths for entry in functions(path))
    assert too_long(lengths, MOST_FUNCTIONS, LONGEST_FUNCTION) == []


def test_the_names_of_emails_are_found_where_checkers_are_told_that_they_are() -> None:
    """The package finds its names late, and keeps three lists of them: for checkers, for readers, for itself."""
    tree = ast.parse((ROOT / "emails" / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        name.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("emails.")
        for name in node.names
    }
    assert imported == {name: f"emails.{home}" for name, home in emails._HOME.items()}
    assert sorted(imported) == sorted(emails.__all__)
    assert all(getattr(emails, name) is getattr(sys.modules[home], name) for name, home in imported.items())
