"""What each step of a fit may read of the settings, and no more.

The result of a step is kept under a key of its arguments (`execution.checkpoints`). As a step gets
one of these values in place of `Settings`, every setting that it can read is part of its key: a
setting that is added to one of them, and read there, can never be overlooked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from topicmodel.settings.sections import (
    LevelOneSettings,
    LevelTwoSettings,
    Settings,
    TopicSettings,
)


@dataclass(frozen=True)
class FitSettings:
    """Of one fit of UMAP and HDBSCAN; the descriptions are those of `TopicSettings`."""

    n_neighbors: int
    n_components: int
    min_size: int | Literal["auto"]
    device: Literal["auto", "cpu"]
    threads: int

    @classmethod
    def of(cls, topics: TopicSettings, threads: int) -> FitSettings:
        """Those of a run's settings that a fit reads."""
        return cls(topics.n_neighbors, topics.n_components, topics.min_size, topics.device, threads)


@dataclass(frozen=True)
class DivisionSettings:
    """Of a fit inside one category; the descriptions are those of `LevelTwoSettings`."""

    fit: FitSettings
    min_size: int | Literal["auto"]
    max_topics: int
    min_share: float
    seed: int

    @classmethod
    def of(cls, fit: FitSettings, level2: LevelTwoSettings, seed: int) -> DivisionSettings:
        """Those of a run's settings that such a fit reads."""
        return cls(fit, level2.min_size, level2.max_topics, level2.min_share, seed)


@dataclass(frozen=True)
class TreeSettings:
    """Of both levels of a tree: everything that decides which texts share a category."""

    topics: TopicSettings
    level1: LevelOneSettings
    level2: LevelTwoSettings
    seed: int
    threads: int

    @classmethod
    def of(cls, settings: Settings) -> TreeSettings:
        """Those of a run's settings that decide its tree."""
        return cls(
            settings.topics, settings.level1, settings.level2, settings.seed, settings.threads
        )

    @property
    def fit(self) -> FitSettings:
        """What a single fit reads."""
        return FitSettings.of(self.topics, self.threads)

    @property
    def division(self) -> DivisionSettings:
        """What a fit inside one category reads."""
        return DivisionSettings.of(self.fit, self.level2, self.seed)
