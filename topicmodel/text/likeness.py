"""Whether some texts have more words in common than any texts of the same dump."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Flags, Floats, Integers

if TYPE_CHECKING:
    import scipy.sparse as sp

_DIGITS = 4
"""Cosines are rounded, so that sums in another order make no difference."""


@dataclass(frozen=True)
class Likeness:
    """Texts as vectors of their words, rare words weighing more; and how alike any two of them are.

    The first texts are the reference: a random sample of the dump.
    """

    vectors: sp.csr_matrix
    """(n_texts, n_words), unit length; a text without words is zero."""
    is_known: Flags
    """(n_texts,), whether the text has a word that the reference has in another text."""
    by_chance: Floats
    """Cosines of all pairs of the reference, ascending."""

    @classmethod
    def of(cls, words: Sequence[Set[str]], n_reference: int) -> Likeness:
        """Vectors of the words of each text; the first `n_reference` texts are the reference."""
        seen = Counter(chain.from_iterable(words[:n_reference]))
        vectors = _vectors(words, seen, n_reference)
        own = [int(row < n_reference) for row in range(len(words))]
        return cls(
            vectors=vectors,
            is_known=np.array(
                [any(seen[w] > n for w in each) for each, n in zip(words, own, strict=True)],
                dtype=bool,
            ),
            by_chance=np.sort(_cosines(vectors[:n_reference])),
        )

    @property
    def is_telling(self) -> bool:
        """Whether most texts of the reference have a word in common with another one of them."""
        return bool(self.is_known.mean() > 0.5) if len(self.is_known) else False

    def among(self, rows: Integers) -> float:
        """How likely two of these texts are more alike than two of the reference, 0 to 1.

        A tie counts half, so 0.5 is chance.
        """
        cosines = _cosines(self.vectors[rows])
        below = np.searchsorted(self.by_chance, cosines, "left")
        not_above = np.searchsorted(self.by_chance, cosines, "right")
        return float((below + not_above).mean() / 2 / len(self.by_chance))


def _vectors(words: Sequence[Set[str]], seen: Counter[str], n_reference: int) -> sp.csr_matrix:
    import scipy.sparse as sp

    column = {word: n for n, word in enumerate(sorted(set().union(*words)))}
    weight = np.log((n_reference + 1) / (np.array([seen[word] for word in column]) + 1))
    lengths = [len(each) for each in words]
    rows = np.repeat(np.arange(len(words)), lengths)
    columns = np.fromiter((column[w] for each in words for w in sorted(each)), dtype=np.int64)
    matrix = sp.csr_matrix((weight[columns], (rows, columns)), shape=(len(words), len(column)))
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.csr_matrix(sp.diags(1 / np.where(norms > 0, norms, 1)) @ matrix)


def _cosines(vectors: sp.csr_matrix) -> Floats:
    """Cosines of all pairs of different rows."""
    cosines = (vectors @ vectors.T).toarray()
    return np.asarray(cosines[np.triu_indices(len(cosines), 1)].round(_DIGITS))
