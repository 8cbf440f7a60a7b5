"""Apply a log of edits to a fitted tree, which gives the tree that people see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np

from topicmodel.catalogue.definitions import with_definitions
from topicmodel.catalogue.shares import LEAST_SHARE, SHOWN
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
from topicmodel.edits.board import EditedCategory, fold
from topicmodel.edits.routing import route_replayed
from topicmodel.edits.steps import replay

_Terms = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Edited:
    """A tree with all edits applied, and the outcome of each edit."""

    tree: Tree
    """The edited tree; the same object as the fitted tree where no edit changes anything."""
    outcomes: tuple[EditOutcome, ...]
    """In the order of the log."""


def apply_edits(tree: Tree, edits: Sequence[Edit], products: Products) -> Edited:
    """Replay a whole log of edits on a fitted tree.

    An edit that is impossible gets the status `obsolete` with a reason; nothing is raised.

    Args:
        tree: the fitted tree, before edits.
        edits: the log.
        products: the products, in the order of tree.assignments.product_ids.
    """
    replayed = replay(tree.taxonomy, edits)
    routed = route_replayed(replayed, tree.assignments, products)
    if not any(map(_changes_something, routed.outcomes)):
        return Edited(tree, routed.outcomes)
    edited = _rebuild(tree, replayed.categories, routed.assignments, products.titles)
    return Edited(with_definitions(edited, products), routed.outcomes)


def _changes_something(outcome: EditOutcome) -> bool:
    return outcome.status == "in force" and outcome.edit.action not in ("undo", "split")


def _rebuild(
    tree: Tree,
    categories: Mapping[TopicId, EditedCategory],
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
    category: EditedCategory, fitted: Mapping[TopicId, Topic], size: int, examples: tuple[str, ...]
) -> Topic:
    keywords = _mixed(category.made_of, fitted, lambda part: part.keywords)
    own = fitted[category.id]
    # What was measured of a name holds as long as nobody renames, merges or divides the category.
    is_as_fitted = category.name == own.name and set(category.weights) == {own.id}
    return Topic(
        id=category.id,
        parent=category.parent,
        level=category.level,
        name=category.name,
        keywords=tuple(keywords),
        size=size,
        examples=examples,
        catalogue=_catalogue(category.weights, fitted),
        coverage=own.coverage if is_as_fitted else None,
        runners_up=own.runners_up if is_as_fitted else (),
        description=own.description if is_as_fitted else "",
        includes=_includes(category.made_of, fitted),
    )


def _catalogue(
    weights: Mapping[TopicId, int], fitted: Mapping[TopicId, Topic]
) -> tuple[tuple[str, float], ...]:
    """Mean shares of the families that fitted categories vote for, as far as they are known.

    Args:
        weights: fitted category -> its weight.
        fitted: all fitted categories.
    """
    parts = [(fitted[topic].catalogue, weight) for topic, weight in weights.items()]
    if len({shares for shares, _ in parts}) == 1:
        return parts[0][0]
    total, votes = sum(weights.values()), dict[str, float]()
    for shares, weight in parts:
        for path, share in shares:
            votes[path] = votes.get(path, 0.0) + weight * share / total
    ranked = sorted(votes.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    return tuple((path, round(vote, 4)) for path, vote in ranked if vote >= LEAST_SHARE)


def _includes(parts: Sequence[TopicId], fitted: Mapping[TopicId, Topic]) -> tuple[str, ...]:
    """The goods of several fitted categories in turns, as many as the longest list has."""
    lists = [fitted[part].includes for part in parts]
    return tuple(_alternate(lists))[: max(map(len, lists))]


def _mixed(
    parts: Sequence[TopicId],
    fitted: Mapping[TopicId, Topic],
    terms_of: Callable[[Topic], _Terms],
) -> _Terms:
    """Terms of several fitted categories with their mean weights; a category counts by its size.

    The heaviest term comes first; there are as many terms as in the longest of the lists.
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


def _centroid(category: EditedCategory, fitted: Mapping[TopicId, Floats]) -> Floats:
    fitted_centroid = fitted[category.id]
    if set(category.weights) == {category.id}:
        return fitted_centroid
    parts = np.stack([fitted[topic] for topic in category.weights]).astype(np.float64)
    mean = np.array(list(category.weights.values())) @ parts
    length = float(np.linalg.norm(mean))
    # Centroids that cancel one another out have no mean direction.
    return (mean / length).astype(np.float32) if length > 1e-9 else fitted_centroid


def _examples(
    categories: Mapping[TopicId, EditedCategory],
    fitted: Mapping[TopicId, Topic],
    assignments: Assignments,
    titles: Sequence[str],
) -> dict[TopicId, tuple[str, ...]]:
    """Example products (ids) of each category after the edits.

    Former examples that are still in the category come first; others are added up to the former
    number.
    """
    former = {
        topic: list(_alternate([fitted[part].examples for part in category.made_of]))
        for topic, category in categories.items()
    }
    counts = {
        topic: max(len(fitted[part].examples) for part in category.made_of)
        for topic, category in categories.items()
    }
    all_former = {product for products in former.values() for product in products}
    categories_of = _categories_of(all_former, assignments)
    examples = {
        topic: [p for p in products if topic in categories_of.get(p, ())][: counts[topic]]
        for topic, products in former.items()
    }
    too_few = {topic for topic, products in examples.items() if len(products) < counts[topic]}
    for topic, rows in _members(too_few, assignments).items():
        examples[topic] = _filled_up(examples[topic], counts[topic], rows, assignments, titles)
    return {topic: tuple(products) for topic, products in examples.items()}


def _alternate(lists: Iterable[Iterable[str]]) -> dict[str, None]:
    """The first item of each list, then the second of each, and so on, without duplicates."""
    return dict.fromkeys(
        item for items in zip_longest(*lists) for item in items if item is not None
    )


def _categories_of(
    products: set[str], assignments: Assignments
) -> dict[str, tuple[TopicId | None, TopicId | None]]:
    """Product id -> its level-one and level-two category."""
    rows = zip(assignments.product_ids, assignments.level1, assignments.level2, strict=True)
    return {product: (level1, level2) for product, level1, level2 in rows if product in products}


def _members(topics: set[TopicId], assignments: Assignments) -> dict[TopicId, list[int]]:
    """Rows of the products of each of these categories."""
    members: dict[TopicId, list[int]] = {topic: [] for topic in topics}
    for level in (assignments.level1, assignments.level2) if topics else ():
        for row, topic in enumerate(level):
            if topic is not None and topic in members:
                members[topic].append(row)
    return members


def _filled_up(
    examples: Sequence[str],
    count: int,
    rows: Sequence[int],
    assignments: Assignments,
    titles: Sequence[str],
) -> list[str]:
    """Examples, with other products of the category added up to `count`.

    Those with the highest confidence come first; a title that is already there is skipped.
    """
    filled, present = list(examples), set(examples)
    seen = {fold(titles[row]) for row in rows if assignments.product_ids[row] in present}
    for row in sorted(rows, key=lambda row: (-assignments.confidence[row], row)):
        if len(filled) == count:
            break
        if (title := fold(titles[row])) not in seen:
            seen.add(title)
            filled.append(assignments.product_ids[row])
    return filled
