"""Ourselves at sizes where nobody else ends: arrays from a file, a pool, rounds; a process of its own for each part.

The instance is that of the tests' `random_columns`: power-law teams, eight rounds of history, topics, languages,
blocks. It is made in another process, so that what making it costs is not counted; what loading it costs is.

    python -m benchmarks.race.large FILE PEOPLE SEED      writes it
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def large(people: int, seed: int, runs: int) -> dict[str, Any]:
    """Seconds to load, to the tiers and to the end; the first run is told apart. Medians of `runs` others."""
    with tempfile.TemporaryDirectory(prefix="coffee-large-") as folder:
        file = Path(folder) / "people.npz"
        words = [sys.executable, "-m", "benchmarks.race.large", str(file), str(people), str(seed)]
        subprocess.run(words, cwd=ROOT, check=True)
        return _measure(file, seed, runs)


def _measure(file: Path, seed: int, runs: int) -> dict[str, Any]:
    import numpy as np

    from benchmarks.race.jobs import peak_mb
    from benchmarks.race.ours import pool_of_arrays, timed

    with np.load(file) as arrays:
        read = dict(arrays)
    began = time.process_time()
    pool = pool_of_arrays(read)
    loading = time.process_time() - began
    del read
    loaded_mb = peak_mb()
    results = [timed(pool, seed + run) for run in range(1 + runs)]
    warm = results[1:] or results
    tiers = [one["tiers_seconds"] for one in warm if one["tiers_seconds"] is not None]
    return {
        "load_seconds": round(loading, 4),
        "loaded_mb": loaded_mb,
        "first": round(results[0]["seconds"], 4),
        "tiers_seconds": round(median(tiers), 4) if tiers else None,
        "seconds": [round(one["seconds"], 4) for one in warm],
        "certificate": warm[-1]["certificate"],
    }


def write(file: Path, people: int, seed: int) -> None:
    """The instance as plain arrays, the way somebody else's database would give them."""
    import numpy as np

    from matching.columns import pair_ends
    from tests.matching.column_makers import random_columns

    made = random_columns(people, seed)
    met_a, met_b = pair_ends(made.met, people)
    block_a, block_b = pair_ends(made.blocks, people)
    since = np.round(1000 / np.maximum(made.age, 1)).astype(np.int64)
    lists = {name: getattr(made, name) for name in ("interests", "asks", "offers")}
    np.savez(
        file,
        ids=np.asarray(made.ids),
        team=made.team,
        languages=made.languages,
        size=made.size,
        trios=made.trios,
        sat_out=made.sat_out,
        met_round=(since.max(initial=0) + 1 - since).astype(np.int32),
        met_a=met_a.astype(np.int32),
        met_b=met_b.astype(np.int32),
        block_a=block_a.astype(np.int32),
        block_b=block_b.astype(np.int32),
        **{f"{name}_start": one.start for name, one in lists.items()},
        **{f"{name}_words": one.words for name, one in lists.items()},
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
