"""Texts -> nodes of a catalogue, by their own votes and by those of their fine topics.

A text alone is often ambiguous; the fine topic that it is in is less so, but holds strangers. So
both decide together. Then texts are filed once more, knowing what the texts under each node mean
and say in this shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.catalogue.nodes import Nodes, node_shares
from topicmodel.datatypes import Corpus, Floats, Integers, Level
from topicmodel.geometry import BLOCK, centroids, group_means
from topicmodel.text.similarity import word_similarities

OWN = 0.7
"""Power of a text's own vote beside that of its topics, which is 1; .5 to 1 do equally well."""

CLEAR = 0.7
"""Mean share of a node in the own votes of its texts from which on they are clear about it."""

UNCLEAR = 2.0
"""So many times the texts of a clear node must one have whose texts are not clear about it."""

LIKENESS = 6.0
"""Weight of a cosine to the texts of a node beside the logarithm of its votes; 4 to 10 do equally
well."""


@dataclass(frozen=True)
class NodeLimits:
    """How few texts a node may have, and how many nodes there may be."""

    least: float
    """Texts that a node must have; those of a smaller one go to their next best."""
    most: int
    """Nodes that may have texts."""
    least_unclear: float
    """The same where the texts are not clear about the node: such small nodes are mostly strays."""

    @classmethod
    def of(cls, least: float, most: int) -> NodeLimits:
        """Of nodes that must have the more texts, the less clear these are."""
        return cls(least, most, UNCLEAR * least)


def file_texts(corpus: Corpus, fits: Sequence[Level], nodes: Nodes, limits: NodeLimits) -> Integers:
    """The node of each text: (n_texts,).

    Args:
        corpus: the texts, with their votes.
        fits: fine topics of the same texts.
        nodes: what they may be filed under.
        limits: of the nodes.
    """
    if corpus.votes is None:
        raise ValueError("Texts without votes cannot be filed.")
    own = node_shares(corpus.votes, nodes)
    scores = np.log(_of_topics(own, fits) + 1e-12) + OWN * np.log(own + 1e-12)
    filed = _without_small(scores, own, limits)
    return _without_small(scores + LIKENESS * _likeness(corpus, filed, len(nodes)), own, limits)


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


def _without_small(scores: Floats, own: Floats, limits: NodeLimits) -> Integers:
    """The best node of each text, once the smallest are left out: (n_texts,)."""
    scores = scores.copy()
    best: Integers = scores.argmax(axis=1)
    used = np.flatnonzero(np.isfinite(scores).any(axis=0)).tolist()
    while len(used) > 1:
        sizes = np.bincount(best, minlength=scores.shape[1])
        least = _least_of_each(best, own, sizes, limits)
        small = [node for node in used if sizes[node] < least[node]]
        if not small and len(used) <= limits.most:
            break
        smallest = min(small or used, key=lambda node: (sizes[node], node))
        used.remove(smallest)
        scores[:, smallest] = -np.inf
        moved = np.flatnonzero(best == smallest)
        best[moved] = scores[moved].argmax(axis=1)
    return best


def _least_of_each(best: Integers, own: Floats, sizes: Integers, limits: NodeLimits) -> Floats:
    """Texts that each node must have, by how clear its texts are about it: (n_nodes,)."""
    votes = np.bincount(best, own[np.arange(len(best)), best], minlength=len(sizes))
    least: Floats = np.where(votes >= CLEAR * sizes, limits.least, limits.least_unclear)
    return least
