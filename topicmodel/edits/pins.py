"""Find the products that a pin selects by id, by words of the title or by an attribute."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from topicmodel.datatypes import Edit, Integers, Products, attributes_from_json
from topicmodel.edits.board import fold
from topicmodel.text.languages import split_words


class _OnlyWords(dict[int, str]):
    """A table for str.translate that replaces characters which cannot be in a word by blanks."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        # Vowel signs and accents (category M) belong to the letter before them.
        self[code] = character if unicodedata.category(character)[0] in "LNM" else " "
        return self[code]


_ONLY_WORDS = _OnlyWords()


def words_of(text: str) -> str:
    """The words of a text in a form for comparisons, separated by single blanks; "" for no words.

    Case does not count, and a hyphen or an apostrophe ends a word. Texts in scripts without blanks
    (such as Chinese or Thai) are split into words with a dictionary.
    """
    return " ".join(split_words(fold(text)).translate(_ONLY_WORDS).split())


def find_pinned(pins: Sequence[Edit], products: Products) -> list[Integers]:
    """Rows of the products that each pin selects, ascending."""
    by_id = _rows_by_id(pins, products.ids)
    by_word = _rows_by_word({pin.word for pin in pins if pin.word}, products.titles)
    by_attribute = _rows_by_attribute({_folded(pin.attribute) for pin in pins}, products.attributes)
    return [
        np.unique(
            np.array(
                [row for product in pin.products for row in by_id.get(product, ())]
                + by_word.get(pin.word, [])
                + by_attribute.get(_folded(pin.attribute), []),
                dtype=np.int64,
            )
        )
        for pin in pins
    ]


def _rows_by_id(pins: Iterable[Edit], product_ids: Sequence[str]) -> dict[str, list[int]]:
    wanted = {product for pin in pins for product in pin.products}
    rows: dict[str, list[int]] = {}
    for row, product in enumerate(product_ids if wanted else ()):
        if product in wanted:
            rows.setdefault(product, []).append(row)
    return rows


def _rows_by_word(phrases: Iterable[str], titles: Sequence[str]) -> dict[str, list[int]]:
    """Phrase -> rows of the titles that contain its words one after another."""
    wanted = {phrase: f" {words} " for phrase in phrases if (words := words_of(phrase))}
    padded = [f" {words_of(title)} " for title in titles] if wanted else []
    return {
        phrase: [row for row, title in enumerate(padded) if words in title]
        for phrase, words in wanted.items()
    }


def _rows_by_attribute(
    wanted: Iterable[tuple[str, str]], attributes: Sequence[str]
) -> dict[tuple[str, str], list[int]]:
    """Attribute (name, value) -> rows of the products that have it; case does not count."""
    rows: dict[tuple[str, str], list[int]] = {pair: [] for pair in wanted if all(pair)}
    names, folded_name = {name for name, _ in rows}, lru_cache(4096)(fold)
    for row, text in enumerate(attributes if rows else ()):
        for name, value in attributes_from_json(text).items():
            if folded_name(name) in names and (pair := _folded((name, str(value)))) in rows:
                rows[pair].append(row)
    return rows


def _folded(pair: tuple[str, str]) -> tuple[str, str]:
    return fold(pair[0]), fold(pair[1])
