"""Texts of a topic -> the terms that describe it: its keywords, and more for its word cloud.

A term's weight is its c-TF-IDF among the topics of the level; a term that all of them use alike,
such as the name of the shop, has none. The keywords are chosen from the
heaviest terms, such that they are relevant to the topic and do not repeat one another.
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
"""Terms of a word cloud, or more where more keywords are asked for."""

CANDIDATES_PER_KEYWORD = 3
"""For each keyword that is asked for, so many of the heaviest terms are considered."""

DIVERSITY = 0.3
"""0 to 1: 0 chooses the most relevant terms, 1 those least similar to one another."""


EVEN, LEAST_TOPICS = 0.9, 5
"""A term is used alike from this evenness on, 0 to 1; of fewer topics that cannot be told."""


@dataclass(frozen=True)
class Description:
    """What describes a topic: terms with their c-TF-IDF weight, heaviest first."""

    keywords: tuple[tuple[str, float], ...]
    cloud: tuple[tuple[str, float], ...]
    """The keywords and more terms, for the word cloud."""


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
        encode: texts to unit vectors. Called once, with the candidates of all topics, or not at
            all where there is nothing to choose; other representations may call it more often.
        representation: chooses the keywords in place of `settings.representation`. A keyword that
            does not occur in the topic's texts gets the weight of the topic's heaviest term.

    Returns:
        One description a topic; empty where the topic has no texts or its texts have no words.
    """
    n_topics = int(topics.max(initial=-1)) + 1
    if not n_topics:
        return []
    weights = _Weights.of(topics, words, n_topics)
    n_wanted = CANDIDATES_PER_KEYWORD * settings.n_keywords
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
        keywords = engine.represent(words, texts, topics, vectors, method, encode, n_wanted)
        chosen = [[term for term, _ in pairs] for pairs in keywords]
    return [
        _description(topic, chosen[topic], heaviest[topic], weights, settings.n_keywords)
        for topic in range(n_topics)
    ]


@dataclass(frozen=True)
class _Weights:
    """c-TF-IDF of each term in each topic of a level."""

    rows: sp.csr_matrix
    """(n_topics, n_terms), rounded to six digits."""
    terms: Sequence[str]
    columns: Mapping[str, int]

    @classmethod
    def of(cls, topics: Integers, words: TermCounts, n_topics: int) -> _Weights:
        import scipy.sparse as sp

        in_topic = np.flatnonzero(topics >= 0)
        members = sp.csr_matrix(
            (np.ones(len(in_topic)), (topics[in_topic], in_topic)), shape=(n_topics, len(topics))
        )
        rows = sp.csr_matrix(engine.class_tfidf(sp.csr_matrix(members @ words.counts)))
        if n_topics >= LEAST_TOPICS:
            shares = members @ (words.counts > 0)
            rows = sp.csr_matrix(rows @ sp.diags((_evenness(shares, topics) < EVEN).astype(float)))
        # Rounded before sorting, so that the result does not depend on the order of the texts.
        rows.data = rows.data.round(6)
        rows.eliminate_zeros()
        rows.sort_indices()
        return cls(rows, words.terms, {term: column for column, term in enumerate(words.terms)})

    def heaviest(self, topic: int) -> Iterator[str]:
        """Terms of a topic, heaviest first; terms of equal weight in the order of `terms`."""
        row = self.rows[topic]
        for index in np.argsort(-row.data, kind="stable").tolist():
            yield self.terms[row.indices[index]]

    def weigh(self, topic: int, terms: Sequence[str]) -> list[tuple[str, float]]:
        """The terms with their weights, heaviest first.

        A term that the topic's texts do not contain gets the weight of the topic's heaviest term.
        """
        row = self.rows[topic].toarray().ravel()
        columns = [self.columns.get(term) for term in terms]
        weights = [0.0 if column is None else float(row[column]) for column in columns]
        pairs = [
            (term, weight or float(row.max())) for term, weight in zip(terms, weights, strict=True)
        ]
        return sorted(pairs, key=lambda pair: -pair[1])


def _evenness(n_texts_with: sp.csr_matrix, topics: Integers) -> Floats:
    """(n_terms,), 0 to 1: how evenly the topics use each term (normalised entropy of the shares).

    Args:
        n_texts_with: (n_topics, n_terms), texts of the topic with the term.
        topics: (n_texts,), from 0; texts at -1 are in none.
    """
    n_topics = n_texts_with.shape[0]
    sizes = np.maximum(np.bincount(topics[topics >= 0], minlength=n_topics), 1)
    shares = n_texts_with.multiply(1 / sizes[:, None]).tocsc()
    sums = np.asarray(shares.sum(axis=0)).ravel()
    shares.data /= np.repeat(np.where(sums > 0, sums, 1), np.diff(shares.indptr))
    shares.data *= -np.log(shares.data)
    entropy: Floats = np.asarray(shares.sum(axis=0)).ravel()
    return entropy / np.float32(np.log(n_topics))


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
        candidates: terms of each topic, heaviest first.
        centres: (n_topics, n_dims), unit length.
    """
    encoded = sorted({term for terms in candidates if len(terms) > n_keywords for term in terms})
    vector_of = dict(zip(encoded, encode(encoded), strict=True)) if encoded else {}
    chosen = []
    for topic, terms in enumerate(candidates):
        if len(terms) <= n_keywords:
            chosen.append([*terms])
            continue
        vectors = np.array([vector_of[term] for term in terms])
        heavy = np.array([weight for _, weight in weights.weigh(topic, terms)])
        # Cosine alone prefers rare phrases to words such as "hair" and "tea"; weight alone prefers
        # words that any topic could have.
        relevance = vectors @ centres[topic] + np.sqrt(heavy / heavy[0])
        chosen.append([terms[row] for row in _most_relevant(vectors, relevance, n_keywords)])
    return chosen


def _most_relevant(vectors: Floats, relevance: Floats, n_wanted: int) -> list[int]:
    """Indices of terms that are relevant and unlike those chosen before, in the order chosen.

    Maximal Marginal Relevance, after Carbonell and Goldstein, "The use of MMR, diversity-based
    reranking for reordering documents and producing summaries" (1998).
    """
    similarities = vectors @ vectors.T
    chosen = [int(relevance.argmax())]
    while len(chosen) < n_wanted:
        gains = (1 - DIVERSITY) * relevance - DIVERSITY * similarities[:, chosen].max(axis=1)
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
    return chosen


def _distinct(terms: Iterable[str], n_wanted: int) -> list[str]:
    """The first `n_wanted` terms, without those that contain a chosen term or are part of one."""
    chosen: dict[str, frozenset[str]] = {}
    for term in terms:
        if len(chosen) == n_wanted:
            break
        stems = _stems(term)
        if not any(stems <= other or other <= stems for other in chosen.values()):
            chosen[term] = stems
    return [*chosen]


@cache
def _stems(term: str) -> frozenset[str]:
    """Stems of the term's words; the English stemmer changes few words of other languages."""
    return frozenset(map(stem, term.casefold().split()))
