"""A tree that was there before, continued among the texts of a new dump.

Every text that was in the previous tree keeps its category, and every other text goes to the
nearest one; a group of new texts that fits no category becomes a new one. A draft, which is a
single fit that knows nothing of the previous tree, replaces a part of it only where the words of
the texts agree with the draft clearly better: level one as a whole, in which case everything is
fitted afresh, or the children of one parent. `refit.anchor` says how much better: at 0 any gain is
enough, at 1 none is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from topicmodel.clustering.sizes import least_texts
from topicmodel.clustering.typicality import SHARE_OF_CONTINUED, lower_end
from topicmodel.datatypes import Corpus, Flags, Floats, Integers, Levels, TermCounts, TopicId, Tree
from topicmodel.geometry import MicroClusters, centroids, fill_outliers, nearest, number_by_size
from topicmodel.settings import LevelTwoSettings
from topicmodel.text.similarity import word_agreement

CLEAR_GAIN = 0.2
"""Word agreement that a draft must gain where the anchor is 1."""

CATALOGUE_GAIN = 2.0
"""So many times that gain where the tree and the draft follow a catalogue."""

MOSTLY = 0.5
"""From this share of a group on, its members decide for the whole group."""

POORLY_FITTING_OF_NEW = 4 * SHARE_OF_CONTINUED
"""A group of new texts is a new category from this share of poorly fitting texts on."""

MIN_SHARE_OF_TOPIC = 0.5
"""A category with fewer texts than this share of the least size of a fine topic is retired."""

NEARNESS = 6.0
"""Weight of the cosine to a category beside the logarithm of its share in a drafted one, as in
`clustering.filing`."""

RARE = 0.02
"""Share of a category in a drafted one at which it still may get texts of that."""

HELD_BEFORE = 0.5
"""Strength of a text that HDBSCAN held in the previous fit but not in this one, 0 to 1."""


@dataclass(frozen=True)
class Precedent:
    """Where the texts were in the previous tree. All (n_texts,)."""

    level1: Integers
    """Index in `ids1`; -1 for a text that was not there, or not placed."""
    level2: Integers
    """Index in `ids2`; -1 where it was in no child."""
    core: Flags
    """Whether HDBSCAN held the text in its topic."""
    ids1: Sequence[TopicId]
    ids2: Sequence[TopicId]

    @classmethod
    def of(cls, tree: Tree, digests: Sequence[str], wanted: Sequence[str]) -> Precedent:
        """What the tree says of texts.

        Args:
            tree: before edits.
            digests: of the texts of its products, in their order.
            wanted: digests of the texts.
        """
        ids1 = [topic.id for topic in tree.taxonomy.topics if topic.level == 1]
        ids2 = [topic.id for topic in tree.taxonomy.topics if topic.level == 2]
        row_of = {digest: row for row, digest in enumerate(digests) if digest}
        rows = [row_of.get(digest, -1) for digest in wanted]
        assigned = tree.assignments
        return cls(
            _indices(assigned.level1, rows, ids1),
            _indices(assigned.level2, rows, ids2),
            np.array([row >= 0 and assigned.methods[row] == "core" for row in rows], dtype=bool),
            ids1,
            ids2,
        )


def has_precedent(precedent: Precedent, anchor: float) -> bool:
    """Whether there is anything to continue: texts of the previous tree, and an anchor to it."""
    known, _ = _without_crumbs(precedent.level1, precedent.level2)
    return anchor > 0 and bool((known >= 0).any())


def continue_levels(
    precedent: Precedent,
    draft: Levels,
    corpus: Corpus,
    anchor: float,
    level2_settings: LevelTwoSettings,
) -> Levels | None:
    """The previous tree among these texts, with what a draft does clearly better.

    Args:
        precedent: of which there is some.
        draft: of a fit that knows nothing of the previous tree.
        corpus: the texts.
        anchor: how much the previous tree counts, 0 to 1; see `RefitSettings`.
        level2_settings: how many children a parent may have, and how small.

    Returns:
        None where level one of the draft is clearly better: the tree is to be built afresh.
    """
    carried = _carry(precedent, draft, corpus.vectors)
    least_gain = _least_gain(draft, anchor)
    if _is_clearly_better(draft.level1, carried.level1, corpus.words, least_gain):
        return None
    level2 = carried.level2.copy()
    for parent in range(int(carried.level1.max()) + 1):
        rows = np.flatnonzero(carried.level1 == parent)
        words = corpus.words.take(rows)
        others = _drafted_children(draft, rows, corpus.vectors[rows], level2_settings)
        if _is_clearly_better(others, number_by_size(carried.level2[rows]), words, least_gain):
            level2[rows] = others + level2.max() + 1
    return as_levels(carried.level1, level2, carried.strengths, draft)


def _least_gain(draft: Levels, anchor: float) -> float:
    """Word agreement that a part of the draft must gain; infinite where nothing is enough."""
    if anchor >= 1:
        return np.inf
    # Where a catalogue decides, tree and draft differ by chance rather than by insight.
    return CLEAR_GAIN * anchor * (CATALOGUE_GAIN if draft.by_catalogue else 1)


def _is_clearly_better(new: Integers, old: Integers, words: TermCounts, least_gain: float) -> bool:
    """Whether the words of the texts agree with new topics so much better that they are taken."""
    if np.isinf(least_gain):
        return False
    return word_agreement(words, new) - word_agreement(words, old) > least_gain


def _carry(precedent: Precedent, draft: Levels, vectors: Floats) -> Levels:
    """The previous tree with all texts in it, and with the new kinds among them."""
    filed = draft.by_catalogue
    known1, known2 = _without_crumbs(precedent.level1, precedent.level2, by_parent=filed)
    n_children = int(draft.level2.max(initial=-1)) + 1
    leaf = np.where(draft.level2 < 0, n_children + draft.level1, draft.level2)
    # Where a catalogue decides, the texts of a category need not be near to one another.
    drafted = leaf if filed else None
    level1, level2, poorly_fitting = _place(known1, known2, vectors, drafted)
    new = _of_new_kinds(leaf, known1 < 0, poorly_fitting)
    home = _homes(draft.level1, new, level1, len(precedent.ids1))
    level1 = np.where(new, home[draft.level1], level1)
    level2 = np.where(new, len(precedent.ids2) + leaf, level2)
    # A parent without children gets none for the new category alone.
    childless = np.setdiff1d(known1[known1 >= 0], known1[known2 >= 0])
    level2[np.isin(level1, childless)] = -1
    # A category that lost most of its texts to a new one may be too small to stay.
    remaining = _without_crumbs(level1, level2, by_parent=filed)
    level1, level2, _ = _place(*remaining, vectors, drafted)
    strengths = np.where(_are_together(leaf, level1, level2), draft.strengths, 0)
    stayed = (level1 == precedent.level1) & (level2 == precedent.level2)
    strengths = np.maximum(strengths, HELD_BEFORE * (precedent.core & stayed))
    return as_levels(level1, level2, strengths, draft)


def _are_together(leaf: Integers, level1: Integers, level2: Integers) -> Flags:
    """Whether each text has the same category as most texts of its drafted category: (n_texts,).

    Only for such texts does the strength in the draft say anything about the category.
    """
    pairs = np.column_stack([level1, level2])
    category = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    counts = np.zeros((leaf.max() + 1, category.max() + 1), dtype=np.int64)
    np.add.at(counts, (leaf, category), 1)
    together: Flags = category == counts.argmax(axis=1)[leaf]
    return together


def _without_crumbs(
    level1: Integers, level2: Integers, *, by_parent: bool = False
) -> tuple[Integers, Integers]:
    """Both levels with -1 in place of categories that have hardly a text left.

    Children of a catalogue may be as small as their parent allows, and so are measured by it.
    """
    min_size = MIN_SHARE_OF_TOPIC * least_texts(len(level1))
    sizes = _sizes(level1)
    upper, least = np.where(sizes < min_size, -1, level1), np.full(len(level1), min_size)
    if by_parent:
        of_size = [least_texts(size) for size in range(int(sizes.max(initial=0)) + 1)]
        least = MIN_SHARE_OF_TOPIC * np.array(of_size)[sizes]
    return upper, np.where((upper < 0) | (_sizes(level2) < least), -1, level2)


def _sizes(topics: Integers) -> Integers:
    """Size of each text's topic: (n_texts,); 0 where it has none."""
    counts = np.bincount(topics[topics >= 0], minlength=1)
    return np.where(topics < 0, 0, counts[topics])


