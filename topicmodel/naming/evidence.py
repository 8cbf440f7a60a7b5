"""How well each phrase names each of some topics that are siblings.

A good phrase lies near the topic's centre in the encoder's space, stands in many titles and texts
of the topic and in few of its siblings, and is what the titles say their products are. The score is
a sum of logarithms, so that a phrase that fails one of these is no name, however well it does on
the others.
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
"""Phrases of a topic that are compared by their vectors."""

TO_CENTRE = 14.0
TITLE_COVER, TEXT_COVER = 0.7, 0.3
TITLE_CONTRAST, TEXT_CONTRAST = 1.5, 1.0
HEADNESS = 1.0
AS_HEAD = 0.5
WHOLE = 0.25
PROSE = 0.2
TITLED = 0.15
VAGUE, THIRD_WORD = 0.5, 0.3
"""What each kind of evidence counts for; chosen on six development shops at once, where none but
the closeness to the centre matters much."""

NO_NAME = -1e9
"""Score of what names nothing."""


@dataclass(frozen=True)
class Candidate:
    """A phrase that could name a topic."""

    column: int
    words: frozenset[str]
    score: float
    vector: Floats
    in_titles: np.ndarray
    """(n_members,), whether the member's title has it."""


def cover(in_titles: np.ndarray, weights: np.ndarray) -> float:
    """Share of a topic's texts, members standing for more than themselves."""
    return float(in_titles @ weights / weights.sum())


@dataclass(frozen=True)
class Evidence:
    """What the members of some topics that are siblings say about phrases."""

    phrases: Phrases
    members: Sequence[Integers]
    """Of each topic, rows of the texts that the phrases were mined from."""
    weights: Sequence[np.ndarray]
    """Of each topic, how many texts each member stands for."""
    scores: np.ndarray
    """(n_topics, n_phrases), how well the words speak for the phrase."""
    columns: Sequence[Integers]
    """Of each topic, the phrases worth comparing by their vectors."""

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
            centre: (n_dims,), of the topic.
            vectors: (n_columns, n_dims), of the phrases in `columns[topic]`.
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
    order = np.argsort(-scores, kind="stable")[:CANDIDATES]
    return np.sort(order[scores[order] > NO_NAME])


def _shares(
    matrix: sp.csr_matrix, members: Sequence[Integers], weights: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Of each topic's texts, and of all its siblings' together, the share with each phrase."""
    sizes = np.array([max(weight.sum(), 1e-9) for weight in weights]).reshape(-1, 1)
    sums = [matrix[rows].T @ weight for rows, weight in zip(members, weights, strict=True)]
    counts = np.array(sums).reshape(len(members), matrix.shape[1])
    others = np.maximum(sizes.sum() - sizes, 1e-9)
    return counts / sizes, (counts.sum(axis=0) - counts) / others


def _whole(phrases: Phrases, texts: np.ndarray) -> np.ndarray:
    """Of the members that have a phrase's noun, the share that have the whole phrase."""
    return np.asarray(texts / np.maximum(texts[:, phrases.noun_columns], 1e-9))
