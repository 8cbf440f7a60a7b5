"""Agreement of two groupings of the same products; the numbers of the groups do not matter."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Integers

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Groups = npt.ArrayLike
"""(n_products,), the group of each product as an integer code."""


def encode(values: Sequence[Hashable | None]) -> Integers:
    """Values as integer codes, (n_values,): from 0 in the order of the sorted values; -1 for None.

    >>> encode(["b", None, "a", "b"]).tolist()
    [1, -1, 0, 1]
    """
    distinct: list[Any] = list({value for value in values if value is not None})
    number: dict[Hashable | None, int] = {value: i for i, value in enumerate(sorted(distinct))}
    number[None] = -1
    return np.fromiter((number[value] for value in values), np.int64, len(values))


def adjusted_mutual_information(true: Groups, found: Groups) -> float | None:
    """Mutual information of two groupings, corrected for chance (Vinh, Epps & Bailey 2010).

    Returns:
        1 for the same grouping, 0 for what chance gives, at least -1; None for fewer than two
        products, for which the measure is undefined.

    >>> adjusted_mutual_information([0, 0, 1, 1], [7, 7, 3, 3])
    1.0
    >>> adjusted_mutual_information([0, 0, 1, 1], [0, 0, 0, 0])
    0.0
    """
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(true, found)) if np.size(true) > 1 else None


def adjusted_rand_index(true: Groups, found: Groups) -> float | None:
    """Share of pairs on which two groupings agree, corrected for chance (Hubert & Arabie 1985).

    Returns:
        1 for the same grouping, 0 for what chance gives, at least -0.5; None for fewer than two
        products.

    >>> adjusted_rand_index([0, 0, 1, 1], [0, 0, 0, 0])
    0.0
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(true, found)) if np.size(true) > 1 else None


def v_measure(true: Groups, found: Groups) -> float | None:
    """Harmonic mean of homogeneity and completeness (Rosenberg & Hirschberg 2007).

    Returns:
        0 to 1; None for fewer than two products.

    >>> v_measure([0, 0, 1, 1], [0, 0, 0, 0])
    0.0
    """
    from sklearn.metrics import v_measure_score

    return float(v_measure_score(true, found)) if np.size(true) > 1 else None


def purity(true: Groups, found: Groups) -> float | None:
    """Share of products whose true group is the most frequent one in their found group.

    Returns:
        Above 0, up to 1; also 1 when every product is a group of its own. None for no products.

    >>> purity([0, 0, 1, 1], [0, 0, 0, 0])
    0.5
    """
    from sklearn.metrics.cluster import contingency_matrix

    if not np.size(true):
        return None
    table = contingency_matrix(true, found, sparse=True).tocsc()
    return float(table.max(axis=0).sum() / np.size(true))


def majority(true: Integers, found: Integers) -> Integers:
    """The most frequent true group of each found group; the lowest code where several are equal.

    Args:
        true: (n_products,), codes of the true groups, from 0; -1 for no group.
        found: (n_products,), codes of the found groups, from 0; -1 for no group.

    Returns:
        (found.max() + 1,), code of the true group; -1 for a found group without products that have
        a true group.

    >>> majority(np.array([1, 1, 0, 2]), np.array([0, 0, 0, 2])).tolist()
    [1, -1, 2]
    """
    table = _counts(true, found)
    winners = np.full(found.max(initial=-1) + 1, -1, dtype=np.int64)
    filled = np.flatnonzero(np.diff(table.indptr))
    winners[filled] = np.asarray(table[:, filled].argmax(axis=0)).ravel()
    return winners


def _counts(true: Integers, found: Integers) -> csc_matrix:
    """(n_true_groups, n_found_groups), number of products in both groups."""
    from scipy.sparse import coo_matrix

    known = (true >= 0) & (found >= 0)
    shape = (true.max(initial=-1) + 1, found.max(initial=-1) + 1)
    ones = np.ones(np.count_nonzero(known), dtype=np.int64)
    return coo_matrix((ones, (true[known], found[known])), shape=shape).tocsc()
