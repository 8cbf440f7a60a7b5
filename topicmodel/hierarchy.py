"""Fine topics -> a tree of two levels.

Level one merges BERTopic's fine topics: average linkage on the cosine distance of their centroids,
cut from the top. A branch too small to be a category of its own never counts as a cut, so neither
crumbs nor one giant with satellites come out. Level two refits BERTopic inside each level-one topic
and keeps the refit where the words of the texts agree with it better than with the fine topics
already there: a judgement that the vectors, from which both were made, take no part in.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from topicmodel import engine
from topicmodel.datatypes import Floats, Integers, Level, Levels, TermCounts
from topicmodel.geometry import centroids, fill_outliers, number_by_size
from topicmodel.progress import Progress, Silent
from topicmodel.settings import LevelOneSettings, LevelTwoSettings, Settings

log = logging.getLogger(__name__)

LEAST_TO_REFIT = 40
"""A parent with fewer texts keeps its fine topics."""


def build_levels(
    vectors: Floats, words: TermCounts, settings: Settings, progress: Progress | None = None
) -> Levels:
    """Find fine topics and arrange them, and refits of them, on two levels.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.
    """
    progress = progress or Silent()
    progress.stage("finding topics")
    fine = _find_fine_topics(vectors, words, settings)
    placed = fill_outliers(vectors, fine.topics)
    progress.stage("merging topics")
    merged, curve = merge_topics(vectors, placed, settings.level1)
    level1 = number_by_size(merged[placed])
    n_parents = int(level1.max(initial=-1)) + 1
    log.info("%d fine topics merged into %d", len(merged), n_parents)
    progress.stage("finding level two", n_parents)
    level2 = np.full(len(vectors), -1, dtype=np.int64)
    strengths = fine.strengths.copy()
    for parent in range(n_parents):
        rows = np.flatnonzero(level1 == parent)
        inherited = Level(placed[rows], fine.strengths[rows])
        children = _divide(vectors[rows], _rows(words, rows), inherited, settings)
        if children.topics.max(initial=0) > 0:
            level2[rows] = children.topics + level2.max(initial=-1) + 1
        strengths[rows] = children.strengths
        progress.advance(1)
    return Levels(level1, level2, strengths, curve)


def automatic_size(n_texts: int) -> int:
    """Least texts of a topic: 3 in the smallest dumps, 8 from a hundred, then with the root."""
    return max(3, min(8, n_texts // 12), round(math.sqrt(n_texts) / 5))


def merge_topics(
    vectors: Floats, topics: Integers, settings: LevelOneSettings
) -> tuple[Integers, list[tuple[int, float]]]:
    """Merge fine topics into level-one topics.

    Args:
        vectors: (n_texts, n_dims), unit length.
        topics: (n_texts,), fine topics from 0 without gaps.

    Returns:
        (n_topics,) level-one topic of each fine topic, and the curve behind their number: for each
        number the relative distance at which its last two topics would merge. Empty where the
        number was given.
    """
    centres, sizes = centroids(vectors, topics), np.bincount(topics)
    if len(sizes) == 1:
        return np.zeros(1, dtype=np.int64), []
    tree = _Dendrogram.of(centres, sizes)
    least = max(1.0, settings.min_share * sizes.sum())
    if settings.n_topics != "auto":
        return tree.cut(settings.n_topics, least)[0], []
    _, distances = tree.cut(2 * settings.max_topics, least)
    curve = [(n, float(d)) for n, d in enumerate(distances, start=2)]
    chosen = 1 + sum(distance >= settings.separation for _, distance in curve)
    chosen = min(max(chosen, settings.min_topics), settings.max_topics)
    return tree.cut(chosen, least)[0], curve


def word_agreement(words: TermCounts, topics: Integers) -> float:
    """How well words alone place texts in their own topic; 1 is always, 0 is chance.

    The words of a text and of a topic are compared by the cosine of their tf-idf (Rocchio's
    classifier), and what they find is compared with the topics by adjusted mutual information. A
    text is left out of its own topic there, so that many small topics have no advantage, and chance
    is taken out, so that few large ones have none.
    """
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.metrics import adjusted_mutual_info_score
    from sklearn.utils.extmath import row_norms

    if topics.max(initial=0) < 1 or not len(words.terms):
        return 0.0
    tfidf = TfidfTransformer(sublinear_tf=True).fit_transform(words.counts)
    rows = np.arange(len(topics))
    sums = sp.csr_matrix((np.ones(len(topics)), (topics, rows))) @ tfidf
    products = (tfidf @ sums.T).toarray()
    own, weights = products[rows, topics], row_norms(tfidf, squared=True)
    squares = row_norms(sums, squared=True)
    others = squares[topics] - 2 * own + weights
    similarities = products / np.sqrt(np.maximum(squares, 1e-12))
    similarities[rows, topics] = (own - weights) / np.sqrt(np.maximum(others, 1e-12))
    return float(adjusted_mutual_info_score(topics, similarities.argmax(axis=1)))


@dataclass(frozen=True)
class _Dendrogram:
    """Average linkage of topics; nodes are numbered as scipy does, leaves first."""

    children: Sequence[tuple[int, int]]
    """Of the inner nodes, in the order of their numbers."""
    distances: Sequence[float]
    """At which the children of each inner node merge; 1 is the mean distance of two topics."""
    sizes: Sequence[int]
    """Texts below each node."""
    sums: Floats
    """(n_nodes, n_dims), vectors below each node added up."""

    @classmethod
    def of(cls, centres: Floats, sizes: Integers) -> _Dendrogram:
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import pdist

        pairwise = np.maximum(pdist(centres.astype(np.float64), "cosine"), 0.0)
        merges = linkage(pairwise, "average")
        pairs = [(int(left), int(right)) for left, right in merges[:, :2]]
        all_sizes, sums = sizes.tolist(), list(centres * sizes[:, None])
        for left, right in pairs:
            all_sizes.append(all_sizes[left] + all_sizes[right])
            sums.append(sums[left] + sums[right])
        scale = max(float(pairwise.mean()), 1e-12)
        return cls(pairs, (merges[:, 2] / scale).tolist(), all_sizes, np.array(sums))

    @property
    def n_leaves(self) -> int:
        return len(self.children) + 1

    def cut(self, n_groups: int, least: float) -> tuple[Integers, list[float]]:
        """Split from the top, always the group whose parts lie farthest apart.

        A split needs at least `least` texts on both sides. Smaller branches met on the way are
        peeled off and join whichever side of the next split they are nearer to.

        Returns:
            (n_leaves,) group of each leaf, and the distance of each split.
        """
        groups: list[list[int]] = [[2 * self.n_leaves - 2]]
        distances: list[float] = []
        while len(groups) < n_groups:
            splits = [(self._next_split(group, least), place) for place, group in enumerate(groups)]
            possible = [(split, place) for split, place in splits if split is not None]
            if not possible:
                break
            (node, peeled), place = max(
                possible, key=lambda item: (self._distance(item[0][0]), -item[1])
            )
            groups[place : place + 1] = self._split(node, peeled)
            distances.append(self._distance(node))
        found = np.zeros(self.n_leaves, dtype=np.int64)
        for number, group in enumerate(groups):
            found[[leaf for node in group for leaf in self._leaves(node)]] = number
        return found, distances

    def _next_split(self, group: list[int], least: float) -> tuple[int, list[int]] | None:
        """The node at which a group can be split, and what is peeled off before it."""
        node = max(group, key=lambda member: self.sizes[member])
        peeled = [member for member in group if member != node]
        while node >= self.n_leaves:
            small, large = sorted(
                self.children[node - self.n_leaves], key=lambda child: (self.sizes[child], child)
            )
            if self.sizes[small] >= least:
                return node, peeled
            peeled.append(small)
            node = large
        return None

    def _split(self, node: int, peeled: Sequence[int]) -> list[list[int]]:
        left, right = self.children[node - self.n_leaves]
        parts = [[left], [right]]
        directions = [self._direction(left), self._direction(right)]
        for branch in peeled:
            similarities = [float(self.sums[branch] @ direction) for direction in directions]
            parts[int(np.argmax(similarities))].append(branch)
        return parts

    def _direction(self, node: int) -> Floats:
        total: Floats = self.sums[node] / max(float(np.linalg.norm(self.sums[node])), 1e-12)
        return total

    def _distance(self, node: int) -> float:
        return self.distances[node - self.n_leaves]

    def _leaves(self, node: int) -> list[int]:
        waiting, leaves = [node], []
        while waiting:
            current = waiting.pop()
            if current < self.n_leaves:
                leaves.append(current)
            else:
                waiting.extend(self.children[current - self.n_leaves])
        return leaves


def _find_fine_topics(vectors: Floats, words: TermCounts, settings: Settings) -> Level:
    size = settings.topics.min_size
    least = automatic_size(len(vectors)) if size == "auto" else size
    return _fit(vectors, words, settings, least, "leaf")


def _fit(
    vectors: Floats,
    words: TermCounts,
    settings: Settings,
    min_size: int,
    selection: Literal["leaf", "eom"],
) -> Level:
    return engine.find_topics(
        vectors,
        words,
        settings.topics,
        min_size=min_size,
        selection=selection,
        seed=settings.seed,
        threads=settings.threads,
    )


def _divide(vectors: Floats, words: TermCounts, inherited: Level, settings: Settings) -> Level:
    """The children of one parent: a refit inside it, or the fine topics it was merged from."""
    fine = _limited(vectors, inherited, settings.level2)
    if len(vectors) < LEAST_TO_REFIT:
        return fine
    size = settings.level2.min_size
    least = _child_size(len(vectors)) if size == "auto" else size
    refit = _fit(vectors, words, settings, least, "eom")
    fresh = _limited(vectors, refit, settings.level2)
    if word_agreement(words, fresh.topics) > word_agreement(words, fine.topics):
        return fresh
    return fine


def _child_size(n_texts: int) -> int:
    return max(8, round(math.sqrt(n_texts) / 5), round(0.015 * n_texts))


def _limited(vectors: Floats, level: Level, settings: LevelTwoSettings) -> Level:
    """The level with its outliers placed and merged down to the number a menu can show."""
    placed = number_by_size(fill_outliers(vectors, level.topics))
    sizes = np.bincount(placed)
    least = settings.min_share * len(placed)
    if len(sizes) > settings.max_topics or sizes.min() < least:
        tree = _Dendrogram.of(centroids(vectors, placed), sizes)
        groups, _ = tree.cut(settings.max_topics, least)
        placed = number_by_size(groups[placed])
    return Level(placed, level.strengths)


def _rows(words: TermCounts, rows: Integers) -> TermCounts:
    return TermCounts(words.counts[rows], words.terms)
