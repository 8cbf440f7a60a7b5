"""Titles and votes of a topic's members -> its name.

Names come from titles and from a catalogue of goods, and compete in one score. Two names are joined
by "&" only where no single one is true of enough of the topic. Parents are named first, and are
compared with one another; children are compared with the other children of their parent. No two
topics of the tree get the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, permutations

import numpy as np

from topicmodel.catalogue.knowledge import known_groups
from topicmodel.datatypes import Documents, Flags, Floats, FormerNames, Integers, Levels
from topicmodel.datatypes.tree import LONGEST_MADE_NAME
from topicmodel.geometry import centroids
from topicmodel.naming.brands import MAX_BRAND_TEXTS, Brands
from topicmodel.naming.candidates import Candidates
from topicmodel.naming.catalogue_names import FAMILY_NODE, CatalogueNames, ShopCatalogue
from topicmodel.naming.choice import Proposal, TopicName, choose_names
from topicmodel.naming.evidence import Evidence, Scored
from topicmodel.naming.form import SHORTEST_NAME
from topicmodel.naming.phrases import mine_phrases
from topicmodel.naming.wording import Wording

Encode = Callable[[Sequence[str]], Floats]
"""Texts -> unit vectors."""

MEMBERS_PER_LEAF = 100
"""Maximum members of a leaf that its name is drawn from; a parent uses those of its children."""

GOODS = 5
"""Maximum goods that a topic is said to hold."""

HALVES = 8
"""So many of a topic's best names may be joined with another one."""

MIN_HALF_SHARE = 0.4
"""Two names may be joined if the texts that only the second is true of are at least this share of
those that the first is true of."""

TWO_HALVES = 0.3
"""Subtracted from the score of two joined names, so that one name is preferred."""

MAX_HALF_COSINE = 0.8
"""Names with this cosine or a higher one mean the same and are not joined."""


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
    proposals: tuple[dict[int, list[Proposal]], ...] = ({}, {})
    goods: tuple[dict[int, tuple[str, ...]], ...] = ({}, {})
    for group in groups:
        level = int(group.parent >= 0)
        for index, topic in enumerate(group.numbers.tolist()):
            proposals[level][topic] = _proposals(group, index, candidates, vector_of)
            goods[level][topic] = tuple(group.evidence.goods(index, GOODS))
    titles = [
        {n: [drawn.titles[row] for row in np.flatnonzero(level == n).tolist()] for n in by_topic}
        for level, by_topic in zip(topics, proposals, strict=True)
    ]
    parents = {n: g.parent for g in groups if g.parent >= 0 for n in g.numbers.tolist()}
    chosen = choose_names(proposals, titles, parents, former)
    return _with_goods(chosen[0], goods[0]), _with_goods(chosen[1], goods[1])


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


def _proposals(
    group: _Siblings, index: int, candidates: Candidates, vector_of: Mapping[int, Floats]
) -> list[Proposal]:
    """Names for the topic at this index of the siblings, best first."""
    columns = group.compared[index]
    if not len(columns):
        return []
    vectors, centre = (
        np.array([vector_of[column] for column in columns.tolist()]),
        group.centres[index],
    )
    ranked = group.evidence.ranked(index, centre, columns, vectors)
    size = float(group.sizes[index])
    proposed = [
        (
            one.score,
            Proposal(
                candidates.names[one.column],
                one.coverage,
                size,
                bool(candidates.ordinary[one.column]),
            ),
        )
        for one in ranked
    ]
    if not _suffices(ranked, group.evidence):
        for first, second, told in _halves(ranked, group.evidence, index):
            both = group.evidence.of_both(index, first, second, told, centre)
            name = f"{candidates.names[first.column]} & {candidates.names[second.column]}"
            proposed.append((both.score - TWO_HALVES, Proposal(name, both.coverage, size)))
    return [
        proposal
        for _, proposal in sorted(proposed, key=lambda pair: -pair[0])
        if SHORTEST_NAME <= len(proposal.name) <= LONGEST_MADE_NAME
    ]


def _suffices(ranked: Sequence[Scored], evidence: Evidence) -> bool:
    """Whether one of the best names, or any family, is true of enough of the topic by itself."""
    families = (one for one in ranked if evidence.candidates.kinds[one.column] == FAMILY_NODE)
    return any(one.coverage >= evidence.enough for one in chain(ranked[:HALVES], families))


def _halves(
    ranked: Sequence[Scored], evidence: Evidence, topic: int
) -> Iterator[tuple[Scored, Scored, Flags]]:
    """Pairs of names that are each true of a part of the topic; the larger part comes first.

    Each with the texts that one of the two is true of: (n_texts,).
    """
    candidates, rows = evidence.candidates, evidence.members[topic]
    best = ranked[:HALVES]
    told = evidence.told([one.column for one in best])
    weights = evidence.weights[rows] / max(float(evidence.weights[rows].sum()), 1e-9)
    for (n, first), (m, second) in permutations(enumerate(best), 2):
        beside = float(weights[told[rows, m] & ~told[rows, n]].sum())
        if (
            second.coverage <= first.coverage
            and beside >= MIN_HALF_SHARE * first.coverage > 0
            and all(map(candidates.may_be_half, (first.column, second.column)))
            and candidates.words[first.column].isdisjoint(candidates.words[second.column])
            and not _mean_the_same(first, second, ranked, candidates)
        ):
            yield first, second, told[:, n] | told[:, m]


def _mean_the_same(
    first: Scored, second: Scored, ranked: Sequence[Scored], candidates: Candidates
) -> bool:
    """Whether the second name, or one that it is a kind of, means the same as the first."""
    wider = (
        one for one in ranked if candidates.words[one.column] <= candidates.words[second.column]
    )
    return any(first.vector @ one.vector >= MAX_HALF_COSINE for one in wider)
