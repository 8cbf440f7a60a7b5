"""Lists of products: those that are typical of a category, doubtful in it, or in none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from topicmodel.datatypes import Flags, Floats, Integers, Run, Topic, TopicId
from topicmodel.reporting.formatting import displayed, exact, quantity
from topicmodel.reporting.points import category_name, placed

_ID_LIMIT = 60
_SURE = 0.9
"""A product whose place is as sure as that is in no doubt, however sure the others are."""


@dataclass(frozen=True, slots=True)
class Example:
    """A product, as far as it is shown."""

    id: str
    title: str
    key: str
    """The id as the dump has it; "" where a page cannot repeat it."""
    confidence: str = ""
    """How sure its place is, in per cent; of doubtful products only."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Products that are in no category for the same reason."""

    reason: str
    """A sentence without its full stop, with their number."""
    count: int
    examples: tuple[Example, ...]
    hidden: tuple[str, ...] = ()
    """Names of the categories that an edit has hidden, where that is the reason."""


@dataclass(frozen=True)
class Products:
    """The products of a run, as their lists need them."""

    run: Run
    members: Mapping[TopicId | None, Integers]
    """Category -> rows of its products, the least sure first; None: those that are in none."""
    typical_rows: Mapping[str, int]
    """Id -> row of the products that are typical of a category."""


def products_of(run: Run) -> Products:
    """The products of the run, sorted into their categories once for all lists."""
    wanted = {id_ for topic in run.taxonomy.topics for id_ in topic.examples}
    ids = run.assignments.product_ids
    return Products(
        run=run,
        members=_members(run),
        typical_rows={id_: row for row, id_ in enumerate(ids) if id_ in wanted},
    )


def mean_confidence(products: Products, topic: TopicId) -> float | None:
    """How sure the places of a category's products are, 0 to 1; None where it has no products."""
    rows = products.members.get(topic)
    if rows is None or not len(rows):
        return None
    return float(products.run.assignments.confidence[rows].mean(dtype=np.float64))


def typical(products: Products, topic: Topic, limit: int) -> tuple[Example, ...]:
    """The most central products of a category, none with the title of another."""
    rows = (products.typical_rows[id_] for id_ in topic.examples if id_ in products.typical_rows)
    return tuple(islice(_distinct(products, rows, set()), limit))


def doubtful(
    products: Products, topic: TopicId, beside: Sequence[Example], limit: int
) -> tuple[Example, ...]:
    """The products of a category whose place is least sure, the least sure first.

    Left out are those that a person put there, those that are sure, and titles that were shown.

    Args:
        products: those of the run.
        topic: the category.
        beside: products of the category that are shown already.
        limit: of the list.
    """
    assignments, members = products.run.assignments, products.members.get(topic)
    rows = (
        row
        for row in map(int, () if members is None else members)
        if assignments.methods[row] != "pinned" and assignments.confidence[row] < _SURE
    )
    shown = {example.title.casefold() for example in beside}
    return tuple(islice(_distinct(products, rows, shown, with_confidence=True), limit))


def unplaced(products: Products, limit: int) -> tuple[Unplaced, ...]:
    """The products that are in no category, by reason, each with a few of them."""
    run, rows = products.run, np.sort(products.members[None])
    hidden = _were_placed(run, rows)
    mute = ~hidden & ~placed(run)[rows]
    unlike = ~hidden & ~mute
    groups = (
        (_no_text(int(mute.sum())), rows[mute], ()),
        (_unlike(int(unlike.sum()), bool(run.fitted.taxonomy.topics)), rows[unlike], ()),
        (_hidden(int(hidden.sum())), rows[hidden], _hidden_names(run)),
    )
    return tuple(
        Unplaced(reason, len(own), tuple(islice(_distinct(products, own, set()), limit)), names)
        for reason, own, names in groups
        if len(own)
    )


def _members(run: Run) -> dict[TopicId | None, Integers]:
    levels = run.assignments.level2, run.assignments.level1
    # Level one comes last: whoever is in none of its categories is in no category at all.
    grouped = [_grouped(topics, run.assignments.confidence) for topics in levels]
    return {**grouped[0], None: np.zeros(0, np.int64), **grouped[1]}


def _grouped(
    topics: Sequence[TopicId | None], confidence: Floats
) -> dict[TopicId | None, Integers]:
    """Rows by category, by rising confidence, and in their own order where that is the same."""
    numbers: dict[TopicId | None, int] = {}
    own = np.fromiter(
        (numbers.setdefault(topic, len(numbers)) for topic in topics), np.int64, len(topics)
    )
    order = np.lexsort((confidence, own))
    ends = np.cumsum(np.bincount(own, minlength=len(numbers)))[:-1]
    return dict(zip(numbers, np.split(order, ends), strict=False))


def _distinct(
    products: Products, rows: Iterable[int], shown: set[str], with_confidence: bool = False
) -> Iterator[Example]:
    """The products, without those whose title was shown before; no title is like no other."""
    seen = set(shown)
    for row in rows:
        example = _example(products, row, with_confidence)
        title = example.title.casefold()
        if not title or title not in seen:
            seen.add(title)
            yield example


def _example(products: Products, row: int, with_confidence: bool) -> Example:
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
    """(len(rows),), whether the fit had placed the product: an edit has hidden its category."""
    before = run.fitted.assignments.level1
    return np.fromiter((before[row] is not None for row in rows), np.bool_, len(rows))


def _hidden_names(run: Run) -> tuple[str, ...]:
    hidden = {
        outcome.edit.topic
        for outcome in run.outcomes
        if outcome.edit.action == "hide" and outcome.status == "in force"
    }
    return tuple(category_name(topic) for topic in run.fitted.taxonomy.level1 if topic.id in hidden)


def _no_text(count: int) -> str:
    return f"{quantity(count, 'product has', 'products have')} no text to go by"


def _unlike(count: int, any_categories: bool) -> str:
    if not any_categories:
        return f"No category was found for {quantity(count, 'product')}"
    return f"{quantity(count, 'product has', 'products have')} a text that is unlike all categories"


def _hidden(count: int) -> str:
    return (
        f"{quantity(count, 'product was', 'products were')} in a category that an edit has hidden"
    )
