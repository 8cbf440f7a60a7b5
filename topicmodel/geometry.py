"""Centroids of groups of unit vectors, which of them is nearest, and small groups by k-means."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Floats, Integers

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

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


ROUNDS = 10
"""Of k-means; the cells need not be the best there are."""


@dataclass(frozen=True)
class MicroClusters:
    """Vectors, each in one cell."""

    of_row: Integers
    """(n,), cell of each vector, from 0 without gaps."""
    sums: npt.NDArray[np.float64]
    """(n_cells, n_dims), of the vectors of each cell."""

    @classmethod
    def of(cls, vectors: Floats, of_row: Integers) -> MicroClusters:
        """The cells whose numbers are given, with the vectors in them: (n, n_dims)."""
        return cls(of_row, group_sums(vectors, of_row, int(of_row.max(initial=-1)) + 1))

    @property
    def centres(self) -> Floats:
        """(n_cells, n_dims), unit length."""
        lengths = np.linalg.norm(self.sums, axis=1, keepdims=True)
        centres: Floats = (self.sums / np.maximum(lengths, 1e-12)).astype(np.float32)
        return centres

    @property
    def sizes(self) -> Integers:
        """(n_cells,), vectors in each."""
        return np.bincount(self.of_row, minlength=len(self.sums))

    def cosines_without_self(self, vectors: Floats) -> Floats:
        """Of each vector to the centre of the others in its cell: (n,); -1 where it is alone.

        With itself in the centre, a vector of a small cell would seem nearer than a new one.
        """
        found, sizes = np.empty(len(vectors), dtype=np.float32), self.sizes
        for first in range(0, len(vectors), BLOCK):
            block = slice(first, first + BLOCK)
            others = self.sums[self.of_row[block]] - vectors[block]
            lengths = np.linalg.norm(others, axis=1)
            cosines = np.einsum("ij,ij->i", others, vectors[block]) / np.maximum(lengths, 1e-12)
            found[block] = np.where(sizes[self.of_row[block]] > 1, cosines, -1)
        return np.clip(found, -1, 1)


def k_means(vectors: Floats, n_cells: int, *, seed: int) -> Integers:
    """Cell of each vector, by k-means: (n,), from 0 without gaps.

    Args:
        vectors: (n, n_dims), unit length.
        n_cells: from 1 to n; fewer come out where there are fewer distinct vectors.
        seed: of the first centres.
    """
    if n_cells == 1 or not len(vectors):
        return np.zeros(len(vectors), dtype=np.int64)
    from sklearn.cluster import KMeans

    # Sums of several threads are added in any order, and rounded accordingly.
    with _libraries().limit(limits=1), warnings.catch_warnings():
        # Says that there are fewer distinct vectors than cells, which does no harm.
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        means = KMeans(n_cells, n_init=1, max_iter=ROUNDS, random_state=seed).fit(vectors)
    return np.unique(means.labels_, return_inverse=True)[1].astype(np.int64)


@cache
def _libraries() -> ThreadpoolController:
    """The numerical libraries: found once, which takes longer than to split a small category."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
