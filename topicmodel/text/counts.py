"""Texts -> how often each word and pair of words stands in each of them.

All are numbers, and are counted a part of the alphabet at a time. A pair is in the part of its
first word, so every part counts for itself.
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

LONGEST = 2
"""Words of a term."""

FEW_TEXTS = 100
"""In fewer texts than this, a word that stands in only one of them counts too."""

_ONE_IN = 50_000
"""In large dumps a term that stands in fewer texts than one in so many makes no category."""
_WORDS_AT_ONCE = 4_000_000
"""Words of all texts together that one part of the alphabet has, for the sake of memory."""


def count_words(texts: Sequence[str], languages: Sequence[str]) -> TermCounts:
    """How often each word and pair of words stands in each text.

    Singular and plural count as one term, shown in the form that the texts use most. Terms of one
    text only are left out and, beyond 100,000 texts, those of less than one text in 50,000.

    Args:
        texts: what is embedded, one a document.
        languages: ISO 639-1 code of each text.
    """
    import scipy.sparse as sp

    cut = cut_all(texts, languages)
    numbers = PhraseNumbers.of(cut, LONGEST)
    least = 1 if len(texts) < FEW_TEXTS else max(2, len(texts) // _ONE_IN)
    parts = [_count(cut, numbers, begins, len(texts), least) for begins in _alphabet_of(numbers)]
    none = sp.csr_matrix((len(texts), 0), dtype=np.int32)
    counts = sp.hstack([none, *(counts for counts, _ in parts)], format="csr")
    return TermCounts(counts, [term for _, terms in parts for term in terms])


def _alphabet_of(numbers: PhraseNumbers) -> Iterator[Flags]:
    """(n_words + 1,) each: the words that belong to a part, plurals to that of the singular."""
    seen = np.array([0, *numbers.seen.values()])
    sums = np.bincount(numbers.singular_of, weights=seen).cumsum()
    part_of_word = (sums // _WORDS_AT_ONCE)[numbers.singular_of]
    part_of_word[0] = -1
    for part in np.unique(part_of_word[1:]):
        yield part_of_word == part


def _count(
    cut: CutTexts, numbers: PhraseNumbers, begins: Flags, n_texts: int, least: int
) -> tuple[sp.csr_matrix, list[str]]:
    """Counts (n_texts, n_terms) of the terms of at least so many texts, and the terms.

    `begins` tells the words (n_words + 1,) that the terms begin with.
    """
    import scipy.sparse as sp

    found = numbers.find(cut, begins)
    terms = numbers.terms(found.numbers)
    ones = np.ones(len(found.rows), dtype=np.int32)
    shape = (n_texts, len(terms.numbers))
    counts = sp.csr_matrix((ones, (found.rows, terms.term_of)), shape=shape)
    frequent = np.flatnonzero(np.bincount(counts.indices, minlength=shape[1]) >= least)
    return counts[:, frequent], [" ".join(form) for form in numbers.written(terms.forms[frequent])]
