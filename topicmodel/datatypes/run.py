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
    """The tree with all edits."""
    fitted: Tree
    """The tree before edits; the same object where there are none."""
    products: Products
    """In the order of assignments.product_ids, with cleaned titles and without descriptions."""
    digests: Sequence[str]
    """Digest of the text of each product: products with the same digest have the same text; "" for
    a product without a text."""
    scorecard: Scorecard
    rejects: Sequence[Reject]
    coordinates: Floats
    """(n_products, 2), where each product is on the map; NaN for products without a text."""
    count_curve: Sequence[tuple[int, float]]
    """Number of level-one categories -> relative distance of the last two split; empty where the
    count was given."""
    bertopic: Mapping[str, bytes]
    """The level-one BERTopic model: file name -> content, as BERTopic.save writes it."""
    landmarks: Landmarks
    """Landmarks of the fitted tree."""
    boilerplate: Sequence[str] = ()
    """Patterns of what was left out of the texts because unlike products share it."""
    edits: Sequence[Edit] = ()
    outcomes: Sequence[EditOutcome] = ()
    """What has become of each edit."""
    history: Sequence[PastRun] = ()
    """The runs that this one continues, the oldest first, and this one as the last."""
    changes: ChangeReport | None = None
    """What has changed since the previous run; None for a first run."""
    log: Sequence[Mapping[str, Any]] = ()
    """What happened while the run was made, in order: JSON objects with `time` and `event`."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The tree of categories, with all edits."""
        return self.tree.taxonomy

    @property
    def assignments(self) -> Assignments:
        """The category of each product, with all edits."""
        return self.tree.assignments
