"""Where work that can be divided is done: in this process, or by the workers of a Ray cluster.

Both give the same results; a stage hands over a function and its arguments, and does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from topicmodel.execution.ray_workers import RayWorkers
from topicmodel.execution.workers import HERE, Here, Workers, in_order
from topicmodel.settings import ScalingSettings

__all__ = ["HERE", "Here", "RayWorkers", "Workers", "in_order", "open_workers"]


@contextmanager
def open_workers(settings: ScalingSettings) -> Iterator[Workers]:
    """The workers that the settings name, as long as the context lasts.

    Raises:
        ScalingError: Ray is named, and not installed.
    """
    if settings.engine == "local":
        yield HERE
        return
    with RayWorkers(settings.workers) as workers:
        yield workers
