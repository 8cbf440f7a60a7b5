"""Vectors -> topics: BERTopic with UMAP and HDBSCAN, seeded."""

from __future__ import annotations

from typing import Literal

import numpy as np

from topicmodel.datatypes import Floats, Level, TermCounts
from topicmodel.engine import backends
from topicmodel.engine.parts import RowCounter, pinned
from topicmodel.engine.reduction import LEAST_TEXTS, reducer_for
from topicmodel.settings import FitSettings

LEAST_DIFFERENCE = 1e-6
"""Vectors that differ by less in all dimensions are one topic; UMAP would scatter them."""


def find_topics(
    vectors: Floats,
    words: TermCounts,
    settings: FitSettings,
    *,
    min_size: int,
    selection: Literal["leaf", "eom"],
    seed: int,
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
    with pinned(settings.threads):
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder

        model = BERTopic(
            embedding_model=BaseEmbedder(),
            umap_model=reducer_for(vectors, settings, settings.n_components, seed),
            hdbscan_model=backends.hdbscan(
                settings.device,
                min_cluster_size=min_size,
                cluster_selection_method=selection,
                core_dist_n_jobs=settings.threads,
            ),
            vectorizer_model=RowCounter(words),
            language="multilingual",
        )
        # BERTopic joins the documents of a topic by blanks, so row numbers serve as documents.
        topics, strengths = model.fit_transform([str(row) for row in range(len(vectors))], vectors)
    if max(topics) < 0:
        return _one_topic(len(vectors))
    return Level(np.asarray(topics, dtype=np.int64), np.asarray(strengths, dtype=np.float32))


def _one_topic(n_texts: int) -> Level:
    return Level(np.zeros(n_texts, dtype=np.int64), np.ones(n_texts, dtype=np.float32))
