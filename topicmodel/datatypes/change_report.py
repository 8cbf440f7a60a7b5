"""What people change in a tree, and what a refit has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from topicmodel.datatypes.tree import TopicId

Action = Literal["rename", "merge", "move", "split", "pin", "hide", "undo"]

EditStatus = Literal["in force", "waiting", "undone", "obsolete"]
"""In force; waiting for the next refit; undone by a later edit; or no longer possible."""

Relation = Literal[
    "kept", "renamed", "moved", "grown", "shrunk", "split", "merged", "born", "retired"
]


@dataclass(frozen=True, slots=True)
class Edit:
    """One decision of a merchandiser; fields that its action does not need are empty."""

    action: Action
    time: str
    """ISO 8601, UTC."""
    topic: TopicId | None = None
    """The category that it is about; of a merge the one that stays, of a pin the target."""
    name: str = ""
    """rename: the new name."""
    others: tuple[TopicId, ...] = ()
    """merge: the categories that go into `topic`."""
    parent: TopicId | None = None
    """move: the level-one category that `topic` goes to."""
    products: tuple[str, ...] = ()
    """pin: ids of products."""
    word: str = ""
    """pin: products whose title holds this word, or these words in a row."""
    attribute: tuple[str, str] = ("", "")
    """pin: products with this attribute and value."""
    number: int = 0
    """undo: number of the edit that is taken back, from 1."""
    done: str = ""
    """split: when a refit carried it out; ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """What has become of an edit."""

    number: int
    """Its number in the log, from 1."""
    edit: Edit
    status: EditStatus
    reason: str = ""
    """Why it waits or is obsolete."""
    products: int = 0
    """Number of products that it has moved."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """One of the runs that a category has lived through."""

    created: str
    """ISO 8601, UTC."""
    n_products: int
    sizes: Mapping[TopicId, int]
    """Products of every category, before edits and after: all ids that were ever given."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run, as a change report names it."""

    created: str
    sources: tuple[str, ...]
    n_products: int
    n_level1: int
    n_level2: int
    n_unsorted: int
    catalogue: str = ""
    """Source of the catalogue of goods that its main categories follow; "" where they follow
    none."""
    catalogue_digest: str = ""
    """sha256 of its departments, families and goods."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Products of one category before, and of one now.

    None is unsorted or, on level two, in no subcategory.
    """

    level: int
    previous: TopicId | None
    current: TopicId | None
    products: int


@dataclass(frozen=True, slots=True)
class TopicChange:
    """What has become of a category, or where a new one comes from."""

    id: TopicId
    level: int
    relations: tuple[Relation, ...]
    """("kept",) where nothing has changed."""
    name: str
    """Its name now, or its last one."""
    previous_name: str
    """"" for a new one."""
    parent: TopicId | None
    previous_parent: TopicId | None
    size: int
    """Number of products now; size = stayed + came + arrived."""
    previous_size: int
    """Number of products before; previous_size = stayed + went + left."""
    stayed: int
    """Products that are in it before and after."""
    came: int
    """Products of both dumps that were elsewhere before."""
    went: int
    """Products of both dumps that are elsewhere now."""
    arrived: int
    """Products that are new in the dump."""
    left: int
    """Products that are no longer in the dump."""
    sources: tuple[TopicId, ...] = ()
    """Categories that have merged into it, or that it was split off from."""
    targets: tuple[TopicId, ...] = ()
    """Categories that it was split into, or that it has gone to; most products first."""
    examples: tuple[str, ...] = ()
    """Titles of products that came or arrived; of a retired category, of those it had."""


@dataclass(frozen=True, slots=True)
class ProductChange:
    """A product that arrived, left or moved; names are "" where it is in no category."""

    id: str
    title: str
    previous: tuple[str, str]
    """Names of its level-one and level-two category before."""
    current: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ProductChanges:
    """Products that had the same fate."""

    count: int
    share: float
    """Of the products of the dump that they are in: the previous one for those that left."""
    examples: tuple[ProductChange, ...]


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """Everything that a refit has changed."""

    previous: Snapshot
    current: Snapshot
    topics: Sequence[TopicChange]
    """All categories of both trees, those of level one first, then by falling size."""
    flows: Sequence[Flow]
    """All products of both dumps, on each level, most first."""
    stayed: ProductChanges
    """Same category on both levels."""
    moved: ProductChanges
    """Another category on level one or two."""
    arrived: ProductChanges
    left: ProductChanges
    edits: Sequence[EditOutcome] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has changed at all."""
        same = all(topic.relations == ("kept",) for topic in self.topics)
        return same and not (self.moved.count or self.arrived.count or self.left.count)
