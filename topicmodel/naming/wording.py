"""What the products say, each text with what of it is a brand or a colour."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from topicmodel.datatypes import Documents


@dataclass(frozen=True)
class Wording:
    """What the members say, and what of it is a brand or a colour. All one a text."""

    titles: Sequence[str]
    texts: Sequence[str]
    brands: Sequence[str]
    colours: Sequence[str]
    languages: Sequence[str]

    @classmethod
    def from_documents(cls, documents: Documents) -> Wording:
        """The texts, each with what the product says that stands for it."""
        rows = documents.product_of_text.tolist()
        of_products = (documents.titles, documents.brands, documents.colours)
        titles, brands, colours = ([values[row] for row in rows] for values in of_products)
        return cls(titles, documents.texts, brands, colours, documents.languages)

    def of(self, rows: Iterable[int]) -> Wording:
        """The wording of some of the texts."""
        fields = (self.titles, self.texts, self.brands, self.colours, self.languages)
        return Wording(*([values[row] for row in rows] for values in fields))

    def without_brand(self, row: int) -> tuple[str, str]:
        """Title and text of a row, with a break in place of the product's own brand."""
        title, text, brand = self.titles[row], self.texts[row], self.brands[row]
        if not brand:
            return title, text
        own = re.compile(rf"(?<!\w){re.escape(brand)}(?!\w)", re.IGNORECASE)
        return own.sub(" | ", title), own.sub(" | ", text)
