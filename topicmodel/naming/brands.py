"""Which words of a dump are brands, colours and other names of one's own, found from the dump."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.naming.wording import Wording
from topicmodel.text import LETTERS, Phrase

MOSTLY = 0.5
"""A word is a brand or a colour where so much of its use in titles is the product's own."""

RARELY = 0.1
"""Below this share, a brand that is called like a thing (Care, Football) is overlooked."""

JUDGED = 50_000
"""Texts, an even share of them, that tell of brands and colours, beside those that names are drawn
from: more say the same."""

LONGEST_BRAND = 6
"""Words of a brand; what is longer is a text in the wrong column."""

LEAST_CAPITALS = 5
"""Uses in running text that tell how a word is written."""

CAPITALISED = 0.85
"""Share of capitals in running text that makes a word a name, as in "made by Bosch"."""

_TOKEN = re.compile(rf"{LETTERS.pattern}|\S")


@dataclass(frozen=True)
class Brands:
    """Brands and colours of a dump, as its attributes tell them."""

    words: frozenset[str]
    """Words that, where titles use them, mostly are part of the product's own brand or colour."""
    names: frozenset[Phrase]
    """Whole brands, save those of which titles and texts speak as of a thing."""

    @classmethod
    def of(cls, wording: Wording) -> Brands:
        """Find them."""
        return cls(_modifying_words(wording), _brand_names(wording))

    def within(self, words: Phrase) -> bool:
        """Whether a brand stands in a run of words."""
        return not self.names.isdisjoint(_runs_of(words, len(words)))


def _modifying_words(wording: Wording) -> frozenset[str]:
    everywhere: Counter[str] = Counter()
    modifying: Counter[str] = Counter()
    for title, own, colour in zip(wording.titles, wording.brands, wording.colours, strict=True):
        words = set(_phrase(title))
        everywhere.update(words)
        modifying.update(words & set(_phrase(" ".join([*own, colour]))))
    return frozenset(word for word, n in modifying.items() if n >= MOSTLY * everywhere[word])


def _brand_names(wording: Wording) -> frozenset[Phrase]:
    brands = (_phrase(brand) for own in wording.brands for brand in own)
    products = Counter(brand for brand in brands if 0 < len(brand) <= LONGEST_BRAND)
    longest = max(map(len, products), default=0)
    used: defaultdict[Phrase, list[str]] = defaultdict(list)
    for title, text in zip(wording.titles, wording.texts, strict=True):
        for phrase in _runs_of(_phrase(title), longest):
            if phrase in products:
                used[phrase].append(text)
    rare = {brand for brand, n in products.items() if n < RARELY * len(used[brand])}
    return frozenset(
        brand for brand in products if brand not in rare or not _is_thing(brand, used[brand])
    )


def _is_thing(brand: Phrase, texts: Sequence[str]) -> bool:
    """Whether texts mostly write it in lower case."""
    written = re.compile(rf"\b{' '.join(map(re.escape, brand))}\b", re.IGNORECASE)
    forms = Counter(found.islower() for text in texts for found in written.findall(text))
    return forms[True] > forms[False]


def proper_nouns(titles: Sequence[str], texts: Sequence[str]) -> frozenset[str]:
    """Words that running text writes with a capital, among words that it writes without one."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for word, n in _within_sentences(titles, texts).items():
        small[word] += n * word.islower()
        capital[word.lower()] += n * (not word.islower() and not word.isupper())
    return frozenset(
        word
        for word, n in capital.items()
        if n >= LEAST_CAPITALS and n >= CAPITALISED * (n + small[word])
    )


def _within_sentences(titles: Sequence[str], texts: Sequence[str]) -> dict[str, int]:
    """How often each word stands behind one without capitals, and before none with a capital."""
    numbers: dict[str, int] = {"": 0}
    tokens: list[int] = []
    for title, text in zip(titles, texts, strict=True):
        found = _TOKEN.findall(text.removeprefix(title))
        tokens += [numbers.setdefault(token, len(numbers)) for token in found]
        tokens.append(0)
    kinds = list(numbers)
    is_lower = np.array([token.islower() for token in kinds])
    is_word = np.array([token[:1].isalpha() for token in kinds])
    is_capital = np.array([token[:1].isupper() for token in kinds])
    line = np.array(tokens, dtype=np.int64)
    before, word, after = line[:-2], line[1:-1], line[2:]
    counted = word[is_lower[before] & is_word[word] & ~is_capital[after]]
    counts = np.bincount(counted, minlength=len(kinds)).tolist()
    return {kind: n for kind, n in zip(kinds, counts, strict=True) if n}


def _phrase(text: str) -> Phrase:
    return tuple(LETTERS.findall(text.lower().replace("’", "'")))


def _runs_of(words: Phrase, longest: int) -> set[Phrase]:
    return {
        words[start : start + length]
        for start in range(len(words))
        for length in range(1, min(longest, len(words) - start) + 1)
    }
