"""Compute what the change page shows from a change report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from topicmodel.datatypes import ChangeReport, ProductChanges, Relation, Snapshot, TopicChange
from topicmodel.datatypes.catalogue_wording import catalogue_change
from topicmodel.reporting.category_changes import (
    RELATIONS,
    RelationGroup,
    relation_groups,
    shown_name,
)
from topicmodel.reporting.edit_log import EditRow, edit_rows
from topicmodel.reporting.flows import FlowPicture, flow_picture
from topicmodel.reporting.formatting import displayed, percent, quantity
from topicmodel.reporting.points import UNSORTED
from topicmodel.reporting.summary import Headline, dump_name
from topicmodel.settings import ReportSettings

_PRODUCTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Date, dump and counts of one of the two runs."""

    date: str
    dump: str
    """Names of the files of the dump."""
    n_products: int
    n_level1: int
    n_level2: int
    n_unsorted: int
    catalogue: str
    """Source of the catalogue of goods that the main categories follow; "" where they follow
    none."""


@dataclass(frozen=True, slots=True)
class RelationCount:
    """How many categories changed in one way."""

    word: str
    count: int
    detail: str
    """The count by level, such as `2 main, 3 sub`; "" where the count is 0."""


@dataclass(frozen=True, slots=True)
class ChangedProduct:
    """A product with its category path before and now; "" where the dump does not have it."""

    id: str
    title: str
    previous: str
    current: str


@dataclass(frozen=True, slots=True)
class ProductGroup:
    """The products that arrived, left or moved, with a few examples."""

    anchor: str
    title: str
    count: int
    share: str
    products: tuple[ChangedProduct, ...]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """All that the change page shows."""

    title: str
    created: str
    is_empty: bool
    summary: str
    catalogue_change: str
    """That another catalogue of goods was followed before, in one sentence; "" if not."""
    previous: RunSummary
    current: RunSummary
    headlines: tuple[Headline, ...]
    relations: tuple[RelationCount, ...]
    picture: FlowPicture
    groups: tuple[RelationGroup, ...]
    products: tuple[ProductGroup, ...]
    """The products that arrived, left and moved; groups without products are left out."""
    edits: tuple[EditRow, ...]


def build_changes(report: ChangeReport, settings: ReportSettings) -> ChangePage:
    """Compute what the change page shows; the same report always gives the same values."""
    names = {topic.id: topic.previous_name or topic.name for topic in report.topics}
    return ChangePage(
        title=_heading(report, settings),
        created=displayed(report.current.created[:10]),
        is_empty=report.is_empty,
        summary=_summary(report),
        catalogue_change=displayed(catalogue_change(report), 400),
        previous=_run_summary(report.previous),
        current=_run_summary(report.current),
        headlines=_headlines(report),
        relations=tuple(_relation_count(report.topics, relation) for relation in RELATIONS),
        picture=flow_picture(report),
        groups=relation_groups(report, settings.n_examples),
        products=_product_groups(report),
        edits=edit_rows(report.edits, names),
    )


def _heading(report: ChangeReport, settings: ReportSettings) -> str:
    if settings.title:
        return f"What changed: {displayed(settings.title)}"
    before, now = dump_name(report.previous.sources), dump_name(report.current.sources)
    if not (before and now) or before == now:
        return f"What changed: {displayed(now or before) or 'product categories'}"
    return f"What changed: {displayed(before)} to {displayed(now)}"


def _run_summary(snapshot: Snapshot) -> RunSummary:
    return RunSummary(
        date=displayed(snapshot.created[:10]),
        dump=displayed(", ".join(snapshot.sources), 400),
        n_products=snapshot.n_products,
        n_level1=snapshot.n_level1,
        n_level2=snapshot.n_level2,
        n_unsorted=snapshot.n_unsorted,
        catalogue=displayed(snapshot.catalogue),
    )


def _summary(report: ChangeReport) -> str:
    if report.is_empty:
        return "Nothing has changed."
    return " ".join([_products_in_words(report), _moves_in_words(report), _tree_in_words(report)])


