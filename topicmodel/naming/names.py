"""Titles and votes of a topic's members -> its name.

Names come from titles and from a catalogue of goods, and compete in one score. Two names are joined
by "&" only where no single one is true of enough of the topic. Parents are named first, and are
compared with one another; children are compared with the other children of their parent. No two
topics of the tree get the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias, TypeVar

import numpy as np

from topicmodel.catalogue.knowledge import known_groups
from topicmodel.datatypes import Documents, Flags, Floats, FormerNames, Integers, Levels
from topicmodel.geometry import centroids
from topicmodel.naming.brands import MAX_BRAND_TEXTS, Brands
from topicmodel.naming.candidates import Candidates
from topicmodel.naming.catalogue_names import CatalogueNames, ShopCatalogue
from topicmodel.naming.choice import Proposal, TopicName, choose_names
from topicmodel.naming.evidence import Evidence, Scored
from topicmodel.naming.phrases import mine_phrases
from topicmodel.naming.proposals import propose
from topicmodel.naming.rest_names import rest_names
from topicmodel.naming.wording import Wording

Encode = Callable[[Sequence[str]], Floats]
"""Texts -> unit vectors."""

_Value = TypeVar("_Value")
_ByTopic: TypeAlias = tuple[dict[int, _Value], dict[int, _Value]]
"""Per level, number of a topic -> a value."""

MEMBERS_PER_LEAF = 60
"""Maximum members of a leaf that its name is drawn from; a parent uses those of its children."""

GOODS = 5
"""Maximum goods that a topic is said to hold."""


@dataclass(frozen=True)
class _Siblings:
    """Topics with the same parent, whose names are chosen by comparison with one another."""

    parent: int
    """Number of the parent; -1 for the parents themselves."""
    numbers: Integers
    """(n_topics,), the topics' numbers on their level."""
    sizes: Floats
    """(n_topics,), texts of each."""
    centres: Floats
    """(n_topics, n_dims), unit length."""
    evidence: Evidence
    compared: Sequence[Integers]
    """For each topic, numbers of the names whose vectors are compared with its centre."""

    def ranked(self, index: int, vector_of: Mapping[int, Floats]) -> list[Scored]:
        """Names for the topic at this index, best first."""
        columns = self.compared[index]
        if not len(columns):
            return []
        vectors = np.array([vector_of[column] for column in columns.tolist()])
        return self.evidence.ranked(index, self.centres[index], columns, vectors)


def name_topics(
    documents: Documents,
    vectors: Floats,
    levels: Levels,
    encode: Encode,
    former: FormerNames | None = None,
    shop: ShopCatalogue | None = None,
) -> tuple[list[TopicName], list[TopicName]]:
    """Names of the topics of both levels; unique in the tree.

    Args:
        vectors: (n_texts, n_dims), unit length.
        levels: of the same texts.
        encode: texts to unit vectors; called once with all goods of the catalogue, if there is one,
            and once with all names that are compared.
        former: former names of the topics; a topic keeps its own unless another one is clearly
            better.
        shop: the catalogue that the topics follow, with the votes of the texts; None where names
            come from titles alone.
    """
    wording = Wording.from_documents(documents)
    leaves = np.where(levels.level2 < 0, -1 - levels.level1, levels.level2)
    rows = _sample(leaves, levels.strengths)
    _, leaf_of_row = np.unique(leaves[rows], return_inverse=True)
    brands = Brands.of(wording.sample(MAX_BRAND_TEXTS, rows.tolist()))
    drawn = wording.of(rows)
    phrases = mine_phrases(drawn, brands, leaf_of_row)
    known = None
    if shop is not None:
        known = CatalogueNames.of(shop.of(rows), drawn.titles, vectors[rows], encode)
    candidates = Candidates.of(phrases, known)
    topics = (levels.level1[rows], levels.level2[rows])
    told = _told_by_catalogue(levels, shop)
    groups = list(_groups(topics, vectors[rows], _weights(leaves, rows), candidates, told))
    vector_of = _encoded(groups, candidates, encode)
    proposals, goods = _propose_all(groups, vector_of)
    titles = [
        {n: [drawn.titles[row] for row in np.flatnonzero(level == n).tolist()] for n in by_topic}
        for level, by_topic in zip(topics, proposals, strict=True)
    ]
    parents = {n: g.parent for g in groups if g.parent >= 0 for n in g.numbers.tolist()}
    rest = rest_names(documents.languages)
    chosen = choose_names(proposals, titles, parents, former, rest)
    return _with_goods(chosen[0], goods[0]), _with_goods(chosen[1], goods[1])


