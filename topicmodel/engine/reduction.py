"""Vectors -> fewer dimensions, by UMAP: for HDBSCAN to find topics in, and for the eye."""

from __future__ import annotations

from typing import Any

import numpy as np

from topicmodel.datatypes import Floats
from topicmodel.engine import backends
from topicmodel.settings import FitSettings

LEAST_TEXTS = 12
"""UMAP and BERTopic's sampling fail on fewer; such a dump is one topic."""

EXACT_NEIGHBORS_UP_TO = 20_000
"""Texts whose neighbours are found by comparing all with all. Beyond that UMAP approximates them,
which costs up to a minute of compiling before it pays."""

EPOCHS = 200
"""Rounds in which UMAP moves its points. On few texts it would take 500, which are no better."""


EPOCHS_FROM_BEFORE = 50
"""Rounds of a map that starts from one that was there before."""


RANDOM_START_BELOW = 100
"""Fewer texts than this start anywhere, as they have hardly more dimensions than texts."""


def reducer_for(
    vectors: Floats,
    settings: FitSettings,
    n_components: int,
    seed: int,
    *,
    min_dist: float = 0.0,
    start: Floats | None = None,
) -> Any:
    """A seeded UMAP for these vectors; its neighbours are exact where they are few."""
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
        # As UMAP itself does it where it puts further points among placed ones.
        learning_rate=1.0 if start is None else 0.25,
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
