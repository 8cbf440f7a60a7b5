"""Work in a process of its own, and the memory that it took with all processes below it."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAUSE = 0.5
"""Seconds between two looks at the memory of all processes."""


@dataclass(frozen=True)
class Memory:
    """Peaks in MB."""

    own: float
    """Of the process itself."""
    child: float
    """Of the largest process that it started, and waited for."""
    together: float | None
    """Of all of them at one moment, pages that they share counted in each; None without /proc."""


def alone(work: Callable[..., Any], *arguments: Any) -> tuple[Any, Memory]:
    """What the function returns, called in a fresh process, and the peaks of that process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        future = pool.submit(_work, work, arguments)
        together = _watch(future)
        result, own, child = future.result()
    return result, Memory(own, child, max(together, own) if together else None)


def _work(work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, float, float]:
    result = work(*arguments)
    _end_helpers()
    return result, _own_peak(), _peak(resource.RUSAGE_CHILDREN)


def _end_helpers() -> None:
    """End the processes that fits ran in; they would wait for more work for minutes."""
    # BERTopic's HDBSCAN starts some by joblib, which has a copy of loky.
    for name in ("loky", "joblib.externals.loky"):
        if name in sys.modules:
            sys.modules[name].get_reusable_executor().shutdown()


def _own_peak() -> float:
    """Peak of this process, without what the one that started it held at that moment."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:  # another system
        return _peak(resource.RUSAGE_SELF)
    peak = next(line for line in status if line.startswith("VmHWM:"))
    return round(int(peak.split()[1]) / 1024, 1)


def _peak(who: int) -> float:
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(who).ru_maxrss * bytes_each / 2**20, 1)


def _watch(future: Future[Any]) -> float:
    """Peak of all processes below this one, in MB, until the work is done."""
    peak = 0.0
    while not future.done():
        peak = max(peak, sum(map(_resident, _below(os.getpid()))))
        wait([future], timeout=PAUSE)
    return round(peak, 1)


def _below(process: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in thread.read_text().split()]
        except OSError:  # The thread has ended meanwhile.
            continue
        for child in children:
            found += [child, *_below(child)]
    return found


def _resident(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:  # The process has ended meanwhile.
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
