"""Scores of names for sibling topics.

A good name is true of most of a topic's texts and of few others, and is near the topic's centre in
the encoder's space. The score is a sum of logarithms, so that a name that fails one of these is not
chosen, however well it meets the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Flags, Floats, Integers
from topicmodel.datatypes.tree import LEAST_COVERAGE
from topicmodel.naming.candidates import Candidates
from topicmodel.naming.catalogue_names import DEPARTMENT_NODE, FAMILY_NODE, GOOD_NODE

Values = npt.NDArray[np.float64]

COMPARED = 60
"""Names of a topic whose vectors are compared with the topic's centre."""

COVERAGE, SURPLUS, PRECISION, CLOSENESS = 2.0, 0.5, 0.4, 5.0
"""Weights in a name's score: of the logarithm of its coverage up to what suffices, of its coverage
beyond that, of the logarithm of its precision, and of its cosine to the topic's centre. Chosen by
leaving out one of six development shops at a time; half or twice of each does about as well."""

DEPARTMENT = 3.0
"""Added on level one for departments, which are what shops call their main categories."""

WHOLE_FAMILY = {1: 2.5, 2: 1.0}
"""Added per level for families that suffice for the whole topic."""

AWAY = 0.7
"""Coverage that the name of a family or a good needs where it belongs to another department than
most texts."""

STRANGE = 1.5
"""Subtracted for a phrase whose noun names goods of other departments only."""

NO_NAME = -1e9
"""Score of what a topic may not be called."""

LEAST_COVER = 0.02
"""Share of a topic's texts that a name must be true of to be considered."""


@dataclass(frozen=True)
class Scored:
    """A name that a topic could have."""

    column: int
    """Its number among the candidates."""
    score: float
    coverage: float
    """Share of the topic's texts that it is true of, 0 to 1."""
    vector: Floats


