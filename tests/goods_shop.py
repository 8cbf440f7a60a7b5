"""A small catalogue, and texts of goods of which it is known where they belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tiny_encoder import TinyEncoder

from topicmodel.catalogue.families import build_catalogue
from topicmodel.catalogue.voting import vote
from topicmodel.datatypes import Catalogue, Corpus, Family, Integers, Level, Votes
from topicmodel.text import count_words

GOODS: dict[str, dict[str, tuple[str, ...]]] = {
    "Bath": {
        "Towels": ("cotton towel", "beach towel", "face flannel"),
        "Soap": ("soap bar", "liquid soap", "bubble bath"),
    },
    "Garden": {
        "Mowers": ("lawn mower", "hedge trimmer", "leaf blower"),
        "Plants": ("flower pot", "rose bush", "tulip bulb"),
    },
    "Music": {
        "Guitars": ("acoustic guitar", "electric guitar", "guitar strings"),
        "Drums": ("drum kit", "snare drum", "drum sticks"),
    },
}
"""Department -> family -> goods."""

_PLAIN = ("sturdy", "modern", "compact", "elegant", "durable", "gentle", "handy", "refined")


@dataclass(frozen=True)
class GoodsShop:
    """Texts of goods, and the fine topic, family and department of each."""

    corpus: Corpus
    fits: list[Level]
    """One fit that finds every family twice."""
    families: Integers
    departments: Integers


def catalogue() -> Catalogue:
    """The departments of `GOODS`."""
    return build_catalogue(
        "bundled",
        (
            Family(department, name, goods)
            for department, families in GOODS.items()
            for name, goods in families.items()
        ),
    )


def goods_of(known: Catalogue) -> list[str]:
    """All goods of a catalogue, in their order."""
    return [good for family in known.families for good in family.goods]


def votes_of(texts: list[str], titles: list[str] | None = None, known: Any = None) -> Votes:
    """Votes on the small catalogue, by the tiny encoder."""
    known, encoder = known or catalogue(), TinyEncoder()
    titles = texts if titles is None else titles
    return vote(encoder.encode(texts), titles, known, encoder.encode(goods_of(known)))


def stock(sizes: dict[str, int] | None = None, n: int = 24, seed: int = 0) -> GoodsShop:
    """Texts of every family.

    Args:
        sizes: family -> number of its texts, where it is not `n`.
        n: texts of a family.
        seed: of the words around the goods.
    """
    rng = np.random.default_rng(seed)
    texts, families, topics = [], [], []
    for number, family in enumerate(catalogue().families):
        for k in range((sizes or {}).get(family.name, n)):
            plain = " ".join(rng.choice(_PLAIN, 2, replace=False))
            texts.append(f"{plain} {family.goods[k % len(family.goods)]} {k}")
            families.append(number)
            topics.append(2 * number + k % 2)
    numbers = np.unique(topics, return_inverse=True)[1].reshape(-1)
    level = Level(numbers, np.ones(len(texts), dtype=np.float32))
    words = count_words(texts, ["en"] * len(texts))
    vectors = TinyEncoder().encode(texts)
    votes = votes_of(texts)
    of_text = np.array(families)
    corpus = Corpus(vectors, words, votes=votes)
    return GoodsShop(corpus, [level], of_text, votes.departments[of_text])
