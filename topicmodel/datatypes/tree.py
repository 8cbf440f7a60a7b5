"""The tree of categories and where each product is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NewType

from topicmodel.datatypes.arrays import Floats

TopicId = NewType("TopicId", str)
"""Opaque name of a category: minted once, kept over refits, never reused."""

LONGEST_MADE_NAME = 40
"""Characters of a name that the program gives: it shall fit a shop's menu and the page's boxes."""

LONGEST_GIVEN_NAME = 80
"""Characters of a name that a person gives: a person may want more than a menu needs, but no more
than the pages show of a name."""

Method = Literal["core", "reassigned", "parent_only", "unsorted", "pinned"]
"""How a product got its category: HDBSCAN or its votes on a catalogue put it there; by the nearest
centroid; the same, but on level one only; it has none; or a person put it there."""


LEAST_COVERAGE = {1: 0.7, 2: 0.6}
"""Level -> the share of a category's products that a good name is true of at least."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One category of the tree."""

    id: TopicId
    parent: TopicId | None
    level: int
    """1 or 2."""
    name: str
    keywords: tuple[tuple[str, float], ...]
    """Terms with their c-TF-IDF weight, heaviest first."""
    size: int
    """Number of products, including those of its children."""
    examples: tuple[str, ...]
    """Ids of typical products, most central first."""
    catalogue: tuple[tuple[str, float], ...] = ()
    """Families of the catalogue that its products vote for, as `department > family`, each with its
    share of the votes, 0 to 1, the largest first; none where the catalogue is silent."""
    coverage: float | None = None
    """Share of its products that the name is true of, 0 to 1; None where nobody has measured it, as
    for a name that a person gave."""
    runners_up: tuple[str, ...] = ()
    """Up to three other names that it could have, the best first."""
    definition: str = ""
    """What belongs here and what does not, how much and at which price, in a few sentences."""
    description: str = ""
    """What belongs here, as a language model has put it; "" where none has."""
    includes: tuple[str, ...] = ()
    """Goods and families that it holds, the commonest first."""
    excludes: tuple[str, ...] = ()
    """Names of near categories in which to look for what is not here."""

    @property
    def is_weakly_named(self) -> bool:
        """Whether the name is true of fewer of its products than a good name is."""
        return self.coverage is not None and self.coverage < LEAST_COVERAGE[self.level]


@dataclass(frozen=True)
class Assignments:
    """The category of each product. All columns are in the order of product_ids."""

    product_ids: Sequence[str]
    level1: Sequence[TopicId | None]
    level2: Sequence[TopicId | None]
    confidence: Floats
    """(n_products,), 0 to 1: how sure the level-one category is."""
    methods: Sequence[Method]


@dataclass(frozen=True)
class Taxonomy:
    """The tree: parents first, siblings by falling size."""

    topics: Sequence[Topic]

    @property
    def level1(self) -> list[Topic]:
        """The top categories, largest first."""
        return [topic for topic in self.topics if topic.level == 1]

    def children(self, parent: TopicId) -> list[Topic]:
        """The categories below one, largest first."""
        return [topic for topic in self.topics if topic.parent == parent]

    def __getitem__(self, topic_id: TopicId) -> Topic:
        """The category of that id; KeyError where there is none."""
        for topic in self.topics:
            if topic.id == topic_id:
                return topic
        raise KeyError(topic_id)


@dataclass(frozen=True)
class Tree:
    """A taxonomy with what belongs to it."""

    taxonomy: Taxonomy
    assignments: Assignments
    centroids: Mapping[TopicId, Floats]
    """Category -> its centroid, (n_dims,), unit length."""
    cloud_terms: Mapping[TopicId, Sequence[tuple[str, float]]]
    """Terms of the word cloud with their weight, heaviest first, up to 60 a category."""


@dataclass(frozen=True)
class Landmarks:
    """What new texts are compared with: centres of micro-clusters of each category's texts."""

    vectors: Floats
    """(n_landmarks, n_dims), unit length."""
    topics: Sequence[TopicId]
    """(n_landmarks,), the category that each stands for."""
    median_cosine: Mapping[TopicId, float]
    """Of each category: the median cosine of its members to the nearest of its landmarks."""
    min_cosine: Mapping[TopicId, float]
    """Of each category: the cosine below which a text does not fit it."""
    temperature: float
    """Temperature of the softmax that turns cosines into probabilities."""
