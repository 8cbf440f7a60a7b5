"""Which families of a catalogue the products of each category vote for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from topicmodel.catalogue.knowledge import known_groups
from topicmodel.catalogue.nodes import Nodes, node_shares
from topicmodel.datatypes import Catalogue, Family, Integers, Tree, Votes

SHOWN = 5
"""Families that a category tells at most."""

LEAST_SHARE = 0.01
"""Share of a category's products that a family must have to be told."""

_BLOCK = 65_536
"""Texts whose votes are made dense at once, to limit memory."""


def with_families(
    tree: Tree, catalogue: Catalogue, votes: Votes, text_of_product: Mapping[str, int]
) -> Tree:
    """The tree with the families that the products of each category vote for.

    A category of a kind that the catalogue does not know has none.

    Args:
        tree: of the products.
        catalogue: what the votes are on.
        votes: of the texts.
        text_of_product: product id -> row of its text; -1 for one without a text.
    """
    families, paths = best_families(votes), [path_of(family) for family in catalogue.families]
    topics, assigned = tree.taxonomy.topics, tree.assignments
    number_of = {topic.id: number for number, topic in enumerate(topics)}
    counts = [Counter[int]() for _ in topics]
    known = np.zeros(len(topics), dtype=bool)
    for of_product in (assigned.level1, assigned.level2):
        groups = np.full(len(votes.cosines), -1, dtype=np.int64)
        for product, topic in zip(assigned.product_ids, of_product, strict=True):
            row = text_of_product[product]
            if topic is not None and row >= 0:
                groups[row] = number_of[topic]
                counts[number_of[topic]][int(families[row])] += 1
        of_level = known_groups(votes, groups)
        known[: len(of_level)] |= of_level
    told = [
        replace(topic, catalogue=_shares(counts[number], paths) if known[number] else ())
        for number, topic in enumerate(topics)
    ]
    return replace(tree, taxonomy=replace(tree.taxonomy, topics=told))


def best_families(votes: Votes) -> Integers:
    """The family that each text votes for most: (n_texts,), numbers in the catalogue."""
    every = Nodes(np.arange(len(votes.n_goods)))
    best = np.empty(len(votes.cosines), dtype=np.int64)
    for first in range(0, len(best), _BLOCK):
        rows = np.arange(first, min(first + _BLOCK, len(best)))
        best[rows] = node_shares(votes.take(rows), every).argmax(axis=1)
    return best


def path_of(family: Family) -> str:
    """A family with its department, as `department > family`."""
    if family.name == family.department:
        return family.name
    return f"{family.department} > {family.name}"


def _shares(counts: Counter[int], paths: Sequence[str]) -> tuple[tuple[str, float], ...]:
    total = counts.total()
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    return tuple(
        (paths[family], round(count / total, 4))
        for family, count in largest
        if count >= LEAST_SHARE * total
    )
