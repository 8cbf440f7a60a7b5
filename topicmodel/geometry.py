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
        block = groups[first : first + BLOCK]
        rows = np.flatnonzero(block >= 0)
        shape = (n_groups, len(block))
        members = sp.csr_matrix((np.ones(len(rows)), (block[rows], rows)), shape=shape)
        sums += members @ vectors[first : first + BLOCK]
    return sums


def group_means(values: Floats, groups: Integers) -> Floats:
    """Mean row of each group: (n_groups, n_columns), zeros for a number that no row has.

    Args:
        values: (n, n_columns).
        groups: (n,), from 0.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    sizes = np.maximum(np.bincount(groups, minlength=n_groups), 1)
    means: Floats = (group_sums(values, groups, n_groups) / sizes[:, None]).astype(np.float32)
    return means


def cosines_of_rows(vectors: Floats, rows: Integers, centre: Floats) -> Floats:
    """Cosine of some of the vectors to a centre, both of unit length: (n_rows,)."""
    cosines = np.empty(len(rows), dtype=np.float32)
    for first in range(0, len(rows), BLOCK):
        block = slice(first, first + BLOCK)
        cosines[block] = vectors[rows[block]] @ centre
    return cosines


def nearest(vectors: Floats, centres: Floats) -> Integers:
    """Row of the most similar centre for each vector: (n,)."""
    blocks = [
        (vectors[start : start + BLOCK] @ centres.T).argmax(axis=1)
        for start in range(0, len(vectors), BLOCK)
    ]
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int64)


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
    distinct, first, sizes = np.unique(groups[inside], return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    numbers = np.empty(len(distinct), dtype=np.int64)
    numbers[order] = np.arange(len(distinct))
    renumbered = np.full(len(groups), -1, dtype=np.int64)
    renumbered[inside] = numbers[np.searchsorted(distinct, groups[inside])]
    return renumbered


ROUNDS = 10
"""Iterations of k-means; micro-clusters need not be the best possible."""


@dataclass(frozen=True)
class MicroClusters:
    """Small groups of similar vectors; each vector is in one."""

    of_row: Integers
    """(n,), micro-cluster of each vector, from 0 without gaps."""
    sums: npt.NDArray[np.float64]
    """(n_clusters, n_dims), the vectors of each micro-cluster added up."""

    @classmethod
    def of(cls, vectors: Floats, of_row: Integers) -> MicroClusters:
        """From vectors, (n, n_dims), and the micro-cluster of each, (n,)."""
        return cls(of_row, group_sums(vectors, of_row, int(of_row.max(initial=-1)) + 1))

    @property
    def centres(self) -> Floats:
        """(n_clusters, n_dims), unit length."""
        lengths = np.linalg.norm(self.sums, axis=1, keepdims=True)
        centres: Floats = (self.sums / np.maximum(lengths, 1e-12)).astype(np.float32)
        return centres

    @property
    def sizes(self) -> Integers:
        """(n_clusters,), the number of vectors in each."""
        return np.bincount(self.of_row, minlength=len(self.sums))

    def cosines_without_self(self, vectors: Floats) -> Floats:
        """Cosine of each vector to the centre of the others in its micro-cluster: (n,).

        -1 where a vector is alone. If the vector were part of the centre, the vectors of a small
        micro-cluster would seem nearer to it than a new vector can be.
        """
        result, sizes = np.empty(len(vectors), dtype=np.float32), self.sizes
        for first in range(0, len(vectors), BLOCK):
            block = slice(first, first + BLOCK)
            others = self.sums[self.of_row[block]] - vectors[block]
            lengths = np.linalg.norm(others, axis=1)
            cosines = np.einsum("ij,ij->i", others, vectors[block]) / np.maximum(lengths, 1e-12)
            result[block] = np.where(sizes[self.of_row[block]] > 1, cosines, -1)
        return np.clip(result, -1, 1)


def k_means(vectors: Floats, n_clusters: int, *, seed: int) -> Integers:
    """Cluster of each vector by k-means: (n,), from 0 without gaps.

    Args:
        vectors: (n, n_dims), unit length.
        n_clusters: from 1 to n; fewer come out where there are fewer distinct vectors.
        seed: of the first centres.
    """
    if n_clusters == 1 or not len(vectors):
        return np.zeros(len(vectors), dtype=np.int64)
    from sklearn.cluster import KMeans

    # Sums of several threads are added in any order, and rounded accordingly.
    with _libraries().limit(limits=1), warnings.catch_warnings():
        # The warning says that there are fewer distinct vectors than clusters; it does no harm.
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        means = KMeans(n_clusters, n_init=1, max_iter=ROUNDS, random_state=seed).fit(vectors)
    return np.unique(means.labels_, return_inverse=True)[1].astype(np.int64)


@cache
def _libraries() -> ThreadpoolController:
    """The numerical libraries, looked up once: that takes longer than a small k-means."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
