"""Many texts -> runs of describing words, with numbers in place of words.

A number takes four bytes, where a string of its own would take sixty and more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Integers
from topicmodel.text.tokens import describes, parts_of, with_plain_apostrophes

SmallIntegers = npt.NDArray[np.int32]

NO_WORD = -1
"""What ends a run."""

_BLOCK = 5_000
"""Texts that are cut at once."""
_REMEMBERED = 2**18
"""Words of a language that describe nothing and are looked up only once: the first that come."""


@dataclass(frozen=True)
class CutTexts:
    """The runs of describing words of some texts."""

    words: Sequence[str]
    """Distinct and sorted, lower case."""
    numbers: SmallIntegers
    """(n_places,), place in `words` of every word of all texts, one text after the other; a
    `NO_WORD` stands behind each run."""
    rows: SmallIntegers
    """(n_places,), row of the text that each number belongs to; texts without a run have none."""


def cut_all(texts: Sequence[str], languages: Sequence[str]) -> CutTexts:
    """The runs that `cut` finds in each of the texts.

    Args:
        texts: in any languages.
        languages: ISO 639-1 code of each text.
    """
    vocabulary: dict[str, int] = {}
    tables = {language: _Numbers(language, vocabulary) for language in sorted(set(languages))}
    tables_of = [tables[language] for language in languages]
    blocks = [
        _cut_block(texts[start : start + _BLOCK], tables_of[start : start + _BLOCK])
        for start in range(0, len(texts), _BLOCK)
    ]
    words = sorted(vocabulary)
    # One place more, so that NO_WORD, which is -1, finds itself at the end.
    places = np.full(len(words) + 1, NO_WORD, dtype=np.int32)
    places[[vocabulary[word] for word in words]] = np.arange(len(words))
    lengths = np.concatenate([n for _, n in blocks] or [np.empty(0, dtype=np.int64)])
    return CutTexts(
        words=words,
        numbers=np.concatenate([places[block] for block, _ in blocks] or [places[:0]]),
        rows=np.repeat(np.arange(len(texts), dtype=np.int32), lengths),
    )


class _Numbers(dict[str, int]):
    """Word of one language -> its number in a vocabulary that grows, or `NO_WORD`."""

    def __init__(self, language: str, vocabulary: dict[str, int]) -> None:
        super().__init__()
        self._language = language
        self._vocabulary = vocabulary

    def __missing__(self, word: str) -> int:
        number = NO_WORD
        if describes(word, self._language):
            number = self._vocabulary.setdefault(
                with_plain_apostrophes(word), len(self._vocabulary)
            )
        # Codes of articles describe nothing and are each another.
        if number != NO_WORD or len(self) < _REMEMBERED:
            self[word] = number
        return number


def _cut_block(
    texts: Sequence[str], tables: Sequence[Mapping[str, int]]
) -> tuple[SmallIntegers, Integers]:
    """Numbers of the words of all the texts, and how many of them each text has."""
    found = [_numbers(text, table.__getitem__) for text, table in zip(texts, tables, strict=True)]
    numbers = np.fromiter(chain.from_iterable(found), dtype=np.int32)
    rows = np.repeat(np.arange(len(texts)), [len(each) for each in found])
    before = np.concatenate([[NO_WORD], numbers[:-1]])
    needed = (numbers != NO_WORD) | (before != NO_WORD)
    return numbers[needed], np.bincount(rows[needed], minlength=len(texts))


def _numbers(text: str, number: Callable[[str], int]) -> list[int]:
    """Numbers of a text's words; a run ends in one `NO_WORD` or more."""
    numbers: list[int] = []
    for part in parts_of(text):
        numbers += map(number, part)
        numbers.append(NO_WORD)
    return numbers
