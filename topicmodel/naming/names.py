"""Evidence of a topic's members -> its name.

A name is one phrase that the members' titles use, or two joined by "&" where the topic has two
halves. Parents are named first, by contrast with the other parents; children then by contrast with
the other children of their parent, and no name is given twice in the tree.
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
from topicmodel.naming.brands import JUDGED, Brands
from topicmodel.naming.evidence import TO_CENTRE, Candidate, Evidence, cover
from topicmodel.naming.form import SHORTEST_NAME, sameness, write
from topicmodel.naming.keeping import says_clearly_better
from topicmodel.naming.phrases import Phrases, mine_phrases
from topicmodel.naming.wording import Wording

Encode = Callable[[Sequence[str]], Floats]
"""Texts -> unit vectors."""

MEMBERS = 150
"""Members of a topic that are asked for its name; those of a parent are its children's."""

IN_QUESTION = 8
"""Candidates that may be one of two halves."""

HALF = 0.4
"""A second phrase joins the name where it stands in so many titles without the first, relative to
those of the first."""

FULL_COVER = 0.5
"""A phrase that this share of the titles have needs no second one beside it."""

WIDER = 1.0
"""What the titles count for that only one of two phrases covers."""

OF_TWO = 1.25
"""What a name of two phrases must be better by."""

ALIKE = 0.8
"""Cosine of two phrases that say the same."""


