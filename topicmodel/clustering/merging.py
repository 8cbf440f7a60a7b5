"""The fine topics of several fits -> categories of two levels, by how far apart the topics are.

Topics are linked by average linkage on two distances in equal parts, each divided by its mean: the
cosine distance of their centroids, and that of their c-TF-IDF. The topics of all fits go into one
linkage, which is cut high for level one and lower for level two, and each text votes with its topic
in every fit: so another seed gives nearly the same categories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topicmodel import engine
from topicmodel.clustering.dendrogram import Branches, Dendrogram
from topicmodel.clustering.sizes import least_texts
from topicmodel.datatypes import Corpus, Flags, Floats, Integers, Level, TermCounts
from topicmodel.geometry import BLOCK, centroids, number_by_size
from topicmodel.settings import LevelOneSettings, LevelTwoSettings, TreeSettings

HELD_BY_VOTES = 0.5
"""Strength of a text in a topic that has no dense core in any fit, 0 to 1."""


@dataclass(frozen=True)
class MergedTopics:
    """Categories of two levels, and what led to them."""

    level1: Integers
    """(n_texts,), from 0, largest first."""
    level2: Integers
    """(n_texts,), numbered within the parent from 0, largest first."""
    strengths: Floats
    """(n_texts,), 0 to 1: how firmly the fits hold the text there, on average."""
    curve: Sequence[tuple[int, float]]
    """For each number of level-one categories the relative distance at which the last two of them
    would merge. Empty where the number was given, or a catalogue decided it."""
    familiar: frozenset[int] = frozenset()
    """Level-one categories whose children are families of a catalogue."""
    settled: frozenset[int] = frozenset()
    """Level-one categories in which nothing is to be found but these children."""
    known_share: float | None = None
    """Share of the texts in fine topics that a catalogue knows, 0 to 1; None without one."""
    by_catalogue: bool = False
    """Whether the categories follow the catalogue."""

    def children(self, rows: Integers) -> Level:
        """The children of one parent, whose texts are these rows."""
        return Level(self.level2[rows], self.strengths[rows])


def merge_topics(corpus: Corpus, fits: Sequence[Level], settings: TreeSettings) -> MergedTopics:
    """Merge the fine topics of one or more fits by their distances into categories of two levels.

    Args:
        corpus: the texts.
        fits: fine topics from 0 without gaps; every text has one.
        settings: how many categories there may be, and how far apart they must be.
    """
    if all(fit.topics.max(initial=0) == 0 for fit in fits):
        return MergedTopics(fits[0].topics, fits[0].topics, fits[0].strengths, [])
    tree = link_topics(corpus, fits)
    parents, curve = _split_root(tree, len(corpus), settings.level1)
    children = [_split_parent(tree, parent, settings.level2) for parent in parents]
    level1 = _vote(tree.number_leaves(parents), fits)
    parent_of_child = np.repeat(np.arange(len(parents)), [len(group) for group in children])
    leaves = tree.number_leaves([child for group in children for child in group])
    level2 = _vote(leaves, fits, lambda child: parent_of_child[child] == level1)
    return MergedTopics(
        number_by_size(level1),
        number_within(level1, level2),
        _strengths_of(level2, _of_texts(leaves, fits), fits),
        curve,
    )


def link_topics(corpus: Corpus, fits: Sequence[Level]) -> Dendrogram:
    """Average linkage of the topics of one or more fits, in their order; at least two topics."""
    return TopicDistances.of(corpus, fits).linked()


@dataclass(frozen=True)
class TopicDistances:
    """How far the topics of one or more fits are apart, in their order."""

    pairwise: Floats
    """As scipy's pdist orders them."""
    centres: Floats
    """(n_topics, n_dims), unit length."""
    sizes: Integers
    """(n_topics, n_fits), texts of each topic in the column of its fit, else 0."""

    @classmethod
    def of(cls, corpus: Corpus, fits: Sequence[Level]) -> TopicDistances:
        """Distances of the topics of fits; at least two topics."""
        import scipy.linalg

        centres = np.concatenate([centroids(corpus.vectors, fit.topics) for fit in fits])
        sizes = scipy.linalg.block_diag(*[np.bincount(fit.topics)[:, None] for fit in fits])
        pairwise = _relative(_cosine_distances(centres))
        if corpus.words.counts.shape[1]:
            pairwise = pairwise + _relative(_word_distances(corpus.words, fits))
        return cls(pairwise, centres, sizes)

    @property
    def relative(self) -> Floats:
        """(n_topics, n_topics); 1 is the mean distance of two topics."""
        from scipy.spatial.distance import squareform

        square: Floats = squareform(_relative(self.pairwise))
        return square

    def linked(self) -> Dendrogram:
        """Average linkage of all topics."""
        return Dendrogram.of(self.pairwise, self.centres, self.sizes)

    def linked_among(self, topics: Integers, inside: Integers) -> Dendrogram:
        """Average linkage of some topics, on the scale of all.

        Args:
            topics: numbers of at least two topics.
            inside: (n_topics,), how many texts of each of all topics count.
        """
        pairwise = _condensed(self.relative[np.ix_(topics, topics)])
        sizes = np.where(self.sizes[topics] > 0, inside[topics, None], 0)
        return Dendrogram.of(pairwise, self.centres[topics], sizes, scale=1.0)


