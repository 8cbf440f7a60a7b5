"""Many texts -> runs of describing words, with a number in place of each word.

A number takes four bytes, a string more than sixty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Integers
from topicmodel.text.tokens import belongs, parts_of, with_plain_apostrophes

SmallIntegers = npt.NDArray[np.int32]

NO_WORD = 0
"""The number that ends a run; words are numbered from 1."""

_BLOCK = 5_000
"""Texts that are cut at once."""
_REMEMBERED = 2**18
"""Maximum words of a language that are remembered not to describe anything, the first ones; later
ones are examined each time."""


@dataclass(frozen=True)
class CutTexts:
    """The runs of describing words of some texts."""

    words: Sequence[str]
    """Distinct and sorted, lower case."""
    numbers: SmallIntegers
    """(n_numbers,), number of every word of all texts, one text after the other: 1 for the first of
    `words`, and so on; each run is followed by a `NO_WORD`."""
    rows: SmallIntegers
    """(n_numbers,), row of the text that each number belongs to; texts without a run have none."""


def cut_all(
    texts: Sequence[str],
    languages: Sequence[str],
    ending: Set[str] = frozenset(),
    allowed: Set[str] = frozenset(),
) -> CutTexts:
    """The runs that `cut` finds in each of the texts.

    Args:
        texts: in any languages.
        languages: ISO 639-1 code of each text.
        ending: more words that end a run, such as brands.
        allowed: words that do not end a run although `describes` is false for them.
    """
    vocabulary: dict[str, int] = {}

    def number(word: str) -> int:
        return vocabulary.setdefault(word, len(vocabulary) + 1)

    tables = {
        language: _Numbers(
            number, partial(belongs, language=language, ending=ending, allowed=allowed)
        )
        for language in sorted(set(languages))
    }
    tables_of = [tables[language] for language in languages]
    blocks = [
        _cut_block(texts[start : start + _BLOCK], tables_of[start : start + _BLOCK])
        for start in range(0, len(texts), _BLOCK)
    ]
    words = sorted(vocabulary)
    in_order = np.full(len(words) + 1, NO_WORD, dtype=np.int32)
    in_order[[vocabulary[word] for word in words]] = np.arange(1, len(words) + 1)
    lengths = np.concatenate([n for _, n in blocks] or [np.empty(0, dtype=np.int64)])
    return CutTexts(
        words=words,
        numbers=np.concatenate([in_order[block] for block, _ in blocks] or [in_order[:0]]),
        rows=np.repeat(np.arange(len(texts), dtype=np.int32), lengths),
    )


class _Numbers(dict[str, int]):
    """Word as it is in a text -> its number, or `NO_WORD` if it ends a run."""

    def __init__(self, number: Callable[[str], int], belongs: Callable[[str], bool]) -> None:
        super().__init__()
        self._number = number
        self._belongs = belongs

    def __missing__(self, word: str) -> int:
        number = self._number(with_plain_apostrophes(word)) if self._belongs(word) else NO_WORD
        # Article codes describe nothing and are all different, so not all of them are remembered.
        if number != NO_WORD or len(self) < _REMEMBERED:
            self[word] = number
        return number


def _cut_block(
    texts: Sequence[str], tables: Sequence[Mapping[str, int]]
) -> tuple[SmallIntegers, Integers]:
    """Numbers of the words of all the texts, `NO_WORD`s included; how many each text has."""
    runs = [_numbers(text, table.__getitem__) for text, table in zip(texts, tables, strict=True)]
    numbers = np.fromiter(chain.from_iterable(runs), dtype=np.int32)
    rows = np.repeat(np.arange(len(texts)), [len(of_text) for of_text in runs])
    before = np.concatenate([[NO_WORD], numbers[:-1]])
    needed = (numbers != NO_WORD) | (before != NO_WORD)
    return numbers[needed], np.bincount(rows[needed], minlength=len(texts))


def _numbers(text: str, number: Callable[[str], int]) -> list[int]:
    """Numbers of a text's words; each run is followed by one or more `NO_WORD`s."""
    numbers: list[int] = []
    for part in parts_of(text):
        numbers += map(number, part)
        numbers.append(NO_WORD)
    return numbers
