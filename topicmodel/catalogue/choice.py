"""The catalogue that the settings of a run name."""

from __future__ import annotations

from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.datatypes import Catalogue
from topicmodel.settings import CatalogueSettings


def catalogue_of(settings: CatalogueSettings) -> Catalogue | None:
    """The bundled catalogue or the user's menu; None where `catalogue.source` is none."""
    if settings.source == "none":
        return None
    return bundled_catalogue()
