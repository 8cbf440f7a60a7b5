"""How alike the categories are, by the centroids of their texts, and what a shop can do about it.

Three looks at one thing: subcategories that read more like another main category than like their
own, the main categories side by side, and the order in which the finest categories would merge.
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

MOST_ROWS = 30
"""Main categories that are shown side by side."""
MOST_LEAVES = 60
"""Categories whose merging is drawn."""
MOST_STRAYS = 8
MOST_PAIRS = 5

_LEAST_GAP = 0.01
"""Below it, two similarities of two decimals each may read the same."""
_TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)

_Matrix: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mention:
    """A category, as far as it is named here."""

    name: str
    anchor: str
    """Name of its place in the report, safe in a link."""
    slot: int
    """Place of its level-one category, from 0; decides colour and marker."""
    size: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A subcategory that is nearer to another main category than to its own."""

    category: Mention
    parent: Mention
    nearer: Mention
    to_parent: float
    """Similarity to its own main category, -1 to 1."""
    to_nearer: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two main categories and their similarity, -1 to 1."""

    one: Mention
    other: Mention
    similarity: float


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A main category with its similarity to each of them, itself included."""

    category: Mention
    similarities: tuple[float, ...]
    """-1 to 1, in the order of the rows."""
    nearest: Pair
    """With the one most like it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Categories that are not shown."""

    smaller: int
    """Because they are smaller than those that are."""
    unknown: int
    """Because they have no centroid."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The main categories side by side, those that are alike next to each other."""

    rows: tuple[HeatRow, ...]
    pairs: tuple[Pair, ...]
    """The most alike first."""
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class Branch:
    """A category, or several that have merged."""

    largest: Mention
    """The largest of them, which the branch is named after."""
    more: int
    """How many there are beside it."""
    slot: int
    """Of the level-one category that all of them are in, or -1."""
    distance: float
    """At which it came to be; 0 for a single category."""
    place: float
    """From the top of the picture, in rows."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two branches that become one."""

    one: Branch
    other: Branch
    whole: Branch


