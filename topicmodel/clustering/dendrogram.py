"""Average linkage of topics, and a cut through it that makes categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from topicmodel.datatypes import Floats, Integers

Branches: TypeAlias = list[int]
"""Nodes of a dendrogram that make up one group; none of them is below another."""


@dataclass(frozen=True)
class Dendrogram:
    """Average linkage of topics; nodes are numbered as scipy does, leaves first."""

    children: Sequence[tuple[int, int]]
    """Of the inner nodes, in the order of their numbers."""
    distances: Sequence[float]
    """At which the children of each inner node merge; 1 is the mean distance of two topics."""
    counts: Integers
    """(n_nodes, n_fits), texts below each node, by the fit that its topics come from."""
    sums: Floats
    """(n_nodes, n_dims), vectors below each node added up."""

    @classmethod
    def of(
        cls, pairwise: Floats, centres: Floats, sizes: Integers, scale: float | None = None
    ) -> Dendrogram:
        """Link topics.

        Args:
            pairwise: distances of the topics, as scipy's pdist orders them.
            centres: (n_topics, n_dims), unit length.
            sizes: (n_topics, n_fits), texts of each topic in the column of its fit, else 0.
            scale: the distance that counts as 1; the mean of these unless given.
        """
        from scipy.cluster.hierarchy import linkage

        merges = linkage(pairwise, "average")
        pairs = [(int(left), int(right)) for left, right in merges[:, :2]]
        counts, sums = list(sizes), list(centres * sizes.sum(axis=1, keepdims=True))
        for left, right in pairs:
            counts.append(counts[left] + counts[right])
            sums.append(sums[left] + sums[right])
        scale = max(float(pairwise.mean()) if scale is None else scale, 1e-12)
        return cls(pairs, (merges[:, 2] / scale).tolist(), np.array(counts), np.array(sums))

    @property
    def n_leaves(self) -> int:
        """Topics that were linked."""
        return len(self.children) + 1

    @property
    def root(self) -> Branches:
        """All leaves."""
        return [2 * self.n_leaves - 2]

    def split(
        self, group: Branches, n_groups: int, least: float, separation: float = 0.0
    ) -> tuple[list[Branches], list[float]]:
        """Split a group from the top, always the part whose halves lie farthest apart.

        A split needs at least `least` texts on both sides. Smaller branches met on the way are
        peeled off and join whichever side of the next split they are nearer to.

        Args:
            n_groups: the greatest number of parts.
            separation: least distance of a split.

        Returns:
            The parts, and the distance of each split.
        """
        groups, distances = [group], list[float]()
        while len(groups) < n_groups:
            splits = [(self._next_split(part, least), index) for index, part in enumerate(groups)]
            possible = [(split, index) for split, index in splits if split is not None]
            if not possible:
                break
            (node, peeled), index = max(
                possible, key=lambda item: (self._distance(item[0][0]), -item[1])
            )
            if self._distance(node) < separation:
                break
            groups[index : index + 1] = self._split(node, peeled)
            distances.append(self._distance(node))
        return groups, distances

    def number_leaves(self, groups: Sequence[Branches]) -> Integers:
        """(n_leaves,), number of the group of each leaf; -1 in none."""
        numbers = np.full(self.n_leaves, -1, dtype=np.int64)
        for number, group in enumerate(groups):
            numbers[[leaf for node in group for leaf in self._leaves(node)]] = number
        return numbers

    def size(self, group: Branches) -> float:
        """The number of texts in a group: the median over the fits.

        A topic that most fits have found has one leaf for each of them. With the median each such
        leaf alone counts as empty, so that no split can separate them.
        """
        return float(np.median(self.counts[group].sum(axis=0)))

    def _next_split(self, group: Branches, least: float) -> tuple[int, Branches] | None:
        """The node at which a group can be split, and what is peeled off before it."""
        node = max(group, key=lambda member: self.size([member]))
        peeled = [member for member in group if member != node]
        while node >= self.n_leaves:
            small, large = sorted(
                self.children[node - self.n_leaves], key=lambda child: (self.size([child]), child)
            )
            if self.size([small]) >= least:
                return node, peeled
            peeled.append(small)
            node = large
        return None

    def _split(self, node: int, peeled: Branches) -> list[Branches]:
        left, right = self.children[node - self.n_leaves]
        parts = [[left], [right]]
        directions = [self._direction(left), self._direction(right)]
        for branch in peeled:
            similarities = [float(self.sums[branch] @ direction) for direction in directions]
            parts[int(np.argmax(similarities))].append(branch)
        return parts

    def _direction(self, node: int) -> Floats:
        total: Floats = self.sums[node] / max(float(np.linalg.norm(self.sums[node])), 1e-12)
        return total

    def _distance(self, node: int) -> float:
        return self.distances[node - self.n_leaves]

    def _leaves(self, node: int) -> list[int]:
        waiting, leaves = [node], []
        while waiting:
            current = waiting.pop()
            if current < self.n_leaves:
                leaves.append(current)
            else:
                waiting.extend(self.children[current - self.n_leaves])
        return leaves
