"""Which categories of the same level are nearest to each."""

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
        found |= _on_one_level(*directions_of(run, topics), names)
    return found


def directions_of(run: Run, topics: Sequence[Topic]) -> tuple[list[Topic], npt.NDArray[np.float64]]:
    """The categories that have a usable centroid, and these: (n_categories, n_dims), unit length.

    A cosine is no more than a product of two of them.
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
    found = {}
    # One row of the matrix at a time: there may be thousands of subcategories.
    for place, topic in enumerate(topics):
        cosines = np.clip(vectors @ vectors[place], -1, 1)
        nearest = [row for row in _highest(cosines, _SHOWN + 1) if row != place][:_SHOWN]
        found[topic.id] = tuple(
            _neighbour(topic, topics[row], float(cosines[row]), names) for row in nearest
        )
    return found


def _highest(values: npt.NDArray[np.float64], count: int) -> list[int]:
    """Places of the highest values, highest first; the earlier one where they are equal."""
    places: list[int] = np.argsort(-values, kind="stable")[:count].tolist()
    return places


def _neighbour(
    topic: Topic, other: Topic, likeness: float, names: Mapping[TopicId, str]
) -> Neighbour:
    elsewhere = other.parent is not None and other.parent != topic.parent
    parent = names.get(other.parent, "") if elsewhere and other.parent else ""
    return Neighbour(anchor(other.id), names[other.id], parent, likeness)