@dataclass(frozen=True)
class Evidence:
    """What is known of names for sibling topics."""

    candidates: Candidates
    level: int
    """1 or 2."""
    members: Sequence[Integers]
    """For each topic, its members: rows of the texts that the candidates are told of."""
    weights: np.ndarray
    """(n_texts,), how many texts each row stands for."""
    totals: Values
    """(n_names,), texts of all topics that each name is true of."""
    known: Flags
    """(n_topics,), whether the catalogue knows the topic."""

    @property
    def enough(self) -> float:
        """Coverage that suffices for a name."""
        return LEAST_COVERAGE[self.level]

    def coverage(self, topic: int) -> Values:
        """(n_names,), share of a topic's texts that each name is true of."""
        shares: Values = self._coverages[topic]
        return shares

    @cached_property
    def _coverages(self) -> Values:
        """(n_topics, n_names)."""
        weights = [self.weights[rows] for rows in self.members]
        return np.array(
            [
                self.candidates.texts[rows].T @ weight / max(weight.sum(), 1e-9)
                for rows, weight in zip(self.members, weights, strict=True)
            ]
        )

    def precision(self, topic: int, coverage: Values) -> Values:
        """(n_names,), share of the texts that each name is true of that are in the topic."""
        size = self.weights[self.members[topic]].sum()
        precision: Values = coverage * size / np.maximum(self.totals, 1e-9)
        return precision

    def compared(self, topic: int) -> Integers:
        """Numbers of the names that are worth comparing with the topic's centre, ascending."""
        coverage = self.coverage(topic)
        scores = self._by_counts(coverage, self.precision(topic, coverage))
        scores += self._by_itself(topic, coverage)
        possible = np.flatnonzero((coverage >= LEAST_COVER) & (scores > NO_NAME / 2))
        best = possible[np.argsort(-scores[possible], kind="stable")[:COMPARED]]
        return np.sort(best)

    def ranked(
        self, topic: int, centre: Floats, columns: Integers, vectors: Floats
    ) -> list[Scored]:
        """Names for a topic, best first.

        Args:
            topic: index of the topic among its siblings.
            centre: (n_dims,), centroid of the topic.
            columns: (n,), numbers of the names.
            vectors: (n, n_dims), unit length, of the names.
        """
        coverage = self.coverage(topic)
        scores = (
            self._by_counts(coverage, self.precision(topic, coverage))[columns]
            + self._by_itself(topic, coverage)[columns]
            + CLOSENESS * (vectors @ centre)
        )
        return [
            Scored(int(columns[n]), float(scores[n]), float(coverage[columns[n]]), vectors[n])
            for n in np.argsort(-scores, kind="stable").tolist()
        ]

    def goods(self, topic: int, n_wanted: int) -> list[str]:
        """What most of a topic's texts are about: goods of the catalogue, or phrases of titles.

        None has all the words of another one, and each is true of `LEAST_COVER` of the texts.
        """
        coverage, candidates = self.coverage(topic), self.candidates
        scores = coverage * np.sqrt(self.precision(topic, coverage))
        may_be = (candidates.kinds == GOOD_NODE) & (candidates.departments == self.homes[topic])
        if not self.known[topic] or not may_be.any():
            may_be = candidates.ordinary & (candidates.kinds < 0)
        order = np.argsort(-np.where(may_be & (coverage >= LEAST_COVER), scores, 0), kind="stable")
        chosen: dict[str, frozenset[str]] = {}
        for column in order[: COMPARED * n_wanted].tolist():
            if len(chosen) == n_wanted or not scores[column] or not may_be[column]:
                break
            words = candidates.words[column]
            if not any(words <= other or other <= words for other in chosen.values()):
                chosen[candidates.names[column]] = words
        return list(chosen)

    def told(self, columns: Sequence[int]) -> Flags:
        """(n_texts, n_columns), whether each of some names is true of each text of all topics."""
        told: Flags = self.candidates.by_name[:, list(columns)].toarray() > 0
        return told

    def of_both(
        self, topic: int, first: Scored, second: Scored, told: Flags, centre: Floats
    ) -> Scored:
        """Score and coverage of two names together, such as "Meat & Fish".

        Args:
            topic: index of the topic among its siblings.
            first: one name.
            second: the other.
            told: (n_texts,), whether one of the two is true of each text of all topics.
            centre: (n_dims,), centroid of the topic.
        """
        weights, rows = self.weights, self.members[topic]
        inside = float(weights[rows][told[rows]].sum())
        coverage = inside / max(float(weights[rows].sum()), 1e-9)
        precision = inside / max(float(weights[told].sum()), 1e-9)
        direction = first.vector + second.vector
        closeness = direction @ centre / max(float(np.linalg.norm(direction)), 1e-9)
        quality = self.candidates.quality[[first.column, second.column]].mean()
        by_counts = self._by_counts(np.array([coverage]), np.array([precision]))[0]
        score = float(by_counts + quality + CLOSENESS * closeness)
        return Scored(first.column, score, coverage, direction)

    def _by_itself(self, topic: int, coverage: Values) -> Values:
        """(n_names,), what speaks for each name by its kind, whatever it is near to."""
        kinds, departments = self.candidates.kinds, self.candidates.departments
        of_catalogue = kinds >= 0
        scores = self.candidates.quality.copy()
        scores[kinds == DEPARTMENT_NODE] += DEPARTMENT if self.level == 1 else NO_NAME
        is_whole = (kinds == FAMILY_NODE) & (coverage >= self.enough)
        scores[is_whole] += WHOLE_FAMILY[self.level]
        if not self.known[topic]:
            scores[of_catalogue] = NO_NAME
            return scores
        home = self.homes[topic]
        scores[of_catalogue & (departments != home) & (coverage < AWAY)] = NO_NAME
        scores[self.candidates.strange[home]] -= STRANGE
        return scores

    @cached_property
    def homes(self) -> list[int]:
        """(n_topics,), the department that most texts vote for; -1 without a catalogue.

        On level one these are the topic's own texts, on level two those of all siblings.
        """
        nodes = np.flatnonzero(self.candidates.kinds == DEPARTMENT_NODE)
        if not len(nodes):
            return [-1] * len(self.members)
        told = self.candidates.by_name[:, nodes].tocsr()
        votes = np.array([told[rows].T @ self.weights[rows] for rows in self.members])
        if self.level == 2:
            votes[:] = votes.sum(axis=0)
        homes: list[int] = self.candidates.departments[nodes[votes.argmax(axis=1)]].tolist()
        return homes

    def _by_counts(self, coverage: Values, precision: Values) -> Values:
        scores: Values = (
            COVERAGE * np.log(np.minimum(coverage / self.enough, 1) + 0.02)
            + SURPLUS * np.maximum(coverage - self.enough, 0)
            + PRECISION * np.log(precision + 0.02)
        )
        return scores
