"""Names for what is left of a shop or of a category, of which nothing better can be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RestNames:
    """How a language calls the rest; `{}` stands for the name of a category."""

    products: str = ""
    """The rest of the shop; "" where the language is not listed."""
    other: str = ""
    """The rest of the category above."""
    more: str = ""
    """More of what a sibling holds."""


_OF_LANGUAGE = {
    "en": RestNames("Other Products", "Other {}", "More {}"),
    "de": RestNames("Sonstiges", "{} (Sonstiges)", "{} (Weiteres)"),
    "fr": RestNames("Autres produits", "{} (autres)", "{} (suite)"),
    "es": RestNames("Otros productos", "{} (otros)", "{} (más)"),
    "it": RestNames("Altri prodotti", "{} (altro)", "{} (ancora)"),
    "pt": RestNames("Outros produtos", "{} (outros)", "{} (mais)"),
    "nl": RestNames("Overige producten", "{} (overig)", "{} (meer)"),
    "pl": RestNames("Inne produkty", "{} (inne)", "{} (więcej)"),
    "tr": RestNames("Diğer Ürünler", "{} (diğer)", "{} (devamı)"),  # noqa: RUF001 - a Turkish letter
    "id": RestNames("Produk Lainnya", "{} (lainnya)", "{} (lanjutan)"),
    "ja": RestNames("その他の商品", "{}(その他)", "{}(続き)"),
}
"""ISO 639-1 code -> names. In most languages a word before the name would have to agree with it."""


def rest_names(languages: Sequence[str]) -> RestNames:
    """The names in the language of most texts; none where that is not listed."""
    counts = Counter(languages)
    language = min(counts, key=lambda code: (-counts[code], code), default="en")
    return _OF_LANGUAGE.get(language, RestNames())
