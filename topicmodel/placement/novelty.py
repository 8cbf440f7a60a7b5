"""What is new about products that were put onto a tree: what fits nowhere, and what has drifted.

Fed block by block, in constant memory: of the texts a fixed sample is kept, of the cosines a count
for each category and step of one in two hundred.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from topicmodel.clustering.typicality import SHARE_OF_TREE
from topicmodel.datatypes import Floats, Integers, Landmarks, Taxonomy, TermCounts, TopicId
from topicmodel.placement.landmarks import Placed

NEW_GROUPS_SHARE = 0.02
"""Share of products in new_groups from which on a refit is due."""

UNFIT_LIMIT = 3 * SHARE_OF_TREE
"""Share of products that fit nowhere from which on a refit is due."""

LEAST_UNFIT = 10
"""Products that fit nowhere, below which their share says nothing."""

DRIFTED_SHARE = 0.1
"""Share of products in drifted categories from which on a refit is due."""

LEAST_FOR_DRIFT = 30
"""Products of a category below which nothing is said about its drift."""

DRIFT = 0.5
"""How far a category's median has to fall, from what was usual towards what fits no more."""

MOST_TEXTS = 2_000
"""Texts of each side that keywords are taken from."""

N_KEYWORDS = 10

_BINS = 400
"""Steps from a cosine of -1 to one of 1."""


@dataclass(frozen=True)
class Drift:
    """A category, as the new products show it and as it was fitted."""

    topic: TopicId
    name: str
    level: int
    products: int
    """New products in it."""
    share: float
    """Of the new products that have a place."""
    share_at_fit: float
    """Of the fitted products that have a place."""
    cosine: float | None
    """Median of its new products to their nearest landmark; None where it got none."""
    cosine_at_fit: float
    drifted: bool
    """Whether its products are clearly less like it than those it was fitted on."""


@dataclass(frozen=True)
class Novelty:
    """What is new about the products."""

    n_products: int
    n_unfit: int
    """Products that fit nowhere."""
    n_in_new_groups: int
    """Of those the ones that belong to a group of new products."""
    keywords: tuple[tuple[str, float], ...]
    """What the products that fit nowhere say more than the others: terms with their lead in
    c-TF-IDF, heaviest first."""
    drifts: Sequence[Drift]
    """All categories that have landmarks or children that have, in the order of the tree."""
    refit_due: bool
    reason: str
    """In a sentence, why a refit is due or is not."""

    @property
    def share_unfit(self) -> float:
        """Share of the products that fit nowhere."""
        return self.n_unfit / max(1, self.n_products)

    def as_record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {"share_unfit": self.share_unfit, **asdict(self)}


class NoveltyMonitor:
    """Told of new products as they are placed, and asked in the end what is new about them."""

    def __init__(self, landmarks: Landmarks, taxonomy: Taxonomy) -> None:
        self._landmarks = landmarks
        self._taxonomy = taxonomy
        self._rows = {topic.id: row for row, topic in enumerate(taxonomy.topics)}
        self._cosines = np.zeros((len(self._rows), _BINS), dtype=np.int64)
        self._n_products = self._n_unfit = self._n_in_new_groups = 0
        self._unfit, self._fitting = _Sample(), _Sample()

    def add(
        self,
        texts: Sequence[str],
        languages: Sequence[str],
        placed: Placed,
        products: Integers | None = None,
    ) -> None:
        """Take a block of texts into account.

        Args:
            texts: distinct ones.
            languages: ISO 639-1 code of each text.
            placed: where they went.
            products: (n_texts,), how many products have the text; one each, unless given.
        """
        if products is None:
            products = np.ones(len(texts), dtype=np.int64)
        unfit = np.array([topic is None for topic in placed.level1], dtype=np.bool_)
        self._n_products += int(products.sum())
        self._n_unfit += int(products[unfit].sum())
        self._n_in_new_groups += int(products[placed.in_new_group].sum())
        for topics in (placed.level1, placed.level2):
            self._count(topics, placed.cosines, products)
        for text, language, is_unfit in zip(texts, languages, unfit.tolist(), strict=True):
            (self._unfit if is_unfit else self._fitting).add(text, language)

    def report(self) -> Novelty:
        """What is new about all products so far."""
        drifts = list(self._drifts())
        due, reason = _advice(self._n_products, self._n_unfit, self._n_in_new_groups, drifts)
        return Novelty(
            n_products=self._n_products,
            n_unfit=self._n_unfit,
            n_in_new_groups=self._n_in_new_groups,
            keywords=_keywords(self._unfit.items(), self._fitting.items()),
            drifts=drifts,
            refit_due=due,
            reason=reason,
        )

    def _count(self, topics: Sequence[TopicId | None], cosines: Floats, products: Integers) -> None:
        rows = np.array([-1 if topic is None else self._rows[topic] for topic in topics], dtype=int)
        bins = np.clip((cosines + 1) / 2 * _BINS, 0, _BINS - 1).astype(int)
        inside = rows >= 0
        np.add.at(self._cosines, (rows[inside], bins[inside]), products[inside])

    def _drifts(self) -> Iterator[Drift]:
        topics = self._taxonomy.topics
        before = max(1, sum(topic.size for topic in topics if topic.level == 1))
        now = max(1, self._n_products - self._n_unfit)
        for topic, counts in zip(topics, self._cosines, strict=True):
            if topic.id not in self._landmarks.median_cosine:
                continue
            usual, least = (
                self._landmarks.median_cosine[topic.id],
                self._landmarks.min_cosine[topic.id],
            )
            products, median = int(counts.sum()), _median(counts)
            fallen = median is not None and median < usual - DRIFT * (usual - least)
            yield Drift(
                topic=topic.id,
                name=topic.name,
                level=topic.level,
                products=products,
                share=products / now,
                share_at_fit=topic.size / before,
                cosine=median,
                cosine_at_fit=usual,
                drifted=fallen and products >= LEAST_FOR_DRIFT,
            )


