"""Names of the bundled catalogue's departments and families in the shop's language."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

from topicmodel.datatypes import BUNDLED, Catalogue

Translate = Callable[[str], str]
"""Name of a node of the catalogue -> the name in the shop's language."""


def translator(catalogue: Catalogue, languages: Sequence[str]) -> Translate | None:
    """Names in the language of most texts; None where the catalogue has none in it.

    Args:
        catalogue: a menu of the user's own is never translated.
        languages: of the texts, ISO 639-1.
    """
    language = main_language(languages)
    if catalogue.source != BUNDLED or language == "en":
        return lambda name: name
    translations = _translations().get(language)
    return None if translations is None else lambda name: translations.get(name, name)


def main_language(languages: Sequence[str]) -> str:
    """The language of most texts; English where there are none."""
    return Counter(languages).most_common(1)[0][0] if languages else "en"


@cache
def _translations() -> dict[str, dict[str, str]]:
    """Language -> English name of a department or a family -> its name."""
    file = files("topicmodel") / "catalogue" / "translations.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
