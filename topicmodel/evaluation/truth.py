"""Figures that need the true category paths."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Assignments, Integers, Metric, TopicId
from topicmodel.evaluation.metrics import metric
from topicmodel.evaluation.partitions import (
    adjusted_mutual_information,
    adjusted_rand_index,
    encode,
    majority,
    purity,
    v_measure,
)

Path = tuple[str, ...]
"""The true category path of a product, main category first; () where none is known."""

_AGREEMENT: Mapping[str, Callable[[Integers, Integers], float | None]] = {
    "ami": adjusted_mutual_information,
    "ari": adjusted_rand_index,
    "v_measure": v_measure,
    "purity": purity,
}


class ConfidenceBin(NamedTuple):
    """Products of similar confidence."""

    confidence: float
    """Mean confidence of the products, 0 to 1."""
    accuracy: float
    """Share of products whose true category is the most frequent one in their category, 0 to 1."""
    n_products: int


@dataclass(frozen=True, slots=True)
class HierarchicalScores:
    """Hierarchical precision, recall and F; each 0 to 1, None where undefined."""

    precision: float | None
    recall: float | None
    f: float | None


@dataclass(frozen=True)
class _Grouping:
    """Codes of the products that have a true category on a level; arrays of (n_known,)."""

    true: Integers
    """Codes of the true categories, from 0."""
    found: Integers
    """Codes of the found categories, from 0; -1 where the product has no category."""
    core: npt.NDArray[np.bool_]
    """Whether the method of the product is `core`."""


def score_against_truth(assignments: Assignments, true_paths: Sequence[Path]) -> list[Metric]:
    """The figures that compare a tree with true category paths.

    The true category of a product is the first part of its path on level one, and the first two
    parts on level two. Products with a shorter path are left out on that level;
    `level1.products` and `level2.products` count the others. Each measure of agreement is given
    three times: `level1.ami` counts every product in the category that it was given, and products
    without a category as one class; `level1.ami_core` counts only `core` products;
    `level1.ami_outliers` puts all products that are not `core` into one class. A level-one
    category without subcategories counts as one category on level two.

    Args:
        assignments: the categories of n products.
        true_paths: n true category paths, in the order of assignments.product_ids; () where none is
            known.

    Returns:
        The same figures for any input; a value is None where it is undefined.

    Raises:
        ValueError: assignments and true_paths differ in length.
    """
    if len(true_paths) != len(assignments.product_ids):
        raise ValueError(
            f"Each product needs a true path: got {len(true_paths)} paths for "
            f"{len(assignments.product_ids)} products."
        )
    tree = hierarchical_scores(assignments.level1, assignments.level2, true_paths)
    return [
        *_score_level("level1", _group(assignments, true_paths, assignments.level1, depth=1)),
        *_score_confidence(assignments, true_paths),
        *_score_level("level2", _group(assignments, true_paths, _leaves(assignments), depth=2)),
        metric("tree.hierarchical_precision", tree.precision),
        metric("tree.hierarchical_recall", tree.recall),
        metric("tree.hierarchical_f", tree.f),
    ]


def hierarchical_scores(
    level1: Sequence[Hashable | None], level2: Sequence[Hashable | None], true_paths: Sequence[Path]
) -> HierarchicalScores:
    """Hierarchical precision, recall and F of two levels of categories.

    The measures of Kiritchenko, Matwin & Famili, "Functional annotation of genes using
    hierarchical text categorization" (2005), which Silla & Freitas, "A survey of hierarchical
    classification across different application domains" (2011), recommend: summed over all
    products, the number of nodes that are both claimed and true is divided by the number of
    claimed nodes (precision), and by the number of true nodes (recall). A found category stands
    for the most frequent true path of its products, cut at the level of the category. The nodes
    that are claimed for a product are the paths of its two categories with all their ancestors,
    so a category below the wrong parent lowers precision. Many tiny categories raise the scores,
    as they do with purity.

    Args:
        level1: level-one category of each of n products, None for none.
        level2: level-two category of each of n products, None for none.
        true_paths: n true category paths, of which two parts are used; products without a path are
            left out.

    >>> hierarchical_scores(["a", "a"], ["b", "c"], [("Toys", "Dolls"), ("Toys", "Cars")]).f
    1.0
    >>> hierarchical_scores(["a", "a"], [None, None], [("Toys", "Dolls"), ("Toys", "Cars")]).recall
    0.5
    """
    # Products that are equal in all three values are counted together, which is fast for millions.
    rows = zip(level1, level2, true_paths, strict=True)
    counts = Counter((top, low, path[:2]) for top, low, path in rows if path)
    top_paths = _majority_paths((top, path[:1], n) for (top, _, path), n in counts.items())
    low_paths = _majority_paths((low, path, n) for (_, low, path), n in counts.items())
    overlap = claimed = true = 0
    for (top, low, path), n in counts.items():
        claims = _ancestry(top_paths.get(top, ())) | _ancestry(low_paths.get(low, ()))
        truth = _ancestry(path)
        overlap += n * len(claims & truth)
        claimed += n * len(claims)
        true += n * len(truth)
    return HierarchicalScores(
        precision=_ratio(overlap, claimed),
        recall=_ratio(overlap, true),
        f=_ratio(2 * overlap, claimed + true),
    )


def accuracy_by_confidence(
    assignments: Assignments, true_paths: Sequence[Path], bins: int = 10
) -> list[ConfidenceBin]:
    """How often products of similar confidence are in the right category.

    A product is in the right category when its true main category (the first part of its path) is
    the most frequent one in its level-one category. Products without a category or without a true
    path are left out.

    Args:
        assignments: the categories of n products.
        true_paths: n true category paths, in the order of assignments.product_ids.
        bins: number of groups of equal size that the products are divided into, by confidence.

    Returns:
        The groups by increasing confidence; fewer than `bins` where many products have the same
        confidence.
    """
    true, found = _truth(true_paths, depth=1), encode(assignments.level1)
    used = (true >= 0) & (found >= 0)
    if not used.any():
        return []
    right = (majority(true, found)[found] == true)[used]
    confidence = np.asarray(assignments.confidence, dtype=np.float64)[used]
    bin_of_product = _quantile_bins(confidence, bins)
    counts = np.bincount(bin_of_product)
    means = np.bincount(bin_of_product, confidence) / counts
    accuracies = np.bincount(bin_of_product, right) / counts
    return [
        ConfidenceBin(float(mean), float(accuracy), int(count))
        for mean, accuracy, count in zip(means, accuracies, counts, strict=True)
    ]


def _score_confidence(assignments: Assignments, true_paths: Sequence[Path]) -> list[Metric]:
    tenths = accuracy_by_confidence(assignments, true_paths)
    differ = len(tenths) > 1
    return [
        metric("level1.accuracy_least_sure", tenths[0].accuracy if differ else None),
        metric("level1.accuracy_most_sure", tenths[-1].accuracy if differ else None),
    ]


def _score_level(level: str, products: _Grouping) -> list[Metric]:
    true, found, core = products.true, products.found, products.core
    ways = {
        "": (true, found),
        "_core": (true[core], found[core]),
        "_outliers": (true, np.where(core, found, -1)),
    }
    placed = found >= 0
    return [
        metric(f"{level}.products", len(true)),
        metric(f"{level}.true_categories", len(np.unique(true))),
        metric(f"{level}.found_categories", len(np.unique(found[placed]))),
        metric(f"{level}.coverage", _ratio(int(np.count_nonzero(placed)), len(placed))),
        *(
            metric(f"{level}.{name}{way}", agreement(*groups))
            for way, groups in ways.items()
            for name, agreement in _AGREEMENT.items()
        ),
    ]


def _group(
    assignments: Assignments,
    true_paths: Sequence[Path],
    found: Sequence[TopicId | None],
    depth: int,
) -> _Grouping:
    true = _truth(true_paths, depth)
    known = true >= 0
    codes = encode(found)
    core = np.fromiter((method == "core" for method in assignments.methods), np.bool_, len(codes))
    # A product that is core on level one can still have no category on level two.
    return _Grouping(true=true[known], found=codes[known], core=(core & (codes >= 0))[known])


def _leaves(assignments: Assignments) -> list[TopicId | None]:
    """Level-two category of each product; the level-one category where it has no subcategories."""
    pairs = list(zip(assignments.level1, assignments.level2, strict=True))
    parents = {top for top, low in pairs if low is not None}
    return [top if low is None and top not in parents else low for top, low in pairs]


def _truth(true_paths: Sequence[Path], depth: int) -> Integers:
    """(n_products,), codes of the true categories on a level; -1 where the path is shorter."""
    return encode([path[:depth] if len(path) >= depth else None for path in true_paths])


def _majority_paths(votes: Iterable[tuple[Hashable | None, Path, int]]) -> dict[Hashable, Path]:
    tally: defaultdict[Hashable, Counter[Path]] = defaultdict(Counter)
    for category, path, n in votes:
        if category is not None:
            tally[category][path] += n
    return {
        category: min(paths, key=lambda path: (-paths[path], path))
        for category, paths in tally.items()
    }


def _ancestry(path: Path) -> set[Path]:
    return {path[:depth] for depth in range(1, len(path) + 1)}


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _quantile_bins(values: npt.NDArray[np.float64], bins: int) -> Integers:
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    bin_of_value = np.searchsorted(edges, values, side="right")
    return np.unique(bin_of_value, return_inverse=True)[1].astype(np.int64)
