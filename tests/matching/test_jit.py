"""Compiled kernels travel with an image, and their absence changes no answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from matching.jit import bring_along

ROOT = Path(__file__).parents[2]


def test_what_an_image_compiled_is_copied_once_and_whole(tmp_path: Path) -> None:
    built, kept = tmp_path / "built", tmp_path / "data" / "kernels"
    (built / "inner").mkdir(parents=True)
    (built / "inner" / "one.nbi").write_text("compiled")
    bring_along(built, kept)
    assert (kept / "inner" / "one.nbi").read_text() == "compiled"
    (kept / "own.nbi").write_text("this machine's")
    bring_along(built, kept)
    assert sorted(path.name for path in kept.iterdir()) == ["image", "inner", "own.nbi"]
    assert [path.name for path in kept.parent.iterdir()] == ["kernels"]


def test_a_newer_image_replaces_what_an_older_one_brought(tmp_path: Path) -> None:
    built, kept = tmp_path / "built", tmp_path / "kernels"
    built.mkdir()
    (built / "old.nbi").write_text("old")
    bring_along(built, kept)
    (built / "old.nbi").rename(built / "new.nbi")
    os.utime(built, ns=(1, 1))
    bring_along(built, kept)
    assert sorted(path.name for path in kept.iterdir()) == ["image", "new.nbi"]


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    built = tmp_path / "built"
    built.mkdir()
    (tmp_path / "file").write_text("no folder")
    bring_along(built, tmp_path / "file" / "kernels")
    bring_along(tmp_path / "missing", tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_small_round_loads_no_compiler() -> None:
    code = """
import sys
from matching import Person, Pool, match
match(Pool(tuple(Person(f"p{number}", team="AB"[number % 2]) for number in range(60))), seed=1)
print("numba" in sys.modules)
"""
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"
