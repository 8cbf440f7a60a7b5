"""The similarity of categories, by the cosine of their centroids, as a hint what to merge or move.

There are three views: subcategories that are nearer to another main category than to their own,
a heat map of the main categories, and the order in which the finest categories would merge.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Run, Topic
from topicmodel.reporting.formatting import anchor
from topicmodel.reporting.neighbours import directions_of
from topicmodel.reporting.points import category_name

MAX_ROWS = 30
"""Most main categories in the heat map."""
MAX_LEAVES = 60
"""Most categories in the merge tree."""
MAX_STRAYS = 8
MAX_PAIRS = 5

_MIN_GAP = 0.01
"""Two similarities with a smaller difference can look equal when two decimals are shown."""
_TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)

_Matrix: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CategoryRef:
    """Name, link, colour and size of a category."""

    name: str
    anchor: str
    """Link target of the category in the report."""
    slot: int
    """Index of its level-one category, from 0, which decides colour and marker."""
    size: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A subcategory that is nearer to another main category than to its own."""

    category: CategoryRef
    parent: CategoryRef
    nearer: CategoryRef
    to_parent: float
    """Similarity to its own main category, -1 to 1."""
    to_nearer: float
    """Similarity to the nearer main category, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two main categories and their similarity, -1 to 1."""

    one: CategoryRef
    other: CategoryRef
    similarity: float


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A main category with its similarity to all main categories, including itself."""

    category: CategoryRef
    similarities: tuple[float, ...]
    """Similarities, -1 to 1, in the order of the rows."""
    nearest: Pair
    """The pair with the most similar main category."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many categories are not shown, by reason."""

    smaller: int
    """Categories that are smaller than those that are shown."""
    unknown: int
    """Categories without a centroid."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The similarities of the main categories; similar categories are next to each other."""

    rows: tuple[HeatRow, ...]
    pairs: tuple[Pair, ...]
    """The pairs with the highest similarity, highest first."""
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class Branch:
    """A category, or several merged categories."""

    largest: CategoryRef
    """The largest category of the branch, which gives it its name."""
    more: int
    """Number of further categories in the branch."""
    slot: int
    """Index of the level-one category that contains all of them; -1 where there is none."""
    distance: float
    """Distance at which the branch was merged, 0 to 2; 0 for a single category."""
    row: float
    """Vertical position in the picture, in rows from the top."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two branches that become one."""

    one: Branch
    other: Branch
    whole: Branch
    """The merged branch."""


@dataclass(frozen=True, slots=True)
class MergeTree:
    """The order in which the finest categories would merge, the most similar ones first."""

    leaves: tuple[CategoryRef, ...]
    """The categories from top to bottom."""
    parents: tuple[CategoryRef, ...]
    """The main categories of the leaves, largest first."""
    merges: tuple[Merge, ...]
    """The merges by increasing distance."""
    ticks: tuple[float, ...]
    """Distances that the axis shows, from 0."""
    left_out: LeftOut

    def across(self, distance: float) -> float:
        """Horizontal position of a distance in per cent: 0 at the left edge, 100 at the leaves."""
        return 100 * (1 - distance / self.ticks[-1])


@dataclass(frozen=True, slots=True)
class Similarity:
    """What the report shows about the similarity of categories."""

    strays: tuple[Stray, ...]
    """Those that are nearest to another main category, compared with their own, come first."""
    n_strays: int
    """Number of all such subcategories, including those that are not shown."""
    heat_map: HeatMap | None
    """None for fewer than two main categories."""
    merge_tree: MergeTree | None
    """None for fewer than two categories without children."""


def similarity(run: Run) -> Similarity | None:
    """The similarity of the categories of a run; None where there are fewer than two to compare.

    Similarity is the cosine of two centroids, and distance is 1 minus similarity. The merge tree is
    scipy's average linkage with the leaves in optimal order (Bar-Joseph et al. 2001).
    """
    topics, level1 = run.taxonomy.topics, run.taxonomy.level1
    parents = {topic.parent for topic in topics}
    leaves = [topic for topic in topics if topic.id not in parents]
    heat_map = _heat_map(_compare(run, level1, MAX_ROWS))
    merge_tree = _merge_tree(_compare(run, leaves, MAX_LEAVES), _refs(run, level1))
    if heat_map is None and merge_tree is None:
        return None
    level2 = [topic for topic in topics if topic.level == 2]
    strays = _strays(_compare(run, level2), _compare(run, level1))
    return Similarity(strays[:MAX_STRAYS], len(strays), heat_map, merge_tree)


@dataclass(frozen=True, slots=True)
class _Compared:
    """The categories with a centroid, largest first, and how many were left out."""

    shown: list[CategoryRef]
    directions: _Matrix
    """(n_shown, n_dims), their centroids at unit length."""
    left_out: LeftOut


