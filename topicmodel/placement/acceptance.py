"""Whether texts are near enough to their nearest category, and how sure that is.

The same rule holds for the texts that a tree was built from and for those that come later: a text
that is too far from the whole tree gets no category, and one that is only too far from its
subcategory gets the parent of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Flags, Floats, Method


@dataclass(frozen=True)
class Nearness:
    """How near texts are to their nearest category, and how near they should be. All (n_texts,)."""

    cosines: Floats
    median_cosine: Floats
    """Of the texts that belong to the category."""
    min_cosine: Floats
    """Below it a text does not fit the category."""
    min_cosine_of_tree: Floats | float
    """Below it a text fits no category; one number where it is the same for all."""

    @property
    def typicality(self) -> Floats:
        """How typical of its category each text is, 0 to 1: its cosine over the median cosine."""
        ratio: Floats = np.clip(self.cosines / np.maximum(self.median_cosine, 1e-6), 0, 1)
        return ratio


@dataclass(frozen=True)
class Acceptance:
    """What becomes of texts. All (n_texts,)."""

    certain: Flags
    """Whether the text needs no test: HDBSCAN or its clear votes on a catalogue put it there."""
    unsorted: Flags
    """Whether it fits no category."""
    parent_only: Flags
    """Whether it fits the parent of its category, but not the category itself."""
    confidence: Floats
    """0 to 1; 0 where it fits no category."""

    @property
    def methods(self) -> list[Method]:
        """How each text got its category."""
        names: tuple[Method, ...] = ("core", "reassigned", "parent_only", "unsorted")
        numbers = np.select([self.certain, self.unsorted, self.parent_only], [0, 3, 2], default=1)
        return [names[number] for number in numbers.tolist()]


def accept(
    nearness: Nearness,
    probability: Floats,
    *,
    certain: Flags,
    has_parent: Flags,
    is_elsewhere: Flags | None = None,
) -> Acceptance:
    """Decide about texts by how near they are.

    Args:
        nearness: of n_texts texts to their nearest category.
        probability: (n_texts,), of the main category, 0 to 1.
        certain: (n_texts,), texts that stay where they are, however far that is.
        has_parent: (n_texts,), whether the nearest category has a parent that can take the text.
        is_elsewhere: (n_texts,), texts that fit no category whatever their cosine is.
    """
    unsorted = ~certain & (nearness.cosines < nearness.min_cosine_of_tree)
    if is_elsewhere is not None:
        unsorted |= is_elsewhere
    too_far = nearness.cosines < nearness.min_cosine
    parent_only = ~certain & ~unsorted & too_far & has_parent
    confidence = np.where(unsorted, 0, probability * nearness.typicality).astype(np.float32)
    return Acceptance(certain, unsorted, parent_only, confidence)