@dataclass(frozen=True, slots=True)
class MergeTree:
    """The merging of the finest categories, the most alike first."""

    leaves: tuple[Mention, ...]
    """From top to bottom."""
    parents: tuple[Mention, ...]
    """The main categories that they are in, largest first."""
    merges: tuple[Merge, ...]
    """By rising distance."""
    ticks: tuple[float, ...]
    """Distances that the axis names, from 0."""
    left_out: LeftOut

    def across(self, distance: float) -> float:
        """Place of a distance in the picture: 0 the far end on the left, 100 the leaves."""
        return 100 * (1 - distance / self.ticks[-1])


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike the categories are."""

    strays: tuple[Stray, ...]
    """Those that lean most to another main category first."""
    n_strays: int
    """How many there are, whether shown or not."""
    heat_map: HeatMap | None
    """None for fewer than two main categories."""
    merge_tree: MergeTree | None
    """None for fewer than two categories at the end of the tree."""


def similarity(run: Run) -> Similarity | None:
    """How alike the categories of a run are; None where there are no two to compare.

    Similarity is the cosine of two centroids, distance is 1 less that. The picture of the merging
    is average linkage with its leaves in optimal order (Bar-Joseph et al. 2001), from scipy.
    """
    topics, level1 = run.taxonomy.topics, run.taxonomy.level1
    divided = {topic.parent for topic in topics}
    leaves = [topic for topic in topics if topic.id not in divided]
    heat_map = _heat_map(_compare(run, level1, MOST_ROWS))
    merge_tree = _merge_tree(_compare(run, leaves, MOST_LEAVES), _mentions(run, level1))
    if heat_map is None and merge_tree is None:
        return None
    below = [topic for topic in topics if topic.level == 2]
    strays = _strays(_compare(run, below), _compare(run, level1))
    return Similarity(strays[:MOST_STRAYS], len(strays), heat_map, merge_tree)


@dataclass(frozen=True, slots=True)
class _Compared:
    """Categories that have a centroid, largest first, and what was left out of them."""

    shown: list[Mention]
    directions: _Matrix
    """(n_shown, n_dims), unit length."""
    left_out: LeftOut


def _compare(run: Run, topics: Sequence[Topic], limit: int | None = None) -> _Compared:
    known, directions = directions_of(run, topics)
    largest = sorted(range(len(known)), key=lambda place: -known[place].size)[:limit]
    left_out = LeftOut(len(known) - len(largest), len(topics) - len(known))
    shown = [known[place] for place in largest]
    return _Compared(_mentions(run, shown), directions[largest], left_out)


def _mentions(run: Run, topics: Iterable[Topic]) -> list[Mention]:
    slots = {topic.id: slot for slot, topic in enumerate(run.taxonomy.level1)}
    return [
        Mention(category_name(topic), anchor(topic.id), slots[topic.parent or topic.id], topic.size)
        for topic in topics
    ]


def _strays(children: _Compared, parents: _Compared) -> tuple[Stray, ...]:
    if not (children.shown and parents.shown):
        return ()
    row_of = {parent.slot: row for row, parent in enumerate(parents.shown)}
    found = []
    cosines = (children.directions @ parents.directions.T).tolist()
    for child, likeness in zip(children.shown, cosines, strict=True):
        own, nearest = row_of.get(child.slot), int(np.argmax(likeness))
        if own is not None and likeness[nearest] - likeness[own] >= _LEAST_GAP:
            named = child, parents.shown[own], parents.shown[nearest]
            found.append(Stray(*named, likeness[own], likeness[nearest]))
    return tuple(sorted(found, key=lambda stray: stray.to_parent - stray.to_nearer))


def _link(directions: _Matrix) -> tuple[_Matrix, list[int], _Matrix]:
    """Merges as scipy writes them, the order of the leaves, and the distances (n, n)."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import pdist, squareform

    # The last digits are noise of the arithmetic; without them, what is equal ties everywhere.
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
    return HeatMap(rows, tuple(pairs[:MOST_PAIRS]), compared.left_out)


def _pairs(shown: Sequence[Mention], similarities: Sequence[Sequence[float]]) -> list[Pair]:
    """All pairs, the most alike first; the larger category of each first."""
    pairs = [
        Pair(one, other, similarities[row][column])
        for (row, one), (column, other) in permutations(enumerate(shown), 2)
        if one.slot < other.slot
    ]
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.one.slot, pair.other.slot))


def _merge_tree(compared: _Compared, level1: Sequence[Mention]) -> MergeTree | None:
    if len(compared.shown) < 2:
        return None
    merges, order, _ = _link(compared.directions)
    branches = [
        Branch(leaf, 0, leaf.slot, 0.0, order.index(row) + 0.5)
        for row, leaf in enumerate(compared.shown)
    ]
    found = []
    for left, right, distance, _ in merges.tolist():
        one, other = branches[int(left)], branches[int(right)]
        branches.append(_joined(one, other, distance))
        found.append(Merge(one, other, branches[-1]))
    return MergeTree(
        leaves=tuple(compared.shown[row] for row in order),
        parents=tuple(level1[slot] for slot in sorted({leaf.slot for leaf in compared.shown})),
        merges=tuple(found),
        ticks=_ticks(branches[-1].distance),
        left_out=compared.left_out,
    )


def _joined(one: Branch, other: Branch, distance: float) -> Branch:
    return Branch(
        largest=max(one.largest, other.largest, key=lambda leaf: leaf.size),
        more=one.more + other.more + 1,
        slot=one.slot if one.slot == other.slot else -1,
        distance=distance,
        place=(one.place + other.place) / 2,
    )


def _ticks(farthest: float) -> tuple[float, ...]:
    """Three to five round distances, from 0 to at least the farthest, which is 2 at most."""
    step = next(step for step in _TICK_STEPS if farthest <= 4 * step)
    count = max(2, math.ceil(farthest / step))
    return tuple(round(step * tick, 2) for tick in range(count + 1))
