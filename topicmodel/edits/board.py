"""The state of the categories while the edits of a log are carried out one by one."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from topicmodel.datatypes import Taxonomy, TopicId


@dataclass(frozen=True, slots=True)
class EditedCategory:
    """A category after the edits so far."""

    id: TopicId
    parent: TopicId | None
    level: int
    name: str
    made_of: tuple[TopicId, ...]
    """Ids of the fitted categories that this one was merged from, its own id first."""
    weights: Mapping[TopicId, int]
    """Fitted category -> weight of its centroid and its votes in those of this one, in products."""

    def __str__(self) -> str:
        """Name and id, as messages show them."""
        return f"{self.name} ({self.id})"


class ObstacleError(Exception):
    """An edit cannot be carried out; the message is the reason, `remedy` says what to do."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


class Board:
    """The state of the categories while the edits of a log are carried out one by one.

    Attributes:
        categories: the categories that are left, by id, in the order of the fitted taxonomy.
        removed: category that an edit has removed -> reason and remedy.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.categories = {
            # The centroid of an empty category gets the weight of one product.
            t.id: EditedCategory(t.id, t.parent, t.level, t.name, (t.id,), {t.id: max(t.size, 1)})
            for t in taxonomy.topics
        }
        self.removed: dict[TopicId, tuple[str, str]] = {}

    def find(self, topic: TopicId | None) -> EditedCategory:
        """The category with this id.

        Raises:
            ObstacleError: there is no such category, or an edit has removed it.
        """
        if topic is None:
            raise ObstacleError("the edit names no category", "Name one.")
        if topic in self.removed:
            raise ObstacleError(*self.removed[topic])
        if topic not in self.categories:
            raise ObstacleError(f"the category {topic} is no longer there")
        return self.categories[topic]

    def put(self, category: EditedCategory) -> None:
        """Store the new state of a category in place of the former one."""
        self.categories[category.id] = category

    def remove(self, category: EditedCategory, why: str, number: int) -> None:
        """Remove a category.

        Args:
            category: the category to remove.
            why: what happened to it, such as "is hidden".
            number: number of the edit, from 1.
        """
        del self.categories[category.id]
        reason = f"the category {category} {why} by edit {number}"
        self.removed[category.id] = (reason, f"Undo edit {number} first.")

    def children(self, parent: TopicId) -> list[EditedCategory]:
        """The subcategories of a category, in the order of the fitted taxonomy."""
        return [c for c in self.categories.values() if c.parent == parent]

    def find_namesake(
        self, name: str, parent: TopicId | None, excluded: TopicId
    ) -> EditedCategory | None:
        """A subcategory of the parent with this name, other than the excluded one."""
        wanted = fold(name)
        siblings = (c for c in self.categories.values() if c.parent == parent and c.id != excluded)
        return next((c for c in siblings if fold(c.name) == wanted), None)

    def move(self, child: EditedCategory, parent: TopicId) -> None:
        """Move a level-two category to another parent, and update the weights of both parents."""
        former = child.parent
        self.put(replace(child, parent=parent))
        self._add_weights(parent, child.weights)
        if former is not None:
            self._recompute_weights(former)

    def merge(self, target: TopicId, other: EditedCategory, number: int) -> None:
        """Merge a category, without its subcategories, into another one of the same level.

        Args:
            target: id of the category that stays.
            other: the category that is removed.
            number: number of the edit, from 1.
        """
        merged = self.categories[target]
        self.remove(other, f"was merged into {merged}", number)
        if merged.parent != other.parent and merged.parent is not None and other.parent is not None:
            self._add_weights(merged.parent, other.weights)
            self._recompute_weights(other.parent)
        self.put(replace(merged, made_of=(*merged.made_of, *other.made_of)))
        self._add_weights(target, other.weights)

    def _add_weights(self, topic: TopicId, weights: Mapping[TopicId, int]) -> None:
        category = self.categories[topic]
        self.put(replace(category, weights=_sum([category.weights, weights])))

    def _recompute_weights(self, topic: TopicId) -> None:
        # A category that has lost its last child keeps its weights.
        if children := self.children(topic):
            weights = _sum(child.weights for child in children)
            self.put(replace(self.categories[topic], weights=weights))


def _sum(weights: Iterable[Mapping[TopicId, int]]) -> dict[TopicId, int]:
    total: Counter[TopicId] = Counter()
    for each in weights:
        total.update(each)
    return dict(total)


def fold(text: str) -> str:
    """The text in a form for comparisons, in which case, width and spacing do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
