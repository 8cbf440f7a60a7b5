"""Range, direction and meaning of every figure of the scorecard, written once."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from topicmodel.datatypes import Metric, TopicId


class _Figure(NamedTuple):
    low: float
    high: float
    higher_is_better: bool | None
    meaning: str


_AGREEMENT = {
    "ami": _Figure(
        -1.0,
        1.0,
        True,
        "Adjusted mutual information: how much the found {level} categories tell about the true "
        "ones and vice versa, where 0 is what chance gives and 1 is the same grouping",
    ),
    "ari": _Figure(
        -0.5,
        1.0,
        True,
        "Adjusted Rand index: how often the found {level} categories and the true ones agree on "
        "whether two products belong together, where 0 is what chance gives and 1 is the same "
        "grouping",
    ),
    "v_measure": _Figure(
        0.0,
        1.0,
        True,
        "V-measure: whether each found {level} category holds one true category and each true "
        "category lies in one found category, where 1 is the same grouping",
    ),
    "purity": _Figure(
        0.0,
        1.0,
        True,
        "Purity: share of products whose true category is the most frequent one in their found "
        "{level} category, which many small categories raise",
    ),
}

_WAYS = {
    "": "every product counts in the category that it was given, and products without a "
    "category count as one class",
    "_core": "only products that the clustering itself placed are counted",
    "_outliers": "products that the clustering itself did not place count as one class",
}

_PER_LEVEL = {
    "coverage": _Figure(
        0.0,
        1.0,
        True,
        "Share of products with a known true category that were given a {level} category.",
    ),
    "products": _Figure(
        0.0,
        inf,
        None,
        "Number of products with a true {level} category, on which the {level} figures are based.",
    ),
    "found_categories": _Figure(
        0.0,
        inf,
        None,
        "Number of different {level} categories that those products were given; best when close to "
        "the true number.",
    ),
    "true_categories": _Figure(
        0.0,
        inf,
        None,
        "Number of different true {level} categories of those products.",
    ),
    "npmi": _Figure(
        -1.0,
        1.0,
        True,
        "Coherence: how much more often the top ten keywords of a {level} category occur in the "
        "same texts than by chance, where 0 is chance and 1 is always together.",
    ),
    "diversity": _Figure(
        0.0,
        1.0,
        True,
        "Topic diversity: share of different words among the top ten keywords of all {level} "
        "categories, where 1 means that no two share a keyword.",
    ),
    "silhouette": _Figure(
        -1.0,
        1.0,
        True,
        "Silhouette: how much closer a text is to its own {level} category than to the nearest "
        "other one, where 0 is on the border between two.",
    ),
    "stability": _Figure(
        0.0,
        1.0,
        True,
        "Stability: how much of a {level} category is found again, on average, when the clustering "
        "is repeated on parts of the products.",
    ),
}

_CONFIDENCE = {
    f"level1.accuracy_{key}": _Figure(
        0.0,
        1.0,
        True,
        f"Share of products whose true category is the most frequent one in their category, among "
        f"the tenth of products with the {words} confidence.",
    )
    for key, words in (("least_sure", "lowest"), ("most_sure", "highest"))
}

_TOPIC_STABILITY = _Figure(
    0.0,
    1.0,
    True,
    "Stability: how much of this category is found again, on average, when the clustering is "
    "repeated on parts of the products; stable from about 0.75 on.",
)

_TREE = {
    "tree.hierarchical_precision": _Figure(
        0.0,
        1.0,
        True,
        "Of the true categories that the tree claims for its products, on both levels: the share "
        "that is correct.",
    ),
    "tree.hierarchical_recall": _Figure(
        0.0,
        1.0,
        True,
        "Of the true categories of the products, on both levels: the share that the tree claims "
        "for them.",
    ),
    "tree.hierarchical_f": _Figure(
        0.0,
        1.0,
        True,
        "Harmonic mean of hierarchical precision and recall: a product in the right top category "
        "but the wrong one below it counts in part.",
    ),
    "tree.level1_categories": _Figure(0.0, inf, None, "Number of level-one categories."),
    "tree.level2_categories": _Figure(0.0, inf, None, "Number of level-two categories."),
    "tree.largest_share": _Figure(
        0.0,
        1.0,
        False,
        "Share of all products in the largest level-one category; near 1 the tree sorts nothing.",
    ),
    "tree.unsorted_share": _Figure(
        0.0, 1.0, False, "Share of all products that were given no category."
    ),
    "tree.single_child_parents": _Figure(
        0.0,
        inf,
        False,
        "Level-one categories with only one category below them, which divides nothing; must be 0.",
    ),
}

_NAMES = {
    "names.uniqueness": _Figure(
        0.0, 1.0, True, "Share of different names among all category names."
    ),
    "names.head_noun": _Figure(
        0.0,
        1.0,
        True,
        "Share of a category's products whose text holds the main noun of its name, averaged over "
        "the categories.",
    ),
} | {
    f"names.level{number}_retrieval": _Figure(
        0.0,
        1.0,
        True,
        f"Share of level-{level} categories whose name lies nearest in meaning to the true name of "
        "most of its products, among all true names of that level.",
    )
    for number, level in ((1, "one"), (2, "two"))
}


def metric(name: str, value: float | None) -> Metric:
    """A figure with its range, direction and meaning.

    Args:
        name: a key of the catalogue, such as `level1.ami_core` or `tree.unsorted_share`.
        value: the value of the figure, None where it cannot be computed.

    Raises:
        KeyError: the catalogue has no such figure.
    """
    figure = _CATALOGUE[name]
    return Metric(name, None if value is None else float(value), *figure)


def topic_stability(topic: TopicId, value: float) -> Metric:
    """How much of one category is found again on resamples, 0 to 1."""
    return Metric(f"topics.{topic}.stability", value, *_TOPIC_STABILITY)


def _agreement_figures() -> dict[str, _Figure]:
    return {
        f"{key}{way}": figure._replace(meaning=f"{figure.meaning}; {counted}.")
        for key, figure in _AGREEMENT.items()
        for way, counted in _WAYS.items()
    }


def _level_figures(number: int, level: str) -> dict[str, _Figure]:
    figures = _agreement_figures() | _PER_LEVEL
    return {
        f"level{number}.{key}": figure._replace(meaning=figure.meaning.format(level=level))
        for key, figure in figures.items()
    }


_CATALOGUE = (
    _level_figures(1, "level-one") | _level_figures(2, "level-two") | _CONFIDENCE | _TREE | _NAMES
)
