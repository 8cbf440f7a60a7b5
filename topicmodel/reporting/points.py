"""The products that the page lists, searches and draws: all of them, or a fair sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Floats, Integers, Run, Topic, TopicId
from topicmodel.reporting.formatting import MAP_TITLE_LIMIT, anchor, displayed, exact

UNSORTED = "Not placed"
_SIDE = 10_000
"""Length of the longer side of the map; coordinates are integers from 0 to this."""


@dataclass(frozen=True, slots=True)
class TreePath:
    """The categories of a product, from level one down."""

    names: tuple[str, ...]
    """Names of the categories, level one first."""
    anchor: str
    """Link target of the last category."""
    slot: int
    """Index of the level-one category, -1 for none."""
    child: int
    """Index of the level-two category among its siblings, -1 for none."""
    total: int
    """Number of all products of the run with these categories and a position on the map."""


@dataclass(frozen=True, slots=True)
class ProductMap:
    """Products with their positions on the map; all lists have the same order.

    The first n products are a fair sample of all, for any n.
    """

    titles: tuple[str, ...]
    ids: tuple[str, ...]
    """Unchanged ids; "" for an id that a page cannot hold."""
    x: tuple[int | None, ...]
    """Horizontal position; None for a product without text."""
    y: tuple[int | None, ...]
    """Vertical position; None for a product without text."""
    path_of_product: tuple[int, ...]
    """Index in paths of each product's categories."""
    paths: tuple[TreePath, ...]
    total: int
    """Number of all products of the run."""
    total_drawn: int
    """Number of all products of the run with a position on the map."""

    @property
    def shown(self) -> int:
        """Number of products in the sample."""
        return len(self.titles)

    @property
    def drawn(self) -> int:
        """Number of products in the sample with a position on the map."""
        return sum(value is not None for value in self.x)


def category_name(topic: Topic) -> str:
    """The name of a category as it is shown; never empty."""
    return displayed(topic.name, 80) or "(no name)"


def has_position(run: Run) -> npt.NDArray[np.bool_]:
    """(n_products,), whether the product has a position on the map, as products with a text do."""
    points = run.coordinates.reshape(-1, 2)
    return np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])


def product_map(run: Run, max_points: int) -> ProductMap:
    """The map with a sample of the products, in which each level-one category has its share.

    Args:
        run: the run.
        max_points: at most so many products are in the sample.
    """
    rows, on_map = _sample(run, max_points), has_position(run)
    paths, path_of = _paths(run, on_map)
    x, y = _grid(run.coordinates, on_map)
    ids, levels = run.assignments.product_ids, (run.assignments.level1, run.assignments.level2)
    return ProductMap(
        titles=tuple(displayed(run.products.titles[row], MAP_TITLE_LIMIT) for row in rows),
        ids=tuple(exact(ids[row]) for row in rows),
        x=tuple(x[row] if on_map[row] else None for row in rows),
        y=tuple(y[row] if on_map[row] else None for row in rows),
        path_of_product=tuple(path_of[levels[0][row], levels[1][row]] for row in rows),
        paths=paths,
        total=len(ids),
        total_drawn=int(on_map.sum()),
    )


def _sample(run: Run, limit: int) -> list[int]:
    """Rows of the sampled products, ordered so that the first n are a fair sample for any n."""
    slots = {topic.id: slot for slot, topic in enumerate(run.taxonomy.level1)}
    groups = [
        slots.get(topic, len(slots)) if topic else len(slots) for topic in run.assignments.level1
    ]
    rng = np.random.default_rng(abs(run.manifest.seed or 0))
    sample = fair_sample(np.array(groups, dtype=np.int64), run.assignments.product_ids, limit, rng)
    if not sample:
        return []
    # Each group is in random order; ranks spread every group evenly over the whole sample.
    ranks = np.concatenate([(np.arange(len(rows)) + 0.5) / max(len(rows), 1) for rows in sample])
    rows: list[int] = np.concatenate(sample)[np.argsort(ranks, kind="stable")].tolist()
    return rows


_Pair = tuple[TopicId | None, TopicId | None]
"""Level-one and level-two category of a product."""


def _paths(
    run: Run, on_map: npt.NDArray[np.bool_]
) -> tuple[tuple[TreePath, ...], Mapping[_Pair, int]]:
    """The paths of all products, without duplicates, and the index of each pair of categories."""
    pairs = list(zip(run.assignments.level1, run.assignments.level2, strict=True))
    totals = Counter(dict.fromkeys(pairs, 0))
    totals.update(pair for pair, is_drawn in zip(pairs, on_map.tolist(), strict=True) if is_drawn)
    paths = tuple(_path(run, *pair, total) for pair, total in totals.items())
    return paths, {pair: index for index, pair in enumerate(totals)}


def _path(run: Run, first: TopicId | None, second: TopicId | None, total: int) -> TreePath:
    top = run.taxonomy.level1
    slot = next((slot for slot, topic in enumerate(top) if topic.id == first), -1)
    if slot < 0:
        return TreePath((UNSORTED,), "unsorted", -1, -1, total)
    siblings = run.taxonomy.children(top[slot].id)
    child = next((index for index, topic in enumerate(siblings) if topic.id == second), -1)
    topics = [top[slot], *siblings[max(child, 0) : child + 1]]
    return TreePath(tuple(map(category_name, topics)), anchor(topics[-1].id), slot, child, total)


def _grid(coordinates: Floats, on_map: npt.NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Coordinates of all products, as integers from 0 to `_SIDE`, with one scale for both axes.

    Args:
        coordinates: (n_products, 2).
        on_map: (n_products,), whether the coordinates are finite.

    Returns:
        Horizontal and vertical coordinates; 0 for products that are not on the map.
    """
    points = coordinates.reshape(-1, 2).astype(np.float64)
    if not on_map.any():
        return [0] * len(points), [0] * len(points)
    low = points[on_map].min(axis=0)
    extent = float(np.ptp(points[on_map], axis=0).max()) or 1.0
    grid: Integers = np.rint(np.where(on_map[:, None], points - low, 0) / extent * _SIDE).astype(
        np.int64
    )
    return grid[:, 0].tolist(), grid[:, 1].tolist()


def allocate(sizes: Integers, limit: int) -> Integers:
    """Size of each group in a sample, in proportion to its size, by the largest remainder method.

    Args:
        sizes: (n_groups,), number of members of each group.
        limit: size of the sample.

    Returns:
        (n_groups,), at most sizes; the sum is limit, or the sum of sizes where that is less. Every
        group with members gets at least one, as far as the limit allows.
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
    """Sampled rows of each group, in random order.

    Because of the random order, the first n rows of a group are a fair sample of the group.

    Args:
        groups: (n_rows,), group of each row, from 0; rows with -1 are never drawn.
        ids: id of each row, which makes the sample independent of the order of the rows.
        limit: size of the sample.
        rng: random generator.
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
