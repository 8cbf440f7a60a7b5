"""Figures about the names of categories."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from topicmodel.datatypes import Assignments, Floats, Integers, Metric, Taxonomy, TopicId
from topicmodel.evaluation.metrics import metric
from topicmodel.text.plurals import stem

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_COMPLEMENT = re.compile(r"\b(?:for|with)\b|\(")


def name_uniqueness(names: Sequence[str]) -> float | None:
    """Share of different names; case and spacing do not count.

    Returns:
        1 where all names differ, 1 / n_names where all are equal; None for no names.

    >>> name_uniqueness(["Shoes", "shoes ", "Bags", "Hats"])
    0.75
    """
    return (
        len({" ".join(name.casefold().split()) for name in names}) / len(names) if names else None
    )


def head_noun(name: str) -> str:
    """The main noun of a name: the last word before "for", "with" or an opening bracket.

    Returns:
        The word in lower case; empty where the name has no word.

    >>> head_noun("Laptop Bags & Cases for Men")
    'cases'
    """
    words = _WORD.findall(_COMPLEMENT.split(name.casefold())[0]) or _WORD.findall(name.casefold())
    return words[-1] if words else ""


def head_noun_share(names: Sequence[str], member_texts: Sequence[Sequence[str]]) -> float | None:
    """Share of a category's texts that contain the head noun of its name, averaged over categories.

    Words are compared by their stem (Porter 2), so that singular and plural are equal.

    Args:
        names: (n_categories,), the names of the categories.
        member_texts: (n_categories,), the texts of each; a category without texts is left out.

    Returns:
        0 to 1; every category counts the same, whatever its size. None where none has a text.

    >>> head_noun_share(["Wrist Watches"], [["A watch for divers", "Leather strap"]])
    0.5
    """
    shares = [
        sum(_contains(text, stem(head_noun(name))) for text in texts) / len(texts)
        for name, texts in zip(names, member_texts, strict=True)
        if texts
    ]
    return float(np.mean(shares)) if shares else None


def name_retrieval(
    name_vectors: Floats, true_name_vectors: Floats, majority_true_index: Integers
) -> float | None:
    """Share of categories whose name is nearest to the true name that most of its products have.

    Args:
        name_vectors: (n_categories, n_dims), vectors of the categories' names.
        true_name_vectors: (n_true_names, n_dims), vectors of all true names.
        majority_true_index: (n_categories,), row in true_name_vectors of the true name that most of
            the category's products have.

    Returns:
        0 to 1, near 1 / n_true_names for random names; None for no categories.
    """
    if not len(name_vectors):
        return None
    similarity = _unit(name_vectors) @ _unit(true_name_vectors).T
    return float(np.mean(similarity.argmax(axis=1) == np.asarray(majority_true_index)))


def _contains(text: str, head: str) -> bool:
    words = _WORD.findall(text.casefold())
    # A stem has the first letter of its word; comparing that first saves most of the slow stemming.
    return any(word[0] == head[0] and stem(word) == head for word in words) if head else False


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def score_names(
    taxonomy: Taxonomy,
    assignments: Assignments,
    true_paths: Sequence[tuple[str, ...]],
    encode: Callable[[Sequence[str]], Floats],
) -> list[Metric]:
    """Share of well-named categories on each level, against the true names of the same level.

    Args:
        taxonomy: the categories, with their names.
        assignments: the categories of n products.
        true_paths: n true category paths, in the order of the products; () where none is known.
        encode: returns unit vectors of texts, (n_texts, n_dims).
    """
    figures = []
    for level, topics in ((1, assignments.level1), (2, assignments.level2)):
        majority = _majority_names(topics, true_paths, level)
        true_names = sorted({path[level - 1] for path in true_paths if len(path) >= level})
        names = encode([taxonomy[topic].name for topic in majority])
        true_rows = np.array([true_names.index(name) for name in majority.values()])
        share = name_retrieval(names, encode(true_names), true_rows) if majority else None
        figures.append(metric(f"names.level{level}_retrieval", share))
    return figures


def _majority_names(
    topics: Sequence[TopicId | None], true_paths: Sequence[tuple[str, ...]], level: int
) -> dict[TopicId, str]:
    votes: defaultdict[TopicId, Counter[str]] = defaultdict(Counter)
    for topic, path in zip(topics, true_paths, strict=True):
        if topic is not None and len(path) >= level:
            votes[topic][path[level - 1]] += 1
    return {topic: min(names, key=lambda n: (-names[n], n)) for topic, names in votes.items()}
