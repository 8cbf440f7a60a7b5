"""The shop's own sentences: delivery, guarantees, prices, links.

They tell nothing of a product, and stand under products that have little in common: that is how
they are found. A sentence counts by its pattern, in which numbers and words of the product's own
title are folded, so "Buy Red Mug for Rs.225 online" is what a hundred products say.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

_LEAST_PRODUCTS = 10
"""With fewer, the words that their titles share by chance say nothing."""
_LEAST_SHARE = 0.01
_LIKENESS = 2.0
"""Sentences on linings and collars, which describe, begin at 2.2 in a dump of fashion."""
_LIKENESS_OF_SHOP_TALK = 10.0
"""Delivery lines of single departments reach 9 in real dumps."""
_LEAST_WORDS = 2
"""Words of a pattern that are not folded; below that it is a value, such as "Black"."""
_LEAST_TO_FOLD = 4
"""Letters of a title's word that is folded; "for" stands in titles and sentences alike."""
_BUCKETS = 1 << 20

_SHOP_TALK = """
buy price prices rs delivery shipping guarantee guaranteed warranty refund refunds genuine discount
discounts customer customers email http https www com website visit click imported importer
manufacturer marketed disclaimer seller shop shopping online
"""
_END = re.compile(
    r"(?<=[.!?])[\"')\]]* (?![a-z\d])|(?<=[a-z)][.!?])(?=[A-Z])|(?<=[.!?_]), ?"
    r"| ?[|•✓✔●►] ?|_(?=[A-Z])"
)
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_NUMBER, _OF_TITLE = "0", "*"
_SHOP_WORDS = frozenset(_SHOP_TALK.split())

Text = tuple[str, str]
"""Title and description of a product, cleaned."""


@dataclass
class _Titles:
    """The titles of some products: in how many of them each word stands."""

    n: int = 0
    words: Counter[str] = field(default_factory=Counter)

    def add(self, title: str) -> None:
        self.n += 1
        self.words.update(_words(title))

    def words_shared(self) -> float:
        """Words that the titles of two different products have in common, on average."""
        pairs = self.n * (self.n - 1)
        return sum(n * (n - 1) for n in self.words.values()) / pairs if pairs else 0.0


def find_boilerplate(texts: Sequence[Text]) -> frozenset[str]:
    """Patterns of the sentences that the shop says, whatever the product.

    Such a sentence stands in at least 10 descriptions, and in more where the dump is large: a tenth
    of the square root of the number of products. Where it speaks of prices, delivery and the like,
    two of its products have less than ten times as many words of their titles in common as any two
    of the dump, for a department may have such lines of its own. Any other sentence may describe a
    kind of product, so there it is twice as many, in at least 1 % of the products. Where titles
    have no words in common at all, they cannot tell, and nothing is found.

    The order of the texts does not matter. What is held beside them is one number for each of a
    million hashes, and the title words of common sentences.
    """
    every = _Titles()
    for title, _ in texts:
        every.add(title)
    by_chance = every.words_shared()
    common = _titles_of_common_patterns(texts, _least_products(every.n))
    return frozenset(
        pattern
        for pattern, titles in common.items()
        if titles.n >= _least_products_of(pattern, every.n)
        and titles.words_shared() < _likeness(pattern) * by_chance
    )


def without_boilerplate(title: str, description: str, boilerplate: frozenset[str]) -> str:
    """The description without its sentences of these patterns.

    It stays as it is where it has none, or where a product without a title has nothing else.
    """
    if not boilerplate:
        return description
    sentences, own = list(_split(description)), _foldable(title)
    kept = [sentence for sentence in sentences if _pattern(sentence, own) not in boilerplate]
    if len(kept) == len(sentences):
        return description
    rest = " ".join("".join(kept).split())
    return rest if rest or title else description


def _least_products(n_products: int) -> float:
    return max(_LEAST_PRODUCTS, math.sqrt(n_products) / 10)


def _least_products_of(pattern: str, n_products: int) -> float:
    least = _least_products(n_products)
    return least if _is_shop_talk(pattern) else max(least, _LEAST_SHARE * n_products)


def _likeness(pattern: str) -> float:
    return _LIKENESS_OF_SHOP_TALK if _is_shop_talk(pattern) else _LIKENESS


def _is_shop_talk(pattern: str) -> bool:
    return not _SHOP_WORDS.isdisjoint(pattern.split())


def _titles_of_common_patterns(texts: Sequence[Text], least: float) -> dict[str, _Titles]:
    """Patterns of at least so many products, and a few more, with the titles of these products."""
    # Patterns may share a hash: then its count is too high for both, but never too low.
    counts = array("Q", bytes(8 * _BUCKETS))
    for text in texts:
        for pattern in _patterns(*text):
            counts[_bucket(pattern)] += 1
    common: defaultdict[str, _Titles] = defaultdict(_Titles)
    for text in texts:
        for pattern in _patterns(*text):
            if counts[_bucket(pattern)] >= least:
                common[pattern].add(text[0])
    return common


def _bucket(pattern: str) -> int:
    return crc32(pattern.encode()) % _BUCKETS


def _patterns(title: str, description: str) -> set[str]:
    own = _foldable(title)
    found = {_pattern(sentence, own) for sentence in _split(description)}
    return {pattern for pattern in found if _n_words(pattern) >= _LEAST_WORDS}


def _split(description: str) -> Iterator[str]:
    """The sentences, each with what divides it from the next."""
    position = 0
    for match in _END.finditer(description):
        yield description[position : match.end()]
        position = match.end()
    yield description[position:]


def _pattern(sentence: str, of_title: set[str]) -> str:
    folded: list[str] = []
    for word in _WORD.findall(sentence.casefold()):
        symbol = _NUMBER if _has_digit(word) else _OF_TITLE if word in of_title else word
        if symbol not in (_NUMBER, _OF_TITLE) or folded[-1:] != [symbol]:
            folded.append(symbol)
    return " ".join(folded)


def _n_words(pattern: str) -> int:
    return sum(word not in (_NUMBER, _OF_TITLE) for word in pattern.split())


def _words(title: str) -> set[str]:
    found = _WORD.findall(title.casefold())
    return {word for word in found if len(word) > 2 and not _has_digit(word)}


def _foldable(title: str) -> set[str]:
    return {word for word in _words(title) if len(word) >= _LEAST_TO_FOLD}


def _has_digit(word: str) -> bool:
    return not word.isalpha() and _DIGIT.search(word) is not None
