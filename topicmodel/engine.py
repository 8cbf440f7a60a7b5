"""BERTopic, UMAP and HDBSCAN behind one door: texts and vectors in, frozen values out.

Nothing else in the package imports these three. What they draw by chance is seeded, their threads
are pinned, and dumps too small for them never reach them.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from topicmodel.datatypes import Floats, Integers, Level, TermCounts
from topicmodel.settings import TopicSettings

if TYPE_CHECKING:
    import scipy.sparse as sp

LEAST_TEXTS = 12
"""UMAP's spectral start and BERTopic's sampling fail on fewer; such a dump is one topic."""

LEAST_DIFFERENCE = 1e-6
"""Vectors that differ by less in all dimensions are one topic; UMAP would scatter them."""

LEAST_TERMS = 2
"""BERTopic's c-TF-IDF fails on a vocabulary of fewer."""

EXACT_NEIGHBORS_UP_TO = 20_000
"""Texts whose neighbours are found by comparing all with all. Beyond that UMAP approximates them,
which costs up to a minute of compiling before it pays."""

RANDOM_START_BELOW = 100
"""UMAP's spectral start needs clearly more texts than dimensions."""


def find_topics(
    vectors: Floats,
    words: TermCounts,
    settings: TopicSettings,
    *,
    min_size: int,
    selection: Literal["leaf", "eom"],
    seed: int,
    threads: int,
) -> Level:
    """Fit BERTopic: seeded UMAP, HDBSCAN, c-TF-IDF.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.
        min_size: least texts of a topic.
        selection: how HDBSCAN reads its tree: "leaf" for many even topics, "eom" for stable ones.

    Returns:
        A level whose topics are numbered by falling size. One topic of everything where there are
        fewer than `LEAST_TEXTS` texts, all vectors are the same, or HDBSCAN finds none.
    """
    if len(vectors) < LEAST_TEXTS or np.ptp(vectors, axis=0).max() < LEAST_DIFFERENCE:
        return _one_topic(len(vectors))
    with _pinned(threads):
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder
        from hdbscan import HDBSCAN

        model = BERTopic(
            embedding_model=BaseEmbedder(),
            umap_model=_umap(vectors, settings, settings.n_components, seed),
            hdbscan_model=HDBSCAN(
                min_cluster_size=min_size,
                cluster_selection_method=selection,
                core_dist_n_jobs=threads,
            ),
            vectorizer_model=_RowCounter(words),
            language="multilingual",
        )
        # BERTopic joins the documents of a topic by blanks, so row numbers serve as documents.
        topics, strengths = model.fit_transform([str(row) for row in range(len(vectors))], vectors)
    if max(topics) < 0:
        return _one_topic(len(vectors))
    return Level(np.asarray(topics, dtype=np.int64), np.asarray(strengths, dtype=np.float32))


def class_tfidf(counts: sp.csr_matrix) -> sp.csr_matrix:
    """BERTopic's c-TF-IDF of topics' term counts, (n_topics, n_terms) to the same shape."""
    with _pinned(1):
        from bertopic.vectorizers import ClassTfidfTransformer

        weights = ClassTfidfTransformer(reduce_frequent_words=True).fit_transform(_padded(counts))
    return weights[:, : counts.shape[1]]


def map_coordinates(vectors: Floats, settings: TopicSettings, *, seed: int, threads: int) -> Floats:
    """Two dimensions for the eye, (n_texts, 2), by UMAP."""
    if len(vectors) < LEAST_TEXTS:
        angles = 2 * np.pi * np.arange(len(vectors)) / max(len(vectors), 1)
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    with _pinned(threads):
        reducer = _umap(vectors, settings, 2, seed, min_dist=0.1)
        return np.asarray(reducer.fit_transform(vectors), dtype=np.float32)


