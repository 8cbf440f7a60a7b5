"""Groups of new texts that are nearer to each other than to the tree.

One text that is far from everything may be chance; many that are far in the same way are a kind of
product that the tree does not know.
"""

from __future__ import annotations

import math

import numpy as np

from topicmodel.datatypes import Floats, Landmarks
from topicmodel.geometry import MicroClusters, k_means
from topicmodel.placement.landmarks import nearest_cosines

MOST_COMPARED = 20_000
"""New texts among which groups are looked for; beyond that an even sample."""

MOST_FAR = 5_000
"""Of those the ones that are grouped; beyond that an even sample."""

MEAN_SIZE = 8
"""Texts of a group, on average."""

LEAST_SIZE = 5
"""Fewest texts of a new group."""

NEARLY_EQUAL = 0.95
"""Texts of a group that are nearer to each other than this are variants of one product, which is
no kind of its own."""

MARGIN = 0.12
"""Share of their distance to the tree by which texts of a new group are nearer to each other;
anything from 0.08 to 0.2 does about as well."""


def find_new_groups(vectors: Floats, landmarks: Landmarks, *, seed: int) -> Floats:
    """Centres of groups of new texts that the tree has no place for: (n_new_groups, n_dims).

    Texts that are farther from their nearest landmark than is usual there are grouped; a group
    counts as new where its texts are nearer to the rest of the group than to the tree.

    Args:
        vectors: (n_texts, n_dims), unit length: all new texts, or an even sample of them.
        landmarks: of the tree.
        seed: of the groups.
    """
    none: Floats = np.zeros((0, vectors.shape[1]), dtype=np.float32)
    if not landmarks.topics:
        return none
    vectors = vectors[_evenly(len(vectors), MOST_COMPARED)]
    nearest, cosines = nearest_cosines(vectors, landmarks)
    usual = np.array(
        [landmarks.median_cosine[topic] for topic in landmarks.topics], dtype=np.float32
    )
    far = np.flatnonzero(cosines < usual[nearest])
    far = far[_evenly(len(far), MOST_FAR)]
    if len(far) < LEAST_SIZE:
        return none
    vectors, cosines = vectors[far], cosines[far]
    groups = MicroClusters.of(vectors, k_means(vectors, max(1, len(far) // MEAN_SIZE), seed=seed))
    to_group = np.bincount(groups.of_row, groups.cosines_without_self(vectors)) / groups.sizes
    to_tree = np.bincount(groups.of_row, cosines) / groups.sizes
    nearer = to_group - to_tree > MARGIN * (1 - to_tree)
    kinds = nearer & (to_group < NEARLY_EQUAL) & (groups.sizes >= LEAST_SIZE)
    return groups.centres[kinds]


def _evenly(n: int, most: int) -> slice:
    """Every so many-th of n, so that no more than most are taken."""
    return slice(None, None, math.ceil(n / most) or 1)
