"""Levels, placements and names -> the tree and the mapping of products; their invariants."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence, Set

import numpy as np

from topicmodel.datatypes import (
    Assignments,
    Documents,
    Floats,
    Integers,
    Levels,
    Names,
    Placement,
    Taxonomy,
    Topic,
    TopicDescription,
    TopicId,
    TopicIds,
    Tree,
)
from topicmodel.geometry import centroids, cosines_of_rows


def build_tree(
    documents: Documents,
    vectors: Floats,
    levels: Levels,
    placement: Placement,
    names: Names,
    ids: TopicIds,
    n_examples: int,
) -> Tree:
    """The categories, and where each product is.

    Args:
        vectors: (n_texts, n_dims), unit length, in the order of documents.texts.
        ids: of the topics of both levels, in the order of their numbers.
    """
    ids1, ids2 = ids
    centres1, centres2 = centroids(vectors, levels.level1), centroids(vectors, levels.level2)
    assignments = _assign_products(documents, placement, ids1, ids2)
    sizes1 = _product_counts(documents, placement.level1, len(ids1))
    sizes2 = _product_counts(documents, placement.level2, len(ids2))
    typical1 = _typical(documents, vectors, placement.level1, centres1, n_examples)
    typical2 = _typical(documents, vectors, placement.level2, centres2, n_examples)
    children, rows = np.unique(levels.level2, return_index=True)
    parents = dict(zip(children.tolist(), levels.level1[rows].tolist(), strict=True))
    top = [
        _topic(ids1[n], None, 1, names.level1[n], sizes1[n], typical1[n]) for n in range(len(ids1))
    ]
    below = [
        _topic(ids2[n], ids1[parents[n]], 2, names.level2[n], sizes2[n], typical2[n])
        for n in range(len(ids2))
    ]
    taxonomy = Taxonomy([*_by_size(top), *_by_size(below)])
    check(taxonomy, assignments)
    all_ids, labels = [*ids1, *ids2], [*names.level1, *names.level2]
    centres = np.concatenate([centres1, centres2])
    return Tree(
        taxonomy,
        assignments,
        centroids=dict(zip(all_ids, centres, strict=True)),
        cloud_terms={topic: label.cloud for topic, label in zip(all_ids, labels, strict=True)},
    )


def mint_ids(
    texts: Sequence[str],
    topics: Integers,
    taken: Iterable[TopicId] = (),
    known: Sequence[TopicId | None] | None = None,
) -> list[TopicId]:
    """An id for each topic, drawn from what is in it: the same members, the same id.

    Args:
        texts: all texts, in their canonical order.
        topics: (n_texts,), from 0 without gaps; -1 belongs to none.
        taken: ids that are given already, or ever were.
        known: ids that topics have already, in the order of their numbers; None for those that
            have none.
    """
    given = known or [None] * (int(topics.max(initial=-1)) + 1)
    used, ids = {*taken, *filter(None, given)}, []
    for topic, own in enumerate(given):
        minted = own or _free_id(texts, np.flatnonzero(topics == topic), used)
        used.add(minted)
        ids.append(minted)
    return ids


def _free_id(texts: Sequence[str], rows: Integers, used: Set[TopicId]) -> TopicId:
    digest = hashlib.sha256()
    for row in rows.tolist():
        digest.update(hashlib.sha256(texts[row].encode()).digest())
    while (minted := TopicId("t" + digest.hexdigest()[:8])) in used:
        digest.update(b"again")
    return minted


def check(taxonomy: Taxonomy, assignments: Assignments) -> None:
    """Make sure of what every reader of a run relies on.

    Raises:
        AssertionError: an id or a name among siblings is given twice, a parent has a single child,
            or a product's level-two category is not a child of its level-one category. All of them
            are errors of this program.
    """
    parents = {topic.id: topic.parent for topic in taxonomy.topics}
    _require(len(parents) == len(taxonomy.topics), "a topic id is given twice")
    siblings = [(topic.parent, topic.name) for topic in taxonomy.topics]
    _require(len(set(siblings)) == len(siblings), "two siblings have one name")
    _require(
        all(len(taxonomy.children(topic.id)) != 1 for topic in taxonomy.level1),
        "a parent has a single child",
    )
    for level1, level2 in zip(assignments.level1, assignments.level2, strict=True):
        _require(level1 is None or level1 in parents, "a product's category is unknown")
        _require(level2 is None or parents.get(level2) == level1, "a product is not in its parent")
    _require(
        len(set(assignments.product_ids)) == len(assignments.product_ids), "a product stands twice"
    )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(f"Broken taxonomy: {message}. Please report this.")


def _topic(
    topic_id: TopicId,
    parent: TopicId | None,
    level: int,
    label: TopicDescription,
    size: int,
    examples: Sequence[str],
) -> Topic:
    return Topic(
        id=topic_id,
        parent=parent,
        level=level,
        name=label.name,
        keywords=label.keywords,
        size=size,
        examples=tuple(examples),
        coverage=label.coverage,
        runners_up=label.runners_up,
        description=label.description,
        includes=label.includes,
    )


def _by_size(topics: Iterable[Topic]) -> list[Topic]:
    return sorted(topics, key=lambda topic: (-topic.size, topic.id))


def _assign_products(
    documents: Documents, placement: Placement, ids1: Sequence[TopicId], ids2: Sequence[TopicId]
) -> Assignments:
    rows = documents.text_of_product
    return Assignments(
        product_ids=documents.products.ids,
        level1=_of_products(rows, placement.level1, ids1),
        level2=_of_products(rows, placement.level2, ids2),
        confidence=np.append(placement.confidence, np.float32(0))[rows],
        methods=[placement.methods[row] if row >= 0 else "unsorted" for row in rows.tolist()],
    )


def _of_products(rows: Integers, topics: Integers, ids: Sequence[TopicId]) -> list[TopicId | None]:
    """Id of each product's topic; None for a product without one. Rows of -1 have no text."""
    # None stands at the end, where -1 finds it.
    found = np.array([*ids, None], dtype=object)[np.append(topics, -1)[rows]]
    listed: list[TopicId | None] = found.tolist()
    return listed


def _product_counts(documents: Documents, topics: Integers, n_topics: int) -> list[int]:
    rows = documents.text_of_product[documents.text_of_product >= 0]
    placed = topics[rows]
    return [int(size) for size in np.bincount(placed[placed >= 0], minlength=n_topics)]


def _typical(
    documents: Documents,
    vectors: Floats,
    topics: Integers,
    centres: Floats,
    n_examples: int,
) -> list[list[str]]:
    """Ids of each topic's most central products, of different texts and titles."""
    typical = []
    for topic, centre in enumerate(centres):
        rows = np.flatnonzero(topics == topic)
        # Rounded, so that the last bit of a product of vectors cannot change the order.
        cosines = cosines_of_rows(vectors, rows, centre)
        order = rows[np.argsort(-np.round(cosines, 5), kind="stable")]
        chosen: dict[str, str] = {}
        for product in documents.product_of_text[order].tolist():
            chosen.setdefault(
                documents.products.titles[product].casefold(), documents.products.ids[product]
            )
            if len(chosen) == n_examples:
                break
        typical.append(list(chosen.values()))
    return typical
