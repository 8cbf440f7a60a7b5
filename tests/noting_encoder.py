"""An encoder for tests that leaves notes of its work, also in processes that are killed."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tiny_encoder import TinyEncoder

from topicmodel.datatypes import Floats


class NotingEncoder(TinyEncoder):
    """Writes into a folder, a file a process, the first text of chunks begun and done."""

    def __init__(self, folder: Path, seconds: float = 0.0) -> None:
        super().__init__()
        self.folder = folder
        self.seconds = seconds
        """That a chunk takes."""

    def encode(self, texts: Sequence[str]) -> Floats:
        self._note("begun", texts[0])
        time.sleep(self.seconds)
        vectors = super().encode(texts)
        self._note("done", texts[0])
        return vectors

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
