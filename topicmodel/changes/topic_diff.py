"""What has become of each category."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from topicmodel.changes.pairs import Pairs, Rows
from topicmodel.datatypes import Flow, Relation, Run, Topic, TopicChange, TopicId

LEAST_GROWTH = 0.1
"""A category that grew or shrank by no more than this share has kept its size."""

LEAST_PRODUCTS = 5
"""Fewer products than that make no growth, no part of a split and no share in a merger."""

SPLIT_SHARE = 0.2
"""Least share of a category's products in each of those that it was split into."""

MERGE_SHARE = 0.5
"""Least share of its products that a category gives to the one it has merged into."""

N_TITLES = 8
"""Example titles of a category, at most."""


def topic_changes(pairs: Pairs, level: int, flows: Iterable[Flow]) -> list[TopicChange]:
    """All categories of one level in either run, by falling size."""
    streams = _Streams.of(flow for flow in flows if flow.level == level)
    old, new = _topics(pairs.previous, level), _topics(pairs.current, level)
    old_sizes, new_sizes = map(Counter, pairs.places(level))
    titles = _titles(pairs, level, set(new))
    changes = [
        _topic_change(
            old.get(topic),
            new.get(topic),
            (old_sizes[topic], new_sizes[topic]),
            streams,
            titles.get(topic, ()),
        )
        for topic in old | new
    ]
    return sorted(changes, key=lambda topic: (-topic.size, -topic.previous_size, topic.id))


@dataclass(frozen=True)
class _Streams:
    """How the products of both dumps went on one level; None stands for no category."""

    went: Mapping[TopicId | None, Counter[TopicId | None]]
    """Previous category -> products by current one."""
    came: Mapping[TopicId | None, Counter[TopicId | None]]
    """Current category -> products by previous one."""

    @classmethod
    def of(cls, flows: Iterable[Flow]) -> _Streams:
        """Flows as they are seen from their two ends."""
        went: defaultdict[TopicId | None, Counter[TopicId | None]] = defaultdict(Counter)
        came: defaultdict[TopicId | None, Counter[TopicId | None]] = defaultdict(Counter)
        for flow in flows:
            went[flow.previous][flow.current] = flow.products
            came[flow.current][flow.previous] = flow.products
        return cls(went, came)

    def targets(self, topic: TopicId) -> list[TopicId]:
        """Where products of a category are now, most first."""
        return _most_first(self.went[topic])

    def parts(self, topic: TopicId) -> list[TopicId]:
        """What a category was split into, itself among them where it lives on; else nothing."""
        parts = [to for to in self.targets(topic) if self._is_much(topic, to, SPLIT_SHARE)]
        return parts if len(parts) > 1 else []

    def partners(self, topic: TopicId) -> list[TopicId]:
        """What has merged into a category, its former self among them; else nothing."""
        sources = _most_first(self.came[topic])
        partners = [source for source in sources if self._is_much(source, topic, MERGE_SHARE)]
        return partners if len(partners) > 1 else []

    def sources(self, topic: TopicId) -> list[TopicId]:
        """What has merged into a category, and what it was split off from, most first."""
        partners = self.partners(topic)
        return [
            source
            for source in _most_first(self.came[topic])
            if source in partners or (source != topic and topic in self.parts(source))
        ]

    def _is_much(self, source: TopicId, target: TopicId, share: float) -> bool:
        count = self.went[source][target]
        return count >= LEAST_PRODUCTS and count / self.went[source].total() >= share


def _most_first(counts: Counter[TopicId | None]) -> list[TopicId]:
    return [topic for topic, _ in counts.most_common() if topic is not None]


def _topics(run: Run, level: int) -> dict[TopicId, Topic]:
    return {topic.id: topic for topic in run.taxonomy.topics if topic.level == level}


def _topic_change(
    old: Topic | None,
    new: Topic | None,
    sizes: tuple[int, int],
    streams: _Streams,
    titles: tuple[str, ...],
) -> TopicChange:
    last = new or old
    if last is None:
        raise AssertionError("A category is in neither of the two trees.")
    topic = last.id
    went, came = streams.went[topic], streams.came[topic]
    parts, stayed = streams.parts(topic), went[topic]
    return TopicChange(
        id=topic,
        level=last.level,
        relations=_relations(old, new, sizes, bool(parts), bool(streams.partners(topic))),
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
        sources=tuple(streams.sources(topic)),
        targets=tuple(parts or ([] if new else streams.targets(topic))),
        examples=titles,
    )


def _relations(
    old: Topic | None, new: Topic | None, sizes: tuple[int, int], split: bool, merged: bool
) -> tuple[Relation, ...]:
    growth = sizes[1] - sizes[0] if old and new else 0
    much = abs(growth) >= LEAST_PRODUCTS and abs(growth) > LEAST_GROWTH * sizes[0]
    found: Mapping[Relation, bool] = {
        "renamed": bool(old and new and old.name != new.name),
        "moved": bool(old and new and old.parent != new.parent),
        "grown": much and growth > 0,
        "shrunk": much and growth < 0,
        "split": split,
        "merged": merged,
        "born": old is None,
        "retired": new is None,
    }
    return tuple(relation for relation, holds in found.items() if holds) or ("kept",)


def _titles(pairs: Pairs, level: int, alive: set[TopicId]) -> dict[TopicId, tuple[str, ...]]:
    """Titles of products that are new in a category, or that were in it where it is retired."""
    before, after = pairs.places(level)
    products: defaultdict[TopicId, list[Rows]] = defaultdict(list)
    for old, new in pairs.rows:
        source = before[old] if old >= 0 else None
        target = after[new] if new >= 0 else None
        if target is not None and target != source:
            products[target].append((old, new))
        if source is not None and source not in alive:
            products[source].append((old, -1))
    return {topic: _distinct_titles(pairs, members) for topic, members in products.items()}


def _distinct_titles(pairs: Pairs, products: Iterable[Rows]) -> tuple[str, ...]:
    titles: dict[str, str] = {}
    for run, row in map(pairs.last_seen, pairs.surest_first(products)):
        titles.setdefault(run.products.titles[row].casefold(), run.products.titles[row])
        if len(titles) == N_TITLES:
            break
    return tuple(titles.values())
