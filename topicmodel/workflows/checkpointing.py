"""Where the finished fits of a run are kept, and what is said of them."""

from __future__ import annotations

from pathlib import Path

from topicmodel.execution.checkpoints import NO_CHECKPOINTS, Checkpoints
from topicmodel.execution.versions import versions
from topicmodel.progress import Progress
from topicmodel.settings import Settings

LEAST_KEPT = 500
"""Fits are kept in runs of so many texts or more; smaller runs are quick."""


def stages_beside(cache: Path) -> Path:
    """The folder of finished stages that belongs to a cache of vectors."""
    return cache.with_name("stages")


def checkpoints_beside(
    cache: Path, settings: Settings, n_texts: int, progress: Progress
) -> Checkpoints:
    """Results of earlier runs, and where this run keeps its own.

    Args:
        cache: of vectors.
        settings: of the run.
        n_texts: of the run.
        progress: told why nothing can be kept.
    """
    from topicmodel.embedding.cache import IN_MEMORY
    from topicmodel.engine import device_used

    if not settings.keep_stages or n_texts < LEAST_KEPT or cache == IN_MEMORY:
        return NO_CHECKPOINTS
    used = [f"{package} {version}" for package, version in versions().items()]
    decided_by = [device_used(settings.topics.device), *used]
    return Checkpoints(stages_beside(cache), decided_by, progress.warning)


def tell_kept(checkpoints: Checkpoints, progress: Progress) -> None:
    """Say how much an earlier run had done."""
    if checkpoints.n_found:
        progress.message(
            f"Taken from an earlier run: {checkpoints.n_found} of {checkpoints.n_asked} fits"
        )
