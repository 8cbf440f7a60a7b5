"""What names are made from: titles, texts, brands, colours and languages of products."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from topicmodel.datatypes import Documents
from topicmodel.text.cleaning import clean_text

_BRAND_NAMES = frozenset({"brand", "brand name", "brand_name", "manufacturer", "vendor", "maker"})
_COLOUR_NAMES = frozenset(
    {"color", "colour", "colors", "colours", "colour name", "color name", "shade"}
)


@dataclass(frozen=True)
class Wording:
    """Titles, texts, brands, colours and languages; each field has one entry a text."""

    titles: Sequence[str]
    texts: Sequence[str]
    brands: Sequence[tuple[str, ...]]
    colours: Sequence[str]
    languages: Sequence[str]

    @classmethod
    def from_documents(cls, documents: Documents) -> Wording:
        """All texts, each with title, brands and colours of the product that represents it."""
        products = documents.products.take(documents.product_of_text)
        return cls(
            titles=products.titles,
            texts=documents.texts,
            brands=[_cleaned(values) for values in products.values_of(_BRAND_NAMES)],
            colours=[", ".join(_cleaned(v)) for v in products.values_of(_COLOUR_NAMES)],
            languages=documents.languages,
        )

    def of(self, rows: Iterable[int]) -> Wording:
        """The wording of some of the texts."""
        chosen = list(rows)
        return Wording(
            titles=[self.titles[row] for row in chosen],
            texts=[self.texts[row] for row in chosen],
            brands=[self.brands[row] for row in chosen],
            colours=[self.colours[row] for row in chosen],
            languages=[self.languages[row] for row in chosen],
        )

    def sample(self, max_texts: int, rows: Iterable[int] = ()) -> Wording:
        """At most `max_texts` evenly spaced texts, and in any case those of the given rows."""
        step = math.ceil(len(self.texts) / max_texts)
        if step <= 1:
            return self
        return self.of(sorted({*range(0, len(self.texts), step), *rows}))

    def without_brands(self, row: int) -> tuple[str, str]:
        """Title and text of a row, with " | " in place of the product's own brands."""
        title, text = self.titles[row], self.texts[row]
        for brand in self.brands[row]:
            pattern = _whole_words(brand)
            title, text = pattern.sub(" | ", title), pattern.sub(" | ", text)
        return title, text


@lru_cache(maxsize=65_536)
def _whole_words(brand: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(brand)}(?!\w)", re.IGNORECASE)


def _cleaned(values: Iterable[str]) -> tuple[str, ...]:
    """The distinct values, cleaned, without empty ones."""
    return tuple(dict.fromkeys(filter(None, map(_clean_value, values))))


@lru_cache(maxsize=65_536)
def _clean_value(value: str) -> str:
    # The cache lets products of the same brand share one string.
    return clean_text(value)
