"""Figures about a tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of the scorecard."""

    name: str
    """As `level1.ami` or `tree.npmi`."""
    value: float | None
    """None where it cannot be computed."""
    low: float
    high: float
    """Its range; either may be infinite."""
    higher_is_better: bool | None
    """None for a count, which is neither."""
    meaning: str
    """One sentence for people who never heard of it."""


@dataclass(frozen=True)
class Scorecard:
    """How good the tree is, as far as figures can tell."""

    metrics: Sequence[Metric]
