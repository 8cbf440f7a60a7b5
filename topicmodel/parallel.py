"""Work side by side in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

Result = TypeVar("Result")


def call_each(
    function: Callable[..., Result],
    arguments: Sequence[tuple[Any, ...]],
    *,
    processes: int,
    threads: int,
) -> Iterator[tuple[int, Result]]:
    """The function of each tuple of arguments, as it gets ready: which one, from 0, and the result.

    Args:
        processes: calls that run at once; with 1 they run in this process.
        threads: of each call, the same in every process, so that the results are the same.
    """
    if processes == 1 or len(arguments) <= 1:
        for number, values in enumerate(arguments):
            yield _call(number, function, threads, values)
        return
    from joblib import Parallel, delayed

    workers = Parallel(n_jobs=min(processes, len(arguments)), return_as="generator_unordered")
    yield from workers(
        delayed(_call)(number, function, threads, values) for number, values in enumerate(arguments)
    )


def n_processes(chosen: int | Literal["auto"], worth_it: bool) -> int:
    """As many as chosen; auto is one for each processor core, where the work is worth the start."""
    if chosen != "auto":
        return chosen
    if not worth_it:
        return 1
    from joblib import cpu_count

    # Cores that this process may use, which in a container are fewer than the machine has.
    return int(cpu_count())


def _call(
    number: int, function: Callable[..., Result], threads: int, values: tuple[Any, ...]
) -> tuple[int, Result]:
    from threadpoolctl import threadpool_limits

    # The rounding of numerical libraries depends on their number of threads.
    with threadpool_limits(threads):
        return number, function(*values)
