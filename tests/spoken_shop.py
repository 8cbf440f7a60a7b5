"""A shop whose goods the bundled catalogue knows, with descriptions in a language of choice."""

from __future__ import annotations

from typing import Any

from topicmodel.catalogue.bundled import bundled_catalogue

FAMILIES = ("Guitars & Basses", "Drums & Percussion", "Fresh Fruit", "Cheese", "Rings", "Earrings")
"""Of the departments Music, Film & Instruments; Food & Groceries; Jewellery & Watches."""

SENTENCES = {
    "en": "This is what you have been looking for, and it will not let you down.",
    "es": "Este es el que has estado buscando, y no te va a fallar nunca, así que puedes llevarlo.",
    "pt": "Este é aquele que tem procurado, e não vai falhar, por isso pode levá-lo para onde for.",
    "sv": "Den här är precis vad du har letat efter, och den ska inte svika dig, också när det är.",
}
"""Language -> a sentence of it that says nothing of goods."""


def spoken_rows(*languages: str, n: int = 20, also: str = "") -> list[dict[str, Any]]:
    """`n` products of each family, whose descriptions take turns in the languages.

    Args:
        languages: keys of `SENTENCES`.
        n: products of a family.
        also: words behind each description.
    """
    goods = {family.name: family.goods for family in bundled_catalogue().families}
    return [
        {
            "id": f"{name}-{k}",
            "title": f"{goods[name][k % 6]} {k}",
            "description": f"{goods[name][k % 6]}, {goods[name][k % 6]}. "
            f"{SENTENCES[languages[k % len(languages)]]} {also}",
        }
        for name in FAMILIES
        for k in range(n)
    ]
