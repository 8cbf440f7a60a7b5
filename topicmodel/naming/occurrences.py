"""Where phrases stand: in the titles and texts of members, and at the head of titles.

Words are numbers here, and so are phrases of up to three of them, so that all are folded and
counted by sorting arrays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Integers
from topicmodel.naming.wording import Wording
from topicmodel.text import Phrase, cut, fold_plurals
from topicmodel.text.languages import head_first

if TYPE_CHECKING:
    import scipy.sparse as sp

FEW_TEXTS = 100
"""In fewer texts than this, a phrase that stands in only one title counts too."""

LONGEST_IN_TITLE = 3
"""Words in a phrase."""

LONGEST_IN_TEXT = 2
"""Words in a phrase that no title has."""

_THINGS = frozenset({"box", "boxes", "can", "cans", "key", "keys", "weight", "weights"})
"""Words that name things in titles, and say nothing elsewhere."""

_TITLE_PART = re.compile(r"\s[-–|]+\s|[,()\[\]|:;/]|\b(?:for|with|in|by|from|of|compatible)\b")

_Runs = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Occurrences:
    """The phrases that some texts use often enough, and where; all in the same order."""

    keys: Sequence[Phrase]
    """Words in the singular; sorted."""
    forms: Sequence[Phrase]
    """As the texts use them most."""
    titles: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the title has the phrase."""
    texts: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the text has it, its title included."""
    heads: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the title says that the product is one: it ends the title's
    first part, or starts it in a language that puts the noun first."""
    words: Mapping[str, tuple[int, int, int]]
    """Word in the singular -> how many titles have it, texts have it, and titles end with it."""
    singulars: Mapping[str, str]
    """Plural -> singular, of words that are used in both."""
    seen: Mapping[str, int]
    """How often each word, as it is written, stands in a title or text."""

    @classmethod
    def of(cls, wording: Wording, ending: Set[str]) -> Occurrences:
        """Phrases of two titles or, if shorter, of three texts; of fewer in a small shop.

        Args:
            wording: of the members.
            ending: words that no phrase reaches across, such as brands.
        """
        titles, texts, heads = [], [], []
        for row, language in enumerate(wording.languages):
            title, text = wording.without_brands(row)
            titles.append(cut(title, language, ending, _THINGS))
            texts.append(cut(text, language, ending, _THINGS))
            heads.append(_heads(title, language, ending))
        numbering = _Numbering.of([*titles, *texts])
        in_titles, in_texts = numbering.phrases(titles), numbering.phrases(texts)
        terms, forms = numbering.terms(np.concatenate([in_titles.phrases, in_texts.phrases]))
        n_texts, fold = len(wording.titles), numbering.folded
        matrices = [
            _matrix(found.rows, fold(found.phrases), terms, n_texts)
            for found in (in_titles, in_texts, numbering.heads(heads))
        ]
        counts = [np.bincount(matrix.indices, minlength=len(terms)) for matrix in matrices]
        kept = _frequent(counts[0], counts[1], numbering.lengths(terms), few=n_texts < FEW_TEXTS)
        single = np.flatnonzero(numbering.lengths(terms) == 1)
        numbers_of_words = zip(*(count[single].tolist() for count in counts), strict=True)
        return cls(
            keys=numbering.written(terms[kept]),
            forms=numbering.written(forms[kept]),
            titles=matrices[0][:, kept],
            texts=matrices[1][:, kept],
            heads=matrices[2][:, kept],
            words=dict(
                zip(chain(*numbering.written(terms[single])), numbers_of_words, strict=True)
            ),
            singulars=numbering.singulars,
            seen=numbering.seen,
        )


@dataclass(frozen=True)
class _Places:
    """Phrases, as often as they stand in rows of texts; (n_places,) each."""

    rows: Integers
    phrases: Integers


