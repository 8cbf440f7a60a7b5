"""Work side by side in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

Result = TypeVar("Result")


def call_each(
    function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]], processes: int
) -> Iterator[Result]:
    """The function of each tuple of arguments, in their order, as they get ready."""
    if processes == 1 or len(arguments) == 1:
        yield from (function(*values) for values in arguments)
        return
    from joblib import Parallel, delayed

    workers = Parallel(n_jobs=min(processes, len(arguments)), return_as="generator")
    yield from workers(delayed(function)(*values) for values in arguments)


def n_processes(chosen: int | Literal["auto"], worth_it: bool) -> int:
    """As many as chosen; auto is one for each processor core, where the work is worth the start."""
    if chosen != "auto":
        return chosen
    if not worth_it:
        return 1
    # Cores that this process may use, which in a container are fewer than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
