"""The machine at hand: how quick it is, and what is free."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from topicmodel.datatypes import Encoder, Floats, FreeResources, Machine
from topicmodel.planning.costs import ARRAY_SECONDS, PYTHON_SECONDS

TRIED_SECONDS = 0.3
"""That each of two short tasks is repeated for."""

HANDFUL = 64
"""Texts that are encoded to see how long it takes."""

WORTH_A_TRIAL = 2_000
"""Texts to encode; of fewer, the table of costs is good enough."""

HANDFUL_PENALTY = 1.2
"""A text of a handful takes so many times as long as one among thousands, in full batches."""

MB = 1e6

_NO_LIMIT = 1 << 60
"""Limits of memory beyond this mean none."""


@dataclass(frozen=True)
class Trial:
    """What was seen of an encoder."""

    seconds_a_text: float
    """Of one among many."""
    n_dims: int
    """Of its vectors."""


def try_machine(seconds_a_text: float | None = None) -> Machine:
    """How quick this machine is, as far as can be seen in less than a second.

    Args:
        seconds_a_text: of encoding, where that was tried.
    """
    from loky import cpu_count
    from threadpoolctl import threadpool_limits

    # Set once and not for each product: with all libraries loaded that takes as long as a product.
    with threadpool_limits(1):
        arrays = _usual_seconds(some_arithmetic())
    return Machine(
        python=_usual_seconds(some_python) / PYTHON_SECONDS,
        arrays=arrays / ARRAY_SECONDS,
        cores=int(cpu_count()),
        seconds_a_text=seconds_a_text,
    )


def some_python() -> int:
    """Plain Python as the program has it: words counted."""
    counts: dict[str, int] = {}
    for number in range(40_000):
        word = f"w{number % 997}"
        counts[word] = counts.get(word, 0) + len(word.lower())
    return len(counts)


def some_arithmetic() -> Callable[[], Floats]:
    """A product of matrices, to be multiplied."""
    matrix = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)

    def multiply() -> Floats:
        product: Floats = matrix @ matrix
        return product

    return multiply


def try_encoder(texts: Sequence[str], encoder: Encoder) -> Trial:
    """How long these texts take to encode, as far as a handful of all lengths tells.

    The vectors are kept nowhere. A vector's last bits depend on the texts that it is encoded
    beside, so a cache that a plan had written to would change what a fit finds.

    Args:
        texts: of all lengths, in any order; not empty.
        encoder: that is tried.
    """
    by_length = sorted(texts, key=lambda text: (-len(text), text))
    places = np.linspace(0, len(by_length) - 1, min(HANDFUL, len(by_length)))
    handful = [by_length[place] for place in np.unique(places.round().astype(int))]
    # The first text finds a model that is not loaded yet.
    encoder.encode(handful[-1:])
    start = time.perf_counter()
    vectors = encoder.encode(handful)
    seconds = (time.perf_counter() - start) / len(handful) / HANDFUL_PENALTY
    return Trial(seconds, vectors.shape[1])


def free_memory(root: Path = Path("/")) -> float | None:
    """Memory that this process may have, with what it holds now, in a million bytes.

    What a container is limited to counts, where it is less than the machine has.

    Args:
        root: folder that /proc and /sys are in.

    Returns:
        None where the system does not tell.
    """
    available = _of_table(root / "proc/meminfo", "MemAvailable:")
    if available is None:
        return _physical_memory()
    free = [available * 1024, *_free_in_groups(root)]
    held = _of_table(root / "proc/self/status", "VmRSS:") or 0
    return (min(free) + held * 1024) / MB


def look_around(run: Path | None, cache: Path) -> FreeResources:
    """What is free on this machine.

    Args:
        run: folder that the run goes to; None where it is written nowhere.
        cache: file of the vector cache.
    """
    places = [_existing(path) for path in (run, cache) if path is not None]
    return FreeResources(
        memory=free_memory(),
        run_disk=_free_disk(run),
        cache_disk=_free_disk(cache),
        is_one_disk=len(places) == 2 and len({place.stat().st_dev for place in places}) == 1,
    )


def _usual_seconds(task: Callable[[], object]) -> float:
    """Of one call: the median of many, so that a moment's other work on the machine hardly counts.

    The first call is not counted.
    """
    task()
    seconds, end = list[float](), time.perf_counter() + TRIED_SECONDS
    while (start := time.perf_counter()) < end:
        task()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def _free_in_groups(root: Path) -> Iterable[float]:
    """Bytes that each control group of this process has left, the inner ones first."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        names = (
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            if controllers
            else ("memory.max", "memory.current", "inactive_file")
        )
        inner = top / path.strip("/")
        for folder in (inner, *inner.parents):
            yield from _free_in_group(folder, *names)
            if folder == top:
                break


def _free_in_group(folder: Path, limit: str, usage: str, reclaimable: str) -> Iterable[float]:
    most, used = _number(folder / limit), _number(folder / usage)
    if most is not None and used is not None and most < _NO_LIMIT:
        # Files that were read and may be forgotten count as used, but make way.
        yield most - used + (_of_table(folder / "memory.stat", reclaimable) or 0)


def _of_table(file: Path, name: str) -> int | None:
    for line in _lines(file):
        words = line.split()
        if words[:1] == [name] and len(words) > 1:
            return int(words[1])
    return None


def _number(file: Path) -> int | None:
    text = "".join(_lines(file)[:1]).strip()
    return int(text) if text.isdecimal() else None  # a group without a limit says "max"


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError:  # another system, or a container that hides it
        return []


def _physical_memory() -> float | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MB
    except (ValueError, OSError):  # a system that does not tell
        return None


def _free_disk(path: Path | None) -> float | None:
    return None if path is None else shutil.disk_usage(_existing(path)).free / MB


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if place.exists())
