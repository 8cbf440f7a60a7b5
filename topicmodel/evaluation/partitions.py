"""Agreement of two groupings of the same products, whatever the groups are called."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Integers

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Groups = npt.ArrayLike
"""(n_products,), a group's number for each product; any integers."""


def encode(values: Sequence[Hashable | None]) -> Integers:
    """Values as numbers: (n_values,), from 0 in the order of the sorted values; -1 for None.

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
        1 for the same grouping, 0 for what chance gives, at worst a little above -1; None for
        fewer than two products, which cannot be grouped rightly or wrongly.

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
        1 for the same grouping, 0 for what chance gives, -0.5 at worst; None for fewer than two
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
    """Share of products that belong to the most frequent true group of their found group.

    Returns:
        0 (never reached) to 1; 1 also when every product is a group of its own; None for none.

    >>> purity([0, 0, 1, 1], [0, 0, 0, 0])
    0.5
    """
    from sklearn.metrics.cluster import contingency_matrix

    if not np.size(true):
        return None
    table = contingency_matrix(true, found, sparse=True).tocsc()
    return float(table.max(axis=0).sum() / np.size(true))


def majority(true: Integers, found: Integers) -> Integers:
    """The most frequent true group of each found group; of equals the lowest.

    Args:
        true: (n_products,), from 0; -1 is no group.
        found: (n_products,), from 0; -1 is no group.

    Returns:
        (found.max() + 1,), -1 for a number that no product with a true group has.

    >>> majority(np.array([1, 1, 0, 2]), np.array([0, 0, 0, 2])).tolist()
    [1, -1, 2]
    """
    table = _counts(true, found)
    winners = np.full(found.max(initial=-1) + 1, -1, dtype=np.int64)
    filled = np.flatnonzero(np.diff(table.indptr))
    winners[filled] = np.asarray(table[:, filled].argmax(axis=0)).ravel()
    return winners


def _counts(true: Integers, found: Integers) -> csc_matrix:
    from scipy.sparse import coo_matrix

    known = (true >= 0) & (found >= 0)
    shape = (true.max(initial=-1) + 1, found.max(initial=-1) + 1)
    ones = np.ones(np.count_nonzero(known), dtype=np.int64)
    return coo_matrix((ones, (true[known], found[known])), shape=shape).tocsc()
