"""Which category of the previous run each topic of the new one continues."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topicmodel.datatypes import Floats, Integers, TopicId

MIN_OVERLAP = 0.25
"""Jaccard index of the products from which on a category is the successor of another."""

FEW_SHARED = 5
"""A category with fewer products that are in both dumps may be known by its centroid instead."""

MIN_COSINE = 0.9
"""Cosine of two centroids from which on they belong to the same category."""


def align(
    before: Sequence[TopicId | None],
    after: Integers,
    *,
    ids: Sequence[TopicId],
    n_topics: int,
    cosines: Floats | None = None,
) -> list[TopicId | None]:
    """The previous id of each fresh topic of one level, None for a new one.

    Topics are paired one-to-one so that the Jaccard indices of their products, counted over the
    products of both dumps, are together as large as they can be. What then is left, and has few
    products in both dumps, is paired by the centroids.

    Args:
        before: category of each product that is in both dumps, in the previous run; None for none.
        after: (len(before),), number of its fresh topic; -1 for none.
        ids: all previous categories of the level, each once.
        n_topics: number of fresh topics.
        cosines: (n_topics, len(ids)), of fresh and previous centroids; None where two encoders made
            them.

    Raises:
        KeyError: a product was in a category that is not among the ids.
        ValueError: before and after, or cosines and topics, do not fit together.
    """
    if len(before) != len(after):
        raise ValueError(f"{len(before)} products before and {len(after)} after are not the same.")
    if cosines is not None and cosines.shape != (n_topics, len(ids)):
        raise ValueError(f"cosines must be {(n_topics, len(ids))}, got {cosines.shape}.")
    index_of = {topic: index for index, topic in enumerate(ids)} | {None: -1}
    old = np.array([index_of[topic] for topic in before], dtype=np.int64)
    shared = _shared_products(after, old, n_topics, len(ids))
    sizes, old_sizes = _sizes(after, n_topics), _sizes(old, len(ids))
    union = sizes[:, None] + old_sizes[None, :] - shared
    pairs = _pair(shared / np.maximum(union, 1), MIN_OVERLAP)
    if cosines is not None:
        few = (sizes < FEW_SHARED)[:, None] | (old_sizes < FEW_SHARED)[None, :]
        few[list(pairs.keys()), :] = False
        few[:, list(pairs.values())] = False
        pairs |= _pair(np.where(few, cosines, 0), MIN_COSINE)
    return [ids[pairs[topic]] if topic in pairs else None for topic in range(n_topics)]


def _shared_products(after: Integers, old: Integers, n_topics: int, n_old: int) -> Integers:
    """Products in each fresh and each previous topic: (n_topics, n_old)."""
    both = (after >= 0) & (old >= 0)
    counts = np.bincount(after[both] * n_old + old[both], minlength=n_topics * n_old)
    return counts.reshape(n_topics, n_old)


def _sizes(topics: Integers, n_topics: int) -> Integers:
    return np.bincount(topics[topics >= 0], minlength=n_topics)


def _pair(similarities: Floats, min_similarity: float) -> dict[int, int]:
    """Row -> column of the pairs that are together most similar, all of at least that much."""
    from scipy.optimize import linear_sum_assignment

    # Pairs that are too weak count nothing, lest a sum of them costs a category its true successor.
    allowed = np.where(similarities >= min_similarity, similarities, 0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if allowed[row, column] > 0}