@dataclass(frozen=True)
class _Numbering:
    """Words as numbers from 1, in the order of the alphabet; phrases as numbers made of theirs.

    0 stands for no word: so phrases are in the order of the alphabet too, and shorter ones first.
    """

    words: Sequence[str]
    place: Mapping[str, int]
    seen: Counter[str]
    singulars: Mapping[str, str]
    singular_of: Integers
    """(n_words + 1,), number of the word in the singular."""

    @classmethod
    def of(cls, texts: Iterable[_Runs]) -> _Numbering:
        seen = Counter(word for runs in texts for run in runs for word in run)
        words, singulars = sorted(seen), fold_plurals(seen)
        place = {word: number for number, word in enumerate(words, start=1)}
        singular_of = np.arange(len(words) + 1)
        for plural, one in singulars.items():
            singular_of[place[plural]] = place[one]
        return cls(words, place, seen, singulars, singular_of)

    def phrases(self, texts: Sequence[_Runs]) -> _Places:
        """All phrases within the runs, as often as they come."""
        numbers = self._numbers(texts)
        lengths = [sum(map(len, runs)) + len(runs) for runs in texts]
        rows = np.repeat(np.arange(len(texts)), lengths)
        after = [np.append(numbers, [0, 0])[n : n + len(numbers)] for n in (1, 2)]
        nothing = np.zeros_like(numbers)
        one = numbers > 0
        two = one & (after[0] > 0)
        three = two & (after[1] > 0)
        found = [
            self._joined(numbers, nothing, nothing)[one],
            self._joined(numbers, after[0], nothing)[two],
            self._joined(numbers, *after)[three],
        ]
        return _Places(np.concatenate([rows[one], rows[two], rows[three]]), np.concatenate(found))

    def heads(self, heads: Sequence[Sequence[Phrase]]) -> _Places:
        """The phrases of each row, without those of which a word is not known."""
        known = [
            (row, tuple(self.place.get(word, 0) for word in phrase))
            for row, found in enumerate(heads)
            for phrase in found
        ]
        known = [(row, numbers) for row, numbers in known if all(numbers)]
        padded = [(*numbers, 0, 0)[:3] for _, numbers in known]
        columns = np.array(padded, dtype=np.int64).reshape(-1, 3).T
        return _Places(np.array([row for row, _ in known], dtype=np.int64), self._joined(*columns))

    def folded(self, phrases: Integers) -> Integers:
        """The phrases with their words in the singular."""
        return self._joined(*(self.singular_of[words] for words in self._split(phrases)))

    def terms(self, phrases: Integers) -> tuple[Integers, Integers]:
        """The distinct phrases in the singular, sorted, and the most used form of each."""
        forms, uses = np.unique(phrases, return_counts=True)
        terms, term_of = np.unique(self.folded(forms), return_inverse=True)
        order = np.lexsort((forms, uses, term_of))
        last = np.flatnonzero(np.diff(term_of[order], append=-1))
        return terms, forms[order[last]]

    def lengths(self, phrases: Integers) -> Integers:
        """How many words each phrase has."""
        found: Integers = np.sum([words > 0 for words in self._split(phrases)], axis=0)
        return found

    def written(self, phrases: Integers) -> list[Phrase]:
        """The phrases in words."""
        numbers = zip(*(words.tolist() for words in self._split(phrases)), strict=True)
        return [tuple(self.words[n - 1] for n in phrase if n) for phrase in numbers]

    def _numbers(self, texts: Iterable[_Runs]) -> Integers:
        """Of all words, with a 0 behind each run."""
        numbers: list[int] = []
        for run in chain.from_iterable(texts):
            numbers += map(self.place.__getitem__, run)
            numbers.append(0)
        return np.array(numbers, dtype=np.int64)

    def _joined(self, first: Integers, second: Integers, third: Integers) -> Integers:
        base = len(self.singular_of)
        return (first * base + second) * base + third

    def _split(self, phrases: Integers) -> tuple[Integers, Integers, Integers]:
        base = len(self.singular_of)
        front, third = np.divmod(phrases, base)
        return (*np.divmod(front, base), third)


def _matrix(rows: Integers, phrases: Integers, terms: Integers, n_texts: int) -> sp.csr_matrix:
    """(n_texts, n_terms), 1 where a text has a term; phrases that are no term are left out."""
    import scipy.sparse as sp

    columns = np.searchsorted(terms, phrases)
    known = columns < len(terms)
    known[known] = terms[columns[known]] == phrases[known]
    places = (rows[known], columns[known])
    ones = np.ones(len(places[0]), dtype=np.int64)
    matrix = sp.csr_matrix((ones, places), shape=(n_texts, len(terms)))
    matrix.data[:] = 1
    return matrix


def _frequent(in_titles: Integers, in_texts: Integers, lengths: Integers, *, few: bool) -> Integers:
    titled = in_titles >= (1 if few else 2)
    described = (in_texts >= (2 if few else 3)) & (lengths <= LONGEST_IN_TEXT)
    return np.flatnonzero(titled | described)


def _heads(title: str, language: str, ending: Set[str]) -> list[Phrase]:
    """One, two and three words that say what the product is."""
    parts = (cut(part, language, ending, _THINGS) for part in _TITLE_PART.split(title.lower()))
    runs: list[list[str]] = next((runs for runs in parts if runs), [[]])
    # The prepositions of other languages end a run, so what it is for stands in a later one.
    run = runs[-1] if language == "en" else runs[0]
    lengths = range(1, min(LONGEST_IN_TITLE, len(run)) + 1)
    return [tuple(run[:n] if head_first(language) else run[-n:]) for n in lengths]