def _propose_all(
    groups: Iterable[_Siblings], vector_of: Mapping[int, Floats]
) -> tuple[_ByTopic[list[Proposal]], _ByTopic[tuple[str, ...]]]:
    """Per level, topic -> the names that it could get, best first; and the goods that it holds."""
    proposals: _ByTopic[list[Proposal]] = ({}, {})
    goods: _ByTopic[tuple[str, ...]] = ({}, {})
    for group in groups:
        evidence, level = group.evidence, int(group.parent >= 0)
        for index, topic in enumerate(group.numbers.tolist()):
            ranked, centre = group.ranked(index, vector_of), group.centres[index]
            size = float(group.sizes[index])
            proposals[level][topic] = propose(evidence, index, ranked, centre, size)
            goods[level][topic] = tuple(evidence.goods(index, GOODS))
    return proposals, goods


def _with_goods(
    names: Sequence[TopicName], goods: Mapping[int, tuple[str, ...]]
) -> list[TopicName]:
    """The names of a level, in the order of its topics, with the goods that these hold."""
    pairs = zip(names, sorted(goods), strict=True)
    return [replace(name, includes=goods[topic]) for name, topic in pairs]


def _sample(leaves: Integers, strengths: Floats) -> Integers:
    """Rows of the texts that names are drawn from: up to `MEMBERS_PER_LEAF` of each leaf.

    Texts that HDBSCAN itself put into the topic (strength above 0) are used where there are any.
    """
    chosen = []
    for leaf in np.unique(leaves):
        members = np.flatnonzero(leaves == leaf)
        core = members[strengths[members] > 0]
        # Texts are ordered by their digests, so the first ones are a random sample.
        chosen.append((core if len(core) else members)[:MEMBERS_PER_LEAF])
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.int64)


def _weights(leaves: Integers, rows: Integers) -> np.ndarray:
    """(n_rows,), how many texts of its leaf each of the rows stands for."""
    _, codes, sizes = np.unique(leaves, return_inverse=True, return_counts=True)
    drawn = np.bincount(codes[rows], minlength=len(sizes)).astype(float)
    return np.asarray((sizes / np.maximum(drawn, 1.0))[codes[rows]])


def _told_by_catalogue(levels: Levels, shop: ShopCatalogue | None) -> tuple[Flags, Flags]:
    """Per level (n_topics,), whether the catalogue knows the topic well enough to name it."""
    flags = []
    for topics in (levels.level1, levels.level2):
        n_topics = int(topics.max(initial=-1)) + 1
        known = np.zeros(n_topics, dtype=bool)
        if shop is not None and n_topics:
            known |= known_groups(shop.votes, topics)
        flags.append(known)
    return flags[0], flags[1]


def _groups(
    topics: tuple[Integers, Integers],
    vectors: Floats,
    weights: np.ndarray,
    candidates: Candidates,
    told: tuple[Flags, Flags],
) -> Iterator[_Siblings]:
    """The parents as one group of siblings, then the children of each parent."""
    level1, level2 = topics
    if not len(level1):
        return
    totals = candidates.texts.T @ weights

    def siblings(parent: int, numbers: Integers, level: Integers, known: Flags) -> _Siblings:
        indices = np.where(np.isin(level, numbers), np.searchsorted(numbers, level), -1)
        members = [np.flatnonzero(indices == index) for index in range(len(numbers))]
        at = 1 if parent < 0 else 2
        evidence = Evidence(candidates, at, members, weights, totals, known[numbers])
        return _Siblings(
            parent=parent,
            numbers=numbers,
            sizes=np.array([weights[rows].sum() for rows in members]),
            centres=centroids(vectors * weights[:, None], indices),
            evidence=evidence,
            compared=[evidence.compared(index) for index in range(len(numbers))],
        )

    yield siblings(-1, np.arange(int(level1.max()) + 1), level1, told[0])
    for parent in range(int(level1.max()) + 1):
        children = np.unique(level2[(level1 == parent) & (level2 >= 0)])
        if len(children):
            yield siblings(parent, children, level2, told[1])


def _encoded(
    groups: Iterable[_Siblings], candidates: Candidates, encode: Encode
) -> Mapping[int, Floats]:
    """Number of a name -> its vector, for all names that are compared."""
    columns = sorted({int(n) for n in chain.from_iterable(chain(*(g.compared for g in groups)))})
    meanings = [candidates.meanings[column] for column in columns]
    return dict(zip(columns, encode(meanings), strict=True)) if meanings else {}