def _place(
    known1: Integers, known2: Integers, vectors: Floats, drafted: Integers | None
) -> tuple[Integers, Integers, Flags]:
    """Both levels of every text, by the nearest category unless known; and which fit poorly.

    Given the drafted category of each text, those of the known texts in there count too.
    """
    with_children = np.unique(known1[known2 >= 0])
    complete = (known1 >= 0) & ((known2 >= 0) | ~np.isin(known1, with_children))
    leaves, of_known = np.unique(
        np.column_stack([known1, known2])[complete], axis=0, return_inverse=True
    )
    of_known = of_known.reshape(-1)
    leaf = np.full(len(vectors), -1, dtype=np.int64)
    leaf[complete] = of_known
    centres = centroids(vectors, leaf)
    company = _company(drafted, leaf, len(leaves))
    for parent in [-1, *np.unique(known1[(known1 >= 0) & ~complete])]:
        rows = np.flatnonzero((known1 == parent) & ~complete)
        within = np.flatnonzero((leaves[:, 0] == parent) | (parent < 0))
        if drafted is None:
            leaf[rows] = within[nearest(vectors[rows], centres[within])]
        else:
            scores = np.log(company[drafted[rows]][:, within] + RARE)
            scores += NEARNESS * vectors[rows] @ centres[within].T
            leaf[rows] = within[scores.argmax(axis=1)]
    cosines = np.einsum("ij,ij->i", vectors, centres[leaf])
    # Each text is compared with a centre that it is no part of, as a new text is no part of it.
    to_others = MicroClusters.of(vectors[complete], of_known).cosines_without_self(
        vectors[complete]
    )
    min_cosine = np.array(
        [lower_end(to_others[of_known == n], SHARE_OF_CONTINUED) for n in range(len(leaves))]
    )
    return leaves[leaf, 0], leaves[leaf, 1], cosines < min_cosine[leaf]


