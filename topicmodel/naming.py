"""Evidence of a topic's texts -> its name and keywords.

A name is one phrase of the members' titles, or two joined by "&" where the topic has two halves. A
phrase is good when many titles of the topic have it, titles of the topic's siblings do not, and
titles end with it: the title of a product ends in what the product is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Integers, Label, Levels, Names, TermCounts, Words
from topicmodel.engine import class_tfidf
from topicmodel.settings import NamingSettings

if TYPE_CHECKING:
    import scipy.sparse as sp

SHORTEST_NAME, LONGEST_NAME = 2, 40
CLOUD_TERMS = 60

PHRASE_BONUS = (1.0, 1.3, 1.35)
"""Of phrases of one, two and three words: a longer one says more, yet covers less."""

_CONTAINERS = frozenset({"set", "sets", "kit", "kits", "bundle", "collection", "machine", "refill"})
"""Words that name a thing only together with what is in it, or what it is for."""

_AUDIENCES = frozenset(
    {"men", "women", "boys", "girls", "kids", "baby", "adults", "ladies", "children", "unisex"}
    | {"men's", "women's", "boy's", "girl's", "boys'", "girls'", "kid's", "kids'"}
)
"""Words that say whom a thing is for, so that no name ends in them."""

SECOND_HALF = 0.4
"""A second phrase joins the name where it covers this share of what the first one covers."""

FULL_COVER = 0.5
"""A phrase that this share of the titles have needs no second one beside it."""


def name_topics(levels: Levels, words: Words, settings: NamingSettings) -> Names:
    """Name and describe every topic of both levels; names are unique in the tree.

    Args:
        words: counts over the same texts as the levels.
    """
    certain = levels.strengths > 0
    level1 = np.where(certain, levels.level1, -1)
    level2 = np.where(certain, levels.level2, -1)
    taken: set[str] = set()
    names1 = _name_siblings(level1, words, taken, breadth=1.0)
    names2 = [""] * (int(levels.level2.max(initial=-1)) + 1)
    for parent in range(len(names1)):
        inside = np.where(levels.level1 == parent, level2, -1)
        children = np.unique(inside[inside >= 0])
        siblings = np.where(inside >= 0, np.searchsorted(children, inside), -1)
        if len(children):
            for child, name in zip(
                children, _name_siblings(siblings, words, taken, breadth=0.5), strict=True
            ):
                names2[child] = name
    return Names(
        level1=_labels(names1, levels.level1, words.body, settings),
        level2=_labels(names2, levels.level2, words.body, settings),
    )


def _name_siblings(topics: Integers, words: Words, taken: set[str], breadth: float) -> list[str]:
    evidence = _Evidence.of(topics, words, breadth)
    names = []
    for topic in range(evidence.n_topics):
        name = next((n for n in evidence.candidates(topic) if n.lower() not in taken), None)
        name = name or _numbered("Products", taken)
        taken.add(name.lower())
        names.append(name)
    return names


def _names_things(phrase: str) -> bool:
    *modifiers, head = phrase.split()
    return head not in _AUDIENCES and (bool(modifiers) or head not in _CONTAINERS)


@dataclass(frozen=True)
class _Evidence:
    """How often the phrases stand in the titles of topics that are siblings."""

    members: list[Integers]
    words: Words
    cover: np.ndarray
    """(n_topics, n_phrases), share of titles with the phrase."""
    scores: np.ndarray
    """(n_topics, n_phrases), how well the phrase names the topic."""

    @classmethod
    def of(cls, topics: Integers, words: Words, breadth: float) -> _Evidence:
        members = [np.flatnonzero(topics == topic) for topic in range(topics.max(initial=-1) + 1)]
        titles = words.titles.counts
        sizes = np.array([[max(len(rows), 1)] for rows in members], dtype=float)
        counts = _sums(titles, members)
        cover = counts / sizes
        ends = _sums(words.heads.counts, members) / np.maximum(counts, 1)
        others = (counts.sum(axis=0) - counts) / np.maximum(sizes.sum() - sizes, 1)
        contrast = cover / np.maximum(cover + others, 1e-12)
        length = np.array([PHRASE_BONUS[phrase.count(" ")] for phrase in words.titles.terms])
        naming = np.array([_names_things(phrase) for phrase in words.titles.terms])
        scores = naming * cover**breadth * contrast**2 * (0.1 + ends) * length
        return cls(members, words, cover, scores)

    @property
    def n_topics(self) -> int:
        return len(self.members)

    def candidates(self, topic: int) -> list[str]:
        """Names for a topic, best first."""
        order = np.argsort(-self.scores[topic], kind="stable")[:20]
        order = order[self.scores[topic][order] > 0]
        pairs = [self._with_second_half(topic, order)] if len(order) else []
        names = [*filter(None, pairs), *(self._written(phrase) for phrase in order)]
        return [name for name in names if SHORTEST_NAME <= len(name) <= LONGEST_NAME]

    def _with_second_half(self, topic: int, order: Integers) -> str | None:
        """The best phrase and one that covers much of what it does not, or None."""
        first = order[0]
        if self.cover[topic, first] >= FULL_COVER:
            return None
        titles, rows = self.words.titles.counts, self.members[topic]
        rest = rows[titles[rows][:, [first]].toarray().ravel() == 0]
        covered = np.asarray(titles[rest][:, order].sum(axis=0)).ravel() / len(rows)
        gains = self.scores[topic][order] * (covered >= SECOND_HALF * self.cover[topic, first])
        gains[[self._alike(first, other) for other in order]] = 0
        if gains.max() <= 0:
            return None
        return f"{self._written(first)} & {self._written(order[int(gains.argmax())])}"

    def _alike(self, first: int, second: int) -> bool:
        phrases = self.words.titles.terms
        return bool(set(phrases[first].split()) & set(phrases[second].split()))

    def _written(self, phrase: int) -> str:
        *modifiers, head = self.words.titles.terms[phrase].split()
        words = [*modifiers, self.words.plurals.get(head, head)]
        return " ".join(self.words.spellings.get(word, _capital(word)) for word in words)


def _labels(
    names: Sequence[str], topics: Integers, body: TermCounts, settings: NamingSettings
) -> list[Label]:
    """Names with their keywords: the heaviest terms by c-TF-IDF among the topics of a level."""
    import scipy.sparse as sp

    if not names:
        return []
    members = [np.flatnonzero(topics == topic) for topic in range(len(names))]
    counts = _sums(body.counts, members)
    weights = class_tfidf(sp.csr_matrix(counts)).toarray() if counts.size else counts
    return [
        _label(name, row, body.terms, settings) for name, row in zip(names, weights, strict=True)
    ]


def _label(name: str, weights: np.ndarray, terms: Sequence[str], settings: NamingSettings) -> Label:
    order = np.argsort(-weights, kind="stable")[: 4 * CLOUD_TERMS]
    ranked = [(terms[column], round(float(weights[column]), 6)) for column in order]
    chosen: list[tuple[str, float]] = []
    for term, weight in ranked:
        if weight > 0 and not any(_repeats(term, other) for other, _ in chosen):
            chosen.append((term, weight))
    return Label(name, tuple(chosen[: settings.n_keywords]), tuple(chosen[:CLOUD_TERMS]))


def _repeats(term: str, other: str) -> bool:
    mine, theirs = set(term.split()), set(other.split())
    return mine <= theirs or theirs <= mine


def _sums(counts: sp.csr_matrix, members: Sequence[Integers]) -> np.ndarray:
    """Counts of each group of rows: (n_groups, n_terms)."""
    rows = [np.asarray(counts[group].sum(axis=0), dtype=float).ravel() for group in members]
    return np.array(rows).reshape(len(members), counts.shape[1])


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))


def _numbered(name: str, taken: set[str]) -> str:
    number = 1
    while (candidate := name if number == 1 else f"{name} {number}").lower() in taken:
        number += 1
    return candidate
