"""All that a run folder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from topicmodel.datatypes.arrays import Floats
from topicmodel.datatypes.change_report import ChangeReport, Edit, EditOutcome, PastRun
from topicmodel.datatypes.manifest import Manifest
from topicmodel.datatypes.products import Products, Reject
from topicmodel.datatypes.scores import Scorecard
from topicmodel.datatypes.tree import Assignments, Landmarks, Taxonomy, Tree


@dataclass(frozen=True)
class Run:
    """All that a run folder holds, save what is rendered from it."""

    manifest: Manifest
    """How it was made, and what that took."""
    tree: Tree
    """With all edits."""
    fitted: Tree
    """Before edits; the same object where there are none."""
    products: Products
    """In the order of assignments.product_ids, with cleaned titles and without descriptions."""
    digests: Sequence[str]
    """Of the texts that were embedded, in the order of the products: a product whose digest is the
    same reads the same. "" where nothing was left to embed."""
    scorecard: Scorecard
    rejects: Sequence[Reject]
    coordinates: Floats
    """(n_products, 2), the map; NaN for products without text."""
    count_curve: Sequence[tuple[int, float]]
    """Number of level-one categories -> relative distance of the last two split; empty where the
    count was given."""
    bertopic: Mapping[str, bytes]
    """The level-one BERTopic model: file name -> content, as BERTopic.save writes it."""
    landmarks: Landmarks
    """Of the fitted tree."""
    edits: Sequence[Edit] = ()
    outcomes: Sequence[EditOutcome] = ()
    """What has become of each edit."""
    history: Sequence[PastRun] = ()
    """The runs that this one continues, the oldest first; this one is the last."""
    changes: ChangeReport | None = None
    """Against the run before; None where there is none."""
    log: Sequence[Mapping[str, Any]] = ()
    """What happened while it was made, in order: JSON objects with `time` and `event`."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The tree of categories, with all edits."""
        return self.tree.taxonomy

    @property
    def assignments(self) -> Assignments:
        """Where each product is, with all edits."""
        return self.tree.assignments
