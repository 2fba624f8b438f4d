"""Where numba is missing, the exact engine draws the same rounds, only slower."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from matching.exact.engine import draw
from matching.jit import compiled
from matching.rng import Lot
from tests.matching.column_makers import random_columns
columns = random_columns(int(sys.argv[1]), 2, teams="giant", times=True)
found = draw(columns, "ask-offer", 1.0, Lot(1), lambda word, share: None)
print(compiled(), found.seats.tolist(), [witness.y.tolist() for witness in found.witnesses])
"""


def lines(n: int, without: str) -> tuple[str, str]:
    """Whether kernels were compiled, and the round with its prices."""
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", SCRIPT, str(n)]
    environment = {**os.environ, "COFFEE_NO_NUMBA": without}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    compiled, _, rest = done.stdout.partition(" ")
    return compiled, rest


@pytest.mark.parametrize("n", [60, 61])
def test_the_same_round_is_drawn_without_numba(n: int) -> None:
    fast, slow = lines(n, ""), lines(n, "1")
    assert (fast[0], slow[0]) == ("True", "False")
    assert fast[1] == slow[1]
