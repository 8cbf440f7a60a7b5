"""Whether the names of categories find the true names of what is in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from topicmodel.datatypes import Assignments, Floats, Metric, Taxonomy, TopicId
from topicmodel.evaluation.catalogue import metric
from topicmodel.evaluation.names import name_retrieval


def score_names(
    taxonomy: Taxonomy,
    assignments: Assignments,
    labels: Sequence[tuple[str, ...]],
    encode: Callable[[Sequence[str]], Floats],
) -> list[Metric]:
    """The figures that compare names with the true names of the same level.

    Args:
        assignments: of n products.
        labels: n true paths; () where none is known.
        encode: texts to unit vectors, (n_texts, n_dims).
    """
    figures = []
    for level, topics in ((1, assignments.level1), (2, assignments.level2)):
        majority = _majority_names(topics, labels, level)
        true_names = sorted({path[level - 1] for path in labels if len(path) >= level})
        names = encode([taxonomy[topic].name for topic in majority])
        wanted = np.array([true_names.index(name) for name in majority.values()])
        share = name_retrieval(names, encode(true_names), wanted) if majority else None
        figures.append(metric(f"names.level{level}_retrieval", share))
    return figures


def _majority_names(
    topics: Sequence[TopicId | None], labels: Sequence[tuple[str, ...]], level: int
) -> dict[TopicId, str]:
    votes: defaultdict[TopicId, Counter[str]] = defaultdict(Counter)
    for topic, path in zip(topics, labels, strict=True):
        if topic is not None and len(path) >= level:
            votes[topic][path[level - 1]] += 1
    return {topic: min(names, key=lambda n: (-names[n], n)) for topic, names in votes.items()}
