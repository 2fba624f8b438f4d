"""`./coffee` sets itself up, from anywhere, once, and says what is wrong: tried on a copy with stubs in place of uv."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# all that the launcher may need of a system, besides Python
TOOLS = ("sh", "cat", "cp", "dirname", "env", "mkdir", "ps", "readlink", "rm", "rmdir", "sleep")
PYTHON_NAMES = ("python", "python3", "python3.11", "python3.12", "python3.13", "python3.14")
CLI = """
import json, os, sys
print(json.dumps({"words": sys.argv[1:], "cwd": os.getcwd(), "prefix": sys.prefix, "path": sys.path}))
"""
UV = """#!/bin/sh
echo "$*" >>"{log}"
if [ "$1" = venv ]; then
    sleep "${{STUB_SLEEP:-0}}"
    for last; do :; done
    exec "{python}" -m venv --without-pip "$last"
fi
exit "${{STUB_EXIT:-0}}"
"""


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@dataclass
class Copy:
    """A copy of the launcher in a folder of its own, with a stub of a project, and a PATH of stubs."""

    root: Path
    bin: Path
    log: Path

    def environment(self, **extra: str) -> dict[str, str]:
        return {"PATH": str(self.bin), "HOME": str(self.bin), **extra}

    def start(self, *words: str, cwd: Path | None = None, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "coffee"), *words],
            cwd=cwd or self.bin,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
        with self.start(*words, cwd=cwd, **extra) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def told(self, *words: str, cwd: Path | None = None, **extra: str) -> dict:
        """Run it to success; what the stub of `app.cli` was told."""
        done = self.run(*words, cwd=cwd, **extra)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def uv_calls(self) -> list[str]:
        return [line.split()[0] for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def require(self, name: str, text: str) -> None:
        (self.root / ".ci" / f"{name}.txt").write_text(text)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    root, tools = tmp_path / "a path with spaces", tmp_path / "bin"
    for folder in (root / ".ci", root / "app", tools):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "coffee", root)
    (root / "app" / "__init__.py").touch()
    (root / "app" / "cli.py").write_text(CLI)
    for tool in TOOLS:
        (tools / tool).symlink_to(str(shutil.which(tool)))
    program(tools / "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    log = tmp_path / "uv.log"
    program(tools / "uv", UV.format(log=log, python=sys.executable))
    made = Copy(root, tools, log)
    made.require("requirements", "")
    made.require("requirements-dev", "# dev\n")
    return made


# --- set-up ----------------------------------------------------------------------------------------------------------


def test_it_runs_from_any_folder_and_passes_its_words_on(copy: Copy, tmp_path: Path) -> None:
    told = copy.told("import", "a file.csv", "", "--json", cwd=tmp_path)
    assert told["words"] == ["import", "a file.csv", "", "--json"]
    assert told["cwd"] == str(tmp_path)
    assert told["prefix"] == str(copy.root / ".venv")
    assert str(copy.root) in told["path"]
    assert str(tmp_path) not in told["path"]


def test_it_can_be_started_through_links(copy: Copy, tmp_path: Path) -> None:
    (tmp_path / "first").symlink_to(copy.root / "coffee")
    (tmp_path / "second").symlink_to("first")
    done = subprocess.run(
        [tmp_path / "second", "hello"], env=copy.environment(), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["prefix"] == str(copy.root / ".venv")


@pytest.mark.parametrize("shell", [name for name in ("sh", "dash", "bash", "ksh", "busybox") if shutil.which(name)])
def test_it_is_read_by_every_shell_that_is_here(copy: Copy, shell: str) -> None:
    command = [str(shutil.which(shell)), *(["sh"] if shell == "busybox" else []), str(copy.root / "coffee"), "hello"]
    done = subprocess.run(command, env=copy.environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout or "{}").get("words")) == (0, ["hello"]), done.stderr


def test_it_sets_up_once(copy: Copy) -> None:
    first, second = copy.run("hello"), copy.run("hello")
    assert "setting up .venv" in first.stderr
    assert (second.returncode, second.stderr) == (0, "")
    assert copy.uv_calls() == ["venv", "pip"]


def test_it_makes_a_real_environment_with_venv_and_pip_where_uv_is_missing(copy: Copy) -> None:
    (copy.bin / "uv").unlink()
    assert copy.told("hello")["prefix"] == str(copy.root / ".venv")
    assert (copy.root / ".venv" / "bin" / "pip").exists()


def test_only_the_tests_get_the_tools_of_the_tests(copy: Copy) -> None:
    copy.told("hello")
    copy.told("test")
    copy.told("test")
    copy.told("hello")
    assert [line.rpartition("/")[2] for line in copy.log.read_text().splitlines() if line.startswith("pip")] == [
        "requirements.txt",
        "requirements-dev.txt",
    ]


@pytest.mark.parametrize("words", [("test", "--help"), ("test", "-h")])
def test_reading_about_the_tests_installs_none_of_their_tools(copy: Copy, words: tuple[str, ...]) -> None:
    copy.told(*words)
    assert not (copy.root / ".venv" / ".coffee-requirements-dev").exists()


def test_it_builds_anew_when_the_requirements_change(copy: Copy) -> None:
    copy.told("hello")
    (copy.root / ".venv" / "left-over").touch()
    copy.require("requirements", "# changed\n")
    copy.told("hello")
    assert copy.uv_calls() == ["venv", "pip", "venv", "pip"]
    assert not (copy.root / ".venv" / "left-over").exists()


def test_it_builds_anew_when_the_python_under_it_has_changed(copy: Copy) -> None:
    copy.told("hello")
    library = copy.root / ".venv" / "lib"
    (library / f"python3.{sys.version_info.minor}").rename(library / "python3.2")
    copy.told("hello")
    assert copy.uv_calls() == ["venv", "pip", "venv", "pip"]


def test_it_builds_anew_when_its_python_has_gone(copy: Copy) -> None:
    copy.told("hello")
    (copy.root / ".venv" / "bin" / "python").unlink()
    copy.told("hello")
    assert copy.uv_calls() == ["venv", "pip", "venv", "pip"]


def test_an_image_needs_no_set_up(copy: Copy) -> None:
    (copy.bin / "python").symlink_to("python3")
    assert copy.told("hello", COFFEE_NO_SETUP="1")["words"] == ["hello"]
    assert copy.uv_calls() == []


# --- what can go wrong -----------------------------------------------------------------------------------------------


def test_it_refuses_an_old_python_and_names_it(copy: Copy) -> None:
    for name in PYTHON_NAMES:
        program(copy.bin / name, '#!/bin/sh\n[ "$1" != -V ] || echo "Python 3.9.2"\n[ "$1" = -V ]\n')
    done = copy.run("hello")
    assert done.returncode == 1
    assert done.stderr == (
        "coffee: needs Python 3.11 or newer, and found Python 3.9.2: install one, or name one in COFFEE_PYTHON\n"
    )
    assert not (copy.root / ".venv.lock").exists()


def test_it_passes_over_an_old_python_to_a_newer_one(copy: Copy) -> None:
    (copy.bin / "python3").rename(copy.bin / "python3.13")
    program(copy.bin / "python3", "#!/bin/sh\nexit 1\n")
    assert copy.told("hello")["words"] == ["hello"]


def test_it_says_when_the_python_it_was_told_to_use_will_not_do(copy: Copy) -> None:
    done = copy.run("hello", COFFEE_PYTHON="/no where/python")
    assert done.returncode == 1
    assert "COFFEE_PYTHON names /no where/python" in done.stderr


def test_a_failed_set_up_says_so_and_is_tried_again(copy: Copy) -> None:
    failed = copy.run("hello", STUB_EXIT="3")
    assert failed.returncode == 1
    assert "setting up .venv failed" in failed.stderr
    assert not (copy.root / ".venv.lock").exists()
    assert copy.told("hello")["words"] == ["hello"]


def test_the_exit_code_of_the_program_comes_through(copy: Copy) -> None:
    (copy.root / "app" / "cli.py").write_text("raise SystemExit(3)\n")
    assert copy.run("hello").returncode == 3


# --- two at once -----------------------------------------------------------------------------------------------------


def hold_lock(copy: Copy, pid: int) -> Path:
    lock = copy.root / ".venv.lock"
    lock.mkdir()
    (lock / "pid").write_text(f"{pid}\n")
    return lock


def test_it_waits_for_a_set_up_that_is_running(copy: Copy) -> None:
    lock = hold_lock(copy, os.getpid())
    with copy.start("hello") as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(1.5)
        assert copy.uv_calls() == []
        shutil.rmtree(lock)
        out, _ = waiting.communicate(timeout=30)
    assert json.loads(out)["words"] == ["hello"]
    assert not lock.exists()


def test_it_clears_the_lock_of_a_set_up_that_was_killed(copy: Copy) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    lock = hold_lock(copy, gone.pid)
    assert copy.told("hello")["words"] == ["hello"]
    assert not lock.exists()


def test_giving_up_the_wait_leaves_the_lock_to_its_owner(copy: Copy) -> None:
    lock = hold_lock(copy, os.getpid())
    with copy.start("hello") as waiting:
        time.sleep(0.5)
        os.killpg(waiting.pid, signal.SIGTERM)
        assert waiting.wait(10) == 143
    assert lock.exists()


def test_two_that_start_at_once_set_up_once(copy: Copy) -> None:
    with copy.start("one", STUB_SLEEP="1") as one, copy.start("two", STUB_SLEEP="1") as two:
        said = [json.loads(process.communicate(timeout=60)[0])["words"] for process in (one, two)]
    assert said == [["one"], ["two"]]
    assert copy.uv_calls() == ["venv", "pip"]
