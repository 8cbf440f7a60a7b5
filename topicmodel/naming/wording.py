"""What the products say, each text with what of it is a brand or a colour."""

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
    """What the members say, and what of it is a brand or a colour. All one a text."""

    titles: Sequence[str]
    texts: Sequence[str]
    brands: Sequence[tuple[str, ...]]
    colours: Sequence[str]
    languages: Sequence[str]

    @classmethod
    def from_documents(cls, documents: Documents) -> Wording:
        """The texts, each with what the product says that stands for it."""
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

    def share(self, at_most: int, rows: Iterable[int] = ()) -> Wording:
        """An even share of the texts where they are more, and those rows in any case."""
        step = math.ceil(len(self.texts) / at_most)
        if step <= 1:
            return self
        return self.of(sorted({*range(0, len(self.texts), step), *rows}))

    def without_brands(self, row: int) -> tuple[str, str]:
        """Title and text of a row, with a break in place of the product's own brands."""
        title, text = self.titles[row], self.texts[row]
        for brand in self.brands[row]:
            own = re.compile(rf"(?<!\w){re.escape(brand)}(?!\w)", re.IGNORECASE)
            title, text = own.sub(" | ", title), own.sub(" | ", text)
        return title, text


def _cleaned(values: Iterable[str]) -> tuple[str, ...]:
    """The distinct values, cleaned, without empty ones."""
    return tuple(dict.fromkeys(filter(None, map(_clean_value, values))))


@lru_cache(maxsize=65_536)
def _clean_value(value: str) -> str:
    # Many products share a brand: so they share one string, too.
    return clean_text(value)