def _products_in_words(report: ChangeReport) -> str:
    arrived, left = report.arrived, report.left
    if not (arrived.count or left.count):
        return f"The dump holds the same {quantity(report.current.n_products, 'product')}."
    new = f"{arrived.count:,} ({percent(arrived.share, 1)})" if arrived.count else "none"
    gone = f"{left.count:,} ({percent(left.share, 1)})" if left.count else "none"
    return (
        f"The new dump holds {quantity(report.current.n_products, 'product')}, of which {new} "
        f"{'is' if arrived.count == 1 else 'are'} new; of the "
        f"{report.previous.n_products:,} in the dump before, {gone} "
        f"{'is' if left.count == 1 else 'are'} gone."
    )


def _moves_in_words(report: ChangeReport) -> str:
    shared = report.stayed.count + report.moved.count
    if not shared:
        return "The two dumps have no product in common."
    if not report.moved.count:
        return "All products that are in both dumps are in the same category as before."
    stayed, moved = report.stayed.count, report.moved.count
    as_before = "is where it was" if stayed == 1 else "are where they were"
    return (
        f"Of the {quantity(shared, 'product')} in both dumps, {stayed:,} "
        f"({percent(stayed, shared)}) {as_before} and {moved:,} ({percent(moved, shared)}) "
        f"{'is' if moved == 1 else 'are'} in another category."
    )


def _tree_in_words(report: ChangeReport) -> str:
    born = [topic for topic in report.topics if "born" in topic.relations]
    retired = [topic for topic in report.topics if "retired" in topic.relations]
    if not (born or retired):
        return "No category is new, and no category is gone."
    parts = []
    if born:
        largest = max(born, key=lambda topic: topic.size)
        parts.append(_counted(born, "new", largest, f"with {quantity(largest.size, 'product')}"))
    if retired:
        largest = max(retired, key=lambda topic: topic.previous_size)
        had = f"which had {quantity(largest.previous_size, 'product')}"
        parts.append(_counted(retired, "gone", largest, had))
    return f"{'; '.join(parts)}."


def _counted(topics: Sequence[TopicChange], what: str, largest: TopicChange, size: str) -> str:
    number = quantity(len(topics), "category", "categories")
    name = shown_name(largest.name)
    if len(topics) == 1:
        return f"{number} is {what}: {name}, {size}"
    return f"{number} are {what}, the largest of them {name}, {size}"


def _headlines(report: ChangeReport) -> tuple[Headline, ...]:
    fates = (
        ("arrived", report.arrived, "of the products now"),
        ("left", report.left, "of the products before"),
        ("moved", report.moved, "of the products now"),
        ("stayed", report.stayed, "of the products now"),
    )
    return tuple(
        Headline(f"{changes.count:,}", f"{words}, {percent(changes.share, 1)} {whole}")
        for words, changes, whole in fates
    )


def _relation_count(topics: Sequence[TopicChange], relation: Relation) -> RelationCount:
    levels = [topic.level for topic in topics if relation in topic.relations]
    parts = ((levels.count(1), "main"), (levels.count(2), "sub"))
    detail = ", ".join(f"{count:,} {level}" for count, level in parts if count)
    return RelationCount(RELATIONS[relation][0], len(levels), detail)


def _product_groups(report: ChangeReport) -> tuple[ProductGroup, ...]:
    groups = (
        _product_group("arrived", "Arrived", report.arrived, "of the products now"),
        _product_group("left", "Left", report.left, "of the products before"),
        _product_group("moved-products", "Moved", report.moved, "of the products now"),
    )
    return tuple(group for group in groups if group.count)


def _product_group(anchor: str, title: str, changes: ProductChanges, whole: str) -> ProductGroup:
    arrived, left = anchor == "arrived", anchor == "left"
    return ProductGroup(
        anchor=anchor,
        title=title,
        count=changes.count,
        share=f"{percent(changes.share, 1)} {whole}",
        products=tuple(
            ChangedProduct(
                id=displayed(product.id, 60),
                title=displayed(product.title) or "(no title)",
                previous="" if arrived else _path(product.previous),
                current="" if left else _path(product.current),
            )
            for product in changes.examples[:_PRODUCTS_SHOWN]
        ),
    )


def _path(names: tuple[str, str]) -> str:
    return " / ".join(displayed(name, 80) for name in names if name) or UNSORTED
