"""Texts onto the categories of a tree, with a confidence and the way they got there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Flags, Floats, Integers, Levels, Method, Placement
from topicmodel.geometry import BLOCK, centroids

TEMPERATURE = 0.05
"""Cosine by which a category must lead another to be e times as likely."""

ODD_SHARE = 0.01
"""An outlier is left unplaced where it is less similar to a category than this share of the texts
that HDBSCAN put there."""


def place(vectors: Floats, levels: Levels) -> Placement:
    """Place every text: where HDBSCAN put it, else with the nearest centroid, else nowhere.

    The confidence is the probability of the level-one category (a softmax over the similarity to
    each category's nearest leaf), times how typical the text is of its own leaf.

    Args:
        vectors: (n_texts, n_dims), unit length.
        levels: the nearest place of each text on both levels.
    """
    leaves = _Leaves.of(vectors, levels)
    own, probability = leaves.compare(vectors)
    core = levels.strengths > 0
    usual, least = leaves.usual_similarities(own, core)
    typical = np.clip(own / np.maximum(usual[leaves.of_text], 1e-6), 0, 1)
    nowhere = ~core & (own < np.quantile(own[core], ODD_SHARE)) if core.any() else ~core
    upper = ~core & ~nowhere & (own < least[leaves.of_text]) & (levels.level2 >= 0)
    return Placement(
        level1=np.where(nowhere, -1, levels.level1),
        level2=np.where(nowhere | upper, -1, levels.level2),
        confidence=np.where(nowhere, 0, probability * typical).astype(np.float32),
        methods=[_method(*flags) for flags in zip(core, nowhere, upper, strict=True)],
    )


@dataclass(frozen=True)
class _Leaves:
    """The categories without children; those of one parent are neighbours."""

    of_text: Integers
    parents: Integers
    centres: Floats

    @classmethod
    def of(cls, vectors: Floats, levels: Levels) -> _Leaves:
        # level2 is -1 in a childless parent, so each (parent, child) pair is one leaf.
        pairs = np.column_stack([levels.level1, levels.level2])
        found, of_text = np.unique(pairs, axis=0, return_inverse=True)
        of_text = of_text.reshape(-1)
        certain = np.where(levels.strengths > 0, of_text, -1)
        return cls(of_text, found[:, 0], centroids(vectors, certain, len(found)))

    def compare(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Similarity of each text to its own leaf, and the probability of its parent."""
        starts = np.flatnonzero(np.r_[True, np.diff(self.parents) > 0])
        own = np.empty(len(vectors), dtype=np.float32)
        probability = np.empty(len(vectors), dtype=np.float32)
        for first in range(0, len(vectors), BLOCK):
            block = slice(first, first + BLOCK)
            similarities = vectors[block] @ self.centres.T
            rows, leaf = np.arange(len(similarities)), self.of_text[block]
            best = np.maximum.reduceat(similarities, starts, axis=1)
            weights = np.exp((best - best.max(axis=1, keepdims=True)) / TEMPERATURE)
            own[block] = similarities[rows, leaf]
            parent = np.searchsorted(starts, leaf, side="right") - 1
            probability[block] = weights[rows, parent] / weights.sum(axis=1)
        return own, probability

    def usual_similarities(self, own: Floats, core: Flags) -> tuple[Floats, Floats]:
        """Median, and lower end, of the similarity of each leaf's certain texts."""
        usual = np.ones(len(self.parents), dtype=np.float32)
        least = np.zeros(len(self.parents), dtype=np.float32)
        order = np.argsort(self.of_text[core], kind="stable")
        leaves, starts = np.unique(self.of_text[core][order], return_index=True)
        for leaf, values in zip(leaves, np.split(own[core][order], starts)[1:], strict=True):
            usual[leaf], least[leaf] = np.median(values), np.quantile(values, ODD_SHARE)
        return usual, least


def _method(core: bool, nowhere: bool, upper: bool) -> Method:
    if core:
        return "core"
    if nowhere:
        return "unsorted"
    return "parent_only" if upper else "reassigned"
