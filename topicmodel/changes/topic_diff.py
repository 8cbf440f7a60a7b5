"""How each category has changed: renamed, moved, grown, shrunk, split, merged, born, retired."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from topicmodel.changes.pairs import Pairs, Rows
from topicmodel.datatypes import Flow, Relation, Run, Topic, TopicChange, TopicId

MIN_GROWTH = 0.1
"""A category whose number of products changes by at most this share counts as unchanged."""

MIN_PRODUCTS = 5
"""Fewer products than this do not count as growth, as a part of a split or of a merge."""

SPLIT_SHARE = 0.2
"""Each part of a split has at least this share of the products of the former category."""

MERGE_SHARE = 0.5
"""A merged category gives at least this share of its products to the new one."""

N_TITLES = 8
"""At most so many example titles for each category."""


def topic_changes(pairs: Pairs, level: int, flows: Iterable[Flow]) -> list[TopicChange]:
    """The changes of all categories of one level, in either run, by decreasing size."""
    level_flows = _LevelFlows.of(flow for flow in flows if flow.level == level)
    old, new = _topics(pairs.previous, level), _topics(pairs.current, level)
    old_sizes, new_sizes = map(Counter, pairs.topics(level))
    titles = _titles(pairs, level, set(new))
    changes = [
        _topic_change(
            old.get(topic),
            new.get(topic),
            (old_sizes[topic], new_sizes[topic]),
            level_flows,
            titles.get(topic, ()),
        )
        for topic in old | new
    ]
    return sorted(changes, key=lambda topic: (-topic.size, -topic.previous_size, topic.id))


@dataclass(frozen=True)
class _LevelFlows:
    """Flows on one level of the products that are in both dumps; None stands for no category."""

    went: Mapping[TopicId | None, Counter[TopicId | None]]
    """Previous category -> number of products by current category."""
    came: Mapping[TopicId | None, Counter[TopicId | None]]
    """Current category -> number of products by previous category."""

    @classmethod
    def of(cls, flows: Iterable[Flow]) -> _LevelFlows:
        """Index flows by their previous and by their current category."""
        went: defaultdict[TopicId | None, Counter[TopicId | None]] = defaultdict(Counter)
        came: defaultdict[TopicId | None, Counter[TopicId | None]] = defaultdict(Counter)
        for flow in flows:
            went[flow.previous][flow.current] = flow.products
            came[flow.current][flow.previous] = flow.products
        return cls(went, came)

    def targets(self, topic: TopicId) -> list[TopicId]:
        """Current categories of a category's former products, by decreasing number of products."""
        return _most_first(self.went[topic])

    def parts(self, topic: TopicId) -> list[TopicId]:
        """The parts that a category was split into, sometimes itself too; [] without a split."""
        parts = [to for to in self.targets(topic) if self._is_large(topic, to, SPLIT_SHARE)]
        return parts if len(parts) > 1 else []

    def partners(self, topic: TopicId) -> list[TopicId]:
        """The categories that merged into this one, sometimes itself too; [] without a merge."""
        sources = _most_first(self.came[topic])
        partners = [source for source in sources if self._is_large(source, topic, MERGE_SHARE)]
        return partners if len(partners) > 1 else []

    def sources(self, topic: TopicId) -> list[TopicId]:
        """Categories that merged into this one or that it was split off from.

        They come by decreasing number of products.
        """
        partners = self.partners(topic)
        return [
            source
            for source in _most_first(self.came[topic])
            if source in partners or (source != topic and topic in self.parts(source))
        ]

    def _is_large(self, source: TopicId, target: TopicId, min_share: float) -> bool:
        count = self.went[source][target]
        return count >= MIN_PRODUCTS and count / self.went[source].total() >= min_share


def _most_first(counts: Counter[TopicId | None]) -> list[TopicId]:
    return [topic for topic, _ in counts.most_common() if topic is not None]


def _topics(run: Run, level: int) -> dict[TopicId, Topic]:
    return {topic.id: topic for topic in run.taxonomy.topics if topic.level == level}


def _topic_change(
    old: Topic | None,
    new: Topic | None,
    sizes: tuple[int, int],
    flows: _LevelFlows,
    titles: tuple[str, ...],
) -> TopicChange:
    last = new or old
    if last is None:
        raise AssertionError("A category is in neither of the two trees.")
    topic = last.id
    went, came = flows.went[topic], flows.came[topic]
    parts, stayed = flows.parts(topic), went[topic]
    return TopicChange(
        id=topic,
        level=last.level,
        relations=_relations(old, new, sizes, bool(parts), bool(flows.partners(topic))),
        name=last.name,
        previous_name=old.name if old else "",
        parent=new.parent if new else None,
        previous_parent=old.parent if old else None,
        size=sizes[1],
        previous_size=sizes[0],
        stayed=stayed,
        came=came.total() - stayed,
        went=went.total() - stayed,
        arrived=sizes[1] - came.total(),
        left=sizes[0] - went.total(),
        sources=tuple(flows.sources(topic)),
        targets=tuple(parts or ([] if new else flows.targets(topic))),
        examples=titles,
    )


def _relations(
    old: Topic | None, new: Topic | None, sizes: tuple[int, int], split: bool, merged: bool
) -> tuple[Relation, ...]:
    growth = sizes[1] - sizes[0] if old and new else 0
    is_large = abs(growth) >= MIN_PRODUCTS and abs(growth) > MIN_GROWTH * sizes[0]
    relations: Mapping[Relation, bool] = {
        "renamed": bool(old and new and old.name != new.name),
        "moved": bool(old and new and old.parent != new.parent),
        "grown": is_large and growth > 0,
        "shrunk": is_large and growth < 0,
        "split": split,
        "merged": merged,
        "born": old is None,
        "retired": new is None,
    }
    return tuple(relation for relation, holds in relations.items() if holds) or ("kept",)


def _titles(pairs: Pairs, level: int, current: set[TopicId]) -> dict[TopicId, tuple[str, ...]]:
    """Titles of the new products of each category, or of the former ones where it is retired."""
    before, after = pairs.topics(level)
    products: defaultdict[TopicId, list[Rows]] = defaultdict(list)
    for old, new in pairs.rows:
        source = before[old] if old >= 0 else None
        target = after[new] if new >= 0 else None
        if target is not None and target != source:
            products[target].append((old, new))
        if source is not None and source not in current:
            products[source].append((old, -1))
    return {topic: _distinct_titles(pairs, members) for topic, members in products.items()}


def _distinct_titles(pairs: Pairs, products: Iterable[Rows]) -> tuple[str, ...]:
    titles: dict[str, str] = {}
    for run, row in map(pairs.last_seen, pairs.most_confident_first(products)):
        titles.setdefault(run.products.titles[row].casefold(), run.products.titles[row])
        if len(titles) == N_TITLES:
            break
    return tuple(titles.values())
