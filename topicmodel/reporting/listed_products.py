"""Lists of products: typical and doubtful products of each category, and products without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from topicmodel.datatypes import Flags, Floats, Integers, Run, Topic, TopicId
from topicmodel.reporting.formatting import displayed, exact, quantity
from topicmodel.reporting.points import category_name, has_position

_ID_LIMIT = 60
_SURE = 0.9
"""A product with at least this confidence is never listed as doubtful."""


@dataclass(frozen=True, slots=True)
class Example:
    """A product as it is shown."""

    id: str
    title: str
    key: str
    """The unchanged id; "" where a page cannot hold it."""
    confidence: str = ""
    """Confidence in per cent; "" for products that are not listed as doubtful."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Products that are in no category for the same reason."""

    reason: str
    """A sentence with the number of products, without its full stop."""
    count: int
    examples: tuple[Example, ...]
    hidden: tuple[str, ...] = ()
    """Names of the hidden categories, where an edit that hides them is the reason."""


@dataclass(frozen=True)
class GroupedProducts:
    """The products of a run, grouped by category."""

    run: Run
    members: Mapping[TopicId | None, Integers]
    """Category -> rows of its products, by increasing confidence; None -> products without one."""
    typical_rows: Mapping[str, int]
    """Id -> row of each product that is typical of a category."""


def group_products(run: Run) -> GroupedProducts:
    """Group the products of a run by category, once for all lists."""
    typical_ids = {id_ for topic in run.taxonomy.topics for id_ in topic.examples}
    ids = run.assignments.product_ids
    return GroupedProducts(
        run=run,
        members=_members(run),
        typical_rows={id_: row for row, id_ in enumerate(ids) if id_ in typical_ids},
    )


def mean_confidence(products: GroupedProducts, topic: TopicId) -> float | None:
    """Mean confidence of a category's products, 0 to 1; None where it has no products."""
    rows = products.members.get(topic)
    if rows is None or not len(rows):
        return None
    return float(products.run.assignments.confidence[rows].mean(dtype=np.float64))


def typical(products: GroupedProducts, topic: Topic, limit: int) -> tuple[Example, ...]:
    """The most central products of a category, without repeated titles."""
    rows = (products.typical_rows[id_] for id_ in topic.examples if id_ in products.typical_rows)
    return tuple(islice(_distinct(products, rows, set()), limit))


def doubtful(
    products: GroupedProducts, topic: TopicId, shown: Sequence[Example], limit: int
) -> tuple[Example, ...]:
    """The products of a category with the lowest confidence, by increasing confidence.

    Pinned products, products with a high confidence and titles that are shown already are left out.

    Args:
        products: the products of the run.
        topic: the category.
        shown: products of the category that are shown already.
        limit: at most so many products are returned.
    """
    assignments, members = products.run.assignments, products.members.get(topic)
    rows = (
        row
        for row in map(int, () if members is None else members)
        if assignments.methods[row] != "pinned" and assignments.confidence[row] < _SURE
    )
    titles = {example.title.casefold() for example in shown}
    return tuple(islice(_distinct(products, rows, titles, with_confidence=True), limit))


def unplaced(products: GroupedProducts, limit: int) -> tuple[Unplaced, ...]:
    """The products without a category, by reason, with a few examples for each reason."""
    run, rows = products.run, np.sort(products.members[None])
    hidden = _were_placed(run, rows)
    no_text = ~hidden & ~has_position(run)[rows]
    unlike = ~hidden & ~no_text
    groups = (
        (_no_text(int(no_text.sum()), bool(run.boilerplate)), rows[no_text], ()),
        (_unlike(int(unlike.sum()), bool(run.fitted.taxonomy.topics)), rows[unlike], ()),
        (_hidden(int(hidden.sum())), rows[hidden], _hidden_names(run)),
    )
    return tuple(
        Unplaced(reason, len(group), tuple(islice(_distinct(products, group, set()), limit)), names)
        for reason, group, names in groups
        if len(group)
    )


def _members(run: Run) -> dict[TopicId | None, Integers]:
    levels = run.assignments.level2, run.assignments.level1
    # Level one comes last: only a product without a level-one category has no category.
    grouped = [_grouped(topics, run.assignments.confidence) for topics in levels]
    return {**grouped[0], None: np.zeros(0, np.int64), **grouped[1]}


def _grouped(
    topics: Sequence[TopicId | None], confidence: Floats
) -> dict[TopicId | None, Integers]:
    """Category -> rows of its products, by increasing confidence, then by row."""
    numbers: dict[TopicId | None, int] = {}
    number_of_row = np.fromiter(
        (numbers.setdefault(topic, len(numbers)) for topic in topics), np.int64, len(topics)
    )
    order = np.lexsort((confidence, number_of_row))
    ends = np.cumsum(np.bincount(number_of_row, minlength=len(numbers)))[:-1]
    return dict(zip(numbers, np.split(order, ends), strict=False))


def _distinct(
    products: GroupedProducts, rows: Iterable[int], shown: set[str], with_confidence: bool = False
) -> Iterator[Example]:
    """The products whose title was not shown before; products without a title are all kept."""
    seen = set(shown)
    for row in rows:
        example = _example(products, row, with_confidence)
        title = example.title.casefold()
        if not title or title not in seen:
            seen.add(title)
            yield example


def _example(products: GroupedProducts, row: int, with_confidence: bool) -> Example:
    run = products.run
    id_ = run.assignments.product_ids[row]
    return Example(
        id=displayed(id_, _ID_LIMIT),
        title=displayed(run.products.titles[row]),
        key=exact(id_),
        confidence=_per_cent(run.assignments.confidence[row]) if with_confidence else "",
    )


def _per_cent(confidence: float) -> str:
    return f"{100 * confidence:.0f}%" if confidence >= 0.01 else "under 1%"


def _were_placed(run: Run, rows: Integers) -> Flags:
    """(len(rows),), whether the product had a category before edits, which was then hidden."""
    before = run.fitted.assignments.level1
    return np.fromiter((before[row] is not None for row in rows), np.bool_, len(rows))


def _hidden_names(run: Run) -> tuple[str, ...]:
    hidden = {
        outcome.edit.topic
        for outcome in run.outcomes
        if outcome.edit.action == "hide" and outcome.status == "in force"
    }
    return tuple(category_name(topic) for topic in run.fitted.taxonomy.level1 if topic.id in hidden)


def _no_text(count: int, any_boilerplate: bool) -> str:
    which = ", or none but sentences that unlike products share" if any_boilerplate else ""
    return f"{quantity(count, 'product has', 'products have')} no text{which}"


def _unlike(count: int, any_categories: bool) -> str:
    if not any_categories:
        return f"No category was found for {quantity(count, 'product')}"
    return f"{quantity(count, 'product has', 'products have')} a text that fits no category"


def _hidden(count: int) -> str:
    return (
        f"{quantity(count, 'product was', 'products were')} in a category that an edit has hidden"
    )
