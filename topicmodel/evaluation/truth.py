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
"""A true category path, top first; () where none is known."""

_AGREEMENT: Mapping[str, Callable[[Integers, Integers], float | None]] = {
    "ami": adjusted_mutual_information,
    "ari": adjusted_rand_index,
    "v_measure": v_measure,
    "purity": purity,
}


class ConfidenceBin(NamedTuple):
    """Products of like confidence."""

    confidence: float
    """Their mean confidence, 0 to 1."""
    accuracy: float
    """Share of them whose category is mostly of their own true category, 0 to 1."""
    n_products: int


@dataclass(frozen=True, slots=True)
class HierarchicalScores:
    """Precision, recall and F over sets of ancestors; each 0 to 1, None where undefined."""

    precision: float | None
    recall: float | None
    f: float | None


@dataclass(frozen=True)
class _Grouping:
    """The products whose true path reaches a level; arrays of one length."""

    true: Integers
    found: Integers
    """-1 where the product has no category."""
    core: npt.NDArray[np.bool_]


def score_against_truth(assignments: Assignments, labels: Sequence[Path]) -> list[Metric]:
    """The figures that compare a tree with true category paths.

    On level one a product's truth is the first part of its path, on level two the first two;
    products with a shorter path are left out there, and `level1.products` and `level2.products`
    tell how many remain. Agreement comes three ways: `level1.ami` takes every product as it was
    delivered, those without a category as one class; `level1.ami_core` takes `core` products only;
    `level1.ami_outliers` puts all that are not `core` into one class. A level-one category in
    which no product has a level-two category counts on level two as it is.

    Args:
        assignments: of n products.
        labels: n true paths in the order of assignments.product_ids; () where none is known.

    Returns:
        The same figures for any input; a value is None where the products leave it undefined.

    Raises:
        ValueError: assignments and labels differ in length.
    """
    if len(labels) != len(assignments.product_ids):
        raise ValueError(
            f"One label a product is needed: got {len(labels)} labels for "
            f"{len(assignments.product_ids)} products."
        )
    tree = hierarchical_scores(assignments.level1, assignments.level2, labels)
    return [
        *_score_level("level1", _group(assignments, labels, assignments.level1, depth=1)),
        *_score_confidence(assignments, labels),
        *_score_level("level2", _group(assignments, labels, _leaves(assignments), depth=2)),
        metric("tree.hierarchical_precision", tree.precision),
        metric("tree.hierarchical_recall", tree.recall),
        metric("tree.hierarchical_f", tree.f),
    ]


def hierarchical_scores(
    level1: Sequence[Hashable | None], level2: Sequence[Hashable | None], labels: Sequence[Path]
) -> HierarchicalScores:
    """Hierarchical precision, recall and F of two levels of categories.

    The measures of Kiritchenko, Matwin & Famili, "Functional annotation of genes using
    hierarchical text categorization" (2005), which Silla & Freitas, "A survey of hierarchical
    classification across different application domains" (2011), recommend: over all products, the
    overlap of claimed and true nodes is divided by the number of claimed nodes, and of true nodes.
    As found categories carry no true name, each stands for the most frequent true path of its
    products, cut at its own level; a product is claimed for the paths of its two categories and
    all their ancestors. So a category below the wrong parent costs precision. Many tiny
    categories raise the scores, as they do with purity.

    Args:
        level1: n level-one categories, None where there is none.
        level2: n level-two categories, None where there is none.
        labels: n true paths, of which two parts are used; products without one are left out.

    >>> hierarchical_scores(["a", "a"], ["b", "c"], [("Toys", "Dolls"), ("Toys", "Cars")]).f
    1.0
    >>> hierarchical_scores(["a", "a"], [None, None], [("Toys", "Dolls"), ("Toys", "Cars")]).recall
    0.5
    """
    # Products alike in all three are counted once, so the rest is small for millions of them.
    rows = zip(level1, level2, labels, strict=True)
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
    assignments: Assignments, labels: Sequence[Path], bins: int = 10
) -> list[ConfidenceBin]:
    """How often products of like confidence are in a category of their own kind.

    A product is right when the most frequent true label of its level-one category, the first part
    of the path, is its own. Products without a category or a label are left out.

    Args:
        assignments: of n products.
        labels: n true paths in the order of assignments.product_ids.
        bins: groups of equal size to cut the products into, by confidence.

    Returns:
        By rising confidence; fewer than bins where equal confidences cannot be told apart.
    """
    true, found = _truth(labels, depth=1), encode(assignments.level1)
    used = (true >= 0) & (found >= 0)
    if not used.any():
        return []
    right = (majority(true, found)[found] == true)[used]
    confidence = np.asarray(assignments.confidence, dtype=np.float64)[used]
    place = _quantile_bins(confidence, bins)
    counts = np.bincount(place)
    means = np.bincount(place, confidence) / counts
    accuracies = np.bincount(place, right) / counts
    return [
        ConfidenceBin(float(mean), float(accuracy), int(count))
        for mean, accuracy, count in zip(means, accuracies, counts, strict=True)
    ]


def _score_confidence(assignments: Assignments, labels: Sequence[Path]) -> list[Metric]:
    tenths = accuracy_by_confidence(assignments, labels)
    told_apart = len(tenths) > 1
    return [
        metric("level1.accuracy_least_sure", tenths[0].accuracy if told_apart else None),
        metric("level1.accuracy_most_sure", tenths[-1].accuracy if told_apart else None),
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
    assignments: Assignments, labels: Sequence[Path], found: Sequence[TopicId | None], depth: int
) -> _Grouping:
    true = _truth(labels, depth)
    known = true >= 0
    codes = encode(found)
    core = np.fromiter((method == "core" for method in assignments.methods), np.bool_, len(codes))
    # A core product of level one may still be without a category on level two.
    return _Grouping(true=true[known], found=codes[known], core=(core & (codes >= 0))[known])


def _leaves(assignments: Assignments) -> list[TopicId | None]:
    pairs = list(zip(assignments.level1, assignments.level2, strict=True))
    parents = {top for top, low in pairs if low is not None}
    return [top if low is None and top not in parents else low for top, low in pairs]


def _truth(labels: Sequence[Path], depth: int) -> Integers:
    return encode([path[:depth] if len(path) >= depth else None for path in labels])


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
    place = np.searchsorted(edges, values, side="right")
    return np.unique(place, return_inverse=True)[1].astype(np.int64)
