"""The fine topics of several fits -> categories of two levels, by a catalogue of goods.

Level one is the catalogue's departments, as far as the texts are filed under them; where one
department holds most of a shop, its families take its place. Level two is the families of each
department, or what the distances of the fine topics give where both views of the texts agree with
that clearly better. Fine topics of a kind that the catalogue does not have stay categories of their
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.catalogue.knowledge import Knowledge
from topicmodel.catalogue.nodes import Nodes, node_shares
from topicmodel.clustering.agreement import agreement
from topicmodel.clustering.filing import NodeLimits, file_texts
from topicmodel.clustering.merging import HELD_BY_VOTES, MergedTopics, TopicDistances, number_within
from topicmodel.clustering.sizes import least_texts
from topicmodel.datatypes import Corpus, Flags, Floats, Integers, Level, Votes
from topicmodel.geometry import centroids, number_by_size
from topicmodel.settings import LevelOneSettings, LevelTwoSettings, TreeSettings

CLEARLY_BETTER = 0.15
"""Agreement by which another division of a category must exceed its families to replace them.
Divisions that were found in the texts' own vectors agree with them better by nature: .1 to .25 do
equally well; without it level two is worse in four of five shops that were seen."""

MOSTLY = 0.5
"""A topic counts for a category that holds more than this share of its texts."""


def merge_by_catalogue(
    corpus: Corpus, fits: Sequence[Level], knowledge: Knowledge, settings: TreeSettings
) -> MergedTopics:
    """File the texts under the catalogue's nodes, on two levels.

    Args:
        corpus: the texts, with their votes.
        fits: fine topics from 0 without gaps; every text has one.
        knowledge: which of the topics the catalogue knows.
        settings: how many categories there may be, and how large they must be.
    """
    pooled = _PooledTopics.of(corpus, fits)
    level1, nodes = _level_one(corpus, pooled, knowledge, settings.level1)
    level2, familiar = _level_two(corpus, pooled, level1, nodes, settings.level2)
    numbers = number_by_size(level1)
    number_of = dict(zip(level1.tolist(), numbers.tolist(), strict=True))
    level2 = number_within(numbers, level2)
    held, clear = _strengths(numbers, level2, fits), _is_clear(_votes_of(corpus), level1, nodes)
    # A category that is one family is narrow enough: a refit would divide it by what it happens on.
    narrow = {n for n in np.unique(level1).tolist() if n < len(nodes) and not _can_open(nodes, n)}
    settled = narrow | (familiar if _votes_of(corpus).are_wanted else set())
    return MergedTopics(
        numbers,
        level2,
        np.where(clear, np.maximum(held, HELD_BY_VOTES), held),
        curve=[],
        familiar=frozenset(number_of[category] for category in familiar),
        settled=frozenset(number_of[category] for category in settled),
        known_share=knowledge.share,
        by_catalogue=True,
    )


def _level_two(
    corpus: Corpus,
    pooled: _PooledTopics,
    level1: Integers,
    nodes: Nodes,
    settings: LevelTwoSettings,
) -> tuple[Integers, set[int]]:
    """The child of each text within its category, and the categories with families as children."""
    level2, familiar = np.zeros(len(corpus), dtype=np.int64), set[int]()
    for category in np.unique(level1).tolist():
        rows = np.flatnonzero(level1 == category)
        families = nodes.divided(category) if category < len(nodes) else None
        level2[rows], are_families = _children(corpus, pooled, rows, families, settings)
        familiar |= {category} if are_families else set()
    return level2, familiar


@dataclass(frozen=True)
class _PooledTopics:
    """The topics of all fits, numbered on from fit to fit."""

    fits: Sequence[Level]
    of_text: Sequence[Integers]
    """Of each fit, (n_texts,): the topic of each text."""
    n_topics: int
    distances: TopicDistances | None
    """None where there is a single topic."""

    @classmethod
    def of(cls, corpus: Corpus, fits: Sequence[Level]) -> _PooledTopics:
        counts = [int(fit.topics.max()) + 1 for fit in fits]
        starts = np.cumsum([0, *counts])
        of_text = [start + fit.topics for start, fit in zip(starts, fits, strict=False)]
        distances = TopicDistances.of(corpus, fits) if starts[-1] > 1 else None
        return cls(fits, of_text, int(starts[-1]), distances)

    def texts_among(self, rows: Integers) -> Integers:
        """(n_topics,), texts of each topic among these."""
        every = [np.bincount(topics[rows], minlength=self.n_topics) for topics in self.of_text]
        total: Integers = np.sum(every, axis=0)
        return total

    def mostly_in(self, rows: Integers, n_texts: int) -> Integers:
        """Numbers of the topics of which these texts are the most."""
        return np.flatnonzero(
            self.texts_among(rows) > MOSTLY * self.texts_among(np.arange(n_texts))
        )

    def votes_on(self, groups: Integers, rows: Integers) -> Floats:
        """How much the fits hold each of some texts in groups of topics: (n_rows, n_groups).

        Args:
            groups: (n_topics,), group of each topic; -1 for none.
            rows: the texts.
        """
        votes = np.zeros((len(rows), int(groups.max(initial=-1)) + 1), dtype=np.float32)
        for topics, fit in zip(self.of_text, self.fits, strict=True):
            group = groups[topics[rows]]
            voting = np.flatnonzero(group >= 0)
            votes[voting, group[voting]] += 1 + fit.strengths[rows[voting]]
        return votes


def _level_one(
    corpus: Corpus, pooled: _PooledTopics, knowledge: Knowledge, settings: LevelOneSettings
) -> tuple[Integers, Nodes]:
    """The category of each text, and the nodes: categories from `len(nodes)` on are of no node."""
    least = max(least_texts(len(corpus)), settings.min_share * len(corpus))
    apart = _kinds_apart(corpus, pooled, knowledge, least, settings)
    known = np.flatnonzero(apart < 0)
    n_apart = len(np.unique(apart[apart >= 0]))
    inside = corpus if len(known) == len(corpus) else corpus.take(known)
    fits = [Level(fit.topics[known], fit.strengths[known]) for fit in pooled.fits]
    filed, nodes = _file_deep_enough(inside, _without_gaps(fits), least, n_apart, settings)
    level1 = np.where(apart >= 0, len(nodes) + apart, -1)
    level1[known] = filed
    return level1, nodes


def _file_deep_enough(
    corpus: Corpus,
    fits: Sequence[Level],
    least: float,
    n_apart: int,
    settings: LevelOneSettings,
) -> tuple[Integers, Nodes]:
    """Texts under departments, of which those that hold too much are opened into families."""
    votes = _votes_of(corpus)
    nodes, automatic = Nodes.departments(votes), settings.n_topics == "auto"
    wanted, most = settings.min_topics, settings.max_topics
    if settings.n_topics != "auto":
        wanted = most = settings.n_topics
    while True:
        filed = file_texts(corpus, fits, nodes, NodeLimits.of(least, max(1, most - n_apart)))
        sizes = np.bincount(filed, minlength=len(nodes))
        largest = max(range(len(nodes)), key=lambda node: sizes[node] * _can_open(nodes, node))
        too_large = automatic and sizes[largest] > settings.max_share * len(corpus)
        too_few = np.count_nonzero(sizes) + n_apart < wanted
        if not (too_large or too_few) or not sizes[largest] * _can_open(nodes, largest):
            return filed, nodes
        nodes = nodes.opened(largest)


def _can_open(nodes: Nodes, node: int) -> bool:
    return len(nodes.families(node)) > 1


def _kinds_apart(
    corpus: Corpus,
    pooled: _PooledTopics,
    knowledge: Knowledge,
    least: float,
    settings: LevelOneSettings,
) -> Integers:
    """Groups of texts that are a kind of their own: (n_texts,), from 0; -1 for all others.

    Topics that the catalogue does not know, linked among themselves, as far as they are farther
    than `settings.separation` from those that it knows.
    """
    none = np.full(len(corpus), -1, dtype=np.int64)
    is_known = np.concatenate(knowledge.topics)
    unknown, familiar = np.flatnonzero(~is_known), np.flatnonzero(is_known)
    if len(unknown) < 2 or not len(familiar) or pooled.distances is None:
        return none
    far = pooled.distances.relative[np.ix_(unknown, familiar)]
    # The nearest tenth: a category of its own need not be far from all kinds of goods.
    n_near = max(1, len(familiar) // 10)
    distances = np.partition(far, n_near - 1, axis=1)[:, :n_near].mean(axis=1)
    strange = unknown[distances >= settings.separation]
    if len(strange) < 2:
        return none
    sizes = pooled.texts_among(np.arange(len(corpus)))
    tree = pooled.distances.linked_among(strange, sizes)
    parts, _ = tree.split(tree.root, settings.max_topics, least, settings.separation)
    groups = np.full(pooled.n_topics, -1, dtype=np.int64)
    groups[strange] = tree.number_leaves(parts)
    votes = pooled.votes_on(groups, np.arange(len(corpus)))
    apart = np.where(votes.max(axis=1) > len(pooled.fits) / 2, votes.argmax(axis=1), -1)
    large = np.bincount(apart[apart >= 0], minlength=votes.shape[1]) >= least
    kinds = number_by_size(np.where((apart >= 0) & large[apart], apart, -1))
    # One category at least is left for what the catalogue knows.
    most = settings.max_topics if settings.n_topics == "auto" else settings.n_topics
    return np.where(kinds < most - 1, kinds, -1)


def _children(
    corpus: Corpus,
    pooled: _PooledTopics,
    rows: Integers,
    families: Nodes | None,
    settings: LevelTwoSettings,
) -> tuple[Integers, bool]:
    """The children of one category, (n_rows,), and whether they are families."""
    size = least_texts(len(rows)) if settings.min_size == "auto" else settings.min_size
    least = max(size, settings.min_share * len(rows))
    limits = NodeLimits(least, settings.max_topics, least)
    inside = corpus.take(rows)
    linked = number_by_size(_linked(inside, pooled, rows, least, len(corpus), settings))
    if families is None or len(families) < 2:
        return linked, False
    fits = [Level(fit.topics[rows], fit.strengths[rows]) for fit in pooled.fits]
    filed = number_by_size(file_texts(inside, _without_gaps(fits), families, limits))
    if not filed.any():
        return linked, False
    if _votes_of(corpus).are_wanted:
        return filed, True
    return (linked, False) if is_clearly_better(inside, linked, filed) else (filed, True)


def is_clearly_better(corpus: Corpus, division: Integers, families: Integers) -> bool:
    """Whether another division of a category should replace its families.

    A division that leaves more of the category together than the families do tells less, however
    well it agrees.

    Args:
        corpus: the texts of the category.
        division: (n_texts,), from 0, largest first.
        families: (n_texts,), from 0, largest first.
    """
    if np.mean(division == 0) > max(MOSTLY, np.mean(families == 0)):
        return False
    gain = agreement(corpus, division) - agreement(corpus, families)
    return gain > CLEARLY_BETTER


def _linked(
    inside: Corpus,
    pooled: _PooledTopics,
    rows: Integers,
    least: float,
    n_texts: int,
    settings: LevelTwoSettings,
) -> Integers:
    """The parts of one category by the distances of the topics that are mostly in it."""
    topics = pooled.mostly_in(rows, n_texts)
    if len(topics) < 2 or pooled.distances is None:
        return np.zeros(len(rows), dtype=np.int64)
    tree = pooled.distances.linked_among(topics, pooled.texts_among(rows))
    parts, _ = tree.split(tree.root, settings.max_topics, least, settings.separation)
    groups = np.full(pooled.n_topics, -1, dtype=np.int64)
    groups[topics] = tree.number_leaves(parts)
    votes = pooled.votes_on(groups, rows)
    chosen = np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), -1)
    outside = np.flatnonzero(chosen < 0)
    centres = centroids(inside.vectors, chosen, len(parts))
    chosen[outside] = (inside.vectors[outside] @ centres.T).argmax(axis=1)
    return chosen


def _without_gaps(fits: Sequence[Level]) -> list[Level]:
    return [
        Level(np.unique(fit.topics, return_inverse=True)[1].reshape(-1), fit.strengths)
        for fit in fits
    ]


def _strengths(level1: Integers, level2: Integers, fits: Sequence[Level]) -> Floats:
    """How firmly the fits hold each text in a topic that is mostly of its category: (n_texts,).

    A category in which no fit holds any text firmly gets `HELD_BY_VOTES` for all its texts.
    """
    pairs = np.column_stack([level1, level2])
    leaf = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    agreeing = []
    for fit in fits:
        counts = np.zeros((int(fit.topics.max()) + 1, int(leaf.max()) + 1), dtype=np.int64)
        np.add.at(counts, (fit.topics, leaf), 1)
        agreeing.append(fit.strengths * (counts.argmax(axis=1)[fit.topics] == leaf))
    strengths = np.mean(agreeing, axis=0)
    voted = np.bincount(leaf, strengths)[leaf] == 0
    return np.where(voted, HELD_BY_VOTES, strengths).astype(np.float32)


def _is_clear(votes: Votes, level1: Integers, nodes: Nodes) -> Flags:
    """Whether most of each text's own votes are for its category: (n_texts,).

    Such a text belongs there, however far it is from the others.
    """
    shares = node_shares(votes, nodes)
    of_node = np.flatnonzero(level1 < len(nodes))
    clear = np.zeros(len(level1), dtype=bool)
    clear[of_node] = shares[of_node, level1[of_node]] > MOSTLY
    return clear


def _votes_of(corpus: Corpus) -> Votes:
    if corpus.votes is None:
        raise ValueError("Texts without votes cannot be filed.")
    return corpus.votes
