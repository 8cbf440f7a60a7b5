"""Categories whose name is true of too few of their products, and other names for them."""

from __future__ import annotations

from dataclasses import dataclass

from topicmodel.datatypes import Taxonomy, Topic
from topicmodel.reporting.formatting import anchor, displayed, percent, writable
from topicmodel.reporting.points import category_name


@dataclass(frozen=True, slots=True)
class WeakName:
    """A weak name, as the page lists it."""

    id: str
    """Of its category in the run, for scripts."""
    anchor: str
    """Link target of its category in the page."""
    name: str
    parent: str
    """Name of the category above; "" on level one."""
    truth: str
    """How far it is true, such as `true of 43% of its 1,200 products`."""
    others: tuple[str, ...]
    """Other names that it could have, the best first."""


def weak_names(taxonomy: Taxonomy) -> tuple[WeakName, ...]:
    """The weak names of a tree, those of the largest categories first."""
    parents = {topic.id: category_name(topic) for topic in taxonomy.level1}
    weak = [topic for topic in taxonomy.topics if topic.is_weakly_named]
    return tuple(
        WeakName(
            id=writable(topic.id),
            anchor=anchor(topic.id),
            name=category_name(topic),
            parent=parents.get(topic.parent, "") if topic.parent else "",
            truth=name_truth(topic),
            others=tuple(displayed(name, 80) for name in topic.runners_up),
        )
        for topic in sorted(weak, key=lambda topic: -topic.size)
    )


def name_truth(topic: Topic) -> str:
    """How far the name of a category is true, in words; "" where nobody has measured it."""
    if topic.coverage is None:
        return ""
    share = percent(round(100 * topic.coverage), 100)
    products = "1 product" if topic.size == 1 else f"{topic.size:,} products"
    return f"true of {share} of its {products}"
