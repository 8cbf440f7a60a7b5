"""Texts -> counts of words and pairs of words in each text.

To limit memory, terms are counted in several parts of the alphabet, one after the other. A pair
belongs to the part of its first word, so the parts are independent of one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Flags, TermCounts
from topicmodel.text.numbering import CutTexts, cut_all
from topicmodel.text.phrase_numbers import PhraseNumbers

if TYPE_CHECKING:
    import scipy.sparse as sp

MAX_WORDS = 2
"""Maximum words of a term."""

FEW_TEXTS = 100
"""In fewer texts than this, terms that occur in a single text are counted too."""

_ONE_IN = 50_000
"""In large dumps, terms that occur in less than one of this many texts are left out."""
_WORDS_AT_ONCE = 4_000_000
"""Maximum uses of words, in all texts together, in one part of the alphabet."""


def count_words(texts: Sequence[str], languages: Sequence[str]) -> TermCounts:
    """Counts of each word and pair of words in each text.

    Singular and plural count as one term, shown in the form that the texts use most. From 100
    texts on, terms of one text only are left out; beyond 100,000 texts, those of less than one text
    in 50,000.

    Args:
        texts: what is embedded, one a document.
        languages: ISO 639-1 code of each text.
    """
    import scipy.sparse as sp

    cut = cut_all(texts, languages)
    numbers = PhraseNumbers.of(cut, MAX_WORDS)
    min_texts = 1 if len(texts) < FEW_TEXTS else max(2, len(texts) // _ONE_IN)
    parts = [
        _count(cut, numbers, begins, len(texts), min_texts) for begins in _alphabet_parts(numbers)
    ]
    none = sp.csr_matrix((len(texts), 0), dtype=np.int32)
    counts = sp.hstack([none, *(counts for counts, _ in parts)], format="csr")
    return TermCounts(counts, [term for _, terms in parts for term in terms])


def _alphabet_parts(numbers: PhraseNumbers) -> Iterator[Flags]:
    """For each part, (n_words + 1,): whether a word belongs to it; plurals go with the singular."""
    seen = np.array([0, *numbers.seen.values()])
    sums = np.bincount(numbers.singular_of, weights=seen).cumsum()
    part_of_word = (sums // _WORDS_AT_ONCE)[numbers.singular_of]
    part_of_word[0] = -1
    for part in np.unique(part_of_word[1:]):
        yield part_of_word == part


def _count(
    cut: CutTexts, numbers: PhraseNumbers, begins: Flags, n_texts: int, min_texts: int
) -> tuple[sp.csr_matrix, list[str]]:
    """(n_texts, n_terms), counts of the terms that occur in at least `min_texts` texts; the terms.

    `begins`, (n_words + 1,), says which words the terms begin with.
    """
    import scipy.sparse as sp

    occurrences = numbers.find(cut, begins)
    terms = numbers.terms(occurrences.numbers)
    ones = np.ones(len(occurrences.rows), dtype=np.int32)
    shape = (n_texts, len(terms.numbers))
    counts = sp.csr_matrix((ones, (occurrences.rows, terms.term_of)), shape=shape)
    frequent = np.flatnonzero(np.bincount(counts.indices, minlength=shape[1]) >= min_texts)
    return counts[:, frequent], [" ".join(form) for form in numbers.written(terms.forms[frequent])]
