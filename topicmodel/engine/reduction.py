"""Vectors -> fewer dimensions, by UMAP: for HDBSCAN to find topics in, and for the eye."""

from __future__ import annotations

from typing import Any

import numpy as np

from topicmodel.datatypes import Floats, Integers
from topicmodel.engine import devices
from topicmodel.engine.parts import pinned
from topicmodel.settings import TopicSettings

LEAST_TEXTS = 12
"""UMAP's spectral start and BERTopic's sampling fail on fewer; such a dump is one topic."""

EXACT_NEIGHBORS_UP_TO = 20_000
"""Texts whose neighbours are found by comparing all with all. Beyond that UMAP approximates them,
which costs up to a minute of compiling before it pays."""

MAPPED = 10_000
"""Texts that UMAP draws a map of."""

N_AMONG = 4
"""Texts of the map that another one is put among."""

MAP_BLOCK = 4_096
"""Texts that are compared with the whole map at once."""

RANDOM_START_BELOW = 100
"""UMAP's spectral start needs clearly more texts than dimensions."""


def map_coordinates(vectors: Floats, settings: TopicSettings, *, seed: int, threads: int) -> Floats:
    """Two dimensions for the eye, (n_texts, 2), by UMAP.

    Of more than `MAPPED` texts an even sample is mapped, and each of the others is put among those
    of the sample that are most like it.
    """
    if len(vectors) < LEAST_TEXTS:
        angles = 2 * np.pi * np.arange(len(vectors)) / max(len(vectors), 1)
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    rows = _even_sample(len(vectors), seed)
    with pinned(threads):
        reducer = reducer_for(vectors[rows], settings, 2, seed, min_dist=0.1)
        mapped = np.asarray(reducer.fit_transform(vectors[rows]), dtype=np.float32)
        return _put_among(vectors, rows, mapped)


def _even_sample(n_texts: int, seed: int) -> Integers:
    if n_texts <= MAPPED:
        return np.arange(n_texts)
    return np.sort(np.random.default_rng(seed).choice(n_texts, MAPPED, replace=False))


def _put_among(vectors: Floats, rows: Integers, mapped: Floats) -> Floats:
    """Coordinates of all texts, where those of some rows are known."""
    found = np.empty((len(vectors), 2), dtype=np.float32)
    sample = vectors[rows]
    for first in range(0, len(vectors), MAP_BLOCK):
        block = slice(first, first + MAP_BLOCK)
        cosines = vectors[block] @ sample.T
        near = np.argpartition(-cosines, N_AMONG, axis=1)[:, :N_AMONG]
        places = mapped[near]
        # Neighbours may lie on islands far from one another: the middle of them would be the sea.
        best = np.take_along_axis(cosines, near, axis=1).argmax(axis=1)[:, None]
        nearest = np.take_along_axis(places, best[..., None], axis=1)
        apart = np.linalg.norm(places - nearest, axis=2, keepdims=True)
        weights = np.exp(-apart)
        found[block] = (places * weights).sum(axis=1) / weights.sum(axis=1)
    found[rows] = mapped
    return found


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
