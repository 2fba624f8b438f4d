"""A small file outside the database that remembers how far the database had come, so that a restored copy is noticed.

It holds the instance and how many mails had been handed over; beside it stands a list of erased people as keyed hashes,
so that a restore does not bring them back. Written to a new name, synced, renamed.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


LENGTH = 250
"""Octets of the file: each state is as long as every other."""


@dataclass(frozen=True)
class Seen:
    """What was seen last."""

    instance: str
    accepted: int


class Witness:
    """The file, and its list of erasures beside it. Without a path it knows nothing and keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def read(self) -> Seen | None:
        """What was written last, or None where there is nothing. Raises ValueError when it cannot be read."""
        if self.path is None or not self.path.exists():
            return None
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return Seen(str(said["instance"]), int(said["accepted"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is no witness file: {error}") from error

    def write(self, seen: Seen, *, sync: bool = True) -> None:
        """Remember this. Without `sync` a crash of the process loses nothing, one of the machine may.

        That way costs a tenth: one write over what is there, of the same length, in place of a new file.
        """
        if self.path is None:
            return
        words = json.dumps(asdict(seen)).encode().ljust(LENGTH) + b"\n"
        if not sync and self.path.exists():
            with self.path.open("r+b") as file:
                file.write(words)
            return
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        with fresh.open("wb") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        sync_folder(self.path.parent)

    def sync(self) -> None:
        """What was written without `sync` is on the disk from now on."""
        if self.path is not None and self.path.exists():
            with self.path.open("rb") as file:
                os.fsync(file.fileno())

    @property
    def _erasures(self) -> Path | None:
        return None if self.path is None else self.path.with_name(f"{self.path.stem}-erased.txt")

    def note_erasure(self, mark: str) -> None:
        """Remember that somebody was erased, by a keyed hash. Call it before the erasure is committed.

        A list that cannot be written stops no erasure: to forget now matters more than to forget again some day.
        """
        if self._erasures is None:
            return
        try:
            with self._erasures.open("a", encoding="ascii") as file:
                file.write(f"{mark}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            log.warning("witness.erasure_not_noted", error=str(error))

    def erasures(self) -> Iterator[str]:
        """The hashes of those who were erased."""
        if self._erasures is not None and self._erasures.exists():
            yield from self._erasures.read_text(encoding="ascii").split()


def sync_folder(folder: Path) -> None:
    """A rename is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
