"""cache: what the user's caches hold, and how they are cleared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from topicmodel.execution.checkpoints import KeptStages, clear_stages, kept_stages
from topicmodel.workflows.checkpointing import stages_beside


@dataclass(frozen=True)
class CacheContents:
    """How full the user's caches are."""

    path: Path
    """File of the cache of vectors."""
    n_bytes: int
    """Size of that file and its journal."""
    entries: Mapping[str, int]
    """Encoder identity -> number of its texts."""
    stages: KeptStages
    """Number of kept results of fits."""


def cache_info() -> CacheContents:
    """Where the user's caches are, their size, and how much they hold.

    Raises:
        EncoderError: the cache cannot be used.
    """
    from topicmodel.embedding.cache import VectorCache, default_cache_path

    with VectorCache(default_cache_path()) as vectors:
        info = vectors.info()
    stages = kept_stages(stages_beside(info.path))
    return CacheContents(info.path, info.n_bytes, info.entries, stages)


def clear_cache() -> Path:
    """Delete what the user's caches hold: vectors, fits, converted models, answers about names.

    Returns:
        Where the cache of vectors is.

    Raises:
        EncoderError: the cache cannot be deleted.
    """
    from topicmodel.embedding import cache
    from topicmodel.embedding.conversion import clear_converted, default_folder
    from topicmodel.naming.language_model import clear_answers, default_answer_cache

    path = cache.default_cache_path()
    cache.clear_cache(path)
    clear_stages(stages_beside(path))
    clear_converted(default_folder())
    clear_answers(default_answer_cache())
    return path
