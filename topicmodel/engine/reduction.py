"""Vectors -> fewer dimensions, by UMAP: for HDBSCAN to find topics in, and for the eye."""

from __future__ import annotations

from typing import Any

import numpy as np

from topicmodel.datatypes import Floats
from topicmodel.engine import devices
from topicmodel.engine.parts import pinned
from topicmodel.settings import TopicSettings

LEAST_TEXTS = 12
"""UMAP's spectral start and BERTopic's sampling fail on fewer; such a dump is one topic."""

EXACT_NEIGHBORS_UP_TO = 20_000
"""Texts whose neighbours are found by comparing all with all. Beyond that UMAP approximates them,
which costs up to a minute of compiling before it pays."""

RANDOM_START_BELOW = 100
"""UMAP's spectral start needs clearly more texts than dimensions."""


def map_coordinates(vectors: Floats, settings: TopicSettings, *, seed: int, threads: int) -> Floats:
    """Two dimensions for the eye, (n_texts, 2), by UMAP."""
    if len(vectors) < LEAST_TEXTS:
        angles = 2 * np.pi * np.arange(len(vectors)) / max(len(vectors), 1)
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    with pinned(threads):
        reducer = reducer_for(vectors, settings, 2, seed, min_dist=0.1)
        return np.asarray(reducer.fit_transform(vectors), dtype=np.float32)


def reducer_for(
    vectors: Floats, settings: TopicSettings, n_components: int, seed: int, min_dist: float = 0.0
) -> Any:
    """A seeded UMAP for these vectors; its neighbours are exact where they are few."""
    n_neighbors = min(settings.n_neighbors, max(2, len(vectors) // 3))
    exact = len(vectors) <= EXACT_NEIGHBORS_UP_TO and not devices.gpu(settings)
    return devices.umap(
        settings,
        n_neighbors=n_neighbors,
        precomputed_knn=_neighbors(vectors, n_neighbors) if exact else (None, None, None),
        n_components=n_components,
        min_dist=min_dist,
        metric="cosine",
        init="random" if len(vectors) < RANDOM_START_BELOW else "spectral",
        random_state=seed,
        n_jobs=1,
    )


def _neighbors(vectors: Floats, n_neighbors: int) -> tuple[Any, Any, None]:
    """Nearest neighbours by cosine distance, the text itself first, as UMAP wants them."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(vectors)
    distances, rows = search.kneighbors(vectors)
    # Of unit vectors the cosine distance is half the squared Euclidean one.
    return rows, (distances**2 / 2).astype(np.float32), None
