"""Names of the bundled catalogue in the language of a shop."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from topicmodel.datatypes import BUNDLED, Catalogue

ENGLISH = "en"
"""Language of `goods.toml`."""

Translate = Callable[[str], str]
"""Name of a node of the catalogue -> the name in the shop's language."""


@dataclass(frozen=True, slots=True)
class Translation:
    """The names of a catalogue in one language; called with a name of it, it is a `Translate`."""

    language: str | None
    """Code of the language; None for a menu, whose names are as its user wrote them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Name in the catalogue -> name in that language, where it differs."""

    def __call__(self, name: str) -> str:
        """The name of a department or a family in that language."""
        return self.names.get(name, name)


def translator(catalogue: Catalogue, languages: Sequence[str]) -> Translation | None:
    """The names of a catalogue in the language of most texts; None where it has none in it.

    A menu of the user's own is never translated.

    Args:
        catalogue: the bundled one or a menu.
        languages: codes of the texts' languages, one a text, such as `es` or `pt-br`; or the one
            language that was asked for. English where there is none.
    """
    if catalogue.source != BUNDLED:
        return Translation(None)
    language = main_language(languages)
    names = {} if language == ENGLISH else translations().get(language)
    return None if names is None else Translation(language, names)


def main_language(languages: Sequence[str]) -> str:
    """The most frequent of the languages; of equally frequent ones the first by the alphabet."""
    counts = Counter(languages)
    return min(counts, key=lambda code: (-counts[code], code), default=ENGLISH)


@cache
def translations() -> Mapping[str, Mapping[str, str]]:
    """Language -> English name of a department or a family -> its name."""
    file = files("topicmodel") / "catalogue" / "translations.toml"
    tables: dict[str, dict[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return tables
