"""Two views of a text: its vector of meaning, and its words.

An encoder sees that a kettle and a teapot are near; words see that both texts say "stainless
steel". Each view errs where the other does not: topics are found in both at once, and where both
agree on a category, it is likely to be right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Floats, Integers, TermCounts
from topicmodel.geometry import BLOCK

if TYPE_CHECKING:
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import TfidfTransformer

WORD_DIMS = 100
"""Dimensions of the latent semantic analysis; 50 to 200 do equally well."""

WORD_WEIGHT = 0.5
"""Length of the words' part beside that of the vectors, which is 1."""


@dataclass(frozen=True)
class Features:
    """Both views of many texts; they are joined for as many rows as are wanted at once."""

    vectors: Floats
    """(n_texts, n_dims), unit length."""
    words: TermCounts
    """Of the same texts."""
    weighting: TfidfTransformer
    axes: Floats
    """(n_word_dims, n_terms), of the latent semantic analysis; no rows where there is none."""

    @classmethod
    def of(
        cls, vectors: Floats, words: TermCounts, *, seed: int, rows: Integers | None = None
    ) -> Features:
        """Analyse the words of the texts.

        Args:
            vectors: (n_texts, n_dims), unit length.
            words: term counts of the same texts.
            seed: of the analysis.
            rows: texts that the analysis is made from; all unless given.
        """
        from sklearn.decomposition import TruncatedSVD

        weighting, counts = _weighting(), words.counts if rows is None else words.counts[rows]
        # Of the shop's words a category uses few, and the fewer, the quicker.
        seen = np.unique(counts.indices)
        n_dims = min(WORD_DIMS, min(len(seen), counts.shape[0]) - 1)
        if n_dims < 1:
            return cls(vectors, words, weighting, np.zeros((0, 0), dtype=np.float32))
        weighting.fit(words.counts)
        analysis = TruncatedSVD(n_dims, random_state=seed)
        # Where all texts say the same, the share of explained variance, unused here, is 0 / 0.
        with np.errstate(divide="ignore", invalid="ignore"):
            analysis.fit(weighting.transform(counts)[:, seen])
        axes = np.zeros((n_dims, counts.shape[1]), dtype=np.float32)
        axes[:, seen] = analysis.components_
        return cls(vectors, words, weighting, axes)

    def joined(self, rows: Integers | slice = slice(None)) -> Floats:
        """Vectors of texts with the analysis of their words appended: unit length.

        Returns:
            (n_rows, n_dims + up to `WORD_DIMS`). A text without words has zeros there; the vectors
            as they are where there are too few words for an analysis.
        """
        from sklearn.preprocessing import normalize

        if not len(self.axes):
            return self.vectors[rows]
        latent = normalize(self.weighting.transform(self.words.counts[rows]) @ self.axes.T)
        both = normalize(np.hstack([self.vectors[rows], WORD_WEIGHT * latent]))
        joined: Floats = both.astype(np.float32)
        return joined


def with_words(vectors: Floats, words: TermCounts, *, seed: int) -> Floats:
    """Both views of all texts, joined: (n_texts, n_dims + up to `WORD_DIMS`), unit length."""
    return Features.of(vectors, words, seed=seed).joined()


def word_similarities(words: TermCounts, topics: Integers) -> Floats:
    """How near the words of each text are to those of each topic (Rocchio's classifier).

    The cosine of tf-idf. A text is left out of its own topic there, so that small topics have no
    advantage.

    Args:
        words: term counts of the texts.
        topics: (n_texts,), from 0 without gaps.

    Returns:
        (n_texts, n_topics), 0 to 1.
    """
    import scipy.sparse as sp
    from sklearn.utils.extmath import row_norms

    rows, n_topics = np.arange(len(topics)), int(topics.max(initial=-1)) + 1
    if not words.counts.shape[1]:
        return np.zeros((len(topics), n_topics), dtype=np.float32)
    tfidf = _tfidf(words)
    sums = sp.csr_matrix((np.ones(len(topics)), (topics, rows))) @ tfidf
    squares, found = row_norms(sums, squared=True), np.empty((len(topics), n_topics), np.float32)
    columns = sums.T.toarray()
    for first in range(0, len(topics), BLOCK):
        block = slice(first, first + BLOCK)
        texts, own_topics = tfidf[block], topics[block]
        products, places = texts @ columns, (np.arange(len(own_topics)), own_topics)
        own, weights = products[places], row_norms(texts, squared=True)
        others = squares[own_topics] - 2 * own + weights
        products /= np.sqrt(np.maximum(squares, 1e-12))
        products[places] = (own - weights) / np.sqrt(np.maximum(others, 1e-12))
        found[block] = np.clip(products, 0, 1)
    return found


def word_agreement(words: TermCounts, topics: Integers) -> float:
    """How well words alone place texts in their own topic; 1 is always, 0 is chance.

    Where each text's words put it is compared with the topics by adjusted mutual information:
    chance is taken out, so that few large topics have no advantage.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    if topics.max(initial=0) < 1:
        return 0.0
    found = word_similarities(words, topics).argmax(axis=1)
    return float(adjusted_mutual_info_score(topics, found))


def _tfidf(words: TermCounts) -> sp.csr_matrix:
    """(n_texts, n_terms), rows of unit length."""
    return _weighting().fit_transform(words.counts)


def _weighting() -> TfidfTransformer:
    """Tf-idf in which repeating a word counts less and less."""
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer(sublinear_tf=True)