@dataclass(frozen=True)
class _Siblings:
    """Topics that are named by contrast with one another."""

    numbers: Integers
    """Of the topics, on their level."""
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
        encode: texts to unit vectors; asked once, for all phrases that could be names.
        former: what the topics were called before, which they keep unless another name is clearly
            better.
    """
    wording = Wording.from_documents(documents)
    leaves = np.where(levels.level2 < 0, -1 - levels.level1, levels.level2)
    rows = _sample(leaves, levels.strengths)
    _, leaf_of_row = np.unique(leaves[rows], return_inverse=True)
    brands = Brands.of(wording.share(JUDGED, rows.tolist()))
    phrases = mine_phrases(wording.of(rows), brands, leaf_of_row)
    weights = _weights(leaves, rows)
    families = list(_families(levels, rows, vectors, weights, phrases))
    written = _write_all(families, phrases)
    texts = sorted(set(written.values()))
    vector_of = dict(zip(texts, encode(texts), strict=True)) if texts else {}
    proposals = {
        (min(depth, 1), topic): list(_names(family, place, written, vector_of))
        for depth, family in enumerate(families)
        for place, topic in enumerate(family.numbers.tolist())
    }
    titles = [documents.products.titles[row] for row in documents.product_of_text[rows].tolist()]
    topics = (levels.level1[rows], levels.level2[rows])
    names = _former_names(former, levels)
    taken = _taken(names, former)
    for (depth, topic), proposed in proposals.items():
        if not names[depth][topic] or (former is not None and former.fixed):
            continue
        others = taken - {sameness(names[depth][topic])}
        free = next((name for name in proposed if sameness(name) not in others), "")
        own = [titles[place] for place in np.flatnonzero(topics[depth] == topic).tolist()]
        if free and says_clearly_better(free, names[depth][topic], own):
            names[depth][topic] = ""
            taken = _taken(names, former)
    for (depth, topic), proposed in proposals.items():
        if not names[depth][topic]:
            names[depth][topic] = _first_free(iter(proposed), taken)
            taken.add(sameness(names[depth][topic]))
    return names[0], names[1]


def _taken(names: Sequence[Sequence[str]], former: FormerNames | None) -> set[str]:
    return {sameness(name) for name in chain(*names, former.taken if former else ()) if name}


def _former_names(former: FormerNames | None, levels: Levels) -> list[list[str]]:
    if former is not None:
        return [list(former.level1), list(former.level2)]
    return [[""] * (int(level.max(initial=-1)) + 1) for level in (levels.level1, levels.level2)]


def _write_all(families: Sequence[_Siblings], phrases: Phrases) -> dict[int, str]:
    """All phrases that are worth a comparison, as names."""
    columns = (columns for family in families for columns in family.evidence.columns)
    return {int(column): write(phrases, column) for found in columns for column in found}


def _sample(leaves: Integers, strengths: Floats) -> Integers:
    """Rows of the members that speak for each leaf: those that HDBSCAN held, up to a number."""
    chosen = []
    for leaf in np.unique(leaves):
        members = np.flatnonzero(leaves == leaf)
        core = members[strengths[members] > 0]
        # Texts stand in the order of their digests, so the first are a fair sample.
        chosen.append((core if len(core) else members)[:MEMBERS])
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.int64)


def _weights(leaves: Integers, rows: Integers) -> np.ndarray:
    """How much each of the rows counts for its parent.

    A leaf counts as the square root of its size, so that a large one leads but does not drown the
    others.
    """
    _, codes, sizes = np.unique(leaves, return_inverse=True, return_counts=True)
    drawn = np.bincount(codes[rows], minlength=len(sizes)).astype(float)
    return np.asarray((np.sqrt(sizes) / np.maximum(drawn, 1.0))[codes[rows]])


def _families(
    levels: Levels, rows: Integers, vectors: Floats, weights: np.ndarray, phrases: Phrases
) -> Iterator[_Siblings]:
    """All parents, and then the children of each."""
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
    places = np.where(np.isin(topics, numbers), np.searchsorted(numbers, topics), -1)
    members = [np.flatnonzero(places == place) for place in range(len(numbers))]
    evidence = Evidence.of(phrases, members, [weights[rows] for rows in members])
    return _Siblings(numbers, centroids(vectors * weights[:, None], places), evidence)


def _names(
    family: _Siblings, place: int, written: Mapping[int, str], vector_of: Mapping[str, Floats]
) -> Iterator[str]:
    """Names for one of the siblings, best first."""
    centre = family.centres[place]
    columns = family.evidence.columns[place].tolist()
    if not columns:
        return
    vectors = np.array([vector_of[written[column]] for column in columns])
    ranked = family.evidence.ranked(place, centre, vectors)
    scored = [(candidate.score, written[candidate.column]) for candidate in ranked]
    weights = family.evidence.weights[place]
    for first, second in _halves(ranked[:IN_QUESTION], weights):
        score = _score_of_two(first, second, weights, centre)
        scored.append((score, f"{written[first.column]} & {written[second.column]}"))
    for _, name in sorted(scored, key=lambda pair: -pair[0]):
        if SHORTEST_NAME <= len(name) <= LONGEST_MADE_NAME:
            yield name


def _halves(
    ranked: Sequence[Candidate], weights: np.ndarray
) -> Iterator[tuple[Candidate, Candidate]]:
    """Pairs of phrases, the one that covers more first, that each name a part of the topic."""
    for first in ranked:
        for second in ranked:
            covered = cover(first.in_titles, weights)
            beside = cover(second.in_titles & ~first.in_titles, weights)
            if (
                cover(second.in_titles, weights) <= covered < FULL_COVER
                and beside >= HALF * covered > 0
                and first.words.isdisjoint(second.words)
                and first.vector @ second.vector < ALIKE
            ):
                yield first, second


def _score_of_two(
    first: Candidate, second: Candidate, weights: np.ndarray, centre: Floats
) -> float:
    """The mean of both, but for where they are together: their cover and their closeness."""
    both = cover(first.in_titles | second.in_titles, weights)
    covers = [cover(candidate.in_titles, weights) for candidate in (first, second)]
    direction = first.vector + second.vector
    closeness = direction @ centre / np.linalg.norm(direction)
    closer = closeness - (first.vector + second.vector) @ centre / 2
    wider = np.log(both + 0.03) - np.log(np.add(covers, 0.03)).mean()
    better = WIDER * wider + TO_CENTRE * closer - OF_TWO
    return float((first.score + second.score) / 2 + better)


def _first_free(names: Iterator[str], taken: set[str]) -> str:
    free = (name for name in chain(names, _makeshift()) if sameness(name) not in taken)
    return next(free)


def _makeshift() -> Iterator[str]:
    """Names for topics of which their titles say nothing that others do not say."""
    yield "Products"
    for length in count(1):
        for letters in product(ascii_uppercase, repeat=length):
            yield f"Products {''.join(letters)}"
