"""Which fine topics a catalogue of goods knows, and whether that is enough to follow it.

A text that is a good is near to one good of the catalogue, and its votes go to one department. Both
hold for goods of every kind of shop, in a language that the encoder knows; and for hardly any other
text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.catalogue.nodes import Nodes, node_shares
from topicmodel.datatypes import Flags, Floats, Integers, Level, Votes
from topicmodel.geometry import group_means

KNOWN = 0.1
"""Least product of two means over a topic's texts: the share of their votes that their first
department gets, and their scaled cosine to their nearest good. In dumps of goods the product is .3
to .4, in other texts .05 to .1."""

ENOUGH = 0.6
"""Least share of the texts in known topics for a tree that follows the catalogue. In dumps of goods
it is .97 and more, in other texts up to .27, and .34 in Spanish for an English encoder."""


@dataclass(frozen=True)
class Knowledge:
    """How much of some texts a catalogue knows."""

    topics: Sequence[Flags]
    """Of each fit, (n_topics,): whether the topic is known."""
    share: float
    """Share of the texts in known topics, on average over the fits, 0 to 1."""

    @property
    def suffices(self) -> bool:
        """Whether a tree of the texts should follow the catalogue."""
        return self.share >= ENOUGH


def find_knowledge(votes: Votes, fits: Sequence[Level]) -> Knowledge:
    """What a catalogue knows of fine topics.

    Args:
        votes: of the texts.
        fits: fine topics from 0 without gaps; every text has one.
    """
    clearness = _clearness(votes)
    topics = [_is_known(clearness, fit.topics) for fit in fits]
    share = np.mean([known[fit.topics].mean() for known, fit in zip(topics, fits, strict=True)])
    return Knowledge(topics, float(share))


def known_groups(votes: Votes, groups: Integers) -> Flags:
    """Which groups of texts a catalogue knows: (n_groups,).

    Args:
        votes: of the texts.
        groups: (n_texts,), from 0 without gaps; -1 for texts in none.
    """
    inside = groups >= 0
    return _is_known(_clearness(votes)[inside], groups[inside])


def _clearness(votes: Votes) -> Floats:
    """Share of each text's first department, and its cosine to its nearest good: (n_texts, 2)."""
    decided = node_shares(votes, Nodes.departments(votes)).max(axis=1)
    return np.column_stack([decided, np.maximum(votes.cosines, 0)])


def _is_known(clearness: Floats, groups: Integers) -> Flags:
    known: Flags = group_means(clearness, groups).prod(axis=1) >= KNOWN
    return known
