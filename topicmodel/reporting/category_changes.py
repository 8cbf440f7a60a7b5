"""The categories on the change page, grouped by how they changed, in the order of the tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from topicmodel.datatypes import ChangeReport, Flow, Relation, TopicChange, TopicId
from topicmodel.reporting.formatting import anchor, displayed
from topicmodel.reporting.points import UNSORTED

_PARTS_SHOWN = 3

RELATIONS: Mapping[Relation, tuple[str, str]] = {
    "born": ("New", "These categories did not exist before."),
    "retired": ("Gone", "These categories no longer exist. Their ids are never used again."),
    "split": ("Split", "The products of these categories are in two or more categories now."),
    "merged": ("Merged", "Two or more categories have become one."),
    "renamed": ("Renamed", "These categories have a new name and the same id."),
    "moved": ("Moved", "These subcategories are in another main category now."),
    "grown": ("Grown", "These categories have more products than before."),
    "shrunk": ("Shrunk", "These categories have fewer products than before."),
    "kept": (
        "Unchanged",
        "These categories have the same id, the same name and about as many products.",
    ),
}
"""Relation -> its heading and a sentence; the most important relation comes first."""


@dataclass(frozen=True, slots=True)
class Part:
    """A number of products that came into a category from another one, or went to another one."""

    name: str
    products: int


@dataclass(frozen=True, slots=True)
class ChangedCategory:
    """One row of a table of categories."""

    id: str
    name: str
    parent: str
    """Name of the main category above; "" for a main category."""
    anchor: str
    """Link target of the category in the report; "" where it is gone."""
    previous_size: int
    size: int
    change: str
    """Change of the number of products, such as `+12` or `±0`."""
    tags: tuple[str, ...]
    """Words for all its relations, such as `Renamed`."""
    notes: tuple[str, ...]
    """Former name, former parent, and the categories that it was merged from or split into."""
    came: tuple[Part, ...]
    """The former categories of its new products, by decreasing number of products."""
    went: tuple[Part, ...]
    """The current categories of the products that are no longer in it."""
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelationGroup:
    """The categories that changed in the same way."""

    relation: Relation
    title: str
    meaning: str
    categories: tuple[ChangedCategory, ...]


def relation_groups(report: ChangeReport, n_examples: int) -> tuple[RelationGroup, ...]:
    """Each category once, under its most important relation; subcategories follow their parent."""
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
    """The most important relation of a category."""
    return next((relation for relation in RELATIONS if relation in topic.relations), "kept")


def shown_name(name: str) -> str:
    """The name of a category as it is shown; never empty."""
    return displayed(name, 80) or "(no name)"


@dataclass(frozen=True, slots=True)
class _ChangeLookups:
    """What each row needs to know of other categories."""

    before: Mapping[TopicId, str]
    """Names of the categories in the previous run."""
    now: Mapping[TopicId, str]
    """Names of the categories in the current run; the last name where a category is gone."""
    came: Mapping[TopicId, Sequence[Flow]]
    went: Mapping[TopicId, Sequence[Flow]]
    n_examples: int


def _lookups(report: ChangeReport, n_examples: int) -> _ChangeLookups:
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
    return _ChangeLookups(before, now, came, went, n_examples)


def _in_tree_order(topics: Sequence[TopicChange]) -> list[TopicChange]:
    """Sort categories so that each main category is followed by its subcategories."""
    index = {topic.id: i for i, topic in enumerate(topics)}

    def key(topic: TopicChange) -> tuple[int, int, int]:
        root = (topic.parent or topic.previous_parent) if topic.level == 2 else topic.id
        return index.get(root, len(index)) if root else len(index), topic.level, index[topic.id]

    return sorted(topics, key=key)


def _row(lookups: _ChangeLookups, topic: TopicChange) -> ChangedCategory:
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


def _notes(lookups: _ChangeLookups, topic: TopicChange) -> Iterable[str]:
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


def _came(lookups: _ChangeLookups, topic: TopicChange) -> tuple[Part, ...]:
    flows = [
        Part(_name_or_none(lookups.before, flow.previous, topic.level), flow.products)
        for flow in lookups.came.get(topic.id, ())
    ]
    return _parts("new in the dump", topic.arrived, flows, topic.came)


def _went(lookups: _ChangeLookups, topic: TopicChange) -> tuple[Part, ...]:
    flows = [
        Part(_name_or_none(lookups.now, flow.current, topic.level), flow.products)
        for flow in lookups.went.get(topic.id, ())
    ]
    return _parts("no longer in the dump", topic.left, flows, topic.went)


def _name_or_none(names: Mapping[TopicId, str], topic: TopicId | None, level: int) -> str:
    if topic is None:
        return UNSORTED if level == 1 else "No subcategory"
    return _name(names, topic)


def _parts(outside: str, n_outside: int, flows: Sequence[Part], total: int) -> tuple[Part, ...]:
    """The largest parts by name, and the others together as one more part."""
    shown = list(flows[:_PARTS_SHOWN])
    rest = total - sum(part.products for part in shown)
    parts = [Part(outside, n_outside), *shown, Part("elsewhere", rest)]
    return tuple(part for part in parts if part.products > 0)
