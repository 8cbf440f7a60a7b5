"""Texts of a topic -> the terms that describe it: its keywords, and more for its word cloud.

A term weighs what c-TF-IDF among the topics of the level gives it. The keywords are few, so they
are chosen from the heaviest terms: those that say what the topic is, and not the same thing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from topicmodel import engine
from topicmodel.datatypes import Floats, Integers, TermCounts
from topicmodel.geometry import centroids
from topicmodel.settings import NamingSettings
from topicmodel.text.plurals import stem

if TYPE_CHECKING:
    import scipy.sparse as sp

Encode: TypeAlias = Callable[[Sequence[str]], Floats]
"""Texts -> unit vectors."""

CLOUD_TERMS = 60

CANDIDATES = 3
"""Heaviest terms that are looked at for each keyword."""

DIVERSITY = 0.3
"""0 takes the most relevant terms; 1 those least like one another."""


@dataclass(frozen=True)
class Description:
    """What describes a topic: terms with their c-TF-IDF weight, heaviest first."""

    keywords: tuple[tuple[str, float], ...]
    cloud: tuple[tuple[str, float], ...]
    """More of them, the keywords included, for the word cloud."""


def describe(
    topics: Integers,
    words: TermCounts,
    texts: Sequence[str],
    vectors: Floats,
    encode: Encode,
    settings: NamingSettings,
    representation: engine.Representation | None = None,
) -> list[Description]:
    """Keywords and word cloud of each topic of a level, without terms that repeat one another.

    Args:
        topics: (n_texts,), from 0; texts at -1 are left out.
        words: term counts of the texts.
        texts: (n_texts,), distinct.
        vectors: (n_texts, n_dims), unit length.
        encode: asked once, for the terms of all topics, or not at all where none are to choose; a
            representation of one's own may ask more often.
        representation: chooses the keywords in place of `settings.representation`. A term that the
            topic's texts do not hold gets the weight of its heaviest one.

    Returns:
        One description a topic; an empty one where it has no texts, or these no words.
    """
    n_topics = int(topics.max(initial=-1)) + 1
    if not n_topics:
        return []
    weights = _Weights.of(topics, words, n_topics)
    n_wanted = CANDIDATES * settings.n_keywords
    heaviest = [
        _distinct(weights.heaviest(topic), max(CLOUD_TERMS, n_wanted)) for topic in range(n_topics)
    ]
    method = settings.representation if representation is None else representation
    if method == "c-tf-idf":
        chosen = heaviest
    elif method == "mmr":
        candidates = [terms[:n_wanted] for terms in heaviest]
        centres = centroids(vectors, topics)
        chosen = _choose_relevant(candidates, centres, weights, encode, settings.n_keywords)
    else:
        found = engine.represent(words, texts, topics, vectors, method, encode, n_wanted)
        chosen = [[term for term, _ in pairs] for pairs in found]
    return [
        _description(topic, chosen[topic], heaviest[topic], weights, settings.n_keywords)
        for topic in range(n_topics)
    ]


@dataclass(frozen=True)
class _Weights:
    """c-TF-IDF of each term in each topic of a level."""

    rows: sp.csr_matrix
    """(n_topics, n_terms), to six digits."""
    terms: Sequence[str]
    columns: Mapping[str, int]

    @classmethod
    def of(cls, topics: Integers, words: TermCounts, n_topics: int) -> _Weights:
        import scipy.sparse as sp

        placed = np.flatnonzero(topics >= 0)
        members = sp.csr_matrix(
            (np.ones(len(placed)), (topics[placed], placed)), shape=(n_topics, len(topics))
        )
        rows = sp.csr_matrix(engine.class_tfidf(sp.csr_matrix(members @ words.counts)))
        # Rounded before they are ordered, so that the order of the texts cannot show.
        rows.data = rows.data.round(6)
        rows.eliminate_zeros()
        rows.sort_indices()
        return cls(rows, words.terms, {term: column for column, term in enumerate(words.terms)})

    def heaviest(self, topic: int) -> Iterator[str]:
        """Terms of a topic, heaviest first; of equal weight in the order of the terms."""
        row = self.rows[topic]
        for place in np.argsort(-row.data, kind="stable").tolist():
            yield self.terms[row.indices[place]]

    def weigh(self, topic: int, terms: Sequence[str]) -> list[tuple[str, float]]:
        """The terms with their weight, heaviest first; a foreign one is as heavy as any."""
        row = self.rows[topic].toarray().ravel()
        columns = [self.columns.get(term) for term in terms]
        weights = [0.0 if column is None else float(row[column]) for column in columns]
        pairs = [
            (term, weight or float(row.max())) for term, weight in zip(terms, weights, strict=True)
        ]
        return sorted(pairs, key=lambda pair: -pair[1])


def _description(
    topic: int,
    chosen: Sequence[str],
    heaviest: Sequence[str],
    weights: _Weights,
    n_keywords: int,
) -> Description:
    if not heaviest:
        return Description((), ())
    keywords = _distinct(chosen, n_keywords)
    cloud = _distinct([*keywords, *heaviest], max(CLOUD_TERMS, n_keywords))
    return Description(tuple(weights.weigh(topic, keywords)), tuple(weights.weigh(topic, cloud)))


def _choose_relevant(
    candidates: Sequence[Sequence[str]],
    centres: Floats,
    weights: _Weights,
    encode: Encode,
    n_keywords: int,
) -> list[list[str]]:
    """Keywords of each topic by Maximal Marginal Relevance.

    Args:
        candidates: of each topic, heaviest first.
    """
    asked = sorted({term for terms in candidates if len(terms) > n_keywords for term in terms})
    vector_of = dict(zip(asked, encode(asked), strict=True)) if asked else {}
    chosen = []
    for topic, terms in enumerate(candidates):
        if len(terms) <= n_keywords:
            chosen.append([*terms])
            continue
        vectors = np.array([vector_of[term] for term in terms])
        heavy = np.array([weight for _, weight in weights.weigh(topic, terms)])
        # Closeness alone takes rare phrases for words such as "hair" and "tea"; weight alone takes
        # words that any topic could have.
        relevance = vectors @ centres[topic] + np.sqrt(heavy / heavy[0])
        chosen.append([terms[row] for row in _most_relevant(vectors, relevance, n_keywords)])
    return chosen


def _most_relevant(vectors: Floats, relevance: Floats, n_wanted: int) -> list[int]:
    """Rows that are relevant and not like those before them.

    Maximal Marginal Relevance, after Carbonell and Goldstein, "The use of MMR, diversity-based
    reranking for reordering documents and producing summaries" (1998).
    """
    likeness = vectors @ vectors.T
    chosen = [int(relevance.argmax())]
    while len(chosen) < n_wanted:
        gains = (1 - DIVERSITY) * relevance - DIVERSITY * likeness[:, chosen].max(axis=1)
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
    return chosen


def _distinct(terms: Iterable[str], n_wanted: int) -> list[str]:
    """The first terms, without those whose words are all in another, or that hold all of one."""
    chosen: dict[str, frozenset[str]] = {}
    for term in terms:
        if len(chosen) == n_wanted:
            break
        mine = _stems(term)
        if not any(mine <= theirs or theirs <= mine for theirs in chosen.values()):
            chosen[term] = mine
    return [*chosen]


@cache
def _stems(term: str) -> frozenset[str]:
    """Stems of the term's words; other languages than English keep most of theirs."""
    return frozenset(map(stem, term.casefold().split()))
