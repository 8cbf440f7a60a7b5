"""A change report as files: `changes.json`, and `mapping.csv` for other systems."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from topicmodel.datatypes import ChangeReport, TopicChange, TopicId
from topicmodel.files.formulas import guarded

if TYPE_CHECKING:
    from pydantic import TypeAdapter

HEADER = ("old_id", "old_name", "new_id", "new_name", "level", "relation", "shared_products")

_FATES = ("stayed", "moved", "arrived", "left")

_Way = tuple[TopicId | None, TopicId | None]
"""Old and new category of products; None where there is none."""


def as_record(report: ChangeReport) -> dict[str, Any]:
    """The report as plain JSON values, for `changes.json`."""
    values = _adapter().dump_python(report, mode="json")
    products = {fate: values.pop(fate) for fate in _FATES}
    edits = values.pop("edits")
    return {"is_empty": report.is_empty, **values, "products": products, "edits": edits}


def report_from(record: Mapping[str, Any]) -> ChangeReport:
    """The report that a record was made of.

    Raises:
        KeyError, TypeError, ValueError: it was not made by `as_record`.
    """
    values = {key: value for key, value in record.items() if key not in ("is_empty", "products")}
    fates = {fate: record["products"][fate] for fate in _FATES}
    return _adapter().validate_python(values | fates)


@cache
def _adapter() -> TypeAdapter[ChangeReport]:
    from pydantic import TypeAdapter

    return TypeAdapter(ChangeReport)


def mapping_csv(report: ChangeReport) -> str:
    """What has become of every old category, and where every new one comes from, as CSV.

    A row for each old and new category that share products, level by level; shared_products counts
    them. relation tells what the new one is to the old one:

        same: the category lives on.
        split_into: one of the parts that it was split into.
        merged_into: the category that it, with others, has merged into.
        moved_to: the old category lives on, but these products have gone there.
        retired: the old category is gone, neither split nor merged; these of its products are there
            now. Without a new id: none of its products is in a category now.
        born: the category is new, and no product of it was in a category before. Without an old id.

    Products without a category, before or now, are not counted. A text that a spreadsheet would
    take for a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    topics: dict[TopicId | None, TopicChange] = {topic.id: topic for topic in report.topics}
    for (old, new), products in _ways(report).items():
        writer.writerow(_cells(topics.get(old), topics.get(new), products))
    return text.getvalue()


def _ways(report: ChangeReport) -> dict[_Way, int]:
    """Shared products of old and new categories, each category at least once, largest first."""
    lasting = [topic for topic in report.topics if not {"born", "retired"} & set(topic.relations)]
    ways: dict[_Way, int] = {(topic.id, topic.id): 0 for topic in lasting}
    for flow in report.flows:
        if flow.previous is not None and flow.current is not None:
            ways[flow.previous, flow.current] = flow.products
    seen = {old for old, _ in ways}, {new for _, new in ways}
    for topic in report.topics:
        if "retired" in topic.relations and topic.id not in seen[0]:
            ways[topic.id, None] = 0
        if "born" in topic.relations and topic.id not in seen[1]:
            ways[None, topic.id] = 0
    places: dict[TopicId | None, int] = {topic.id: n for n, topic in enumerate(report.topics)}

    def place(way: _Way) -> tuple[int, int, int]:
        old, new = way
        return places[new if old is None else old], -ways[way], places.get(new, -1)

    return {way: ways[way] for way in sorted(ways, key=place)}


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
