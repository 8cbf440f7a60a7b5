"""The workers of a Ray cluster, through Ray Data: the one that RAY_ADDRESS names, or one here.

Ray starts a process that has died again, and repeats what it was working on; what is finished
stays. So a worker that is lost costs nothing but the items that it had in hand.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from topicmodel.errors import ScalingError, TopicModelError, as_sentence, first_line
from topicmodel.execution.workers import HERE, Item, Result

if TYPE_CHECKING:
    from ray.data import Dataset

AT_ONCE = 16
"""Blocks handed over together: enough for a dozen workers, few enough for the memory."""

RETRIES = 5
"""Times that one item is tried again where its worker dies. A worker is started anew each time."""

_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray tells of each pool of workers that its restart may fail, past all loggers.
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    # How later versions behave; unset, Ray warns that it will change.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}

_ERROR_LINE = re.compile(r"[\w.]*(Error|Exception): ")
"""The last line of a traceback: the kind of the error and its message."""


class RayWorkers:
    """Workers for the length of a `with` block; Ray starts with the first work that is worth it.

    A cluster that the program is connected to already is used, and left connected.

    Raises:
        ScalingError: when it is opened, Ray is not installed.
    """

    at_once = AT_ONCE

    def __init__(self, workers: int | Literal["auto"] = "auto") -> None:
        self._workers = workers
        self._connected_here = False

    def __enter__(self) -> RayWorkers:
        if importlib.util.find_spec("ray") is None:
            raise ScalingError(
                "Ray is not installed. `pip install topicmodel[ray]` installs it, or set "
                "scaling.engine to local."
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._connected_here:
            import ray

            ray.shutdown()
            self._connected_here = False

    def map(
        self,
        work: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        make: Callable[[], Callable[[Item], Result]] | None = None,
        least: int = 2,
        on_gpu: bool = False,
    ) -> Iterator[tuple[int, Result]]:
        """The number of each item with its result, as they get ready; a few items are done here.

        Work, items and results travel between processes, by whatever Ray sends Python objects by.
        """
        if len(items) < least:
            yield from HERE.map(work, items)
            return
        self._connect()
        import ray

        handed_out = self._hand_out(make or partial(_itself, work), items, on_gpu)
        try:
            for batch in handed_out.iter_batches(
                batch_size=None, batch_format="numpy", prefetch_batches=0
            ):
                for box in batch["outcome"]:
                    yield _opened(box.content)
        except ray.exceptions.RayTaskError:
            # The work itself has failed in a way that it should not: as if it had been done here.
            raise
        except ray.exceptions.RayError as error:
            raise ScalingError(
                f"Ray's workers failed: {_cause(error)} If they died for lack of memory, a smaller "
                "scaling.workers leaves more to each. What is encoded is kept, so run again to go "
                "on."
            ) from error

    def _hand_out(
        self, make: Callable[[], Callable[[Item], Result]], items: Sequence[Item], on_gpu: bool
    ) -> Dataset:
        from ray.data import ActorPoolStrategy, from_items

        resources = _resources()
        n_gpus = int(resources.get("GPU", 0)) if on_gpu else 0
        n_free = n_gpus or max(1, int(resources.get("CPU", 1)))
        n_workers = min(n_free if self._workers == "auto" else self._workers, len(items))
        rows = [{"task": _Box(task)} for task in enumerate(items)]
        # A block of its own for each item, so that it comes back as soon as it is ready.
        tasks = from_items(rows, override_num_blocks=len(rows))
        with warnings.catch_warnings():
            # From 2.64 on, Ray Data is told in another way how often a task is tried again.
            warnings.filterwarnings("ignore", message=".ray_remote_args. is deprecated")
            return tasks.map_batches(
                _Worker,
                fn_constructor_args=(make,),
                batch_size=1,
                batch_format="numpy",
                compute=ActorPoolStrategy(min_size=min(n_workers, n_free), max_size=n_workers),
                num_cpus=1,
                num_gpus=1 if n_gpus else None,
                max_restarts=-1,
                max_task_retries=RETRIES,
            )

    def _connect(self) -> None:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        import ray

        if not ray.is_initialized():
            self._connected_here = True
            _start(self._workers)
        _hush()


class _Worker:
    """Runs in a Ray process of its own and works on one item after the other."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]]) -> None:
        self._make = make
        self._work: Callable[[Any], Any] | None = None

    def __call__(self, batch: Mapping[str, npt.NDArray[np.object_]]) -> dict[str, Any]:
        outcomes = np.empty(len(batch["task"]), dtype=object)
        outcomes[:] = [_Box(self._outcome(*box.content)) for box in batch["task"]]
        return {"outcome": outcomes}

    def _outcome(self, number: int, item: Any) -> tuple[int, Any]:
        try:
            self._work = self._work or self._make()
            return number, self._work(item)
        except TopicModelError as error:
            # As a value: Ray would wrap it, after trying again what will not change.
            return number, error


@dataclass(frozen=True)
class _Box:
    """Wraps a value that Ray must pass on as it is: of lists and arrays it would make columns."""

    content: Any


def _opened(outcome: tuple[int, Any]) -> tuple[int, Any]:
    number, result = outcome
    if isinstance(result, TopicModelError):
        raise result
    return number, result


def _itself(work: Callable[[Item], Result]) -> Callable[[Item], Result]:
    return work


def _start(workers: int | Literal["auto"]) -> None:
    """Connect to the cluster that the environment names, or start one on this machine.

    Raises:
        ScalingError: neither works.
    """
    import ray

    address = os.environ.get("RAY_ADDRESS")
    here = {"address": "local", "include_dashboard": False}
    if workers != "auto":
        here["num_cpus"] = workers
    options = {"address": address} if address else here
    try:
        ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise ScalingError(
            f"Cannot connect to Ray: {first_line(error)} Check RAY_ADDRESS, or set "
            "scaling.engine to local."
        ) from error


def _hush() -> None:
    """Switch Ray's own progress bars off, as the run has its own."""
    from ray.data import DataContext

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    DataContext.get_current().enable_progress_bars = False


def _resources() -> Mapping[str, float]:
    import ray

    found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return found


def _cause(error: Exception) -> str:
    """The error of the worker where Ray quotes it, else Ray's own message."""
    quoted = [line for line in str(error).splitlines() if _ERROR_LINE.match(line)]
    return as_sentence(quoted[-1]) if quoted else first_line(error)
