"""What the figures were measured on: the kind of machine, never its name or its paths."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.race.colette import COMMAND, VERSION

LIBRARIES = ("networkx", "rustworkx", "nx-rustworkx", "numpy", "numba", "pymatching")


def machine() -> dict[str, str]:
    """Processor, cores, memory, system, and the versions of everything that took part."""
    found = {name: _version(name) for name in LIBRARIES}
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "Coffee Trial": _ours(),
        **{name: number for name, number in found.items() if number},
        "colette": VERSION if COMMAND.exists() else "not installed",
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _ours() -> str:
    from app import __version__

    return __version__


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"
    except (OSError, ValueError):
        return "unknown"
