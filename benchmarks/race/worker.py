"""A process for one job: JSON in, JSON out, so that memory and time are its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from benchmarks.race.jobs import Job, Result

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def in_a_process(job: Job) -> Result:
    """The result of a job; `stopped` in it when it used up its seconds, `failed` when it broke."""
    words = [sys.executable, "-m", "benchmarks.race.worker"]
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(json.dumps(job), timeout=job["patience"])
    except subprocess.TimeoutExpired:
        return {**job, "stopped": job["patience"]}
    finally:
        _end(process)
    if process.returncode == -signal.SIGALRM:
        return {**job, "stopped": job["cap"]}
    if process.returncode:
        last = (err.strip().splitlines() or [f"ended with {process.returncode}"])[-1]
        return {**job, "failed": last.replace(str(ROOT), ".")[:300]}
    return dict(json.loads(out.splitlines()[-1]))


def _end(process: subprocess.Popen[str]) -> None:
    """Nothing that the job started outlives it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> None:
    """Read a job, do it, print its result. A contestant that is not there is a result as well."""
    from benchmarks.race.jobs import run
    from benchmarks.race.scene import Missing

    job = json.load(sys.stdin)
    try:
        result = run(job)
    except Missing as reason:
        result = {**job, "failed": str(reason)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
