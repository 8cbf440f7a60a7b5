"""Vectors -> topics: BERTopic with UMAP and HDBSCAN, seeded."""

from __future__ import annotations

from typing import Literal

import numpy as np

from topicmodel.datatypes import Floats, Level, TermCounts
from topicmodel.engine import backends
from topicmodel.engine.parts import RowCounter, pinned
from topicmodel.engine.reduction import MIN_TEXTS, reducer_for
from topicmodel.settings import FitSettings

MIN_DIFFERENCE = 1e-6
"""If all vectors differ by less than this in every dimension, they are one topic; UMAP would
scatter them."""


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
        settings: settings of UMAP and the number of threads.
        min_size: minimum texts of a topic.
        selection: how HDBSCAN selects clusters from its tree: "leaf" for many topics of similar
            size, "eom" (excess of mass) for the most stable ones.
        seed: of UMAP's random numbers.

    Returns:
        A level whose topics are numbered by descending size; a single topic of all texts if there
        are fewer than `MIN_TEXTS` texts, all vectors are the same, or HDBSCAN finds no topic.
    """
    if len(vectors) < MIN_TEXTS or np.ptp(vectors, axis=0).max() < MIN_DIFFERENCE:
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
        # BERTopic joins the documents of a topic by spaces, so row numbers can be the documents.
        topics, strengths = model.fit_transform([str(row) for row in range(len(vectors))], vectors)
    if max(topics) < 0:
        return _one_topic(len(vectors))
    return Level(np.asarray(topics, dtype=np.int64), np.asarray(strengths, dtype=np.float32))


def _one_topic(n_texts: int) -> Level:
    return Level(np.zeros(n_texts, dtype=np.int64), np.ones(n_texts, dtype=np.float32))
