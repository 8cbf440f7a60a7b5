"""Texts -> runs of describing words: words that say something about a product.

Stop words of the text's language, units, numbers, web addresses and punctuation end a run, so that
no phrase reaches across them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from functools import cache, lru_cache
from typing import TypeAlias

from topicmodel.text.languages import split_words, stop_words
from topicmodel.text.web import without_addresses

Phrase: TypeAlias = tuple[str, ...]

_MARKS = "".join(chr(n) for n in range(0x300, 0x10000) if unicodedata.category(chr(n))[0] == "M")
"""Vowel signs and accents that follow a letter; Python does not count them as letters."""

_BREAK = re.compile(rf"[^\w\s'’&{_MARKS}-]|_")
_PART = rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*"
LETTERS = re.compile(rf"{_PART}(?:['’-]{_PART})*\d?")
"""A word that describes: letters, with an apostrophe or hyphen within, and a digit at its end."""

_CONTRACTIONS = ("n't", "'re", "'ll", "'ve", "'m")

_UNIT_LIST = """
ml cl ltr litre litres liter liters l mg g gm gms gr gram grams kg kgs kilogram oz ounce ounces lb
lbs pound pounds mm cm cms m mtr meter meters metre metres inch inches ft feet yd w watt watts v
volt volts mah hz khz mhz ghz kb mb gb tb mp dpi rpm psi pc pcs piece pieces pk pkt pair pairs x xl
xxl xs s rs inr usd eur gbp xxxl no nos qty approx dia gsm denier
"""
UNITS = frozenset(_UNIT_LIST.split())
"""Words and abbreviations that things are measured or counted in."""

_SHOP_LIST = """
pack packs packet pcs combo offer offers price prices rs sale buy shop shopping online free shipping
delivery product products item items brand new best quality high good great perfect ideal suitable
available include includes included including feature features featuring specification
specifications model type size sizes color colors colour colours design designed style stylish
multicolor multicolour use used uses using easy easily comes make makes made day days year years
warranty guarantee cash genuine original details key number sales general box return returns order
orders website visit click description dimensions dimension width height length weight material
compatible image images shown store seller customer customers want need look looks love like help
helps helping provide provides keep keeps ensure ensures enjoy add adds gives giving let lets know
www http https com blog html replacement day code ideal occasion india indian usa imported official
assorted various premium classic super extra ultra
"""
_SHOP_WORDS = frozenset(_SHOP_LIST.split())


class _Breaks(dict[int, str]):
    """Code point -> line feed if it ends a run, else the character; computed at the first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = replacement = "\n" if _BREAK.match(character) else character
        return replacement


_BREAKS = _Breaks({ord("\n"): " "})


@cache
def plain_words(*languages: str) -> frozenset[str]:
    """Words that never describe a category: stop words, units, and words of every shop."""
    return UNITS.union(_SHOP_WORDS, *map(stop_words, languages))


def cut(
    text: str, language: str, ending: Set[str] = frozenset(), allowed: Set[str] = frozenset()
) -> list[list[str]]:
    """Runs of describing words, lower case; a word that describes nothing ends a run.

    Args:
        ending: more words that end a run, such as brands.
        allowed: words that do not end a run although `describes` is false for them.
    """
    runs: list[list[str]] = []
    for part in parts_of(text):
        runs.append([])
        for word in part:
            if belongs(word, language, ending, allowed):
                runs[-1].append(with_plain_apostrophes(word))
            else:
                runs.append([])
    return [run for run in runs if run]


def belongs(word: str, language: str, ending: Set[str], allowed: Set[str]) -> bool:
    """Whether a word, lower case, is part of a run of describing words; else it ends one."""
    return word in allowed or (describes(word, language) and word not in ending)


@lru_cache(maxsize=2**18)
def describes(word: str, language: str) -> bool:
    """Whether a lower-case word says something about a product."""
    word = word.replace("’", "'")
    plain = word.removesuffix("'s")
    return (
        LETTERS.fullmatch(word) is not None
        and (len(plain) > 2 or not plain.isascii() or plain == "tv")
        and plain not in plain_words(language)
        and not word.endswith(_CONTRACTIONS)
    )


def parts_of(text: str) -> list[list[str]]:
    """The words of a text, lower case: one list for each part between run-ending characters."""
    plain = split_words(without_addresses(text.lower(), "|"))
    return [part.split() for part in plain.translate(_BREAKS).split("\n")]


def with_plain_apostrophes(word: str) -> str:
    """The word with a plain apostrophe, so that both ways to type it count as one word."""
    return word.replace("’", "'")
