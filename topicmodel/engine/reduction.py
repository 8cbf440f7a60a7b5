"""Vectors -> fewer dimensions by UMAP, as input of HDBSCAN and for the map."""

from __future__ import annotations

from typing import Any

import numpy as np

from topicmodel.datatypes import Floats
from topicmodel.engine import backends
from topicmodel.settings import FitSettings

MIN_TEXTS = 12
"""Minimum texts of a fit; on fewer, UMAP and BERTopic's sampling fail, and all are one topic."""

EXACT_NEIGHBORS_UP_TO = 20_000
"""Maximum texts whose nearest neighbours are found exactly, by comparing all with all. For more
texts UMAP approximates them, which is faster only after up to a minute of compiling."""

EPOCHS = 200
"""Epochs of UMAP. Its default for few texts is 500, which are no better."""

EPOCHS_FROM_BEFORE = 50
"""Epochs of a map that starts from an earlier one."""

RANDOM_START_BELOW = 100
"""With fewer texts than this UMAP starts from random points instead of principal components, of
which there are hardly more than texts."""


def reducer_for(
    vectors: Floats,
    settings: FitSettings,
    n_components: int,
    seed: int,
    *,
    min_dist: float = 0.0,
    start: Floats | None = None,
) -> Any:
    """An unfitted, seeded UMAP model for these vectors.

    Args:
        vectors: (n_texts, n_dims), unit length.
        settings: device and number of neighbours.
        n_components: dimensions of the result.
        seed: of UMAP's random numbers.
        min_dist: UMAP's minimum distance of points in the result.
        start: (n_texts, n_components), coordinates to start from, in place of UMAP's own choice.
    """
    n_neighbors = min(settings.n_neighbors, max(2, len(vectors) // 3))
    exact = len(vectors) <= EXACT_NEIGHBORS_UP_TO and not backends.gpu(settings.device)
    first: Any = "random" if len(vectors) < RANDOM_START_BELOW else "pca"
    return backends.umap(
        settings.device,
        n_neighbors=n_neighbors,
        precomputed_knn=_neighbors(vectors, n_neighbors) if exact else (None, None, None),
        n_components=n_components,
        min_dist=min_dist,
        metric="cosine",
        init=first if start is None else start,
        n_epochs=EPOCHS if start is None else EPOCHS_FROM_BEFORE,
        # The rate that UMAP itself uses when it adds points to a fitted model.
        learning_rate=1.0 if start is None else 0.25,
        random_state=seed,
        n_jobs=1,
    )


def _neighbors(vectors: Floats, n_neighbors: int) -> tuple[Any, Any, None]:
    """Exact nearest neighbours by cosine distance, the text itself first, in UMAP's format."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(vectors)
    distances, rows = search.kneighbors(vectors)
    # For unit vectors the cosine distance is half the squared Euclidean distance.
    return rows, (distances**2 / 2).astype(np.float32), None
