"""Evidence of a topic's members -> its name.

A name is one phrase from the members' titles, or two joined by "&" where each describes about half
of the topic. Phrases are compared with those of sibling topics: parents with the other parents,
children with the other children of their parent. Parents are named first, and no two topics of the
tree get the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, product
from string import ascii_uppercase

import numpy as np

from topicmodel.datatypes import Documents, Floats, FormerNames, Integers, Levels
from topicmodel.datatypes.tree import LONGEST_MADE_NAME
from topicmodel.geometry import centroids
from topicmodel.naming.brands import MAX_BRAND_TEXTS, Brands
from topicmodel.naming.evidence import TO_CENTRE, Candidate, Evidence, cover
from topicmodel.naming.form import SHORTEST_NAME, comparison_key, write
from topicmodel.naming.keeping import is_clearly_better
from topicmodel.naming.phrases import Phrases, mine_phrases
from topicmodel.naming.wording import Wording

Encode = Callable[[Sequence[str]], Floats]
"""Texts -> unit vectors."""

MEMBERS_PER_LEAF = 150
"""Maximum members of a leaf that its name is drawn from; a parent uses those of its children."""

HALF_CANDIDATES = 8
"""So many of a topic's best phrases may be joined with another one."""

MIN_HALF_SHARE = 0.4
"""Two phrases may be joined if the titles that contain only the second are at least this share of
those that contain the first."""

FULL_COVER = 0.5
"""A phrase that at least this share of the titles contain is not joined with a second one."""

WIDER = 1.0
"""Weight of the share of titles that two joined phrases cover more than each of them alone."""

TWO_PHRASE_PENALTY = 1.25
"""Subtracted from the score of a name of two phrases, so that one phrase is preferred."""

MAX_HALF_COSINE = 0.8
"""Phrases with this cosine or a higher one mean the same and are not joined."""


@dataclass(frozen=True)
class _Siblings:
    """Topics with the same parent, whose names are chosen by comparison with one another."""

    numbers: Integers
    """(n_topics,), the topics' numbers on their level."""
    centres: Floats
    """(n_topics, n_dims), unit length."""
    evidence: Evidence


def name_topics(
    documents: Documents,
    vectors: Floats,
    levels: Levels,
    encode: Encode,
    former: FormerNames | None = None,
) -> tuple[list[str], list[str]]:
    """Names of the topics of both levels; unique in the tree.

    Args:
        vectors: (n_texts, n_dims), unit length.
        levels: of the same texts.
        encode: texts to unit vectors; called once, with all phrases that could be names.
        former: former names of the topics; a topic keeps its own unless another one is clearly
            better.
    """
    wording = Wording.from_documents(documents)
    leaves = np.where(levels.level2 < 0, -1 - levels.level1, levels.level2)
    rows = _sample(leaves, levels.strengths)
    _, leaf_of_row = np.unique(leaves[rows], return_inverse=True)
    brands = Brands.of(wording.sample(MAX_BRAND_TEXTS, rows.tolist()))
    phrases = mine_phrases(wording.of(rows), brands, leaf_of_row)
    weights = _weights(leaves, rows)
    families = list(_families(levels, rows, vectors, weights, phrases))
    written = _write_all(families, phrases)
    texts = sorted(set(written.values()))
    vector_of = dict(zip(texts, encode(texts), strict=True)) if texts else {}
    proposals = {
        (min(depth, 1), topic): list(_names(family, index, written, vector_of))
        for depth, family in enumerate(families)
        for index, topic in enumerate(family.numbers.tolist())
    }
    titles = [documents.products.titles[row] for row in documents.product_of_text[rows].tolist()]
    topics = (levels.level1[rows], levels.level2[rows])
    names = _former_names(former, levels)
    taken = _taken(names, former)
    for (depth, topic), proposed in proposals.items():
        if not names[depth][topic] or (
            former is not None and _is_fixed(names[depth][topic], former)
        ):
            continue
        others = taken - {comparison_key(names[depth][topic])}
        free = next((name for name in proposed if comparison_key(name) not in others), "")
        of_topic = [titles[row] for row in np.flatnonzero(topics[depth] == topic).tolist()]
        if free and is_clearly_better(free, names[depth][topic], of_topic):
            names[depth][topic] = ""
            taken = _taken(names, former)
    for (depth, topic), proposed in proposals.items():
        if not names[depth][topic]:
            names[depth][topic] = _first_free(iter(proposed), taken)
            taken.add(comparison_key(names[depth][topic]))
    return names[0], names[1]


def _is_fixed(name: str, former: FormerNames) -> bool:
    return former.fixed or name in former.lasting


def _taken(names: Sequence[Sequence[str]], former: FormerNames | None) -> set[str]:
    return {comparison_key(name) for name in chain(*names, former.taken if former else ()) if name}


def _former_names(former: FormerNames | None, levels: Levels) -> list[list[str]]:
    if former is not None:
        return [list(former.level1), list(former.level2)]
    return [[""] * (int(level.max(initial=-1)) + 1) for level in (levels.level1, levels.level2)]


