"""The categories while the edits of a log are carried out, one after another."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from topicmodel.datatypes import Taxonomy, TopicId


@dataclass(frozen=True, slots=True)
class Category:
    """A category as the edits have left it."""

    id: TopicId
    parent: TopicId | None
    level: int
    name: str
    made_of: tuple[TopicId, ...]
    """The fitted categories that were merged into it, itself first."""
    weights: Mapping[TopicId, int]
    """Fitted categories whose centroids make up its own -> products that speak for each."""

    def __str__(self) -> str:
        """Name and id, for people."""
        return f"{self.name} ({self.id})"


class ObstacleError(Exception):
    """Why an edit cannot be carried out, and what a person can do about it."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


class Board:
    """The categories while the edits of a log are carried out, one after another."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.categories = {
            # Of an empty category the centroid still counts for something.
            t.id: Category(t.id, t.parent, t.level, t.name, (t.id,), {t.id: max(t.size, 1)})
            for t in taxonomy.topics
        }
        self.gone: dict[TopicId, tuple[str, str]] = {}

    def find(self, topic: TopicId | None) -> Category:
        """The category of that id; ObstacleError where there is none or no more."""
        if topic is None:
            raise ObstacleError("the edit names no category", "Name one.")
        if topic in self.gone:
            raise ObstacleError(*self.gone[topic])
        if topic not in self.categories:
            raise ObstacleError(f"the category {topic} is no longer there")
        return self.categories[topic]

    def put(self, category: Category) -> None:
        """Have a category as it is now, in place of what it was."""
        self.categories[category.id] = category

    def remove(self, category: Category, why: str, number: int) -> None:
        """Take a category out, and remember why and by which edit."""
        del self.categories[category.id]
        reason = f"the category {category} {why} by edit {number}"
        self.gone[category.id] = (reason, f"Undo edit {number} first.")

    def children(self, parent: TopicId) -> list[Category]:
        """The categories below one, in the order of the fitted taxonomy."""
        return [c for c in self.categories.values() if c.parent == parent]

    def namesake(self, name: str, parent: TopicId | None, but: TopicId) -> Category | None:
        """A category below the parent, other than `but`, that has the name."""
        wanted = fold(name)
        siblings = (c for c in self.categories.values() if c.parent == parent and c.id != but)
        return next((c for c in siblings if fold(c.name) == wanted), None)

    def adopt(self, child: Category, parent: TopicId) -> None:
        """Put a level-two category below another parent; the centroids of both parents follow."""
        former = child.parent
        self.put(replace(child, parent=parent))
        self._gain(parent, child.weights)
        if former is not None:
            self._lose(former)

    def absorb(self, target: TopicId, other: Category, number: int) -> None:
        """Merge a category, without what is below it, into one of its level."""
        kept = self.categories[target]
        self.remove(other, f"was merged into {kept}", number)
        if kept.parent != other.parent and kept.parent is not None and other.parent is not None:
            self._gain(kept.parent, other.weights)
            self._lose(other.parent)
        self.put(replace(kept, made_of=(*kept.made_of, *other.made_of)))
        self._gain(target, other.weights)

    def _gain(self, topic: TopicId, weights: Mapping[TopicId, int]) -> None:
        category = self.categories[topic]
        self.put(replace(category, weights=_sum([category.weights, weights])))

    def _lose(self, topic: TopicId) -> None:
        # Without children left there is nothing better than what it had.
        if children := self.children(topic):
            weights = _sum(child.weights for child in children)
            self.put(replace(self.categories[topic], weights=weights))


def _sum(weights: Iterable[Mapping[TopicId, int]]) -> dict[TopicId, int]:
    total: Counter[TopicId] = Counter()
    for some in weights:
        total.update(some)
    return dict(total)


def fold(text: str) -> str:
    """The text for comparisons: case, width and blanks do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
