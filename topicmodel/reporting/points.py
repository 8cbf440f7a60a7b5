"""The map of products: a fair sample of them, each with its place, title and categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Floats, Integers, Run, Topic, TopicId
from topicmodel.reporting import facts
from topicmodel.reporting.sample import allocate, fair_sample
from topicmodel.reporting.text import displayed

UNSORTED = "Not placed"
_FALLBACK_POINTS = 3_000
"""Points that a browser without WebGL can draw as SVG without stumbling."""


@dataclass(frozen=True, slots=True)
class MapGroup:
    """The products of one level-one category that the map shows, in random order."""

    name: str
    slot: int
    """Place of the category, -1 for products that are in none."""
    titles: tuple[str, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    paths: tuple[str, ...]
    """Names of the categories that occur, as `Electronics > Cameras`."""
    path_of_point: tuple[int, ...]
    total: int
    """Products of the category that have a place on the map, whether shown or not."""
    fallback: int
    """How many of them are shown where only few can be drawn."""


@dataclass(frozen=True, slots=True)
class ProductMap:
    """A fair sample of the products, each at its place on the map."""

    groups: tuple[MapGroup, ...]
    shown: int
    total: int
    """Products that have a place on the map."""


def category_name(topic: Topic) -> str:
    """The name as it is shown, never empty."""
    return displayed(topic.name, 80) or "(no name)"


def placed(run: Run) -> npt.NDArray[np.bool_]:
    """(n_products,), whether the product has a place on the map."""
    points = run.coordinates.reshape(-1, 2)
    return np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])


def product_map(run: Run, max_points: int) -> ProductMap:
    """A sample that keeps every level-one category's share; unsorted products are a group too."""
    group_of_row = _group_of_row(run)
    rng = np.random.default_rng(abs(int(facts.number(run.manifest, "seed") or 0)))
    sample = fair_sample(group_of_row, run.assignments.product_ids, max_points, rng)
    totals = np.bincount(group_of_row[group_of_row >= 0]).tolist()
    fallback = allocate(np.array([len(rows) for rows in sample], np.int64), _FALLBACK_POINTS)
    drawn = enumerate(zip(sample, totals, fallback.tolist(), strict=True))
    return ProductMap(
        groups=tuple(_map_group(run, slot, *group) for slot, group in drawn if len(group[0])),
        shown=sum(map(len, sample)),
        total=sum(totals),
    )


def _group_of_row(run: Run) -> Integers:
    """(n_products,), slot of the level-one category, one more for none, -1 for no place."""
    slots = {topic.id: slot for slot, topic in enumerate(run.taxonomy.level1)}
    groups = [
        slots.get(topic, len(slots)) if topic else len(slots) for topic in run.assignments.level1
    ]
    return np.where(placed(run), np.array(groups, dtype=np.int64), -1)


def _map_group(run: Run, slot: int, rows: Integers, total: int, fallback: int) -> MapGroup:
    top = run.taxonomy.level1
    names = {topic.id: category_name(topic) for topic in run.taxonomy.topics}
    paths = [_path(run, names, row) for row in rows.tolist()]
    distinct = {path: place for place, path in enumerate(dict.fromkeys(paths))}
    return MapGroup(
        name=category_name(top[slot]) if slot < len(top) else UNSORTED,
        slot=slot if slot < len(top) else -1,
        titles=tuple(run.titles[row] for row in rows.tolist()),
        x=_rounded(run.coordinates[rows, 0]),
        y=_rounded(run.coordinates[rows, 1]),
        paths=tuple(distinct),
        path_of_point=tuple(distinct[path] for path in paths),
        total=total,
        fallback=fallback,
    )


def _path(run: Run, names: Mapping[TopicId, str], row: int) -> str:
    topics = (run.assignments.level1[row], run.assignments.level2[row])
    return " / ".join(names[topic] for topic in topics if topic and topic in names) or UNSORTED


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(value, 3) for value in values.tolist())
