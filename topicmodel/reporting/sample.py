"""A fair sample of products: each group keeps its share; the same run gives the same sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topicmodel.datatypes import Integers


def allocate(sizes: Integers, limit: int) -> Integers:
    """How many of each group a sample of `limit` holds, by largest remainder.

    Args:
        sizes: (n_groups,), members of each group.
        limit: size of the sample.

    Returns:
        (n_groups,), never more than sizes, summing to limit or to all there are. Every group
        that has members gets one at least, as far as the limit allows.
    """
    total = int(sizes.sum())
    if total <= limit:
        return sizes
    quotas = sizes * (limit / total)
    seats: Integers = np.maximum(np.floor(quotas), sizes > 0).astype(np.int64)
    while seats.sum() > limit:
        seats[np.argmax(seats)] -= 1
    remainders = np.where(seats < sizes, quotas - seats, -np.inf)
    seats[np.argsort(-remainders, kind="stable")[: limit - int(seats.sum())]] += 1
    return seats


def fair_sample(
    groups: Integers, ids: Sequence[str], limit: int, rng: np.random.Generator
) -> list[Integers]:
    """Rows of each group that a sample of `limit` rows holds, in random order.

    The random order makes any beginning of a group's rows a fair sample of that group.

    Args:
        groups: (n_rows,), from 0; rows with -1 are never drawn.
        ids: name of each row; they make the sample independent of the order of the rows.
        limit: greatest number of rows in all.
        rng: where chance comes from.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    sizes = np.bincount(groups[groups >= 0], minlength=n_groups).astype(np.int64)
    rows = np.flatnonzero(groups >= 0).tolist()
    order = np.array(sorted(rows, key=ids.__getitem__), dtype=np.int64)
    order = order[np.argsort(groups[order], kind="stable")]
    members = np.split(order, np.cumsum(sizes)[:-1]) if n_groups else []
    return [
        rng.permutation(rows)[:count]
        for rows, count in zip(members, allocate(sizes, limit), strict=True)
    ]
