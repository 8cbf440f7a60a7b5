"""Texts -> nodes of a catalogue, by their own votes and by those of their fine topics.

A text alone is often ambiguous; the fine topic that it is in is less so, but holds strangers. So
both decide together. Then texts are filed once more, knowing what the texts under each node mean
and say in this shop.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topicmodel.catalogue.nodes import Nodes, node_shares
from topicmodel.datatypes import Corpus, Floats, Integers, Level
from topicmodel.geometry import BLOCK, centroids, group_means
from topicmodel.text.similarity import word_similarities

OWN = 0.7
"""Power of a text's own vote beside that of its topics, which is 1; .5 to 1 do equally well."""

LIKENESS = 6.0
"""Weight of a cosine to the texts of a node beside the logarithm of its votes; 4 to 10 do equally
well."""


def file_texts(
    corpus: Corpus, fits: Sequence[Level], nodes: Nodes, least: float, most: int
) -> Integers:
    """The node of each text: (n_texts,).

    Args:
        corpus: the texts, with their votes.
        fits: fine topics of the same texts.
        nodes: what they may be filed under.
        least: texts that a node must have; those of a smaller one go to their next best.
        most: nodes that may have texts.
    """
    if corpus.votes is None:
        raise ValueError("Texts without votes cannot be filed.")
    own = node_shares(corpus.votes, nodes)
    scores = np.log(_of_topics(own, fits) + 1e-12) + OWN * np.log(own + 1e-12)
    filed = _without_small(scores, least, most)
    return _without_small(scores + LIKENESS * _likeness(corpus, filed, len(nodes)), least, most)


def _of_topics(own: Floats, fits: Sequence[Level]) -> Floats:
    """Mean vote of each text's topics, weighed as fits are elsewhere: (n_texts, n_nodes)."""
    total, weights = np.zeros_like(own), np.zeros(len(own), dtype=np.float32)
    for fit in fits:
        weight = (1 + fit.strengths).astype(np.float32)
        total += weight[:, None] * group_means(own, fit.topics)[fit.topics]
        weights += weight
    mean: Floats = total / weights[:, None]
    return mean


def _likeness(corpus: Corpus, filed: Integers, n_nodes: int) -> Floats:
    """How much each text is like those of each node, by vectors and words: (n_texts, n_nodes).

    The sum of two cosines; that to a node without texts is minus infinity.
    """
    used, codes = np.unique(filed, return_inverse=True)
    likeness = np.full((len(filed), n_nodes), -np.inf, dtype=np.float32)
    likeness[:, used] = word_similarities(corpus.words, codes.reshape(-1))
    centres = centroids(corpus.vectors, codes.reshape(-1))
    for first in range(0, len(filed), BLOCK):
        block = slice(first, first + BLOCK)
        likeness[block, used] += corpus.vectors[block] @ centres.T
    return likeness


def _without_small(scores: Floats, least: float, most: int) -> Integers:
    """The best node of each text, once the smallest are left out: (n_texts,)."""
    scores = scores.copy()
    best = scores.argmax(axis=1)
    open_nodes = np.flatnonzero(np.isfinite(scores).any(axis=0)).tolist()
    while len(open_nodes) > 1:
        sizes = np.bincount(best, minlength=scores.shape[1])
        smallest = min(open_nodes, key=lambda node: (sizes[node], node))
        if sizes[smallest] >= least and len(open_nodes) <= most:
            break
        open_nodes.remove(smallest)
        scores[:, smallest] = -np.inf
        moved = np.flatnonzero(best == smallest)
        best[moved] = scores[moved].argmax(axis=1)
    return best
