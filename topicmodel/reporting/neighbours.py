"""The nearest categories of the same level for each category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Floats, Run, Topic, TopicId
from topicmodel.reporting.formatting import anchor
from topicmodel.reporting.points import category_name

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A category that is among the nearest ones of another category."""

    anchor: str
    name: str
    parent: str
    """Name of the category above; "" where both have the same parent, and on level one."""
    similarity: float
    """Cosine of the centroids, -1 to 1."""


def neighbours_of(run: Run) -> Mapping[TopicId, tuple[Neighbour, ...]]:
    """Up to three categories of the same level, the nearest first.

    A category without a usable centroid has no neighbours, and is not a neighbour of others.
    """
    names = {topic.id: category_name(topic) for topic in run.taxonomy.topics}
    neighbours: dict[TopicId, tuple[Neighbour, ...]] = {}
    for level in (1, 2):
        topics = [topic for topic in run.taxonomy.topics if topic.level == level]
        neighbours |= _on_one_level(*directions_of(run, topics), names)
    return neighbours


def directions_of(run: Run, topics: Sequence[Topic]) -> tuple[list[Topic], npt.NDArray[np.float64]]:
    """The categories with a usable centroid, and their centroids at unit length.

    Returns:
        The categories, and their centroids, (n_categories, n_dims); the cosine of two centroids is
        their dot product.
    """
    centroids = run.tree.centroids
    known = [topic for topic in topics if _is_direction(centroids.get(topic.id))]
    vectors = [np.asarray(centroids[topic.id], dtype=np.float64) for topic in known]
    return known, np.array([vector / np.linalg.norm(vector) for vector in vectors])


def _is_direction(vector: Floats | None) -> bool:
    return vector is not None and bool(np.isfinite(vector).all() and np.any(vector))


def _on_one_level(
    topics: Sequence[Topic], vectors: npt.NDArray[np.float64], names: Mapping[TopicId, str]
) -> dict[TopicId, tuple[Neighbour, ...]]:
    neighbours = {}
    # Only one row of the matrix is in memory: there may be thousands of subcategories.
    for index, topic in enumerate(topics):
        cosines = np.clip(vectors @ vectors[index], -1, 1)
        nearest = [row for row in _highest(cosines, _SHOWN + 1) if row != index][:_SHOWN]
        neighbours[topic.id] = tuple(
            _neighbour(topic, topics[row], float(cosines[row]), names) for row in nearest
        )
    return neighbours


def _highest(values: npt.NDArray[np.float64], count: int) -> list[int]:
    """Indices of the highest values, highest first; of equal values the first comes first."""
    indices: list[int] = np.argsort(-values, kind="stable")[:count].tolist()
    return indices


def _neighbour(
    topic: Topic, other: Topic, similarity: float, names: Mapping[TopicId, str]
) -> Neighbour:
    elsewhere = other.parent is not None and other.parent != topic.parent
    parent = names.get(other.parent, "") if elsewhere and other.parent else ""
    return Neighbour(anchor(other.id), names[other.id], parent, similarity)
