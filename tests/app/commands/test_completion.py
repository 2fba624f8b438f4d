"""The tab key finishes the words of coffee: in a real bash, with the script that `coffee completion` prints."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig.server import ROOT, coffee

BASH = shutil.which("bash") or "bash"
ASK = """
eval "$(./coffee completion bash)"
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
complete -p coffee >/dev/null && _coffee_completion ./coffee
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offered(folder: Path, *words: str) -> list[str]:
    """What bash offers after these words, the last of which has been begun."""
    launcher = folder / "coffee"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m app.cli "$@"\n')
    launcher.chmod(0o755)
    done = subprocess.run(
        [BASH, "--norc", "-c", ASK.format(words=shlex.join(["./coffee", *words]))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("r",), {"report", "restore", "round"}),
        (("round", "s"), {"schedule", "send", "status", "stop"}),
        (("round", "send", "--s"), {"--seen"}),
        (("organiser", "invite", "--role", ""), {"owner", "organiser", "safety", "viewer"}),
        (("completion", ""), {"bash", "zsh", "fish"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bash_offers_what_may_follow(tmp_path: Path, words: tuple[str, ...], expected: set[str]) -> None:
    assert set(offered(tmp_path, *words)) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell_asks_in_the_way_that_is_answered(tmp_path: Path, shell: str) -> None:
    done = coffee("completion", shell, environment={}, folder=tmp_path)
    assert done.returncode == 0
    assert f"_COFFEE_COMPLETE=complete_{shell}" in done.stdout


def test_a_shell_that_we_do_not_know_is_told_which_we_do(tmp_path: Path) -> None:
    done = coffee("completion", "tcsh", environment={}, folder=tmp_path)
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr
