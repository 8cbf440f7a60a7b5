"""Texts onto the categories of a tree, with a confidence and the way they got there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topicmodel.clustering.typicality import SHARE_OF_CORE, lower_end
from topicmodel.datatypes import Corpus, Flags, Floats, Integers, Levels, Placement
from topicmodel.geometry import BLOCK, centroids
from topicmodel.placement.acceptance import Nearness, accept
from topicmodel.placement.calibration import fit_temperature, probabilities
from topicmodel.text.similarity import word_similarities


def place(corpus: Corpus, levels: Levels) -> Placement:
    """Place every text: where HDBSCAN put it, else with the nearest centroid, else nowhere.

    Vectors and words each give the level-one category of a text a probability, and each view is
    calibrated on what the other finds. The confidence is their geometric mean, times how typical
    the text is of its own leaf.

    Args:
        corpus: the texts.
        levels: the nearest category of each text on both levels.
    """
    leaves = _Leaves.of(corpus.vectors, levels)
    cosines = leaves.own_similarities(corpus.vectors)
    core = levels.strengths > 0
    median_cosine, min_cosine = leaves.typical_similarities(cosines, core)
    nearness = Nearness(
        cosines,
        median_cosine[leaves.of_text],
        min_cosine[leaves.of_text],
        lower_end(cosines[core], SHARE_OF_CORE) if core.any() else np.inf,
    )
    probability = _probabilities(corpus, levels.level1)
    accepted = accept(nearness, probability, certain=core, has_parent=levels.level2 >= 0)
    return Placement(
        level1=np.where(accepted.unsorted, -1, levels.level1),
        level2=np.where(accepted.unsorted | accepted.parent_only, -1, levels.level2),
        confidence=accepted.confidence,
        methods=accepted.methods,
    )


@dataclass(frozen=True)
class _Leaves:
    """The categories without children."""

    of_text: Integers
    centres: Floats

    @classmethod
    def of(cls, vectors: Floats, levels: Levels) -> _Leaves:
        # level2 is -1 in a childless parent, so each (parent, child) pair is one leaf.
        pairs = np.column_stack([levels.level1, levels.level2])
        leaves, of_text = np.unique(pairs, axis=0, return_inverse=True)
        of_text = of_text.reshape(-1)
        certain = np.where(levels.strengths > 0, of_text, -1)
        return cls(of_text, centroids(vectors, certain, len(leaves)))

    def own_similarities(self, vectors: Floats) -> Floats:
        """Cosine of each text to the centroid of its leaf: (n_texts,)."""
        cosines = np.empty(len(vectors), dtype=np.float32)
        for first in range(0, len(vectors), BLOCK):
            block = slice(first, first + BLOCK)
            cosines[block] = np.einsum(
                "ij,ij->i", vectors[block], self.centres[self.of_text[block]]
            )
        return cosines

    def typical_similarities(self, cosines: Floats, core: Flags) -> tuple[Floats, Floats]:
        """Median and lower end of the cosines of each leaf's certain texts: (n_leaves,) each."""
        medians = np.ones(len(self.centres), dtype=np.float32)
        minima = np.zeros(len(self.centres), dtype=np.float32)
        order = np.argsort(self.of_text[core], kind="stable")
        leaves, starts = np.unique(self.of_text[core][order], return_index=True)
        for leaf, values in zip(leaves, np.split(cosines[core][order], starts)[1:], strict=True):
            medians[leaf], minima[leaf] = np.median(values), lower_end(values, SHARE_OF_CORE)
        return medians, minima


def _probabilities(corpus: Corpus, topics: Integers) -> Floats:
    """Probability of each text's own topic, by vectors and words together: (n_texts,)."""
    vectors = corpus.vectors
    if topics.max(initial=0) < 1:
        return np.ones(len(vectors), dtype=np.float32)
    by_vectors = _similarities(vectors, centroids(vectors, topics))
    by_words = word_similarities(corpus.words, topics)
    wordless = by_words.max(axis=1) <= 0
    told, used = by_words.argmax(axis=1), ~wordless
    if wordless.all():
        # Nothing but the topics themselves is left to calibrate on.
        told, used = topics, wordless
    meant = _own(by_vectors, topics, fit_temperature(by_vectors[used], told[used]))
    guessed = by_vectors.argmax(axis=1)[~wordless]
    said = _own(by_words, topics, fit_temperature(by_words[~wordless], guessed))
    together: Floats = np.sqrt(meant * np.where(wordless, meant, said))
    return together


def _similarities(vectors: Floats, centres: Floats) -> Floats:
    blocks = range(0, len(vectors), BLOCK)
    return np.concatenate([vectors[first : first + BLOCK] @ centres.T for first in blocks])


def _own(similarities: Floats, topics: Integers, temperature: float) -> Floats:
    """Probability of each text's topic: (n_texts,), 0 to 1."""
    result = np.empty(len(topics), dtype=np.float32)
    for first in range(0, len(topics), BLOCK):
        block = slice(first, first + BLOCK)
        likely = probabilities(similarities[block], temperature)
        result[block] = likely[np.arange(len(likely)), topics[block]]
    return result
