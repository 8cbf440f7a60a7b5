"""How well two views of texts agree with a division of them, without a truth to go by."""

from __future__ import annotations

import numpy as np

from topicmodel.datatypes import Corpus, Floats, Integers
from topicmodel.geometry import BLOCK, group_sums
from topicmodel.text.similarity import word_agreement


def agreement(corpus: Corpus, topics: Integers) -> float:
    """Mean agreement of words and of vectors with topics: 1 is always, 0 is as good as chance.

    Args:
        corpus: the texts.
        topics: (n_texts,), from 0 without gaps.
    """
    return (word_agreement(corpus.words, topics) + vector_agreement(corpus.vectors, topics)) / 2


def vector_agreement(vectors: Floats, topics: Integers) -> float:
    """How well vectors alone place texts in their own topic: 1 is always, 0 as good as chance.

    The adjusted mutual information of the topics and the topic whose centroid, made without the
    text itself, each text is nearest to.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    n_topics = int(topics.max(initial=0)) + 1
    if n_topics < 2:
        return 0.0
    sums = group_sums(vectors, topics, n_topics)
    centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    nearest = np.empty(len(topics), dtype=np.int64)
    for first in range(0, len(topics), BLOCK):
        block = slice(first, first + BLOCK)
        own = (np.arange(len(topics[block])), topics[block])
        cosines = vectors[block] @ centres.T
        others = sums[topics[block]] - vectors[block]
        lengths = np.maximum(np.linalg.norm(others, axis=1), 1e-12)
        cosines[own] = np.einsum("ij,ij->i", others, vectors[block]) / lengths
        nearest[block] = cosines.argmax(axis=1)
    return float(adjusted_mutual_info_score(topics, nearest))
