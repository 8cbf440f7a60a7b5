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
from topicmodel.datatypes import Flags, Level, Votes
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
    decided = node_shares(votes, Nodes.departments(votes)).max(axis=1)
    both = np.column_stack([decided, np.maximum(votes.cosines, 0)])
    topics = [group_means(both, fit.topics).prod(axis=1) >= KNOWN for fit in fits]
    share = np.mean([known[fit.topics].mean() for known, fit in zip(topics, fits, strict=True)])
    return Knowledge(topics, float(share))
