"""Similarity of the words of texts and topics, by tf-idf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Floats, Integers, TermCounts
from topicmodel.geometry import BLOCK

if TYPE_CHECKING:
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import TfidfTransformer


def word_similarities(words: TermCounts, topics: Integers) -> Floats:
    """Cosine of the words of each text and of each topic, by tf-idf (Rocchio's classifier).

    For the cosine with its own topic the text itself is left out of the topic, so that small topics
    have no advantage.

    Args:
        words: term counts of the texts.
        topics: (n_texts,), from 0 without gaps.

    Returns:
        (n_texts, n_topics), 0 to 1.
    """
    import scipy.sparse as sp
    from sklearn.utils.extmath import row_norms

    rows, n_topics = np.arange(len(topics)), int(topics.max(initial=-1)) + 1
    if not words.counts.shape[1]:
        return np.zeros((len(topics), n_topics), dtype=np.float32)
    tfidf = _tfidf(words)
    sums = sp.csr_matrix((np.ones(len(topics)), (topics, rows))) @ tfidf
    squares = row_norms(sums, squared=True)
    similarities = np.empty((len(topics), n_topics), np.float32)
    columns = sums.T.toarray()
    for first in range(0, len(topics), BLOCK):
        block = slice(first, first + BLOCK)
        texts, own_topics = tfidf[block], topics[block]
        products, in_own_topic = texts @ columns, (np.arange(len(own_topics)), own_topics)
        own, weights = products[in_own_topic], row_norms(texts, squared=True)
        others = squares[own_topics] - 2 * own + weights
        products /= np.sqrt(np.maximum(squares, 1e-12))
        products[in_own_topic] = (own - weights) / np.sqrt(np.maximum(others, 1e-12))
        similarities[block] = np.clip(products, 0, 1)
    return similarities


def word_agreement(words: TermCounts, topics: Integers) -> float:
    """How well words alone place texts in their own topic: 1 is always, 0 is as good as chance.

    The adjusted mutual information of the topics and the topic that each text's words are most
    similar to. It is adjusted for chance, so that few large topics have no advantage.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    if topics.max(initial=0) < 1:
        return 0.0
    most_similar = word_similarities(words, topics).argmax(axis=1)
    return float(adjusted_mutual_info_score(topics, most_similar))


def _tfidf(words: TermCounts) -> sp.csr_matrix:
    """(n_texts, n_terms), rows of unit length."""
    return tfidf_weighting().fit_transform(words.counts)


def tfidf_weighting() -> TfidfTransformer:
    """Tf-idf with sublinear term frequency: each repetition of a word in a text adds less."""
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer(sublinear_tf=True)