def _write_all(families: Sequence[_Siblings], phrases: Phrases) -> dict[int, str]:
    """Column -> the phrase written as a name, for all phrases that are worth comparing."""
    of_topics = (columns for family in families for columns in family.evidence.columns)
    return {int(column): write(phrases, column) for columns in of_topics for column in columns}


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
    """(n_rows,), how much each of the rows counts for its parent.

    The rows of a leaf together count as the square root of its size, so that a large leaf counts
    more than a small one but does not decide alone.
    """
    _, codes, sizes = np.unique(leaves, return_inverse=True, return_counts=True)
    drawn = np.bincount(codes[rows], minlength=len(sizes)).astype(float)
    return np.asarray((np.sqrt(sizes) / np.maximum(drawn, 1.0))[codes[rows]])


def _families(
    levels: Levels, rows: Integers, vectors: Floats, weights: np.ndarray, phrases: Phrases
) -> Iterator[_Siblings]:
    """The parents as one group of siblings, then the children of each parent."""
    if not len(rows):
        return
    level1, level2 = levels.level1[rows], levels.level2[rows]
    n_parents = int(level1.max()) + 1
    vectors = vectors[rows]
    yield _siblings(np.arange(n_parents), level1, vectors, weights, phrases)
    for parent in range(n_parents):
        children = np.unique(level2[(level1 == parent) & (level2 >= 0)])
        if len(children):
            yield _siblings(children, level2, vectors, weights, phrases)


def _siblings(
    numbers: Integers, topics: Integers, vectors: Floats, weights: np.ndarray, phrases: Phrases
) -> _Siblings:
    indices = np.where(np.isin(topics, numbers), np.searchsorted(numbers, topics), -1)
    members = [np.flatnonzero(indices == index) for index in range(len(numbers))]
    evidence = Evidence.of(phrases, members, [weights[rows] for rows in members])
    return _Siblings(numbers, centroids(vectors * weights[:, None], indices), evidence)


def _names(
    family: _Siblings, index: int, written: Mapping[int, str], vector_of: Mapping[str, Floats]
) -> Iterator[str]:
    """Names for the topic at this index of the siblings, best first."""
    centre = family.centres[index]
    columns = family.evidence.columns[index].tolist()
    if not columns:
        return
    vectors = np.array([vector_of[written[column]] for column in columns])
    ranked = family.evidence.ranked(index, centre, vectors)
    scored = [(candidate.score, written[candidate.column]) for candidate in ranked]
    weights = family.evidence.weights[index]
    for first, second in _halves(ranked[:HALF_CANDIDATES], weights):
        score = _score_of_two(first, second, weights, centre)
        scored.append((score, f"{written[first.column]} & {written[second.column]}"))
    for _, name in sorted(scored, key=lambda pair: -pair[0]):
        if SHORTEST_NAME <= len(name) <= LONGEST_MADE_NAME:
            yield name


def _halves(
    ranked: Sequence[Candidate], weights: np.ndarray
) -> Iterator[tuple[Candidate, Candidate]]:
    """Pairs of phrases that each name a part of the topic; the one in more titles comes first."""
    for first in ranked:
        for second in ranked:
            covered = cover(first.in_titles, weights)
            beside = cover(second.in_titles & ~first.in_titles, weights)
            if (
                cover(second.in_titles, weights) <= covered < FULL_COVER
                and beside >= MIN_HALF_SHARE * covered > 0
                and first.words.isdisjoint(second.words)
                and first.vector @ second.vector < MAX_HALF_COSINE
            ):
                yield first, second


def _score_of_two(
    first: Candidate, second: Candidate, weights: np.ndarray, centre: Floats
) -> float:
    """Score of two joined phrases.

    The mean of both scores, plus what they gain together in coverage of titles and in closeness to
    the centre, less the penalty.
    """
    both = cover(first.in_titles | second.in_titles, weights)
    covers = [cover(candidate.in_titles, weights) for candidate in (first, second)]
    direction = first.vector + second.vector
    closeness = direction @ centre / np.linalg.norm(direction)
    closer = closeness - (first.vector + second.vector) @ centre / 2
    wider = np.log(both + 0.03) - np.log(np.add(covers, 0.03)).mean()
    gain = WIDER * wider + TO_CENTRE * closer - TWO_PHRASE_PENALTY
    return float((first.score + second.score) / 2 + gain)


def _first_free(names: Iterator[str], taken: set[str]) -> str:
    """The first of the names that is not taken, or else a placeholder."""
    free = (name for name in chain(names, _placeholders()) if comparison_key(name) not in taken)
    return next(free)


def _placeholders() -> Iterator[str]:
    """Names for topics whose titles contain no usable phrase: Products, Products A, and so on."""
    yield "Products"
    for length in count(1):
        for letters in product(ascii_uppercase, repeat=length):
            yield f"Products {''.join(letters)}"
