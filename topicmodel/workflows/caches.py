"""The user's caches looked at and cleared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topicmodel.embedding.cache import CacheInfo


def cache_info() -> CacheInfo:
    """Where the user's cache of vectors is, its size, and how many it holds of each encoder.

    Raises:
        EncoderError: the cache cannot be used.
    """
    from topicmodel.embedding.cache import VectorCache, default_cache_path

    with VectorCache(default_cache_path()) as vectors:
        return vectors.info()


def clear_cache() -> Path:
    """Delete what the user's cache holds: vectors, converted models, answers of language models.

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
    clear_converted(default_folder())
    clear_answers(default_answer_cache())
    return path
