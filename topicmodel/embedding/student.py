"""A cheap model that learns from an encoder's vectors what the words of one shop mean.

Ridge regression from the words of a text, and the letters of its beginning, to its vector: static
vectors of words, fitted to this very dump. It does thousands of texts a second, where an encoder
does a hundred. Having learnt from 10,000 texts, it gives others vectors with a cosine of .8 to .9
to the encoder's, and .04 more or less with twice or half as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.datatypes import Floats

if TYPE_CHECKING:
    import scipy.sparse as sp

READ = 1000
"""Characters of a text whose words count: about what an encoder reads."""

BEGINNING = 60
"""Characters of a text, mostly of its title, whose letters count too: they foretell what words mean
that the student has not seen."""

MOST_FEATURES = 100_000
"""Words and pairs of words that count, the commonest of them, and as many groups of letters."""

WORD = r"\w+|[^\w\s]+"
"""Every text has one, so that there always is something to learn from."""

PENALTY = 0.3
"""Of the ridge regression; from 0.1 to 0.6 it does equally well."""

BLOCK = 10_000
"""Texts that are held as words at once."""

THREADS = 2
"""Of the solver. A fixed number, for sums of several threads are rounded by their number."""


@dataclass(frozen=True)
class Student:
    """Words and letters, and what they add to the vector of a text."""

    words: Any
    """scikit-learn's TfidfVectorizer of words and pairs of words."""
    letters: Any
    """The same of groups of letters in the beginnings of texts."""
    weights: Floats
    """(n_features, n_dims)."""
    mean: Floats
    """(n_dims,), the vector of a text that says nothing."""

    @classmethod
    def from_vectors(cls, texts: Sequence[str], vectors: Floats) -> Student:
        """Learn from an encoder's vectors; the same texts in the same order give the same student.

        Args:
            texts: at least one.
            vectors: (n_texts, n_dims), unit length, of these texts.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import Ridge
        from threadpoolctl import threadpool_limits

        common = {"sublinear_tf": True, "max_features": MOST_FEATURES, "dtype": np.float32}
        words = TfidfVectorizer(token_pattern=WORD, ngram_range=(1, 2), **common)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), **common)
        features = _join(
            words.fit_transform(_cut(texts)), letters.fit_transform(_beginnings(texts))
        )
        mean = vectors.mean(axis=0)
        with threadpool_limits(THREADS):
            ridge = Ridge(alpha=PENALTY, fit_intercept=False, solver="cholesky")
            ridge.fit(features, vectors - mean)
        return cls(words, letters, np.ascontiguousarray(ridge.coef_.T, dtype=np.float32), mean)

    def expect(self, texts: Sequence[str]) -> Floats:
        """What the encoder's vectors probably are: (n_texts, n_dims), in the order of the texts.

        They are the shorter, the less the words of the text say.
        """
        found = np.empty((len(texts), len(self.mean)), dtype=np.float32)
        for start in range(0, len(texts), BLOCK):
            block = texts[start : start + BLOCK]
            features = _join(
                self.words.transform(_cut(block)), self.letters.transform(_beginnings(block))
            )
            found[start : start + BLOCK] = features @ self.weights + self.mean
        return found


def _join(words: sp.csr_matrix, letters: sp.csr_matrix) -> sp.csr_matrix:
    import scipy.sparse as sp

    return sp.hstack([words, letters], format="csr")


def _cut(texts: Sequence[str]) -> list[str]:
    return [text[:READ] for text in texts]


def _beginnings(texts: Sequence[str]) -> list[str]:
    return [text[:BEGINNING] for text in texts]