def _compare(run: Run, topics: Sequence[Topic], limit: int | None = None) -> _Compared:
    known, directions = directions_of(run, topics)
    largest = sorted(range(len(known)), key=lambda index: -known[index].size)[:limit]
    left_out = LeftOut(len(known) - len(largest), len(topics) - len(known))
    shown = [known[index] for index in largest]
    return _Compared(_refs(run, shown), directions[largest], left_out)


def _refs(run: Run, topics: Iterable[Topic]) -> list[CategoryRef]:
    slots = {topic.id: slot for slot, topic in enumerate(run.taxonomy.level1)}
    return [
        CategoryRef(
            category_name(topic), anchor(topic.id), slots[topic.parent or topic.id], topic.size
        )
        for topic in topics
    ]


def _strays(children: _Compared, parents: _Compared) -> tuple[Stray, ...]:
    if not (children.shown and parents.shown):
        return ()
    row_of = {parent.slot: row for row, parent in enumerate(parents.shown)}
    strays = []
    cosines = (children.directions @ parents.directions.T).tolist()
    for child, similarities in zip(children.shown, cosines, strict=True):
        parent, nearest = row_of.get(child.slot), int(np.argmax(similarities))
        if parent is not None and similarities[nearest] - similarities[parent] >= _MIN_GAP:
            categories = child, parents.shown[parent], parents.shown[nearest]
            strays.append(Stray(*categories, similarities[parent], similarities[nearest]))
    return tuple(sorted(strays, key=lambda stray: stray.to_parent - stray.to_nearer))


def _link(directions: _Matrix) -> tuple[_Matrix, list[int], _Matrix]:
    """Merge categories by average linkage.

    Args:
        directions: (n, n_dims), unit length.

    Returns:
        scipy's linkage matrix, (n - 1, 4); the order of the leaves; the cosine distances, (n, n).
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import pdist, squareform

    # Rounding removes numerical noise, so that equal distances are equal on every machine.
    distances = np.clip(np.round(pdist(directions, "cosine"), 6), 0, 2)
    merges = linkage(distances, "average", optimal_ordering=True)
    return merges, leaves_list(merges).tolist(), squareform(distances)


def _heat_map(compared: _Compared) -> HeatMap | None:
    if len(compared.shown) < 2:
        return None
    _, order, distances = _link(compared.directions)
    shown = [compared.shown[row] for row in order]
    similarities = (1 - distances[np.ix_(order, order)]).tolist()
    pairs = _pairs(shown, similarities)
    rows = tuple(
        HeatRow(one, tuple(values), next(pair for pair in pairs if one in (pair.one, pair.other)))
        for one, values in zip(shown, similarities, strict=True)
    )
    return HeatMap(rows, tuple(pairs[:MAX_PAIRS]), compared.left_out)


def _pairs(shown: Sequence[CategoryRef], similarities: Sequence[Sequence[float]]) -> list[Pair]:
    """All pairs, by decreasing similarity; in a pair, the larger category comes first."""
    pairs = [
        Pair(one, other, similarities[row][column])
        for (row, one), (column, other) in permutations(enumerate(shown), 2)
        if one.slot < other.slot
    ]
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.one.slot, pair.other.slot))


def _merge_tree(compared: _Compared, level1: Sequence[CategoryRef]) -> MergeTree | None:
    if len(compared.shown) < 2:
        return None
    merges, order, _ = _link(compared.directions)
    branches = [
        Branch(leaf, 0, leaf.slot, 0.0, order.index(row) + 0.5)
        for row, leaf in enumerate(compared.shown)
    ]
    steps = []
    for left, right, distance, _ in merges.tolist():
        one, other = branches[int(left)], branches[int(right)]
        branches.append(_joined(one, other, distance))
        steps.append(Merge(one, other, branches[-1]))
    return MergeTree(
        leaves=tuple(compared.shown[row] for row in order),
        parents=tuple(level1[slot] for slot in sorted({leaf.slot for leaf in compared.shown})),
        merges=tuple(steps),
        ticks=_ticks(branches[-1].distance),
        left_out=compared.left_out,
    )


def _joined(one: Branch, other: Branch, distance: float) -> Branch:
    return Branch(
        largest=max(one.largest, other.largest, key=lambda leaf: leaf.size),
        more=one.more + other.more + 1,
        slot=one.slot if one.slot == other.slot else -1,
        distance=distance,
        row=(one.row + other.row) / 2,
    )


def _ticks(farthest: float) -> tuple[float, ...]:
    """Three to five round distances, from 0 to at least the farthest one, which is at most 2."""
    step = next(step for step in _TICK_STEPS if farthest <= 4 * step)
    count = max(2, math.ceil(farthest / step))
    return tuple(round(step * tick, 2) for tick in range(count + 1))
