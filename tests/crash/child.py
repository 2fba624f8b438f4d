"""What the processes of a story are given before they begin, after the fork."""

import os

import tests.crash.mail_server  # noqa: F401  (for the nursery: once for all mail servers)
from app.workflows import foreman
from tests.crash import full_disk, wrong

TEMPO = 0.05
"""Seconds between two looks of a foreman: the service is the same, only the waiting is shorter."""
PREPARED = "tests.crash.child:prepare"


def prepare() -> None:
    """Quicker looks, and the faults that the environment names."""
    foreman.LOOK_SECONDS = TEMPO
    wrong.install(os.environ.get(wrong.VARIABLE, ""))
    full_disk.install()
