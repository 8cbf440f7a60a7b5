"""Shared by the engine's modules: fixed threads, reused term counts, models of known topics."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.datatypes import Floats, Integers, TermCounts
from topicmodel.execution.threads import limited_threads

if TYPE_CHECKING:
    import scipy.sparse as sp

MIN_TERMS = 2
"""BERTopic's c-TF-IDF fails with fewer terms than this."""


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Fix the number of threads, which UMAP's result depends on, and ignore known warnings."""
    import platformdirs

    # One folder for compiled code, so that only the first run on a machine compiles.
    os.environ.setdefault("NUMBA_CACHE_DIR", platformdirs.user_cache_dir("topicmodel-numba"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="umap|hdbscan|bertopic|pynndescent|sklearn|numba")
        warnings.filterwarnings("ignore", message=".*n_jobs.*")
        import numba

        before = numba.get_num_threads()
        numba.set_num_threads(min(threads, before))
        try:
            with limited_threads(threads):
                yield
        finally:
            numba.set_num_threads(before)


def model_of_topics(topics: Integers, words: TermCounts, vectors: Floats, **options: Any) -> Any:
    """A fitted BERTopic model of known topics, which it renumbers by descending size."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction

    model = BERTopic(
        embedding_model=BaseEmbedder(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=RowCounter(words),
        language="multilingual",
        **options,
    )
    return model.fit([str(row) for row in range(len(topics))], vectors, y=topics)


class RowCounter:
    """A vectorizer for documents that are row numbers: it sums rows of existing term counts.

    BERTopic would tokenise every text for each level, and again for the representative documents.
    Here the counts of a topic are a sum of rows of one sparse matrix.
    """

    def __init__(self, words: TermCounts) -> None:
        self._counts = padded(words.counts)
        self._terms = [*words.terms, *[""] * (self._counts.shape[1] - len(words.terms))]

    def fit_transform(self, documents: Sequence[str]) -> sp.csr_matrix:
        """The same as `transform`, since the terms are known already."""
        return self.transform(documents)

    def transform(self, documents: Sequence[str]) -> sp.csr_matrix:
        """(n_documents, n_terms), counts; a document is row numbers separated by spaces."""
        import scipy.sparse as sp

        rows = [[int(row) for row in document.split()] for document in documents]
        lengths = np.cumsum([0, *map(len, rows)])
        columns = np.concatenate([np.asarray(group, dtype=np.int64) for group in rows])
        shape = (len(rows), self._counts.shape[0])
        chosen = sp.csr_matrix((np.ones(len(columns)), columns, lengths), shape=shape)
        summed = chosen @ self._counts
        # Sorted, as BERTopic takes terms of equal weight in the order in which they are stored.
        summed.sort_indices()
        return summed

    def get_feature_names_out(self) -> np.ndarray[Any, Any]:
        """The terms, (n_terms,)."""
        return np.asarray(self._terms, dtype=object)


def padded(counts: sp.csr_matrix) -> sp.csr_matrix:
    """A copy of the counts, filled up with empty terms to the `MIN_TERMS` that BERTopic needs."""
    import scipy.sparse as sp

    n_missing = max(0, MIN_TERMS - counts.shape[1])
    return sp.hstack([counts, sp.csr_matrix((counts.shape[0], n_missing))], format="csr")
