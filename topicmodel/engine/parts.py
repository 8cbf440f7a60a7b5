"""What the engine's modules share: pinned threads, counts made once, models of known topics."""

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

LEAST_TERMS = 2
"""BERTopic's c-TF-IDF fails on a vocabulary of fewer."""


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Fix the number of threads, on which UMAP's result depends, and hush known warnings."""
    import platformdirs

    # Compiled code is kept in one place, so that only the first run on a machine compiles.
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
    """A BERTopic model of topics that are already known; it numbers them by falling size."""
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
    """A vectorizer for documents that are row numbers: sums the rows of counts already made.

    BERTopic would cut every text into words for each level, and again for the representative
    documents. Here a topic's counts are a sum of rows of one sparse matrix.
    """

    def __init__(self, words: TermCounts) -> None:
        self._counts = padded(words.counts)
        self._terms = [*words.terms, *[""] * (self._counts.shape[1] - len(words.terms))]

    def fit_transform(self, documents: Sequence[str]) -> sp.csr_matrix:
        """The same as `transform`: the terms are known."""
        return self.transform(documents)

    def transform(self, documents: Sequence[str]) -> sp.csr_matrix:
        """Counts of documents, (n_documents, n_terms); each is row numbers with blanks between."""
        import scipy.sparse as sp

        rows = [[int(row) for row in document.split()] for document in documents]
        lengths = np.cumsum([0, *map(len, rows)])
        columns = np.concatenate([np.asarray(group, dtype=np.int64) for group in rows])
        shape = (len(rows), self._counts.shape[0])
        chosen = sp.csr_matrix((np.ones(len(columns)), columns, lengths), shape=shape)
        summed = chosen @ self._counts
        # Terms of equal weight are taken as they lie, which else depends on the order of the rows.
        summed.sort_indices()
        return summed

    def get_feature_names_out(self) -> np.ndarray[Any, Any]:
        """The terms, (n_terms,)."""
        return np.asarray(self._terms, dtype=object)


def padded(counts: sp.csr_matrix) -> sp.csr_matrix:
    """A copy of the counts, with empty terms where there are too few for BERTopic's c-TF-IDF."""
    import scipy.sparse as sp

    n_missing = max(0, LEAST_TERMS - counts.shape[1])
    return sp.hstack([counts, sp.csr_matrix((counts.shape[0], n_missing))], format="csr")
