"""Commands whose disk fills up, and that run again when there is room."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.kills import Undisturbed, state_of
from faults.processes import Command
from faults.shop import case_of

_MEGABYTE = 2**20
_SPARE = 12 * _MEGABYTE
"""More than any command needs beyond what it leaves."""


@dataclass
class Filled:
    """One command whose disk was filled."""

    kind: str
    stage: str
    code: int
    said: str
    faults: list[str] = field(default_factory=list)


@contextmanager
def small_disk(folder: Path, n_bytes: int) -> Iterator[Path]:
    """A tmpfs of so many bytes.

    Raises:
        OSError: none can be mounted, as for want of rights.
    """
    folder.mkdir(parents=True)
    size = f"size={n_bytes // 1024}k"
    done = subprocess.run(  # noqa: S603 - our own words
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OSError(done.stderr.strip() or "mount failed")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S603, S607


def fill_one(kind: str, calm: Undisturbed, base: Path, folder: Path, rng: random.Random) -> Filled:
    """Fill the disk of a command at a random moment, but for a random rest; then make room.

    Raises:
        OSError: no small disk can be mounted.
    """
    with small_disk(folder / "disk", _size_of(base) * 2 + _SPARE) as disk:
        case = case_of(kind, base, disk / "case")
        (case.folder / "tmp").mkdir()
        filler = case.folder / "filler"
        command = Command.begin(case.words, case.folder / "cache", folder / "first")
        command.wait_until(rng.uniform(0, calm.ended.seconds) * rng.choice([0, 1, 1]))
        _fill(filler, rest=rng.choice([0, rng.randrange(_SPARE)]))
        first = command.end()
        filled = Filled(kind, first.stage, first.code, first.said)
        if first.code not in (0, 1):
            filled.faults.append(f"it ends with {first.code}")
        if first.code == 1 and len(first.said.splitlines()) != 1:
            filled.faults.append("it does not say so in one line")
        state = state_of(case, calm)
        if state not in ("old", "new") or (first.code == 0) != (state == "new"):
            filled.faults.append(f"it left {state}")
        if case.strangers():
            filled.faults.append(f"it left {case.strangers()}")
        filler.unlink()
        if not case.is_done():
            second = Command.begin(case.words, case.folder / "cache", folder / "second").end()
            if second.code or case.content() != calm.after:
                filled.faults.append(f"with room again it ends with {second.code}: {second.said}")
    shutil.rmtree(folder)
    return filled


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _fill(file: Path, rest: int) -> None:
    """Fill the disk that a file lies on, but for the rest."""
    free = os.statvfs(file.parent)
    n_bytes = free.f_bavail * free.f_frsize - rest
    with file.open("wb", buffering=0) as out:
        block = bytes(_MEGABYTE)
        try:
            while n_bytes > 0:
                n_bytes -= out.write(block[: min(n_bytes, _MEGABYTE)])
        except OSError:
            return
