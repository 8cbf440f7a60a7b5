"""Scores of phrases as names of sibling topics, which are the children of one parent.

A good phrase is near the topic's centre in the encoder's space, occurs in many titles and texts of
the topic and in few of its siblings, and is the head of titles: it says what the product is. The
score is a sum of logarithms, so that a phrase that fails one of these criteria is not chosen,
however well it meets the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Floats, Integers
from topicmodel.naming.phrases import Phrases

if TYPE_CHECKING:
    import scipy.sparse as sp

CANDIDATES = 80
"""Phrases of a topic whose vectors are compared with the topic's centre."""

TO_CENTRE = 14.0
TITLE_COVER, TEXT_COVER = 0.7, 0.3
TITLE_CONTRAST, TEXT_CONTRAST = 1.5, 1.0
HEADNESS = 1.0
AS_HEAD = 0.5
WHOLE = 0.25
PROSE = 0.2
TITLED = 0.15
VAGUE, THIRD_WORD = 0.5, 0.3
"""Weights of the kinds of evidence in a phrase's score. They were chosen on six development shops
together; only that of the closeness to the centre, `TO_CENTRE`, matters much."""

NO_NAME = -1e9
"""Score of a phrase that cannot be a name."""


@dataclass(frozen=True)
class Candidate:
    """A phrase that could name a topic."""

    column: int
    words: frozenset[str]
    score: float
    vector: Floats
    in_titles: np.ndarray
    """(n_members,), whether the member's title contains the phrase."""


def cover(in_titles: np.ndarray, weights: np.ndarray) -> float:
    """Weighted share of a topic's members whose titles contain a phrase, 0 to 1."""
    return float(in_titles @ weights / weights.sum())


@dataclass(frozen=True)
class Evidence:
    """Scores of phrases as names of sibling topics, from the words of the topics' members."""

    phrases: Phrases
    members: Sequence[Integers]
    """For each topic, its members: rows of the texts that the phrases were mined from."""
    weights: Sequence[np.ndarray]
    """For each topic, (n_members,): how much each member counts."""
    scores: np.ndarray
    """(n_topics, n_phrases), a sum of logarithms; vectors are not yet considered."""
    columns: Sequence[Integers]
    """For each topic, columns of the phrases whose vectors are worth comparing, ascending."""

    @classmethod
    def of(
        cls, phrases: Phrases, members: Sequence[Integers], weights: Sequence[np.ndarray]
    ) -> Evidence:
        """Compare the members of each topic with those of its siblings."""
        titles, other_titles = _shares(phrases.titles, members, weights)
        texts, other_texts = _shares(phrases.texts, members, weights)
        heads, _ = _shares(phrases.heads, members, weights)
        scores = (
            TITLE_COVER * np.log(titles + 0.03)
            + TEXT_COVER * np.log(texts + 0.03)
            + TITLE_CONTRAST * np.log((titles + 0.01) / (titles + other_titles + 0.02))
            + TEXT_CONTRAST * np.log((texts + 0.01) / (texts + other_texts + 0.02))
            + HEADNESS * np.log(phrases.headness + 0.05)
            + AS_HEAD * np.log(heads / np.maximum(titles, 0.02) + 0.1)
            + WHOLE * np.log(_whole(phrases, texts) + 0.1)
            + PROSE * np.log(phrases.prose + 0.1)
            + TITLED * np.log(phrases.titled + 0.05)
            - VAGUE * phrases.vague
            - THIRD_WORD * (phrases.lengths > 2)
        )
        scores[:, ~phrases.name_things] = NO_NAME
        scores[texts == 0] = NO_NAME
        columns = [_worth_comparing(row) for row in scores]
        return cls(phrases, members, weights, scores, columns)

    def ranked(self, topic: int, centre: Floats, vectors: Floats) -> list[Candidate]:
        """The phrases that could name a topic, best first.

        Args:
            topic: index of the topic among its siblings.
            centre: (n_dims,), centroid of the topic.
            vectors: (n_columns, n_dims), unit vectors of the phrases in `columns[topic]`.
        """
        columns = self.columns[topic]
        scores = self.scores[topic, columns] + TO_CENTRE * (vectors @ centre)
        titles = self.phrases.titles[self.members[topic]][:, columns].toarray() > 0
        words = [frozenset(self.phrases.keys[column]) for column in columns]
        return [
            Candidate(int(columns[n]), words[n], float(scores[n]), vectors[n], titles[:, n])
            for n in np.argsort(-scores, kind="stable")
        ]


def _worth_comparing(scores: np.ndarray) -> Integers:
    """Columns of the `CANDIDATES` best phrases that can be a name, ascending."""
    order = np.argsort(-scores, kind="stable")[:CANDIDATES]
    return np.sort(order[scores[order] > NO_NAME])


def _shares(
    matrix: sp.csr_matrix, members: Sequence[Integers], weights: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """(n_topics, n_phrases) each: share of the topic's and of its siblings' texts with a phrase."""
    sizes = np.array([max(weight.sum(), 1e-9) for weight in weights]).reshape(-1, 1)
    sums = [matrix[rows].T @ weight for rows, weight in zip(members, weights, strict=True)]
    counts = np.array(sums).reshape(len(members), matrix.shape[1])
    others = np.maximum(sizes.sum() - sizes, 1e-9)
    return counts / sizes, (counts.sum(axis=0) - counts) / others


def _whole(phrases: Phrases, texts: np.ndarray) -> np.ndarray:
    """(n_topics, n_phrases): of the texts with a phrase's noun, the share with the phrase."""
    return np.asarray(texts / np.maximum(texts[:, phrases.noun_columns], 1e-9))
