"""Measure the speed of this machine, and its free memory and disk."""

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

TRIAL_SECONDS = 0.3
"""Seconds for which each of the two tasks that measure the speed is repeated."""

TRIAL_TEXTS = 64
"""Number of texts that are encoded to measure the speed of an encoder."""

MIN_TEXTS_FOR_TRIAL = 2_000
"""The encoder is measured if more texts are to be encoded; otherwise the cost table suffices."""

SMALL_BATCH_FACTOR = 1.2
"""Time for one of a few texts, relative to one of thousands, which fill whole batches."""

MB = 1e6

_NO_LIMIT = 1 << 60
"""Memory limits in bytes; a limit from this value on means that there is none."""


@dataclass(frozen=True)
class Trial:
    """What a trial of an encoder has measured."""

    seconds_a_text: float
    """Seconds for one of many texts."""
    n_dims: int
    """Dimensions of the vectors."""


def try_machine(seconds_a_text: float | None = None) -> Machine:
    """Measure the speed of this machine, in less than a second.

    Args:
        seconds_a_text: seconds to encode a text, if an encoder was measured.
    """
    from loky import cpu_count
    from threadpoolctl import threadpool_limits

    # The limit is set once: to set it takes as long as one multiplication.
    with threadpool_limits(1):
        arrays = _median_seconds(some_arithmetic())
    return Machine(
        python=_median_seconds(some_python) / PYTHON_SECONDS,
        arrays=arrays / ARRAY_SECONDS,
        cores=int(cpu_count()),
        seconds_a_text=seconds_a_text,
    )


def some_python() -> int:
    """A task in plain Python that is typical of the program: it counts words."""
    counts: dict[str, int] = {}
    for number in range(40_000):
        word = f"w{number % 997}"
        counts[word] = counts.get(word, 0) + len(word.lower())
    return len(counts)


def some_arithmetic() -> Callable[[], Floats]:
    """A function that multiplies two matrices, to measure arithmetic on arrays."""
    matrix = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)

    def multiply() -> Floats:
        product: Floats = matrix @ matrix
        return product

    return multiply


def try_encoder(texts: Sequence[str], encoder: Encoder) -> Trial:
    """Measure how long an encoder takes for a text, with a few texts of all lengths.

    The vectors are not put into the cache: the last bits of a vector depend on the other texts of
    its batch, so a plan that wrote to the cache would change the result of a fit.

    Args:
        texts: the texts to be encoded, in any order; not empty.
        encoder: the encoder to measure.
    """
    by_length = sorted(texts, key=lambda text: (-len(text), text))
    indices = np.linspace(0, len(by_length) - 1, min(TRIAL_TEXTS, len(by_length)))
    sample = [by_length[index] for index in np.unique(indices.round().astype(int))]
    # The first call may load the model, so it is not measured.
    encoder.encode(sample[-1:])
    start = time.perf_counter()
    vectors = encoder.encode(sample)
    seconds = (time.perf_counter() - start) / len(sample) / SMALL_BATCH_FACTOR
    return Trial(seconds, vectors.shape[1])


def free_memory(root: Path = Path("/")) -> float | None:
    """Memory that this process can use, including what it uses now, in units of a million bytes.

    The memory limit of a container counts, where it is below the memory of the machine.

    Args:
        root: the folder that contains /proc and /sys.

    Returns:
        None where the system does not tell.
    """
    available = _number_in_table(root / "proc/meminfo", "MemAvailable:")
    if available is None:
        return _physical_memory()
    free = [available * 1024, *_free_in_groups(root)]
    in_use = _number_in_table(root / "proc/self/status", "VmRSS:") or 0
    return (min(free) + in_use * 1024) / MB


def find_free_resources(run: Path | None, cache: Path) -> FreeResources:
    """Find the free memory and disk of this machine.

    Args:
        run: the folder that the run will be written to; None where it is not written.
        cache: the file of the vector cache.
    """
    folders = [_existing(path) for path in (run, cache) if path is not None]
    return FreeResources(
        memory=free_memory(),
        run_disk=_free_disk(run),
        cache_disk=_free_disk(cache),
        is_one_disk=len(folders) == 2 and len({folder.stat().st_dev for folder in folders}) == 1,
    )


def _median_seconds(task: Callable[[], object]) -> float:
    """Median seconds of a call, which short other work on the machine hardly changes.

    The first call does not count.
    """
    task()
    seconds, end = list[float](), time.perf_counter() + TRIAL_SECONDS
    while (start := time.perf_counter()) < end:
        task()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def _free_in_groups(root: Path) -> Iterable[float]:
    """Free bytes in each control group (cgroup) of this process, from the innermost outwards."""
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
        # Cached file contents count as used, but the system frees them when memory is needed.
        yield most - used + (_number_in_table(folder / "memory.stat", reclaimable) or 0)


def _number_in_table(file: Path, name: str) -> int | None:
    """The number in the line of a file that begins with this name."""
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
    except OSError:  # another operating system, or a container that hides the file
        return []


def _physical_memory() -> float | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MB
    except (ValueError, OSError):  # the system does not tell
        return None


def _free_disk(path: Path | None) -> float | None:
    return None if path is None else shutil.disk_usage(_existing(path)).free / MB


def _existing(path: Path) -> Path:
    """The path itself, or the nearest parent folder that exists."""
    path = path.absolute()
    return next(parent for parent in (path, *path.parents) if parent.exists())