def bertopic_files(
    texts: Sequence[str],
    vectors: Floats,
    topics: Integers,
    names: Sequence[str],
    stop_words: Sequence[str],
    encoder: str,
) -> dict[str, bytes]:
    """The level-one topics as a BERTopic model of their own: file name -> content.

    BERTopic.load opens a folder of these files. Its topics have BERTopic's numbers (-1 holds what
    is unsorted, then by falling size) and our names as custom labels.

    Args:
        topics: (n_texts,), from 0 by falling size; -1 is unsorted.
        names: name of each topic.
        encoder: name under which sentence-transformers finds the encoder.
    """
    with _pinned(1), tempfile.TemporaryDirectory() as folder:
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder
        from bertopic.cluster import BaseCluster
        from bertopic.dimensionality import BaseDimensionalityReduction

        model = BERTopic(
            embedding_model=BaseEmbedder(),
            umap_model=BaseDimensionalityReduction(),
            hdbscan_model=BaseCluster(),
            vectorizer_model=_RowCounter(_count_plainly(texts, stop_words)),
            language="multilingual",
        )
        model.fit([str(row) for row in range(len(texts))], vectors, y=topics)
        numbers = dict(zip(topics.tolist(), model.topics_, strict=True))
        model.set_topic_labels(
            {numbers[own]: name for own, name in enumerate(names) if own in numbers}
        )
        model.save(folder, serialization="safetensors", save_embedding_model=encoder)
        files = sorted(Path(folder).rglob("*"))
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


class _RowCounter:
    """A vectorizer for documents that are row numbers: sums the rows of counts already made.

    BERTopic would cut every text into words for each level, and again for the representative
    documents. Here a topic's counts are a sum of rows of one sparse matrix.
    """

    def __init__(self, words: TermCounts) -> None:
        self._counts = _padded(words.counts)
        self._terms = [*words.terms, *[""] * (self._counts.shape[1] - len(words.terms))]

    def fit_transform(self, documents: Sequence[str]) -> sp.csr_matrix:
        return self.transform(documents)

    def transform(self, documents: Sequence[str]) -> sp.csr_matrix:
        import scipy.sparse as sp

        rows = [[int(row) for row in document.split()] for document in documents]
        lengths = np.cumsum([0, *map(len, rows)])
        columns = np.concatenate([np.asarray(group, dtype=np.int64) for group in rows])
        shape = (len(rows), self._counts.shape[0])
        chosen = sp.csr_matrix((np.ones(len(columns)), columns, lengths), shape=shape)
        return chosen @ self._counts

    def get_feature_names_out(self) -> np.ndarray[Any, Any]:
        return np.asarray(self._terms, dtype=object)


def _padded(counts: sp.csr_matrix) -> sp.csr_matrix:
    """A copy of the counts, with empty terms where there are too few for BERTopic's c-TF-IDF."""
    import scipy.sparse as sp

    n_missing = max(0, LEAST_TERMS - counts.shape[1])
    return sp.hstack([counts, sp.csr_matrix((counts.shape[0], n_missing))], format="csr")


def _count_plainly(texts: Sequence[str], stop_words: Sequence[str]) -> TermCounts:
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(
        stop_words=list(stop_words),
        max_features=20_000,
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 (a pattern, no password)
    )
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:  # no text holds a word that is not a stop word
        return TermCounts(sp.csr_matrix((len(texts), 0)), [])
    return TermCounts(counts, vectorizer.get_feature_names_out())


def _umap(
    vectors: Floats, settings: TopicSettings, n_components: int, seed: int, min_dist: float = 0.0
) -> Any:
    from umap import UMAP

    n_neighbors = min(settings.n_neighbors, max(2, len(vectors) // 3))
    exact = len(vectors) <= EXACT_NEIGHBORS_UP_TO
    return UMAP(
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


def _one_topic(n_texts: int) -> Level:
    return Level(np.zeros(n_texts, dtype=np.int64), np.ones(n_texts, dtype=np.float32))


@contextmanager
def _pinned(threads: int) -> Iterator[None]:
    """Fix the number of threads, on which UMAP's result depends, and hush known warnings."""
    import platformdirs
    from threadpoolctl import threadpool_limits

    # Compiled code is kept in one place, so that only the first run on a machine compiles.
    os.environ.setdefault("NUMBA_CACHE_DIR", platformdirs.user_cache_dir("topicmodel-numba"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="umap|hdbscan|bertopic|pynndescent|sklearn|numba")
        warnings.filterwarnings(
            "ignore", message=".*(n_jobs|spectral|Spectral|Graph is not fully).*"
        )
        import numba

        before = numba.get_num_threads()
        numba.set_num_threads(min(threads, before))
        try:
            with threadpool_limits(threads):
                yield
        finally:
            numba.set_num_threads(before)
