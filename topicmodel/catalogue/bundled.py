"""The list of goods that comes with the package."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from topicmodel.catalogue.families import build_catalogue
from topicmodel.datatypes import BUNDLED, Catalogue, Family


@cache
def bundled_catalogue() -> Catalogue:
    """The catalogue of `goods.toml`, whose names are English."""
    content = (files("topicmodel") / "catalogue" / "goods.toml").read_text(encoding="utf-8")
    return build_catalogue(
        BUNDLED,
        (
            Family(department, name, tuple(goods))
            for department, families in tomllib.loads(content).items()
            for name, goods in families.items()
        ),
    )
