"""What has become of each category, as the change page lists it: by relation, in tree order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from topicmodel.datatypes import ChangeReport, Flow, Relation, TopicChange, TopicId
from topicmodel.reporting.formatting import anchor, displayed
from topicmodel.reporting.points import UNSORTED

_PARTS_SHOWN = 3

RELATIONS: Mapping[Relation, tuple[str, str]] = {
    "born": ("New", "They were not there before."),
    "retired": ("Gone", "They are not there any more. Their ids are never given again."),
    "split": ("Split", "Their products are in two or more categories now."),
    "merged": ("Merged", "Two or more categories have become one."),
    "renamed": ("Renamed", "The same category and the same id, with another name."),
    "moved": ("Moved", "Subcategories that are in another main category now."),
    "grown": ("Grown", "They hold more products than before."),
    "shrunk": ("Shrunk", "They hold fewer products than before."),
    "kept": ("Unchanged", "Same id, same name and about as many products."),
}
"""Each relation, the most telling first -> word for it and one sentence about it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Products of a category that came from one place, or went to one."""

    name: str
    products: int


@dataclass(frozen=True, slots=True)
class ChangedCategory:
    """One row of a table of categories."""

    id: str
    name: str
    parent: str
    """Name of the main category that it is in, "" for a main category."""
    anchor: str
    """Its place in the report; "" where it is gone."""
    previous_size: int
    size: int
    change: str
    """Difference in products, as `+12` or `±0`."""
    tags: tuple[str, ...]
    """Words for all that happened to it."""
    notes: tuple[str, ...]
    """Old name, old place, and what it was merged from or split into."""
    came: tuple[Part, ...]
    """Where the products come from that were not in it before, the most first."""
    went: tuple[Part, ...]
    """Where the products are that are no longer in it."""
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelationGroup:
    """The categories that changed in the same way."""

    relation: Relation
    title: str
    meaning: str
    categories: tuple[ChangedCategory, ...]


def relation_groups(report: ChangeReport, n_examples: int) -> tuple[RelationGroup, ...]:
    """Every category once, under the first of its relations; subcategories behind their parent."""
    lookups = _lookups(report, n_examples)
    members: dict[Relation, list[TopicChange]] = defaultdict(list)
    for topic in _in_tree_order(report.topics):
        members[main_relation(topic)].append(topic)
    return tuple(
        RelationGroup(relation, *words, tuple(_row(lookups, t) for t in members[relation]))
        for relation, words in RELATIONS.items()
        if members[relation]
    )


def main_relation(topic: TopicChange) -> Relation:
    """The most telling of its relations."""
    return next((relation for relation in RELATIONS if relation in topic.relations), "kept")


def shown_name(name: str) -> str:
    """The name of a category as it is shown, never empty."""
    return displayed(name, 80) or "(no name)"


@dataclass(frozen=True, slots=True)
class _Lookups:
    """What every row needs to know of the others."""

    before: Mapping[TopicId, str]
    """Names of the categories then."""
    now: Mapping[TopicId, str]
    """Names now, or their last ones."""
    came: Mapping[TopicId, Sequence[Flow]]
    went: Mapping[TopicId, Sequence[Flow]]
    n_examples: int


def _lookups(report: ChangeReport, n_examples: int) -> _Lookups:
    came: dict[TopicId, list[Flow]] = defaultdict(list)
    went: dict[TopicId, list[Flow]] = defaultdict(list)
    for flow in sorted(report.flows, key=lambda flow: -flow.products):
        if flow.previous == flow.current:
            continue
        if flow.current is not None:
            came[flow.current].append(flow)
        if flow.previous is not None:
            went[flow.previous].append(flow)
    before = {topic.id: shown_name(topic.previous_name or topic.name) for topic in report.topics}
    now = {topic.id: shown_name(topic.name) for topic in report.topics}
    return _Lookups(before, now, came, went, n_examples)


def _in_tree_order(topics: Sequence[TopicChange]) -> list[TopicChange]:
    """Each main category, and behind it those of its subcategories."""
    place = {topic.id: i for i, topic in enumerate(topics)}

    def key(topic: TopicChange) -> tuple[int, int, int]:
        root = (topic.parent or topic.previous_parent) if topic.level == 2 else topic.id
        return place.get(root, len(place)) if root else len(place), topic.level, place[topic.id]

    return sorted(topics, key=key)


def _row(lookups: _Lookups, topic: TopicChange) -> ChangedCategory:
    parent = topic.parent or topic.previous_parent
    return ChangedCategory(
        id=displayed(topic.id, 60),
        name=shown_name(topic.name),
        parent=_name(lookups.now, parent) if topic.level == 2 and parent else "",
        anchor="" if "retired" in topic.relations else anchor(topic.id),
        previous_size=topic.previous_size,
        size=topic.size,
        change=_difference(topic.size - topic.previous_size),
        tags=tuple(RELATIONS[key][0] for key in RELATIONS if key in topic.relations),
        notes=tuple(_notes(lookups, topic)),
        came=_came(lookups, topic),
        went=_went(lookups, topic),
        examples=tuple(displayed(title) for title in topic.examples[: lookups.n_examples]),
    )


def _name(names: Mapping[TopicId, str], topic: TopicId) -> str:
    return names.get(topic) or displayed(topic, 60)


def _difference(products: int) -> str:
    if not products:
        return "±0"
    return f"+{products:,}" if products > 0 else f"\N{MINUS SIGN}{-products:,}"


def _notes(lookups: _Lookups, topic: TopicChange) -> Iterable[str]:
    if "renamed" in topic.relations:
        yield f"was called {shown_name(topic.previous_name)}"
    if "moved" in topic.relations and topic.previous_parent:
        yield f"was in {_name(lookups.before, topic.previous_parent)}"
    if topic.sources:
        verb = "merged from" if "merged" in topic.relations else "split off from"
        yield f"{verb} {_names(lookups.before, topic.sources)}"
    if topic.targets:
        verb = "split into" if "split" in topic.relations else "went to"
        yield f"{verb} {_names(lookups.now, topic.targets)}"


def _names(names: Mapping[TopicId, str], topics: Iterable[TopicId]) -> str:
    return ", ".join(_name(names, topic) for topic in topics)


def _came(lookups: _Lookups, topic: TopicChange) -> tuple[Part, ...]:
    flows = [
        Part(_place(lookups.before, flow.previous, topic.level), flow.products)
        for flow in lookups.came.get(topic.id, ())
    ]
    return _parts("new in the dump", topic.arrived, flows, topic.came)


def _went(lookups: _Lookups, topic: TopicChange) -> tuple[Part, ...]:
    flows = [
        Part(_place(lookups.now, flow.current, topic.level), flow.products)
        for flow in lookups.went.get(topic.id, ())
    ]
    return _parts("no longer in the dump", topic.left, flows, topic.went)


def _place(names: Mapping[TopicId, str], topic: TopicId | None, level: int) -> str:
    if topic is None:
        return UNSORTED if level == 1 else "No subcategory"
    return _name(names, topic)


def _parts(outside: str, n_outside: int, flows: Sequence[Part], total: int) -> tuple[Part, ...]:
    """The largest parts by name, the others as one more part."""
    shown = list(flows[:_PARTS_SHOWN])
    rest = total - sum(part.products for part in shown)
    parts = [Part(outside, n_outside), *shown, Part("elsewhere", rest)]
    return tuple(part for part in parts if part.products > 0)
