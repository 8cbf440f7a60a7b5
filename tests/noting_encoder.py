"""An encoder for tests that leaves notes of its work, also in processes that are killed."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tiny_encoder import TinyEncoder

from topicmodel.datatypes import Floats

LONG = 300
"""Seconds that no worker takes to start."""


class NotingEncoder(TinyEncoder):
    """Writes into a folder, a file a process, the first text of chunks begun and done."""

    def __init__(self, folder: Path, *, waits_for: int = 0) -> None:
        super().__init__()
        self.folder = folder
        self.waits_for = waits_for
        """Processes that must have begun a chunk before a second one is done in any of them."""

    def encode(self, texts: Sequence[str]) -> Floats:
        self._note("begun", texts[0])
        self._wait()
        vectors = super().encode(texts)
        self._note("done", texts[0])
        return vectors

    def _wait(self) -> None:
        end = time.monotonic() + LONG
        while self.batches and len(processes(self.folder)) < self.waits_for:
            assert time.monotonic() < end, f"only {processes(self.folder)} have begun"
            time.sleep(0.02)

    def _note(self, what: str, text: str) -> None:
        with (self.folder / f"{os.getpid()}.txt").open("a") as file:
            file.write(f"{what} {text}\n")


def done(folder: Path) -> Counter[str]:
    """First text of a chunk -> how often it was encoded to the end."""
    return Counter(
        text for notes in _notes(folder).values() for what, text in notes if what[0] == "d"
    )


def at_work(folder: Path) -> list[int]:
    """Processes that have begun a chunk and not ended it."""
    return [pid for pid, notes in _notes(folder).items() if notes[-1][0] == "begun"]


def processes(folder: Path) -> set[int]:
    """All that have encoded."""
    return set(_notes(folder))


def _notes(folder: Path) -> dict[int, list[tuple[str, ...]]]:
    return {
        int(path.stem): [tuple(line.split(" ", 1)) for line in path.read_text().splitlines()]
        for path in folder.glob("*.txt")
    }
