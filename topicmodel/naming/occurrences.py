"""Which titles and texts contain which phrases, and which phrases are the head of a title."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Integers
from topicmodel.naming.wording import Wording
from topicmodel.text import Phrase, cut
from topicmodel.text.languages import head_first
from topicmodel.text.numbering import CutTexts, cut_all
from topicmodel.text.phrase_numbers import PhraseNumbers, Terms

if TYPE_CHECKING:
    import scipy.sparse as sp

FEW_TEXTS = 100
"""In a dump of fewer texts, a phrase is kept even if only one title contains it."""

LONGEST_IN_TITLE = 3
"""Maximum words of a phrase from a title."""

LONGEST_IN_TEXT = 2
"""Maximum words of a phrase that occurs in descriptions only."""

_THINGS = frozenset({"box", "boxes", "can", "cans", "key", "keys", "weight", "weights"})
"""Words that name things in titles, though they are stop words or shop words elsewhere."""

_TITLE_PART = re.compile(r"\s[-–|]+\s|[,()\[\]|:;/]|\b(?:for|with|in|by|from|of|compatible)\b")


@dataclass(frozen=True)
class Occurrences:
    """The phrases that are frequent enough, and which texts contain them; all in the same order."""

    keys: Sequence[Phrase]
    """Words in the singular; sorted."""
    forms: Sequence[Phrase]
    """Each phrase in the form that the texts use most."""
    titles: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the title contains the phrase."""
    texts: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the text, including its title, contains the phrase."""
    heads: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the phrase is the head of the title and says what the product
    is: it ends the title's first part, or begins it in a language that puts the noun first."""
    words: Mapping[str, tuple[int, int, int]]
    """Word in the singular -> number of titles with it, of texts with it, of titles it heads."""
    singulars: Mapping[str, str]
    """Plural -> singular, for words that the texts use in both forms."""
    seen: Mapping[str, int]
    """Word as it is written, in lower case -> number of uses in titles and texts."""

    @classmethod
    def of(cls, wording: Wording, ending: Set[str]) -> Occurrences:
        """Phrases in at least two titles, or of one or two words in at least three texts.

        In dumps of fewer than `FEW_TEXTS` texts, one title or two texts are enough.

        Args:
            wording: titles and texts of the members.
            ending: words that are not part of any phrase, such as brands.
        """
        runs = _cut_wording(wording, ending)
        numbers, n_texts = PhraseNumbers.of(runs, LONGEST_IN_TITLE), len(wording.titles)
        occurrences = numbers.find(runs)
        terms = numbers.terms(occurrences.numbers)
        of_title = occurrences.rows < n_texts
        shape = (n_texts, len(terms.numbers))
        matrices = [
            _matrix(occurrences.rows[of_title], terms.term_of[of_title], shape),
            _matrix(occurrences.rows[~of_title] - n_texts, terms.term_of[~of_title], shape),
            _head_matrix(wording, ending, numbers, terms),
        ]
        counts = [np.bincount(matrix.indices, minlength=shape[1]) for matrix in matrices]
        lengths = numbers.lengths(terms.numbers)
        frequent = _frequent(counts[0], counts[1], lengths, few=n_texts < FEW_TEXTS)
        single = np.flatnonzero(lengths == 1)
        counts_of_words = zip(*(count[single].tolist() for count in counts), strict=True)
        words = chain(*numbers.written(terms.numbers[single]))
        return cls(
            keys=numbers.written(terms.numbers[frequent]),
            forms=numbers.written(terms.forms[frequent]),
            titles=matrices[0][:, frequent],
            texts=matrices[1][:, frequent],
            heads=matrices[2][:, frequent],
            words=dict(zip(words, counts_of_words, strict=True)),
            singulars=numbers.singulars,
            seen=numbers.seen,
        )


def _cut_wording(wording: Wording, ending: Set[str]) -> CutTexts:
    """All titles and then all texts, each without the product's own brands."""
    pairs = [wording.without_brands(row) for row in range(len(wording.titles))]
    texts = [*(title for title, _ in pairs), *(text for _, text in pairs)]
    return cut_all(texts, [*wording.languages, *wording.languages], ending, _THINGS)


def _matrix(
    rows: npt.NDArray[np.integer], terms: Integers, shape: tuple[int, int]
) -> sp.csr_matrix:
    """(n_texts, n_terms), 1 where a text has a term."""
    import scipy.sparse as sp

    matrix = sp.csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, terms)), shape=shape)
    matrix.data[:] = 1
    return matrix


def _head_matrix(
    wording: Wording, ending: Set[str], numbers: PhraseNumbers, terms: Terms
) -> sp.csr_matrix:
    """(n_texts, n_terms), 1 where a term is the head of the title."""
    heads = [
        _heads(wording.without_brands(row)[0], language, ending)
        for row, language in enumerate(wording.languages)
    ]
    rows = np.repeat(np.arange(len(heads)), [len(phrases_of_title) for phrases_of_title in heads])
    phrases = numbers.folded(numbers.number(chain.from_iterable(heads)))
    columns = np.searchsorted(terms.numbers, phrases)
    known = columns < len(terms.numbers)
    known[known] = terms.numbers[columns[known]] == phrases[known]
    return _matrix(rows[known], columns[known], (len(heads), len(terms.numbers)))


def _frequent(in_titles: Integers, in_texts: Integers, lengths: Integers, *, few: bool) -> Integers:
    """Columns of the phrases that occur in enough titles or texts."""
    titled = in_titles >= (1 if few else 2)
    described = (in_texts >= (2 if few else 3)) & (lengths <= LONGEST_IN_TEXT)
    return np.flatnonzero(titled | described)


def _heads(title: str, language: str, ending: Set[str]) -> list[Phrase]:
    """The phrases of one to three words that say what the product is."""
    parts = (cut(part, language, ending, _THINGS) for part in _TITLE_PART.split(title.lower()))
    runs: list[list[str]] = next((runs for runs in parts if runs), [[]])
    # In other languages prepositions are stop words, so the purpose of a product is in a later run.
    run = runs[-1] if language == "en" else runs[0]
    lengths = range(1, min(LONGEST_IN_TITLE, len(run)) + 1)
    return [tuple(run[:n] if head_first(language) else run[-n:]) for n in lengths]