def _company(drafted: Integers | None, leaf: Integers, n_leaves: int) -> Floats:
    """Share of each category in the known texts of each drafted one: (n_drafted, n_leaves)."""
    if drafted is None:
        return np.zeros((0, n_leaves), dtype=np.float32)
    known = np.flatnonzero(leaf >= 0)
    counts = np.zeros((int(drafted.max(initial=-1)) + 1, n_leaves), dtype=np.float32)
    np.add.at(counts, (drafted[known], leaf[known]), 1)
    shares: Floats = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def _of_new_kinds(leaf: Integers, unknown: Flags, poorly_fitting: Flags) -> Flags:
    """Which texts are in a drafted category of new texts that fit no previous one: (n_texts,)."""
    sizes = np.bincount(leaf)
    arrivals, strangers = np.bincount(leaf, unknown), np.bincount(leaf, unknown & poorly_fitting)
    is_new = (arrivals > MOSTLY * sizes) & (strangers >= POORLY_FITTING_OF_NEW * arrivals)
    of_texts: Flags = is_new[leaf]
    return of_texts


def _homes(draft1: Integers, new: Flags, level1: Integers, n_known: int) -> Integers:
    """Level-one category of the new kinds in each drafted one: (n_drafted,).

    One of their own, from n_known, where they are most of the drafted category; else the one that
    the others in there are in.
    """
    homes = n_known + np.arange(int(draft1.max()) + 1)
    for parent in np.unique(draft1[new]):
        members = draft1 == parent
        if new[members].mean() <= MOSTLY:
            homes[parent] = np.bincount(level1[members & ~new]).argmax()
    return homes


def _drafted_children(
    draft: Levels, rows: Integers, vectors: Floats, settings: LevelTwoSettings
) -> Integers:
    """The drafted categories among some texts, without crumbs: numbers from 0, largest first."""
    drafted = number_by_size(draft.level2[rows])
    min_size = max(least_texts(len(rows)), settings.min_share * len(rows))
    sizes = np.bincount(drafted[drafted >= 0], minlength=1)
    large = (drafted >= 0) & (sizes[drafted] >= min_size) & (drafted < settings.max_topics)
    if not large.any():
        return np.zeros(len(rows), dtype=np.int64)
    return number_by_size(fill_outliers(vectors, np.where(large, drafted, -1)))


def as_levels(level1: Integers, level2: Integers, strengths: Floats, draft: Levels) -> Levels:
    """Topics numbered by falling size; an only child is dropped, and every leaf holds some text.

    What is said of how the levels were found is that of the draft.
    """
    pairs = np.unique(np.column_stack([level1, level2]), axis=0)
    parents, n_children = np.unique(pairs[pairs[:, 1] >= 0, 0], return_counts=True)
    level2 = np.where(np.isin(level1, parents[n_children > 1]), level2, -1)
    level1, level2 = number_by_size(level1), number_by_size(level2)
    leaf = np.where(level2 < 0, level2.max(initial=-1) + 1 + level1, level2)
    # Too few texts with a strength do not show how far from the category others may be.
    loose = np.bincount(leaf, strengths > 0)[leaf] < MIN_SHARE_OF_TOPIC * least_texts(len(leaf))
    strengths = np.where(loose, HELD_BEFORE, strengths).astype(np.float32)
    return replace(draft, level1=level1, level2=level2, strengths=strengths)


def _indices(
    topics: Sequence[TopicId | None], rows: Sequence[int], ids: Sequence[TopicId]
) -> Integers:
    index_of: dict[TopicId | None, int] = {topic: index for index, topic in enumerate(ids)}
    return np.array(
        [index_of.get(topics[row], -1) if row >= 0 else -1 for row in rows], dtype=np.int64
    )
