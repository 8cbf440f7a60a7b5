"""Phrases as numbers, so that many of them are found, folded and counted by sorting arrays.

The number of a phrase is made of those of its words, as a number is made of its digits. A shorter
phrase is filled up with `NO_WORD` behind its words, so phrases are in the order of the alphabet,
each one before those that it begins.
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
class FoundPhrases:
    """The phrases of some texts, as often as they stand there; (n_found,) each."""

    rows: SmallIntegers
    """Row of the text."""
    numbers: Integers


@dataclass(frozen=True)
class Terms:
    """Phrases of which singular and plural count as one."""

    numbers: Integers
    """(n_terms,), with every word in the singular; distinct and sorted."""
    forms: Integers
    """(n_terms,), the phrase that is used most for each; the last in the alphabet of equals."""
    term_of: Integers
    """(n_found,), row in `numbers` of each phrase that was given."""


@dataclass(frozen=True)
class PhraseNumbers:
    """How the phrases of some texts are numbered."""

    words: Sequence[str]
    """Distinct and sorted; the first has number 1."""
    longest: int
    """Words of the longest phrase."""
    seen: Mapping[str, int]
    """How often each word stands in the texts."""
    singulars: Mapping[str, str]
    """Plural -> singular, for words of which the texts use both."""
    singular_of: SmallIntegers
    """(n_words + 1,), number of the word in the singular."""

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

    def find(self, cut: CutTexts, begins: Flags | None = None) -> FoundPhrases:
        """All phrases within the runs.

        Args:
            cut: texts that have no other words.
            begins: (n_words + 1,), the words that a phrase may begin with; all where it is None.
        """
        at = np.flatnonzero(cut.numbers != NO_WORD if begins is None else begins[cut.numbers])
        phrases = cut.numbers[at] * np.int64(self._weight(0))
        rows, found = [cut.rows[at]], [phrases]
        for n_words in range(1, self.longest):
            words = cut.numbers[at + n_words]
            goes_on = words != NO_WORD
            at = at[goes_on]
            phrases = phrases[goes_on] + words[goes_on] * np.int64(self._weight(n_words))
            rows.append(cut.rows[at])
            found.append(phrases)
        return FoundPhrases(np.concatenate(rows), np.concatenate(found))

    def number(self, phrases: Iterable[Phrase]) -> Integers:
        """(n_phrases,), of phrases in words; 0 for one with a word that the texts do not have."""
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
        """The phrases with singular and plural as one."""
        forms, form_of, uses = np.unique(phrases, return_inverse=True, return_counts=True)
        terms, term_of = np.unique(self.folded(forms), return_inverse=True)
        order = np.lexsort((uses, term_of))
        last = np.flatnonzero(np.diff(term_of[order], append=-1))
        return Terms(terms, forms[order[last]], term_of[form_of])

    def folded(self, phrases: Integers) -> Integers:
        """The phrases with every word in the singular."""
        return self._joined(*(self.singular_of[words] for words in self._split(phrases)))

    def lengths(self, phrases: Integers) -> Integers:
        """How many words each phrase has."""
        found: Integers = np.sum([words != NO_WORD for words in self._split(phrases)], axis=0)
        return found

    def written(self, phrases: Integers) -> list[Phrase]:
        """The phrases in words."""
        numbers = zip(*(words.tolist() for words in self._split(phrases)), strict=True)
        return [tuple(self.words[n - 1] for n in phrase if n) for phrase in numbers]

    def _weight(self, place: int) -> int:
        """What a word at this place of a phrase counts for."""
        return int(len(self.singular_of) ** (self.longest - 1 - place))

    def _joined(self, *words: npt.NDArray[np.integer]) -> Integers:
        phrases = words[0].astype(np.int64)
        for following in words[1:]:
            phrases = phrases * len(self.singular_of) + following
        return phrases

    def _split(self, phrases: Integers) -> list[Integers]:
        """(n_phrases,) each: the first words, the second, and so on."""
        words = []
        for place in range(self.longest):
            first, phrases = np.divmod(phrases, self._weight(place))
            words.append(first)
        return words
