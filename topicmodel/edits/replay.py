"""A fitted tree and a log of edits -> the tree that people see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np

from topicmodel.datatypes import (
    Assignments,
    Edit,
    EditOutcome,
    Floats,
    Products,
    Taxonomy,
    Topic,
    TopicId,
    Tree,
)
from topicmodel.edits.board import Category, fold
from topicmodel.edits.routing import route_replayed
from topicmodel.edits.steps import replay

_Terms = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Edited:
    """A tree with all edits, and what has become of each of them."""

    tree: Tree
    """The fitted tree itself where no edit changes anything."""
    outcomes: tuple[EditOutcome, ...]
    """In the order of the log."""


def apply_edits(tree: Tree, edits: Sequence[Edit], products: Products) -> Edited:
    """The fitted tree with the log replayed on it, from its start.

    An edit that is impossible is obsolete, with its reason; nothing is raised.

    Args:
        tree: as it was fitted, before edits.
        products: in the order of tree.assignments.product_ids.
    """
    replayed = replay(tree.taxonomy, edits)
    routed = route_replayed(replayed, tree.assignments, products)
    if not any(map(_changes_something, routed.outcomes)):
        return Edited(tree, routed.outcomes)
    edited = _rebuild(tree, replayed.categories, routed.assignments, products.titles)
    return Edited(edited, routed.outcomes)


def _changes_something(outcome: EditOutcome) -> bool:
    return outcome.status == "in force" and outcome.edit.action not in ("undo", "split")


def _rebuild(
    tree: Tree,
    categories: Mapping[TopicId, Category],
    assignments: Assignments,
    titles: Sequence[str],
) -> Tree:
    fitted = {topic.id: topic for topic in tree.taxonomy.topics}
    levels = chain(assignments.level1, assignments.level2)
    sizes = Counter(topic for topic in levels if topic is not None)
    examples = _examples(categories, fitted, assignments, titles)
    topics = [
        _topic(category, fitted, sizes[category.id], examples[category.id])
        for category in categories.values()
    ]
    return Tree(
        taxonomy=Taxonomy(sorted(topics, key=lambda topic: (topic.level, -topic.size, topic.id))),
        assignments=assignments,
        centroids={c.id: _centroid(c, tree.centroids) for c in categories.values()},
        cloud_terms={
            c.id: _mixed(c.made_of, fitted, lambda part: tree.cloud_terms[part.id])
            for c in categories.values()
        },
    )


def _topic(
    category: Category, fitted: Mapping[TopicId, Topic], size: int, examples: tuple[str, ...]
) -> Topic:
    keywords = _mixed(category.made_of, fitted, lambda part: part.keywords)
    return Topic(
        id=category.id,
        parent=category.parent,
        level=category.level,
        name=category.name,
        keywords=tuple(keywords),
        size=size,
        examples=examples,
    )


def _mixed(
    parts: Sequence[TopicId],
    fitted: Mapping[TopicId, Topic],
    terms_of: Callable[[Topic], _Terms],
) -> _Terms:
    """Mean weights of the terms of fitted categories, larger ones counting for more.

    Heaviest first, as many as the longest of the lists.
    """
    lists = [terms_of(fitted[part]) for part in parts]
    if len(lists) == 1:
        return lists[0]
    sizes = [max(fitted[part].size, 1) for part in parts]
    weights: dict[str, float] = {}
    for terms, size in zip(lists, sizes, strict=True):
        for term, weight in terms:
            weights[term] = weights.get(term, 0.0) + weight * size / sum(sizes)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return ranked[: max(map(len, lists))]


def _centroid(category: Category, fitted: Mapping[TopicId, Floats]) -> Floats:
    own = fitted[category.id]
    if set(category.weights) == {category.id}:
        return own
    parts = np.stack([fitted[topic] for topic in category.weights]).astype(np.float64)
    mean = np.array(list(category.weights.values())) @ parts
    length = float(np.linalg.norm(mean))
    # Centroids that cancel out have no mean direction.
    return (mean / length).astype(np.float32) if length > 1e-9 else own


def _examples(
    categories: Mapping[TopicId, Category],
    fitted: Mapping[TopicId, Topic],
    assignments: Assignments,
    titles: Sequence[str],
) -> dict[TopicId, tuple[str, ...]]:
    """Examples that are still in their category, filled up to as many as before where some left."""
    wanted = {
        topic: list(_alternate([fitted[part].examples for part in category.made_of]))
        for topic, category in categories.items()
    }
    counts = {
        topic: max(len(fitted[part].examples) for part in category.made_of)
        for topic, category in categories.items()
    }
    places = _places({product for some in wanted.values() for product in some}, assignments)
    kept = {
        topic: [product for product in some if topic in places.get(product, ())][: counts[topic]]
        for topic, some in wanted.items()
    }
    short = {topic for topic, some in kept.items() if len(some) < counts[topic]}
    for topic, rows in _members(short, assignments).items():
        kept[topic] = _filled_up(kept[topic], counts[topic], rows, assignments, titles)
    return {topic: tuple(some) for topic, some in kept.items()}


def _alternate(lists: Iterable[Iterable[str]]) -> dict[str, None]:
    """The first of each list, then the second of each; none twice."""
    return dict.fromkeys(
        item for items in zip_longest(*lists) for item in items if item is not None
    )


def _places(
    products: set[str], assignments: Assignments
) -> dict[str, tuple[TopicId | None, TopicId | None]]:
    rows = zip(assignments.product_ids, assignments.level1, assignments.level2, strict=True)
    return {product: (level1, level2) for product, level1, level2 in rows if product in products}


def _members(topics: set[TopicId], assignments: Assignments) -> dict[TopicId, list[int]]:
    """Rows of the products of some categories."""
    members: dict[TopicId, list[int]] = {topic: [] for topic in topics}
    for level in (assignments.level1, assignments.level2) if topics else ():
        for row, topic in enumerate(level):
            if topic is not None and topic in members:
                members[topic].append(row)
    return members


def _filled_up(
    kept: Sequence[str],
    count: int,
    rows: Sequence[int],
    assignments: Assignments,
    titles: Sequence[str],
) -> list[str]:
    """Examples, with the surest other products of the category, of titles unlike one another."""
    filled, first = list(kept), set(kept)
    seen = {fold(titles[row]) for row in rows if assignments.product_ids[row] in first}
    for row in sorted(rows, key=lambda row: (-assignments.confidence[row], row)):
        if len(filled) == count:
            break
        if (title := fold(titles[row])) not in seen:
            seen.add(title)
            filled.append(assignments.product_ids[row])
    return filled
