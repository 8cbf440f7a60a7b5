"""Centroids of groups of unit vectors, and which of them is nearest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Floats, Integers

BLOCK = 16_384
"""Vectors compared at once; bounds the memory of a comparison with any number of vectors."""


def centroids(vectors: Floats, groups: Integers, n_groups: int | None = None) -> Floats:
    """Mean directions of the groups, unit length: (n_groups, n_dims).

    Args:
        vectors: (n, n_dims), unit length.
        groups: (n,), from 0; rows of -1 count nowhere.
        n_groups: as many as the largest number tells, unless given. A group without rows gets a
            vector of zeros.
    """
    if n_groups is None:
        n_groups = int(groups.max(initial=-1)) + 1
    sums = group_sums(vectors, groups, n_groups)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    directions: Floats = (sums / np.maximum(lengths, 1e-12)).astype(np.float32)
    return directions


def group_sums(vectors: Floats, groups: Integers, n_groups: int) -> npt.NDArray[np.float64]:
    """Vectors of each group added up: (n_groups, n_dims); rows of -1 count nowhere."""
    import scipy.sparse as sp

    sums = np.zeros((n_groups, vectors.shape[1]), dtype=np.float64)
    for first in range(0, len(vectors), BLOCK):
        own = groups[first : first + BLOCK]
        rows = np.flatnonzero(own >= 0)
        members = sp.csr_matrix((np.ones(len(rows)), (own[rows], rows)), shape=(n_groups, len(own)))
        sums += members @ vectors[first : first + BLOCK]
    return sums


def cosines_of_rows(vectors: Floats, rows: Integers, centre: Floats) -> Floats:
    """Cosine of some of the vectors to a centre, both of unit length: (n_rows,)."""
    found = np.empty(len(rows), dtype=np.float32)
    for first in range(0, len(rows), BLOCK):
        block = slice(first, first + BLOCK)
        found[block] = vectors[rows[block]] @ centre
    return found


def nearest(vectors: Floats, centres: Floats) -> Integers:
    """Row of the most similar centre for each vector: (n,)."""
    found = [
        (vectors[start : start + BLOCK] @ centres.T).argmax(axis=1)
        for start in range(0, len(vectors), BLOCK)
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def fill_outliers(vectors: Floats, groups: Integers) -> Integers:
    """The groups with every -1 replaced by the group of the nearest centroid."""
    outliers = groups < 0
    filled = groups.copy()
    filled[outliers] = nearest(vectors[outliers], centroids(vectors, groups))
    return filled


def number_by_size(groups: Integers) -> Integers:
    """The groups renumbered from 0 without gaps, largest first; -1 stays.

    Groups of one size keep the order of their first members.
    """
    inside = groups >= 0
    found, first, sizes = np.unique(groups[inside], return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    numbers = np.empty(len(found), dtype=np.int64)
    numbers[order] = np.arange(len(found))
    renumbered = np.full(len(groups), -1, dtype=np.int64)
    renumbered[inside] = numbers[np.searchsorted(found, groups[inside])]
    return renumbered
