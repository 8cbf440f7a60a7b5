"""Two views of a text: its vector of meaning, and its words.

To an encoder a kettle is near a teapot; words tell that two texts both say "stainless steel". The
two views make different mistakes. So topics are found in both at once, and a category on which both
agree is likely to be right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Corpus, Floats, Integers
from topicmodel.text.similarity import tfidf_weighting

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfTransformer

WORD_DIMS = 100
"""Dimensions of the latent semantic analysis; 50 to 200 do equally well."""

WORD_WEIGHT = 0.5
"""Length of the words' part beside that of the vectors, which is 1."""


@dataclass(frozen=True)
class Features:
    """Both views of many texts; they are joined for as many rows as are wanted at once."""

    corpus: Corpus
    weighting: TfidfTransformer
    axes: Floats
    """(n_word_dims, n_terms), of the latent semantic analysis; no rows where there is none."""

    @classmethod
    def of(cls, corpus: Corpus, *, seed: int, rows: Integers | None = None) -> Features:
        """Analyse the words of the texts.

        Args:
            corpus: the texts.
            seed: of the analysis.
            rows: texts that the analysis is made from; all unless given.
        """
        from sklearn.decomposition import TruncatedSVD

        words = corpus.words
        weighting, counts = tfidf_weighting(), words.counts if rows is None else words.counts[rows]
        # Of the shop's words a category uses few, and the fewer, the quicker.
        seen = np.unique(counts.indices)
        n_dims = min(WORD_DIMS, min(len(seen), counts.shape[0]) - 1)
        if n_dims < 1:
            return cls(corpus, weighting, np.zeros((0, 0), dtype=np.float32))
        weighting.fit(words.counts)
        analysis = TruncatedSVD(n_dims, random_state=seed)
        # Where all texts say the same, the share of explained variance, unused here, is 0 / 0.
        with np.errstate(divide="ignore", invalid="ignore"):
            analysis.fit(weighting.transform(counts)[:, seen])
        axes = np.zeros((n_dims, counts.shape[1]), dtype=np.float32)
        axes[:, seen] = analysis.components_
        return cls(corpus, weighting, axes)

    def joined(self, rows: Integers | slice = slice(None)) -> Floats:
        """Vectors of texts with the analysis of their words appended: unit length.

        Returns:
            (n_rows, n_dims + up to `WORD_DIMS`). A text without words has zeros there; the vectors
            as they are where there are too few words for an analysis.
        """
        from sklearn.preprocessing import normalize

        if not len(self.axes):
            return self.corpus.vectors[rows]
        latent = normalize(self.weighting.transform(self.corpus.words.counts[rows]) @ self.axes.T)
        both = normalize(np.hstack([self.corpus.vectors[rows], WORD_WEIGHT * latent]))
        joined: Floats = both.astype(np.float32)
        return joined

    def joined_corpus(self, rows: Integers | None = None) -> Corpus:
        """Texts with both views joined as their vectors; all texts unless rows are given."""
        if rows is None:
            return Corpus(self.joined(), self.corpus.words)
        return Corpus(self.joined(rows), self.corpus.words.take(rows))
