"""One decorator for the loops that must be fast: compiled where numba is there, plain Python where it is not.

Kernels take and give arrays of whole numbers only, so that both ways return the same bits. What numba compiles is kept
in `__pycache__` beside this file (or under NUMBA_CACHE_DIR), in a folder named after the source of the whole package:
numba itself looks at one file only and would not see that a constant changed in another. `python -m matching.warm` does
it at install. An image cannot be written to when it runs: there COFFEE_KERNELS names what was compiled when it was
built, and the first process copies it to NUMBA_CACHE_DIR, where a machine with another processor may add its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

HERE = Path(__file__).parent
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def jit(function: Kernel) -> Kernel:
    """`function`, compiled at its first call; itself when numba is missing or COFFEE_NO_NUMBA is 1."""
    if not compiled():
        return function
    import numba

    try:
        return cast(Kernel, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder for the cache can be written: compile each time rather than not at all
        return cast(Kernel, numba.njit(nogil=True)(function))


@cache
def compiled() -> bool:
    """Whether kernels are compiled in this process. Loads numba."""
    if os.environ.get("COFFEE_NO_NUMBA") == "1":
        return False
    built, kept = os.environ.get("COFFEE_KERNELS"), os.environ.get("NUMBA_CACHE_DIR")
    if built and kept:
        bring_along(Path(built), Path(kept))
    try:
        import numba
    except ImportError:
        return False
    numba.config.CACHE_DIR = str(  # type: ignore[attr-defined]
        kernel_folder(Path(kept) if kept else HERE / "__pycache__")
    )
    return True


def kernel_folder(base: Path) -> Path:
    """Where kernels of just this source are kept; what older source left behind is removed."""
    digest = hashlib.sha256()
    for file in sorted(HERE.rglob("*.py")):
        digest.update(f"{file.relative_to(HERE)}\0".encode() + file.read_bytes())
    folder = base / f"kernels-{digest.hexdigest()[:16]}"
    if not folder.exists():
        for old in base.glob("kernels-*"):
            shutil.rmtree(old, ignore_errors=True)
    return folder


def bring_along(built: Path, kept: Path) -> None:
    """Copy what an image compiled to where this machine may write: once for each image, whole or not at all."""
    try:
        stamp, mark = str(built.stat().st_mtime_ns), kept / "image"
        if mark.exists() and mark.read_text() == stamp:
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as place:
            copy = shutil.copytree(built, Path(place) / "new")
            (copy / "image").write_text(stamp)
            if kept.exists():
                kept.rename(Path(place) / "old")
            copy.rename(kept)
    except OSError:  # somebody else was first, or nothing can be written: then kernels are compiled again
        return
