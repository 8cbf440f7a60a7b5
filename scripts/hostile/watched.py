"""Work that may hang or crash, done by processes that are watched and started anew."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("spawn")


class _Worker:
    """A process that does one job after the other."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.process: SpawnProcess = _CONTEXT.Process(target=_serve, args=(work, theirs))
        self.process.start()
        theirs.close()
        self.job: Any = None
        self.deadline = float("inf")

    def give(self, job: Any, limit: float) -> None:
        self.job, self.deadline = job, time.monotonic() + limit
        self.pipe.send(job)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def watched(
    work: Callable[[Any], Any],
    jobs: Sequence[Any],
    limit_of: Callable[[Any], float],
    processes: int,
) -> Iterator[tuple[Any, Any]]:
    """Each job with its result, as they get ready; "hang" and "crash" stand for one without.

    Args:
        work: of one job; importable, as it is done in another process.
        jobs: what is worked on.
        limit_of: seconds that a job may take.
        processes: at once.
    """
    waiting = list(reversed(jobs))
    workers = [_Worker(work) for _ in range(min(processes, len(jobs)))]
    for worker in workers:
        worker.give(waiting[-1], limit_of(waiting.pop()))
    while workers:
        wait([worker.pipe for worker in workers], timeout=1)
        for worker in list(workers):
            found = _result(worker)
            if found is None:
                continue
            yield worker.job, found[0]
            if found[0] in ("hang", "crash"):
                worker.end()
                workers.remove(worker)
                if waiting:
                    workers.append(worker := _Worker(work))
            if waiting:
                worker.give(waiting[-1], limit_of(waiting.pop()))
            elif worker in workers:
                worker.end()
                workers.remove(worker)


def _result(worker: _Worker) -> tuple[Any] | None:
    """The result of a worker, None while there is none."""
    try:
        if worker.pipe.poll():
            return (worker.pipe.recv(),)
    except (EOFError, OSError):
        return ("crash",)
    return ("hang",) if time.monotonic() > worker.deadline else None


def _serve(work: Callable[[Any], Any], pipe: Connection) -> None:
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        pipe.send(work(job))
