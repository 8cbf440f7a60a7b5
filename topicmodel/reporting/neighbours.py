"""Which categories of the same level are nearest to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Floats, Run, Topic, TopicId
from topicmodel.reporting.points import category_name
from topicmodel.reporting.text import anchor

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A category that is much like another one."""

    anchor: str
    name: str
    parent: str
    """Name of the category above, "" where both have the same, and on level one."""
    likeness: float
    """Cosine of the centroids, -1 to 1."""


def neighbours_of(run: Run) -> Mapping[TopicId, tuple[Neighbour, ...]]:
    """Up to three categories of the same level, the nearest first.

    A category without a usable centroid has none, and is nobody's neighbour.
    """
    names = {topic.id: category_name(topic) for topic in run.taxonomy.topics}
    found: dict[TopicId, tuple[Neighbour, ...]] = {}
    for level in (1, 2):
        topics = [topic for topic in run.taxonomy.topics if topic.level == level]
        found |= _on_one_level(_with_vectors(topics, run.tree.centroids), names)
    return found


def _with_vectors(
    topics: Sequence[Topic], centroids: Mapping[TopicId, Floats]
) -> list[tuple[Topic, Floats]]:
    pairs = ((topic, centroids.get(topic.id)) for topic in topics)
    return [
        (topic, vector / np.linalg.norm(vector))
        for topic, vector in pairs
        if vector is not None and np.isfinite(vector).all() and vector.any()
    ]


def _on_one_level(
    pairs: Sequence[tuple[Topic, Floats]], names: Mapping[TopicId, str]
) -> dict[TopicId, tuple[Neighbour, ...]]:
    if not pairs:
        return {}
    topics = [topic for topic, _ in pairs]
    vectors = np.stack([vector for _, vector in pairs])
    found = {}
    # One row of the matrix at a time: there may be thousands of subcategories.
    for place, topic in enumerate(topics):
        cosines = np.clip(vectors @ vectors[place], -1, 1)
        nearest = [row for row in _highest(cosines, _SHOWN + 1) if row != place][:_SHOWN]
        found[topic.id] = tuple(
            _neighbour(topic, topics[row], float(cosines[row]), names) for row in nearest
        )
    return found


def _highest(values: Floats, count: int) -> list[int]:
    """Places of the highest values, highest first; the earlier one where they are equal."""
    places: list[int] = np.argsort(-values, kind="stable")[:count].tolist()
    return places


def _neighbour(
    topic: Topic, other: Topic, likeness: float, names: Mapping[TopicId, str]
) -> Neighbour:
    elsewhere = other.parent is not None and other.parent != topic.parent
    parent = names.get(other.parent, "") if elsewhere and other.parent else ""
    return Neighbour(anchor(other.id), names[other.id], parent, likeness)
