"""Work side by side: in this process, and in helper processes beside it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, Literal, TypeVar

from topicmodel.execution.threads import limited_threads

Result = TypeVar("Result")
Task = tuple[int, tuple[Any, ...]]
"""Number of a call, from 0, and its arguments."""

LEAST_FOR_PROCESSES = 4000
"""Texts of a run from which on a second process is worth loading all libraries."""

IDLE = 300
"""Seconds without work after which a helper ends. A new one takes 10 to load all libraries."""

MOST_PROCESSES = 8
"""Where nobody has chosen a number: each takes memory, and a run has few fits."""


def call_each(
    function: Callable[..., Result],
    arguments: Sequence[tuple[Any, ...]],
    *,
    processes: int,
    threads: int,
) -> Iterator[tuple[int, Result]]:
    """The function of each tuple of arguments, as it gets ready: which one, from 0, and the result.

    Args:
        processes: calls that run at once, one of them in this process.
        threads: of each call, the same in every process, so that the results are the same.
    """
    if processes == 1 or len(arguments) <= 1:
        for number, values in enumerate(arguments):
            yield number, _call(function, threads, values)
        return
    waiting = deque(enumerate(arguments))
    done: SimpleQueue[tuple[int, Future[Result]]] = SimpleQueue()
    helpers = _helpers(processes - 1)

    def hand_over() -> None:
        """Give a helper the next call, and another one after it."""
        task = _take(waiting)
        if task is not None:
            number, values = task
            future = helpers.submit(_call, function, threads, values)
            future.add_done_callback(lambda future: go_on(number, future))

    def go_on(number: int, future: Future[Result]) -> None:
        done.put((number, future))
        if not future.cancelled() and future.exception() is None:
            hand_over()

    for _ in range(processes - 1):
        hand_over()
    try:
        for _ in arguments:
            own = _take(waiting) if done.empty() else None
            if own is not None:
                yield own[0], _call(function, threads, own[1])
            else:
                number, future = done.get()
                yield number, future.result()
    finally:
        waiting.clear()


def begin(
    function: Callable[..., Result], values: tuple[Any, ...], *, processes: int, threads: int
) -> Callable[[], Result]:
    """Have a helper make a call meanwhile; what comes of it is there when it is asked for.

    Args:
        processes: with 1 there is no helper, and the call is made when it is asked for.
        threads: of the call.
    """
    if processes == 1:
        return lambda: _call(function, threads, values)
    return _helpers(processes - 1).submit(_call, function, threads, values).result


def n_processes(
    chosen: int | Literal["auto"], n_texts: int, cores: Callable[[], int] | None = None
) -> int:
    """As many as chosen; auto is one for each processor core, where a run has texts enough.

    Args:
        chosen: in the settings.
        n_texts: of the run.
        cores: tells how many there are; those that this process may use unless given.
    """
    if chosen != "auto":
        return chosen
    return 1 if n_texts < LEAST_FOR_PROCESSES else min(MOST_PROCESSES, (cores or _cores)())


def _cores() -> int:
    from loky import cpu_count

    # Cores that this process may use, which in a container are fewer than the machine has.
    return int(cpu_count())


def _take(waiting: deque[Task]) -> Task | None:
    """The next task; helpers' threads take of the same."""
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _helpers(n_helpers: int) -> Executor:
    """Processes that wait for work; they end with this one, or after minutes without any."""
    from loky import get_reusable_executor

    helpers: Executor = get_reusable_executor(
        max_workers=n_helpers,
        timeout=IDLE,
        initializer=_end_with,
        initargs=(os.getpid(),),
    )
    return helpers


def _end_with(employer: int) -> None:
    """End this process soon after its parent: one that was killed cannot say that it is over."""

    def watch() -> None:
        while os.getppid() == employer:
            time.sleep(1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _call(function: Callable[..., Result], threads: int, values: tuple[Any, ...]) -> Result:
    with limited_threads(threads):
        return function(*values)
