"""A change report as files: `changes.json`, and `mapping.csv` for other systems."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from topicmodel.datatypes import ChangeReport, TopicChange, TopicId
from topicmodel.datatypes.catalogue_wording import catalogue_change
from topicmodel.files.formulas import guarded

if TYPE_CHECKING:
    from pydantic import TypeAdapter

HEADER = ("old_id", "old_name", "new_id", "new_name", "level", "relation", "shared_products")

_FATES = ("stayed", "moved", "arrived", "left")

_TopicPair = tuple[TopicId | None, TopicId | None]
"""Category in the previous run and in the current run; None for none."""


def as_record(report: ChangeReport) -> dict[str, Any]:
    """The report as JSON values, for `changes.json`."""
    values = _adapter().dump_python(report, mode="json")
    products = {fate: values.pop(fate) for fate in _FATES}
    edits = values.pop("edits")
    said = {"is_empty": report.is_empty, "catalogue_change": catalogue_change(report)}
    return {**said, **values, "products": products, "edits": edits}


def report_from(record: Mapping[str, Any]) -> ChangeReport:
    """Read a report from the JSON values that `as_record` has made.

    Raises:
        KeyError, TypeError, ValueError: the record was not made by `as_record`.
    """
    derived = ("is_empty", "catalogue_change", "products")
    values = {key: value for key, value in record.items() if key not in derived}
    fates = {fate: record["products"][fate] for fate in _FATES}
    return _adapter().validate_python(values | fates)


@cache
def _adapter() -> TypeAdapter[ChangeReport]:
    from pydantic import TypeAdapter

    return TypeAdapter(ChangeReport)


def mapping_csv(report: ChangeReport) -> str:
    """The categories of the previous run and their successors in the current run, as CSV.

    There is a row for each pair of an old and a new category that share products, level by level;
    shared_products is their number. relation is one of:

        same: the old and the new category are the same one.
        split_into: the old category was split, and the new one is a part of it.
        merged_into: the old category was merged with others into the new one.
        moved_to: the old category is still there, but these of its products are in the new one.
        retired: the old category is gone without a split or a merge, and these of its products are
            in the new one. new_id is empty where none of its products has a category now.
        born: the category is new, and none of its products had a category before; old_id is empty.

    Products without a category in either run are not counted. A text that a spreadsheet would
    read as a formula gets an apostrophe before it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    topics: dict[TopicId | None, TopicChange] = {topic.id: topic for topic in report.topics}
    for (old, new), products in _topic_pairs(report).items():
        writer.writerow(_cells(topics.get(old), topics.get(new), products))
    return text.getvalue()


def _topic_pairs(report: ChangeReport) -> dict[_TopicPair, int]:
    """Old and new category -> number of shared products, the largest first.

    Every category is in at least one pair.
    """
    kept = [topic for topic in report.topics if not {"born", "retired"} & set(topic.relations)]
    pairs: dict[_TopicPair, int] = {(topic.id, topic.id): 0 for topic in kept}
    for flow in report.flows:
        if flow.previous is not None and flow.current is not None:
            pairs[flow.previous, flow.current] = flow.products
    seen = {old for old, _ in pairs}, {new for _, new in pairs}
    for topic in report.topics:
        if "retired" in topic.relations and topic.id not in seen[0]:
            pairs[topic.id, None] = 0
        if "born" in topic.relations and topic.id not in seen[1]:
            pairs[None, topic.id] = 0
    index: dict[TopicId | None, int] = {topic.id: i for i, topic in enumerate(report.topics)}

    def key(pair: _TopicPair) -> tuple[int, int, int]:
        old, new = pair
        return index[new if old is None else old], -pairs[pair], index.get(new, -1)

    return {pair: pairs[pair] for pair in sorted(pairs, key=key)}


def _cells(old: TopicChange | None, new: TopicChange | None, products: int) -> list[object]:
    topic = old or new
    cells = [
        old.id if old else "",
        old.previous_name if old else "",
        new.id if new else "",
        new.name if new else "",
        topic.level if topic else "",
        _relation(old, new),
        products,
    ]
    return list(map(guarded, cells))


def _relation(old: TopicChange | None, new: TopicChange | None) -> str:
    if old is None:
        return "born"
    if new is None:
        return "retired"
    if old.id == new.id:
        return "same"
    if "split" in old.relations and new.id in old.targets:
        return "split_into"
    if "merged" in new.relations and old.id in new.sources:
        return "merged_into"
    return "retired" if "retired" in old.relations else "moved_to"
