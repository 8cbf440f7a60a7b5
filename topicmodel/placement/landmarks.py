"""New texts onto the tree of a run: each gets the category of its nearest landmark, or none.

Landmarks are the centres of the micro-clusters of a category's texts. One centroid would not do, as
the texts of a category need not lie around one point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topicmodel.clustering.typicality import SHARE_OF_TREE
from topicmodel.datatypes import Flags, Floats, Integers, Landmarks, Method, Taxonomy, TopicId
from topicmodel.geometry import BLOCK, MicroClusters, k_means
from topicmodel.placement.acceptance import Nearness, accept
from topicmodel.placement.calibration import fit_temperature, probabilities

MOST_LANDMARKS = 1024
"""Of a tree that has fewer leaves than this; more find little more and cost time."""

MOST_MEMBERS = 50_000
"""Texts that landmarks are made of; beyond that an even sample."""


@dataclass(frozen=True)
class Placed:
    """Where new texts go. All run in the order of the texts."""

    level1: Sequence[TopicId | None]
    """None where the text fits nowhere."""
    level2: Sequence[TopicId | None]
    confidence: Floats
    """(n_texts,), 0 to 1; 0 where the text fits nowhere."""
    methods: Sequence[Method]
    """`reassigned`, `parent_only` or `unsorted`."""
    cosines: Floats
    """(n_texts,), to the nearest landmark; -1 where the tree has none."""
    in_new_group: Flags
    """(n_texts,), whether the text belongs to a group of new texts; it fits nowhere then."""


def choose_landmarks(
    vectors: Floats,
    leaves: Integers,
    leaf_ids: Sequence[TopicId],
    parent_of: Mapping[TopicId, TopicId | None],
    *,
    seed: int,
) -> Landmarks:
    """Centres of the micro-clusters of each leaf, and how near to them its texts are.

    A leaf gets landmarks by the square root of its texts. Each text is judged as if it had not
    been there when the centre of its micro-cluster was made, as a new text would be.

    Args:
        vectors: (n_texts, n_dims), unit length.
        leaves: (n_texts,), index in leaf_ids of the category without children that holds the text;
            -1 for texts that are left out.
        leaf_ids: categories without children; one without texts gets no landmark.
        parent_of: leaf -> its parent; None for a leaf of level one.
        seed: of the micro-clusters.
    """
    rows = np.flatnonzero(leaves >= 0)
    rows = rows[:: math.ceil(len(rows) / MOST_MEMBERS) or 1]
    vectors, leaves = vectors[rows], leaves[rows]
    clusters, leaf_of_cluster = _clusters_of_leaves(vectors, leaves, seed)
    topics = [leaf_ids[leaf] for leaf in leaf_of_cluster]
    # As a run folder keeps them, so that a run answers alike before it is written and after.
    centres = clusters.centres.astype(np.float16).astype(np.float32)
    if not topics:
        return Landmarks(centres, topics, {}, {}, 1.0)
    marks = _Marks.of(centres, topics, parent_of)
    seen = marks.compare(vectors, clusters)
    usual, least = _reach(seen, topics, parent_of)
    temperature = fit_temperature(seen.by_top, marks.top_of[clusters.of_row])
    return Landmarks(centres, topics, usual, least, temperature)


def place_new(
    vectors: Floats, landmarks: Landmarks, taxonomy: Taxonomy, new_groups: Floats | None = None
) -> Placed:
    """Place each text with its nearest landmark, as far as it fits there.

    What becomes of a text does not depend on the others, so a dump may come in blocks. A text that
    is too far from the leaf goes to its parent only; one that is too far from the whole tree, or
    nearer to a group of new texts, goes nowhere. The confidence is the probability of the
    level-one category, times how typical the text is of the leaf.

    Args:
        vectors: (n_texts, n_dims), unit length.
        landmarks: of the tree.
        taxonomy: the tree that the landmarks were chosen for.
        new_groups: (n_new_groups, n_dims), what `find_new_groups` has found among all new texts.
    """
    if not landmarks.topics:
        return _nowhere(len(vectors))
    parent_of = {topic.id: topic.parent for topic in taxonomy.topics}
    marks = _Marks.of(landmarks.vectors, landmarks.topics, parent_of)
    seen = marks.compare(vectors)
    of_landmarks = _Thresholds.of(landmarks, parent_of)
    in_new_group = _best_cosines(vectors, new_groups) > seen.cosines
    level1, level2 = of_landmarks.level1[seen.nearest], of_landmarks.level2[seen.nearest]
    accepted = accept(
        of_landmarks.nearness(seen),
        probabilities(seen.by_top, landmarks.temperature).max(axis=1),
        certain=np.zeros(len(vectors), dtype=bool),
        has_parent=of_landmarks.has_parent[seen.nearest],
        is_elsewhere=in_new_group,
    )
    level1[accepted.unsorted] = level2[accepted.unsorted | accepted.parent_only] = None
    return Placed(
        level1=level1.tolist(),
        level2=level2.tolist(),
        confidence=accepted.confidence,
        methods=accepted.methods,
        cosines=seen.cosines,
        in_new_group=in_new_group,
    )


def nearest_cosines(vectors: Floats, landmarks: Landmarks) -> tuple[Integers, Floats]:
    """Row of the nearest landmark for each text, and the cosine to it: (n_texts,) each."""
    seen = _Marks.of(landmarks.vectors, landmarks.topics, {}).compare(vectors)
    return seen.nearest, seen.cosines


@dataclass(frozen=True)
class _Seen:
    """Texts as landmarks see them."""

    nearest: Integers
    """(n_texts,), landmark."""
    cosines: Floats
    """(n_texts,), to the nearest landmark."""
    by_top: Floats
    """(n_texts, n_tops), to the nearest landmark of each level-one category."""


@dataclass(frozen=True)
class _Marks:
    """Landmarks, ready to be compared with."""

    centres: Floats
    top_of: Integers
    """(n_landmarks,), number of the level-one category."""
    order: Integers
    """Landmarks of one level-one category after those of another."""
    starts: Integers
    """Where in this order each level-one category begins."""

    @classmethod
    def of(
        cls,
        centres: Floats,
        topics: Sequence[TopicId],
        parent_of: Mapping[TopicId, TopicId | None],
    ) -> _Marks:
        tops = [parent_of.get(topic) or topic for topic in topics]
        numbers = {top: number for number, top in enumerate(dict.fromkeys(tops))}
        top_of = np.array([numbers[top] for top in tops], dtype=np.int64)
        order = np.argsort(top_of, kind="stable")
        starts = np.searchsorted(top_of[order], np.arange(len(numbers)))
        return cls(np.ascontiguousarray(centres[order]), top_of, order, starts)

    def compare(self, vectors: Floats, clusters: MicroClusters | None = None) -> _Seen:
        """How near each text is to the landmarks.

        With the micro-clusters of the texts, each text is compared with the centre of the others in
        its own one.
        """
        own = None if clusters is None else clusters.cosines_without_self(vectors)
        column_of = np.argsort(self.order)
        parts = []
        for first in range(0, max(1, len(vectors)), BLOCK):
            block = slice(first, first + BLOCK)
            cosines = vectors[block] @ self.centres.T
            rows = np.arange(len(cosines))
            if clusters is not None and own is not None:
                cosines[rows, column_of[clusters.of_row[block]]] = own[block]
            best = cosines.argmax(axis=1)
            by_top = np.maximum.reduceat(cosines, self.starts, axis=1)
            parts.append((self.order[best], cosines[rows, best], by_top))
        nearest, cosines, by_top = (np.concatenate(part) for part in zip(*parts, strict=True))
        return _Seen(nearest, cosines, by_top)


@dataclass(frozen=True)
class _Thresholds:
    """What a landmark tells of the texts that it is the nearest of: (n_landmarks,) each."""

    level1: npt.NDArray[np.object_]
    """Id of its level-one category."""
    level2: npt.NDArray[np.object_]
    """Id of its level-two category; None where the level-one category has none."""
    has_parent: Flags
    """Whether it stands for a level-two category."""
    median_cosine: Floats
    min_cosine: Floats
    min_cosine_of_tree: Floats

    @classmethod
    def of(cls, landmarks: Landmarks, parent_of: Mapping[TopicId, TopicId | None]) -> _Thresholds:
        pairs = [(topic, parent_of[topic]) for topic in landmarks.topics]
        tops = [parent or topic for topic, parent in pairs]
        return cls(
            level1=np.array(tops, dtype=object),
            level2=np.array([topic if parent else None for topic, parent in pairs], dtype=object),
            has_parent=np.array([parent is not None for _, parent in pairs], dtype=bool),
            median_cosine=_values(landmarks.median_cosine, landmarks.topics),
            min_cosine=_values(landmarks.min_cosine, landmarks.topics),
            min_cosine_of_tree=_values(landmarks.min_cosine, tops),
        )

    def nearness(self, seen: _Seen) -> Nearness:
        """Of texts to their nearest landmarks."""
        return Nearness(
            seen.cosines,
            self.median_cosine[seen.nearest],
            self.min_cosine[seen.nearest],
            self.min_cosine_of_tree[seen.nearest],
        )


def _values(of_topics: Mapping[TopicId, float], topics: Sequence[TopicId]) -> Floats:
    return np.array([of_topics[topic] for topic in topics], dtype=np.float32)


def _clusters_of_leaves(
    vectors: Floats, leaves: Integers, seed: int
) -> tuple[MicroClusters, list[int]]:
    """Micro-clusters of each leaf, numbered leaf by leaf; and the leaf of each of them."""
    distinct, sizes = np.unique(leaves, return_counts=True)
    wanted = np.sqrt(sizes)
    wanted *= min(1, MOST_LANDMARKS / max(1, wanted.sum()))
    of_row = np.zeros(len(leaves), dtype=np.int64)
    leaf_of_cluster: list[int] = []
    for leaf, n_clusters in zip(distinct.tolist(), np.maximum(1, wanted).astype(int), strict=True):
        rows = np.flatnonzero(leaves == leaf)
        parts = k_means(vectors[rows], int(n_clusters), seed=seed)
        of_row[rows] = len(leaf_of_cluster) + parts
        leaf_of_cluster += [leaf] * (int(parts.max()) + 1)
    return MicroClusters.of(vectors, of_row), leaf_of_cluster


def _reach(
    seen: _Seen, topics: Sequence[TopicId], parent_of: Mapping[TopicId, TopicId | None]
) -> tuple[dict[TopicId, float], dict[TopicId, float]]:
    """Median and lower end of the cosines of the texts that each category attracts.

    The lower end of a level-one category is that of the whole tree: what a category knows of its
    own few texts tells worse what fits than what all of them tell.
    """
    least_of_tree, middle = np.quantile(seen.cosines, [SHARE_OF_TREE, 0.5]).tolist()
    usual, least = {}, {}
    attracted = np.array(topics, dtype=object)[seen.nearest]
    tops = np.array([parent_of[topic] or topic for topic in topics], dtype=object)[seen.nearest]
    for topic in dict.fromkeys(topics):
        own = seen.cosines[attracted == topic]
        lower, usual[topic] = (
            np.quantile(own, [SHARE_OF_TREE, 0.5]).tolist() if len(own) else (-1.0, middle)
        )
        least[topic] = max(least_of_tree, lower) if parent_of[topic] else least_of_tree
    for top in dict.fromkeys(parent_of[topic] or topic for topic in topics):
        own = seen.cosines[tops == top]
        usual[top] = float(np.median(own)) if len(own) else middle
        least[top] = least_of_tree
    return usual, least


def _best_cosines(vectors: Floats, centres: Floats | None) -> Floats:
    """To the nearest of the centres: (n,); below any cosine where there are none."""
    if centres is None or not len(centres):
        return np.full(len(vectors), -np.inf, dtype=np.float32)
    blocks = range(0, max(1, len(vectors)), BLOCK)
    parts = [(vectors[first : first + BLOCK] @ centres.T).max(axis=1) for first in blocks]
    best: Floats = np.concatenate(parts)
    return best


def _nowhere(n_texts: int) -> Placed:
    nothing = [None] * n_texts
    unsorted: list[Method] = ["unsorted"] * n_texts
    zeros = np.zeros(n_texts, dtype=np.float32)
    return Placed(nothing, nothing, zeros, unsorted, zeros - 1, zeros > 0)
