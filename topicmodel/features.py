"""What fine topics are found in: vectors of meaning beside the words of the texts.

An encoder sees that a kettle and a teapot are near; words see that both texts say "stainless
steel". Each view errs where the other does not, so fine topics are found in both at once.
"""

from __future__ import annotations

import numpy as np

from topicmodel.datatypes import Floats, TermCounts

WORD_DIMS = 100
"""Dimensions of the latent semantic analysis; 50 to 200 do equally well."""

WORD_WEIGHT = 0.5
"""Length of the words' part beside that of the vectors, which is 1."""


def with_words(vectors: Floats, words: TermCounts, *, seed: int) -> Floats:
    """Vectors with the latent semantic analysis of the same texts appended: unit length.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.

    Returns:
        (n_texts, n_dims + up to `WORD_DIMS`). A text without words has zeros there, and so has
        every text where there are too few words for an analysis.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.preprocessing import normalize

    n_dims = min(WORD_DIMS, min(words.counts.shape) - 1)
    if n_dims < 1 or not words.counts.nnz:
        return vectors
    tfidf = TfidfTransformer(sublinear_tf=True).fit_transform(words.counts)
    latent = normalize(TruncatedSVD(n_dims, random_state=seed).fit_transform(tfidf))
    both: Floats = normalize(np.hstack([vectors, WORD_WEIGHT * latent])).astype(np.float32)
    return both
