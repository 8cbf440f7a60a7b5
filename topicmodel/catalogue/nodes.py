"""Departments and families as the nodes that texts are filed under."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Floats, Integers, Votes

BY_WORDS = 0.3
"""Power of the vote by words beside that by vectors, which is 1; .2 to .4 do equally well."""

ABSTENTION = 0.02
"""Share of a vote by words that is spread evenly, so that a title without a node's words makes the
node unlikely but not impossible."""


@dataclass(frozen=True)
class Nodes:
    """Nodes of a catalogue, one or several families each."""

    of_family: Integers
    """(n_families,), number of the node of each family, from 0 without gaps; -1 for none."""

    @classmethod
    def departments(cls, votes: Votes) -> Nodes:
        """Each department as a node, with the number that it has in the catalogue."""
        return cls(votes.departments)

    def __len__(self) -> int:
        """The number of nodes."""
        return int(self.of_family.max(initial=-1)) + 1

    def families(self, node: int) -> Integers:
        """Numbers of the families of a node, in rising order."""
        return np.flatnonzero(self.of_family == node)

    def divided(self, node: int) -> Nodes:
        """The families of this node alone, each as a node."""
        of_family = np.full(len(self.of_family), -1, dtype=np.int64)
        families = self.families(node)
        of_family[families] = np.arange(len(families))
        return Nodes(of_family)

    def opened(self, node: int) -> Nodes:
        """All nodes, with each family of this one in its place: the first there, others last."""
        of_family, families = self.of_family.copy(), self.families(node)
        of_family[families[1:]] = len(self) + np.arange(len(families) - 1)
        return Nodes(of_family)


def node_shares(votes: Votes, nodes: Nodes) -> Floats:
    """Probability of each node for each text, by vectors and words together: (n_texts, n_nodes).

    Votes are divided by the root of the node's number of goods, lest large nodes win by their size.
    """
    member = np.zeros((len(nodes.of_family), len(nodes)), dtype=np.float32)
    used = np.flatnonzero(nodes.of_family >= 0)
    member[used, nodes.of_family[used]] = 1
    member /= np.sqrt(votes.n_goods @ member).astype(np.float32)
    meant = _shares(votes.by_vectors @ member + np.float32(1e-9))
    said = votes.by_words @ member
    silent = said.sum(axis=1) <= 0
    said[silent] = 1
    shares: Floats = _shares(meant * (_shares(said) + ABSTENTION / len(nodes)) ** BY_WORDS)
    return shares


def _shares(values: Floats) -> Floats:
    shares: Floats = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    return shares
