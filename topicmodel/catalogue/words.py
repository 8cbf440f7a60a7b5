"""Which texts have which words, compared by their stems."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.text.languages import split_words
from topicmodel.text.plurals import stem

if TYPE_CHECKING:
    import scipy.sparse as sp

_WORD = re.compile(r"[^\W\d_]{2,}")


def stems_of(text: str) -> set[str]:
    """The stems of a text's words of at least two letters."""
    return {stem(word) for word in _WORD.findall(split_words(text.lower()))}


def numbered(words: Sequence[Collection[str]]) -> dict[str, int]:
    """Word -> its column, in the order of the alphabet."""
    return {word: n for n, word in enumerate(sorted(set().union(*words)))}


def incidence(words: Sequence[Collection[str]], columns: Mapping[str, int]) -> sp.csr_matrix:
    """(n_texts, n_words), 1 where a text has a word that has a column."""
    import scipy.sparse as sp

    known = [[columns[word] for word in sorted(each) if word in columns] for each in words]
    starts = np.cumsum([0, *map(len, known)])
    indices = np.array([column for each in known for column in each], dtype=np.int64)
    ones = np.ones(len(indices), dtype=np.float32)
    return sp.csr_matrix((ones, indices, starts), shape=(len(words), len(columns)))
