"""Texts whose categories are known: groups of subgroups, each around a direction of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from topicmodel.clustering.hierarchy import divide_topic
from topicmodel.datatypes import Corpus, Documents, Floats, Integers, Levels, Products, TermCounts
from topicmodel.settings import Settings, TreeSettings
from topicmodel.text import count_words

N_DIMS = 48

SHOP: Mapping[str, Sequence[str]] = {
    "bath": ("cotton towel", "shower curtain", "soap dish"),
    "garden": ("lawn mower", "bird feeder", "flower pot"),
    "music": ("acoustic guitar", "drum stick", "violin bow"),
    "pantry": ("basmati rice", "olive oil", "black pepper"),
}
"""Group -> what its subgroups sell."""

_PLAIN_WORDS = ("sturdy", "modern", "compact", "elegant", "durable", "gentle", "handy", "refined")
_SUBGROUP_SIZES = (24, 20, 16)


@dataclass(frozen=True)
class Planted:
    """Texts with their true groups, in no order that tells of them."""

    vectors: Floats
    """(n_texts, N_DIMS), unit length."""
    texts: Sequence[str]
    titles: Sequence[str]
    groups: Integers
    """(n_texts,), true group."""
    subgroups: Integers
    """(n_texts,), true subgroup, numbered over all groups."""

    @property
    def words(self) -> TermCounts:
        return count_words(self.texts, ["en"] * len(self.texts))

    @property
    def corpus(self) -> Corpus:
        return Corpus(self.vectors, self.words)

    @property
    def levels(self) -> Levels:
        """The truth as the hierarchy would tell it, each text held firmly."""
        strengths = np.ones(len(self.texts), dtype=np.float32)
        return Levels(self.groups, self.subgroups, strengths, [])

    @property
    def documents(self) -> Documents:
        """One product a text."""
        rows = np.arange(len(self.texts))
        ids = [f"p{row}" for row in rows]
        return Documents(
            products=Products(ids, self.titles, attributes=[""] * len(ids)),
            texts=self.texts,
            text_of_product=rows,
            product_of_text=rows,
            languages=["en"] * len(rows),
        )


def divided(corpus: Corpus, settings: Settings) -> Integers:
    """The parts that are found in one topic, in a run with these settings."""
    return divide_topic(corpus, TreeSettings.of(settings).division, settings.topics.sample_size)


def plant(seed: int = 0, *, spread: float = 0.35) -> Planted:
    """Three subgroups of 24, 20 and 16 texts in each of four groups.

    Args:
        seed: of everything that is drawn.
        spread: length of the noise of a text, beside a subgroup's direction of length 1.
    """
    rng = np.random.default_rng(seed)
    groups = _directions(rng, len(SHOP))
    rows = [
        (group, 3 * group + child, unit(groups[group] + 0.8 * direction), goods)
        for group, names in enumerate(SHOP.values())
        for child, (direction, goods) in enumerate(
            zip(_directions(rng, len(names)), names, strict=True)
        )
        for _ in range(_SUBGROUP_SIZES[child])
    ]
    rows = [rows[place] for place in rng.permutation(len(rows))]
    noise = spread * _directions(rng, len(rows))
    titles = [f"{rng.choice(_PLAIN_WORDS)} {goods}" for *_, goods in rows]
    shop_names = list(SHOP)
    return Planted(
        vectors=unit(np.array([direction for _, _, direction, _ in rows]) + noise),
        texts=[
            f"{title} for the {shop_names[group]}. Article {place}."
            for place, (title, (group, *_)) in enumerate(zip(titles, rows, strict=True))
        ],
        titles=titles,
        groups=np.array([group for group, *_ in rows]),
        subgroups=np.array([subgroup for _, subgroup, *_ in rows]),
    )


def unit(vectors: np.ndarray) -> Floats:
    """Vectors of one direction each, brought to length 1."""
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def random_directions(n: int, n_dims: int = N_DIMS, seed: int = 0) -> Floats:
    """Unit vectors without any groups: (n, n_dims)."""
    return unit(np.random.default_rng(seed).standard_normal((n, n_dims)))


def term_counts(rows: Sequence[Sequence[int]] | np.ndarray) -> TermCounts:
    """Term counts of texts written out: (n_texts, n_terms)."""
    counts = np.asarray(rows, dtype=np.int64)
    return TermCounts(csr_matrix(counts), [f"term{column}" for column in range(counts.shape[1])])


def no_words(n_texts: int) -> TermCounts:
    """Term counts of texts that say nothing."""
    return term_counts(np.zeros((n_texts, 0)))


def partition(topics: Sequence[int] | Integers) -> set[frozenset[int]]:
    """The groups as sets of rows, so that their numbers do not matter."""
    numbers = np.asarray(topics)
    return {frozenset(np.flatnonzero(numbers == topic).tolist()) for topic in np.unique(numbers)}


def _directions(rng: np.random.Generator, n: int) -> Floats:
    return unit(rng.standard_normal((n, N_DIMS)))
