"""Every default of the program, and how they are changed.

`Settings()` is what the program does when it is told nothing. `load_settings` reads a TOML file and
`key=value` pairs on top of it; a key that does not exist is refused with the nearest one that does.
"""

from __future__ import annotations

from topicmodel.settings.fit_settings import DivisionSettings, FitSettings, TreeSettings
from topicmodel.settings.loading import (
    iterate_settings,
    load_settings,
    settings_as_toml,
    settings_from_values,
)
from topicmodel.settings.sections import (
    CatalogueSettings,
    DocumentSettings,
    EmbeddingSettings,
    EvaluationSettings,
    IngestSettings,
    LanguageModelSettings,
    LevelOneSettings,
    LevelTwoSettings,
    NamingSettings,
    RefitSettings,
    ReportSettings,
    ScalingSettings,
    Settings,
    Theme,
    TopicSettings,
)

__all__ = [
    "CatalogueSettings",
    "DivisionSettings",
    "DocumentSettings",
    "EmbeddingSettings",
    "EvaluationSettings",
    "FitSettings",
    "IngestSettings",
    "LanguageModelSettings",
    "LevelOneSettings",
    "LevelTwoSettings",
    "NamingSettings",
    "RefitSettings",
    "ReportSettings",
    "ScalingSettings",
    "Settings",
    "Theme",
    "TopicSettings",
    "TreeSettings",
    "iterate_settings",
    "load_settings",
    "settings_as_toml",
    "settings_from_values",
]
