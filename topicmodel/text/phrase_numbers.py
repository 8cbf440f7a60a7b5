"""Phrases as numbers, so that many of them are found, folded and counted by sorting arrays.

The numbers of the words are the digits of the phrase's number. Shorter phrases are filled up with
`NO_WORD` at their end, so the order of the numbers is the alphabetical order of the phrases, with
each phrase before longer ones that begin with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Flags, Integers
from topicmodel.text.numbering import NO_WORD, CutTexts, SmallIntegers
from topicmodel.text.plurals import fold_plurals
from topicmodel.text.tokens import Phrase


@dataclass(frozen=True)
class PhraseOccurrences:
    """All occurrences of phrases in some texts."""

    rows: SmallIntegers
    """(n_occurrences,), row of the text."""
    numbers: Integers
    """(n_occurrences,), number of the phrase."""


@dataclass(frozen=True)
class Terms:
    """Distinct phrases, with singular and plural counted as one."""

    numbers: Integers
    """(n_terms,), numbers of the phrases with every word in the singular; distinct and sorted."""
    forms: Integers
    """(n_terms,), number of each term's most frequent form; of equals the alphabetically last."""
    term_of: Integers
    """(n_occurrences,), index in `numbers` of the term of each given phrase."""


@dataclass(frozen=True)
class PhraseNumbers:
    """A numbering of the phrases of some texts."""

    words: Sequence[str]
    """Distinct and sorted; the first has number 1."""
    longest: int
    """Maximum words of a phrase."""
    seen: Mapping[str, int]
    """Word -> number of its uses in the texts."""
    singulars: Mapping[str, str]
    """Plural -> singular, for words of which the texts use both."""
    singular_of: SmallIntegers
    """(n_words + 1,), number of a word -> number of its singular."""

    @classmethod
    def of(cls, cut: CutTexts, longest: int) -> PhraseNumbers:
        """Numbers for phrases of up to `longest` words."""
        counts = np.bincount(cut.numbers, minlength=len(cut.words) + 1)[1:].tolist()
        seen = Counter(dict(zip(cut.words, counts, strict=True)))
        singulars = fold_plurals(seen)
        number = {word: n for n, word in enumerate(cut.words, start=1)}
        singular_of = np.arange(len(cut.words) + 1, dtype=np.int32)
        for plural, singular in singulars.items():
            singular_of[number[plural]] = number[singular]
        return cls(cut.words, longest, seen, singulars, singular_of)

    def find(self, cut: CutTexts, begins: Flags | None = None) -> PhraseOccurrences:
        """All phrases within the runs.

        Args:
            cut: texts without other words than the numbered ones.
            begins: (n_words + 1,), whether a phrase may begin with a word; None allows all words.
        """
        starts = np.flatnonzero(cut.numbers != NO_WORD if begins is None else begins[cut.numbers])
        phrases = cut.numbers[starts] * np.int64(self._weight(0))
        rows, numbers = [cut.rows[starts]], [phrases]
        for n_words in range(1, self.longest):
            words = cut.numbers[starts + n_words]
            continues = words != NO_WORD
            starts = starts[continues]
            phrases = phrases[continues] + words[continues] * np.int64(self._weight(n_words))
            rows.append(cut.rows[starts])
            numbers.append(phrases)
        return PhraseOccurrences(np.concatenate(rows), np.concatenate(numbers))

    def number(self, phrases: Iterable[Phrase]) -> Integers:
        """(n_phrases,), numbers of phrases; 0 for a phrase with a word that is not in the texts."""
        number = {word: n for n, word in enumerate(self.words, start=1)}
        known = [[number.get(word, NO_WORD) for word in phrase] for phrase in phrases]
        filled = [
            [*words, *[NO_WORD] * (self.longest - len(words))]
            if all(words)
            else [NO_WORD] * self.longest
            for words in known
        ]
        return self._joined(*np.array(filled, dtype=np.int64).reshape(-1, self.longest).T)

    def terms(self, phrases: Integers) -> Terms:
        """The distinct terms of the phrases, with singular and plural as one."""
        forms, form_of, uses = np.unique(phrases, return_inverse=True, return_counts=True)
        terms, term_of = np.unique(self.folded(forms), return_inverse=True)
        order = np.lexsort((uses, term_of))
        last = np.flatnonzero(np.diff(term_of[order], append=-1))
        return Terms(terms, forms[order[last]], term_of[form_of])

    def folded(self, phrases: Integers) -> Integers:
        """The phrases with every word in the singular."""
        return self._joined(*(self.singular_of[words] for words in self._split(phrases)))

    def lengths(self, phrases: Integers) -> Integers:
        """(n_phrases,), number of words of each phrase."""
        lengths: Integers = np.sum([words != NO_WORD for words in self._split(phrases)], axis=0)
        return lengths

    def written(self, phrases: Integers) -> list[Phrase]:
        """The phrases in words."""
        numbers = zip(*(words.tolist() for words in self._split(phrases)), strict=True)
        return [tuple(self.words[n - 1] for n in phrase if n) for phrase in numbers]

    def _weight(self, index: int) -> int:
        """The factor of the word at this index in the number of a phrase."""
        return int(len(self.singular_of) ** (self.longest - 1 - index))

    def _joined(self, *words: npt.NDArray[np.integer]) -> Integers:
        phrases = words[0].astype(np.int64)
        for following in words[1:]:
            phrases = phrases * len(self.singular_of) + following
        return phrases

    def _split(self, phrases: Integers) -> list[Integers]:
        """(n_phrases,) each: the first words, the second, and so on."""
        words = []
        for index in range(self.longest):
            first, phrases = np.divmod(phrases, self._weight(index))
            words.append(first)
        return words
