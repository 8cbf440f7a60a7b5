"""Commands in processes that are forked from this one, which has loaded and compiled everything."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tiny_encoder import TinyEncoder

SECONDS_A_CHUNK = 0.03
TEXTS_A_CHUNK = 32
LONGEST = 300
"""Seconds that no command may take."""


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    """Exit code; of one that was killed, the number of the signal below 0."""
    seconds: float
    log: tuple[dict[str, Any], ...]
    """What it said on standard error, as `--log-json` has it; other lines under `line`."""
    batches: tuple[frozenset[str], ...]
    """Digests of the texts of each chunk that it began to encode."""

    @property
    def stage(self) -> str:
        """The stage that it was in at the end."""
        stages = [entry["stage"] for entry in self.log if "stage" in entry]
        return stages[-1] if stages else "at work"

    @property
    def said(self) -> str:
        """All lines that are no events, and its errors."""
        return "\n".join(
            str(entry.get("line") or entry.get("message"))
            for entry in self.log
            if "line" in entry or entry["event"] in ("error", "stopped")
        )


class NotedEncoder(TinyEncoder):
    """Writes down which texts it begins to encode, so that a killed process has told it."""

    def __init__(self, notes: Path) -> None:
        super().__init__()
        self._notes = notes

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors, after a while."""
        digests = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]
        with self._notes.open("a") as file:
            file.write(json.dumps(digests) + "\n")
        time.sleep(SECONDS_A_CHUNK)
        return super().encode(texts)


@dataclass
class Command:
    """A command that runs in a process of its own."""

    pid: int
    start: float
    notes: Path

    @classmethod
    def begin(cls, words: Sequence[str], cache: Path, notes: Path) -> Command:
        """Start it.

        Args:
            words: behind `topicmodel`.
            cache: folder of its caches.
            notes: folder for what it says and encodes.
        """
        notes.mkdir(parents=True)
        start = time.monotonic()
        pid = os.fork()
        if not pid:
            _run(words, cache, notes)
        return cls(pid, start, notes)

    def kill_after(self, seconds: float) -> None:
        """SIGKILL, so many seconds after its start, if it lives then."""
        self.wait_until(seconds)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait_until(self, seconds: float) -> None:
        """Sleep until so many seconds after its start."""
        time.sleep(max(0.0, self.start + seconds - time.monotonic()))

    def end(self) -> Ended:
        """Wait for its end; what hangs is killed."""
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            seconds = time.monotonic() - self.start
            if pid:
                code = os.waitstatus_to_exitcode(status)
                return Ended(code, seconds, _log(self.notes), _batches(self.notes))
            if seconds > LONGEST:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.005)


def _run(words: Sequence[str], cache: Path, notes: Path) -> None:
    """Be the command, and end with its exit code."""
    code: object = 3
    try:
        os.dup2(os.open(notes / "log", os.O_WRONLY | os.O_CREAT), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        call(words, cache, NotedEncoder(notes / "encoded"))
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 3)


def call(words: Sequence[str], cache: Path, encoder: TinyEncoder) -> None:
    """The command line in this process."""
    from topicmodel.cli import main
    from topicmodel.embedding import session

    session.load_encoder = lambda _: encoder
    session._CHUNK = TEXTS_A_CHUNK
    os.environ["TOPICMODEL_CACHE"] = str(cache)
    sys.argv = ["topicmodel", *words]
    main()


def _log(notes: Path) -> tuple[dict[str, Any], ...]:
    if not (notes / "log").exists():
        return ()
    lines = (notes / "log").read_text(errors="replace").splitlines()
    return tuple(map(_entry, lines))


def _entry(line: str) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except ValueError:
        return {"line": line}


def _batches(notes: Path) -> tuple[frozenset[str], ...]:
    file = notes / "encoded"
    if not file.exists():
        return ()
    # The last line may be half.
    lines = [line for line in file.read_text().splitlines() if line.endswith("]")]
    return tuple(frozenset(json.loads(line)) for line in lines)
