"""Topics of many texts, from fits on a part of them.

Time and memory of a fit grow with its texts, but what it finds hardly changes. So a fit is made on
a sample, which is stratified so that it holds rare kinds of text too. Texts outside the sample that
fit none of its topics well are fitted once more, among themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topicmodel.clustering.features import Features
from topicmodel.clustering.typicality import SHARE_OF_SAMPLE, lower_end
from topicmodel.datatypes import Flags, Floats, Integers, Level
from topicmodel.geometry import BLOCK, MicroClusters, centroids, k_means, nearest

STRATA = 100
"""Micro-clusters that a sample is drawn from; each is a stratum."""

PROBE = 10_000
"""Texts that the micro-clusters are found in."""

TEXTS_A_STRATUM = 20
"""Least texts of the probe for each stratum, on average."""

EVEN_SHARE = 0.25
"""Share of a sample that is divided evenly among the strata; the rest is divided by their sizes."""


def draw_samples(
    vectors: Floats, size: int, n_samples: int, *, seed: int, only: Flags | None = None
) -> list[Integers]:
    """Rows of several samples, each in rising order; all rows where there are no more than wanted.

    Args:
        vectors: (n_texts, n_dims), unit length.
        size: texts of a sample.
        n_samples: drawn independently.
        seed: of the draws.
        only: (n_texts,), which may be drawn; all unless given.
    """
    if only is not None:
        rows = np.flatnonzero(only)
        return [rows[drawn] for drawn in draw_samples(vectors[rows], size, n_samples, seed=seed)]
    if len(vectors) <= size:
        return [np.arange(len(vectors))] * n_samples
    rng = np.random.default_rng(seed)
    probe = vectors[np.sort(rng.choice(len(vectors), min(PROBE, len(vectors)), replace=False))]
    n_strata = max(1, min(STRATA, len(probe) // TEXTS_A_STRATUM))
    clusters = MicroClusters.of(probe, k_means(probe, n_strata, seed=seed))
    strata = nearest(vectors, clusters.centres)
    quotas = _quotas(np.bincount(strata, minlength=len(clusters.sizes)), size)
    return [_draw(strata, quotas, rng) for _ in range(n_samples)]


def _quotas(sizes: Integers, wanted: int) -> Integers:
    """Texts to draw of each stratum, at most as many as it has; about as many as wanted."""
    even = EVEN_SHARE * wanted / np.count_nonzero(sizes)
    shares = (1 - EVEN_SHARE) * wanted * sizes / sizes.sum()
    quotas: Integers = np.minimum(sizes, np.round(even + shares)).astype(np.int64)
    return quotas


def _draw(strata: Integers, quotas: Integers, rng: np.random.Generator) -> Integers:
    # In a random order the first of each stratum are a fair draw of it.
    order = rng.permutation(len(strata))
    by_stratum = order[np.argsort(strata[order], kind="stable")]
    sizes = np.bincount(strata, minlength=len(quotas))
    rank = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(by_stratum[rank < np.repeat(quotas, sizes)])


@dataclass(frozen=True)
class PropagatedTopics:
    """The topics of a sample, for all texts."""

    level: Level
    """Texts of the sample have the topic that the fit gave them; every other text has the topic of
    the nearest centroid, with strength 0."""
    cosines: Floats
    """(n_texts,), to the nearest centroid."""
    poorly_fitting: Integers
    """Rows outside the sample that hardly fit any topic."""

    @classmethod
    def of(cls, features: Features, sample: Integers, level: Level) -> PropagatedTopics:
        """PropagatedTopics topics.

        Args:
            features: of all texts.
            sample: rows that were fitted.
            level: topics of the sample, from 0 without gaps; every text has one.
        """
        n_texts = len(features.corpus)
        if len(sample) == n_texts:
            return cls(level, np.ones(n_texts, dtype=np.float32), np.empty(0, dtype=np.int64))
        centres = centroids(features.joined(sample), level.topics)
        topics, cosines = _nearest_centres(features, centres, np.arange(n_texts))
        outside = np.ones(n_texts, dtype=bool)
        outside[sample] = False
        least = lower_end(cosines[sample], SHARE_OF_SAMPLE)
        topics[sample] = level.topics
        strengths = np.zeros(n_texts, dtype=np.float32)
        strengths[sample] = level.strengths
        poorly_fitting = np.flatnonzero(outside & (cosines < least))
        return cls(Level(topics, strengths), cosines, poorly_fitting)

    def with_topics(self, features: Features, rows: Integers, level: Level) -> Level:
        """The level with topics that were found among poorly fitting texts.

        Those of them that are nearer to one of these topics than to their own change to it.

        Args:
            features: of all texts.
            rows: poorly fitting texts that were fitted.
            level: topics of these texts, from 0 without gaps; -1 for a text without one.
        """
        topics, strengths = self.level.topics.copy(), self.level.strengths.copy()
        first = int(topics.max()) + 1
        centres = centroids(features.joined(rows), level.topics)
        nearest_new, cosines = _nearest_centres(features, centres, self.poorly_fitting)
        closer = cosines > self.cosines[self.poorly_fitting]
        topics[self.poorly_fitting[closer]] = first + nearest_new[closer]
        has_topic = level.topics >= 0
        topics[rows[has_topic]] = first + level.topics[has_topic]
        strengths[rows[has_topic]] = level.strengths[has_topic]
        # A topic that all its texts have left is none.
        topics = np.unique(topics, return_inverse=True)[1].reshape(-1).astype(np.int64)
        return Level(topics, strengths)


def _nearest_centres(
    features: Features, centres: Floats, rows: Integers
) -> tuple[Integers, Floats]:
    """Number of the most similar centre of each of some texts, and the cosine: (n_rows,) each."""
    topics, cosines = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.float32)
    for first in range(0, len(rows), BLOCK):
        block = slice(first, first + BLOCK)
        similarities = features.joined(rows[block]) @ centres.T
        topics[block], cosines[block] = similarities.argmax(axis=1), similarities.max(axis=1)
    return topics, cosines