@dataclass
class _Sample:
    """Texts with the smallest digests: the same ones in whatever order and blocks they come."""

    texts: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    limit: bytes = b"\xff" * 8

    def add(self, text: str, language: str) -> None:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if digest <= self.limit:
            self.texts[digest] = (text, language)
            if len(self.texts) >= 2 * MOST_TEXTS:
                self._shrink()

    def items(self) -> list[tuple[str, str]]:
        """Texts with their languages, in an order that depends on them only."""
        self._shrink()
        return [self.texts[digest] for digest in sorted(self.texts)]

    def _shrink(self) -> None:
        kept = sorted(self.texts)[:MOST_TEXTS]
        self.texts = {digest: self.texts[digest] for digest in kept}
        if len(kept) == MOST_TEXTS:
            self.limit = kept[-1]


def _median(counts: Integers) -> float | None:
    """Of the cosines that were counted, to the nearest step."""
    total = int(counts.sum())
    if not total:
        return None
    middle = int(np.searchsorted(np.cumsum(counts), total / 2))
    return round((middle + 0.5) / _BINS * 2 - 1, 4)


def _advice(
    n_products: int, n_unfit: int, n_in_new_groups: int, drifts: Sequence[Drift]
) -> tuple[bool, str]:
    """Whether a refit is due, and why."""
    total = max(1, n_products)
    drifted = [drift for drift in drifts if drift.drifted and drift.level == 1]
    n_drifted = sum(drift.products for drift in drifted)
    if n_in_new_groups >= NEW_GROUPS_SHARE * total:
        return True, (
            f"A refit is due: {n_in_new_groups:,} of {n_products:,} products "
            f"({n_in_new_groups / total:.1%}) form groups of a kind that no category holds."
        )
    if n_unfit >= max(LEAST_UNFIT, UNFIT_LIMIT * total):
        return True, (
            f"A refit is due: {n_unfit:,} of {n_products:,} products ({n_unfit / total:.1%}) fit "
            f"no category, where {SHARE_OF_TREE:.0%} would be usual."
        )
    if n_drifted >= DRIFTED_SHARE * total and drifted:
        names = ", ".join(drift.name for drift in drifted)
        return True, f"A refit is due: products have become unlike their category in {names}."
    return False, (
        f"No refit is due: {n_unfit:,} of {n_products:,} products ({n_unfit / total:.1%}) fit no "
        "category."
    )


def _keywords(
    unfit: Sequence[tuple[str, str]], fitting: Sequence[tuple[str, str]]
) -> tuple[tuple[str, float], ...]:
    """Terms by the lead of the unfit texts in c-TF-IDF; no word is shown twice."""
    from topicmodel.text import count_words

    if not unfit:
        return ()
    both = [*unfit, *fitting]
    words = count_words([text for text, _ in both], [language for _, language in both])
    if not words.counts.nnz:
        return ()
    chosen: dict[str, float] = {}
    shown: set[str] = set()
    for term, lead in _leads(words, len(unfit)):
        if len(chosen) < N_KEYWORDS and lead > 0 and shown.isdisjoint(term.split()):
            chosen[term] = round(lead, 6)
            shown.update(term.split())
    return tuple(chosen.items())


def _leads(words: TermCounts, n_unfit: int) -> list[tuple[str, float]]:
    """Terms with c-TF-IDF in the first texts less that in the others, greatest first."""
    import scipy.sparse as sp

    from topicmodel import engine

    sides = [words.counts[:n_unfit].sum(axis=0), words.counts[n_unfit:].sum(axis=0)]
    weights = engine.class_tfidf(sp.csr_matrix(np.vstack(sides))).toarray()
    leads = weights[0] - weights[1]
    return [
        (words.terms[place], float(leads[place])) for place in np.argsort(-leads, kind="stable")
    ]
