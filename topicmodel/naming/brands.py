"""Brands, colours and proper nouns of a dump, found from its own attributes and texts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.naming.wording import Wording
from topicmodel.text import LETTERS, Phrase

MIN_BRAND_SHARE = 0.5
"""A word counts as brand or colour if it is part of the product's own brand or colour in at least
this share of the titles that contain it."""

RARE_BRAND_SHARE = 0.1
"""A brand whose products are fewer than this share of the titles that contain its name may be an
ordinary word (Care, Football); it is ignored if the texts mostly write it in lower case."""

MAX_BRAND_TEXTS = 50_000
"""Maximum evenly spaced texts in which brands and colours are looked for, beside the texts that
names are drawn from. More texts give the same brands."""

LONGEST_BRAND = 6
"""Maximum words of a brand; a longer value is a text in the wrong column."""

MIN_CAPITALISED_USES = 5
"""Minimum uses with a capital in running text that make a word a proper noun."""

MIN_CAPITALISED_SHARE = 0.85
"""Minimum share of a word's uses in running text that have a capital, as in "made by Bosch", for it
to be a proper noun."""

_TOKEN = re.compile(rf"{LETTERS.pattern}|\S")


@dataclass(frozen=True)
class Brands:
    """Brands and colours of a dump, from the attributes of its products."""

    words: frozenset[str]
    """Words that are part of the product's own brand or colour in most titles that contain them."""
    names: frozenset[Phrase]
    """Whole brand names, without those that titles and texts use as ordinary words."""

    @classmethod
    def of(cls, wording: Wording) -> Brands:
        """Find the brands and colours of some texts."""
        return cls(_modifying_words(wording), _brand_names(wording))

    def within(self, words: Phrase) -> bool:
        """Whether a run of words contains a brand name."""
        return not self.names.isdisjoint(_runs_of(words, len(words)))


def _modifying_words(wording: Wording) -> frozenset[str]:
    everywhere: Counter[str] = Counter()
    modifying: Counter[str] = Counter()
    for title, brands, colour in zip(wording.titles, wording.brands, wording.colours, strict=True):
        words = set(_phrase(title))
        everywhere.update(words)
        modifying.update(words & set(_phrase(" ".join([*brands, colour]))))
    return frozenset(
        word for word, n in modifying.items() if n >= MIN_BRAND_SHARE * everywhere[word]
    )


def _brand_names(wording: Wording) -> frozenset[Phrase]:
    brands = (_phrase(brand) for row in wording.brands for brand in row)
    products = Counter(brand for brand in brands if 0 < len(brand) <= LONGEST_BRAND)
    longest = max(map(len, products), default=0)
    used: defaultdict[Phrase, list[str]] = defaultdict(list)
    for title, text in zip(wording.titles, wording.texts, strict=True):
        for phrase in _runs_of(_phrase(title), longest):
            if phrase in products:
                used[phrase].append(text)
    rare = {brand for brand, n in products.items() if n < RARE_BRAND_SHARE * len(used[brand])}
    return frozenset(
        brand for brand in products if brand not in rare or not _is_thing(brand, used[brand])
    )


def _is_thing(brand: Phrase, texts: Sequence[str]) -> bool:
    """Whether texts mostly write the brand in lower case, as an ordinary word."""
    pattern = re.compile(rf"\b{' '.join(map(re.escape, brand))}\b", re.IGNORECASE)
    is_lower = Counter(use.islower() for text in texts for use in pattern.findall(text))
    return is_lower[True] > is_lower[False]


def proper_nouns(titles: Sequence[str], texts: Sequence[str]) -> frozenset[str]:
    """Words that running text mostly writes with a capital; given in lower case."""
    lower_case: Counter[str] = Counter()
    capitalised: Counter[str] = Counter()
    for word, n in _within_sentences(titles, texts).items():
        lower_case[word] += n * word.islower()
        capitalised[word.lower()] += n * (not word.islower() and not word.isupper())
    return frozenset(
        word
        for word, n in capitalised.items()
        if n >= MIN_CAPITALISED_USES and n >= MIN_CAPITALISED_SHARE * (n + lower_case[word])
    )


def _within_sentences(titles: Sequence[str], texts: Sequence[str]) -> dict[str, int]:
    """Word -> number of its uses after a lower-case word and not before a capitalised one."""
    numbers: dict[str, int] = {"": 0}
    tokens: list[int] = []
    for title, text in zip(titles, texts, strict=True):
        text_tokens = _TOKEN.findall(text.removeprefix(title))
        tokens += [numbers.setdefault(token, len(numbers)) for token in text_tokens]
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
    """The words of a text, lower case."""
    return tuple(LETTERS.findall(text.lower().replace("’", "'")))


def _runs_of(words: Phrase, longest: int) -> set[Phrase]:
    """All runs of one to `longest` neighbouring words."""
    return {
        words[start : start + length]
        for start in range(len(words))
        for length in range(1, min(longest, len(words) - start) + 1)
    }