def _split_root(
    tree: Dendrogram, n_texts: int, settings: LevelOneSettings
) -> tuple[list[Branches], list[tuple[int, float]]]:
    """The level-one categories, and the curve."""
    least = max(1.0, settings.min_share * n_texts)
    if settings.n_topics != "auto":
        return tree.split(tree.root, settings.n_topics, least)[0], []
    _, distances = tree.split(tree.root, 2 * settings.max_topics, least)
    curve = [(n, float(d)) for n, d in enumerate(distances, start=2)]
    chosen = 1 + sum(distance >= settings.separation for _, distance in curve)
    chosen = min(max(chosen, settings.min_topics), settings.max_topics)
    groups, _ = tree.split(tree.root, chosen, least)
    return _without_giant(tree, groups, least, n_texts, settings), curve


def _without_giant(
    tree: Dendrogram,
    groups: list[Branches],
    least: float,
    n_texts: int,
    settings: LevelOneSettings,
) -> list[Branches]:
    """The groups with the largest split further, as long as it holds too much and can be split."""
    groups = list(groups)
    while len(groups) < settings.max_topics:
        giant = max(groups, key=tree.size)
        if tree.size(giant) <= settings.max_share * n_texts:
            break
        parts, _ = tree.split(giant, 2, least)
        if len(parts) == 1:
            break
        index = groups.index(giant)
        groups[index : index + 1] = parts
    return groups


def _split_parent(tree: Dendrogram, parent: Branches, settings: LevelTwoSettings) -> list[Branches]:
    n_texts = round(tree.size(parent))
    size = least_texts(n_texts) if settings.min_size == "auto" else settings.min_size
    least = max(size, settings.min_share * n_texts)
    return tree.split(parent, settings.max_topics, least, settings.separation)[0]


def _of_texts(groups: Integers, fits: Sequence[Level]) -> Iterator[Integers]:
    """For each fit the group of every text's topic: (n_texts,) each."""
    first = 0
    for fit in fits:
        yield groups[first + fit.topics]
        first += int(fit.topics.max()) + 1


def _vote(
    groups: Integers, fits: Sequence[Level], valid: Callable[[Integers], Flags] | None = None
) -> Integers:
    """The group with most votes for each text: (n_texts,).

    Each fit has a vote, worth up to two where it holds the text firmly.
    """
    chosen = list(_of_texts(groups, fits))
    weights = [
        (1 + fit.strengths) * (1 if valid is None else valid(groups_of_texts))
        for fit, groups_of_texts in zip(fits, chosen, strict=True)
    ]
    winners = np.empty(len(fits[0].topics), dtype=np.int64)
    for first in range(0, len(winners), BLOCK):
        block = slice(first, first + BLOCK)
        votes = np.zeros((len(winners[block]), int(groups.max()) + 1), dtype=np.float32)
        rows = np.arange(len(votes))
        for groups_of_texts, weight in zip(chosen, weights, strict=True):
            votes[rows, groups_of_texts[block]] += weight[block]
        winners[block] = votes.argmax(axis=1)
    return winners


def _strengths_of(
    topics: Integers, topics_of_fits: Iterator[Integers], fits: Sequence[Level]
) -> Floats:
    """How firmly the fits that agree on a text's topic hold it there: (n_texts,), 0 to 1.

    A topic in which no fit holds any text firmly gets `HELD_BY_VOTES` for all its texts.
    """
    agreeing = [
        fit.strengths * (topics_of_fit == topics)
        for fit, topics_of_fit in zip(fits, topics_of_fits, strict=True)
    ]
    strengths = np.mean(agreeing, axis=0)
    voted = np.bincount(topics, strengths)[topics] == 0
    return np.where(voted, HELD_BY_VOTES, strengths).astype(np.float32)


def number_within(parents: Integers, children: Integers) -> Integers:
    """The children of each parent numbered from 0, largest first."""
    numbers = np.empty(len(children), dtype=np.int64)
    for parent in np.unique(parents):
        rows = parents == parent
        numbers[rows] = number_by_size(children[rows])
    return numbers


def _word_distances(words: TermCounts, fits: Sequence[Level]) -> Floats:
    """Cosine distances of the topics' c-TF-IDF."""
    import scipy.sparse as sp
    from sklearn.preprocessing import normalize

    rows = np.arange(len(fits[0].topics))
    members = [sp.csr_matrix((np.ones(len(rows)), (fit.topics, rows))) for fit in fits]
    weights = [normalize(engine.class_tfidf(sp.csr_matrix(m @ words.counts))) for m in members]
    stacked = sp.vstack(weights)
    return _condensed(1 - (stacked @ stacked.T).toarray())


def _cosine_distances(centres: Floats) -> Floats:
    wide = centres.astype(np.float64)
    return _condensed(1 - wide @ wide.T)


def _condensed(distances: npt.NDArray[np.floating]) -> Floats:
    from scipy.spatial.distance import squareform

    condensed: Floats = squareform(np.maximum(distances, 0), checks=False)
    return condensed


def _relative(distances: Floats) -> Floats:
    return distances / max(float(distances.mean()), 1e-12)
