"""Texts -> how often each word and pair of words stands in each of them.

Words are numbers, and so are pairs of neighbours: all are counted by sorting arrays, a part of the
alphabet at a time. A pair begins with its first word, so every part counts for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Flags, Integers, TermCounts
from topicmodel.text.numbering import NO_WORD, CutTexts, cut_all
from topicmodel.text.plurals import fold_plurals

if TYPE_CHECKING:
    import scipy.sparse as sp

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
    seen = np.bincount(cut.numbers + 1, minlength=len(cut.words) + 1)[1:]
    phrases = _Phrases.of(cut.words, seen)
    least = 1 if len(texts) < FEW_TEXTS else max(2, len(texts) // _ONE_IN)
    parts = [
        _count(cut, phrases, begins_in_part, len(texts), least)
        for begins_in_part in phrases.parts_of_alphabet(seen)
    ]
    none = sp.csr_matrix((len(texts), 0), dtype=np.int32)
    counts = sp.hstack([none, *(counts for counts, _ in parts)], format="csr")
    return TermCounts(counts, [term for _, terms in parts for term in terms])


@dataclass(frozen=True)
class _Phrases:
    """Words and pairs of words as numbers, in the order of the alphabet."""

    words: Sequence[str]
    """Distinct and sorted."""
    singulars: npt.NDArray[np.int32]
    """(n_words + 1,), the word that each counts as; at the end, where -1 finds it, `NO_WORD`."""

    @classmethod
    def of(cls, words: Sequence[str], seen: Integers) -> _Phrases:
        """Of the words of some texts, seen so many times."""
        singulars = np.arange(len(words) + 1, dtype=np.int32)
        singulars[-1] = NO_WORD
        place = {word: number for number, word in enumerate(words)}
        folded = fold_plurals(Counter(dict(zip(words, seen.tolist(), strict=True))))
        for plural, singular in folded.items():
            singulars[place[plural]] = place[singular]
        return cls(words, singulars)

    def numbers(self, first: npt.NDArray[np.int32], second: npt.NDArray[np.int32]) -> Integers:
        """Of pairs, and of single words where the second is `NO_WORD`."""
        return first.astype(np.int64) * len(self.singulars) + second + 1

    def folded(self, phrases: Integers) -> Integers:
        """Numbers of the phrases in the singular."""
        first, second = np.divmod(phrases, len(self.singulars))
        return self.numbers(self.singulars[first], self.singulars[second - 1])

    def text(self, phrase: int) -> str:
        """The phrase as people write it."""
        first, second = divmod(phrase, len(self.singulars))
        return f"{self.words[first]} {self.words[second - 1]}" if second else self.words[first]

    def parts_of_alphabet(self, seen: Integers) -> Iterator[Flags]:
        """(n_words + 1,) each: the words that belong to a part, plurals to that of the singular."""
        sums = np.bincount(self.singulars[:-1], weights=seen, minlength=len(self.words)).cumsum()
        part_of_word = np.append(sums // _WORDS_AT_ONCE, -1)[self.singulars]
        for part in np.unique(part_of_word[:-1]):
            yield part_of_word == part


def _count(
    cut: CutTexts, phrases: _Phrases, begins: Flags, n_texts: int, least: int
) -> tuple[sp.csr_matrix, list[str]]:
    """Counts (n_texts, n_terms) of the terms of at least so many texts, and the terms.

    `begins` tells the words (n_words + 1,) that the terms begin with.
    """
    import scipy.sparse as sp

    rows, found = _phrases_of(cut, phrases, begins)
    forms, form_of, uses = np.unique(found, return_inverse=True, return_counts=True)
    terms, term_of = np.unique(phrases.folded(forms), return_inverse=True)
    ones = np.ones(len(found), dtype=np.int32)
    shape = (n_texts, len(terms))
    counts = sp.csr_matrix((ones, (rows, term_of[form_of])), shape=shape)
    kept = np.flatnonzero(np.bincount(counts.indices, minlength=len(terms)) >= least)
    shown = forms[_most_used(term_of, uses)[kept]]
    return counts[:, kept], [phrases.text(form) for form in shown.tolist()]


def _phrases_of(
    cut: CutTexts, phrases: _Phrases, begins: Flags
) -> tuple[npt.NDArray[np.int32], Integers]:
    """Rows of the texts and numbers of all words and pairs of words that begin so."""
    places = np.flatnonzero(begins[cut.numbers])
    rows, first, second = cut.rows[places], cut.numbers[places], cut.numbers[places + 1]
    single = phrases.numbers(first, np.full_like(first, NO_WORD))
    paired = second != NO_WORD
    pairs = phrases.numbers(first[paired], second[paired])
    return np.concatenate([rows, rows[paired]]), np.concatenate([single, pairs])


def _most_used(terms: Integers, uses: Integers) -> Integers:
    """Place of each term's most used form; of equals the last."""
    order = np.lexsort((uses, terms))
    return order[np.flatnonzero(np.diff(terms[order], append=-1))]
