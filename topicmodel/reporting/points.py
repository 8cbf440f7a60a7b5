"""The products that the page lists, finds and draws: all of them, or a fair sample."""

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
"""Length of the map's longer side: its coordinates are whole numbers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the tree a product may be."""

    names: tuple[str, ...]
    """Of its categories, the highest first."""
    anchor: str
    """Of the lowest of them."""
    slot: int
    """Place of its level-one category, -1 for none."""
    child: int
    """Place of its level-two category among its siblings, -1 for none."""
    total: int
    """All products there that have a place on the map."""


@dataclass(frozen=True, slots=True)
class ProductMap:
    """Products, each at its place on the map. Any beginning of them is a fair sample of all."""

    titles: tuple[str, ...]
    ids: tuple[str, ...]
    """As the dump has them; "" for those that are too long to repeat."""
    x: tuple[int | None, ...]
    """None for a product without text."""
    y: tuple[int | None, ...]
    place_of_product: tuple[int, ...]
    places: tuple[Place, ...]
    total: int
    """All products, whether here or not."""
    total_drawn: int
    """All products that have a place on the map, whether here or not."""

    @property
    def shown(self) -> int:
        """Products that are here."""
        return len(self.titles)

    @property
    def drawn(self) -> int:
        """Those of them that have a place on the map."""
        return sum(value is not None for value in self.x)


def category_name(topic: Topic) -> str:
    """The name as it is shown, never empty."""
    return displayed(topic.name, 80) or "(no name)"


def placed(run: Run) -> npt.NDArray[np.bool_]:
    """(n_products,), whether the product has a place on the map."""
    points = run.coordinates.reshape(-1, 2)
    return np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])


def product_map(run: Run, max_points: int) -> ProductMap:
    """At most so many products, in which every level-one category keeps its share."""
    rows, has_place = _sample(run, max_points), placed(run)
    places, place_of = _places(run, has_place)
    x, y = _grid(run.coordinates, has_place)
    ids, levels = run.assignments.product_ids, (run.assignments.level1, run.assignments.level2)
    return ProductMap(
        titles=tuple(displayed(run.products.titles[row], MAP_TITLE_LIMIT) for row in rows),
        ids=tuple(exact(ids[row]) for row in rows),
        x=tuple(x[row] if has_place[row] else None for row in rows),
        y=tuple(y[row] if has_place[row] else None for row in rows),
        place_of_product=tuple(place_of[levels[0][row], levels[1][row]] for row in rows),
        places=places,
        total=len(ids),
        total_drawn=int(has_place.sum()),
    )


def _sample(run: Run, limit: int) -> list[int]:
    """Rows of the products that are shown."""
    slots = {topic.id: slot for slot, topic in enumerate(run.taxonomy.level1)}
    groups = [
        slots.get(topic, len(slots)) if topic else len(slots) for topic in run.assignments.level1
    ]
    rng = np.random.default_rng(abs(run.manifest.seed or 0))
    sample = fair_sample(np.array(groups, dtype=np.int64), run.assignments.product_ids, limit, rng)
    if not sample:
        return []
    # Each group is in random order, so that all groups dealt out evenly are so from the start.
    ranks = np.concatenate([(np.arange(len(rows)) + 0.5) / max(len(rows), 1) for rows in sample])
    rows = np.concatenate(sample)[np.argsort(ranks, kind="stable")]
    dealt: list[int] = rows.tolist()
    return dealt


_Pair = tuple[TopicId | None, TopicId | None]


def _places(
    run: Run, has_place: npt.NDArray[np.bool_]
) -> tuple[tuple[Place, ...], Mapping[_Pair, int]]:
    """All places that products are in, and which of them each pair of categories is."""
    pairs = list(zip(run.assignments.level1, run.assignments.level2, strict=True))
    totals = Counter(dict.fromkeys(pairs, 0))
    totals.update(
        pair for pair, is_drawn in zip(pairs, has_place.tolist(), strict=True) if is_drawn
    )
    found = tuple(_place(run, *pair, total) for pair, total in totals.items())
    return found, {pair: number for number, pair in enumerate(totals)}


def _place(run: Run, first: TopicId | None, second: TopicId | None, total: int) -> Place:
    top = run.taxonomy.level1
    slot = next((slot for slot, topic in enumerate(top) if topic.id == first), -1)
    if slot < 0:
        return Place((UNSORTED,), "unsorted", -1, -1, total)
    siblings = run.taxonomy.children(top[slot].id)
    child = next((place for place, topic in enumerate(siblings) if topic.id == second), -1)
    path = [top[slot], *siblings[max(child, 0) : child + 1]]
    return Place(tuple(map(category_name, path)), anchor(path[-1].id), slot, child, total)


def _grid(coordinates: Floats, has_place: npt.NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Both coordinates of every product on a grid of whole numbers, the same scale on both."""
    points = coordinates.reshape(-1, 2).astype(np.float64)
    if not has_place.any():
        return [0] * len(points), [0] * len(points)
    low = points[has_place].min(axis=0)
    extent = float(np.ptp(points[has_place], axis=0).max()) or 1.0
    grid: Integers = np.rint(np.where(has_place[:, None], points - low, 0) / extent * _SIDE).astype(
        np.int64
    )
    return grid[:, 0].tolist(), grid[:, 1].tolist()


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
